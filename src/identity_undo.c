/*
 * identity_undo.c
 *	  unmerge(): an operation is taken back, by what it changed and no more.
 *
 * The log says which accounts it moved and how they were before, moved_row which
 * rows.  They go back; what came later stays where it came.  An operation that
 * built on the one to be taken back is in the way: it moved on what that one
 * moved, it named an account that stood where that one had put it, or it went by
 * a number that that one gave.  It is named, and to be taken back first.  So the
 * map is afterwards what it would be had the operation never been.
 */
#include "identity.h"

#include "catalog/pg_type.h"
#include "dependent.h"
#include "miscadmin.h"
#include "subtransaction.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

/* The operation to be taken back. */
typedef struct Undone
{
	int64 id;
	Verdict verdict;
	bool by_insz; /* it was asked by INSZ */
	int64 leerling, absorbed;
	int64 insz, old_insz; /* that it gave, and that will stand again; 0: none */
} Undone;

#define OPERATION_ARGUMENT(undone) \
	{ \
		.type = INT8OID, .value = Int64GetDatum((undone)->id) \
	}

/* A later operation that was not taken back, by alias o; an undoing cancels itself out with what it undid. */
#define STANDING \
	"o.kind IN ('identify', 'merge', 'replace') AND o.leerling IS NOT NULL" \
	" AND NOT EXISTS (SELECT FROM leerid.identity_operation u WHERE u.undoes = o.id)"

/* Reads the operation; false when the request is answered instead. */
static bool
find_operation(Request *request, Undone *undone)
{
	static SPIPlanPtr plan, undoing;
	QueryArgument op_id = {.type = UUIDOID, .value = UUIDPGetDatum(&request->account.value)};
	char *verdict;
	bool null, erased;
	Datum value;

	if (query_kept(&plan,
				   "SELECT o.id, o.verdict::text, o.kind IN ('identify', 'replace'), o.leerling, o.absorbed,"
				   " o.request_sha256 IS NULL FROM leerid.identity_operation o WHERE o.op_id = $1",
				   1, &op_id) == 0)
	{
		answer(request, VERDICT_NOT_FOUND);
		return false;
	}
	memset(undone, 0, sizeof(*undone));
	undone->id = DatumGetInt64(query_value(0, 1, NULL));
	verdict = query_text(0, 2);
	undone->by_insz = DatumGetBool(query_value(0, 3, NULL));
	value = query_value(0, 4, &null);
	undone->leerling = null ? 0 : DatumGetInt64(value);
	value = query_value(0, 5, &null);
	undone->absorbed = null ? 0 : DatumGetInt64(value);
	if (strcmp(verdict, "merged") == 0)
		undone->verdict = VERDICT_MERGED;
	else if (strcmp(verdict, "identified") == 0)
		undone->verdict = VERDICT_IDENTIFIED;
	else if (strcmp(verdict, "replaced") == 0)
		undone->verdict = VERDICT_REPLACED;
	else
	{
		answer(request, VERDICT_NOT_UNDOABLE);
		return false;
	}
	/* erasing takes the hash of the request away */
	erased = DatumGetBool(query_value(0, 6, NULL));
	{
		QueryArgument id = OPERATION_ARGUMENT(undone);

		if (query_kept(&undoing,
					   "SELECT jsonb_build_object('operations', jsonb_build_array(op_id))::text"
					   " FROM leerid.identity_operation WHERE undoes = $1",
					   1, &id) > 0)
		{
			answer(request, VERDICT_ALREADY_UNDONE);
			request->detail = query_text(0, 1);
			return false;
		}
	}
	if (erased)
		answer(request, VERDICT_ERASED_ACCOUNT);
	return !erased;
}

/* Reads the numbers that taking it back takes away and gives again. */
static void
find_numbers(Undone *undone)
{
	static SPIPlanPtr plan;
	QueryArgument arguments[] = {OPERATION_ARGUMENT(undone),
								 {.type = INT8OID, .value = Int64GetDatum(undone->leerling)},
								 {.type = INT8OID, .value = Int64GetDatum(undone->absorbed)}};
	bool null;
	Datum value;

	query_kept(&plan,
			   "SELECT (SELECT insz::bigint FROM leerid.leerling WHERE id = $2),"
			   " coalesce((SELECT insz::bigint FROM leerid.absorbed_leerling WHERE id = $3),"
			   " (SELECT insz::bigint FROM leerid.former_insz WHERE operation = $1))",
			   lengthof(arguments), arguments);
	value = query_value(0, 1, &null);
	undone->insz = null ? 0 : DatumGetInt64(value);
	value = query_value(0, 2, &null);
	undone->old_insz = null ? 0 : DatumGetInt64(value);
}

