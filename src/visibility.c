/*
 * visibility.c
 *	  A school shows and hides applications, for one pupil or for the pupils of
 *	  a (sub)class as it is at that moment; what is kept is per pupil.
 *
 * Rows are locked and made in the order of pupils, so that two calls for one
 * class wait for each other and never deadlock.
 */
#include "school_right.h"

#include "errors.h"
#include "miscadmin.h"
#include "subtransaction.h"

/*
 * What show_application() and hide_application() are called with: actor,
 * instellingsnummer, application, account_uuid, klas, subklas.
 */
enum
{
	ACTOR,
	SCHOOL,
	APPLICATION,
	ACCOUNT,
	CLASS,
	SUBCLASS
};

/* The pupil of the enrolment i is meant: by account $7, or by class. */
#define MEANT \
	IN_CLASS " AND ($7 IS NULL OR i.leerling = (SELECT leerling FROM leerid.account WHERE account_uuid = " \
			 "$7))"

#define MEANT_ARGUMENTS(school) \
	PUPIL_ARGUMENTS(school), PASSED_ARGUMENT(CLASS, TEXTOID), PASSED_ARGUMENT(SUBCLASS, TEXTOID), \
		PASSED_ARGUMENT(ACCOUNT, UUIDOID)

/* Raises 22023 unless either an account or a (sub)class is given. */
static void
check_one_target(FunctionCallInfo fcinfo)
{
	bool per_class = !PG_ARGISNULL(CLASS) || !PG_ARGISNULL(SUBCLASS);

	if (per_class != PG_ARGISNULL(ACCOUNT))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("either account_uuid, or klas or subklas, must be given"),
						errdetail("An application is shown and hidden for one pupil, or for a (sub)class.")));
}

/* The application of a code; LR030 for an unknown one. */
static int32
find_application(Datum code)
{
	QueryArgument arguments[] = {{.type = TEXTOID, .value = code}};

	if (query("SELECT id FROM leerid.application WHERE code = $1", false, lengthof(arguments), arguments) ==
		0)
		ereport(ERROR, (errcode(ERRCODE_LEERID_UNKNOWN_APPLICATION), errmsg("there is no such application"),
						errdetail("The table application does not have this code."),
						errhint("Look for its code in the table application.")));
	return DatumGetInt32(query_value(0, 1, NULL));
}

/*
 * Raises LR027 unless the account is one of a pupil who is actively enrolled at
 * the school and under no restriction: whichever it is, is not told.
 */
static void
check_enrolled(FunctionCallInfo fcinfo, const School *school)
{
	QueryArgument arguments[] = {MEANT_ARGUMENTS(school)};

	if (query("SELECT FROM leerid.inschrijving i WHERE " ACTIVELY_ENROLLED " AND " MEANT, false,
			  lengthof(arguments), arguments) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_LEERID_NOT_ENROLLED_THERE),
				 errmsg("no such pupil is actively enrolled at the school"),
				 errdetail("A school acts for the pupils who are enrolled there today, and for no others."),
				 errhint("pupils_of() lists them.")));
}

/*
 * What both have in common: who acts, where, for which application and whom.
 * Returns the application.
 */
static int32
begin_change(FunctionCallInfo fcinfo, School *school)
{
	int32 application;

	check_not_null(fcinfo, 3);
	check_one_target(fcinfo);
	find_school(school, PG_GETARG_INT32(SCHOOL), false);
	check_right(school, PG_GETARG_INT64(ACTOR), RIGHT_LEERID_BEHEERDER);
	application = find_application(PG_GETARG_DATUM(APPLICATION));
	if (PG_ARGISNULL(ACCOUNT))
		check_class_shared(school);
	else
		check_enrolled(fcinfo, school);
	return application;
}

/* The pupils that are meant, to be locked. */
typedef struct Meant
{
	FunctionCallInfo fcinfo;
	const School *school;
	ValueList locked; /* their numbers */
} Meant;

