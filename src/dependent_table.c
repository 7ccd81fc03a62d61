/*
 * dependent_table.c
 *	  The tables that depend on a pupil, as a session knows them.
 *
 * They are read once, and again when a registration or one of the tables has
 * changed.  A table that was dropped is no dependent any more; one that changed
 * so that its rows cannot be moved any more is an error, which names it.
 *
 * Rows clash when a unique index or an exclusion constraint in which the pupil
 * takes part would not let them stand under one pupil.  Each such index is
 * compared by its own columns, expressions, predicate, operators and collations.
 *
 * Rows of a pupil are asked for with = ANY: of the indexes that begin with the
 * pupil only a btree answers that, and a gist index of an exclusion constraint,
 * which would be several times slower, does not.
 */
#include "dependent_table.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/stratnum.h"
#include "access/sysattr.h"
#include "access/table.h"
#include "catalog/index.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "errors.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "query.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/ruleutils.h"
#include "utils/syscache.h"
#include "utils/typcache.h"

/* The moves as the statements' first three parameters. */
#define MOVES \
	"unnest($1::pg_catalog.int8[], $2::pg_catalog.int8[], $3::pg_catalog.int8[]) m (number, \"from\", " \
	"\"into\")"

static List *known = NIL;
static MemoryContext known_context = NULL;
static uint64 generation = 1, known_generation = 0;
static Oid registrations = InvalidOid; /* leerid.dependent */
static Oid pupils = InvalidOid;		   /* leerid.leerling */

/* Raises LR053: the table cannot depend on a pupil. */
void
dependent_refused(Relation table, const char *detail, const char *hint)
{
	ereport(ERROR, (errcode(ERRCODE_LEERID_DEPENDENT_REFUSED),
					errmsg("table \"%s\" cannot follow a pupil", RelationGetRelationName(table)),
					errdetail_internal("%s", detail), errhint("%s", hint)));
	pg_unreachable();
}

/* The operator by which a btree of a type's default order compares; InvalidOid when it has none. */
static Oid
ordering_operator(Oid type, int strategy)
{
	TypeCacheEntry *entry = lookup_type_cache(type, TYPECACHE_BTREE_OPFAMILY);

	return OidIsValid(entry->btree_opf)
			   ? get_opfamily_member(entry->btree_opf, entry->btree_opintype, entry->btree_opintype, strategy)
			   : InvalidOid;
}

/* The columns of the primary key but the pupil's, in its order; NIL, and false, when there is none. */
static bool
key_columns(Relation table, AttrNumber pupil, List **columns)
{
	HeapTuple tuple;
	Form_pg_index index;

	*columns = NIL;
	list_free(RelationGetIndexList(table));
	if (!OidIsValid(table->rd_pkindex))
		return false;
	tuple = SearchSysCache1(INDEXRELID, ObjectIdGetDatum(table->rd_pkindex));
	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for index %u", table->rd_pkindex);
	index = (Form_pg_index) GETSTRUCT(tuple);
	for (int i = 0; i < index->indnkeyatts; i++)
		if (index->indkey.values[i] != pupil)
			*columns = lappend_int(*columns, index->indkey.values[i]);
	ReleaseSysCache(tuple);
	return true;
}

