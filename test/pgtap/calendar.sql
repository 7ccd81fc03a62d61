-- The school calendar: the decrees' rules against the list of 22 school years,
-- the moving feasts against another formula, then what an override does.
BEGIN;
SELECT plan(23);

SELECT is_empty('TABLE school_calendar_override', 'the table of overrides is the user''s alone');
SELECT results_eq($$SELECT period, ground FROM school_holidays('2020-2021') WHERE holiday = 'herfstvakantie'$$,
	$$VALUES (daterange('2020-11-02', '2020-11-16'), 'Ministerieel besluit van 6 november 2020 tot verlenging van de herfstvakantie in 2020')$$,
	'the autumn holiday of 2020 was extended by decision');
SELECT is(ARRAY(SELECT d::date FROM generate_series(timestamp '2020-11-06', '2020-11-17', '1 day') d WHERE is_school_day(d::date)),
	ARRAY['2020-11-16', '2020-11-17']::date[], 'so school began again on 16 November');

-- The list was computed from the rules alone, so that decision is undone here.
SAVEPOINT rules_alone;
INSERT INTO school_calendar_override VALUES ('2020-2021', 'herfstvakantie', '[2020-11-02,2020-11-08]', 'the rule');
CREATE VIEW vector AS SELECT school_year::schooljaar AS y, * FROM calendar_vector;
CREATE VIEW holidays AS SELECT v.y, h.* FROM vector v, school_holidays(v.y) h;
SELECT is(count(*), 22::bigint, 'there are 22 school years to compare with') FROM vector;
SELECT is_empty($$SELECT y FROM vector WHERE first_school_day(y) IS DISTINCT FROM first_day OR third_school_day(y) IS DISTINCT FROM third_day$$,
	'first and third school day');
SELECT is_empty($$SELECT y FROM vector WHERE teldag(y) IS DISTINCT FROM first_feb$$, 'first school day of February');
SELECT is_empty($$SELECT y FROM vector WHERE next_school_day((y::int || '-10-01')::date) IS DISTINCT FROM first_oct$$,
	'first school day of October');
SELECT is_empty($$
	SELECT v.y, name, days FROM vector v, LATERAL (VALUES ('herfstvakantie', herfst), ('kerstvakantie', kerst),
		('krokusvakantie', krokus), ('paasvakantie', paas)) n (name, days)
	WHERE NOT EXISTS (SELECT FROM holidays h WHERE h.y = v.y AND holiday = name
		AND period = daterange(split_part(days, '/', 1)::date, split_part(days, '/', 2)::date, '[]'))
$$, 'the four school holidays');
SELECT is_empty($$
	SELECT v.y FROM vector v WHERE
		NOT EXISTS (SELECT FROM holidays h WHERE h.y = v.y AND holiday = 'hemelvaart' AND period = daterange(ascension, ascension + 2))
		OR NOT EXISTS (SELECT FROM holidays h WHERE h.y = v.y AND holiday = 'pinkstermaandag' AND lower(period) = whit_monday)
		OR NOT EXISTS (SELECT FROM holidays h WHERE h.y = v.y AND holiday = 'paasmaandag' AND lower(period) = easter + 1)
$$, 'the feasts that move with Easter');
SELECT is_empty($$
	SELECT y, school_days, s.n FROM vector, LATERAL (SELECT count(*) FILTER (WHERE is_school_day(d)) AS n,
		max(d) FILTER (WHERE is_school_day(d)) AS last
		FROM (SELECT lower(y) + i AS d FROM generate_series(0, 363) i) days) s
	WHERE s.n IS DISTINCT FROM school_days OR s.last IS DISTINCT FROM last_day
$$, 'the number of school days, and the last of them');
SELECT is_empty($$
	SELECT y, i FROM vector, unnest(string_to_array(instap, ',')::date[]) i WHERE NOT is_school_day(i)
$$, 'a new pupil''s first day is always a school day');
ROLLBACK TO rules_alone;

-- Easter by the formula of Meeus, for every year that has a calendar.
SELECT is_empty($$
	SELECT y FROM generate_series(1992, 9999) y,
		LATERAL (SELECT y % 19 AS a, y / 100 AS b, y % 100 AS c) r1,
		LATERAL (SELECT (19 * a + b - b / 4 - (b - (b + 8) / 25 + 1) / 3 + 15) % 30 AS h) r2,
		LATERAL (SELECT (32 + 2 * (b % 4) + 2 * (c / 4) - h - c % 4) % 7 AS l) r3,
		LATERAL (SELECT h + l - 7 * ((a + 11 * h + 22 * l) / 451) + 114 AS n) r4
	WHERE (SELECT lower(period) FROM school_holidays((y - 1)::schooljaar) WHERE holiday = 'paasmaandag')
		IS DISTINCT FROM make_date(y, n / 31, n % 31 + 1) + 1
$$, 'Easter is where another formula has it, until 9999');
SELECT results_eq($$SELECT holiday, period FROM school_holidays('1991-1992') LIMIT 3$$, $$VALUES
	('herfstvakantie', daterange('1991-10-28', '1991-11-04')), ('wapenstilstand', daterange('1991-11-11', '1991-11-12')),
	('kerstvakantie', daterange('1991-12-23', '1992-01-06'))$$, '1991-1992 is the first school year with a calendar');

