/*
 * digits.h
 *	  Reading and writing decimal digits, for text that ends where its length
 *	  says and may hold any byte, a zero byte included.
 *
 * Only the ASCII digits count.  Full-width, Arabic-Indic and other digits are
 * letters here: an identifier is never repaired.
 */
#ifndef LEERID_DIGITS_H
#define LEERID_DIGITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

static inline bool
is_digit(char c)
{
	return (unsigned char) (c - '0') < 10;
}

/* Moves both ends of a text inwards past the spaces around it. */
static inline void
trim_spaces(const char **text, size_t *length)
{
	while (*length > 0 && (*text)[0] == ' ')
		(*text)++, (*length)--;
	while (*length > 0 && (*text)[*length - 1] == ' ')
		(*length)--;
}

/*
 * Reads exactly count digits at text into *value; false when one of them is
 * not a digit.  The caller has made sure that count bytes are there.
 */
static inline bool
read_digits(const char *text, int count, int *value)
{
	*value = 0;
	for (int i = 0; i < count; i++)
	{
		if (!is_digit(text[i]))
			return false;
		*value = *value * 10 + (text[i] - '0');
	}
	return true;
}

/*
 * Reads at least fewest and at most most digits, with any of the separators
 * between two digits and spaces around the whole, into *value.  Anything else
 * is false.  *count is the number of digits found.
 */
static inline bool
read_separated_digits(const char *text, size_t length, const char *separators, int fewest, int most,
					  int64_t *value, int *count)
{
	bool after_digit = false;

	trim_spaces(&text, &length);
	*value = 0;
	*count = 0;
	for (size_t i = 0; i < length; i++)
	{
		if (is_digit(text[i]))
		{
			if (++*count > most)
				return false;
			*value = *value * 10 + (text[i] - '0');
			after_digit = true;
			continue;
		}
		after_digit = false;
		if (i == 0)
			return false;
		for (const char *s = separators;; s++)
		{
			if (*s == '\0')
				return false;
			if (*s == text[i])
				break;
		}
	}
	return after_digit && *count >= fewest;
}

/* Writes count digits of value, with leading zeros and no closing zero byte. */
static inline void
write_digits(char *out, int count, int64_t value)
{
	for (int i = count - 1; i >= 0; i--)
	{
		out[i] = (char) ('0' + value % 10);
		value /= 10;
	}
}

#endif /* LEERID_DIGITS_H */
