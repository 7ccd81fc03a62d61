/*
 * dependent.h
 *	  Tables whose rows follow a pupil when records are merged.
 */
#ifndef LEERID_DEPENDENT_H
#define LEERID_DEPENDENT_H

#include "compat.h"

/* One record that is absorbed by another.  No record is in two moves of a call. */
typedef struct PupilMove
{
	int64 operation; /* identity_operation.id; not needed to find conflicts */
	int64 from;
	int64 into;
	char *conflicts; /* NULL, or a JSON array that names the rows in the way */
} PupilMove;

extern void find_conflicts(PupilMove *moves, int count);
extern void move_dependents(const PupilMove *moves, int count);
extern void take_back_dependents(int64 operation, int64 from, int64 into);
extern char *remaining_dependents(int64 leerling);
extern void forget_rows(const int64 *operations, int count);

#endif /* LEERID_DEPENDENT_H */
