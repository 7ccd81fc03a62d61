/*
 * build.c
 *	  What a protocol in force stands for in the database: for each purpose a
 *	  schema with the recipient's views, a role that reads them, a role that reads
 *	  the tables, their grants, and the row-level policies.
 *
 * All of it is made as the extension's script would make it: members of the
 * extension, with their grants as initial privileges.  So none of it is dumped,
 * DROP EXTENSION takes it along, and rebuild() makes it anew from the rules.
 * Roles belong to the cluster and carry the database in their names; they are
 * made once and stay.
 */
#include "build.h"

#include "access/xlog.h"
#include "catalog/dependency.h"
#include "catalog/namespace.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_type.h"
#include "commands/dbcommands.h"
#include "commands/extension.h"
#include "common/cryptohash.h"
#include "common/sha2.h"
#include "errors.h"
#include "frame.h"
#include "gate.h"
#include "install.h"
#include "miscadmin.h"
#include "query.h"
#include "rules.h"
#include "storage/lmgr.h"
#include "table_door.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"

/* Tables that policies are made on, in the order in which login() reads them. */
static const RelationName doors[] = {REL_account,	   REL_leerling, REL_inschrijving, REL_klas,
									 REL_login_record, REL_persoon,	 REL_studiebewijs};

/* What officers do with dossiers, for the readers of a purpose that has them. */
#define DOSSIER_FUNCTIONS \
	"leerid.open_dossier, leerid.open_dossiers, leerid.close_dossier, leerid.note_certificate"

/* One purpose while it is built. */
typedef struct Building
{
	PurposeRules *rules;
	char *schema; /* PROTOCOL_PURPOSE */
	char *view_role, *direct_role;
	char *pass; /* the literal */
	char *term; /* the retention as a literal */
} Building;

/*
 * The name of a purpose's role in this database.  Names are cut at 63 bytes; one
 * that is too long begins with the start of its digest instead of the database,
 * and the schema in it is cut.
 */
static char *
role_name(const char *schema, const char *suffix)
{
	char *database = get_database_name(MyDatabaseId);
	char *name = psprintf("%s_%s%s", database, schema, suffix);
	int room = NAMEDATALEN - 1 - (int) strlen("db00000000_") - (int) strlen(suffix);

	if (strlen(name) >= NAMEDATALEN)
	{
		pg_cryptohash_ctx *hash = pg_cryptohash_create(PG_SHA256);
		uint8 digest[PG_SHA256_DIGEST_LENGTH];

		if (pg_cryptohash_init(hash) < 0 ||
			pg_cryptohash_update(hash, (const uint8 *) name, strlen(name)) < 0 ||
			pg_cryptohash_final(hash, digest, sizeof(digest)) < 0)
			elog(ERROR, "could not compute a digest");
		pg_cryptohash_free(hash);
		name = psprintf("db%02x%02x%02x%02x_%.*s%s", digest[0], digest[1], digest[2], digest[3], room, schema,
						suffix);
	}
	return name;
}

/* The schema of a purpose: its protocol's code and its own. */
static char *
schema_of(int32 purpose)
{
	QueryArgument arguments[] = {{INT4OID, Int32GetDatum(purpose), false}};

	if (query("SELECT protocol_code || '_' || code FROM leerid.purpose WHERE id = $1", false, 1, arguments) !=
		1)
		elog(ERROR, "purpose %d is missing", purpose);
	return query_text(0, 1);
}

/*
 * The role that was given a purpose's views or tables when they were made here,
 * which keeps its name when the database is renamed; where nothing is made, the
 * role that would be given them.
 */
static char *
role_of(int32 purpose, const char *column, const char *suffix)
{
	QueryArgument arguments[] = {{INT4OID, Int32GetDatum(purpose), false},
								 {OIDOID, ObjectIdGetDatum(MyDatabaseId), false}};

	if (query(psprintf("SELECT %s FROM leerid.built WHERE purpose = $1 AND database = $2 LIMIT 1", column),
			  false, lengthof(arguments), arguments) == 1)
		return query_text(0, 1);
	return role_name(schema_of(purpose), suffix);
}

