/*
 * hidden.h
 *	  Whom nobody may see under a purpose.
 */
#ifndef LEERID_HIDDEN_H
#define LEERID_HIDDEN_H

#include "compat.h"

#include "rules.h"

extern void load_hidden(PurposeRules *rules);
extern bool is_restricted(const PurposeRules *rules, int64 subject);
extern bool is_hidden(const PurposeRules *rules, int64 subject);
extern int64 subject_with_insz(int64 insz, bool person, Snapshot snapshot);

#endif /* LEERID_HIDDEN_H */
