-- AGODI's dossiers: for whom they are opened, by whom, when they are handled,
-- and who never comes near them.
BEGIN;
SELECT plan(59);

-- What a role gets for a statement of one value; the SQLSTATE when it fails.
CREATE FUNCTION answer_to(role name, statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	answer text;
BEGIN
	PERFORM set_config('role', role, true);
	EXECUTE statement INTO answer;
	PERFORM set_config('role', 'none', true);
	RETURN answer;
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE;
END
$$;
CREATE FUNCTION next_year() RETURNS schooljaar LANGUAGE sql AS $$SELECT schooljaar(current_date) + 1$$;
CREATE FUNCTION last_year() RETURNS schooljaar LANGUAGE sql AS $$SELECT schooljaar(current_date) - 1$$;

CREATE ROLE test_home;
CREATE ROLE test_verifier;
CREATE ROLE test_unbound;
CREATE ROLE test_left;
CREATE ROLE test_screen;
CREATE ROLE test_stranger;
GRANT EXECUTE ON FUNCTION open_dossier, open_dossiers, close_dossier, note_certificate
	TO test_home, test_verifier, test_unbound, test_left, test_screen;

INSERT INTO party (code, naam, enterprise, establishment) VALUES
	('AHOVOKS', 'AHOVOKS', '0316.380.841', '2.252.221.026'), ('AGODI', 'AGODI', '0316.380.841', '2.199.317.226');
INSERT INTO protocol (code, version, document, document_sha256, source, recipient, entry, activated_at)
	SELECT c, '1', '{}', '', s.id, r.id, 'date', now() - interval '1 day'
	FROM party s, party r, unnest(ARRAY['agodi', 'other']) c WHERE s.code = 'AHOVOKS' AND r.code = 'AGODI';
INSERT INTO purpose (protocol_code, code) VALUES
	('agodi', 'huisonderwijs'), ('agodi', 'verificatie'), ('other', 'roster'), ('other', 'inspectie');
INSERT INTO purpose_terms (protocol, purpose, admission, periodicity, visibility_required, feed, mfa, levels, services, retention, retention_anchor)
	SELECT v.id, p.id, CASE p.code WHEN 'roster' THEN 'enrolment' ELSE 'dossier' END, 'continuous', false, false, true, '{}', '{cel}', '10 years', 'afhandeling'
	FROM purpose p JOIN protocol v ON v.code = protocol_code;
INSERT INTO built (relation, purpose, protocol, cluster, database, view_role, direct_role)
	SELECT p.id, p.id, 1, system_identifier, d.oid, '', '' FROM purpose p, pg_control_system(), pg_database d WHERE datname = current_database();
CREATE FUNCTION purpose_id(text) RETURNS integer LANGUAGE sql AS $$SELECT id FROM purpose WHERE code = $1$$;
INSERT INTO binding (login_role, purpose, service, confidentiality_since, mfa, direct, names_officer, bound_at, ended_at)
	SELECT role, purpose_id(doel), 'cel', '2021-03-18', true, false, role = 'test_screen', now(), CASE role WHEN 'test_left' THEN now() END
	FROM (VALUES ('test_home', 'huisonderwijs'), ('test_home', 'roster'), ('test_home', 'inspectie'), ('test_verifier', 'verificatie'),
		('test_left', 'huisonderwijs'), ('test_screen', 'verificatie')) b (role, doel);

-- Pupils 1 to 4: in secondary school next year, in lager only, in secondary school this year only, twice in secondary school.
INSERT INTO instelling VALUES ('000001', 'School', 'gesubsidieerd'), ('000002', 'School', 'gesubsidieerd');
INSERT INTO leerling (id, leer_id_uuid, insz, naam, voornaam, geboortedatum)
	SELECT n, gen_random_uuid(), test_insz(n), 'Naam' || n, 'Voornaam' || n, '2010-05-00' FROM generate_series(1, 4) n;
INSERT INTO leerling (id, naam, voornaam) VALUES (5, 'Zonder', 'Nummer');
INSERT INTO inschrijving (leerling, instellingsnummer, begindatum, einddatum, schooljaar, niveau)
	SELECT leerling, school::instellingsnummer, lower(j), upper(j) - 1, j, niveau FROM (VALUES
		(1, 1, next_year(), 'secundair'), (2, 1, next_year(), 'lager'), (3, 1, schooljaar(current_date), 'secundair'), (1, 1, last_year(), 'secundair'),
		(4, 1, next_year(), 'secundair'), (4, 2, next_year(), 'secundair'), (5, 2, next_year(), 'secundair')) e (leerling, school, j, niveau);

-- Whose they are.
SELECT is_empty($$
	SELECT r, t FROM unnest(ARRAY['leerid_admin', 'leerid_idp', 'leerid_schoolloket', 'leerid_package']) r,
		unnest(ARRAY['studiebewijs', 'dossier', 'dossier_notitie', 'persoon']) t
	WHERE has_table_privilege(r, t, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER')
		OR has_any_column_privilege(r, t, 'SELECT, INSERT, UPDATE, REFERENCES')
$$, 'DOV''s roles hold no privilege on what is AHOVOKS''s and AGODI''s');
SELECT is_empty($$
	SELECT r, f FROM unnest(ARRAY['leerid_admin', 'leerid_auditor', 'leerid_idp', 'leerid_intake', 'leerid_package', 'leerid_purger',
		'leerid_schoolloket', 'test_stranger']) r,
		unnest(ARRAY['open_dossier', 'open_dossiers', 'close_dossier', 'note_certificate']::regproc[]) f
	WHERE has_function_privilege(r, f, 'EXECUTE')
$$, 'nobody has the functions of dossiers but whom rebuild() gives them');
SELECT is(answer_to('test_stranger', format('SELECT outcome FROM open_dossier(''verificatie'', %L, %L)', test_insz(1), next_year())), '42501',
	'so a stranger is refused');
SELECT ok(bool_and(prosecdef AND provolatile = 'v' AND proparallel = 'u' AND proconfig = '{"search_path=pg_catalog, pg_temp"}'),
	'they run with their owner''s rights and a fixed search path')
	FROM pg_proc WHERE oid = ANY (ARRAY['open_dossier', 'open_dossiers', 'close_dossier', 'note_certificate']::regproc[]);

-- Who may open.
CREATE FUNCTION home(role name, VARIADIC arguments text[]) RETURNS text LANGUAGE sql AS $$
	SELECT answer_to(role, 'SELECT outcome FROM open_dossier(''huisonderwijs'', ' || array_to_string(ARRAY(SELECT quote_nullable(a) FROM unnest(arguments) a), ', ') || ')')
$$;
CREATE FUNCTION verify(role name, n bigint, j schooljaar) RETURNS text LANGUAGE sql AS $$
	SELECT answer_to(role, format('SELECT outcome FROM open_dossier(''verificatie'', %L, %L)', test_insz(n), j))
$$;
SELECT is(verify('test_unbound', 1, next_year()), 'LR003', 'who is not bound is refused, whatever he may execute');
SELECT is(verify('test_home', 1, next_year()), 'LR003', 'so is who is bound to the other purpose');
SELECT is(home('test_verifier', test_insz(10)::text, next_year()::text), 'LR003', 'the other way round too');
SELECT is(home('test_left', test_insz(10)::text, next_year()::text), 'LR003', 'and whose binding ended');
SELECT is(answer_to('test_home', format('SELECT outcome FROM open_dossier(''roster'', %L, %L)', test_insz(1), next_year())), 'LR003',
	'a purpose that does not admit by dossier has none');
SELECT is(answer_to('test_home', format('SELECT outcome FROM open_dossier(''inspectie'', %L, %L)', test_insz(1), next_year())), '22023',
	'nor has one that no document describes');
SELECT is(verify('test_screen', 1, next_year()), 'LR006', 'an application must name its officer');
SELECT is((failure_of(format('SELECT open_dossier(NULL, %L, %L)', test_insz(1), next_year()))).sqlstate, '22023', 'a dossier needs a purpose');
SELECT is(home('test_home', NULL, next_year()::text), '22023', 'and a person');
SELECT is(home('test_home', test_insz(1)::text, NULL), '22023', 'and a school year');

SAVEPOINT in_force;
UPDATE protocol SET ended_at = now() + interval '1 day', ended_how = 'notice';
SELECT is(verify('test_verifier', 1, next_year()), 'opened', 'until the end of its notice the protocol is in force');
UPDATE protocol SET ended_at = now();
SELECT is(verify('test_verifier', 1, next_year()), 'LR012', 'and no longer after it');
SELECT is(answer_to('test_verifier', format('SELECT open_dossiers(''verificatie'', %L)', next_year())), 'LR012', 'for many either');
SELECT is(answer_to('test_verifier', format('SELECT close_dossier(%s)', (SELECT id FROM dossier))), 'LR012', 'nor to close one');
UPDATE protocol SET ended_at = NULL, ended_how = NULL, activated_at = NULL;
SELECT is(verify('test_verifier', 1, next_year()), 'LR012', 'a protocol that was never activated gives nothing');
ROLLBACK TO in_force;

-- Huisonderwijs.
CREATE FUNCTION child(n bigint, VARIADIC arguments text[]) RETURNS text LANGUAGE sql AS $$
	SELECT home('test_home', VARIADIC ARRAY[test_insz(n)::text, schooljaar(current_date)::text] || arguments)
$$;
CREATE FUNCTION aged(years integer) RETURNS text LANGUAGE sql AS $$SELECT to_char(current_date - (years || ' years')::interval, 'YYYY-00-00')$$;
SELECT is(child(10, NULL::text), 'no_declaration', 'no declaration, no dossier');
SELECT is(child(10, current_date::text, NULL, 'A', 'B', aged(10)), 'no_declaration', 'nor on an unknown form');
SELECT is(child(10, current_date::text, '  ', 'A', 'B', aged(10)), 'no_declaration', 'nor on one without a name');
SELECT is(child(10, (current_date + 1)::text, 'v1', 'A', 'B', aged(10)), 'no_declaration', 'nor one that is still to come in');
SELECT is(child(10, '-infinity', 'v1', 'A', 'B', aged(10)), 'no_declaration', 'nor one without a day');
SELECT is(ARRAY[child(10, current_date::text, 'v1'), child(10, current_date::text, 'v1', 'A', 'B'), child(10, current_date::text, 'v1', NULL, 'B', aged(10)),
	child(10, current_date::text, 'v1', 'A', NULL, aged(10))], array_fill('unknown_person'::text, '{4}'),
	'whom the register does not know must be named in full');
SELECT is(ARRAY[child(10, current_date::text, 'v1', 'A', 'B', aged(3)), child(10, current_date::text, 'v1', 'A', 'B', aged(19)),
	child(10, current_date::text, 'v1', 'A', 'B', aged(18))], array_fill('not_leerplichtig'::text, '{3}'),
	'a child too young, too old, or in doubt is not leerplichtig');
SELECT is((SELECT count(*) FROM persoon) + (SELECT count(*) FROM dossier), 0::bigint, 'nothing was written of all these');
SELECT is(child(10, current_date::text, 'v1', 'A', 'B', aged(10)), 'opened', 'a declaration opens a dossier');
SELECT results_eq('SELECT insz, naam, voornaam, geboortedatum FROM persoon', $$SELECT test_insz(10), 'A', 'B', aged(10)::partial_date$$,
	'on a person who need not be a pupil');
SELECT results_eq('SELECT purpose, doel, schooljaar, ontvangst, formulierversie, afhandeling, geopend_op FROM dossier',
	$$SELECT purpose_id('huisonderwijs'), 'huisonderwijs', schooljaar(current_date), current_date, 'v1', NULL::date, current_date$$, 'with what was declared');
SELECT is(child(10, current_date::text, 'v2', 'C', 'D', aged(11)), 'already_open', 'the same declaration is the same dossier');
SELECT is(answer_to('test_home', format('SELECT dossier FROM open_dossier(''huisonderwijs'', %L, %L, current_date, ''v1'')', test_insz(10), schooljaar(current_date))),
	(SELECT id::text FROM dossier), 'whose number is told');
SELECT is(child(10, (current_date - 1)::text, 'v1'), 'opened', 'another declaration is another dossier, of a person who is known');
SELECT results_eq('SELECT naam, geboortedatum FROM persoon', $$SELECT 'A', aged(10)::partial_date$$, 'the register was not overwritten');
INSERT INTO persoon (insz, naam, voornaam) VALUES (test_insz(11), 'E', 'F');
SELECT is(child(11, current_date::text, 'v1'), 'not_leerplichtig', 'without a birth date nobody is leerplichtig');
SELECT is(child(11, current_date::text, 'v1', NULL, NULL, aged(12)), 'opened', 'one that the register lacks is taken from the declaration');
SELECT is(geboortedatum, aged(12)::partial_date, 'and kept') FROM persoon WHERE insz = test_insz(11);
UPDATE dossier SET afhandeling = current_date WHERE ontvangst = current_date - 1;
SELECT is(child(10, (current_date - 1)::text, 'v1'), 'handled', 'a handled declaration is not opened again');
DELETE FROM dossier;
DELETE FROM persoon;

-- Verificatie.
SELECT is(ARRAY[verify('test_verifier', 99, next_year()), verify('test_verifier', 2, next_year()), verify('test_verifier', 3, next_year()),
	verify('test_verifier', 1, last_year())], ARRAY['unknown_person', 'not_in_secondary', 'not_in_secondary', 'schooljaar_over'],
	'only pupils of secondary education, in the year that they are');
SELECT is((SELECT count(*) FROM persoon) + (SELECT count(*) FROM dossier), 0::bigint, 'nothing was written of these');
SELECT is(answer_to('test_verifier', format('SELECT open_dossier(''verificatie'', %L, %L, current_date, ''v1'')', test_insz(1), next_year())), '22023',
	'a verification has no declaration');
SELECT is(verify('test_verifier', 1, next_year()), 'opened', 'a pupil''s dossier is opened');
SELECT results_eq('SELECT purpose, naam, voornaam, geboortedatum, ontvangst, afhandeling, geopend_op FROM dossier JOIN persoon p ON p.id = persoon',
	$$SELECT purpose_id('verificatie'), 'Naam1', 'Voornaam1', '2010-05-00'::partial_date, NULL::date, upper(next_year()) - 1, current_date$$,
	'with DISCIMUS''s name, to be handled by the end of the school year');
SELECT is(verify('test_verifier', 1, next_year()), 'already_open', 'once');
SELECT is(answer_to('test_verifier', format('SELECT open_dossiers(''verificatie'', %L)', next_year())), '1', 'all are opened that are not yet');
SELECT is(answer_to('test_verifier', format('SELECT open_dossiers(''verificatie'', %L)', next_year())), '0', 'and nothing twice');
SELECT results_eq('SELECT insz, afhandeling, geopend_op FROM dossier JOIN persoon p ON p.id = persoon ORDER BY insz::bigint',
	$$SELECT test_insz(n), upper(next_year()) - 1, current_date FROM unnest('{1,4}'::int[]) n ORDER BY test_insz(n)::bigint$$,
	'every pupil with INSZ in secondary education has one');
INSERT INTO inschrijving (leerling, instellingsnummer, begindatum, einddatum, schooljaar, niveau)
	SELECT 2, '000002', lower(next_year()), upper(next_year()) - 1, next_year(), 'secundair';
SELECT is(answer_to('test_verifier', format('SELECT open_dossiers(''verificatie'', %L)', next_year())), '1', 'again for newcomers');
SELECT is(answer_to('test_home', format('SELECT open_dossiers(''huisonderwijs'', %L)', next_year())), '22023', 'huisonderwijs is not opened in bulk');
SELECT is(answer_to('test_verifier', format('SELECT open_dossiers(''verificatie'', %L)', last_year())), '22023', 'nor a school year that is over');

-- Notes and closing.
SELECT set_config('test.dossier', d.id::text, true) FROM dossier d JOIN persoon p ON p.id = persoon WHERE insz = test_insz(1)
\gset ignored_
CREATE FUNCTION note(role name, VARIADIC arguments text[]) RETURNS text LANGUAGE sql AS $$
	SELECT answer_to(role, 'SELECT note_certificate(' || array_to_string(ARRAY(SELECT quote_nullable(a) FROM unnest(arguments) a), ', ') || ') IS NOT NULL')
$$;
SELECT is(note('test_verifier', current_setting('test.dossier'), 'Secundair onderwijs', '3de graad', 'TSO', 'Diploma', 'Examencommissie', '2020-06-00'), 'true',
	'an officer notes what he confirmed');
SELECT results_eq('SELECT categorie, graad, onderwijsvorm, type_bewijs, instantie, uitreikingsdatum, genoteerd_op, genoteerd_door FROM dossier_notitie',
	$$SELECT 'Secundair onderwijs', '3de graad', 'TSO', 'Diploma', 'Examencommissie', '2020-06-00'::partial_date, current_date, 'test_verifier'::name$$,
	'under his name');
SELECT is(ARRAY[note('test_verifier', current_setting('test.dossier'), 'x', NULL, NULL, NULL, NULL, NULL),
	note('test_verifier', current_setting('test.dossier'), NULL, 'x', NULL, NULL, NULL, NULL),
	note('test_verifier', current_setting('test.dossier'), NULL, NULL, 'x', NULL, NULL, NULL),
	note('test_verifier', current_setting('test.dossier'), NULL, NULL, NULL, 'x', NULL, NULL),
	note('test_verifier', current_setting('test.dossier'), NULL, NULL, NULL, NULL, 'x', NULL),
	note('test_verifier', current_setting('test.dossier'), NULL, NULL, NULL, NULL, NULL, NULL),
	note('test_verifier', NULL, 'Secundair onderwijs', NULL, NULL, NULL, NULL, NULL)], array_fill('22023'::text, '{7}'),
	'in words of the code lists, and in some');
SELECT is(child(10, current_date::text, 'v1', 'A', 'B', aged(10)), 'opened', 'a dossier of huisonderwijs');
SELECT is((SELECT ARRAY[note('test_home', id::text, 'Secundair onderwijs', NULL, 'TSO', NULL, NULL, NULL),
	note('test_home', id::text, 'Basisonderwijs', NULL, NULL, 'Getuigschrift', NULL, '2020-06-30')] FROM dossier WHERE doel = 'huisonderwijs'),
	ARRAY['22023', 'true'], 'has no onderwijsvorm');
SELECT is(ARRAY[note('test_home', current_setting('test.dossier'), 'Basisonderwijs', NULL, NULL, NULL, NULL, NULL),
	answer_to('test_home', 'SELECT close_dossier(' || current_setting('test.dossier') || ')'), answer_to('test_home', 'SELECT close_dossier(-1)'),
	answer_to('test_unbound', 'SELECT close_dossier(-1)'), answer_to('test_unbound', 'SELECT close_dossier(' || current_setting('test.dossier') || ')')],
	'{LR040,LR040,LR040,LR003,LR003}', 'a dossier of another purpose is as unknown as one that is not there');
SELECT is(answer_to('test_verifier', 'SELECT close_dossier(' || current_setting('test.dossier') || ')'), '', 'an officer closes a dossier');
SELECT is((SELECT afhandeling FROM dossier WHERE id = current_setting('test.dossier')::bigint), current_date, 'it is handled today');
SELECT is(ARRAY[answer_to('test_verifier', 'SELECT close_dossier(' || current_setting('test.dossier') || ')'),
	note('test_verifier', current_setting('test.dossier'), 'Basisonderwijs', NULL, NULL, NULL, NULL, NULL), verify('test_verifier', 1, next_year()),
	answer_to('test_verifier', format('SELECT open_dossiers(''verificatie'', %L)', next_year()))], '{LR041,LR041,handled,0}',
	'it takes no note, is not closed again, and is never reopened');

SELECT * FROM finish();
ROLLBACK;
