-- login(): C2, C3 and C11 of the documents' reading, case by case.  That it is
-- right for a whole country at random is two_doors' part.
BEGIN;
SELECT plan(45);
\i test/fixture/functions.psql
\i test/fixture/protocols.psql

INSERT INTO instelling VALUES ('000011', 'Lager', 'gesubsidieerd'), ('000021', 'Secundair', 'gesubsidieerd'), ('000031', 'Zonder', 'gesubsidieerd');
INSERT INTO agreement SELECT recipient, s, today() - 10 FROM protocol, unnest('{000011,000021}'::instellingsnummer[]) s WHERE code = 'lars';
INSERT INTO agreement SELECT recipient, '000011', today() - 10 FROM protocol WHERE code = 'fictief';
INSERT INTO leerling (id, leer_id_uuid, insz, naam, voornaam) VALUES
	(1, '10000000-0000-0000-0000-000000000001', fixture.insz(1), 'Peeters', 'An'), (2, NULL, NULL, 'Janssens', 'Bo');
INSERT INTO account (account_uuid, leerling, principal, without_insz, historic) VALUES
	('a0000000-0000-0000-0000-000000000001', 1, true, true, false), ('a0000000-0000-0000-0000-000000000002', 1, false, true, true),
	('a0000000-0000-0000-0000-000000000003', 1, false, true, true), ('a0000000-0000-0000-0000-000000000004', 1, false, false, false),
	('b0000000-0000-0000-0000-000000000001', 2, true, true, false), ('b0000000-0000-0000-0000-000000000002', 2, false, true, false);
INSERT INTO inschrijving (leerling, instellingsnummer, begindatum, schooljaar, niveau) VALUES
	(1, '000021', today() - 5, '2024-2025', 'secundair'), (1, '000011', today() - 5, '2024-2025', 'lager'), (1, '000031', today() - 5, '2024-2025', 'lager'),
	(2, '000011', today() - 5, '2024-2025', 'lager');
CREATE FUNCTION at(application text, account text) RETURNS text LANGUAGE sql AS $$
	SELECT CASE WHEN granted THEN 'granted' ELSE reason END FROM login(application, account_uuid => account::uuid)
$$;
CREATE FUNCTION claims(account text) RETURNS jsonb LANGUAGE sql AS $$SELECT claims FROM login('glce', account_uuid => account::uuid)$$;

-- Who may, and how it is called.
SELECT results_eq($$SELECT r FROM unnest(ARRAY['leerid_admin', 'leerid_auditor', 'leerid_idp', 'leerid_intake', 'leerid_package', 'leerid_purger',
	'leerid_schoolloket', 'vendor_lars', 'stranger']) r WHERE has_function_privilege(r, 'login(text, uuid, uuid)', 'EXECUTE')$$,
	ARRAY['leerid_idp'], 'the identity provider alone logs in');
SELECT is((failure_of('SELECT login(''glce'')')).sqlstate, '22023', 'no key');
SELECT is((failure_of('SELECT login(''glce'', gen_random_uuid(), gen_random_uuid())')).sqlstate, '22023', 'two keys');
SELECT is((failure_of('SELECT login(NULL, gen_random_uuid())')).sqlstate, '22023', 'no application');
SELECT is((failure_of('SELECT login(''nothing'', gen_random_uuid())')).sqlstate, 'LR030', 'an unknown application');

-- C2: what is handed over.
SELECT is(claims('a0000000-0000-0000-0000-000000000001'), jsonb_build_object('naam', 'Peeters', 'voornaam', 'An',
	'ov_leerid_uuid', '10000000-0000-0000-0000-000000000001', 'ov_account_uuid', 'a0000000-0000-0000-0000-000000000001',
	'ov_historiek_account_uuid', '["a0000000-0000-0000-0000-000000000002", "a0000000-0000-0000-0000-000000000003"]'::jsonb,
	'instellingsnummer', '["000011", "000021"]'::jsonb),
	'an identified pupil: schools that work with LARS, ascending; no INSZ without a basis; never a class');
SELECT is(claims('a0000000-0000-0000-0000-000000000002')->>'ov_account_uuid', 'a0000000-0000-0000-0000-000000000001', 'a historic account is answered with the principal one');
SELECT is(claims('a0000000-0000-0000-0000-000000000002'), claims('a0000000-0000-0000-0000-000000000001'), 'and with the same history');
SELECT is(claims('a0000000-0000-0000-0000-000000000004')->'ov_historiek_account_uuid',
	'["a0000000-0000-0000-0000-000000000001", "a0000000-0000-0000-0000-000000000002", "a0000000-0000-0000-0000-000000000003"]'::jsonb,
	'a live second account is answered with itself, and the history lacks only what stands beside it');
