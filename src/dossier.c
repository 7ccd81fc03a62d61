/*
 * dossier.c
 *	  AGODI's dossiers: the one ground on which it may look into the LED.
 *
 * A dossier of huisonderwijs is opened for a declaration that came in, on a
 * child that is leerplichtig; one of verificatie on a pupil enrolled in
 * secondary education that school year, one by one or all at once.  Whoever is
 * outside that population gets an outcome, not an exception: a batch meets them
 * every day.  A dossier is open until the day of its afhandeling, that day
 * excluded.
 *
 * Locks: the row of a person is made or locked first, then its dossier; where
 * many are made, in ascending order.  Whoever writes in a dossier locks its row
 * and reads it again.
 */
#include "compat.h"

#include "access/htup_details.h"
#include "caller.h"
#include "catalog/pg_type.h"
#include "clock.h"
#include "errors.h"
#include "funcapi.h"
#include "leerplicht.h"
#include "miscadmin.h"
#include "query.h"
#include "schooljaar.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

/* What open_dossier() was asked, filled up with what the registers know. */
typedef struct DossierRequest
{
	int32 purpose;
	DateADT today;
	QueryArgument doel;
	QueryArgument insz;
	QueryArgument schooljaar;
	QueryArgument ontvangst;
	QueryArgument formulierversie;
	QueryArgument naam;
	QueryArgument voornaam;
	QueryArgument geboortedatum;
	QueryArgument afhandeling;
} DossierRequest;

/* An argument of the SQL function as a parameter of a query. */
static QueryArgument
argument(FunctionCallInfo fcinfo, int number, Oid type)
{
	QueryArgument result = {.type = type, .null = PG_ARGISNULL(number)};

	if (!result.null)
		result.value = PG_GETARG_DATUM(number);
	return result;
}

/* A column of the last query's one row as a parameter of the next. */
static QueryArgument
column(int number, Oid type)
{
	QueryArgument result = {.type = type};

	result.value = query_value(0, number, &result.null);
	return result;
}

/* A day as a parameter of a query. */
static QueryArgument
date_argument(DateADT day)
{
	return (QueryArgument){.type = DATEOID, .value = DateADTGetDatum(day)};
}

/* A purpose as a parameter of a query. */
static QueryArgument
purpose_argument(int32 purpose)
{
	return (QueryArgument){.type = INT4OID, .value = Int32GetDatum(purpose)};
}

/* The id of a dossier or a person as a parameter of a query. */
static QueryArgument
id_argument(int64 id)
{
	return (QueryArgument){.type = INT8OID, .value = Int64GetDatum(id)};
}

/* Today, in Belgium. */
static DateADT
today(void)
{
	return day_of(GetCurrentTimestamp());
}

/* 31 August: the day on which every verification of a school year is handled. */
static DateADT
last_day_of(int32 schooljaar)
{
	return schooljaar_first_day(schooljaar + 1) - 1;
}

/*
 * Whether a purpose is verificatie; otherwise it is huisonderwijs.  Raises 22023
 * for a purpose of another name: no document says for whom its dossiers are.
 */
static bool
is_verificatie(const char *doel)
{
	if (strcmp(doel, "verificatie") == 0)
		return true;
	if (strcmp(doel, "huisonderwijs") != 0)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("this purpose has no rule for opening a dossier"),
						errdetail("The AGODI protocol, article 2, knows huisonderwijs and verificatie.")));
	return false;
}

/* Whether a declaration of home education came in, on a form that is known. */
static bool
has_declaration(const DossierRequest *request)
{
	DateADT ontvangst;
	char *version;

	if (request->ontvangst.null || request->formulierversie.null)
		return false;
	version = TextDatumGetCString(request->formulierversie.value);
	if (version[strspn(version, " ")] == '\0')
		return false;
	ontvangst = DatumGetDateADT(request->ontvangst.value);
	return !DATE_NOT_FINITE(ontvangst) && ontvangst <= request->today;
}

/*
 * Puts what AGODI's person register knows in the place of what was said, a birth
 * date that it does not know excepted.  False when it does not know the person.
 */
