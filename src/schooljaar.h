/*
 * schooljaar.h
 *	  A school year, 1 September to 31 August, named by the year it starts in.
 */
#ifndef LEERID_SCHOOLJAAR_H
#define LEERID_SCHOOLJAAR_H

#include "fault.h"

#include <stddef.h>
#include <stdint.h>

#define SCHOOLJAAR_TEXT_LENGTH 9
#define SCHOOLJAAR_FIRST 1
#define SCHOOLJAAR_LAST 9998

extern bool parse_schooljaar(const char *text, size_t length, int64_t *value, Fault *fault);
extern bool check_schooljaar(int64_t value, Fault *fault);
extern void print_schooljaar(int64_t value, char *out);

extern bool schooljaar_of_day(int32_t day, int32_t *schooljaar);
extern int32_t schooljaar_first_day(int32_t schooljaar);

#endif /* LEERID_SCHOOLJAAR_H */
