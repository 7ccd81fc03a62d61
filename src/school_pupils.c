/*
 * school_pupils.c
 *	  What a school's leerid_beheerder lists: the pupils who are actively
 *	  enrolled there, and their new and changed accounts.
 */
#include "school_right.h"

#include "funcapi.h"

/* Who of the pupils of the enrolment i, l, is looked for by a prefix, $8. */
#define FOUND \
	"($8 IS NULL OR starts_with(lower(l.naam), lower($8)) OR starts_with(lower(l.voornaam), lower($8)))"

/*
 * pupils_of(actor, instellingsnummer, klas, subklas, search): classes only while
 * the school shares them.
 */
PG_FUNCTION_INFO_V1(pupils_of);
Datum
pupils_of(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	School school;
	bool shared;

	check_not_null(fcinfo, 2);
	InitMaterializedSRF(fcinfo, 0);
	query_open();
	find_school(&school, PG_GETARG_INT32(1), false);
	check_right(&school, PG_GETARG_INT64(0), RIGHT_LEERID_BEHEERDER);
	if (!PG_ARGISNULL(2) || !PG_ARGISNULL(3))
		check_class_shared(&school);
	shared = shares_class_information(&school);
	{
		QueryArgument arguments[] = {PUPIL_ARGUMENTS(&school),
									 PASSED_ARGUMENT(2, TEXTOID),
									 PASSED_ARGUMENT(3, TEXTOID),
									 {.type = BOOLOID, .value = BoolGetDatum(shared)},
									 PASSED_ARGUMENT(4, TEXTOID)};

		return_rows(result,
					query("SELECT a.account_uuid, l.leer_id_uuid, l.naam, l.voornaam,"
						  " CASE WHEN $7 THEN (SELECT k.naam FROM leerid.klas k WHERE " CURRENT_CLASS
						  " AND k.soort = 'klas') END,"
						  " CASE WHEN $7 THEN ARRAY(SELECT k.naam FROM leerid.klas k WHERE " CURRENT_CLASS
						  " AND k.soort = 'subklas' ORDER BY k.naam) END"
						  " FROM leerid.inschrijving i JOIN leerid.leerling l ON l.id = i.leerling"
						  " LEFT JOIN leerid.account a ON a.leerling = l.id AND a.principal"
						  " WHERE " ACTIVELY_ENROLLED " AND " IN_CLASS " AND " FOUND
						  " ORDER BY l.naam, l.voornaam, a.account_uuid",
						  true, lengthof(arguments), arguments));
	}
	query_close();
	return (Datum) 0;
}

/*
 * accounts_changed_since(actor, instellingsnummer, since, per_class): the live
 * accounts, by class where the school shares them and that is asked.
 */
PG_FUNCTION_INFO_V1(accounts_changed_since);
Datum
accounts_changed_since(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	School school;

	check_not_null(fcinfo, 4);
	InitMaterializedSRF(fcinfo, 0);
	query_open();
	find_school(&school, PG_GETARG_INT32(1), false);
	check_right(&school, PG_GETARG_INT64(0), RIGHT_LEERID_BEHEERDER);
	if (PG_GETARG_BOOL(3))
		check_class_shared(&school);
	{
		QueryArgument arguments[] = {PUPIL_ARGUMENTS(&school), PASSED_ARGUMENT(2, TIMESTAMPTZOID),
									 PASSED_ARGUMENT(3, BOOLOID)};

		return_rows(result,
					query("SELECT CASE WHEN $6 THEN (SELECT k.naam FROM leerid.klas k WHERE " CURRENT_CLASS
						  " AND k.soort = 'klas') END AS klas,"
						  " a.account_uuid, l.naam, l.voornaam, a.changed_at"
						  " FROM leerid.inschrijving i JOIN leerid.leerling l ON l.id = i.leerling"
						  " JOIN leerid.account a ON a.leerling = l.id"
						  " WHERE " ACTIVELY_ENROLLED " AND NOT a.historic AND a.changed_at >= $5"
						  " ORDER BY klas, l.naam, l.voornaam, a.account_uuid",
						  true, lengthof(arguments), arguments));
	}
	query_close();
	return (Datum) 0;
}
