/*
 * fault.h
 *	  Why a value was refused, in words that are safe to show.
 *
 * The plain C of every type answers true or false; when it says false it may
 * also fill in a Fault.  The text is the DETAIL of the error that the user
 * sees: it states the rule that was broken.  For an INSZ it holds no digit at
 * all, because errors and logs are read by people who may not see one.
 */
#ifndef LEERID_FAULT_H
#define LEERID_FAULT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

typedef struct Fault
{
	char rule[160];
} Fault;

/*
 * Records the broken rule and returns false, so that a check can end with
 * "return refuse(fault, ...)".  A NULL fault costs nothing: whoever only wants
 * to know whether a value is good passes NULL.
 */
static inline bool refuse(Fault *fault, const char *format, ...) __attribute__((format(printf, 2, 3)));

static inline bool
refuse(Fault *fault, const char *format, ...)
{
	va_list args;

	if (fault != NULL)
	{
		va_start(args, format);
		vsnprintf(fault->rule, sizeof(fault->rule), format, args);
		va_end(args);
	}
	return false;
}

#endif /* LEERID_FAULT_H */
