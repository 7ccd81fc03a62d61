/*
 * login.c
 *	  One pupil enters one application: granted or refused, and what is handed
 *	  over.
 *
 * The identity provider calls it after it has authenticated the pupil.  The
 * conditions are those of the application's purpose and no others.  A refusal is
 * an answer with a reason, hands over nothing and changes nothing; a granted
 * login of a protocol that gives data at logins only replaces the recipient's
 * record in the same call.
 *
 * The pupil may be merged at the same time.  All that is said of him is read from
 * one snapshot, the latest.  Before a record is written his row is locked, FOR
 * KEY SHARE, as by all that writes rows that reference him, and always before the
 * record; and all is read again.  So the record is of the pupil whom the account
 * stands for when the login commits.  Where nothing is written, the login counts
 * only if the key stands for the same pupil after the rules were asked as before.
 */
#include "compat.h"

#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "admission.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "clock.h"
#include "errors.h"
#include "executor/spi.h"
#include "executor/tuptable.h"
#include "frame.h"
#include "funcapi.h"
#include "given.h"
#include "hidden.h"
#include "insz.h"
#include "query.h"
#include "relations.h"
#include "scalar.h"
#include "subtransaction.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/inval.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/snapmgr.h"
#include "utils/uuid.h"

/* How often a login looks again for a pupil who is merged meanwhile; each time a merge was committed. */
#define MAX_ATTEMPTS 100

/* An application as its row says. */
typedef struct Application
{
	int32 id;
	int32 party;
	bool configured; /* has a purpose */
	int32 purpose;
} Application;

/* What a pupil logs in by: one of the two. */
typedef struct Key
{
	const pg_uuid_t *account_uuid;
	const pg_uuid_t *leer_id_uuid;
} Key;

/* A pupil as found by a key, and what the login answers with. */
typedef struct Pupil
{
	int64 id;
	bool identified;
	pg_uuid_t leer_id_uuid;
	bool has_insz;
	int64 insz;
	Datum naam, voornaam;
	pg_uuid_t account_uuid;
	Datum *historiek; /* ascending */
	int historiek_count;
	Enrolments enrolments;
} Pupil;

/* The application of a code; LR030 when there is none. */
static Application
find_application(text *code)
{
	Application application = {0};
	TableScan scan;
	ScanKeyData key;
	HeapTuple row;

	ScanKeyInit(&key, APPLICATION_CODE, BTEqualStrategyNumber, F_TEXTEQ, PointerGetDatum(code));
	key.sk_collation = DEFAULT_COLLATION_OID;
	open_scan(&scan, REL_application, REL_application_code_key, NULL, 1, &key);
	row = next_row(&scan);
	if (!HeapTupleIsValid(row))
		ereport(ERROR, (errcode(ERRCODE_LEERID_UNKNOWN_APPLICATION),
						errmsg("there is no application \"%s\"", text_to_cstring(code))));
	application.id = DatumGetInt32(row_value(&scan, row, APPLICATION_ID));
	application.party = DatumGetInt32(row_value(&scan, row, APPLICATION_PARTY));
	application.configured = !row_is_null(&scan, row, APPLICATION_PURPOSE);
	if (application.configured)
		application.purpose = DatumGetInt32(row_value(&scan, row, APPLICATION_PURPOSE));
	close_scan(&scan);
	return application;
}

/*
 * The rules that a login in an application goes by.  A wrong set-up is an error
 * that names what is missing: LR031 no purpose, or one that admits no pupils;
 * LR002 the purpose has no views in this database; LR032 the application is not
 * of the protocol's recipient.
 */
