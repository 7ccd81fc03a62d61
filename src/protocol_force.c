/*
 * protocol_force.c
 *	  Bringing protocols into force, and making anew what stands for them.
 *
 * Who ends a protocol, and how, is in protocol_end.c.
 */
#include "compat.h"

#include "access/xact.h"
#include "binding.h"
#include "build.h"
#include "catalog/pg_type.h"
#include "clock.h"
#include "errors.h"
#include "protocol.h"
#include "query.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

/* One builder at a time: others wait, and then find what it made. */
static void
lock_building(void)
{
	lock_protocols();
	command("LOCK TABLE leerid.binding IN SHARE ROW EXCLUSIVE MODE");
}

/*
 * activate_protocol(code, version): brings a version into force and makes its
 * views, roles and policies.  LR011 unknown, LR012 ended before, LR014 before the
 * day on which it may enter into force.  An earlier version of the same protocol
 * is superseded by it, but where each school accepts a version for itself.  In
 * force already: nothing happens.
 */
PG_FUNCTION_INFO_V1(activate_protocol);
Datum
activate_protocol(PG_FUNCTION_ARGS)
{
	char *code = text_to_cstring(PG_GETARG_TEXT_PP(0)), *version = text_to_cstring(PG_GETARG_TEXT_PP(1));
	TimestampTz moment = GetCurrentTimestamp();
	QueryArgument names[] = {QUERY_TEXT(code), QUERY_TEXT(version)};
	int32 protocol;
	bool no_day, activated;
	DateADT enters_on;
	char *entry;

	query_open();
	lock_building();
	if (query(
			"SELECT id, enters_on, entry, activated_at IS NOT NULL, ended_at IS NOT NULL FROM leerid.protocol"
			" WHERE code = $1 AND version = $2",
			false, 2, names) != 1)
		ereport(ERROR, (errcode(ERRCODE_LEERID_PROTOCOL_UNKNOWN),
						errmsg("there is no protocol \"%s\" of version \"%s\"", code, version),
						errhint("leerid.import_protocol() imports one.")));
	protocol = DatumGetInt32(query_value(0, 1, NULL));
	enters_on = DatumGetDateADT(query_value(0, 2, &no_day));
	entry = query_text(0, 3);
	activated = DatumGetBool(query_value(0, 4, NULL));
	if (DatumGetBool(query_value(0, 5, NULL)))
		ereport(ERROR, (errcode(ERRCODE_LEERID_PROTOCOL_NOT_IN_FORCE),
						errmsg("protocol \"%s\" of version \"%s\" has ended", code, version),
						errhint("Import and activate a new version.")));
	if (!no_day && day_of(moment) < enters_on)
		ereport(ERROR,
				(errcode(ERRCODE_LEERID_PROTOCOL_NOT_YET),
				 errmsg("protocol \"%s\" of version \"%s\" may not enter into force yet", code, version),
				 errdetail("Its document says so by its rule of entry into force (%s).", entry)));
	if (!activated)
	{
		QueryArgument superseding[] = {{INT4OID, Int32GetDatum(protocol), false},
									   {TIMESTAMPTZOID, TimestampTzGetDatum(moment), false}};
		uint64 count;
		int32 *gone;

		lock_built();
		query("UPDATE leerid.protocol p SET ended_at = $2, ended_how = 'superseded' FROM leerid.protocol n"
			  " WHERE n.id = $1 AND p.code = n.code AND p.id <> n.id AND p.entry <> 'akkoord_per_school'"
			  " AND p.activated_at IS NOT NULL AND (p.ended_at IS NULL OR p.ended_at > $2)",
			  false, 2, superseding);
		query("UPDATE leerid.protocol SET activated_at = $2 WHERE id = $1", false, 2, superseding);

		/* purposes that only the superseded version had */
		count =
			query("SELECT DISTINCT b.purpose FROM leerid.built b JOIN leerid.protocol o ON o.id = b.protocol"
				  " JOIN leerid.protocol n ON n.code = o.code WHERE n.id = $1"
				  " AND NOT EXISTS (SELECT FROM leerid.purpose_terms t WHERE t.protocol = n.id AND t.purpose "
				  "= b.purpose)",
				  false, 2, superseding);
		gone = palloc(sizeof(int32) * (count + 1));
		for (uint64 i = 0; i < count; i++)
			gone[i] = DatumGetInt32(query_value(i, 1, NULL));
		for (uint64 i = 0; i < count; i++)
			unbuild_purpose(gone[i]);
		build_protocol(protocol);
	}
	query_close();
	PG_RETURN_VOID();
}

