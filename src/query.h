/*
 * query.h
 *	  SQL from C: parameters, never text, and every failure an error.
 */
#ifndef LEERID_QUERY_H
#define LEERID_QUERY_H

#include "compat.h"

#include "executor/spi.h"

typedef struct QueryArgument
{
	Oid type;
	Datum value;
	bool null;
} QueryArgument;

#define QUERY_TEXT(string) \
	{ \
		.type = TEXTOID, .value = (string) == NULL ? (Datum) 0 : CStringGetTextDatum(string), \
		.null = (string) == NULL \
	}

extern void query_open(void);
extern void query_close(void);
extern uint64 query(const char *sql, bool read_only, int count, const QueryArgument *arguments);
extern uint64 query_latest(const char *sql, bool read_only, int count, const QueryArgument *arguments);
extern Datum query_value(uint64 row, int column, bool *null);
extern char *query_text(uint64 row, int column);
extern void command(const char *format, ...) pg_attribute_printf(1, 2);
extern Oid own_type(const char *name);

#endif /* LEERID_QUERY_H */
