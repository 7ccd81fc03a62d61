/*
 * rules.h
 *	  What the rule tables say now about one purpose, as the gate uses it.
 */
#ifndef LEERID_RULES_H
#define LEERID_RULES_H

#include "compat.h"

#include "datatype/timestamp.h"
#include "utils/date.h"
#include "utils/snapshot.h"
#include "utils/timestamp.h"

typedef enum Admission
{
	ADMIT_ENROLMENT,
	ADMIT_DOSSIER,
	ADMIT_AKKOORD
} Admission;

typedef enum ElementCondition
{
	ALWAYS,
	DECRETAL_BASIS,
	IDENTIFIED,
	CLASS_SHARED
} ElementCondition;

typedef struct ElementRule
{
	char *name;
	char *claim; /* NULL: none */
	ElementCondition condition;
	bool unidentified;
	bool basis; /* DECRETAL_BASIS: whether one is recorded and in force */
} ElementRule;

typedef struct BoundRole
{
	Oid role;
	bool direct;
	bool names_officer;
} BoundRole;

typedef struct ApplicationRule
{
	int32 id;
	bool class_integrated;
} ApplicationRule;

struct school_hash;
struct hidden_hash;

/*
 * The rules of one purpose at one moment.  It changes never: when a rule changes
 * another takes its place, and this one goes when the last frame that uses it
 * does.
 */
typedef struct PurposeRules
{
	int32 purpose;
	int32 protocol; /* the version that its views were made from */
	char *protocol_code;
	int32 recipient;
	bool in_force;
	TimestampTz ends_at; /* end of what is in force */
	Admission admission;
	bool per_school; /* entry into force by each school's akkoord */
	bool at_login;
	bool visibility_required;
	bool feed; /* the recipient is told what becomes of the accounts it was given */
	bool mfa;  /* of whoever is bound */
	char **levels;
	int level_count;
	char **services; /* of article 4 */
	int service_count;
	Interval retention;
	bool has_class_term;   /* the class protocol's term is known; only where an element is klas */
	Interval class_term;   /* after the end that the package reports */
	ElementRule *elements; /* by ordinal, from 0 */
	int element_count;
	BoundRole *bound;
	int bound_count;
	ApplicationRule *applications;
	int application_count;
	struct hidden_hash *hidden;	 /* pupils, or persons where admission is by dossier; NULL: nobody */
	struct school_hash *schools; /* NULL until needed */

	MemoryContext context;
	uint64 generation;
	DateADT day;
	TimestampTz until; /* by the clock it is good no longer than this */
	int references;
	struct PurposeRules *next;
} PurposeRules;

extern void init_rules(void);
extern int32 purpose_of_view(Oid view, int32 *protocol, Oid *database);
extern void check_built(int32 purpose);
extern PurposeRules *current_rules(int32 purpose, TimestampTz moment);
extern PurposeRules *rules_to_build(int32 purpose, int32 protocol);
extern void use_rules(PurposeRules *rules);
extern void release_rules(PurposeRules *rules);
extern const BoundRole *bound_role(const PurposeRules *rules, Oid role);
extern int32 direct_purpose_of(Oid role);

extern void load_schools(PurposeRules *rules);
extern bool school_works(const PurposeRules *rules, int32 instellingsnummer);
extern bool school_shares(const PurposeRules *rules, int32 instellingsnummer);
extern const ApplicationRule *application_rule(const PurposeRules *rules, int32 application);
extern const ElementRule *element_named(const PurposeRules *rules, const char *name);

extern bool agreement_stands(int32 party, int32 instellingsnummer, DateADT day);
extern bool consent_stands(int32 instellingsnummer, TimestampTz moment);

#endif /* LEERID_RULES_H */
