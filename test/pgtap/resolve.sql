-- resolve() and its kin, over a map and a history made by hand; that the
-- operations write such a history is what identity.sql tests.
BEGIN;
SELECT plan(45);

CREATE FUNCTION k(n integer) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$SELECT lpad(n::text, 32, '0')::uuid$$;
CREATE FUNCTION t(hour integer) RETURNS timestamptz LANGUAGE sql IMMUTABLE AS $$SELECT '2026-01-01 00:00+00'::timestamptz + hour * interval '1 hour'$$;
CREATE FUNCTION was(n integer, hour integer DEFAULT NULL) RETURNS text LANGUAGE sql AS $$
	SELECT concat_ws(' ', state, leerling, regexp_replace(leer_id_uuid::text, '^[-0]*', '')) FROM resolve(k(n), t(hour))
$$;

/*
 * Record 1 (leer_id 901; accounts 11, 12) and record 2 (accounts 21, 22) since
 * hour 1.  Hour 10: 2 absorbed by 1.  Hour 20: that is undone.  Hour 30: 2 is
 * identified (902) through 22.  Hour 40: undone, so 902 is withdrawn.  Hour 50:
 * identified again (903).  Record 3 (leer_id 904, account 31) since hour 2 is
 * absorbed by 2 at hour 60 and stays so.  Record 4 (account 41) was created at
 * hour 5, and 5 (account 51, leer_id 905) erased at hour 70.
 */
INSERT INTO leerling (id, leer_id_uuid, insz, naam, voornaam, made_at) VALUES
	(1, k(901), test_insz(1), 'A', 'A', t(1)), (2, k(903), test_insz(2), 'B', 'B', t(1)), (4, NULL, NULL, 'D', 'D', t(4));
INSERT INTO absorbed_leerling (id, into_leerling, operation, leer_id_uuid, insz, naam, voornaam, made_at) VALUES
	(3, 2, 6, k(904), test_insz(3), 'C', 'C', t(2));
INSERT INTO account (account_uuid, leerling, principal, made_at) VALUES
	(k(11), 1, true, t(1)), (k(12), 1, false, t(1)), (k(21), 2, false, t(1)), (k(22), 2, true, t(1)), (k(31), 2, false, t(2)), (k(41), 4, true, t(5));
INSERT INTO identity_operation (id, op_id, kind, verdict, at, role, leerling, absorbed, undoes, reason) OVERRIDING SYSTEM VALUE VALUES
	(1, k(1001), 'merge', 'merged', t(10), 'x', 1, 2, NULL, 'r'), (2, k(1002), 'unmerge', 'unmerged', t(20), 'x', 1, 2, 1, 'r'),
	(3, k(1003), 'identify', 'identified', t(30), 'x', 2, NULL, NULL, 'r'), (4, k(1004), 'unmerge', 'unmerged', t(40), 'x', 2, NULL, 3, 'r'),
	(5, k(1005), 'identify', 'identified', t(50), 'x', 2, NULL, NULL, 'r'), (6, k(1006), 'replace', 'merged', t(60), 'x', 2, 3, NULL, 'r'),
	(7, k(1007), 'create', 'created', t(5), 'x', 4, NULL, NULL, 'r'), (8, k(1008), 'erase', 'erased', t(70), 'x', 5, NULL, NULL, NULL),
	(9, k(1009), 'merge', 'conflict_insz', t(80), 'x', NULL, NULL, NULL, 'r');
INSERT INTO identity_history (key, operation, at, account, from_leerling, to_leerling) VALUES
	(k(21), 1, t(10), true, 2, 1), (k(22), 1, t(10), true, 2, 1), (k(21), 2, t(20), true, 1, 2), (k(22), 2, t(20), true, 1, 2),
	(k(22), 3, t(30), true, 2, 2), (k(902), 3, t(30), false, NULL, 2), (k(22), 4, t(40), true, 2, 2), (k(902), 4, t(40), false, 2, NULL),
	(k(22), 5, t(50), true, 2, 2), (k(903), 5, t(50), false, NULL, 2), (k(31), 6, t(60), true, 3, 2), (k(904), 6, t(60), false, 3, 2),
	(k(41), 7, t(5), true, NULL, 4), (k(51), 8, t(70), true, 5, NULL), (k(905), 8, t(70), false, 5, NULL);
INSERT INTO ended_key VALUES (k(902), 'withdrawn', t(40), 4), (k(51), 'erased', t(70), 8), (k(905), 'erased', t(70), 8);
INSERT INTO former_insz VALUES (test_insz(11), 6, 2, true), (test_insz(11), 7, 1, true), (test_insz(12), 6, 2, false), (test_insz(12), 7, 4, true), (test_insz(1), 6, 2, true);

