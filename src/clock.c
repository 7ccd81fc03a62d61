/*
 * clock.c
 *	  What day it is, for every decision that hangs on a date: by the machine's
 *	  clock, in the one zone that leerid.time_zone names.
 *
 * A session's TimeZone moves nothing: an agreement that ends on 31 August ends
 * at midnight in Belgium, whoever asks.
 */
#include "clock.h"

#include "pgtime.h"
#include "utils/datetime.h"
#include "utils/guc.h"
#include "utils/timestamp.h"

static char *time_zone_name;
static pg_tz *time_zone;

/* leerid.time_zone must name a zone that PostgreSQL knows. */
static bool
check_time_zone(char **newval, void **extra, GucSource source)
{
	pg_tz *zone = pg_tzset(*newval);

	(void) extra;
	(void) source;
	if (zone == NULL || !pg_tz_acceptable(zone))
	{
		GUC_check_errdetail("There is no time zone of that name.");
		return false;
	}
	return true;
}

static void
assign_time_zone(const char *newval, void *extra)
{
	(void) extra;
	time_zone = pg_tzset(newval);
}

/* Defines leerid.time_zone. */
void
init_clock(void)
{
	DefineCustomStringVariable("leerid.time_zone", "The time zone in which a day begins and ends.",
							   "Agreements, rights, enrolments and terms begin and end at midnight there. "
							   "Only a superuser may change it.",
							   &time_zone_name, "Europe/Brussels", PGC_SUSET, 0, check_time_zone,
							   assign_time_zone, NULL);
}

/* The day of a moment in that zone. */
DateADT
day_of(TimestampTz moment)
{
	struct pg_tm tm;
	fsec_t fsec;
	int tz;

	if (timestamp2tm(moment, &tz, &tm, &fsec, NULL, time_zone) != 0)
		ereport(ERROR, (errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE), errmsg("timestamp out of range")));
	return date2j(tm.tm_year, tm.tm_mon, tm.tm_mday) - POSTGRES_EPOCH_JDATE;
}

/* The moment at which a day begins in that zone. */
TimestampTz
start_of_day(DateADT day)
{
	struct pg_tm tm = {0};
	TimestampTz moment;
	int tz;

	j2date(day + POSTGRES_EPOCH_JDATE, &tm.tm_year, &tm.tm_mon, &tm.tm_mday);
	tz = DetermineTimeZoneOffset(&tm, time_zone);
	if (tm2timestamp(&tm, 0, &tz, &moment) != 0)
		ereport(ERROR, (errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE), errmsg("date out of range")));
	return moment;
}
