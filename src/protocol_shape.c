/*
 * protocol_shape.c
 *	  The shape of a protocol: every key, what it holds, and which a document
 *	  may not state.  doc/protocols.md describes each.
 *
 * Mandatory is what a protocol under article 8 of the decree of 18 July 2008
 * settles, and what the register of article 30 of the GDPR is made from.
 */
#include "protocol.h"

#include "civil.h"
#include "digits.h"
#include "duration.h"
#include "kbo_number.h"

#define WORDS(...) \
	(const char *const[]) \
	{ \
		__VA_ARGS__, NULL \
	}
#define MUST(key, what) \
	{ \
		.name = key, .shape = &what \
	}
#define MAY_LACK(key, what) \
	{ \
		.name = key, .shape = &what, .may_lack = true \
	}
#define MAY_BE_NULL(key, what) \
	{ \
		.name = key, .shape = &what, .may_be_null = true \
	}
#define KEYS(...) \
	(const JsonKey[]) \
	{ \
		__VA_ARGS__, \
		{ \
			.name = NULL \
		} \
	}

/* Whether a text begins with a letter of the first set and goes on with the second. */
static bool
is_code(const char *text, size_t length, size_t most, bool capitals, const char *others)
{
	for (size_t i = 0; i < length; i++)
	{
		char c = text[i];
		bool letter = (c >= 'a' && c <= 'z') || (capitals && c >= 'A' && c <= 'Z');

		if (!letter && (i == 0 || c == '\0' || !(is_digit(c) || strchr(others, c) != NULL)))
			return false;
	}
	return length >= 1 && length <= most;
}

/* The code of a protocol or of a purpose: a part of the name of a schema. */
static bool
check_code(const char *text, size_t length, Fault *fault)
{
	return is_code(text, length, 30, false, "_") ||
		   refuse(fault, "A code is at most 30 small letters, digits and underscores, a letter first.");
}

/* The code of a party. */
static bool
check_party_code(const char *text, size_t length, Fault *fault)
{
	return is_code(text, length, 63, true, "_+-") ||
		   refuse(fault,
				  "A party's code is at most 63 letters, digits, +, - and underscores, a letter first.");
}

/* The name of a claim: what a token can carry. */
static bool
check_claim(const char *text, size_t length, Fault *fault)
{
	return is_code(text, length, 63, true, "_") ||
		   refuse(fault, "A claim is at most 63 letters, digits and underscores, a letter first.");
}

/* A day, as ISO 8601 writes it. */
static bool
check_date(const char *text, size_t length, Fault *fault)
{
	int year, month, day;

	if (length == 10 && text[4] == '-' && text[7] == '-' && read_digits(text, 4, &year) &&
		read_digits(text + 5, 2, &month) && read_digits(text + 8, 2, &day) && year > 0 &&
		is_civil_date(year, month, day))
		return true;
	return refuse(fault, "A day is written YYYY-MM-DD.");
}

/* The day that a checked node names. */
DateADT
protocol_date(const JsonNode *node)
{
	const char *text = node->value.val.string.val;
	int year, month, day;

	if (!read_digits(text, 4, &year) || !read_digits(text + 5, 2, &month) || !read_digits(text + 8, 2, &day))
		elog(ERROR, "a checked day is none");
	return day_number(year, month, day);
}

/* A term. */
static bool
check_duration(const char *text, size_t length, Fault *fault)
{
	Duration duration;

	return parse_duration(text, length, &duration, fault);
}

/* The KBO number of an enterprise. */
static bool
check_enterprise(const char *text, size_t length, Fault *fault)
{
	int64_t number;

	if (!parse_kbo_number(text, length, &number, fault))
		return false;
	return kind_of_kbo_number(number) == KBO_ENTERPRISE ||
		   refuse(fault, "This is the number of an establishment unit, not of an enterprise.");
}

/* The KBO number of an establishment unit. */
static bool
check_establishment(const char *text, size_t length, Fault *fault)
{
	int64_t number;

	if (!parse_kbo_number(text, length, &number, fault))
		return false;
	return kind_of_kbo_number(number) == KBO_ESTABLISHMENT ||
		   refuse(fault, "This is the number of an enterprise, not of an establishment unit.");
}

/* A class of information by the Flemish government's model. */
static bool
check_information_class(const char *text, size_t length, Fault *fault)
{
	return (length == 1 && *text >= '1' && *text <= '5') ||
		   refuse(fault, "An information class is a whole number from 1 to 5.");
}

static const JsonShape any_text = {.kind = JSON_TEXT};
static const JsonShape boolean = {.kind = JSON_BOOLEAN};
static const JsonShape code = {.kind = JSON_TEXT, .check = check_code};
static const JsonShape party_code = {.kind = JSON_TEXT, .check = check_party_code};
static const JsonShape claim = {.kind = JSON_TEXT, .check = check_claim};
static const JsonShape date = {.kind = JSON_TEXT, .check = check_date};
static const JsonShape duration = {.kind = JSON_TEXT, .check = check_duration};
static const JsonShape enterprise = {.kind = JSON_TEXT, .check = check_enterprise};
static const JsonShape establishment = {.kind = JSON_TEXT, .check = check_establishment};
static const JsonShape information_class = {.kind = JSON_INTEGER, .check = check_information_class};
static const JsonShape by_law = {.kind = JSON_TEXT, .words = WORDS("by_law")};
static const JsonShape texts = {.kind = JSON_LIST, .item = &any_text, .fewest = 1};
static const JsonShape party_codes = {.kind = JSON_LIST, .item = &party_code, .fewest = 1};

