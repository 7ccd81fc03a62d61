/*
 * duration.c
 *	  Reading a term: a part of ISO 8601, one number and one unit.
 *
 * Plain C: no PostgreSQL header, no allocation.
 */
#include "duration.h"

#include "civil.h"
#include "digits.h"

#define DURATION_DIGITS 3

/* Reads P20Y, P3M, P14D or PT48H; the number is 1 to 999. */
bool
parse_duration(const char *text, size_t length, Duration *duration, Fault *fault)
{
	bool hours = length > 1 && text[1] == 'T';
	size_t start = hours ? 2 : 1;
	size_t digits = length - start - 1;
	int number;

	*duration = (Duration){0};
	if (length < start + 2 || digits > DURATION_DIGITS || text[0] != 'P' ||
		!read_digits(text + start, (int) digits, &number) || number == 0)
		return refuse(fault, "A term is one whole number of one unit: P20Y, P3M, P14D, PT48H.");
	switch (text[length - 1])
	{
		case 'Y':
			duration->months = 12 * number;
			break;
		case 'M':
			duration->months = number;
			break;
		case 'D':
			duration->days = number;
			break;
		case 'H':
			duration->hours = number;
			break;
		default:
			return refuse(fault, "The unit of a term is Y, M or D, or H after a T.");
	}
	if (hours != (duration->hours > 0))
		return refuse(fault, "T stands before a number of hours, and before nothing else.");
	return true;
}

/*
 * The anniversary of a day, the last of a term that runs from it: the same day
 * of the month, or the month's last where it has none.  A number of hours ends
 * on the day that holds its last one.
 */
int32_t
duration_end(int32_t day, Duration duration)
{
	int year, month, of_month;

	day += duration.days + (duration.hours + 23) / 24;
	civil_date(day, &year, &month, &of_month);
	month += duration.months - 1;
	year += month / 12;
	month = month % 12 + 1;
	if (of_month > days_in_month(year, month))
		of_month = days_in_month(year, month);
	return day_number(year, month, of_month);
}