/* Locks the pupils that are meant; false when by then others are meant as well. */
static bool
try_to_lock(void *argument)
{
	Meant *meant = argument;
	FunctionCallInfo fcinfo = meant->fcinfo;
	QueryArgument arguments[] = {MEANT_ARGUMENTS(meant->school), {0}};
	uint64 count =
		query_latest("SELECT l.id FROM leerid.leerling l WHERE l.id IN (SELECT i.leerling FROM"
					 " leerid.inschrijving i WHERE " ACTIVELY_ENROLLED " AND " MEANT ") ORDER BY l.id"
					 " FOR KEY SHARE OF l",
					 false, lengthof(arguments) - 1, arguments);

	meant->locked = (ValueList) VALUE_LIST(INT8OID, INT8ARRAYOID);
	for (uint64 i = 0; i < count; i++)
		add_value(&meant->locked, query_value(i, 1, NULL));
	arguments[lengthof(arguments) - 1] = list_argument(&meant->locked);
	return query_latest("SELECT FROM leerid.inschrijving i WHERE " ACTIVELY_ENROLLED " AND " MEANT
						" AND i.leerling <> ALL ($8)",
						false, lengthof(arguments), arguments) == 0;
}

/*
 * Locks the pupils that are meant, in the order of ids, so that none of them is
 * merged with another before the change is made: their numbers.  The change is
 * made for these alone, so that it waits for nobody else.
 */
static QueryArgument
lock_pupils_meant(FunctionCallInfo fcinfo, const School *school)
{
	Meant meant = {.fcinfo = fcinfo, .school = school};

	while (!in_subtransaction(try_to_lock, &meant))
		CHECK_FOR_INTERRUPTS();
	return list_argument(&meant.locked);
}

/* show_application(): how many pupils it became visible for. */
PG_FUNCTION_INFO_V1(show_application);
Datum
show_application(PG_FUNCTION_ARGS)
{
	School school;
	int32 application;
	uint64 shown;
	QueryArgument locked;

	query_open();
	application = begin_change(fcinfo, &school);
	locked = lock_pupils_meant(fcinfo, &school);
	{
		QueryArgument arguments[] = {MEANT_ARGUMENTS(&school),
									 {.type = INT4OID, .value = Int32GetDatum(application)},
									 PERSON_ARGUMENT(PG_GETARG_INT64(ACTOR)),
									 locked};

		/* under the transaction's snapshot, which the foreign keys are checked by */
		shown = query(
			"WITH pupil AS MATERIALIZED (SELECT l.id FROM leerid.leerling l"
			" JOIN leerid.inschrijving i ON i.leerling = l.id"
			" WHERE " ACTIVELY_ENROLLED " AND " MEANT
			" AND l.id = ANY ($10) ORDER BY l.id FOR KEY SHARE OF l)"
			" INSERT INTO leerid.visibility (application, leerling, instellingsnummer, shown_at, shown_by)"
			" SELECT $8, id, $1, $3, $9 FROM pupil ORDER BY id ON CONFLICT DO NOTHING",
			false, lengthof(arguments), arguments);
	}
	query_close();
	PG_RETURN_INT64((int64) shown);
}

/* hide_application(): how many pupils it was visible for. */
PG_FUNCTION_INFO_V1(hide_application);
Datum
hide_application(PG_FUNCTION_ARGS)
{
	School school;
	int32 application;
	uint64 hidden;
	QueryArgument locked;

	query_open();
	application = begin_change(fcinfo, &school);
	locked = lock_pupils_meant(fcinfo, &school);
	{
		QueryArgument arguments[] = {
			MEANT_ARGUMENTS(&school), {.type = INT4OID, .value = Int32GetDatum(application)}, locked};

		/* over the latest: also what was shown after the transaction's snapshot */
		hidden = query_latest("WITH gone AS MATERIALIZED (SELECT v.leerling FROM leerid.visibility v"
							  " JOIN leerid.inschrijving i ON i.leerling = v.leerling"
							  " WHERE v.application = $8 AND v.instellingsnummer OPERATOR(leerid.=) $1"
							  " AND " ACTIVELY_ENROLLED " AND " MEANT
							  " AND v.leerling = ANY ($9) ORDER BY v.leerling FOR UPDATE OF v)"
							  " DELETE FROM leerid.visibility v USING gone WHERE v.leerling = gone.leerling"
							  " AND v.application = $8 AND v.instellingsnummer OPERATOR(leerid.=) $1",
							  false, lengthof(arguments), arguments);
	}
	query_close();
	PG_RETURN_INT64((int64) hidden);
}
