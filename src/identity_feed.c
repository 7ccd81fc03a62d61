/*
 * identity_feed.c
 *	  identity_feed(): what became of the accounts that a recipient was given.
 *
 * A recipient hears of an operation when it was given an account that the
 * operation is about, by a reading that had not seen the operation; and of that
 * account and others given like it, no more.  A cursor says which transactions
 * the recipient was told of, all of them, as a snapshot does: so nothing that
 * commits late is missed, and nobody waits for it.  Since a reading, too, may
 * commit late, an operation is told again when such a reading appears.
 *
 * Operations come in the order of their ids, which is that of time for one
 * pupil: an operation that builds on another cannot be seen without it.  Which
 * account answers is said as it is now, so whoever hears a thing twice, or hears
 * of yesterday what today has changed, ends up right.
 */
#include "compat.h"

#include "access/xact.h"
#include "access/xlog.h"
#include "admission.h"
#include "caller.h"
#include "catalog/pg_type.h"
#include "clock.h"
#include "errors.h"
#include "frame.h"
#include "funcapi.h"
#include "given.h"
#include "hidden.h"
#include "identity.h"
#include "miscadmin.h"
#include "query.h"
#include "relations.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/fmgrprotos.h"
#include "utils/inval.h"
#include "utils/snapmgr.h"
#include "utils/uuid.h"

#define MAX_LIMIT 10000

/* The transactions that were told of. */
typedef struct Told
{
	Place place;
	char *seen; /* input of pg_snapshot */
} Told;

/*
 * A cursor: all of before was told, and of what upto adds to it the operations
 * up to one, 0 for none.
 */
typedef struct Cursor
{
	Told before, upto;
	int64 operation;
} Cursor;

/* A call. */
typedef struct Feed
{
	PurposeRules *rules;
	pg_uuid_t generation; /* its key */
	Place place;
	Cursor cursor;
	int limit;
	DateADT day;
	bool gives_leer_id;
	ReturnSetInfo *result;
	int64 told; /* rows */
} Feed;

/* SQL: whether the transaction of row e is among those that row g saw. */
#define SEEN(e, g) \
	"(" e ".generation < " g ".generation OR " e ".generation = " g ".generation AND " e ".timeline <= " g \
	".timeline AND pg_visible_in_snapshot(" e ".xid, " g ".seen))"

/*
 * SQL: where those begin that g did not see; a necessary condition, for the
 * index.  On another timeline numbers may have been used again.
 */
#define MAY_BE_UNSEEN(e, g) \
	"(" e ".generation, " e ".xid) >= (" g ".generation, CASE WHEN " g \
	".timeline = t.timeline THEN pg_snapshot_xmin(" g ".seen) ELSE '0'::xid8 END)"

/* SQL: what was told before, and what will have been told after. */
#define TOLD \
	"(SELECT $2::integer AS generation, $3::bigint AS timeline, $4::text::pg_snapshot AS seen) p," \
	" (SELECT $5::integer AS generation, $6::bigint AS timeline, $7::text::pg_snapshot AS seen) t"

/* SQL: event e was not told. */
#define NOT_TOLD MAY_BE_UNSEEN("e", "p") " AND NOT " SEEN("e", "p") " AND " SEEN("e", "t")

/*
 * SQL: event e could not be told: reading r, which gave the accounts and did not
 * see it, was not committed then.
 */
#define READ_LATE \
	MAY_BE_UNSEEN("r", "p") \
	" AND NOT " SEEN("r", "p") " AND " SEEN("r", "t") " AND " MAY_BE_UNSEEN("e", "r") " AND NOT " SEEN( \
		"e", "r") " AND " SEEN("e", "p")

/* Raises 22023 for what is no cursor. */
static void
refuse_cursor(void)
{
	ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("this is no cursor of identity_feed()"),
					errhint("Take it from the last row of an answer, or NULL to begin.")));
}

