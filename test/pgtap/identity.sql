-- Identity, case by case: what each function answers and changes, who may call
-- it, and the main case of the documents.  That it is right for any sequence of
-- operations is identity_properties' part.
BEGIN;
SELECT plan(134);
\i test/fixture/functions.psql
\i test/fixture/protocols.psql
SET leerid.test_identities = on;

-- Accounts by a short name, and the nth operation's key.
CREATE TABLE known (name text PRIMARY KEY, account uuid);
CREATE FUNCTION acc(text) RETURNS uuid LANGUAGE sql STABLE AS 'SELECT account FROM known WHERE name = $1';
CREATE FUNCTION op(integer) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$SELECT ('f0000000-0000-4000-8000-' || lpad($1::text, 12, '0'))::uuid$$;
CREATE FUNCTION make(who text) RETURNS void LANGUAGE sql AS $$INSERT INTO known SELECT who, account_uuid FROM create_account('Naam ' || who, who, 'test')$$;
CREATE FUNCTION pupil(who text) RETURNS bigint LANGUAGE sql STABLE AS 'SELECT leerling FROM account WHERE account_uuid = acc(who)';
CREATE FUNCTION flags(who text) RETURNS text LANGUAGE sql STABLE AS $$
	SELECT concat_ws(' ', CASE WHEN principal THEN 'principal' END, CASE WHEN historic THEN 'historic' END, CASE WHEN without_insz THEN 'without' END)
	FROM account WHERE account_uuid = acc(who)$$;
-- All that is kept, but for the log itself.
CREATE FUNCTION state() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	t text;
	part text;
	whole text := '';
BEGIN
	FOREACH t IN ARRAY ARRAY['leerling', 'account', 'inschrijving', 'klas', 'visibility', 'login_record', 'restriction', 'absorbed_leerling', 'former_insz', 'ended_key',
			'forbidden_pair', 'identity_history', 'moved_row'] LOOP
		EXECUTE format('SELECT string_agg(x::text, '';'' ORDER BY x::text) FROM leerid.%I x', t) INTO part;
		whole := whole || t || coalesce(part, '');
	END LOOP;
	RETURN md5(whole);
END
$$;
CREATE FUNCTION login_of(who text) RETURNS jsonb LANGUAGE sql AS $$SELECT coalesce(claims, to_jsonb(reason)) FROM login('glce', account_uuid => acc(who))$$;
-- A list of accounts as a claim has it.
CREATE FUNCTION list(VARIADIC who text[]) RETURNS jsonb LANGUAGE sql STABLE AS 'SELECT coalesce(jsonb_agg(account ORDER BY account), ''[]'') FROM known WHERE name = ANY (who)';

-- Who may.
CREATE FUNCTION callers(f text) RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(r, ' ' ORDER BY r COLLATE "C") FROM unnest(ARRAY['leerid_admin', 'leerid_auditor', 'leerid_idp', 'leerid_intake', 'leerid_package', 'leerid_purger',
		'leerid_schoolloket', 'vendor_lars', 'vendor_klas', 'agodi_verif', 'stranger']) r WHERE has_function_privilege(r, f::regprocedure, 'EXECUTE')$$;
SELECT is(callers('create_account(text,text,text,partial_date,text,uuid,text,boolean)'), 'leerid_admin leerid_intake', 'who makes accounts');
SELECT is(callers('identify(uuid,insz,text,uuid,text,boolean)'), 'leerid_admin leerid_intake', 'who identifies');
SELECT is(callers(f), 'leerid_admin', f || ' is the data manager''s') FROM unnest(ARRAY['merge(uuid,uuid,text,uuid,text,boolean)', 'merge_many(uuid[],uuid[],text,uuid[],text,boolean)',
	'unmerge(uuid,text,uuid,text,boolean)', 'replace_insz(insz,insz,text,boolean,uuid,text,boolean)', 'forbid_merge(uuid,uuid,text,uuid,text,boolean)',
	'allow_merge(uuid,uuid,text,uuid,text,boolean)']) f;