-- Now.
SELECT is(was(11), 'leerling 1 901', 'an account');
SELECT is(was(901), 'leerling 1 901', 'a leer_id_uuid');
SELECT is(was(41), 'leerling 4', 'an account of an unidentified pupil');
SELECT is(was(31), 'leerling 2 903', 'an account of an absorbed record');
SELECT is(was(904), 'leerling 2 903', 'its leer_id_uuid leads to the living one');
SELECT is(was(902), 'withdrawn', 'withdrawn');
SELECT is(ARRAY[was(51), was(905)], '{erased,erased}', 'erased');
SELECT is(was(99), 'unknown', 'unknown');
SELECT is((SELECT r IS NULL FROM resolve(NULL) r), true, 'null for null');

-- At a moment.
SELECT is((SELECT array_agg(was(21, h) ORDER BY h) FROM unnest('{0,1,9,10,19,20,29,30,39,40,49,50,60,99}'::int[]) h),
	'{unknown,leerling 2,leerling 2,leerling 1 901,leerling 1 901,leerling 2,leerling 2,leerling 2 902,leerling 2 902,leerling 2,leerling 2,leerling 2 903,leerling 2 903,leerling 2 903}',
	'an account through a merge, its undoing, and identifications');
SELECT is((SELECT array_agg(was(902, h) ORDER BY h) FROM unnest('{0,29,30,39,40,99}'::int[]) h),
	'{unknown,unknown,leerling 2 902,leerling 2 902,withdrawn,withdrawn}', 'a leer_id_uuid from its identification until that is undone');
SELECT is((SELECT array_agg(was(903, h) ORDER BY h) FROM unnest('{49,50,99}'::int[]) h), '{unknown,leerling 2 903,leerling 2 903}', 'and one that stands');
SELECT is((SELECT array_agg(was(31, h) ORDER BY h) FROM unnest('{1,2,59,60,99}'::int[]) h),
	'{unknown,leerling 3 904,leerling 3 904,leerling 2 903,leerling 2 903}', 'an account of a record that was absorbed has the record''s own leer_id_uuid until then');
SELECT is((SELECT array_agg(was(904, h) ORDER BY h) FROM unnest('{1,2,59,60}'::int[]) h),
	'{unknown,leerling 3 904,leerling 3 904,leerling 2 903}', 'so has its leer_id_uuid');
SELECT is((SELECT array_agg(was(11, h) ORDER BY h) FROM unnest('{0,1,99}'::int[]) h), '{unknown,leerling 1 901,leerling 1 901}', 'what no operation touched, since it was made');
SELECT is((SELECT array_agg(was(901, h) ORDER BY h) FROM unnest('{0,1,99}'::int[]) h), '{unknown,leerling 1 901,leerling 1 901}', 'by leer_id_uuid too');
SELECT is((SELECT array_agg(was(41, h) ORDER BY h) FROM unnest('{4,5,99}'::int[]) h), '{unknown,leerling 4,leerling 4}', 'what an operation made, since then');
SELECT is(ARRAY[was(51, 1), was(905, 69), was(51, 99)], '{erased,erased,erased}', 'an erased key is erased at any time');
SELECT is(was(99, 50), 'unknown', 'an unknown key never was');
SELECT is((SELECT state FROM resolve(k(11), '-infinity')), 'unknown', 'at the beginning of time nobody was');
SELECT is((SELECT state FROM resolve(k(11), clock_timestamp())), 'leerling', 'now is past');
SELECT is((failure_of('SELECT resolve(gen_random_uuid(), clock_timestamp() + interval ''1 minute'')')).sqlstate, '22023', 'what is to come is refused');
SELECT is((failure_of('SELECT resolve(gen_random_uuid(), ''infinity'')')).sqlstate, '22023', 'however far');

-- Many.
CREATE TEMP TABLE asked AS SELECT row_number() OVER () AS n, k(x) AS key FROM unnest('{904,11,21,22,99,902,51,905,41,11,31,901,903,12}'::int[]) x;
SELECT results_eq($$SELECT m.* FROM resolve_many(ARRAY(SELECT key FROM asked ORDER BY n)) m$$,
	$$SELECT key, r.* FROM asked, resolve(key) r ORDER BY n$$, 'resolve_many() answers as resolve(), in the order given');
SELECT results_eq($$SELECT h, m.* FROM generate_series(0, 72) h, resolve_many(ARRAY(SELECT key FROM asked ORDER BY n), t(h)) WITH ORDINALITY m ORDER BY h, ordinality$$,
	$$SELECT h, key, r.*, n FROM generate_series(0, 72) h, asked, resolve(key, t(h)) r ORDER BY h, n$$, 'at any moment');
