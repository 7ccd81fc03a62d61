-- make demo: what each recipient sees, and the types below it, a statement at a time.
\pset footer off
SET datestyle = ISO;
SET client_min_messages = warning;

\echo '\n== Protocols are data: import the documents, and bring them into force. ==\n'
\echo '\\set document `cat protocols/lars.json`'
\echo 'SELECT import_protocol(:''document'');      -- and so on for the other three'
\set ECHO none
\set document `cat protocols/lars.json`
SELECT import_protocol(:'document') \g /dev/null
\set document `cat protocols/klasinformatie.json`
SELECT import_protocol(:'document') \g /dev/null
\set document `cat protocols/agodi.json`
SELECT import_protocol(:'document') \g /dev/null
\set document `cat protocols/fictief.json`
SELECT import_protocol(:'document') \g /dev/null
\set ECHO queries
SELECT code, version, activate_protocol(code, version) FROM protocol ORDER BY id;
SELECT relation::regclass AS view, view_role FROM built ORDER BY 1;

\echo '\n== Each recipient has a login role, bound to one purpose in this database. ==\n'
CREATE ROLE lars_app LOGIN;
CREATE ROLE klasapp LOGIN;
CREATE ROLE officer LOGIN;
SELECT bind('lars_app', 'lars', 'glce', 'medewerkers van de Dienstenleverancier belast met de toegangscontrole', '2024-01-01');
SELECT bind('klasapp', 'fictief', 'klasapp', 'beheerders van de klasapp', '2024-09-01');
SELECT bind('officer', 'agodi', 'huisonderwijs', 'overkoepelende cel huisonderwijs', '2024-01-01', mfa => true);

\echo '\n== A school, three pupils (test identities), a director; two applications. ==\n'
INSERT INTO instelling VALUES ('3368', 'Een school', 'gesubsidieerd');
INSERT INTO instelling_niveau VALUES ('3368', 'lager');
INSERT INTO package (code, naam) VALUES ('broekx', 'Broekx');
INSERT INTO school_software VALUES ('3368', 'broekx', '2024-09-01');
INSERT INTO databeheerder VALUES ('85.61.15-123.87', '3368', today() - 30, today() + 365);
INSERT INTO leerid_beheerder VALUES ('85.61.15-123.87', '3368', today() - 30);
INSERT INTO agreement (party, instellingsnummer, valid_from) SELECT recipient, '3368', today() - 30 FROM protocol WHERE code IN ('lars', 'fictief');
INSERT INTO application (code, naam, party, purpose, class_integrated)
	SELECT a.code, a.code, v.recipient, p.id, a.code = 'klasapp' FROM (VALUES ('glce', 'lars'), ('klasapp', 'fictief')) a (code, protocol)
	JOIN protocol v ON v.code = a.protocol JOIN purpose p ON p.protocol_code = v.code;
INSERT INTO leerling (leer_id_uuid, insz, naam, voornaam, geboortedatum) VALUES
	('11111111-1111-4111-8111-000000000001', '15.61.15-123.04', 'Peeters', 'An', '2015-01-15'),
	('11111111-1111-4111-8111-000000000002', '08.70.00-998.77', 'Janssens', 'Bo', '2008-10-00'),
	(NULL, NULL, 'Maes', 'Cis', NULL);
INSERT INTO account (account_uuid, leerling, principal) SELECT ('22222222-2222-4222-8222-00000000000' || id)::uuid, id, true FROM leerling;
INSERT INTO inschrijving (leerling, instellingsnummer, begindatum, schooljaar, niveau)
	SELECT id, '3368', today() - 30, schooljaar(today()), 'lager' FROM leerling;
INSERT INTO klas (leerling, instellingsnummer, soort, naam, begindatum) SELECT id, '3368', 'klas', '4A', today() - 30 FROM leerling WHERE id < 3;

\echo '\n== A pupil logs in to LARS: claims, no INSZ without a decretal basis, never a class. ==\n'
SELECT granted, reason, jsonb_pretty(claims) AS claims FROM login('glce', '22222222-2222-4222-8222-000000000001');
SET ROLE lars_app;
SELECT * FROM lars_glce.login_record;
RESET ROLE;

\echo '\n== The director shares class information; an application is shown to class 4A in one statement. ==\n'
SET ROLE leerid_schoolloket;
SELECT share_class_information('85.61.15-123.87', '3368', '2023-11-15', protocol_text_sha256('klasinformatie', '2023-11-15'));
SELECT show_application('85.61.15-123.87', '3368', 'klasapp', klas => '4A') AS pupils_shown;
SET ROLE klasapp;
SELECT naam, voornaam, instellingsnummer, klas FROM fictief_klasapp.leerling ORDER BY naam;

\echo '\n== She stops sharing: at the next statement of every session the class is gone, the row stays. ==\n'
SET ROLE leerid_schoolloket;
SELECT stop_class_information('85.61.15-123.87', '3368');
SET ROLE klasapp;
SELECT naam, voornaam, instellingsnummer, klas FROM fictief_klasapp.leerling ORDER BY naam;

\echo '\n== Somebody tries to look further. ==\n'
\set ON_ERROR_STOP off
SELECT naam FROM leerid.leerling;
EXPLAIN SELECT * FROM fictief_klasapp.leerling;
SELECT leerid.gate_row('1', 3, '003368', NULL, 0);
SELECT * FROM lars_glce.login_record;
\set ON_ERROR_STOP on
RESET ROLE;

