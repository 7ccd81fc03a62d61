/*
 * dependent.c
 *	  Moves the rows of tables that depend on a pupil, and moves them back.
 *
 * Whoever calls holds every pupil concerned FOR UPDATE, at READ COMMITTED, runs
 * as the extension's owner and has an SPI connection open.  A table's foreign key
 * to leerling then keeps new rows of these pupils out.
 *
 * A table that somebody registered is touched as its owner, in a restricted
 * security context, with a fixed search path: whatever its triggers do, they do
 * with its owner's rights, and no setting that they change outlives the statement.
 * An error that they or its constraints raise ends the merge and is shown as it
 * is: it can print values of that very table, as its owner's own statement could.
 *
 * Keys and copies are kept as text and JSON, so settings by which values are
 * printed are fixed while rows are moved.
 */
#include "dependent.h"

#include "catalog/pg_type.h"
#include "dependent_table.h"
#include "errors.h"
#include "miscadmin.h"
#include "query.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/json.h"

#define ROWS_NAMED 10

/* The work under way: a table's trigger may not begin another. */
static bool working = false;

/* Who is at work, to go back to. */
typedef struct Guise
{
	Oid user;
	int context;
	int nest_level;
} Guise;

/* Settings for this nesting level, so that plans go by indexes and values print alike. */
static void
fix_settings(void)
{
	static const struct
	{
		const char *name, *value;
	} settings[] = {
		{"search_path", "pg_catalog, pg_temp"},
		{"row_security", "off"},
		{"DateStyle", "ISO, YMD"},
		{"IntervalStyle", "postgres"},
		{"TimeZone", "UTC"},
		{"bytea_output", "hex"},
		{"extra_float_digits", "1"},
		{"enable_bitmapscan", "off"},
		{"enable_hashjoin", "off"},
		{"enable_mergejoin", "off"},
		{"enable_seqscan", "off"},
		{"jit", "off"},
		{"lc_monetary", "C"},
		{"quote_all_identifiers", "off"},
		{"xmloption", "content"},
	};

	for (int i = 0; i < (int) lengthof(settings); i++)
		(void) set_config_option(settings[i].name, settings[i].value, PGC_USERSET, PGC_S_SESSION,
								 GUC_ACTION_SAVE, true, 0, false);
}

/* Begins work on dependents: ended by end_work() with what it returns, errors included. */
static int
begin_work(void)
{
	int nest_level;

	if (working)
		ereport(ERROR, (errcode(ERRCODE_LEERID_DEPENDENT_REFUSED),
						errmsg("records of pupils cannot be merged while the rows of others are moved"),
						errdetail("A trigger of a table that follows a pupil asked for it."),
						errhint("Merge them when the first merge is done.")));
	nest_level = NewGUCNestLevel();
	fix_settings();
	working = true;
	return nest_level;
}

/* Ends it. */
static void
end_work(int nest_level)
{
	working = false;
	AtEOXact_GUC(false, nest_level);
}

/* Runs a statement of a table as the table's owner; how many rows it gave or touched. */
static uint64
run(Dependent *dependent, DependentStatement statement, int count, const QueryArgument *arguments)
{
	Guise before;
	volatile uint64 rows = 0;

	if (!OidIsValid(dependent->owner))
		return query_kept(&dependent->plans[statement], dependent->sql[statement], count, arguments);
	GetUserIdAndSecContext(&before.user, &before.context);
	before.nest_level = NewGUCNestLevel();
	SetUserIdAndSecContext(dependent->owner,
						   before.context | SECURITY_LOCAL_USERID_CHANGE | SECURITY_RESTRICTED_OPERATION);
	PG_TRY();
	{
		rows = query_kept(&dependent->plans[statement], dependent->sql[statement], count, arguments);
	}
	PG_FINALLY();
	{
		SetUserIdAndSecContext(before.user, before.context);
		AtEOXact_GUC(false, before.nest_level);
	}
	PG_END_TRY();
	return rows;
}

