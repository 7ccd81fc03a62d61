/*
 * civil.h
 *	  Days of the Gregorian calendar, in plain arithmetic.
 *
 * A day is counted from 2000-01-01, as PostgreSQL's type date counts it, so a
 * day number and a DateADT are the same integer.  Nothing here looks at a
 * clock, a time zone or a setting.
 */
#ifndef LEERID_CIVIL_H
#define LEERID_CIVIL_H

#include <stdbool.h>
#include <stdint.h>

#define MONDAY 0
#define SUNDAY 6

static inline bool
is_leap_year(int year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

/* Length of a month 1 to 12. */
static inline int
days_in_month(int year, int month)
{
	static const int8_t length[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

	return month == 2 && is_leap_year(year) ? 29 : length[month - 1];
}

/* Whether year, month and day name a day that the calendar has. */
static inline bool
is_civil_date(int year, int month, int day)
{
	return month >= 1 && month <= 12 && day >= 1 && day <= days_in_month(year, month);
}

/*
 * Number of the day year-month-day.  Counts in years that begin in March, so
 * that the leap day is the last of its year.  Valid for years from 1 on.
 */
static inline int32_t
day_number(int year, int month, int day)
{
	int y = month <= 2 ? year - 1 : year;
	int m = month <= 2 ? month + 9 : month - 3;

	return y * 365 + y / 4 - y / 100 + y / 400 + (m * 306 + 5) / 10 + (day - 1) - 730425;
}

/* The reverse of day_number, for days from 0001-01-01 to 9999-12-31. */
static inline void
civil_date(int32_t number, int *year, int *month, int *day)
{
	int64_t days = (int64_t) number + 730425;
	int64_t y = (days * 10000 + 14780) / 3652425;
	int64_t rest = days - (y * 365 + y / 4 - y / 100 + y / 400);
	int m;

	if (rest < 0)
	{
		y--;
		rest = days - (y * 365 + y / 4 - y / 100 + y / 400);
	}
	m = (int) ((rest * 100 + 52) / 3060);
	*year = (int) y + (m >= 10);
	*month = m < 10 ? m + 3 : m - 9;
	*day = (int) (rest - (m * 306 + 5) / 10 + 1);
}

/* Day of the week, MONDAY to SUNDAY. */
static inline int
weekday(int32_t number)
{
	/* 2000-01-01 was a Saturday */
	int w = (int) (((int64_t) number + 5) % 7);

	return w < 0 ? w + 7 : w;
}

/* The Monday on or before a day. */
static inline int32_t
monday_of(int32_t number)
{
	return number - weekday(number);
}

/* The Monday on or after a day. */
static inline int32_t
next_monday(int32_t number)
{
	return monday_of(number + 6);
}

#endif /* LEERID_CIVIL_H */
