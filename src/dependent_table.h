/*
 * dependent_table.h
 *	  The tables that depend on a pupil, as a session knows them: who owns each,
 *	  and the statements by which its rows are moved.
 */
#ifndef LEERID_DEPENDENT_TABLE_H
#define LEERID_DEPENDENT_TABLE_H

#include "compat.h"

#include "executor/spi.h"
#include "nodes/pg_list.h"
#include "utils/relcache.h"

/* The identity's own tables among them (dependent.id), which hold no data of the pupil's. */
#define DEPENDENT_ABSORBED_LEERLING 7
#define DEPENDENT_FORMER_INSZ 8

/*
 * What is run on one table.  The first five take parallel arrays of the moves:
 * $1 a number for each, $2 the record that is absorbed, $3 the surviving one.
 */
typedef enum DependentStatement
{
	PROBE_ROWS,		/* a row when any record that is absorbed has one */
	FIND_CLASHES,	/* (number, key as JSON) of rows that cannot move */
	SET_ASIDE,		/* takes out rows that are absorbed: (number, key, copy) */
	SET_ASIDE_INTO, /* takes out rows of surviving records: the same */
	MOVE_ROWS,		/* moves the rest: the same, the copy NULL unless it is kept */
	TAKE_BACK,		/* $1 keys, $2 copies, $3 moved, $4 to whom, $5 from whom */
	PUT_BACK,		/* the same */
	COUNT_ROWS,		/* $1 the pupil: how many rows */
	DEPENDENT_STATEMENTS
} DependentStatement;

typedef struct Dependent
{
	int32 id;
	Oid relation;
	Oid owner; /* as whom it is touched; InvalidOid: leerid's own */
	char *pupil;
	char *on_conflict;
	char *latest_by;
	char *name;								/* schema.table, quoted */
	char *sql[DEPENDENT_STATEMENTS];		/* NULL: nothing to do */
	SPIPlanPtr plans[DEPENDENT_STATEMENTS]; /* made when first run */
} Dependent;

extern List *standing_dependents(void);
extern void check_movable(Relation table, const char *pupil, const char *latest_by);
extern void dependent_refused(Relation table, const char *detail, const char *hint) __attribute__((noreturn));

/* dependent.c */
extern void try_dependents(void);

#endif /* LEERID_DEPENDENT_TABLE_H */