\echo '\n== AGODI finds a certificate with an open dossier, and nothing without it. ==\n'
INSERT INTO studiebewijs (insz, categorie, type_bewijs, uitreikingsdatum) VALUES ('15.61.15-123.04', 'Basisonderwijs', 'Getuigschrift', '2026-06-00');
SET ROLE officer;
SELECT * FROM agodi_huisonderwijs.studiebewijs;
SELECT * FROM open_dossier('huisonderwijs', '15.61.15-123.04', schooljaar(today()), ontvangst => today(), formulierversie => '1',
	naam => 'Peeters', voornaam => 'An', geboortedatum => '2015-01-15');
SELECT insz, naam, categorie, type_bewijs, uitreikingsdatum FROM agodi_huisonderwijs.studiebewijs;
RESET ROLE;

\echo '\n== Three temporary accounts at two schools prove one child. Each step is a verdict, and can be tried dry. ==\n'
SET leerid.test_identities = on; -- test identities are no pupils elsewhere
INSERT INTO instelling VALUES ('3376', 'Nog een school', 'gesubsidieerd');
INSERT INTO agreement (party, instellingsnummer, valid_from) SELECT recipient, '3376', today() - 30 FROM protocol WHERE code = 'lars';
CREATE TABLE child AS SELECT 'A' || n AS name, c.account_uuid FROM generate_series(1, 3) n, create_account('Claes', 'Jo', 'new at school ' || n) c;
INSERT INTO inschrijving (leerling, instellingsnummer, begindatum, schooljaar, niveau, bron_sleutel)
	SELECT leerling, CASE name WHEN 'A3' THEN '3376' ELSE '3368' END::instellingsnummer, today() - 30, schooljaar(today()), 'lager', 'stamnummer ' || name
	FROM child JOIN account USING (account_uuid);
SELECT verdict, leer_id_uuid IS NOT NULL AS leer_id_uuid FROM child, identify(account_uuid, '16.61.15-003.48', 'eID') WHERE name = 'A1';
SELECT f.name, verdict FROM child f, child i, merge(f.account_uuid, i.account_uuid, 'same child', dry_run => true)
	WHERE f.name > 'A1' AND i.name = 'A1' ORDER BY 1;
CREATE TABLE done AS SELECT f.name, m.* FROM child f, child i, merge(f.account_uuid, i.account_uuid, 'same child') m
	WHERE f.name > 'A1' AND i.name = 'A1';
SELECT name, verdict, replayed FROM done ORDER BY 1;

\echo '\n== At the next login LARS learns which accounts it knew him by. ==\n'
SELECT c.name, claims->'ov_account_uuid' = to_jsonb(first.account_uuid) AS "answers with A1", claims->'instellingsnummer' AS instellingsnummer,
	(SELECT string_agg(h.name, ', ' ORDER BY h.name) FROM child h WHERE claims->'ov_historiek_account_uuid' ? h.account_uuid::text) AS historiek
	FROM child c, child first, login('glce', account_uuid => c.account_uuid) WHERE first.name = 'A1' ORDER BY 1;

\echo '\n== A3 proves another child''s: undone, it is gone from the history, and its enrolment is its own again. ==\n'
SELECT verdict FROM unmerge((SELECT op_id FROM done WHERE name = 'A3'), 'another child');
SELECT c.name, claims->'instellingsnummer' AS instellingsnummer, claims ? 'ov_leerid_uuid' AS leer_id_uuid,
	(SELECT string_agg(h.name, ', ' ORDER BY h.name) FROM child h WHERE claims->'ov_historiek_account_uuid' ? h.account_uuid::text) AS historiek
	FROM child c, login('glce', account_uuid => c.account_uuid) ORDER BY 1;
SELECT kind, verdict, reason, (SELECT string_agg(name, ', ' ORDER BY name) FROM child c WHERE c.account_uuid = ANY (moved)) AS moved
	FROM historiek((SELECT account_uuid FROM child WHERE name = 'A1'));
SELECT count(*) AS differences FROM check_identity();

\echo '\n== An identity is checked before it is stored, and always has one form. ==\n'
CREATE TABLE register (
	insz          insz PRIMARY KEY,
	naam          text NOT NULL,
	geboortedatum partial_date NOT NULL
);
INSERT INTO register VALUES
	('15.61.15-123.04', 'Peeters', '2015-01-15'),
	('08 70 00 998 77', 'Janssens', '2008-10-00'),
	('10643012352', 'Maes', '2010-00-00');
SELECT insz, format(insz), kind(insz), sex(insz), birth_date(insz) AS hint, naam, geboortedatum FROM register ORDER BY insz;

\echo '\n== A wrong one is refused. No error ever prints a digit of an INSZ. ==\n'
\set ON_ERROR_STOP off
SELECT value::insz FROM (VALUES ('15.61.15-123.05')) file (value);
\set ON_ERROR_STOP on
SELECT value, try_insz(value) FROM (VALUES ('15.61.15-123.04'), ('15.61.15-123.05'), ('unknown')) file (value);

\echo '\n== Birth dates as the registers deliver them: what they may mean is a question with an answer. ==\n'
SELECT geboortedatum, is_complete(geboortedatum), daterange(geboortedatum), leerplicht(geboortedatum) AS leerplicht_for_certain
FROM register ORDER BY geboortedatum;
SELECT naam, geboortedatum, leerplichtig(geboortedatum, '2028-03-01') FROM register ORDER BY naam;

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
