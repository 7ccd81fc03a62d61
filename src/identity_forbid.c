/*
 * identity_forbid.c
 *	  Two accounts are known to be two pupils', and no merge may bring them
 *	  together; or this is no longer so.
 *
 * What is kept is a pair of accounts.  Accounts stay what they are through every
 * merge and its undoing, so whoever one of the two is merged with is kept from
 * the other as well.
 */
#include "identity.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"

/* Keeps a pair of accounts; whether it was not kept yet. */
static bool
keep_pair(Request *request)
{
	QueryArgument arguments[] = {{.type = UUIDOID, .value = UUIDPGetDatum(&request->account.value)},
								 {.type = UUIDOID, .value = UUIDPGetDatum(&request->other.value)},
								 {.type = INT8OID, .value = Int64GetDatum(request->id)}};

	return query("INSERT INTO leerid.forbidden_pair (account_uuid, other_account, operation)"
				 " VALUES (least($1, $2), greatest($1, $2), $3) ON CONFLICT DO NOTHING",
				 false, lengthof(arguments), arguments) > 0;
}

/* Lifts every pair between two pupils; how many there were.  The request's detail names them. */
static uint64
lift_pairs(Request *request, const Pupil *one, const Pupil *other)
{
	QueryArgument arguments[] = {{.type = INT8OID, .value = Int64GetDatum(one->id)},
								 {.type = INT8OID, .value = Int64GetDatum(other->id)}};
	uint64 count;

	count = query(
		"WITH gone AS (DELETE FROM leerid.forbidden_pair f USING leerid.account a, leerid.account b"
		" WHERE a.account_uuid = f.account_uuid AND b.account_uuid = f.other_account"
		" AND (a.leerling, b.leerling) IN (($1, $2), ($2, $1)) RETURNING f.account_uuid, f.other_account)"
		" SELECT jsonb_build_object('pairs', jsonb_agg(jsonb_build_array(account_uuid, other_account)"
		" ORDER BY account_uuid, other_account))::text FROM gone HAVING count(*) > 0",
		false, lengthof(arguments), arguments);
	if (count > 0)
		request->detail = query_text(0, 1);
	return count;
}

/* Runs forbid_merge() or allow_merge(). */
void
run_forbid(Batch *batch)
{
	Request *request = &batch->requests[0];
	Map map;
	Account *account, *other;

	lock_map(&map, batch);
	if (request->answered)
		return;
	account = find_account(&map, &request->account.value);
	other = find_account(&map, &request->other.value);
	if (account == NULL || other == NULL)
	{
		answer_unknown(request);
		return;
	}
	take_operation_id(request);
	if (request->kind == REQUEST_ALLOW)
		answer(request,
			   lift_pairs(request, account->pupil, other->pupil) > 0 ? VERDICT_MERGE_ALLOWED : VERDICT_NOOP);
	else if (account->pupil == other->pupil)
		answer_with_pupil(request, VERDICT_NOOP_SAME_LEERLING, account->pupil);
	else
		answer(request, keep_pair(request) ? VERDICT_MERGE_FORBIDDEN : VERDICT_NOOP);
}