/* The role that reads a purpose's views; an SPI connection is open. */
char *
view_role_of(int32 purpose)
{
	return role_of(purpose, "view_role", "");
}

/* The role that reads the tables under a purpose; an SPI connection is open. */
char *
direct_role_of(int32 purpose)
{
	return role_of(purpose, "direct_role", "_direct");
}

/* Makes a role that is not there yet. */
static void
make_role(const char *role, const char *schema, const char *what)
{
	if (OidIsValid(get_role_oid(role, true)))
		return;
	command("CREATE ROLE %s NOLOGIN", quote_identifier(role));
	command("COMMENT ON ROLE %s IS %s", quote_identifier(role),
			quote_literal_cstr(psprintf("leerid: %s of %s", what, schema)));
}

/* The condition under which an enrolment in "i" is an active one of the purpose's levels. */
static char *
active_enrolment(const PurposeRules *rules, const char *alias)
{
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfo(&sql, "%s.begindatum <= leerid.today() AND %s.einddatum >= leerid.today()", alias,
					 alias);
	if (rules->level_count > 0)
	{
		appendStringInfo(&sql, " AND %s.niveau IN (", alias);
		for (int i = 0; i < rules->level_count; i++)
			appendStringInfo(&sql, "%s%s", i == 0 ? "" : ", ", quote_literal_cstr(rules->levels[i]));
		appendStringInfoChar(&sql, ')');
	}
	return sql.data;
}

/* The condition under which a dossier in "d" is an open one of the purpose. */
static char *
open_dossier_sql(const Building *building)
{
	return psprintf(
		"d.purpose = %d AND (d.afhandeling IS NULL OR leerid.today() < d.afhandeling)"
		" AND (d.doel <> 'huisonderwijs' OR leerid.leerplichtig(p.geboortedatum, leerid.today()))",
		building->rules->purpose);
}

/* The expression of an element that its table stores, with its condition. */
static void
append_stored(StringInfo sql, const Building *building, int ordinal, const char *stored)
{
	if (building->rules->elements[ordinal - 1].condition == DECRETAL_BASIS)
		appendStringInfo(sql, "CASE WHEN leerid.element_ok(%s, %d, NULL, NULL, NULL) THEN %s END",
						 building->pass, ordinal, stored);
	else
		appendStringInfoString(sql, stored);
}

/* The classes of "k" as one value: a list of {instellingsnummer, soort, naam}, or NULL. */
#define CLASSES \
	"pg_catalog.jsonb_agg(DISTINCT pg_catalog.jsonb_build_object('instellingsnummer', " \
	"k.instellingsnummer::text," \
	" 'soort', k.soort, 'naam', k.naam)) FILTER (WHERE k.id IS NOT NULL)"