static bool
find_person(DossierRequest *request)
{
	QueryArgument geboortedatum;

	if (query("SELECT naam, voornaam, geboortedatum FROM leerid.persoon WHERE insz OPERATOR(leerid.=) $1",
			  false, 1, &request->insz) == 0)
		return false;
	request->naam = column(1, TEXTOID);
	request->voornaam = column(2, TEXTOID);
	geboortedatum = column(3, own_type("partial_date"));
	if (!geboortedatum.null)
		request->geboortedatum = geboortedatum;
	return true;
}

/*
 * Takes a pupil's name and birth date from DISCIMUS, and says whether he is
 * enrolled in secondary education in the school year.  False when there is no
 * such pupil.
 */
static bool
find_pupil(DossierRequest *request, bool *in_secondary)
{
	QueryArgument arguments[] = {request->insz, request->schooljaar};

	if (query("SELECT l.naam, l.voornaam, l.geboortedatum, EXISTS (SELECT FROM leerid.inschrijving i WHERE "
			  "i.leerling = l.id"
			  " AND i.schooljaar OPERATOR(leerid.=) $2 AND i.niveau = 'secundair')"
			  " FROM leerid.leerling l WHERE l.insz OPERATOR(leerid.=) $1",
			  false, lengthof(arguments), arguments) == 0)
		return false;
	request->naam = column(1, TEXTOID);
	request->voornaam = column(2, TEXTOID);
	request->geboortedatum = column(3, own_type("partial_date"));
	*in_secondary = DatumGetBool(query_value(0, 4, NULL));
	return true;
}

/* The outcome when the very dossier stands already, with its number; else NULL. */
static const char *
standing_dossier(const DossierRequest *request, int64 *dossier)
{
	QueryArgument arguments[] = {purpose_argument(request->purpose), request->insz, request->schooljaar,
								 request->ontvangst, date_argument(request->today)};

	if (query("SELECT d.id, d.afhandeling IS NULL OR $5 < d.afhandeling"
			  " FROM leerid.dossier d JOIN leerid.persoon p ON p.id = d.persoon"
			  " WHERE p.insz OPERATOR(leerid.=) $2 AND d.purpose = $1 AND d.schooljaar OPERATOR(leerid.=) $3"
			  " AND d.ontvangst IS NOT DISTINCT FROM $4",
			  false, lengthof(arguments), arguments) == 0)
		return NULL;
	*dossier = DatumGetInt64(query_value(0, 1, NULL));
	return DatumGetBool(query_value(0, 2, NULL)) ? "already_open" : "handled";
}

/* Makes the person's row where it is missing, and its birth date; the row's id. */
static int64
keep_person(const DossierRequest *request)
{
	QueryArgument arguments[] = {request->insz, request->naam, request->voornaam, request->geboortedatum};

	query(
		"INSERT INTO leerid.persoon AS p (insz, naam, voornaam, geboortedatum) VALUES ($1, $2, $3, $4)"
		" ON CONFLICT (insz) DO UPDATE SET geboortedatum = COALESCE(p.geboortedatum, EXCLUDED.geboortedatum)"
		" RETURNING p.id",
		false, lengthof(arguments), arguments);
	return DatumGetInt64(query_value(0, 1, NULL));
}

/*
 * Opens the dossier.  Whoever was beaten to it by another session finds that
 * one's dossier.
 */
static const char *
keep_dossier(const DossierRequest *request, int64 *dossier)
{
	for (;;)
	{
		QueryArgument arguments[] = {purpose_argument(request->purpose),
									 request->doel,
									 id_argument(keep_person(request)),
									 request->schooljaar,
									 request->ontvangst,
									 request->formulierversie,
									 request->afhandeling,
									 date_argument(request->today)};
		const char *outcome;

		if (query("INSERT INTO leerid.dossier (purpose, doel, persoon, schooljaar, ontvangst, "
				  "formulierversie, afhandeling, geopend_op)"
				  " VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT ON CONSTRAINT dossier_once DO "
				  "NOTHING RETURNING id",
				  false, lengthof(arguments), arguments) == 1)
		{
			*dossier = DatumGetInt64(query_value(0, 1, NULL));
			return "opened";
		}
		if ((outcome = standing_dossier(request, dossier)) != NULL)
			return outcome;
		CHECK_FOR_INTERRUPTS();
	}
}

