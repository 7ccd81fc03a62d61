/*
 * admission.c
 *	  Whether one person is admitted under a purpose: what the views say for
 *	  all at once, asked for one by index probes.
 *
 * Enrolments, classes and dossiers are seen as the given snapshot sees them;
 * visibility, like every rule, as it is now.
 */
#include "admission.h"

#include "leerplicht.h"
#include "relations.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/fmgrprotos.h"

/* Whether a level is one that the purpose is for; all are when it names none. */
static bool
is_level(const PurposeRules *rules, const char *level)
{
	for (int i = 0; i < rules->level_count; i++)
		if (strcmp(rules->levels[i], level) == 0)
			return true;
	return rules->level_count == 0;
}

/* Whether a school works with the recipient: from the loaded set, or asked of the table. */
static bool
works_with(const PurposeRules *rules, int32 instellingsnummer, DateADT day)
{
	return rules->schools != NULL ? school_works(rules, instellingsnummer)
								  : agreement_stands(rules->recipient, instellingsnummer, day);
}

/* Adds a school to an ascending list, once. */
static void
add_school(Enrolments *result, int32 school)
{
	int at = result->count;

	while (at > 0 && result->schools[at - 1] > school)
		at--;
	if (at > 0 && result->schools[at - 1] == school)
		return;
	result->schools = result->schools == NULL
						  ? palloc(sizeof(int32))
						  : repalloc(result->schools, sizeof(int32) * (result->count + 1));
	memmove(&result->schools[at + 1], &result->schools[at], sizeof(int32) * (result->count - at));
	result->schools[at] = school;
	result->count++;
}

/* Judges a pupil's enrolments of a day by the purpose's conditions. */
void
judge_enrolments(const PurposeRules *rules, int64 leerling, DateADT day, Snapshot snapshot,
				 Enrolments *result)
{
	TableScan scan;
	ScanKeyData key[2];
	HeapTuple row;

	memset(result, 0, sizeof(*result));
	ScanKeyInit(&key[0], INSCHRIJVING_LEERLING, BTEqualStrategyNumber, F_INT8EQ, Int64GetDatum(leerling));
	ScanKeyInit(&key[1], INSCHRIJVING_EINDDATUM, BTGreaterEqualStrategyNumber, F_DATE_GE,
				DateADTGetDatum(day));
	open_scan(&scan, REL_inschrijving, REL_inschrijving_leerling, snapshot, 2, key);
	while (HeapTupleIsValid(row = next_row(&scan)))
	{
		int32 school;

		if (DatumGetDateADT(row_value(&scan, row, INSCHRIJVING_BEGINDATUM)) > day)
			continue;
		result->enrolled = true;
		if (!is_level(rules, TextDatumGetCString(row_value(&scan, row, INSCHRIJVING_NIVEAU))))
			continue;
		result->at_level = true;
		school = DatumGetInt32(row_value(&scan, row, INSCHRIJVING_INSTELLINGSNUMMER));
		if (!works_with(rules, school, day))
			continue;
		result->at_works = true;
		if (rules->visibility_required && !is_visible(rules, leerling, school, 0, false))
			continue;
		result->visible = true;
		add_school(result, school);
	}
	close_scan(&scan);
}

/*
 * Whether a school made an application visible for a pupil, now: that
 * application, or any of the purpose when it is 0; with_class asks for one that
 * has class sharing integrated.
 */
bool
is_visible(const PurposeRules *rules, int64 leerling, int32 instellingsnummer, int32 application,
		   bool with_class)
{
	TableScan scan;
	ScanKeyData key[2];
	HeapTuple row;
	bool found = false;

	ScanKeyInit(&key[0], VISIBILITY_LEERLING, BTEqualStrategyNumber, F_INT8EQ, Int64GetDatum(leerling));
	ScanKeyInit(&key[1], VISIBILITY_INSTELLINGSNUMMER, BTEqualStrategyNumber, F_INT4EQ,
				Int32GetDatum(instellingsnummer));
	open_scan(&scan, REL_visibility, REL_visibility_pkey, NULL, 2, key);
	while (!found && HeapTupleIsValid(row = next_row(&scan)))
	{
		int32 shown = DatumGetInt32(row_value(&scan, row, VISIBILITY_APPLICATION));
		const ApplicationRule *rule = application_rule(rules, shown);

		found = rule != NULL && (application == 0 || application == shown) &&
				(!with_class || rule->class_integrated);
	}
	close_scan(&scan);
	return found;
}

/* Whether a person's birth date makes it certain that the child is leerplichtig on a day. */
static bool
is_leerplichtig(int64 persoon, DateADT day, Snapshot snapshot)
{
	TableScan scan;
	ScanKeyData key;
	HeapTuple row;
	bool result = false;

	ScanKeyInit(&key, PERSOON_ID, BTEqualStrategyNumber, F_INT8EQ, Int64GetDatum(persoon));
	open_scan(&scan, REL_persoon, REL_persoon_pkey, snapshot, 1, &key);
	row = next_row(&scan);
	if (HeapTupleIsValid(row) && !row_is_null(&scan, row, PERSOON_GEBOORTEDATUM))
	{
		DaySpan span = certain_leerplicht(DatumGetInt32(row_value(&scan, row, PERSOON_GEBOORTEDATUM)));

		result = span.first <= day && day < span.end;
	}
	close_scan(&scan);
	return result;
}

