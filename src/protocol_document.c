/*
 * protocol_document.c
 *	  What is published of a protocol: its document, and that document's digest.
 */
#include "protocol.h"

#include "utils/builtins.h"
#include "utils/datum.h"

/* An argument as C has it, or NULL. */
static char *
text_argument(FunctionCallInfo fcinfo, int argument)
{
	return PG_ARGISNULL(argument) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(argument));
}

/* A column of the row of the version that the arguments name; NULL without a code. */
static Datum
version_column(FunctionCallInfo fcinfo, int column)
{
	char *code = text_argument(fcinfo, 0);
	char *version = text_argument(fcinfo, 1);
	Datum value;

	if (code == NULL)
		PG_RETURN_NULL();
	query_open();
	find_version(code, version);
	value = SPI_datumTransfer(query_value(0, column, NULL), false, -1);
	query_close();
	PG_RETURN_DATUM(value);
}

/* protocol_document(code, version). */
PG_FUNCTION_INFO_V1(protocol_document);
Datum
protocol_document(PG_FUNCTION_ARGS)
{
	return version_column(fcinfo, 2);
}

/* protocol_text_sha256(code, version). */
PG_FUNCTION_INFO_V1(protocol_text_sha256);
Datum
protocol_text_sha256(PG_FUNCTION_ARGS)
{
	return version_column(fcinfo, 3);
}
