/*
 * instellingsnummer_sql.c
 *	  The type instellingsnummer in SQL.
 */
#include "scalar.h"

#include "instellingsnummer.h"

static const ScalarType instellingsnummer_type = {
	.name = "instellingsnummer",
	.wide = false,
	.shown_digits = 7,
	.parse = parse_instellingsnummer,
	.check = check_instellingsnummer,
	.print = print_instellingsnummer,
};

SCALAR_FUNCTIONS(instellingsnummer)

/* plausible(instellingsnummer): whether the last digit is the usual one. */
PG_FUNCTION_INFO_V1(instellingsnummer_plausible);
Datum
instellingsnummer_plausible(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(is_plausible_instellingsnummer(PG_GETARG_INT32(0)));
}
