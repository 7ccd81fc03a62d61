-- The data that the gate is measured on, the same views without gate, and the
-- usual ways to do what it does.  Variables: pupils, schools.  Test identities
-- only.
\set QUIET on
\set ON_ERROR_STOP on
SET client_min_messages = warning;
CREATE EXTENSION leerid CASCADE;
SET search_path = leerid, public;
SET maintenance_work_mem = '1GB';
SET max_parallel_maintenance_workers = 0;
\ir measure.sql
GRANT INSERT ON public.measured TO PUBLIC;
GRANT USAGE ON SEQUENCE public.measured_n_seq TO PUBLIC;
\i test/fixture/functions.psql
\i test/fixture/protocols.psql
-- the gate by itself: what a feed costs beside it is a figure of its own
UPDATE purpose_terms SET feed = false;

-- The exclusion constraints take longer than the rest of the load, and nothing
-- that is measured writes those tables or reads by those indexes.
ALTER TABLE inschrijving DROP CONSTRAINT inschrijving_once;
ALTER TABLE klas DROP CONSTRAINT klas_once, DROP CONSTRAINT klas_one_main;
SET session_replication_role = replica;

-- Classes of 30; one pupil in twenty goes to two schools, three in ten have an
-- old account beside their own, and the application is shown to six in ten.
INSERT INTO instelling SELECT s::integer::instellingsnummer, 'School ' || s, 'gesubsidieerd' FROM generate_series(1, :schools) s;
INSERT INTO instelling_niveau SELECT instellingsnummer, 'lager' FROM instelling;
INSERT INTO school_software SELECT instellingsnummer, 'broekx', '2020-01-01' FROM instelling;
INSERT INTO leerling (id, leer_id_uuid, insz, naam, voornaam)
SELECT p, gen_random_uuid(), fixture.insz(p), 'Naam' || p, 'Voornaam' || p % 1000 FROM generate_series(1, :pupils) p;
-- the account's key follows from its number, so that a client can make it: see gate.sh
INSERT INTO account (account_uuid, leerling, principal, without_insz, historic)
SELECT rpad((1000000000 + (p + n * :pupils::bigint) * 48271 % 2147483647)::text, 32, '0')::uuid, p, n = 0, n = 1, n = 1
FROM generate_series(1, :pupils) p, generate_series(0, 1) n WHERE n = 0 OR p % 10 < 3;
INSERT INTO inschrijving (leerling, instellingsnummer, begindatum, schooljaar, niveau)
SELECT p, (1 + (p / 30 + n * 7) % :schools)::integer::instellingsnummer, today() - 100, '2025-2026', 'lager'
FROM generate_series(1, :pupils) p, generate_series(0, 1) n WHERE n = 0 OR p % 20 = 0;
INSERT INTO klas (leerling, instellingsnummer, soort, naam, begindatum)
SELECT leerling, instellingsnummer, soort, CASE soort WHEN 'klas' THEN 'K' ELSE 'S' || leerling % 2 || '.' END || leerling / 30 / :schools, begindatum
FROM inschrijving, unnest('{klas,subklas}'::text[]) soort;
INSERT INTO visibility SELECT a.id, i.leerling, i.instellingsnummer, now(), fixture.insz(60000000)
FROM inschrijving i, application a WHERE a.code = 'klasapp' AND i.leerling % 5 < 3;
INSERT INTO login_record (purpose, leerling, application, naam, voornaam, leer_id_uuid, account_uuid, historiek_account_uuid, instellingsnummer, aangemeld_op)
SELECT a.purpose, l.id, a.id, l.naam, l.voornaam, l.leer_id_uuid, c.account_uuid, '{}',
	ARRAY[(1 + l.id / 30 % :schools)::integer::instellingsnummer], today() - (l.id % 900)::integer
FROM leerling l JOIN account c ON c.leerling = l.id AND c.principal, application a WHERE a.code = 'glce';
INSERT INTO leerid_beheerder SELECT fixture.insz(61000000 + instellingsnummer::integer), instellingsnummer, today() - 10, 'infinity' FROM instelling;
SET session_replication_role = origin;

-- All schools work with both providers and share their classes; one pupil in a
-- thousand is under restriction, and one objects to LARS.
INSERT INTO agreement SELECT p.recipient, i.instellingsnummer, today() - 100, 'infinity'
FROM protocol p, instelling i WHERE p.code IN ('lars', 'fictief');
INSERT INTO consent (instellingsnummer, protocol, text_sha256, given_at, given_by)
SELECT i.instellingsnummer, p.id, p.document_sha256, now(), fixture.insz(60000001) FROM instelling i, protocol p WHERE p.code = 'klasinformatie';
INSERT INTO restriction (leerling, ground) SELECT id, '18(1)(a)' FROM leerling WHERE id % 1000 = 0;
INSERT INTO objection (leerling, protocol_code) SELECT id, 'lars' FROM leerling WHERE id % 1000 = 1;