SELECT is_empty($$SELECT * FROM resolve_many('{}')$$, 'none of none');
SELECT is((failure_of('SELECT resolve_many(ARRAY[gen_random_uuid(), NULL])')).sqlstate, '22004', 'no null key');
SELECT is((failure_of('SELECT resolve_many(NULL)')).sqlstate, '22004', 'no null list');
SELECT is((failure_of('SELECT resolve_many(array_fill(gen_random_uuid(), ARRAY[1000001]))')).sqlstate, 'LR052', 'not too many');
SELECT is((failure_of('SELECT resolve_many(ARRAY[gen_random_uuid()], ''infinity'')')).sqlstate, '22023', 'nor in the future');

-- By INSZ.
SELECT results_eq($$SELECT r.* FROM unnest('{1,2,3,4,11,12}'::int[]) WITH ORDINALITY n, resolve_insz(test_insz(n.n)) r ORDER BY ordinality$$,
	$$VALUES (1::bigint, k(901), false), (2, k(903), false), (NULL, NULL, NULL), (NULL, NULL, NULL), (1, k(901), true), (2, k(903), true)$$,
	'the holder; else whose it was and no mistake; else the last who was given it by mistake');
SELECT is((SELECT r IS NULL FROM resolve_insz(NULL) r), true, 'null for null');

-- What made a pupil what he is.
SELECT results_eq('SELECT op_id FROM historiek(k(11))', 'SELECT k(n) FROM generate_series(1001, 1002) n', 'a pupil who absorbed one, which was undone');
SELECT results_eq('SELECT op_id FROM historiek(k(21))', 'SELECT k(n) FROM generate_series(1001, 1006) n', 'a pupil: of his record and of the one it absorbed');
SELECT results_eq('SELECT op_id FROM historiek(k(904))', 'SELECT k(n) FROM generate_series(1001, 1006) n', 'by a key of that one');
SELECT results_eq('SELECT op_id FROM historiek(k(902))', 'SELECT k(n) FROM generate_series(1001, 1006) n', 'by a key that was withdrawn');
SELECT results_eq('SELECT op_id FROM historiek(k(51))', 'SELECT k(1008)', 'of an erased pupil what is left');
SELECT is_empty('SELECT op_id FROM historiek(k(99))', 'of nobody nothing');
SELECT results_eq('SELECT kind, verdict::text, role, reason, moved, undone_by FROM historiek(k(21)) LIMIT 3',
	$$VALUES ('merge', 'merged', 'x'::name, 'r', ARRAY[k(21), k(22)], k(1002)), ('unmerge', 'unmerged', 'x', 'r', ARRAY[k(21), k(22)], NULL),
		('identify', 'identified', 'x', 'r', ARRAY[k(22)], k(1004))$$, 'what it tells');

-- Who may.
CREATE VIEW who AS SELECT f, array_agg(r ORDER BY r) AS roles
	FROM unnest('{leerid_admin,leerid_auditor,leerid_idp,leerid_intake,leerid_package,leerid_purger,leerid_schoolloket,public}'::text[]) r,
		unnest('{resolve,resolve_many,resolve_insz,historiek}'::text[]) f
	WHERE has_function_privilege(r, (SELECT oid FROM pg_proc WHERE proname = f AND pronamespace = 'leerid'::regnamespace), 'EXECUTE') GROUP BY f;
SELECT results_eq('SELECT f, roles FROM who ORDER BY f', $$VALUES ('historiek', '{leerid_admin,leerid_auditor}'::text[]),
	('resolve', '{leerid_admin,leerid_intake,leerid_purger}'), ('resolve_insz', '{leerid_admin,leerid_intake}'), ('resolve_many', '{leerid_admin,leerid_intake,leerid_purger}')$$,
	'who may call them');
SET ROLE leerid_purger;
SELECT is((SELECT leerling FROM resolve('00000000-0000-0000-0000-000000000011')), 1::bigint, 'with no right to any table');
SELECT is((SELECT leerling FROM resolve('00000000-0000-0000-0000-000000000011', '2026-01-02')), 1::bigint, 'for the past too');
SELECT is((failure_of('SELECT historiek(gen_random_uuid())')).sqlstate, '42501', 'a purger is refused the history');
SET ROLE leerid_idp;
SELECT is((failure_of('SELECT resolve(gen_random_uuid())')).sqlstate, '42501', 'and the identity provider the map');
RESET ROLE;
SELECT is((SELECT count(*) FROM unnest('{resolve,resolve_many,resolve_insz}'::regproc[]) f WHERE (SELECT prosecdef FROM pg_proc p WHERE p.oid = f)), 0::bigint,
	'they run with nobody''s rights');

SELECT * FROM finish();
ROLLBACK;