/* What an article says, where nothing else is drawn from it. */
static const JsonShape statement = {.kind = JSON_OBJECT,
									.keys = KEYS(MUST("text", any_text), MUST("article", any_text))};

static const JsonShape decree = {
	.kind = JSON_OBJECT,
	.keys = KEYS(MUST("date", date), MUST("article", any_text), MUST("text", any_text))};

static const JsonShape party = {
	.kind = JSON_OBJECT,
	.keys =
		KEYS(MUST("code", party_code), MUST("name", any_text), MAY_LACK("called", any_text),
			 MUST("per_school", boolean), MAY_LACK("legal_person", any_text),
			 MAY_LACK("enterprise", enterprise), MAY_LACK("establishment", establishment),
			 MAY_LACK("office", any_text), MAY_LACK("seat", any_text), MAY_LACK("dpo_contact", any_text))};
static const JsonShape parties = {.kind = JSON_LIST, .item = &party, .fewest = 2};

static const JsonShape ground = {.kind = JSON_TEXT,
								 .words =
									 WORDS("6(1)(a)", "6(1)(b)", "6(1)(c)", "6(1)(d)", "6(1)(e)", "6(1)(f)")};
static const JsonShape legal_basis = {.kind = JSON_OBJECT,
									  .keys = KEYS(MUST("gdpr", ground), MAY_LACK("decree", any_text),
												   MUST("text", any_text), MUST("article", any_text))};

static const JsonShape original_purpose = {
	.kind = JSON_OBJECT,
	.keys = KEYS(MUST("text", any_text), MUST("article", any_text), MAY_LACK("compatibility", any_text))};

static const JsonShape admission = {.kind = JSON_TEXT, .words = WORDS("enrolment", "dossier", "akkoord")};
static const JsonShape periodicity_kind = {.kind = JSON_TEXT, .words = WORDS("at_login", "continuous")};
static const JsonShape periodicity = {
	.kind = JSON_OBJECT,
	.keys = KEYS(MUST("kind", periodicity_kind), MUST("text", any_text), MUST("article", any_text))};
static const JsonShape feed = {.kind = JSON_OBJECT,
							   .keys = KEYS(MUST("justification", any_text), MUST("article", any_text))};
static const JsonShape recipient = {.kind = JSON_OBJECT,
									.keys = KEYS(MUST("party", party_code), MUST("service", any_text),
												 MUST("text", any_text), MUST("article", any_text))};
static const JsonShape recipients = {.kind = JSON_LIST, .item = &recipient, .fewest = 1};
static const JsonShape condition = {.kind = JSON_TEXT,
									.words = WORDS("decretal_basis", "identified", "class_shared")};
static const JsonShape element = {
	.kind = JSON_OBJECT,
	.keys = KEYS(MUST("name", any_text), MUST("document_name", any_text), MAY_LACK("text", any_text),
				 MAY_BE_NULL("claim", claim), MAY_BE_NULL("condition", condition),
				 MUST("unidentified", boolean), MUST("justification", any_text), MUST("article", any_text))};
static const JsonShape elements = {.kind = JSON_LIST, .item = &element, .fewest = 1};
static const JsonShape anchor = {
	.kind = JSON_TEXT,
	.words = WORDS("last_granted_login", "package_enrolment_end", "ontvangst", "afhandeling", "received")};
static const JsonShape retention = {.kind = JSON_OBJECT,
									.keys = KEYS(MUST("term", duration), MUST("anchor", anchor),
												 MUST("quote", any_text), MAY_LACK("justification", any_text),
												 MUST("article", any_text))};
static const JsonShape purpose = {
	.kind = JSON_OBJECT,
	.keys = KEYS(MUST("code", code), MUST("text", any_text), MUST("article", any_text),
				 MAY_LACK("legal_obligation", any_text), MUST("admission", admission),
				 MUST("periodicity", periodicity), MUST("visibility_required", boolean),
				 MAY_LACK("feed", feed), MAY_LACK("levels", texts), MUST("recipients", recipients),
				 MUST("elements", elements), MUST("retention", retention))};
static const JsonShape purposes = {.kind = JSON_LIST, .item = &purpose, .fewest = 1};

static const JsonShape regime = {.kind = JSON_TEXT,
								 .words = WORDS("prior_report", "permission", "own_protocol")};
static const JsonShape third_parties = {
	.kind = JSON_OBJECT,
	.keys = KEYS(MUST("regime", regime), MUST("by", party_code), MAY_LACK("objection_period", duration),
				 MAY_LACK("never_to", any_text), MUST("text", any_text), MUST("article", any_text))};

