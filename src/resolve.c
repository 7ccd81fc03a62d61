/*
 * resolve.c
 *	  Which pupil a key or a number stands for, now or at a moment that is past.
 *
 * A key is an account_uuid or a leer_id_uuid, also of a record that was absorbed,
 * withdrawn or erased.  Each look-up is a probe of an index by a scan of
 * relations.h, which asks no rights: so resolve(), resolve_many() and
 * resolve_insz() need not run with their owner's, nor pay for a search path of
 * their own at each call.  Who may call them, EXECUTE says.
 *
 * Without as_of the statement's own snapshot answers, so that all the keys of one
 * statement, and of one REPEATABLE READ transaction, are answered from one map.
 *
 * With as_of the latest rows answer, whatever the snapshot: history is only ever
 * added to, so they say most about the past.  What was answered for a moment is
 * answered for it ever after; erasure alone takes it back.  An operation takes
 * its moment after it has changed the accounts (identity_map.c).  So once no
 * change is under way on the accounts of the pupil, all operations up to any
 * moment before the call began have been committed, or never will be.
 */

#include "compat.h"

#include "access/transam.h"
#include "access/xlog.h"
#include "access/xlogrecovery.h"
#include "catalog/pg_type.h"
#include "errors.h"
#include "funcapi.h"
#include "hidden.h"
#include "miscadmin.h"
#include "query.h"
#include "relations.h"
#include "school_right.h"
#include "storage/lmgr.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

#define MAX_KEYS 1000000

typedef enum KeyState
{
	KEY_UNKNOWN,
	KEY_LEERLING,
	KEY_WITHDRAWN,
	KEY_ERASED
} KeyState;

/* A key and what it stands for. */
typedef struct Resolution
{
	pg_uuid_t key;
	int place; /* in the caller's order */
	KeyState state;
	bool identified;
	pg_uuid_t leer_id_uuid;
	int64 leerling;
	TimestampTz made_at; /* since when the key is known, unless its history says so */
} Resolution;

/* Rows by one column. */
typedef enum Lookup
{
	ACCOUNT_BY_KEY,
	ACCOUNT_BY_PUPIL,
	PUPIL_BY_ID,
	PUPIL_BY_KEY,
	ABSORBED_BY_ID,
	ABSORBED_BY_KEY,
	ENDED_BY_KEY,
	HISTORY_BY_KEY,
	IDENTIFICATION_BY_PUPIL,
	LOOKUPS
} Lookup;

static const struct
{
	RelationName table, index;
	AttrNumber column;
	RegProcedure equal;
} lookups[LOOKUPS] = {
	[ACCOUNT_BY_KEY] = {REL_account, REL_account_pkey, ACCOUNT_ACCOUNT_UUID, F_UUID_EQ},
	[ACCOUNT_BY_PUPIL] = {REL_account, REL_account_leerling, ACCOUNT_LEERLING, F_INT8EQ},
	[PUPIL_BY_ID] = {REL_leerling, REL_leerling_pkey, LEERLING_ID, F_INT8EQ},
	[PUPIL_BY_KEY] = {REL_leerling, REL_leerling_leer_id_uuid_key, LEERLING_LEER_ID_UUID, F_UUID_EQ},
	[ABSORBED_BY_ID] = {REL_absorbed_leerling, REL_absorbed_leerling_pkey, ABSORBED_ID, F_INT8EQ},
	[ABSORBED_BY_KEY] = {REL_absorbed_leerling, REL_absorbed_leerling_leer_id_uuid_key, ABSORBED_LEER_ID_UUID,
						 F_UUID_EQ},
	[ENDED_BY_KEY] = {REL_ended_key, REL_ended_key_pkey, ENDED_KEY, F_UUID_EQ},
	[HISTORY_BY_KEY] = {REL_identity_history, REL_identity_history_pkey, HISTORY_KEY, F_UUID_EQ},
	[IDENTIFICATION_BY_PUPIL] = {REL_identity_history, REL_identity_history_identified, HISTORY_TO_LEERLING,
								 F_INT8EQ},
};

