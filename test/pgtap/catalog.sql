-- What must hold of every object that the extension makes, whatever it does.
BEGIN;
SELECT plan(15);

CREATE VIEW member AS
	SELECT classid, objid FROM pg_depend
	WHERE refclassid = 'pg_extension'::regclass AND deptype = 'e'
		AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'leerid');
CREATE VIEW function AS SELECT p.oid::regprocedure AS f, p.* FROM pg_proc p JOIN member ON classid = 'pg_proc'::regclass AND objid = p.oid;
CREATE VIEW scalar AS SELECT t.oid::regtype AS t, t.* FROM pg_type t JOIN member ON classid = 'pg_type'::regclass AND objid = t.oid
	WHERE typtype = 'b' AND typcategory <> 'A';

SELECT ok(count(*) > 100, 'the extension has functions to look at') FROM function;
SELECT is(count(*), 5::bigint, 'and five types') FROM scalar;
SELECT is_empty($$
	SELECT pg_describe_object(classid, objid, 0) FROM member
	WHERE obj_description(objid, classid::regclass::name) IS NULL
		AND NOT (classid = 'pg_type'::regclass AND (SELECT typtype = 'c' OR typcategory = 'A' FROM pg_type t WHERE t.oid = objid))
$$, 'every object has a comment');
SELECT is_empty($$
	SELECT attrelid::regclass, attname FROM pg_attribute JOIN member ON classid = 'pg_class'::regclass AND objid = attrelid
	WHERE attnum > 0 AND NOT attisdropped AND col_description(attrelid, attnum) IS NULL
		AND (SELECT relkind IN ('r', 'p', 'v', 'm') FROM pg_class c WHERE c.oid = attrelid)
$$, 'every column has a comment');
SELECT is_empty($$
	SELECT f FROM function WHERE prokind <> 'a' AND obj_description(oid, 'pg_proc') ~ 'Raises 2' AND proleakproof
$$, 'nothing leakproof says that it raises an error');
SELECT is_empty($$SELECT f FROM function WHERE proparallel <> 's'$$, 'every function is parallel safe');
SELECT is_empty($$SELECT f FROM function WHERE prokind <> 'a' AND NOT proisstrict$$, 'every function is strict');
SELECT is_empty($$SELECT f FROM function WHERE prosecdef AND NOT coalesce(array_to_string(proconfig, ','), '') ~ 'search_path='$$,
	'whatever runs with its owner''s rights sets its search_path');
-- What is immutable computes from its arguments alone; what reads a table and
-- stands open to everybody is listed here, each with a reason.
SELECT is_empty($$
	SELECT f FROM function WHERE has_function_privilege('public', oid, 'EXECUTE') AND provolatile <> 'i'
		AND proname NOT IN ('school_holidays', 'is_school_day', 'next_school_day', 'first_school_day', 'third_school_day', 'teldag') -- public law
$$, 'PUBLIC executes what is immutable and what is listed');
SELECT is_empty($$
	SELECT c.oid::regclass, p.priv FROM pg_class c JOIN member ON classid = 'pg_class'::regclass AND objid = c.oid,
		unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER']) p(priv)
	WHERE relkind IN ('r', 'p', 'v', 'm') AND has_table_privilege('public', c.oid, p.priv)
		AND NOT (relname = 'school_calendar_override' AND priv = 'SELECT') -- public law
$$, 'PUBLIC has no table privilege but what is listed');
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