SELECT is(callers('erase_identity(uuid,text,uuid,text,boolean)'), 'leerid_purger', 'who erases');
SET ROLE stranger;
SELECT is((public.failure_of($$SELECT leerid.merge(gen_random_uuid(), gen_random_uuid(), 'x')$$)).sqlstate, '42501', 'a stranger is refused');
SELECT is((public.failure_of($$SELECT leerid.identify(gen_random_uuid(), '01610100030', 'x')$$)).sqlstate, '42501', 'he identifies nobody');
SELECT is((public.failure_of($$SET leerid.test_identities = on$$)).sqlstate, '42501', 'nor lets test identities in');
SELECT is((public.failure_of($$SELECT * FROM leerid.identity_operation$$)).sqlstate, '42501', 'nor reads the log');
RESET ROLE;

-- Bad input: an error, and nothing is written.
SELECT is((failure_of($$SELECT create_account(NULL, 'x', 'x')$$)).sqlstate, '22004', 'no name');
SELECT is((failure_of($$SELECT create_account('x', 'x', ' ')$$)).sqlstate, '22023', 'no reason');
SELECT is((failure_of($$SELECT merge(NULL, gen_random_uuid(), 'x')$$)).sqlstate, '22004', 'no account');
SELECT is((failure_of($$SELECT merge_many(ARRAY[NULL]::uuid[], ARRAY[gen_random_uuid()], 'x')$$)).sqlstate, '22004', 'a null among the accounts');
SELECT is((failure_of($$SELECT merge_many(ARRAY[gen_random_uuid()], '{}', 'x')$$)).sqlstate, '22023', 'arrays of two lengths');
SELECT is((failure_of($$SELECT merge_many(ARRAY[gen_random_uuid()], ARRAY[gen_random_uuid()], 'x', '{}')$$)).sqlstate, '22023', 'fewer keys than pairs');
SELECT is((failure_of($$SELECT merge_many(array_fill(gen_random_uuid(), ARRAY[100001]), array_fill(gen_random_uuid(), ARRAY[100001]), 'x')$$)).sqlstate, 'LR052', 'too many pairs');
SELECT is_empty($$SELECT * FROM merge_many('{}', '{}', 'x')$$, 'no pairs, no answers');
SET leerid.test_identities = off;
SELECT is((failure_of($$SELECT identify(gen_random_uuid(), '01610100030', 'x')$$)).sqlstate, 'LR051', 'a test identity where none belongs');
SELECT is((failure_of($$SELECT replace_insz('01610100030', '02610100051', 'x')$$)).sqlstate, 'LR051', 'nor by replacing');
SELECT ok((failure_of($$SELECT identify(gen_random_uuid(), '01610100030', 'x')$$))::text !~ '01610100030', 'whose digits are not printed');
SET leerid.test_identities = on;
SELECT is_empty('SELECT * FROM identity_operation', 'nothing of it is in the log');

-- The main case: three temporary accounts at two schools.
INSERT INTO instelling VALUES ('000011', 'Een', 'gesubsidieerd'), ('000021', 'Twee', 'gesubsidieerd');
INSERT INTO agreement SELECT recipient, s, today() - 10 FROM protocol, unnest('{000011,000021}'::instellingsnummer[]) s WHERE code = 'lars';
SELECT make(n) FROM unnest(ARRAY['A1', 'A2', 'A3', 'B']) n;
INSERT INTO inschrijving (leerling, instellingsnummer, begindatum, schooljaar, niveau, bron_sleutel) VALUES
	(pupil('A1'), '000011', today() - 20, '2026-2027', 'lager', 'k1'), (pupil('A2'), '000011', today() - 15, '2026-2027', 'lager', 'k2'),
	(pupil('A3'), '000021', today() - 10, '2026-2027', 'secundair', 'k3'), (pupil('B'), '000021', today() - 10, '2026-2027', 'lager', 'k4');
SELECT is(login_of('A2')->>'ov_account_uuid', acc('A2')::text, 'before: A2 is a pupil of its own');
SELECT is(login_of('A3')->'ov_historiek_account_uuid', '[]'::jsonb, 'without history');
CREATE TABLE at_first AS SELECT state();
CREATE TABLE enrolled AS SELECT account.account_uuid, i.* FROM inschrijving i JOIN account USING (leerling);
CREATE TABLE logged_in AS SELECT * FROM login_record;

