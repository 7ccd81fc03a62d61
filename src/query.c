/*
 * query.c
 *	  SQL from C.
 *
 * The functions that write are SECURITY DEFINER with a fixed search_path; what
 * they run names every object with its schema and takes values as parameters.
 * Whatever is to outlive query_close() is copied out before it.
 */
#include "query.h"

#include "access/xact.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

/* Opens SPI; errors close it by themselves. */
void
query_open(void)
{
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
}

/* Closes SPI, and frees what its queries answered. */
void
query_close(void)
{
	if (SPI_finish() != SPI_OK_FINISH)
		elog(ERROR, "SPI_finish failed");
}

/* Runs one statement, with a snapshot of its own when one is given. */
static uint64
run_query(const char *sql, bool read_only, Snapshot snapshot, int count, const QueryArgument *arguments)
{
	Oid *types = palloc(sizeof(Oid) * (count + 1));
	Datum *values = palloc(sizeof(Datum) * (count + 1));
	char *nulls = palloc(count + 1);
	SPIPlanPtr plan;
	int result;

	for (int i = 0; i < count; i++)
	{
		types[i] = arguments[i].type;
		values[i] = arguments[i].value;
		nulls[i] = arguments[i].null ? 'n' : ' ';
	}
	plan = SPI_prepare(sql, count, types);
	if (plan == NULL)
		elog(ERROR, "a query of leerid failed: %s", SPI_result_code_string(SPI_result));
	result = SPI_execute_snapshot(plan, values, nulls, snapshot, InvalidSnapshot, read_only, true, 0);
	if (result < 0)
		elog(ERROR, "a query of leerid failed: %s", SPI_result_code_string(result));
	return SPI_processed;
}

/* Runs one statement and returns how many rows it gave or touched. */
uint64
query(const char *sql, bool read_only, int count, const QueryArgument *arguments)
{
	return run_query(sql, read_only, InvalidSnapshot, count, arguments);
}

/*
 * As query(), over what is committed now and what this transaction wrote: a
 * REPEATABLE READ transaction, too, is bound by a right or a consent that was
 * withdrawn after it began.
 */
uint64
query_latest(const char *sql, bool read_only, int count, const QueryArgument *arguments)
{
	return run_query(sql, read_only, GetLatestSnapshot(), count, arguments);
}

/*
 * As query(), writing, with a plan that the session keeps: for what is run often,
 * and goes by an index whatever the values.
 */
uint64
query_kept(SPIPlanPtr *plan, const char *sql, int count, const QueryArgument *arguments)
{
	Oid *types = palloc(sizeof(Oid) * (count + 1));
	Datum *values = palloc(sizeof(Datum) * (count + 1));
	char *nulls = palloc(count + 1);
	int result;

	for (int i = 0; i < count; i++)
	{
		types[i] = arguments[i].type;
		values[i] = arguments[i].value;
		nulls[i] = arguments[i].null ? 'n' : ' ';
	}
	if (*plan == NULL)
	{
		SPIPlanPtr made = SPI_prepare_cursor(sql, count, types, CURSOR_OPT_GENERIC_PLAN);

		if (made == NULL || SPI_keepplan(made) != 0)
			elog(ERROR, "a query of leerid failed: %s", SPI_result_code_string(SPI_result));
		*plan = made;
	}
	result = SPI_execute_plan(*plan, values, nulls, false, 0);
	if (result < 0)
		elog(ERROR, "a query of leerid failed: %s", SPI_result_code_string(result));
	return SPI_processed;
}

/* Makes room for one more value, and returns its place. */
static int
next_place(ValueList *list)
{
	if (list->count == list->room)
	{
		list->room = list->room == 0 ? 16 : list->room * 2;
		list->values = list->values == NULL ? palloc_extended(sizeof(Datum) * list->room, MCXT_ALLOC_HUGE)
											: repalloc_huge(list->values, sizeof(Datum) * list->room);
		list->nulls = list->nulls == NULL ? palloc(list->room) : repalloc(list->nulls, list->room);
	}
	return list->count++;
}

/* Adds a value to a list; what it points to must live as long as the list. */
void
add_value(ValueList *list, Datum value)
{
	int place = next_place(list);

	list->values[place] = value;
	list->nulls[place] = false;
}

/* Adds a null to a list. */
void
add_null(ValueList *list)
{
	int place = next_place(list);

	list->values[place] = (Datum) 0;
	list->nulls[place] = true;
}

/* A list as a parameter of a query: an array of one dimension. */
QueryArgument
list_argument(const ValueList *list)
{
	int lower = 1, count = list->count;
	int16 length;
	bool by_value;
	char alignment;
	ArrayType *array;

	get_typlenbyvalalign(list->type, &length, &by_value, &alignment);
	array = count == 0 ? construct_empty_array(list->type)
					   : construct_md_array(list->values, list->nulls, 1, &count, &lower, list->type, length,
											by_value, alignment);
	return (QueryArgument){.type = list->array_type, .value = PointerGetDatum(array)};
}

/* A value of the last query's answer; column 1 is the first. */
Datum
query_value(uint64 row, int column, bool *null)
{
	bool isnull;
	Datum value =
		SPI_getbinval(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, column, null == NULL ? &isnull : null);

	if (null == NULL && isnull)
		elog(ERROR, "unexpected null in column %d of a query of leerid", column);
	return value;
}

/* The same as text; NULL for null. */
char *
query_text(uint64 row, int column)
{
	return SPI_getvalue(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, column);
}

/* Runs a command whose names the caller has quoted. */
void
command(const char *format, ...)
{
	StringInfoData sql;
	int result;

	initStringInfo(&sql);
	for (;;)
	{
		va_list args;
		int needed;

		va_start(args, format);
		needed = appendStringInfoVA(&sql, format, args);
		va_end(args);
		if (needed == 0)
			break;
		enlargeStringInfo(&sql, needed);
	}
	result = SPI_execute(sql.data, false, 0);
	if (result < 0)
		elog(ERROR, "a command of leerid failed: %s", SPI_result_code_string(result));
	pfree(sql.data);
}

/* One of the extension's own types. */
Oid
own_type(const char *name)
{
	Oid type = GetSysCacheOid2(TYPENAMENSP, Anum_pg_type_oid, CStringGetDatum(name),
							   ObjectIdGetDatum(get_namespace_oid("leerid", false)));

	if (!OidIsValid(type))
		elog(ERROR, "type leerid.%s is missing", name);
	return type;
}
