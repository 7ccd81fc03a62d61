/*
 * schooljaar.c
 *	  What a school year is: its text and its days.
 *
 * Plain C: no PostgreSQL header, no allocation, so that the fuzzer compiles it
 * alone.  schooljaar_sql.c is its face in SQL.
 */
#include "schooljaar.h"

#include "civil.h"
#include "digits.h"

/* Whether a start year can be written with four digits, and so can the next. */
bool
check_schooljaar(int64_t value, Fault *fault)
{
	if (value < SCHOOLJAAR_FIRST || value > SCHOOLJAAR_LAST)
		return refuse(fault, "A school year starts in a year 0001 to 9998.");
	return true;
}

/* Reads 2024-2025 or 2024-25, with spaces around it. */
bool
parse_schooljaar(const char *text, size_t length, int64_t *value, Fault *fault)
{
	int start, end;

	trim_spaces(&text, &length);
	if ((length != 9 && length != 7) || text[4] != '-' || !read_digits(text, 4, &start) ||
		!read_digits(text + 5, (int) length - 5, &end))
		return refuse(fault, "A school year is written 2024-2025 or 2024-25.");
	if (end != (length == 9 ? start + 1 : (start + 1) % 100))
		return refuse(fault, "A school year ends in the year after the one it starts in.");
	*value = start;
	return check_schooljaar(*value, fault);
}

/* Writes both years, 2024-2025, and a closing zero byte. */
void
print_schooljaar(int64_t value, char *out)
{
	write_digits(out, 4, value);
	out[4] = '-';
	write_digits(out + 5, 4, value + 1);
	out[9] = '\0';
}

/* The school year in which a day falls; false when it has no name. */
bool
schooljaar_of_day(int32_t day, int32_t *schooljaar)
{
	int y, m, d;

	if (day < schooljaar_first_day(SCHOOLJAAR_FIRST) || day >= schooljaar_first_day(SCHOOLJAAR_LAST + 1))
		return false;
	civil_date(day, &y, &m, &d);
	*schooljaar = m >= 9 ? y : y - 1;
	return true;
}

/* 1 September of the year a school year starts in. */
int32_t
schooljaar_first_day(int32_t schooljaar)
{
	return day_number(schooljaar, 9, 1);
}
