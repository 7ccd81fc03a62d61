/*
 * binding.c
 *	  Which login roles read under which purposes, in this database.
 *
 * A binding is a row, which the gate asks for, and a membership of the purpose's
 * role, which opens its views.  Either alone gives nothing.
 */
#include "compat.h"

#include "access/xlog.h"
#include "binding.h"

#include "build.h"
#include "catalog/pg_authid.h"
#include "catalog/pg_type.h"
#include "clock.h"
#include "errors.h"
#include "miscadmin.h"
#include "query.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"

/* Grants membership, where it is missing, so that it is inherited whatever the role's own way. */
static void
grant_role(const char *role, const char *to)
{
	if (is_member_of_role_nosuper(get_role_oid(to, false), get_role_oid(role, false)))
		return;
#if PG_VERSION_NUM >= 160000
	command("GRANT %s TO %s WITH INHERIT TRUE, SET FALSE", quote_identifier(role), quote_identifier(to));
#else
	command("GRANT %s TO %s", quote_identifier(role), quote_identifier(to));
#endif
}

/* Takes membership away, where both roles are still there. */
static void
revoke_role(const char *role, const char *from)
{
	if (OidIsValid(get_role_oid(role, true)) && OidIsValid(get_role_oid(from, true)))
		command("REVOKE %s FROM %s", quote_identifier(role), quote_identifier(from));
}

/* Raises LR016 for a binding that the protocol or the role does not allow. */
static void
refuse_binding(const char *role, const char *detail)
{
	ereport(ERROR, (errcode(ERRCODE_LEERID_BINDING_REFUSED), errmsg("role \"%s\" cannot be bound", role),
					errdetail("%s", detail)));
}

/* A role that row-level security cannot bind, or that inherits nothing, is refused. */
static void
check_login_role(const char *name)
{
	HeapTuple tuple = SearchSysCache1(AUTHNAME, CStringGetDatum(name));
	Form_pg_authid role;

	if (!HeapTupleIsValid(tuple))
		ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT), errmsg("role \"%s\" does not exist", name)));
	role = (Form_pg_authid) GETSTRUCT(tuple);
	if (role->rolsuper || role->rolbypassrls)
		refuse_binding(name, "Row-level security does not bind a superuser or a role with BYPASSRLS.");
#if PG_VERSION_NUM < 160000
	if (!role->rolinherit)
		refuse_binding(name,
					   "A role with NOINHERIT would have to SET ROLE, and then it is not the bound role.");
#endif
	ReleaseSysCache(tuple);
}

/*
 * Whoever acts for DOV comes near no certificate and no dossier, so no member of
 * leerid's own roles is bound to a purpose that admits by dossier.
 */
static void
check_not_of_dov(const char *name, int32 purpose)
{
	static const char *const roles[] = {"leerid_admin",	  "leerid_idp",	   "leerid_schoolloket",
										"leerid_package", "leerid_purger", "leerid_intake"};
	QueryArgument arguments[] = {{INT4OID, Int32GetDatum(purpose), false}};

	if (query("SELECT FROM leerid.purpose_terms t JOIN leerid.built b ON b.purpose = t.purpose AND "
			  "b.protocol = t.protocol"
			  " WHERE t.purpose = $1 AND t.admission = 'dossier'",
			  false, 1, arguments) == 0)
		return;
	for (int i = 0; i < (int) lengthof(roles); i++)
		if (is_member_of_role_nosuper(get_role_oid(name, false), get_role_oid(roles[i], false)))
			refuse_binding(name, "It acts for DOV, which has no part in certificates and dossiers.");
}

/* The purpose of a protocol that has views of this database now; LR018 when there is none. */
static int32
purpose_named(const char *protocol, const char *purpose)
{
	QueryArgument names[] = {
		QUERY_TEXT(protocol), QUERY_TEXT(purpose), {OIDOID, ObjectIdGetDatum(MyDatabaseId), false}};

	if (query("SELECT p.id FROM leerid.purpose p WHERE p.protocol_code = $1 AND p.code = $2"
			  " AND EXISTS (SELECT FROM leerid.built b WHERE b.purpose = p.id AND b.database = $3)",
			  false, lengthof(names), names) != 1)
		ereport(ERROR, (errcode(ERRCODE_LEERID_PURPOSE_UNKNOWN),
						errmsg("protocol \"%s\" has no purpose \"%s\" in force", protocol, purpose),
						errhint("leerid.activate_protocol() brings a protocol into force;"
								" in a copy of a database, SELECT leerid.rebuild().")));
	return DatumGetInt32(query_value(0, 1, NULL));
}

