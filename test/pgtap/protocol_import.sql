-- import_protocol(): the documents of the folder protocols become the rows that
-- the documents ask for, and whatever is not right is refused where it stands.
BEGIN;
SELECT plan(212);

\set klasinformatie `cat protocols/klasinformatie.json`
\set lars `cat protocols/lars.json`
\set agodi `cat protocols/agodi.json`
\set fictief `cat protocols/fictief.json`
CREATE TEMP TABLE file (code text PRIMARY KEY, d jsonb NOT NULL);
INSERT INTO file VALUES ('klasinformatie', :'klasinformatie'), ('lars', :'lars'), ('agodi', :'agodi'), ('fictief', :'fictief');

-- A document with a value put in, and with one taken out, by path.
CREATE FUNCTION pg_temp.put(file text, path text, value jsonb) RETURNS jsonb LANGUAGE sql AS $$
	SELECT jsonb_set(d, path::text[], value) FROM file f WHERE code = $1
$$;
CREATE FUNCTION pg_temp.cut(file text, path text) RETURNS jsonb LANGUAGE sql AS $$
	SELECT d #- path::text[] FROM file f WHERE code = $1
$$;
-- Where a document is refused; NULL when it is not.
CREATE FUNCTION pg_temp.refused(document jsonb) RETURNS text LANGUAGE sql AS $$
	SELECT CASE WHEN f.sqlstate = 'LR010' THEN substring(f.message FROM '^protocol refused at (.*)$') ELSE f.sqlstate || ' ' || f.message END
	FROM failure_of('SELECT import_protocol($1[1]::jsonb)', document::text) f
$$;

-- Whose data: C1.
SELECT is(pg_temp.refused(pg_temp.put('agodi', '{parties,0,establishment}', '"2.199.310.989"')), '$.purposes[0].admission',
	'nobody but AHOVOKS discloses certificates: not DOV, of the same enterprise');
SELECT is(pg_temp.refused(pg_temp.put('lars', '{parties,0,establishment}', '"2.252.221.026"')), '$.purposes[0].admission',
	'nor anybody but DOV pupils');

-- Nothing of what is refused below may stay.
CREATE FUNCTION pg_temp.rows() RETURNS bigint[] LANGUAGE sql AS $$
	SELECT ARRAY[(SELECT count(*) FROM protocol), (SELECT count(*) FROM party), (SELECT count(*) FROM purpose),
		(SELECT count(*) FROM purpose_terms), (SELECT count(*) FROM element)]
$$;
SELECT is(pg_temp.rows(), ARRAY[0, 0, 0, 0, 0]::bigint[], 'no protocol ships in the database');

-- What no document may be.
SELECT is(pg_temp.refused('null'), '$', 'null');
SELECT is(pg_temp.refused('"lars"'), '$', 'a string');
SELECT is(pg_temp.refused('[]'), '$', 'a list');
SELECT is(pg_temp.refused('{}'), '$.code', 'an empty object');
SELECT is(pg_temp.refused((SELECT jsonb_build_array(d) FROM file WHERE code = 'lars')), '$', 'a document in a list');

-- Every key is mandatory, at every depth.
CREATE TEMP TABLE key_path AS
	WITH RECURSIVE walk (code, path, shown, v) AS (
		SELECT code, '{}'::text[], '$', d FROM file
		UNION ALL
		SELECT w.code, w.path || s.key, w.shown || s.shown, s.v FROM walk w, LATERAL (
			SELECT key, '.' || key, value FROM jsonb_each(CASE jsonb_typeof(w.v) WHEN 'object' THEN w.v ELSE '{}' END)
			UNION ALL
			SELECT (n - 1)::text, '[' || n - 1 || ']', value FROM jsonb_array_elements(CASE jsonb_typeof(w.v) WHEN 'array' THEN w.v ELSE '[]' END)
				WITH ORDINALITY a (value, n)
		) s (key, shown, v)
	)
	SELECT code, path, shown, v FROM walk WHERE shown <> '$';
