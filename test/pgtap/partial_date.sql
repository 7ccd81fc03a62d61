-- partial_date: every day of many centuries, and what may be unknown.
BEGIN;
SELECT plan(10);

SELECT is_empty($$
	SELECT d FROM (SELECT '0001-01-01'::date + n AS d FROM generate_series(0, 3652058, 97) n) s
	WHERE d::partial_date::text IS DISTINCT FROM to_char(d, 'YYYY-MM-DD')
		OR to_char(d, 'YYYY-MM-DD')::partial_date IS DISTINCT FROM d::partial_date
		OR daterange(d::partial_date) IS DISTINCT FROM daterange(d, d, '[]')
		OR NOT is_complete(d::partial_date)
$$, 'a day is itself, from 0001-01-01 to 9999-12-31, as PostgreSQL counts');
SELECT is_empty($$
	SELECT m FROM generate_series(timestamp '1899-01-01', '2101-01-01', '1 month') m, to_char(m, 'YYYY-MM-00') t
	WHERE daterange(t::partial_date) IS DISTINCT FROM daterange(m::date, (m + interval '1 month')::date)
		OR t::partial_date::text IS DISTINCT FROM t OR is_complete(t::partial_date)
		OR to_char(m, 'YYYY-MM')::partial_date IS DISTINCT FROM t::partial_date
$$, 'a month without day may mean each of its days');
SELECT is_empty($$
	SELECT y FROM generate_series(1, 9998) y, to_char(y, 'FM0000') t
	WHERE daterange((t || '-00-00')::partial_date) IS DISTINCT FROM daterange(make_date(y, 1, 1), make_date(y + 1, 1, 1))
		OR t::partial_date::text IS DISTINCT FROM t || '-00-00'
$$, 'a year alone may mean each of its days');
SELECT is_empty($$
	SELECT p FROM unnest(ARRAY['2000-05-17', '2000-05-00', '2000-00-00', '9999-12-31', '9999-00-00', '0001-00-00']::partial_date[]) p
	WHERE lower(p) IS DISTINCT FROM lower(p::daterange) OR upper(p) IS DISTINCT FROM upper(p::daterange)
$$, 'lower() and upper() are those of the daterange');
SELECT is_empty($$
	SELECT y, m, d, f FROM unnest(ARRAY[1900, 1999, 2000, 2001, 2004, 2100]) y, generate_series(0, 13) m, generate_series(0, 32) d,
		LATERAL (SELECT try_partial_date(to_char(y, 'FM0000') || '-' || to_char(m, 'FM00') || '-' || to_char(d, 'FM00')) AS f) s
	WHERE (f IS NOT NULL) IS DISTINCT FROM (m = 0 AND d = 0 OR m BETWEEN 1 AND 12 AND
		d <= extract(day FROM make_date(y, greatest(1, least(m, 12)), 1) + interval '1 month - 1 day'))
$$, 'only days that the calendar has are taken');
SELECT results_eq($$
	SELECT p::text FROM unnest(ARRAY['2000-05-17', '2000-05-00', '2001-00-00', '2000-00-00', '2000-05-01', '1999-12-31']::partial_date[]) p ORDER BY p
$$, $$VALUES ('1999-12-31'), ('2000-00-00'), ('2000-05-00'), ('2000-05-01'), ('2000-05-17'), ('2001-00-00')$$,
	'index order is year, month, day, the unknown first');
SELECT is_empty($$
	SELECT v FROM unnest(ARRAY['', ' ', 'abc', '200', '20000', '2000-', '2000-5', '2000-05-', '2000-05-1', '2000-5-17', '2000-05-170', '20000517', '17/05/2000',
		'17-05-2000', '2000/05/17', '2000.05.17', '-2000-05-17', '+2000-05', '0000-00-00', '0000-05-17', '2000-00-17', '2000-13-00', '2000-05-32', '2001-02-29', '1900-02-29',
		'2000-05-17 BC', '2000-05-17T00:00', '2000-05-17' || chr(10), '２０００-05-17', 'infinity', 'today', repeat('2', 100000)]) v
	WHERE try_partial_date(v) IS NOT NULL OR (failure_of('SELECT $1[1]::partial_date', v)).sqlstate IS DISTINCT FROM '22P02'
$$, 'a wall of malformed input is refused with 22P02');
SELECT results_eq($$SELECT f.sqlstate, f.message, f.detail FROM failure_of('SELECT $1[1]::partial_date', '2001-02-29') f$$,
	$$VALUES ('22P02', 'invalid input syntax for type partial_date: "2001-02-29"', 'The calendar has no such day.')$$,
	'an error names the value and the rule');
SELECT results_eq($$
	SELECT d, (failure_of('SELECT $1[1]::date::partial_date', d)).sqlstate
	FROM unnest(ARRAY['infinity', '-infinity', '0001-12-31 BC', '10000-01-01', '5874897-12-31', '4713-01-01 BC']) d
$$, $$VALUES ('infinity', '22008'), ('-infinity', '22008'), ('0001-12-31 BC', '22008'), ('10000-01-01', '22008'),
	('5874897-12-31', '22008'), ('4713-01-01 BC', '22008')$$,
	'a date outside the years 0001 to 9999 is no partial date: 22008');
SELECT results_eq($$
	SELECT (failure_of('SELECT $1[1]::integer::partial_date', n)).sqlstate
	FROM unnest(ARRAY['-1', '0', '9999', '20000230', '20001301', '20000017', '100000101', '2147483647', '-2147483648']) n
$$, $$SELECT '22P02' FROM generate_series(1, 9)$$, 'the cast from integer refuses what is no YYYYMMDD');

SELECT * FROM finish();
ROLLBACK;
