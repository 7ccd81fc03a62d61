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
