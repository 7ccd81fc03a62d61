/*
 * partial_date.c
 *	  What a partial date is: its text, its rule, and the days it may mean.
 *
 * Plain C: no PostgreSQL header, no allocation, so that the fuzzer compiles it
 * alone.  partial_date_sql.c is its face in SQL.
 */
#include "partial_date.h"

#include "civil.h"
#include "digits.h"

/*
 * Whether an integer YYYYMMDD is a partial date: a year 0001 to 9999, then a
 * real calendar date, or a month with day 00, or month and day both 00.
 */
bool
check_partial_date(int64_t value, Fault *fault)
{
	int year, month, day;

	if (value < 10000 || value > 99991231)
		return refuse(fault, "The year must be 0001 to 9999.");
	year = partial_date_year_part((int32_t) value);
	month = partial_date_month_part((int32_t) value);
	day = partial_date_day_part((int32_t) value);
	if (month == 0 && day != 0)
		return refuse(fault, "A day is known only when its month is.");
	if (month > 12)
		return refuse(fault, "The month must be 00 (unknown) or 01 to 12.");
	if (day != 0 && !is_civil_date(year, month, day))
		return refuse(fault, "The calendar has no such day.");
	return true;
}

/*
 * Reads YYYY-MM-DD, with 00 for an unknown month or day.  A date cut short,
 * YYYY-MM or YYYY, means the same with 00 for what was left out: the register
 * of certificates delivers years that way.  Spaces may stand around it.
 */
bool
parse_partial_date(const char *text, size_t length, int64_t *value, Fault *fault)
{
	int year, month = 0, day = 0;

	trim_spaces(&text, &length);
	if ((length != 4 && length != 7 && length != 10) || !read_digits(text, 4, &year) ||
		(length >= 7 && (text[4] != '-' || !read_digits(text + 5, 2, &month))) ||
		(length >= 10 && (text[7] != '-' || !read_digits(text + 8, 2, &day))))
		return refuse(fault, "A partial date is YYYY-MM-DD, with 00 for an unknown day or month.");
	*value = PARTIAL_DATE(year, month, day);
	return check_partial_date(*value, fault);
}

/* Writes the ten characters YYYY-MM-DD and a closing zero byte. */
void
print_partial_date(int64_t value, char *out)
{
	write_digits(out, 4, value / 10000);
	out[4] = '-';
	write_digits(out + 5, 2, value / 100 % 100);
	out[7] = '-';
	write_digits(out + 8, 2, value % 100);
	out[10] = '\0';
}

/* The partial date of a known day; false outside the years 0001 to 9999. */
bool
partial_date_from_day(int32_t day, int64_t *value)
{
	int y, m, d;

	if (day < day_number(1, 1, 1) || day > day_number(9999, 12, 31))
		return false;
	civil_date(day, &y, &m, &d);
	*value = PARTIAL_DATE(y, m, d);
	return true;
}

/* Whether year, month and day are all known. */
bool
partial_date_is_complete(int32_t value)
{
	return partial_date_day_part(value) != 0;
}

/* The first day that a partial date may mean. */
int32_t
partial_date_first_day(int32_t value)
{
	int month = partial_date_month_part(value), day = partial_date_day_part(value);

	return day_number(partial_date_year_part(value), month ? month : 1, day ? day : 1);
}

/* The day after the last day that a partial date may mean. */
int32_t
partial_date_next_day(int32_t value)
{
	int year = partial_date_year_part(value), month = partial_date_month_part(value),
		day = partial_date_day_part(value);

	if (month == 0)
		return day_number(year + 1, 1, 1);
	return day_number(year, month, day ? day : days_in_month(year, month)) + 1;
}
