/*
 * subtransaction.h
 *	  Work that may be taken back, with the locks that it took.
 */
#ifndef LEERID_SUBTRANSACTION_H
#define LEERID_SUBTRANSACTION_H

#include "compat.h"

extern bool in_subtransaction(bool (*work)(void *argument), void *argument);

#endif /* LEERID_SUBTRANSACTION_H */
