/*
 * identity_merge.c
 *	  Two records prove to be one pupil's: merge(), identify(), replace_insz().
 *
 * Requests are decided in their order.  Those that speak of different records
 * are done together, in a round, by a few statements whatever their number; one
 * that speaks of a record that an earlier one of the round speaks of waits for
 * the next round.  So a batch ends as the same requests one by one would.
 *
 * The record with an INSZ survives; of two without, the one that the request
 * says.  The absorbed record leaves the table leerling when all that references
 * it has moved: the foreign keys see to it that nothing is left behind.
 */
#include "identity.h"

#include "catalog/pg_type.h"
#include "dependent.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"

/* What is decided for a request in a round. */
typedef struct Step
{
	Request *request;
	Account *account; /* that identify names */
	Pupil *from;	  /* absorbed; NULL where only the INSZ changes */
	Pupil *into;
} Step;

typedef struct Round
{
	int number;
	Step *steps;
	int count;
} Round;

/* Whether some account of one pupil must not be brought together with one of the other's. */
static bool
is_forbidden(const Map *map, const Pupil *one, const Pupil *other)
{
	const Pupil *fewer = one->account_count <= other->account_count ? one : other;
	const Pupil *more = fewer == one ? other : one;

	for (Account *account = fewer->accounts; account != NULL; account = account->next)
	{
		ListCell *cell;

		foreach (cell, account->forbidden)
		{
			Account *opposite = find_account(map, lfirst(cell));

			if (opposite != NULL && opposite->pupil == more)
				return true;
		}
	}
	return false;
}

/* The pupils that a request speaks of; whether both accounts, or the account, are known. */
static bool
find_parties(const Map *map, const Request *request, Account **account, Pupil **from, Pupil **into)
{
	bool former = false;
	int64 holder;

	*account = NULL;
	*from = *into = NULL;
	if (request->account.given)
	{
		*account = find_account(map, &request->account.value);
		if (*account == NULL)
			return false;
		*from = (*account)->pupil;
	}
	if (request->other.given)
	{
		Account *other = find_account(map, &request->other.value);

		if (other == NULL)
			return false;
		*into = other->pupil;
	}
	if (request->old_insz != 0)
	{
		holder = pupil_with_insz(request->old_insz, &former);
		*from = holder == 0 ? NULL : find_pupil_by_id(map, holder);
		if (*from == NULL)
			return false;
	}
	if (request->insz != 0)
	{
		holder = pupil_with_insz(request->insz, &former);
		*into = holder == 0 ? NULL : find_pupil_by_id(map, holder);
	}
	return true;
}

/* Decides a replacement whose old number leads to from, and whose new one to into or nobody. */
static bool
decide_replacement(Request *request, Pupil *from, Pupil *into)
{
	if (from->insz == request->insz)
		answer_with_pupil(request, VERDICT_NOOP_SAME_LEERLING, from);
	else if (from->insz != request->old_insz)
		answer(request, VERDICT_NOT_FOUND); /* it was replaced by another one before */
	else if (into != NULL && into->insz != request->insz)
		answer(request, VERDICT_CONFLICT_INSZ); /* the new one was replaced itself */
	else
		return true;
	return false;
}

/*
 * Decides a request by itself.  Either it is answered, or it is a step: from is
 * absorbed by into, or into alone gets an INSZ.
 */
static bool
decide(const Map *map, Request *request, Account *account, Pupil *from, Pupil *into, Step *step)
{
	if (request->kind == REQUEST_REPLACE && !decide_replacement(request, from, into))
		return false;
	if (into == NULL)
	{
		/* nobody has the new number */
		if (request->kind == REQUEST_IDENTIFY && from->insz != 0)
		{
			answer(request, VERDICT_CONFLICT_INSZ);
			return false;
		}
		*step = (Step){.request = request, .account = account, .into = from};
		return true;
	}
	if (from == into)
	{
		answer_with_pupil(request, VERDICT_NOOP_SAME_LEERLING, into);
		return false;
	}
	if (from->insz != 0 && into->insz != 0 && request->kind != REQUEST_REPLACE)
		answer(request, VERDICT_CONFLICT_INSZ);
	else if (is_forbidden(map, from, into))
		answer(request, VERDICT_FORBIDDEN);
	else if (from->account_count + into->account_count > MAX_ACCOUNTS_OF_PUPIL)
		answer(request, VERDICT_TOO_MANY_ACCOUNTS);
	else
	{
		bool swap = from->insz != 0 && into->insz == 0;

		*step = (Step){
			.request = request, .account = account, .from = swap ? into : from, .into = swap ? from : into};
		return true;
	}
	return false;
}

