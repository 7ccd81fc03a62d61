/*
 * relations.c
 *	  The tables of leerid as its C code reads them.
 *
 * A table is found by its name in the schema of the extension, once; what is
 * remembered is forgotten when a schema, an extension or one of the tables
 * changes.  Nothing here looks at a search path.
 */
#include "relations.h"

#include "access/htup_details.h"
#include "access/relscan.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/namespace.h"
#include "commands/extension.h"
#include "miscadmin.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

static const char *const names[RELATION_NAMES] = {
	[REL_agreement] = "agreement",
	[REL_application] = "application",
	[REL_binding] = "binding",
	[REL_built] = "built",
	[REL_consent] = "consent",
	[REL_decretal_basis] = "decretal_basis",
	[REL_element] = "element",
	[REL_objection] = "objection",
	[REL_protocol] = "protocol",
	[REL_purpose_terms] = "purpose_terms",
	[REL_restriction] = "restriction",
	[REL_account] = "account",
	[REL_dossier] = "dossier",
	[REL_dossier_notitie] = "dossier_notitie",
	[REL_inschrijving] = "inschrijving",
	[REL_klas] = "klas",
	[REL_leerling] = "leerling",
	[REL_login_record] = "login_record",
	[REL_persoon] = "persoon",
	[REL_studiebewijs] = "studiebewijs",
	[REL_visibility] = "visibility",
	[REL_agreement_pkey] = "agreement_pkey",
	[REL_application_code_key] = "application_code_key",
	[REL_application_purpose] = "application_purpose",
	[REL_binding_purpose] = "binding_purpose",
	[REL_binding_direct_once] = "binding_direct_once",
	[REL_consent_standing] = "consent_standing",
	[REL_decretal_basis_pkey] = "decretal_basis_pkey",
	[REL_element_pkey] = "element_pkey",
	[REL_objection_protocol_code] = "objection_protocol_code",
	[REL_protocol_pkey] = "protocol_pkey",
	[REL_restriction_insz] = "restriction_insz",
	[REL_restriction_leerling] = "restriction_leerling",
	[REL_purpose_terms_pkey] = "purpose_terms_pkey",
	[REL_account_pkey] = "account_pkey",
	[REL_account_leerling] = "account_leerling",
	[REL_dossier_persoon] = "dossier_persoon",
	[REL_inschrijving_leerling] = "inschrijving_leerling",
	[REL_klas_leerling] = "klas_leerling",
	[REL_leerling_pkey] = "leerling_pkey",
	[REL_leerling_leer_id_uuid_key] = "leerling_leer_id_uuid_key",
	[REL_leerling_insz_key] = "leerling_insz_key",
	[REL_persoon_insz_key] = "persoon_insz_key",
	[REL_persoon_pkey] = "persoon_pkey",
	[REL_visibility_pkey] = "visibility_pkey",
	[REL_former_insz] = "former_insz",
	[REL_former_insz_leerling] = "former_insz_leerling",
	[REL_former_insz_pkey] = "former_insz_pkey",
	[REL_identity_operation_id_seq] = "identity_operation_id_seq",
	[REL_absorbed_leerling] = "absorbed_leerling",
	[REL_absorbed_leerling_pkey] = "absorbed_leerling_pkey",
	[REL_absorbed_leerling_leer_id_uuid_key] = "absorbed_leerling_leer_id_uuid_key",
	[REL_ended_key] = "ended_key",
	[REL_ended_key_pkey] = "ended_key_pkey",
	[REL_identity_history] = "identity_history",
	[REL_identity_history_pkey] = "identity_history_pkey",
	[REL_identity_history_identified] = "identity_history_identified",
	[REL_given] = "given",
	[REL_given_pkey] = "given_pkey",
	[REL_identity_generation] = "identity_generation",
	[REL_reading] = "reading",
	[REL_reading_id_seq] = "reading_id_seq",
};

static Oid found[RELATION_NAMES];
static enum
{
	UNKNOWN,
	ABSENT,
	PRESENT
} state = UNKNOWN;

/* Forgets what was found, when a schema comes, goes or is renamed. */
static void
forget_on_schema(Datum arg, int cacheid, uint32 hashvalue)
{
	(void) arg;
	(void) cacheid;
	(void) hashvalue;
	state = UNKNOWN;
}

/* Forgets what was found, when one of the tables or indexes changes. */
static void
forget_on_relation(Datum arg, Oid relation)
{
	(void) arg;
	if (state != PRESENT)
		return;
	if (!OidIsValid(relation))
		state = UNKNOWN;
	else
		for (int i = 0; i < RELATION_NAMES; i++)
			if (found[i] == relation)
			{
				/* a rule's change is no change of the table: its triggers say so to rules.c */
				if (i > LAST_RULE_RELATION)
					state = UNKNOWN;
				return;
			}
}