/*
 * Whether a person has a dossier under the purpose that is open on a day; in
 * home education the child must be leerplichtig as well.
 */
bool
has_open_dossier(const PurposeRules *rules, int64 persoon, DateADT day, Snapshot snapshot)
{
	TableScan scan;
	ScanKeyData key;
	HeapTuple row;
	bool open = false, huisonderwijs = false;

	ScanKeyInit(&key, DOSSIER_PERSOON, BTEqualStrategyNumber, F_INT8EQ, Int64GetDatum(persoon));
	open_scan(&scan, REL_dossier, REL_dossier_persoon, snapshot, 1, &key);
	while (!open && HeapTupleIsValid(row = next_row(&scan)))
	{
		if (DatumGetInt32(row_value(&scan, row, DOSSIER_PURPOSE)) != rules->purpose)
			continue;
		open = row_is_null(&scan, row, DOSSIER_AFHANDELING) ||
			   day < DatumGetDateADT(row_value(&scan, row, DOSSIER_AFHANDELING));
		huisonderwijs =
			strcmp(TextDatumGetCString(row_value(&scan, row, DOSSIER_DOEL)), "huisonderwijs") == 0;
	}
	close_scan(&scan);
	return open && (!huisonderwijs || is_leerplichtig(persoon, day, snapshot));
}

/* Whether a term that began at an end is not over on a day. */
static bool
within_term(DateADT end, const Interval *length, DateADT day)
{
	Timestamp last;

	/* an end ahead may be too far for arithmetic */
	if (day <= end || DATE_NOT_FINITE(end))
		return day <= end;
	last = DatumGetTimestamp(
		DirectFunctionCall2(date_pl_interval, DateADTGetDatum(end), IntervalPGetDatum(length)));
	return day <= DatumGetDateADT(DirectFunctionCall1(timestamp_date, TimestampGetDatum(last)));
}

/*
 * Whether a provider may still be shown a class whose package reports an end:
 * what is past its term is hidden, purged or not.
 */
bool
class_is_within_term(const PurposeRules *rules, DateADT package_end, DateADT day)
{
	return day <= package_end || (rules->has_class_term && within_term(package_end, &rules->class_term, day));
}

/*
 * Whether class information is within its term on a day: from the end that the
 * package reports, or else the end of the last enrolment at that school.  Without
 * either there is no ground to keep it, so none to show it.
 */
bool
class_is_kept(const PurposeRules *rules, int64 leerling, int32 instellingsnummer, bool has_package_end,
			  DateADT package_end, DateADT day, Snapshot snapshot)
{
	DateADT end = DATEVAL_NOBEGIN;

	if (has_package_end)
		end = package_end;
	else
	{
		TableScan scan;
		ScanKeyData key;
		HeapTuple row;

		ScanKeyInit(&key, INSCHRIJVING_LEERLING, BTEqualStrategyNumber, F_INT8EQ, Int64GetDatum(leerling));
		open_scan(&scan, REL_inschrijving, REL_inschrijving_leerling, snapshot, 1, &key);
		while (HeapTupleIsValid(row = next_row(&scan)))
			if (DatumGetInt32(row_value(&scan, row, INSCHRIJVING_INSTELLINGSNUMMER)) == instellingsnummer)
				end = Max(end, DatumGetDateADT(row_value(&scan, row, INSCHRIJVING_EINDDATUM)));
		close_scan(&scan);
	}
	return within_term(end, &rules->retention, day);
}

/* Whether any school that shares has class information of a pupil that is within its term. */
bool
has_kept_class(const PurposeRules *rules, int64 leerling, DateADT day, Snapshot snapshot)
{
	TableScan scan;
	ScanKeyData key;
	HeapTuple row;
	bool found = false;

	ScanKeyInit(&key, KLAS_LEERLING, BTEqualStrategyNumber, F_INT8EQ, Int64GetDatum(leerling));
	open_scan(&scan, REL_klas, REL_klas_leerling, snapshot, 1, &key);
	while (!found && HeapTupleIsValid(row = next_row(&scan)))
	{
		int32 school = DatumGetInt32(row_value(&scan, row, KLAS_INSTELLINGSNUMMER));
		bool reported = !row_is_null(&scan, row, KLAS_EINDE_BIJ_PAKKET);

		found = school_shares(rules, school) &&
				class_is_kept(rules, leerling, school, reported,
							  reported ? DatumGetDateADT(row_value(&scan, row, KLAS_EINDE_BIJ_PAKKET)) : 0,
							  day, snapshot);
	}
	close_scan(&scan);
	return found;
}
