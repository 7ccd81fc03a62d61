/*
 * class_sharing.c
 *	  A school starts and stops the sharing of class information: the akkoord of
 *	  its board with one version of the class protocol, article 12.
 *
 * Starts and stops of one school queue for its row in the table instelling; all
 * that they read, they read after they have it.
 */
#include "school_right.h"

#include "access/xact.h"
#include "errors.h"
#include "funcapi.h"
#include "utils/builtins.h"

/*
 * The version of the class protocol that the school is to accept: LR011 for an
 * unknown one, LR012 for one that is not in force, 22023 when the text that was
 * shown is not its text.
 */
static int32
version_to_accept(const School *school, Datum version, Datum text_sha256)
{
	QueryArgument arguments[] = {SCHOOL_ARGUMENTS(school),
								 {.type = TEXTOID, .value = version},
								 {.type = BYTEAOID, .value = text_sha256}};
	uint64 found =
		query_latest("SELECT p.id, " PROTOCOL_IN_FORCE ", p.document_sha256 = $5 FROM leerid.protocol p"
					 " WHERE p.entry = 'akkoord_per_school' AND p.version = $4",
					 true, lengthof(arguments), arguments);

	if (found == 0)
		ereport(ERROR, (errcode(ERRCODE_LEERID_PROTOCOL_UNKNOWN),
						errmsg("there is no such version of the class protocol"),
						errdetail("It is the protocol that enters into force with each school's akkoord."),
						errhint("Look for its versions in the table protocol.")));
	if (found > 1)
		ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
						errmsg("more than one protocol enters into force with each school's akkoord"),
						errdetail("The class protocol alone does.")));
	if (!DatumGetBool(query_value(0, 2, NULL)))
		ereport(ERROR, (errcode(ERRCODE_LEERID_PROTOCOL_NOT_IN_FORCE),
						errmsg("this version of the class protocol is not in force"),
						errdetail("It was not activated, or it has ended."),
						errhint("Show the school a version that is in force.")));
	if (!DatumGetBool(query_value(0, 3, NULL)))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("the text that was shown is not the text of this version"),
						errdetail("Its SHA-256 is another than that of the document as stored."),
						errhint("Show the document as it is stored, and give the SHA-256 of that.")));
	return DatumGetInt32(query_value(0, 1, NULL));
}

/*
 * Raises LR022 unless the class protocol is for a school like this, and LR023
 * unless it works with a package that can deliver.
 */
static void
check_may_share(const School *school)
{
	QueryArgument arguments[] = {SCHOOL_ARGUMENTS(school)};

	if (query_latest("SELECT FROM leerid.instelling s JOIN leerid.financiering f ON f.code = s.financiering"
					 " WHERE s.instellingsnummer OPERATOR(leerid.=) $1 AND f.eligible"
					 " AND EXISTS (SELECT FROM leerid.instelling_niveau n WHERE n.instellingsnummer"
					 " OPERATOR(leerid.=) $1 AND n.niveau IN ('kleuter', 'lager', 'secundair'))",
					 true, lengthof(arguments), arguments) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_LEERID_NOT_ELIGIBLE), errmsg("the class protocol is not for this school"),
				 errdetail("It is for recognised, financed and subsidised schools of kleuter, lager and "
						   "secundair onderwijs."),
				 errhint("Look at the school's rows in instelling and instelling_niveau.")));
	if (query_latest(
			"SELECT FROM leerid.school_software s JOIN leerid.package k ON k.code = s.package"
			" WHERE s.instellingsnummer OPERATOR(leerid.=) $1 AND $2 BETWEEN s.valid_from AND s.valid_to"
			" AND k.supported",
			true, lengthof(arguments), arguments) == 0)
		ereport(ERROR, (errcode(ERRCODE_LEERID_SOFTWARE_NOT_SUPPORTED),
						errmsg("the school works with no package that can deliver class information"),
						errdetail("Its software, as configured today, is none or is not supported."),
						errhint("The table package says which packages are supported.")));
}