/* Look-ups under one snapshot, whose scans stay open from one to the next. */
typedef struct Reader
{
	Snapshot snapshot;
	bool open[LOOKUPS];
	TableScan scans[LOOKUPS];
} Reader;

/* The first row with a value, or NULL; the value lives as long as the scan. */
static HeapTuple
look_up(Reader *reader, Lookup lookup, Datum value)
{
	TableScan *scan = &reader->scans[lookup];

	if (reader->open[lookup])
		restart_scan(scan, value);
	else
	{
		ScanKeyData key;

		ScanKeyInit(&key, lookups[lookup].column, BTEqualStrategyNumber, lookups[lookup].equal, value);
		open_scan(scan, lookups[lookup].table, lookups[lookup].index, reader->snapshot, 1, &key);
		reader->open[lookup] = true;
	}
	return next_row(scan);
}

/* Ends the look-ups under a snapshot. */
static void
close_reader(Reader *reader)
{
	for (int i = 0; i < LOOKUPS; i++)
		if (reader->open[i])
			close_scan(&reader->scans[i]);
	memset(reader->open, 0, sizeof(reader->open));
}

/* Notes the leer_id_uuid of a row, if it has one. */
static void
take_leer_id(Resolution *key, TableScan *scan, HeapTuple row, int column)
{
	key->identified = !row_is_null(scan, row, column);
	if (key->identified)
		key->leer_id_uuid = *DatumGetUUIDP(row_value(scan, row, column));
}

/* Finds what a key stands for in the map as it is; the leer_id_uuid is left to find_leer_id(). */
static void
find_pupil(Reader *reader, Resolution *key)
{
	TableScan *scans = reader->scans;
	Datum value = UUIDPGetDatum(&key->key);
	HeapTuple row;

	key->state = KEY_LEERLING;
	key->identified = false;
	if (HeapTupleIsValid(row = look_up(reader, ACCOUNT_BY_KEY, value)))
	{
		key->leerling = DatumGetInt64(row_value(&scans[ACCOUNT_BY_KEY], row, ACCOUNT_LEERLING));
		key->made_at = DatumGetTimestampTz(row_value(&scans[ACCOUNT_BY_KEY], row, ACCOUNT_MADE_AT));
	}
	else if (HeapTupleIsValid(row = look_up(reader, PUPIL_BY_KEY, value)))
	{
		key->leerling = DatumGetInt64(row_value(&scans[PUPIL_BY_KEY], row, LEERLING_ID));
		key->made_at = DatumGetTimestampTz(row_value(&scans[PUPIL_BY_KEY], row, LEERLING_MADE_AT));
	}
	else if (HeapTupleIsValid(row = look_up(reader, ABSORBED_BY_KEY, value)))
	{
		key->leerling = DatumGetInt64(row_value(&scans[ABSORBED_BY_KEY], row, ABSORBED_INTO_LEERLING));
		key->made_at = DatumGetTimestampTz(row_value(&scans[ABSORBED_BY_KEY], row, ABSORBED_MADE_AT));
	}
	else
	{
		key->made_at = DT_NOEND;
		if (!HeapTupleIsValid(row = look_up(reader, ENDED_BY_KEY, value)))
			key->state = KEY_UNKNOWN;
		else if (strcmp(TextDatumGetCString(row_value(&scans[ENDED_BY_KEY], row, ENDED_STATE)), "erased") ==
				 0)
			key->state = KEY_ERASED;
		else
			key->state = KEY_WITHDRAWN;
	}
}

/* Finds the leer_id_uuid of the pupil whom a key stands for, in the map as it is. */
static void
find_leer_id(Reader *reader, Resolution *key)
{
	HeapTuple row = look_up(reader, PUPIL_BY_ID, Int64GetDatum(key->leerling));

	if (HeapTupleIsValid(row))
		take_leer_id(key, &reader->scans[PUPIL_BY_ID], row, LEERLING_LEER_ID_UUID);
}

/*
 * Finds which record a key stood for at a moment: by its last operation until
 * then; else by what its first operation found; else as it stands.
 */
