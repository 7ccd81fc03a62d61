/*
 * install.c
 *	  What the install script does in C: looks at the schema it is put into,
 *	  makes the fixed roles, closes counters that tell of hidden rows.
 */
#include "install.h"

#include "access/genam.h"
#include "access/table.h"
#include "catalog/indexing.h"
#include "catalog/pg_class.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_operator.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "query.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

/* Whether a catalogue has a row, other than one object, in a schema. */
static bool
has_objects(Oid catalogue, AttrNumber namespace_column, AttrNumber oid_column, Oid schema, Oid except)
{
	Relation rel = table_open(catalogue, AccessShareLock);
	ScanKeyData key[2];
	SysScanDesc scan;
	bool found;

	ScanKeyInit(&key[0], namespace_column, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(schema));
	ScanKeyInit(&key[1], oid_column, BTEqualStrategyNumber, F_OIDNE, ObjectIdGetDatum(except));
	scan = systable_beginscan(rel, InvalidOid, false, NULL, 2, key);
	found = HeapTupleIsValid(systable_getnext(scan));
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	return found;
}

/*
 * Raises 55000 unless the schema of the calling function belongs to a superuser
 * and holds nothing but that function.  Whoever owned the schema could rename it
 * and put another in its place; whatever stood in it before could be taken for
 * one of our functions or operators while the script runs with all rights.
 */
PG_FUNCTION_INFO_V1(check_schema);
Datum
check_schema(PG_FUNCTION_ARGS)
{
	Oid self = fcinfo->flinfo->fn_oid;
	Oid schema = get_func_namespace(self);
	HeapTuple tuple = SearchSysCache1(NAMESPACEOID, ObjectIdGetDatum(schema));
	Oid owner;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for schema %u", schema);
	owner = ((Form_pg_namespace) GETSTRUCT(tuple))->nspowner;
	ReleaseSysCache(tuple);

	if (!superuser_arg(owner))
		ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
						errmsg("schema \"%s\" does not belong to a superuser", get_namespace_name(schema)),
						errdetail("Its owner could put objects of his own in the place of the extension's."),
						errhint("Rename or drop it, and let CREATE EXTENSION make the schema.")));
	if (has_objects(ProcedureRelationId, Anum_pg_proc_pronamespace, Anum_pg_proc_oid, schema, self) ||
		has_objects(OperatorRelationId, Anum_pg_operator_oprnamespace, Anum_pg_operator_oid, schema,
					InvalidOid) ||
		has_objects(TypeRelationId, Anum_pg_type_typnamespace, Anum_pg_type_oid, schema, InvalidOid) ||
		has_objects(RelationRelationId, Anum_pg_class_relnamespace, Anum_pg_class_oid, schema, InvalidOid))
		ereport(
			ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("schema \"%s\" is not empty", get_namespace_name(schema)),
			 errdetail("What stands in it could be taken for a part of the extension."),
			 errhint("Move its objects elsewhere, or rename it and let CREATE EXTENSION make the schema.")));
	PG_RETURN_VOID();
}

/*
 * Makes the fixed roles that are not there yet.  Roles belong to the cluster, so
 * another database, or the cluster that a dump came from, may have made them.
 */
PG_FUNCTION_INFO_V1(make_roles);
Datum
make_roles(PG_FUNCTION_ARGS)
{
	static const struct
	{
		const char *name, *comment;
	} roles[] = {
		{"leerid_admin", "leerid: data manager of DOV"},
		{"leerid_auditor", "leerid: data protection officer, auditor"},
		{"leerid_idp", "leerid: the identity provider, for logins"},
		{"leerid_intake", "leerid: deliveries of the source registries"},
		{"leerid_package", "leerid: administrative packages of schools"},
		{"leerid_purger", "leerid: purges and holds"},
		{"leerid_schoolloket", "leerid: the portal of schools"},
	};

	(void) fcinfo;
	query_open();
	for (int i = 0; i < (int) lengthof(roles); i++)
	{
		if (OidIsValid(get_role_oid(roles[i].name, true)))
			continue;
		command("CREATE ROLE %s NOLOGIN", roles[i].name);
		command("COMMENT ON ROLE %s IS %s", roles[i].name, quote_literal_cstr(roles[i].comment));
	}
	query_close();
	PG_RETURN_VOID();
}

/*
 * Takes from PUBLIC the statistics functions that count rows and pages touched,
 * and the one that lists locks: a session could read off them whether a row
 * that it may not see is there.  Members of pg_monitor keep them.  An SPI
 * connection is open.
 */
void
close_counters(void)
{
	uint64 count;
	char **functions;

	count =
		query("SELECT p.oid::pg_catalog.regprocedure FROM pg_catalog.pg_proc p"
			  " WHERE p.pronamespace = 'pg_catalog'::pg_catalog.regnamespace AND p.prokind = 'f'"
			  " AND (p.proname ~ "
			  "'^pg_stat_get_(xact_|db_)?(tuples_(fetched|returned)|numscans|blocks_(fetched|hit)|lastscan|"
			  "temp_(files|bytes))$'"
			  " OR p.proname ~ '^pg_stat_get_(io|backend_io|backend_wal)$' OR p.proname = 'pg_lock_status')",
			  true, 0, NULL);
	functions = palloc(sizeof(char *) * (count + 1));
	for (uint64 i = 0; i < count; i++)
		functions[i] = query_text(i, 1);
	for (uint64 i = 0; i < count; i++)
	{
		command("REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC", functions[i]);
		command("GRANT EXECUTE ON FUNCTION %s TO pg_monitor", functions[i]);
	}
}

/* close_counters(), for the install script. */
PG_FUNCTION_INFO_V1(guard_statistics);
Datum
guard_statistics(PG_FUNCTION_ARGS)
{
	(void) fcinfo;
	query_open();
	close_counters();
	query_close();
	PG_RETURN_VOID();
}