/*
 * bind(login_role, protocol, purpose, service, confidentiality_since, mfa,
 * direct, names_officer): binds a role.  LR018 unknown purpose; LR016 a service
 * that article 4 does not name, no day of confidentiality, or one in the future,
 * no multi-factor authentication where the protocol demands it, a role that
 * cannot be bound, or is bound already; LR017 a second direct purpose.
 */
PG_FUNCTION_INFO_V1(bind_role);
Datum
bind_role(PG_FUNCTION_ARGS)
{
	char *role, *service;
	int32 purpose;
	TimestampTz moment = GetCurrentTimestamp();
	bool mfa, direct, names_officer;

	for (int i = 0; i < 8; i++)
		if (PG_ARGISNULL(i) && i != 4)
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("an argument of bind() is null")));
	role = NameStr(*PG_GETARG_NAME(0));
	service = text_to_cstring(PG_GETARG_TEXT_PP(3));
	mfa = PG_GETARG_BOOL(5);
	direct = PG_GETARG_BOOL(6);
	names_officer = PG_GETARG_BOOL(7);
	check_login_role(role);
	if (PG_ARGISNULL(4) || PG_GETARG_DATEADT(4) > day_of(moment))
		refuse_binding(role, "Its holder is not yet bound to confidentiality.");

	query_open();
	command("LOCK TABLE leerid.binding IN SHARE ROW EXCLUSIVE MODE");
	purpose = purpose_named(text_to_cstring(PG_GETARG_TEXT_PP(1)), text_to_cstring(PG_GETARG_TEXT_PP(2)));
	check_not_of_dov(role, purpose);
	{
		QueryArgument arguments[] = {{NAMEOID, PG_GETARG_DATUM(0), false},
									 {INT4OID, Int32GetDatum(purpose), false},
									 QUERY_TEXT(service),
									 {DATEOID, PG_GETARG_DATUM(4), false},
									 {BOOLOID, BoolGetDatum(mfa), false},
									 {BOOLOID, BoolGetDatum(direct), false},
									 {BOOLOID, BoolGetDatum(names_officer), false},
									 {TIMESTAMPTZOID, TimestampTzGetDatum(moment), false},
									 {OIDOID, ObjectIdGetDatum(get_role_oid(role, false)), false},
									 {INT8OID, Int64GetDatum((int64) GetSystemIdentifier()), false}};

		query("SELECT t.mfa AND NOT $5, NOT $3 = ANY (t.services),"
			  " EXISTS (SELECT FROM leerid.binding x WHERE x.login_role = $1 AND x.purpose = $2 AND "
			  "x.ended_at IS NULL),"
			  " $6 AND EXISTS (SELECT FROM leerid.binding x WHERE x.login_role = $1 AND x.direct AND "
			  "x.ended_at IS NULL)"
			  " FROM leerid.purpose_terms t WHERE t.purpose = $2"
			  " AND t.protocol = (SELECT b.protocol FROM leerid.built b WHERE b.purpose = $2 LIMIT 1)",
			  false, lengthof(arguments), arguments);
		if (DatumGetBool(query_value(0, 1, NULL)))
			refuse_binding(role, "The protocol demands multi-factor authentication.");
		if (DatumGetBool(query_value(0, 2, NULL)))
			refuse_binding(role, "The service is none of the recipients that article 4 names.");
		if (DatumGetBool(query_value(0, 3, NULL)))
			refuse_binding(role, "It is bound to this purpose already.");
		if (DatumGetBool(query_value(0, 4, NULL)))
			ereport(ERROR, (errcode(ERRCODE_LEERID_SECOND_DIRECT_PURPOSE),
							errmsg("role \"%s\" reads tables under another purpose already", role),
							errdetail("The policies of two purposes would add up."),
							errhint("Use one role for each purpose.")));
		query("INSERT INTO leerid.binding (login_role, purpose, service, confidentiality_since, mfa, direct, "
			  "names_officer, bound_at, role, cluster)"
			  " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
			  false, lengthof(arguments), arguments);
	}
	grant_role(view_role_of(purpose), role);
	if (direct)
		grant_role(direct_role_of(purpose), role);
	query_close();
	PG_RETURN_VOID();
}