SELECT is((SELECT claims FROM login('glce', leer_id_uuid => '10000000-0000-0000-0000-000000000001')), claims('a0000000-0000-0000-0000-000000000001'),
	'by leer_id_uuid: the same pupil, the same answer');
SELECT is(claims('b0000000-0000-0000-0000-000000000001'), jsonb_build_object('naam', 'Janssens', 'voornaam', 'Bo', 'ov_account_uuid', 'b0000000-0000-0000-0000-000000000001',
	'ov_historiek_account_uuid', '[]'::jsonb, 'instellingsnummer', '["000011"]'::jsonb), 'an unidentified pupil: of the keys the account alone, and history []');
SELECT is(claims('b0000000-0000-0000-0000-000000000002')->>'ov_account_uuid', 'b0000000-0000-0000-0000-000000000002', 'each of its accounts is live');

-- The INSZ, on a decretal basis and through its last day.
INSERT INTO decretal_basis SELECT recipient, 'insz', 'Decreet van een andere dag', '1', today() + 1 FROM protocol WHERE code = 'lars';
SELECT ok(NOT claims('a0000000-0000-0000-0000-000000000001') ? 'insz', 'a basis from tomorrow gives nothing today');
UPDATE decretal_basis SET valid_from = today() - 1, valid_to = today();
SELECT is(claims('a0000000-0000-0000-0000-000000000001')->>'insz', fixture.insz(1)::text, 'on the last day of a basis the INSZ is there');
SELECT is(insz, fixture.insz(1), 'and in the record') FROM login_record WHERE leerling = 1;
SELECT ok(NOT claims('b0000000-0000-0000-0000-000000000001') ? 'insz', 'not for who has none');
UPDATE decretal_basis SET valid_to = today() - 1;
SELECT ok(NOT claims('a0000000-0000-0000-0000-000000000001') ? 'insz', 'the day after it is gone');
SELECT is(insz, NULL, 'from the record too, at the next login') FROM login_record WHERE leerling = 1;

-- C3: the record.
SELECT is(count(*), 2::bigint, 'one record for each pupil, the last') FROM login_record;
SELECT is(ROW(r.naam, r.leer_id_uuid, r.account_uuid, r.historiek_account_uuid, r.instellingsnummer, r.aangemeld_op),
	ROW('Peeters'::text, '10000000-0000-0000-0000-000000000001'::uuid, 'a0000000-0000-0000-0000-000000000001'::uuid,
		'{a0000000-0000-0000-0000-000000000002,a0000000-0000-0000-0000-000000000003}'::uuid[], '{000011,000021}'::instellingsnummer[], today()),
	'it holds what was handed over') FROM login_record r WHERE leerling = 1;
UPDATE login_record SET aangemeld_op = today() - 100;
CREATE TEMP TABLE before AS SELECT * FROM login_record;

