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
SELECT is((merge(acc('D1'), acc('D2'), 'x')).verdict, 'merged', 'more');
SELECT is((merge(acc('D3'), acc('D2'), 'x')).verdict, 'merged', 'and more');
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

-- Any sequence: two readers follow the feed, one from the beginning each time, one
-- as it goes, and both must know which account answers for each account that they
-- were given and whose pupil is admitted now.
CREATE SCHEMA follow;
CREATE TABLE follow.account (seed bigint, name text, account_uuid uuid PRIMARY KEY);
CREATE TABLE follow.operation (seed bigint, n serial, op_id uuid);
CREATE TABLE follow.first (account_uuid uuid PRIMARY KEY, answers uuid);
CREATE TABLE follow.now (account_uuid uuid PRIMARY KEY, answers uuid);
CREATE TABLE follow.again (account_uuid uuid PRIMARY KEY, answers uuid);
CREATE TABLE follow.cursor (cursor text);
CREATE TABLE follow.difference (seed bigint, step integer, what text, account_uuid uuid);
CREATE TABLE follow.counted (what text, number bigint);
INSERT INTO follow.cursor VALUES (NULL);

-- Reads the roster as the recipient, of some accounts or of all.
CREATE PROCEDURE follow.read(whom uuid[]) LANGUAGE plpgsql AS $$
DECLARE
	rows jsonb;
BEGIN
	SET ROLE vendor_klas;
	SELECT jsonb_agg(to_jsonb(r)) INTO rows FROM (SELECT account_uuid, historiek_account_uuid FROM fictief_klasapp.leerling WHERE whom IS NULL OR account_uuid = ANY (whom)) r;
	RESET ROLE;
	INSERT INTO follow.first SELECT u, r.account_uuid FROM jsonb_to_recordset(rows) r (account_uuid uuid, historiek_account_uuid uuid[]), unnest(r.account_uuid || r.historiek_account_uuid) u
		ON CONFLICT DO NOTHING;
	INSERT INTO follow.now SELECT u, r.account_uuid FROM jsonb_to_recordset(rows) r (account_uuid uuid, historiek_account_uuid uuid[]), unnest(r.account_uuid || r.historiek_account_uuid) u
		ON CONFLICT (account_uuid) DO UPDATE SET answers = excluded.answers;
	INSERT INTO follow.counted VALUES ('read', coalesce(jsonb_array_length(rows), 0));
END
$$;
-- Asks the feed as the recipient, and puts what it tells into a table.
CREATE PROCEDURE follow.ask(what regclass, INOUT c text, pages integer, seed bigint, step integer) LANGUAGE plpgsql AS $$
DECLARE
	r record;
	told bigint;
BEGIN
	LOOP
		SET ROLE vendor_klas;
		CREATE TEMP TABLE answered ON COMMIT DROP AS SELECT * FROM leerid.identity_feed(c, pages) WITH ORDINALITY f (cursor, at, kind, account_uuid, leer_id_uuid, was, becomes, n);
		RESET ROLE;
		told := 0;
		FOR r IN SELECT * FROM answered ORDER BY n LOOP
			IF r.kind IS NULL THEN
				c := r.cursor;
				CONTINUE;
			END IF;
			told := told + 1;
			EXECUTE format('DELETE FROM %s WHERE account_uuid = ANY ($1) AND account_uuid <> ALL ($2)', what) USING r.was, r.becomes;
			EXECUTE format('INSERT INTO %s SELECT u, $1 FROM unnest($2) u ON CONFLICT (account_uuid) DO UPDATE SET answers = excluded.answers', what) USING r.account_uuid, r.becomes;
			INSERT INTO follow.difference SELECT seed, step, 'told of what was not given', u FROM unnest(r.was || r.becomes) u WHERE u NOT IN (SELECT account_uuid FROM follow.first);
			INSERT INTO follow.difference SELECT seed, step, 'told who answers for nobody whom it may see', r.account_uuid
			WHERE NOT EXISTS (SELECT FROM account a JOIN visibility v ON v.leerling = a.leerling JOIN application p ON p.id = v.application AND p.code = 'klasapp' WHERE a.account_uuid = r.account_uuid AND a.principal);
		END LOOP;
		DROP TABLE answered;
		INSERT INTO follow.counted VALUES ('told', told);
		EXIT WHEN told = 0;
	END LOOP;
