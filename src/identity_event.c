/*
 * identity_event.c
 *	  What operations do to the accounts of records, kept for identity_feed().
 *
 * Nothing is kept before a protocol that lists a feed was activated: nobody was
 * given anything that a feed could speak of.
 */
#include "identity.h"

#include "catalog/pg_type.h"
#include "commands/async.h"
#include "given.h"
#include "utils/builtins.h"

#define CHANNEL "leerid_identity"

/* Whether a feed may ever speak of what happens now. */
static bool
any_feed(void)
{
	static SPIPlanPtr plan;

	return query_kept(&plan,
					  "SELECT FROM leerid.purpose_terms t JOIN leerid.protocol p ON p.id = t.protocol"
					  " WHERE t.feed AND p.activated_at IS NOT NULL LIMIT 1",
					  0, NULL) > 0;
}

/* Begins to keep what a step does.  The accounts of all pupils are locked. */
void
init_events(Events *events, int room)
{
	memset(events, 0, sizeof(*events));
	if (any_feed())
		events->events = palloc_extended(sizeof(Event) * room, MCXT_ALLOC_HUGE);
}

/* The accounts of a pupil, as the input of uuid[]. */
static Datum
accounts_text(const Pupil *pupil)
{
	StringInfoData text;
	char separator = '{';

	initStringInfo(&text);
	for (Account *account = pupil->accounts; account != NULL; account = account->next)
	{
		appendStringInfoChar(&text, separator);
		appendStringInfoString(&text,
							   DatumGetCString(DirectFunctionCall1(uuid_out, UUIDPGetDatum(&account->uuid))));
		separator = ',';
	}
	appendStringInfoString(&text, separator == '{' ? "{}" : "}");
	return CStringGetTextDatum(text.data);
}

/* What answers for a pupil. */
static void
note_answers(const Pupil *pupil, OptionalUuid *account, OptionalUuid *leer_id)
{
	const Account *principal = principal_account(pupil);

	*account = (OptionalUuid){.given = principal != NULL};
	if (principal != NULL)
		account->value = principal->uuid;
	*leer_id = pupil->leer_id;
}

/* An operation is about to change a record. */
void
note_event(Events *events, int64 operation, Pupil *pupil)
{
	Event *event;

	if (events->events == NULL)
		return;
	event = &events->events[events->count++];
	event->operation = operation;
	event->pupil = pupil;
	event->before = accounts_text(pupil);
	note_answers(pupil, &event->account, &event->leer_id);
}

/* Whether two keys differ. */
static bool
differs(const OptionalUuid *one, const OptionalUuid *other)
{
	return one->given != other->given ||
		   (one->given && memcmp(&one->value, &other->value, sizeof(pg_uuid_t)) != 0);
}

/*
 * Writes what became of the records that were noted, and wakes those who listen
 * when a recipient was given one of their accounts; nobody else, since commits
 * that notify wait for each other.
 */
void
write_events(Events *events)
{
	static SPIPlanPtr insert, given;
	ValueList operations = VALUE_LIST(INT8OID, INT8ARRAYOID), pupils = VALUE_LIST(INT8OID, INT8ARRAYOID),
			  before = VALUE_LIST(TEXTOID, TEXTARRAYOID), after = VALUE_LIST(TEXTOID, TEXTARRAYOID),
			  renewed = VALUE_LIST(BOOLOID, BOOLARRAYOID);
	Place place;

	if (events->count == 0)
		return;
	for (int i = 0; i < events->count; i++)
	{
		const Event *event = &events->events[i];
		OptionalUuid account, leer_id;

		note_answers(event->pupil, &account, &leer_id);
		add_value(&operations, Int64GetDatum(event->operation));
		add_value(&pupils, Int64GetDatum(event->pupil->id));
		add_value(&before, event->before);
		add_value(&after, accounts_text(event->pupil));
		add_value(&renewed,
				  BoolGetDatum(differs(&event->account, &account) || differs(&event->leer_id, &leer_id)));
	}
	place = place_to_write();
	{
		QueryArgument arguments[] = {list_argument(&operations),
									 list_argument(&pupils),
									 list_argument(&before),
									 list_argument(&after),
									 list_argument(&renewed),
									 {.type = INT4OID, .value = Int32GetDatum(place.generation)},
									 {.type = INT8OID, .value = Int64GetDatum(place.timeline)}};

		query_kept(
			&insert,
			"INSERT INTO leerid.identity_event (operation, leerling, before, after, renewed, generation,"
			" timeline) SELECT o, l, b::uuid[], a::uuid[], r, $6, $7"
			" FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::boolean[]) n (o, l, b, a, "
			"r)",
			lengthof(arguments), arguments);
		if (query_kept(&given,
					   "SELECT FROM unnest($1::text[]) n (b), unnest(n.b::uuid[]) a (uuid)"
					   " JOIN leerid.given g ON g.account_uuid = a.uuid LIMIT 1",
					   1, &arguments[2]) > 0)
			Async_Notify(CHANNEL, "");
	}
}
