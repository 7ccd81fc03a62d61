/*
 * given.c
 *	  Which accounts the recipient of a purpose with a feed was given.
 *
 * The roster and login() write down each account that they give for the first
 * time, with the transactions that the reading saw: what these did to the account
 * was known, what others do is told by identity_feed().  Nobody waits for
 * anybody: when two give the same account at the same time, both are written.
 *
 * The reader has no right on these tables, and what he reads may be a view, a
 * table or a cursor; so rows are written as the catalogues are, without SQL.
 */
#include "given.h"

#include "access/htup_details.h"
#include "access/table.h"
#include "access/transam.h"
#include "access/xact.h"
#include "access/xlog.h"
#include "catalog/indexing.h"
#include "commands/sequence.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "relations.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/fmgrprotos.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"
#include "utils/xid8.h"

/* So many pupils are a part of the table that is read as a whole in less time. */
#define MANY 20000

/* One reading, and what is open while it is written down. */
typedef struct Reading
{
	const PurposeRules *rules;
	Snapshot snapshot;
	int64 id;		 /* 0 until there is something to write */
	HTAB *all;		 /* accounts that were given, of all; NULL: to be asked by */
	TableScan known; /* this scan, once it is open */
	Relation given;
	CatalogIndexState indexes;
} Reading;

/* Writes one row. */
static void
insert_row(RelationName name, Datum *values)
{
	Relation table = table_open(relation_oid(name), RowExclusiveLock);
	bool nulls[8] = {false};
	HeapTuple row = heap_form_tuple(RelationGetDescr(table), values, nulls);

	CatalogTupleInsert(table, row);
	heap_freetuple(row);
	table_close(table, NoLock);
}

/*
 * The generation of this database, and its key; false when transactions of other
 * databases only are in the tables.
 */
bool
current_generation(int32 *generation, pg_uuid_t *key)
{
	TableScan scan;
	HeapTuple row;
	bool here = false;

	*generation = 0;
	open_scan(&scan, REL_identity_generation, NO_INDEX, NULL, 0, NULL);
	while (HeapTupleIsValid(row = next_row(&scan)))
	{
		int32 number = DatumGetInt32(row_value(&scan, row, GENERATION_GENERATION));

		if (number < *generation)
			continue;
		*generation = number;
		*key = *DatumGetUUIDP(row_value(&scan, row, GENERATION_KEY));
		here = (uint64) DatumGetInt64(row_value(&scan, row, GENERATION_CLUSTER)) == GetSystemIdentifier() &&
			   DatumGetObjectId(row_value(&scan, row, GENERATION_DATABASE)) == MyDatabaseId;
	}
	close_scan(&scan);
	return here;
}

/* Where the running transaction writes; begins a generation in a database that is another one. */
Place
place_to_write(void)
{
	Place place;
	pg_uuid_t key;

	if (!current_generation(&place.generation, &key))
	{
		LockRelationOid(relation_oid(REL_identity_generation), ShareRowExclusiveLock);
		if (!current_generation(&place.generation, &key))
		{
			Datum values[] = {Int32GetDatum(++place.generation), Int64GetDatum((int64) GetSystemIdentifier()),
							  ObjectIdGetDatum(MyDatabaseId), OidFunctionCall0(F_GEN_RANDOM_UUID),
							  TimestampTzGetDatum(GetCurrentTimestamp())};

			insert_row(REL_identity_generation, values);
			CommandCounterIncrement();
		}
	}
	place.timeline = GetWALInsertionTimeLine();
	return place;
}

/* The whole number of a transaction that is not older than 2^31 ones. */
static uint64
whole_xid(TransactionId xid, FullTransactionId next)
{
	uint32 epoch = EpochFromFullTransactionId(next);

	if (xid > XidFromFullTransactionId(next))
		epoch--;
	return U64FromFullTransactionId(FullTransactionIdFromEpochAndXid(epoch, xid));
}

/* For qsort. */
static int
compare_xids(const void *left, const void *right)
{
	uint64 a = *(const uint64 *) left, b = *(const uint64 *) right;

	return a < b ? -1 : a > b;
}

/*
 * Which transactions a snapshot sees, as pg_snapshot's input.  Other than
 * pg_current_snapshot() it does not count the running one among them: what that
 * one does later was not seen.
 */
