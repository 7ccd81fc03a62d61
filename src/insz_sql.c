/*
 * insz_sql.c
 *	  The type insz in SQL.
 */
#include "scalar.h"

#include "insz.h"
#include "utils/builtins.h"

static const ScalarType insz_type = {
	.name = "insz",
	.wide = true,
	.shown_digits = -1,
	.parse = parse_insz,
	.check = check_insz,
	.print = print_insz,
};

SCALAR_FUNCTIONS(insz)

/* kind(insz): national, bis or test. */
PG_FUNCTION_INFO_V1(insz_kind);
Datum
insz_kind(PG_FUNCTION_ARGS)
{
	static const char *const names[] = {
		[INSZ_NATIONAL] = "national",
		[INSZ_BIS] = "bis",
		[INSZ_TEST] = "test",
	};

	PG_RETURN_TEXT_P(cstring_to_text(names[kind_of_insz(PG_GETARG_INT64(0))]));
}

/* sex(insz): M, F or U, as the digits hint. */
PG_FUNCTION_INFO_V1(insz_sex);
Datum
insz_sex(PG_FUNCTION_ARGS)
{
	char sex = sex_of_insz(PG_GETARG_INT64(0));

	PG_RETURN_TEXT_P(cstring_to_text_with_len(&sex, 1));
}

/* birth_date(insz): as the digits hint; NULL when not even the year is known. */
PG_FUNCTION_INFO_V1(insz_birth_date);
Datum
insz_birth_date(PG_FUNCTION_ARGS)
{
	int32_t birth_date;

	if (!birth_date_of_insz(PG_GETARG_INT64(0), &birth_date))
		PG_RETURN_NULL();
	PG_RETURN_INT32(birth_date);
}

/* format(insz): with the dots and the dash that people write. */
PG_FUNCTION_INFO_V1(insz_format);
Datum
insz_format(PG_FUNCTION_ARGS)
{
	char formatted[INSZ_FORMATTED_LENGTH + 1];

	print_insz_formatted(PG_GETARG_INT64(0), formatted);
	PG_RETURN_TEXT_P(cstring_to_text(formatted));
}
