-- leerplicht: against the protocol's sentences, in plain SQL.
BEGIN;
SELECT plan(7);

CREATE VIEW born AS
	SELECT d, extract(year FROM d)::int AS y FROM (SELECT '1965-01-01'::date + n AS d FROM generate_series(0, 25000) n) s;

SELECT is_empty($$
	SELECT d FROM born
	WHERE lower(leerplicht(d::partial_date)) IS DISTINCT FROM
		CASE WHEN make_date(y + 5, 9, 1) >= '2020-09-01' THEN make_date(y + 5, 9, 1) ELSE make_date(y + 6, 9, 1) END
$$, 'it begins on 1 September of the year the child turns 6, of the year it turns 5 from 2020 on');
SELECT is_empty($$
	SELECT d FROM born
	WHERE upper(leerplicht(d::partial_date)) IS DISTINCT FROM
		least((d + interval '18 years')::date, make_date(y + 18, 7, 1))
$$, 'it ends before the 18th birthday, or after 30 June of that year');
SELECT results_eq($$SELECT b::text, leerplicht(b)::text FROM unnest(ARRAY[
	'2013-12-31', '2014-01-01', '2014-12-31', '2015-01-01', '2004-02-29', '2006-06-30', '2006-07-01']::partial_date[]) b$$, $$VALUES
	('2013-12-31', '[2019-09-01,2031-07-01)'), ('2014-01-01', '[2020-09-01,2032-01-01)'),
	('2014-12-31', '[2020-09-01,2032-07-01)'), ('2015-01-01', '[2020-09-01,2033-01-01)'),
	('2004-02-29', '[2010-09-01,2022-02-28)'), ('2006-06-30', '[2012-09-01,2024-06-30)'),
	('2006-07-01', '[2012-09-01,2024-07-01)')$$, 'children born in 2014 and 2015 start together; the days around each limit are right');
SELECT is_empty($$
	SELECT b FROM (SELECT to_char(m, 'YYYY-MM-00')::partial_date AS b FROM generate_series(timestamp '1990-01-01', '2020-12-01', '1 month') m
		UNION ALL SELECT (to_char(y, 'FM0000') || '-00-00')::partial_date FROM generate_series(1990, 2020) y) s
	WHERE leerplicht(b) IS DISTINCT FROM
		(SELECT range_intersect_agg(leerplicht((lower(b) + n)::partial_date)) FROM generate_series(0, upper(b) - lower(b) - 1) n)
$$, 'for a partial date: the days that every birthday it may mean has in common');
SELECT is_empty($$
	SELECT b, on_day FROM unnest(ARRAY['2006-00-00', '2006-02-00', '2006-06-00', '2006-07-00', '2004-02-00', '2006-03-15', '2015-00-00']::partial_date[]) b,
		LATERAL (SELECT lower(b) + n AS on_day FROM generate_series(1500, 7500, 3) n) s,
		LATERAL (SELECT bool_and(on_day <@ leerplicht((lower(b) + i)::partial_date)) AS each,
			bool_or(on_day <@ leerplicht((lower(b) + i)::partial_date)) AS any
			FROM generate_series(0, upper(b) - lower(b) - 1, 1) i) t
	WHERE leerplichtig(b, on_day) IS DISTINCT FROM CASE WHEN "each" THEN true WHEN NOT "any" THEN false END
$$, 'leerplichtig() is true for every birthday, false for none, and NULL between');
SELECT ok(leerplichtig('2006-00-00', '2024-03-01') IS NULL AND leerplichtig('2006-03-02', '2024-03-01') AND NOT leerplichtig('2006-03-01', '2024-03-01'),
	'a doubt is neither yes nor no');
SELECT ok(NOT leerplichtig('2006-03-02', 'infinity') AND NOT leerplichtig('2006-00-00', '-infinity'), 'infinity is outside');

SELECT * FROM finish();
ROLLBACK;
