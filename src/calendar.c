/*
 * calendar.c
 *	  The school calendar by the decrees: holidays, and the school days left.
 *
 * The rules are those of the decision of the Flemish Government of 17 April
 * 1991 (primary education) and of 31 August 2001 (secondary education) on the
 * organisation of the school year.  A year may be changed by a later decision:
 * those that were are listed here, and what leerid does not know yet is an
 * override of the user's, kept where calendar_sql.c says.  A school's own days
 * off are not in it.
 *
 * Plain C: no PostgreSQL header, no allocation.
 */
#include "calendar.h"

#include "civil.h"
#include "schooljaar.h"

#include <string.h>

/* Easter Sunday of a year of the Gregorian calendar. */
int32_t
easter_sunday(int year)
{
	int golden = year % 19;
	int century = year / 100;
	int corrections = century - century / 4 - (8 * century + 13) / 25;
	int epact = (corrections + 19 * golden + 15) % 30;
	int full_moon;
	int32_t day;

	/* the two exceptions that keep the full moon before 19 April */
	if (epact == 29 || (epact == 28 && golden >= 11))
		epact--;
	full_moon = 21 + epact;
	day = day_number(year, 3, 1) + full_moon - 1;
	/* the Sunday after it */
	return day + 7 - (weekday(day) + 1) % 7;
}

/* Adds a holiday of so many days by the rules. */
static void
add_holiday(SchoolCalendar *calendar, const char *name, int32_t first, int length)
{
	Holiday *holiday = &calendar->holidays[calendar->count++];

	holiday->name = name;
	holiday->ground = NULL;
	holiday->first = first;
	holiday->last = first + length - 1;
}

/* The years that a decision changed: the holiday in the place of the rule's. */
static void
apply_decisions(SchoolCalendar *calendar)
{
	if (calendar->schooljaar == 2020)
	{
		Holiday autumn = {
			.name = "herfstvakantie",
			.ground = "Ministerieel besluit van 6 november 2020 tot verlenging van de herfstvakantie in 2020",
			.first = day_number(2020, 11, 2),
			.last = day_number(2020, 11, 15),
		};

		override_holiday(calendar, autumn);
	}
}

/*
 * Makes the calendar of a school year by the rules, and the decisions known to
 * have changed it, in room for DECREED_HOLIDAYS holidays or more.
 */
void
decree_holidays(SchoolCalendar *calendar, int32_t schooljaar, Holiday *room)
{
	int next = schooljaar + 1;
	int32_t all_saints = day_number(schooljaar, 11, 1);
	int32_t christmas = day_number(schooljaar, 12, 25);
	int32_t easter = easter_sunday(next);
	int32_t easter_holiday;

	calendar->schooljaar = schooljaar;
	calendar->count = 0;
	calendar->holidays = room;

	/* the first Monday of April, or nearer to an Easter that is early or late */
	if (easter < day_number(next, 4, 1))
		easter_holiday = easter + 1;
	else if (easter > day_number(next, 4, 15))
		easter_holiday = easter - 13;
	else
		easter_holiday = next_monday(day_number(next, 4, 1));

	add_holiday(calendar, "herfstvakantie",
				weekday(all_saints) == SUNDAY ? all_saints + 1 : monday_of(all_saints), 7);
	add_holiday(calendar, "wapenstilstand", day_number(schooljaar, 11, 11), 1);
	add_holiday(calendar, "kerstvakantie",
				weekday(christmas) >= 5 ? next_monday(christmas) : monday_of(christmas), 14);
	add_holiday(calendar, "krokusvakantie", easter - 48, 7);
	add_holiday(calendar, "paasvakantie", easter_holiday, 14);
	add_holiday(calendar, "paasmaandag", easter + 1, 1);
	add_holiday(calendar, "feest_van_de_arbeid", day_number(next, 5, 1), 1);
	add_holiday(calendar, "hemelvaart", easter + 39, 2);
	add_holiday(calendar, "pinkstermaandag", easter + 50, 1);
	add_holiday(calendar, "zomervakantie", day_number(next, 7, 1), 62);
	apply_decisions(calendar);
}

/*
 * Puts a holiday in the place of the one of that name, or adds it.  The
 * calendar has room for it.
 */
void
override_holiday(SchoolCalendar *calendar, Holiday holiday)
{
	for (int i = 0; i < calendar->count; i++)
	{
		if (strcmp(calendar->holidays[i].name, holiday.name) == 0)
		{
			calendar->holidays[i] = holiday;
			return;
		}
	}
	calendar->holidays[calendar->count++] = holiday;
}

/* Whether a day of the calendar's school year is a weekday and no holiday. */
bool
is_school_day_in(const SchoolCalendar *calendar, int32_t day)
{
	if (weekday(day) >= 5)
		return false;
	for (int i = 0; i < calendar->count; i++)
	{
		if (day >= calendar->holidays[i].first && day <= calendar->holidays[i].last)
			return false;
	}
	return true;
}

/*
 * The nth school day, counted from 1, on or after a day of the calendar's
 * school year; false when that year has no such day.
 */
bool
school_day_from(const SchoolCalendar *calendar, int32_t from, int nth, int32_t *day)
{
	int32_t end = schooljaar_first_day(calendar->schooljaar + 1);

	for (*day = from; *day < end; (*day)++)
	{
		if (is_school_day_in(calendar, *day) && --nth == 0)
			return true;
	}
	return false;
}