/* Raises LR053 unless the rows of a table can be moved from pupil to pupil by that column. */
void
check_movable(Relation table, const char *pupil, const char *latest_by)
{
	AttrNumber column = get_attnum(RelationGetRelid(table), pupil);
	List *key;

	if (table->rd_rel->relkind != RELKIND_RELATION && table->rd_rel->relkind != RELKIND_PARTITIONED_TABLE)
		dependent_refused(table, "It is no ordinary or partitioned table.",
						  "Register the table that holds the rows.");
	if (table->rd_rel->relpersistence == RELPERSISTENCE_TEMP)
		dependent_refused(table, "It is a temporary table.", "Other sessions could not move its rows.");
	if (table->rd_rel->relispartition)
		dependent_refused(table, "It is a partition.", "Register the partitioned table.");
	if (table->rd_rel->relforcerowsecurity)
		dependent_refused(table, "Row-level security is forced on its owner too.",
						  "ALTER TABLE ... NO FORCE ROW LEVEL SECURITY.");
	if (column <= 0 || get_atttype(RelationGetRelid(table), column) != INT8OID ||
		TupleDescAttr(RelationGetDescr(table), column - 1)->attgenerated != '\0')
		dependent_refused(table,
						  psprintf("It has no column \"%s\" of type bigint that can be written.", pupil),
						  "The column holds leerid.leerling.id.");
	if (!key_columns(table, column, &key))
		dependent_refused(table, "It has no primary key.",
						  "What moved is kept by it, so that it can be undone.");
	if (latest_by != NULL)
	{
		AttrNumber latest = get_attnum(RelationGetRelid(table), latest_by);

		if (latest <= 0 || !OidIsValid(ordering_operator(get_atttype(RelationGetRelid(table), latest),
														 BTGreaterEqualStrategyNumber)))
			dependent_refused(table, psprintf("It has no column \"%s\" that can be ordered.", latest_by),
							  "latest_by names the column that tells which of two rows is later.");
	}
}

/* Whether a column takes part in an index: as a key, in an expression or in the predicate. */
static bool
takes_part(const IndexInfo *index, AttrNumber column)
{
	Bitmapset *columns = NULL;

	for (int i = 0; i < index->ii_NumIndexKeyAttrs; i++)
		if (index->ii_IndexAttrNumbers[i] == column)
			return true;
	pull_varattnos((Node *) index->ii_Expressions, 1, &columns);
	pull_varattnos((Node *) index->ii_Predicate, 1, &columns);
	return bms_is_member(column - FirstLowInvalidHeapAttributeNumber, columns);
}

/* A collation as it is written behind an expression; "" for none. */
static const char *
collate_clause(Oid collation)
{
	HeapTuple tuple;
	Form_pg_collation form;
	const char *clause;

	if (!OidIsValid(collation))
		return "";
	tuple = SearchSysCache1(COLLOID, ObjectIdGetDatum(collation));
	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for collation %u", collation);
	form = (Form_pg_collation) GETSTRUCT(tuple);
	clause = psprintf(" COLLATE %s", quote_qualified_identifier(get_namespace_name(form->collnamespace),
																NameStr(form->collname)));
	ReleaseSysCache(tuple);
	return clause;
}

/*
 * Adds what a row is compared by in one index: to values its keys and its
 * predicate as columns of a list of a SELECT, and to condition when a row "a"
 * clashes with a row "b".
 */
static void
write_index(Relation table, Relation index, const IndexInfo *info, StringInfo values, StringInfo condition)
{
	List *context = deparse_context_for(RelationGetRelationName(table), RelationGetRelid(table));
	ListCell *expression = list_head(info->ii_Expressions);
	Oid number = RelationGetRelid(index);

	appendStringInfo(condition, "%s(true", condition->len == 0 ? "" : " OR ");
	for (int i = 0; i < info->ii_NumIndexKeyAttrs; i++)
	{
		AttrNumber column = info->ii_IndexAttrNumbers[i];
		const char *collate = collate_clause(index->rd_indcollation[i]);
		Oid type, equals;
		char *a, *b;

		if (column != 0)
		{
			type = get_atttype(RelationGetRelid(table), column);
			appendStringInfoString(values,
								   quote_identifier(get_attname(RelationGetRelid(table), column, false)));
		}
		else
		{
			type = exprType(lfirst(expression));
			appendStringInfo(values, "(%s)", deparse_expression(lfirst(expression), context, false, false));
			expression = lnext(info->ii_Expressions, expression);
		}
		appendStringInfo(values, " AS \"%u.%d\", ", number, i);

		equals = info->ii_ExclusionOps != NULL
					 ? info->ii_ExclusionOps[i]
					 : get_opfamily_member(index->rd_opfamily[i], index->rd_opcintype[i],
										   index->rd_opcintype[i], BTEqualStrategyNumber);
		a = psprintf("(a.\"%u.%d\"%s)", number, i, collate);
		b = psprintf("(b.\"%u.%d\"%s)", number, i, collate);
		appendStringInfoString(condition, " AND (");
		generate_operator_clause(condition, a, type, equals, b, type);
		if (info->ii_NullsNotDistinct && info->ii_ExclusionOps == NULL)
			appendStringInfo(condition, " OR (%s IS NULL AND %s IS NULL)", a, b);
		appendStringInfoChar(condition, ')');
	}
	if (info->ii_Predicate != NIL)
	{
		Node *predicate = (Node *) make_ands_explicit(info->ii_Predicate);

		appendStringInfo(values, "(%s) AS \"%u\", ", deparse_expression(predicate, context, false, false),
						 number);
		appendStringInfo(condition, " AND a.\"%u\" AND b.\"%u\"", number, number);
	}
	appendStringInfoChar(condition, ')');
}

