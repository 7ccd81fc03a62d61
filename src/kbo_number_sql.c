/*
 * kbo_number_sql.c
 *	  The type kbo_number in SQL.
 */
#include "scalar.h"

#include "kbo_number.h"
#include "utils/builtins.h"

static const ScalarType kbo_number_type = {
	.name = "kbo_number",
	.wide = true,
	.shown_digits = 10,
	.parse = parse_kbo_number,
	.check = check_kbo_number,
	.print = print_kbo_number,
};

SCALAR_FUNCTIONS(kbo_number)

/* kind(kbo_number): enterprise or establishment. */
PG_FUNCTION_INFO_V1(kbo_number_kind);
Datum
kbo_number_kind(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(cstring_to_text(
		kind_of_kbo_number(PG_GETARG_INT64(0)) == KBO_ENTERPRISE ? "enterprise" : "establishment"));
}

/* format(kbo_number): with the dots that people write. */
PG_FUNCTION_INFO_V1(kbo_number_format);
Datum
kbo_number_format(PG_FUNCTION_ARGS)
{
	char formatted[KBO_NUMBER_FORMATTED_LENGTH + 1];

	print_kbo_number_formatted(PG_GETARG_INT64(0), formatted);
	PG_RETURN_TEXT_P(cstring_to_text(formatted));
}
