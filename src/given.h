/*
 * given.h
 *	  Which accounts the recipient of a purpose with a feed was given.
 */
#ifndef LEERID_GIVEN_H
#define LEERID_GIVEN_H

#include "idset.h"
#include "rules.h"
#include "utils/uuid.h"

/* Where a transaction stands: a number means something beside those of its own database only. */
typedef struct Place
{
	int32 generation;
	int64 timeline;
} Place;

extern Place place_to_write(void);
extern bool current_generation(int32 *generation, pg_uuid_t *key);
extern char *transactions_seen(Snapshot snapshot);
extern void give_pupils(const PurposeRules *rules, const IdSet *leerlingen, Snapshot snapshot);
extern void give_accounts(const PurposeRules *rules, const pg_uuid_t *accounts, int count, Snapshot snapshot);

#endif /* LEERID_GIVEN_H */
