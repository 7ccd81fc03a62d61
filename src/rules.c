/*
 * rules.c
 *	  What the rule tables say now about one purpose.
 *
 * Rules bind at once: triggers on the rule tables (fired in replicas too) tell
 * every session by an invalidation of the table, ExecutorStart and login accept
 * what was told, and what was loaded before is thrown away.  A load that is
 * overtaken by a change is repeated.  Rules are read with the latest snapshot,
 * never the transaction's; what the transaction itself changed counts in it, and
 * its rollback is told like any change.
 *
 * Dates are decided for one day, and a load lasts no longer than that day, nor
 * than the next moment at which a protocol begins or ends.
 */
#include "rules.h"

#include "access/htup_details.h"
#include "access/xact.h"
#include "access/xlog.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "clock.h"
#include "commands/trigger.h"
#include "common/hashfn.h"
#include "errors.h"
#include "hidden.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "relations.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/inval.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#define SCHOOL_WORKS 1
#define SCHOOL_SHARES 2

typedef struct School
{
	int32 number;
	uint8 flags;
	char status;
} School;

#define SH_PREFIX school
#define SH_ELEMENT_TYPE School
#define SH_KEY_TYPE int32
#define SH_KEY number
#define SH_HASH_KEY(table, key) murmurhash32(key)
#define SH_EQUAL(table, a, b) ((a) == (b))
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

/* One view of built. */
typedef struct BuiltView
{
	Oid view;
	int32 purpose;
	int32 protocol;
	Oid database;
	char status;
} BuiltView;

#define SH_PREFIX built
#define SH_ELEMENT_TYPE BuiltView
#define SH_KEY_TYPE Oid
#define SH_KEY view
#define SH_HASH_KEY(table, key) murmurhash32(key)
#define SH_EQUAL(table, a, b) ((a) == (b))
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

/* Whatever changes a rule counts one up; nothing else happens in a callback. */
static uint64 generation = 1;
static uint64 built_generation = 1;

static MemoryContext built_context;
static built_hash *built_views;
static uint64 built_loaded;

static PurposeRules *kept; /* the rules in use for new frames */

static void
rule_changed_on_relation(Datum arg, Oid relation)
{
	(void) arg;
	if (!OidIsValid(relation) || is_rule_relation(relation))
	{
		generation++;
		built_generation++;
	}
}

/* Roles are known by name in the tables, and by oid in a session. */
static void
rule_changed_on_role(Datum arg, int cacheid, uint32 hashvalue)
{
	(void) arg;
	(void) cacheid;
	(void) hashvalue;
	generation++;
}

/* Registers what tells of changes. */
void
init_rules(void)
{
	CacheRegisterRelcacheCallback(rule_changed_on_relation, (Datum) 0);
	CacheRegisterSyscacheCallback(AUTHOID, rule_changed_on_role, (Datum) 0);
}

/* Reads built anew when it changed. */
static void
load_built(void)
{
	while (built_views == NULL || built_loaded != built_generation)
	{
		uint64 started = built_generation;
		MemoryContext context =
			AllocSetContextCreate(CurTransactionContext, "leerid generated views", ALLOCSET_SMALL_SIZES);
		built_hash *views = built_create(context, 64, NULL);
		TableScan scan;
		HeapTuple row;

		open_scan(&scan, REL_built, NO_INDEX, NULL, 0, NULL);
		while (HeapTupleIsValid(row = next_row(&scan)))
		{
			bool found;
			BuiltView *view =
				built_insert(views, DatumGetObjectId(row_value(&scan, row, BUILT_RELATION)), &found);

			view->purpose = DatumGetInt32(row_value(&scan, row, BUILT_PURPOSE));
			view->protocol = DatumGetInt32(row_value(&scan, row, BUILT_PROTOCOL));
			/* what pg_upgrade carried over is no more from here than what a copy brought */
			view->database =
				(uint64) DatumGetInt64(row_value(&scan, row, BUILT_CLUSTER)) == GetSystemIdentifier()
					? DatumGetObjectId(row_value(&scan, row, BUILT_DATABASE))
					: InvalidOid;
		}
		close_scan(&scan);
		MemoryContextSetParent(context, CacheMemoryContext);
		if (built_context != NULL)
			MemoryContextDelete(built_context);
		built_context = context;
		built_views = views;
		built_loaded = started;
	}
}

