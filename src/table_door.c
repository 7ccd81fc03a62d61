/*
 * table_door.c
 *	  Which columns of which tables a purpose opens to who reads them directly.
 *
 * Column grants open exactly these; a frame checks them again, because a role
 * may have got other grants elsewhere, and because an element's own condition
 * closes its column.
 */
#include "table_door.h"

#include "access/sysattr.h"
#include "errors.h"
#include "utils/lsyscache.h"

/* historiek_account_uuid of a roster has no column: it is computed. */
static const ElementColumn roster_columns[] = {
	{"insz", REL_leerling, "insz"},
	{"naam", REL_leerling, "naam"},
	{"voornaam", REL_leerling, "voornaam"},
	{"leer_id_uuid", REL_leerling, "leer_id_uuid"},
	{"account_uuid", REL_account, "account_uuid"},
	{"instellingsnummer", REL_inschrijving, "instellingsnummer"},
	{"klas", REL_klas, "instellingsnummer"},
	{"klas", REL_klas, "soort"},
	{"klas", REL_klas, "naam"},
	{NULL, 0, NULL},
};
static const ElementColumn login_columns[] = {
	{"insz", REL_login_record, "insz"},
	{"naam", REL_login_record, "naam"},
	{"voornaam", REL_login_record, "voornaam"},
	{"leer_id_uuid", REL_login_record, "leer_id_uuid"},
	{"account_uuid", REL_login_record, "account_uuid"},
	{"historiek_account_uuid", REL_login_record, "historiek_account_uuid"},
	{"instellingsnummer", REL_login_record, "instellingsnummer"},
	{NULL, 0, NULL},
};
static const ElementColumn dossier_columns[] = {
	{"insz", REL_persoon, "insz"},
	{"insz", REL_studiebewijs, "insz"},
	{"naam", REL_persoon, "naam"},
	{"voornaam", REL_persoon, "voornaam"},
	{"categorie", REL_studiebewijs, "categorie"},
	{"graad", REL_studiebewijs, "graad"},
	{"onderwijsvorm", REL_studiebewijs, "onderwijsvorm"},
	{"type_bewijs", REL_studiebewijs, "type_bewijs"},
	{"instantie", REL_studiebewijs, "instantie"},
	{"uitreikingsdatum", REL_studiebewijs, "uitreikingsdatum"},
	{"volledige_naam", REL_studiebewijs, "volledige_naam"},
	{"instelling", REL_studiebewijs, "instelling"},
	{"studierichting", REL_studiebewijs, "studierichting"},
	{NULL, 0, NULL},
};
/* account_uuid stands in for a missing leer_id_uuid only, which no policy of account can see. */
static const ElementColumn akkoord_columns[] = {
	{"leer_id_uuid", REL_leerling, "leer_id_uuid"},
	{"instellingsnummer", REL_klas, "instellingsnummer"},
	{"klas", REL_klas, "soort"},
	{"klas", REL_klas, "naam"},
	{NULL, 0, NULL},
};

/* Where the elements of a purpose's kind stand; the last has no element. */
const ElementColumn *
element_columns(const PurposeRules *rules)
{
	switch (rules->admission)
	{
		case ADMIT_ENROLMENT:
			return rules->at_login ? login_columns : roster_columns;
		case ADMIT_DOSSIER:
			return dossier_columns;
		case ADMIT_AKKOORD:
			return akkoord_columns;
	}
	return NULL;
}

/* Whether a column holds an element that any purpose may open, schools aside. */
bool
is_element_column(RelationName table, AttrNumber number)
{
	static const ElementColumn *const doors[] = {roster_columns, login_columns, dossier_columns,
												 akkoord_columns};
	char *column = get_attname(relation_oid(table), number, true);

	if (column == NULL || strcmp(column, "instellingsnummer") == 0)
		return false;
	for (int i = 0; i < (int) lengthof(doors); i++)
		for (const ElementColumn *place = doors[i]; place->element != NULL; place++)
			if (place->table == table && strcmp(place->column, column) == 0)
				return true;
	return false;
}

/* Whether a purpose opens a column now. */
static bool
opens_column(const PurposeRules *rules, RelationName table, const char *column)
{
	for (const ElementColumn *place = element_columns(rules); place->element != NULL; place++)
	{
		const ElementRule *element;

		if (place->table != table || strcmp(place->column, column) != 0)
			continue;
		element = element_named(rules, place->element);
		if (element != NULL && (element->condition != DECRETAL_BASIS || element->basis))
			return true;
	}
	return false;
}

/* Whether a purpose opens any column of a table. */
static bool
opens_table(const PurposeRules *rules, RelationName table)
{
	for (const ElementColumn *place = element_columns(rules); place->element != NULL; place++)
		if (place->table == table && element_named(rules, place->element) != NULL)
			return true;
	return false;
}

/*
 * LR007 when a statement reads a column that the purpose does not open, or one
 * whose element's own condition does not hold now.
 */
void
check_table_columns(const PurposeRules *rules, RelationName table, Bitmapset *selected)
{
	Oid relation = relation_oid(table);
	int bit = -1;

	if (!opens_table(rules, table))
		ereport(ERROR, (errcode(ERRCODE_LEERID_ELEMENT_REFUSED),
						errmsg("table \"%s\" is not open under this purpose", get_rel_name(relation))));
	while ((bit = bms_next_member(selected, bit)) >= 0)
	{
		AttrNumber number = bit + FirstLowInvalidHeapAttributeNumber;
		char *column = number > 0 ? get_attname(relation, number, true) : NULL;

		if (column == NULL || !opens_column(rules, table, column))
			ereport(ERROR,
					(errcode(ERRCODE_LEERID_ELEMENT_REFUSED),
					 errmsg("column \"%s\" of table \"%s\" is not open under this purpose",
							column == NULL ? "*" : column, get_rel_name(relation)),
					 errdetail("It is no element of the purpose, or its own condition does not hold.")));
	}
}
