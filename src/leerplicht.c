/*
 * leerplicht.c
 *	  When leerplicht begins and ends, for a birth date that may be partial.
 *
 * AGODI protocol, article 2, a): from 1 September of the year the child turns
 * six, and from 1 September 2020 on of the year it turns five; to the day
 * before the 18th birthday, or, for whoever turns 18 after 30 June, through 30
 * June of that year.  Somebody born on 29 February turns 18 on 28 February, as
 * PostgreSQL's date + interval '18 years' has it.
 *
 * The beginning follows from the year of birth alone.  The end does not, so a
 * partial birth date has two answers: the days on which the child is leerplichtig
 * whatever its birthday, and those on which it may be.
 *
 * Plain C: no PostgreSQL header, no allocation.
 */
#include "leerplicht.h"

#include "civil.h"
#include "partial_date.h"

#define FIRST_YEAR_FROM_FIVE 2020

/* 1 September on which leerplicht begins for who is born in a year. */
static int32_t
first_leerplicht_day(int year)
{
	return day_number(year + 5 >= FIRST_YEAR_FROM_FIVE ? year + 5 : year + 6, 9, 1);
}

/* The first day without leerplicht for who is born on a known day. */
static int32_t
end_of_leerplicht(int year, int month, int day)
{
	int last = days_in_month(year + 18, month);

	if (month > 6)
		return day_number(year + 18, 7, 1);
	return day_number(year + 18, month, day < last ? day : last);
}

/* The days of leerplicht that hold for every birthday the date may mean. */
DaySpan
certain_leerplicht(int32_t birth_date)
{
	int year, month, day;
	DaySpan span;

	civil_date(partial_date_first_day(birth_date), &year, &month, &day);
	span.first = first_leerplicht_day(year);
	span.end = end_of_leerplicht(year, month, day);
	return span;
}

/* The days of leerplicht that hold for some birthday the date may mean. */
DaySpan
possible_leerplicht(int32_t birth_date)
{
	int year, month, day;
	DaySpan span;

	civil_date(partial_date_next_day(birth_date) - 1, &year, &month, &day);
	span.first = first_leerplicht_day(year);
	span.end = end_of_leerplicht(year, month, day);
	return span;
}
