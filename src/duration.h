/*
 * duration.h
 *	  A term as a document states it: a whole number of one unit.
 */
#ifndef LEERID_DURATION_H
#define LEERID_DURATION_H

#include "fault.h"

#include <stddef.h>
#include <stdint.h>

typedef struct Duration
{
	int32_t months;
	int32_t days;
	int32_t hours;
} Duration;

extern bool parse_duration(const char *text, size_t length, Duration *duration, Fault *fault);
extern int32_t duration_end(int32_t day, Duration duration);

#endif /* LEERID_DURATION_H */