/*
 * Whether the child is leerplichtig, whatever part of its birth date is unknown:
 * today, or on the first day of a school year still to come.
 */
static bool
is_leerplichtig(const DossierRequest *request)
{
	DateADT day = Max(request->today, schooljaar_first_day(DatumGetInt32(request->schooljaar.value)));
	DaySpan certain;

	if (request->geboortedatum.null)
		return false;
	certain = certain_leerplicht(DatumGetInt32(request->geboortedatum.value));
	return day >= certain.first && day < certain.end;
}

/* Opens a dossier for a declaration of home education, or says why not. */
static const char *
open_huisonderwijs(DossierRequest *request, int64 *dossier)
{
	const char *outcome;

	if (!has_declaration(request))
		return "no_declaration";
	if (!find_person(request) &&
		(request->naam.null || request->voornaam.null || request->geboortedatum.null))
		return "unknown_person";
	if ((outcome = standing_dossier(request, dossier)) != NULL)
		return outcome;
	if (!is_leerplichtig(request))
		return "not_leerplichtig";
	return keep_dossier(request, dossier);
}

/* Opens a dossier for the verification of a pupil, or says why not. */
static const char *
open_verificatie(DossierRequest *request, int64 *dossier)
{
	bool in_secondary;
	const char *outcome;

	if (!request->ontvangst.null || !request->formulierversie.null || !request->naam.null ||
		!request->voornaam.null || !request->geboortedatum.null)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("a dossier of verificatie takes an INSZ and a school year alone"),
						errdetail("It has no declaration, and the pupil's name is DISCIMUS's.")));
	if (request->today >= DatumGetDateADT(request->afhandeling.value))
		return "schooljaar_over";
	if (!find_pupil(request, &in_secondary))
		return "unknown_person";
	if ((outcome = standing_dossier(request, dossier)) != NULL)
		return outcome;
	if (!in_secondary)
		return "not_in_secondary";
	return keep_dossier(request, dossier);
}

/*
 * open_dossier(doel, insz, schooljaar, ontvangst, formulierversie, naam,
 * voornaam, geboortedatum): the dossier's number, where there is one, and the
 * outcome.
 */
PG_FUNCTION_INFO_V1(open_dossier);
Datum
open_dossier(PG_FUNCTION_ARGS)
{
	DossierRequest request;
	TupleDesc desc;
	Datum values[2] = {0};
	bool nulls[2] = {false};
	const char *outcome;
	int64 dossier = 0;
	char *doel;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1) || PG_ARGISNULL(2))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("a dossier needs a purpose, an INSZ and a school year")));
	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "open_dossier does not return a row");
	desc = BlessTupleDesc(desc);
	doel = text_to_cstring(PG_GETARG_TEXT_PP(0));
	request.purpose = bound_purpose(doel);
	request.today = today();
	request.doel = argument(fcinfo, 0, TEXTOID);
	request.insz = argument(fcinfo, 1, own_type("insz"));
	request.schooljaar = argument(fcinfo, 2, own_type("schooljaar"));
	request.ontvangst = argument(fcinfo, 3, DATEOID);
	request.formulierversie = argument(fcinfo, 4, TEXTOID);
	request.naam = argument(fcinfo, 5, TEXTOID);
	request.voornaam = argument(fcinfo, 6, TEXTOID);
	request.geboortedatum = argument(fcinfo, 7, own_type("partial_date"));

	query_open();
	if (is_verificatie(doel))
	{
		request.afhandeling = date_argument(last_day_of(PG_GETARG_INT32(2)));
		outcome = open_verificatie(&request, &dossier);
	}
	else
	{
		request.afhandeling = (QueryArgument){.type = DATEOID, .null = true};
		outcome = open_huisonderwijs(&request, &dossier);
	}
	query_close();

	values[0] = Int64GetDatum(dossier);
	nulls[0] = dossier == 0;
	values[1] = CStringGetTextDatum(outcome);
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(desc, values, nulls)));
}

