/*
 * identity_request.c
 *	  Requests about identity as they come in, and their answers.
 *
 * Every request has a key, its op_id, and a hash over all that it says.  Both are
 * kept with the answer, so that the same request is answered once: a repetition
 * gets the answer of the first time and writes nothing.  Every outcome that a
 * batch can meet is a verdict and none an error, and each leaves a row in the
 * log.  A dry run goes the whole way, and takes it back.
 */
#include "identity.h"

#include "access/xact.h"
#include "caller.h"
#include "catalog/pg_type.h"
#include "commands/sequence.h"
#include "common/cryptohash.h"
#include "common/sha2.h"
#include "errors.h"
#include "funcapi.h"
#include "insz.h"
#include "miscadmin.h"
#include "relations.h"
#include "subtransaction.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"

static const char *const verdicts[VERDICTS] = {
	[VERDICT_CREATED] = "created",
	[VERDICT_IDENTIFIED] = "identified",
	[VERDICT_MERGED] = "merged",
	[VERDICT_UNMERGED] = "unmerged",
	[VERDICT_REPLACED] = "replaced",
	[VERDICT_MERGE_FORBIDDEN] = "merge_forbidden",
	[VERDICT_MERGE_ALLOWED] = "merge_allowed",
	[VERDICT_ERASED] = "erased",
	[VERDICT_NOOP_SAME_LEERLING] = "noop_same_leerling",
	[VERDICT_NOOP] = "noop",
	[VERDICT_NOT_FOUND] = "not_found",
	[VERDICT_ERASED_ACCOUNT] = "erased_account",
	[VERDICT_CONFLICT_INSZ] = "conflict_insz",
	[VERDICT_CONFLICT_DEPENDENT] = "conflict_dependent",
	[VERDICT_FORBIDDEN] = "forbidden",
	[VERDICT_TOO_MANY_ACCOUNTS] = "too_many_accounts",
	[VERDICT_NOT_UNDOABLE] = "not_undoable",
	[VERDICT_ALREADY_UNDONE] = "already_undone",
	[VERDICT_BLOCKED] = "blocked",
	[VERDICT_DEPENDENTS_REMAIN] = "dependents_remain",
	[VERDICT_OP_ID_REUSED] = "op_id_reused",
};

static const char *const kinds[] = {
	[REQUEST_CREATE] = "create",   [REQUEST_IDENTIFY] = "identify", [REQUEST_MERGE] = "merge",
	[REQUEST_UNMERGE] = "unmerge", [REQUEST_REPLACE] = "replace",	[REQUEST_FORBID] = "forbid",
	[REQUEST_ALLOW] = "allow",	   [REQUEST_ERASE] = "erase",
};

static bool test_identities;

/* Defines leerid.test_identities. */
void
init_identity(void)
{
	DefineCustomBoolVariable("leerid.test_identities", "Accepts the government's test identities as pupils.",
							 "An INSZ with month 60 to 72 is no person's. Off where real pupils are kept. "
							 "Only a superuser may change it.",
							 &test_identities, false, PGC_SUSET, 0, NULL, NULL, NULL);
}

/* Raises LR051 for a test identity where none belongs. */
static void
check_identity_kind(int64 insz)
{
	if (!test_identities && kind_of_insz(insz) == INSZ_TEST)
		ereport(ERROR, (errcode(ERRCODE_LEERID_TEST_IDENTITY_REFUSED), errmsg("a test identity is no pupil"),
						errdetail("The month part of the INSZ is one from 60 to 72."),
						errhint("In a test environment a superuser sets leerid.test_identities.")));
}

/* Raises LR050 where a snapshot older than the call would be read. */
static void
check_isolation(void)
{
	if (IsolationUsesXactSnapshot())
		ereport(ERROR, (errcode(ERRCODE_LEERID_ISOLATION_TOO_HIGH),
						errmsg("identity is changed in READ COMMITTED transactions only"),
						errdetail("What others change while the call waits for them must be seen.")));
}

/* Answers a request. */
void
answer(Request *request, Verdict verdict)
{
	request->verdict = verdict;
	request->answered = true;
}