/* The moves as parameters: the number of each is its operation's, or its place among them. */
static void
move_arguments(const PupilMove *moves, int count, bool by_operation, QueryArgument *arguments)
{
	ValueList lists[3] = {VALUE_LIST(INT8OID, INT8ARRAYOID), VALUE_LIST(INT8OID, INT8ARRAYOID),
						  VALUE_LIST(INT8OID, INT8ARRAYOID)};

	for (int i = 0; i < count; i++)
	{
		if (by_operation && moves[i].conflicts != NULL)
			continue;
		add_value(&lists[0], Int64GetDatum(by_operation ? moves[i].operation : i));
		add_value(&lists[1], Int64GetDatum(moves[i].from));
		add_value(&lists[2], Int64GetDatum(moves[i].into));
	}
	for (int i = 0; i < 3; i++)
		arguments[i] = list_argument(&lists[i]);
}

/* Whether any record that is absorbed has rows in a table. */
static bool
has_rows(Dependent *dependent, const QueryArgument *moves)
{
	uint64 rows = run(dependent, PROBE_ROWS, 3, moves);

	SPI_freetuptable(SPI_tuptable);
	return rows > 0;
}

/* Adds to a JSON array, or begins one, what a table has: rows as JSON. */
static char *
name_rows(char *array, const char *table, const char *rows)
{
	StringInfoData json;

	initStringInfo(&json);
	if (array == NULL)
		appendStringInfoChar(&json, '[');
	else
		appendStringInfo(&json, "%.*s, ", (int) strlen(array) - 1, array);
	appendStringInfoString(&json, "{\"table\": ");
	escape_json(&json, table);
	appendStringInfo(&json, ", \"rows\": %s}]", rows);
	return json.data;
}

/* Notes the clashing rows that the last query found in a table, in the order of the moves. */
static void
note_clashes(PupilMove *moves, const Dependent *dependent, uint64 rows, MemoryContext context)
{
	MemoryContext before = MemoryContextSwitchTo(context);

	for (uint64 i = 0; i < rows;)
	{
		int64 number = DatumGetInt64(query_value(i, 1, NULL));
		StringInfoData keys;

		initStringInfo(&keys);
		for (int named = 0; i < rows && DatumGetInt64(query_value(i, 1, NULL)) == number; i++, named++)
			if (named < ROWS_NAMED)
				appendStringInfo(&keys, "%s%s", named == 0 ? "[" : ", ", query_text(i, 2));
		appendStringInfoChar(&keys, ']');
		moves[number].conflicts = name_rows(moves[number].conflicts, dependent->name, keys.data);
		pfree(keys.data);
	}
	MemoryContextSwitchTo(before);
}

/*
 * Finds the moves that cannot be made, as rows of the two records clash in a way
 * that the table's registration does not settle, and notes which rows; what is
 * noted is allocated in the caller's memory.
 */
void
find_conflicts(PupilMove *moves, int count)
{
	MemoryContext caller = CurrentMemoryContext;
	int nest_level = begin_work();

	PG_TRY();
	{
		QueryArgument arguments[3];
		ListCell *cell;

		for (int i = 0; i < count; i++)
			moves[i].conflicts = NULL;
		move_arguments(moves, count, false, arguments);
		foreach (cell, standing_dependents())
		{
			Dependent *dependent = lfirst(cell);

			if (dependent->sql[FIND_CLASHES] == NULL || !has_rows(dependent, arguments))
				continue;
			note_clashes(moves, dependent, run(dependent, FIND_CLASHES, 3, arguments), caller);
			SPI_freetuptable(SPI_tuptable);
		}
	}
	PG_FINALLY();
	{
		end_work(nest_level);
	}
	PG_END_TRY();
}

