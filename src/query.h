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

/* A list of values, to be passed as one array. */
typedef struct ValueList
{
	Oid type; /* of the values */
	Oid array_type;
	int count;
	int room;
	Datum *values;
	bool *nulls;
} ValueList;

#define VALUE_LIST(value_type, its_array_type) \
	{ \
		.type = (value_type), .array_type = (its_array_type) \
	}

extern void query_open(void);
extern void query_close(void);
extern uint64 query(const char *sql, bool read_only, int count, const QueryArgument *arguments);
extern uint64 query_latest(const char *sql, bool read_only, int count, const QueryArgument *arguments);
extern uint64 query_kept(SPIPlanPtr *plan, const char *sql, int count, const QueryArgument *arguments);
extern void add_value(ValueList *list, Datum value);
extern void add_null(ValueList *list);
extern QueryArgument list_argument(const ValueList *list);
extern Datum query_value(uint64 row, int column, bool *null);
extern char *query_text(uint64 row, int column);
extern void command(const char *format, ...) pg_attribute_printf(1, 2);
extern Oid own_type(const char *name);

#endif /* LEERID_QUERY_H */
