-- end_protocol(): each document's own ways of ending, and no other.
BEGIN;
SELECT plan(67);

\set lars `cat protocols/lars.json`
\set agodi `cat protocols/agodi.json`
\set klasinformatie `cat protocols/klasinformatie.json`
SELECT is((failure_of($$SELECT end_protocol('lars', 'DOV', 'breach', NULL, 'r')$$)).sqlstate, 'LR011', 'a protocol that is not there');
SELECT import_protocol(:'lars');
SELECT import_protocol(:'agodi');
SELECT import_protocol(:'klasinformatie');
SELECT import_protocol(:'klasinformatie'::jsonb || '{"version": "next"}');
SELECT is((failure_of($$SELECT end_protocol('lars', 'DOV', 'breach', NULL, 'r')$$)).sqlstate, 'LR012', 'one that was never activated');
UPDATE protocol SET activated_at = clock_timestamp() - interval '1 day';

-- Today as leerid has it, and how a call ended.
CREATE FUNCTION pg_temp.today() RETURNS date LANGUAGE sql AS $$SELECT (clock_timestamp() AT TIME ZONE 'Europe/Brussels')::date$$;
CREATE FUNCTION pg_temp.belgian(moment timestamptz) RETURNS text LANGUAGE sql AS $$SELECT to_char(moment AT TIME ZONE 'Europe/Brussels', 'YYYY-MM-DD HH24:MI')$$;
CREATE FUNCTION pg_temp.ended(code text, by_party text, how text, "on" date DEFAULT NULL, school text DEFAULT NULL) RETURNS text LANGUAGE sql AS $$
	SELECT f.sqlstate FROM failure_of(format('SELECT leerid.end_protocol(%L, %L, %L, %L, %L, %L)', code, by_party, how, "on", 'ref. 1', school)) f
$$;

-- Who, and how: what the three documents do not say is refused.
SELECT is(pg_temp.ended(c, p, h), 'LR015', concat_ws(' ', c, p, h))
FROM (VALUES ('lars', 'LARS', 'breach'), ('lars', 'School', 'breach'), ('lars', NULL, 'breach'), ('lars', '', 'breach'), ('lars', 'DOV', 'notice'),
	('lars', 'LARS', 'notice'), ('lars', 'AGODI', 'service_ended'), ('lars', 'DOV', 'whim'), ('lars', 'DOV', 'superseded'), ('lars', 'DOV', 'afterwards'),
	('agodi', 'AGODI', 'breach'), ('agodi', NULL, 'breach'), ('agodi', 'DOV', 'notice'), ('agodi', NULL, 'notice'),
	('agodi', 'AHOVOKS', 'legal_ground_lapsed'), ('agodi', 'AHOVOKS', 'service_ended'),
	('klasinformatie', 'DOV', 'breach'), ('klasinformatie', 'School', 'breach'), ('klasinformatie', 'School', 'notice'), ('klasinformatie', 'DOV', 'notice'),
	('klasinformatie', 'DOV', 'service_ended')) t (c, p, h);
SELECT is(pg_temp.ended('lars', 'DOV', 'breach', NULL, '000001'), 'LR015', 'a school cannot end the protocol of another');
SELECT is(pg_temp.ended('klasinformatie', 'DOV', 'legal_ground_lapsed', NULL, '000001'), 'LR015', 'the law does not lapse for one school');
SELECT is((failure_of(format('SELECT end_protocol(%s)', a))).sqlstate, '22004', a)
FROM unnest(ARRAY[$$NULL, 'DOV', 'breach', NULL, 'r'$$, $$'lars', 'DOV', NULL, NULL, 'r'$$, $$'lars', 'DOV', 'breach', NULL, NULL$$, $$'lars', 'DOV', 'breach', NULL, ''$$]) a;
SELECT is(pg_temp.ended('lars', 'DOV', 'breach', pg_temp.today() + d), 'LR015', 'a breach ends it today') FROM unnest('{-1,1}'::int[]) d;
SELECT is(pg_temp.ended('agodi', 'AGODI', 'notice', pg_temp.today() + 1), 'LR015', 'a letter that is still to be written');
SELECT is(pg_temp.ended('agodi', 'AGODI', 'notice', d), 'LR015', 'a letter of ' || d) FROM unnest('{infinity,-infinity,0044-03-15 BC,1899-12-31}'::date[]) d;
SELECT is_empty('SELECT code FROM protocol WHERE ended_at IS NOT NULL', 'and all are still in force');

-- Breach: at once.
SAVEPOINT before;
SELECT is(pg_temp.ended('lars', 'DOV', 'breach', pg_temp.today()), NULL, 'DOV ends LARS''s for a breach');
SELECT results_eq($$SELECT ended_at BETWEEN now() AND clock_timestamp(), ended_how, ended_reason, (SELECT p.code FROM party p WHERE p.id = ended_by) FROM protocol WHERE code = 'lars'$$,
	$$VALUES (true, 'breach', 'ref. 1', 'DOV')$$, 'now, with who and why');
