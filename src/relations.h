/*
 * relations.h
 *	  The tables of leerid as its C code reads them: which they are in this
 *	  database, and the numbers of their columns.
 *
 * Rows are read by catalogue-style scans, so that no role, no policy, no plan
 * and no search path of anybody comes into a decision.
 */
#ifndef LEERID_RELATIONS_H
#define LEERID_RELATIONS_H

#include "compat.h"

#include "access/genam.h"
#include "access/htup.h"
#include "utils/relcache.h"
#include "utils/snapshot.h"

/* Tables and indexes, by their names in SQL. */
typedef enum RelationName
{
	/* rules: a change of any of them is told to every session (rules.c) */
	REL_agreement,
	REL_application,
	REL_binding,
	REL_built,
	REL_consent,
	REL_decretal_basis,
	REL_element,
	REL_objection,
	REL_protocol,
	REL_purpose_terms,
	REL_restriction,
	LAST_RULE_RELATION = REL_restriction,
	/* persons: row-level security is on */
	REL_account,
	REL_dossier,
	REL_dossier_notitie,
	REL_inschrijving,
	REL_klas,
	REL_leerling,
	REL_login_record,
	REL_persoon,
	REL_studiebewijs,
	REL_visibility,
	LAST_PERSON_RELATION = REL_visibility,
	/* indexes */
	REL_agreement_pkey,
	REL_application_code_key,
	REL_application_purpose,
	REL_binding_purpose,
	REL_binding_direct_once,
	REL_consent_standing,
	REL_decretal_basis_pkey,
	REL_element_pkey,
	REL_objection_protocol_code,
	REL_protocol_pkey,
	REL_restriction_insz,
	REL_restriction_leerling,
	REL_purpose_terms_pkey,
	REL_account_pkey,
	REL_account_leerling,
	REL_dossier_persoon,
	REL_inschrijving_leerling,
	REL_klas_leerling,
	REL_leerling_pkey,
	REL_leerling_leer_id_uuid_key,
	REL_leerling_insz_key,
	REL_persoon_insz_key,
	REL_persoon_pkey,
	REL_visibility_pkey,
	/* the log of identity */
	REL_former_insz,
	REL_former_insz_leerling,
	REL_former_insz_pkey,
	REL_identity_operation_id_seq,
	/* what became of keys */
	REL_absorbed_leerling,
	REL_absorbed_leerling_pkey,
	REL_absorbed_leerling_leer_id_uuid_key,
	REL_ended_key,
	REL_ended_key_pkey,
	REL_identity_history,
	REL_identity_history_pkey,
	REL_identity_history_identified,
	/* the feed */
	REL_given,
	REL_given_pkey,
	REL_identity_generation,
	REL_reading,
	REL_reading_id_seq,
	RELATION_NAMES
} RelationName;

