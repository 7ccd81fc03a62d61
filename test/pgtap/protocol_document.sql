-- What is published of a protocol, and how two documents differ.
BEGIN;
SELECT plan(37);

\set lars `cat protocols/lars.json`
\set agodi `cat protocols/agodi.json`
\set klasinformatie `cat protocols/klasinformatie.json`

SELECT is((failure_of($$SELECT protocol_document('lars')$$)).sqlstate, 'LR011', 'a protocol that is not there');
SELECT is((failure_of($$SELECT protocol_text_sha256('lars')$$)).sqlstate, 'LR011', 'nor its digest');
SELECT import_protocol(:'lars');
SELECT import_protocol(:'agodi');
SELECT import_protocol(:'klasinformatie');
SELECT is(protocol_document('lars'), :'lars'::jsonb, 'the document is given as it was imported');
SELECT is(protocol_document('agodi', '2021-03-18'), :'agodi'::jsonb, 'by version too');
SELECT is(protocol_text_sha256('agodi'), sha256(convert_to(protocol_document('agodi')::text, 'UTF8')), 'the digest is that of its text');
SELECT is((failure_of($$SELECT protocol_document('agodi', '2020-03-18')$$)).sqlstate, 'LR011', 'a version that is not there');
SELECT is(protocol_document(NULL), NULL, 'no code, no document');

-- Which version, when none is named.
SELECT import_protocol(:'lars'::jsonb || '{"version": "old", "date": "2020-01-01"}');
SELECT import_protocol(:'lars'::jsonb || '{"version": "next", "date": "2030-01-01"}');
SELECT is(protocol_document('lars') ->> 'version', 'next', 'with none in force the one of the latest date');
UPDATE protocol SET activated_at = now() WHERE code = 'lars' AND version = 'old';
SELECT is(protocol_document('lars') ->> 'version', 'old', 'the one in force, whatever its date');
UPDATE protocol SET ended_at = clock_timestamp() + interval '1 hour', ended_how = 'service_ended' WHERE code = 'lars' AND version = 'old';
SELECT is(protocol_document('lars') ->> 'version', 'old', 'also while its end lies ahead');
UPDATE protocol SET ended_at = clock_timestamp() - interval '1 hour' WHERE code = 'lars' AND version = 'old';
SELECT is(protocol_document('lars') ->> 'version', 'next', 'no longer once it has ended');

-- For everybody, without a right on the tables.
CREATE ROLE somebody;
SET LOCAL ROLE somebody;
SELECT is(protocol_document('agodi') ->> 'code', 'agodi', 'everybody reads a protocol');
SELECT is(length(protocol_text_sha256('agodi')), 32, 'and its digest');
SELECT isnt_empty($$SELECT * FROM protocol_diff(protocol_document('lars', 'old'), protocol_document('lars', 'next'))$$, 'and compares two');
SELECT throws_ok('SELECT document FROM leerid.protocol', '42501', NULL, 'but reads no table');
RESET ROLE;

-- What a document does not state is shown as that, and what was signed wrongly stays.
SELECT is(protocol_document('agodi') #>> '{signatures,0,date}', 'not_stated', 'the document has no day of signature');
SELECT is(protocol_document('klasinformatie') #>> '{ending,notice}', 'not_stated', 'and no notice');
SELECT is(protocol_document('klasinformatie') #>> '{legal_basis,gdpr}', '6(1)(c)', 'the ground is the one signed');
SELECT is((SELECT array_agg(e ->> 'article' ORDER BY n) FROM jsonb_array_elements(protocol_document('klasinformatie') -> 'erratum') WITH ORDINALITY x (e, n)),
	'{2,4,4}', 'with an erratum for each slip');
SELECT is((SELECT array_agg(e ->> 'article' ORDER BY n) FROM jsonb_array_elements(protocol_document('agodi') -> 'erratum') WITH ORDINALITY x (e, n)),
	'{12,9,3,4,7}', 'here too');
SELECT is(protocol_document('agodi') #>> '{breach_notice,delay}', 'PT48H', '48 hours');
SELECT is(protocol_document('agodi') #>> '{third_parties,objection_period}', 'P14D', '14 days');
SELECT is(protocol_document('agodi') #> '{security,information_class}', '4', 'information class 4');
SELECT is(protocol_document('agodi') #> '{parties,1,dpo_contact}', '"dpo.agodi@ond.vlaanderen.be"', 'where the data protection officer is reached');
SELECT is_empty($$
	SELECT code, s FROM protocol, jsonb_array_elements(document -> 'signatures') s WHERE s - '{party,office,date}'::text[] <> '{}'
		OR s ->> 'office' !~ '^(Secretaris-Generaal|Administrateur-generaal|Voorzitter stuurgroep)[ ,]'
$$, 'who signed is named by office, never by name');

-- Differences.
CREATE FUNCTION pg_temp.diff(a jsonb, b jsonb) RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(concat(path, ' ', coalesce(d.a::text, '-'), ' ', coalesce(d.b::text, '-')), E'\n') FROM protocol_diff($1, $2) d
$$;
SELECT is(pg_temp.diff(:'lars', :'lars'), NULL, 'a document does not differ from itself');
SELECT is(pg_temp.diff(:'lars', jsonb_set(jsonb_set(:'lars', '{purposes,0,levels}', '["lager"]'), '{code}', '"x"')),
	E'$.code "lars" "x"\n$.purposes[0].levels[1] "secundair" -', 'leaf by leaf, in order of path');
SELECT is(pg_temp.diff('{"b": 1, "aa": 1, "a": 1}', '{}'), E'$.a 1 -\n$.aa 1 -\n$.b 1 -\n$ - {}', 'keys in the order of their bytes; an empty object is a leaf');
SELECT is(pg_temp.diff('{"a": {"b": [1, {"c": true}]}}', '{"a": 2}'), E'$.a.b[0] 1 -\n$.a.b[1].c true -\n$.a - 2', 'a value in the place of an object');
SELECT is(pg_temp.diff('{"a": [1, 2]}', '{"a": {"b": 1}}'), E'$.a[0] 1 -\n$.a[1] 2 -\n$.a.b - 1', 'an object in the place of a list');
SELECT is(pg_temp.diff('{"a": []}', '{"a": {}}'), '$.a [] {}', 'an empty list is no empty object');
SELECT is(pg_temp.diff('{"a": null}', '{}'), E'$.a null -\n$ - {}', 'null is there, unlike nothing');
SELECT is(pg_temp.diff('{"a": 1.0, "b": "1"}', '{"a": 1, "b": 1}'), '$.b "1" 1', 'numbers by value, kinds apart');
SELECT is(pg_temp.diff('1', '"x"'), '$ 1 "x"', 'documents that are scalars');
SELECT is(pg_temp.diff('{"a b": 1, "7": 1, "": 1, "é\"": 1}', '{"x": 1}'), E'$."" 1 -\n$."7" 1 -\n$."a b" 1 -\n$.x - 1\n$."é\\"" 1 -', 'a key that is no word stands in quotes');
SELECT is((SELECT count(*) FROM protocol_diff((SELECT jsonb_agg(i) FROM generate_series(1, 12) i), '[]') WHERE path ~ '^\$\[\d+\]$'), 12::bigint, 'every item of a list');
SELECT is((failure_of(format('SELECT count(*) FROM protocol_diff(%L, %L)', repeat('[', 5000) || repeat(']', 5000), '[[1]]'))).sqlstate, NULL, 'a deep document is no harm');

SELECT * FROM finish();
ROLLBACK;
