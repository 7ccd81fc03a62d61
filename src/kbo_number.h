/*
 * kbo_number.h
 *	  A number of the Crossroads Bank for Enterprises (KBO): an enterprise or
 *	  one of its establishment units.
 */
#ifndef LEERID_KBO_NUMBER_H
#define LEERID_KBO_NUMBER_H

#include "fault.h"

#include <stddef.h>
#include <stdint.h>

#define KBO_NUMBER_TEXT_LENGTH 10
#define KBO_NUMBER_FORMATTED_LENGTH 13

typedef enum KboKind
{
	KBO_ENTERPRISE,	  /* first digit 0 or 1 */
	KBO_ESTABLISHMENT /* first digit 2 to 8 */
} KboKind;

extern bool parse_kbo_number(const char *text, size_t length, int64_t *value, Fault *fault);
extern bool check_kbo_number(int64_t value, Fault *fault);
extern void print_kbo_number(int64_t value, char *out);
extern void print_kbo_number_formatted(int64_t value, char *out);

extern KboKind kind_of_kbo_number(int64_t value);

#endif /* LEERID_KBO_NUMBER_H */