/* The roster of a continuous protocol: one row for each pupil. */
static char *
roster_sql(const Building *building)
{
	const PurposeRules *rules = building->rules;
	StringInfoData columns, sql;
	int class_ordinal = 0;

	initStringInfo(&columns);
	for (int i = 0; i < rules->element_count; i++)
	{
		const char *name = rules->elements[i].name;

		appendStringInfoString(&columns, i == 0 ? "" : ",\n\t");
		if (strcmp(name, "klas") == 0)
		{
			class_ordinal = i + 1;
			appendStringInfoString(&columns, CLASSES);
		}
		else if (strcmp(name, "account_uuid") == 0)
			appendStringInfoString(&columns, "a.account_uuid");
		else if (strcmp(name, "instellingsnummer") == 0)
			appendStringInfoString(&columns, "pg_catalog.array_agg(DISTINCT i.instellingsnummer)");
		else if (strcmp(name, "historiek_account_uuid") == 0)
			appendStringInfoString(
				&columns,
				"CASE WHEN l.leer_id_uuid IS NULL THEN '{}'::uuid[] ELSE ARRAY(SELECT h.account_uuid"
				" FROM leerid.account h WHERE h.leerling = l.id AND h.without_insz"
				" AND h.account_uuid <> a.account_uuid ORDER BY h.account_uuid) END");
		else
			append_stored(&columns, building, i + 1, psprintf("l.%s", quote_identifier(name)));
		appendStringInfo(&columns, " AS %s", quote_identifier(name));
	}

	initStringInfo(&sql);
	appendStringInfo(&sql, "SELECT %s\nFROM leerid.inschrijving i", columns.data);
	if (rules->visibility_required || class_ordinal > 0)
		appendStringInfo(
			&sql,
			"\n%s (leerid.visibility v JOIN leerid.application p ON p.id = v.application AND p.purpose = %d)"
			" ON v.leerling = i.leerling AND leerid.same_school(v.instellingsnummer, i.instellingsnummer)",
			rules->visibility_required ? "JOIN" : "LEFT JOIN", rules->purpose);
	appendStringInfoString(&sql, "\nJOIN leerid.leerling l ON l.id = i.leerling"
								 "\nJOIN leerid.account a ON a.leerling = i.leerling AND a.principal");
	if (class_ordinal > 0)
		appendStringInfo(&sql,
						 "\nLEFT JOIN leerid.klas k ON k.leerling = i.leerling"
						 " AND leerid.same_school(k.instellingsnummer, i.instellingsnummer)"
						 " AND k.begindatum <= leerid.today() AND k.einddatum >= leerid.today()"
						 " AND leerid.element_ok(%s, %d, k.leerling, k.instellingsnummer, v.application, "
						 "k.einde_bij_pakket)",
						 building->pass, class_ordinal);
	appendStringInfo(
		&sql,
		"\nWHERE %s\n\tAND leerid.gate_row(%s, i.leerling, i.instellingsnummer, %s, l.naam, a.account_uuid%s)"
		"\nGROUP BY l.id, a.account_uuid",
		active_enrolment(rules, "i"), building->pass, rules->visibility_required ? "v.application" : "NULL",
		class_ordinal > 0 ? ", v.application, k.id" : (rules->visibility_required ? ", p.id" : ""));
	return sql.data;
}

/* Begins a query with the elements, each a column of the table that table_of() names. */
static void
append_elements(StringInfo sql, const Building *building, const char *(*table_of)(const char *element))
{
	appendStringInfoString(sql, "SELECT ");
	for (int i = 0; i < building->rules->element_count; i++)
	{
		const char *name = building->rules->elements[i].name;

		appendStringInfoString(sql, i == 0 ? "" : ",\n\t");
		append_stored(sql, building, i + 1, psprintf("%s.%s", table_of(name), quote_identifier(name)));
		appendStringInfo(sql, " AS %s", quote_identifier(name));
	}
}

static const char *
of_record(const char *element)
{
	(void) element;
	return "r";
}

/* A certificate knows its holder by INSZ only: the names are the register's. */
static const char *
of_certificate(const char *element)
{
	return strcmp(element, "insz") == 0 || strcmp(element, "naam") == 0 || strcmp(element, "voornaam") == 0
			   ? "p"
			   : "s";
}

/* The recipient's record of the last granted login. */
static char *
login_sql(const Building *building)
{
	const PurposeRules *rules = building->rules;
	StringInfoData sql;

	initStringInfo(&sql);
	append_elements(&sql, building, of_record);
	appendStringInfo(
		&sql,
		"\nFROM leerid.login_record r\nWHERE r.purpose = %d AND r.aangemeld_op + %s >= leerid.today()"
		"\n\tAND leerid.gate_row(%s, r.leerling, NULL, NULL, r.account_uuid)",
		rules->purpose, building->term, building->pass);
	return sql.data;
}

