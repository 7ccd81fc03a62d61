-- check_identity(): nothing to say of what the functions made, and whatever a
-- superuser breaks by hand is named.
BEGIN;
SELECT no_plan();
SET LOCAL leerid.test_identities = on;

INSERT INTO leerling (id, leer_id_uuid, insz, naam, voornaam) SELECT n, CASE WHEN n IN (1, 2, 9) THEN md5('leer_id' || n)::uuid END, CASE WHEN n IN (1, 2, 9) THEN test_insz(n) END, 'A', 'B'
	FROM generate_series(1, 12) n;
SELECT setval('leerling_id_seq', 100) \g /dev/null
INSERT INTO account (account_uuid, leerling, principal, without_insz) SELECT md5('account' || n)::uuid, n, true, n NOT IN (1, 2, 9) FROM generate_series(1, 12) n;
CREATE FUNCTION account(n integer) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$SELECT md5('account' || n)::uuid$$;
CREATE FUNCTION op(n integer) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$SELECT md5('op' || n)::uuid$$;
CREATE FUNCTION op_number(n integer) RETURNS bigint LANGUAGE sql STABLE AS $$SELECT id FROM leerid.identity_operation WHERE op_id = op(n)$$;

SELECT is_empty('SELECT * FROM check_identity()', 'nothing is wrong with what came by itself');
SELECT is(ARRAY[
	(merge(account(3), account(4), 'r', op(1))).verdict,				-- 3 into 4, both without INSZ
	(merge(account(4), account(1), 'r', op(2))).verdict,				-- 4 with 3 into 1, who has an INSZ
	(identify(account(5), test_insz(5), 'r', op(3))).verdict,
	(merge(account(6), account(5), 'r', op(4))).verdict,
	(unmerge(op(4), 'r', op(5))).verdict,
	(identify(account(7), test_insz(7), 'r', op(6))).verdict,
	(unmerge(op(6), 'r', op(7))).verdict,
	(replace_insz(test_insz(1), test_insz(2), 'r', op_id => op(8))).verdict,	-- 1 with 4 and 3 into 2
	(replace_insz(test_insz(5), test_insz(6), 'r', op_id => op(9))).verdict,
	(forbid_merge(account(6), account(7), 'r', op(10))).verdict,
	(forbid_merge(account(7), account(8), 'r', op(11))).verdict,
	(merge(account(10), account(8), 'r', op(12))).verdict,
	(allow_merge(account(10), account(7), 'r', op(13))).verdict,
	(erase_identity(account(9), 'r', op(14))).verdict,
	(create_account('A', 'B', 'r', op_id => op(15))).verdict,
	(merge(account(11), account(2), 'r', op(16))).verdict,
	(merge(account(12), account(11), 'r', op(17))).verdict,
	(unmerge(op(8), 'r', op(18))).verdict]::text[],
	'{merged,merged,identified,merged,unmerged,identified,unmerged,merged,replaced,merge_forbidden,merge_forbidden,merged,merge_allowed,erased,created,merged,merged,unmerged}',
	'a history of everything');
SELECT is_empty('SELECT * FROM check_identity()', 'nothing is wrong with it');

SELECT is(array_agg(r ORDER BY r), '{leerid_admin,leerid_auditor}', 'for the data manager and the auditor')
FROM unnest(ARRAY['leerid_admin', 'leerid_auditor', 'leerid_idp', 'leerid_intake', 'leerid_package', 'leerid_purger', 'leerid_schoolloket']) r
WHERE has_function_privilege(r, 'check_identity()', 'EXECUTE');
SET LOCAL ROLE leerid_auditor;
SELECT is_empty('SELECT * FROM leerid.check_identity()', 'who reads none of the tables behind it');
RESET ROLE;

-- What is found after a change, which is undone again.
CREATE FUNCTION found_after(change text) RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE
	found text[];
BEGIN
	SET CONSTRAINTS ALL IMMEDIATE;
	EXECUTE change;
	found := ARRAY(SELECT DISTINCT c.finding FROM leerid.check_identity() c ORDER BY 1);
	RAISE SQLSTATE 'ZZ000';
EXCEPTION WHEN SQLSTATE 'ZZ000' THEN
	RETURN found;
