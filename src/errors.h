/*
 * errors.h
 *	  The SQLSTATEs that are leerid's own, each in one place; doc/errors.md is
 *	  their page.  Class LR: nothing of the standard's or PostgreSQL's.
 *
 * Message, detail and hint never hold anything personal: no name, no INSZ, no
 * uuid.  A school's number, a role, a protocol's code and a JSON path may be
 * shown.
 */
#ifndef LEERID_ERRORS_H
#define LEERID_ERRORS_H

#include "utils/elog.h"

/* The gate. */
#define ERRCODE_LEERID_NOT_PRELOADED MAKE_SQLSTATE('L', 'R', '0', '0', '1')
#define ERRCODE_LEERID_NOT_BUILT MAKE_SQLSTATE('L', 'R', '0', '0', '2')
#define ERRCODE_LEERID_NOT_BOUND MAKE_SQLSTATE('L', 'R', '0', '0', '3')
#define ERRCODE_LEERID_GATE_MISUSED MAKE_SQLSTATE('L', 'R', '0', '0', '4')
#define ERRCODE_LEERID_EXPLAIN_REFUSED MAKE_SQLSTATE('L', 'R', '0', '0', '5')
#define ERRCODE_LEERID_OFFICER_NOT_NAMED MAKE_SQLSTATE('L', 'R', '0', '0', '6')
#define ERRCODE_LEERID_ELEMENT_REFUSED MAKE_SQLSTATE('L', 'R', '0', '0', '7')

/* Protocols and bindings. */
#define ERRCODE_LEERID_PROTOCOL_INVALID MAKE_SQLSTATE('L', 'R', '0', '1', '0')
#define ERRCODE_LEERID_PROTOCOL_UNKNOWN MAKE_SQLSTATE('L', 'R', '0', '1', '1')
#define ERRCODE_LEERID_PROTOCOL_NOT_IN_FORCE MAKE_SQLSTATE('L', 'R', '0', '1', '2')
#define ERRCODE_LEERID_PROTOCOL_EXISTS MAKE_SQLSTATE('L', 'R', '0', '1', '3')
#define ERRCODE_LEERID_PROTOCOL_NOT_YET MAKE_SQLSTATE('L', 'R', '0', '1', '4')
#define ERRCODE_LEERID_PROTOCOL_END_REFUSED MAKE_SQLSTATE('L', 'R', '0', '1', '5')
#define ERRCODE_LEERID_BINDING_REFUSED MAKE_SQLSTATE('L', 'R', '0', '1', '6')
#define ERRCODE_LEERID_SECOND_DIRECT_PURPOSE MAKE_SQLSTATE('L', 'R', '0', '1', '7')
#define ERRCODE_LEERID_PURPOSE_UNKNOWN MAKE_SQLSTATE('L', 'R', '0', '1', '8')

/* Schools. */
#define ERRCODE_LEERID_UNKNOWN_INSTELLING MAKE_SQLSTATE('L', 'R', '0', '2', '0')
#define ERRCODE_LEERID_NO_RIGHT MAKE_SQLSTATE('L', 'R', '0', '2', '1')
#define ERRCODE_LEERID_NOT_ELIGIBLE MAKE_SQLSTATE('L', 'R', '0', '2', '2')
#define ERRCODE_LEERID_SOFTWARE_NOT_SUPPORTED MAKE_SQLSTATE('L', 'R', '0', '2', '3')
#define ERRCODE_LEERID_ALREADY_SHARING MAKE_SQLSTATE('L', 'R', '0', '2', '4')
#define ERRCODE_LEERID_NOT_SHARING MAKE_SQLSTATE('L', 'R', '0', '2', '5')
#define ERRCODE_LEERID_CLASS_NOT_SHARED MAKE_SQLSTATE('L', 'R', '0', '2', '6')
#define ERRCODE_LEERID_NOT_ENROLLED_THERE MAKE_SQLSTATE('L', 'R', '0', '2', '7')
#define ERRCODE_LEERID_NOT_THIS_PACKAGE MAKE_SQLSTATE('L', 'R', '0', '2', '8')

/* Applications and logins. */
#define ERRCODE_LEERID_UNKNOWN_APPLICATION MAKE_SQLSTATE('L', 'R', '0', '3', '0')
#define ERRCODE_LEERID_APPLICATION_NOT_CONFIGURED MAKE_SQLSTATE('L', 'R', '0', '3', '1')
#define ERRCODE_LEERID_APPLICATION_OF_ANOTHER MAKE_SQLSTATE('L', 'R', '0', '3', '2')

/* Dossiers. */
#define ERRCODE_LEERID_UNKNOWN_DOSSIER MAKE_SQLSTATE('L', 'R', '0', '4', '0')
#define ERRCODE_LEERID_DOSSIER_HANDLED MAKE_SQLSTATE('L', 'R', '0', '4', '1')

/* Identity. */
#define ERRCODE_LEERID_ISOLATION_TOO_HIGH MAKE_SQLSTATE('L', 'R', '0', '5', '0')
#define ERRCODE_LEERID_TEST_IDENTITY_REFUSED MAKE_SQLSTATE('L', 'R', '0', '5', '1')
#define ERRCODE_LEERID_REQUEST_TOO_LARGE MAKE_SQLSTATE('L', 'R', '0', '5', '2')
#define ERRCODE_LEERID_DEPENDENT_REFUSED MAKE_SQLSTATE('L', 'R', '0', '5', '3')
#define ERRCODE_LEERID_NO_FEED MAKE_SQLSTATE('L', 'R', '0', '5', '4')

#endif /* LEERID_ERRORS_H */
