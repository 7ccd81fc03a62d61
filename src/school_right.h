/*
 * school_right.h
 *	  What every call for a school goes by: the school, the rights of the acting
 *	  person, whether the school shares class information, and who is enrolled.
 *
 * Schools, rights, consents, protocols, packages and restrictions are the latest
 * committed ones, whatever the snapshot of the transaction.  Enrolments, classes
 * and accounts follow the transaction's snapshot.
 *
 * All of it runs between query_open() and query_close().  A query about a school
 * has $1 the school, $2 today and $3 the moment of the call; one about its pupils
 * also has $4, the pupils under restriction.
 */
#ifndef LEERID_SCHOOL_RIGHT_H
#define LEERID_SCHOOL_RIGHT_H

#include "query.h"

#include "catalog/pg_type.h"
#include "clock.h"
#include "utils/timestamp.h"

#define RIGHT_DATABEHEERDER 1
#define RIGHT_LEERID_BEHEERDER 2

typedef struct School
{
	int32 number;
	TimestampTz moment; /* of the call */
	DateADT today;
} School;

#define SCHOOL_ARGUMENTS(school) \
	{.type = own_type("instellingsnummer"), .value = Int32GetDatum((school)->number)}, \
		{.type = DATEOID, .value = DateADTGetDatum((school)->today)}, \
	{ \
		.type = TIMESTAMPTZOID, .value = TimestampTzGetDatum((school)->moment) \
	}
#define PUPIL_ARGUMENTS(school) \
	SCHOOL_ARGUMENTS(school), \
	{ \
		.type = INT8ARRAYOID, .value = restricted_pupils() \
	}
#define PERSON_ARGUMENT(insz) \
	{ \
		.type = own_type("insz"), .value = Int64GetDatum(insz) \
	}

/* An argument of the calling function, which may be null. */
#define PASSED_ARGUMENT(n, oid) \
	{ \
		.type = (oid), .value = PG_ARGISNULL(n) ? (Datum) 0 : PG_GETARG_DATUM(n), .null = PG_ARGISNULL(n) \
	}

/* A version of a protocol, p, is in force. */
#define PROTOCOL_IN_FORCE "p.activated_at IS NOT NULL AND (p.ended_at IS NULL OR p.ended_at > $3)"
/* An enrolment, i, is active at the school, and its pupil under no restriction. */
#define ACTIVELY_ENROLLED \
	"i.instellingsnummer OPERATOR(leerid.=) $1 AND $2 BETWEEN i.begindatum AND i.einddatum" \
	" AND i.leerling <> ALL ($4)"
/* A class, k, is where the pupil of the enrolment i sits today at the school. */
#define CURRENT_CLASS \
	"k.leerling = i.leerling AND k.instellingsnummer OPERATOR(leerid.=) $1" \
	" AND $2 BETWEEN k.begindatum AND k.einddatum"
/* The pupil of the enrolment i sits in class $5 and subclass $6; null: in any. */
#define IN_CLASS \
	"($5 IS NULL OR EXISTS (SELECT FROM leerid.klas k WHERE " CURRENT_CLASS \
	" AND k.soort = 'klas' AND k.naam = $5))" \
	" AND ($6 IS NULL OR EXISTS (SELECT FROM leerid.klas k WHERE " CURRENT_CLASS \
	" AND k.soort = 'subklas' AND k.naam = $6))"

/* school_right.c */
extern void check_not_null(FunctionCallInfo fcinfo, int count);
extern void find_school(School *school, int32 number, bool lock);
extern void check_right(const School *school, int64 actor, int rights);
extern bool shares_class_information(const School *school);
extern void check_class_shared(const School *school);
extern Datum restricted_pupils(void);
extern void return_rows(ReturnSetInfo *result, uint64 count);

#endif /* LEERID_SCHOOL_RIGHT_H */
