/*
 * schooljaar_sql.c
 *	  The type schooljaar in SQL.
 */
#include "scalar.h"

#include "daterange.h"
#include "schooljaar.h"
#include "utils/date.h"

static const ScalarType schooljaar_type = {
	.name = "schooljaar",
	.wide = false,
	.shown_digits = 8,
	.parse = parse_schooljaar,
	.check = check_schooljaar,
	.print = print_schooljaar,
};

SCALAR_FUNCTIONS(schooljaar)

/* 22008, for what lies outside the school years that have a name.  Never returns. */
static void
report_out_of_range(void)
{
	ereport(ERROR, (errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE), errmsg("schooljaar out of range"),
					errdetail("A school year starts in a year 0001 to 9998.")));
}

/* The school year that starts so many years from another; 22008 where none has a name. */
static Datum
add_years(int64 schooljaar, int64 years)
{
	if (!check_schooljaar(schooljaar + years, NULL))
		report_out_of_range();
	return Int32GetDatum((int32) (schooljaar + years));
}

/* schooljaar(date): the school year in which a day falls. */
PG_FUNCTION_INFO_V1(schooljaar_from_date);
Datum
schooljaar_from_date(PG_FUNCTION_ARGS)
{
	int32_t schooljaar;

	if (!schooljaar_of_day(PG_GETARG_DATEADT(0), &schooljaar))
		report_out_of_range();
	PG_RETURN_INT32(schooljaar);
}

/* lower(schooljaar): its first day, 1 September. */
PG_FUNCTION_INFO_V1(schooljaar_lower);
Datum
schooljaar_lower(PG_FUNCTION_ARGS)
{
	PG_RETURN_DATEADT(schooljaar_first_day(PG_GETARG_INT32(0)));
}

/* upper(schooljaar): the first day of the next one. */
PG_FUNCTION_INFO_V1(schooljaar_upper);
Datum
schooljaar_upper(PG_FUNCTION_ARGS)
{
	PG_RETURN_DATEADT(schooljaar_first_day(PG_GETARG_INT32(0) + 1));
}

/* daterange(schooljaar): its days. */
PG_FUNCTION_INFO_V1(schooljaar_daterange);
Datum
schooljaar_daterange(PG_FUNCTION_ARGS)
{
	int32 schooljaar = PG_GETARG_INT32(0);

	PG_RETURN_DATUM(make_daterange(schooljaar_first_day(schooljaar), schooljaar_first_day(schooljaar + 1)));
}

/* schooljaar + integer: so many school years later. */
PG_FUNCTION_INFO_V1(schooljaar_plus);
Datum
schooljaar_plus(PG_FUNCTION_ARGS)
{
	return add_years(PG_GETARG_INT32(0), PG_GETARG_INT32(1));
}

/* schooljaar - integer: so many school years earlier. */
PG_FUNCTION_INFO_V1(schooljaar_minus);
Datum
schooljaar_minus(PG_FUNCTION_ARGS)
{
	return add_years(PG_GETARG_INT32(0), -(int64) PG_GETARG_INT32(1));
}
