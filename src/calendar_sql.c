/*
 * calendar_sql.c
 *	  The school calendar in SQL: the decrees' rules, with the rows of
 *	  school_calendar_override put over them.
 *
 * The table is scanned with the snapshot of the statement, so these functions
 * are STABLE, and without SPI: no search path, no rights and no plan of anybody
 * come into it.  Everybody may read the table anyway: it is public law.
 */
#include "daterange.h"

#include "access/genam.h"
#include "access/table.h"
#include "calendar.h"
#include "catalog/pg_type.h"
#include "civil.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "schooljaar.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/typcache.h"

/* Columns of school_calendar_override, all of them NOT NULL. */
enum
{
	OVERRIDE_SCHOOLJAAR = 1,
	OVERRIDE_HOLIDAY,
	OVERRIDE_PERIOD,
	OVERRIDE_GROUND,
	OVERRIDE_COLUMNS = OVERRIDE_GROUND
};

/*
 * Raises 22023 for a school year before the decrees: rather no answer than a
 * guess.
 */
static void
check_decreed(int32 schooljaar)
{
	if (schooljaar < FIRST_DECREED_SCHOOLJAAR)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("no school calendar for schooljaar %04d-%04d", schooljaar, schooljaar + 1),
						errdetail("The decree on the organisation of the school year is of 1991.")));
}

/* Raises 55000: the owner of school_calendar_override made another table of it. */
static void
report_altered_table(void)
{
	ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
					errmsg("school_calendar_override is not the table that the extension made"),
					errhint("Give its columns their types and constraints back.")));
}

/*
 * Opens school_calendar_override beside the function that was called: by the
 * schema that the function is in, never by a name that somebody else could
 * take.  Whoever altered the table is told so.
 */
static Relation
open_overrides(FunctionCallInfo fcinfo)
{
	Oid table = get_relname_relid("school_calendar_override", get_func_namespace(fcinfo->flinfo->fn_oid));
	Relation overrides;
	TupleDesc desc;

	if (!OidIsValid(table))
		report_altered_table();
	overrides = table_open(table, AccessShareLock);
	desc = RelationGetDescr(overrides);
	if (desc->natts < OVERRIDE_COLUMNS ||
		TupleDescAttr(desc, OVERRIDE_SCHOOLJAAR - 1)->attlen != sizeof(int32) ||
		TupleDescAttr(desc, OVERRIDE_HOLIDAY - 1)->atttypid != TEXTOID ||
		TupleDescAttr(desc, OVERRIDE_PERIOD - 1)->atttypid != DATERANGEOID ||
		TupleDescAttr(desc, OVERRIDE_GROUND - 1)->atttypid != TEXTOID)
		report_altered_table();
	return overrides;
}

/* The holiday that a row of the table says, in the current memory context. */
static Holiday
override_of_row(HeapTuple row, TupleDesc desc, TypeCacheEntry *daterange)
{
	bool no_holiday, no_period, no_ground;
	Datum holiday = heap_getattr(row, OVERRIDE_HOLIDAY, desc, &no_holiday);
	Datum period = heap_getattr(row, OVERRIDE_PERIOD, desc, &no_period);
	Datum ground = heap_getattr(row, OVERRIDE_GROUND, desc, &no_ground);
	RangeBound lower, upper;
	bool empty;
	Holiday result = {.first = 0, .last = -1};

	if (no_holiday || no_period || no_ground)
		report_altered_table();
	range_deserialize(daterange, DatumGetRangeTypeP(period), &lower, &upper, &empty);
	if (!empty && (lower.infinite || upper.infinite))
		report_altered_table();
	if (!empty)
	{
		result.first = DatumGetDateADT(lower.val);
		result.last = DatumGetDateADT(upper.val) - 1;
	}
	result.name = TextDatumGetCString(holiday);
	result.ground = TextDatumGetCString(ground);
	return result;
}

/*
 * Makes the calendar of a school year in the current memory context, decrees
 * and overrides; 22023 for a year before the decrees.
 */