/* Adds what all indexes compare in which the pupil takes part; false when there is none. */
static bool
write_indexes(Relation table, AttrNumber pupil, StringInfo values, StringInfo condition)
{
	ListCell *cell;

	foreach (cell, RelationGetIndexList(table))
	{
		Relation index = index_open(lfirst_oid(cell), AccessShareLock);
		IndexInfo *info = BuildIndexInfo(index);

		if ((info->ii_Unique || info->ii_ExclusionOps != NULL) && takes_part(info, pupil))
			write_index(table, index, info, values, condition);
		index_close(index, AccessShareLock);
	}
	return condition->len > 0;
}

/* The columns of a row, each under its own name, with the pupil it is to belong to. */
static char *
moved_columns(Relation table, const char *alias, const char *pupil)
{
	StringInfoData list;

	initStringInfo(&list);
	for (int i = 0; i < RelationGetNumberOfAttributes(table); i++)
	{
		Form_pg_attribute column = TupleDescAttr(RelationGetDescr(table), i);
		const char *name = quote_identifier(NameStr(column->attname));

		if (column->attisdropped)
			continue;
		if (list.len > 0)
			appendStringInfoString(&list, ", ");
		if (strcmp(NameStr(column->attname), pupil) == 0)
			appendStringInfo(&list, "m.\"into\" AS %s", name);
		else
			appendStringInfo(&list, "%s.%s AS %s", alias, name, name);
	}
	return list.data;
}

/* The names of columns as an array of text. */
static char *
name_array(const List *names)
{
	StringInfoData array;
	const ListCell *cell;

	initStringInfo(&array);
	appendStringInfoString(&array, "ARRAY[");
	foreach (cell, names)
		appendStringInfo(&array, "%s%s", array.len == 6 ? "" : ", ", quote_literal_cstr(lfirst(cell)));
	appendStringInfoString(&array, "]::pg_catalog.text[]");
	return array.data;
}

/* How a table's rows are written down: what the statements have in common. */
typedef struct RowText
{
	const char *from;	 /* the table, without the tables that inherit from it */
	const char *pupil;	 /* its column, quoted */
	const char *key;	 /* the key of row "t" */
	const char *written; /* the columns that can be written but the pupil's, of row "r" */
	const char *columns; /* the same without "r", each after a comma */
	const char *derived; /* names of generated columns and the pupil's, as an array */
	const char *keys;	 /* the same and the primary key's */
} RowText;