SELECT is((identify(acc('A1'), fixture.insz(1), 'eID', op(1), dry_run => true)).verdict, 'identified', 'a dry run says what would happen');
SELECT is((SELECT state()), (SELECT state FROM at_first), 'and leaves no trace');
SELECT is((identify(acc('A1'), fixture.insz(1), 'eID', op(1))).verdict, 'identified', 'A1 gets an INSZ');
SELECT is((merge(acc('A2'), acc('A1'), 'same child', op(2), 'actor')).verdict, 'merged', 'A2 is merged in');
CREATE TABLE before_third AS SELECT state();
SELECT is((merge(acc('A3'), acc('A1'), 'same child', op(3))).verdict, 'merged', 'A3 as well');
SELECT is((SELECT (login_of('A1')->>'ov_account_uuid', login_of('A1')->'ov_historiek_account_uuid')::text), (acc('A1')::text, list('A2', 'A3'))::text,
	'the next LARS login says A1, and the history {A2, A3}');
SELECT is(login_of('A2'), login_of('A1'), 'A2 is answered alike');
SELECT is(login_of('A3'), login_of('A1'), 'and A3');
SELECT is(login_of('A1')->'instellingsnummer', '["000011", "000021"]'::jsonb, 'of both schools');
SELECT is((SELECT login_of('A1')->>'ov_leerid_uuid'), (SELECT leer_id_uuid::text FROM leerling WHERE insz = fixture.insz(1)), 'one leer_id_uuid');
SELECT is(count(*), 3::bigint, 'one pupil has all three enrolments') FROM inschrijving WHERE leerling = pupil('A1');
SELECT is(count(*), 1::bigint, 'and one record of a login') FROM login_record WHERE leerling = pupil('A1');
SELECT is(flags('A1') || '/' || flags('A2') || '/' || flags('A3'), 'principal without/historic without/historic without', 'what each account is now');

SELECT is((unmerge(op(3), 'another child', op(4))).verdict, 'unmerged', 'A3 proves another child''s');
SELECT is(login_of('A1')->'ov_historiek_account_uuid', list('A2'), 'the next login says {A2}');
SELECT is(login_of('A2')->'ov_historiek_account_uuid', list('A2'), 'whichever account is used');
SELECT ok(NOT login_of('A3') ? 'ov_leerid_uuid', 'A3''s own login has no leer_id_uuid');
SELECT is(login_of('A3')->'ov_historiek_account_uuid', '[]'::jsonb, 'and history []');
SELECT results_eq('SELECT a.account_uuid, i.* FROM inschrijving i JOIN account a USING (leerling) JOIN known ON a.account_uuid = account WHERE name = ''A3''',
	'SELECT * FROM enrolled WHERE account_uuid = acc(''A3'')', 'its enrolment is back');
SELECT is(flags('A3'), 'principal without', 'and its account as it was');
SELECT is((SELECT array_agg(moved ORDER BY at) FROM historiek(acc('A1')) WHERE op_id = op(3)), ARRAY[ARRAY[acc('A3')]], 'only the log remembers');
SELECT is((merge(acc('A3'), acc('A1'), 'same child', op(3))).replayed, true, 'the same request once more is answered from the log');
SELECT isnt(pupil('A3'), pupil('A1'), 'and does nothing');
SELECT is((merge(acc('B'), acc('A1'), 'same child', op(3))).verdict, 'op_id_reused', 'its key with another request is refused');
SELECT is((merge(acc('A3'), acc('A1'), 'another reason', op(3))).verdict, 'op_id_reused', 'with another reason, too');
SELECT is((unmerge(op(3), 'once more')).verdict, 'already_undone', 'it cannot be taken back twice');
SELECT is((unmerge(op(4), 'back')).verdict, 'not_undoable', 'nor can the taking back');
SELECT is((unmerge(op(99), 'x')).verdict, 'not_found', 'nor what never was');
SELECT is((SELECT detail FROM unmerge(op(1), 'x')), jsonb_build_object('operations', jsonb_build_array(op(2))), 'what built on an identification is in its way, and named');
SELECT is((unmerge(op(2), 'x')).verdict, 'unmerged', 'taken back first');
CREATE TABLE withdrawn AS SELECT leer_id_uuid FROM leerling WHERE insz = fixture.insz(1);
SELECT is((unmerge(op(1), 'x')).verdict, 'unmerged', 'it is out of the way');
SELECT is((SELECT state FROM resolve((SELECT leer_id_uuid FROM withdrawn))), 'withdrawn', 'the leer_id_uuid is withdrawn');
SELECT is((identify(acc('A1'), fixture.insz(1), 'eID')).verdict, 'identified', 'identified again');
SELECT isnt((SELECT leer_id_uuid FROM leerling WHERE insz = fixture.insz(1)), (SELECT leer_id_uuid FROM withdrawn), 'he gets another one');

