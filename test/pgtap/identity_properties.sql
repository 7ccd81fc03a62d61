-- Random sequences of requests about identity over a small universe, where
-- collisions are the rule, against a model in plain SQL (test/fixture/identity_model.psql),
-- compared after every step.
-- Other sequences:  psql -v seeds='1001 2000' -v steps=40 -f test/pgtap/identity_properties.sql
-- runs those from 1001 to 2000.
\set ON_ERROR_STOP on
\if :{?seeds}
\else
	\set seeds '1 100'
\endif
\if :{?steps}
\else
	\set steps 25
\endif
\set home :DBNAME
SET client_min_messages = warning;
DROP DATABASE IF EXISTS leerid_identity_properties;
CREATE DATABASE leerid_identity_properties;
\c leerid_identity_properties
SET client_min_messages = warning;
CREATE EXTENSION pgtap;
CREATE EXTENSION leerid CASCADE;
ALTER DATABASE leerid_identity_properties SET search_path = leerid, public;
ALTER DATABASE leerid_identity_properties SET jit = off;
ALTER DATABASE leerid_identity_properties SET client_min_messages = warning;
ALTER DATABASE leerid_identity_properties SET synchronous_commit = off;
ALTER DATABASE leerid_identity_properties SET leerid.test_identities = on;
\c
SELECT no_plan();
\ir ../fixture/functions.psql
INSERT INTO party (code, naam, enterprise) VALUES ('P', 'P', '0473.721.472');
INSERT INTO purpose (protocol_code, code) VALUES ('lars', 'glce'), ('fictief', 'klasapp');
INSERT INTO application (code, naam, party, purpose) SELECT v.code, v.code, p.id, u.id FROM (VALUES ('glce'), ('klasapp')) v (code), party p, purpose u WHERE p.code = 'P' AND u.code = v.code;
INSERT INTO instelling VALUES ('000010', 'School 1', 'gesubsidieerd'), ('000020', 'School 2', 'gesubsidieerd');
CREATE SCHEMA workbook;
CREATE TABLE workbook.note (pupil bigint NOT NULL REFERENCES leerling, slot text, mark integer NOT NULL, PRIMARY KEY (pupil, slot));
SELECT register_dependent('workbook.note', 'pupil', 'refuse') \g /dev/null
\ir ../fixture/identity_model.psql
SELECT format('CALL model.run(%s, %s)', seed, :steps) FROM generate_series(split_part(:'seeds', ' ', 1)::bigint, split_part(:'seeds', ' ', 2)::bigint) seed \gexec
SELECT format('CALL model.run_orders(%s)', seed) FROM generate_series(split_part(:'seeds', ' ', 1)::bigint, split_part(:'seeds', ' ', 2)::bigint) seed \gexec

-- An error of a dependent's trigger ends the subtransactions of the engine's own, so that who catches it can commit.
CREATE FUNCTION workbook.refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE SQLSTATE 'ZZ000'; END $$;
SELECT model.begin(1) \g /dev/null
CREATE TRIGGER refuse BEFORE UPDATE ON workbook.note FOR EACH ROW EXECUTE FUNCTION workbook.refuse();
INSERT INTO workbook.note SELECT id, id, id FROM leerling;
CREATE PROCEDURE model.catch(dry boolean) LANGUAGE plpgsql AS $$
BEGIN
	BEGIN
		PERFORM leerid.merge(md5('1account5')::uuid, md5('1account6')::uuid, 'caught', dry_run => dry);
	EXCEPTION WHEN SQLSTATE 'ZZ000' THEN
		INSERT INTO model.counted VALUES (1, 'merge', 'caught', 1);
	END;
	COMMIT;
END
$$;
CALL model.catch(false);
CALL model.catch(true);
SELECT is(sum(number), 2::numeric, 'whoever catches an error of a trigger commits the rest') FROM model.counted WHERE verdict = 'caught';

SELECT is((SELECT jsonb_agg(to_jsonb(d)) FROM (SELECT * FROM model.difference WHERE what <> 'order' ORDER BY seed LIMIT 3) d), NULL,
	'whatever is asked, identity is what the model says, seeds ' || :'seeds');
SELECT is((SELECT jsonb_agg(to_jsonb(d)) FROM (SELECT * FROM model.difference WHERE what = 'order' ORDER BY seed LIMIT 3) d), NULL,
	'and the same merges in any order and in any batches make the same pupils');
SELECT '# ' || kind || ' ' || verdict || ': ' || sum(number) FROM model.counted GROUP BY kind, verdict ORDER BY kind, verdict;
SELECT '# ' || count(DISTINCT seed) || ' sequences differ: ' || what || ' (' || string_agg(DISTINCT seed::text, ' ') || ')' FROM model.difference GROUP BY what ORDER BY 1;
SELECT * FROM finish();
\c :home
\if :{?keep}
\else
DROP DATABASE leerid_identity_properties;
\endif