/* Writes down what the statements of a table have in common. */
static RowText
row_text(const Dependent *dependent, Relation table, AttrNumber pupil)
{
	bool partitioned = table->rd_rel->relkind == RELKIND_PARTITIONED_TABLE;
	List *key, *derived = NIL, *keys;
	StringInfoData keytext, written, columns;
	ListCell *cell;

	key_columns(table, pupil, &key);
	initStringInfo(&keytext);
	appendStringInfoString(&keytext, "ARRAY[");
	foreach (cell, key)
		appendStringInfo(&keytext, "%st.%s::pg_catalog.text", keytext.len == 6 ? "" : ", ",
						 quote_identifier(get_attname(RelationGetRelid(table), lfirst_int(cell), false)));
	appendStringInfoString(&keytext, "]::pg_catalog.text[]");

	initStringInfo(&written);
	initStringInfo(&columns);
	derived = list_make1(dependent->pupil);
	for (int i = 0; i < RelationGetNumberOfAttributes(table); i++)
	{
		Form_pg_attribute column = TupleDescAttr(RelationGetDescr(table), i);

		if (column->attisdropped || column->attnum == pupil)
			continue;
		if (column->attgenerated != '\0')
			derived = lappend(derived, NameStr(column->attname));
		else
		{
			appendStringInfo(&written, ", r.%s", quote_identifier(NameStr(column->attname)));
			appendStringInfo(&columns, ", %s", quote_identifier(NameStr(column->attname)));
		}
	}
	keys = list_copy(derived);
	foreach (cell, key)
		keys = lappend(keys, get_attname(RelationGetRelid(table), lfirst_int(cell), false));
	return (RowText){.from = psprintf("%s%s", partitioned ? "" : "ONLY ", dependent->name),
					 .pupil = quote_identifier(dependent->pupil),
					 .key = keytext.data,
					 .written = written.data,
					 .columns = columns.data,
					 .derived = name_array(derived),
					 .keys = name_array(keys)};
}

/*
 * Whether row "t" clashes, once it is the surviving record's, with a row of the
 * other one ("from" or "into"), as a condition; further narrows which.
 */
static char *
clash(Relation table, const Dependent *dependent, const RowText *text, const char *values,
	  const char *condition, const char *other, const char *further)
{
	return psprintf(
		"EXISTS (SELECT FROM (SELECT %s true AS one FROM (SELECT %s) r) a,"
		" (SELECT %s true AS one FROM (SELECT %s FROM %s o WHERE o.%s = ANY (ARRAY[m.\"%s\"]) OFFSET 0) r) b"
		" WHERE (%s)%s)",
		values, moved_columns(table, "t", dependent->pupil), values,
		moved_columns(table, "o", dependent->pupil), text->from, text->pupil, other, condition, further);
}

/* Writes the statements that depend on which rows clash. */
static void
write_clashes(Dependent *dependent, Relation table, const RowText *text, AttrNumber pupil)
{
	bool equal = strcmp(dependent->on_conflict, "keep_equal") == 0,
		 latest = strcmp(dependent->on_conflict, "keep_latest") == 0;
	const char *other = "", *later = "";
	const char *returning = psprintf("RETURNING m.number, %s::pg_catalog.text, to_jsonb(t.*)", text->key);
	StringInfoData values, condition;

	initStringInfo(&values);
	initStringInfo(&condition);
	if (!write_indexes(table, pupil, &values, &condition))
		return;
	if (equal)
	{
		appendStringInfo(&values, "to_jsonb(r.*) - %s AS \"row\", ", text->keys);
		other = " AND a.\"row\" <> b.\"row\"";
	}
	if (latest)
	{
		AttrNumber column = get_attnum(RelationGetRelid(table), dependent->latest_by);
		Oid type = get_atttype(RelationGetRelid(table), column);
		StringInfoData order;

		appendStringInfo(&values, "%s AS \"latest\", ", quote_identifier(dependent->latest_by));
		initStringInfo(&order);
		appendStringInfoString(&order, " AND (a.\"latest\" IS NULL OR ");
		generate_operator_clause(&order, "b.\"latest\"", type,
								 ordering_operator(type, BTGreaterEqualStrategyNumber), "a.\"latest\"", type);
		appendStringInfoChar(&order, ')');
		later = order.data;
	}

	if (equal || strcmp(dependent->on_conflict, "refuse") == 0)
		dependent->sql[FIND_CLASHES] =
			psprintf("SELECT m.number, to_jsonb(%s)::pg_catalog.text FROM %s JOIN %s t ON t.%s = ANY "
					 "(ARRAY[m.\"from\"]) "
					 "WHERE %s ORDER BY 1, 2",
					 text->key, MOVES, text->from, text->pupil,
					 clash(table, dependent, text, values.data, condition.data, "into", other));
	if (strcmp(dependent->on_conflict, "refuse") != 0)
		dependent->sql[SET_ASIDE] =
			psprintf("DELETE FROM %s t USING %s WHERE t.%s = ANY (ARRAY[m.\"from\"]) AND %s %s", text->from,
					 MOVES, text->pupil,
					 clash(table, dependent, text, values.data, condition.data, "into", later), returning);
	if (latest)
		dependent->sql[SET_ASIDE_INTO] = psprintf(
			"DELETE FROM %s t USING %s WHERE t.%s = ANY (ARRAY[m.\"into\"]) AND %s %s", text->from, MOVES,
			text->pupil, clash(table, dependent, text, values.data, condition.data, "from", ""), returning);
}