-- Verdicts that change nothing.
CREATE TABLE unchanged AS SELECT state();
SELECT is((merge(acc('A1'), acc('A1'), 'x')).verdict, 'noop_same_leerling', 'one account');
SELECT is((merge(acc('A1'), op(99), 'x')).verdict, 'not_found', 'an unknown account');
SELECT is((identify(acc('A1'), fixture.insz(2), 'x')).verdict, 'conflict_insz', 'another INSZ');
SELECT is((identify(acc('A1'), fixture.insz(1), 'x')).verdict, 'noop_same_leerling', 'the same INSZ');
SELECT is((replace_insz(fixture.insz(8), fixture.insz(9), 'x')).verdict, 'not_found', 'an INSZ of nobody');
SELECT is((allow_merge(acc('A1'), acc('A2'), 'x')).verdict, 'noop', 'nothing to allow');
SELECT is(state(), (SELECT state FROM unchanged), 'nothing changed');
SELECT is(verdict::text, 'conflict_insz', 'but the log has each') FROM identity_operation WHERE verdict = 'conflict_insz';

-- Direction: the record with an INSZ survives.
SELECT is((merge(acc('A1'), acc('A2'), 'x', op(10))).verdict, 'merged', 'into a record without INSZ');
SELECT is((SELECT insz FROM leerling WHERE id = pupil('A2')), fixture.insz(1), 'the INSZ stays');
SELECT is(flags('A2'), 'historic without', 'and the other becomes history');
SELECT is((unmerge(op(10), 'x')).verdict, 'unmerged', 'undone');

-- Forbidden, and so for whoever they are merged with.
SELECT is((forbid_merge(acc('A3'), acc('B'), 'siblings')).verdict, 'merge_forbidden', 'two children');
SELECT is((forbid_merge(acc('B'), acc('A3'), 'siblings')).verdict, 'noop', 'the other way round is the same');
SELECT is((merge(acc('B'), acc('A2'), 'x', op(20))).verdict, 'merged', 'B is A2');
SELECT is((merge(acc('A3'), acc('A2'), 'x')).verdict, 'forbidden', 'so A3 is not A2 either');
SELECT is((forbid_merge(acc('A2'), acc('B'), 'x')).verdict, 'noop_same_leerling', 'what is one cannot be forbidden');
SELECT is((allow_merge(acc('A3'), acc('A2'), 'x')).verdict, 'merge_allowed', 'allowed between the pupils');
SELECT is((merge(acc('A3'), acc('A2'), 'x')).verdict, 'merged', 'then they are one');

-- A number that is replaced.
SELECT is((replace_insz(fixture.insz(1), fixture.insz(3), 'BIS to national', op_id => op(30))).verdict, 'replaced', 'a new number');
SELECT is((SELECT leer_id_uuid FROM resolve_insz(fixture.insz(1))), (SELECT leer_id_uuid FROM leerling WHERE insz = fixture.insz(3)), 'the old one still leads to the pupil');
SELECT is((SELECT verdict FROM identify(acc('A2'), fixture.insz(1), 'the school still has the old one', op(31))), 'merged', 'and identifies by it');
SELECT is((SELECT detail FROM unmerge(op(30), 'x')), jsonb_build_object('operations', jsonb_build_array(op(31))), 'which is then in the way of taking it back');
SELECT is((unmerge(op(31), 'x')).verdict, 'unmerged', 'until it is taken back');
SELECT is((unmerge(op(30), 'x')).verdict, 'unmerged', 'the old number stands again');
SELECT is((SELECT insz FROM leerling WHERE id = pupil('A1')), fixture.insz(1), 'it does');
SELECT is((replace_insz(fixture.insz(1), fixture.insz(4), 'a typing mistake', true, op(32))).verdict, 'replaced', 'a corrected number');
SELECT is((identify(acc('A2'), fixture.insz(1), 'whose it is')).verdict, 'identified', 'the mistaken one may be another child''s');
SELECT is((unmerge(op(32), 'x')).verdict, 'conflict_insz', 'and then does not come back');
SELECT is((SELECT verdict FROM replace_insz(fixture.insz(1), fixture.insz(4), 'two records, one child', op_id => op(33))), 'merged', 'two identified records become one');
SELECT is((SELECT leerling FROM resolve((SELECT leer_id_uuid FROM absorbed_leerling WHERE insz = fixture.insz(1)))), pupil('A1'), 'the absorbed leer_id_uuid leads to it');
SELECT is((SELECT count(*) FROM leerling WHERE insz IN (fixture.insz(1), fixture.insz(4))), 1::bigint, 'one INSZ, one pupil');

