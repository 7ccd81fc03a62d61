-- partial_date as psql shows it: input, output, the words of each error.
SET search_path = leerid, public;
SET datestyle = ISO;
SELECT v, v::partial_date, lower(v::partial_date), upper(v::partial_date), daterange(v::partial_date), is_complete(v::partial_date)
FROM (VALUES ('2000-05-17'), ('2000-05-00'), ('2000-00-00'), ('2000-05'), ('2000'), (' 2000-02-29 ')) t (v);
SELECT ''::text::partial_date;
SELECT '17/05/2000'::text::partial_date;
SELECT '0000-00-00'::text::partial_date;
SELECT '2000-00-17'::text::partial_date;
SELECT '2000-13-00'::text::partial_date;
SELECT '2001-02-29'::text::partial_date;
SELECT 20010229::partial_date;
SELECT 'infinity'::date::partial_date;
SELECT date '2000-05-17'::partial_date, '2000-05-00'::partial_date::daterange, '2000-05-00'::partial_date::integer;
-- the day of a partial date is asked for by name, never taken by a cast
SELECT '2000-05-17'::partial_date::date;