/* Answers a request that leaves a pupil to speak of. */
void
answer_with_pupil(Request *request, Verdict verdict, const Pupil *pupil)
{
	const Account *principal = principal_account(pupil);

	answer(request, verdict);
	request->answer_account.given = principal != NULL;
	if (principal != NULL)
		request->answer_account.value = principal->uuid;
	request->answer_leer_id = pupil->leer_id;
}

/* Answers a request that names an account that stands for nobody: unknown, or erased. */
void
answer_unknown(Request *request)
{
	static SPIPlanPtr plan;
	QueryArgument arguments[] = {
		{.type = UUIDOID, .value = UUIDPGetDatum(&request->account.value), .null = !request->account.given},
		{.type = UUIDOID, .value = UUIDPGetDatum(&request->other.value), .null = !request->other.given}};

	if (query_kept(&plan, "SELECT FROM leerid.ended_key WHERE key IN ($1, $2)", lengthof(arguments),
				   arguments) > 0)
		answer(request, VERDICT_ERASED_ACCOUNT);
	else
		answer(request, VERDICT_NOT_FOUND);
}

/* Gives a request that is going to change something its number in the log. */
void
take_operation_id(Request *request)
{
	request->id = nextval_internal(relation_oid(REL_identity_operation_id_seq), false);
}

/* Adds a part of the request to what is hashed; what is not there differs from what is empty. */
static void
add_part(StringInfo text, const void *part, size_t length, bool given)
{
	appendStringInfoChar(text, given ? 1 : 0);
	if (given)
	{
		uint64 size = length;

		appendBinaryStringInfo(text, (char *) &size, sizeof(size));
		appendBinaryStringInfo(text, part, (int) length);
	}
}

/* Hashes all that a request says. */
static void
hash_request(Request *request, const Batch *batch)
{
	StringInfoData whole;
	pg_cryptohash_ctx *context = pg_cryptohash_create(PG_SHA256);

	initStringInfo(&whole);
	add_part(&whole, kinds[request->kind], strlen(kinds[request->kind]), true);
	add_part(&whole, &request->account.value, sizeof(pg_uuid_t), request->account.given);
	add_part(&whole, &request->other.value, sizeof(pg_uuid_t), request->other.given);
	add_part(&whole, &request->insz, sizeof(int64), request->insz != 0);
	add_part(&whole, &request->old_insz, sizeof(int64), request->old_insz != 0);
	add_part(&whole, &request->corrected, sizeof(bool), true);
	add_part(&whole, batch->reason, strlen(batch->reason), true);
	add_part(&whole, batch->actor, batch->actor == NULL ? 0 : strlen(batch->actor), batch->actor != NULL);
	if (request->kind == REQUEST_CREATE)
		for (int i = 0; i < (int) lengthof(request->created); i++)
		{
			const QueryArgument *part = &request->created[i];

			if (part->null)
				add_part(&whole, NULL, 0, false);
			else if (part->type == TEXTOID)
			{
				char *string = TextDatumGetCString(part->value);

				add_part(&whole, string, strlen(string), true);
			}
			else
			{
				int32 date = DatumGetInt32(part->value);

				add_part(&whole, &date, sizeof(date), true);
			}
		}
	if (context == NULL || pg_cryptohash_init(context) < 0 ||
		pg_cryptohash_update(context, (uint8 *) whole.data, whole.len) < 0 ||
		pg_cryptohash_final(context, request->sha256, sizeof(request->sha256)) < 0)
		elog(ERROR, "could not hash a request");
	pg_cryptohash_free(context);
	pfree(whole.data);
}

/* A uuid column of the last query's answer that may be null. */
static OptionalUuid
optional_uuid(uint64 row, int column)
{
	OptionalUuid result = {0};
	bool null;
	Datum value = query_value(row, column, &null);

	result.given = !null;
	if (!null)
		result.value = *DatumGetUUIDP(value);
	return result;
}

/* The verdict of a name. */
static Verdict
verdict_named(const char *name)
{
	for (int i = 0; i < VERDICTS; i++)
		if (strcmp(verdicts[i], name) == 0)
			return i;
	elog(ERROR, "verdict \"%s\" is unknown", name);
}

/* An op_id of a call and the first request that has it. */
typedef struct OpId
{
	pg_uuid_t uuid; /* hash key */
	int request;
} OpId;

/*
 * Answers what one call asks twice under one op_id: the same request as the
 * first of them, another one with op_id_reused.
 */