static PurposeRules *
rules_of_application(const Application *application, text *code)
{
	PurposeRules *rules;
	char *name = text_to_cstring(code);

	if (!application->configured)
		ereport(ERROR,
				(errcode(ERRCODE_LEERID_APPLICATION_NOT_CONFIGURED),
				 errmsg("application \"%s\" is not configured", name),
				 errdetail("It serves no purpose of any protocol."), errhint("Set application.purpose.")));
	rules = current_rules(application->purpose, GetCurrentTimestamp());
	if (rules == NULL)
		ereport(ERROR, (errcode(ERRCODE_LEERID_NOT_BUILT),
						errmsg("the purpose of application \"%s\" is not built in this database", name),
						errhint("Activate its protocol; after a restore, SELECT leerid.rebuild().")));
	if (rules->recipient != application->party)
		ereport(ERROR,
				(errcode(ERRCODE_LEERID_APPLICATION_OF_ANOTHER),
				 errmsg("application \"%s\" belongs to another party than the protocol's recipient", name),
				 errdetail("Protocol \"%s\" gives nothing to that party.", rules->protocol_code)));
	if (rules->admission != ADMIT_ENROLMENT)
		ereport(ERROR, (errcode(ERRCODE_LEERID_APPLICATION_NOT_CONFIGURED),
						errmsg("application \"%s\" is not configured", name),
						errdetail("Its purpose in protocol \"%s\" is not one for logins of pupils.",
								  rules->protocol_code)));
	return rules;
}

/* Adds an account to the history, ascending. */
static void
add_historic(Pupil *pupil, const pg_uuid_t *account)
{
	int at = pupil->historiek_count++;
	pg_uuid_t *copy = palloc(sizeof(pg_uuid_t));

	*copy = *account;
	pupil->historiek = at == 0 ? palloc(sizeof(Datum)) : repalloc(pupil->historiek, sizeof(Datum) * (at + 1));
	while (at > 0 && memcmp(DatumGetUUIDP(pupil->historiek[at - 1]), copy, sizeof(*copy)) > 0)
	{
		pupil->historiek[at] = pupil->historiek[at - 1];
		at--;
	}
	pupil->historiek[at] = UUIDPGetDatum(copy);
}

/*
 * Reads a pupil's accounts: settles which account the login answers with (the
 * one used, or the principal one for a historic one or a login by leer_id_uuid),
 * and which accounts make the history.
 */
static bool
read_accounts(Pupil *pupil, const pg_uuid_t *used)
{
	TableScan scan;
	ScanKeyData key;
	HeapTuple row;
	bool live = false, answered = false;

	ScanKeyInit(&key, ACCOUNT_LEERLING, BTEqualStrategyNumber, F_INT8EQ, Int64GetDatum(pupil->id));
	open_scan(&scan, REL_account, REL_account_leerling, GetActiveSnapshot(), 1, &key);
	while (HeapTupleIsValid(row = next_row(&scan)))
	{
		pg_uuid_t *account = DatumGetUUIDP(row_value(&scan, row, ACCOUNT_ACCOUNT_UUID));
		bool is_used = used != NULL && memcmp(account, used, sizeof(*account)) == 0 &&
					   !DatumGetBool(row_value(&scan, row, ACCOUNT_HISTORIC));

		if (is_used || (!live && DatumGetBool(row_value(&scan, row, ACCOUNT_PRINCIPAL))))
		{
			pupil->account_uuid = *account;
			live = live || is_used;
			answered = true;
		}
		if (pupil->identified && DatumGetBool(row_value(&scan, row, ACCOUNT_WITHOUT_INSZ)))
			add_historic(pupil, account);
	}
	close_scan(&scan);

	/* less the one delivered beside it */
	for (int i = 0; i < pupil->historiek_count; i++)
		if (memcmp(DatumGetUUIDP(pupil->historiek[i]), &pupil->account_uuid, sizeof(pg_uuid_t)) == 0)
		{
			memmove(&pupil->historiek[i], &pupil->historiek[i + 1],
					sizeof(Datum) * (pupil->historiek_count - i - 1));
			pupil->historiek_count--;
			break;
		}
	return answered;
}

