/*
 * caller.h
 *	  Who calls a function that runs with its owner's rights, and for which
 *	  purpose he is bound.
 */
#ifndef LEERID_CALLER_H
#define LEERID_CALLER_H

#include "compat.h"

extern const char *caller_name(void);
extern void check_officer(void);
extern int32 bound_purpose(const char *doel);
extern bool is_bound_to(int32 purpose);

#endif /* LEERID_CALLER_H */