static void
answer_repeated(Batch *batch)
{
	HASHCTL control = {.keysize = sizeof(pg_uuid_t), .entrysize = sizeof(OpId), .hcxt = CurrentMemoryContext};
	HTAB *known = hash_create("leerid op_ids", batch->count, &control, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);

	for (int i = 0; i < batch->count; i++)
	{
		Request *request = &batch->requests[i];
		bool found;
		OpId *entry = hash_search(known, &request->op_id, HASH_ENTER, &found);

		if (!found)
		{
			entry->request = i;
			continue;
		}
		request->recorded = true;
		if (memcmp(batch->requests[entry->request].sha256, request->sha256, sizeof(request->sha256)) != 0)
			answer(request, VERDICT_OP_ID_REUSED);
		else
		{
			request->same_as = entry->request;
			request->answered = true;
		}
	}
	hash_destroy(known);
}

/*
 * Answers what was answered before: the same request with what stands in the
 * log, another one under the same op_id with op_id_reused.  Asked before the
 * locks, so that a repetition waits for nobody, and after them, since the first
 * one may have been under way.
 */
void
answer_recorded(Batch *batch)
{
	static SPIPlanPtr plan;
	ValueList op_ids = VALUE_LIST(UUIDOID, UUIDARRAYOID), places = VALUE_LIST(INT4OID, INT4ARRAYOID);
	uint64 count;

	for (int i = 0; i < batch->count; i++)
		if (!batch->requests[i].answered)
		{
			add_value(&op_ids, UUIDPGetDatum(&batch->requests[i].op_id));
			add_value(&places, Int32GetDatum(i));
		}
	{
		QueryArgument arguments[] = {list_argument(&op_ids), list_argument(&places)};

		count = query_kept(&plan,
						   "SELECT w.place, o.request_sha256, o.verdict::text, o.answer_account, "
						   "o.answer_leer_id, o.detail::text"
						   " FROM unnest($1::uuid[], $2::integer[]) w (op_id, place)"
						   " JOIN leerid.identity_operation o ON o.op_id = w.op_id",
						   lengthof(arguments), arguments);
	}
	for (uint64 i = 0; i < count; i++)
	{
		Request *request = &batch->requests[DatumGetInt32(query_value(i, 1, NULL))];
		bool erased;
		Datum sha256 = query_value(i, 2, &erased);

		request->recorded = true;
		if (erased)
			answer(request, VERDICT_ERASED_ACCOUNT);
		else if (memcmp(VARDATA_ANY(DatumGetByteaPP(sha256)), request->sha256, sizeof(request->sha256)) != 0)
			answer(request, VERDICT_OP_ID_REUSED);
		else
		{
			answer(request, verdict_named(query_text(i, 3)));
			request->replayed = true;
			request->answer_account = optional_uuid(i, 4);
			request->answer_leer_id = optional_uuid(i, 5);
			request->detail = query_text(i, 6);
		}
	}
}

/* Adds a uuid that may not be there to a list. */
static void
add_optional_uuid(ValueList *list, const OptionalUuid *uuid)
{
	if (uuid->given)
		add_value(list, UUIDPGetDatum(&uuid->value));
	else
		add_null(list);
}

/* Adds a number to a list; 0 is null. */
static void
add_number(ValueList *list, int64 number)
{
	if (number == 0)
		add_null(list);
	else
		add_value(list, Int64GetDatum(number));
}

/*
 * Writes a row for every request that was answered now.  Raises 40001 when
 * another transaction used one of the op_ids in the meantime, for other pupils.
 */