SELECT ok(count(*) > 1000, 'there are keys to take out') FROM key_path;
SELECT is_empty($$
	SELECT code, shown FROM key_path k JOIN file USING (code) WHERE shown !~ '\]$'
		AND pg_temp.refused(d #- path) IS DISTINCT FROM shown
$$, 'each key that is left out is named, in all four documents');
SELECT is_empty($$
	SELECT code, shown FROM key_path k JOIN file USING (code) WHERE jsonb_typeof(v) = 'object'
		AND pg_temp.refused(jsonb_set(d, path || '{unheard_of}', '1')) IS DISTINCT FROM shown || '.unheard_of'
$$, 'and each object with a key of its own');
SELECT is_empty($$
	SELECT code, shown FROM key_path k JOIN file USING (code)
	WHERE coalesce(pg_temp.refused(jsonb_set(d, path, CASE jsonb_typeof(v) WHEN 'number' THEN '"x"' ELSE '17.5' END::jsonb)), 'accepted') NOT LIKE shown || '%'
$$, 'and each value of another kind');
SELECT is_empty($$
	SELECT code, shown FROM key_path k JOIN file USING (code)
	WHERE pg_temp.refused(jsonb_set(d, path, '""')) IS DISTINCT FROM shown
$$, 'and each empty string');
SELECT is_empty($$
	SELECT code, shown FROM key_path k JOIN file USING (code)
	WHERE NOT shown ~ '\.claim$' AND NOT (shown ~ '\.condition$' AND v = 'null')
		AND pg_temp.refused(jsonb_set(d, path, 'null')) IS DISTINCT FROM shown
$$, 'and each null, but of a claim, or where no condition belongs');
SELECT is(pg_temp.refused(jsonb_set(d, '{"a b\"c"}', '1')), '$."a b\"c"', 'an unknown key that is no word is shown in quotes') FROM file WHERE code = 'lars';

-- What must be stated, and is not.
SELECT is(pg_temp.refused(pg_temp.put('lars', ARRAY[k]::text, '"not_stated"')), '$.' || k, k || ' must be stated')
FROM unnest('{code,version,title,date,source,recipient}'::text[]) k;
SELECT is(pg_temp.refused(pg_temp.put('lars', ARRAY[k]::text, '"not_stated"')), '$.' || k, k || ' must be stated')
FROM unnest('{decree,parties,subject,legal_basis,original_purpose,data_subjects,purposes,duration,security,transparency,dpo_advice,signatures,entry_into_force,ending,erratum}'::text[]) k;
SELECT is(pg_temp.refused(pg_temp.put('lars', ARRAY['purposes', '0', k]::text, '"not_stated"')), '$.purposes[0].' || k, 'a purpose''s ' || k || ' must be stated')
FROM unnest('{code,text,article,admission,periodicity,visibility_required,recipients,elements,retention}'::text[]) k;
SELECT is(pg_temp.refused(pg_temp.put('lars', ARRAY['purposes', '0', 'retention', k]::text, '"not_stated"')), '$.purposes[0].retention.' || k, 'a term''s ' || k || ' must be stated')
FROM unnest('{term,anchor,quote,article}'::text[]) k;
SELECT is(pg_temp.refused(pg_temp.cut('lars', '{purposes,0,retention}')), '$.purposes[0].retention', 'a purpose without a term');

-- Codes, days, terms, numbers.
SELECT is(pg_temp.refused(pg_temp.put('lars', '{code}', to_jsonb(c))), '$.code', 'no code: ' || c)
FROM unnest('{Lars,1lars,_lars,la-rs,"la rs",larsé,abcdefghijklmnopqrstuvwxyz01234}'::text[]) c;
SELECT is(pg_temp.refused(pg_temp.put('lars', '{purposes,0,code}', '"GLCE"')), '$.purposes[0].code', 'no code of a purpose');
SELECT is(pg_temp.refused(pg_temp.put('lars', '{date}', to_jsonb(c))), '$.date', 'no day: ' || c)
FROM unnest('{2024-2-22,22/02/2024,2023-02-29,2024-13-01,0000-01-01,2024-02-22T00:00,"2024-02-22 "}'::text[]) c;
SELECT is(pg_temp.refused(pg_temp.put('lars', '{purposes,0,retention,term}', to_jsonb(c))), '$.purposes[0].retention.term', 'no term: ' || c)
FROM unnest('{P0Y,P3,3Y,P,P3Y6M,P3.5Y,P1000Y,P-3Y,"3 years",P3H,PT3Y,PT3M,PT,p3y,P3W,"P３Y"}'::text[]) c;
SELECT is(pg_temp.refused(pg_temp.put('lars', '{parties,0,enterprise}', to_jsonb(c))), '$.parties[0].enterprise', 'no enterprise: ' || c)
FROM unnest('{0316.380.842,2199310989,316.380.84,"",not_stated,abc}'::text[]) c;
SELECT is(pg_temp.refused(pg_temp.put('lars', '{parties,0,establishment}', to_jsonb(c))), '$.parties[0].establishment', 'no establishment: ' || c)
FROM unnest('{2.199.310.988,0316380841}'::text[]) c;
SELECT is(pg_temp.refused(pg_temp.put('agodi', '{security,information_class}', c)), '$.security.information_class', 'no information class: ' || c::text)
FROM unnest('{0,6,4.5,-4,44,true}'::jsonb[]) c;
SELECT is(pg_temp.refused(pg_temp.put('lars', '{legal_basis,gdpr}', '"6(1)(g)"')), '$.legal_basis.gdpr', 'no ground');
SELECT is(pg_temp.refused(pg_temp.put('lars', '{decree,date}', '"2018-07-30"')), '$.decree.date', 'another decree');
SELECT is(pg_temp.refused(pg_temp.put('lars', '{purposes,0,retention,anchor}', '"birth"')), '$.purposes[0].retention.anchor', 'an unknown anchor');
SELECT is(pg_temp.refused(pg_temp.put('lars', '{purposes,0,retention,anchor}', '"received"')), '$.purposes[0].retention.anchor', 'an anchor that never comes at a login');
SELECT is(pg_temp.refused(pg_temp.put('agodi', '{purposes,1,retention,anchor}', '"ontvangst"')), '$.purposes[1].retention.anchor', 'a verification is never received');
SELECT is(pg_temp.refused(pg_temp.put('agodi', '{purposes,1,code}', '"nazicht"')), '$.purposes[1].code', 'a dossier of a kind that is not kept');
SELECT is(pg_temp.refused(pg_temp.put('lars', '{purposes,0,levels,1}', '"universitair"')), '$.purposes[0].levels[1]', 'an unknown level');
SELECT is(pg_temp.refused(pg_temp.put('lars', '{purposes,0,levels,1}', '"lager"')), '$.purposes[0].levels[1]', 'the same level twice');
SELECT is(pg_temp.refused(pg_temp.put('lars', '{purposes,0,levels}', '[]')), '$.purposes[0].levels', 'no level, and not said so');
SELECT is(pg_temp.refused(pg_temp.put('lars', '{purposes}', '[]')), '$.purposes', 'no purpose');
SELECT is(pg_temp.refused(pg_temp.put('lars', '{purposes,0,elements}', '[]')), '$.purposes[0].elements', 'no element');
SELECT is(pg_temp.refused(pg_temp.put('lars', '{purposes,0,recipients}', '[]')), '$.purposes[0].recipients', 'no recipient');
SELECT is(pg_temp.refused(pg_temp.put('agodi', '{purposes,1,code}', '"huisonderwijs"')), '$.purposes[1].code', 'the same purpose twice');

-- Parties.
SELECT is(pg_temp.refused(pg_temp.put('lars', '{parties,0,code}', '"LARS"')), '$.parties[1].code', 'two parties of one code');
SELECT is(pg_temp.refused(pg_temp.put('agodi', '{parties,1,establishment}', '"2252221026"')), '$.parties[1].enterprise', 'two parties of one enterprise and establishment');
SELECT is(pg_temp.refused(pg_temp.put('lars', '{source}', '"ACM"')), '$.source', 'a source that is no party');
SELECT is(pg_temp.refused(pg_temp.put('lars', '{recipient}', '"ACM"')), '$.recipient', 'a recipient that is no party');
SELECT is(pg_temp.refused(pg_temp.put('lars', '{recipient}', '"DOV"')), '$.recipient', 'a party that discloses to itself');
SELECT is(pg_temp.refused(pg_temp.put('lars', '{parties,1,per_school}', 'true')), '$.parties[1].per_school', 'a recipient that is each school for itself');
SELECT is(pg_temp.refused(pg_temp.put('klasinformatie', '{parties,0,enterprise}', '"0316380841"')), '$.parties[0].enterprise', 'a number for each school');
SELECT is(pg_temp.refused(pg_temp.put('agodi', t.path, '"VDAB"')), t.shown, t.shown || ' names a party of the protocol')
FROM (VALUES ('{purposes,0,recipients,0,party}', '$.purposes[0].recipients[0].party'), ('{third_parties,by}', '$.third_parties.by'),
	('{processors,0,processor_of}', '$.processors[0].processor_of'), ('{quality,report_to}', '$.quality.report_to'),
	('{transparency,publication,0,party}', '$.transparency.publication[0].party'), ('{change_notice,by}', '$.change_notice.by'),
	('{change_notice,to}', '$.change_notice.to'), ('{dpo_advice,1,party}', '$.dpo_advice[1].party'),
	('{signatures,0,party}', '$.signatures[0].party'), ('{ending,breach,by,0}', '$.ending.breach.by[0]'),
	('{ending,notice,by,1}', '$.ending.notice.by[1]')) t (path, shown);
SELECT is(pg_temp.refused(pg_temp.put('agodi', '{purposes,0,recipients,0,party}', '"AHOVOKS"')), '$.purposes[0].recipients[0].party', 'a service of the source');
SELECT is(pg_temp.refused(pg_temp.cut('lars', '{dpo_advice,0}')), '$.dpo_advice', 'the advice of one of two officers');
SELECT is(pg_temp.refused(pg_temp.put('lars', '{dpo_advice,0,party}', '"LARS"')), '$.dpo_advice[1].party', 'two advices of one officer');

-- Entry into force, and the end.
SELECT is(pg_temp.refused(pg_temp.put('lars', '{entry_into_force,rule}', '"tomorrow"')), '$.entry_into_force.rule', 'an unknown rule');
SELECT is(pg_temp.refused(pg_temp.put('lars', '{entry_into_force,rule}', '"akkoord_per_school"')), '$.entry_into_force.rule', 'an akkoord without schools');
SELECT is(pg_temp.refused(pg_temp.put('klasinformatie', '{entry_into_force,rule}', '"date"')), '$.entry_into_force.rule', 'schools without an akkoord');
SELECT is(pg_temp.refused(pg_temp.put('klasinformatie', '{entry_into_force,date}', '"2024-01-01"')), '$.entry_into_force.date', 'a day for all akkoorden');
SELECT is(pg_temp.refused(pg_temp.put('agodi', '{entry_into_force,date}', '"not_stated"')), '$.entry_into_force.date', 'no day');
SELECT is(pg_temp.refused(pg_temp.put('lars', '{entry_into_force,date}', '"2024-02-29"')), '$.entry_into_force.date', 'the day of the first signature');
SELECT is(pg_temp.refused(pg_temp.put('lars', '{signatures,1,date}', '"not_stated"')), '$.signatures[1].date', 'a signature without a day');
SELECT is(pg_temp.refused(pg_temp.put('lars', '{signatures}', '[]')), '$.signatures', 'the last of no signatures');
SELECT is(pg_temp.refused(pg_temp.put('lars', '{ending,whim}', '{}')), '$.ending.whim', 'an unknown way of ending');
SELECT is(pg_temp.refused(pg_temp.put('lars', '{ending,service_ended,by}', '["LARS"]')), '$.ending.service_ended.by', 'an end by law by a party');
SELECT is(pg_temp.refused(pg_temp.put('lars', '{ending,breach,by}', '[]')), '$.ending.breach.by', 'an end by nobody');
SELECT is(pg_temp.refused(pg_temp.cut('agodi', '{ending,notice,period}')), '$.ending.notice.period', 'a notice without a period');

-- Admission, periodicity, elements.
SELECT is(pg_temp.refused(pg_temp.put('lars', '{purposes,0,admission}', '"everybody"')), '$.purposes[0].admission', 'an unknown admission');
SELECT is(pg_temp.refused(pg_temp.put('lars', '{purposes,0,admission}', '"akkoord"')), '$.purposes[0].periodicity.kind', 'an akkoord at a login');
SELECT is(pg_temp.refused(pg_temp.put('agodi', '{purposes,0,periodicity,kind}', '"at_login"')), '$.purposes[0].periodicity.kind', 'a dossier at a login');
SELECT is(pg_temp.refused(pg_temp.put('klasinformatie', '{purposes,0,admission}', '"enrolment"')), '$.purposes[0].admission', 'schools that admit by enrolment');
SELECT is(pg_temp.refused(pg_temp.put('fictief', '{purposes,0,admission}', '"akkoord"')), '$.purposes[0].admission', 'an akkoord to a provider');
SELECT is(pg_temp.refused(pg_temp.put('lars', '{purposes,0,feed}', '{"justification": "x", "article": "5"}')), '$.purposes[0].feed', 'a feed at a login');
SELECT is(pg_temp.refused(pg_temp.put('agodi', '{purposes,0,feed}', '{"justification": "x", "article": "5"}')), '$.purposes[0].feed', 'a feed of dossiers');
SELECT is(pg_temp.refused(pg_temp.put('fictief', '{purposes,0,elements}', jsonb_agg(e))), '$.purposes[0].feed', 'a feed that names no account')
FROM file, jsonb_array_elements(d #> '{purposes,0,elements}') e WHERE code = 'fictief' AND e->>'name' NOT IN ('account_uuid', 'historiek_account_uuid');
SELECT is(pg_temp.refused(pg_temp.put('agodi', '{purposes,0,visibility_required}', 'true')), '$.purposes[0].visibility_required', 'dossiers made visible');
SELECT is(pg_temp.refused(pg_temp.put('lars', '{purposes,0,elements,2,name}', to_jsonb(c))), '$.purposes[0].elements[2].name', 'no element of a login: ' || c)
FROM unnest('{klas,geboortedatum,graad,"naam voornaam"," voornaam ",Voornaam}'::text[]) c;
SELECT is(pg_temp.refused(pg_temp.put('agodi', '{purposes,0,elements,3,name}', to_jsonb(c))), '$.purposes[0].elements[3].name', 'no element of a dossier: ' || c)
FROM unnest('{klas,leer_id_uuid,account_uuid,instellingsnummer}'::text[]) c;
SELECT is(pg_temp.refused(pg_temp.put('klasinformatie', '{purposes,0,elements,1,name}', to_jsonb(c))), '$.purposes[0].elements[1].name', 'no element of class information: ' || c)
FROM unnest('{insz,naam,historiek_account_uuid}'::text[]) c;
SELECT is(pg_temp.refused(pg_temp.put('lars', '{purposes,0,elements,2,name}', '"naam"')), '$.purposes[0].elements[2].name', 'an element twice');
SELECT is(pg_temp.refused(pg_temp.put('lars', '{purposes,0,elements,2,claim}', '"naam"')), '$.purposes[0].elements[2].claim', 'a claim twice');
SELECT is(pg_temp.refused(pg_temp.put('lars', '{purposes,0,elements,2,claim}', '"a b"')), '$.purposes[0].elements[2].claim', 'no claim');
SELECT is(pg_temp.refused(pg_temp.put('lars', '{purposes,0,elements,0,condition}', 'null')), '$.purposes[0].elements[0].condition', 'the INSZ for nothing');
SELECT is(pg_temp.refused(pg_temp.put('agodi', '{legal_basis,gdpr}', '"6(1)(e)"')), '$.purposes[0].elements[0].condition', 'the INSZ for a public task');
SELECT is(pg_temp.refused(pg_temp.put('lars', '{purposes,0,elements,1,condition}', '"decretal_basis"')), '$.purposes[0].elements[1].condition', 'a decretal basis for a name');
SELECT is(pg_temp.refused(pg_temp.put('lars', '{purposes,0,elements,1,condition}', '"class_shared"')), '$.purposes[0].elements[1].condition', 'a name that is class information');
SELECT is(pg_temp.refused(pg_temp.put('lars', '{purposes,0,elements,3,condition}', 'null')), '$.purposes[0].elements[3].condition', 'leer_id_uuid for everybody');
SELECT is(pg_temp.refused(pg_temp.put('lars', '{purposes,0,elements,4,condition}', '"identified"')), '$.purposes[0].elements[4].condition', 'account_uuid for identified pupils only');
SELECT is(pg_temp.refused(pg_temp.put('fictief', '{purposes,0,elements,7,condition}', 'null')), '$.purposes[0].elements[7].condition', 'klas of schools that do not share');
SELECT is(pg_temp.refused(pg_temp.put('klasinformatie', '{purposes,0,elements,3,condition}', '"class_shared"')), '$.purposes[0].elements[3].condition', 'class_shared under the akkoord itself');
SELECT is(pg_temp.refused(pg_temp.put('lars', '{purposes,0,elements,3,unidentified}', 'true')), '$.purposes[0].elements[3].unidentified', 'leer_id_uuid of a pupil who has none');
SELECT is(pg_temp.refused(pg_temp.put('fictief', '{purposes,0,elements,1,unidentified}', 'false')), '$.purposes[0].elements[1].unidentified', 'a name of identified pupils only, which no view can keep apart');
SELECT is(pg_temp.refused(pg_temp.put('lars', '{purposes,0,elements,0,unidentified}', 'true')), '$.purposes[0].elements[0].unidentified', 'the INSZ of a pupil who has none');
SELECT is(pg_temp.refused(pg_temp.cut('agodi', '{purposes,0,elements,0}')), '$.purposes[0].elements', 'a dossier without the INSZ');
SELECT is(pg_temp.rows(), ARRAY[0, 0, 0, 0, 0]::bigint[], 'and nothing of all that stayed');

SELECT results_eq($$SELECT f.sqlstate, f.message, f.detail, f.hint FROM failure_of('SELECT import_protocol($1[1]::jsonb)',
		pg_temp.put('lars', '{purposes,0,elements,2,name}', '"85611512387"')::text) f$$,
	$$VALUES ('LR010', 'protocol refused at $.purposes[0].elements[2].name',
		'This admission and periodicity can give these: insz naam voornaam leer_id_uuid account_uuid historiek_account_uuid instellingsnummer.',
		'Correct the document and import it again; nothing of it was kept.')$$, 'an error names the place and the rule, never the value');

-- The four documents.
CREATE TEMP TABLE imported AS SELECT code, import_protocol(d) AS id FROM file;
SELECT is(count(DISTINCT id), 4::bigint, 'the four documents are imported') FROM imported;
SELECT is(pg_temp.rows(), ARRAY[4, 5, 5, 5, 39]::bigint[], 'as four protocols, five parties, five purposes and 39 elements');
SELECT is_empty($$SELECT code FROM imported i JOIN file USING (code) WHERE import_protocol(d) <> id$$, 'again they are the same');
SELECT is(pg_temp.rows(), ARRAY[4, 5, 5, 5, 39]::bigint[], 'and change nothing');
SELECT results_eq($$SELECT f.sqlstate FROM failure_of('SELECT import_protocol($1[1]::jsonb)', pg_temp.put('lars', '{summary}', '"not_stated"')::text) f$$,
	$$VALUES ('LR013')$$, 'a version is never edited');
SELECT results_eq($$SELECT p.code, p.version, s.code, r.code, entry, enters_on, activated_at IS NULL AND ended_at IS NULL
		FROM protocol p LEFT JOIN party s ON s.id = source JOIN party r ON r.id = recipient ORDER BY 1$$, $$VALUES
	('agodi', '2021-03-18', 'AHOVOKS', 'AGODI', 'date', date '2021-03-18', true),
	('fictief', '2024-09-01', 'DOV', 'FICTIEF', 'date', date '2024-09-01', true),
	('klasinformatie', '2023-11-15', NULL, 'DOV', 'akkoord_per_school', NULL, true),
	('lars', '2024-02-22', 'DOV', 'LARS', 'last_signature', date '2024-03-25', true)$$, 'their parties and their entry into force, none active yet');
SELECT results_eq($$SELECT code, enterprise::text, establishment::text FROM party ORDER BY 1$$, $$VALUES
	('AGODI', '0316380841', '2199317226'), ('AHOVOKS', '0316380841', '2252221026'), ('DOV', '0316380841', '2199310989'),
	('FICTIEF', '0000000097', NULL), ('LARS', '0473721472', NULL)$$, 'three parties of one enterprise, told apart by establishment');
SELECT results_eq($$SELECT document_sha256, document FROM protocol ORDER BY code$$,
	$$SELECT sha256(convert_to(d::text, 'UTF8')), d FROM file ORDER BY code$$, 'document and digest');
SELECT results_eq($$SELECT protocol_code, u.code, admission, periodicity, visibility_required, feed, mfa, levels, services, retention, retention_anchor
		FROM purpose_terms t JOIN purpose u ON u.id = t.purpose ORDER BY 1, 2$$, $$VALUES
	('agodi', 'huisonderwijs', 'dossier', 'continuous', false, false, true, '{}'::text[], ARRAY['overkoepelende cel huisonderwijs'], interval '20 years', 'ontvangst'),
	('agodi', 'verificatie', 'dossier', 'continuous', false, false, true, '{secundair}', ARRAY['verificateurs Secundair onderwijs'], '10 years', 'afhandeling'),
	('fictief', 'klasapp', 'enrolment', 'continuous', true, true, false, '{kleuter,lager,secundair}', ARRAY['beheerders van de klasapp'], '1 year', 'received'),
	('klasinformatie', 'beheer', 'akkoord', 'continuous', false, false, false, '{kleuter,lager,secundair}',
		ARRAY['beheerders van de LeerID toepassing', 'andere medewerker die omwille van zijn functieprofiel informatie nodig heeft'], '1 year', 'package_enrolment_end'),
	('lars', 'glce', 'enrolment', 'at_login', false, false, false, '{lager,secundair}',
		ARRAY['medewerkers van de Dienstenleverancier belast met de toegangscontrole'], '3 years', 'last_granted_login')$$, 'the terms of each purpose');

-- Each article 3, typed from the documents.
CREATE FUNCTION pg_temp.elements(protocol text, purpose text) RETURNS text[] LANGUAGE sql AS $$
	SELECT array_agg(concat_ws(' ', e.name, CASE WHEN claim IS NOT NULL THEN '>' || claim END, '?' || condition, CASE WHEN unidentified THEN '+' END) ORDER BY ordinal)
	FROM element e JOIN purpose u ON u.id = e.purpose WHERE protocol_code = $1 AND u.code = $2
$$;
SELECT is(pg_temp.elements('lars', 'glce'), ARRAY['insz >insz ?decretal_basis', 'naam >naam +', 'voornaam >voornaam +', 'leer_id_uuid >ov_leerid_uuid ?identified',
	'account_uuid >ov_account_uuid +', 'historiek_account_uuid >ov_historiek_account_uuid +', 'instellingsnummer >instellingsnummer +'], 'LARS protocol, article 3');
SELECT is(pg_temp.elements('agodi', 'huisonderwijs'), '{insz,naam,voornaam,categorie,graad,type_bewijs,instantie,uitreikingsdatum}', 'AGODI protocol, article 3, huisonderwijs');
SELECT is(pg_temp.elements('agodi', 'verificatie'),
	'{insz,naam,voornaam,categorie,graad,onderwijsvorm,type_bewijs,instantie,uitreikingsdatum,volledige_naam,instelling,studierichting}',
	'AGODI protocol, article 3, verificatie');
SELECT is(pg_temp.elements('klasinformatie', 'beheer'), ARRAY['leer_id_uuid ?identified', 'account_uuid +', 'instellingsnummer +', 'klas +'], 'class protocol, articles 2 and 3');
SELECT is(pg_temp.elements('fictief', 'klasapp'), ARRAY['insz >insz ?decretal_basis', 'naam >naam +', 'voornaam >voornaam +', 'leer_id_uuid >ov_leerid_uuid ?identified',
	'account_uuid >ov_account_uuid +', 'historiek_account_uuid >ov_historiek_account_uuid +', 'instellingsnummer >instellingsnummer +', 'klas >klas ?class_shared +'],
	'the fictional protocol has class information too');

-- A next version stands beside the first, with the same purposes and parties.
SELECT ok(import_protocol(pg_temp.put('lars', '{version}', '"2"')) > (SELECT id FROM imported WHERE code = 'lars'), 'a second version is a row of its own');
SELECT is(pg_temp.rows(), ARRAY[5, 5, 5, 6, 46]::bigint[], 'with terms and elements of its own, purposes and parties as before');
SELECT is(pg_temp.refused(jsonb_set(pg_temp.put('lars', '{version}', '"3"'), '{parties,0,name}', '"Departement Onderwijs"')), '$.parties[0].name', 'a party here under another name');
SELECT is(pg_temp.refused(replace(pg_temp.put('lars', '{version}', '"3"')::text, '"DOV"', '"OV"')::jsonb), '$.parties[0].code', 'a party here under another code');
SELECT is(pg_temp.refused(replace(pg_temp.put('fictief', '{version}', '"3"')::text, '"FICTIEF"', '"AGODI"')::jsonb), '$.parties[1].code', 'a code here of another party');
SELECT is(pg_temp.refused(jsonb_set(pg_temp.put('fictief', '{version}', '"3"'), '{parties,1,enterprise}', '"0123456749"')), '$.parties[1].code', 'the same party with another number');
SELECT is(pg_temp.rows(), ARRAY[5, 5, 5, 6, 46]::bigint[], 'and nothing of these stayed');
SELECT is(pg_temp.refused(pg_temp.put('agodi', '{version}', '"2"')), NULL, 'the INSZ under a legal obligation may go without a decretal basis');
SELECT is(pg_temp.refused(jsonb_set(pg_temp.put('agodi', '{version}', '"3"'), '{purposes,0,elements,0,condition}', '"decretal_basis"')), NULL, 'or with one');

-- Who may.
SELECT is(has_function_privilege(r, 'leerid.import_protocol(jsonb)', 'EXECUTE'), r = 'leerid_admin', r || ' and import_protocol()')
FROM unnest('{public,leerid_admin,leerid_schoolloket,leerid_package,leerid_intake,leerid_idp,leerid_auditor}'::text[]) r;
SET LOCAL ROLE leerid_admin;
SELECT lives_ok(format('SELECT leerid.import_protocol(%L)', :'klasinformatie'), 'leerid_admin imports, with no right on the tables');
SET LOCAL ROLE leerid_auditor;
SELECT throws_ok($$SELECT leerid.import_protocol('{}')$$, '42501', NULL, 'an auditor does not');
RESET ROLE;

SELECT * FROM finish();
ROLLBACK;
