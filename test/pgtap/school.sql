-- The Schoolloket: sharing class information, showing applications, listing
-- pupils; who may, when, and what a stop stops.
BEGIN;
\ir school_fixture.psql
SELECT plan(226);

CREATE TEMP TABLE call (statement text, rights text);
INSERT INTO call VALUES
	('SELECT share_class_information(%s, %s, ''v1'', sha256(''x''))', 'databeheerder'),
	('SELECT stop_class_information(%s, %s)', 'databeheerder'),
	('SELECT sharing_state(%s, %s)', 'either'),
	('SELECT approved_protocol(%s, %s)', 'either'),
	('SELECT show_application(%s, %s, ''app'', account(1))', 'leerid_beheerder'),
	('SELECT hide_application(%s, %s, ''app'', account(1))', 'leerid_beheerder'),
	('SELECT * FROM pupils_of(%s, %s)', 'leerid_beheerder'),
	('SELECT * FROM accounts_changed_since(%s, %s, ''2000-01-01'')', 'leerid_beheerder');
CREATE FUNCTION public.call_as(statement text, actor integer, school integer) RETURNS text LANGUAGE sql AS $$
	SELECT format(statement, quote_literal(public.test_insz(actor)), 'school(' || school || ')')
$$;

-- Who may.
SELECT refused(call_as(statement, 1, 99), 'LR020', 'unknown school: ' || statement) FROM call;
SELECT refused(call_as(statement, n, 11), 'LR021', 'no right (' || n || '): ' || statement) FROM call, unnest(ARRAY[3, 5, 6, 7]) n;
SELECT refused(call_as(statement, 2, 11), 'LR021', 'a leerid_beheerder does not: ' || statement) FROM call WHERE rights = 'databeheerder';
SELECT refused(call_as(statement, 1, 11), 'LR021', 'a databeheerder does not: ' || statement) FROM call WHERE rights = 'leerid_beheerder';
SELECT is_empty($$
	SELECT statement FROM call, LATERAL (SELECT count(DISTINCT failure_of(call_as(statement, n, 11))) FROM unnest(ARRAY[3, 5, 6, 7]) n) s (answers) WHERE answers <> 1
$$, 'a right that ended, is of another school, never was or is to come: one answer');
SELECT refused(replace(call_as(statement, 1, 11), quote_literal(test_insz(1)), 'NULL'), '22004', 'null actor: ' || statement) FROM call;
SELECT refused(replace(call_as(statement, 1, 11), 'school(11)', 'NULL'), '22004', 'null school: ' || statement) FROM call;
SELECT refused('SELECT stop_class_information_on_request(school(99), ''letter'')', 'LR020', 'on request: unknown school');
SELECT refused('SELECT stop_class_information_on_request(school(11), ''letter'')', 'LR025', 'on request: not sharing');
SELECT refused('SELECT stop_class_information_on_request(school(11), '' '')', '22023', 'on request: no reference');
SELECT refused('SELECT stop_class_information_on_request(school(11), NULL)', '22004', 'on request: null');

-- Starting.
SELECT ok(s.sharing = false AND num_nulls(since, given_by, version, stopped_at) = 4, 'never shared: ' || n) FROM unnest(ARRAY[1, 2, 4]) n, sharing_state(test_insz(n), school(11)) s;
SELECT is(approved_protocol(test_insz(1), school(11)), NULL, 'and nothing approved');
SELECT refused($$SELECT stop_class_information(test_insz(1), school(11))$$, 'LR025', 'stopped without having been given');
SELECT refused(format('SELECT share_class_information(test_insz(1), school(11), %L, sha256(%L))', v, t), s, d) FROM (VALUES
	('v0', 'x', 'LR011', 'unknown version'), ('v9', 'x', 'LR011', 'version of another protocol'), ('draft', 'x', 'LR012', 'version not activated'),
	('ended', 'x', 'LR012', 'version that ended'), ('v1', 'y', '22023', 'another text')) c (v, t, s, d);
SELECT refused(format('SELECT share_class_information(test_insz(1), school(%s), ''v1'', sha256(''x''))', n), s, d) FROM (VALUES
	(33, 'LR022', 'a school that is not recognised'), (44, 'LR022', 'a school of another level'), (55, 'LR023', 'no software'),
	(66, 'LR023', 'software not supported'), (77, 'LR023', 'software until yesterday'), (88, 'LR023', 'software from tomorrow')) c (n, s, d);