static void
record_answers(Batch *batch)
{
	static SPIPlanPtr plan;
	static const Oid types[][2] = {
		{INT8OID, INT8ARRAYOID},			   /* id */
		{UUIDOID, UUIDARRAYOID},			   /* op_id */
		{TEXTOID, TEXTARRAYOID},			   /* kind */
		{TEXTOID, TEXTARRAYOID},			   /* verdict */
		{TIMESTAMPTZOID, TIMESTAMPTZARRAYOID}, /* at */
		{BYTEAOID, BYTEAARRAYOID},			   /* request_sha256 */
		{UUIDOID, UUIDARRAYOID},			   /* account_uuid */
		{UUIDOID, UUIDARRAYOID},			   /* other_account */
		{INT8OID, INT8ARRAYOID},			   /* leerling */
		{INT8OID, INT8ARRAYOID},			   /* absorbed */
		{INT8OID, INT8ARRAYOID},			   /* undoes */
		{UUIDOID, UUIDARRAYOID},			   /* answer_account */
		{UUIDOID, UUIDARRAYOID},			   /* answer_leer_id */
		{TEXTOID, TEXTARRAYOID},			   /* detail */
	};
	ValueList columns[lengthof(types)] = {0};
	QueryArgument arguments[lengthof(types) + 3];
	Datum kind_texts[lengthof(kinds)], verdict_texts[VERDICTS];
	TimestampTz now = GetCurrentTimestamp();
	uint64 count;

	for (int i = 0; i < (int) lengthof(types); i++)
	{
		columns[i].type = types[i][0];
		columns[i].array_type = types[i][1];
	}
	for (int i = 0; i < (int) lengthof(kinds); i++)
		kind_texts[i] = CStringGetTextDatum(kinds[i]);
	for (int i = 0; i < VERDICTS; i++)
		verdict_texts[i] = CStringGetTextDatum(verdicts[i]);

	for (int i = 0; i < batch->count; i++)
	{
		Request *request = &batch->requests[i];

		if (request->recorded)
			continue;
		if (request->id == 0)
			take_operation_id(request);
		add_number(&columns[0], request->id);
		add_value(&columns[1], UUIDPGetDatum(&request->op_id));
		add_value(&columns[2], kind_texts[request->kind]);
		add_value(&columns[3], verdict_texts[request->verdict]);
		add_value(&columns[4], TimestampTzGetDatum(request->at == 0 ? now : request->at));
		add_value(&columns[5], PointerGetDatum(cstring_to_text_with_len((char *) request->sha256,
																		sizeof(request->sha256))));
		add_optional_uuid(&columns[6], &request->account);
		add_optional_uuid(&columns[7], &request->other);
		add_number(&columns[8], request->leerling);
		add_number(&columns[9], request->absorbed);
		add_number(&columns[10], request->undoes);
		add_optional_uuid(&columns[11], &request->answer_account);
		add_optional_uuid(&columns[12], &request->answer_leer_id);
		if (request->detail == NULL)
			add_null(&columns[13]);
		else
			add_value(&columns[13], CStringGetTextDatum(request->detail));
	}
	if (columns[0].count == 0)
		return;
	for (int i = 0; i < (int) lengthof(types); i++)
		arguments[i] = list_argument(&columns[i]);
	arguments[lengthof(types)] = (QueryArgument) QUERY_TEXT(batch->reason);
	arguments[lengthof(types) + 1] = (QueryArgument) QUERY_TEXT(batch->actor);
	arguments[lengthof(types) + 2] = (QueryArgument) QUERY_TEXT(caller_name());
	count = query_kept(
		&plan,
		"INSERT INTO leerid.identity_operation (id, op_id, kind, verdict, at, request_sha256, account_uuid,"
		" other_account, leerling, absorbed, undoes, answer_account, answer_leer_id, detail,"
		" reason, actor, role)"
		" SELECT id, op_id, kind, verdict::leerid.verdict, at, sha256, account, other, leerling, absorbed,"
		" undoes, answer_account, answer_leer_id, detail::jsonb, $15, $16, $17"
		" FROM unnest($1::bigint[], $2::uuid[], $3::text[], $4::text[], $5::timestamptz[], $6::bytea[],"
		" $7::uuid[], $8::uuid[], $9::bigint[], $10::bigint[], $11::bigint[], $12::uuid[], $13::uuid[],"
		" $14::text[]) n (id, op_id, kind, verdict, at, sha256, account, other, leerling, absorbed, undoes,"
		" answer_account, answer_leer_id, detail)"
		/* in one order, since each waits for who uses it too */
		" ORDER BY op_id ON CONFLICT (op_id) DO NOTHING",
		lengthof(arguments), arguments);
	if (count != (uint64) columns[0].count)
		ereport(ERROR, (errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
						errmsg("another transaction used one of the op_ids at the same time"),
						errdetail("It was about other pupils, so neither waited for the other."),
						errhint("Ask again: what was done is answered as it was.")));
}