/*
 * open_dossiers(doel, schooljaar): a dossier for every pupil enrolled in
 * secondary education that school year who has none; how many were opened.
 */
PG_FUNCTION_INFO_V1(open_dossiers);
Datum
open_dossiers(PG_FUNCTION_ARGS)
{
	char *doel = text_to_cstring(PG_GETARG_TEXT_PP(0));
	int32 schooljaar = PG_GETARG_INT32(1);
	int32 purpose = bound_purpose(doel);
	DateADT day = today();
	QueryArgument year = {.type = own_type("schooljaar"), .value = Int32GetDatum(schooljaar)};
	QueryArgument arguments[] = {year, purpose_argument(purpose), date_argument(last_day_of(schooljaar)),
								 date_argument(day)};
	uint64 opened;

	if (!is_verificatie(doel))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("only dossiers of verificatie are opened all at once"),
						errdetail("A dossier of huisonderwijs is opened for one declaration that came in."),
						errhint("Call open_dossier().")));
	if (day >= last_day_of(schooljaar))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("the school year is over"),
						errdetail("Its verification is handled, and gets no further follow-up."),
						errhint("Name a school year that ends after today.")));

	query_open();
	query(
		"INSERT INTO leerid.persoon (insz, naam, voornaam, geboortedatum)"
		" SELECT l.insz, l.naam, l.voornaam, l.geboortedatum FROM leerid.leerling l WHERE l.insz IS NOT NULL"
		" AND EXISTS (SELECT FROM leerid.inschrijving i WHERE i.leerling = l.id"
		" AND i.schooljaar OPERATOR(leerid.=) $1 AND i.niveau = 'secundair')"
		" AND NOT EXISTS (SELECT FROM leerid.persoon p WHERE p.insz OPERATOR(leerid.=) l.insz)"
		" ORDER BY l.insz ON CONFLICT (insz) DO NOTHING",
		false, 1, arguments);
	opened = query("INSERT INTO leerid.dossier (purpose, doel, persoon, schooljaar, afhandeling, geopend_op)"
				   " SELECT $2, 'verificatie', p.id, $1, $3, $4"
				   " FROM leerid.persoon p JOIN leerid.leerling l ON l.insz OPERATOR(leerid.=) p.insz"
				   " WHERE EXISTS (SELECT FROM leerid.inschrijving i WHERE i.leerling = l.id"
				   " AND i.schooljaar OPERATOR(leerid.=) $1 AND i.niveau = 'secundair')"
				   " AND NOT EXISTS (SELECT FROM leerid.dossier d WHERE d.purpose = $2 AND d.persoon = p.id"
				   " AND d.schooljaar OPERATOR(leerid.=) $1 AND d.ontvangst IS NULL)"
				   " ORDER BY p.id ON CONFLICT ON CONSTRAINT dossier_once DO NOTHING",
				   false, lengthof(arguments), arguments);
	query_close();
	PG_RETURN_INT64((int64) opened);
}

/* Raises LR040: there is no dossier of that number that the caller may know of. */
static void
report_unknown_dossier(void)
{
	ereport(ERROR, (errcode(ERRCODE_LEERID_UNKNOWN_DOSSIER),
					errmsg("there is no dossier of that number under your purpose")));
}

/*
 * Locks a dossier that the caller may write in, and says whether it is one of
 * verificatie.  Raises
 * LR040 when it is unknown or another purpose's, before it waits for anybody,
 * and LR041 when it is handled.
 */