static void
find_pupil_at(Reader *reader, Resolution *key, TimestampTz moment)
{
	TableScan *scan = &reader->scans[HISTORY_BY_KEY];
	bool later = false, until = false;
	HeapTuple row;

	find_pupil(reader, key);
	if (key->state == KEY_ERASED)
		return;
	for (row = look_up(reader, HISTORY_BY_KEY, UUIDPGetDatum(&key->key)); HeapTupleIsValid(row);
		 row = next_row(scan))
	{
		int column = HISTORY_TO_LEERLING;

		if (DatumGetTimestampTz(row_value(scan, row, HISTORY_AT)) <= moment)
			until = true;
		else if (until || later)
			break;
		else
		{
			column = HISTORY_FROM_LEERLING;
			later = true;
		}
		key->state = KEY_LEERLING;
		if (!row_is_null(scan, row, column))
			key->leerling = DatumGetInt64(row_value(scan, row, column));
		else
			key->state = until ? KEY_WITHDRAWN : KEY_UNKNOWN;
	}
	if (!until && (key->state == KEY_WITHDRAWN || key->made_at > moment))
		key->state = KEY_UNKNOWN;
}

/* Whether a leer_id_uuid that an identification gave stood for its pupil still. */
static bool
stood_still(Reader *reader, const pg_uuid_t *leer_id_uuid, TimestampTz moment)
{
	TableScan *scan = &reader->scans[HISTORY_BY_KEY];
	HeapTuple row;

	for (row = look_up(reader, HISTORY_BY_KEY, UUIDPGetDatum(leer_id_uuid)); HeapTupleIsValid(row);
		 row = next_row(scan))
		if (row_is_null(scan, row, HISTORY_TO_LEERLING) &&
			DatumGetTimestampTz(row_value(scan, row, HISTORY_AT)) <= moment)
			return false;
	row = look_up(reader, ENDED_BY_KEY, UUIDPGetDatum(leer_id_uuid));
	scan = &reader->scans[ENDED_BY_KEY];
	return !HeapTupleIsValid(row) ||
		   strcmp(TextDatumGetCString(row_value(scan, row, ENDED_STATE)), "erased") != 0;
}

/*
 * Finds the leer_id_uuid of a record at a moment when it was a living one: the
 * one that its last identification until then gave it, unless it was withdrawn
 * by then; that of a record that was never identified by an operation it has had
 * from the start, and keeps when it is absorbed.
 */
static void
find_leer_id_at(Reader *reader, Resolution *key, TimestampTz moment)
{
	TableScan *scan = &reader->scans[IDENTIFICATION_BY_PUPIL];
	Datum id = Int64GetDatum(key->leerling);
	bool ever = false;
	HeapTuple row;

	key->identified = false;
	for (row = look_up(reader, IDENTIFICATION_BY_PUPIL, id); HeapTupleIsValid(row); row = next_row(scan))
	{
		ever = true;
		if (DatumGetTimestampTz(row_value(scan, row, HISTORY_AT)) <= moment)
			take_leer_id(key, scan, row, HISTORY_KEY);
	}
	if (key->identified)
		key->identified = stood_still(reader, &key->leer_id_uuid, moment);
	if (ever)
		return;
	if (HeapTupleIsValid(row = look_up(reader, PUPIL_BY_ID, id)))
		take_leer_id(key, &reader->scans[PUPIL_BY_ID], row, LEERLING_LEER_ID_UUID);
	else if (HeapTupleIsValid(row = look_up(reader, ABSORBED_BY_ID, id)))
		take_leer_id(key, &reader->scans[ABSORBED_BY_ID], row, ABSORBED_LEER_ID_UUID);
}

