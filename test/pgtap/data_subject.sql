-- Restriction and objection: what leerid_admin registers, and what it does not
-- get to see by it.
BEGIN;
SELECT plan(25);

INSERT INTO leerling (id, leer_id_uuid, insz, naam, voornaam) VALUES (1, gen_random_uuid(), test_insz(1), 'A', 'B'), (2, gen_random_uuid(), test_insz(2), 'C', 'D'), (3, NULL, NULL, 'E', 'F');
INSERT INTO account (account_uuid, leerling, historic) SELECT ('00000000-0000-0000-0000-00000000000' || n)::uuid, least(n, 3), n = 4 FROM generate_series(1, 4) n;
INSERT INTO persoon (id, insz, naam, voornaam) VALUES (1, test_insz(9), 'G', 'H'), (2, test_insz(2), 'C', 'D');
CREATE FUNCTION account(n integer) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$SELECT ('00000000-0000-0000-0000-00000000000' || n)::uuid$$;

INSERT INTO party (code, naam, enterprise) VALUES ('DOV', 'DOV', '0316.380.841'), ('P', 'P', '0473.721.472');
INSERT INTO protocol (code, version, document, document_sha256, source, recipient, entry, activated_at, ended_at, ended_how)
	SELECT p.code, p.version, p.document::jsonb, '', CASE WHEN p.entry <> 'akkoord_per_school' THEN s.id END, r.id, p.entry, now(), p.ended_at,
		CASE WHEN p.ended_at IS NOT NULL THEN 'notice' END
	FROM party s, party r, (VALUES
		('interest', '1', '{"legal_basis": {"gdpr": "6(1)(f)"}}', 'date', NULL),
		('obligation', '1', '{"legal_basis": {"gdpr": "6(1)(f)"}}', 'date', now() - interval '1 day'),
		('obligation', '2', '{"legal_basis": {"gdpr": "6(1)(c)"}}', 'date', NULL),
		('unstated', '1', '{}', 'date', NULL),
		('class', '1', '{"legal_basis": {"gdpr": "6(1)(c)"}}', 'akkoord_per_school', NULL),
		('ended', '1', '{"legal_basis": {"gdpr": "6(1)(f)"}}', 'date', now() - interval '1 day')) p (code, version, document, entry, ended_at)
	WHERE s.code = 'DOV' AND r.code = 'P';

CREATE ROLE test_stranger;
CREATE VIEW subject_function AS SELECT oid::regprocedure AS f, * FROM pg_proc
	WHERE oid = ANY (ARRAY['restrict_processing', 'restrict_person', 'lift_restriction', 'register_objection', 'decide_objection']::regproc[]);
SELECT ok(count(*) = 5 AND bool_and(prosecdef AND provolatile = 'v' AND proparallel = 'u' AND proconfig = '{"search_path=pg_catalog, pg_temp"}'),
	'they run with their owner''s rights and a fixed search path') FROM subject_function;
SELECT results_eq($$SELECT f::text COLLATE "C", r FROM subject_function, unnest(ARRAY['leerid_admin', 'leerid_auditor', 'leerid_idp', 'leerid_intake',
	'leerid_package', 'leerid_purger', 'leerid_schoolloket', 'test_stranger']) r WHERE has_function_privilege(r, oid, 'EXECUTE') ORDER BY 1$$,
	$$SELECT f::text COLLATE "C", 'leerid_admin' FROM subject_function ORDER BY 1$$, 'for the data manager alone');
SELECT is_empty($$SELECT t, p FROM unnest(ARRAY['restriction', 'objection', 'persoon', 'leerling', 'account']) t,
	unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) p
	WHERE has_table_privilege('leerid_admin', t, p) OR (p <> 'DELETE' AND has_any_column_privilege('leerid_admin', t, p))$$,
	'who reads and writes none of the tables behind them');

SET LOCAL ROLE test_stranger;
SELECT is((failure_of('SELECT leerid.restrict_processing(''00000000-0000-0000-0000-000000000001'', ''18(1)(a)'')')).sqlstate, '42501', 'a stranger is refused');
SET LOCAL ROLE leerid_admin;