/* Writes the statements by which a table's rows are moved. */
static void
write_statements(Dependent *dependent, Relation table)
{
	AttrNumber pupil = get_attnum(RelationGetRelid(table), dependent->pupil);
	RowText text = row_text(dependent, table, pupil);
	bool latest = strcmp(dependent->on_conflict, "keep_latest") == 0;

	write_clashes(dependent, table, &text, pupil);
	dependent->sql[PROBE_ROWS] =
		psprintf("SELECT FROM %s t WHERE t.%s = ANY ($2) LIMIT 1", text.from, text.pupil);
	dependent->sql[MOVE_ROWS] = psprintf(
		"UPDATE %s t SET %s = m.\"into\" FROM %s WHERE t.%s = ANY (ARRAY[m.\"from\"]) RETURNING m.number, "
		"%s::pg_catalog.text, %s",
		text.from, text.pupil, MOVES, text.pupil, text.key,
		latest ? psprintf("to_jsonb(t.*) || jsonb_build_object(%s, m.\"from\")",
						  quote_literal_cstr(dependent->pupil))
			   : "NULL::pg_catalog.jsonb");
	dependent->sql[TAKE_BACK] =
		psprintf("UPDATE %s t SET %s = $4 FROM unnest($1, $2, $3) m (key, copy, moved)"
				 " WHERE m.moved AND t.%s = ANY (ARRAY[$5]) AND %s = m.key::pg_catalog.text[]"
				 " AND (m.copy IS NULL OR to_jsonb(t.*) - %s = m.copy - %s)",
				 text.from, text.pupil, text.pupil, text.key, text.derived, text.derived);
	dependent->sql[PUT_BACK] = psprintf(
		"INSERT INTO %s AS n (%s%s) OVERRIDING SYSTEM VALUE"
		" SELECT CASE WHEN NOT m.moved AND r.%s = $5 THEN $5 ELSE $4 END%s"
		" FROM unnest($1, $2, $3) m (key, copy, moved),"
		" LATERAL jsonb_populate_record(NULL::%s, m.copy) r"
		" WHERE m.copy IS NOT NULL AND (NOT m.moved OR EXISTS (SELECT FROM %s t WHERE t.%s = ANY (ARRAY[$5])"
		" AND %s = m.key::pg_catalog.text[])) ON CONFLICT DO NOTHING",
		dependent->name, text.pupil, text.columns, text.pupil, text.written, dependent->name, text.from,
		text.pupil, text.key);
	dependent->sql[COUNT_ROWS] =
		psprintf("SELECT count(*) FROM %s t WHERE t.%s = ANY (ARRAY[$1])", text.from, text.pupil);
}