/* Raises LR024 when the school already shares under this version. */
static void
check_not_sharing(const School *school, int32 protocol)
{
	QueryArgument arguments[] = {SCHOOL_ARGUMENTS(school),
								 {.type = INT4OID, .value = Int32GetDatum(protocol)}};

	if (query_latest(
			"SELECT FROM leerid.consent WHERE instellingsnummer OPERATOR(leerid.=) $1 AND protocol = $4"
			" AND stopped_at IS NULL",
			true, lengthof(arguments), arguments) > 0)
		ereport(ERROR,
				(errcode(ERRCODE_LEERID_ALREADY_SHARING),
				 errmsg("the school already shares class information under this version"),
				 errdetail("One akkoord stands at a time."), errhint("sharing_state() says since when.")));
}

/*
 * Stops the standing consent, if there is one: by a person, or on the board's
 * written request.
 */
static void
stop_standing(const School *school, QueryArgument person, QueryArgument request)
{
	QueryArgument arguments[] = {SCHOOL_ARGUMENTS(school), person, request};

	query_latest("UPDATE leerid.consent SET stopped_at = $3, stopped_by = $4, stopped_on_request = $5"
				 " WHERE instellingsnummer OPERATOR(leerid.=) $1 AND stopped_at IS NULL",
				 false, lengthof(arguments), arguments);
}

/* Stops it by a person. */
static void
stop_by(const School *school, int64 actor)
{
	stop_standing(school, (QueryArgument) PERSON_ARGUMENT(actor), (QueryArgument) QUERY_TEXT(NULL));
}

/* Raises LR025 unless the school shares class information. */
static void
check_sharing(const School *school)
{
	if (!shares_class_information(school))
		ereport(ERROR, (errcode(ERRCODE_LEERID_NOT_SHARING), errmsg("the school shares no class information"),
						errdetail("There is no akkoord that stands, so none can be stopped."),
						errhint("sharing_state() says whether one was stopped, and when.")));
}

/*
 * share_class_information(actor, instellingsnummer, version, text_sha256): puts
 * an akkoord in the place of the one that stood, if any.
 */
PG_FUNCTION_INFO_V1(share_class_information);
Datum
share_class_information(PG_FUNCTION_ARGS)
{
	School school;
	int64 actor;
	int32 protocol;

	check_not_null(fcinfo, 4);
	actor = PG_GETARG_INT64(0);
	query_open();
	find_school(&school, PG_GETARG_INT32(1), true);
	check_right(&school, actor, RIGHT_DATABEHEERDER);
	protocol = version_to_accept(&school, PG_GETARG_DATUM(2), PG_GETARG_DATUM(3));
	check_may_share(&school);
	check_not_sharing(&school, protocol);
	stop_by(&school, actor);
	{
		QueryArgument arguments[] = {SCHOOL_ARGUMENTS(&school),
									 {.type = INT4OID, .value = Int32GetDatum(protocol)},
									 {.type = BYTEAOID, .value = PG_GETARG_DATUM(3)},
									 PERSON_ARGUMENT(actor)};

		/* A foreign key does not see what is younger than the transaction's snapshot. */
		if (query("INSERT INTO leerid.consent (instellingsnummer, protocol, text_sha256, given_at, given_by)"
				  " SELECT s.instellingsnummer, p.id, $5, $3, $6 FROM leerid.instelling s, leerid.protocol p"
				  " WHERE s.instellingsnummer OPERATOR(leerid.=) $1 AND p.id = $4",
				  false, lengthof(arguments), arguments) == 0)
			ereport(ERROR,
					(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
					 errmsg("could not serialize access due to concurrent update"),
					 errdetail("The school or the version is younger than the transaction's snapshot."),
					 errhint("The transaction might succeed if retried.")));
	}
	query_close();
	PG_RETURN_VOID();
}

