/*
 * protocol_rules.c
 *	  What a protocol of the right shape must still hold: its parts must agree
 *	  with each other, and with what the registry can keep.
 */
#include "protocol.h"

#include "kbo_number.h"

/* Which elements each kind of admission can give, and with which term. */
typedef struct Possibility
{
	const char *admission;
	const char *periodicity;
	const char *elements; /* with a space on both sides of each */
	const char *anchors;
} Possibility;

static const Possibility possibilities[] = {
	{"enrolment", "at_login",
	 " insz naam voornaam leer_id_uuid account_uuid historiek_account_uuid instellingsnummer ",
	 " last_granted_login "},
	{"enrolment", "continuous",
	 " insz naam voornaam leer_id_uuid account_uuid historiek_account_uuid instellingsnummer klas ",
	 " received "},
	{"dossier", "continuous",
	 " insz naam voornaam categorie graad onderwijsvorm type_bewijs instantie uitreikingsdatum"
	 " volledige_naam instelling studierichting ",
	 " ontvangst afhandeling "},
	{"akkoord", "continuous", " leer_id_uuid account_uuid instellingsnummer klas ",
	 " package_enrolment_end "},
};

/* Whether a word stands in a list of them. */
static bool
is_among(const char *words, const JsonNode *node)
{
	const char *word = json_text(node);

	return word != NULL && strchr(word, ' ') == NULL && strstr(words, psprintf(" %s ", word)) != NULL;
}

/* The party of a document that has a code, or NULL. */
JsonNode *
find_party(const JsonNode *document, const char *code)
{
	JsonNode *parties = json_member(document, "parties");

	for (int i = 0; i < json_length(parties); i++)
	{
		JsonNode *party = json_item(parties, i);

		if (json_says(json_member(party, "code"), code))
			return party;
	}
	return NULL;
}

/* Whether a list of codes of parties holds one. */
bool
names_party(const JsonNode *list, const char *code)
{
	for (int i = 0; i < json_length(list); i++)
		if (json_says(json_item(list, i), code))
			return true;
	return false;
}

/* Refuses a code that no party of the document has. */
static void
check_is_party(const JsonNode *document, const JsonNode *node)
{
	if (find_party(document, json_text(node)) == NULL)
		refuse_at(node, "No party of this protocol has that code.");
}

/* The same for a member of every object of a list, which may not be stated at all. */
static void
check_list_of_parties(const JsonNode *document, const char *list, const char *member)
{
	JsonNode *items = json_member(document, list);

	for (int i = 0; json_stated(items) && i < json_length(items); i++)
		check_is_party(document, json_member(json_item(items, i), member));
}

/* Refuses the second of two items of a list that have the same text under a key. */
static void
check_distinct(const JsonNode *list, const char *key)
{
	for (int i = 1; i < json_length(list); i++)
	{
		JsonNode *node = json_member(json_item(list, i), key);
		char *text = json_text(node);

		for (int j = 0; text != NULL && j < i; j++)
			if (json_says(json_member(json_item(list, j), key), text))
				refuse_at(node, "The same stands before it in the list.");
	}
}

/* The KBO number under a key of a party; -1 where it is not stated. */
static int64
kbo_of(const JsonNode *party, const char *key)
{
	char *text = json_text_of(party, key);
	int64_t number = -1;

	if (text != NULL && !parse_kbo_number(text, strlen(text), &number, NULL))
		elog(ERROR, "a checked KBO number is none");
	return number;
}

/*
 * A party is an enterprise and an establishment unit, other ones than those of
 * the parties before it; only the source may be each school for itself, which
 * has no number here.
 */