/* Reads a number of a cursor, and the slash behind it; moves the text on. */
static int64
read_number(char **text)
{
	char *end = *text + strspn(*text, "0123456789");
	int64 number;

	if (end == *text || end - *text > 18 || *end != '/')
		refuse_cursor();
	number = strtoll(*text, NULL, 10);
	*text = end + 1;
	return number;
}

/* Reads generation/timeline/snapshot of a cursor; moves the text on
 * behind it, and says whether more comes.  PostgreSQL's 22P02 for what is no snapshot. */
static bool
read_told(char **text, Told *told)
{
	int64 generation = read_number(text);
	char *end;
	bool more;

	told->place.generation = (int32) Min(generation, PG_INT32_MAX);
	told->place.timeline = read_number(text);
	told->seen = *text;
	end = *text + strspn(*text, "0123456789:,");
	more = *end == '/';
	if (!more && *end != '\0')
		refuse_cursor();
	*end = '\0';
	(void) DirectFunctionCall1(pg_snapshot_in, CStringGetDatum(told->seen));
	*text = end + 1;
	return more;
}

/*
 * Reads a cursor: the key of a generation, what was told, and within an answer
 * what will have been told after it and the operation that it stands at.  One of
 * a generation that this database does not know begins anew: it was made after
 * the moment that this database was brought back to.
 */
static void
read_cursor(Feed *feed, char *text)
{
	Cursor *cursor = &feed->cursor;
	QueryArgument key = {.type = UUIDOID};
	char *rest;

	*cursor = (Cursor){.before = {.seen = "1:1:"}};
	if (text == NULL)
		return;
	if (strspn(text, "0123456789abcdef-") != 36 || text[36] != '/')
		refuse_cursor();
	text[36] = '\0';
	rest = text + 37;
	if (read_told(&rest, &cursor->before))
	{
		if (!read_told(&rest, &cursor->upto))
			refuse_cursor();
		if (strspn(rest, "0123456789") != strlen(rest) || *rest == '\0' || strlen(rest) > 18)
			refuse_cursor();
		cursor->operation = strtoll(rest, NULL, 10);
	}
	key.value = DirectFunctionCall1(uuid_in, CStringGetDatum(text));
	if (query("SELECT FROM leerid.identity_generation WHERE key = $1", true, 1, &key) == 0)
		*cursor = (Cursor){.before = {.seen = "1:1:"}};
}

/* What was told, in a cursor. */
static char *
told_text(const Told *told)
{
	return psprintf("%d/" INT64_FORMAT "/%s", told->place.generation, told->place.timeline, told->seen);
}

/* Writes the cursor. */
static char *
write_cursor(const Feed *feed)
{
	const Cursor *cursor = &feed->cursor;
	char *text =
		psprintf("%s/%s", DatumGetCString(DirectFunctionCall1(uuid_out, UUIDPGetDatum(&feed->generation))),
				 told_text(&cursor->before));

	if (cursor->operation != 0)
		text = psprintf("%s/%s/" INT64_FORMAT, text, told_text(&cursor->upto), cursor->operation);
	return text;
}

/*
 * The rules of the purpose that the caller asks under: of those that he is bound
 * to, the one of the name given, or the only one that has a feed.
 */
