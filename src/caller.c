/*
 * caller.c
 *	  Who calls a function that runs with its owner's rights, and for which
 *	  purpose he is bound.
 *
 * A role's membership belongs to the cluster and is never enough: a standing
 * row in leerid.binding, in this database, is asked beside it.  Bindings and
 * protocols are read as committed last, whatever snapshot the transaction has,
 * so that an end binds the next call of every session.
 */
#include "caller.h"

#include "access/xlog.h"
#include "catalog/pg_type.h"
#include "errors.h"
#include "miscadmin.h"
#include "query.h"
#include "rules.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/timestamp.h"

/* A standing binding of the caller. */
typedef struct Binding
{
	int32 purpose;
	bool in_force;		/* a version of its protocol gives something now */
	bool names_officer; /* an application's role, which speaks for one officer at a time */
} Binding;

/* The role that called, as it was before the function took its owner's rights. */
const char *
caller_name(void)
{
	return GetUserNameFromId(GetOuterUserId(), false);
}

/*
 * Reads the caller's standing bindings to purposes that admit by dossier: to
 * those of one name, or to all when that is NULL, that the version built still
 * allows by its services and mfa.  Those in force come first.
 * Raises LR003 when there is none.
 */
static int
load_bindings(const char *doel, Binding **bindings)
{
	const char *caller = caller_name();
	QueryArgument arguments[] = {
		QUERY_TEXT(caller),
		QUERY_TEXT(doel),
		{.type = TIMESTAMPTZOID, .value = TimestampTzGetDatum(GetCurrentTimestamp())},
		{.type = INT8OID, .value = Int64GetDatum((int64) GetSystemIdentifier())},
		{.type = OIDOID, .value = ObjectIdGetDatum(GetOuterUserId())},
	};
	MemoryContext context = CurrentMemoryContext;
	int count;

	query_open();
	count = (int) query_latest(
		"SELECT b.purpose, b.names_officer,"
		" pg_catalog.bool_or(v.activated_at <= $3 AND (v.ended_at IS NULL OR v.ended_at > $3)) IS TRUE"
		" FROM leerid.binding b JOIN leerid.purpose p ON p.id = b.purpose"
		" JOIN leerid.purpose_terms t ON t.purpose = p.id"
		" JOIN leerid.protocol v ON v.id = t.protocol"
		" WHERE b.login_role = $1 AND (b.cluster IS DISTINCT FROM $4 OR b.role = $5) AND b.ended_at IS NULL "
		"AND t.admission = 'dossier'"
		" AND ($2 IS NULL OR p.code = $2)"
		" AND NOT EXISTS (SELECT FROM leerid.built x JOIN leerid.purpose_terms n ON n.purpose = x.purpose"
		" AND n.protocol = x.protocol WHERE x.purpose = b.purpose"
		" AND ((n.mfa AND NOT b.mfa) OR b.service <> ALL (n.services)))"
		" GROUP BY b.id ORDER BY 3 DESC, 1",
		true, lengthof(arguments), arguments);
	if (count == 0)
		ereport(
			ERROR,
			(errcode(ERRCODE_LEERID_NOT_BOUND), errmsg("role \"%s\" is not bound to this purpose", caller),
			 errdetail("Dossiers are kept by whoever is bound, in this database, to a purpose that admits by "
					   "dossier."),
			 errhint("The data manager binds a role with leerid.bind().")));
	*bindings = MemoryContextAlloc(context, sizeof(Binding) * count);
	for (int i = 0; i < count; i++)
	{
		(*bindings)[i].purpose = DatumGetInt32(query_value(i, 1, NULL));
		(*bindings)[i].names_officer = DatumGetBool(query_value(i, 2, NULL));
		(*bindings)[i].in_force = DatumGetBool(query_value(i, 3, NULL));
	}
	query_close();
	return count;
}

/* Raises LR006 when the caller, bound as an application, does not name the officer it acts for. */
void
check_officer(void)
{
	const char *officer = GetConfigOption("leerid.officer", true, false);

	if (officer == NULL || officer[0] == '\0')
		ereport(ERROR, (errcode(ERRCODE_LEERID_OFFICER_NOT_NAMED),
						errmsg("role \"%s\" names no officer", caller_name()),
						errdetail("It is bound as an application, which acts for one officer at a time."),
						errhint("Set leerid.officer before the statement.")));
}

/*
 * Raises LR002 unless the purpose's views were made in this database, LR012
 * unless the binding's protocol is in force, and LR006 when the
 * binding is an application's that does not name the officer it acts for.
 */
static void
check_usable(const Binding *binding)
{
	check_built(binding->purpose);
	if (!binding->in_force)
		ereport(ERROR, (errcode(ERRCODE_LEERID_PROTOCOL_NOT_IN_FORCE),
						errmsg("the protocol of this purpose is not in force"),
						errdetail("It was not activated here, or it has ended.")));
	if (binding->names_officer)
		check_officer();
}

/*
 * The purpose of that name that the caller is bound to.  Raises LR003 when he is
 * bound to none, LR012 when its protocol is not in force, LR006 when an
 * application names no officer.
 */
int32
bound_purpose(const char *doel)
{
	Binding *bindings;

	load_bindings(doel, &bindings);
	check_usable(bindings);
	return bindings->purpose;
}

/*
 * Whether the caller is bound to a purpose.  Raises LR003 when he is bound to
 * none that admits by dossier, LR012 and LR006 as bound_purpose() does.
 */
bool
is_bound_to(int32 purpose)
{
	Binding *bindings;
	int count = load_bindings(NULL, &bindings);

	for (int i = 0; i < count; i++)
	{
		if (bindings[i].purpose != purpose)
			continue;
		check_usable(&bindings[i]);
		return true;
	}
	return false;
}