/* Records the rows that the last statement moved, or set aside. */
static void
record_rows(const Dependent *dependent, bool moved, uint64 rows)
{
	static SPIPlanPtr plan = NULL;
	SPITupleTable *table = SPI_tuptable;
	ValueList operations = VALUE_LIST(INT8OID, INT8ARRAYOID), keys = VALUE_LIST(TEXTOID, TEXTARRAYOID),
			  copies = VALUE_LIST(JSONBOID, JSONBARRAYOID);
	QueryArgument arguments[5];

	for (uint64 i = 0; i < rows; i++)
	{
		bool null;
		Datum copy = query_value(i, 3, &null);

		add_value(&operations, query_value(i, 1, NULL));
		add_value(&keys, query_value(i, 2, NULL));
		if (null)
			add_null(&copies);
		else
			add_value(&copies, copy);
	}
	if (rows > 0)
	{
		arguments[0] = list_argument(&operations);
		arguments[1] = list_argument(&keys);
		arguments[2] = list_argument(&copies);
		arguments[3] = (QueryArgument){.type = INT4OID, .value = Int32GetDatum(dependent->id)};
		arguments[4] = (QueryArgument){.type = BOOLOID, .value = BoolGetDatum(moved)};
		query_kept(&plan,
				   "INSERT INTO leerid.moved_row (operation, dependent, row_key, moved, copy)"
				   " SELECT r.operation, $4, r.key::pg_catalog.text[], $5, r.copy"
				   " FROM unnest($1, $2, $3) r (operation, key, copy)",
				   lengthof(arguments), arguments);
	}
	SPI_freetuptable(table);
}

/* Raises LR053 when rows of a registered table stayed where they were: a trigger may do that. */
static void
check_all_moved(Dependent *dependent, const QueryArgument *moves)
{
	if (OidIsValid(dependent->owner) && has_rows(dependent, moves))
		ereport(ERROR, (errcode(ERRCODE_LEERID_DEPENDENT_REFUSED),
						errmsg("rows of table %s did not follow their pupil", dependent->name),
						errdetail("A trigger of the table kept or put them back."),
						errhint("Its owner can change the trigger, or call unregister_dependent().")));
}

/*
 * Moves the rows of every move that has no conflicts: sets aside what the
 * registration says, moves the rest, and records each row.  Raises LR053 when a
 * trigger keeps rows from moving.
 */
void
move_dependents(const PupilMove *moves, int count)
{
	int nest_level = begin_work();

	PG_TRY();
	{
		static const DependentStatement statements[] = {SET_ASIDE, SET_ASIDE_INTO, MOVE_ROWS};
		QueryArgument arguments[3];
		ListCell *cell;

		move_arguments(moves, count, true, arguments);
		foreach (cell, standing_dependents())
		{
			Dependent *dependent = lfirst(cell);

			if (!has_rows(dependent, arguments))
				continue;
			for (int i = 0; i < (int) lengthof(statements); i++)
				if (dependent->sql[statements[i]] != NULL)
					record_rows(dependent, statements[i] == MOVE_ROWS,
								run(dependent, statements[i], 3, arguments));
			check_all_moved(dependent, arguments);
		}
	}
	PG_FINALLY();
	{
		end_work(nest_level);
	}
	PG_END_TRY();
}

/*
 * What an operation moved or set aside in a table, under whatever registration,
 * as parameters: keys, copies and whether each moved.  How many rows, and whether
 * there are copies among them.
 */
static uint64
recorded_rows(int64 operation, const Dependent *dependent, QueryArgument *arguments, bool *copied)
{
	static SPIPlanPtr plan = NULL;
	ValueList keys = VALUE_LIST(TEXTOID, TEXTARRAYOID), copies = VALUE_LIST(JSONBOID, JSONBARRAYOID),
			  moved = VALUE_LIST(BOOLOID, BOOLARRAYOID);
	QueryArgument which[] = {
		{.type = INT8OID, .value = Int64GetDatum(operation)},
		{.type = OIDOID, .value = ObjectIdGetDatum(dependent->relation)},
		QUERY_TEXT(dependent->pupil),
	};
	uint64 rows = query_kept(
		&plan,
		"SELECT r.row_key::pg_catalog.text, r.copy, r.moved FROM leerid.moved_row r"
		" JOIN leerid.dependent d ON d.id = r.dependent"
		" WHERE r.operation = $1 AND d.relation = $2 AND d.pupil = $3::name ORDER BY r.moved DESC, r.row_key",
		lengthof(which), which);

	*copied = false;
	for (uint64 i = 0; i < rows; i++)
	{
		bool null;
		Datum copy = query_value(i, 2, &null);

		add_value(&keys, query_value(i, 1, NULL));
		if (null)
			add_null(&copies);
		else
			add_value(&copies, copy);
		*copied |= !null;
		add_value(&moved, query_value(i, 3, NULL));
	}
	arguments[0] = list_argument(&keys);
	arguments[1] = list_argument(&copies);
	arguments[2] = list_argument(&moved);
	SPI_freetuptable(SPI_tuptable);
	return rows;
}

