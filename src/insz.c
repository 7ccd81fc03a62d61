/*
 * insz.c
 *	  What an INSZ is: its text, its rules, and what its digits hint at.
 *
 * Eleven digits YYMMDD SSS CC, stored as one integer.  CC makes the number fit
 * modulo 97, and fits for one century only: for births from 2000 on a 2 stands
 * before the nine digits, and 2,000,000,000 is no multiple of 97.
 *
 * Plain C: no PostgreSQL header, no allocation, so that the fuzzer compiles it
 * alone.  insz_sql.c is its face in SQL.  No text written here into a Fault
 * holds a digit.
 */
#include "insz.h"

#include "civil.h"
#include "digits.h"
#include "partial_date.h"

#define INSZ_MAX INT64_C(99999999999)

/* The parts of an INSZ, read off its eleven digits. */
typedef struct InszParts
{
	int year;	  /* 00 to 99 */
	int month;	  /* month part as written, 00 to 99 */
	int day;	  /* 00 to 99 */
	int sequence; /* 000 to 999 */
	int check;	  /* 00 to 99 */
	int century;  /* 1900 or 2000; 0 when check fits neither */
} InszParts;

/* Takes a number of at most eleven digits apart; says nothing of whether it is good. */
static inline InszParts
split_insz(int64_t value)
{
	int64_t nine = value / 100;
	InszParts parts;

	parts.check = (int) (value % 100);
	parts.sequence = (int) (nine % 1000);
	parts.day = (int) (nine / 1000 % 100);
	parts.month = (int) (nine / 100000 % 100);
	parts.year = (int) (nine / 10000000);
	if (parts.check == 97 - (int) (nine % 97))
		parts.century = 1900;
	else if (parts.check == 97 - (int) ((nine + INT64_C(2000000000)) % 97))
		parts.century = 2000;
	else
		parts.century = 0;
	return parts;
}

/*
 * Whether an integer of at most eleven digits is an INSZ.  The clock is not
 * asked: a birth date in the future is not the business of the type.
 */
bool
check_insz(int64_t value, Fault *fault)
{
	InszParts parts;
	int month;

	if (value < 0 || value > INSZ_MAX)
		return refuse(fault, "An INSZ has eleven digits.");
	parts = split_insz(value);
	month = parts.month % 20;
	if (month > 12 || parts.month > 72)
		return refuse(fault,
					  "The month part is not that of a national number, a BIS number or a test identity.");
	if (parts.century == 0)
		return refuse(fault, "The check digits do not fit the number.");
	if (month != 0 && parts.day != 0 && !is_civil_date(parts.century + parts.year, month, parts.day))
		return refuse(fault, "The calendar has no such birth date.");
	if (parts.month <= 12 && (parts.sequence == 0 || parts.sequence == 999))
		return refuse(fault, "The sequence is one that no national number has.");
	return true;
}

/*
 * Reads eleven ASCII digits, with dots, dashes, slashes and spaces between
 * them, and spaces around them.  Nothing is added or left out: an identifier
 * is never repaired.
 */
bool
parse_insz(const char *text, size_t length, int64_t *value, Fault *fault)
{
	int count;

	if (!read_separated_digits(text, length, ".-/ ", INSZ_TEXT_LENGTH, INSZ_TEXT_LENGTH, value, &count))
		return refuse(fault,
					  "An INSZ has eleven digits; dots, dashes, slashes and spaces may stand between them.");
	return check_insz(*value, fault);
}

/* Writes the eleven digits and a closing zero byte. */
void
print_insz(int64_t value, char *out)
{
	write_digits(out, INSZ_TEXT_LENGTH, value);
	out[INSZ_TEXT_LENGTH] = '\0';
}

/* Writes the number as people do, YY.MM.DD-SSS.CC, and a closing zero byte. */
void
print_insz_formatted(int64_t value, char *out)
{
	char digits[INSZ_TEXT_LENGTH + 1];
	static const char pattern[] = "##.##.##-###.##";
	const char *next = digits;

	print_insz(value, digits);
	for (int i = 0; i < INSZ_FORMATTED_LENGTH; i++)
		out[i] = pattern[i] == '#' ? *next++ : pattern[i];
	out[INSZ_FORMATTED_LENGTH] = '\0';
}

/* Who gave the number out, by its month part. */
InszKind
kind_of_insz(int64_t value)
{
	int month = split_insz(value).month;

	return month <= 12 ? INSZ_NATIONAL : month <= 52 ? INSZ_BIS : INSZ_TEST;
}

/*
 * 'M' or 'F' by the parity of the sequence, 'U' for a BIS number that was given
 * out without knowing it.  A hint: registers state the sex apart, and differ.
 */
char
sex_of_insz(int64_t value)
{
	InszParts parts = split_insz(value);

	if (parts.month >= 20 && parts.month <= 32)
		return 'U';
	return parts.sequence % 2 == 1 ? 'M' : 'F';
}

/*
 * The birth date that the digits hint at, as a partial date.  With month 00 the
 * day digits mean nothing and only the year is known.  Year 00 of the century
 * 1900 with month 00 is how the register writes that nothing is known: false.
 */
bool
birth_date_of_insz(int64_t value, int32_t *birth_date)
{
	InszParts parts = split_insz(value);
	int year = parts.century + parts.year;
	int month = parts.month % 20;

	if (month == 0 && year == 1900)
		return false;
	*birth_date = PARTIAL_DATE(year, month, month ? parts.day : 0);
	return true;
}
