/* Fuzzes kbo_number. */
#include "fuzz.h"

#include "kbo_number.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int64_t value, again;
	char out[KBO_NUMBER_FORMATTED_LENGTH + 1];

	fuzz_scalar(data, size, parse_kbo_number, check_kbo_number, print_kbo_number, KBO_NUMBER_TEXT_LENGTH);
	if (!parse_kbo_number((const char *) data, size, &value, NULL))
		return 0;
	print_kbo_number_formatted(value, out);
	HOLDS(parse_kbo_number(out, strlen(out), &again, NULL) && again == value);
	HOLDS(kind_of_kbo_number(value) == (out[1] == '.' ? KBO_ESTABLISHMENT : KBO_ENTERPRISE));
	return 0;
}
