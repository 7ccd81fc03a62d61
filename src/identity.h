/*
 * identity.h
 *	  Requests about identity, and the part of the map that they are about.
 *
 * A request goes through three rooms: identity_request.c takes it from the caller
 * and answers it, identity_map.c locks and reads the records it is about, and
 * identity_merge.c, identity_undo.c or identity_other.c decides and changes.
 */
#ifndef LEERID_IDENTITY_H
#define LEERID_IDENTITY_H

#include "compat.h"

#include "datatype/timestamp.h"
#include "query.h"
#include "utils/hsearch.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

#define MAX_REQUESTS 100000 /* of one call */
#define MAX_ACCOUNTS_OF_PUPIL 1000

typedef enum RequestKind
{
	REQUEST_CREATE,
	REQUEST_IDENTIFY,
	REQUEST_MERGE,
	REQUEST_UNMERGE,
	REQUEST_REPLACE,
	REQUEST_FORBID,
	REQUEST_ALLOW,
	REQUEST_ERASE
} RequestKind;

/* The type verdict, in its order. */
typedef enum Verdict
{
	VERDICT_CREATED,
	VERDICT_IDENTIFIED,
	VERDICT_MERGED,
	VERDICT_UNMERGED,
	VERDICT_REPLACED,
	VERDICT_MERGE_FORBIDDEN,
	VERDICT_MERGE_ALLOWED,
	VERDICT_ERASED,
	VERDICT_NOOP_SAME_LEERLING,
	VERDICT_NOOP,
	VERDICT_NOT_FOUND,
	VERDICT_ERASED_ACCOUNT,
	VERDICT_CONFLICT_INSZ,
	VERDICT_CONFLICT_DEPENDENT,
	VERDICT_FORBIDDEN,
	VERDICT_TOO_MANY_ACCOUNTS,
	VERDICT_NOT_UNDOABLE,
	VERDICT_ALREADY_UNDONE,
	VERDICT_BLOCKED,
	VERDICT_DEPENDENTS_REMAIN,
	VERDICT_OP_ID_REUSED,
	VERDICTS
} Verdict;

typedef struct OptionalUuid
{
	bool given;
	pg_uuid_t value;
} OptionalUuid;

/* One request and its answer. */
typedef struct Request
{
	RequestKind kind;
	pg_uuid_t op_id;
	uint8 sha256[32];
	OptionalUuid account, other; /* that it names; for unmerge account is the operation */
	int64 insz;					 /* the new one of identify and replace; 0: none */
	int64 old_insz;
	bool corrected;
	QueryArgument created[4]; /* naam, voornaam, geboortedatum, bron_sleutel */

	int same_as; /* an earlier request of the call with this op_id; -1: none */
	bool answered;
	bool recorded; /* the answer stands in the log already, or never will */
	bool replayed;
	Verdict verdict;
	OptionalUuid answer_account, answer_leer_id;
	char *detail; /* JSON */

	/* what it did */
	int64 id; /* identity_operation.id; 0 until there is one */
	TimestampTz at;
	int64 leerling, absorbed, undoes; /* 0: none */
} Request;

typedef struct Batch
{
	Request *requests;
	int count;
	const char *reason, *actor;
	bool dry_run;
} Batch;

struct Pupil;

typedef struct Account
{
	pg_uuid_t uuid; /* hash key */
	struct Pupil *pupil;
	bool principal, historic, without_insz;
	TimestampTz changed_at;
	bool changed;		  /* in this round */
	List *forbidden;	  /* uuids of accounts that it must not be brought together with */
	struct Account *next; /* of the pupil */
} Account;

typedef struct Pupil
{
	int64 id;	/* hash key */
	int64 insz; /* 0: none */
	OptionalUuid leer_id;
	Account *accounts;
	int account_count;
	int round; /* in which it was spoken for last */
} Pupil;

/* The records that a call is about, locked, as they stand. */
typedef struct Map
{
	HTAB *pupils;
	HTAB *accounts;
} Map;

/* Rows to be written for one step. */
typedef struct Changes
{
	ValueList history[11]; /* the columns of identity_history but at */
	ValueList account[5];  /* account_uuid, leerling, principal, historic, without_insz */
	ValueList untold;	   /* pupils whose change no account tells */
	TimestampTz after;	   /* the latest earlier change of what is changed */
} Changes;

/* What an operation is about to do to a record. */
typedef struct Event
{
	int64 operation;
	Pupil *pupil;
	Datum before; /* its accounts, as text */
	OptionalUuid account, leer_id;
} Event;

typedef struct Events
{
	Event *events; /* NULL: nobody has a feed */
	int count;
} Events;

/* identity_request.c */
extern void init_identity(void);
extern void answer(Request *request, Verdict verdict);
extern void answer_with_pupil(Request *request, Verdict verdict, const Pupil *pupil);
extern void answer_recorded(Batch *batch);
extern void answer_unknown(Request *request);
extern void take_operation_id(Request *request);

/* identity_map.c */
extern void lock_insz(const int64 *numbers, int count);
extern void lock_map(Map *map, Batch *batch);
extern void lock_pupils(Map *map, const int64 *ids, int count);
extern Pupil *find_pupil_by_id(const Map *map, int64 id);
extern Account *find_account(const Map *map, const pg_uuid_t *uuid);
extern int64 pupil_with_insz(int64 insz, bool *former);
extern void give_number(SPIPlanPtr *plan, const char *sql, int count, const QueryArgument *arguments);
extern Account *principal_account(const Pupil *pupil);
extern void init_changes(Changes *changes);
extern void change_account(Changes *changes, int64 operation, Account *account, Pupil *to, bool principal,
						   bool historic, bool without_insz);
extern void change_key(Changes *changes, int64 operation, const pg_uuid_t *leer_id, int64 from, int64 to);
extern void tell_by_pupil(Changes *changes, const Pupil *pupil);
extern TimestampTz write_changes(Changes *changes);

/* identity_event.c */
extern void init_events(Events *events, int room);
extern void note_event(Events *events, int64 operation, Pupil *pupil);
extern void write_events(Events *events);

/* identity_merge.c */
extern void run_merges(Batch *batch);

/* identity_undo.c */
extern void run_unmerge(Batch *batch);

/* identity_create.c, identity_forbid.c, identity_erase.c */
extern void run_create(Batch *batch);
extern void run_forbid(Batch *batch);
extern void run_erase(Batch *batch);

#endif /* LEERID_IDENTITY_H */
