/* Fuzzes partial_date: the parser, and the days that a date may mean. */
#include "fuzz.h"

#include "leerplicht.h"
#include "partial_date.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int64_t value, again;
	int32_t first, next;
	DaySpan certain, possible;

	fuzz_scalar(data, size, parse_partial_date, check_partial_date, print_partial_date,
				PARTIAL_DATE_TEXT_LENGTH);
	if (!parse_partial_date((const char *) data, size, &value, NULL))
		return 0;
	first = partial_date_first_day((int32_t) value);
	next = partial_date_next_day((int32_t) value);
	HOLDS(first < next && next - first <= 366);
	HOLDS(partial_date_is_complete((int32_t) value) == (next - first == 1));
	HOLDS(partial_date_from_day(first, &again) && again >= value);
	HOLDS(!partial_date_is_complete((int32_t) value) || again == value);
	certain = certain_leerplicht((int32_t) value);
	possible = possible_leerplicht((int32_t) value);
	HOLDS(certain.first == possible.first && certain.first < certain.end && certain.end <= possible.end);
	return 0;
}