/* Does what is asked, and answers. */
static void
run_requests(Batch *batch)
{
	int unanswered = 0;

	answer_repeated(batch);
	answer_recorded(batch);
	for (int i = 0; i < batch->count; i++)
		unanswered += !batch->requests[i].answered;
	if (unanswered == 0)
		return;
	switch (batch->requests[0].kind)
	{
		case REQUEST_CREATE:
			run_create(batch);
			break;
		case REQUEST_IDENTIFY:
		case REQUEST_MERGE:
		case REQUEST_REPLACE:
			run_merges(batch);
			break;
		case REQUEST_UNMERGE:
			run_unmerge(batch);
			break;
		case REQUEST_FORBID:
		case REQUEST_ALLOW:
			run_forbid(batch);
			break;
		case REQUEST_ERASE:
			run_erase(batch);
			break;
	}
	record_answers(batch);
}

/* Does what is asked for a dry run: to be taken back. */
static bool
rehearse(void *batch)
{
	run_requests(batch);
	return false;
}

/*
 * Runs requests of one kind, all or, in a dry run, none of what they do.  The
 * answers are in the caller's memory.
 */
static void
run_batch(Batch *batch)
{
	MemoryContext caller = CurrentMemoryContext;

	check_isolation();
	for (int i = 0; i < batch->count; i++)
	{
		batch->requests[i].same_as = -1;
		hash_request(&batch->requests[i], batch);
	}
	if (batch->count == 0)
		return;

	query_open();
	if (batch->dry_run)
		(void) in_subtransaction(rehearse, batch);
	else
		run_requests(batch);
	for (int i = 0; i < batch->count; i++)
	{
		Request *request = &batch->requests[i];

		if (request->same_as >= 0)
		{
			const Request *first = &batch->requests[request->same_as];

			request->verdict = first->verdict;
			request->answer_account = first->answer_account;
			request->answer_leer_id = first->answer_leer_id;
			request->detail = first->detail;
			request->replayed = first->verdict != VERDICT_OP_ID_REUSED;
		}
		else if (request->detail != NULL)
			request->detail = MemoryContextStrdup(caller, request->detail);
	}
	query_close();
}

/* Raises 22004 for an argument that must be given and is null. */
static void
check_given(FunctionCallInfo fcinfo, int count)
{
	for (int i = 0; i < count; i++)
		if (PG_ARGISNULL(i))
			ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
							errmsg("an argument of a request about identity is null")));
}

/* Takes the reason of a request; 22023 for an empty one. */
static const char *
reason_argument(FunctionCallInfo fcinfo, int number)
{
	char *reason = text_to_cstring(PG_GETARG_TEXT_PP(number));

	if (strspn(reason, " \t\r\n") == strlen(reason))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("the reason is empty"),
						errdetail("Every change of identity says why it is made."),
						errhint("No personal data belongs in it.")));
	return reason;
}

/* Takes what all requests have: actor and dry_run, which stand one after the other. */
static void
take_common(FunctionCallInfo fcinfo, Batch *batch, int reason, int actor)
{
	batch->reason = reason_argument(fcinfo, reason);
	batch->actor = PG_ARGISNULL(actor) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(actor));
	batch->dry_run = !PG_ARGISNULL(actor + 1) && PG_GETARG_BOOL(actor + 1);
}

/* An op_id that was given, or a new one. */
static pg_uuid_t
op_id_argument(FunctionCallInfo fcinfo, int number)
{
	return *DatumGetUUIDP(PG_ARGISNULL(number) ? OidFunctionCall0(F_GEN_RANDOM_UUID)
											   : PG_GETARG_DATUM(number));
}

/* A uuid argument. */
static OptionalUuid
uuid_argument(FunctionCallInfo fcinfo, int number)
{
	return (OptionalUuid){.given = true, .value = *PG_GETARG_UUID_P(number)};
}

/* A uuid as text. */
static char *
uuid_text(const pg_uuid_t *uuid)
{
	return DatumGetCString(DirectFunctionCall1(uuid_out, UUIDPGetDatum(uuid)));
}