static bool
lock_open_dossier(int64 dossier)
{
	QueryArgument id = id_argument(dossier);
	Datum afhandeling;
	bool never_handled;

	if (query("SELECT purpose FROM leerid.dossier WHERE id = $1", false, 1, &id) == 0)
	{
		is_bound_to(0);
		report_unknown_dossier();
	}
	if (!is_bound_to(DatumGetInt32(query_value(0, 1, NULL))))
		report_unknown_dossier();
	if (query("SELECT doel, afhandeling FROM leerid.dossier WHERE id = $1 FOR NO KEY UPDATE", false, 1,
			  &id) == 0)
		report_unknown_dossier();
	afhandeling = query_value(0, 2, &never_handled);
	if (!never_handled && today() >= DatumGetDateADT(afhandeling))
		ereport(ERROR, (errcode(ERRCODE_LEERID_DOSSIER_HANDLED), errmsg("the dossier is handled"),
						errdetail("It is kept to be read until its term ends, and is not written in.")));
	return strcmp(query_text(0, 1), "verificatie") == 0;
}

/* close_dossier(dossier): it is handled from today on. */
PG_FUNCTION_INFO_V1(close_dossier);
Datum
close_dossier(PG_FUNCTION_ARGS)
{
	int64 dossier = PG_GETARG_INT64(0);
	QueryArgument arguments[] = {id_argument(dossier), date_argument(today())};

	query_open();
	lock_open_dossier(dossier);
	query("UPDATE leerid.dossier SET afhandeling = $2 WHERE id = $1", false, lengthof(arguments), arguments);
	query_close();
	PG_RETURN_VOID();
}

/* Raises 22023 unless a value is missing, or is in the code list of its column. */
static void
check_code(const char *list, const char *sql, const QueryArgument *value)
{
	if (!value->null && query(sql, false, 1, value) == 0)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("unknown %s", list),
						errhint("The values are those of leerid.%s.", list)));
}

/*
 * note_certificate(dossier, categorie, graad, onderwijsvorm, type_bewijs,
 * instantie, uitreikingsdatum): the officer's own note; its number.
 */
PG_FUNCTION_INFO_V1(note_certificate);
Datum
note_certificate(PG_FUNCTION_ARGS)
{
	QueryArgument arguments[] = {argument(fcinfo, 0, INT8OID),
								 argument(fcinfo, 1, TEXTOID),
								 argument(fcinfo, 2, TEXTOID),
								 argument(fcinfo, 3, TEXTOID),
								 argument(fcinfo, 4, TEXTOID),
								 argument(fcinfo, 5, TEXTOID),
								 argument(fcinfo, 6, own_type("partial_date")),
								 date_argument(today()),
								 QUERY_TEXT(caller_name())};
	int64 note;

	if (PG_ARGISNULL(0))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("a note needs the number of its dossier")));
	if (PG_ARGISNULL(1) && PG_ARGISNULL(2) && PG_ARGISNULL(3) && PG_ARGISNULL(4) && PG_ARGISNULL(5) &&
		PG_ARGISNULL(6))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("the note says nothing")));
	query_open();
	if (!lock_open_dossier(PG_GETARG_INT64(0)) && !PG_ARGISNULL(3))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("a note of huisonderwijs has no onderwijsvorm"),
						errdetail("The AGODI protocol, article 3, gives it for verificatie alone.")));
	check_code("categorie", "SELECT FROM leerid.categorie WHERE code = $1 FOR KEY SHARE", &arguments[1]);
	check_code("graad", "SELECT FROM leerid.graad WHERE code = $1 FOR KEY SHARE", &arguments[2]);
	check_code("onderwijsvorm", "SELECT FROM leerid.onderwijsvorm WHERE code = $1 FOR KEY SHARE",
			   &arguments[3]);
	check_code("type_bewijs", "SELECT FROM leerid.type_bewijs WHERE code = $1 FOR KEY SHARE", &arguments[4]);
	check_code("instantie", "SELECT FROM leerid.instantie WHERE code = $1 FOR KEY SHARE", &arguments[5]);
	query("INSERT INTO leerid.dossier_notitie (dossier, categorie, graad, onderwijsvorm, type_bewijs, "
		  "instantie,"
		  " uitreikingsdatum, genoteerd_op, genoteerd_door) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) "
		  "RETURNING id",
		  false, lengthof(arguments), arguments);
	note = DatumGetInt64(query_value(0, 1, NULL));
	query_close();
	PG_RETURN_INT64(note);
}