/* The number of the record that a key stands for, as the active snapshot has it; 0 when there is none. */
static int64
find_record(const Key *used)
{
	TableScan scan;
	ScanKeyData key;
	HeapTuple row;
	int64 id = 0;

	if (used->account_uuid != NULL)
	{
		ScanKeyInit(&key, ACCOUNT_ACCOUNT_UUID, BTEqualStrategyNumber, F_UUID_EQ,
					UUIDPGetDatum(used->account_uuid));
		open_scan(&scan, REL_account, REL_account_pkey, GetActiveSnapshot(), 1, &key);
		row = next_row(&scan);
		if (HeapTupleIsValid(row))
			id = DatumGetInt64(row_value(&scan, row, ACCOUNT_LEERLING));
		close_scan(&scan);
		return id;
	}
	ScanKeyInit(&key, LEERLING_LEER_ID_UUID, BTEqualStrategyNumber, F_UUID_EQ,
				UUIDPGetDatum(used->leer_id_uuid));
	open_scan(&scan, REL_leerling, REL_leerling_leer_id_uuid_key, GetActiveSnapshot(), 1, &key);
	row = next_row(&scan);
	if (HeapTupleIsValid(row))
		id = DatumGetInt64(row_value(&scan, row, LEERLING_ID));
	close_scan(&scan);
	if (id != 0)
		return id;
	ScanKeyInit(&key, ABSORBED_LEER_ID_UUID, BTEqualStrategyNumber, F_UUID_EQ,
				UUIDPGetDatum(used->leer_id_uuid));
	open_scan(&scan, REL_absorbed_leerling, REL_absorbed_leerling_leer_id_uuid_key, GetActiveSnapshot(), 1,
			  &key);
	row = next_row(&scan);
	if (HeapTupleIsValid(row))
		id = DatumGetInt64(row_value(&scan, row, ABSORBED_INTO_LEERLING));
	close_scan(&scan);
	return id;
}

/* Finds a pupil by a key; whether there is one. */
static bool
find_pupil(const Key *used, Pupil *pupil)
{
	TableScan scan;
	ScanKeyData key;
	HeapTuple row;
	bool found;

	memset(pupil, 0, sizeof(*pupil));
	pupil->id = find_record(used);
	if (pupil->id == 0)
		return false;
	ScanKeyInit(&key, LEERLING_ID, BTEqualStrategyNumber, F_INT8EQ, Int64GetDatum(pupil->id));
	open_scan(&scan, REL_leerling, REL_leerling_pkey, GetActiveSnapshot(), 1, &key);
	row = next_row(&scan);
	found = HeapTupleIsValid(row);
	if (found)
	{
		pupil->identified = !row_is_null(&scan, row, LEERLING_LEER_ID_UUID);
		if (pupil->identified)
			pupil->leer_id_uuid = *DatumGetUUIDP(row_value(&scan, row, LEERLING_LEER_ID_UUID));
		pupil->has_insz = !row_is_null(&scan, row, LEERLING_INSZ);
		if (pupil->has_insz)
			pupil->insz = DatumGetInt64(row_value(&scan, row, LEERLING_INSZ));
		pupil->naam = PointerGetDatum(DatumGetTextPCopy(row_value(&scan, row, LEERLING_NAAM)));
		pupil->voornaam = PointerGetDatum(DatumGetTextPCopy(row_value(&scan, row, LEERLING_VOORNAAM)));
	}
	close_scan(&scan);
	return found && read_accounts(pupil, used->account_uuid);
}

/* Whether a key stands for a record still (0: for none), by what is committed now. */
static bool
stands_for(const Key *used, int64 record)
{
	bool same;

	PushActiveSnapshot(GetLatestSnapshot());
	same = find_record(used) == record;
	PopActiveSnapshot();
	return same;
}

/*
 * Keeps a record from being absorbed until the transaction ends; false when it
 * was, or is gone.  A transaction of one snapshot that does not see the record
 * cannot write a row that references it: 40001.
 */
