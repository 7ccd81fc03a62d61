-- make demo: the types and the calendar at work, a statement at a time.
\pset footer off
SET datestyle = ISO;

\echo '\n== An identity is checked before it is stored, and always has one form. ==\n'
CREATE TABLE leerling (
	insz          insz PRIMARY KEY,
	naam          text NOT NULL,
	geboortedatum partial_date NOT NULL
);
INSERT INTO leerling VALUES
	('15.61.15-123.04', 'Peeters', '2015-01-15'),
	('08 70 00 998 77', 'Janssens', '2008-10-00'),
	('10643012352', 'Maes', '2010-00-00');
SELECT insz, format(insz), kind(insz), sex(insz), birth_date(insz) AS hint, naam, geboortedatum FROM leerling ORDER BY insz;

\echo '\n== A wrong one is refused. No error ever prints a digit of an INSZ. ==\n'
\set ON_ERROR_STOP off
SELECT value::insz FROM (VALUES ('15.61.15-123.05')) file (value);
\set ON_ERROR_STOP on
SELECT value, try_insz(value) FROM (VALUES ('15.61.15-123.04'), ('15.61.15-123.05'), ('unknown')) file (value);

\echo '\n== Birth dates as the registers deliver them: what they may mean is a question with an answer. ==\n'
SELECT geboortedatum, is_complete(geboortedatum), daterange(geboortedatum), leerplicht(geboortedatum) AS leerplicht_for_certain
FROM leerling ORDER BY geboortedatum;
SELECT naam, geboortedatum, leerplichtig(geboortedatum, '2028-03-01') FROM leerling ORDER BY naam;

\echo '\n== School years, schools and enterprises. ==\n'
SELECT schooljaar(date '2026-11-23'), '2026-27'::schooljaar + 1 AS next, daterange('2026-2027'::schooljaar);
SELECT n AS written, n::kbo_number AS stored, format(n::kbo_number), kind(n::kbo_number)
FROM (VALUES ('316.380.841'), ('2.199.310.989')) k (n);
\set ON_ERROR_STOP off
SELECT kbo_number '0316.380.842';
\set ON_ERROR_STOP on
SELECT '3368'::instellingsnummer, plausible('3368'), plausible('3369') AS mistyped;

\echo '\n== The school calendar by the decrees, and as a decision changed it in 2020. ==\n'
SELECT first_school_day(y), third_school_day(y), teldag(y) FROM (VALUES ('2026-2027'::schooljaar)) s (y);
SELECT * FROM school_holidays('2026-2027');
SELECT period, ground FROM school_holidays('2020-2021') WHERE ground IS NOT NULL;

\echo '\n== As fast as the integers they are stored as: a million identities. ==\n'
\timing on
CREATE TABLE identity AS
	SELECT (100 * nine + 97 - nine % 97)::insz AS insz
	FROM generate_series(0, 999999) n,
		LATERAL (SELECT n % 100 * 10000000 + (61 + n / 100 % 12) * 100000 + (1 + n / 1200 % 28) * 1000 + n / 33600::bigint) s (nine);
CREATE UNIQUE INDEX ON identity (insz);
\timing off
VACUUM ANALYZE identity;
EXPLAIN (COSTS OFF) SELECT insz FROM identity WHERE insz = '00.61.01-000.09';
SELECT count(*), count(DISTINCT insz), min(insz), max(insz) FROM identity;
