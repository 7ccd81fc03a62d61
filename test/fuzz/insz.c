/* Fuzzes insz: the parser, and everything that reads a valid number. */
#include "fuzz.h"

#include "civil.h"
#include "insz.h"
#include "partial_date.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int64_t value, again;
	int32_t birth_date;
	char out[INSZ_FORMATTED_LENGTH + 1];
	Fault fault = {""};

	fuzz_scalar(data, size, parse_insz, check_insz, print_insz, INSZ_TEXT_LENGTH);
	if (!parse_insz((const char *) data, size, &value, &fault))
	{
		/* no digit of a number is ever in an error */
		HOLDS(strpbrk(fault.rule, "0123456789") == NULL);
		return 0;
	}
	print_insz_formatted(value, out);
	HOLDS(parse_insz(out, INSZ_FORMATTED_LENGTH, &again, NULL) && again == value);
	HOLDS(strchr("MFU", sex_of_insz(value)) != NULL);
	HOLDS(kind_of_insz(value) <= INSZ_TEST);
	HOLDS(!birth_date_of_insz(value, &birth_date) || check_partial_date(birth_date, NULL));
	return 0;
}
