/*
 * daterange.h
 *	  Making PostgreSQL's dateranges.
 */
#ifndef LEERID_DATERANGE_H
#define LEERID_DATERANGE_H

#include "compat.h"

extern Datum make_daterange(int32 first, int32 end);

#endif /* LEERID_DATERANGE_H */