/*
 * Answers the request with the operations that are in the way, if there are any.
 */
static bool
find_blockers(Request *request, const Undone *undone)
{
	static SPIPlanPtr plan;
	QueryArgument arguments[] = {
		OPERATION_ARGUMENT(undone),
		{.type = INT8OID, .value = Int64GetDatum(undone->leerling)},
		{.type = BOOLOID, .value = BoolGetDatum(undone->verdict == VERDICT_IDENTIFIED)},
		{.type = BOOLOID, .value = BoolGetDatum(undone->verdict == VERDICT_REPLACED)}};

	query_kept(&plan,
			   "WITH moved AS MATERIALIZED (SELECT key FROM leerid.identity_history WHERE operation = $1 AND "
			   "account),"
			   " way AS ("
			   /* it moved on what this one moved: with the record, since what left the record that lives is
				  nobody's concern here, nor is it locked */
			   " SELECT o.id, o.op_id FROM moved m JOIN leerid.identity_history h ON h.key = m.key AND "
			   "h.operation > $1"
			   " JOIN leerid.identity_operation o ON o.id = h.operation"
			   " WHERE h.from_leerling IS DISTINCT FROM h.to_leerling"
			   " AND EXISTS (SELECT FROM leerid.absorbed_leerling WHERE id = $2) AND " STANDING
			   /* it named what this one moved */
			   " UNION SELECT o.id, o.op_id FROM leerid.identity_operation o"
			   " WHERE o.leerling = $2 AND o.id > $1 AND NOT $3 AND NOT $4"
			   " AND (o.account_uuid IN (SELECT key FROM moved) OR o.other_account IN (SELECT key FROM "
			   "moved)) AND " STANDING
			   /* the record would have been another one without a number */
			   " UNION SELECT o.id, o.op_id FROM leerid.identity_operation o"
			   " WHERE $3 AND o.leerling = $2 AND o.id > $1 AND " STANDING
			   /* it went by the number */
			   " UNION SELECT o.id, o.op_id FROM leerid.identity_operation o"
			   " WHERE ($3 OR (SELECT r.kind FROM leerid.identity_operation r WHERE r.id = $1) = 'replace')"
			   " AND o.leerling = $2 AND o.id > $1 AND o.kind IN ('identify', 'replace') AND " STANDING
			   /* the record itself was absorbed */
			   " UNION SELECT o.id, o.op_id FROM leerid.absorbed_leerling a"
			   " JOIN leerid.identity_operation o ON o.id = a.operation WHERE a.id = $2"
			   /* it set rows aside in a table where this one moved rows, maybe beside those */
			   " UNION SELECT o.id, o.op_id FROM leerid.identity_operation o"
			   " WHERE o.leerling = $2 AND o.id > $1 AND " STANDING
			   " AND EXISTS (SELECT FROM leerid.moved_row mine JOIN leerid.moved_row later"
			   " ON later.dependent = mine.dependent WHERE mine.operation = $1 AND mine.moved"
			   " AND later.operation = o.id AND NOT later.moved))"
			   " SELECT jsonb_build_object('operations', jsonb_agg(op_id ORDER BY id))::text FROM way HAVING "
			   "count(*) > 0",
			   lengthof(arguments), arguments);
	if (SPI_processed == 0)
		return false;
	answer(request, VERDICT_BLOCKED);
	request->detail = query_text(0, 1);
	return true;
}

/* Whether a number that would stand again is another pupil's now. */
static bool
number_is_taken(const Undone *undone)
{
	static SPIPlanPtr plan;
	QueryArgument arguments[] = {{.type = INT8OID, .value = Int64GetDatum(undone->old_insz)},
								 {.type = INT8OID, .value = Int64GetDatum(undone->leerling)}};

	return undone->old_insz != 0 &&
		   query_kept(
			   &plan,
			   "SELECT FROM leerid.leerling WHERE insz OPERATOR(leerid.=) $1::leerid.insz AND id <> $2"
			   " UNION ALL SELECT FROM leerid.former_insz f WHERE f.insz OPERATOR(leerid.=) $1::leerid.insz"
			   " AND NOT f.corrected AND f.leerling <> $2",
			   lengthof(arguments), arguments) > 0;
}

