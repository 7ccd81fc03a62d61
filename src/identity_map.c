/*
 * identity_map.c
 *	  The part of the map that a request is about: locked, read, and written.
 *
 * Locks are taken in one order: numbers (INSZ) first, by the bucket they fall
 * into; then pupils, by id.  What waited for a lock looks again whether the map
 * is still the one it locked, and if not lets go of everything and begins anew,
 * so that no two calls ever wait for each other.  A row of account changes only
 * under the lock of its pupil, so accounts need none of their own.  Whoever
 * writes a row that references a pupil locks the pupil first, FOR KEY SHARE, in
 * the order of ids.
 *
 * Everything is read as committed last.
 */
#include "identity.h"

#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "miscadmin.h"
#include "storage/lock.h"
#include "subtransaction.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#define INSZ_BUCKETS 256

/* What tells leerid's locks on numbers from other advisory locks. */
#define INSZ_LOCK_CLASS 0x4C454552 /* "LEER" */

/* Advisory locks that sessions take by SQL are of kind 1 or 2: nobody can hold one of these in another's way. */
#define INSZ_LOCK_KIND 3

/* For qsort. */
static int
compare_int64(const void *left, const void *right)
{
	int64 a = *(const int64 *) left, b = *(const int64 *) right;

	return a < b ? -1 : a > b;
}

/* Sorts ids, and takes out what is there twice; how many are left. */
static int
sort_ids(int64 *ids, int count)
{
	int kept = 0;

	qsort(ids, count, sizeof(int64), compare_int64);
	for (int i = 0; i < count; i++)
		if (kept == 0 || ids[kept - 1] != ids[i])
			ids[kept++] = ids[i];
	return kept;
}

/*
 * Keeps others from giving any of these numbers to a pupil, or taking it from
 * one, until the transaction ends.
 */
void
lock_insz(const int64 *numbers, int count)
{
	bool wanted[INSZ_BUCKETS] = {0};

	for (int i = 0; i < count; i++)
		wanted[murmurhash32((uint32) (numbers[i] ^ (numbers[i] >> 32))) % INSZ_BUCKETS] = true;
	for (int i = 0; i < INSZ_BUCKETS; i++)
	{
		LOCKTAG tag;

		if (!wanted[i])
			continue;
		SET_LOCKTAG_ADVISORY(tag, MyDatabaseId, INSZ_LOCK_CLASS, i, INSZ_LOCK_KIND);
		(void) LockAcquire(&tag, ExclusiveLock, false, false);
	}
}

/*
 * The pupil who has an INSZ, or had it before it was replaced and not as a
 * mistake; 0 for nobody.
 */
int64
pupil_with_insz(int64 insz, bool *former)
{
	static SPIPlanPtr plan;
	QueryArgument argument = {.type = INT8OID, .value = Int64GetDatum(insz)};

	if (query_kept(&plan,
				   "SELECT id, false FROM leerid.leerling WHERE insz OPERATOR(leerid.=) $1::leerid.insz"
				   " UNION ALL SELECT leerling, true FROM leerid.former_insz"
				   " WHERE insz OPERATOR(leerid.=) $1::leerid.insz AND NOT corrected",
				   1, &argument) == 0)
		return 0;
	*former = DatumGetBool(query_value(0, 2, NULL));
	return DatumGetInt64(query_value(0, 1, NULL));
}

/*
 * As query_kept(), for what gives a pupil a number.  Raises 40001 when another
 * transaction gave it at the same time without its lock: PostgreSQL's own error
 * would print the number.
 */
void
give_number(SPIPlanPtr *plan, const char *sql, int count, const QueryArgument *arguments)
{
	MemoryContext context = CurrentMemoryContext;

	PG_TRY();
	{
		query_kept(plan, sql, count, arguments);
	}
	PG_CATCH();
	{
		if (geterrcode() != ERRCODE_UNIQUE_VIOLATION)
			PG_RE_THROW();
		MemoryContextSwitchTo(context);
		FlushErrorState();
		ereport(ERROR, (errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
						errmsg("another transaction gave the INSZ to a pupil at the same time"),
						errhint("Ask again.")));
	}
	PG_END_TRY();
}

/* A pupil that was read, or NULL. */
Pupil *
find_pupil_by_id(const Map *map, int64 id)
{
	return hash_search(map->pupils, &id, HASH_FIND, NULL);
}