static PurposeRules *
find_rules(const char *purpose, TimestampTz moment)
{
	const char *caller = caller_name();
	QueryArgument arguments[] = {QUERY_TEXT(caller), QUERY_TEXT(purpose)};
	uint64 count =
		query("SELECT DISTINCT b.purpose FROM leerid.binding b JOIN leerid.purpose p ON p.id = b.purpose"
			  " WHERE b.login_role = $1 AND b.ended_at IS NULL"
			  " AND ($2 IS NULL OR p.protocol_code || '/' || p.code = $2)",
			  true, lengthof(arguments), arguments);
	PurposeRules *found = NULL, *without = NULL;
	const BoundRole *bound;

	for (uint64 i = 0; i < count; i++)
	{
		int32 number = DatumGetInt32(query_value(i, 1, NULL));
		PurposeRules *rules;

		check_built(number);
		rules = current_rules(number, moment);
		if (rules == NULL || bound_role(rules, GetOuterUserId()) == NULL)
			continue;
		if (!rules->feed)
			without = rules;
		else if (found == NULL)
			found = rules;
		else
			ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
							errmsg("role \"%s\" is bound to several purposes with an identity feed", caller),
							errhint("Name one: purpose => 'protocol/purpose'.")));
	}
	if (found == NULL && without == NULL)
		ereport(ERROR, (errcode(ERRCODE_LEERID_NOT_BOUND),
						errmsg("role \"%s\" is not bound to this purpose in this database", caller),
						errdetail("A role's membership is not enough: it belongs to the whole cluster."),
						errhint("leerid.bind() binds a login role.")));
	if (found == NULL)
		ereport(ERROR, (errcode(ERRCODE_LEERID_NO_FEED), errmsg("this purpose has no identity feed"),
						without->at_login ? errdetail("periodicity at_login (art. 5)")
										  : errdetail("Its protocol lists none."),
						errhint("What the protocol gives says which accounts are a pupil's now.")));
	if (!found->in_force)
		ereport(ERROR, (errcode(ERRCODE_LEERID_PROTOCOL_NOT_IN_FORCE),
						errmsg("protocol \"%s\" is not in force", found->protocol_code)));
	bound = bound_role(found, GetOuterUserId());
	if (bound->names_officer)
		check_officer();
	return found;
}

/* The next operations that the recipient may have to be told of, ascending. */
static ArrayType *
next_operations(const Feed *feed, int *count)
{
	const Cursor *cursor = &feed->cursor;
	ValueList operations = VALUE_LIST(INT8OID, INT8ARRAYOID);
	QueryArgument arguments[] = {{.type = INT4OID, .value = Int32GetDatum(feed->rules->purpose)},
								 {.type = INT4OID, .value = Int32GetDatum(cursor->before.place.generation)},
								 {.type = INT8OID, .value = Int64GetDatum(cursor->before.place.timeline)},
								 QUERY_TEXT(cursor->before.seen),
								 {.type = INT4OID, .value = Int32GetDatum(cursor->upto.place.generation)},
								 {.type = INT8OID, .value = Int64GetDatum(cursor->upto.place.timeline)},
								 QUERY_TEXT(cursor->upto.seen),
								 {.type = INT8OID, .value = Int64GetDatum(cursor->operation)},
								 {.type = INT4OID, .value = Int32GetDatum(feed->limit)}};

	*count = (int) query("SELECT n.operation FROM ("
						 "(SELECT DISTINCT e.operation FROM " TOLD ", leerid.identity_event e"
						 " WHERE e.operation > $8 AND " NOT_TOLD " ORDER BY e.operation LIMIT $9)"
						 " UNION (SELECT DISTINCT e.operation FROM " TOLD
						 ", leerid.reading r, leerid.identity_event e"
						 " WHERE $2 > 0 AND e.operation > $8 AND r.purpose = $1 AND " READ_LATE
						 " ORDER BY e.operation LIMIT $9)) n ORDER BY n.operation LIMIT $9",
						 true, lengthof(arguments), arguments);
	for (int i = 0; i < *count; i++)
		add_value(&operations, query_value(i, 1, NULL));
	return DatumGetArrayTypeP(list_argument(&operations).value);
}

/* The living record that a record is part of; 0 when it was erased. */
static int64
living_record(int64 record)
{
	TableScan scan;
	ScanKeyData key;
	HeapTuple row;
	int64 living = record;

	ScanKeyInit(&key, ABSORBED_ID, BTEqualStrategyNumber, F_INT8EQ, Int64GetDatum(record));
	open_scan(&scan, REL_absorbed_leerling, REL_absorbed_leerling_pkey, GetActiveSnapshot(), 1, &key);
	row = next_row(&scan);
	if (HeapTupleIsValid(row))
		living = DatumGetInt64(row_value(&scan, row, ABSORBED_INTO_LEERLING));
	close_scan(&scan);
	return living;
}

