/*
 * frame.c
 *	  The frame of a running statement.
 *
 * ExecutorStart looks through the statement's relations for generated views, and
 * for registry tables read by a role that row-level security binds.  For these
 * it opens a frame: it accepts what other sessions changed in the rules, fixes
 * the user, the clock and the rules, and refuses whoever is not bound.  While
 * the statement runs, and only then, the gate may be asked, and only for the
 * purposes of its frame.  So a call of the gate by hand answers nothing, a
 * cursor keeps the user that opened it, and every row of a statement is judged
 * by the same rules.
 *
 * A frame lives in the statement's own memory and goes with it, however it ends.
 */
#include "frame.h"

#include "access/parallel.h"
#include "access/sysattr.h"
#include "access/xact.h"
#include "catalog/pg_authid.h"
#include "catalog/pg_class.h"
#include "clock.h"
#include "errors.h"
#include "executor/executor.h"
#include "funcapi.h"
#include "given.h"
#include "jit/jit.h"
#include "miscadmin.h"
#include "optimizer/planner.h"
#include "relations.h"
#include "table_door.h"
#include "tcop/utility.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/guc_tables.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rls.h"
#include "utils/snapmgr.h"

static ExecutorStart_hook_type previous_start;
static ExecutorRun_hook_type previous_run;
static ExecutorFinish_hook_type previous_finish;
static ExecutorEnd_hook_type previous_end;
static ProcessUtility_hook_type previous_utility;
static planner_hook_type previous_planner;

static bool preloaded;
static char *officer;

static Frame *open_frames;	 /* of all statements that have begun */
static Frame *current_frame; /* of the innermost statement that runs */
static int run_depth;

/* What the last gated statement that ended well has shown. */
static struct
{
	MemoryContext context;
	int count;
	int32 *purposes;
	IdSet **shown;
} last;
static int explain_depth;
static int utility_depth;
static int planner_depth;

/* Whether the server loaded the library when it started, as the gate needs. */
bool
is_preloaded(void)
{
	return preloaded;
}

/* The frame of the innermost statement that runs, or NULL. */
const Frame *
running_frame(void)
{
	return current_frame;
}

/*
 * The part of the running statement's frame that is for a purpose.  LR001 when
 * the server did not load the library; LR004 when the running statement reads
 * nothing under that purpose: the gate is no oracle.
 */
FramePurpose *
purpose_in_frame(int32 purpose)
{
	if (current_frame != NULL)
		for (int i = 0; i < current_frame->count; i++)
			if (current_frame->purposes[i].rules->purpose == purpose)
				return &current_frame->purposes[i];
	if (!preloaded)
		ereport(ERROR, (errcode(ERRCODE_LEERID_NOT_PRELOADED), errmsg("leerid is not preloaded"),
						errdetail("The gate needs the server's executor, and discloses nothing without it."),
						errhint("Set shared_preload_libraries = 'leerid' and restart the server.")));
	ereport(ERROR, (errcode(ERRCODE_LEERID_GATE_MISUSED),
					errmsg("the gate was called outside a view of its purpose"),
					errhint("Read the purpose's views.")));
	return NULL;
}

/* Takes a frame out of the list, when its statement's memory goes. */
static void
forget_frame(void *argument)
{
	Frame *frame = argument;

	for (Frame **link = &open_frames; *link != NULL; link = &(*link)->next)
		if (*link == frame)
		{
			*link = frame->next;
			break;
		}
	if (current_frame == frame)
		current_frame = NULL;
	for (int i = 0; i < frame->count; i++)
		release_rules(frame->purposes[i].rules);
	frame->count = 0;
}

/* Whether a role may look at plans of gated statements: the data manager tunes them, a superuser may all. */
bool
may_explain(Oid user)
{
	return superuser_arg(user) || has_privs_of_role(user, get_role_oid("leerid_admin", false));
}

static void
refuse_explain(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_LEERID_EXPLAIN_REFUSED), errmsg("the plan of this statement is not shown"),
			 errdetail("Its counts and estimates tell of rows that you may not see."),
			 errhint("Ask a member of leerid_admin.")));
}