/* The certificates of persons with an open dossier; a person without one has a row as well. */
static char *
certificate_sql(const Building *building)
{
	StringInfoData sql;

	initStringInfo(&sql);
	append_elements(&sql, building, of_certificate);
	/* no EXISTS: the planner could ask the gate before it, and record who is not shown */
	appendStringInfo(&sql,
					 "\nFROM leerid.persoon p"
					 " JOIN LATERAL (SELECT d.persoon FROM leerid.dossier d WHERE d.persoon = p.id AND %s "
					 "LIMIT 1) d ON true"
					 " LEFT JOIN leerid.studiebewijs s ON s.insz OPERATOR(leerid.=) p.insz"
					 "\nWHERE leerid.gate_row(%s, p.id, NULL, NULL, d.persoon, s.id)",
					 open_dossier_sql(building), building->pass);
	return sql.data;
}

/* The condition under which a dossier in "d" is within its term. */
static char *
dossier_term_sql(const Building *building)
{
	return psprintf(
		"d.purpose = %d AND (CASE d.doel WHEN 'huisonderwijs' THEN d.ontvangst ELSE d.afhandeling END"
		" + %s) >= leerid.today()",
		building->rules->purpose, building->term);
}

/* AGODI's own dossiers, until their term. */
static char *
dossier_sql(const Building *building)
{
	return psprintf("SELECT d.id AS dossier, p.insz, p.naam, p.voornaam, d.schooljaar, d.ontvangst,"
					" d.formulierversie, d.afhandeling"
					"\nFROM leerid.dossier d JOIN leerid.persoon p ON p.id = d.persoon"
					"\nWHERE %s\n\tAND leerid.gate_row(%s, p.id, NULL, NULL, d.id)",
					dossier_term_sql(building), building->pass);
}

/* The officers' own notes, until the dossier's term. */
static char *
note_sql(const Building *building)
{
	return psprintf("SELECT n.dossier, p.insz, p.naam, p.voornaam, n.categorie, n.graad, n.onderwijsvorm,"
					" n.type_bewijs, n.instantie, n.uitreikingsdatum, n.genoteerd_op, n.genoteerd_door"
					"\nFROM leerid.dossier_notitie n JOIN leerid.dossier d ON d.id = n.dossier"
					" JOIN leerid.persoon p ON p.id = d.persoon"
					"\nWHERE %s\n\tAND leerid.gate_row(%s, p.id, NULL, NULL, n.id, d.id)",
					dossier_term_sql(building), building->pass);
}

/* Class information for DOV's managers: one row for each pupil and school. */
static char *
akkoord_sql(const Building *building)
{
	const PurposeRules *rules = building->rules;
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfoString(&sql, "SELECT ");
	for (int i = 0; i < rules->element_count; i++)
	{
		const char *name = rules->elements[i].name;

		appendStringInfo(&sql, "%s%s AS %s", i == 0 ? "" : ",\n\t",
						 strcmp(name, "leer_id_uuid") == 0 ? "l.leer_id_uuid"
						 : strcmp(name, "account_uuid") == 0
							 ? "CASE WHEN l.leer_id_uuid IS NULL THEN a.account_uuid END"
						 : strcmp(name, "klas") == 0 ? CLASSES
													 : "k.instellingsnummer",
						 quote_identifier(name));
	}
	appendStringInfo(&sql,
					 "\nFROM leerid.klas k JOIN leerid.leerling l ON l.id = k.leerling"
					 " JOIN leerid.account a ON a.leerling = l.id AND a.principal"
					 "\nWHERE leerid.gate_akkoord(%s, k.leerling, k.instellingsnummer, k.einde_bij_pakket,"
					 " l.naam, a.account_uuid)"
					 "\nGROUP BY l.id, a.account_uuid, k.instellingsnummer",
					 building->pass);
	return sql.data;
}

/* Who makes extensions' objects just now, for end_as_script(). */
typedef struct Script
{
	bool creating;
	Oid extension;
} Script;