static bool
lock_record(int64 id)
{
	Relation table = table_open(relation_oid(REL_leerling), RowShareLock);
	TupleTableSlot *slot = table_slot_create(table, NULL);
	TableScan scan;
	ScanKeyData key;
	HeapTuple row;
	bool locked = false;

	ScanKeyInit(&key, LEERLING_ID, BTEqualStrategyNumber, F_INT8EQ, Int64GetDatum(id));
	open_scan(&scan, REL_leerling, REL_leerling_pkey, GetActiveSnapshot(), 1, &key);
	row = next_row(&scan);
	if (HeapTupleIsValid(row))
	{
		ItemPointerData place = row->t_self;
		TM_FailureData failure;
		TM_Result result =
			table_tuple_lock(table, &place, GetActiveSnapshot(), slot, GetCurrentCommandId(true),
							 LockTupleKeyShare, LockWaitBlock, TUPLE_LOCK_FLAG_FIND_LAST_VERSION, &failure);

		if (result != TM_Ok && result != TM_Deleted && result != TM_SelfModified)
			elog(ERROR, "unexpected result %d of locking a pupil", result);
		locked = result == TM_Ok;
	}
	close_scan(&scan);
	ExecDropSingleTupleTableSlot(slot);
	table_close(table, NoLock);

	if (locked && IsolationUsesXactSnapshot())
	{
		open_scan(&scan, REL_leerling, REL_leerling_pkey, GetTransactionSnapshot(), 1, &key);
		row = next_row(&scan);
		close_scan(&scan);
		if (!HeapTupleIsValid(row))
			ereport(ERROR, (errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
							errmsg("the pupil is younger than the snapshot of the transaction"),
							errhint("Repeat the transaction.")));
	}
	return locked;
}

/* Why a login is refused; NULL when it is granted. */
static const char *
refusal_of(const PurposeRules *rules, const Application *application, bool found, Pupil *pupil, DateADT day)
{
	Enrolments *enrolments = &pupil->enrolments;

	if (!rules->in_force)
		return "protocol_not_in_force";
	if (!found)
		return "unknown_account";
	if (is_hidden(rules, pupil->id))
		return is_restricted(rules, pupil->id) ? "restricted" : "objection";
	judge_enrolments(rules, pupil->id, day, GetActiveSnapshot(), enrolments);
	if (!enrolments->enrolled)
		return "no_enrolment";
	if (!enrolments->at_level)
		return "level";
	if (!enrolments->at_works)
		return "no_agreement";
	if (rules->visibility_required)
	{
		/* visible in this application, not in another of the same purpose */
		bool visible = false;

		for (int i = 0; i < enrolments->count; i++)
			visible = visible || is_visible(rules, pupil->id, enrolments->schools[i], application->id, false);
		if (!visible)
			return "not_visible";
	}
	return NULL;
}

/* Whether an element is handed over for this pupil. */
static bool
is_given(const ElementRule *element, const Pupil *pupil)
{
	if (!pupil->identified && !element->unidentified)
		return false;
	switch (element->condition)
	{
		case DECRETAL_BASIS:
			return element->basis && pupil->has_insz;
		case IDENTIFIED:
			return pupil->identified;
		case ALWAYS:
		case CLASS_SHARED:
			break;
	}
	return strcmp(element->name, "insz") != 0 || pupil->has_insz;
}

static void
push_string(JsonbParseState **state, JsonbIteratorToken token, const char *string)
{
	JsonbValue value;

	value.type = jbvString;
	value.val.string.val = unconstify(char *, string);
	value.val.string.len = strlen(string);
	(void) pushJsonbValue(state, token, &value);
}

static char *
uuid_text(const pg_uuid_t *uuid)
{
	return DatumGetCString(DirectFunctionCall1(uuid_out, UUIDPGetDatum(uuid)));
}

/*
 * Pushes the classes that the application may know: of schools that are
 * admitted, share, and made it visible, when it has class sharing integrated.
 */
