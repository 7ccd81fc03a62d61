/*
 * instellingsnummer.c
 *	  What an instellingsnummer is: its text and the habit of its last digit.
 *
 * Plain C: no PostgreSQL header, no allocation, so that the fuzzer compiles it
 * alone.  instellingsnummer_sql.c is its face in SQL.
 */
#include "instellingsnummer.h"

#include "digits.h"

/* Whether an integer has at most six digits. */
bool
check_instellingsnummer(int64_t value, Fault *fault)
{
	if (value < 0 || value > 999999)
		return refuse(fault, "An instellingsnummer has one to six digits.");
	return true;
}

/* Reads one to six ASCII digits with spaces around them. */
bool
parse_instellingsnummer(const char *text, size_t length, int64_t *value, Fault *fault)
{
	int count;

	if (!read_separated_digits(text, length, "", 1, INSTELLINGSNUMMER_TEXT_LENGTH, value, &count))
		return refuse(fault, "An instellingsnummer has one to six digits.");
	return check_instellingsnummer(*value, fault);
}

/* Writes six digits, with leading zeros, and a closing zero byte. */
void
print_instellingsnummer(int64_t value, char *out)
{
	write_digits(out, INSTELLINGSNUMMER_TEXT_LENGTH, value);
	out[INSTELLINGSNUMMER_TEXT_LENGTH] = '\0';
}

/*
 * Whether the last digit is the Luhn check digit of the five before it, with 0
 * written as 1.  A few real numbers break the habit, so nothing is refused on
 * it.
 */
bool
is_plausible_instellingsnummer(int32_t value)
{
	int sum = 0;
	int expected;
	int32_t rest = value / 10;

	for (int place = 0; place < 5; place++, rest /= 10)
	{
		int digit = rest % 10;

		if (place % 2 == 0)
			digit = digit * 2 > 9 ? digit * 2 - 9 : digit * 2;
		sum += digit;
	}
	expected = (10 - sum % 10) % 10;
	return value % 10 == (expected == 0 ? 1 : expected);
}
