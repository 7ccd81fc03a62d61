/*
 * protocol_import.c
 *	  import_protocol(): a document becomes the rows that the gate, the views
 *	  and the terms are made from.
 *
 * The document is checked whole before anything is looked at, so that what it
 * is refused for does not hang on the database.  Then imports take turns, by a
 * lock that ends with the transaction, and parties and versions are read as
 * they are committed now.
 */
#include "protocol.h"

#include "catalog/pg_type.h"
#include "duration.h"
#include "errors.h"
#include "kbo_number.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

/* The arguments of a query for a value of a document: text, or null where it is not stated. */
#define STATED_TEXT(object, key) QUERY_TEXT(json_text_of(object, key))

/* A number that may be null. */
static QueryArgument
integer_argument(int32 value, bool null)
{
	return (QueryArgument){.type = INT4OID, .value = Int32GetDatum(value), .null = null};
}

/* A truth value. */
static QueryArgument
boolean_argument(bool value)
{
	return (QueryArgument){.type = BOOLOID, .value = BoolGetDatum(value)};
}

/* The KBO number of a party as a bigint, or null. */
static QueryArgument
kbo_argument(const JsonNode *party, const char *key)
{
	char *text = json_text_of(party, key);
	int64_t number = 0;

	if (text != NULL && !parse_kbo_number(text, strlen(text), &number, NULL))
		elog(ERROR, "a checked KBO number is none");
	return (QueryArgument){.type = INT8OID, .value = Int64GetDatum(number), .null = text == NULL};
}

/* A term as PostgreSQL's interval. */
static QueryArgument
interval_argument(const JsonNode *node)
{
	char *text = json_text(node);
	Interval *interval = palloc0(sizeof(Interval));
	Duration duration;

	if (!parse_duration(text, strlen(text), &duration, NULL))
		elog(ERROR, "a checked term is none");
	interval->month = duration.months;
	interval->day = duration.days;
	interval->time = duration.hours * USECS_PER_HOUR;
	return (QueryArgument){.type = INTERVALOID, .value = IntervalPGetDatum(interval)};
}

/* The texts of a list, or of a member of each of its objects; none where it is not stated. */
static QueryArgument
texts_argument(const JsonNode *list, const char *member)
{
	int count = json_stated(list) ? json_length(list) : 0;
	Datum *texts = palloc(sizeof(Datum) * (count + 1));

	for (int i = 0; i < count; i++)
	{
		JsonNode *item = json_item(list, i);

		texts[i] = CStringGetTextDatum(json_text(member == NULL ? item : json_member(item, member)));
	}
	return (QueryArgument){
		.type = TEXTARRAYOID,
		.value = PointerGetDatum(construct_array(texts, count, TEXTOID, -1, false, TYPALIGN_INT))};
}

/*
 * The row of a party, found by enterprise and establishment unit, or made; NULL
 * for the party that is each school for itself.  Raises LR010 where another row
 * has its code, or its row another code or name.
 */
static QueryArgument
find_or_make_party(const JsonNode *party)
{
	const QueryArgument arguments[] = {
		STATED_TEXT(party, "code"),
		STATED_TEXT(party, "name"),
		kbo_argument(party, "enterprise"),
		kbo_argument(party, "establishment"),
	};
	bool found;

	if (json_true(json_member(party, "per_school")))
		return integer_argument(0, true);
	found = find_row("SELECT id, code = $1, naam = $2 FROM leerid.party"
					 " WHERE enterprise::bigint = $3 AND (establishment::bigint = $4 OR"
					 " (establishment IS NULL AND $4 IS NULL))",
					 lengthof(arguments), arguments);
	if (found)
	{
		if (!DatumGetBool(query_value(0, 2, NULL)))
			refuse_at(json_member(party, "code"), "The party with these KBO numbers has another code here.");
		if (!DatumGetBool(query_value(0, 3, NULL)))
			refuse_at(json_member(party, "name"), "The party with these KBO numbers has another name here.");
		return integer_argument(DatumGetInt32(query_value(0, 1, NULL)), false);
	}
	if (query_latest("SELECT FROM leerid.party WHERE code = $1", true, 1, arguments) > 0)
		refuse_at(json_member(party, "code"), "A party with other KBO numbers has this code here.");
	query("INSERT INTO leerid.party (code, naam, enterprise, establishment)"
		  " VALUES ($1, $2, $3::leerid.kbo_number, $4::leerid.kbo_number) RETURNING id",
		  false, lengthof(arguments), arguments);
	return integer_argument(DatumGetInt32(query_value(0, 1, NULL)), false);
}