/* Waits until no other transaction is inserting, updating or deleting rows with a value. */
static void
settle(Reader *dirty, Lookup lookup, Datum value)
{
	for (;;)
	{
		TransactionId other = InvalidTransactionId;

		for (HeapTuple row = look_up(dirty, lookup, value);
			 HeapTupleIsValid(row) && !TransactionIdIsValid(other); row = next_row(&dirty->scans[lookup]))
			other =
				TransactionIdIsValid(dirty->snapshot->xmin) ? dirty->snapshot->xmin : dirty->snapshot->xmax;
		if (!TransactionIdIsValid(other))
			return;
		close_reader(dirty);
		XactLockTableWait(other, NULL, NULL, XLTW_None);
	}
}

/* A snapshot of what is committed now; in a parallel worker, too. */
static Snapshot
latest_snapshot(void)
{
	return RegisterSnapshot(GetCatalogSnapshot(relation_oid(REL_account)));
}

/*
 * Whether no other transaction was writing when a snapshot was taken: none that
 * it lists, nor any that began since the last that ended.
 */
static bool
is_quiet(Snapshot snapshot)
{
	return snapshot->xcnt == 0 && snapshot->subxcnt == 0 && !snapshot->suboverflowed &&
		   ReadNextTransactionId() == snapshot->xmax;
}

/*
 * A snapshot of what is committed when nothing is under way any more that may
 * change what the keys stood for before this call: see the top of this file.
 */
static Snapshot
settled_snapshot(Resolution *keys, int count)
{
	SnapshotData any;
	Reader now = {.snapshot = latest_snapshot()}, dirty = {.snapshot = &any};

	if (is_quiet(now.snapshot))
		return now.snapshot;

	InitDirtySnapshot(any);
	for (int i = 0; i < count; i++)
		find_pupil(&now, &keys[i]);
	close_reader(&now);
	UnregisterSnapshot(now.snapshot);

	for (int i = 0; i < count; i++)
		if (keys[i].state == KEY_LEERLING)
		{
			settle(&dirty, ACCOUNT_BY_PUPIL, Int64GetDatum(keys[i].leerling));
			settle(&dirty, PUPIL_BY_ID, Int64GetDatum(keys[i].leerling));
		}
		else if (keys[i].state == KEY_UNKNOWN)
		{
			settle(&dirty, ACCOUNT_BY_KEY, UUIDPGetDatum(&keys[i].key));
			settle(&dirty, PUPIL_BY_KEY, UUIDPGetDatum(&keys[i].key));
		}
	close_reader(&dirty);
	return latest_snapshot();
}

/*
 * Checks that a moment is past: 22023 for one to come, and 55000 on a standby
 * that has not replayed so far.
 */
static void
check_past(TimestampTz moment)
{
	TimestampTz now = GetCurrentTimestamp();

	if (moment > now)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("as_of is in the future")));
	if (RecoveryInProgress() && moment >= GetLatestXTime())
		ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
						errmsg("this standby has not replayed all that was committed until as_of"),
						errhint("Ask the primary, or ask again later.")));
	/* what is committed within this very microsecond comes after the answer */
	while (now <= moment)
		now = GetCurrentTimestamp();
}

/* For qsort: by key. */
static int
compare_keys(const void *left, const void *right)
{
	return memcmp(&((const Resolution *) left)->key, &((const Resolution *) right)->key, sizeof(pg_uuid_t));
}

/* Resolves keys; with a moment, as it was answered then. */
static void
resolve_keys(Resolution *keys, int count, const TimestampTz *moment)
{
	Reader reader = {.snapshot = GetActiveSnapshot()};

	if (moment != NULL)
	{
		check_past(*moment);
		reader.snapshot = settled_snapshot(keys, count);
	}
	for (int i = 0; i < count; i++)
		if (moment == NULL)
			find_pupil(&reader, &keys[i]);
		else
			find_pupil_at(&reader, &keys[i], *moment);
	for (int i = 0; i < count; i++)
		if (keys[i].state != KEY_LEERLING)
			continue;
		else if (moment == NULL)
			find_leer_id(&reader, &keys[i]);
		else
			find_leer_id_at(&reader, &keys[i], *moment);
	close_reader(&reader);
	if (moment != NULL)
		UnregisterSnapshot(reader.snapshot);
}

