/*
 * instellingsnummer.h
 *	  The number of a school: six digits.
 */
#ifndef LEERID_INSTELLINGSNUMMER_H
#define LEERID_INSTELLINGSNUMMER_H

#include "fault.h"

#include <stddef.h>
#include <stdint.h>

#define INSTELLINGSNUMMER_TEXT_LENGTH 6

extern bool parse_instellingsnummer(const char *text, size_t length, int64_t *value, Fault *fault);
extern bool check_instellingsnummer(int64_t value, Fault *fault);
extern void print_instellingsnummer(int64_t value, char *out);

extern bool is_plausible_instellingsnummer(int32_t value);

#endif /* LEERID_INSTELLINGSNUMMER_H */