END
$$;
-- What is wrong in a table.
CREATE PROCEDURE follow.check(what regclass, seed bigint, step integer) LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format($q$INSERT INTO follow.difference SELECT $1, $2, %L, f.account_uuid FROM follow.first f
		JOIN leerid.account a ON a.account_uuid = f.account_uuid JOIN leerid.account m ON m.leerling = a.leerling AND m.principal LEFT JOIN %s x ON x.account_uuid = f.account_uuid
		WHERE EXISTS (SELECT FROM leerid.visibility v JOIN leerid.application p ON p.id = v.application AND p.code = 'klasapp' WHERE v.leerling = a.leerling) AND x.answers IS DISTINCT FROM m.account_uuid$q$, what, what) USING seed, step;
END
$$;
CREATE PROCEDURE follow.run(s bigint, steps integer) LANGUAGE plpgsql AS $$
DECLARE
	one uuid; other uuid; c text; v text; what bigint;
BEGIN
	TRUNCATE follow.account, follow.operation, follow.first, follow.now;
	SELECT cursor INTO c FROM follow.cursor;
	FOR i IN 1..6 LOOP
		PERFORM public.make('s' || s || '.' || i);
		INSERT INTO follow.account SELECT s, i, public.acc('s' || s || '.' || i);
	END LOOP;
	COMMIT;
	FOR step IN 1..steps LOOP
		SELECT account_uuid INTO one FROM follow.account WHERE name = (1 + fixture.pick(s, 'one' || step, 6))::text;
		SELECT account_uuid INTO other FROM follow.account WHERE name = (1 + fixture.pick(s, 'other' || step, 6))::text;
		what := fixture.pick(s, 'what' || step, 20);
		IF what < 6 THEN
			v := (merge(one, other, 'x')).verdict;
		ELSIF what < 8 THEN
			v := (identify(one, fixture.insz(1000 + s * 4 + fixture.pick(s, 'insz' || step, 4)), 'x')).verdict;
		ELSIF what < 12 THEN
			v := (unmerge(coalesce((SELECT o.op_id FROM identity_operation o WHERE o.verdict IN ('merged', 'identified')
				AND o.account_uuid IN (SELECT account_uuid FROM follow.account) AND NOT EXISTS (SELECT FROM identity_operation u WHERE u.undoes = o.id)
				ORDER BY fixture.pick(s, step || ' ' || o.id, 1000000) LIMIT 1), op(0)), 'x')).verdict;
		ELSIF what < 15 THEN
			v := 'read some';
			CALL follow.read(ARRAY[one, other]);
		ELSIF what < 16 THEN
			v := 'read all';
			CALL follow.read(NULL);
		ELSIF what < 18 THEN
			v := 'asked';
			CALL follow.ask('follow.now', c, 1 + fixture.pick(s, 'pages' || step, 3)::integer, s, step);
			CALL follow.check('follow.now', s, step);
		ELSIF what < 19 THEN
			v := 'hidden';
			DELETE FROM visibility v USING account a WHERE a.account_uuid = one AND v.leerling = a.leerling;
		ELSE
			v := 'shown';
			INSERT INTO visibility (application, leerling, instellingsnummer, shown_at, shown_by)
			SELECT p.id, a.leerling, '000011', now(), fixture.insz(60000000) FROM application p, account a WHERE p.code <> 'glce' AND a.account_uuid = one ON CONFLICT DO NOTHING;
			-- who is admitted again is read again
			COMMIT;
			CALL follow.read(NULL);
		END IF;
		INSERT INTO follow.counted VALUES (v, 1);
		COMMIT;
	END LOOP;
	CALL follow.ask('follow.now', c, 1000, s, steps);
	CALL follow.check('follow.now', s, steps);
	TRUNCATE follow.again, follow.cursor;
	INSERT INTO follow.again SELECT * FROM follow.first;
	INSERT INTO follow.cursor VALUES (c);
	c := NULL;
	CALL follow.ask('follow.again', c, 1000, s, steps);
	CALL follow.check('follow.again', s, steps);
	COMMIT;
	DELETE FROM visibility v USING account a WHERE a.leerling = v.leerling AND a.account_uuid IN (SELECT account_uuid FROM follow.account);
	COMMIT;