/*
 * Undoes what an operation did to rows: those that it moved go back to "from"
 * where they still are the pupil's "into", those that it set aside are there
 * again unless a later row is in the way.  A row that may be written over
 * (keep_latest) goes back when it is as it was; otherwise it stays, and "from"
 * has its copy.  Rows that came later stay.  A table that was unregistered stays
 * as it is; one that was registered again is undone as well.
 */
void
take_back_dependents(int64 operation, int64 from, int64 into)
{
	int nest_level = begin_work();

	PG_TRY();
	{
		QueryArgument arguments[5] = {
			[3] = {.type = INT8OID, .value = Int64GetDatum(from)},
			[4] = {.type = INT8OID, .value = Int64GetDatum(into)},
		};
		ListCell *cell;

		foreach (cell, standing_dependents())
		{
			Dependent *dependent = lfirst(cell);

			bool copied;

			if (dependent->sql[TAKE_BACK] == NULL ||
				recorded_rows(operation, dependent, arguments, &copied) == 0)
				continue;
			run(dependent, TAKE_BACK, lengthof(arguments), arguments);
			if (copied)
				run(dependent, PUT_BACK, lengthof(arguments), arguments);
		}
	}
	PG_FINALLY();
	{
		end_work(nest_level);
	}
	PG_END_TRY();
}

/*
 * Which tables still hold rows of a pupil, and how many, as a JSON array in the
 * caller's memory; NULL for none.  Identity's own are not among them.
 */
char *
remaining_dependents(int64 leerling)
{
	MemoryContext caller = CurrentMemoryContext;
	int nest_level = begin_work();
	char *volatile remaining = NULL;

	PG_TRY();
	{
		QueryArgument pupil = {.type = INT8OID, .value = Int64GetDatum(leerling)};
		ListCell *cell;

		foreach (cell, standing_dependents())
		{
			Dependent *dependent = lfirst(cell);
			char *rows;

			if (dependent->id == DEPENDENT_ABSORBED_LEERLING || dependent->id == DEPENDENT_FORMER_INSZ)
				continue;
			run(dependent, COUNT_ROWS, 1, &pupil);
			MemoryContextSwitchTo(caller);
			rows = query_text(0, 1);
			SPI_freetuptable(SPI_tuptable);
			if (strcmp(rows, "0") != 0)
				remaining = name_rows(remaining, dependent->name, rows);
		}
	}
	PG_FINALLY();
	{
		end_work(nest_level);
	}
	PG_END_TRY();
	return remaining;
}

/*
 * Forgets which rows operations moved or set aside, for the pupil was erased: the
 * copies, and the keys, which can be personal (a number that was replaced is one).
 */
void
forget_rows(const int64 *operations, int count)
{
	ValueList list = VALUE_LIST(INT8OID, INT8ARRAYOID);
	QueryArgument argument;

	for (int i = 0; i < count; i++)
		add_value(&list, Int64GetDatum(operations[i]));
	argument = list_argument(&list);
	query("UPDATE leerid.moved_row SET copy = NULL, row_key = '{}' WHERE operation = ANY ($1)", false, 1,
		  &argument);
}

/*
 * Asks every table for rows of nobody, as its owner: what he may not do, or what
 * cannot be asked, is refused when it is registered and not at the next merge.
 */
void
try_dependents(void)
{
	int nest_level = begin_work();

	PG_TRY();
	{
		PupilMove nobody = {.operation = 0};
		QueryArgument arguments[3];
		ListCell *cell;

		move_arguments(&nobody, 1, false, arguments);
		foreach (cell, standing_dependents())
		{
			Dependent *dependent = lfirst(cell);

			(void) has_rows(dependent, arguments);
			if (dependent->sql[FIND_CLASHES] != NULL)
				(void) run(dependent, FIND_CLASHES, lengthof(arguments), arguments);
		}
	}
	PG_FINALLY();
	{
		end_work(nest_level);
	}
	PG_END_TRY();
}