static void
push_classes(JsonbParseState **state, const PurposeRules *rules, const Application *application,
			 const Pupil *pupil, DateADT day, TimestampTz moment)
{
	TableScan scan;
	ScanKeyData key[2];
	HeapTuple row;

	(void) pushJsonbValue(state, WJB_BEGIN_ARRAY, NULL);
	for (int i = 0; i < pupil->enrolments.count; i++)
	{
		int32 school = pupil->enrolments.schools[i];

		if (!consent_stands(school, moment) || !is_visible(rules, pupil->id, school, application->id, true))
			continue;
		ScanKeyInit(&key[0], KLAS_LEERLING, BTEqualStrategyNumber, F_INT8EQ, Int64GetDatum(pupil->id));
		ScanKeyInit(&key[1], KLAS_INSTELLINGSNUMMER, BTEqualStrategyNumber, F_INT4EQ, Int32GetDatum(school));
		open_scan(&scan, REL_klas, REL_klas_leerling, GetActiveSnapshot(), 2, key);
		while (HeapTupleIsValid(row = next_row(&scan)))
		{
			if (DatumGetDateADT(row_value(&scan, row, KLAS_BEGINDATUM)) > day ||
				DatumGetDateADT(row_value(&scan, row, KLAS_EINDDATUM)) < day ||
				(!row_is_null(&scan, row, KLAS_EINDE_BIJ_PAKKET) &&
				 !class_is_within_term(rules, DatumGetDateADT(row_value(&scan, row, KLAS_EINDE_BIJ_PAKKET)),
									   day)))
				continue;
			(void) pushJsonbValue(state, WJB_BEGIN_OBJECT, NULL);
			push_string(state, WJB_KEY, "instellingsnummer");
			push_string(state, WJB_VALUE, psprintf("%06d", school));
			push_string(state, WJB_KEY, "soort");
			push_string(state, WJB_VALUE, TextDatumGetCString(row_value(&scan, row, KLAS_SOORT)));
			push_string(state, WJB_KEY, "naam");
			push_string(state, WJB_VALUE, TextDatumGetCString(row_value(&scan, row, KLAS_NAAM)));
			(void) pushJsonbValue(state, WJB_END_OBJECT, NULL);
		}
		close_scan(&scan);
	}
	(void) pushJsonbValue(state, WJB_END_ARRAY, NULL);
}

/* The claims, under the protocol's names. */
static Jsonb *
make_claims(const PurposeRules *rules, const Application *application, const Pupil *pupil, DateADT day,
			TimestampTz moment)
{
	JsonbParseState *state = NULL;

	(void) pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
	for (int i = 0; i < rules->element_count; i++)
	{
		const ElementRule *element = &rules->elements[i];

		if (element->claim == NULL || !is_given(element, pupil))
			continue;
		push_string(&state, WJB_KEY, element->claim);
		if (strcmp(element->name, "insz") == 0)
		{
			char text[SCALAR_TEXT_SIZE];

			print_insz(pupil->insz, text);
			push_string(&state, WJB_VALUE, pstrdup(text));
		}
		else if (strcmp(element->name, "naam") == 0)
			push_string(&state, WJB_VALUE, TextDatumGetCString(pupil->naam));
		else if (strcmp(element->name, "voornaam") == 0)
			push_string(&state, WJB_VALUE, TextDatumGetCString(pupil->voornaam));
		else if (strcmp(element->name, "leer_id_uuid") == 0)
			push_string(&state, WJB_VALUE, uuid_text(&pupil->leer_id_uuid));
		else if (strcmp(element->name, "account_uuid") == 0)
			push_string(&state, WJB_VALUE, uuid_text(&pupil->account_uuid));
		else if (strcmp(element->name, "historiek_account_uuid") == 0)
		{
			(void) pushJsonbValue(&state, WJB_BEGIN_ARRAY, NULL);
			for (int j = 0; j < pupil->historiek_count; j++)
				push_string(&state, WJB_ELEM, uuid_text(DatumGetUUIDP(pupil->historiek[j])));
			(void) pushJsonbValue(&state, WJB_END_ARRAY, NULL);
		}
		else if (strcmp(element->name, "instellingsnummer") == 0)
		{
			(void) pushJsonbValue(&state, WJB_BEGIN_ARRAY, NULL);
			for (int j = 0; j < pupil->enrolments.count; j++)
				push_string(&state, WJB_ELEM, psprintf("%06d", pupil->enrolments.schools[j]));
			(void) pushJsonbValue(&state, WJB_END_ARRAY, NULL);
		}
		else if (strcmp(element->name, "klas") == 0)
			push_classes(&state, rules, application, pupil, day, moment);
		else
			elog(ERROR, "element \"%s\" is unknown to login", element->name);
	}
	return JsonbValueToJsonb(pushJsonbValue(&state, WJB_END_OBJECT, NULL));
}

