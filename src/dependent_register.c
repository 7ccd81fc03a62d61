/*
 * dependent_register.c
 *	  Registers tables that depend on a pupil, by their owners.
 *
 * What is asked of a table is what makes moving its rows safe and undoable: a
 * foreign key, so that no row of an absorbed record can be left or come later;
 * a primary key, by which a row is found again; an index on the pupil, so that a
 * merge costs the same however large the table is; and nothing deferred, which
 * would run later as somebody else.
 */
#include "compat.h"

#include "access/relation.h"
#include "catalog/dependency.h"
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_type.h"
#include "commands/extension.h"
#include "dependent.h"
#include "dependent_table.h"
#include "errors.h"
#include "miscadmin.h"
#include "query.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"

/*
 * Raises 42501 unless the caller is the owner of a table, or a member of its owner.
 * What runs as another than the session's user, as triggers do of tables that follow a
 * pupil or cascade from him, does not speak for him.
 */
static void
check_caller_owns(Oid relation)
{
	HeapTuple tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relation));
	Oid owner = InvalidOid;

	if (HeapTupleIsValid(tuple))
	{
		owner = ((Form_pg_class) GETSTRUCT(tuple))->relowner;
		ReleaseSysCache(tuple);
	}
	if (!OidIsValid(owner) || InSecurityRestrictedOperation() || InNoForceRLSOperation() ||
		!has_privs_of_role(GetOuterUserId(), owner))
		ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
						errmsg("only the owner of a table decides whether its rows follow a pupil")));
}

/* Opens a table of the caller's; nobody else makes anybody wait by it. */
static Relation
open_own_table(Oid relation)
{
	Relation table;

	check_caller_owns(relation);
	table = try_relation_open(relation, AccessShareLock);
	check_caller_owns(relation);
	if (table == NULL)
		elog(ERROR, "relation %u is gone", relation);
	return table;
}

/* Raises 22004 for an argument that is missing. */
static void
check_given(FunctionCallInfo fcinfo, int number, const char *name)
{
	if (PG_ARGISNULL(number))
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("argument \"%s\" is missing", name)));
}

/* Raises 22023 for a policy that there is not, or that does not go with latest_by. */
static void
check_policy(const char *on_conflict, const char *latest_by)
{
	static const char *const policies[] = {"refuse", "keep_equal", "keep_into", "keep_latest"};
	bool known = false;

	for (int i = 0; i < (int) lengthof(policies); i++)
		known |= strcmp(on_conflict, policies[i]) == 0;
	if (!known)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("unknown policy for a conflict"),
						errdetail("There are refuse, keep_equal, keep_into and keep_latest.")));
	if ((strcmp(on_conflict, "keep_latest") == 0) != (latest_by != NULL))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("latest_by is given for keep_latest, and only for it")));
}

/* What is wrong with a table, by the catalogue, and what mends it. */
static const struct
{
	const char *query; /* rows: wrong; $1 the table, $2 the pupil's column, $3 the policy */
	const char *detail;
	const char *hint; /* with the table, the column and its owner */
} refusals[] = {
	{"SELECT WHERE NOT EXISTS (SELECT FROM pg_constraint c"
	 " WHERE c.conrelid = $1 AND c.contype = 'f' AND c.convalidated"
	 " AND coalesce((to_jsonb(c.*) ->> 'conenforced')::bool, true)"
	 " AND c.confrelid = 'leerid.leerling'::regclass AND c.confdeltype = ANY ('{a,r,c}')"
	 " AND c.conkey = ARRAY[(SELECT attnum FROM pg_attribute WHERE attrelid = $1 AND attname = $2::name)]"
	 " AND c.confkey = ARRAY[(SELECT attnum FROM pg_attribute WHERE attrelid = c.confrelid AND attname = "
	 "'id')])",
	 "It has no validated foreign key on that column to leerid.leerling (id) without SET NULL or SET "
	 "DEFAULT, so rows"
	 " of a record that is gone could stay or come.",
	 "GRANT REFERENCES (id) ON leerid.leerling TO %3$s; ALTER TABLE %1$s ADD FOREIGN KEY (%2$s) REFERENCES"
	 " leerid.leerling (id);"},
	{"SELECT WHERE NOT EXISTS (SELECT FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid"
	 " JOIN pg_am a ON a.oid = c.relam WHERE i.indrelid = $1 AND a.amname = 'btree' AND i.indisvalid"
	 " AND i.indpred IS NULL"
	 " AND i.indkey[0] = (SELECT attnum FROM pg_attribute WHERE attrelid = $1 AND attname = $2::name))",
	 "It has no btree index whose first column is the pupil's, so every merge would read the whole table.",
	 "CREATE INDEX ON %1$s (%2$s);"},
	{"SELECT FROM pg_trigger t WHERE t.tginitdeferred"
	 " AND (t.tgrelid = $1 OR t.tgrelid IN (SELECT relid FROM pg_partition_tree($1)))"
	 " UNION ALL SELECT FROM pg_index i WHERE i.indrelid = $1 AND NOT i.indimmediate",
	 "It has a deferred constraint or trigger, or a unique or exclusion constraint that is deferrable.",
	 "Make the constraints and triggers NOT DEFERRABLE, or INITIALLY IMMEDIATE where nothing is unique by "
	 "them."},
	{"SELECT FROM pg_rewrite WHERE ev_class = $1", "It has a rule.", "Use a trigger in its place."},
	{"SELECT FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhparent WHERE $2 IS NOT NULL AND $3 IS NOT "
	 "NULL"
	 " AND c.relkind = 'r' AND $1 IN (i.inhparent, i.inhrelid)",
	 "It inherits from a table, or a table from it.", "Make it a partitioned table, or one of its own."},
	{"SELECT FROM pg_constraint c WHERE $3 <> 'refuse' AND c.contype = 'f' AND c.confrelid = $1"
	 " AND c.confdeltype = ANY ('{c,n,d}')",
	 "Rows of another table would go, or lose their reference, with a row that is set aside.",
	 "Register it with on_conflict 'refuse', or make those foreign keys NO ACTION."},
	{"SELECT WHERE $3 = 'keep_latest' AND NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = $1"
	 " AND i.indisprimary AND (SELECT attnum FROM pg_attribute WHERE attrelid = $1 AND attname = $2::name)"
	 " = ANY (i.indkey))",
	 "The pupil's column is not part of its primary key, so a row could not stand for both records when a "
	 "merge is"
	 " undone.",
	 "keep_latest is for tables with one row for a pupil and whatever else the key holds."},
	{"SELECT FROM leerid.dependent WHERE relation = $1 AND pupil = $2::name AND ended_at IS NULL",
	 "It is registered already by that column.", "unregister_dependent(%1$s, %2$s) comes first."},
};

