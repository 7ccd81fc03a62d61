/*
 * identity_erase.c
 *	  The end of an identity, when nothing else is kept of the pupil any more.
 *
 * What could name him goes: the record and those it absorbed, his numbers, the
 * pairs, the copies and the keys of rows, the reasons of his operations and the
 * hashes of their requests, which a number could be guessed from.  His keys stay, as keys
 * of nobody, so that they are never another's; so do the numbers of the records
 * in the log.
 */
#include "identity.h"

#include "catalog/pg_type.h"
#include "dependent.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

/*
 * Takes what could name the pupil out of the log: of operations on his record and
 * on those it absorbed, undone ones too, and of requests that name one of his keys
 * or one of those operations and changed nothing.
 */
static void
scrub_log(const QueryArgument *id, const QueryArgument *keys)
{
	QueryArgument arguments[] = {*id, *keys};
	uint64 count = query(
		"WITH record (id) AS (SELECT $1 UNION ALL"
		" SELECT a.id FROM leerid.absorbed_leerling a WHERE a.into_leerling = $1),"
		" about (id, op_id) AS ("
		" SELECT o.id, o.op_id FROM record r JOIN leerid.identity_operation o ON o.leerling = r.id"
		" UNION SELECT o.id, o.op_id FROM record r JOIN leerid.identity_operation o ON o.absorbed = r.id"
		" UNION SELECT o.id, o.op_id FROM unnest($2) k (key)"
		" JOIN leerid.identity_operation o ON o.account_uuid = k.key AND o.leerling IS NULL"
		" UNION SELECT o.id, o.op_id FROM unnest($2) k (key)"
		" JOIN leerid.identity_operation o ON o.other_account = k.key AND o.leerling IS NULL)"
		" SELECT id FROM about UNION SELECT o.id FROM about a"
		" JOIN leerid.identity_operation o ON o.account_uuid = a.op_id AND o.leerling IS NULL",
		false, lengthof(arguments), arguments);
	ValueList operations = VALUE_LIST(INT8OID, INT8ARRAYOID);
	int64 *ids = palloc(sizeof(int64) * (count + 1));
	QueryArgument argument;

	for (uint64 i = 0; i < count; i++)
	{
		ids[i] = DatumGetInt64(query_value(i, 1, NULL));
		add_value(&operations, Int64GetDatum(ids[i]));
	}
	forget_rows(ids, (int) count);
	argument = list_argument(&operations);
	/* some are another pupil's as well, who may be erased at the same time */
	query("SELECT FROM leerid.identity_operation WHERE id = ANY ($1) ORDER BY id FOR UPDATE", false, 1,
		  &argument);
	query("UPDATE leerid.identity_operation SET reason = NULL, request_sha256 = NULL, detail = NULL WHERE id "
		  "= ANY ($1)",
		  false, 1, &argument);
}

/* Ends the keys of a pupil, and takes the rows of his identity away. */
static void
erase_pupil(Request *request, Pupil *pupil)
{
	QueryArgument id = {.type = INT8OID, .value = Int64GetDatum(pupil->id)};
	ValueList keys = VALUE_LIST(UUIDOID, UUIDARRAYOID);
	Changes changes;
	uint64 count;

	take_operation_id(request);
	init_changes(&changes);
	for (Account *account = pupil->accounts; account != NULL; account = account->next)
	{
		add_value(&keys, UUIDPGetDatum(&account->uuid));
		change_account(&changes, request->id, account, NULL, false, false, account->without_insz);
	}
	if (pupil->leer_id.given)
	{
		add_value(&keys, UUIDPGetDatum(&pupil->leer_id.value));
		change_key(&changes, request->id, &pupil->leer_id.value, pupil->id, 0);
	}
	count = query("SELECT leer_id_uuid FROM leerid.absorbed_leerling WHERE into_leerling = $1 AND "
				  "leer_id_uuid IS NOT NULL",
				  false, 1, &id);
	for (uint64 i = 0; i < count; i++)
	{
		pg_uuid_t *key = palloc(sizeof(*key));

		*key = *DatumGetUUIDP(query_value(i, 1, NULL));
		add_value(&keys, UUIDPGetDatum(key));
		change_key(&changes, request->id, key, pupil->id, 0);
	}

	{
		QueryArgument uuids = list_argument(&keys);

		scrub_log(&id, &uuids);
		query("DELETE FROM leerid.forbidden_pair WHERE account_uuid = ANY ($1) OR other_account = ANY ($1)",
			  false, 1, &uuids);
		query("DELETE FROM leerid.given WHERE account_uuid = ANY ($1)", false, 1, &uuids);
		query("DELETE FROM leerid.account WHERE account_uuid = ANY ($1)", false, 1, &uuids);
	}
	request->at = write_changes(&changes);
	{
		QueryArgument arguments[] = {list_argument(&keys),
									 {.type = TIMESTAMPTZOID, .value = TimestampTzGetDatum(request->at)},
									 {.type = INT8OID, .value = Int64GetDatum(request->id)}};

		query("INSERT INTO leerid.ended_key (key, state, at, operation) SELECT key, 'erased', $2, $3"
			  " FROM unnest($1) n (key)",
			  false, lengthof(arguments), arguments);
	}
	query("DELETE FROM leerid.former_insz WHERE leerling = $1", false, 1, &id);
	query("DELETE FROM leerid.absorbed_leerling WHERE into_leerling = $1", false, 1, &id);
	query("DELETE FROM leerid.leerling WHERE id = $1", false, 1, &id);
}

/* Runs erase_identity(). */
void
run_erase(Batch *batch)
{
	Request *request = &batch->requests[0];
	Map map;
	Account *account;
	Pupil *pupil;
	int64 number;

	lock_map(&map, batch);
	if (request->answered)
		return;
	account = find_account(&map, &request->account.value);
	if (account == NULL)
	{
		answer_unknown(request);
		return;
	}
	pupil = account->pupil;
	number = pupil->id;
	request->detail = remaining_dependents(number);
	if (request->detail != NULL)
	{
		answer(request, VERDICT_DEPENDENTS_REMAIN);
		return;
	}
	erase_pupil(request, pupil);
	answer(request, VERDICT_ERASED);
	request->leerling = number;
}
