/*
 * scalar.c
 *	  The SQL functions that every type has, and the one place that words the
 *	  error for a value that is refused.
 */
#include "scalar.h"

#include "digits.h"
#include "insz.h"
#include "libpq/pqformat.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

/*
 * Whether a text that was refused may stand in an error.  A delivery with its
 * columns shifted must not write INSZ after INSZ into the server's log, so a
 * value is shown only when it could be a slip in a value of this very type: of
 * ASCII characters, with no more digits than the type can have, and not one
 * that is an INSZ once its leading zeros, lost on the way, are put back.
 */
static bool
may_be_shown(const ScalarType *type, const char *text)
{
	int digits = 0;
	int64 number = 0;

	for (; *text != '\0'; text++)
	{
		if (*text < ' ' || *text > '~')
			return false;
		if (!is_digit(*text))
			continue;
		if (++digits > type->shown_digits)
			return false;
		number = number * 10 + (*text - '0');
	}
	return type->shown_digits >= 0 && !check_insz(number, NULL);
}

/*
 * Reports a refused value: the value in the message where it may be shown, the
 * rule in the detail.  Returns only when context collects errors softly.
 */
static void
report_refused_text(Node *context, const ScalarType *type, const char *text, const Fault *fault)
{
	errsave(context,
			(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
			 may_be_shown(type, text) ? errmsg("invalid input syntax for type %s: \"%s\"", type->name, text)
									  : errmsg("invalid input syntax for type %s", type->name),
			 errdetail("%s", fault->rule)));
}

/* The same for a value that came as an integer, in binary or by a cast.  Never returns. */
static void
report_refused_integer(int sqlstate, const ScalarType *type, int64 value, const Fault *fault)
{
	char text[MAXINT8LEN + 1];

	pg_lltoa(value, text);
	ereport(ERROR, (errcode(sqlstate),
					may_be_shown(type, text) ? errmsg("invalid value for type %s: %s", type->name, text)
											 : errmsg("invalid value for type %s", type->name),
					errdetail("%s", fault->rule)));
}

static inline Datum
scalar_datum(const ScalarType *type, int64 value)
{
	return type->wide ? Int64GetDatum(value) : Int32GetDatum((int32) value);
}

static inline int64
scalar_value(const ScalarType *type, Datum datum)
{
	return type->wide ? DatumGetInt64(datum) : (int64) DatumGetInt32(datum);
}

/* Text input: 22P02 for whatever breaks a rule of the type. */
Datum
scalar_in(FunctionCallInfo fcinfo, const ScalarType *type)
{
	char *text = PG_GETARG_CSTRING(0);
	int64_t value;
	Fault fault;

	if (!type->parse(text, strlen(text), &value, &fault))
	{
		report_refused_text(fcinfo->context, type, text, &fault);
		PG_RETURN_NULL();
	}
	return scalar_datum(type, value);
}

/* Text output: always the one canonical form. */
Datum
scalar_out(FunctionCallInfo fcinfo, const ScalarType *type)
{
	char *text = palloc(SCALAR_TEXT_SIZE);

	type->print(scalar_value(type, PG_GETARG_DATUM(0)), text);
	PG_RETURN_CSTRING(text);
}

/* Binary input: the stored integer in network order, checked like text; 22P03. */
Datum
scalar_recv(FunctionCallInfo fcinfo, const ScalarType *type)
{
	StringInfo buffer = (StringInfo) PG_GETARG_POINTER(0);
	int64 value;
	Fault fault;

	if (type->wide)
		value = pq_getmsgint64(buffer);
	else
		value = (int32) pq_getmsgint(buffer, sizeof(int32));
	if (!type->check(value, &fault))
		report_refused_integer(ERRCODE_INVALID_BINARY_REPRESENTATION, type, value, &fault);
	return scalar_datum(type, value);
}

/* The value of a text, or NULL where text input would raise an error. */
Datum
scalar_try(FunctionCallInfo fcinfo, const ScalarType *type)
{
	text *argument = PG_GETARG_TEXT_PP(0);
	int64_t value;

	if (!type->parse(VARDATA_ANY(argument), VARSIZE_ANY_EXHDR(argument), &value, NULL))
		PG_RETURN_NULL();
	return scalar_datum(type, value);
}

/* The cast from the integer that the type stores; 22P02 like text input. */
Datum
scalar_from_integer(FunctionCallInfo fcinfo, const ScalarType *type)
{
	int64 value = scalar_value(type, PG_GETARG_DATUM(0));
	Fault fault;

	if (!type->check(value, &fault))
		report_refused_integer(ERRCODE_INVALID_TEXT_REPRESENTATION, type, value, &fault);
	return scalar_datum(type, value);
}

/*
 * Sort support, for the types stored as int4 and as int8: PostgreSQL's own, under
 * a name of ours.  A function of LANGUAGE internal is found by comparing its name
 * with those of all of PostgreSQL's, and a DISTINCT aggregate begins a sort, so
 * asks for it, in every group.
 */
PG_FUNCTION_INFO_V1(sortsupport_int4);
Datum
sortsupport_int4(PG_FUNCTION_ARGS)
{
	return btint4sortsupport(fcinfo);
}

PG_FUNCTION_INFO_V1(sortsupport_int8);
Datum
sortsupport_int8(PG_FUNCTION_ARGS)
{
	return btint8sortsupport(fcinfo);
}
