-- Operations of identity at random: what resolve() answers after each of them, it
-- answers for that moment ever after, whatever comes later.
BEGIN;
SELECT plan(10);
SET leerid.test_identities = on;

CREATE TABLE pupil_key (key uuid PRIMARY KEY);
CREATE TABLE answered (moment timestamptz, key uuid, state text, leerling bigint, leer_id_uuid uuid);
CREATE TABLE done (n serial, op_id uuid, kind text, verdict verdict);

CREATE FUNCTION pick(seed bigint, salt text, n bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
	SELECT ((hashtextextended(salt, seed) % n) + n) % n
$$;
CREATE FUNCTION an_account(seed bigint, salt text) RETURNS uuid LANGUAGE sql AS $$
	SELECT account_uuid FROM (SELECT account_uuid, row_number() OVER (ORDER BY made_at, account_uuid) - 1 AS n, count(*) OVER () AS many FROM account) a
	WHERE n = pick(seed, salt, many)
$$;
CREATE FUNCTION play(seed bigint, steps integer) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	answer identity_answer;
	step text;
	choice bigint;
	moment timestamptz;
BEGIN
	INSERT INTO leerling (leer_id_uuid, insz, naam, voornaam)
	SELECT CASE WHEN n % 2 = 0 THEN md5(seed || 'l' || n)::uuid END, CASE WHEN n % 2 = 0 THEN test_insz(seed * 100 + n) END, 'N' || n, 'V' FROM generate_series(1, 8) n;
	INSERT INTO account (account_uuid, leerling, principal, without_insz)
	SELECT md5(seed || l.naam || '.' || n)::uuid, l.id, n = 1, l.insz IS NULL FROM leerling l, generate_series(1, 2) n
	WHERE NOT EXISTS (SELECT FROM account a WHERE a.leerling = l.id) AND NOT (n = 2 AND l.naam ~ '[36]');
	FOR i IN 1 .. steps LOOP
		step := 's' || i;
		choice := pick(seed, step, 20);
		IF choice < 2 THEN
			answer := create_account('C' || i, 'V', 'r');
		ELSIF choice < 5 THEN
			answer := identify(an_account(seed, step), test_insz(seed * 100 + pick(seed, step || 'i', 40)), 'r');
		ELSIF choice < 11 THEN
			answer := merge(an_account(seed, step), an_account(seed, step || 'b'), 'r');
		ELSIF choice < 16 THEN
			answer := unmerge((SELECT op_id FROM done d WHERE d.verdict IN ('merged', 'identified', 'replaced') ORDER BY hashtextextended(n || step, seed) LIMIT 1), 'r');
		ELSE
			answer := replace_insz((SELECT insz FROM leerling WHERE insz IS NOT NULL ORDER BY hashtextextended(insz::text || step, seed) LIMIT 1),
				test_insz(seed * 100 + pick(seed, step || 'n', 12)), 'r', corrected => choice = 19);
		END IF;
		INSERT INTO done (op_id, kind, verdict) VALUES (answer.op_id, (ARRAY['create', 'identify', 'merge', 'unmerge', 'replace'])[1 + (choice >= 2)::int + (choice >= 5)::int + (choice >= 11)::int + (choice >= 16)::int], answer.verdict);
		INSERT INTO pupil_key SELECT account_uuid FROM account UNION SELECT leer_id_uuid FROM leerling WHERE leer_id_uuid IS NOT NULL ON CONFLICT DO NOTHING;
		moment := clock_timestamp();
		INSERT INTO answered SELECT moment, k.key, r.state, r.leerling, r.leer_id_uuid FROM pupil_key k, resolve(k.key) r;
	END LOOP;
END
$$;
-- What is answered differently from then.
CREATE VIEW changed AS
	SELECT a.*, r.state AS state_now, r.leerling AS leerling_now, r.leer_id_uuid AS leer_id_now FROM answered a, resolve(a.key, a.moment) r
	WHERE (a.state, a.leerling, a.leer_id_uuid) IS DISTINCT FROM (r.state, r.leerling, r.leer_id_uuid);

SELECT play(seed, 120) FROM generate_series(1, 6) seed \g /dev/null
SELECT diag(kind || ' ' || verdict || ': ' || count(*)) FROM done GROUP BY kind, verdict ORDER BY kind, verdict;
SELECT ok(count(DISTINCT verdict) >= 8, 'many kinds of things happened') FROM done;
SELECT ok(count(*) FILTER (WHERE state = 'withdrawn') > 0 AND count(*) FILTER (WHERE state = 'leerling' AND leer_id_uuid <> key) > 0, 'to many kinds of keys') FROM answered;
SELECT is((SELECT jsonb_agg(to_jsonb(c)) FROM (SELECT * FROM changed ORDER BY moment LIMIT 3) c), NULL, 'what was answered stays the answer');
SELECT is_empty($$SELECT a.moment, a.key FROM answered a, LATERAL (SELECT moment - interval '1 microsecond') b (before), resolve(a.key, before) r
	WHERE (a.state, a.leerling, a.leer_id_uuid) IS DISTINCT FROM (r.state, r.leerling, r.leer_id_uuid)$$, 'also a little before the question was asked');
SELECT is_empty($$SELECT * FROM (SELECT key, min(moment) AS first FROM answered GROUP BY key) f, resolve(key, first - interval '1 day') r WHERE state <> 'unknown'$$,
	'and nobody was known before he came');
SELECT is_empty($$SELECT m.* FROM (SELECT DISTINCT moment FROM answered ORDER BY 1 LIMIT 20) d, LATERAL resolve_many(ARRAY(SELECT key FROM pupil_key ORDER BY key), moment) m
	EXCEPT SELECT key, r.* FROM (SELECT DISTINCT moment FROM answered ORDER BY 1 LIMIT 20) d, pupil_key, resolve(key, moment) r$$, 'resolve_many() says the same');

-- The history of a pupil explains him.
SELECT is_empty($$SELECT key FROM pupil_key k, resolve(key) r WHERE state = 'leerling' AND EXISTS (
	SELECT FROM identity_history h JOIN identity_operation o ON o.id = h.operation WHERE h.key = k.key
		AND h.to_leerling = r.leerling AND o.op_id NOT IN (SELECT op_id FROM historiek(k.key)))$$, 'historiek() has each operation that brought a key to its pupil');

-- Erasure takes its keys back at every moment, and nothing else.
SELECT erase_identity(account_uuid, 'r') FROM (SELECT account_uuid, row_number() OVER (ORDER BY made_at) AS n FROM account WHERE principal) a WHERE n % 5 = 0 \g /dev/null
SELECT ok(count(*) > 0, 'some were erased') FROM ended_key WHERE state = 'erased';
SELECT is_empty($$SELECT a.key FROM answered a, resolve(a.key, a.moment) r, resolve(a.key) now WHERE now.state = 'erased' AND (r.state, r.leerling, r.leer_id_uuid) IS DISTINCT FROM ('erased', NULL::bigint, NULL::uuid)$$,
	'an erased key is erased at any time');
SELECT is((SELECT jsonb_agg(to_jsonb(c)) FROM (SELECT * FROM changed c WHERE state_now <> 'erased'
	AND NOT (leer_id_now IS NULL AND EXISTS (SELECT FROM resolve(c.leer_id_uuid) WHERE state = 'erased')) LIMIT 3) c), NULL, 'the rest stays');
SELECT * FROM finish();
ROLLBACK;
