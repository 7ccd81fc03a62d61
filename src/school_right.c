/*
 * school_right.c
 *	  What every call for a school goes by: the school, the rights of the acting
 *	  person, whether the school shares class information, and who is enrolled.
 */
#include "school_right.h"

#include "errors.h"
#include "instellingsnummer.h"
#include "rules.h"
#include "utils/lsyscache.h"
#include "utils/snapmgr.h"

/* Raises 22004 unless the first arguments of the function are given. */
void
check_not_null(FunctionCallInfo fcinfo, int count)
{
	for (int i = 0; i < count; i++)
		if (PG_ARGISNULL(i))
			ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
							errmsg("argument %d of function %s is null", i + 1,
								   get_func_name(fcinfo->flinfo->fn_oid)),
							errdetail("Its first %d arguments must be given.", count)));
}

/* A school's number as six digits. */
static const char *
school_name(int32 number)
{
	char *name = palloc0(INSTELLINGSNUMMER_TEXT_LENGTH + 1);

	print_instellingsnummer(number, name);
	return name;
}

/*
 * Finds a school and fixes the moment of the call; LR020 for an unknown one,
 * LR002 in a database that was restored or copied and not rebuilt.  A
 * lock keeps other starts and stops of its sharing out until the transaction
 * ends, and the moment comes after the wait for it.
 */
void
find_school(School *school, int32 number, bool lock)
{
	QueryArgument arguments[] = {{.type = own_type("instellingsnummer"), .value = Int32GetDatum(number)}};
	uint64 found;

	check_built(0);
	if (lock)
		found = query_latest("SELECT FROM leerid.instelling WHERE instellingsnummer OPERATOR(leerid.=) $1"
							 " FOR NO KEY UPDATE",
							 false, lengthof(arguments), arguments);
	else
		found = query_latest("SELECT FROM leerid.instelling WHERE instellingsnummer OPERATOR(leerid.=) $1",
							 true, lengthof(arguments), arguments);
	if (found == 0)
		ereport(ERROR, (errcode(ERRCODE_LEERID_UNKNOWN_INSTELLING),
						errmsg("there is no school %s", school_name(number)),
						errdetail("The table instelling does not have this instellingsnummer."),
						errhint("Check the number; leerid_admin enters schools.")));
	school->number = number;
	school->moment = GetCurrentTimestamp();
	school->today = day_of(school->moment);
}

/*
 * Raises LR021 unless the acting person holds one of the rights at the school
 * today.  Whether he ever held it, or holds it elsewhere, is not told.
 */
void
check_right(const School *school, int64 actor, int rights)
{
	QueryArgument arguments[] = {SCHOOL_ARGUMENTS(school), PERSON_ARGUMENT(actor)};

#define HOLDS(right) \
	"SELECT FROM leerid." right \
	" WHERE persoon OPERATOR(leerid.=) $4 AND instellingsnummer OPERATOR(leerid.=) $1" \
	" AND $2 BETWEEN begindatum AND einddatum"

	if ((rights & RIGHT_DATABEHEERDER) != 0 &&
		query_latest(HOLDS("databeheerder"), true, lengthof(arguments), arguments) > 0)
		return;
	if ((rights & RIGHT_LEERID_BEHEERDER) != 0 &&
		query_latest(HOLDS("leerid_beheerder"), true, lengthof(arguments), arguments) > 0)
		return;
	ereport(
		ERROR,
		(errcode(ERRCODE_LEERID_NO_RIGHT),
		 errmsg("the acting person has no right to this at school %s", school_name(school->number)),
		 errdetail("It takes the right %s at that school, from its first day through its last.",
				   rights == RIGHT_DATABEHEERDER	  ? "databeheerder"
				   : rights == RIGHT_LEERID_BEHEERDER ? "leerid_beheerder"
													  : "databeheerder or leerid_beheerder"),
		 errhint("The right databeheerder comes with a sent director's assignment; leerid_admin gives the "
				 "right leerid_beheerder.")));
}

/*
 * Whether the school shares class information: a consent stands, and the version
 * it was given to is in force.
 */
bool
shares_class_information(const School *school)
{
	QueryArgument arguments[] = {SCHOOL_ARGUMENTS(school)};

	return query_latest("SELECT FROM leerid.consent c JOIN leerid.protocol p ON p.id = c.protocol"
						" WHERE c.instellingsnummer OPERATOR(leerid.=) $1 AND c.stopped_at IS NULL"
						" AND " PROTOCOL_IN_FORCE,
						true, lengthof(arguments), arguments) > 0;
}

/* Raises LR026 unless the school shares class information. */
void
check_class_shared(const School *school)
{
	if (!shares_class_information(school))
		ereport(
			ERROR,
			(errcode(ERRCODE_LEERID_CLASS_NOT_SHARED),
			 errmsg("school %s shares no class information", school_name(school->number)),
			 errdetail("Classes serve to filter, to show per class and to group, and identifiers go to the "
					   "package, while the school's akkoord stands."),
			 errhint("A databeheerder of the school can start the sharing.")));
}

/* The pupils under restriction (GDPR, article 18): a bigint[], for $4. */
Datum
restricted_pupils(void)
{
	query_latest("SELECT coalesce(array_agg(coalesce(r.leerling, l.id)), '{}') FROM leerid.restriction r"
				 " LEFT JOIN leerid.leerling l ON l.insz OPERATOR(leerid.=) r.insz"
				 " WHERE r.lifted_at IS NULL AND coalesce(r.leerling, l.id) IS NOT NULL",
				 true, 0, NULL);
	return query_value(0, 1, NULL);
}

/* Returns the rows of the last query, which has the columns of the function. */
void
return_rows(ReturnSetInfo *result, uint64 count)
{
	for (uint64 i = 0; i < count; i++)
		tuplestore_puttuple(result->setResult, SPI_tuptable->vals[i]);
}