END
$$;
SELECT is(found_after(change), findings, change) FROM (VALUES
	-- The map.
	('UPDATE leerid.account SET leerling = 5, principal = false WHERE account_uuid = account(6)', '{account,principal}'::text[]),
	('UPDATE leerid.account SET principal = false WHERE account_uuid = account(7)', '{account,principal}'),
	('UPDATE leerid.account SET historic = NOT historic WHERE account_uuid = account(4)', '{account}'),
	('UPDATE leerid.account SET without_insz = NOT without_insz WHERE account_uuid = account(4)', '{account}'),
	('DELETE FROM leerid.account WHERE account_uuid = account(3)', '{account}'),
	('UPDATE leerid.leerling SET leer_id_uuid = gen_random_uuid() WHERE id = 5', '{leer_id_uuid}'),
	('UPDATE leerid.leerling SET insz = NULL, leer_id_uuid = NULL WHERE id = 2', '{unidentified}'),
	-- Keys.
	('DELETE FROM leerid.ended_key WHERE key = account(9)', '{ended_key}'),
	('UPDATE leerid.ended_key SET state = ''withdrawn'' WHERE key = account(9)', '{ended_key}'),
	('INSERT INTO leerid.ended_key VALUES (account(2), ''erased'', now(), op_number(14))', '{ended_key,key_twice}'),
	('INSERT INTO leerid.account (account_uuid, leerling) VALUES (account(9), 2)', '{key_twice}'),
	('INSERT INTO leerid.account (account_uuid, leerling) SELECT leer_id_uuid, 2 FROM leerid.leerling WHERE id = 2', '{key_twice}'),
	('INSERT INTO leerid.account (account_uuid, leerling) SELECT key, 2 FROM leerid.ended_key WHERE state = ''withdrawn''', '{key_twice}'),
	-- Records that were absorbed.
	('UPDATE leerid.absorbed_leerling SET into_leerling = 5 WHERE id = 3', '{absorbed_leerling}'),
	('UPDATE leerid.absorbed_leerling SET operation = op_number(2) WHERE id = 3', '{absorbed_leerling}'),
	('DELETE FROM leerid.absorbed_leerling WHERE id = 10', '{absorbed_leerling}'),
	('INSERT INTO leerid.absorbed_leerling VALUES (100, 2, op_number(1), NULL, NULL, '''', '''', NULL, NULL, now())', '{absorbed_leerling}'),
	('INSERT INTO leerid.leerling (id, naam, voornaam) VALUES (3, '''', '''')', '{absorbed_leerling}'),
	-- The log.
	('DELETE FROM leerid.identity_history WHERE operation = op_number(1)', '{operation_history}'),
	('DELETE FROM leerid.identity_history WHERE operation = op_number(15)', '{operation_history}'),
	('UPDATE leerid.identity_history SET from_leerling = 8 WHERE key = account(4) AND operation = op_number(2)', '{}'),
	('UPDATE leerid.identity_history SET from_leerling = 8 WHERE key = account(3) AND operation = op_number(2)', '{history_chain}'),
	('UPDATE leerid.identity_history SET principal_before = NOT principal_before WHERE key = account(3) AND operation = op_number(2)', '{history_chain}'),
	('UPDATE leerid.identity_history SET at = at - interval ''1 day'' WHERE key = account(3) AND operation = op_number(2)', '{history_operation,history_time}'),
	('UPDATE leerid.identity_operation SET at = at + interval ''1 day'' WHERE op_id = op(3)', '{history_operation}'),
	('UPDATE leerid.identity_operation SET verdict = ''noop'' WHERE op_id = op(3)', '{history_operation}'),
	('DELETE FROM leerid.identity_operation WHERE op_id = op(1)', '{absorbed_leerling,history_operation}'),
	('INSERT INTO leerid.identity_history SELECT account(9), op_number(16), at, true, NULL, 2, NULL, NULL, NULL, true, false, true FROM leerid.identity_operation WHERE op_id = op(16)',
		'{account,ended_key,history_chain,key_reused}'),
	('UPDATE leerid.identity_operation SET undoes = NULL WHERE op_id = op(5)', '{absorbed_leerling,undo}'),
	('UPDATE leerid.identity_operation SET undoes = 0 WHERE op_id = op(5)', '{absorbed_leerling,undo}'),
	('UPDATE leerid.identity_operation SET undoes = op_number(3) WHERE op_id = op(5)', '{absorbed_leerling,undo}'),
	('DELETE FROM leerid.identity_history WHERE operation = op_number(5)', '{account,operation_history,undo}'),
	-- Numbers.
	('DELETE FROM leerid.former_insz', '{former_insz}'),
	('UPDATE leerid.former_insz SET leerling = 2', '{former_insz}'),
	('INSERT INTO leerid.former_insz VALUES (test_insz(20), op_number(1), 2, true)', '{former_insz}'),
	('UPDATE leerid.leerling SET insz = test_insz(5) WHERE id = 1', '{insz}'),
	-- Pairs.
	('DELETE FROM leerid.forbidden_pair', '{forbidden_pair}'),
	('INSERT INTO leerid.forbidden_pair VALUES (least(account(7), account(8)), greatest(account(7), account(8)), op_number(11))', '{forbidden_pair}'),
	('INSERT INTO leerid.forbidden_pair VALUES (least(account(3), account(4)), greatest(account(3), account(4)), op_number(11))', '{forbidden_pair}'),
	('DELETE FROM leerid.identity_operation WHERE op_id = op(13)', '{forbidden_pair}'),
	-- Dependents.
	('INSERT INTO leerid.moved_row VALUES (0, 1, ''{1}'', true, NULL)', '{moved_row}'),
	('INSERT INTO leerid.moved_row VALUES (op_number(3), 1, ''{1}'', true, NULL)', '{moved_row}'),
	('INSERT INTO leerid.moved_row VALUES (op_number(1), 0, ''{1}'', true, NULL)', '{moved_row}'),
	('ALTER TABLE leerid.klas DROP CONSTRAINT klas_leerling_fkey', '{dependent}')) m (change, findings);

-- The key of a record that was absorbed moves on with what absorbed it, and back.
SELECT is(ARRAY[(replace_insz(test_insz(1), test_insz(2), 'r', op_id => op(20))).verdict, (replace_insz(test_insz(2), test_insz(6), 'r', op_id => op(21))).verdict]::text[],
	'{merged,merged}', 'an identified record is absorbed, and what absorbed it too');
SELECT is_empty('SELECT * FROM check_identity()', 'nothing is wrong with the key of the first');
SELECT is((unmerge(op(21), 'r')).verdict::text, 'unmerged', 'nor');
SELECT is_empty('SELECT * FROM check_identity()', 'when the second is taken back');

SELECT * FROM finish();
ROLLBACK;