-- C11: refusals are answers, in the order of their conditions, and change nothing.
SELECT is(at('glce', 'f0000000-0000-0000-0000-000000000009'), 'unknown_account', 'unknown_account');
SELECT is((SELECT reason FROM login('glce', leer_id_uuid => 'f0000000-0000-0000-0000-000000000009')), 'unknown_account', 'also by leer_id_uuid');
UPDATE inschrijving SET einddatum = today() - 1 WHERE leerling = 2;
SELECT is(at('glce', 'b0000000-0000-0000-0000-000000000001'), 'no_enrolment', 'no_enrolment: it ended yesterday');
UPDATE inschrijving SET einddatum = today() WHERE leerling = 2;
SELECT is(at('glce', 'b0000000-0000-0000-0000-000000000001'), 'granted', 'its last day counts');
UPDATE login_record SET aangemeld_op = today() - 100;
UPDATE inschrijving SET niveau = 'kleuter' WHERE leerling = 2;
SELECT is(at('glce', 'b0000000-0000-0000-0000-000000000001'), 'level', 'level: LARS names lager and secundair');
UPDATE inschrijving SET niveau = 'lager', instellingsnummer = '000031' WHERE leerling = 2;
SELECT is(at('glce', 'b0000000-0000-0000-0000-000000000001'), 'no_agreement', 'no_agreement');
SELECT is(at('klasapp', 'a0000000-0000-0000-0000-000000000001'), 'not_visible', 'not_visible, where the protocol asks for it');
INSERT INTO visibility SELECT id, 1, '000031', now(), fixture.insz(9) FROM application WHERE code = 'klasapp';
SELECT is(at('klasapp', 'a0000000-0000-0000-0000-000000000001'), 'not_visible', 'made visible by a school that does not work with the provider');
INSERT INTO visibility SELECT id, 1, '000011', now(), fixture.insz(9) FROM application WHERE code = 'klasapp-zonder';
SELECT is(at('klasapp', 'a0000000-0000-0000-0000-000000000001'), 'not_visible', 'another application of the same provider');
SELECT is(at('klasapp-zonder', 'a0000000-0000-0000-0000-000000000001'), 'granted', 'which itself is visible');
INSERT INTO restriction (leerling, ground) VALUES (1, '18(1)(a)');
SELECT is(at('glce', 'a0000000-0000-0000-0000-000000000001'), 'restricted', 'restricted');
DELETE FROM restriction;
INSERT INTO restriction (insz, ground) VALUES (fixture.insz(1), '18(1)(a)');
SELECT is(at('glce', 'a0000000-0000-0000-0000-000000000001'), 'restricted', 'restricted by INSZ');
UPDATE restriction SET lifted_at = now();
INSERT INTO objection (leerling, protocol_code) VALUES (1, 'lars');
SELECT is(at('glce', 'a0000000-0000-0000-0000-000000000001'), 'objection', 'objection');
SELECT is(at('klasapp-zonder', 'a0000000-0000-0000-0000-000000000001'), 'granted', 'which is one to LARS alone');
UPDATE objection SET decided_at = now(), upheld = true;
SELECT is(at('glce', 'a0000000-0000-0000-0000-000000000001'), 'objection', 'an objection that was upheld');
SELECT results_eq('SELECT * FROM login_record ORDER BY leerling', 'SELECT * FROM before ORDER BY leerling', 'no refusal changed a record');
UPDATE objection SET upheld = false;
SELECT is(at('glce', 'a0000000-0000-0000-0000-000000000001'), 'granted', 'one that was turned down refuses no longer');
SELECT end_protocol('lars', 'DOV', 'breach', today(), 'test') \g /dev/null
SELECT is(at('glce', 'a0000000-0000-0000-0000-000000000001'), 'protocol_not_in_force', 'protocol_not_in_force');
SELECT is(at('glce', 'f0000000-0000-0000-0000-000000000009'), 'protocol_not_in_force', 'for whomever');

-- The class as a claim: C7 and C9.
INSERT INTO visibility SELECT id, 1, '000011', now(), fixture.insz(9) FROM application WHERE code = 'klasapp';
INSERT INTO klas (leerling, instellingsnummer, soort, naam, begindatum) VALUES (1, '000011', 'klas', '1A', today()), (1, '000031', 'klas', '2B', today());
SELECT is((SELECT claims->'klas' FROM login('klasapp', 'a0000000-0000-0000-0000-000000000001')), '[]', 'no class of a school that does not share');
INSERT INTO consent (instellingsnummer, protocol, text_sha256, given_at, given_by)
	SELECT s, id, document_sha256, now(), fixture.insz(9) FROM protocol, unnest('{000011,000031}'::instellingsnummer[]) s WHERE code = 'klasinformatie';
SELECT is((SELECT claims->'klas' FROM login('klasapp', 'a0000000-0000-0000-0000-000000000001')),
	'[{"instellingsnummer": "000011", "soort": "klas", "naam": "1A"}]', 'of one that shares, works with the provider and showed the application');
SELECT is((SELECT claims->'klas' FROM login('klasapp-zonder', 'a0000000-0000-0000-0000-000000000001')), '[]', 'not for an application without class sharing integrated');

-- A wrong set-up is an error that names what is missing.
INSERT INTO application (code, naam, party) SELECT 'loose', 'Loose', recipient FROM protocol WHERE code = 'fictief';
SELECT is((failure_of('SELECT login(''loose'', gen_random_uuid())')).sqlstate, 'LR031', 'an application without purpose');
UPDATE application SET purpose = (SELECT id FROM purpose WHERE protocol_code = 'lars') WHERE code = 'loose';
SELECT is((failure_of('SELECT login(''loose'', gen_random_uuid())')).sqlstate, 'LR032', 'an application of another party');
UPDATE application SET purpose = (SELECT id FROM purpose WHERE code = 'verificatie') WHERE code = 'loose';
UPDATE application SET party = (SELECT recipient FROM protocol WHERE code = 'agodi') WHERE code = 'loose';
SELECT is((failure_of('SELECT login(''loose'', gen_random_uuid())')).sqlstate, 'LR031', 'a purpose that is not one for pupils');

SELECT * FROM finish();
ROLLBACK;