/* Makes the extension the creator of what follows, as in its own script. */
static Script
begin_as_script(void)
{
	Script outer = {creating_extension, CurrentExtensionObject};

	CurrentExtensionObject = get_extension_oid("leerid", false);
	creating_extension = true;
	allow_passes(true);
	return outer;
}

/* Undoes begin_as_script(), which may itself have been called in a script (an upgrade's). */
static void
end_as_script(Script outer)
{
	allow_passes(false);
	creating_extension = outer.creating;
	CurrentExtensionObject = outer.extension;
}

/* What a column of a generated view is; the elements have their justification. */
static void
comment_columns(const Building *building, const char *view)
{
	static const char *const own[][2] = {
		{"dossier", "The dossier's number."},
		{"insz", "The person's INSZ."},
		{"naam", "The person's name, from AGODI's person register."},
		{"voornaam", "The person's first name, from AGODI's person register."},
		{"schooljaar", "The school year."},
		{"ontvangst", "When the declaration came in."},
		{"formulierversie", "Version of the form of the declaration."},
		{"afhandeling", "When it was or will be handled; NULL: open."},
		{"categorie", "Category of the certificate that was confirmed."},
		{"graad", "Its grade."},
		{"onderwijsvorm", "Its form of education."},
		{"type_bewijs", "Its type."},
		{"instantie", "Who issued it."},
		{"uitreikingsdatum", "When it was issued."},
		{"genoteerd_op", "The day of the note."},
		{"genoteerd_door", "The role that noted it."},
	};
	char *qualified = psprintf("%s.%s", quote_identifier(building->schema), quote_identifier(view));
	uint64 count;
	char **columns;
	QueryArgument arguments[] = {QUERY_TEXT(qualified)};

	count = query(
		"SELECT attname::text FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 ORDER BY attnum",
		false, 1, arguments);
	columns = palloc(sizeof(char *) * (count + 1));
	for (uint64 i = 0; i < count; i++)
		columns[i] = query_text(i, 1);
	for (uint64 i = 0; i < count; i++)
	{
		QueryArgument key[] = {{INT4OID, Int32GetDatum(building->rules->protocol), false},
							   {INT4OID, Int32GetDatum(building->rules->purpose), false},
							   QUERY_TEXT(columns[i])};
		const char *text = NULL;
		bool own_data = strcmp(view, "dossier") == 0 || strcmp(view, "notitie") == 0;

		if (!own_data &&
			query(
				"SELECT justification FROM leerid.element WHERE protocol = $1 AND purpose = $2 AND name = $3",
				false, 3, key) == 1)
			text = psprintf("Article 3: %s", query_text(0, 1));
		for (int j = 0; text == NULL && j < (int) lengthof(own); j++)
			if (strcmp(own[j][0], columns[i]) == 0)
				text = own[j][1];
		if (text != NULL)
			command("COMMENT ON COLUMN %s.%s IS %s", qualified, quote_identifier(columns[i]),
					quote_literal_cstr(text));
	}
}

/* Makes one view, for its role alone, and writes it down in built. */
static void
make_view(const Building *building, const char *view, const char *sql, const char *comment)
{
	char *qualified = psprintf("%s.%s", quote_identifier(building->schema), quote_identifier(view));
	NameData view_role, direct_role;
	QueryArgument arguments[] = {QUERY_TEXT(qualified),
								 {INT4OID, Int32GetDatum(building->rules->purpose), false},
								 {INT4OID, Int32GetDatum(building->rules->protocol), false},
								 {OIDOID, ObjectIdGetDatum(MyDatabaseId), false},
								 {NAMEOID, NameGetDatum(&view_role), false},
								 {NAMEOID, NameGetDatum(&direct_role), false},
								 {INT8OID, Int64GetDatum((int64) GetSystemIdentifier()), false}};

	namestrcpy(&view_role, building->view_role);
	namestrcpy(&direct_role, building->direct_role);
	command("CREATE VIEW %s WITH (security_barrier) AS\n%s", qualified, sql);
	command("COMMENT ON VIEW %s IS %s", qualified, quote_literal_cstr(comment));
	comment_columns(building, view);
	command("REVOKE ALL ON %s FROM PUBLIC", qualified);
	command("GRANT SELECT ON %s TO %s", qualified, quote_identifier(building->view_role));
	query("INSERT INTO leerid.built (relation, purpose, protocol, database, view_role, direct_role, cluster)"
		  " VALUES ($1::regclass, $2, $3, $4, $5, $6, $7)",
		  false, lengthof(arguments), arguments);
}

