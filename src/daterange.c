/*
 * daterange.c
 *	  Making PostgreSQL's dateranges.
 */
#include "daterange.h"

#include "catalog/pg_type.h"
#include "utils/date.h"
#include "utils/typcache.h"

/* The daterange from a first day to the day before its end; empty if that is earlier. */
Datum
make_daterange(int32 first, int32 end)
{
	RangeBound lower = {.val = DateADTGetDatum(first), .inclusive = true, .lower = true};
	RangeBound upper = {.val = DateADTGetDatum(end)};
	TypeCacheEntry *daterange = lookup_type_cache(DATERANGEOID, TYPECACHE_RANGE_INFO);

	return RangeTypePGetDatum(make_range(daterange, &lower, &upper, end <= first, NULL));
}