/*
 * Writes the statements of a table as its owner: reading the expressions and the
 * predicate of an index already runs the functions in it that have constants only.
 */
static void
write_statements_as_owner(Dependent *dependent, Relation table)
{
	Oid user;
	int context, nest_level;

	if (!OidIsValid(dependent->owner))
	{
		write_statements(dependent, table);
		return;
	}
	GetUserIdAndSecContext(&user, &context);
	nest_level = NewGUCNestLevel();
	SetUserIdAndSecContext(dependent->owner,
						   context | SECURITY_LOCAL_USERID_CHANGE | SECURITY_RESTRICTED_OPERATION);
	PG_TRY();
	{
		write_statements(dependent, table);
	}
	PG_FINALLY();
	{
		SetUserIdAndSecContext(user, context);
		AtEOXact_GUC(false, nest_level);
	}
	PG_END_TRY();
}

/* Marks what is known as old when a registration, or a table that is registered, changed. */
static void
dependent_changed(Datum arg, Oid relation)
{
	const ListCell *cell;

	(void) arg;
	if (!OidIsValid(relation) || relation == registrations || relation == pupils)
		generation++;
	foreach (cell, known)
		if (((const Dependent *) lfirst(cell))->relation == relation)
			generation++;
}

/* A schema may have another name now. */
static void
schema_changed(Datum arg, int cacheid, uint32 hashvalue)
{
	(void) arg;
	(void) cacheid;
	(void) hashvalue;
	generation++;
}

/* Frees what was known, with its plans. */
static void
forget_dependents(void)
{
	ListCell *cell;

	foreach (cell, known)
		for (int i = 0; i < DEPENDENT_STATEMENTS; i++)
			if (((Dependent *) lfirst(cell))->plans[i] != NULL)
				SPI_freeplan(((Dependent *) lfirst(cell))->plans[i]);
	known = NIL;
	if (known_context == NULL)
		known_context = AllocSetContextCreate(TopMemoryContext, "leerid dependents", ALLOCSET_DEFAULT_SIZES);
	else
		MemoryContextReset(known_context);
}

/* Raises LR053 unless a table still belongs to who registered it. */
static void
check_owner(Relation table, const char *owner)
{
	if (strcmp(GetUserNameFromId(table->rd_rel->relowner, false), owner) != 0)
		dependent_refused(table, "It belongs to another role than when it was registered.",
						  "Its owner can call unregister_dependent() and register_dependent().");
}

/* Learns a row of the last query: a registration that stands. */
static void
learn_dependent(uint64 row)
{
	Dependent *dependent = MemoryContextAllocZero(known_context, sizeof(Dependent));
	Oid relation = DatumGetObjectId(query_value(row, 2, NULL));
	MemoryContext caller = CurrentMemoryContext;
	char *owner = query_text(row, 6);
	Relation table;

	table = try_table_open(relation, AccessShareLock);
	if (table == NULL)
		return;
	MemoryContextSwitchTo(known_context);
	dependent->id = DatumGetInt32(query_value(row, 1, NULL));
	dependent->relation = relation;
	dependent->pupil = query_text(row, 3);
	dependent->on_conflict = query_text(row, 4);
	dependent->latest_by = query_text(row, 5);
	dependent->name = quote_qualified_identifier(get_namespace_name(RelationGetNamespace(table)),
												 RelationGetRelationName(table));
	if (owner != NULL)
	{
		check_owner(table, owner);
		dependent->owner = table->rd_rel->relowner;
	}
	check_movable(table, dependent->pupil, dependent->latest_by);
	known = lappend(known, dependent);
	write_statements_as_owner(dependent, table);
	MemoryContextSwitchTo(caller);
	table_close(table, AccessShareLock);
}

/*
 * Learns a row of the last query: a foreign key to leerling of a column that is not
 * registered, by which rows would go, or lose their pupil, with a record that is
 * absorbed, as nobody's undoing could give back.  Whatever rows it has for such a
 * record are in the way.  By another key than the id, all of its rows are.
 */