/* The condition of a table's policy under a purpose, or NULL when the table stays shut. */
static char *
door_sql(const Building *building, RelationName table)
{
	const PurposeRules *rules = building->rules;
	const char *pass = building->pass;

	if (rules->at_login)
		return table != REL_login_record ? NULL
										 : psprintf("purpose = %d AND aangemeld_op + %s >= leerid.today()"
													" AND leerid.gate_table(%s, leerling, NULL)",
													rules->purpose, building->term, pass);
	switch (rules->admission)
	{
		case ADMIT_ENROLMENT:
			switch (table)
			{
				case REL_inschrijving:
					return psprintf("%s AND leerid.gate_table(%s, leerling, instellingsnummer)",
									active_enrolment(rules, "inschrijving"), pass);
				case REL_leerling:
					return psprintf("leerid.gate_subject(%s, id)", pass);
				case REL_account:
					return psprintf("principal AND leerid.gate_subject(%s, leerling)", pass);
				case REL_klas:
					return element_named(rules, "klas") == NULL
							   ? NULL
							   : psprintf("begindatum <= leerid.today() AND einddatum >= leerid.today()"
										  " AND leerid.gate_class(%s, leerling, instellingsnummer, "
										  "einde_bij_pakket)",
										  pass);
				default:
					return NULL;
			}
		case ADMIT_DOSSIER:
			switch (table)
			{
				case REL_persoon:
					return psprintf("leerid.gate_subject(%s, id)", pass);
				case REL_studiebewijs:
					return psprintf("leerid.gate_insz(%s, insz)", pass);
				default:
					return NULL;
			}
		case ADMIT_AKKOORD:
			switch (table)
			{
				case REL_klas:
					return psprintf(
						"leerid.gate_akkoord(%s, leerling, instellingsnummer, einde_bij_pakket, id)", pass);
				case REL_leerling:
					return psprintf("leerid.gate_subject(%s, id)", pass);
				default:
					return NULL;
			}
	}
	return NULL;
}

/* Makes the policy of one table and grants the columns of the purpose's elements. */
static void
open_door(const Building *building, RelationName table)
{
	char *name = get_rel_name(relation_oid(table));
	char *condition = door_sql(building, table);
	StringInfoData columns;

	if (condition == NULL)
		return;
	initStringInfo(&columns);
	for (const ElementColumn *place = element_columns(building->rules); place->element != NULL; place++)
		if (place->table == table && element_named(building->rules, place->element) != NULL)
			appendStringInfo(&columns, "%s%s", columns.len == 0 ? "" : ", ", place->column);
	if (columns.len == 0)
		return;
	command("CREATE POLICY %s ON leerid.%s FOR SELECT TO %s USING (%s)", quote_identifier(building->schema),
			name, quote_identifier(building->direct_role), condition);
	command("GRANT SELECT (%s) ON leerid.%s TO %s", columns.data, name,
			quote_identifier(building->direct_role));
}