/* Raises LR053 unless a table can follow a pupil. */
static void
check_table(Relation table, const char *pupil, const char *on_conflict, const char *latest_by)
{
	QueryArgument arguments[] = {{.type = OIDOID, .value = ObjectIdGetDatum(RelationGetRelid(table))},
								 QUERY_TEXT(pupil),
								 QUERY_TEXT(on_conflict)};
	const char *name = quote_qualified_identifier(get_namespace_name(RelationGetNamespace(table)),
												  RelationGetRelationName(table));

	if (getExtensionOfObject(RelationRelationId, RelationGetRelid(table)) ==
		get_extension_oid("leerid", false))
		dependent_refused(table, "It is one of leerid's own tables.",
						  "Those that follow a pupil do so anyway.");
	check_movable(table, pupil, latest_by);
	for (int i = 0; i < (int) lengthof(refusals); i++)
		if (query(refusals[i].query, true, lengthof(arguments), arguments) > 0)
			dependent_refused(table, refusals[i].detail,
							  psprintf(refusals[i].hint, name, quote_identifier(pupil),
									   quote_identifier(GetUserNameFromId(table->rd_rel->relowner, false))));
}

/*
 * register_dependent(relation, pupil, on_conflict, latest_by): the rows of a
 * table of the caller's follow the pupil from now on; the registration's number.
 */
PG_FUNCTION_INFO_V1(register_dependent);
Datum
register_dependent(PG_FUNCTION_ARGS)
{
	const char *pupil, *on_conflict, *latest_by;
	Relation table;
	int32 id;

	check_given(fcinfo, 0, "relation");
	check_given(fcinfo, 1, "pupil");
	check_given(fcinfo, 2, "on_conflict");
	pupil = NameStr(*PG_GETARG_NAME(1));
	on_conflict = text_to_cstring(PG_GETARG_TEXT_PP(2));
	latest_by = PG_ARGISNULL(3) ? NULL : NameStr(*PG_GETARG_NAME(3));
	check_policy(on_conflict, latest_by);
	table = open_own_table(PG_GETARG_OID(0));

	query_open();
	command("LOCK TABLE leerid.dependent IN SHARE ROW EXCLUSIVE MODE");
	check_table(table, pupil, on_conflict, latest_by);
	{
		QueryArgument arguments[] = {
			{.type = OIDOID, .value = ObjectIdGetDatum(RelationGetRelid(table))},
			QUERY_TEXT(pupil),
			QUERY_TEXT(on_conflict),
			QUERY_TEXT(latest_by),
			QUERY_TEXT(GetUserNameFromId(table->rd_rel->relowner, false)),
		};

		query("INSERT INTO leerid.dependent (relation, pupil, on_conflict, latest_by, owner)"
			  " VALUES ($1, $2::name, $3, $4::name, $5::name) RETURNING id",
			  false, lengthof(arguments), arguments);
		id = DatumGetInt32(query_value(0, 1, NULL));
	}
	try_dependents();
	query_close();
	relation_close(table, NoLock);
	PG_RETURN_INT32(id);
}

/* unregister_dependent(relation, pupil): the rows of a table of the caller's follow no pupil any more. */
PG_FUNCTION_INFO_V1(unregister_dependent);
Datum
unregister_dependent(PG_FUNCTION_ARGS)
{
	Relation table = open_own_table(PG_GETARG_OID(0));
	QueryArgument arguments[] = {
		{.type = OIDOID, .value = ObjectIdGetDatum(RelationGetRelid(table))},
		QUERY_TEXT(NameStr(*PG_GETARG_NAME(1))),
		{.type = TIMESTAMPTZOID, .value = TimestampTzGetDatum(GetCurrentTimestamp())},
	};

	query_open();
	if (query("UPDATE leerid.dependent SET ended_at = $3 WHERE relation = $1 AND pupil = $2::name"
			  " AND ended_at IS NULL AND owner IS NOT NULL",
			  false, lengthof(arguments), arguments) == 0)
		dependent_refused(table, "It is not registered by that column.", "See the table leerid.dependent.");
	query_close();
	relation_close(table, NoLock);
	PG_RETURN_VOID();
}
