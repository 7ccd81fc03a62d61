/*
 * protocol_end.c
 *	  end_protocol(): a protocol ends as its own document says, by whom it says,
 *	  and in no other way.
 *
 * What leerid does with an end is elsewhere: from ended_at on the gate gives
 * nothing, and terms keep running.  The protocol that each school enters for
 * itself (class protocol) is ended by a school for that school alone: its
 * akkoord stops.
 */
#include "protocol.h"

#include "catalog/pg_type.h"
#include "civil.h"
#include "clock.h"
#include "duration.h"
#include "errors.h"
#include "instellingsnummer.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

/* Days that an end may be reckoned from: those of
 * the years 1900 to 8999, so that no term runs out of the calendar. */
#define FIRST_DAY day_number(1900, 1, 1)
#define LAST_DAY day_number(8999, 12, 31)

/* What was asked; NULL for a party that was not named. */
typedef struct EndRequest
{
	char *code;
	char *by_party;
	char *how;
	DateADT on; /* today, where no day was named */
	char *reason;
	bool for_school;
	int32 instellingsnummer;
	TimestampTz now;
	DateADT today;
} EndRequest;

/* A version in force, or one whose end still lies ahead. */
typedef struct Version
{
	int32 id;
	bool per_school;
	TimestampTz ends_at; /* DT_NOEND: nothing set */
	JsonNode document;
} Version;

static void refuse_end(const EndRequest *request, const char *rule) __attribute__((noreturn));

/* Raises LR015: the document knows no such end. */
static void
refuse_end(const EndRequest *request, const char *rule)
{
	ereport(ERROR,
			(errcode(ERRCODE_LEERID_PROTOCOL_END_REFUSED),
			 errmsg("protocol \"%s\" cannot be ended so", request->code), errdetail_internal("%s", rule),
			 errhint("protocol_document() shows under ending who may end it, and how.")));
}

/* Reads the arguments; 22004 where one that is needed is null. */
static void
read_request(FunctionCallInfo fcinfo, EndRequest *request)
{
	static const struct
	{
		int argument;
		const char *name;
	} needed[] = {{0, "code"}, {2, "how"}, {4, "reason"}};

	for (int i = 0; i < (int) lengthof(needed); i++)
		if (PG_ARGISNULL(needed[i].argument) || VARSIZE_ANY_EXHDR(PG_GETARG_TEXT_PP(needed[i].argument)) == 0)
			ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
							errmsg("end_protocol() needs a %s", needed[i].name)));
	request->code = text_to_cstring(PG_GETARG_TEXT_PP(0));
	request->by_party = PG_ARGISNULL(1) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(1));
	request->how = text_to_cstring(PG_GETARG_TEXT_PP(2));
	request->reason = text_to_cstring(PG_GETARG_TEXT_PP(4));
	request->for_school = !PG_ARGISNULL(5);
	request->instellingsnummer = request->for_school ? PG_GETARG_INT32(5) : 0;
	request->now = GetCurrentTimestamp();
	request->today = day_of(request->now);
	request->on = PG_ARGISNULL(3) ? request->today : PG_GETARG_DATEADT(3);
	if (DATE_NOT_FINITE(request->on) || request->on < FIRST_DAY || request->on > LAST_DAY)
		refuse_end(request, "The day is none of the calendar.");
}

/* The versions that have not ended yet, the one in force first; LR011, LR012 where there is none. */
static Version *
find_versions(const EndRequest *request, int *count)
{
	const QueryArgument arguments[] = {
		QUERY_TEXT(request->code),
		{.type = TIMESTAMPTZOID, .value = TimestampTzGetDatum(request->now)},
	};
	Version *versions;

	if (query_latest("SELECT FROM leerid.protocol WHERE code = $1", true, 1, arguments) == 0)
		ereport(ERROR, (errcode(ERRCODE_LEERID_PROTOCOL_UNKNOWN),
						errmsg("there is no protocol \"%s\"", request->code),
						errhint("import_protocol() brings one in.")));
	*count =
		(int) query_latest("SELECT id, entry = 'akkoord_per_school', coalesce(ended_at, 'infinity'), document"
						   " FROM leerid.protocol WHERE code = $1 AND activated_at IS NOT NULL"
						   " AND (ended_at IS NULL OR ended_at > $2) ORDER BY activated_at DESC, id DESC",
						   true, lengthof(arguments), arguments);
	if (*count == 0)
		ereport(ERROR, (errcode(ERRCODE_LEERID_PROTOCOL_NOT_IN_FORCE),
						errmsg("protocol \"%s\" is not in force", request->code),
						errdetail("It was never activated, or it has ended already.")));
	versions = palloc0(sizeof(Version) * *count);
	for (int i = 0; i < *count; i++)
	{
		versions[i].id = DatumGetInt32(query_value(i, 1, NULL));
		versions[i].per_school = DatumGetBool(query_value(i, 2, NULL));
		versions[i].ends_at = DatumGetTimestampTz(query_value(i, 3, NULL));
		json_root(DatumGetJsonbPCopy(query_value(i, 4, NULL)), &versions[i].document);
	}
	return versions;
}

/*
 * What a version's document says of the way asked.  Raises LR015 where it does
 * not know that way, or not from that party.
 */