/* Whether an element of a name is in the protocol and handed over for this pupil. */
static bool
gives(const PurposeRules *rules, const char *name, const Pupil *pupil)
{
	const ElementRule *element = element_named(rules, name);

	return element != NULL && is_given(element, pupil);
}

/* Puts what was handed over in the place of the recipient's record. */
static void
replace_record(const PurposeRules *rules, const Application *application, const Pupil *pupil, DateADT day)
{
	static SPIPlanPtr plan;
	static Oid insz_type, school_array_type;
	Datum *schools = palloc(sizeof(Datum) * (pupil->enrolments.count + 1));
	Datum values[11];
	char nulls[12] = "           ";

	query_open();
	if (plan == NULL || insz_type != own_type("insz"))
	{
		Oid types[11] = {
			INT4OID, INT8OID, INT4OID, own_type("insz"), TEXTOID,
			TEXTOID, UUIDOID, UUIDOID, UUIDARRAYOID,	 get_array_type(own_type("instellingsnummer")),
			DATEOID};

		SPIPlanPtr prepared = SPI_prepare(
			"INSERT INTO leerid.login_record AS r (purpose, leerling, application, insz, naam, voornaam,"
			" leer_id_uuid, account_uuid, historiek_account_uuid, instellingsnummer, aangemeld_op)"
			" VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
			" ON CONFLICT (purpose, leerling) DO UPDATE SET application = excluded.application,"
			" insz = excluded.insz, naam = excluded.naam, voornaam = excluded.voornaam,"
			" leer_id_uuid = excluded.leer_id_uuid, account_uuid = excluded.account_uuid,"
			" historiek_account_uuid = excluded.historiek_account_uuid,"
			" instellingsnummer = excluded.instellingsnummer, aangemeld_op = excluded.aangemeld_op",
			lengthof(types), types);
		if (prepared == NULL || SPI_keepplan(prepared) != 0)
			elog(ERROR, "could not prepare the record of a login");
		if (plan != NULL)
			SPI_freeplan(plan);
		plan = prepared;
		insz_type = types[3];
		school_array_type = types[9];
	}
	for (int i = 0; i < pupil->enrolments.count; i++)
		schools[i] = Int32GetDatum(pupil->enrolments.schools[i]);
	values[0] = Int32GetDatum(rules->purpose);
	values[1] = Int64GetDatum(pupil->id);
	values[2] = Int32GetDatum(application->id);
	values[3] = Int64GetDatum(pupil->insz);
	nulls[3] = gives(rules, "insz", pupil) ? ' ' : 'n';
	values[4] = pupil->naam;
	values[5] = pupil->voornaam;
	values[6] = UUIDPGetDatum(&pupil->leer_id_uuid);
	nulls[6] = gives(rules, "leer_id_uuid", pupil) ? ' ' : 'n';
	values[7] = UUIDPGetDatum(&pupil->account_uuid);
	values[8] = PointerGetDatum(
		construct_array(pupil->historiek, pupil->historiek_count, UUIDOID, UUID_LEN, false, TYPALIGN_CHAR));
	values[9] =
		PointerGetDatum(construct_array(schools, pupil->enrolments.count, get_element_type(school_array_type),
										sizeof(int32), true, TYPALIGN_INT));
	values[10] = DateADTGetDatum(day);
	/* so that in a REPEATABLE READ transaction, too, a record that moved along with the pupil is replaced */
	if (SPI_execute_snapshot(plan, values, nulls, GetLatestSnapshot(), InvalidSnapshot, false, true, 0) < 0)
		elog(ERROR, "could not write the record of a login");
	query_close();
}

/* Writes down which accounts a login gave. */
static void
keep_given(const PurposeRules *rules, const Pupil *pupil)
{
	pg_uuid_t *accounts = palloc(sizeof(pg_uuid_t) * (pupil->historiek_count + 1));
	int count = 0;

	if (gives(rules, "account_uuid", pupil))
		accounts[count++] = pupil->account_uuid;
	if (gives(rules, "historiek_account_uuid", pupil))
		for (int i = 0; i < pupil->historiek_count; i++)
			accounts[count++] = *DatumGetUUIDP(pupil->historiek[i]);
	give_accounts(rules, accounts, count, GetActiveSnapshot());
}