char *
transactions_seen(Snapshot snapshot)
{
	FullTransactionId next = ReadNextFullTransactionId(), own = GetTopFullTransactionIdIfAny();
	uint64 *running = palloc(sizeof(uint64) * (snapshot->xcnt + 1));
	uint64 end = whole_xid(snapshot->xmax, next);
	int count = 0;
	StringInfoData text;

	Assert(!snapshot->takenDuringRecovery);
	for (uint32 i = 0; i < snapshot->xcnt; i++)
		running[count++] = whole_xid(snapshot->xip[i], next);
	if (FullTransactionIdIsValid(own) && U64FromFullTransactionId(own) < end)
		running[count++] = U64FromFullTransactionId(own);
	qsort(running, count, sizeof(uint64), compare_xids);

	initStringInfo(&text);
	appendStringInfo(&text, UINT64_FORMAT ":" UINT64_FORMAT ":", count > 0 ? running[0] : end, end);
	for (int i = 0; i < count; i++)
		if (i == 0 || running[i] != running[i - 1])
			appendStringInfo(&text, i == 0 ? UINT64_FORMAT : "," UINT64_FORMAT, running[i]);
	pfree(running);
	return text.data;
}

/* Whether an account was given under the purpose before. */
static bool
is_given(Reading *reading, const pg_uuid_t *account)
{
	ScanKeyData key;
	HeapTuple row;
	bool found = false;

	if (reading->all != NULL)
		return hash_search(reading->all, account, HASH_FIND, NULL) != NULL;
	if (reading->known.scan == NULL)
	{
		ScanKeyInit(&key, GIVEN_ACCOUNT_UUID, BTEqualStrategyNumber, F_UUID_EQ, UUIDPGetDatum(account));
		open_scan(&reading->known, REL_given, REL_given_pkey, NULL, 1, &key);
	}
	else
		restart_scan(&reading->known, UUIDPGetDatum(account));
	while (!found && HeapTupleIsValid(row = next_row(&reading->known)))
		found = DatumGetInt32(row_value(&reading->known, row, GIVEN_PURPOSE)) == reading->rules->purpose;
	return found;
}

/* Begins to write: the reading itself. */
static void
begin_to_write(Reading *reading)
{
	Place place;
	FullTransactionId own;

	PreventCommandIfReadOnly("reading under a purpose with a feed");
	own = GetTopFullTransactionId();
	place = place_to_write();
	reading->id = nextval_internal(relation_oid(REL_reading_id_seq), false);
	{
		Datum values[] = {
			Int64GetDatum(reading->id),
			Int32GetDatum(reading->rules->purpose),
			Int32GetDatum(place.generation),
			Int64GetDatum(place.timeline),
			FullTransactionIdGetDatum(own),
			DirectFunctionCall1(pg_snapshot_in, CStringGetDatum(transactions_seen(reading->snapshot)))};

		insert_row(REL_reading, values);
	}
	reading->given = table_open(relation_oid(REL_given), RowExclusiveLock);
	reading->indexes = CatalogOpenIndexes(reading->given);
}

/* Writes an account down, unless it was given before. */
static void
give(Reading *reading, const pg_uuid_t *account)
{
	bool nulls[3] = {false};
	HeapTuple row;

	if (is_given(reading, account))
		return;
	if (reading->id == 0)
		begin_to_write(reading);
	{
		Datum values[] = {UUIDPGetDatum(account), Int32GetDatum(reading->rules->purpose),
						  Int64GetDatum(reading->id)};

		row = heap_form_tuple(RelationGetDescr(reading->given), values, nulls);
	}
	CatalogTupleInsertWithInfo(reading->given, row, reading->indexes);
	heap_freetuple(row);
}

/* Ends writing. */
static void
end_reading(Reading *reading)
{
	if (reading->known.scan != NULL)
		close_scan(&reading->known);
	if (reading->id == 0)
		return;
	CatalogCloseIndexes(reading->indexes);
	table_close(reading->given, NoLock);
	CommandCounterIncrement();
}

