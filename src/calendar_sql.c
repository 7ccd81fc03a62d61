/*
 * calendar_sql.c
 *	  The school calendar in SQL: the decrees' rules, with the rows of
 *	  leerid.school_calendar_override put over them.
 *
 * The table is read with the caller's own rights and snapshot, so these
 * functions are STABLE.  Everybody may read it: it is public law.
 */
#include "daterange.h"

#include "calendar.h"
#include "catalog/pg_type.h"
#include "civil.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "schooljaar.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/typcache.h"

/* Holiday name and period of the overrides of one school year. */
#define OVERRIDE_QUERY \
	"SELECT holiday, period FROM leerid.school_calendar_override" \
	" WHERE schooljaar OPERATOR(leerid.=) $1::leerid.schooljaar"

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

/* Copies the overrides that SPI just read into the calendar's holidays. */
static void
apply_override_rows(SchoolCalendar *calendar, MemoryContext keep)
{
	TypeCacheEntry *daterange = lookup_type_cache(DATERANGEOID, TYPECACHE_RANGE_INFO);

	for (uint64 i = 0; i < SPI_processed; i++)
	{
		HeapTuple row = SPI_tuptable->vals[i];
		TupleDesc desc = SPI_tuptable->tupdesc;
		bool isnull;
		Datum period = SPI_getbinval(row, desc, 2, &isnull);
		RangeBound lower, upper;
		bool empty;
		Holiday holiday = {.first = 0, .last = -1};

		range_deserialize(daterange, DatumGetRangeTypeP(period), &lower, &upper, &empty);
		if (!empty)
		{
			holiday.first = DatumGetDateADT(lower.val);
			holiday.last = DatumGetDateADT(upper.val) - 1;
		}
		holiday.name = MemoryContextStrdup(keep, SPI_getvalue(row, desc, 1));
		override_holiday(calendar, holiday);
	}
}

/*
 * Makes the calendar of a school year in the current memory context, decrees
 * and overrides; 22023 for a year before the decrees.
 */
static void
load_calendar(SchoolCalendar *calendar, int32 schooljaar)
{
	static SPIPlanPtr plan = NULL;
	MemoryContext caller = CurrentMemoryContext;
	Datum argument = Int32GetDatum(schooljaar);

	check_decreed(schooljaar);
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	if (plan == NULL)
	{
		Oid argument_type = INT4OID;
		SPIPlanPtr prepared = SPI_prepare(OVERRIDE_QUERY, 1, &argument_type);

		if (prepared == NULL || SPI_keepplan(prepared) != 0)
			elog(ERROR, "could not prepare the query on leerid.school_calendar_override");
		plan = prepared;
	}
	if (SPI_execute_plan(plan, &argument, NULL, true, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not read leerid.school_calendar_override");
	decree_holidays(calendar, schooljaar,
					MemoryContextAlloc(caller, sizeof(Holiday) * (DECREED_HOLIDAYS + SPI_processed)));
	apply_override_rows(calendar, caller);
	SPI_finish();
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

	load_calendar(&calendar, schooljaar);
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

	load_calendar(&calendar, schooljaar_of(day));
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
		load_calendar(&calendar, schooljaar);
		if (school_day_from(&calendar, from, 1, &day))
			PG_RETURN_DATEADT(day);
		from = schooljaar_first_day(schooljaar + 1);
	}
}

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

	load_calendar(&calendar, PG_GETARG_INT32(0));
	qsort(calendar.holidays, calendar.count, sizeof(Holiday), compare_holidays);
	InitMaterializedSRF(fcinfo, 0);
	for (int i = 0; i < calendar.count; i++)
	{
		const Holiday *holiday = &calendar.holidays[i];
		Datum values[2];
		bool nulls[2] = {false, false};

		if (holiday->last < holiday->first)
			continue;
		values[0] = CStringGetTextDatum(holiday->name);
		values[1] = make_daterange(holiday->first, holiday->last + 1);
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	return (Datum) 0;
}
