-- Prints doc/reference.md from the comments in the catalogue of a database that
-- has leerid.  make reference runs it; a test compares.
\set QUIET on
\pset format unaligned
\pset tuples_only on
SET search_path = leerid;

CREATE TEMP VIEW member AS
	SELECT classid, objid FROM pg_depend
	WHERE refclassid = 'pg_extension'::regclass AND deptype = 'e'
		AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'leerid');
-- One line of a table; a bar inside a cell would end it.
CREATE FUNCTION pg_temp.cells(VARIADIC cells text[]) RETURNS text LANGUAGE sql AS $$
	SELECT '| ' || string_agg(replace(coalesce(c, ''), '|', '\|'), ' | ' ORDER BY n) || ' |' FROM unnest(cells) WITH ORDINALITY u (c, n)
$$;

SELECT $md$# Reference

Made by `make reference` from the comments in the catalogue; do not edit it. `\dx+ leerid`, `\df+`, `\do+` and `\dT+` show the same in psql.
Everything lives in the schema `leerid`. What is marked *leakproof* raises no error and tells nothing but its result, so PostgreSQL may evaluate it before the conditions of a view or a policy. Unless the text says otherwise PUBLIC may use it. The SQLSTATEs are listed in [errors.md](errors.md).

## Types

| type | what it is |
|---|---|$md$;
SELECT pg_temp.cells('`' || t.oid::regtype || '`', obj_description(t.oid, 'pg_type'))
FROM pg_type t JOIN member ON classid = 'pg_type'::regclass AND objid = t.oid
WHERE typtype = 'b' AND typcategory <> 'A' ORDER BY t.oid::regtype::text COLLATE "C";

SELECT $md$
## Functions

| function | returns | | what it does |
|---|---|---|---|$md$;
SELECT pg_temp.cells('`' || p.oid::regprocedure || '`', '`' || pg_get_function_result(p.oid) || '`',
	concat_ws(', ', CASE provolatile WHEN 'i' THEN 'immutable' WHEN 's' THEN 'stable' ELSE 'volatile' END,
		CASE WHEN proleakproof THEN 'leakproof' END, CASE WHEN NOT has_function_privilege('public', p.oid, 'EXECUTE') THEN 'not for PUBLIC' END),
	obj_description(p.oid, 'pg_proc'))
FROM pg_proc p JOIN member ON classid = 'pg_proc'::regclass AND objid = p.oid
WHERE obj_description(p.oid, 'pg_proc') !~ '^Implementation of' ORDER BY p.oid::regprocedure::text COLLATE "C";

SELECT $md$
## Tables

Every table holds what its comment says and is dumped with its rows. No role of leerid has a privilege on a table of
persons: they are read through the views of a purpose, or by row-level policies under one.

| table, column | type | what it holds |
|---|---|---|$md$;
SELECT pg_temp.cells(CASE WHEN attnum IS NULL THEN '**`' || c.relname || '`**' ELSE '`' || attname || '`' END,
	CASE WHEN attnum IS NOT NULL THEN format_type(atttypid, atttypmod) END, coalesce(col_description(c.oid, attnum), obj_description(c.oid, 'pg_class')))
FROM pg_class c JOIN member ON classid = 'pg_class'::regclass AND objid = c.oid
	JOIN LATERAL (SELECT NULL::smallint, NULL, NULL, NULL UNION ALL
		SELECT attnum, attname, atttypid, atttypmod FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped) a (attnum, attname, atttypid, atttypmod) ON true
WHERE relkind = 'r' ORDER BY c.relname COLLATE "C", attnum NULLS FIRST;

SELECT $md$
## Settings

| setting | default | who | what it does |
|---|---|---|---|$md$;
SELECT pg_temp.cells('`' || name || '`', '`' || boot_val || '`', CASE context WHEN 'user' THEN 'everybody' ELSE context END, short_desc || ' ' || extra_desc)
FROM pg_settings WHERE name LIKE 'leerid.%' ORDER BY name;

SELECT $md$
## Operators

| operator | result | what it does |
|---|---|---|$md$;
SELECT pg_temp.cells('`' || oprleft::regtype || ' ' || oprname || ' ' || oprright::regtype || '`', '`' || oprresult::regtype || '`', obj_description(o.oid, 'pg_operator'))
FROM pg_operator o JOIN member ON classid = 'pg_operator'::regclass AND objid = o.oid
ORDER BY oprleft::regtype::text COLLATE "C", oprname COLLATE "C", oprright::regtype::text COLLATE "C";

SELECT $md$
## Casts

| from | to | | what it does |
|---|---|---|---|$md$;
SELECT pg_temp.cells('`' || castsource::regtype || '`', '`' || casttarget::regtype || '`',
	CASE castcontext WHEN 'a' THEN 'in assignment' WHEN 'e' THEN 'explicit' ELSE 'implicit' END, obj_description(c.oid, 'pg_cast'))
FROM pg_cast c JOIN member ON classid = 'pg_cast'::regclass AND objid = c.oid
ORDER BY castsource::regtype::text COLLATE "C", casttarget::regtype::text COLLATE "C";

SELECT $md$
## Operator classes

All are the default of their type, so an index, a join or a partition uses them without naming them.

| operator class | access method | what it is for |
|---|---|---|$md$;
SELECT pg_temp.cells('`' || opcname || '`', amname, obj_description(o.oid, 'pg_opclass'))
FROM pg_opclass o JOIN member ON classid = 'pg_opclass'::regclass AND objid = o.oid JOIN pg_am a ON a.oid = opcmethod
ORDER BY opcname COLLATE "C", amname COLLATE "C";

SELECT $md$
## Tables$md$;
SELECT E'\n### `' || c.relname || E'`\n\n' || obj_description(c.oid, 'pg_class') || E'\n\n| column | type | what it holds |\n|---|---|---|\n' ||
	(SELECT string_agg(pg_temp.cells('`' || attname || '`', '`' || format_type(atttypid, atttypmod) || '`', col_description(c.oid, attnum)), E'\n' ORDER BY attnum)
	FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped)
FROM pg_class c JOIN member ON classid = 'pg_class'::regclass AND objid = c.oid
WHERE relkind IN ('r', 'p', 'v', 'm') ORDER BY c.relname COLLATE "C";