CREATE ROLE bench_idp LOGIN IN ROLE leerid_idp;
GRANT pg_write_server_files TO vendor_klas, vendor_lars;

/*
 * A generated view's own query, without the gate's calls: for each of them true,
 * and the day as a constant.  driving takes the place of leerid.inschrijving.
 */
CREATE FUNCTION public.ungated(view regclass, driving text) RETURNS text LANGUAGE sql SET search_path = pg_catalog AS $$
	SELECT replace(replace(regexp_replace(pg_get_viewdef(view), 'leerid\.(gate_row|element_ok)\(([^()]|\([^()]*\))*\)', 'true', 'g'),
		'leerid.today()', format('%L::date', leerid.today())), 'leerid.inschrijving i', driving || ' i')
$$;
CREATE SCHEMA bare;
SELECT format('CREATE VIEW bare.%I AS %s', relname, ungated(oid, 'leerid.inschrijving'))
FROM pg_class WHERE oid IN ('fictief_klasapp.leerling'::regclass, 'lars_glce.login_record'::regclass) \gexec
CREATE TABLE bare.record (LIKE login_record INCLUDING ALL);
INSERT INTO bare.record SELECT * FROM login_record;

-- The usual ways: a plain copy of the enrolments with a row-level policy, which
-- asks the same of the same rule tables: in SQL, and in a PL/pgSQL function.
-- The roster over it is the same query, by an owner whom the policy binds; to the
-- other tables it comes without a policy.
CREATE SCHEMA usual;
CREATE ROLE bench_owner;
GRANT USAGE ON SCHEMA usual, leerid TO bench_owner;
GRANT SELECT ON agreement, protocol, purpose, purpose_terms, binding TO bench_owner;
CREATE VIEW usual.restriction AS SELECT leerling FROM restriction WHERE lifted_at IS NULL;
CREATE VIEW usual.objection AS SELECT leerling, protocol_code FROM objection WHERE upheld IS NOT FALSE;
CREATE TABLE usual.by_exists (LIKE inschrijving);
INSERT INTO usual.by_exists SELECT * FROM inschrijving;
CREATE INDEX ON usual.by_exists (leerling, einddatum);
CREATE TABLE usual.by_plpgsql (LIKE inschrijving);
INSERT INTO usual.by_plpgsql SELECT * FROM inschrijving;
CREATE INDEX ON usual.by_plpgsql (leerling, einddatum);
SELECT format('CREATE VIEW usual.%s AS SELECT * FROM leerid.%1$s', t) FROM unnest('{visibility,application,account,klas}'::text[]) t \gexec
CREATE TABLE usual.leerling (LIKE leerling INCLUDING CONSTRAINTS INCLUDING INDEXES);
INSERT INTO usual.leerling SELECT * FROM leerling;
ALTER TABLE usual.by_exists ENABLE ROW LEVEL SECURITY;
CREATE POLICY by_exists ON usual.by_exists TO bench_owner USING (EXISTS (
	SELECT FROM leerid.agreement g
		JOIN leerid.protocol p ON p.recipient = g.party
		JOIN leerid.purpose_terms t ON t.protocol = p.id
		JOIN leerid.binding b ON b.purpose = t.purpose
	WHERE b.login_role = current_user AND b.ended_at IS NULL
		AND p.activated_at <= now() AND (p.ended_at IS NULL OR p.ended_at > now())
		AND g.instellingsnummer = by_exists.instellingsnummer AND current_date BETWEEN g.valid_from AND g.valid_to)
	AND NOT EXISTS (SELECT FROM usual.restriction r WHERE r.leerling = by_exists.leerling)
	AND NOT EXISTS (SELECT FROM usual.objection o WHERE o.leerling = by_exists.leerling AND o.protocol_code = 'fictief'));
CREATE FUNCTION usual.may_see(pupil bigint, school instellingsnummer) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
	IF NOT EXISTS (
		SELECT FROM leerid.agreement g
			JOIN leerid.protocol p ON p.recipient = g.party
			JOIN leerid.purpose_terms t ON t.protocol = p.id
			JOIN leerid.binding b ON b.purpose = t.purpose
		WHERE b.login_role = current_user AND b.ended_at IS NULL
			AND p.activated_at <= now() AND (p.ended_at IS NULL OR p.ended_at > now())
			AND g.instellingsnummer OPERATOR(leerid.=) school AND current_date BETWEEN g.valid_from AND g.valid_to)
	THEN
		RETURN false;
	END IF;
	RETURN NOT EXISTS (SELECT FROM usual.restriction r WHERE r.leerling = pupil)
		AND NOT EXISTS (SELECT FROM usual.objection o WHERE o.leerling = pupil AND o.protocol_code = 'fictief');
