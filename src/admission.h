/*
 * admission.h
 *	  Whether one person is admitted under a purpose, and why not.
 */
#ifndef LEERID_ADMISSION_H
#define LEERID_ADMISSION_H

#include "rules.h"
#include "utils/snapshot.h"

/* What a pupil's enrolments come to; each is one condition more than the last. */
typedef struct Enrolments
{
	bool enrolled;	/* anywhere, today */
	bool at_level;	/* at a level of the purpose */
	bool at_works;	/* at a school that works with the recipient */
	bool visible;	/* where it is required, an application of the purpose is visible there */
	int32 *schools; /* those that meet all, ascending, each once */
	int count;
} Enrolments;

extern void judge_enrolments(const PurposeRules *rules, int64 leerling, DateADT day, Snapshot snapshot,
							 Enrolments *result);
extern bool is_visible(const PurposeRules *rules, int64 leerling, int32 instellingsnummer, int32 application,
					   bool with_class);
extern bool has_open_dossier(const PurposeRules *rules, int64 persoon, DateADT day, Snapshot snapshot);
extern bool class_is_within_term(const PurposeRules *rules, DateADT package_end, DateADT day);
extern bool class_is_kept(const PurposeRules *rules, int64 leerling, int32 instellingsnummer,
						  bool has_package_end, DateADT package_end, DateADT day, Snapshot snapshot);
extern bool has_kept_class(const PurposeRules *rules, int64 leerling, DateADT day, Snapshot snapshot);

#endif /* LEERID_ADMISSION_H */