END
$$;
DELETE FROM visibility;
SELECT format('CALL follow.run(%s, %s)', seed, :steps) FROM generate_series(split_part(:'seeds', ' ', 1)::bigint, split_part(:'seeds', ' ', 2)::bigint) seed \gexec
SELECT is((SELECT jsonb_agg(to_jsonb(d)) FROM (SELECT * FROM follow.difference ORDER BY seed, step LIMIT 5) d), NULL, 'whoever follows the feed knows who answers, seeds ' || :'seeds');
SELECT '# ' || what || ': ' || sum(number) FROM follow.counted GROUP BY what ORDER BY what;
SELECT '# ' || count(DISTINCT seed) || ' differ: ' || what FROM follow.difference GROUP BY what;
-- A roster that is read whole is written down as one that is not.
INSERT INTO leerling (id, naam, voornaam, leer_id_uuid, insz) SELECT 100000 + n, 'Veel', 'v', CASE WHEN n % 2 = 0 THEN gen_random_uuid() END, CASE WHEN n % 2 = 0 THEN fixture.insz(100000 + n) END FROM generate_series(1, 20500) n;
INSERT INTO account (leerling, principal, without_insz, historic) SELECT 100000 + n, k = 0, n % 2 = 1 OR k = 1, k > 0 AND n % 2 = 0 FROM generate_series(1, 20500) n, generate_series(0, n % 3) k;
INSERT INTO inschrijving (leerling, instellingsnummer, begindatum, schooljaar, niveau, bron_sleutel) SELECT 100000 + n, '000011', today() - 20, '2026-2027', 'lager', 'v' || n FROM generate_series(1, 20500) n WHERE n <> 17;
INSERT INTO visibility (application, leerling, instellingsnummer, shown_at, shown_by) SELECT a.id, 100000 + n, '000011', now(), fixture.insz(60000000) FROM generate_series(1, 20500) n, application a WHERE a.code = 'anderapp';
CREATE TABLE public.read (account_uuid uuid, historiek_account_uuid uuid[]);
GRANT ALL ON public.read TO PUBLIC;
SET SESSION AUTHORIZATION vendor_ander;
INSERT INTO public.read SELECT account_uuid, historiek_account_uuid FROM ander_klasapp.leerling;
SELECT ok(count(*) > 20000, 'a large roster') FROM public.read;
SELECT count(*) FROM ander_klasapp.leerling \g /dev/null
SELECT count(*) FROM ander_klasapp.leerling WHERE voornaam = 'v' AND leer_id_uuid IS NULL \g /dev/null
RESET SESSION AUTHORIZATION;
SELECT is((SELECT md5(string_agg(a, ' ' ORDER BY a)) FROM (SELECT unnest(account_uuid || historiek_account_uuid)::text FROM public.read UNION SELECT (acc('B1'))::text UNION SELECT (acc('B2'))::text) s (a)),
	(SELECT md5(string_agg(account_uuid::text, ' ' ORDER BY account_uuid::text)) FROM given JOIN purpose ON id = purpose WHERE protocol_code = 'ander'), 'gives what it shows, once');
SELECT * FROM finish();
\c :home
\if :{?keep}
\else
DROP DATABASE leerid_identity_feed;
\endif
