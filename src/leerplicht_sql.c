/*
 * leerplicht_sql.c
 *	  Leerplicht in SQL.
 */
#include "daterange.h"

#include "leerplicht.h"
#include "utils/date.h"

/* leerplicht(partial_date): the days that are certain, whatever the birthday. */
PG_FUNCTION_INFO_V1(leerplicht);
Datum
leerplicht(PG_FUNCTION_ARGS)
{
	DaySpan span = certain_leerplicht(PG_GETARG_INT32(0));

	PG_RETURN_DATUM(make_daterange(span.first, span.end));
}

/* leerplichtig(partial_date, date): true, false, or NULL when it is unclear. */
PG_FUNCTION_INFO_V1(leerplichtig);
Datum
leerplichtig(PG_FUNCTION_ARGS)
{
	int32 birth_date = PG_GETARG_INT32(0);
	DateADT day = PG_GETARG_DATEADT(1);
	DaySpan certain = certain_leerplicht(birth_date);
	DaySpan possible = possible_leerplicht(birth_date);

	if (day >= certain.first && day < certain.end)
		PG_RETURN_BOOL(true);
	if (day < possible.first || day >= possible.end)
		PG_RETURN_BOOL(false);
	PG_RETURN_NULL();
}