-- A restriction by number holds through it.
SELECT make('R');
INSERT INTO inschrijving (leerling, instellingsnummer, begindatum, schooljaar, niveau, bron_sleutel) VALUES (pupil('R'), '000011', today() - 20, '2026-2027', 'lager', 'kr');
SELECT is((identify(acc('R'), fixture.insz(50), 'eID')).verdict, 'identified', 'a pupil');
SELECT isnt(restrict_person(fixture.insz(50), '18(1)(a)'), NULL, 'restricted by his INSZ');
SELECT is((replace_insz(fixture.insz(50), fixture.insz(51), 'x')).verdict, 'replaced', 'who gets another');
SELECT is(login_of('R'), '"restricted"'::jsonb, 'is restricted still');

-- AGODI's register may still have the number that was replaced, or get it later.
INSERT INTO persoon (id, insz, naam, voornaam) VALUES (901, fixture.insz(60), 'x', 'unrestricted');
CREATE FUNCTION open_for(person bigint) RETURNS void LANGUAGE sql AS $$
	INSERT INTO dossier (purpose, doel, persoon, schooljaar, afhandeling, geopend_op)
	SELECT id, 'verificatie', person, '2026-2027', today() + 100, today() FROM purpose WHERE protocol_code = 'agodi' AND code = 'verificatie'$$;
SELECT open_for(901) \g /dev/null
SET ROLE agodi_verif;
SELECT results_eq('SELECT voornaam FROM agodi_verificatie.studiebewijs', ARRAY['unrestricted'::text], 'AGODI sees whom it has a dossier on');
RESET ROLE;
INSERT INTO persoon (id, insz, naam, voornaam) VALUES (902, fixture.insz(51), 'x', 'by the new number');
SELECT open_for(902) \g /dev/null
SET ROLE agodi_verif;
SELECT results_eq('SELECT voornaam FROM agodi_verificatie.studiebewijs', ARRAY['unrestricted'::text], 'not who is restricted by the number he had before');
RESET ROLE;
SELECT make('S');
SELECT is((identify(acc('S'), fixture.insz(70), 'eID')).verdict, 'identified', 'another pupil');
SELECT is((replace_insz(fixture.insz(70), fixture.insz(71), 'x')).verdict, 'replaced', 'with another number');
SELECT isnt(restrict_processing(acc('S'), '18(1)(a)'), NULL, 'restricted as a pupil');
SET ROLE agodi_verif;
SELECT results_eq('SELECT voornaam FROM agodi_verificatie.studiebewijs', ARRAY['unrestricted'::text], 'which is read');
RESET ROLE;
INSERT INTO persoon (id, insz, naam, voornaam) VALUES (903, fixture.insz(70), 'x', 'by the old number');
SELECT open_for(903) \g /dev/null
SET ROLE agodi_verif;
SELECT results_eq('SELECT voornaam FROM agodi_verificatie.studiebewijs', ARRAY['unrestricted'::text], 'nor who comes with the old number of a pupil who is restricted');
RESET ROLE;

-- A limit.
SELECT make(n) FROM unnest(ARRAY['M', 'N']) n;
INSERT INTO account (leerling, without_insz) SELECT pupil('M'), true FROM generate_series(1, 999);
SELECT is((merge(acc('N'), acc('M'), 'x')).verdict, 'too_many_accounts', 'a thousand accounts of one pupil are enough');

