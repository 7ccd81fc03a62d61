-- The feed of identity, case by case: who has one, what a recipient is told of
-- and what not, cursors, and what reads may not be written down.  That it ends
-- right after any sequence of operations and reads is at the end, against the map
-- as it stands.  A feed tells of what is committed, so this has a database of its
-- own.
-- Other sequences:  psql -v seeds='101 400' -v steps=60 -f test/pgtap/identity_feed.sql
\set ON_ERROR_STOP on
\if :{?seeds}
\else
	\set seeds '1 40'
\endif
\if :{?steps}
\else
	\set steps 40
\endif
\set home :DBNAME
SET client_min_messages = warning;
DROP DATABASE IF EXISTS leerid_identity_feed;
CREATE DATABASE leerid_identity_feed;
\c leerid_identity_feed
SET client_min_messages = warning;
CREATE EXTENSION pgtap;
CREATE EXTENSION leerid CASCADE;
ALTER DATABASE leerid_identity_feed SET search_path = leerid, public;
ALTER DATABASE leerid_identity_feed SET jit = off;
ALTER DATABASE leerid_identity_feed SET client_min_messages = warning;
ALTER DATABASE leerid_identity_feed SET synchronous_commit = off;
ALTER DATABASE leerid_identity_feed SET leerid.test_identities = on;
\c
SELECT no_plan();
\ir ../fixture/functions.psql
\ir ../fixture/protocols.psql

-- Another class provider, with a protocol of its own.
\set document `sed -e 's/"fictief"/"ander"/' -e 's/FICTIEF/ANDER/g' -e 's/0000.000.097/0200.000.043/' protocols/fictief.json`
SELECT import_protocol(:'document') \g /dev/null
SELECT activate_protocol(code, version) FROM protocol WHERE code = 'ander' \g /dev/null
INSERT INTO application (code, naam, party, purpose) SELECT 'anderapp', 'Ander', p.recipient, u.id FROM protocol p JOIN purpose u ON u.protocol_code = p.code WHERE p.code = 'ander';
SELECT format('CREATE ROLE %I LOGIN', r) FROM unnest(ARRAY['vendor_ander', 'vendor_both']) r WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = r) \gexec
SELECT bind('vendor_ander', 'ander', 'klasapp', service('ander', 'klasapp'), '2024-01-01'), bind('vendor_both', 'ander', 'klasapp', service('ander', 'klasapp'), '2024-01-01'),
	bind('vendor_both', 'fictief', 'klasapp', service('fictief', 'klasapp'), '2024-01-01') \g /dev/null

