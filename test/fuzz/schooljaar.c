/* Fuzzes schooljaar, and the calendar of the school year that is read. */
#include "fuzz.h"

#include "calendar.h"
#include "civil.h"
#include "schooljaar.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int64_t value;
	int32_t first, found, day;
	SchoolCalendar calendar;
	Holiday holidays[DECREED_HOLIDAYS];

	fuzz_scalar(data, size, parse_schooljaar, check_schooljaar, print_schooljaar, SCHOOLJAAR_TEXT_LENGTH);
	if (!parse_schooljaar((const char *) data, size, &value, NULL))
		return 0;
	first = schooljaar_first_day((int32_t) value);
	HOLDS(schooljaar_of_day(first, &found) && found == value);
	HOLDS(schooljaar_of_day(schooljaar_first_day((int32_t) value + 1) - 1, &found) && found == value);

	decree_holidays(&calendar, (int32_t) value, holidays);
	HOLDS(calendar.count == DECREED_HOLIDAYS);
	for (int i = 0; i < calendar.count; i++)
	{
		HOLDS(holidays[i].first <= holidays[i].last);
		HOLDS(schooljaar_of_day(holidays[i].first, &found) && found == value);
		HOLDS(schooljaar_of_day(holidays[i].last, &found) && found == value);
	}
	HOLDS(school_day_from(&calendar, first, 1, &day) && day - first <= 2 && is_school_day_in(&calendar, day));
	HOLDS(weekday(easter_sunday((int) value)) == SUNDAY);
	return 0;
}