SELECT refused($$SELECT share_class_information(test_insz(1), school(11), NULL, sha256('x'))$$, '22004', 'no version');
SELECT refused($$SELECT share_class_information(test_insz(1), school(11), 'v1', NULL)$$, '22004', 'no text');

SELECT lives_ok($$SELECT share_class_information(test_insz(4), school(11), 'v1', sha256('x'))$$, 'a right that ends today still works');
SELECT refused($$SELECT share_class_information(test_insz(1), school(11), 'v1', sha256('x'))$$, 'LR024', 'the same again');
SELECT ok(s.sharing AND since <= clock_timestamp() AND since > now() AND given_by = test_insz(4) AND version = 'v1' AND stopped_at IS NULL, 'shares now')
	FROM sharing_state(test_insz(2), school(11)) s;
SELECT is(approved_protocol(test_insz(2), school(11)), '{"version": "v1"}', 'the approved text');
SELECT lives_ok($$SELECT share_class_information(test_insz(1), school(11), 'v2', sha256('x'))$$, 'another version takes its place');
SELECT results_eq($$SELECT version, given_by, stopped_by, stopped_at IS NULL, text_sha256 = sha256('x') FROM consent c JOIN protocol p ON p.id = c.protocol ORDER BY c.id$$,
	$$VALUES ('v1', test_insz(4), test_insz(1), false, true), ('v2', test_insz(1), NULL, true, true)$$, 'the one before was stopped by who gave the new one');
SELECT is((SELECT stopped_at FROM consent ORDER BY id LIMIT 1), (SELECT given_at FROM consent ORDER BY id DESC LIMIT 1), 'at that moment');
SELECT is(approved_protocol(test_insz(1), school(11)), '{"version": "v2"}', 'the new text is the approved one');
SELECT lives_ok($$SELECT share_class_information(test_insz(5), school(22), 'v1', sha256('x'))$$, 'another school accepts another version');
SELECT is((sharing_state(test_insz(2), school(11))).version || (sharing_state(test_insz(2), school(22))).version, 'v2v1', 'versions stand side by side');

-- Dates are Belgium's, whatever the session says: one of these is another day.
SET LOCAL TimeZone = 'Pacific/Kiritimati';
SELECT lives_ok($$SELECT sharing_state(test_insz(4), school(11))$$, 'today is today far to the east');
SELECT refused($$SELECT sharing_state(test_insz(3), school(11))$$, 'LR021', 'and yesterday yesterday');
SELECT refused($$SELECT sharing_state(test_insz(7), school(11))$$, 'LR021', 'and tomorrow tomorrow');
SET LOCAL TimeZone = 'Etc/GMT+12';
SELECT lives_ok($$SELECT sharing_state(test_insz(4), school(11))$$, 'today is today far to the west');
SELECT refused($$SELECT sharing_state(test_insz(3), school(11))$$, 'LR021', 'and yesterday yesterday');
SELECT refused($$SELECT sharing_state(test_insz(7), school(11))$$, 'LR021', 'and tomorrow tomorrow');
RESET TimeZone;

-- Pupils.
CREATE FUNCTION public.seen(school integer, k text DEFAULT NULL, s text DEFAULT NULL, p text DEFAULT NULL) RETURNS text LANGUAGE sql AS $$
	SELECT coalesce(string_agg(voornaam, ' '), '') FROM leerid.pupils_of(public.test_insz(2), public.school(school), k, s, p)
$$;
SELECT results_eq('SELECT * FROM pupils_of(test_insz(2), school(11))', $$VALUES
	(account(1), leer_id(1), 'Aerts', 'An', '1A', '{latijn,zwemmen}'::text[]), (account(2), leer_id(2), 'Baert', 'Bo', '1A', '{}'), (account(4), NULL, 'Dewit', 'Do', NULL, '{}'),
	(account(8), leer_id(8), 'a%b_c\d', 'Éric', NULL, '{}'), (account(3), leer_id(3), 'claes', 'Cis', '1B', '{latijn}')$$,
	'who is actively enrolled and under no restriction, with classes, sorted');
SELECT is(seen(22), 'An Gil', 'another school has its own');
SELECT is(seen(11, k, s), e, format('in class %s, subclass %s', k, s)) FROM (VALUES ('1A', NULL, 'An Bo'), ('1B', NULL, 'Cis'), (NULL, 'latijn', 'An Cis'), ('1A', 'latijn', 'An'),
	('latijn', NULL, ''), (NULL, '1A', ''), ('2C', NULL, ''), ('1a', NULL, '')) c (k, s, e);