END
$$;
ALTER TABLE usual.by_plpgsql ENABLE ROW LEVEL SECURITY;
CREATE POLICY by_plpgsql ON usual.by_plpgsql TO bench_owner USING (usual.may_see(leerling, instellingsnummer));
GRANT SELECT ON ALL TABLES IN SCHEMA usual TO bench_owner;
-- a policy is asked with the reader's own rights, so he must be able to read the rules
GRANT USAGE ON SCHEMA usual, leerid TO vendor_klas;
GRANT SELECT ON agreement, protocol, purpose, purpose_terms, binding, usual.restriction, usual.objection TO vendor_klas;
SELECT format('CREATE VIEW usual.roster_%s AS %s', t, regexp_replace(ungated('fictief_klasapp.leerling', 'usual.by_' || t),
	'leerid\.(visibility|application|leerling|account|klas)\M', 'usual.\1', 'g')) FROM unnest('{exists,plpgsql}'::text[]) t \gexec
ALTER VIEW usual.roster_exists OWNER TO bench_owner;
ALTER VIEW usual.roster_plpgsql OWNER TO bench_owner;
GRANT SELECT ON usual.roster_exists, usual.roster_plpgsql TO vendor_klas;

-- Brings copies of the fictional protocol into force, until so many are, each
-- with forty schools; how long that took.
CREATE PROCEDURE public.activate_copies(protocols integer) LANGUAGE plpgsql AS $$
DECLARE
	document text := (SELECT p.document::text FROM leerid.protocol p WHERE code = 'fictief');
	started timestamptz := clock_timestamp();
	before integer := (SELECT count(*) FROM leerid.protocol);
BEGIN
	FOR n IN before + 1 .. protocols LOOP
		PERFORM leerid.import_protocol(replace(replace(replace(document, '"FICTIEF"', format('"COPY%s"', n)), '"fictief"', format('"copy%s"', n)),
			'"0000.000.097"', format('"%s%s"', to_char(n, 'FM00000000'), to_char(97 - n % 97, 'FM00')))::jsonb);
		PERFORM leerid.activate_protocol('copy' || n, '2024-09-01');
		COMMIT;
	END LOOP;
	INSERT INTO measured (work, size, ours, ours_ms)
	SELECT 'importing and activating protocols', format('from %s to %s', before, protocols), 'activate_protocol()', extract(epoch FROM clock_timestamp() - started) * 1000
	WHERE protocols > before;
	INSERT INTO leerid.agreement SELECT p.recipient, (1 + (p.id * 7 + s) % (SELECT count(*) FROM leerid.instelling))::integer::leerid.instellingsnummer,
		leerid.today() - 100, 'infinity'
	FROM leerid.protocol p, generate_series(1, 40) s WHERE p.code LIKE 'copy%'
	ON CONFLICT DO NOTHING;
	ANALYZE leerid.agreement;
	ANALYZE leerid.protocol;
	ANALYZE leerid.purpose_terms;
END
$$;

-- A school shows an application to a class of 30, and one that is bare inserts
-- the same rows: in turn, each time for other classes.
CREATE PROCEDURE public.compare_showing(rounds integer) LANGUAGE plpgsql AS $$
BEGIN
	CALL compare('show_application() to a class of 30', 'show_application()', '30 rows by INSERT',
		'SELECT set_config(''bench.school'', (current_setting(''bench.school'')::integer + 1)::text, false)',
		'SELECT leerid.show_application(fixture.insz(61000000 + current_setting(''bench.school'')::integer),'
		' current_setting(''bench.school'')::integer::leerid.instellingsnummer, ''klasapp-zonder'', klas => ''K0'')',
		'SELECT',
		'INSERT INTO leerid.visibility SELECT a.id, current_setting(''bench.school'')::integer * 30 + p, current_setting(''bench.school'')::integer::leerid.instellingsnummer,'
		' now(), fixture.insz(60000000) FROM leerid.application a, generate_series(1, 30) p WHERE a.code = ''glce''',
		rounds);
END
$$;

-- A figure as the table shows it: a time, or how many in a second.
CREATE FUNCTION public.figure(ms numeric, per_second boolean) RETURNS text LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE WHEN per_second THEN round(1000 / ms) || ' /s' WHEN ms < 100 THEN round(ms, 2) || ' ms' ELSE round(ms) || ' ms' END
$$;

VACUUM ANALYZE;