/* An account that was read, or NULL. */
Account *
find_account(const Map *map, const pg_uuid_t *uuid)
{
	return hash_search(map->accounts, uuid, HASH_FIND, NULL);
}

/* The account that answers for a pupil; NULL when none does. */
Account *
principal_account(const Pupil *pupil)
{
	for (Account *account = pupil->accounts; account != NULL; account = account->next)
		if (account->principal)
			return account;
	return NULL;
}

/* A uuid of the last query's answer. */
static pg_uuid_t
uuid_value(uint64 row, int column)
{
	return *DatumGetUUIDP(query_value(row, column, NULL));
}

/* Makes an empty map. */
static void
make_map(Map *map, int size)
{
	HASHCTL pupils = {.keysize = sizeof(int64), .entrysize = sizeof(Pupil), .hcxt = CurrentMemoryContext};
	HASHCTL accounts = {
		.keysize = sizeof(pg_uuid_t), .entrysize = sizeof(Account), .hcxt = CurrentMemoryContext};

	map->pupils = hash_create("leerid pupils", size, &pupils, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	map->accounts =
		hash_create("leerid accounts", size * 2, &accounts, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
}

/*
 * Locks pupils in the order of their ids, and reads those that are there.  The
 * ids are sorted and different.
 */
static void
lock_rows(Map *map, const ValueList *ids)
{
	static SPIPlanPtr plan;
	QueryArgument argument = list_argument(ids);
	uint64 count =
		query_kept(&plan,
				   "SELECT l.id, l.insz::bigint, l.leer_id_uuid FROM"
				   " ROWS FROM (unnest($1::bigint[])) WITH ORDINALITY AS w (id, n)"
				   " CROSS JOIN LATERAL (SELECT * FROM leerid.leerling x WHERE x.id = w.id FOR UPDATE) l"
				   " ORDER BY w.n",
				   1, &argument);

	for (uint64 i = 0; i < count; i++)
	{
		int64 id = DatumGetInt64(query_value(i, 1, NULL));
		bool found, null;
		Pupil *pupil = hash_search(map->pupils, &id, HASH_ENTER, &found);
		Datum value;

		memset((char *) pupil + sizeof(id), 0, sizeof(*pupil) - sizeof(id));
		value = query_value(i, 2, &null);
		pupil->insz = null ? 0 : DatumGetInt64(value);
		value = query_value(i, 3, &null);
		pupil->leer_id.given = !null;
		if (!null)
			pupil->leer_id.value = *DatumGetUUIDP(value);
	}
}

/* Reads all accounts of the pupils. */
static void
read_accounts(Map *map, const ValueList *ids)
{
	static SPIPlanPtr plan;
	QueryArgument argument = list_argument(ids);
	uint64 count =
		query_kept(&plan,
				   "SELECT a.account_uuid, a.leerling, a.principal, a.historic, a.without_insz, a.changed_at"
				   " FROM unnest($1::bigint[]) w (id) JOIN leerid.account a ON a.leerling = w.id",
				   1, &argument);

	for (uint64 i = 0; i < count; i++)
	{
		pg_uuid_t uuid = uuid_value(i, 1);
		Pupil *pupil = find_pupil_by_id(map, DatumGetInt64(query_value(i, 2, NULL)));
		bool found;
		Account *account;

		if (pupil == NULL)
			continue;
		account = hash_search(map->accounts, &uuid, HASH_ENTER, &found);
		account->pupil = pupil;
		account->principal = DatumGetBool(query_value(i, 3, NULL));
		account->historic = DatumGetBool(query_value(i, 4, NULL));
		account->without_insz = DatumGetBool(query_value(i, 5, NULL));
		account->changed_at = DatumGetTimestampTz(query_value(i, 6, NULL));
		account->changed = false;
		account->forbidden = NIL;
		account->next = pupil->accounts;
		pupil->accounts = account;
		pupil->account_count++;
	}
}

/* Reads which of the accounts must not be brought together. */
static void
read_forbidden(Map *map)
{
	static SPIPlanPtr any, plan;
	HASH_SEQ_STATUS all;
	Account *account;
	ValueList uuids = VALUE_LIST(UUIDOID, UUIDARRAYOID);
	QueryArgument argument;
	uint64 count;

	if (query_kept(&any, "SELECT FROM leerid.forbidden_pair LIMIT 1", 0, NULL) == 0)
		return;
	hash_seq_init(&all, map->accounts);
	while ((account = hash_seq_search(&all)) != NULL)
		add_value(&uuids, UUIDPGetDatum(&account->uuid));
	argument = list_argument(&uuids);
	count = query_kept(&plan,
					   "SELECT w.uuid, f.other_account FROM unnest($1::uuid[]) w (uuid)"
					   " JOIN leerid.forbidden_pair f ON f.account_uuid = w.uuid"
					   " UNION ALL SELECT w.uuid, f.account_uuid FROM unnest($1::uuid[]) w (uuid)"
					   " JOIN leerid.forbidden_pair f ON f.other_account = w.uuid",
					   1, &argument);
	for (uint64 i = 0; i < count; i++)
	{
		pg_uuid_t uuid = uuid_value(i, 1);
		pg_uuid_t *other = palloc(sizeof(*other));

		*other = uuid_value(i, 2);
		account = find_account(map, &uuid);
		account->forbidden = lappend(account->forbidden, other);
	}
}

/* Locks pupils by id, and reads them and their accounts. */
void
lock_pupils(Map *map, const int64 *ids, int count)
{
	int64 *sorted = palloc(sizeof(int64) * (count + 1));
	ValueList list = VALUE_LIST(INT8OID, INT8ARRAYOID);

	memcpy(sorted, ids, sizeof(int64) * count);
	count = sort_ids(sorted, count);
	for (int i = 0; i < count; i++)
		add_value(&list, Int64GetDatum(sorted[i]));
	make_map(map, Max(count, 16));
	lock_rows(map, &list);
	read_accounts(map, &list);
	read_forbidden(map);
}

/*
 * Finds the pupils that requests are about, by account and by INSZ: their ids,
 * and the accounts that stand for somebody.
 */
static void
find_pupils(const Request *requests, int count, ValueList *ids, ValueList *known)
{
	static SPIPlanPtr plan;
	ValueList uuids = VALUE_LIST(UUIDOID, UUIDARRAYOID);
	QueryArgument argument;
	uint64 found;

	for (int i = 0; i < count; i++)
	{
		const Request *request = &requests[i];
		const int64 numbers[] = {request->insz, request->old_insz};

		if (request->answered)
			continue;
		if (request->account.given)
			add_value(&uuids, UUIDPGetDatum(&request->account.value));
		if (request->other.given)
			add_value(&uuids, UUIDPGetDatum(&request->other.value));
		for (int j = 0; j < (int) lengthof(numbers); j++)
			if (numbers[j] != 0)
			{
				bool former;
				int64 id = pupil_with_insz(numbers[j], &former);

				if (id != 0)
					add_value(ids, Int64GetDatum(id));
			}
	}
	argument = list_argument(&uuids);
	found = query_kept(&plan,
					   "SELECT a.account_uuid, a.leerling FROM unnest($1::uuid[]) w (uuid)"
					   " JOIN leerid.account a ON a.account_uuid = w.uuid",
					   1, &argument);
	for (uint64 i = 0; i < found; i++)
	{
		pg_uuid_t *uuid = palloc(sizeof(*uuid));

		*uuid = uuid_value(i, 1);
		add_value(known, UUIDPGetDatum(uuid));
		add_value(ids, query_value(i, 2, NULL));
	}
}

/* What is to be locked. */
typedef struct Wanted
{
	Map *map;
	const Request *requests;
	int count;
} Wanted;

/* Whether everybody whom the numbers of requests lead to by now is locked. */
static bool
has_holders(const Map *map, const Request *requests, int count)
{
	for (int i = 0; i < count; i++)
	{
		const int64 numbers[] = {requests[i].insz, requests[i].old_insz};

		for (int j = 0; j < (int) lengthof(numbers) && !requests[i].answered; j++)
			if (numbers[j] != 0)
			{
				bool former;
				int64 id = pupil_with_insz(numbers[j], &former);

				if (id != 0 && find_pupil_by_id(map, id) == NULL)
					return false;
			}
	}
	return true;
}

/*
 * Locks what the requests are about, once; false when the map changed meanwhile.
 * A number that was replaced may lead to another pupil by then: it follows the
 * record that had it, whatever number that record goes by.
 */
static bool
try_to_lock(void *argument)
{
	const Wanted *wanted = argument;
	ValueList ids = VALUE_LIST(INT8OID, INT8ARRAYOID), known = VALUE_LIST(UUIDOID, UUIDARRAYOID);
	int64 *numbers;

	find_pupils(wanted->requests, wanted->count, &ids, &known);
	numbers = palloc(sizeof(int64) * (ids.count + 1));
	for (int i = 0; i < ids.count; i++)
		numbers[i] = DatumGetInt64(ids.values[i]);
	lock_pupils(wanted->map, numbers, ids.count);

	for (int i = 0; i < known.count; i++)
		if (find_account(wanted->map, DatumGetUUIDP(known.values[i])) == NULL)
			return false;
	for (int i = 0; i < ids.count; i++)
		if (find_pupil_by_id(wanted->map, numbers[i]) == NULL)
			return false;
	return has_holders(wanted->map, wanted->requests, wanted->count);
}

/*
 * Locks the pupils that unanswered requests are about, numbers first, and reads
 * them; then answers what another session answered meanwhile.
 */
void
lock_map(Map *map, Batch *batch)
{
	const Request *requests = batch->requests;
	int count = batch->count;
	Wanted wanted = {.map = map, .requests = requests, .count = count};
	int64 *numbers = palloc(sizeof(int64) * 2 * (count + 1));
	int number_count = 0;

	for (int i = 0; i < count; i++)
	{
		if (requests[i].answered)
			continue;
		if (requests[i].insz != 0)
			numbers[number_count++] = requests[i].insz;
		if (requests[i].old_insz != 0)
			numbers[number_count++] = requests[i].old_insz;
	}
	lock_insz(numbers, number_count);
	while (!in_subtransaction(try_to_lock, &wanted))
		CHECK_FOR_INTERRUPTS();
	answer_recorded(batch);
}

/* Prepares to write down what a step changes. */
void
init_changes(Changes *changes)
{
	static const Oid history[] = {UUIDOID, INT8OID, BOOLOID, INT8OID, INT8OID, BOOLOID,
								  BOOLOID, BOOLOID, BOOLOID, BOOLOID, BOOLOID};
	static const Oid account[] = {UUIDOID, INT8OID, BOOLOID, BOOLOID, BOOLOID};

	memset(changes, 0, sizeof(*changes));
	changes->untold = (ValueList) VALUE_LIST(INT8OID, INT8ARRAYOID);
	for (int i = 0; i < (int) lengthof(history); i++)
	{
		changes->history[i].type = history[i];
		changes->history[i].array_type = history[i] == UUIDOID	 ? UUIDARRAYOID
										 : history[i] == INT8OID ? INT8ARRAYOID
																 : BOOLARRAYOID;
	}
	for (int i = 0; i < (int) lengthof(account); i++)
	{
		changes->account[i].type = account[i];
		changes->account[i].array_type = account[i] == UUIDOID	 ? UUIDARRAYOID
										 : account[i] == INT8OID ? INT8ARRAYOID
																 : BOOLARRAYOID;
	}
}

/* Adds an id to a list of values; 0 is null. */
static void
add_id_value(ValueList *list, int64 id)
{
	if (id == 0)
		add_null(list);
	else
		add_value(list, Int64GetDatum(id));
}

/*
 * An operation changes an account: whom it stands for (nobody any more when to
 * is NULL) and how.  The account as read follows.
 */
void
change_account(Changes *changes, int64 operation, Account *account, Pupil *to, bool principal, bool historic,
			   bool without_insz)
{
	ValueList *history = changes->history, *row = changes->account;
	pg_uuid_t *key = palloc(sizeof(*key));

	*key = account->uuid;
	add_value(&history[0], UUIDPGetDatum(key));
	add_value(&history[1], Int64GetDatum(operation));
	add_value(&history[2], BoolGetDatum(true));
	add_id_value(&history[3], account->pupil == NULL ? 0 : account->pupil->id);
	add_id_value(&history[4], to == NULL ? 0 : to->id);
	add_value(&history[5], BoolGetDatum(account->principal));
	add_value(&history[6], BoolGetDatum(account->historic));
	add_value(&history[7], BoolGetDatum(account->without_insz));
	add_value(&history[8], BoolGetDatum(principal));
	add_value(&history[9], BoolGetDatum(historic));
	add_value(&history[10], BoolGetDatum(without_insz));

	changes->after = Max(changes->after, account->changed_at);
	if (to != NULL)
	{
		add_value(&row[0], UUIDPGetDatum(key));
		add_value(&row[1], Int64GetDatum(to->id));
		add_value(&row[2], BoolGetDatum(principal));
		add_value(&row[3], BoolGetDatum(historic));
		add_value(&row[4], BoolGetDatum(without_insz));
	}
	account->principal = principal;
	account->historic = historic;
	account->without_insz = without_insz;
}

/* An operation changes which record a leer_id_uuid stands for; 0: none. */
void
change_key(Changes *changes, int64 operation, const pg_uuid_t *leer_id, int64 from, int64 to)
{
	ValueList *history = changes->history;
	pg_uuid_t *key = palloc(sizeof(*key));

	*key = *leer_id;
	add_value(&history[0], UUIDPGetDatum(key));
	add_value(&history[1], Int64GetDatum(operation));
	add_value(&history[2], BoolGetDatum(false));
	add_id_value(&history[3], from);
	add_id_value(&history[4], to);
	for (int i = 5; i < 11; i++)
		add_null(&history[i]);
}

/*
 * A change moves keys of a pupil and none of his accounts: readers who wait for
 * what is under way are to see it by his row.
 */
void
tell_by_pupil(Changes *changes, const Pupil *pupil)
{
	add_value(&changes->untold, Int64GetDatum(pupil->id));
}

/*
 * Writes the accounts, then the moment, then the history: a reader who finds no
 * change under way on an account knows that none with an earlier moment is to
 * come.  The account that answers no more is written before the one that does
 * from now on.  Returns the moment.
 */
TimestampTz
write_changes(Changes *changes)
{
	static SPIPlanPtr update, tell, insert;
	TimestampTz at;

	if (changes->untold.count > 0)
	{
		QueryArgument pupils = list_argument(&changes->untold);

		query_kept(&tell, "UPDATE leerid.leerling SET made_at = made_at WHERE id = ANY ($1)", 1, &pupils);
	}

	if (changes->account[0].count > 0)
		for (int principal = 0; principal < 2; principal++)
		{
			QueryArgument arguments[] = {
				list_argument(&changes->account[0]), list_argument(&changes->account[1]),
				list_argument(&changes->account[2]), list_argument(&changes->account[3]),
				list_argument(&changes->account[4]), {.type = BOOLOID, .value = BoolGetDatum(principal)}};

			query_kept(&update,
					   "UPDATE leerid.account a SET leerling = n.leerling, principal = n.principal, historic "
					   "= n.historic,"
					   " without_insz = n.without_insz,"
					   " changed_at = greatest(clock_timestamp(), a.changed_at + interval '2 microseconds')"
					   " FROM unnest($1::uuid[], $2::bigint[], $3::boolean[], $4::boolean[], $5::boolean[])"
					   " n (uuid, leerling, principal, historic, without_insz)"
					   " WHERE a.account_uuid = n.uuid AND n.principal = $6",
					   lengthof(arguments), arguments);
		}
	at = Max(GetCurrentTimestamp(), changes->after + 1);
	if (changes->history[0].count > 0)
	{
		QueryArgument arguments[12];

		for (int i = 0; i < 11; i++)
			arguments[i] = list_argument(&changes->history[i]);
		arguments[11] = (QueryArgument){.type = TIMESTAMPTZOID, .value = TimestampTzGetDatum(at)};
		query_kept(
			&insert,
			"INSERT INTO leerid.identity_history (key, operation, at, account, from_leerling, to_leerling,"
			" principal_before, historic_before, without_insz_before,"
			" principal_after, historic_after, without_insz_after)"
			" SELECT key, operation, $12, account, f, t, pb, hb, wb, pa, ha, wa"
			" FROM unnest($1::uuid[], $2::bigint[], $3::boolean[], $4::bigint[], $5::bigint[], $6::boolean[],"
			" $7::boolean[], $8::boolean[], $9::boolean[], $10::boolean[], $11::boolean[])"
			" n (key, operation, account, f, t, pb, hb, wb, pa, ha, wa)",
			lengthof(arguments), arguments);
	}
	return at;
}
