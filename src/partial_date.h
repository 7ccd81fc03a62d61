/*
 * partial_date.h
 *	  A date of which the day, or the day and the month, may be unknown.
 *
 * Stored as the integer YYYYMMDD with 00 for what is unknown, so integer order
 * is (year, month, day) with the unknown first.  That is an order for indexes,
 * not an order in time.
 */
#ifndef LEERID_PARTIAL_DATE_H
#define LEERID_PARTIAL_DATE_H

#include "fault.h"

#include <stddef.h>
#include <stdint.h>

#define PARTIAL_DATE_TEXT_LENGTH 10

#define PARTIAL_DATE(year, month, day) ((year) *10000 + (month) *100 + (day))

extern bool parse_partial_date(const char *text, size_t length, int64_t *value, Fault *fault);
extern bool check_partial_date(int64_t value, Fault *fault);
extern void print_partial_date(int64_t value, char *out);

extern bool partial_date_from_day(int32_t day, int64_t *value);
extern bool partial_date_is_complete(int32_t value);
extern int32_t partial_date_first_day(int32_t value);
extern int32_t partial_date_next_day(int32_t value);

static inline int
partial_date_year_part(int32_t value)
{
	return value / 10000;
}

static inline int
partial_date_month_part(int32_t value)
{
	return value / 100 % 100;
}

static inline int
partial_date_day_part(int32_t value)
{
	return value % 100;
}

#endif /* LEERID_PARTIAL_DATE_H */