/* Refuses a level of education that onderwijsniveau does not list. */
static void
check_levels(const JsonNode *levels)
{
	for (int i = 0; json_stated(levels) && i < json_length(levels); i++)
	{
		JsonNode *level = json_item(levels, i);
		const QueryArgument argument = QUERY_TEXT(json_text(level));

		if (query_latest("SELECT FROM leerid.onderwijsniveau WHERE code = $1", true, 1, &argument) == 0)
			refuse_at(level, "There is no such level of education in onderwijsniveau.");
	}
}

/*
 * The version that stands here already, when it holds the very same document:
 * its id is the answer.  0: there is none.  Raises LR013 for another document.
 */
static int32
find_same_version(const JsonNode *root, Jsonb *document)
{
	const QueryArgument arguments[] = {
		STATED_TEXT(root, "code"),
		STATED_TEXT(root, "version"),
		{.type = JSONBOID, .value = JsonbPGetDatum(document)},
	};

	if (query_latest("SELECT id, document = $3 FROM leerid.protocol WHERE code = $1 AND version = $2", true,
					 lengthof(arguments), arguments) == 0)
		return 0;
	if (!DatumGetBool(query_value(0, 2, NULL)))
		ereport(ERROR,
				(errcode(ERRCODE_LEERID_PROTOCOL_EXISTS),
				 errmsg("version \"%s\" of protocol \"%s\" was imported with another text",
						json_text_of(root, "version"), json_text_of(root, "code")),
				 errdetail("A version is never edited: who accepted it accepted that text."),
				 errhint("Give the new text a version of its own; protocol_diff() shows what differs.")));
	return DatumGetInt32(query_value(0, 1, NULL));
}

/*
 * Refuses a purpose whose data another party answers for: pupils are DOV's to
 * disclose, certificates those of AHOVOKS.  Class information is each school's,
 * which the rules of the document see to.
 */
static void
check_controller(const JsonNode *root, const JsonNode *source)
{
	JsonNode *purposes = json_member(root, "purposes");

	for (int i = 0; i < json_length(purposes); i++)
	{
		JsonNode *admission = json_member(json_item(purposes, i), "admission");
		const QueryArgument arguments[] = {
			QUERY_TEXT(json_says(admission, "dossier") ? "studiebewijs" : "leerling"),
			kbo_argument(source, "enterprise"),
			kbo_argument(source, "establishment"),
		};

		if (!json_says(admission, "akkoord") &&
			query_latest("SELECT FROM leerid.controller WHERE registry = $1 AND enterprise::bigint = $2"
						 " AND establishment::bigint = $3",
						 true, lengthof(arguments), arguments) == 0)
			refuse_at(admission,
					  "Another party than the source answers for this data; see the table controller.");
	}
}

/* Makes the row of the version. */
static int32
make_protocol(const JsonNode *root, Jsonb *document, QueryArgument source, QueryArgument recipient)
{
	JsonNode *entry = json_member(root, "entry_into_force");
	JsonNode *day = json_member(entry, "date");
	bool dated = json_stated(day);
	const QueryArgument arguments[] = {
		STATED_TEXT(root, "code"),
		STATED_TEXT(root, "version"),
		{.type = JSONBOID, .value = JsonbPGetDatum(document)},
		source,
		recipient,
		STATED_TEXT(entry, "rule"),
		{.type = DATEOID, .value = DateADTGetDatum(dated ? protocol_date(day) : 0), .null = !dated},
		{.type = TIMESTAMPTZOID, .value = TimestampTzGetDatum(GetCurrentTimestamp())},
	};

	query("INSERT INTO leerid.protocol (code, version, document, document_sha256, source, recipient, entry,"
		  " enters_on, imported_at)"
		  " VALUES ($1, $2, $3, sha256(convert_to($3::text, 'UTF8')), $4, $5, $6, $7, $8) RETURNING id",
		  false, lengthof(arguments), arguments);
	return DatumGetInt32(query_value(0, 1, NULL));
}

