-- The types against what they replace, measured in the same run.  Variables:
-- rows, rounds, folder (for the files that COPY reads; the server writes them).
\set QUIET on
\set ON_ERROR_STOP on
SET client_min_messages = warning;
CREATE EXTENSION leerid CASCADE;
SET search_path = leerid, public;
SET max_parallel_workers_per_gather = 0;
SET max_parallel_maintenance_workers = 0;
SET jit = off;
SET work_mem = '1GB';
SET maintenance_work_mem = '1GB';

-- What is done today: text with a function in a constraint, checking what the
-- type checks, and a domain with the check digits alone.
CREATE FUNCTION public.is_insz(number text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	digits text := regexp_replace(number, '[-./ ]', '', 'g');
	nine bigint;
	born_year integer;
	born_month integer;
	born_day integer;
BEGIN
	IF digits !~ '^[0-9]{11}$' THEN
		RETURN false;
	END IF;
	nine := substr(digits, 1, 9)::bigint;
	CASE substr(digits, 10, 2)::integer
		WHEN 97 - nine % 97 THEN born_year := 1900;
		WHEN 97 - (nine + 2000000000) % 97 THEN born_year := 2000;
		ELSE RETURN false;
	END CASE;
	born_year := born_year + substr(digits, 1, 2)::integer;
	born_month := substr(digits, 3, 2)::integer;
	born_day := substr(digits, 5, 2)::integer;
	IF born_month > 72 OR born_month % 20 > 12 THEN
		RETURN false;
	END IF;
	IF born_month <= 12 AND substr(digits, 7, 3) IN ('000', '999') THEN
		RETURN false;
	END IF;
	born_month := born_month % 20;
	RETURN born_month = 0 OR born_day = 0 OR
		born_day <= extract(day FROM make_date(born_year, born_month, 1) + interval '1 month - 1 day');
END
$$;
CREATE DOMAIN public.insz_domain AS text CHECK (
	VALUE ~ '^[0-9]{11}$' AND right(VALUE, 2)::integer IN
		(97 - left(VALUE, 9)::bigint % 97, 97 - ('2' || left(VALUE, 9))::bigint % 97));

\ir measure.sql

-- One type against one baseline: the four kinds of work.  The files hold the
-- same values in the form that each reads.
CREATE PROCEDURE public.compare_type(type text, baseline text, ours_file text, baseline_file text, rounds integer,
	copy_bar numeric DEFAULT NULL, work_bar numeric DEFAULT NULL)
LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('CREATE TABLE ours (v %s)', type);
	EXECUTE format('CREATE TABLE theirs (v %s)', baseline);
	CALL compare('COPY in', type, baseline,
		'TRUNCATE ours', format('COPY ours FROM %L', ours_file),
		'TRUNCATE theirs', format('COPY theirs FROM %L', baseline_file), rounds, copy_bar);
	ANALYZE ours;
	ANALYZE theirs;
	CALL compare('index build', type, baseline,
		'DROP INDEX IF EXISTS ours_v', 'CREATE INDEX ours_v ON ours (v)',
		'DROP INDEX IF EXISTS theirs_v', 'CREATE INDEX theirs_v ON theirs (v)', rounds, work_bar);
	DROP INDEX ours_v, theirs_v;
	-- with the table of the different values, so that a type that has few of them
	-- does not multiply its rows
	CREATE TABLE ours_once AS SELECT DISTINCT v FROM ours;
	CREATE TABLE theirs_once AS SELECT DISTINCT v FROM theirs;
	ANALYZE ours_once;
	ANALYZE theirs_once;
	CALL compare('hash join', type, baseline,
		'SET enable_mergejoin = off', 'SELECT count(*) FROM ours JOIN ours_once USING (v)',
		'SET enable_mergejoin = off', 'SELECT count(*) FROM theirs JOIN theirs_once USING (v)', rounds, work_bar);
	CALL compare('sort', type, baseline,
		'SELECT', 'SELECT v FROM ours ORDER BY v OFFSET 1000000000',
		'SELECT', 'SELECT v FROM theirs ORDER BY v OFFSET 1000000000', rounds);
	DROP TABLE ours, theirs, ours_once, theirs_once;
	COMMIT;
END
$$;

\set insz :folder '/insz'
\set kbo :folder '/kbo_number'
\set school :folder '/instellingsnummer'
\set date :folder '/partial_date'
\set year :folder '/schooljaar'
\set start :folder '/start_year'
COPY (SELECT to_char(nine, 'FM000000000') || to_char(97 - nine % 97, 'FM00')
	FROM (SELECT n::bigint * 7919 % :rows AS n FROM generate_series(0, :rows - 1) n) s,
		LATERAL (SELECT n % 100 * 10000000 + (61 + n / 100 % 12) * 100000 + (1 + n / 1200 % 28) * 1000 + n / 33600 % 1000) t (nine))
	TO :'insz';
COPY (SELECT to_char(e, 'FM00000000') || to_char(97 - e % 97, 'FM00')
	FROM (SELECT (n::bigint * 48271) % 89999999 AS e FROM generate_series(1, :rows) n) s) TO :'kbo';
COPY (SELECT to_char(n::bigint * 7919 % 1000000, 'FM000000') FROM generate_series(1, :rows) n) TO :'school';
COPY (SELECT to_char(date '1930-01-01' + (n::bigint * 7919 % 36500)::int, 'YYYY-MM-DD') FROM generate_series(1, :rows) n) TO :'date';
COPY (SELECT (1 + n::bigint * 7919 % 9998)::int::schooljaar FROM generate_series(1, :rows) n) TO :'year';
COPY (SELECT 1 + n::bigint * 7919 % 9998 FROM generate_series(1, :rows) n) TO :'start';

CALL compare_type('insz', 'bigint', :'insz', :'insz', :rounds, 1.15, 1.05);
CALL compare_type('kbo_number', 'bigint', :'kbo', :'kbo', :rounds);

CALL compare_type('instellingsnummer', 'integer', :'school', :'school', :rounds);
CALL compare_type('partial_date', 'date', :'date', :'date', :rounds);
CALL compare_type('schooljaar', 'integer', :'year', :'start', :rounds);

-- Ours is expected to be so many times faster than what is done today.
CREATE TABLE ours (v insz);
CREATE TABLE checked (v text CHECK (is_insz(v)));
CREATE TABLE in_domain (v insz_domain);
CREATE TABLE raw (v text);
CREATE TABLE once (v insz);
CREATE TABLE once_as_text (v text);
COPY raw FROM :'insz';
CALL compare('COPY in', 'insz', 'text, PL/pgSQL check',
	'TRUNCATE ours', format('COPY ours FROM %L', :'insz'), 'TRUNCATE checked', format('COPY checked FROM %L', :'insz'), :rounds, 20, true);
CALL compare('COPY in', 'insz', 'domain, SQL check',
	'TRUNCATE ours', format('COPY ours FROM %L', :'insz'), 'TRUNCATE in_domain', format('COPY in_domain FROM %L', :'insz'), :rounds);
COPY once FROM :'insz';
COPY once_as_text FROM :'insz';
ANALYZE;
CALL compare('index build', 'insz', 'text, PL/pgSQL check', 'DROP INDEX IF EXISTS ours_v', 'CREATE INDEX ours_v ON ours (v)',
	'DROP INDEX IF EXISTS checked_v', 'CREATE INDEX checked_v ON checked (v)', :rounds);
CALL compare('index build', 'insz', 'domain, SQL check', 'DROP INDEX IF EXISTS ours_v', 'CREATE INDEX ours_v ON ours (v)',
	'DROP INDEX IF EXISTS in_domain_v', 'CREATE INDEX in_domain_v ON in_domain (v)', :rounds);
DROP INDEX ours_v, checked_v, in_domain_v;
CALL compare('hash join', 'insz', 'text, PL/pgSQL check', 'SET enable_mergejoin = off', 'SELECT count(*) FROM ours JOIN once USING (v)',
	'SET enable_mergejoin = off', 'SELECT count(*) FROM checked JOIN once_as_text USING (v)', :rounds);
CALL compare('hash join', 'insz', 'domain, SQL check', 'SET enable_mergejoin = off', 'SELECT count(*) FROM ours JOIN once USING (v)',
	'SET enable_mergejoin = off', 'SELECT count(*) FROM in_domain JOIN once_as_text USING (v)', :rounds);
CALL compare('sort', 'insz', 'text, PL/pgSQL check', 'SELECT', 'SELECT v FROM ours ORDER BY v OFFSET 1000000000',
	'SELECT', 'SELECT v FROM checked ORDER BY v OFFSET 1000000000', :rounds);
CALL compare('sort', 'insz', 'domain, SQL check', 'SELECT', 'SELECT v FROM ours ORDER BY v OFFSET 1000000000',
	'SELECT', 'SELECT v FROM in_domain ORDER BY v OFFSET 1000000000', :rounds);
CALL compare('check alone', 'insz', 'text, PL/pgSQL check', 'SELECT', 'SELECT count(try_insz(v)) FROM raw',
	'SELECT', 'SELECT count(is_insz(v)) FROM raw', :rounds, 20, true);
CALL compare('check alone', 'insz', 'domain, SQL check', 'SELECT', 'SELECT count(v::insz) FROM raw',
	'SELECT', 'SELECT count(v::insz_domain) FROM raw', :rounds);

\pset footer off
SELECT work, ours, baseline, round(ours_ms) AS "ours, ms", round(baseline_ms) AS "baseline, ms",
	CASE WHEN at_least OR baseline ~ 'check' THEN round(baseline_ms / ours_ms, 1) || ' x faster' ELSE round(ours_ms / baseline_ms, 2) || ' x the time' END AS ratio,
	CASE WHEN at_least THEN '>= ' || bar || ' x' ELSE '<= ' || bar || ' x' END AS bar,
	CASE WHEN at_least THEN baseline_ms / ours_ms >= bar ELSE ours_ms / baseline_ms <= bar END AS met
FROM measured ORDER BY n;
