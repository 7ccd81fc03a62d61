/*
 * hidden.c
 *	  Whom nobody may see under a purpose: who is under restriction (GDPR, article
 *	  18), and who objected to its protocol (article 21).
 *
 * A restriction is of a pupil, or of whoever has an INSZ or had it before it was
 * replaced, in LeerID's register and in AGODI's.
 */
#include "hidden.h"

#include "catalog/pg_collation.h"
#include "commands/trigger.h"
#include "common/hashfn.h"
#include "relations.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/inval.h"
#include "utils/rel.h"

#define HIDDEN_RESTRICTED 1
#define HIDDEN_OBJECTING 2

/* A pupil or person whom nobody may see under the purpose, asked for in every row. */
typedef struct Hidden
{
	int64 subject;
	uint8 reasons;
	char status;
} Hidden;

#define SH_PREFIX hidden
#define SH_ELEMENT_TYPE Hidden
#define SH_KEY_TYPE int64
#define SH_KEY subject
#define SH_HASH_KEY(table, key) murmurhash32((uint32) (key) ^ (uint32) ((key) >> 32))
#define SH_EQUAL(table, a, b) ((a) == (b))
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

/* Hides a subject, for one more reason. */
static void
hide_subject(PurposeRules *rules, int64 subject, uint8 reason)
{
	bool found;
	Hidden *entry;

	if (rules->hidden == NULL)
		rules->hidden = (struct hidden_hash *) hidden_create(rules->context, 64, NULL);
	entry = hidden_insert((hidden_hash *) rules->hidden, subject, &found);
	if (!found)
		entry->reasons = 0;
	entry->reasons |= reason;
}

/* Why a subject is hidden; 0 when it is not. */
static inline uint8
reasons_to_hide(const PurposeRules *rules, int64 subject)
{
	Hidden *entry;

	if (rules->hidden == NULL)
		return 0;
	entry = hidden_lookup((hidden_hash *) rules->hidden, subject);
	return entry == NULL ? 0 : entry->reasons;
}

/* The INSZ of a pupil, or 0. */
static int64
insz_of_pupil(int64 leerling)
{
	TableScan scan;
	ScanKeyData key;
	HeapTuple row;
	int64 insz = 0;

	ScanKeyInit(&key, LEERLING_ID, BTEqualStrategyNumber, F_INT8EQ, Int64GetDatum(leerling));
	open_scan(&scan, REL_leerling, REL_leerling_pkey, NULL, 1, &key);
	row = next_row(&scan);
	if (HeapTupleIsValid(row) && !row_is_null(&scan, row, LEERLING_INSZ))
		insz = DatumGetInt64(row_value(&scan, row, LEERLING_INSZ));
	close_scan(&scan);
	return insz;
}

/* The person of AGODI's register, or the pupil, with an INSZ; 0 when there is none.  Snapshot as in open_scan(). */
int64
subject_with_insz(int64 insz, bool person, Snapshot snapshot)
{
	TableScan scan;
	ScanKeyData key;
	HeapTuple row;
	int64 subject = 0;

	ScanKeyInit(&key, person ? PERSOON_INSZ : LEERLING_INSZ, BTEqualStrategyNumber, F_INT8EQ,
				Int64GetDatum(insz));
	if (person)
		open_scan(&scan, REL_persoon, REL_persoon_insz_key, snapshot, 1, &key);
	else
		open_scan(&scan, REL_leerling, REL_leerling_insz_key, snapshot, 1, &key);
	row = next_row(&scan);
	if (HeapTupleIsValid(row))
		subject = DatumGetInt64(row_value(&scan, row, person ? PERSOON_ID : LEERLING_ID));
	close_scan(&scan);
	return subject;
}

/* Hides a pupil, or the person of AGODI's register who has the pupil's INSZ. */
static void
hide_pupil(PurposeRules *rules, int64 leerling, bool persons)
{
	int64 subject = leerling;

	if (persons)
	{
		int64 insz = insz_of_pupil(leerling);

		subject = insz == 0 ? 0 : subject_with_insz(insz, true, NULL);
	}
	if (subject != 0)
		hide_subject(rules, subject, HIDDEN_RESTRICTED);
}