/* The purpose that a generated view serves, or 0 when it is none. */
int32
purpose_of_view(Oid view, int32 *protocol, Oid *database)
{
	BuiltView *entry;

	load_built();
	entry = built_lookup(built_views, view);
	if (entry == NULL)
		return 0;
	*protocol = entry->protocol;
	*database = entry->database;
	return entry->purpose;
}

/* The entry of any view of a purpose that was made in this database, or NULL. */
static BuiltView *
view_of_purpose(int32 purpose)
{
	built_iterator iterator;
	BuiltView *view;

	load_built();
	built_start_iterate(built_views, &iterator);
	while ((view = built_iterate(built_views, &iterator)) != NULL)
		if (view->purpose == purpose && view->database == MyDatabaseId)
			return view;
	return NULL;
}

/* Whether any view stands that was made in this database. */
static bool
any_view_built(void)
{
	built_iterator iterator;
	BuiltView *view;

	load_built();
	built_start_iterate(built_views, &iterator);
	while ((view = built_iterate(built_views, &iterator)) != NULL)
		if (view->database == MyDatabaseId)
			return true;
	return false;
}

/* Whether a purpose has its views, made in this database. */
static bool
purpose_is_built(int32 purpose)
{
	return view_of_purpose(purpose) != NULL;
}

/*
 * LR002 unless a purpose, or any when it is 0, has views that were made in this
 * database: what was restored or copied acts for nobody until it is rebuilt.
 */
void
check_built(int32 purpose)
{
	AcceptInvalidationMessages();
	if (purpose == 0 ? any_view_built() : purpose_is_built(purpose))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_LEERID_NOT_BUILT), errmsg("no views of this purpose were made in this database"),
			 errhint("Activate its protocol; after a restore or in a copy, SELECT leerid.rebuild(), as a "
					 "member of leerid_admin.")));
}

/* Brings the moment forward until which the rules are good. */
static void
good_until(PurposeRules *rules, TimestampTz moment)
{
	if (moment < rules->until)
		rules->until = moment;
}

/*
 * Whether a protocol row is in force at a moment; *next becomes the first moment
 * after it at which that changes, if it does.
 */
static bool
row_in_force(TableScan *scan, HeapTuple row, TimestampTz moment, TimestampTz *next)
{
	TimestampTz from, to;

	if (row_is_null(scan, row, PROTOCOL_ACTIVATED_AT))
		return false;
	from = DatumGetTimestampTz(row_value(scan, row, PROTOCOL_ACTIVATED_AT));
	to = row_is_null(scan, row, PROTOCOL_ENDED_AT)
			 ? DT_NOEND
			 : DatumGetTimestampTz(row_value(scan, row, PROTOCOL_ENDED_AT));
	if (moment < from)
		*next = from;
	else if (moment < to)
		*next = to;
	return from <= moment && moment < to;
}

/* Whether a version of a protocol is in force. */
static bool
protocol_in_force(int32 protocol, TimestampTz moment, TimestampTz *next)
{
	TableScan scan;
	ScanKeyData key;
	HeapTuple row;
	bool result;

	ScanKeyInit(&key, PROTOCOL_ID, BTEqualStrategyNumber, F_INT4EQ, Int32GetDatum(protocol));
	open_scan(&scan, REL_protocol, REL_protocol_pkey, NULL, 1, &key);
	row = next_row(&scan);
	result = HeapTupleIsValid(row) && row_in_force(&scan, row, moment, next);
	close_scan(&scan);
	return result;
}

/* Reads the version: its parties, its entry, whether it is in force. */
static bool
load_protocol(PurposeRules *rules, TimestampTz moment)
{
	TableScan scan;
	ScanKeyData key;
	HeapTuple row;
	TimestampTz next = DT_NOEND;

	ScanKeyInit(&key, PROTOCOL_ID, BTEqualStrategyNumber, F_INT4EQ, Int32GetDatum(rules->protocol));
	open_scan(&scan, REL_protocol, REL_protocol_pkey, NULL, 1, &key);
	row = next_row(&scan);
	if (HeapTupleIsValid(row))
	{
		rules->protocol_code = TextDatumGetCString(row_value(&scan, row, PROTOCOL_CODE));
		rules->recipient = DatumGetInt32(row_value(&scan, row, PROTOCOL_RECIPIENT));
		rules->per_school =
			strcmp(TextDatumGetCString(row_value(&scan, row, PROTOCOL_ENTRY)), "akkoord_per_school") == 0;
		rules->in_force = row_in_force(&scan, row, moment, &next);
		good_until(rules, next);
	}
	close_scan(&scan);
	return HeapTupleIsValid(row);
}

