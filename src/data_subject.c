/*
 * data_subject.c
 *	  What a person may ask that closes the gate: restriction of processing (GDPR,
 *	  article 18) and objection (article 21).
 *
 * The same request made twice is one row; requests wait for each other.  Nothing
 * is answered but the number under which it was registered: not whether somebody
 * of that INSZ stands in any register.
 */
#include "compat.h"

#include "catalog/pg_type.h"
#include "errors.h"
#include "miscadmin.h"
#include "query.h"
#include "subtransaction.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

/* An argument of the SQL function, which is strict, as a parameter of a query. */
static QueryArgument
argument(FunctionCallInfo fcinfo, int number, Oid type)
{
	return (QueryArgument){.type = type, .value = PG_GETARG_DATUM(number)};
}

/* The moment of the request as a parameter of a query. */
static QueryArgument
now_argument(void)
{
	return (QueryArgument){.type = TIMESTAMPTZOID, .value = TimestampTzGetDatum(GetCurrentTimestamp())};
}

/* The first column of the last query's one row as a parameter of the next. */
static QueryArgument
found_id(void)
{
	return (QueryArgument){.type = INT8OID, .value = query_value(0, 1, NULL)};
}

/* Raises 22023 unless the ground is one that article 18 knows. */
static void
check_ground(const QueryArgument *ground)
{
	static const char *const grounds[] = {"18(1)(a)", "18(1)(b)", "18(1)(c)", "18(1)(d)"};
	char *given = TextDatumGetCString(ground->value);

	for (int i = 0; i < (int) lengthof(grounds); i++)
		if (strcmp(given, grounds[i]) == 0)
			return;
	ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("unknown ground for a restriction"),
					errdetail("GDPR, article 18 knows 18(1)(a), 18(1)(b), 18(1)(c) and 18(1)(d).")));
}

/* The pupil of an account, to be locked. */
typedef struct Subject
{
	QueryArgument account_uuid;
	QueryArgument leerling; /* null: the account is unknown */
} Subject;

/* Locks the pupil that an account stands for; false when it stands for another one by then. */
static bool
try_to_lock(void *argument)
{
	Subject *subject = argument;
	QueryArgument *leerling = &subject->leerling;

	leerling->null = query("SELECT leerling FROM leerid.account WHERE account_uuid = $1", false, 1,
						   &subject->account_uuid) == 0;
	if (leerling->null)
		return true;
	*leerling = found_id();
	if (query("SELECT FROM leerid.leerling WHERE id = $1 FOR NO KEY UPDATE", false, 1, leerling) == 0)
		return false;
	{
		QueryArgument both[] = {subject->account_uuid, *leerling};

		return query("SELECT FROM leerid.account WHERE account_uuid = $1 AND leerling = $2", false, 2, both) >
			   0;
	}
}

/* Locks the pupil that an account stands for.  Raises 22023 for an unknown account. */
static QueryArgument
lock_pupil(QueryArgument account_uuid)
{
	Subject subject = {.account_uuid = account_uuid};

	while (!in_subtransaction(try_to_lock, &subject))
		CHECK_FOR_INTERRUPTS();
	if (subject.leerling.null)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("unknown account")));
	return subject.leerling;
}

/*
 * Registers a restriction of a pupil, or of whoever has an INSZ: one of the two
 * is null.  The number of the restriction that stands on that ground.
 */
static Datum
keep_restriction(QueryArgument leerling, QueryArgument insz, QueryArgument ground)
{
	QueryArgument arguments[] = {leerling, insz, ground, now_argument()};

	command("LOCK TABLE leerid.restriction IN SHARE ROW EXCLUSIVE MODE");
	if (query_latest("SELECT id FROM leerid.restriction WHERE (leerling = $1 OR insz OPERATOR(leerid.=) $2)"
					 " AND ground = $3 AND lifted_at IS NULL LIMIT 1",
					 true, 3, arguments) == 0)
		query("INSERT INTO leerid.restriction (leerling, insz, ground, since) VALUES ($1, $2, $3, $4) "
			  "RETURNING id",
			  false, lengthof(arguments), arguments);
	return query_value(0, 1, NULL);
}

