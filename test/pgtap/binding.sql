-- Bringing protocols into force and binding roles: who may, when, and what is
-- refused; a refusal changes nothing.
BEGIN;
SELECT plan(52);
\i test/fixture/functions.psql
\i test/fixture/protocols.psql

-- How a statement of a role ends: its SQLSTATE, or NULL.
CREATE FUNCTION state_for(role name, statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	f failure;
BEGIN
	PERFORM set_config('role', role, true);
	f := failure_of(statement);
	PERFORM set_config('role', 'none', true);
	RETURN f.sqlstate;
END
$$;
CREATE ROLE test_login LOGIN;
CREATE ROLE test_second LOGIN;
CREATE ROLE test_mighty LOGIN BYPASSRLS;

-- Who may.
SELECT is(state_for('test_login', statement), '42501', 'a stranger is refused: ' || statement)
FROM unnest(ARRAY[$$SELECT leerid.activate_protocol('lars', '2024-02-22')$$, 'SELECT leerid.rebuild()', 'SELECT leerid.unbuild()',
	$$SELECT leerid.bind('test_login', 'lars', 'glce', 'x', '2024-01-01')$$, $$SELECT leerid.unbind('vendor_lars', 'lars', 'glce')$$,
	'SELECT * FROM leerid.last_disclosure()']) statement;
SELECT is(state_for('leerid_idp', $$SELECT leerid.bind('test_login', 'lars', 'glce', 'x', '2024-01-01')$$), '42501', 'so is another role of leerid');

-- Activation.
SELECT is((failure_of($$SELECT activate_protocol('lars', '1999')$$)).sqlstate, 'LR011', 'an unknown version');
SELECT is((failure_of($$SELECT activate_protocol('nobody', '1')$$)).sqlstate, 'LR011', 'an unknown protocol');
SELECT lives_ok($$SELECT activate_protocol('lars', '2024-02-22')$$, 'what is in force may be activated again: nothing happens');
SELECT import_protocol(jsonb_set(jsonb_set(document, '{version}', '"2099-01-01"'), '{entry_into_force,date}', '"2099-01-01"')
	#- '{}') IS NOT NULL FROM (SELECT jsonb_set(document, '{signatures}', (SELECT jsonb_agg(jsonb_set(s, '{date}', '"2099-01-01"')) FROM jsonb_array_elements(document->'signatures') s)) AS document
	FROM protocol WHERE code = 'lars') d \g /dev/null
SELECT is((failure_of($$SELECT activate_protocol('lars', '2099-01-01')$$)).sqlstate, 'LR014', 'a version that may not enter into force yet');
SELECT ok(activated_at IS NULL, 'is not in force') FROM protocol WHERE version = '2099-01-01';

-- Names.
SELECT import_protocol(jsonb_set(jsonb_set(p.document::jsonb, '{code}', to_jsonb(v.code)), '{purposes,0,code}', to_jsonb(v.purpose)))
FROM protocol p, (VALUES (repeat('a', 30), repeat('b', 30)), ('taken', 'schema')) v (code, purpose) WHERE p.code = 'fictief' \g /dev/null
SELECT lives_ok($$SELECT activate_protocol(code, version) FROM protocol WHERE code = repeat('a', 30)$$, 'the longest codes');
SELECT is(count(DISTINCT r), 2::bigint, 'have two roles') FROM built b JOIN purpose p ON p.id = b.purpose AND p.protocol_code = repeat('a', 30),
	unnest(ARRAY[b.view_role, b.direct_role]) r JOIN pg_roles ON rolname = r;
CREATE SCHEMA taken_schema;
SELECT is((failure_of($$SELECT activate_protocol(code, version) FROM protocol WHERE code = 'taken'$$)).sqlstate, '42P06', 'a schema of that name which somebody else made is not touched');

-- Binding.
CREATE FUNCTION bind_fails(login_role text, protocol text, purpose text, service text, since text, rest text DEFAULT '') RETURNS text LANGUAGE sql AS $$
	SELECT (failure_of(format('SELECT bind(%L, %L, %L, %L, %L%s)', login_role, protocol, purpose, service, since, rest))).sqlstate
$$;
SELECT is(bind_fails('test_login', 'agodi', 'verificatie', service('agodi', 'verificatie'), '2024-01-01'), 'LR016', 'AGODI demands multi-factor authentication');
SELECT is(bind_fails('test_login', 'lars', 'glce', service('lars', 'glce'), NULL), 'LR016', 'no day of confidentiality');
SELECT is(bind_fails('test_login', 'lars', 'glce', service('lars', 'glce'), (today() + 1)::text), 'LR016', 'confidentiality from tomorrow');
SELECT is(bind_fails('test_login', 'lars', 'glce', 'the neighbours', '2024-01-01'), 'LR016', 'a service that article 4 does not name');
SELECT is(bind_fails('test_login', 'lars', 'klas', service('lars', 'glce'), '2024-01-01'), 'LR018', 'a purpose that the protocol has not');
SELECT is(bind_fails('test_nobody', 'lars', 'glce', service('lars', 'glce'), '2024-01-01'), '42704', 'a role that is not there');
SELECT is(bind_fails('test_mighty', 'lars', 'glce', service('lars', 'glce'), '2024-01-01'), 'LR016', 'a role above row-level security');
CREATE ROLE test_dov LOGIN IN ROLE leerid_admin;
SELECT is(bind_fails('test_dov', 'agodi', 'verificatie', service('agodi', 'verificatie'), '2024-01-01', ', mfa => true'), 'LR016', 'DOV''s data manager, to AGODI''s certificates');
SELECT is(bind_fails('vendor_lars', 'lars', 'glce', service('lars', 'glce'), '2024-01-01'), 'LR016', 'a role that is bound already');
SELECT is(bind_fails('vendor_lars', 'fictief', 'klasapp', service('fictief', 'klasapp'), '2024-01-01', ', direct => true'), 'LR017', 'a second purpose on a direct role');
SELECT is(bind_fails('vendor_lars', 'fictief', 'klasapp', service('fictief', 'klasapp'), NULL, ', direct => NULL'), '22004', 'a null');
SELECT is(ARRAY(SELECT login_role::text FROM binding WHERE ended_at IS NULL ORDER BY 1),
	ARRAY['agodi_thuis', 'agodi_verif', 'dov_beheer', 'vendor_klas', 'vendor_lars'], 'nothing of it stands');

-- A view of a purpose that one is not bound to; bound, unbound.
SELECT is(state_for('test_login', 'SELECT * FROM lars_glce.login_record'), '42501', 'who is not bound has no privilege on the view');
SELECT bind('test_login', 'lars', 'glce', service('lars', 'glce'), '2024-01-01') \g /dev/null
SELECT is(state_for('test_login', 'SELECT * FROM lars_glce.login_record'), NULL, 'who is bound reads it');
SELECT is(state_for('test_login', 'SELECT naam FROM leerid.login_record'), '42501', 'but not the table');
GRANT test_login TO test_second;
SELECT is(state_for('test_second', 'SELECT * FROM lars_glce.login_record'), 'LR003', 'a member of a bound role is not bound');
SELECT is(state_for('leerid_test_lars_glce', 'SELECT * FROM lars_glce.login_record'), 'LR003', 'nor is the purpose''s own role');
SELECT is((failure_of('SELECT * FROM lars_glce.login_record')).sqlstate, 'LR003', 'nor a superuser');
SELECT unbind('test_login', 'lars', 'glce') \g /dev/null
SELECT is(state_for('test_login', 'SELECT * FROM lars_glce.login_record'), '42501', 'after unbind() the privilege is gone');
GRANT leerid_test_lars_glce TO test_login;
SELECT is(state_for('test_login', 'SELECT * FROM lars_glce.login_record'), 'LR003', 'and who gets it from elsewhere is not bound');
SELECT is((failure_of($$SELECT unbind('test_login', 'lars', 'glce')$$)).sqlstate, 'LR003', 'a binding ends once');

-- An application's role names the officer.
SELECT bind('test_second', 'agodi', 'verificatie', service('agodi', 'verificatie'), '2024-01-01', mfa => true, names_officer => true) \g /dev/null
SELECT is(state_for('test_second', 'SELECT * FROM agodi_verificatie.studiebewijs'), 'LR006', 'an application that names no officer is refused');
SET LOCAL leerid.officer = 'officer 12';
SELECT is(state_for('test_second', 'SELECT * FROM agodi_verificatie.studiebewijs'), NULL, 'one that does reads');

-- A name is no binding: a role that was dropped and made again under it.
CREATE ROLE test_again LOGIN;
SELECT bind('test_again', 'lars', 'glce', service('lars', 'glce'), '2024-01-01') \g /dev/null
SELECT is(state_for('test_again', 'SELECT * FROM lars_glce.login_record'), NULL, 'bound');
DROP ROLE test_again;
CREATE ROLE test_again LOGIN;
SET client_min_messages = error;
SELECT rebuild() \g /dev/null
SELECT is(state_for('test_again', 'SELECT * FROM lars_glce.login_record'), '42501', 'dropped and made again: rebuild() gives it nothing');
GRANT leerid_test_lars_glce TO test_again;
SELECT is(state_for('test_again', 'SELECT * FROM lars_glce.login_record'), 'LR003', 'nor is it bound with a membership');
SELECT unbind('test_again', 'lars', 'glce');
SELECT bind('test_again', 'lars', 'glce', service('lars', 'glce'), '2024-01-01') \g /dev/null
SELECT is(state_for('test_again', 'SELECT * FROM lars_glce.login_record'), NULL, 'until it is bound itself');
-- After a restore in another cluster the name decides, once: rebuild() writes the role down.
UPDATE binding SET cluster = 1, role = 1 WHERE login_role = 'test_again' AND ended_at IS NULL;
SELECT is(state_for('test_again', 'SELECT * FROM lars_glce.login_record'), NULL, 'what another cluster wrote counts by name');
SELECT rebuild() \g /dev/null
SELECT ok(role = 'test_again'::regrole AND cluster <> 1, 'rebuild() writes down whose it is here') FROM binding WHERE login_role = 'test_again' AND ended_at IS NULL;

-- A restore of data alone, with its triggers off meanwhile, leaves them out of replicas.
ALTER TABLE agreement ENABLE TRIGGER ALL;
ALTER TABLE persoon ENABLE TRIGGER ALL;
SELECT rebuild() \g /dev/null
SELECT is_empty($$SELECT tgrelid::regclass, tgname FROM pg_trigger
	WHERE tgfoid IN ('rule_changed'::regproc, 'insz_changed'::regproc) AND tgenabled <> 'A'$$, 'rebuild() has them fire in replicas again');

-- A second version takes the place of the first; the class protocol's stand side by side.
SELECT import_protocol(jsonb_set(document, '{version}', '"2"')) FROM protocol WHERE code IN ('agodi', 'klasinformatie') \g /dev/null
SELECT activate_protocol(code, '2') FROM (VALUES ('agodi'), ('klasinformatie')) v (code) \g /dev/null
SELECT results_eq($$SELECT code || ' ' || version || ' ' || coalesce(ended_how, 'in force') FROM protocol WHERE code IN ('agodi', 'klasinformatie') ORDER BY id$$,
	ARRAY['agodi 2021-03-18 superseded', 'klasinformatie 2023-11-15 in force', 'agodi 2 in force', 'klasinformatie 2 in force'], 'versions');
SELECT is(state_for('agodi_thuis', 'SELECT * FROM agodi_huisonderwijs.studiebewijs'), NULL, 'the bound roles read on under the new version');
SELECT import_protocol(jsonb_set(jsonb_set(document, '{version}', '"3"'), '{purposes,0,recipients,0,service}', '"another service"'))
FROM protocol WHERE code = 'agodi' AND version = '2' \g /dev/null
SELECT activate_protocol('agodi', '3') \g /dev/null
SELECT is(state_for('agodi_thuis', 'SELECT * FROM agodi_huisonderwijs.studiebewijs'), 'LR003', 'not under one that does not name their service');
SELECT is(state_for('agodi_thuis', $$SELECT leerid.close_dossier(1)$$), 'LR003', 'nor do they keep dossiers then');
SELECT is(state_for('agodi_verif', 'SELECT * FROM agodi_verificatie.studiebewijs'), NULL, 'who serves as it says reads on');
SELECT import_protocol(jsonb_set(jsonb_set(document, '{version}', '"2"'), '{security,mfa}', 'true')) FROM protocol WHERE code = 'lars' AND version = '2024-02-22' \g /dev/null
SELECT activate_protocol('lars', '2') \g /dev/null
SELECT is(state_for('test_again', 'SELECT * FROM lars_glce.login_record'), 'LR003', 'nor without multi-factor authentication under one that demands it');
SELECT is((failure_of($$SELECT activate_protocol('agodi', '2021-03-18')$$)).sqlstate, 'LR012', 'a superseded version does not come back');

SELECT * FROM finish();
ROLLBACK;