static void
check_party(const JsonNode *document, const JsonNode *parties, int index)
{
	JsonNode *party = json_item(parties, index);
	JsonNode *enterprise = json_member(party, "enterprise");

	if (json_true(json_member(party, "per_school")))
	{
		if (!json_says(json_member(document, "source"), json_text_of(party, "code")))
			refuse_at(json_member(party, "per_school"), "Only the source can be each school for itself.");
		if (json_stated(enterprise) || json_stated(json_member(party, "establishment")))
			refuse_at(enterprise, "A party that is each school for itself has no number in the protocol.");
		return;
	}
	if (!json_stated(enterprise))
		refuse_at(enterprise, "A party is known by its enterprise number.");
	for (int i = 0; i < index; i++)
	{
		JsonNode *other = json_item(parties, i);

		if (kbo_of(other, "enterprise") == kbo_of(party, "enterprise") &&
			kbo_of(other, "establishment") == kbo_of(party, "establishment"))
			refuse_at(enterprise, "A party before it has the same enterprise and establishment unit.");
	}
}

/* The parties, and every place that names one. */
static void
check_parties(const JsonNode *document)
{
	JsonNode *parties = json_member(document, "parties");
	JsonNode *source = json_member(document, "source");
	JsonNode *recipient = json_member(document, "recipient");
	JsonNode *third_parties = json_member(document, "third_parties");
	JsonNode *change_notice = json_member(document, "change_notice");
	JsonNode *quality = json_member(document, "quality");
	JsonNode *publications = json_member(json_member(document, "transparency"), "publication");

	check_distinct(parties, "code");
	for (int i = 0; i < json_length(parties); i++)
		check_party(document, parties, i);
	check_is_party(document, source);
	check_is_party(document, recipient);
	if (json_says(recipient, json_text(source)))
		refuse_at(recipient, "The recipient is another party than the source.");
	check_list_of_parties(document, "processors", "processor_of");
	check_list_of_parties(document, "signatures", "party");
	check_list_of_parties(document, "dpo_advice", "party");
	for (int i = 0; i < json_length(publications); i++)
		check_is_party(document, json_member(json_item(publications, i), "party"));
	if (json_stated(third_parties))
		check_is_party(document, json_member(third_parties, "by"));
	if (json_stated(change_notice))
	{
		check_is_party(document, json_member(change_notice, "by"));
		check_is_party(document, json_member(change_notice, "to"));
	}
	if (json_stated(quality) && !json_says(json_member(quality, "report_to"), "other_parties"))
		check_is_party(document, json_member(quality, "report_to"));
}

/* Each party's data protection officer gave advice on a day, or the document does not say so. */
static void
check_advice(const JsonNode *document)
{
	JsonNode *advice = json_member(document, "dpo_advice");

	check_distinct(advice, "party");
	if (json_length(advice) != json_length(json_member(document, "parties")))
		refuse_at(
			advice,
			"The advice of each party's data protection officer must be named, or said not to be stated.");
}

/* The day of entry into force follows from the rule that the document names. */
static void
check_entry(const JsonNode *document)
{
	JsonNode *entry = json_member(document, "entry_into_force");
	JsonNode *rule = json_member(entry, "rule");
	JsonNode *day = json_member(entry, "date");
	JsonNode *signatures = json_member(document, "signatures");
	JsonNode *source = find_party(document, json_text_of(document, "source"));
	bool per_school = json_true(json_member(source, "per_school"));
	DateADT last = DATEVAL_NOBEGIN;

	if (per_school != json_says(rule, "akkoord_per_school"))
		refuse_at(rule,
				  "akkoord_per_school goes with a source that is each school for itself, and with no other.");
	if (per_school)
	{
		if (json_stated(day))
			refuse_at(day, "Each school's akkoord has a day of its own: not_stated must stand here.");
		return;
	}
	if (!json_stated(day))
		refuse_at(day, "This rule needs a day.");
	if (!json_says(rule, "last_signature"))
		return;
	if (json_length(signatures) == 0)
		refuse_at(signatures, "The rule last_signature needs signatures.");
	for (int i = 0; i < json_length(signatures); i++)
	{
		JsonNode *signed_on = json_member(json_item(signatures, i), "date");

		if (!json_stated(signed_on))
			refuse_at(signed_on, "The rule last_signature needs the day of each signature.");
		last = Max(last, protocol_date(signed_on));
	}
	if (protocol_date(day) != last)
		refuse_at(day, "By the rule last_signature this is the day of the last signature.");
}

