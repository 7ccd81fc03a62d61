/*
 * calendar.h
 *	  Which days are school days in Flanders.
 */
#ifndef LEERID_CALENDAR_H
#define LEERID_CALENDAR_H

#include <stdbool.h>
#include <stdint.h>

/* How many holidays the decrees give a school year. */
#define DECREED_HOLIDAYS 10

/* The first school year that the decree on the organisation of the school year covers. */
#define FIRST_DECREED_SCHOOLJAAR 1991

/* Days without school, both ends included; none when last is before first. */
typedef struct Holiday
{
	const char *name;
	const char *ground; /* the decision that set it apart from the rules, or NULL */
	int32_t first;
	int32_t last;
} Holiday;

typedef struct SchoolCalendar
{
	int32_t schooljaar; /* its start year */
	int count;
	Holiday *holidays; /* room of the caller's */
} SchoolCalendar;

extern int32_t easter_sunday(int year);
extern void decree_holidays(SchoolCalendar *calendar, int32_t schooljaar, Holiday *room);
extern void override_holiday(SchoolCalendar *calendar, Holiday holiday);
extern bool is_school_day_in(const SchoolCalendar *calendar, int32_t day);
extern bool school_day_from(const SchoolCalendar *calendar, int32_t from, int nth, int32_t *day);

#endif /* LEERID_CALENDAR_H */