/* Makes the absorbed record live again; how it is read from now on. */
static Pupil *
revive(Map *map, const Undone *undone)
{
	static SPIPlanPtr insert, remove;
	QueryArgument id = {.type = INT8OID, .value = Int64GetDatum(undone->absorbed)};
	Pupil *pupil;
	bool found, null;
	Datum value;

	if (query_kept(&remove,
				   "DELETE FROM leerid.absorbed_leerling WHERE id = $1 RETURNING insz::bigint, leer_id_uuid,"
				   " naam, voornaam, geboortedatum::text, bron_sleutel, made_at",
				   1, &id) != 1)
		elog(ERROR, "an absorbed record is gone");
	pupil = hash_search(map->pupils, &undone->absorbed, HASH_ENTER, &found);
	memset((char *) pupil + sizeof(pupil->id), 0, sizeof(*pupil) - sizeof(pupil->id));
	value = query_value(0, 1, &null);
	pupil->insz = null ? 0 : DatumGetInt64(value);
	value = query_value(0, 2, &null);
	pupil->leer_id.given = !null;
	if (!null)
		pupil->leer_id.value = *DatumGetUUIDP(value);
	{
		QueryArgument arguments[] = {
			id,
			{.type = INT8OID, .value = Int64GetDatum(pupil->insz), .null = pupil->insz == 0},
			{.type = UUIDOID, .value = UUIDPGetDatum(&pupil->leer_id.value), .null = !pupil->leer_id.given},
			QUERY_TEXT(query_text(0, 3)),
			QUERY_TEXT(query_text(0, 4)),
			QUERY_TEXT(query_text(0, 5)),
			QUERY_TEXT(query_text(0, 6)),
			{.type = TIMESTAMPTZOID, .value = query_value(0, 7, NULL)}};

		give_number(&insert,
					"INSERT INTO leerid.leerling (id, insz, leer_id_uuid, naam, voornaam, geboortedatum, "
					"bron_sleutel, made_at)"
					" OVERRIDING SYSTEM VALUE VALUES ($1, $2::leerid.insz, $3, $4, $5, "
					"$6::leerid.partial_date, $7, $8)",
					lengthof(arguments), arguments);
	}
	return pupil;
}

/* Moves an account from the list of one pupil to that of another. */
static void
relist(Account *account, Pupil *from, Pupil *to)
{
	for (Account **link = &from->accounts; *link != NULL; link = &(*link)->next)
		if (*link == account)
		{
			*link = account->next;
			break;
		}
	account->next = to->accounts;
	to->accounts = account;
	account->pupil = to;
}

/*
 * Gives the accounts back what the operation changed of them, where they still
 * are where it left them: to is whom they stand for afterwards.
 */
static void
take_back_accounts(Map *map, Changes *changes, const Undone *undone, int64 operation, Pupil *holder,
				   Pupil *to)
{
	static SPIPlanPtr plan;
	QueryArgument id = OPERATION_ARGUMENT(undone);
	uint64 count = query_kept(&plan,
							  "SELECT key, principal_before, historic_before, without_insz_before"
							  " FROM leerid.identity_history WHERE operation = $1 AND account",
							  1, &id);

	for (uint64 i = 0; i < count; i++)
	{
		Account *account = find_account(map, DatumGetUUIDP(query_value(i, 1, NULL)));

		if (account == NULL || account->pupil != holder)
			continue;
		change_account(changes, operation, account, to, DatumGetBool(query_value(i, 2, NULL)),
					   DatumGetBool(query_value(i, 3, NULL)), DatumGetBool(query_value(i, 4, NULL)));
		if (to != holder)
			relist(account, holder, to);
		account->changed = true;
	}
}

/*
 * When the account that answered for a pupil goes back to another record, the one
 * answers that would have answered had it never come: of what came later to a
 * pupil of whom none did.
 */
