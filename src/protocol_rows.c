/*
 * protocol_rows.c
 *	  Finding the rows of protocols.
 */
#include "protocol.h"

#include "catalog/pg_type.h"
#include "errors.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

/*
 * Keeps every other session from importing, activating or ending a protocol
 * until this transaction is over; reading goes on.
 */
void
lock_protocols(void)
{
	command("LOCK TABLE leerid.protocol IN SHARE ROW EXCLUSIVE MODE");
}

/*
 * Runs a query on what is committed now, for a row that others are to refer to.  Raises 40001 where the
 * snapshot of a REPEATABLE READ transaction is too old to see it: a foreign key
 * would not find it either.
 */
bool
find_row(const char *sql, int count, const QueryArgument *arguments)
{
	if (query_latest(sql, true, count, arguments) == 0)
		return false;
	if (query(sql, false, count, arguments) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
				 errmsg("could not serialize access: another session has imported a protocol meanwhile"),
				 errhint("Try the transaction again.")));
	return true;
}

/*
 * The id of a version; with no version named that of the one in force, or
 * where none is, of the one with the latest document.  Raises LR011 where
 * there is none.  Leaves the version's row as the last query's answer:
 * id, document, document_sha256.
 */
int32
find_version(const char *code, const char *version)
{
	const QueryArgument arguments[] = {
		QUERY_TEXT(code),
		QUERY_TEXT(version),
		{.type = TIMESTAMPTZOID, .value = TimestampTzGetDatum(GetCurrentTimestamp())},
	};

	if (query("SELECT id, document, document_sha256 FROM leerid.protocol"
			  " WHERE code = $1 AND ($2 IS NULL OR version = $2)"
			  " ORDER BY activated_at IS NOT NULL AND (ended_at IS NULL OR ended_at > $3) DESC,"
			  " (document ->> 'date')::date DESC, id DESC LIMIT 1",
			  true, lengthof(arguments), arguments) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_LEERID_PROTOCOL_UNKNOWN),
				 version == NULL ? errmsg("there is no protocol \"%s\"", code)
								 : errmsg("there is no version \"%s\" of a protocol \"%s\"", version, code),
				 errhint("import_protocol() brings one in.")));
	return DatumGetInt32(query_value(0, 1, NULL));
}