-- The end.
SELECT is((SELECT detail->0->>'table' FROM erase_identity(acc('A1'), 'x')), 'leerid.inschrijving', 'rows of a pupil are in the way of erasing him, and named');
DELETE FROM inschrijving WHERE leerling = pupil('A1');
DELETE FROM login_record WHERE leerling = pupil('A1');
SELECT is((erase_identity(acc('A1'), 'x')).verdict, 'erased', 'without them he is erased');
SELECT is((SELECT state FROM resolve(acc('B'))), 'erased', 'every account of his resolves to that');
SELECT is((merge(acc('A1'), acc('R'), 'x')).verdict, 'erased_account', 'and is nobody''s any more');
SELECT is_empty($$SELECT * FROM check_identity()$$, 'the log and the map agree');

-- Whoever came to a pupil without accounts answers for him when the first goes.
INSERT INTO leerling (id, insz, leer_id_uuid, naam, voornaam) VALUES (900, fixture.insz(60), gen_random_uuid(), 'X', 'Y');
SELECT make('X1'), make('X2');
SELECT is((identify(acc('X1'), fixture.insz(60), 'x', op(60))).account_uuid, acc('X1'), 'the first account of a pupil without any answers');
SELECT is((identify(acc('X2'), fixture.insz(60), 'x', op(61))).account_uuid, acc('X1'), 'the second does not');
SELECT is((unmerge(op(60), 'x')).verdict, 'unmerged', 'when the first goes back');
SELECT is(flags('X2'), 'principal without', 'the second answers');
SELECT is((unmerge(op(61), 'x')).verdict, 'unmerged', 'until it goes back, too');
SELECT is(flags('X2'), 'principal without', 'to its own record');

-- What is left of whom is erased.
SELECT make('E1'), make('E2');
SELECT is((merge(acc('E1'), acc('E2'), 'E1 and E2 are one', op(70))).verdict, 'merged', 'two');
SELECT is((unmerge(op(70), 'E1 is not E2')).verdict, 'unmerged', 'who are not one');
SELECT is((identify(acc('E1'), fixture.insz(61), 'E1')).verdict, 'identified', 'one of them is known by a number');
SELECT is((identify(acc('E1'), fixture.insz(62), 'E1, too')).verdict, 'conflict_insz', 'and not by another');
SELECT is((replace_insz(fixture.insz(61), fixture.insz(62), 'E1')).verdict, 'replaced', 'until it is replaced');
SELECT is((identify(acc('E2'), fixture.insz(63), 'E2')).verdict, 'identified', 'the other one');
SELECT is((forbid_merge(acc('E1'), acc('R'), 'E1 is not R')).verdict, 'merge_forbidden', 'pairs are kept');
SELECT is((merge(acc('E1'), acc('R'), 'E1 is R', op(71))).verdict, 'conflict_insz', 'requests are refused');
SELECT is((unmerge(op(71), 'E1 is not R')).verdict, 'not_undoable', 'and what was refused is not undone');
SELECT is((erase_identity(acc('E1'), 'x')).verdict, 'erased', 'he is erased');
SELECT is_empty($$SELECT reason FROM identity_operation WHERE (reason LIKE '%E1%' OR (acc('E1') IN (account_uuid, other_account) AND kind <> 'erase'))
	AND (reason, request_sha256, detail) IS DISTINCT FROM (NULL, NULL, NULL)$$, 'and no request speaks of him any more');
SELECT is((SELECT count(*) FROM identity_operation WHERE reason = 'E2'), 1::bigint, 'others are as they were');
SELECT is((replace_insz(fixture.insz(63), fixture.insz(64), 'x')).verdict, 'replaced', 'a number that was replaced');
INSERT INTO leerling (id, insz, leer_id_uuid, naam, voornaam) VALUES (901, fixture.insz(65), gen_random_uuid(), 'X', 'Y');
SELECT is((replace_insz(fixture.insz(64), fixture.insz(65), 'x')).verdict, 'merged', 'and moves with its pupil');
SELECT is((SELECT count(*) FROM moved_row WHERE fixture.insz(63)::text = ANY (row_key)), 1::bigint, 'is the key of a row that moved');
SELECT is((erase_identity(acc('E2'), 'x')).verdict, 'erased', 'when he is erased, too');
SELECT is((SELECT count(*) FROM moved_row WHERE fixture.insz(63)::text = ANY (row_key)), 0::bigint, 'it is forgotten');
SELECT is_empty($$SELECT * FROM check_identity()$$, 'the log and the map agree still');

SELECT * FROM finish();
ROLLBACK;