/* Makes everything of one purpose. */
static void
build_purpose(PurposeRules *rules)
{
	Building building = {.rules = rules};
	QueryArgument interval[] = {{INTERVALOID, IntervalPGetDatum(&rules->retention), false}};

	building.schema = schema_of(rules->purpose);
	building.view_role = role_name(building.schema, "");
	building.direct_role = role_name(building.schema, "_direct");
	building.pass = psprintf("'%d'::leerid.gate_pass", rules->purpose);
	query("SELECT quote_literal($1::text) || '::interval'", false, 1, interval);
	building.term = query_text(0, 1);

	make_role(building.view_role, building.schema, "reader of the views");
	make_role(building.direct_role, building.schema, "reader of the tables");
	command("CREATE SCHEMA %s", quote_identifier(building.schema));
	command("COMMENT ON SCHEMA %s IS %s", quote_identifier(building.schema),
			quote_literal_cstr(
				psprintf("Views of protocol %s for one purpose, made by leerid.", rules->protocol_code)));
	command("GRANT USAGE ON SCHEMA %s TO %s", quote_identifier(building.schema),
			quote_identifier(building.view_role));

	if (rules->at_login)
		make_view(&building, "login_record", login_sql(&building),
				  "What was handed over at each pupil's last granted login, until its term ends.");
	else
		switch (rules->admission)
		{
			case ADMIT_ENROLMENT:
				make_view(&building, "leerling", roster_sql(&building),
						  "The pupils of the schools that work with the recipient, one row each.");
				break;
			case ADMIT_DOSSIER:
				make_view(&building, "studiebewijs", certificate_sql(&building),
						  "The certificates of the persons with an open dossier; a person without "
						  "certificate has one row.");
				make_view(&building, "dossier", dossier_sql(&building),
						  "AGODI's own dossiers under this purpose, until their term ends.");
				make_view(&building, "notitie", note_sql(&building),
						  "The officers' own notes, until their dossier's term ends.");
				command("GRANT EXECUTE ON FUNCTION " DOSSIER_FUNCTIONS " TO %s",
						quote_identifier(building.view_role));
				break;
			case ADMIT_AKKOORD:
				make_view(&building, "klas", akkoord_sql(&building),
						  "Class information of the schools that share it, until its term ends.");
				break;
		}
	command("GRANT EXECUTE ON FUNCTION leerid.identity_feed TO %s", quote_identifier(building.view_role));
	for (int i = 0; i < (int) lengthof(doors); i++)
		open_door(&building, doors[i]);
}

/* Takes from a role whatever building a purpose gives one, schema and views aside. */
static void
revoke_from(const char *role)
{
	StringInfoData tables;

	if (!OidIsValid(get_role_oid(role, true)))
		return;
	initStringInfo(&tables);
	for (int i = 0; i < (int) lengthof(doors); i++)
		appendStringInfo(&tables, "%sleerid.%s", i == 0 ? "" : ", ", get_rel_name(relation_oid(doors[i])));
	command("REVOKE ALL ON %s FROM %s", tables.data, quote_identifier(role));
	command("REVOKE ALL ON FUNCTION " DOSSIER_FUNCTIONS ", leerid.identity_feed FROM %s",
			quote_identifier(role));
}

/* The values of the first column that a query gave. */
static char **
texts(uint64 count)
{
	char **result = palloc(sizeof(char *) * (count + 1));

	for (uint64 i = 0; i < count; i++)
		result[i] = query_text(i, 1);
	return result;
}

/* Whether a schema stands and was made by the extension, not by a user under the same name. */
static bool
is_own_schema(const char *schema)
{
	Oid oid = get_namespace_oid(schema, true);

	return OidIsValid(oid) &&
		   getExtensionOfObject(NamespaceRelationId, oid) == get_extension_oid("leerid", false);
}

/*
 * Unmakes everything of one purpose but its roles, which others may have been
 * granted.  What built names are the roles that were given something: those of
 * another database in a copy of it, those of an old name in a database that was
 * renamed.  PostgreSQL's own error (2BP01) names what a user built upon a view.
 */