/* An answer as a row; ordinal is 0 where the row has none. */
static HeapTuple
answer_row(const Request *request, AttInMetadata *columns, int ordinal)
{
	char *values[7];
	int at = 0;

	if (ordinal > 0)
		values[at++] = psprintf("%d", ordinal);
	values[at++] = uuid_text(&request->op_id);
	values[at++] = unconstify(char *, verdicts[request->verdict]);
	values[at++] = request->answer_account.given ? uuid_text(&request->answer_account.value) : NULL;
	values[at++] = request->answer_leer_id.given ? uuid_text(&request->answer_leer_id.value) : NULL;
	values[at++] = request->replayed ? "t" : "f";
	values[at++] = request->detail;
	return BuildTupleFromCStrings(columns, values);
}

/* Runs the one request of a call; its answer. */
static Datum
run_one(FunctionCallInfo fcinfo, Batch *batch, Request *request)
{
	TupleDesc desc;

	batch->requests = request;
	batch->count = 1;
	run_batch(batch);
	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "a request about identity is answered with a row");
	return HeapTupleGetDatum(answer_row(request, TupleDescGetAttInMetadata(BlessTupleDesc(desc)), 0));
}

/* create_account(naam, voornaam, reason, geboortedatum, bron_sleutel, op_id, actor, dry_run). */
PG_FUNCTION_INFO_V1(create_account);
Datum
create_account(PG_FUNCTION_ARGS)
{
	static const int columns[] = {0, 1, 3, 4};
	Batch batch = {0};
	Request request = {.kind = REQUEST_CREATE};

	check_given(fcinfo, 3);
	take_common(fcinfo, &batch, 2, 6);
	request.op_id = op_id_argument(fcinfo, 5);
	for (int i = 0; i < (int) lengthof(columns); i++)
		request.created[i] =
			(QueryArgument){.type = i == 2 ? own_type("partial_date") : TEXTOID,
							.value = PG_ARGISNULL(columns[i]) ? (Datum) 0 : PG_GETARG_DATUM(columns[i]),
							.null = PG_ARGISNULL(columns[i])};
	return run_one(fcinfo, &batch, &request);
}

/* identify(account_uuid, insz, reason, op_id, actor, dry_run).  LR051 for a test identity. */
PG_FUNCTION_INFO_V1(identify);
Datum
identify(PG_FUNCTION_ARGS)
{
	Batch batch = {0};
	Request request = {.kind = REQUEST_IDENTIFY};

	check_given(fcinfo, 3);
	take_common(fcinfo, &batch, 2, 4);
	request.op_id = op_id_argument(fcinfo, 3);
	request.account = uuid_argument(fcinfo, 0);
	request.insz = PG_GETARG_INT64(1);
	check_identity_kind(request.insz);
	return run_one(fcinfo, &batch, &request);
}

/* Runs a request that names two accounts. */
static Datum
run_pair(FunctionCallInfo fcinfo, RequestKind kind)
{
	Batch batch = {0};
	Request request = {.kind = kind};

	check_given(fcinfo, 3);
	take_common(fcinfo, &batch, 2, 4);
	request.op_id = op_id_argument(fcinfo, 3);
	request.account = uuid_argument(fcinfo, 0);
	request.other = uuid_argument(fcinfo, 1);
	return run_one(fcinfo, &batch, &request);
}

/* merge(from_account, into_account, reason, op_id, actor, dry_run). */
PG_FUNCTION_INFO_V1(merge);
Datum
merge(PG_FUNCTION_ARGS)
{
	return run_pair(fcinfo, REQUEST_MERGE);
}

/* forbid_merge(account_uuid, other_account, reason, op_id, actor, dry_run). */
PG_FUNCTION_INFO_V1(forbid_merge);
Datum
forbid_merge(PG_FUNCTION_ARGS)
{
	return run_pair(fcinfo, REQUEST_FORBID);
}

/* allow_merge(account_uuid, other_account, reason, op_id, actor, dry_run). */
PG_FUNCTION_INFO_V1(allow_merge);
Datum
allow_merge(PG_FUNCTION_ARGS)
{
	return run_pair(fcinfo, REQUEST_ALLOW);
}

/* Runs a request that names one uuid. */
static Datum
run_single(FunctionCallInfo fcinfo, RequestKind kind)
{
	Batch batch = {0};
	Request request = {.kind = kind};

	check_given(fcinfo, 2);
	take_common(fcinfo, &batch, 1, 3);
	request.op_id = op_id_argument(fcinfo, 2);
	request.account = uuid_argument(fcinfo, 0);
	return run_one(fcinfo, &batch, &request);
}