static void
load_calendar(FunctionCallInfo fcinfo, SchoolCalendar *calendar, int32 schooljaar)
{
	TypeCacheEntry *daterange = lookup_type_cache(DATERANGEOID, TYPECACHE_RANGE_INFO);
	Relation overrides;
	SysScanDesc scan;
	ScanKeyData key;
	HeapTuple row;
	int room = DECREED_HOLIDAYS;

	check_decreed(schooljaar);
	decree_holidays(calendar, schooljaar, palloc(sizeof(Holiday) * room));

	overrides = open_overrides(fcinfo);
	ScanKeyInit(&key, OVERRIDE_SCHOOLJAAR, BTEqualStrategyNumber, F_INT4EQ, Int32GetDatum(schooljaar));
	scan = systable_beginscan(overrides, InvalidOid, false, GetActiveSnapshot(), 1, &key);
	while (HeapTupleIsValid(row = systable_getnext(scan)))
	{
		if (calendar->count == room)
		{
			room *= 2;
			calendar->holidays = repalloc(calendar->holidays, sizeof(Holiday) * room);
		}
		override_holiday(calendar, override_of_row(row, RelationGetDescr(overrides), daterange));
	}
	systable_endscan(scan);
	table_close(overrides, AccessShareLock);
}

/* The school year of a day; 22008 for a day that has none. */
static int32
schooljaar_of(DateADT day)
{
	int32_t schooljaar;

	if (!schooljaar_of_day(day, &schooljaar))
		ereport(ERROR, (errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
						errmsg("date out of range for the school calendar")));
	return schooljaar;
}

/* The nth school day of a school year from a day on, or NULL. */
static Datum
nth_school_day(FunctionCallInfo fcinfo, int month, int nth)
{
	int32 schooljaar = PG_GETARG_INT32(0);
	SchoolCalendar calendar;
	int32_t day;

	load_calendar(fcinfo, &calendar, schooljaar);
	if (!school_day_from(&calendar, day_number(month >= 9 ? schooljaar : schooljaar + 1, month, 1), nth,
						 &day))
		PG_RETURN_NULL();
	PG_RETURN_DATEADT(day);
}

/* first_school_day(schooljaar). */
PG_FUNCTION_INFO_V1(first_school_day);
Datum
first_school_day(PG_FUNCTION_ARGS)
{
	return nth_school_day(fcinfo, 9, 1);
}

/* third_school_day(schooljaar). */
PG_FUNCTION_INFO_V1(third_school_day);
Datum
third_school_day(PG_FUNCTION_ARGS)
{
	return nth_school_day(fcinfo, 9, 3);
}

/* teldag(schooljaar): the first school day of February. */
PG_FUNCTION_INFO_V1(teldag);
Datum
teldag(PG_FUNCTION_ARGS)
{
	return nth_school_day(fcinfo, 2, 1);
}

/* is_school_day(date). */
PG_FUNCTION_INFO_V1(is_school_day);
Datum
is_school_day(PG_FUNCTION_ARGS)
{
	DateADT day = PG_GETARG_DATEADT(0);
	SchoolCalendar calendar;

	load_calendar(fcinfo, &calendar, schooljaar_of(day));
	PG_RETURN_BOOL(is_school_day_in(&calendar, day));
}

/* next_school_day(date): the first school day on or after a day. */
PG_FUNCTION_INFO_V1(next_school_day);
Datum
next_school_day(PG_FUNCTION_ARGS)
{
	DateADT from = PG_GETARG_DATEADT(0);

	for (;;)
	{
		int32 schooljaar = schooljaar_of(from);
		SchoolCalendar calendar;
		int32_t day;

		CHECK_FOR_INTERRUPTS();
		load_calendar(fcinfo, &calendar, schooljaar);
		if (school_day_from(&calendar, from, 1, &day))
			PG_RETURN_DATEADT(day);
		from = schooljaar_first_day(schooljaar + 1);
	}
}

/* Order in time, then by name, for qsort. */
static int
compare_holidays(const void *a, const void *b)
{
	const Holiday *left = a, *right = b;

	if (left->first != right->first)
		return left->first < right->first ? -1 : 1;
	return strcmp(left->name, right->name);
}

/* school_holidays(schooljaar): a row for each, in order of time. */
PG_FUNCTION_INFO_V1(school_holidays);
Datum
school_holidays(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	SchoolCalendar calendar;

	load_calendar(fcinfo, &calendar, PG_GETARG_INT32(0));
	qsort(calendar.holidays, calendar.count, sizeof(Holiday), compare_holidays);
	InitMaterializedSRF(fcinfo, 0);
	for (int i = 0; i < calendar.count; i++)
	{
		const Holiday *holiday = &calendar.holidays[i];
		Datum values[3] = {0};
		bool nulls[3] = {false, false, holiday->ground == NULL};

		if (holiday->last < holiday->first)
			continue;
		values[0] = CStringGetTextDatum(holiday->name);
		values[1] = make_daterange(holiday->first, holiday->last + 1);
		if (holiday->ground != NULL)
			values[2] = CStringGetTextDatum(holiday->ground);
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	return (Datum) 0;
}