/* The texts of a text[] without nulls. */
static char **
read_texts(Datum array, int *count)
{
	Datum *values;
	char **texts;

	deconstruct_array(DatumGetArrayTypePCopy(array), TEXTOID, -1, false, TYPALIGN_INT, &values, NULL, count);
	texts = palloc(sizeof(char *) * (*count + 1));
	for (int i = 0; i < *count; i++)
		texts[i] = TextDatumGetCString(values[i]);
	return texts;
}

/* Reads the terms of the purpose in that version. */
static bool
load_terms(PurposeRules *rules)
{
	TableScan scan;
	ScanKeyData key[2];
	HeapTuple row;

	ScanKeyInit(&key[0], PURPOSE_TERMS_PROTOCOL, BTEqualStrategyNumber, F_INT4EQ,
				Int32GetDatum(rules->protocol));
	ScanKeyInit(&key[1], PURPOSE_TERMS_PURPOSE, BTEqualStrategyNumber, F_INT4EQ,
				Int32GetDatum(rules->purpose));
	open_scan(&scan, REL_purpose_terms, REL_purpose_terms_pkey, NULL, 2, key);
	row = next_row(&scan);
	if (HeapTupleIsValid(row))
	{
		char *admission = TextDatumGetCString(row_value(&scan, row, PURPOSE_TERMS_ADMISSION));

		rules->admission = strcmp(admission, "enrolment") == 0 ? ADMIT_ENROLMENT
						   : strcmp(admission, "dossier") == 0 ? ADMIT_DOSSIER
															   : ADMIT_AKKOORD;
		rules->at_login =
			strcmp(TextDatumGetCString(row_value(&scan, row, PURPOSE_TERMS_PERIODICITY)), "at_login") == 0;
		rules->visibility_required = DatumGetBool(row_value(&scan, row, PURPOSE_TERMS_VISIBILITY_REQUIRED));
		rules->feed = DatumGetBool(row_value(&scan, row, PURPOSE_TERMS_FEED));
		rules->levels = read_texts(row_value(&scan, row, PURPOSE_TERMS_LEVELS), &rules->level_count);
		rules->services = read_texts(row_value(&scan, row, PURPOSE_TERMS_SERVICES), &rules->service_count);
		rules->mfa = DatumGetBool(row_value(&scan, row, PURPOSE_TERMS_MFA));
		rules->retention = *DatumGetIntervalP(row_value(&scan, row, PURPOSE_TERMS_RETENTION));
	}
	close_scan(&scan);
	return HeapTupleIsValid(row);
}

/* Whether the recipient has a decretal basis for an element on the rules' day. */
static bool
has_basis(PurposeRules *rules, const char *element)
{
	TableScan scan;
	ScanKeyData key[2];
	HeapTuple row;
	bool found = false;

	ScanKeyInit(&key[0], DECRETAL_BASIS_PARTY, BTEqualStrategyNumber, F_INT4EQ,
				Int32GetDatum(rules->recipient));
	ScanKeyInit(&key[1], DECRETAL_BASIS_ELEMENT, BTEqualStrategyNumber, F_TEXTEQ,
				CStringGetTextDatum(element));
	key[1].sk_collation = DEFAULT_COLLATION_OID;
	open_scan(&scan, REL_decretal_basis, REL_decretal_basis_pkey, NULL, 2, key);
	while (!found && HeapTupleIsValid(row = next_row(&scan)))
		found = DatumGetDateADT(row_value(&scan, row, DECRETAL_BASIS_VALID_FROM)) <= rules->day &&
				rules->day <= DatumGetDateADT(row_value(&scan, row, DECRETAL_BASIS_VALID_TO));
	close_scan(&scan);
	return found;
}

/*
 * Reads the term of class information from the class protocol as it is built;
 * without one nothing is shared, so there is nothing to keep.
 */
