/*
 * package.c
 *	  What an administrative package fetches: the identifiers of the pupils of a
 *	  school that shares class information, so that it can deliver their classes.
 *	  Class protocol, F and article 2, 2.
 */
#include "school_right.h"

#include "errors.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"

#define MOST_SOURCE_KEYS 100000

/* Raises LR028 unless the school works today with the package that is calling. */
static void
check_package_of(const School *school)
{
	NameData caller;

	namestrcpy(&caller, GetUserNameFromId(GetOuterUserId(), false));
	{
		QueryArgument arguments[] = {SCHOOL_ARGUMENTS(school),
									 {.type = NAMEOID, .value = NameGetDatum(&caller)}};

		if (query_latest(
				"SELECT FROM leerid.school_software s JOIN leerid.package k ON k.code = s.package"
				" WHERE s.instellingsnummer OPERATOR(leerid.=) $1 AND $2 BETWEEN s.valid_from AND s.valid_to"
				" AND k.login_role = $4",
				true, lengthof(arguments), arguments) == 0)
			ereport(
				ERROR,
				(errcode(ERRCODE_LEERID_NOT_THIS_PACKAGE),
				 errmsg("role \"%s\" is not the package of this school", NameStr(caller)),
				 errdetail("A package fetches identifiers for the schools that have it configured today."),
				 errhint("The tables package and school_software say which role that is.")));
	}
}

/* Raises 54000 for too many keys at once. */
static void
check_number_of_keys(const ArrayType *keys)
{
	if (ArrayGetNItems(ARR_NDIM(keys), ARR_DIMS(keys)) > MOST_SOURCE_KEYS)
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED), errmsg("too many source keys at once"),
						errdetail("At most %d are answered in one call.", MOST_SOURCE_KEYS),
						errhint("Ask in parts.")));
}

/*
 * package_identifiers(instellingsnummer, source_keys): for each key that names
 * one pupil, one identifier.  A key that two pupils have names neither.
 */
PG_FUNCTION_INFO_V1(package_identifiers);
Datum
package_identifiers(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	School school;

	check_not_null(fcinfo, 2);
	check_number_of_keys(PG_GETARG_ARRAYTYPE_P(1));
	InitMaterializedSRF(fcinfo, 0);
	query_open();
	find_school(&school, PG_GETARG_INT32(0), false);
	check_package_of(&school);
	check_class_shared(&school);
	{
		QueryArgument arguments[] = {PUPIL_ARGUMENTS(&school), PASSED_ARGUMENT(1, TEXTARRAYOID)};

		return_rows(result,
					query("SELECT i.bron_sleutel, l.leer_id_uuid,"
						  " CASE WHEN l.leer_id_uuid IS NULL THEN a.account_uuid END"
						  " FROM leerid.inschrijving i JOIN leerid.leerling l ON l.id = i.leerling"
						  " LEFT JOIN leerid.account a ON a.leerling = l.id AND a.principal"
						  " WHERE " ACTIVELY_ENROLLED " AND i.bron_sleutel = ANY ($5)"
						  " AND coalesce(l.leer_id_uuid, a.account_uuid) IS NOT NULL"
						  " AND NOT EXISTS (SELECT FROM leerid.inschrijving o WHERE o.instellingsnummer"
						  " OPERATOR(leerid.=) $1 AND $2 BETWEEN o.begindatum AND o.einddatum"
						  " AND o.bron_sleutel = i.bron_sleutel AND o.leerling <> i.leerling)"
						  " ORDER BY i.bron_sleutel",
						  true, lengthof(arguments), arguments));
	}
	query_close();
	return (Datum) 0;
}
