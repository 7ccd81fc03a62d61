-- instellingsnummer: six digits, and the habit of the last.
BEGIN;
SELECT plan(6);

SELECT results_eq($$SELECT v::instellingsnummer::text FROM unnest(ARRAY['1', '3368', '003368', ' 020096 ', '999999', '0']) v$$,
	$$VALUES ('000001'), ('003368'), ('003368'), ('020096'), ('999999'), ('000000')$$,
	'one to six digits in, six out');
SELECT is_empty($$
	SELECT v FROM unnest(ARRAY['', ' ', 'x', '1234567', '0001234', '-1', '+1', '1.5', '1 2', '00336A', '1e3', '１２３４５６', '12' || chr(9), repeat('1', 100000)]) v
	WHERE try_instellingsnummer(v) IS NOT NULL OR (failure_of('SELECT $1[1]::instellingsnummer', v)).sqlstate IS DISTINCT FROM '22P02'
$$, 'a wall of malformed input is refused with 22P02');
SELECT results_eq($$SELECT f.sqlstate, f.message, f.detail FROM failure_of('SELECT $1[1]::instellingsnummer', '0001234') f$$,
	$$VALUES ('22P02', 'invalid input syntax for type instellingsnummer: "0001234"', 'An instellingsnummer has one to six digits.')$$,
	'an error names the value and the rule');
SELECT results_eq($$SELECT count(*)::int, count(DISTINCT n / 10)::int FROM generate_series(0, 999999) n WHERE plausible(n::instellingsnummer)$$,
	$$VALUES (100000, 100000)$$, 'for each five digits one last digit is plausible');
SELECT is_empty($$SELECT n FROM generate_series(0, 999999, 10) n WHERE plausible(n::instellingsnummer)$$, 'it is never 0');
SELECT CASE WHEN EXISTS (SELECT FROM school_vector) THEN collect_tap(
	is_empty($$SELECT instellingsnummer FROM school_vector WHERE NOT plausible(instellingsnummer::instellingsnummer)$$,
		'the schools of the government''s test data are plausible'))
	ELSE collect_tap(skip('no list of schools beside the repository', 1)) END;

SELECT * FROM finish();
ROLLBACK;
