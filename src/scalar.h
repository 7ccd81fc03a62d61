/*
 * scalar.h
 *	  What the five types have in common in SQL: text and binary input and
 *	  output, try_..., and the cast from an integer, over the plain C of each.
 *
 * A type is an integer of four or eight bytes, passed by value.  Comparison,
 * sorting, hashing and binary output are those of PostgreSQL's int4 and int8:
 * the SQL names its functions, so nothing here repeats them.
 */
#ifndef LEERID_SCALAR_H
#define LEERID_SCALAR_H

#include "compat.h"

#include "fault.h"

/* No type prints more than this, the closing zero byte included. */
#define SCALAR_TEXT_SIZE 32

typedef struct ScalarType
{
	const char *name; /* as SQL calls it */
	bool wide;		  /* stored as int8, not int4 */
	int shown_digits; /* an error shows a value of so many digits at the most; -1: none ever */
	bool (*parse)(const char *text, size_t length, int64_t *value, Fault *fault);
	bool (*check)(int64_t value, Fault *fault);
	void (*print)(int64_t value, char *out);
} ScalarType;

extern Datum scalar_in(FunctionCallInfo fcinfo, const ScalarType *type);
extern Datum scalar_out(FunctionCallInfo fcinfo, const ScalarType *type);
extern Datum scalar_recv(FunctionCallInfo fcinfo, const ScalarType *type);
extern Datum scalar_try(FunctionCallInfo fcinfo, const ScalarType *type);
extern Datum scalar_from_integer(FunctionCallInfo fcinfo, const ScalarType *type);

/*
 * Defines the five functions that every type has: NAME_in, NAME_out,
 * NAME_recv, try_NAME and NAME_from_integer, over the ScalarType NAME_type.
 */
#define SCALAR_FUNCTIONS(type) \
	SCALAR_FUNCTION(type##_in, scalar_in, type) \
	SCALAR_FUNCTION(type##_out, scalar_out, type) \
	SCALAR_FUNCTION(type##_recv, scalar_recv, type) \
	SCALAR_FUNCTION(try_##type, scalar_try, type) \
	SCALAR_FUNCTION(type##_from_integer, scalar_from_integer, type)

#define SCALAR_FUNCTION(function, shared, type) \
	PG_FUNCTION_INFO_V1(function); \
	Datum function(PG_FUNCTION_ARGS) \
	{ \
		return shared(fcinfo, &type##_type); \
	}

#endif /* LEERID_SCALAR_H */