INSERT INTO school_calendar_override VALUES
	('2024-2025', 'kerstvakantie', '[2024-12-16,2025-01-05]', 'a test'),
	('2024-2025', 'hittegolf', '[2025-06-16,2025-06-20]', 'a test'),
	('2024-2025', 'wapenstilstand', 'empty', 'a test'),
	('2024-2025', 'hele_februari', '[2025-02-01,2025-02-28]', 'a test');
SELECT results_eq($$SELECT holiday, period FROM school_holidays('2024-2025') WHERE holiday IN ('kerstvakantie', 'hittegolf', 'wapenstilstand')$$,
	$$VALUES ('kerstvakantie', daterange('2024-12-16', '2025-01-06')), ('hittegolf', daterange('2025-06-16', '2025-06-21'))$$,
	'an override replaces, adds and cancels');
SELECT is(teldag('2024-2025'), '2025-03-10'::date, 'with all of February closed, the first school day after it is the counting day');
SELECT ok(is_school_day('2024-11-11') AND NOT is_school_day('2025-06-18') AND NOT is_school_day('2024-12-20'), 'school days follow');
SELECT is(next_school_day('2025-06-28'), '2025-06-30'::date, 'the next school day crosses a weekend');
SELECT is(next_school_day('2025-07-01'), '2025-09-01'::date, 'and the summer');
SELECT results_eq($$SELECT (failure_of(s)).sqlstate FROM unnest(ARRAY[
	'SELECT is_school_day(''1991-08-31'')', 'SELECT school_holidays(''1990-1991'')', 'SELECT teldag(''0001-0002'')',
	'SELECT next_school_day(''infinity'')', 'SELECT is_school_day(''-infinity'')',
	'INSERT INTO school_calendar_override VALUES (''2024-2025'', ''x'', ''[2025-08-31,2025-09-01]'', ''a test'')',
	'INSERT INTO school_calendar_override VALUES (''1990-1991'', ''x'', ''empty'', ''a test'')',
	'INSERT INTO school_calendar_override VALUES (''2024-2025'', ''x'', ''empty'', '''')',
	'INSERT INTO school_calendar_override VALUES (''2024-2025'', '''', ''empty'', ''a test'')']) s$$,
	$$VALUES ('22023'), ('22023'), ('22023'), ('22008'), ('22008'), ('23514'), ('23514'), ('23514'), ('23514')$$,
	'no calendar before the decrees, none for infinity, no override outside its school year or without a ground');

CREATE ROLE test_nobody;
SET ROLE test_nobody;
SELECT is((failure_of('DELETE FROM leerid.school_calendar_override')).sqlstate || teldag('2023-2024')::text, '425012024-02-01',
	'everybody may read the calendar, nobody else may change it');
RESET ROLE;

-- With many overrides, in parallel workers too.
INSERT INTO school_calendar_override SELECT '2025-2026', 'day ' || n, daterange(d, d + 1), 'a test'
	FROM (SELECT n, date '2025-09-01' + n AS d FROM generate_series(0, 99) n) s;
CREATE TABLE some_day AS SELECT date '2025-09-01' + n AS d FROM generate_series(0, 300) n;
SELECT results_eq($$SELECT count(*) FILTER (WHERE is_school_day(d)), min(d) FILTER (WHERE is_school_day(d)) FROM some_day$$,
	$$SELECT count(*), min(d) FROM some_day WHERE d >= '2025-12-10' AND extract(isodow FROM d) < 6
		AND NOT EXISTS (SELECT FROM school_holidays('2025-2026') WHERE period @> d)$$, 'many overrides of one year all count');
SELECT set_config(CASE WHEN current_setting('server_version_num')::int >= 160000 THEN 'debug_parallel_query' ELSE 'force_parallel_mode' END, 'on', true)
\gset ignored_
SELECT matches(plan_of('SELECT count(*) FROM some_day WHERE is_school_day(d)'), 'Gather', 'the calendar is asked in a parallel worker');
SELECT is((SELECT count(*) FROM some_day WHERE is_school_day(d)), (SELECT count(*) FROM some_day WHERE d >= '2025-12-10' AND is_school_day(d)),
	'and answers the same there');

SELECT * FROM finish();
ROLLBACK;
