-- schooljaar as psql shows it: input, output, the words of each error.
SET search_path = leerid, public;
SET datestyle = ISO;
SELECT v, v::schooljaar, lower(v::schooljaar), upper(v::schooljaar), v::schooljaar::daterange
FROM (VALUES ('2024-2025'), ('2024-25'), (' 1999-00 ')) t (v);
SELECT schooljaar(date '2025-08-31'), schooljaar(date '2025-09-01');
SELECT '2024-2025'::schooljaar + 1, '2024-2025'::schooljaar - 1, '2024-2025'::schooljaar - '2020-2021';
SELECT ''::text::schooljaar;
SELECT '2024'::text::schooljaar;
SELECT '2024-2026'::text::schooljaar;
SELECT '0000-0001'::text::schooljaar;
SELECT 9999::schooljaar;
SELECT '9998-9999'::schooljaar + 1;
SELECT schooljaar('infinity'::date);
SELECT 2024::schooljaar, '2024-2025'::schooljaar::integer;
