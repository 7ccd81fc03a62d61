/* Fuzzes instellingsnummer. */
#include "fuzz.h"

#include "instellingsnummer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int64_t value;
	int plausible = 0;

	fuzz_scalar(data, size, parse_instellingsnummer, check_instellingsnummer, print_instellingsnummer,
				INSTELLINGSNUMMER_TEXT_LENGTH);
	if (!parse_instellingsnummer((const char *) data, size, &value, NULL))
		return 0;
	for (int32_t last = 0; last < 10; last++)
		plausible += is_plausible_instellingsnummer((int32_t) value / 10 * 10 + last);
	HOLDS(plausible == 1);
	return 0;
}