/*
 * Adds a purpose to a frame, once.  LR002 until its views are rebuilt, LR012
 * when its protocol is not in force, LR003 when the user is not bound to it,
 * LR006 when an application's role names no officer.
 */
static void
add_purpose(Frame *frame, int32 purpose, bool through_table)
{
	PurposeRules *rules;
	const BoundRole *bound;

	for (int i = 0; i < frame->count; i++)
		if (frame->purposes[i].rules->purpose == purpose)
			return;
	rules = current_rules(purpose, frame->moment);
	if (rules == NULL)
		ereport(ERROR, (errcode(ERRCODE_LEERID_NOT_BUILT),
						errmsg("the views of this purpose are not those of this database"),
						errhint("SELECT leerid.rebuild(), as a member of leerid_admin.")));
	bound = bound_role(rules, frame->user);
	if (bound == NULL || (through_table && !bound->direct))
		ereport(ERROR, (errcode(ERRCODE_LEERID_NOT_BOUND),
						errmsg("role \"%s\" is not bound to this purpose in this database",
							   GetUserNameFromId(frame->user, false)),
						errdetail("A role's membership is not enough: it belongs to the whole cluster."),
						errhint("leerid.bind() binds a login role.")));
	if (!rules->in_force)
		ereport(ERROR, (errcode(ERRCODE_LEERID_PROTOCOL_NOT_IN_FORCE),
						errmsg("protocol \"%s\" is not in force", rules->protocol_code)));
	if (bound->names_officer && (officer == NULL || officer[0] == '\0'))
		ereport(ERROR, (errcode(ERRCODE_LEERID_OFFICER_NOT_NAMED), errmsg("no acting officer is named"),
						errdetail("Role \"%s\" is an application's, used by several persons.",
								  GetUserNameFromId(frame->user, false)),
						errhint("SET leerid.officer to the acting officer before each statement.")));
	if (rules->feed && XactReadOnly)
		ereport(ERROR, (errcode(ERRCODE_READ_ONLY_SQL_TRANSACTION),
						errmsg("this purpose cannot be read in a read-only transaction"),
						errdetail("It has an identity feed, so what is given is written down."),
						errhint("Read it in a transaction that may write, on the primary server.")));
	if (!rules->at_login && rules->admission != ADMIT_DOSSIER)
		load_schools(rules);
	else
		for (int i = 0; i < rules->element_count; i++)
			if (rules->elements[i].condition == CLASS_SHARED)
				load_schools(rules);

	frame->purposes = frame->count == 0
						  ? palloc(sizeof(FramePurpose))
						  : repalloc(frame->purposes, sizeof(FramePurpose) * (frame->count + 1));
	frame->purposes[frame->count].rules = rules;
	frame->purposes[frame->count].shown = make_idset(frame->shown_context);
	use_rules(rules);
	frame->count++;
}

/* Whether row-level security does not bind a role for a registry table. */
static bool
is_above_row_security(Oid role, Oid table)
{
#if PG_VERSION_NUM >= 160000
	return superuser_arg(role) || has_bypassrls_privilege(role) ||
		   object_ownercheck(RelationRelationId, table, role);
#else
	return superuser_arg(role) || has_bypassrls_privilege(role) || pg_class_ownercheck(table, role);
#endif
}

/*
 * Calls a function for each relation of a plan that is gated: for a generated
 * view with its purpose, for a registry table with 0.  Returns whether any is.
 */
static bool
visit_gated(PlannedStmt *plan,
			void (*visit)(void *state, Permission *permission, int32 purpose, Oid database), void *state)
{
	bool found = false;
	ListCell *cell;

	foreach (cell, PERMISSIONS_OF(plan))
	{
		Permission *permission = lfirst(cell);
		Oid role = OidIsValid(permission->checkAsUser) ? permission->checkAsUser : GetUserId();
		RelationName name;
		int32 purpose, protocol;
		Oid database = InvalidOid;

		if (!OidIsValid(permission->relid) || permission->requiredPerms == 0)
			continue;
		if (is_person_relation(permission->relid, &name))
		{
			if (is_above_row_security(role, permission->relid))
				continue;
			purpose = 0;
		}
		else
		{
			/* relations of PostgreSQL itself are the most frequent */
			if (permission->relid < FirstNormalObjectId)
				continue;
			purpose = purpose_of_view(permission->relid, &protocol, &database);
			if (purpose == 0)
				continue;
		}
		found = true;
		if (visit == NULL)
			return true;
		visit(state, permission, purpose, database);
	}
	return found;
}