/*
 * Hides whoever has an INSZ: by the register, and the pupil who had it before
 * replace_insz() gave him another one.
 */
static void
hide_number(PurposeRules *rules, int64 insz, bool persons)
{
	TableScan scan;
	ScanKeyData key;
	HeapTuple row;
	int64 subject = subject_with_insz(insz, persons, NULL);

	if (subject != 0)
		hide_subject(rules, subject, HIDDEN_RESTRICTED);
	ScanKeyInit(&key, FORMER_INSZ_INSZ, BTEqualStrategyNumber, F_INT8EQ, Int64GetDatum(insz));
	open_scan(&scan, REL_former_insz, REL_former_insz_pkey, NULL, 1, &key);
	while (HeapTupleIsValid(row = next_row(&scan)))
		hide_pupil(rules, DatumGetInt64(row_value(&scan, row, FORMER_INSZ_LEERLING)), persons);
	close_scan(&scan);
}

/* Hides the persons of AGODI's register who have a number that a pupil had before. */
static void
hide_former_numbers(PurposeRules *rules, int64 leerling)
{
	TableScan scan;
	ScanKeyData key;
	HeapTuple row;

	ScanKeyInit(&key, FORMER_INSZ_LEERLING, BTEqualStrategyNumber, F_INT8EQ, Int64GetDatum(leerling));
	open_scan(&scan, REL_former_insz, REL_former_insz_leerling, NULL, 1, &key);
	while (HeapTupleIsValid(row = next_row(&scan)))
	{
		int64 subject = subject_with_insz(DatumGetInt64(row_value(&scan, row, FORMER_INSZ_INSZ)), true, NULL);

		if (subject != 0)
			hide_subject(rules, subject, HIDDEN_RESTRICTED);
	}
	close_scan(&scan);
}

/*
 * Reads who is under restriction (GDPR, article 18), and who objected to the
 * protocol (article 21) without being turned down.  A restriction of a pupil is
 * one of the person that AGODI has a dossier on, and the other way round.
 */
void
load_hidden(PurposeRules *rules)
{
	bool persons = rules->admission == ADMIT_DOSSIER;
	TableScan scan;
	ScanKeyData key;
	HeapTuple row;

	open_scan(&scan, REL_restriction, NO_INDEX, NULL, 0, NULL);
	while (HeapTupleIsValid(row = next_row(&scan)))
	{
		int64 leerling;

		if (!row_is_null(&scan, row, RESTRICTION_LIFTED_AT))
			continue;
		if (!row_is_null(&scan, row, RESTRICTION_INSZ))
		{
			hide_number(rules, DatumGetInt64(row_value(&scan, row, RESTRICTION_INSZ)), persons);
			continue;
		}
		leerling = DatumGetInt64(row_value(&scan, row, RESTRICTION_LEERLING));
		hide_pupil(rules, leerling, persons);
		if (persons)
			hide_former_numbers(rules, leerling);
	}
	close_scan(&scan);

	if (persons)
		return;
	ScanKeyInit(&key, OBJECTION_PROTOCOL_CODE, BTEqualStrategyNumber, F_TEXTEQ,
				CStringGetTextDatum(rules->protocol_code));
	key.sk_collation = DEFAULT_COLLATION_OID;
	open_scan(&scan, REL_objection, REL_objection_protocol_code, NULL, 1, &key);
	while (HeapTupleIsValid(row = next_row(&scan)))
		if (row_is_null(&scan, row, OBJECTION_UPHELD) ||
			DatumGetBool(row_value(&scan, row, OBJECTION_UPHELD)))
			hide_subject(rules, DatumGetInt64(row_value(&scan, row, OBJECTION_LEERLING)), HIDDEN_OBJECTING);
	close_scan(&scan);
}