static void
settle_principal(Map *map, Changes *changes, int64 operation, Pupil *pupil)
{
	static SPIPlanPtr plan, clear;
	ValueList keys = VALUE_LIST(UUIDOID, UUIDARRAYOID);
	QueryArgument arguments[2] = {[1] = {.type = INT8OID, .value = Int64GetDatum(pupil->id)}};
	Account *account;

	if (pupil->accounts == NULL || principal_account(pupil) != NULL)
		return;
	for (account = pupil->accounts; account != NULL; account = account->next)
		add_value(&keys, UUIDPGetDatum(&account->uuid));
	arguments[0] = list_argument(&keys);
	if (query_kept(
			&plan,
			"SELECT h.key FROM leerid.identity_history h"
			" JOIN leerid.identity_operation o ON o.id = h.operation"
			" WHERE h.key = ANY ($1) AND h.to_leerling = $2 AND h.from_leerling IS DISTINCT FROM $2"
			" AND (h.principal_before OR (o.kind = 'identify' AND o.account_uuid = h.key)) AND " STANDING
			" ORDER BY h.operation, o.kind = 'identify' AND o.account_uuid = h.key DESC LIMIT 1",
			lengthof(arguments), arguments) == 0)
		return;
	account = find_account(map, DatumGetUUIDP(query_value(0, 1, NULL)));
	/* the two are written by one statement, and only one may answer at any time */
	query_kept(&clear, "UPDATE leerid.account SET principal = false WHERE leerling = $1 AND principal", 1,
			   &arguments[1]);
	change_account(changes, operation, account, pupil, true, false, account->without_insz);
}

/* Gives the absorbed record its leer_id_uuid back, and those of the records that it had absorbed itself. */
static void
take_back_keys(Changes *changes, const Undone *undone, int64 operation)
{
	static SPIPlanPtr plan;
	QueryArgument id = OPERATION_ARGUMENT(undone);
	uint64 count = query_kept(
		&plan, "SELECT key FROM leerid.identity_history WHERE operation = $1 AND NOT account", 1, &id);

	for (uint64 i = 0; i < count; i++)
		change_key(changes, operation, DatumGetUUIDP(query_value(i, 1, NULL)), undone->leerling,
				   undone->absorbed);
}

/*
 * What came while a pupil was identified stays, on a record without INSZ again:
 * there every account stood without one, and none is history.
 */
static void
settle_later_accounts(Changes *changes, int64 operation, Pupil *pupil)
{
	for (Account *account = pupil->accounts; account != NULL; account = account->next)
		if (!account->changed && (account->historic || !account->without_insz))
			change_account(changes, operation, account, pupil, account->principal, false, true);
}

/* Takes the number and the leer_id_uuid of an identification back; the latter is withdrawn. */
static void
withdraw(const Undone *undone, int64 operation, TimestampTz at, const Pupil *pupil)
{
	static SPIPlanPtr plan, end;
	QueryArgument arguments[] = {{.type = INT8OID, .value = Int64GetDatum(undone->leerling)}};
	QueryArgument ended[] = {{.type = UUIDOID, .value = UUIDPGetDatum(&pupil->leer_id.value)},
							 {.type = TIMESTAMPTZOID, .value = TimestampTzGetDatum(at)},
							 {.type = INT8OID, .value = Int64GetDatum(operation)}};

	query_kept(&plan, "UPDATE leerid.leerling SET insz = NULL, leer_id_uuid = NULL WHERE id = $1", 1,
			   arguments);
	query_kept(&end,
			   "INSERT INTO leerid.ended_key (key, state, at, operation) VALUES ($1, 'withdrawn', $2, $3)",
			   lengthof(ended), ended);
}

/* Gives a pupil the number back that replace_insz() replaced, where no merge came of it. */
static void
give_number_back(const Undone *undone)
{
	static SPIPlanPtr forget, plan;
	QueryArgument id = OPERATION_ARGUMENT(undone);
	QueryArgument arguments[] = {{.type = INT8OID, .value = Int64GetDatum(undone->leerling)},
								 {.type = INT8OID, .value = Int64GetDatum(undone->old_insz)}};

	query_kept(&forget, "DELETE FROM leerid.former_insz WHERE operation = $1", 1, &id);
	if (undone->verdict == VERDICT_REPLACED)
		give_number(&plan, "UPDATE leerid.leerling SET insz = $2::leerid.insz WHERE id = $1",
					lengthof(arguments), arguments);
}