SELECT is(pg_temp.ended('lars', 'DOV', 'breach'), 'LR012', 'once');
SELECT is(pg_temp.ended('lars', NULL, 'service_ended'), 'LR012', 'and in no other way');
SELECT is(pg_temp.ended('agodi', 'AHOVOKS', 'breach'), NULL, 'AHOVOKS ends AGODI''s');
ROLLBACK TO before;

-- Notice: three months from the letter, its last day included.
SELECT is(pg_temp.ended('agodi', 'AGODI', 'notice', pg_temp.today()), NULL, 'AGODI gives notice');
SELECT is(pg_temp.belgian(ended_at), to_char(pg_temp.today() + interval '3 months' + interval '1 day', 'YYYY-MM-DD 00:00'), 'and three months later, the day after, it is over')
	FROM protocol WHERE code = 'agodi';
SELECT is(pg_temp.ended('agodi', 'AHOVOKS', 'notice', pg_temp.today()), 'LR015', 'a second notice that changes nothing is refused');
SELECT is(pg_temp.ended('agodi', 'AHOVOKS', 'notice', pg_temp.today() - 10), NULL, 'an earlier letter takes its place');
SELECT is(pg_temp.belgian(ended_at), to_char(pg_temp.today() - 10 + interval '3 months' + interval '1 day', 'YYYY-MM-DD 00:00'), 'with its own day') FROM protocol WHERE code = 'agodi';
SELECT is(pg_temp.ended('agodi', 'AHOVOKS', 'breach'), NULL, 'and a breach that of both');
ROLLBACK TO before;
SELECT is(pg_temp.ended('agodi', 'AGODI', 'notice', pg_temp.today() - 400), NULL, 'a letter whose term is over');
SELECT is(ended_at BETWEEN now() AND clock_timestamp(), true, 'ends it now, never in the past') FROM protocol WHERE code = 'agodi';
ROLLBACK TO before;

-- By law.
SELECT is(pg_temp.ended('lars', NULL, 'legal_ground_lapsed'), NULL, 'no legal ground is left');
SELECT is((ended_at <= clock_timestamp(), ended_by IS NULL), (true, true), 'it ends at once, by nobody') FROM protocol WHERE code = 'lars';
ROLLBACK TO before;
SELECT is(pg_temp.ended('lars', 'LARS', 'service_ended', pg_temp.today() + 30), NULL, 'the provider stops in a month');
SELECT is(pg_temp.belgian(ended_at), to_char(pg_temp.today() + 31, 'YYYY-MM-DD 00:00'), 'its last day is included') FROM protocol WHERE code = 'lars';
SELECT is(pg_temp.ended('klasinformatie', NULL, 'legal_ground_lapsed'), NULL, 'the class protocol lapses');
SELECT is(count(*) FILTER (WHERE ended_at IS NULL), 0::bigint, 'in all its versions') FROM protocol WHERE code = 'klasinformatie';
ROLLBACK TO before;

-- The class protocol: a school for itself alone.
INSERT INTO instelling VALUES (1, 'A', 'erkend'), (2, 'B', 'erkend');
INSERT INTO consent (instellingsnummer, protocol, text_sha256, given_at, given_by)
	SELECT i, (SELECT id FROM protocol WHERE code = 'klasinformatie' AND version = '2023-11-15'), '', now(), test_insz(i) FROM generate_series(1, 2) i;
SELECT is(pg_temp.ended('klasinformatie', 'School', 'breach', NULL, '000003'), 'LR020', 'a school that is not there');
SELECT is(pg_temp.ended('klasinformatie', 'DOV', 'breach', NULL, '000001'), 'LR015', 'DOV does not end it for a school');
SELECT is(pg_temp.ended('klasinformatie', 'School', 'breach', pg_temp.today() + 1, '000001'), 'LR015', 'nor a school tomorrow');
SELECT is(pg_temp.ended('klasinformatie', 'School', 'breach', pg_temp.today(), '000001'), NULL, 'a school ends it for itself');
SELECT results_eq($$SELECT instellingsnummer::text, stopped_at BETWEEN now() AND clock_timestamp(), stopped_on_request, stopped_by IS NULL FROM consent ORDER BY 1$$,
	$$VALUES ('000001', true, 'ref. 1', true), ('000002', NULL, NULL, true)$$, 'its akkoord stops, that of the other stands');
SELECT is(pg_temp.ended('klasinformatie', 'School', 'breach', NULL, '000001'), 'LR025', 'once');
SELECT is_empty($$SELECT FROM protocol WHERE code = 'klasinformatie' AND ended_at IS NOT NULL$$, 'the protocol goes on');

-- Who may.
SELECT is(has_function_privilege(r, 'leerid.end_protocol(text, text, text, date, text, leerid.instellingsnummer)', 'EXECUTE'), r = 'leerid_admin', r || ' and end_protocol()')
FROM unnest('{public,leerid_admin,leerid_schoolloket}'::text[]) r;
SET LOCAL ROLE leerid_admin;
SELECT lives_ok($$SELECT end_protocol('lars', 'DOV', 'breach', NULL, 'ref. 2')$$, 'leerid_admin ends a protocol, with no right to write the table');
RESET ROLE;

SELECT * FROM finish();
ROLLBACK;