/* Whether a subject is under restriction. */
bool
is_restricted(const PurposeRules *rules, int64 subject)
{
	return (reasons_to_hide(rules, subject) & HIDDEN_RESTRICTED) != 0;
}

/* Whether nobody may see a subject under the purpose: restriction, or objection. */
bool
is_hidden(const PurposeRules *rules, int64 subject)
{
	return reasons_to_hide(rules, subject) != 0;
}

/* Whether a restriction stands of a pupil, or on an INSZ. */
static bool
restriction_stands(RelationName index, int column, int64 value)
{
	TableScan scan;
	ScanKeyData key;
	HeapTuple row;
	bool found = false;

	ScanKeyInit(&key, column, BTEqualStrategyNumber, F_INT8EQ, Int64GetDatum(value));
	open_scan(&scan, REL_restriction, index, NULL, 1, &key);
	while (!found && HeapTupleIsValid(row = next_row(&scan)))
		found = row_is_null(&scan, row, RESTRICTION_LIFTED_AT);
	close_scan(&scan);
	return found;
}

/* Whether replace_insz() took a number, or one of a pupil's, away. */
static bool
is_former(RelationName index, int column, int64 value)
{
	TableScan scan;
	ScanKeyData key;
	bool found;

	ScanKeyInit(&key, column, BTEqualStrategyNumber, F_INT8EQ, Int64GetDatum(value));
	open_scan(&scan, REL_former_insz, index, NULL, 1, &key);
	found = HeapTupleIsValid(next_row(&scan));
	close_scan(&scan);
	return found;
}

/*
 * The trigger of the two registers of persons, and of the numbers that a pupil
 * had.  Who is restricted in the one is
 * restricted in the other, by INSZ, so that another INSZ can restrict somebody:
 * then every session reads the rules anew.  The lock makes a restriction that is
 * being registered (data_subject.c) come before or after, never beside.
 */
PG_FUNCTION_INFO_V1(insz_changed);
Datum
insz_changed(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	RelationName table;
	HeapTuple rows[2] = {NULL, NULL};

	if (!CALLED_AS_TRIGGER(fcinfo))
		elog(ERROR, "insz_changed() is a trigger of persons");
	LockRelationOid(relation_oid(REL_restriction), RowExclusiveLock);
	if (RelationGetRelid(trigger->tg_relation) == relation_oid(REL_former_insz))
	{
		CacheInvalidateRelcacheByRelid(relation_oid(REL_restriction));
		return PointerGetDatum(NULL);
	}
	if (!is_person_relation(RelationGetRelid(trigger->tg_relation), &table))
		elog(ERROR, "insz_changed() is a trigger of persons");
	rows[0] = trigger->tg_trigtuple;
	if (TRIGGER_FIRED_BY_UPDATE(trigger->tg_event))
		rows[1] = trigger->tg_newtuple;
	for (int i = 0; i < 2 && rows[i] != NULL; i++)
	{
		TupleDesc desc = RelationGetDescr(trigger->tg_relation);
		bool null;
		int64 insz = DatumGetInt64(
			heap_getattr(rows[i], table == REL_leerling ? LEERLING_INSZ : PERSOON_INSZ, desc, &null));
		int64 pupil;

		if (null)
			continue;
		pupil = table == REL_leerling ? DatumGetInt64(heap_getattr(rows[i], LEERLING_ID, desc, &null))
									  : subject_with_insz(insz, false, NULL);
		/* a number that was replaced can lead to a restriction by another way round: rare, so not followed */
		if (restriction_stands(REL_restriction_insz, RESTRICTION_INSZ, insz) ||
			is_former(REL_former_insz_pkey, FORMER_INSZ_INSZ, insz) ||
			(pupil != 0 && is_former(REL_former_insz_leerling, FORMER_INSZ_LEERLING, pupil)) ||
			(pupil != 0 && restriction_stands(REL_restriction_leerling, RESTRICTION_LEERLING, pupil)))
		{
			CacheInvalidateRelcacheByRelid(relation_oid(REL_restriction));
			break;
		}
	}
	return PointerGetDatum(NULL);
}