static const JsonShape security = {.kind = JSON_OBJECT,
								   .keys = KEYS(MUST("text", texts),
												MAY_LACK("information_class", information_class),
												MAY_LACK("mfa", boolean), MUST("article", any_text))};

static const JsonShape processor = {.kind = JSON_OBJECT,
									.keys = KEYS(MUST("name", any_text), MUST("processor_of", party_code),
												 MUST("text", any_text), MUST("article", any_text))};
static const JsonShape processors = {.kind = JSON_LIST, .item = &processor, .fewest = 1};

static const JsonShape quality = {.kind = JSON_OBJECT,
								  .keys = KEYS(MUST("report_to", party_code), MAY_LACK("in_writing", boolean),
											   MUST("text", any_text), MUST("article", any_text))};

static const JsonShape publication = {
	.kind = JSON_OBJECT,
	.keys = KEYS(MUST("party", party_code), MAY_LACK("address", any_text), MAY_LACK("date", date))};
static const JsonShape publications = {.kind = JSON_LIST, .item = &publication};
static const JsonShape transparency = {
	.kind = JSON_OBJECT,
	.keys = KEYS(MUST("text", any_text), MUST("publication", publications), MUST("article", any_text))};

static const JsonShape breach_scope = {.kind = JSON_TEXT, .words = WORDS("every_breach", "both_parties")};
static const JsonShape breach_notice = {
	.kind = JSON_OBJECT,
	.keys = KEYS(MAY_LACK("delay", duration), MAY_LACK("counted_from", any_text), MUST("scope", breach_scope),
				 MUST("text", any_text), MUST("article", any_text))};
static const JsonShape change_notice = {.kind = JSON_OBJECT,
										.keys = KEYS(MUST("by", party_code), MUST("to", party_code),
													 MUST("text", any_text), MUST("article", any_text))};

static const JsonShape advice = {.kind = JSON_OBJECT,
								 .keys = KEYS(MUST("party", party_code), MAY_LACK("date", date))};
static const JsonShape advices = {.kind = JSON_LIST, .item = &advice};
static const JsonShape signature = {
	.kind = JSON_OBJECT,
	.keys = KEYS(MUST("party", party_code), MAY_LACK("office", any_text), MAY_LACK("date", date))};
static const JsonShape signatures = {.kind = JSON_LIST, .item = &signature};

static const JsonShape entry_rule = {.kind = JSON_TEXT,
									 .words = WORDS("last_signature", "date", "akkoord_per_school")};
static const JsonShape entry = {.kind = JSON_OBJECT,
								.keys = KEYS(MUST("rule", entry_rule), MAY_LACK("date", date),
											 MUST("text", any_text), MUST("article", any_text))};

static const JsonShape end_at_once = {
	.kind = JSON_OBJECT,
	.keys = KEYS(MUST("by", party_codes), MUST("text", any_text), MUST("article", any_text))};
static const JsonShape end_by_notice = {.kind = JSON_OBJECT,
										.keys = KEYS(MUST("by", party_codes), MUST("period", duration),
													 MUST("text", any_text), MUST("article", any_text))};
static const JsonShape end_by_law = {
	.kind = JSON_OBJECT,
	.keys = KEYS(MUST("by", by_law), MUST("text", any_text), MUST("article", any_text))};
static const JsonShape ending = {
	.kind = JSON_OBJECT,
	.keys = KEYS(MAY_LACK("breach", end_at_once), MAY_LACK("notice", end_by_notice),
				 MAY_LACK("legal_ground_lapsed", end_by_law), MAY_LACK("service_ended", end_by_law),
				 MAY_LACK("afterwards", any_text))};

static const JsonShape erratum = {
	.kind = JSON_OBJECT,
	.keys = KEYS(MUST("article", any_text), MUST("text", any_text), MUST("note", any_text))};
static const JsonShape errata = {.kind = JSON_LIST, .item = &erratum};

const JsonShape protocol_shape = {
	.kind = JSON_OBJECT,
	.keys = KEYS(MUST("code", code), MUST("version", any_text), MUST("title", any_text), MUST("date", date),
				 MUST("decree", decree), MAY_LACK("summary", any_text), MUST("parties", parties),
				 MUST("source", party_code), MUST("recipient", party_code), MUST("subject", statement),
				 MUST("legal_basis", legal_basis), MUST("original_purpose", original_purpose),
				 MUST("data_subjects", statement), MAY_LACK("special_categories", statement),
				 MUST("purposes", purposes), MAY_LACK("access", statement),
				 MAY_LACK("third_country_transfers", any_text), MAY_LACK("third_parties", third_parties),
				 MUST("duration", statement), MUST("security", security), MAY_LACK("processors", processors),
				 MAY_LACK("quality", quality), MUST("transparency", transparency),
				 MAY_LACK("breach_notice", breach_notice), MAY_LACK("change_notice", change_notice),
				 MUST("dpo_advice", advices), MUST("signatures", signatures), MUST("entry_into_force", entry),
				 MUST("ending", ending), MAY_LACK("applicable_law", statement), MUST("erratum", errata))};