/* Whether the recipient may see a pupil now. */
static bool
is_admitted(const Feed *feed, int64 leerling)
{
	Enrolments enrolments;

	if (is_hidden(feed->rules, leerling))
		return false;
	judge_enrolments(feed->rules, leerling, feed->day, GetActiveSnapshot(), &enrolments);
	return enrolments.visible;
}

/* Finds the account that answers for a pupil and, where it is an element, his leer_id_uuid. */
static bool
find_keys(const Feed *feed, int64 leerling, pg_uuid_t *account, OptionalUuid *leer_id)
{
	TableScan scan;
	ScanKeyData key;
	HeapTuple row;
	bool found = false;

	ScanKeyInit(&key, ACCOUNT_LEERLING, BTEqualStrategyNumber, F_INT8EQ, Int64GetDatum(leerling));
	open_scan(&scan, REL_account, REL_account_leerling, GetActiveSnapshot(), 1, &key);
	while (!found && HeapTupleIsValid(row = next_row(&scan)))
	{
		found = DatumGetBool(row_value(&scan, row, ACCOUNT_PRINCIPAL));
		if (found)
			*account = *DatumGetUUIDP(row_value(&scan, row, ACCOUNT_ACCOUNT_UUID));
	}
	close_scan(&scan);

	leer_id->given = false;
	ScanKeyInit(&key, LEERLING_ID, BTEqualStrategyNumber, F_INT8EQ, Int64GetDatum(leerling));
	open_scan(&scan, REL_leerling, REL_leerling_pkey, GetActiveSnapshot(), 1, &key);
	row = next_row(&scan);
	if (HeapTupleIsValid(row) && feed->gives_leer_id && !row_is_null(&scan, row, LEERLING_LEER_ID_UUID))
		*leer_id = (OptionalUuid){.given = true,
								  .value = *DatumGetUUIDP(row_value(&scan, row, LEERLING_LEER_ID_UUID))};
	close_scan(&scan);
	return found;
}

/* What the feed says of a verdict. */
static const char *
kind_of(const char *verdict)
{
	return strcmp(verdict, "merged") == 0	  ? "merge"
		   : strcmp(verdict, "unmerged") == 0 ? "unmerge"
											  : "identify";
}

/* Tells of operations what concerns the recipient. */
static void
tell(Feed *feed, ArrayType *operations)
{
	QueryArgument arguments[] = {{.type = INT4OID, .value = Int32GetDatum(feed->rules->purpose)},
								 {.type = INT8ARRAYOID, .value = PointerGetDatum(operations)}};
	uint64 count = query(
		"SELECT * FROM (SELECT e.operation, e.leerling, o.at, o.verdict::text, e.renewed,"
		" ARRAY(SELECT u FROM unnest(e.before) u WHERE u = ANY (k.accounts) ORDER BY u) AS before,"
		" ARRAY(SELECT u FROM unnest(e.after) u WHERE u = ANY (k.accounts) ORDER BY u) AS after,"
		" cardinality(e.after) - cardinality(e.before) AS joined"
		" FROM (SELECT x.operation, array_agg(DISTINCT g.account_uuid) AS accounts"
		" FROM leerid.identity_event x CROSS JOIN LATERAL unnest(x.before || x.after) u (account_uuid)"
		" JOIN leerid.given g ON g.account_uuid = u.account_uuid AND g.purpose = $1"
		" JOIN leerid.reading r ON r.id = g.reading"
		" WHERE x.operation = ANY ($2) AND NOT " SEEN(
			"x",
			"r") " GROUP BY x.operation) k"
				 " JOIN leerid.identity_event e ON e.operation = k.operation"
				 " JOIN leerid.identity_operation o ON o.id = k.operation) n"
				 " WHERE before <> after OR renewed AND before <> '{}' ORDER BY operation, joined, leerling",
		true, lengthof(arguments), arguments);

	for (uint64 i = 0; i < count; i++)
	{
		int64 living = living_record(DatumGetInt64(query_value(i, 2, NULL)));
		Datum values[7] = {0};
		bool nulls[7] = {true};
		pg_uuid_t account;
		OptionalUuid leer_id;

		if (!is_admitted(feed, living) || !find_keys(feed, living, &account, &leer_id))
			continue;
		values[1] = query_value(i, 3, NULL);
		values[2] = CStringGetTextDatum(kind_of(query_text(i, 4)));
		values[3] = UUIDPGetDatum(&account);
		values[4] = UUIDPGetDatum(&leer_id.value);
		nulls[4] = !leer_id.given;
		values[5] = query_value(i, 6, NULL);
		values[6] = query_value(i, 7, NULL);
		tuplestore_putvalues(feed->result->setResult, feed->result->setDesc, values, nulls);
		feed->told++;
	}
}