/* stop_class_information(actor, instellingsnummer). */
PG_FUNCTION_INFO_V1(stop_class_information);
Datum
stop_class_information(PG_FUNCTION_ARGS)
{
	School school;

	check_not_null(fcinfo, 2);
	query_open();
	find_school(&school, PG_GETARG_INT32(1), true);
	check_right(&school, PG_GETARG_INT64(0), RIGHT_DATABEHEERDER);
	check_sharing(&school);
	stop_by(&school, PG_GETARG_INT64(0));
	query_close();
	PG_RETURN_VOID();
}

/*
 * stop_class_information_on_request(instellingsnummer, request): DOV does it,
 * because stopping must not hang on a director's right that has ended.
 */
PG_FUNCTION_INFO_V1(stop_class_information_on_request);
Datum
stop_class_information_on_request(PG_FUNCTION_ARGS)
{
	School school;
	char *request;

	check_not_null(fcinfo, 2);
	request = text_to_cstring(PG_GETARG_TEXT_PP(1));
	if (strspn(request, " \t\r\n") == strlen(request))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("the board's written request is not named"),
				 errdetail("Its reference is kept with the stop."),
				 errhint("Give the letter's reference or date.")));
	query_open();
	find_school(&school, PG_GETARG_INT32(0), true);
	check_sharing(&school);
	stop_standing(&school, (QueryArgument){.type = own_type("insz"), .null = true},
				  (QueryArgument) QUERY_TEXT(request));
	query_close();
	PG_RETURN_VOID();
}

/* sharing_state(actor, instellingsnummer): one row, of the last akkoord given. */
PG_FUNCTION_INFO_V1(sharing_state);
Datum
sharing_state(PG_FUNCTION_ARGS)
{
	School school;
	HeapTupleHeader state;

	check_not_null(fcinfo, 2);
	query_open();
	find_school(&school, PG_GETARG_INT32(1), false);
	check_right(&school, PG_GETARG_INT64(0), RIGHT_DATABEHEERDER | RIGHT_LEERID_BEHEERDER);
	{
		QueryArgument arguments[] = {SCHOOL_ARGUMENTS(&school)};

		query_latest(
			"SELECT coalesce(c.stopped_at IS NULL AND " PROTOCOL_IN_FORCE ", false),"
			" c.given_at, c.given_by, p.version,"
			" coalesce(c.stopped_at, CASE WHEN p.ended_at <= $3 THEN p.ended_at END)"
			" FROM (SELECT max(id) AS id FROM leerid.consent WHERE instellingsnummer OPERATOR(leerid.=) $1) l"
			" LEFT JOIN leerid.consent c ON c.id = l.id LEFT JOIN leerid.protocol p ON p.id = c.protocol",
			true, lengthof(arguments), arguments);
	}
	state = SPI_returntuple(SPI_tuptable->vals[0], SPI_tuptable->tupdesc);
	query_close();
	PG_RETURN_HEAPTUPLEHEADER(state);
}

/*
 * approved_protocol(actor, instellingsnummer): the document that the school
 * accepted last; NULL if none.
 */
PG_FUNCTION_INFO_V1(approved_protocol);
Datum
approved_protocol(PG_FUNCTION_ARGS)
{
	School school;
	Datum document = (Datum) 0;
	bool accepted;

	check_not_null(fcinfo, 2);
	query_open();
	find_school(&school, PG_GETARG_INT32(1), false);
	check_right(&school, PG_GETARG_INT64(0), RIGHT_DATABEHEERDER | RIGHT_LEERID_BEHEERDER);
	{
		QueryArgument arguments[] = {SCHOOL_ARGUMENTS(&school)};

		accepted =
			query_latest("SELECT p.document FROM leerid.consent c JOIN leerid.protocol p ON p.id = c.protocol"
						 " WHERE c.instellingsnummer OPERATOR(leerid.=) $1 ORDER BY c.id DESC LIMIT 1",
						 true, lengthof(arguments), arguments) > 0;
	}
	if (accepted)
		document = SPI_datumTransfer(query_value(0, 1, NULL), false, -1);
	query_close();
	if (!accepted)
		PG_RETURN_NULL();
	PG_RETURN_DATUM(document);
}