/* The columns state, leerling and leer_id_uuid of an answer. */
static void
answer_columns(Resolution *key, Datum *values, bool *nulls)
{
	static const char *const names[] = {[KEY_UNKNOWN] = "unknown",
										[KEY_LEERLING] = "leerling",
										[KEY_WITHDRAWN] = "withdrawn",
										[KEY_ERASED] = "erased"};

	values[0] = CStringGetTextDatum(names[key->state]);
	values[1] = Int64GetDatum(key->leerling);
	values[2] = UUIDPGetDatum(&key->leer_id_uuid);
	nulls[0] = false;
	nulls[1] = key->state != KEY_LEERLING;
	nulls[2] = nulls[1] || !key->identified;
}

/* The moment that the second argument names, or NULL. */
static const TimestampTz *
moment_argument(FunctionCallInfo fcinfo, TimestampTz *moment)
{
	if (PG_ARGISNULL(1))
		return NULL;
	*moment = PG_GETARG_TIMESTAMPTZ(1);
	return moment;
}

/* The row type of a function, which the session looks up once. */
typedef struct RowType
{
	Oid function;
	TupleDesc desc;
} RowType;

/* Makes the row that the function called answers with. */
static Datum
answer_row(FunctionCallInfo fcinfo, RowType *type, Datum *values, bool *nulls)
{
	if (type->function != fcinfo->flinfo->fn_oid)
	{
		MemoryContext context = MemoryContextSwitchTo(TopMemoryContext);

		if (get_call_result_type(fcinfo, NULL, &type->desc) != TYPEFUNC_COMPOSITE)
			elog(ERROR, "a function of resolve.c returns a row");
		type->desc = BlessTupleDesc(type->desc);
		type->function = fcinfo->flinfo->fn_oid;
		(void) MemoryContextSwitchTo(context);
	}
	return HeapTupleGetDatum(heap_form_tuple(type->desc, values, nulls));
}

/* resolve(key, as_of): null for a null key. */
PG_FUNCTION_INFO_V1(resolve);
Datum
resolve(PG_FUNCTION_ARGS)
{
	static RowType type;
	Resolution key = {0};
	TimestampTz moment;
	Datum values[3];
	bool nulls[3];

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	key.key = *PG_GETARG_UUID_P(0);
	resolve_keys(&key, 1, moment_argument(fcinfo, &moment));
	answer_columns(&key, values, nulls);
	return answer_row(fcinfo, &type, values, nulls);
}

/*
 * resolve_many(keys, as_of): in the order given, though looked up in the order of
 * the index.
 */
PG_FUNCTION_INFO_V1(resolve_many);
Datum
resolve_many(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	Datum *elements;
	bool *element_nulls;
	int count, *order;
	Resolution *keys;
	TimestampTz moment;

	check_not_null(fcinfo, 1);
	InitMaterializedSRF(fcinfo, 0);
	deconstruct_array(PG_GETARG_ARRAYTYPE_P(0), UUIDOID, UUID_LEN, false, TYPALIGN_CHAR, &elements,
					  &element_nulls, &count);
	if (count > MAX_KEYS)
		ereport(ERROR,
				(errcode(ERRCODE_LEERID_REQUEST_TOO_LARGE), errmsg("resolve_many() gets too many keys"),
				 errdetail("It takes at most %d in one call.", MAX_KEYS)));
	keys = palloc0(sizeof(Resolution) * (count + 1));
	for (int i = 0; i < count; i++)
	{
		if (element_nulls[i])
			ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("a key is null"),
							errdetail("It is element %d of the array.", i + 1)));
		keys[i].key = *DatumGetUUIDP(elements[i]);
		keys[i].place = i;
	}
	qsort(keys, count, sizeof(Resolution), compare_keys);
	resolve_keys(keys, count, moment_argument(fcinfo, &moment));

	order = palloc(sizeof(int) * (count + 1));
	for (int i = 0; i < count; i++)
		order[keys[i].place] = i;
	for (int i = 0; i < count; i++)
	{
		Resolution *key = &keys[order[i]];
		Datum values[4];
		bool nulls[4];

		values[0] = UUIDPGetDatum(&key->key);
		nulls[0] = false;
		answer_columns(key, &values[1], &nulls[1]);
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	return (Datum) 0;
}

