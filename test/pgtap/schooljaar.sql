-- schooljaar: its text, its days, and counting in years.
BEGIN;
SELECT plan(12);

SELECT is_empty($$
	SELECT y FROM generate_series(1, 9998) y,
		LATERAL (SELECT to_char(y, 'FM0000') AS a, to_char(y + 1, 'FM0000') AS b) t
	WHERE (a || '-' || b)::schooljaar IS DISTINCT FROM y::schooljaar
		OR (a || '-' || right(b, 2))::schooljaar IS DISTINCT FROM y::schooljaar
		OR y::schooljaar::text IS DISTINCT FROM a || '-' || b
		OR y::schooljaar::integer IS DISTINCT FROM y
$$, 'every school year is read in both forms and written in the long one');
SELECT is_empty($$
	SELECT y FROM generate_series(1, 9998) y
	WHERE y::schooljaar::daterange IS DISTINCT FROM daterange(make_date(y, 9, 1), make_date(y + 1, 9, 1))
		OR lower(y::schooljaar) IS DISTINCT FROM make_date(y, 9, 1)
		OR upper(y::schooljaar) IS DISTINCT FROM make_date(y + 1, 9, 1)
$$, 'a school year is 1 September to 31 August');
SELECT is_empty($$
	SELECT d FROM (SELECT '0001-09-01'::date + n AS d FROM generate_series(0, 3651449, 61) n) s
	WHERE NOT d <@ schooljaar(d)::daterange
$$, 'a day falls in its school year');
SELECT results_eq($$
	SELECT schooljaar(d)::text FROM unnest(ARRAY['2024-08-31', '2024-09-01', '2025-01-01', '2025-08-31', '0001-09-01', '9999-08-31']::date[]) d
$$, $$VALUES ('2023-2024'), ('2024-2025'), ('2024-2025'), ('2024-2025'), ('0001-0002'), ('9998-9999')$$, 'so do the days at its ends');
SELECT results_eq($$
	SELECT (failure_of('SELECT leerid.schooljaar($1[1]::date)', d)).sqlstate
	FROM unnest(ARRAY['infinity', '-infinity', '0001-08-31', '9999-09-01', '5874897-12-31', '4713-01-01 BC']) d
$$, $$SELECT '22008' FROM generate_series(1, 6)$$, 'a day whose school year has no name is a 22008');
SELECT is_empty($$
	SELECT v FROM unnest(ARRAY['', ' ', '2024', '2024-2024', '2024-2026', '2025-2024', '2024-24', '2024-26', '2024-5', '2024/2025', '2024/25', '20242025',
		'2024 - 2025', '2024-02025', '24-25', '0000-0001', '9999-10000', '9999-00', '-2024-2025', '2024-2025' || chr(10), '２０２４-2025', repeat('2', 100000)]) v
	WHERE try_schooljaar(v) IS NOT NULL OR (failure_of('SELECT $1[1]::schooljaar', v)).sqlstate IS DISTINCT FROM '22P02'
$$, 'a wall of malformed input is refused with 22P02');
SELECT results_eq($$SELECT f.sqlstate, f.message, f.detail FROM failure_of('SELECT $1[1]::schooljaar', '2024-2026') f$$,
	$$VALUES ('22P02', 'invalid input syntax for type schooljaar: "2024-2026"', 'A school year ends in the year after the one it starts in.')$$,
	'an error names the value and the rule');
SELECT is('1999-00'::schooljaar::text, '1999-2000', 'a century may turn');
SELECT results_eq($$SELECT ('2024-2025'::schooljaar + 2)::text, ('2024-2025'::schooljaar - 25)::text, '2024-2025'::schooljaar - '1999-2000'::schooljaar$$,
	$$VALUES ('2026-2027', '1999-2000', 25)$$, 'years are added and subtracted');
SELECT results_eq($$
	SELECT (failure_of(s)).sqlstate FROM unnest(ARRAY[
		'SELECT ''9998-9999''::schooljaar + 1', 'SELECT ''0001-0002''::schooljaar - 1',
		'SELECT ''2024-2025''::schooljaar + 2147483647', 'SELECT ''2024-2025''::schooljaar - (-2147483648)',
		'SELECT ''2024-2025''::schooljaar - 2147483647']) s
$$, $$SELECT '22008' FROM generate_series(1, 5)$$, 'an arithmetic overflow is a 22008');
SELECT results_eq($$
	SELECT y::schooljaar::text, count(*) OVER (ORDER BY y::schooljaar RANGE BETWEEN 1 PRECEDING AND CURRENT ROW)
	FROM unnest(ARRAY[2020, 2021, 2023, 2024]) y
$$, $$VALUES ('2020-2021', 1::bigint), ('2021-2022', 2), ('2023-2024', 1), ('2024-2025', 2)$$,
	'a window frame counts in school years');
SELECT is((failure_of('SELECT 0::schooljaar')).sqlstate || (failure_of('SELECT 9999::schooljaar')).sqlstate, '22P0222P02',
	'the cast from integer refuses years without a name');

SELECT * FROM finish();
ROLLBACK;
