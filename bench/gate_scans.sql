-- Whole views, with and without gate, and the usual ways.  Variables: rounds,
-- full (1: also COPY, the login records, the tables and the school).
\set QUIET on
\set ON_ERROR_STOP on
SET max_parallel_workers_per_gather = 0;
SET jit = off;
SET work_mem = '256MB';
SET search_path = public, leerid;
SELECT set_config('bench.size', format('%s pupils, %s schools, %s protocols', (SELECT count(*) FROM leerling), (SELECT count(*) FROM instelling),
	(SELECT count(*) FROM protocol WHERE activated_at IS NOT NULL)), false) \g /dev/null

-- What is measured must be right: the same rows, less those under restriction.
SET ROLE vendor_klas;
SELECT count(*) AS seen FROM fictief_klasapp.leerling \gset
RESET ROLE;
SELECT :seen = (SELECT count(*) FROM bare.leerling) - (SELECT count(*) FROM restriction WHERE leerling % 5 < 3)
	AND (SELECT count(*) FROM last_disclosure()) = :seen AS right \gset
\if :right
\else
	\warn the gate shows other rows than it should
	SELECT 1 / 0;
\endif

\if :full
CALL compare('COPY of the roster', 'fictief_klasapp.leerling', 'the same without gate', 'SET ROLE vendor_klas', 'COPY (SELECT * FROM fictief_klasapp.leerling) TO ''/dev/null''',
	'RESET ROLE', 'COPY (SELECT * FROM bare.leerling) TO ''/dev/null''', :rounds, 1.15);
-- What a feed needs beside it: who was given what is written down, the first time; after that it is looked up.
CALL compare('COPY of the roster, with a feed', 'fictief_klasapp.leerling', 'the same without gate or feed',
	'RESET ROLE; UPDATE purpose_terms SET feed = true FROM purpose u WHERE u.id = purpose AND u.protocol_code = ''fictief''; SET ROLE vendor_klas',
	'COPY (SELECT * FROM fictief_klasapp.leerling) TO ''/dev/null''',
	'RESET ROLE; UPDATE purpose_terms SET feed = false', 'COPY (SELECT * FROM bare.leerling) TO ''/dev/null''', :rounds);
CALL compare('COPY of the login records', 'lars_glce.login_record', 'the same without gate', 'SET ROLE vendor_lars', 'COPY (SELECT * FROM lars_glce.login_record) TO ''/dev/null''',
	'RESET ROLE', 'COPY (SELECT * FROM bare.login_record) TO ''/dev/null''', 5 * :rounds, 1.15);
CALL compare('count(*) of the login records', 'lars_glce.login_record', 'the same without gate', 'SET ROLE vendor_lars', 'SELECT count(*) FROM lars_glce.login_record',
	'RESET ROLE', 'SELECT count(*) FROM bare.login_record', 5 * :rounds, 1.7);
\endif
CALL compare('count(*) of the roster', 'fictief_klasapp.leerling', 'the same without gate', 'SET ROLE vendor_klas', 'SELECT count(*) FROM fictief_klasapp.leerling',
	'RESET ROLE', 'SELECT count(*) FROM bare.leerling', :rounds, 1.7);
CALL compare('count(*) of the roster', 'fictief_klasapp.leerling', 'policy with EXISTS', 'SET ROLE vendor_klas', 'SELECT count(*) FROM fictief_klasapp.leerling',
	'SELECT', 'SELECT count(*) FROM usual.roster_exists', :rounds);
RESET ROLE;
CALL compare('count(*) of the roster', 'fictief_klasapp.leerling', 'policy in PL/pgSQL', 'SET ROLE vendor_klas', 'SELECT count(*) FROM fictief_klasapp.leerling',
	'SELECT', 'SELECT count(*) FROM usual.roster_plpgsql', 1);
RESET ROLE;
\if :full
CALL compare('count(naam) of the pupils', 'table leerling under its policy', 'the view', 'SET ROLE vendor_klas', 'SELECT count(naam) FROM leerid.leerling',
	'SELECT', 'SELECT count(naam) FROM fictief_klasapp.leerling', :rounds);
RESET ROLE;
SET bench.school = 0;
CALL compare_showing(greatest(:rounds, 5));
\endif