/* The pupil who had a number before it was replaced, or 0: one not corrected first, else the last. */
static int64
former_holder(int64 insz)
{
	TableScan scan;
	ScanKeyData key;
	HeapTuple row;
	int64 holder = 0;
	bool corrected = true;

	ScanKeyInit(&key, FORMER_INSZ_INSZ, BTEqualStrategyNumber, F_INT8EQ, Int64GetDatum(insz));
	open_scan(&scan, REL_former_insz, REL_former_insz_pkey, GetActiveSnapshot(), 1, &key);
	while (corrected && HeapTupleIsValid(row = next_row(&scan)))
	{
		holder = DatumGetInt64(row_value(&scan, row, FORMER_INSZ_LEERLING));
		corrected = DatumGetBool(row_value(&scan, row, FORMER_INSZ_CORRECTED));
	}
	close_scan(&scan);
	return holder;
}

/* resolve_insz(insz): who has the number, else who had it. */
PG_FUNCTION_INFO_V1(resolve_insz);
Datum
resolve_insz(PG_FUNCTION_ARGS)
{
	static RowType type;
	int64 insz = PG_GETARG_INT64(0);
	Resolution pupil = {.leerling = subject_with_insz(insz, false, GetActiveSnapshot())};
	bool former = pupil.leerling == 0;
	Reader reader = {.snapshot = GetActiveSnapshot()};
	Datum values[3];
	bool nulls[3];

	if (former)
		pupil.leerling = former_holder(insz);
	if (pupil.leerling != 0)
		find_leer_id(&reader, &pupil);
	close_reader(&reader);
	values[0] = Int64GetDatum(pupil.leerling);
	values[1] = UUIDPGetDatum(&pupil.leer_id_uuid);
	values[2] = BoolGetDatum(former);
	nulls[0] = nulls[2] = pupil.leerling == 0;
	nulls[1] = !pupil.identified;
	return answer_row(fcinfo, &type, values, nulls);
}

/*
 * historiek(key): the operations that made the pupil whom a key stands for, or
 * stood for until it ended, what he is.
 */
PG_FUNCTION_INFO_V1(historiek);
Datum
historiek(PG_FUNCTION_ARGS)
{
	QueryArgument key = {.type = UUIDOID, .value = PG_GETARG_DATUM(0)};

	InitMaterializedSRF(fcinfo, 0);
	query_open();
	return_rows(
		(ReturnSetInfo *) fcinfo->resultinfo,
		query(
			"WITH pupil (id) AS ("
			" SELECT leerling FROM leerid.resolve($1) WHERE leerling IS NOT NULL"
			" UNION ALL SELECT coalesce(a.into_leerling, o.leerling) FROM leerid.ended_key e"
			" JOIN leerid.identity_operation o ON o.id = e.operation"
			" LEFT JOIN leerid.absorbed_leerling a ON a.id = o.leerling WHERE e.key = $1),"
			" record (id) AS (SELECT id FROM pupil"
			" UNION ALL SELECT a.id FROM leerid.absorbed_leerling a JOIN pupil p ON a.into_leerling = p.id),"
			" operation (id) AS ("
			" SELECT o.id FROM record r JOIN leerid.identity_operation o ON o.leerling = r.id"
			" UNION SELECT o.id FROM record r JOIN leerid.identity_operation o ON o.absorbed = r.id)"
			" SELECT o.op_id, o.at, o.kind, o.verdict, o.role, o.actor, o.reason, o.account_uuid, "
			"o.other_account,"
			" ARRAY(SELECT h.key FROM leerid.identity_history h WHERE h.operation = o.id AND h.account ORDER "
			"BY h.key),"
			" (SELECT u.op_id FROM leerid.identity_operation u WHERE u.undoes = o.id)"
			" FROM operation JOIN leerid.identity_operation o USING (id) ORDER BY o.id",
			true, 1, &key));
	query_close();
	return (Datum) 0;
}