static void
load_class_term(PurposeRules *rules)
{
	TableScan scan;
	HeapTuple row;

	open_scan(&scan, REL_purpose_terms, NO_INDEX, NULL, 0, NULL);
	while (!rules->has_class_term && HeapTupleIsValid(row = next_row(&scan)))
	{
		BuiltView *view = view_of_purpose(DatumGetInt32(row_value(&scan, row, PURPOSE_TERMS_PURPOSE)));

		if (view == NULL || view->protocol != DatumGetInt32(row_value(&scan, row, PURPOSE_TERMS_PROTOCOL)) ||
			strcmp(TextDatumGetCString(row_value(&scan, row, PURPOSE_TERMS_ADMISSION)), "akkoord") != 0)
			continue;
		rules->class_term = *DatumGetIntervalP(row_value(&scan, row, PURPOSE_TERMS_RETENTION));
		rules->has_class_term = true;
	}
	close_scan(&scan);
}

/* Reads the elements, in the order of article 3. */
static void
load_elements(PurposeRules *rules)
{
	TableScan scan;
	ScanKeyData key[2];
	HeapTuple row;
	int room = 8;

	rules->elements = palloc(sizeof(ElementRule) * room);
	ScanKeyInit(&key[0], ELEMENT_PROTOCOL, BTEqualStrategyNumber, F_INT4EQ, Int32GetDatum(rules->protocol));
	ScanKeyInit(&key[1], ELEMENT_PURPOSE, BTEqualStrategyNumber, F_INT4EQ, Int32GetDatum(rules->purpose));
	open_scan(&scan, REL_element, REL_element_pkey, NULL, 2, key);
	while (HeapTupleIsValid(row = next_row(&scan)))
	{
		ElementRule *element;

		if (rules->element_count == room)
			rules->elements = repalloc(rules->elements, sizeof(ElementRule) * (room *= 2));
		element = &rules->elements[rules->element_count++];
		memset(element, 0, sizeof(*element));
		element->name = TextDatumGetCString(row_value(&scan, row, ELEMENT_NAME));
		if (!row_is_null(&scan, row, ELEMENT_CLAIM))
			element->claim = TextDatumGetCString(row_value(&scan, row, ELEMENT_CLAIM));
		element->unidentified = DatumGetBool(row_value(&scan, row, ELEMENT_UNIDENTIFIED));
		if (!row_is_null(&scan, row, ELEMENT_CONDITION))
		{
			char *condition = TextDatumGetCString(row_value(&scan, row, ELEMENT_CONDITION));

			element->condition = strcmp(condition, "decretal_basis") == 0 ? DECRETAL_BASIS
								 : strcmp(condition, "identified") == 0	  ? IDENTIFIED
																		  : CLASS_SHARED;
		}
	}
	close_scan(&scan);
	for (int i = 0; i < rules->element_count; i++)
		if (rules->elements[i].condition == DECRETAL_BASIS)
			rules->elements[i].basis = has_basis(rules, rules->elements[i].name);
		else if (rules->elements[i].condition == CLASS_SHARED)
			load_class_term(rules);
}

/*
 * Whether a role is the one that was bound: in the cluster that numbered it the
 * number decides, so that nobody inherits a binding with a name.
 */
static bool
is_same_role(TableScan *scan, HeapTuple row, Oid role)
{
	if (row_is_null(scan, row, BINDING_CLUSTER) ||
		(uint64) DatumGetInt64(row_value(scan, row, BINDING_CLUSTER)) != GetSystemIdentifier())
		return true;
	return !row_is_null(scan, row, BINDING_ROLE) &&
		   DatumGetObjectId(row_value(scan, row, BINDING_ROLE)) == role;
}

/* Whether a binding is one that this version still allows: its service, and how its holder is known. */
static bool
is_allowed(const PurposeRules *rules, TableScan *scan, HeapTuple row)
{
	char *service = TextDatumGetCString(row_value(scan, row, BINDING_SERVICE));

	if (rules->mfa && !DatumGetBool(row_value(scan, row, BINDING_MFA)))
		return false;
	for (int i = 0; i < rules->service_count; i++)
		if (strcmp(rules->services[i], service) == 0)
			return true;
	return false;
}