CREATE FUNCTION public.failure_of_feed(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	state text; detail text;
BEGIN
	EXECUTE statement;
	RETURN NULL;
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, detail = PG_EXCEPTION_DETAIL;
	RETURN concat_ws(' ', state, CASE WHEN state = 'LR054' THEN detail END);
END
$$;
CREATE TABLE public.known (name text PRIMARY KEY, account uuid);
GRANT SELECT ON public.known TO PUBLIC;
CREATE FUNCTION public.acc(text) RETURNS uuid LANGUAGE sql STABLE AS 'SELECT account FROM public.known WHERE name = $1';
CREATE FUNCTION public.names(uuid[]) RETURNS text LANGUAGE sql STABLE AS $$
	SELECT coalesce(string_agg(coalesce(name, '?'), ' ' ORDER BY name), '-') FROM unnest($1) u LEFT JOIN public.known ON account = u$$;
CREATE FUNCTION public.op(integer) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$SELECT ('f0000000-0000-4000-8000-' || lpad($1::text, 12, '0'))::uuid$$;
CREATE FUNCTION public.pupil(who text) RETURNS bigint LANGUAGE sql STABLE AS 'SELECT leerling FROM leerid.account WHERE account_uuid = public.acc(who)';
-- A pupil whom both providers may see.
CREATE FUNCTION public.make(who text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO public.known SELECT who, account_uuid FROM leerid.create_account('Naam ' || who, who, 'test');
	INSERT INTO leerid.inschrijving (leerling, instellingsnummer, begindatum, schooljaar, niveau, bron_sleutel)
	VALUES (public.pupil(who), '000011', leerid.today() - 20, '2026-2027', 'lager', who);
	INSERT INTO leerid.visibility (application, leerling, instellingsnummer, shown_at, shown_by)
	SELECT id, public.pupil(who), '000011', now(), fixture.insz(60000000) FROM leerid.application WHERE code <> 'glce';
END
$$;
-- What a call tells, as text.
CREATE FUNCTION public.told(after text DEFAULT NULL, "limit" integer DEFAULT 1000) RETURNS text LANGUAGE sql VOLATILE AS $$
	SELECT coalesce(string_agg(kind || ' ' || public.names(ARRAY[account_uuid]) || ': ' || public.names(accounts_before) || ' > ' || public.names(accounts_after), ', ' ORDER BY n), 'nothing')
	FROM leerid.identity_feed(after, "limit") WITH ORDINALITY f (cursor, at, kind, account_uuid, leer_id_uuid, accounts_before, accounts_after, n) WHERE kind IS NOT NULL$$;
CREATE FUNCTION public.cursor_now(after text DEFAULT NULL) RETURNS text LANGUAGE sql VOLATILE AS
	'SELECT cursor FROM leerid.identity_feed(after, 10000) WHERE cursor IS NOT NULL';

INSERT INTO instelling VALUES ('000011', 'Een', 'gesubsidieerd');
INSERT INTO agreement SELECT recipient, '000011', today() - 10 FROM protocol WHERE code IN ('fictief', 'lars', 'ander');
SELECT make(n) FROM unnest(ARRAY['A1', 'A2', 'A3', 'B1', 'B2', 'C1', 'C2']) n \g /dev/null

-- Who has a feed.
SET SESSION AUTHORIZATION vendor_lars;
SELECT is(failure_of_feed('SELECT leerid.identity_feed()'), 'LR054 periodicity at_login (art. 5)', 'LARS has no feed');
SET SESSION AUTHORIZATION agodi_verif;
SELECT is(failure_of_feed('SELECT leerid.identity_feed()'), 'LR054 Its protocol lists none.', 'nor has AGODI');
SET SESSION AUTHORIZATION stranger;
SELECT is(failure_of_feed('SELECT leerid.identity_feed()'), '42501', 'a stranger is refused');
SELECT is(failure_of_feed('SELECT * FROM leerid.given'), '42501', 'and sees nothing of what was given');
SET SESSION AUTHORIZATION vendor_both;
SELECT is(failure_of_feed('SELECT leerid.identity_feed()'), '22023', 'who has two feeds names one');
SELECT is(failure_of_feed('SELECT leerid.identity_feed(purpose => ''ander/klasapp'')'), NULL, 'by its purpose');
SELECT is(failure_of_feed('SELECT leerid.identity_feed(purpose => ''lars/glce'')'), 'LR003', 'one that he is bound to');
SET SESSION AUTHORIZATION vendor_klas;
SELECT is(failure_of_feed(format('SELECT leerid.identity_feed("limit" => %L)', l)), '22023', 'limit ' || l) FROM unnest(ARRAY['0', '10001', NULL]) l WHERE l IS NOT NULL;
SELECT matches(failure_of_feed(format('SELECT leerid.identity_feed(%L)', c)), '^22', 'no cursor: ' || c) FROM unnest(ARRAY['', 'x', '1.2.3', gen_random_uuid() || '/1/1/', gen_random_uuid() || '/1/1/5:4:',
	gen_random_uuid() || '/1/1/1:1:/', gen_random_uuid() || '/1/1/1:1:/1/1/1:1:', gen_random_uuid() || '/1/1/1:1:/1/1/1:1:/x', gen_random_uuid() || '/1/99999999999999999999/1:1:']) c;
SELECT is(told(), 'nothing', 'given nothing, told nothing');
BEGIN READ ONLY;
SELECT is(failure_of_feed('SELECT naam FROM fictief_klasapp.leerling'), '25006', 'what is given is written down, so a read-only transaction gives nothing');
SELECT is(failure_of_feed('SELECT account_uuid FROM leerid.account'), '25006', 'by the table either');
COMMIT;

-- What is told: of given accounts only, and since they were given.
SELECT count(*) FROM fictief_klasapp.leerling WHERE voornaam IN ('A1', 'A2', 'A3') \g /dev/null
SET SESSION AUTHORIZATION vendor_ander;
SELECT count(*) FROM ander_klasapp.leerling WHERE voornaam IN ('B1', 'B2') \g /dev/null
RESET SESSION AUTHORIZATION;
SELECT is((SELECT names(array_agg(account_uuid)) FROM given), 'A1 A2 A3 B1 B2', 'what two rosters gave is known');
SELECT is((identify(acc('A1'), fixture.insz(1), 'eID', op(1))).verdict, 'identified', 'A1 gets an INSZ');
SELECT is((merge(acc('A2'), acc('A1'), 'x', op(2))).verdict, 'merged', 'A2 is A1');
SELECT is((merge(acc('C1'), acc('A1'), 'x', op(3))).verdict, 'merged', 'C1, too');
SELECT is((merge(acc('B2'), acc('C2'), 'x', op(4))).verdict, 'merged', 'and B2 is C2');
SET SESSION AUTHORIZATION vendor_klas;
SELECT is(told(), 'identify A1: A1 > A1, merge A1: A2 > -, merge A1: A1 > A1 A2', 'the one is told of A1 and A2, not of C1, which it was not given');
SELECT is((SELECT count(DISTINCT leer_id_uuid) FROM identity_feed() WHERE kind IS NOT NULL), 1::bigint, 'with the leer_id_uuid, an element of its protocol');
SELECT cursor_now() AS klas \gset
SELECT is(told(:'klas'), 'nothing', 'once told, nothing is left');
SET SESSION AUTHORIZATION vendor_ander;
SELECT is(told(), 'merge C2: B2 > -, merge C2: - > B2', 'the other is told which account answers for B2, and nothing of A');
SELECT cursor_now() AS ander \gset
SET SESSION AUTHORIZATION vendor_klas;
SELECT count(*) FROM fictief_klasapp.leerling \g /dev/null
RESET SESSION AUTHORIZATION;
SELECT is((SELECT names(array_agg(account_uuid)) FROM given JOIN purpose ON id = purpose AND protocol_code = 'fictief'), 'A1 A2 A3 B1 C1 C2', 'a later reading gives what history shows, and not the account behind an unidentified pupil');
SET SESSION AUTHORIZATION vendor_klas;
SELECT is(told(:'klas'), 'nothing', 'what that reading saw is not told');
RESET SESSION AUTHORIZATION;

-- Undoing.
SELECT is((unmerge(op(3), 'x')).verdict, 'unmerged', 'C1 is another child''s');
SELECT is((unmerge(op(4), 'x')).verdict, 'unmerged', 'so is B2');
SET SESSION AUTHORIZATION vendor_klas;
SELECT is(told(:'klas'), 'unmerge A1: A1 A2 C1 > A1 A2, unmerge C1: - > C1', 'C1 leaves A1, and answers for itself');
SELECT cursor_now(:'klas') AS klas \gset
SET SESSION AUTHORIZATION vendor_ander;
SELECT is(told(:'ander'), 'unmerge C2: B2 > -, unmerge B2: - > B2', 'B2 leaves C2');
SELECT cursor_now(:'ander') AS ander \gset
RESET SESSION AUTHORIZATION;

-- The gate: only pupils who are admitted now.
SELECT is((merge(acc('A3'), acc('C1'), 'x', op(5))).verdict, 'merged', 'A3 is C1');
UPDATE inschrijving SET einddatum = today() - 1 WHERE leerling = pupil('C1');
SET SESSION AUTHORIZATION vendor_klas;
SELECT is(told(:'klas'), 'nothing', 'a pupil whose enrolment ended is not spoken of');
RESET SESSION AUTHORIZATION;
UPDATE inschrijving SET einddatum = 'infinity' WHERE leerling = pupil('C1');
SET SESSION AUTHORIZATION vendor_klas;
SELECT is(told(:'klas'), 'merge C1: A3 > -, merge C1: C1 > A3 C1', 'admitted, he is');
RESET SESSION AUTHORIZATION;
INSERT INTO restriction (leerling, ground) VALUES (pupil('C1'), '18(1)(a)');
SET SESSION AUTHORIZATION vendor_klas;
SELECT is(told(:'klas'), 'nothing', 'restricted, he is not');
RESET SESSION AUTHORIZATION;
UPDATE restriction SET lifted_at = now();
SELECT is((unmerge(op(5), 'x')).verdict, 'unmerged', 'undone');
DELETE FROM visibility WHERE leerling = pupil('A3');
SET SESSION AUTHORIZATION vendor_klas;
SELECT is(told(:'klas'), 'merge C1: C1 > A3 C1, unmerge C1: A3 C1 > C1', 'who stays is told that A3 left, not where to');
SELECT cursor_now(:'klas') AS klas \gset
RESET SESSION AUTHORIZATION;

-- What tells of nothing that was given, or changes nothing for the recipient.
SELECT is((replace_insz(fixture.insz(1), fixture.insz(2), 'x')).verdict, 'replaced', 'another INSZ');
SELECT is((merge(acc('B2'), acc('A1'), 'x', dry_run => true)).verdict, 'merged', 'a dry run');
SET SESSION AUTHORIZATION vendor_klas;
SELECT is(told(:'klas'), 'nothing', 'are not told of');
-- A reading that is rolled back gave nothing.
BEGIN;
SELECT count(*) FROM fictief_klasapp.leerling WHERE voornaam = 'B2' \g /dev/null
ROLLBACK;
RESET SESSION AUTHORIZATION;
SELECT is((SELECT count(*) FROM given JOIN purpose ON id = purpose WHERE protocol_code = 'fictief' AND account_uuid = acc('B2')), 0::bigint, 'what was rolled back was not given');
-- A login gives, too; a cursor, a table and COPY as a view does.
SELECT (login('klasapp', account_uuid => acc('B2'))).granted \g /dev/null
SELECT is((SELECT count(*) FROM given JOIN purpose ON id = purpose WHERE protocol_code = 'fictief' AND account_uuid = acc('B2')), 1::bigint, 'a login gives the account that it answers with');
SELECT make(n) FROM unnest(ARRAY['D1', 'D2', 'D3']) n \g /dev/null
SET SESSION AUTHORIZATION vendor_klas;
BEGIN;
DECLARE c CURSOR FOR SELECT * FROM fictief_klasapp.leerling WHERE voornaam = 'D1';
FETCH ALL FROM c \g /dev/null
COMMIT;
SELECT account_uuid FROM leerid.account WHERE account_uuid = acc('D2') \g /dev/null
COPY (SELECT account_uuid FROM fictief_klasapp.leerling WHERE voornaam = 'D3') TO STDOUT \g /dev/null
RESET SESSION AUTHORIZATION;
SELECT is((SELECT names(array_agg(account_uuid)) FROM given WHERE account_uuid IN (acc('D1'), acc('D2'), acc('D3'))), 'D1 D2 D3', 'a cursor, a table and COPY give');

-- Pages: one operation at a time comes to the same.
SELECT is((merge(acc('D1'), acc('D2'), 'x')).verdict, 'merged', 'more'), is((merge(acc('D3'), acc('D2'), 'x')).verdict, 'merged', 'and more');
SET SESSION AUTHORIZATION vendor_klas;
CREATE TEMP TABLE page (n serial, cursor text, told text);
DO $$
DECLARE
	c text := NULL;
	t text;
BEGIN
	LOOP
		SELECT max(cursor), string_agg(kind || ' ' || public.names(ARRAY[account_uuid]) || ': ' || public.names(accounts_before) || ' > ' || public.names(accounts_after), ', ' ORDER BY n)
		INTO c, t FROM leerid.identity_feed(c, 1) WITH ORDINALITY f (cursor, at, kind, account_uuid, leer_id_uuid, accounts_before, accounts_after, n);
		EXIT WHEN t IS NULL;
		INSERT INTO page (cursor, told) VALUES (c, t);
	END LOOP;
END
$$;
SELECT is((SELECT string_agg(told, ', ' ORDER BY n) FROM page), told(), 'one by one the same is told');
SELECT ok(count(*) > 5, 'in several answers') FROM page;
SELECT is(told((SELECT cursor FROM page ORDER BY n DESC LIMIT 1)), 'nothing', 'and all of it');
SELECT is(told(regexp_replace(:'klas', '^........', 'ffffffff')), told(), 'a cursor of another database begins anew');
RESET SESSION AUTHORIZATION;

-- The end of a pupil.
DELETE FROM visibility WHERE leerling = pupil('D2');
DELETE FROM inschrijving WHERE leerling = pupil('D2');
SELECT is((erase_identity(acc('D2'), 'x')).verdict, 'erased', 'an erased pupil');
SELECT is_empty('SELECT FROM given WHERE account_uuid IN (acc(''D1''), acc(''D2''), acc(''D3''))', 'was not given to anybody');
SET SESSION AUTHORIZATION vendor_klas;
SELECT unalike(told(), '%D_%', 'and is not spoken of');
RESET SESSION AUTHORIZATION;
SELECT is_empty('SELECT * FROM check_identity()', 'the log and the map agree');