/* Opens the frame's part for one gated relation. */
static void
visit_relation(void *state, Permission *permission, int32 purpose, Oid database)
{
	Frame *frame = state;
	RelationName table;

	if (purpose != 0)
	{
		if (database != MyDatabaseId)
			ereport(ERROR, (errcode(ERRCODE_LEERID_NOT_BUILT),
							errmsg("the views of this purpose are not those of this database"),
							errhint("SELECT leerid.rebuild(), as a member of leerid_admin.")));
		add_purpose(frame, purpose, false);
		return;
	}
	purpose = direct_purpose_of(frame->user);
	if (purpose == 0)
		ereport(ERROR, (errcode(ERRCODE_LEERID_NOT_BOUND),
						errmsg("role \"%s\" has no direct access to this table",
							   GetUserNameFromId(frame->user, false)),
						errhint("Read the views of a purpose that the role is bound to.")));
	add_purpose(frame, purpose, true);
	(void) is_person_relation(permission->relid, &table);
	for (int i = 0; i < frame->count; i++)
		if (frame->purposes[i].rules->purpose == purpose)
			check_table_columns(frame->purposes[i].rules, table, permission->selectedCols);
}

/*
 * Whether a statement's snapshot may have been taken before the statement began:
 * the transaction's, or that of a statement which called the function that this
 * one stands in.  Whoever runs inside a utility statement has its snapshot or
 * one of its own, so there it is compared.
 */
static bool
may_be_old(Snapshot snapshot)
{
	Snapshot latest;

	if (IsolationUsesXactSnapshot() || run_depth > 0 || planner_depth > 0)
		return true;
	if (utility_depth == 0)
		return false;
	if (IsInParallelMode() || snapshot->takenDuringRecovery)
		return true;
	latest = GetLatestSnapshot();
	return snapshot->xmin != latest->xmin || snapshot->xmax != latest->xmax ||
		   snapshot->xcnt != latest->xcnt ||
		   (snapshot->xcnt > 0 &&
			memcmp(snapshot->xip, latest->xip, sizeof(TransactionId) * snapshot->xcnt) != 0);
}

/* Opens a frame for a statement that reads something gated. */
static void
open_frame(QueryDesc *query, int eflags)
{
	MemoryContext previous;
	MemoryContextCallback *callback;
	Frame *frame;

	if (!visit_gated(query->plannedstmt, NULL, NULL))
		return;
	if (explain_depth > 0 || (eflags & EXEC_FLAG_EXPLAIN_ONLY) != 0)
	{
		if (!may_explain(GetUserId()))
			refuse_explain();
		if ((eflags & EXEC_FLAG_EXPLAIN_ONLY) != 0)
			return;
	}
	AcceptInvalidationMessages();

	previous = MemoryContextSwitchTo(query->estate->es_query_cxt);
	frame = palloc0(sizeof(Frame));
	frame->query = query;
	frame->user = GetUserId();
	frame->moment = GetCurrentTimestamp();
	frame->day = day_of(frame->moment);
	frame->old_snapshot = may_be_old(query->snapshot);
	frame->shown_context =
		AllocSetContextCreate(query->estate->es_query_cxt, "leerid persons shown", ALLOCSET_SMALL_SIZES);
	frame->next = open_frames;
	open_frames = frame;
	callback = palloc0(sizeof(MemoryContextCallback));
	callback->func = forget_frame;
	callback->arg = frame;
	MemoryContextRegisterResetCallback(query->estate->es_query_cxt, callback);
	(void) visit_gated(query->plannedstmt, visit_relation, frame);
	MemoryContextSwitchTo(previous);
}

/*
 * ExecutorStart.  A worker runs a part of its leader's plan, without the gate,
 * and sends what it finds through a queue; that part has its leader's frame.
 * Any other statement in a worker has none: LR004, before it finds a row or not.
 */