/* Reads the standing bindings. */
static void
load_bound(PurposeRules *rules)
{
	TableScan scan;
	ScanKeyData key;
	HeapTuple row;
	int room = 4;

	rules->bound = palloc(sizeof(BoundRole) * room);
	ScanKeyInit(&key, BINDING_PURPOSE, BTEqualStrategyNumber, F_INT4EQ, Int32GetDatum(rules->purpose));
	open_scan(&scan, REL_binding, REL_binding_purpose, NULL, 1, &key);
	while (HeapTupleIsValid(row = next_row(&scan)))
	{
		BoundRole *bound;
		Oid role;

		if (!row_is_null(&scan, row, BINDING_ENDED_AT) ||
			DatumGetDateADT(row_value(&scan, row, BINDING_CONFIDENTIALITY_SINCE)) > rules->day ||
			!is_allowed(rules, &scan, row))
			continue;
		role = get_role_oid(NameStr(*DatumGetName(row_value(&scan, row, BINDING_LOGIN_ROLE))), true);
		if (!OidIsValid(role) || !is_same_role(&scan, row, role))
			continue;
		if (rules->bound_count == room)
			rules->bound = repalloc(rules->bound, sizeof(BoundRole) * (room *= 2));
		bound = &rules->bound[rules->bound_count++];
		bound->role = role;
		bound->direct = DatumGetBool(row_value(&scan, row, BINDING_DIRECT));
		bound->names_officer = DatumGetBool(row_value(&scan, row, BINDING_NAMES_OFFICER));
	}
	close_scan(&scan);
}

/* Reads the recipient's applications that serve the purpose. */
static void
load_applications(PurposeRules *rules)
{
	TableScan scan;
	ScanKeyData key;
	HeapTuple row;
	int room = 4;

	rules->applications = palloc(sizeof(ApplicationRule) * room);
	ScanKeyInit(&key, APPLICATION_PURPOSE, BTEqualStrategyNumber, F_INT4EQ, Int32GetDatum(rules->purpose));
	open_scan(&scan, REL_application, REL_application_purpose, NULL, 1, &key);
	while (HeapTupleIsValid(row = next_row(&scan)))
	{
		ApplicationRule *application;

		if (DatumGetInt32(row_value(&scan, row, APPLICATION_PARTY)) != rules->recipient)
			continue;
		if (rules->application_count == room)
			rules->applications = repalloc(rules->applications, sizeof(ApplicationRule) * (room *= 2));
		application = &rules->applications[rules->application_count++];
		application->id = DatumGetInt32(row_value(&scan, row, APPLICATION_ID));
		application->class_integrated = DatumGetBool(row_value(&scan, row, APPLICATION_CLASS_INTEGRATED));
	}
	close_scan(&scan);
}

/* Deletes rules that nobody uses any more. */
static void
delete_unused(PurposeRules *rules)
{
	if (rules->references == 0)
		MemoryContextDelete(rules->context);
}

/* Takes the kept rules of a purpose out of the list, if there are any. */
static void
drop_kept(int32 purpose)
{
	for (PurposeRules **link = &kept; *link != NULL; link = &(*link)->next)
		if ((*link)->purpose == purpose)
		{
			PurposeRules *rules = *link;

			*link = rules->next;
			rules->references--;
			delete_unused(rules);
			return;
		}
}

/*
 * Loads the rules of a purpose as a version of its protocol has them, in memory
 * that goes with the transaction; NULL when that version does not name the
 * purpose.
 */
static PurposeRules *
load_rules(int32 purpose, int32 protocol, TimestampTz moment)
{
	MemoryContext context =
		AllocSetContextCreate(CurTransactionContext, "leerid rules", ALLOCSET_SMALL_SIZES);
	MemoryContext previous = MemoryContextSwitchTo(context);
	PurposeRules *rules = palloc0(sizeof(PurposeRules));
	bool complete;

	rules->context = context;
	rules->purpose = purpose;
	rules->protocol = protocol;
	rules->day = day_of(moment);
	rules->until = start_of_day(rules->day + 1);
	rules->generation = generation;
	complete = load_protocol(rules, moment) && load_terms(rules);
	if (complete)
	{
		load_elements(rules);
		load_bound(rules);
		load_applications(rules);
		load_hidden(rules);
	}
	MemoryContextSwitchTo(previous);
	if (complete)
		return rules;
	MemoryContextDelete(context);
	return NULL;
}