/* Who may end it at once, or by notice, is a party. */
static void
check_ending(const JsonNode *document)
{
	static const char *const ways[] = {"breach", "notice"};
	JsonNode *ending = json_member(document, "ending");

	for (int i = 0; i < (int) lengthof(ways); i++)
	{
		JsonNode *way = json_member(ending, ways[i]);

		for (int j = 0; json_stated(way) && j < json_length(json_member(way, "by")); j++)
			check_is_party(document, json_item(json_member(way, "by"), j));
	}
}

/* What the purpose admits by, and when, must be a pair that leerid can keep. */
static const Possibility *
find_possibility(const JsonNode *purpose)
{
	JsonNode *admission = json_member(purpose, "admission");
	JsonNode *kind = json_member(json_member(purpose, "periodicity"), "kind");

	for (int i = 0; i < (int) lengthof(possibilities); i++)
		if (json_says(admission, possibilities[i].admission) && json_says(kind, possibilities[i].periodicity))
			return &possibilities[i];
	refuse_at(kind, "With this admission the periodicity is continuous.");
}

/*
 * An element must be one that the purpose's admission can give, and carry the
 * condition that belongs to it: the INSZ a decretal basis unless the purpose
 * rests on a legal obligation, leer_id_uuid an identified pupil, klas under an
 * enrolment that the school shares it.  Of a pupil who is not identified these two
 * keys are missing and nothing else: no view hides another cell of his.
 */
static void
check_element(const JsonNode *document, const JsonNode *purpose, const Possibility *possibility,
			  const JsonNode *element)
{
	JsonNode *name = json_member(element, "name");
	JsonNode *condition = json_member(element, "condition");
	JsonNode *unidentified = json_member(element, "unidentified");
	bool enrolment = json_says(json_member(purpose, "admission"), "enrolment");
	bool insz = json_says(name, "insz");
	bool leer_id_uuid = json_says(name, "leer_id_uuid");
	bool klas = enrolment && json_says(name, "klas");

	if (!is_among(possibility->elements, name))
		refuse_at(name, "This admission and periodicity can give these:%s.",
				  pnstrdup(possibility->elements, strlen(possibility->elements) - 1));
	if (leer_id_uuid != json_says(condition, "identified"))
		refuse_at(condition, "leer_id_uuid has the condition identified, and nothing else has it.");
	if (klas != json_says(condition, "class_shared"))
		refuse_at(condition,
				  "klas has the condition class_shared under an enrolment, and nothing else has it.");
	if (!insz && json_says(condition, "decretal_basis"))
		refuse_at(condition, "A decretal basis is for the INSZ alone.");
	if (insz && !json_stated(condition) &&
		!json_says(json_member(json_member(document, "legal_basis"), "gdpr"), "6(1)(c)"))
		refuse_at(condition, "The INSZ is given on a decretal basis, or under a legal obligation (6(1)(c)).");
	if ((insz || leer_id_uuid) && json_true(unidentified))
		refuse_at(unidentified, "A pupil who is not identified has none.");
	if (!insz && !leer_id_uuid && !json_true(unidentified) &&
		!json_says(json_member(purpose, "admission"), "dossier"))
		refuse_at(unidentified, "Of pupils it is given for all, or for none: only insz and leer_id_uuid "
								"hang on identification.");
}

/* The elements of a purpose; a dossier's person is found by the INSZ. */
static void
check_elements(const JsonNode *document, const JsonNode *purpose, const Possibility *possibility)
{
	JsonNode *elements = json_member(purpose, "elements");
	bool insz = false;

	check_distinct(elements, "name");
	check_distinct(elements, "claim");
	for (int i = 0; i < json_length(elements); i++)
	{
		JsonNode *element = json_item(elements, i);

		check_element(document, purpose, possibility, element);
		insz |= json_says(json_member(element, "name"), "insz");
	}
	if (!insz && json_says(json_member(purpose, "admission"), "dossier"))
		refuse_at(elements,
				  "Under a dossier insz must be among the elements: it is what certificates are keyed on.");
}

