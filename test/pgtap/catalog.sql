-- What must hold of every object that the extension makes, whatever it does.
BEGIN;
SELECT plan(23);

CREATE VIEW member AS
	SELECT classid, objid FROM pg_depend
	WHERE refclassid = 'pg_extension'::regclass AND deptype = 'e'
		AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'leerid');
CREATE VIEW function AS SELECT p.oid::regprocedure AS f, p.* FROM pg_proc p JOIN member ON classid = 'pg_proc'::regclass AND objid = p.oid;
CREATE VIEW scalar AS SELECT t.oid::regtype AS t, t.* FROM pg_type t JOIN member ON classid = 'pg_type'::regclass AND objid = t.oid
	WHERE typtype = 'b' AND typcategory <> 'A' AND typname <> 'gate_pass'; -- which is no value of anybody's

SELECT ok(count(*) > 100, 'the extension has functions to look at') FROM function;
SELECT is(count(*), 5::bigint, 'and five types') FROM scalar;
SELECT is_empty($$
	SELECT pg_describe_object(classid, objid, 0) FROM member
	WHERE obj_description(objid, classid::regclass::name) IS NULL
		AND NOT (classid = 'pg_type'::regclass AND (SELECT typtype = 'c' OR typcategory = 'A' FROM pg_type t WHERE t.oid = objid))
		AND NOT (classid = 'pg_class'::regclass AND (SELECT relkind = 'S' FROM pg_class c WHERE c.oid = objid)) -- its column has one
$$, 'every object has a comment');
SELECT is_empty($$
	SELECT attrelid::regclass, attname FROM pg_attribute JOIN member ON classid = 'pg_class'::regclass AND objid = attrelid
	WHERE attnum > 0 AND NOT attisdropped AND col_description(attrelid, attnum) IS NULL
		AND (SELECT relkind IN ('r', 'p', 'v', 'm') FROM pg_class c WHERE c.oid = attrelid)
$$, 'every column has a comment');
SELECT is_empty($$
	SELECT f FROM function WHERE prokind <> 'a' AND obj_description(oid, 'pg_proc') ~ 'Raises 2' AND proleakproof
$$, 'nothing leakproof says that it raises an error');
-- What records or writes may not run in a parallel worker, and whoever asks the
-- frame must run where the frame is.
SELECT is_empty($$
	SELECT f FROM function WHERE (proparallel = 's') = (provolatile = 'v' OR proname IN ('element_ok', 'today'))
		AND proname NOT IN ('gate_selectivity') AND prokind = 'f'
		AND NOT (provolatile = 's' AND prosecdef) -- reads with the latest snapshot
$$, 'a function is parallel safe unless it writes, records or asks the frame');
-- The gate answers false for NULL; who runs with his owner's rights says himself
-- which arguments must be given.
SELECT is_empty($$
	SELECT f FROM function WHERE prokind = 'f' AND NOT proisstrict AND NOT prosecdef AND pronargs > 0
		AND proname NOT IN ('gate_row', 'element_ok', 'gate_table', 'gate_class', 'gate_akkoord', 'gate_subject', 'gate_insz', 'protocol_document', 'resolve', 'resolve_many')
$$, 'every function is strict, or handles NULL itself');
-- What is immutable computes from its arguments alone; what reads a table and
-- stands open to everybody is listed here, each with a reason.
SELECT is_empty($$
	SELECT f FROM function WHERE has_function_privilege('public', oid, 'EXECUTE') AND provolatile <> 'i'
		AND proname NOT IN ('school_holidays', 'is_school_day', 'next_school_day', 'first_school_day', 'third_school_day', 'teldag', -- public law
			'protocol_document', 'protocol_text_sha256', -- published documents
			'register_dependent', 'unregister_dependent', -- ask whether the caller owns the table
			'today', -- a date
			'gate_row', 'element_ok', 'gate_table', 'gate_class', 'gate_akkoord', 'gate_subject', 'gate_insz') -- need a pass that nobody can write
$$, 'PUBLIC executes what is immutable and what is listed');
SELECT is_empty($$
	SELECT c.oid::regclass, p.priv FROM pg_class c JOIN member ON classid = 'pg_class'::regclass AND objid = c.oid,
		unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER']) p(priv)
	WHERE relkind IN ('r', 'p', 'v', 'm') AND has_table_privilege('public', c.oid, p.priv)
		AND NOT (relname = 'school_calendar_override' AND priv = 'SELECT') -- public law
$$, 'PUBLIC has no table privilege but what is listed');
SELECT is_empty($$
	SELECT f FROM function WHERE prosecdef AND has_function_privilege('public', oid, 'EXECUTE')
		AND proname NOT IN ('protocol_document', 'protocol_text_sha256', -- published documents
			'register_dependent', 'unregister_dependent') -- ask whether the caller owns the table
$$, 'nothing that runs with its owner''s rights is PUBLIC''s');
SELECT is_empty($$
	SELECT f FROM function WHERE prosecdef AND NOT proconfig @> ARRAY['search_path=pg_catalog, pg_temp']
$$, 'nor looks for names anywhere but in pg_catalog');

-- Tables.
CREATE VIEW own_table AS SELECT c.* FROM pg_class c JOIN member ON classid = 'pg_class'::regclass AND objid = c.oid WHERE relkind = 'r';
CREATE VIEW person_table AS SELECT * FROM own_table WHERE relname IN ('leerling', 'account', 'inschrijving', 'klas', 'persoon', 'studiebewijs', 'dossier',
	'dossier_notitie', 'visibility', 'login_record', 'restriction', 'objection');