/* Chooses the steps of a round; whether requests wait for the next one. */
static bool
choose_steps(const Map *map, Batch *batch, Round *round)
{
	bool waiting = false;

	round->number++;
	round->count = 0;
	for (int i = 0; i < batch->count; i++)
	{
		Request *request = &batch->requests[i];
		Account *account;
		Pupil *parties[2];
		bool taken = false;

		if (request->answered)
			continue;
		if (!find_parties(map, request, &account, &parties[0], &parties[1]))
		{
			if (request->old_insz != 0)
				answer(request, VERDICT_NOT_FOUND);
			else
				answer_unknown(request);
			continue;
		}
		for (int j = 0; j < 2; j++)
			taken = taken || (parties[j] != NULL && parties[j]->round == round->number);
		if (taken)
			waiting = true;
		else if (!decide(map, request, account, parties[0], parties[1], &round->steps[round->count]))
			continue;
		else
			round->count++;
		for (int j = 0; j < 2; j++)
			if (parties[j] != NULL)
				parties[j]->round = round->number;
	}
	return waiting;
}

/* Asks the dependents, and answers the steps that they refuse. */
static int
refuse_conflicts(Round *round, PupilMove *moves)
{
	int count = 0, kept = 0, moving = 0;

	for (int i = 0; i < round->count; i++)
		if (round->steps[i].from != NULL)
			moves[count++] = (PupilMove){.from = round->steps[i].from->id, .into = round->steps[i].into->id};
	if (count > 0)
		find_conflicts(moves, count);
	count = 0;
	for (int i = 0; i < round->count; i++)
	{
		Step *step = &round->steps[i];

		if (step->from != NULL)
		{
			PupilMove move = moves[count++];

			if (move.conflicts != NULL)
			{
				answer(step->request, VERDICT_CONFLICT_DEPENDENT);
				step->request->detail = move.conflicts;
				continue;
			}
			take_operation_id(step->request);
			move.operation = step->request->id;
			moves[moving++] = move;
		}
		else
			take_operation_id(step->request);
		round->steps[kept++] = *step;
	}
	round->count = kept;
	return moving;
}

/* Identifies a pupil: this account answers for him from now on, the others are history. */
static void
identify_pupil(Changes *changes, const Step *step)
{
	Pupil *pupil = step->into;

	for (Account *account = pupil->accounts; account != NULL; account = account->next)
	{
		bool named = account == step->account;

		if (named || account->principal || !account->historic || !account->without_insz)
			change_account(changes, step->request->id, account, pupil, named, !named, true);
	}
	pupil->insz = step->request->insz;
	pupil->leer_id =
		(OptionalUuid){.given = true, .value = *DatumGetUUIDP(OidFunctionCall0(F_GEN_RANDOM_UUID))};
	change_key(changes, step->request->id, &pupil->leer_id.value, 0, pupil->id);
}

/*
 * The account of an absorbed pupil that answers for the other from now on,
 * where he has none that does: a pupil must be able to log in.
 */
static Account *
account_to_answer(const Step *step)
{
	if (principal_account(step->into) != NULL)
		return NULL;
	if (step->account != NULL && step->account->pupil == step->from)
		return step->account;
	return principal_account(step->from);
}

/* The accounts of an absorbed pupil stand for the other from now on. */
static void
absorb_accounts(Changes *changes, const Step *step)
{
	Pupil *from = step->from, *into = step->into;
	Account *answering = account_to_answer(step), *last = NULL;
	bool historic = from->insz == 0 && into->insz != 0;

	if (from->accounts == NULL)
		tell_by_pupil(changes, from);
	for (Account *account = from->accounts; account != NULL; account = account->next)
	{
		change_account(changes, step->request->id, account, into, account == answering,
					   account != answering && (account->historic || historic),
					   account->without_insz || from->insz == 0);
		account->pupil = into;
		last = account;
	}
	if (last != NULL)
	{
		last->next = into->accounts;
		into->accounts = from->accounts;
		into->account_count += from->account_count;
		from->accounts = NULL;
		from->account_count = 0;
	}
	if (from->leer_id.given)
		change_key(changes, step->request->id, &from->leer_id.value, from->id, into->id);
}

/*
 * The absorbed records leave the table of the living, with all that depends on
 * them, and the leer_id_uuids of those that they had absorbed themselves move on.
 */
static void
write_absorbed(const PupilMove *moves, int count, TimestampTz at)
{
	static SPIPlanPtr keys, records;
	ValueList operation = VALUE_LIST(INT8OID, INT8ARRAYOID), from = VALUE_LIST(INT8OID, INT8ARRAYOID),
			  into = VALUE_LIST(INT8OID, INT8ARRAYOID);

	for (int i = 0; i < count; i++)
	{
		add_value(&operation, Int64GetDatum(moves[i].operation));
		add_value(&from, Int64GetDatum(moves[i].from));
		add_value(&into, Int64GetDatum(moves[i].into));
	}
	{
		QueryArgument arguments[] = {list_argument(&operation),
									 list_argument(&from),
									 list_argument(&into),
									 {.type = TIMESTAMPTZOID, .value = TimestampTzGetDatum(at)}};

		query_kept(
			&keys,
			"INSERT INTO leerid.identity_history (key, operation, at, account, from_leerling, to_leerling)"
			" SELECT a.leer_id_uuid, n.operation, $4, false, n.f, n.t"
			" FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) n (operation, f, t)"
			" JOIN leerid.absorbed_leerling a ON a.into_leerling = n.f WHERE a.leer_id_uuid IS NOT NULL",
			4, arguments);
		move_dependents(moves, count);
		if (query_kept(
				&records,
				"WITH gone AS (DELETE FROM leerid.leerling l"
				" USING unnest($1::bigint[], $2::bigint[], $3::bigint[]) n (operation, f, t) WHERE l.id = n.f"
				" RETURNING l.id, n.t, n.operation, l.leer_id_uuid, l.insz, l.naam, l.voornaam,"
				" l.geboortedatum, l.bron_sleutel, l.made_at)"
				" INSERT INTO leerid.absorbed_leerling (id, into_leerling, operation, leer_id_uuid, insz,"
				" naam, voornaam, geboortedatum, bron_sleutel, made_at) SELECT * FROM gone",
				3, arguments) != (uint64) count)
			elog(ERROR, "a record that was locked is gone");
	}
}