/* Registers what tells of changes. */
void
init_relations(void)
{
	CacheRegisterSyscacheCallback(NAMESPACEOID, forget_on_schema, (Datum) 0);
	CacheRegisterRelcacheCallback(forget_on_relation, (Datum) 0);
}

/*
 * Whether leerid is installed in this database, with all its tables.  Needs a
 * transaction; answers from memory when nothing changed.
 */
bool
find_relations(void)
{
	Oid schema;

	if (state != UNKNOWN)
		return state == PRESENT;
	if (!IsTransactionState() || !OidIsValid(MyDatabaseId))
		return false;

	state = ABSENT;
	schema = get_namespace_oid("leerid", true);
	if (!OidIsValid(schema))
		return false;
	if (!OidIsValid(get_extension_oid("leerid", true)))
	{
		/* nothing tells when the extension is put into a schema that stands already */
		state = UNKNOWN;
		return false;
	}
	for (int i = 0; i < RELATION_NAMES; i++)
	{
		found[i] = get_relname_relid(names[i], schema);
		if (!OidIsValid(found[i]))
		{
			/* the install script is under way, or somebody altered the extension */
			state = UNKNOWN;
			return false;
		}
	}
	state = PRESENT;
	return true;
}

/* The oid of a table or index; an error when leerid is not in this database. */
Oid
relation_oid(RelationName name)
{
	if (!find_relations())
		elog(ERROR, "the tables of leerid are missing");
	return found[name];
}

/* Whether a relation is one of the rule tables found; looks at nothing else. */
bool
is_rule_relation(Oid relation)
{
	for (int i = 0; i <= LAST_RULE_RELATION; i++)
		if (found[i] == relation)
			return true;
	return false;
}

/* Whether a relation holds persons, and which it is. */
bool
is_person_relation(Oid relation, RelationName *name)
{
	for (int i = LAST_RULE_RELATION + 1; i <= LAST_PERSON_RELATION; i++)
		if (found[i] == relation)
		{
			*name = i;
			return true;
		}
	return false;
}

/*
 * Opens a scan.  Without a snapshot it sees the latest committed rows and the
 * transaction's own, whatever the transaction's isolation level: so rules are
 * read.  Keys hold the table's column numbers.
 *
 * An index says in what order the rows come, and a partial one which of them, so
 * it is used whatever a session asks by ignore_system_indexes.
 */
void
open_scan(TableScan *scan, RelationName table, RelationName index, Snapshot snapshot, int keys,
		  ScanKeyData *key)
{
	bool by_index = index != NO_INDEX, ignore = IgnoreSystemIndexes;

	scan->table = table_open(relation_oid(table), AccessShareLock);
	scan->desc = RelationGetDescr(scan->table);
	scan->registered = NULL;
	if (snapshot == NULL)
		snapshot = scan->registered = RegisterSnapshot(GetCatalogSnapshot(RelationGetRelid(scan->table)));
	IgnoreSystemIndexes = false;
	scan->scan = systable_beginscan(scan->table, by_index ? relation_oid(index) : InvalidOid, by_index,
									snapshot, keys, key);
	IgnoreSystemIndexes = ignore;
}

/* Begins a scan by an index on one value anew, for another value. */
void
restart_scan(TableScan *scan, Datum value)
{
	ScanKeyData key = scan->scan->iscan->keyData[0];

	key.sk_argument = value;
	index_rescan(scan->scan->iscan, &key, 1, NULL, 0);
}

/* The next row, or NULL. */
HeapTuple
next_row(TableScan *scan)
{
	return systable_getnext(scan->scan);
}

/* Ends a scan; the lock stays to the end of the transaction, as a query's does. */
void
close_scan(TableScan *scan)
{
	systable_endscan(scan->scan);
	if (scan->registered != NULL)
		UnregisterSnapshot(scan->registered);
	table_close(scan->table, NoLock);
}

/* A column that is never null. */
Datum
row_value(TableScan *scan, HeapTuple row, int column)
{
	bool null;
	Datum value = heap_getattr(row, column, scan->desc, &null);

	if (null)
		elog(ERROR, "unexpected null in column %d of a table of leerid", column);
	return value;
}

/* Whether a column is null. */
bool
row_is_null(TableScan *scan, HeapTuple row, int column)
{
	return heap_attisnull(row, column, scan->desc);
}