static void
frame_start(QueryDesc *query, int eflags)
{
	if (previous_start)
		previous_start(query, eflags);
	else
		standard_ExecutorStart(query, eflags);
	if (!find_relations())
		return;
	if (!IsParallelWorker())
		open_frame(query, eflags);
	else if (query->dest->mydest != DestTupleQueue && visit_gated(query->plannedstmt, NULL, NULL))
		ereport(ERROR, (errcode(ERRCODE_LEERID_GATE_MISUSED),
						errmsg("a parallel worker cannot read under a purpose"),
						errhint("Mark the function that reads there as PARALLEL RESTRICTED.")));
}

/* The frame of a statement, or NULL when it reads nothing gated. */
static Frame *
frame_of(QueryDesc *query)
{
	for (Frame *frame = open_frames; frame != NULL; frame = frame->next)
		if (frame->query == query)
			return frame;
	return NULL;
}

#if PG_VERSION_NUM >= 180000
static void
frame_run(QueryDesc *query, ScanDirection direction, uint64 count)
#else
static void
frame_run(QueryDesc *query, ScanDirection direction, uint64 count, bool execute_once)
#endif
{
	Frame *outer = current_frame;
	Frame *frame = frame_of(query);

	/* a cursor opened before the EXPLAIN that fetches from it */
	if (frame != NULL && explain_depth > 0 && !may_explain(GetUserId()))
		refuse_explain();
	current_frame = frame;
	run_depth++;
	PG_TRY();
	{
#if PG_VERSION_NUM >= 180000
		if (previous_run)
			previous_run(query, direction, count);
		else
			standard_ExecutorRun(query, direction, count);
#else
		if (previous_run)
			previous_run(query, direction, count, execute_once);
		else
			standard_ExecutorRun(query, direction, count, execute_once);
#endif
	}
	PG_FINALLY();
	{
		current_frame = outer;
		run_depth--;
	}
	PG_END_TRY();
}

/* Writes down which accounts a statement gave, for the purposes that have a feed. */
static void
keep_given(const Frame *frame)
{
	for (int i = 0; i < frame->count; i++)
	{
		const FramePurpose *purpose = &frame->purposes[i];
		MemoryContext context, previous;

		if (!purpose->rules->feed)
			continue;
		context = AllocSetContextCreate(CurrentMemoryContext, "leerid accounts given", ALLOCSET_SMALL_SIZES);
		previous = MemoryContextSwitchTo(context);
		give_pupils(purpose->rules, purpose->shown, frame->query->snapshot);
		MemoryContextSwitchTo(previous);
		MemoryContextDelete(context);
	}
}

static void
frame_finish(QueryDesc *query)
{
	Frame *outer = current_frame;

	current_frame = frame_of(query);
	run_depth++;
	PG_TRY();
	{
		if (previous_finish)
			previous_finish(query);
		else
			standard_ExecutorFinish(query);
		if (current_frame != NULL)
			keep_given(current_frame);
	}
	PG_FINALLY();
	{
		current_frame = outer;
		run_depth--;
	}
	PG_END_TRY();
}

/* Keeps what a statement has shown when it ends well, for last_disclosure(). */
static void
keep_shown(Frame *frame)
{
	if (last.context != NULL)
		MemoryContextDelete(last.context);
	memset(&last, 0, sizeof(last));
	MemoryContextSetParent(frame->shown_context, TopMemoryContext);
	last.context = frame->shown_context;
	last.count = frame->count;
	last.purposes = MemoryContextAlloc(last.context, sizeof(int32) * (frame->count + 1));
	last.shown = MemoryContextAlloc(last.context, sizeof(IdSet *) * (frame->count + 1));
	for (int i = 0; i < frame->count; i++)
	{
		last.purposes[i] = frame->purposes[i].rules->purpose;
		last.shown[i] = frame->purposes[i].shown;
	}
}

static void
frame_end(QueryDesc *query)
{
	Frame *frame = frame_of(query);

	if (frame != NULL)
		keep_shown(frame);
	if (previous_end)
		previous_end(query);
	else
		standard_ExecutorEnd(query);
}

/*
 * last_disclosure(): purpose and persons that the session's last gated statement
 * showed, as the frame recorded them.
 */