/* The rules by which a purpose's views are to be made; they go with the transaction. */
PurposeRules *
rules_to_build(int32 purpose, int32 protocol)
{
	PurposeRules *rules = load_rules(purpose, protocol, GetCurrentTimestamp());

	if (rules == NULL)
		elog(ERROR, "protocol %d does not name purpose %d", protocol, purpose);
	return rules;
}

/*
 * The rules of a purpose at a moment, loaded when those kept are overtaken by a
 * change or by the clock; NULL when the purpose has no view made in this
 * database.  Who holds them longer than a call says so by use_rules().  The
 * caller has accepted invalidations.
 */
PurposeRules *
current_rules(int32 purpose, TimestampTz moment)
{
	for (PurposeRules *rules = kept; rules != NULL; rules = rules->next)
		if (rules->purpose == purpose)
		{
			if (rules->generation == generation && moment < rules->until && day_of(moment) == rules->day)
				return rules;
			break;
		}
	drop_kept(purpose);

	for (;;)
	{
		BuiltView *view = view_of_purpose(purpose);
		PurposeRules *rules = view == NULL ? NULL : load_rules(purpose, view->protocol, moment);

		if (rules == NULL)
			return NULL;
		if (rules->generation == generation)
		{
			MemoryContextSetParent(rules->context, CacheMemoryContext);
			rules->references = 1;
			rules->next = kept;
			kept = rules;
			return rules;
		}
		MemoryContextDelete(rules->context);
		CHECK_FOR_INTERRUPTS();
	}
}

/* Keeps rules alive until release_rules(). */
void
use_rules(PurposeRules *rules)
{
	rules->references++;
}

/* The counterpart of use_rules(). */
void
release_rules(PurposeRules *rules)
{
	rules->references--;
	delete_unused(rules);
}

/* The standing binding of a role, exactly that role, or NULL. */
const BoundRole *
bound_role(const PurposeRules *rules, Oid role)
{
	for (int i = 0; i < rules->bound_count; i++)
		if (rules->bound[i].role == role)
			return &rules->bound[i];
	return NULL;
}

/* The purpose under which a role reads the tables, or 0. */
int32
direct_purpose_of(Oid role)
{
	char *name = GetUserNameFromId(role, true);
	NameData login_role;
	TableScan scan;
	ScanKeyData key;
	HeapTuple row;
	int32 purpose = 0;

	if (name == NULL)
		return 0;
	namestrcpy(&login_role, name);
	ScanKeyInit(&key, BINDING_LOGIN_ROLE, BTEqualStrategyNumber, F_NAMEEQ, NameGetDatum(&login_role));
	key.sk_collation = C_COLLATION_OID;
	open_scan(&scan, REL_binding, REL_binding_direct_once, NULL, 1, &key);
	row = next_row(&scan);
	if (HeapTupleIsValid(row))
		purpose = DatumGetInt32(row_value(&scan, row, BINDING_PURPOSE));
	close_scan(&scan);
	return purpose;
}

/* Adds a flag to a school. */
static void
mark_school(school_hash *schools, int32 number, uint8 flag)
{
	bool found;
	School *school = school_insert(schools, number, &found);

	if (!found)
		school->flags = 0;
	school->flags |= flag;
}

/*
 * Reads which schools work with the recipient, and which share class
 * information, when not done yet.
 */
void
load_schools(PurposeRules *rules)
{
	TableScan scan;
	ScanKeyData key;
	HeapTuple row;
	school_hash *schools;
	int32 version = 0;
	bool version_in_force = false;
	TimestampTz moment = GetCurrentTimestamp();

	if (rules->schools != NULL)
		return;
	schools = school_create(rules->context, 256, NULL);

	ScanKeyInit(&key, AGREEMENT_PARTY, BTEqualStrategyNumber, F_INT4EQ, Int32GetDatum(rules->recipient));
	open_scan(&scan, REL_agreement, REL_agreement_pkey, NULL, 1, &key);
	while (HeapTupleIsValid(row = next_row(&scan)))
		if (DatumGetDateADT(row_value(&scan, row, AGREEMENT_VALID_FROM)) <= rules->day &&
			rules->day <= DatumGetDateADT(row_value(&scan, row, AGREEMENT_VALID_TO)))
			mark_school(schools, DatumGetInt32(row_value(&scan, row, AGREEMENT_INSTELLINGSNUMMER)),
						SCHOOL_WORKS);
	close_scan(&scan);

	open_scan(&scan, REL_consent, REL_consent_standing, NULL, 0, NULL);
	while (HeapTupleIsValid(row = next_row(&scan)))
	{
		int32 protocol = DatumGetInt32(row_value(&scan, row, CONSENT_PROTOCOL));

		if (protocol != version)
		{
			TimestampTz next = DT_NOEND;

			version = protocol;
			version_in_force = protocol_in_force(version, moment, &next);
			good_until(rules, next);
		}
		if (version_in_force)
			mark_school(schools, DatumGetInt32(row_value(&scan, row, CONSENT_INSTELLINGSNUMMER)),
						SCHOOL_SHARES);
	}
	close_scan(&scan);
	rules->schools = (struct school_hash *) schools;
}

