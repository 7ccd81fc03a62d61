-- The administrative package fetches the identifiers of its schools' pupils.
BEGIN;
\ir school_fixture.psql
SELECT plan(29);

-- What a role is answered: keys with the last digit of one identifier, or a state.
CREATE FUNCTION public.answer(who name, school integer, keys text[]) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	result text;
	f failure;
	was text := public.written();
BEGIN
	EXECUTE format('SET LOCAL ROLE %I', who);
	f := public.failure_of(format('SELECT * FROM leerid.package_identifiers(school(%s), %L)', school, keys));
	IF f.sqlstate IS NOT NULL THEN
		RESET ROLE;
		IF f.sqlstate LIKE 'LR%' AND (f.detail = '' OR f.hint = '') OR public.written() IS DISTINCT FROM was THEN
			RETURN 'not as it should';
		END IF;
		RETURN f.sqlstate;
	END IF;
	SELECT string_agg(concat_ws(' ', source_key, 'leer_id ' || right(leer_id_uuid::text, 1), 'account ' || right(account_uuid::text, 1)), ', ')
		INTO result FROM leerid.package_identifiers(public.school(school), keys);
	RESET ROLE;
	RETURN coalesce(result, '');
END
$$;

SELECT is(answer('leerid_test_package', 11, '{k1}'), 'LR026', 'the school does not share');
SELECT lives_ok($$SELECT share_class_information(test_insz(1), school(11), 'v1', sha256('x')), share_class_information(test_insz(1), school(22), 'v1', sha256('x'))$$, 'two schools share');
SELECT is(answer('leerid_test_package', 99, '{k1}'), 'LR020', 'unknown school');
SELECT is(answer('leerid_test_other_package', 11, '{k1}'), 'LR028', 'another package');
SELECT is(answer('leerid_package', 11, '{k1}'), 'LR028', 'the group role is no package');
SELECT is(failure_of($$SELECT package_identifiers(school(11), '{k1}')$$) IS NULL, false, 'nor is a superuser');
SELECT is(answer('leerid_test_package', 77, '{k1}'), 'LR028', 'a school that left the package yesterday');
SELECT is(answer('leerid_test_package', 88, '{k1}'), 'LR028', 'a school that comes tomorrow');
SELECT is(answer('leerid_test_package', 55, '{k1}'), 'LR028', 'a school without software');
SELECT is(answer('leerid_test_nobody', 11, '{k1}'), '42501', 'another role is not even let in');
SELECT is((failure_of($$SELECT package_identifiers(NULL, '{k1}')$$)).sqlstate, '22004', 'null school');
SELECT is((failure_of($$SELECT package_identifiers(school(11), NULL)$$)).sqlstate, '22004', 'null keys');

SELECT is(answer('leerid_test_package', 11, '{k8,k1,k2,k3,k4,k5,k6,k7,k9,NULL,k1}'), 'k1 leer_id 1, k2 leer_id 2, k3 leer_id 3, k4 account 4, k8 leer_id 8',
	'one identifier for each: leer_id_uuid, or account_uuid without one; none for who left, is under restriction or is unknown there');
SELECT is(answer('leerid_test_package', 22, '{k1,k7,k2}'), 'k1 leer_id 1, k7 leer_id 7', 'the keys are the school''s own; the last day of its software is included');
SELECT is(answer('leerid_test_package', 11, '{}'), '', 'no keys, no rows');
SELECT is(answer('leerid_test_package', 11, '{{k1,k2},{k3,k4}}'), 'k1 leer_id 1, k2 leer_id 2, k3 leer_id 3, k4 account 4', 'an array of two dimensions');
SELECT is(answer('leerid_test_package', 11, array_fill('k1'::text, ARRAY[100000])), 'k1 leer_id 1', '100,000 keys at once');
SELECT is(answer('leerid_test_package', 11, array_fill('k1'::text, ARRAY[100001])), '54000', 'one more');
SELECT is(answer('leerid_test_package', 11, array_fill('k1'::text, ARRAY[2, 50001])), '54000', 'in two dimensions too');
SELECT set_eq($$SELECT attname FROM pg_proc p, unnest(proargnames, proargmodes) a (attname, mode) WHERE p.oid = 'package_identifiers'::regproc AND mode = 't'$$,
	ARRAY['source_key', 'leer_id_uuid', 'account_uuid'], 'never a name or INSZ');

UPDATE inschrijving SET bron_sleutel = 'k1' WHERE leerling = 9002;
SELECT is(answer('leerid_test_package', 11, '{k1,k3}'), 'k3 leer_id 3', 'a key of two pupils names neither');
UPDATE inschrijving SET bron_sleutel = 'k3' WHERE leerling = 9006;
SELECT is(answer('leerid_test_package', 11, '{k3}'), '', 'also where one of them is under restriction');
UPDATE inschrijving SET bron_sleutel = 'k4' WHERE leerling = 9005;
SELECT is(answer('leerid_test_package', 11, '{k4}'), 'k4 account 4', 'but not with one who left');
UPDATE account SET principal = false WHERE leerling = 9004;
SELECT is(answer('leerid_test_package', 11, '{k4}'), '', 'a pupil without any identifier gives no row');

UPDATE package SET supported = false;
SELECT is(answer('leerid_test_package', 11, '{k8}'), 'k8 leer_id 8', 'a package that is supported no more serves the schools that share');
SELECT lives_ok($$SELECT stop_class_information(test_insz(1), school(11))$$, 'one stops');
SELECT is(answer('leerid_test_package', 11, '{k8}'), 'LR026', 'and gives nothing more');
SELECT is(answer('leerid_test_package', 22, '{k7}'), 'k7 leer_id 7', 'the other does');
UPDATE protocol SET ended_at = clock_timestamp(), ended_how = 'superseded' WHERE version = 'v1';
SELECT is(answer('leerid_test_package', 22, '{k7}'), 'LR026', 'until the version ends');

SELECT * FROM finish();
ROLLBACK;