/* The row of a purpose, the same through all versions, found or made. */
static QueryArgument
find_or_make_purpose(const JsonNode *root, const JsonNode *purpose)
{
	const QueryArgument arguments[] = {STATED_TEXT(root, "code"), STATED_TEXT(purpose, "code")};

	if (!find_row("SELECT id FROM leerid.purpose WHERE protocol_code = $1 AND code = $2", lengthof(arguments),
				  arguments))
		query("INSERT INTO leerid.purpose (protocol_code, code) VALUES ($1, $2) RETURNING id", false,
			  lengthof(arguments), arguments);
	return integer_argument(DatumGetInt32(query_value(0, 1, NULL)), false);
}

/* Makes the rows of what this version says of a purpose: its terms and its elements. */
static void
make_terms(const JsonNode *root, QueryArgument protocol, const JsonNode *purpose)
{
	QueryArgument id = find_or_make_purpose(root, purpose);
	JsonNode *retention = json_member(purpose, "retention");
	JsonNode *elements = json_member(purpose, "elements");
	const QueryArgument terms[] = {
		protocol,
		id,
		STATED_TEXT(purpose, "admission"),
		STATED_TEXT(json_member(purpose, "periodicity"), "kind"),
		boolean_argument(json_true(json_member(purpose, "visibility_required"))),
		boolean_argument(json_stated(json_member(purpose, "feed"))),
		boolean_argument(json_true(json_member(json_member(root, "security"), "mfa"))),
		texts_argument(json_member(purpose, "levels"), NULL),
		texts_argument(json_member(purpose, "recipients"), "service"),
		interval_argument(json_member(retention, "term")),
		STATED_TEXT(retention, "anchor"),
	};

	query("INSERT INTO leerid.purpose_terms (protocol, purpose, admission, periodicity, visibility_required,"
		  " feed, mfa, levels, services, retention, retention_anchor)"
		  " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
		  false, lengthof(terms), terms);
	for (int i = 0; i < json_length(elements); i++)
	{
		JsonNode *element = json_item(elements, i);
		const QueryArgument arguments[] = {
			protocol,
			id,
			integer_argument(i + 1, false),
			STATED_TEXT(element, "name"),
			STATED_TEXT(element, "claim"),
			STATED_TEXT(element, "condition"),
			boolean_argument(json_true(json_member(element, "unidentified"))),
			STATED_TEXT(element, "justification"),
		};

		query("INSERT INTO leerid.element (protocol, purpose, ordinal, name, claim, condition, unidentified,"
			  " justification) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
			  false, lengthof(arguments), arguments);
	}
}

/* Makes every row of a document that is not here yet, and returns its id. */
static int32
make_version(const JsonNode *root, Jsonb *document)
{
	JsonNode *parties = json_member(root, "parties");
	JsonNode *purposes = json_member(root, "purposes");
	QueryArgument source = {0}, recipient = {0};
	QueryArgument protocol;

	for (int i = 0; i < json_length(purposes); i++)
		check_levels(json_member(json_item(purposes, i), "levels"));
	for (int i = 0; i < json_length(parties); i++)
	{
		JsonNode *party = json_item(parties, i);
		QueryArgument row = find_or_make_party(party);

		if (json_says(json_member(root, "source"), json_text_of(party, "code")))
		{
			source = row;
			check_controller(root, party);
		}
		if (json_says(json_member(root, "recipient"), json_text_of(party, "code")))
			recipient = row;
	}
	protocol = integer_argument(make_protocol(root, document, source, recipient), false);
	for (int i = 0; i < json_length(purposes); i++)
		make_terms(root, protocol, json_item(purposes, i));
	return DatumGetInt32(protocol.value);
}

/* import_protocol(document): the id of the version's row. */
PG_FUNCTION_INFO_V1(import_protocol);
Datum
import_protocol(PG_FUNCTION_ARGS)
{
	Jsonb *document = PG_GETARG_JSONB_P(0);
	JsonNode root;
	int32 id;

	json_root(document, &root);
	check_shape(&root, &protocol_shape);
	check_protocol_rules(&root);

	query_open();
	lock_protocols();
	id = find_same_version(&root, document);
	if (id == 0)
		id = make_version(&root, document);
	query_close();
	PG_RETURN_INT32(id);
}