/* The dossiers that the registry keeps: of two kinds, each with the anchor that always comes. */
static void
check_dossier(const JsonNode *purpose, const JsonNode *anchor)
{
	JsonNode *code = json_member(purpose, "code");
	bool huisonderwijs = json_says(code, "huisonderwijs");

	if (!huisonderwijs && !json_says(code, "verificatie"))
		refuse_at(code, "Dossiers are kept for the purposes huisonderwijs and verificatie.");
	if (!json_says(anchor, huisonderwijs ? "ontvangst" : "afhandeling"))
		refuse_at(anchor,
				  "The term of huisonderwijs runs from ontvangst, that of verificatie from afhandeling.");
}

/* Whether a purpose has an element of a name. */
static bool
has_element(const JsonNode *purpose, const char *name)
{
	JsonNode *elements = json_member(purpose, "elements");

	for (int i = 0; i < json_length(elements); i++)
		if (json_says(json_member(json_item(elements, i), "name"), name))
			return true;
	return false;
}

/* One purpose. */
static void
check_purpose(const JsonNode *document, const JsonNode *purpose)
{
	const Possibility *possibility = find_possibility(purpose);
	JsonNode *admission = json_member(purpose, "admission");
	JsonNode *recipients = json_member(purpose, "recipients");
	JsonNode *levels = json_member(purpose, "levels");
	JsonNode *feed = json_member(purpose, "feed");
	JsonNode *visibility = json_member(purpose, "visibility_required");
	JsonNode *anchor = json_member(json_member(purpose, "retention"), "anchor");
	JsonNode *source = find_party(document, json_text_of(document, "source"));
	bool enrolment = json_says(admission, "enrolment");

	if (json_says(admission, "akkoord") != json_true(json_member(source, "per_school")))
		refuse_at(admission, "akkoord goes with a source that is each school for itself, and with no other.");
	if (json_true(visibility) && !enrolment)
		refuse_at(visibility, "Applications are made visible for enrolled pupils only.");
	if (json_stated(feed) &&
		!(enrolment && json_says(json_member(json_member(purpose, "periodicity"), "kind"), "continuous")))
		refuse_at(feed, "A feed needs enrolled pupils and a continuous periodicity.");
	check_distinct(recipients, "service");
	for (int i = 0; i < json_length(recipients); i++)
	{
		JsonNode *party = json_member(json_item(recipients, i), "party");

		if (!json_says(party, json_text_of(document, "recipient")))
			refuse_at(party, "The recipients of article 4 are services of the recipient.");
	}
	for (int i = 1; json_stated(levels) && i < json_length(levels); i++)
		for (int j = 0; j < i; j++)
			if (json_says(json_item(levels, j), json_text(json_item(levels, i))))
				refuse_at(json_item(levels, i), "The same stands before it in the list.");
	check_elements(document, purpose, possibility);
	if (json_stated(feed) && !has_element(purpose, "account_uuid"))
		refuse_at(feed, "A feed speaks of accounts, and account_uuid is none of the elements.");
	if (!is_among(possibility->anchors, anchor))
		refuse_at(anchor, "With this admission and periodicity the term runs from:%s.",
				  pnstrdup(possibility->anchors, strlen(possibility->anchors) - 1));
	if (json_says(admission, "dossier"))
		check_dossier(purpose, anchor);
}

/* Raises LR010, with the path, where a document of the right shape breaks a rule. */
void
check_protocol_rules(const JsonNode *document)
{
	JsonNode *decree = json_member(json_member(document, "decree"), "date");
	JsonNode *purposes = json_member(document, "purposes");

	if (!json_says(decree, "2008-07-18"))
		refuse_at(decree, "A protocol is one under article 8 of the decree of 18 July 2008.");
	check_parties(document);
	check_advice(document);
	check_entry(document);
	check_ending(document);
	check_distinct(purposes, "code");
	for (int i = 0; i < json_length(purposes); i++)
		check_purpose(document, json_item(purposes, i));
}