/* A login under way. */
typedef struct Login
{
	Application application;
	text *code;
	Key key;
	TimestampTz moment;
	DateADT day;
	int64 locked;		/* the record that is locked, or 0 */
	const char *reason; /* NULL: granted */
	Jsonb *claims;
} Login;

/*
 * Locks the record that is to be locked; false, and nothing is locked, when the
 * key stands for another one by then: no login waits for one pupil while it keeps
 * another.
 */
static bool
lock_locked(void *argument)
{
	const Login *login = argument;

	return lock_record(login->locked) && stands_for(&login->key, login->locked);
}

/*
 * Answers a login by the latest snapshot, and writes the record.  False when that
 * is to be done again: the pupil had to be locked first, or is another one by now.
 */
static bool
answer_login(Login *login)
{
	volatile bool answered = true;
	PurposeRules *rules;
	Pupil pupil;

	PushActiveSnapshot(GetLatestSnapshot());
	AcceptInvalidationMessages();
	rules = rules_of_application(&login->application, login->code);
	use_rules(rules);
	PG_TRY();
	{
		bool found = find_pupil(&login->key, &pupil);

		login->reason = refusal_of(rules, &login->application, found, &pupil, login->day);
		if (login->reason == NULL && rules->at_login && pupil.id != login->locked)
		{
			PreventCommandIfReadOnly("login()");
			login->locked = pupil.id;
			if (!in_subtransaction(lock_locked, login))
				login->locked = 0;
			answered = false;
		}
		else if (login->reason == NULL)
		{
			login->claims = make_claims(rules, &login->application, &pupil, login->day, login->moment);
			if (rules->at_login)
				replace_record(rules, &login->application, &pupil, login->day);
		}
		if (answered && pupil.id != login->locked)
			answered = stands_for(&login->key, pupil.id);
		if (answered && login->reason == NULL && rules->feed)
			keep_given(rules, &pupil);
	}
	PG_FINALLY();
	{
		release_rules(rules);
	}
	PG_END_TRY();
	PopActiveSnapshot();
	return answered;
}

/*
 * login(application, account_uuid, leer_id_uuid): see the top of this file.
 * Exactly one of the two keys, else 22023.
 */
PG_FUNCTION_INFO_V1(login);
Datum
login(PG_FUNCTION_ARGS)
{
	Login login = {0};
	int attempts = 0;
	TupleDesc desc;
	Datum values[3] = {0};
	bool nulls[3] = {false, false, false};

	if (!is_preloaded())
		ereport(ERROR, (errcode(ERRCODE_LEERID_NOT_PRELOADED), errmsg("leerid is not preloaded"),
						errhint("Set shared_preload_libraries = 'leerid' and restart the server.")));
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1) == PG_ARGISNULL(2))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("login() takes an application and one of account_uuid and leer_id_uuid")));
	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "login() returns a row");

	login.moment = GetCurrentTimestamp();
	login.day = day_of(login.moment);
	login.code = PG_GETARG_TEXT_PP(0);
	login.application = find_application(login.code);
	login.key.account_uuid = PG_ARGISNULL(1) ? NULL : PG_GETARG_UUID_P(1);
	login.key.leer_id_uuid = PG_ARGISNULL(2) ? NULL : PG_GETARG_UUID_P(2);
	while (!answer_login(&login))
	{
		CHECK_FOR_INTERRUPTS();
		if (++attempts == MAX_ATTEMPTS)
			ereport(ERROR, (errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
							errmsg("the pupil is merged again and again"), errhint("Repeat the login.")));
	}

	values[0] = BoolGetDatum(login.reason == NULL);
	if (login.reason != NULL)
		values[1] = CStringGetTextDatum(login.reason);
	else
		values[2] = JsonbPGetDatum(login.claims);
	nulls[1] = login.reason == NULL;
	nulls[2] = login.reason != NULL;
	return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls));
}
