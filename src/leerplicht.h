/*
 * leerplicht.h
 *	  The days on which the law obliges a child to learn.
 */
#ifndef LEERID_LEERPLICHT_H
#define LEERID_LEERPLICHT_H

#include <stdint.h>

/* From the first day to the day before the end. */
typedef struct DaySpan
{
	int32_t first;
	int32_t end;
} DaySpan;

extern DaySpan certain_leerplicht(int32_t birth_date);
extern DaySpan possible_leerplicht(int32_t birth_date);

#endif /* LEERID_LEERPLICHT_H */
