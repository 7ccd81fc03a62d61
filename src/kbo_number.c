/*
 * kbo_number.c
 *	  What a KBO number is: its text and its rules.
 *
 * Ten digits, the last two of which are 97 minus the first eight modulo 97.
 *
 * Plain C: no PostgreSQL header, no allocation, so that the fuzzer compiles it
 * alone.  kbo_number_sql.c is its face in SQL.
 */
#include "kbo_number.h"

#include "digits.h"

#define KBO_NUMBER_MAX INT64_C(9999999999)

/* Whether an integer of at most ten digits is a KBO number. */
bool
check_kbo_number(int64_t value, Fault *fault)
{
	int expected;

	if (value < 0 || value > KBO_NUMBER_MAX)
		return refuse(fault, "A KBO number has ten digits.");
	if (value / INT64_C(1000000000) == 9)
		return refuse(fault,
					  "The first digit is 0 or 1 for an enterprise, 2 to 8 for an establishment unit.");
	expected = 97 - (int) (value / 100 % 97);
	if (value % 100 != expected)
		return refuse(fault, "The check digits should be %02d.", expected);
	return true;
}

/*
 * Reads ten ASCII digits, or the nine of an enterprise number in its old form,
 * with dots and spaces between them and spaces around them.
 */
bool
parse_kbo_number(const char *text, size_t length, int64_t *value, Fault *fault)
{
	int count;

	if (!read_separated_digits(text, length, ". ", 9, KBO_NUMBER_TEXT_LENGTH, value, &count))
		return refuse(
			fault,
			"A KBO number has ten digits, or nine in its old form; dots and spaces may stand between them.");
	return check_kbo_number(*value, fault);
}

/* Writes the ten digits and a closing zero byte. */
void
print_kbo_number(int64_t value, char *out)
{
	write_digits(out, KBO_NUMBER_TEXT_LENGTH, value);
	out[KBO_NUMBER_TEXT_LENGTH] = '\0';
}

/*
 * Writes the number as people do, 0316.380.841 for an enterprise and
 * 2.199.310.989 for an establishment unit, and a closing zero byte.
 */
void
print_kbo_number_formatted(int64_t value, char *out)
{
	char digits[KBO_NUMBER_TEXT_LENGTH + 1];
	const char *pattern = kind_of_kbo_number(value) == KBO_ENTERPRISE ? "####.###.###" : "#.###.###.###";
	const char *next = digits;

	print_kbo_number(value, digits);
	for (; *pattern != '\0'; pattern++)
		*out++ = *pattern == '#' ? *next++ : *pattern;
	*out = '\0';
}

/* What the number names, by its first digit. */
KboKind
kind_of_kbo_number(int64_t value)
{
	return value < INT64_C(2000000000) ? KBO_ENTERPRISE : KBO_ESTABLISHMENT;
}
