-- For each purpose the views' columns are exactly article 3: the view, the JSON
-- and a list typed by hand from the document say the same.
BEGIN;
SELECT plan(15);
\i test/fixture/functions.psql
\i test/fixture/protocols.psql

-- Typed from the documents: LARS protocol, article 3; AGODI protocol, article 3
-- (gegeven 1, then gegeven 2 of that purpose); class protocol, article 3 with the
-- keys of article 2, 2 and the school; the fictional protocol.
CREATE TABLE by_hand (protocol text, purpose text, view text, columns text[]);
INSERT INTO by_hand VALUES
	('lars', 'glce', 'lars_glce.login_record',
		'{insz,naam,voornaam,leer_id_uuid,account_uuid,historiek_account_uuid,instellingsnummer}'),
	('agodi', 'huisonderwijs', 'agodi_huisonderwijs.studiebewijs',
		'{insz,naam,voornaam,categorie,graad,type_bewijs,instantie,uitreikingsdatum}'),
	('agodi', 'verificatie', 'agodi_verificatie.studiebewijs',
		'{insz,naam,voornaam,categorie,graad,onderwijsvorm,type_bewijs,instantie,uitreikingsdatum,volledige_naam,instelling,studierichting}'),
	('klasinformatie', 'beheer', 'klasinformatie_beheer.klas',
		'{leer_id_uuid,account_uuid,instellingsnummer,klas}'),
	('fictief', 'klasapp', 'fictief_klasapp.leerling',
		'{insz,naam,voornaam,leer_id_uuid,account_uuid,historiek_account_uuid,instellingsnummer,klas}');

SELECT is(ARRAY(SELECT attname::text FROM pg_attribute WHERE attrelid = view::regclass AND attnum > 0 ORDER BY attnum), columns,
	view || ' has the columns of article 3') FROM by_hand;
SELECT is(ARRAY(SELECT e.value->>'name' FROM protocol p, jsonb_array_elements(p.document->'purposes') u, jsonb_array_elements(u->'elements') WITH ORDINALITY e
	WHERE p.code = h.protocol AND u->>'code' = h.purpose ORDER BY e.ordinality), columns, protocol || ' ' || purpose || ' says so in JSON') FROM by_hand h;

-- AGODI's own data, which article 3 does not deliver, has views beside it.
SELECT is(ARRAY(SELECT relation::regclass::text FROM built ORDER BY 1),
	ARRAY['agodi_huisonderwijs.dossier', 'agodi_huisonderwijs.notitie', 'agodi_huisonderwijs.studiebewijs', 'agodi_verificatie.dossier',
		'agodi_verificatie.notitie', 'agodi_verificatie.studiebewijs', 'fictief_klasapp.leerling', 'klasinformatie_beheer.klas', 'lars_glce.login_record'],
	'no other view is made: the class protocol gives no provider anything');
SELECT is_empty($$
	SELECT r.rolname, c.oid::regclass FROM pg_roles r, pg_class c JOIN pg_namespace n ON n.oid = relnamespace
	WHERE r.rolname IN (SELECT view_role FROM built) AND c.relkind IN ('r', 'v', 'p', 'm') AND (n.nspname = 'leerid' OR c.oid IN (SELECT relation FROM built))
		AND (has_table_privilege(r.oid, c.oid, 'SELECT') OR has_any_column_privilege(r.oid, c.oid, 'SELECT'))
		AND c.oid <> 'school_calendar_override'::regclass
		AND NOT EXISTS (SELECT FROM built b WHERE b.relation = c.oid AND b.view_role = r.rolname)
$$, 'the role of a purpose reads its views and nothing else');
SELECT is_empty($$
	SELECT relation::regclass FROM built JOIN pg_class c ON c.oid = relation WHERE NOT coalesce(reloptions @> '{security_barrier=true}', false)
		OR EXISTS (SELECT FROM aclexplode(c.relacl) a WHERE a.grantee = 0)
$$, 'every generated view is a barrier, and not PUBLIC''s');
-- Dates are decided in one zone, by the clock of the statement's frame.
SELECT is_empty($$
	SELECT relation::regclass::text FROM built WHERE pg_get_viewdef(relation) ~* 'now\(|current_|timestamptz|timestamp with time zone|localtime'
	UNION ALL SELECT polrelid::regclass::text FROM pg_policy WHERE pg_get_expr(polqual, polrelid) ~* 'now\(|current_|timestamptz|timestamp with time zone|localtime'
$$, 'no generated SQL looks at a session''s clock or zone');
SELECT is_empty($$
	SELECT attrelid::regclass, attname FROM pg_attribute WHERE attrelid IN (SELECT relation FROM built) AND attnum > 0 AND col_description(attrelid, attnum) IS NULL
$$, 'every column of a generated view has its comment');

SELECT * FROM finish();
ROLLBACK;
