/*
 * fuzz.h
 *	  What must hold of any bytes given to a parser.  The fuzzer compiles this
 *	  with one of the five parsers and no PostgreSQL.
 */
#ifndef LEERID_FUZZ_H
#define LEERID_FUZZ_H

#include "fault.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define HOLDS(condition) ((condition) ? (void) 0 : abort())

typedef bool (*Parse)(const char *text, size_t length, int64_t *value, Fault *fault);
typedef bool (*Check)(int64_t value, Fault *fault);
typedef void (*Print)(int64_t value, char *out);

/*
 * A text is refused with a reason or taken; what is taken passes the check that
 * binary input makes, prints in the length that it should, and reads back as
 * itself.  The bytes are first read as text, then eight of them as an integer.
 */
static void
fuzz_scalar(const uint8_t *data, size_t size, Parse parse, Check check, Print print, size_t printed_length)
{
	char out[64];
	int64_t value, again;
	Fault fault = {""};
	bool taken;

	taken = parse((const char *) data, size, &value, &fault);
	HOLDS(taken || (fault.rule[0] != '\0' && strlen(fault.rule) < sizeof(fault.rule) - 1));
	HOLDS(taken == parse((const char *) data, size, &again, NULL));
	if (!taken)
	{
		if (size < sizeof(value))
			return;
		memcpy(&value, data, sizeof(value));
		/* most integers are out of bounds: look at small ones too */
		if (size > sizeof(value))
			value = (int64_t) ((uint64_t) value % UINT64_C(120000000000));
		if (!check(value, &fault))
			return;
	}
	HOLDS(check(value, &fault));
	memset(out, 'x', sizeof(out));
	print(value, out);
	HOLDS(strlen(out) == printed_length && out[printed_length + 1] == 'x');
	HOLDS(parse(out, printed_length, &again, &fault) && again == value);
}

#endif /* LEERID_FUZZ_H */
