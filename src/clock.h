/*
 * clock.h
 *	  What day it is, for every decision that hangs on a date.
 */
#ifndef LEERID_CLOCK_H
#define LEERID_CLOCK_H

#include "compat.h"

#include "datatype/timestamp.h"
#include "utils/date.h"

extern void init_clock(void);
extern DateADT day_of(TimestampTz moment);
extern TimestampTz start_of_day(DateADT day);

#endif /* LEERID_CLOCK_H */