/* Whether a pupil has a leer_id_uuid. */
static bool
is_identified(int64 leerling, Snapshot snapshot)
{
	TableScan scan;
	ScanKeyData key;
	HeapTuple row;
	bool identified;

	ScanKeyInit(&key, LEERLING_ID, BTEqualStrategyNumber, F_INT8EQ, Int64GetDatum(leerling));
	open_scan(&scan, REL_leerling, REL_leerling_pkey, snapshot, 1, &key);
	row = next_row(&scan);
	identified = HeapTupleIsValid(row) && !row_is_null(&scan, row, LEERLING_LEER_ID_UUID);
	close_scan(&scan);
	return identified;
}

/* An account of a pupil whom the roster showed: gives it when the elements hold it. */
static void
give_shown(Reading *reading, TableScan *accounts, HeapTuple row)
{
	const PurposeRules *rules = reading->rules;
	bool principal = DatumGetBool(row_value(accounts, row, ACCOUNT_PRINCIPAL));

	if (element_named(rules, principal ? "account_uuid" : "historiek_account_uuid") == NULL)
		return;
	if (!principal &&
		(!DatumGetBool(row_value(accounts, row, ACCOUNT_WITHOUT_INSZ)) ||
		 !is_identified(DatumGetInt64(row_value(accounts, row, ACCOUNT_LEERLING)), reading->snapshot)))
		return;
	give(reading, DatumGetUUIDP(row_value(accounts, row, ACCOUNT_ACCOUNT_UUID)));
}

/* Gives the accounts of few pupils, by the indexes. */
static void
give_few(Reading *reading, const IdSet *leerlingen)
{
	int64 count;
	int64 *ids = list_ids(leerlingen, &count);
	TableScan accounts;
	ScanKeyData key;
	HeapTuple row;

	ScanKeyInit(&key, ACCOUNT_LEERLING, BTEqualStrategyNumber, F_INT8EQ, Int64GetDatum(ids[0]));
	open_scan(&accounts, REL_account, REL_account_leerling, reading->snapshot, 1, &key);
	for (int64 i = 0; i < count; i++)
	{
		if (i > 0)
			restart_scan(&accounts, Int64GetDatum(ids[i]));
		while (HeapTupleIsValid(row = next_row(&accounts)))
			give_shown(reading, &accounts, row);
	}
	close_scan(&accounts);
}

/* Gives the accounts of many, by reading both tables as they lie. */
static void
give_many(Reading *reading, const IdSet *leerlingen)
{
	HASHCTL control = {
		.keysize = sizeof(pg_uuid_t), .entrysize = sizeof(pg_uuid_t), .hcxt = CurrentMemoryContext};
	TableScan scan;
	HeapTuple row;
	bool found;

	reading->all = hash_create("leerid accounts given", count_ids(leerlingen), &control,
							   HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	open_scan(&scan, REL_given, NO_INDEX, NULL, 0, NULL);
	while (HeapTupleIsValid(row = next_row(&scan)))
		if (DatumGetInt32(row_value(&scan, row, GIVEN_PURPOSE)) == reading->rules->purpose)
			(void) hash_search(reading->all, DatumGetUUIDP(row_value(&scan, row, GIVEN_ACCOUNT_UUID)),
							   HASH_ENTER, &found);
	close_scan(&scan);
	open_scan(&scan, REL_account, NO_INDEX, reading->snapshot, 0, NULL);
	while (HeapTupleIsValid(row = next_row(&scan)))
	{
		CHECK_FOR_INTERRUPTS();
		if (has_id(leerlingen, DatumGetInt64(row_value(&scan, row, ACCOUNT_LEERLING))))
			give_shown(reading, &scan, row);
	}
	close_scan(&scan);
}

/*
 * The roster showed these pupils as the snapshot sees them: it gave the accounts
 * that its elements are made of.
 */
void
give_pupils(const PurposeRules *rules, const IdSet *leerlingen, Snapshot snapshot)
{
	Reading reading = {.rules = rules, .snapshot = snapshot};

	if (count_ids(leerlingen) == 0)
		return;
	if (count_ids(leerlingen) < MANY)
		give_few(&reading, leerlingen);
	else
		give_many(&reading, leerlingen);
	end_reading(&reading);
}

/* These accounts were given, as the snapshot sees them. */
void
give_accounts(const PurposeRules *rules, const pg_uuid_t *accounts, int count, Snapshot snapshot)
{
	Reading reading = {.rules = rules, .snapshot = snapshot};

	for (int i = 0; i < count; i++)
		give(&reading, &accounts[i]);
	end_reading(&reading);
}
