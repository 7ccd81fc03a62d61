-- For every role of a protocol: what it sees through the views, through the
-- tables, and by login() is what plain SQL computes from the documents
-- (test/fixture/two_doors.psql), in countries made at random that change at random.
-- Findings on what a plan, a snapshot and a session can do are in
-- test/fixture/two_doors_findings.psql: lookups and plans, snapshots, time, table
-- doors, cost, parallel plans, elements.
-- Other countries:  psql -v seeds='101 102 103' -v steps=30 -f test/pgtap/two_doors.sql
\set ON_ERROR_STOP on
\if :{?seeds}
\else
	\set seeds '1 2 3 4 5 6 7 8 9 10 11 12'
\endif
\if :{?steps}
\else
	\set steps 12
\endif
\set home :DBNAME
SET client_min_messages = warning;
DROP DATABASE IF EXISTS leerid_two_doors;
CREATE DATABASE leerid_two_doors;
\c leerid_two_doors
SET client_min_messages = warning;
CREATE EXTENSION pgtap;
CREATE EXTENSION leerid CASCADE;
ALTER DATABASE leerid_two_doors SET search_path = leerid, public;
ALTER DATABASE leerid_two_doors SET jit = off;
ALTER DATABASE leerid_two_doors SET client_min_messages = warning;
\c
CREATE FUNCTION public.failure_sqlstate(statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE statement;
	RETURN NULL;
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE;
END
$$;
SELECT no_plan();
\ir ../fixture/functions.psql
\ir ../fixture/protocols.psql
\ir ../fixture/two_doors.psql
\ir ../fixture/two_doors_findings.psql
\ir ../fixture/two_doors_country.psql

SELECT '# ' || what || ': ' || sum(number) || ' in ' || count(*) FROM two_doors.counted GROUP BY what ORDER BY what;
SELECT * FROM finish();
SELECT '# ' || count(*) || ' differ: ' || finding || ' (' || min(seed || ' ' || step) || ')' FROM two_doors.difference GROUP BY finding ORDER BY 1;
\c :home
DROP DATABASE leerid_two_doors;
SELECT format('DROP ROLE %I', rolname) FROM pg_roles WHERE rolname LIKE 'leerid\_two\_doors\_%' \gexec