/* Unmakes whatever stands for any protocol. */
static void
unbuild_all(void)
{
	uint64 count = query("SELECT id FROM leerid.purpose ORDER BY id", false, 0, NULL);
	int32 *purposes = palloc(sizeof(int32) * (count + 1));

	for (uint64 i = 0; i < count; i++)
		purposes[i] = DatumGetInt32(query_value(i, 1, NULL));
	for (uint64 i = 0; i < count; i++)
		unbuild_purpose(purposes[i]);
}

/* unbuild(): takes away all views and policies; before an upgrade. */
PG_FUNCTION_INFO_V1(unbuild);
Datum
unbuild(PG_FUNCTION_ARGS)
{
	(void) fcinfo;
	query_open();
	lock_building();
	lock_built();
	unbuild_all();
	query_close();
	PG_RETURN_VOID();
}

/*
 * Makes the triggers that tell of rules, and of new INSZ, fire in replicas again: ALTER TABLE ...
 * ENABLE TRIGGER ALL, as a restore of data alone with --disable-triggers ends,
 * takes that from them.
 */
static void
mend_triggers(void)
{
	uint64 count = query(
		"SELECT format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %I', tgrelid::regclass, tgname) FROM pg_trigger"
		" WHERE tgfoid IN ('leerid.rule_changed()'::regprocedure, 'leerid.insz_changed()'::regprocedure)"
		" AND tgenabled <> 'A'",
		false, 0, NULL);
	char **alterations = palloc(sizeof(char *) * (count + 1));

	for (uint64 i = 0; i < count; i++)
		alterations[i] = query_text(i, 1);
	for (uint64 i = 0; i < count; i++)
		command("%s", alterations[i]);
}

/*
 * rebuild(): makes roles, views, policies and grants anew from the rules: after a
 * restore, a copy of the database, an upgrade.  Of each protocol the version in
 * force that was activated last is built; where it has ended, the one that ended
 * last, so that whoever reads or logs in is told that it is not in force, as he
 * was before.  Returns how many views stand.
 */
PG_FUNCTION_INFO_V1(rebuild);
Datum
rebuild(PG_FUNCTION_ARGS)
{
	TimestampTz moment = GetCurrentTimestamp();
	QueryArgument arguments[] = {{TIMESTAMPTZOID, TimestampTzGetDatum(moment), false}};
	uint64 count;
	int32 *protocols;
	int64 views;

	(void) fcinfo;
	query_open();
	lock_building();
	lock_built();
	unbuild_all();
	mend_triggers();
	rebuild_guards();
	count = query("SELECT DISTINCT ON (code) id FROM leerid.protocol WHERE activated_at <= $1"
				  " ORDER BY code, ended_at IS NULL OR ended_at > $1 DESC, activated_at DESC, id DESC",
				  false, 1, arguments);
	protocols = palloc(sizeof(int32) * (count + 1));
	for (uint64 i = 0; i < count; i++)
		protocols[i] = DatumGetInt32(query_value(i, 1, NULL));
	for (uint64 i = 0; i < count; i++)
		build_protocol(protocols[i]);
	grant_bindings();
	query("SELECT count(*) FROM leerid.built", false, 0, NULL);
	views = DatumGetInt64(query_value(0, 1, NULL));
	query_close();
	PG_RETURN_INT64(views);
}