/* Writes the INSZ and leer_id_uuid of pupils that are identified, or whose INSZ is replaced. */
static void
write_numbers(const Round *round)
{
	static SPIPlanPtr number, former;

	for (int i = 0; i < round->count; i++)
	{
		const Step *step = &round->steps[i];
		const Request *request = step->request;

		if (step->from == NULL)
		{
			QueryArgument arguments[] = {
				{.type = INT8OID, .value = Int64GetDatum(step->into->id)},
				{.type = INT8OID, .value = Int64GetDatum(request->insz)},
				{.type = UUIDOID, .value = UUIDPGetDatum(&step->into->leer_id.value)}};

			give_number(&number,
						"UPDATE leerid.leerling SET insz = $2::leerid.insz, leer_id_uuid = $3 WHERE id = $1",
						lengthof(arguments), arguments);
		}
		if (request->kind == REQUEST_REPLACE)
		{
			QueryArgument arguments[] = {{.type = INT8OID, .value = Int64GetDatum(request->old_insz)},
										 {.type = INT8OID, .value = Int64GetDatum(request->id)},
										 {.type = INT8OID, .value = Int64GetDatum(step->into->id)},
										 {.type = BOOLOID, .value = BoolGetDatum(request->corrected)}};

			give_number(&former,
						"INSERT INTO leerid.former_insz (insz, operation, leerling, corrected)"
						" SELECT $1::leerid.insz, $2, $3, $4 OR EXISTS (SELECT FROM leerid.former_insz f"
						" WHERE f.insz OPERATOR(leerid.=) $1::leerid.insz AND NOT f.corrected)",
						lengthof(arguments), arguments);
		}
	}
}

/* Answers a step that is done. */
static void
answer_step(const Step *step)
{
	Request *request = step->request;

	answer_with_pupil(request,
					  step->from != NULL				 ? VERDICT_MERGED
					  : request->kind == REQUEST_REPLACE ? VERDICT_REPLACED
														 : VERDICT_IDENTIFIED,
					  step->into);
	request->leerling = step->into->id;
	request->absorbed = step->from == NULL ? 0 : step->from->id;
}

/* Does the steps of a round. */
static void
do_round(Map *map, Round *round)
{
	PupilMove *moves = palloc(sizeof(PupilMove) * (round->count + 1));
	int moving = refuse_conflicts(round, moves);
	Changes changes;
	Events events;
	TimestampTz at;

	init_changes(&changes);
	init_events(&events, 2 * round->count);
	for (int i = 0; i < round->count; i++)
	{
		Step *step = &round->steps[i];

		if (step->from != NULL)
			note_event(&events, step->request->id, step->from);
		if (step->from != NULL || step->request->kind == REQUEST_IDENTIFY)
			note_event(&events, step->request->id, step->into);
		if (step->from != NULL)
			absorb_accounts(&changes, step);
		else if (step->request->kind == REQUEST_IDENTIFY)
			identify_pupil(&changes, step);
		else
		{
			step->into->insz = step->request->insz;
			change_key(&changes, step->request->id, &step->into->leer_id.value, step->into->id,
					   step->into->id);
		}
		answer_step(step);
	}
	at = write_changes(&changes);
	if (moving > 0)
		write_absorbed(moves, moving, at);
	write_numbers(round);
	write_events(&events);
	for (int i = 0; i < round->count; i++)
	{
		Step *step = &round->steps[i];

		step->request->at = at;
		if (step->from != NULL)
			(void) hash_search(map->pupils, &step->from->id, HASH_REMOVE, NULL);
	}
	pfree(moves);
}

/*
 * Runs the requests of a call that are not answered yet.  Several name accounts
 * only: a number that one request gives is not known to another of its round.
 */
void
run_merges(Batch *batch)
{
	Map map;
	Round round = {0};
	bool waiting;

	lock_map(&map, batch);
	round.steps = palloc(sizeof(Step) * (batch->count + 1));
	do
	{
		CHECK_FOR_INTERRUPTS();
		waiting = choose_steps(&map, batch, &round);
		if (round.count > 0)
			do_round(&map, &round);
	} while (waiting);
}
