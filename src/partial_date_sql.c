/*
 * partial_date_sql.c
 *	  The type partial_date in SQL.
 */
#include "scalar.h"

#include "daterange.h"
#include "partial_date.h"
#include "utils/date.h"

static const ScalarType partial_date_type = {
	.name = "partial_date",
	.wide = false,
	.shown_digits = 8,
	.parse = parse_partial_date,
	.check = check_partial_date,
	.print = print_partial_date,
};

SCALAR_FUNCTIONS(partial_date)

/* partial_date(date): 22008 outside the years 0001 to 9999. */
PG_FUNCTION_INFO_V1(partial_date_from_date);
Datum
partial_date_from_date(PG_FUNCTION_ARGS)
{
	int64_t value;

	if (!partial_date_from_day(PG_GETARG_DATEADT(0), &value))
		ereport(ERROR, (errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
						errmsg("date out of range for type partial_date"),
						errdetail("The year must be 0001 to 9999.")));
	PG_RETURN_INT32((int32) value);
}

/* is_complete(partial_date): whether year, month and day are all known. */
PG_FUNCTION_INFO_V1(partial_date_complete);
Datum
partial_date_complete(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(partial_date_is_complete(PG_GETARG_INT32(0)));
}

/* lower(partial_date): the first day that it may mean. */
PG_FUNCTION_INFO_V1(partial_date_lower);
Datum
partial_date_lower(PG_FUNCTION_ARGS)
{
	PG_RETURN_DATEADT(partial_date_first_day(PG_GETARG_INT32(0)));
}

/* upper(partial_date): the day after the last day that it may mean. */
PG_FUNCTION_INFO_V1(partial_date_upper);
Datum
partial_date_upper(PG_FUNCTION_ARGS)
{
	PG_RETURN_DATEADT(partial_date_next_day(PG_GETARG_INT32(0)));
}

/* daterange(partial_date): the days that it may mean. */
PG_FUNCTION_INFO_V1(partial_date_daterange);
Datum
partial_date_daterange(PG_FUNCTION_ARGS)
{
	int32 value = PG_GETARG_INT32(0);

	PG_RETURN_DATUM(make_daterange(partial_date_first_day(value), partial_date_next_day(value)));
}