static void
learn_unregistered(uint64 row)
{
	Oid relation = DatumGetObjectId(query_value(row, 1, NULL));
	bool by_id = DatumGetBool(query_value(row, 3, NULL));
	MemoryContext caller = CurrentMemoryContext;
	Dependent *dependent;
	const char *column, *from;
	Relation table = try_table_open(relation, AccessShareLock);

	if (table == NULL)
		return;
	MemoryContextSwitchTo(known_context);
	dependent = palloc0(sizeof(Dependent));
	dependent->relation = relation;
	dependent->owner = table->rd_rel->relowner;
	dependent->pupil = query_text(row, 2);
	dependent->name = quote_qualified_identifier(get_namespace_name(RelationGetNamespace(table)),
												 RelationGetRelationName(table));
	column = quote_identifier(dependent->pupil);
	from =
		psprintf("%s%s", table->rd_rel->relkind == RELKIND_PARTITIONED_TABLE ? "" : "ONLY ", dependent->name);
	dependent->sql[PROBE_ROWS] =
		psprintf("SELECT FROM %s t WHERE %s LIMIT 1", from,
				 by_id ? psprintf("t.%s = ANY ($2)", column) : psprintf("t.%s IS NOT NULL", column));
	dependent->sql[FIND_CLASHES] =
		psprintf("SELECT m.number, '\"not registered\"' FROM %s WHERE EXISTS (SELECT FROM %s t WHERE t.%s %s)"
				 " ORDER BY 1",
				 MOVES, from, column, by_id ? "= m.\"from\"" : "IS NOT NULL");
	dependent->sql[COUNT_ROWS] = psprintf("SELECT count(*) FROM %s t WHERE t.%s %s", from, column,
										  by_id ? "= $1" : "IS NOT NULL AND $1 IS NOT NULL");
	known = lappend(known, dependent);
	MemoryContextSwitchTo(caller);
	table_close(table, AccessShareLock);
}

/*
 * The tables that depend on a pupil, in the order in which they were registered;
 * behind them those that do so by a foreign key that would take rows away.
 * An SPI connection is open.  Raises LR053 for a table that changed so that its
 * rows cannot be moved.
 */
List *
standing_dependents(void)
{
	if (!OidIsValid(registrations))
	{
		CacheRegisterRelcacheCallback(dependent_changed, (Datum) 0);
		CacheRegisterSyscacheCallback(NAMESPACEOID, schema_changed, (Datum) 0);
	}
	while (known_generation != generation)
	{
		uint64 started = generation, count;

		registrations = get_relname_relid("dependent", get_namespace_oid("leerid", false));
		pupils = get_relname_relid("leerling", get_namespace_oid("leerid", false));
		forget_dependents();
		count = query_latest("SELECT id, relation, pupil, on_conflict, latest_by, owner FROM leerid.dependent"
							 " WHERE ended_at IS NULL ORDER BY id",
							 true, 0, NULL);
		for (uint64 i = 0; i < count; i++)
			learn_dependent(i);
		SPI_freetuptable(SPI_tuptable);
		count =
			query_latest("SELECT c.conrelid, a.attname, c.confkey = ARRAY[(SELECT attnum FROM pg_attribute"
						 " WHERE attrelid = c.confrelid AND attname = 'id')] FROM pg_constraint c"
						 " JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]"
						 " WHERE c.contype = 'f' AND c.confrelid = 'leerid.leerling'::regclass"
						 " AND c.confdeltype = ANY ('{c,n,d}') AND c.conparentid = 0"
						 " AND NOT EXISTS (SELECT FROM leerid.dependent d WHERE d.relation = c.conrelid"
						 " AND d.pupil = a.attname AND d.ended_at IS NULL)",
						 true, 0, NULL);
		for (uint64 i = 0; i < count; i++)
			learn_unregistered(i);
		known_generation = started;
	}
	return known;
}