-- Restriction.
SELECT restrict_processing(account(1), '18(1)(a)') AS first
\gset
SELECT is(restrict_processing(account(1), '18(1)(a)'), :first::bigint, 'the same request is the same restriction');
SELECT isnt(restrict_processing(account(1), '18(1)(c)'), :first::bigint, 'on another ground it is another');
SELECT restrict_person(test_insz(2), '18(1)(b)') AS person
\gset
SELECT is(restrict_person(test_insz(2), '18(1)(b)'), :person::bigint, 'of a person too');
SELECT ok(restrict_person(test_insz(3), '18(1)(d)') > 0, 'whoever is in no register is restricted all the same: nothing tells whether he is');
RESET ROLE;
SELECT results_eq('SELECT leerling, insz, ground FROM restriction WHERE lifted_at IS NULL ORDER BY ground, leerling',
	$$VALUES (1::bigint, NULL::insz, '18(1)(a)'), (NULL, test_insz(2), '18(1)(b)'), (1, NULL, '18(1)(c)'), (NULL, test_insz(3), '18(1)(d)')$$,
	'these stand');
SET LOCAL ROLE leerid_admin;
SELECT is(ARRAY(SELECT (failure_of(s)).sqlstate FROM unnest(ARRAY[
	format('SELECT restrict_processing(%L, ''18(1)(e)'')', account(1)), format('SELECT restrict_processing(%L, '''')', account(1)),
	format('SELECT restrict_person(%L, ''article 18'')', test_insz(2))]) s),
	array_fill('22023'::text, '{3}'), 'another ground is refused');
SELECT is(failure_of(format('SELECT restrict_processing(%L, ''18(1)(a)'')', account(9))), ROW('22023', 'unknown account', '', '')::failure,
	'an unknown account too, which is not repeated');
SELECT lives_ok('SELECT lift_restriction(' || :first || ')', 'a restriction is lifted by its number');
SELECT is((failure_of('SELECT lift_restriction(' || :first || ')')).sqlstate, '22023', 'once');
SELECT is((failure_of('SELECT lift_restriction(-1)')).sqlstate, '22023', 'and only one that is there');
SELECT lives_ok('SELECT lift_restriction(' || :person || ')', 'a person''s too');
SELECT isnt(restrict_processing(account(1), '18(1)(a)'), :first::bigint, 'a new request after it is a new restriction');
RESET ROLE;
SELECT is(count(*), 2::bigint, 'both that were lifted are kept') FROM restriction WHERE lifted_at IS NOT NULL;

-- Objection.
SET LOCAL ROLE leerid_admin;
SELECT register_objection(account(3), 'interest') AS first
\gset
SELECT is(register_objection(account(4), 'interest'), :first::bigint, 'an old account is the same pupil''s, and its objection is the one that is open');
SELECT isnt(register_objection(account(3), 'class'), :first::bigint, 'against the class protocol it is registered all the same');
SELECT is(ARRAY(SELECT (failure_of(format('SELECT register_objection(%L, %L)', account(1), p))).sqlstate
	FROM unnest(ARRAY['obligation', 'unstated', 'ended', 'nothing']) p), '{22023,22023,LR011,LR011}',
	'not against a protocol on another ground as it stands, nor one that does not stand');
SELECT is(failure_of(format('SELECT register_objection(%L, ''interest'')', account(9))), ROW('22023', 'unknown account', '', '')::failure,
	'nor by an account that is unknown');
SELECT lives_ok('SELECT decide_objection(' || :first || ', false)', 'an objection is decided');
SELECT is(ARRAY[(failure_of('SELECT decide_objection(' || :first || ', true)')).sqlstate, (failure_of('SELECT decide_objection(-1, true)')).sqlstate],
	'{22023,22023}', 'once, and only one that is there');
SELECT isnt(register_objection(account(3), 'interest'), :first::bigint, 'a later objection is a new one');
RESET ROLE;
SELECT results_eq('SELECT leerling, protocol_code, upheld, decided_at IS NULL FROM objection ORDER BY id',
	$$VALUES (3::bigint, 'interest', false, false), (3, 'class', NULL, true), (3, 'interest', NULL, true)$$, 'these were registered');

SELECT * FROM finish();
ROLLBACK;