static void
unmake_purpose(int32 purpose)
{
	char *schema = schema_of(purpose);
	QueryArgument arguments[] = {{INT4OID, Int32GetDatum(purpose), false}, QUERY_TEXT(schema)};
	uint64 count;
	char **names;

	if (is_own_schema(schema))
	{
		count = query("SELECT quote_ident($2) || '.' || quote_ident(c.relname) FROM leerid.built b JOIN "
					  "pg_class c ON c.oid = b.relation"
					  " WHERE b.purpose = $1",
					  false, lengthof(arguments), arguments);
		names = texts(count);
		for (uint64 i = 0; i < count; i++)
			command("DROP VIEW %s", names[i]);
		command("DROP SCHEMA %s", quote_identifier(schema));
	}

	count = query("SELECT c.relname FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid"
				  " WHERE p.polname = $1 AND c.relnamespace = 'leerid'::regnamespace",
				  false, 1, &arguments[1]);
	names = texts(count);
	for (uint64 i = 0; i < count; i++)
		command("DROP POLICY %s ON leerid.%s", quote_identifier(schema), quote_identifier(names[i]));

	count = query("SELECT DISTINCT r FROM leerid.built b, unnest(ARRAY[b.view_role, b.direct_role]) r WHERE "
				  "b.purpose = $1",
				  false, 1, arguments);
	names = texts(count);
	for (uint64 i = 0; i < count; i++)
		revoke_from(names[i]);
	query("DELETE FROM leerid.built WHERE purpose = $1", false, 1, arguments);
}

/*
 * Locks all that building touches before any of it: first the views, so that
 * whoever reads one has its tables too or waits with nothing in his hands, then
 * the tables.  Building has no deadlock with a login or with the reader of a
 * view.  The protocols and bindings are locked; an SPI connection is open.
 */
void
lock_built(void)
{
	uint64 count = query("SELECT b.relation FROM leerid.built b JOIN pg_class c ON c.oid = b.relation"
						 " ORDER BY b.relation",
						 false, 0, NULL);
	Oid *views = palloc(sizeof(Oid) * (count + 1));

	for (uint64 i = 0; i < count; i++)
		views[i] = DatumGetObjectId(query_value(i, 1, NULL));
	for (uint64 i = 0; i < count; i++)
		LockRelationOid(views[i], AccessExclusiveLock);
	for (int i = 0; i < (int) lengthof(doors); i++)
		LockRelationOid(relation_oid(doors[i]), AccessExclusiveLock);
}

/* Takes from PUBLIC, as the extension's script did, what pg_upgrade gave back; an SPI connection is open. */
void
rebuild_guards(void)
{
	Script outer = begin_as_script();

	PG_TRY();
	{
		close_counters();
	}
	PG_FINALLY();
	{
		end_as_script(outer);
	}
	PG_END_TRY();
}

/* Unmakes a purpose, if it was made; an SPI connection is open. */
void
unbuild_purpose(int32 purpose)
{
	Script outer = begin_as_script();

	PG_TRY();
	{
		unmake_purpose(purpose);
	}
	PG_FINALLY();
	{
		end_as_script(outer);
	}
	PG_END_TRY();
}

/* Makes all purposes of a version, in the place of what stood there; an SPI connection is open. */
void
build_protocol(int32 protocol)
{
	QueryArgument arguments[] = {{INT4OID, Int32GetDatum(protocol), false}};
	uint64 count = query("SELECT purpose FROM leerid.purpose_terms WHERE protocol = $1 ORDER BY purpose",
						 false, 1, arguments);
	int32 *purposes = palloc(sizeof(int32) * (count + 1));
	Script outer;

	for (uint64 i = 0; i < count; i++)
		purposes[i] = DatumGetInt32(query_value(i, 1, NULL));
	outer = begin_as_script();
	PG_TRY();
	{
		for (uint64 i = 0; i < count; i++)
		{
			unmake_purpose(purposes[i]);
			build_purpose(rules_to_build(purposes[i], protocol));
		}
	}
	PG_FINALLY();
	{
		end_as_script(outer);
	}
	PG_END_TRY();
}
