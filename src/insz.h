/*
 * insz.h
 *	  The Belgian identification number of a natural person (INSZ): a number of
 *	  the national register, a BIS number, or a test identity.
 */
#ifndef LEERID_INSZ_H
#define LEERID_INSZ_H

#include "fault.h"

#include <stddef.h>
#include <stdint.h>

#define INSZ_TEXT_LENGTH 11
#define INSZ_FORMATTED_LENGTH 15

typedef enum InszKind
{
	INSZ_NATIONAL, /* month part 00 to 12 */
	INSZ_BIS,	   /* 20 to 32, sex unknown; 40 to 52, sex known */
	INSZ_TEST	   /* 60 to 72, the government's test identities */
} InszKind;

extern bool parse_insz(const char *text, size_t length, int64_t *value, Fault *fault);
extern bool check_insz(int64_t value, Fault *fault);
extern void print_insz(int64_t value, char *out);
extern void print_insz_formatted(int64_t value, char *out);

extern InszKind kind_of_insz(int64_t value);
extern char sex_of_insz(int64_t value);
extern bool birth_date_of_insz(int64_t value, int32_t *birth_date);

#endif /* LEERID_INSZ_H */