/* Columns, in the order of the tables' definitions. */
enum
{
	AGREEMENT_PARTY = 1,
	AGREEMENT_INSTELLINGSNUMMER,
	AGREEMENT_VALID_FROM,
	AGREEMENT_VALID_TO
};
enum
{
	APPLICATION_ID = 1,
	APPLICATION_CODE,
	APPLICATION_NAAM,
	APPLICATION_PARTY,
	APPLICATION_PURPOSE,
	APPLICATION_CLASS_INTEGRATED
};
enum
{
	BINDING_ID = 1,
	BINDING_LOGIN_ROLE,
	BINDING_PURPOSE,
	BINDING_SERVICE,
	BINDING_CONFIDENTIALITY_SINCE,
	BINDING_MFA,
	BINDING_DIRECT,
	BINDING_NAMES_OFFICER,
	BINDING_BOUND_AT,
	BINDING_ENDED_AT,
	BINDING_ROLE,
	BINDING_CLUSTER
};
enum
{
	BUILT_RELATION = 1,
	BUILT_PURPOSE,
	BUILT_PROTOCOL,
	BUILT_CLUSTER,
	BUILT_DATABASE,
	BUILT_VIEW_ROLE,
	BUILT_DIRECT_ROLE
};
enum
{
	CONSENT_ID = 1,
	CONSENT_INSTELLINGSNUMMER,
	CONSENT_PROTOCOL
};
enum
{
	DECRETAL_BASIS_PARTY = 1,
	DECRETAL_BASIS_ELEMENT,
	DECRETAL_BASIS_DECREE,
	DECRETAL_BASIS_ARTICLE,
	DECRETAL_BASIS_VALID_FROM,
	DECRETAL_BASIS_VALID_TO
};
enum
{
	ELEMENT_PROTOCOL = 1,
	ELEMENT_PURPOSE,
	ELEMENT_ORDINAL,
	ELEMENT_NAME,
	ELEMENT_CLAIM,
	ELEMENT_CONDITION,
	ELEMENT_UNIDENTIFIED
};
enum
{
	OBJECTION_ID = 1,
	OBJECTION_LEERLING,
	OBJECTION_PROTOCOL_CODE,
	OBJECTION_REGISTERED_AT,
	OBJECTION_DECIDED_AT,
	OBJECTION_UPHELD
};
enum
{
	PROTOCOL_ID = 1,
	PROTOCOL_CODE,
	PROTOCOL_VERSION,
	PROTOCOL_DOCUMENT,
	PROTOCOL_DOCUMENT_SHA256,
	PROTOCOL_SOURCE,
	PROTOCOL_RECIPIENT,
	PROTOCOL_ENTRY,
	PROTOCOL_ENTERS_ON,
	PROTOCOL_IMPORTED_AT,
	PROTOCOL_ACTIVATED_AT,
	PROTOCOL_ENDED_AT
};
enum
{
	PURPOSE_TERMS_PROTOCOL = 1,
	PURPOSE_TERMS_PURPOSE,
	PURPOSE_TERMS_ADMISSION,
	PURPOSE_TERMS_PERIODICITY,
	PURPOSE_TERMS_VISIBILITY_REQUIRED,
	PURPOSE_TERMS_FEED,
	PURPOSE_TERMS_MFA,
	PURPOSE_TERMS_LEVELS,
	PURPOSE_TERMS_SERVICES,
	PURPOSE_TERMS_RETENTION,
	PURPOSE_TERMS_RETENTION_ANCHOR
};
enum
{
	RESTRICTION_ID = 1,
	RESTRICTION_LEERLING,
	RESTRICTION_INSZ,
	RESTRICTION_GROUND,
	RESTRICTION_SINCE,
	RESTRICTION_LIFTED_AT
};
enum
{
	ABSORBED_ID = 1,
	ABSORBED_INTO_LEERLING,
	ABSORBED_OPERATION,
	ABSORBED_LEER_ID_UUID,
	ABSORBED_INSZ,
	ABSORBED_NAAM,
	ABSORBED_VOORNAAM,
	ABSORBED_GEBOORTEDATUM,
	ABSORBED_BRON_SLEUTEL,
	ABSORBED_MADE_AT
};
enum
{
	ENDED_KEY = 1,
	ENDED_STATE
};
enum
{
	FORMER_INSZ_INSZ = 1,
	FORMER_INSZ_OPERATION,
	FORMER_INSZ_LEERLING,
	FORMER_INSZ_CORRECTED
};
enum
{
	HISTORY_KEY = 1,
	HISTORY_OPERATION,
	HISTORY_AT,
	HISTORY_ACCOUNT,
	HISTORY_FROM_LEERLING,
	HISTORY_TO_LEERLING
};
enum
{
	GENERATION_GENERATION = 1,
	GENERATION_CLUSTER,
	GENERATION_DATABASE,
	GENERATION_KEY,
	GENERATION_STARTED_AT
};
enum
{
	READING_ID = 1,
	READING_PURPOSE,
	READING_GENERATION,
	READING_TIMELINE,
	READING_XID,
	READING_SEEN
};
enum
{
	GIVEN_ACCOUNT_UUID = 1,
	GIVEN_PURPOSE,
	GIVEN_READING
};
enum
{
	ACCOUNT_ACCOUNT_UUID = 1,
	ACCOUNT_LEERLING,
	ACCOUNT_PRINCIPAL,
	ACCOUNT_WITHOUT_INSZ,
	ACCOUNT_HISTORIC,
	ACCOUNT_CHANGED_AT,
	ACCOUNT_MADE_AT
};
enum
{
	DOSSIER_ID = 1,
	DOSSIER_PURPOSE,
	DOSSIER_DOEL,
	DOSSIER_PERSOON,
	DOSSIER_SCHOOLJAAR,
	DOSSIER_ONTVANGST,
	DOSSIER_FORMULIERVERSIE,
	DOSSIER_AFHANDELING
};
enum
{
	INSCHRIJVING_ID = 1,
	INSCHRIJVING_LEERLING,
	INSCHRIJVING_INSTELLINGSNUMMER,
	INSCHRIJVING_BEGINDATUM,
	INSCHRIJVING_EINDDATUM,
	INSCHRIJVING_SCHOOLJAAR,
	INSCHRIJVING_NIVEAU
};
enum
{
	KLAS_ID = 1,
	KLAS_LEERLING,
	KLAS_INSTELLINGSNUMMER,
	KLAS_SOORT,
	KLAS_NAAM,
	KLAS_BEGINDATUM,
	KLAS_EINDDATUM,
	KLAS_EINDE_BIJ_PAKKET
};
enum
{
	LEERLING_ID = 1,
	LEERLING_LEER_ID_UUID,
	LEERLING_INSZ,
	LEERLING_NAAM,
	LEERLING_VOORNAAM,
	LEERLING_GEBOORTEDATUM,
	LEERLING_BRON_SLEUTEL,
	LEERLING_MADE_AT
};
enum
{
	PERSOON_ID = 1,
	PERSOON_INSZ,
	PERSOON_NAAM,
	PERSOON_VOORNAAM,
	PERSOON_GEBOORTEDATUM
};
enum
{
	VISIBILITY_APPLICATION = 1,
	VISIBILITY_LEERLING,
	VISIBILITY_INSTELLINGSNUMMER
};

/* A scan of one table, by an index or whole; see open_scan(). */
typedef struct TableScan
{
	Relation table;
	TupleDesc desc;
	SysScanDesc scan;
	Snapshot registered; /* of the scan's own, or NULL */
} TableScan;

extern void init_relations(void);
extern bool find_relations(void);
extern Oid relation_oid(RelationName name);
extern bool is_rule_relation(Oid relation);
extern bool is_person_relation(Oid relation, RelationName *name);

extern void open_scan(TableScan *scan, RelationName table, RelationName index, Snapshot snapshot, int keys,
					  ScanKeyData *key);
extern void restart_scan(TableScan *scan, Datum value);
extern HeapTuple next_row(TableScan *scan);
extern void close_scan(TableScan *scan);
extern Datum row_value(TableScan *scan, HeapTuple row, int column);
extern bool row_is_null(TableScan *scan, HeapTuple row, int column);

#define NO_INDEX RELATION_NAMES

#endif /* LEERID_RELATIONS_H */