/* The flags of a school; load_schools() comes first. */
static inline uint8
school_flags(const PurposeRules *rules, int32 instellingsnummer)
{
	School *school = school_lookup((school_hash *) rules->schools, instellingsnummer);

	return school == NULL ? 0 : school->flags;
}

/* Whether a school works with the recipient today. */
bool
school_works(const PurposeRules *rules, int32 instellingsnummer)
{
	return (school_flags(rules, instellingsnummer) & SCHOOL_WORKS) != 0;
}

/* Whether a school shares class information. */
bool
school_shares(const PurposeRules *rules, int32 instellingsnummer)
{
	return (school_flags(rules, instellingsnummer) & SCHOOL_SHARES) != 0;
}

/* The application among those that serve the purpose, or NULL. */
const ApplicationRule *
application_rule(const PurposeRules *rules, int32 application)
{
	for (int i = 0; i < rules->application_count; i++)
		if (rules->applications[i].id == application)
			return &rules->applications[i];
	return NULL;
}

/* The element of a name, or NULL. */
const ElementRule *
element_named(const PurposeRules *rules, const char *name)
{
	for (int i = 0; i < rules->element_count; i++)
		if (strcmp(rules->elements[i].name, name) == 0)
			return &rules->elements[i];
	return NULL;
}

/* Whether a school works with a party on a day, asked of the table: for one pupil. */
bool
agreement_stands(int32 party, int32 instellingsnummer, DateADT day)
{
	TableScan scan;
	ScanKeyData key[2];
	HeapTuple row;
	bool found = false;

	ScanKeyInit(&key[0], AGREEMENT_PARTY, BTEqualStrategyNumber, F_INT4EQ, Int32GetDatum(party));
	ScanKeyInit(&key[1], AGREEMENT_INSTELLINGSNUMMER, BTEqualStrategyNumber, F_INT4EQ,
				Int32GetDatum(instellingsnummer));
	open_scan(&scan, REL_agreement, REL_agreement_pkey, NULL, 2, key);
	while (!found && HeapTupleIsValid(row = next_row(&scan)))
		found = DatumGetDateADT(row_value(&scan, row, AGREEMENT_VALID_FROM)) <= day &&
				day <= DatumGetDateADT(row_value(&scan, row, AGREEMENT_VALID_TO));
	close_scan(&scan);
	return found;
}

/* Whether a school's akkoord stands, under a version in force: for one pupil. */
bool
consent_stands(int32 instellingsnummer, TimestampTz moment)
{
	TableScan scan;
	ScanKeyData key;
	HeapTuple row;
	int32 protocol = 0;
	TimestampTz next;

	ScanKeyInit(&key, CONSENT_INSTELLINGSNUMMER, BTEqualStrategyNumber, F_INT4EQ,
				Int32GetDatum(instellingsnummer));
	open_scan(&scan, REL_consent, REL_consent_standing, NULL, 1, &key);
	row = next_row(&scan);
	if (HeapTupleIsValid(row))
		protocol = DatumGetInt32(row_value(&scan, row, CONSENT_PROTOCOL));
	close_scan(&scan);
	return protocol != 0 && protocol_in_force(protocol, moment, &next);
}

/* The trigger of every rule table: tells all sessions, this one included, at commit. */
PG_FUNCTION_INFO_V1(rule_changed);
Datum
rule_changed(PG_FUNCTION_ARGS)
{
	if (!CALLED_AS_TRIGGER(fcinfo))
		elog(ERROR, "rule_changed() is a trigger");
	CacheInvalidateRelcache(((TriggerData *) fcinfo->context)->tg_relation);
	return PointerGetDatum(NULL);
}