/* unmerge(operation, reason, op_id, actor, dry_run). */
PG_FUNCTION_INFO_V1(unmerge);
Datum
unmerge(PG_FUNCTION_ARGS)
{
	return run_single(fcinfo, REQUEST_UNMERGE);
}

/* erase_identity(account_uuid, reason, op_id, actor, dry_run). */
PG_FUNCTION_INFO_V1(erase_identity);
Datum
erase_identity(PG_FUNCTION_ARGS)
{
	return run_single(fcinfo, REQUEST_ERASE);
}

/* replace_insz(old, new, reason, corrected, op_id, actor, dry_run).  LR051 for a test identity. */
PG_FUNCTION_INFO_V1(replace_insz);
Datum
replace_insz(PG_FUNCTION_ARGS)
{
	Batch batch = {0};
	Request request = {.kind = REQUEST_REPLACE};

	check_given(fcinfo, 4);
	take_common(fcinfo, &batch, 2, 5);
	request.op_id = op_id_argument(fcinfo, 4);
	request.old_insz = PG_GETARG_INT64(0);
	request.insz = PG_GETARG_INT64(1);
	request.corrected = PG_GETARG_BOOL(3);
	check_identity_kind(request.insz);
	return run_one(fcinfo, &batch, &request);
}

/* The elements of an array of uuids, which has no nulls: 22004; how many there are. */
static int
uuid_elements(ArrayType *array, Datum **elements)
{
	int count;

	if (array_contains_nulls(array))
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("a uuid of a request is null")));
	deconstruct_array(array, UUIDOID, UUID_LEN, false, TYPALIGN_CHAR, elements, NULL, &count);
	return count;
}

/*
 * merge_many(from_accounts, into_accounts, reason, op_ids, actor, dry_run).
 * 22023 for arrays of different lengths; LR052, before anything is done, for too
 * many pairs.
 */
PG_FUNCTION_INFO_V1(merge_many);
Datum
merge_many(PG_FUNCTION_ARGS)
{
	Batch batch = {0};
	Datum *from, *into, *op_ids = NULL;
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	AttInMetadata *columns;
	MemoryContext row_context;

	check_given(fcinfo, 3);
	take_common(fcinfo, &batch, 2, 4);
	batch.count = uuid_elements(PG_GETARG_ARRAYTYPE_P(0), &from);
	if (uuid_elements(PG_GETARG_ARRAYTYPE_P(1), &into) != batch.count ||
		(!PG_ARGISNULL(3) && uuid_elements(PG_GETARG_ARRAYTYPE_P(3), &op_ids) != batch.count))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("the arrays of merge_many() differ in length"),
						errdetail("Each pair has one element in each.")));
	if (batch.count > MAX_REQUESTS)
		ereport(ERROR,
				(errcode(ERRCODE_LEERID_REQUEST_TOO_LARGE), errmsg("too many pairs in one call"),
				 errdetail("merge_many() takes %d at most.", MAX_REQUESTS), errhint("Split the request.")));
	batch.requests = palloc0(sizeof(Request) * (batch.count + 1));
	for (int i = 0; i < batch.count; i++)
	{
		Request *request = &batch.requests[i];

		request->kind = REQUEST_MERGE;
		request->op_id = *DatumGetUUIDP(op_ids == NULL ? OidFunctionCall0(F_GEN_RANDOM_UUID) : op_ids[i]);
		request->account = (OptionalUuid){.given = true, .value = *DatumGetUUIDP(from[i])};
		request->other = (OptionalUuid){.given = true, .value = *DatumGetUUIDP(into[i])};
	}
	run_batch(&batch);

	InitMaterializedSRF(fcinfo, 0);
	columns = TupleDescGetAttInMetadata(result->setDesc);
	row_context = AllocSetContextCreate(CurrentMemoryContext, "leerid answers", ALLOCSET_SMALL_SIZES);
	for (int i = 0; i < batch.count; i++)
	{
		MemoryContext previous = MemoryContextSwitchTo(row_context);

		tuplestore_puttuple(result->setResult, answer_row(&batch.requests[i], columns, i + 1));
		MemoryContextSwitchTo(previous);
		MemoryContextReset(row_context);
	}
	return (Datum) 0;
}