/*
 * unbind(login_role, protocol, purpose): ends a binding, for the next statement
 * of every session.  LR003 when there is none.
 */
PG_FUNCTION_INFO_V1(unbind_role);
Datum
unbind_role(PG_FUNCTION_ARGS)
{
	char *role = NameStr(*PG_GETARG_NAME(0));
	TimestampTz moment = GetCurrentTimestamp();
	QueryArgument arguments[] = {{NAMEOID, PG_GETARG_DATUM(0), false},
								 {TEXTOID, PG_GETARG_DATUM(1), false},
								 {TEXTOID, PG_GETARG_DATUM(2), false},
								 {TIMESTAMPTZOID, TimestampTzGetDatum(moment), false}};
	int32 purpose;
	bool direct;

	query_open();
	command("LOCK TABLE leerid.binding IN SHARE ROW EXCLUSIVE MODE");
	if (query("UPDATE leerid.binding b SET ended_at = $4 FROM leerid.purpose p WHERE b.login_role = $1"
			  " AND p.id = b.purpose AND p.protocol_code = $2 AND p.code = $3 AND b.ended_at IS NULL "
			  "RETURNING b.purpose, b.direct",
			  false, lengthof(arguments), arguments) != 1)
		ereport(ERROR, (errcode(ERRCODE_LEERID_NOT_BOUND),
						errmsg("role \"%s\" is not bound to this purpose", role)));
	purpose = DatumGetInt32(query_value(0, 1, NULL));
	direct = DatumGetBool(query_value(0, 2, NULL));
	revoke_role(view_role_of(purpose), role);
	if (direct)
		revoke_role(direct_role_of(purpose), role);
	query_close();
	PG_RETURN_VOID();
}

/*
 * Grants the memberships of all standing bindings, and writes down the roles as
 * this cluster numbers them when another cluster wrote them.  A role that is not
 * here, or is another one of the same name, is named in a warning and gets
 * nothing.  An SPI connection is open.
 */
void
grant_bindings(void)
{
	QueryArgument cluster[] = {{INT8OID, Int64GetDatum((int64) GetSystemIdentifier()), false}};
	uint64 count;
	char **roles;
	int32 *purposes;
	bool *direct, *same;

	query("UPDATE leerid.binding b SET role = r.oid, cluster = $1 FROM pg_roles r"
		  " WHERE r.rolname = b.login_role AND b.ended_at IS NULL AND b.cluster IS DISTINCT FROM $1",
		  false, 1, cluster);
	count = query(
		"SELECT b.login_role, b.purpose, b.direct, r.oid IS NOT NULL AND r.oid = b.role FROM leerid.binding b"
		" LEFT JOIN pg_roles r ON r.rolname = b.login_role WHERE b.ended_at IS NULL"
		" AND EXISTS (SELECT FROM leerid.built x WHERE x.purpose = b.purpose) ORDER BY b.id",
		false, 0, NULL);
	roles = palloc(sizeof(char *) * (count + 1));
	purposes = palloc(sizeof(int32) * (count + 1));
	direct = palloc(count + 1);
	same = palloc(count + 1);
	for (uint64 i = 0; i < count; i++)
	{
		roles[i] = query_text(i, 1);
		purposes[i] = DatumGetInt32(query_value(i, 2, NULL));
		direct[i] = DatumGetBool(query_value(i, 3, NULL));
		same[i] = DatumGetBool(query_value(i, 4, NULL));
	}
	for (uint64 i = 0; i < count; i++)
		if (!OidIsValid(get_role_oid(roles[i], true)))
			ereport(WARNING,
					(errcode(ERRCODE_UNDEFINED_OBJECT), errmsg("bound role \"%s\" does not exist", roles[i]),
					 errhint("Create it and bind it, or after a restore call leerid.rebuild() again.")));
		else if (!same[i])
			ereport(WARNING, (errcode(ERRCODE_UNDEFINED_OBJECT),
							  errmsg("role \"%s\" is not the role that was bound under this name", roles[i]),
							  errhint("leerid.unbind() it, and bind it if it is to read.")));
		else
		{
			grant_role(view_role_of(purposes[i]), roles[i]);
			if (direct[i])
				grant_role(direct_role_of(purposes[i]), roles[i]);
		}
}