SELECT is_empty($$
	SELECT conrelid::regclass, conname FROM pg_constraint k JOIN own_table t ON t.oid = conrelid
	WHERE contype = 'f' AND NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = conrelid AND i.indpred IS NULL
		AND (i.indkey::int2[])[0:cardinality(conkey) - 1] @> conkey AND conkey @> (i.indkey::int2[])[0:cardinality(conkey) - 1])
$$, 'every foreign key is indexed');
SELECT is_empty($$
	SELECT oid::regclass FROM pg_class c JOIN member ON classid = 'pg_class'::regclass AND objid = c.oid
	WHERE relkind IN ('r', 'S') AND relname <> 'built' AND NOT EXISTS (SELECT FROM pg_extension WHERE extname = 'leerid' AND extconfig @> ARRAY[c.oid])
$$, 'every table and sequence is dumped, but what rebuild() makes anew');
SELECT results_eq('SELECT count(*) FROM person_table WHERE relrowsecurity', ARRAY[12::bigint], 'row-level security is on for all that holds persons');
SELECT is_empty($$
	SELECT t.oid::regclass, r.rolname FROM person_table t, pg_roles r
	WHERE r.rolname IN ('leerid_admin', 'leerid_idp', 'leerid_schoolloket', 'leerid_package', 'leerid_intake', 'leerid_purger', 'leerid_auditor')
		AND (has_table_privilege(r.oid, t.oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER')
			OR has_any_column_privilege(r.oid, t.oid, 'SELECT, INSERT, UPDATE, REFERENCES'))
$$, 'no role of leerid has a privilege on a table of persons');
SELECT is_empty($$
	SELECT t.oid::regclass, tgname FROM own_table t LEFT JOIN pg_trigger g ON g.tgrelid = t.oid AND tgfoid = 'rule_changed'::regproc
	WHERE relname IN ('agreement', 'application', 'binding', 'built', 'consent', 'decretal_basis', 'element', 'objection', 'protocol', 'purpose_terms', 'restriction')
	GROUP BY t.oid, tgname, tgenabled HAVING tgname IS NULL OR tgenabled <> 'A'
	UNION ALL SELECT tgrelid::regclass, tgname FROM pg_trigger WHERE tgfoid = 'insz_changed'::regproc AND tgenabled <> 'A'
$$, 'every rule table tells of its changes, and the registers of a new INSZ, in replicas too');
SELECT is_empty($$
	SELECT p.oid::regprocedure FROM pg_proc p WHERE pronamespace = 'pg_catalog'::regnamespace AND has_function_privilege('public', p.oid, 'EXECUTE')
		AND (proname ~ '^pg_stat_get_(xact_|db_)?(tuples_(fetched|returned)|numscans|blocks_(fetched|hit)|lastscan)$' OR proname = 'pg_lock_status')
$$, 'counters and locks that tell of hidden rows are not PUBLIC''s');
SELECT ok(has_function_privilege('pg_monitor', 'pg_stat_get_numscans(oid)', 'EXECUTE'), 'pg_monitor keeps them');

-- Views that filter rows push down only what cannot leak.
SELECT is_empty($$
	SELECT o.oid::regoperator FROM pg_operator o JOIN member ON classid = 'pg_operator'::regclass AND objid = o.oid
	WHERE oprname IN ('=', '<>', '<', '<=', '>', '>=') AND NOT (SELECT proleakproof FROM pg_proc p WHERE p.oid = oprcode)
$$, 'every comparison operator is leakproof');
SELECT is_empty($$
	SELECT opfname, amproc FROM pg_amproc a JOIN pg_opfamily f ON f.oid = amprocfamily JOIN scalar s ON s.oid = amproclefttype
	WHERE amproc::oid IN (SELECT oid FROM function) AND amprocnum = 1 AND NOT (SELECT proleakproof FROM pg_proc p WHERE p.oid = amproc)
$$, 'so is what orders and hashes');
SELECT is_empty($$
	SELECT t, am, num FROM scalar, (VALUES ('btree', 1), ('btree', 2), ('btree', 4), ('hash', 1), ('hash', 2), ('brin', 1)) w (am, num)
	WHERE NOT EXISTS (SELECT FROM pg_opclass c JOIN pg_am m ON m.oid = opcmethod
		JOIN pg_amproc p ON amprocfamily = opcfamily AND amproclefttype = opcintype AND amprocnum = num
		WHERE opcintype = scalar.oid AND opcdefault AND amname = am)
$$, 'every type has sort support, deduplication, extended hash and block ranges');
SELECT is_empty($$SELECT oid::regclass FROM (SELECT opc.oid FROM pg_opclass opc JOIN member ON classid = 'pg_opclass'::regclass AND objid = opc.oid) s
	WHERE NOT amvalidate(oid)$$, 'every operator class passes PostgreSQL''s own validation');
SELECT is_empty($$
	SELECT castsource::regtype, casttarget::regtype FROM pg_cast c JOIN member ON classid = 'pg_cast'::regclass AND objid = c.oid
	WHERE castcontext = 'i'
$$, 'no cast is implicit: nothing compares by storage order behind one''s back');

SELECT * FROM finish();
ROLLBACK;