/* Takes the operation back.  Its record is locked and lives. */
static void
take_back(Map *map, Request *request, const Undone *undone)
{
	Pupil *pupil = find_pupil_by_id(map, undone->leerling);
	Changes changes;
	Events events;

	take_operation_id(request);
	init_changes(&changes);
	init_events(&events, 2);
	if (undone->verdict != VERDICT_REPLACED)
		note_event(&events, request->id, pupil);
	switch (undone->verdict)
	{
		case VERDICT_MERGED:
		{
			Pupil *revived = revive(map, undone);

			note_event(&events, request->id, revived);
			take_back_accounts(map, &changes, undone, request->id, pupil, revived);
			settle_principal(map, &changes, request->id, pupil);
			if (changes.account[0].count == 0)
				tell_by_pupil(&changes, pupil);
			take_back_keys(&changes, undone, request->id);
			request->at = write_changes(&changes);
			take_back_dependents(undone->id, undone->absorbed, undone->leerling);
			if (undone->by_insz)
				give_number_back(undone);
			pupil = revived;
			break;
		}
		case VERDICT_IDENTIFIED:
			take_back_accounts(map, &changes, undone, request->id, pupil, pupil);
			settle_later_accounts(&changes, request->id, pupil);
			change_key(&changes, request->id, &pupil->leer_id.value, pupil->id, 0);
			request->at = write_changes(&changes);
			withdraw(undone, request->id, request->at, pupil);
			pupil->leer_id.given = false;
			break;
		default:
			change_key(&changes, request->id, &pupil->leer_id.value, pupil->id, pupil->id);
			request->at = write_changes(&changes);
			give_number_back(undone);
	}
	write_events(&events);
	answer_with_pupil(request, VERDICT_UNMERGED, pupil);
	request->leerling = undone->leerling;
	request->absorbed = undone->absorbed;
	request->undoes = undone->id;
}

/* Whether a record is kept, living or absorbed. */
static bool
is_kept(int64 record)
{
	static SPIPlanPtr plan;
	QueryArgument id = {.type = INT8OID, .value = Int64GetDatum(record)};

	return query_kept(&plan,
					  "SELECT FROM leerid.leerling WHERE id = $1"
					  " UNION ALL SELECT FROM leerid.absorbed_leerling WHERE id = $1",
					  1, &id) > 0;
}

/* An undoing that is prepared. */
typedef struct Preparation
{
	Request *request;
	Batch *batch;
	Map map;
	Undone undone;
} Preparation;

/*
 * Locks the record and the numbers that an operation is about, and answers the
 * request where it cannot be taken back; false when others changed meanwhile
 * which ones these are.
 */
static bool
prepare(void *argument)
{
	Preparation *p = argument;
	Undone before;
	int64 numbers[2];
	int count = 0;

	if (!find_operation(p->request, &before))
		return true;
	find_numbers(&before);
	if (before.insz != 0)
		numbers[count++] = before.insz;
	if (before.old_insz != 0)
		numbers[count++] = before.old_insz;
	lock_insz(numbers, count);
	lock_pupils(&p->map, &before.leerling, 1);

	/* again, since the lock may have been waited for */
	answer_recorded(p->batch);
	if (p->request->answered || !find_operation(p->request, &p->undone) ||
		find_blockers(p->request, &p->undone))
		return true;
	if (find_pupil_by_id(&p->map, p->undone.leerling) == NULL)
	{
		if (is_kept(p->undone.leerling))
			return false;
		answer(p->request, VERDICT_ERASED_ACCOUNT); /* with who absorbed it */
		return true;
	}
	find_numbers(&p->undone);
	return p->undone.insz == before.insz && p->undone.old_insz == before.old_insz;
}

/* Runs unmerge().  The account of the request is the operation's op_id. */
void
run_unmerge(Batch *batch)
{
	Preparation preparation = {.request = &batch->requests[0], .batch = batch};

	while (!in_subtransaction(prepare, &preparation))
		CHECK_FOR_INTERRUPTS();
	if (preparation.request->answered)
		return;
	if (number_is_taken(&preparation.undone))
		answer(preparation.request, VERDICT_CONFLICT_INSZ);
	else
		take_back(&preparation.map, preparation.request, &preparation.undone);
}