PG_FUNCTION_INFO_V1(last_disclosure);
Datum
last_disclosure(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;

	InitMaterializedSRF(fcinfo, 0);
	for (int i = 0; i < last.count; i++)
	{
		int64 count;
		int64 *ids = list_ids(last.shown[i], &count);

		for (int64 j = 0; j < count; j++)
		{
			Datum values[2] = {Int32GetDatum(last.purposes[i]), Int64GetDatum(ids[j])};
			bool nulls[2] = {false, false};

			tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
		}
	}
	return (Datum) 0;
}

/*
 * Knows when an EXPLAIN runs, in all its forms, and when any utility statement
 * does.  VACUUM and ANALYZE are like an EXPLAIN: VERBOSE tells the pages touched,
 * also by functions of the table's owner.
 */
static void
frame_utility(PlannedStmt *plan, const char *text, bool read_only, ProcessUtilityContext context,
			  ParamListInfo params, QueryEnvironment *environment, DestReceiver *receiver,
			  QueryCompletion *completion)
{
	bool explain = IsA(plan->utilityStmt, ExplainStmt) || IsA(plan->utilityStmt, VacuumStmt);
	bool copies_out = IsA(plan->utilityStmt, CopyStmt) && !((CopyStmt *) plan->utilityStmt)->is_from;

	/* the query of COPY TO has the snapshot that the statement began with, as a SELECT has */
	utility_depth += !copies_out;
	explain_depth += explain;
	PG_TRY();
	{
		if (previous_utility)
			previous_utility(plan, text, read_only, context, params, environment, receiver, completion);
		else
			standard_ProcessUtility(plan, text, read_only, context, params, environment, receiver,
									completion);
	}
	PG_FINALLY();
	{
		utility_depth -= !copies_out;
		explain_depth -= explain;
	}
	PG_END_TRY();
}

/*
 * The planner.  debug_print_plan shows a plan, with its estimates, before the
 * executor begins.  Compiled expressions say at DEBUG1 when the first row
 * reaches them, shown or not, so gated statements have none.
 */
static PlannedStmt *
frame_planner(Query *parse, const char *text, int options, ParamListInfo params)
{
	PlannedStmt *plan;

	planner_depth++;
	PG_TRY();
	{
		plan = previous_planner ? previous_planner(parse, text, options, params)
								: standard_planner(parse, text, options, params);
	}
	PG_FINALLY();
	{
		planner_depth--;
	}
	PG_END_TRY();

	if (find_relations() && visit_gated(plan, NULL, NULL))
	{
		plan->jitFlags = PGJIT_NONE;
		if (Debug_print_plan && !may_explain(GetUserId()))
			refuse_explain();
	}
	return plan;
}

/*
 * trace_sort tells any session how much memory each sort used, below the gate
 * too: it becomes a superuser's setting.
 */
static void
guard_settings(void)
{
	struct config_generic **settings;
	int count;

#if PG_VERSION_NUM >= 160000
	settings = get_guc_variables(&count);
#else
	settings = get_guc_variables();
	count = GetNumConfigOptions();
#endif
	for (int i = 0; i < count; i++)
		if (strcmp(settings[i]->name, "trace_sort") == 0 && settings[i]->context == PGC_USERSET)
			settings[i]->context = PGC_SUSET;
}

/* Defines leerid.officer, and puts the frames into the executor when preloaded. */
void
init_frames(void)
{
	DefineCustomStringVariable(
		"leerid.officer", "The acting officer, for a role that an application uses for several persons.",
		"It is logged and decides nothing.", &officer, "", PGC_USERSET, 0, NULL, NULL, NULL);

	preloaded = process_shared_preload_libraries_in_progress;
	if (!preloaded)
		return;
	previous_start = ExecutorStart_hook;
	ExecutorStart_hook = frame_start;
	previous_run = ExecutorRun_hook;
	ExecutorRun_hook = frame_run;
	previous_finish = ExecutorFinish_hook;
	ExecutorFinish_hook = frame_finish;
	previous_end = ExecutorEnd_hook;
	ExecutorEnd_hook = frame_end;
	previous_utility = ProcessUtility_hook;
	ProcessUtility_hook = frame_utility;
	previous_planner = planner_hook;
	planner_hook = frame_planner;
	guard_settings();
}