/* Answers a call: tells, until there is something to tell or nothing is left, and then where it stands. */
static void
answer_call(Feed *feed, char *after)
{
	Cursor *cursor = &feed->cursor;
	int count;

	read_cursor(feed, after);
	if (cursor->operation == 0)
		cursor->upto = (Told){.place = feed->place, .seen = transactions_seen(GetActiveSnapshot())};
	do
	{
		ArrayType *operations = next_operations(feed, &count);

		CHECK_FOR_INTERRUPTS();
		if (count > 0)
			tell(feed, operations);
		if (count == feed->limit)
			cursor->operation = ((int64 *) ARR_DATA_PTR(operations))[count - 1];
		else
			*cursor = (Cursor){.before = cursor->upto};
	} while (feed->told == 0 && count == feed->limit);
	{
		Datum values[7] = {CStringGetTextDatum(write_cursor(feed))};
		bool nulls[7] = {false, true, true, true, true, true, true};

		tuplestore_putvalues(feed->result->setResult, feed->result->setDesc, values, nulls);
	}
}

/* identity_feed(after, limit, purpose): see the top of this file. */
PG_FUNCTION_INFO_V1(identity_feed);
Datum
identity_feed(PG_FUNCTION_ARGS)
{
	TimestampTz moment = GetCurrentTimestamp();
	Feed feed = {.day = day_of(moment), .result = (ReturnSetInfo *) fcinfo->resultinfo};
	char *after = PG_ARGISNULL(0) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(0));
	char *purpose = PG_ARGISNULL(2) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(2));

	if (!is_preloaded())
		ereport(ERROR, (errcode(ERRCODE_LEERID_NOT_PRELOADED), errmsg("leerid is not preloaded"),
						errhint("Set shared_preload_libraries = 'leerid' and restart the server.")));
	PreventCommandDuringRecovery("identity_feed()");
	feed.limit = PG_ARGISNULL(1) ? 0 : PG_GETARG_INT32(1);
	if (feed.limit < 1 || feed.limit > MAX_LIMIT)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("limit of identity_feed() is not from 1 to %d", MAX_LIMIT)));

	InitMaterializedSRF(fcinfo, 0);
	query_open();
	PushActiveSnapshot(GetLatestSnapshot());
	AcceptInvalidationMessages();
	feed.rules = find_rules(purpose, moment);
	if (!current_generation(&feed.place.generation, &feed.generation))
	{
		PreventCommandIfReadOnly("the first identity_feed() in a database");
		(void) place_to_write();
		(void) current_generation(&feed.place.generation, &feed.generation);
	}
	feed.place.timeline = GetWALInsertionTimeLine();
	feed.gives_leer_id = element_named(feed.rules, "leer_id_uuid") != NULL;
	load_schools(feed.rules);
	use_rules(feed.rules);
	PG_TRY();
	{
		answer_call(&feed, after);
	}
	PG_FINALLY();
	{
		release_rules(feed.rules);
	}
	PG_END_TRY();
	PopActiveSnapshot();
	query_close();
	return (Datum) 0;
}
