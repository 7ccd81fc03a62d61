/*
 * idset.h
 *	  A set of internal ids, kept as bitmaps of 65,536 ids each.
 */
#ifndef LEERID_IDSET_H
#define LEERID_IDSET_H

#include "compat.h"

typedef struct IdSet IdSet;

extern IdSet *make_idset(MemoryContext context);
extern void add_id(IdSet *set, int64 id);
extern bool has_id(const IdSet *set, int64 id);
extern int64 count_ids(const IdSet *set);
extern int64 *list_ids(const IdSet *set, int64 *count);

#endif /* LEERID_IDSET_H */