static JsonNode *
find_way(const EndRequest *request, const Version *version)
{
	static const char *const ways[] = {"breach", "notice", "legal_ground_lapsed", "service_ended"};
	JsonNode *ending = json_member(&version->document, "ending");
	JsonNode *way = NULL;
	JsonNode *by;

	for (int i = 0; i < (int) lengthof(ways); i++)
		if (strcmp(request->how, ways[i]) == 0)
			way = json_member(ending, ways[i]);
	if (way == NULL)
		refuse_end(request, "The ways are breach, notice, legal_ground_lapsed and service_ended.");
	if (!json_stated(way))
		refuse_end(request, "The document does not know this way of ending.");
	by = json_member(way, "by");
	if (json_says(by, "by_law"))
	{
		if (request->by_party != NULL && find_party(&version->document, request->by_party) == NULL)
			refuse_end(request, "It ends by law, and no such party can report it.");
	}
	else if (request->by_party == NULL || !names_party(by, request->by_party))
		refuse_end(request, "The document does not let this party end it in this way.");
	return way;
}

/* The moment of the end: at once, or at the start of the first day after the last one. */
static TimestampTz
moment_of_end(const EndRequest *request, const JsonNode *way)
{
	DateADT on = request->on;
	DateADT last = on;

	if (strcmp(request->how, "breach") == 0)
	{
		if (on != request->today)
			refuse_end(request, "For a breach it ends at once: today, and on no other day.");
		return request->now;
	}
	if (strcmp(request->how, "notice") == 0)
	{
		char *period = json_text_of(way, "period");
		Duration duration;

		if (on > request->today)
			refuse_end(request, "The day of the letter lies ahead.");
		if (!parse_duration(period, strlen(period), &duration, NULL))
			elog(ERROR, "a checked term is none");
		last = duration_end(on, duration);
	}
	else if (on <= request->today)
		return request->now;
	return Max(request->now, start_of_day(last + 1));
}

/* Writes the end of a version. */
static void
write_end(const EndRequest *request, const Version *version, const JsonNode *way)
{
	TimestampTz ends_at = moment_of_end(request, way);
	const QueryArgument arguments[] = {
		{.type = INT4OID, .value = Int32GetDatum(version->id)},
		{.type = TIMESTAMPTZOID, .value = TimestampTzGetDatum(ends_at)},
		QUERY_TEXT(request->how),
		QUERY_TEXT(request->by_party),
		QUERY_TEXT(request->reason),
	};

	if (ends_at >= version->ends_at)
		ereport(ERROR,
				(errcode(ERRCODE_LEERID_PROTOCOL_END_REFUSED),
				 errmsg("protocol \"%s\" ends before that already", request->code),
				 errdetail("An earlier end takes the place of a later one, and never the other way round.")));
	query("UPDATE leerid.protocol SET ended_at = $2, ended_how = $3, ended_reason = $5,"
		  " ended_by = (SELECT p.id FROM leerid.party p WHERE p.code = $4) WHERE id = $1",
		  false, lengthof(arguments), arguments);
}

/*
 * Stops a school's akkoord, for a breach, by that school.  Raises LR020 for a
 * school that is not known, LR025 for one that does not share.
 */
static void
stop_akkoord(const EndRequest *request)
{
	const QueryArgument arguments[] = {
		{.type = INT4OID, .value = Int32GetDatum(request->instellingsnummer)},
		QUERY_TEXT(request->code),
		{.type = TIMESTAMPTZOID, .value = TimestampTzGetDatum(request->now)},
		QUERY_TEXT(request->reason),
	};
	char number[INSTELLINGSNUMMER_TEXT_LENGTH + 1];
	Version version = {0};

	print_instellingsnummer(request->instellingsnummer, number);
	if (query_latest("SELECT FROM leerid.instelling WHERE instellingsnummer::integer = $1", true, 1,
					 arguments) == 0)
		ereport(ERROR, (errcode(ERRCODE_LEERID_UNKNOWN_INSTELLING), errmsg("there is no school %s", number)));
	if (query_latest(
			"SELECT p.id, p.document FROM leerid.consent c JOIN leerid.protocol p ON p.id = c.protocol"
			" WHERE c.instellingsnummer::integer = $1 AND c.stopped_at IS NULL AND p.code = $2",
			true, 2, arguments) == 0)
		ereport(ERROR, (errcode(ERRCODE_LEERID_NOT_SHARING),
						errmsg("school %s does not share under protocol \"%s\"", number, request->code)));
	json_root(DatumGetJsonbPCopy(query_value(0, 2, NULL)), &version.document);
	(void) moment_of_end(request, find_way(request, &version));
	if (query("UPDATE leerid.consent c SET stopped_at = $3, stopped_on_request = $4 FROM leerid.protocol p"
			  " WHERE p.id = c.protocol AND p.code = $2 AND c.instellingsnummer::integer = $1"
			  " AND c.stopped_at IS NULL",
			  false, lengthof(arguments), arguments) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
				 errmsg("the school's akkoord changed while it was being stopped"), errhint("Try again.")));
}

/* end_protocol(code, by_party, how, on, reason, instellingsnummer). */
PG_FUNCTION_INFO_V1(end_protocol);
Datum
end_protocol(PG_FUNCTION_ARGS)
{
	EndRequest request;
	Version *versions;
	int count;
	bool by_school;

	read_request(fcinfo, &request);
	query_open();
	lock_protocols();
	versions = find_versions(&request, &count);
	by_school = versions[0].per_school && strcmp(request.how, "breach") == 0;
	if (by_school != request.for_school)
		refuse_end(&request, by_school ? "A school ends it for itself alone: name the school."
									   : "It does not end for one school.");
	if (by_school)
		stop_akkoord(&request);
	else
	{
		/* all versions that each school accepts for itself, of any other the one in force */
		for (int i = 0; i < (versions[0].per_school ? count : 1); i++)
			write_end(&request, &versions[i], find_way(&request, &versions[i]));
	}
	query_close();
	PG_RETURN_VOID();
}