SELECT is(seen(11, NULL, NULL, p), e, 'search for ' || p) FROM (VALUES ('aer', 'An'), ('A', 'An Éric'), ('CLA', 'Cis'), ('erts', ''), ('do', 'Do'), ('éR', 'Éric'), ('%', ''), ('_', ''), ('\', ''), ('a%', 'Éric'),
	('a%b_', 'Éric'), ('a%b_c\D', 'Éric'), ('a_', ''), ('', 'An Bo Do Éric Cis'), ('Els', ''), ('Flo', '')) c (p, e);
SELECT is(seen(11, '1A', NULL, 'b'), 'Bo', 'search within a class');

-- Accounts.
SELECT results_eq($$SELECT * FROM accounts_changed_since(test_insz(2), school(11), '2026-01-15')$$, $$VALUES (NULL, account(101), 'Aerts', 'An', '2026-02-01 12:00Z'::timestamptz)$$, 'changed since: live ones only');
SELECT is((SELECT string_agg(voornaam, ' ') FROM accounts_changed_since(test_insz(2), school(11), '2026-01-01 12:00Z')), 'An An Bo Do Éric Cis', 'changed at that moment too');
SELECT is((SELECT string_agg(coalesce(klas, '-') || voornaam, ' ') FROM accounts_changed_since(test_insz(2), school(11), '2026-01-01', true)), '1AAn 1AAn 1ABo 1BCis -Do -Éric', 'by class');
SELECT is_empty($$SELECT * FROM accounts_changed_since(test_insz(2), school(11), '2026-03-01', true)$$, 'nothing since');
SELECT refused($$SELECT accounts_changed_since(test_insz(2), school(11), NULL)$$, '22004', 'since null');
SELECT refused($$SELECT accounts_changed_since(test_insz(2), school(11), '2026-01-01', NULL)$$, '22004', 'per_class null');

-- Showing and hiding.
CREATE FUNCTION public.shown() RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(format('%s:%s', leerling, instellingsnummer::integer), ' ' ORDER BY leerling, instellingsnummer) FROM leerid.visibility
$$;
SELECT refused(format('SELECT %s_application(test_insz(2), school(11), %s)', f, a), s, f || ': ' || d) FROM (VALUES
	($$'app0', account(1)$$, 'LR030', 'unknown application'), ($$'app'$$, '22023', 'nobody'), ($$'app', account(1), '1A'$$, '22023', 'a pupil and a class'),
	($$'app', account(1), NULL, 'latijn'$$, '22023', 'a pupil and a subclass'), ($$NULL, account(1)$$, '22004', 'no application'),
	($$'app', account(7)$$, 'LR027', 'a pupil of another school'), ($$'app', account(5)$$, 'LR027', 'a pupil who left'), ($$'app', account(6)$$, 'LR027', 'a pupil under restriction'),
	($$'app', account(99)$$, 'LR027', 'an unknown account')) c (a, s, d), unnest(ARRAY['show', 'hide']) f;
SELECT ok(count(DISTINCT failure_of(format('SELECT show_application(test_insz(2), school(11), ''app'', account(%s))', n))) = 1, 'one answer for all whom the school may not know of')
	FROM unnest(ARRAY[5, 6, 7, 99]) n;
SELECT is(show_application(test_insz(2), school(11), 'app', account(1)), 1::bigint, 'shown for a pupil');
SELECT is(shown(), '9001:11', 'at this school, not at the other where the pupil is enrolled');
SELECT ok(shown_by = test_insz(2) AND shown_at > now(), 'by whom and when') FROM visibility;
SELECT is(show_application(test_insz(4), school(11), 'app', account(201)), 0::bigint, 'again, by an old account: nothing');
SELECT ok(shown_by = test_insz(2), 'and nothing changed') FROM visibility;
SELECT is(show_application(test_insz(2), school(22), 'app', account(1)), 1::bigint, 'shown by the other school too');
SELECT is(hide_application(test_insz(2), school(11), 'app', account(1)), 1::bigint, 'hidden by one');
SELECT is(shown(), '9001:22', 'it stays shown by the other');
SELECT is(hide_application(test_insz(2), school(11), 'app', account(1)), 0::bigint, 'hiding what is not shown: nothing');
SELECT is(show_application(test_insz(2), school(11), 'app', klas => '1A'), 2::bigint, 'shown for a class');
SELECT is(shown(), '9001:11 9001:22 9002:11', 'its pupils of today who are enrolled, stored per pupil');
SELECT is(show_application(test_insz(2), school(11), 'app', klas => '1A'), 0::bigint, 'again: nothing');
SELECT is(show_application(test_insz(2), school(11), 'app', subklas => 'latijn'), 1::bigint, 'for a subclass: who did not have it yet');
SELECT is(show_application(test_insz(2), school(11), 'app2', klas => '1B', subklas => 'latijn'), 1::bigint, 'class and subclass together');
SELECT is(show_application(test_insz(2), school(11), 'app', klas => 'no such'), 0::bigint, 'an unknown class has no pupils');
SELECT is(hide_application(test_insz(2), school(11), 'app', subklas => 'latijn'), 2::bigint, 'hidden for a subclass');
SELECT is(hide_application(test_insz(2), school(11), 'app2', klas => '1B'), 1::bigint, 'of this application only');
SELECT is(shown(), '9001:22 9002:11', 'the rest stays');
-- who comes into the class later does not have it
UPDATE klas SET naam = '1A' WHERE leerling = 9003 AND soort = 'klas';
SELECT is(shown(), '9001:22 9002:11', 'a class that changes changes nothing');
UPDATE klas SET naam = '1B' WHERE leerling = 9003 AND soort = 'klas';

-- What stops, and what does not.
CREATE TEMP TABLE before AS SELECT count(*) AS klas FROM klas;
SELECT lives_ok($$SELECT stop_class_information(test_insz(4), school(11))$$, 'stopped');
SELECT ok(NOT s.sharing AND given_by = test_insz(1) AND version = 'v2' AND stopped_at > since AND stopped_at <= clock_timestamp(), 'shares no more') FROM sharing_state(test_insz(1), school(11)) s;
SELECT is((SELECT stopped_by FROM consent WHERE instellingsnummer = school(11) ORDER BY id DESC LIMIT 1), test_insz(4), 'stopped by');
SELECT is(approved_protocol(test_insz(1), school(11)), '{"version": "v2"}', 'the approved text may still be read');
SELECT refused($$SELECT stop_class_information(test_insz(1), school(11))$$, 'LR025', 'stopped twice');
SELECT refused(s, 'LR026', 'after a stop: ' || s) FROM unnest(ARRAY[$$SELECT * FROM pupils_of(test_insz(2), school(11), '1A')$$, $$SELECT * FROM pupils_of(test_insz(2), school(11), subklas => 'latijn')$$,
	$$SELECT show_application(test_insz(2), school(11), 'app', klas => '1A')$$, $$SELECT hide_application(test_insz(2), school(11), 'app', subklas => 'latijn')$$,
	$$SELECT * FROM accounts_changed_since(test_insz(2), school(11), '2026-01-01', true)$$]) s;
SELECT results_eq('SELECT voornaam, klas, subklas FROM pupils_of(test_insz(2), school(11))', $$VALUES ('An', NULL, NULL::text[]), ('Bo', NULL, NULL), ('Do', NULL, NULL), ('Éric', NULL, NULL), ('Cis', NULL, NULL)$$,
	'pupils are listed without a class');
SELECT is(seen(11, p => 'aer'), 'An', 'search by name goes on');
SELECT is((SELECT count(*) FROM accounts_changed_since(test_insz(2), school(11), '2026-01-01') WHERE klas IS NULL), 6::bigint, 'accounts are listed, without a class');
SELECT is(shown(), '9001:22 9002:11', 'what was shown stays shown');
SELECT is(show_application(test_insz(2), school(11), 'app', account(3)), 1::bigint, 'showing per pupil goes on');
SELECT is(hide_application(test_insz(2), school(11), 'app', account(3)), 1::bigint, 'so does hiding');
SELECT is(seen(22, '1A'), 'An', 'the class of the same pupil at another school is untouched');
SELECT ok(klas = (SELECT count(*) FROM klas), 'what was delivered stays') FROM before;
SELECT lives_ok($$SELECT share_class_information(test_insz(1), school(11), 'v2', sha256('x'))$$, 'shared again, under the same version');
SELECT is(seen(11, '1A'), 'An Bo', 'and the classes show again');
SELECT is((SELECT count(*) FROM consent WHERE instellingsnummer = school(11)), 3::bigint, 'the history is kept');

-- The end of a databeheerder's right stops nothing; DOV stops it on request.
DELETE FROM databeheerder;
SELECT is(seen(11, '1A'), 'An Bo', 'without any databeheerder the school shares on');
SELECT refused($$SELECT stop_class_information(test_insz(1), school(11))$$, 'LR021', 'but nobody there can stop it');
SELECT lives_ok($$SELECT stop_class_information_on_request(school(11), 'letter 7')$$, 'DOV can, on request');
SELECT results_eq('SELECT stopped_on_request, stopped_by, stopped_at IS NOT NULL FROM consent WHERE instellingsnummer = school(11) ORDER BY id DESC LIMIT 1', $$VALUES ('letter 7', NULL::insz, true)$$, 'and it is recorded');
SELECT refused($$SELECT stop_class_information_on_request(school(11), 'letter 8')$$, 'LR025', 'once');

-- The end of the version.
INSERT INTO databeheerder VALUES (test_insz(1), school(11), today(), today());
SELECT lives_ok($$SELECT share_class_information(test_insz(1), school(11), 'ends later', sha256('x'))$$, 'a version under notice is still in force');
SELECT ok(s.sharing AND stopped_at IS NULL, 'shares') FROM sharing_state(test_insz(1), school(11)) s;
UPDATE protocol SET ended_at = clock_timestamp() WHERE version = 'ends later';
SELECT ok(NOT s.sharing AND version = 'ends later' AND stopped_at = (SELECT ended_at FROM protocol p WHERE p.version = 'ends later'), 'a consent to a version that ended is not sharing')
	FROM sharing_state(test_insz(1), school(11)) s;
SELECT refused($$SELECT * FROM pupils_of(test_insz(2), school(11), '1A')$$, 'LR026', 'no classes then');
SELECT refused($$SELECT stop_class_information(test_insz(1), school(11))$$, 'LR025', 'and nothing to stop');
SELECT lives_ok($$SELECT share_class_information(test_insz(1), school(11), 'v1', sha256('x'))$$, 'another version may be accepted');
SELECT is((SELECT count(*) FROM consent WHERE instellingsnummer = school(11) AND stopped_at IS NULL), 1::bigint, 'and alone stands');
UPDATE package SET supported = false;
SELECT lives_ok($$SELECT stop_class_information(test_insz(1), school(11))$$, 'stopping asks for no package');

-- Nobody else.
CREATE TEMP TABLE fn AS SELECT p.oid::regprocedure AS f, proname::text,
		CASE proname WHEN 'stop_class_information_on_request' THEN 'leerid_admin' WHEN 'package_identifiers' THEN 'leerid_package' ELSE 'leerid_schoolloket' END AS role
	FROM pg_proc p WHERE pronamespace = 'leerid'::regnamespace AND proname IN ('share_class_information', 'stop_class_information', 'stop_class_information_on_request',
		'sharing_state', 'approved_protocol', 'show_application', 'hide_application', 'pupils_of', 'accounts_changed_since', 'package_identifiers');
SELECT is(count(*), 10::bigint, 'ten functions') FROM fn;
SELECT is_empty($$SELECT f, r FROM fn, unnest(ARRAY['leerid_admin', 'leerid_auditor', 'leerid_idp', 'leerid_intake', 'leerid_package', 'leerid_purger', 'leerid_schoolloket', 'leerid_test_nobody']) r
	WHERE has_function_privilege(r, f, 'EXECUTE') IS DISTINCT FROM (r = role)$$, 'each is for one role');
SELECT is_empty($$SELECT f FROM fn JOIN pg_proc p ON p.oid = f WHERE NOT prosecdef OR proconfig <> '{"search_path=pg_catalog, pg_temp"}'$$, 'with its owner''s rights and a fixed search_path');
SELECT is_empty($$SELECT t FROM unnest(ARRAY['consent', 'databeheerder', 'leerid_beheerder', 'visibility', 'leerling', 'account', 'inschrijving', 'klas', 'restriction', 'protocol']) t,
	unnest(ARRAY['leerid_schoolloket', 'leerid_package']) r WHERE has_any_column_privilege(r, 'leerid.' || t, 'SELECT, INSERT, UPDATE')$$, 'the portal and the packages have no other way');
GRANT USAGE ON SCHEMA public TO leerid_test_nobody, leerid_schoolloket;
CREATE FUNCTION public.as_role(who name, statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	f failure;
BEGIN
	EXECUTE format('SET LOCAL ROLE %I', who);
	f := public.failure_of(statement);
	RESET ROLE;
	RETURN f.sqlstate;
END
$$;
SELECT is(as_role('leerid_test_nobody', call_as(statement, 2, 11)), '42501', 'refused to another role: ' || statement) FROM call;
SELECT is(as_role('leerid_schoolloket', call_as(statement, 2, 11)), CASE rights WHEN 'databeheerder' THEN 'LR021' END, 'open to the portal: ' || statement) FROM call;

SELECT * FROM finish();
ROLLBACK;