/* restrict_processing(account_uuid, ground): restricts a pupil; the restriction's number. */
PG_FUNCTION_INFO_V1(restrict_processing);
Datum
restrict_processing(PG_FUNCTION_ARGS)
{
	QueryArgument ground = argument(fcinfo, 1, TEXTOID);
	QueryArgument no_insz = {.type = own_type("insz"), .null = true};
	int64 restriction;

	check_ground(&ground);
	query_open();
	restriction = DatumGetInt64(keep_restriction(lock_pupil(argument(fcinfo, 0, UUIDOID)), no_insz, ground));
	query_close();
	PG_RETURN_INT64(restriction);
}

/*
 * restrict_person(insz, ground): restricts whoever has that INSZ, in any
 * register, now or later; the restriction's number.
 */
PG_FUNCTION_INFO_V1(restrict_person);
Datum
restrict_person(PG_FUNCTION_ARGS)
{
	QueryArgument insz = argument(fcinfo, 0, own_type("insz"));
	QueryArgument ground = argument(fcinfo, 1, TEXTOID);
	QueryArgument nobody = {.type = INT8OID, .null = true};
	int64 restriction;

	check_ground(&ground);
	query_open();
	restriction = DatumGetInt64(keep_restriction(nobody, insz, ground));
	query_close();
	PG_RETURN_INT64(restriction);
}

/* lift_restriction(id): the restriction of that number stands no longer. */
PG_FUNCTION_INFO_V1(lift_restriction);
Datum
lift_restriction(PG_FUNCTION_ARGS)
{
	QueryArgument arguments[] = {argument(fcinfo, 0, INT8OID), now_argument()};

	query_open();
	if (query("UPDATE leerid.restriction SET lifted_at = $2 WHERE id = $1 AND lifted_at IS NULL", false,
			  lengthof(arguments), arguments) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("no restriction of that number stands")));
	query_close();
	PG_RETURN_VOID();
}

/*
 * Raises LR011 for a protocol that does not stand, and 22023 for one that rests
 * on a ground to which nobody can object.  The class protocol's objections are
 * registered all the same: the document calls its public task a legal obligation.
 */
static void
check_objectionable(QueryArgument protocol_code)
{
	QueryArgument arguments[] = {protocol_code, now_argument()};
	bool none, objectionable;

	query_latest(
		"SELECT pg_catalog.bool_or(entry = 'akkoord_per_school' OR document->'legal_basis'->>'gdpr' IS NOT "
		"DISTINCT FROM '6(1)(f)')"
		" FROM leerid.protocol WHERE code = $1 AND (ended_at IS NULL OR ended_at > $2)",
		true, lengthof(arguments), arguments);
	objectionable = DatumGetBool(query_value(0, 1, &none));
	if (none)
		ereport(ERROR, (errcode(ERRCODE_LEERID_PROTOCOL_UNKNOWN), errmsg("no protocol of that code stands")));
	if (!objectionable)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("nobody can object to protocol \"%s\"", TextDatumGetCString(protocol_code.value)),
				 errdetail("GDPR, article 21 applies to processing that rests on article 6(1)(f).")));
}

/* register_objection(account_uuid, protocol_code): an open objection; its number. */
PG_FUNCTION_INFO_V1(register_objection);
Datum
register_objection(PG_FUNCTION_ARGS)
{
	QueryArgument arguments[] = {{0}, argument(fcinfo, 1, TEXTOID), now_argument()};
	int64 objection;

	query_open();
	check_objectionable(arguments[1]);
	arguments[0] = lock_pupil(argument(fcinfo, 0, UUIDOID));
	if (query("SELECT id FROM leerid.objection WHERE leerling = $1 AND protocol_code = $2 AND decided_at IS "
			  "NULL LIMIT 1",
			  false, 2, arguments) == 0)
		query("INSERT INTO leerid.objection (leerling, protocol_code, registered_at) VALUES ($1, $2, $3) "
			  "RETURNING id",
			  false, lengthof(arguments), arguments);
	objection = DatumGetInt64(query_value(0, 1, NULL));
	query_close();
	PG_RETURN_INT64(objection);
}

/* decide_objection(id, upheld): the objection of that number is decided. */
PG_FUNCTION_INFO_V1(decide_objection);
Datum
decide_objection(PG_FUNCTION_ARGS)
{
	QueryArgument arguments[] = {argument(fcinfo, 0, INT8OID), argument(fcinfo, 1, BOOLOID), now_argument()};

	query_open();
	if (query("UPDATE leerid.objection SET decided_at = $3, upheld = $2 WHERE id = $1 AND decided_at IS NULL",
			  false, lengthof(arguments), arguments) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("no objection of that number is open")));
	query_close();
	PG_RETURN_VOID();
}
