/*
 * gate.c
 *	  The gate: the one decision behind the views and the row-level policies.
 *
 * gate_row() decides a row of a view and records whom it shows; element_ok()
 * decides one element and records nothing; gate_table(), gate_class(),
 * gate_subject(), gate_insz() and gate_akkoord() decide rows of the tables.
 * Each takes a pass, which only the makers of views and policies can write, so
 * nobody can ask the gate about rows of his own choosing; and each answers only
 * within the frame of a statement that reads under the pass's purpose (frame.c).
 */
#include "gate.h"

#include "admission.h"
#include "catalog/pg_type.h"
#include "clock.h"
#include "errors.h"
#include "frame.h"
#include "funcapi.h"
#include "hidden.h"
#include "miscadmin.h"
#include "nodes/supportnodes.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/snapmgr.h"

static bool passes_allowed;

/*
 * Lets gate_pass be written, for the statements that make views and policies.
 * Who says true says false again, also after an error.
 */
void
allow_passes(bool allow)
{
	passes_allowed = allow;
}

/*
 * gate_pass's input.  LR004 for everybody, superusers included: a pass in other
 * hands would make the gate an oracle.  pg_upgrade writes the views it found.
 */
PG_FUNCTION_INFO_V1(gate_pass_in);
Datum
gate_pass_in(PG_FUNCTION_ARGS)
{
	if (!passes_allowed && !IsBinaryUpgrade)
		ereport(ERROR, (errcode(ERRCODE_LEERID_GATE_MISUSED), errmsg("a pass of the gate cannot be written"),
						errhint("Read the views of a purpose.")));
	PG_RETURN_INT32(pg_strtoint32(PG_GETARG_CSTRING(0)));
}

/* gate_pass's output: the number of its purpose. */
PG_FUNCTION_INFO_V1(gate_pass_out);
Datum
gate_pass_out(PG_FUNCTION_ARGS)
{
	PG_RETURN_CSTRING(psprintf("%d", PG_GETARG_INT32(0)));
}

/*
 * The planner's estimate of how many rows the gate lets through: nearly all,
 * whatever the data, so that no plan tells of hidden rows.
 */
PG_FUNCTION_INFO_V1(gate_selectivity);
Datum
gate_selectivity(PG_FUNCTION_ARGS)
{
	Node *request = (Node *) PG_GETARG_POINTER(0);

	if (IsA(request, SupportRequestSelectivity))
	{
		((SupportRequestSelectivity *) request)->selectivity = 0.97;
		PG_RETURN_POINTER(request);
	}
	PG_RETURN_POINTER(NULL);
}

/* The frame's part for the pass in the first argument. */
static inline FramePurpose *
purpose_of_pass(FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(0))
		return purpose_in_frame(0);
	return purpose_in_frame(PG_GETARG_INT32(0));
}

/*
 * The same in a policy, or NULL when the running statement reads tables under
 * another purpose: a role that inherits a second purpose's policies gets nothing
 * by them.  An error instead would say which rows stand that it may not see.
 */
static inline FramePurpose *
purpose_of_policy(FunctionCallInfo fcinfo)
{
	const Frame *frame = running_frame();

	if (frame == NULL || PG_ARGISNULL(0))
		return purpose_of_pass(fcinfo);
	for (int i = 0; i < frame->count; i++)
		if (frame->purposes[i].rules->purpose == PG_GETARG_INT32(0))
			return &frame->purposes[i];
	return NULL;
}

/* Records that a person is shown, and says so. */
static inline Datum
admit(FramePurpose *purpose, int64 subject)
{
	add_id(purpose->shown, subject);
	return BoolGetDatum(true);
}

/*
 * gate_row(pass, subject, instellingsnummer, application, ...): whether a row of
 * a view may be shown; records the subject when it may.  The view's own
 * conditions have held: what is asked here is what must be latest.  The
 * arguments after the fourth make the planner ask last, when every relation of
 * the view is joined.
 */
PG_FUNCTION_INFO_V1(gate_row);
Datum
gate_row(PG_FUNCTION_ARGS)
{
	FramePurpose *purpose = purpose_of_pass(fcinfo);
	const PurposeRules *rules = purpose->rules;
	int64 subject;

	if (PG_ARGISNULL(1))
		return BoolGetDatum(false);
	subject = PG_GETARG_INT64(1);
	if (is_hidden(rules, subject))
		return BoolGetDatum(false);
	if (!rules->at_login && rules->admission == ADMIT_ENROLMENT)
	{
		if (PG_ARGISNULL(2) || !school_works(rules, PG_GETARG_INT32(2)))
			return BoolGetDatum(false);
		if (rules->visibility_required)
		{
			if (PG_ARGISNULL(3) || application_rule(rules, PG_GETARG_INT32(3)) == NULL)
				return BoolGetDatum(false);
			if (running_frame()->old_snapshot &&
				!is_visible(rules, subject, PG_GETARG_INT32(2), PG_GETARG_INT32(3), false))
				return BoolGetDatum(false);
		}
	}
	return admit(purpose, subject);
}

/*
 * element_ok(pass, ordinal, subject, instellingsnummer, application,
 * einde_bij_pakket): whether one element of a row that is shown may be shown too.
 * Records nothing.
 */
PG_FUNCTION_INFO_V1(element_ok);
Datum
element_ok(PG_FUNCTION_ARGS)
{
	const PurposeRules *rules = purpose_of_pass(fcinfo)->rules;
	int ordinal = PG_ARGISNULL(1) ? 0 : PG_GETARG_INT32(1);
	const ElementRule *element;
	const ApplicationRule *application;

	if (ordinal < 1 || ordinal > rules->element_count)
		return BoolGetDatum(false);
	element = &rules->elements[ordinal - 1];
	switch (element->condition)
	{
		case ALWAYS:
		case IDENTIFIED:
			return BoolGetDatum(true);
		case DECRETAL_BASIS:
			return BoolGetDatum(element->basis);
		case CLASS_SHARED:
			if (PG_ARGISNULL(2) || PG_ARGISNULL(3) || PG_ARGISNULL(4))
				return BoolGetDatum(false);
			application = application_rule(rules, PG_GETARG_INT32(4));
			return BoolGetDatum(
				application != NULL && application->class_integrated &&
				school_works(rules, PG_GETARG_INT32(3)) && school_shares(rules, PG_GETARG_INT32(3)) &&
				(PG_ARGISNULL(5) ||
				 class_is_within_term(rules, PG_GETARG_DATEADT(5), running_frame()->day)) &&
				(!running_frame()->old_snapshot ||
				 is_visible(rules, PG_GETARG_INT64(2), PG_GETARG_INT32(3), PG_GETARG_INT32(4), true)));
	}
	return BoolGetDatum(false);
}

/*
 * gate_table(pass, subject, instellingsnummer): whether a row of a table that
 * carries the admission fact may be shown; records the subject when it may.
 */
PG_FUNCTION_INFO_V1(gate_table);
Datum
gate_table(PG_FUNCTION_ARGS)
{
	FramePurpose *purpose = purpose_of_policy(fcinfo);
	const PurposeRules *rules;
	int64 subject;

	if (purpose == NULL || PG_ARGISNULL(1))
		return BoolGetDatum(false);
	rules = purpose->rules;
	subject = PG_GETARG_INT64(1);
	if (is_hidden(rules, subject))
		return BoolGetDatum(false);
	if (!rules->at_login && rules->admission == ADMIT_ENROLMENT)
		if (PG_ARGISNULL(2) || !school_works(rules, PG_GETARG_INT32(2)) ||
			(rules->visibility_required && !is_visible(rules, subject, PG_GETARG_INT32(2), 0, false)))
			return BoolGetDatum(false);
	return admit(purpose, subject);
}

/*
 * gate_class(pass, leerling, instellingsnummer, einde_bij_pakket): whether a
 * provider may see the class of a pupil at a school; records the pupil when it may.
 */
PG_FUNCTION_INFO_V1(gate_class);
Datum
gate_class(PG_FUNCTION_ARGS)
{
	FramePurpose *purpose = purpose_of_policy(fcinfo);
	const PurposeRules *rules;
	Enrolments enrolments;
	int64 leerling;
	int32 school;

	if (purpose == NULL || PG_ARGISNULL(1) || PG_ARGISNULL(2))
		return BoolGetDatum(false);
	rules = purpose->rules;
	leerling = PG_GETARG_INT64(1);
	school = PG_GETARG_INT32(2);
	if (is_hidden(rules, leerling) || !school_works(rules, school) || !school_shares(rules, school) ||
		(!PG_ARGISNULL(3) && !class_is_within_term(rules, PG_GETARG_DATEADT(3), running_frame()->day)) ||
		!is_visible(rules, leerling, school, 0, true))
		return BoolGetDatum(false);
	judge_enrolments(rules, leerling, running_frame()->day, GetActiveSnapshot(), &enrolments);
	for (int i = 0; i < enrolments.count; i++)
		if (enrolments.schools[i] == school)
			return admit(purpose, leerling);
	return BoolGetDatum(false);
}

/*
 * gate_akkoord(pass, leerling, instellingsnummer, einde_bij_pakket, ...): whether
 * DOV's managers may see class information: the school shares, and it is within
 * its term.  Records the pupil when they may.
 */
PG_FUNCTION_INFO_V1(gate_akkoord);
Datum
gate_akkoord(PG_FUNCTION_ARGS)
{
	FramePurpose *purpose = purpose_of_policy(fcinfo);
	const PurposeRules *rules;
	int64 leerling;

	if (purpose == NULL || PG_ARGISNULL(1) || PG_ARGISNULL(2))
		return BoolGetDatum(false);
	rules = purpose->rules;
	leerling = PG_GETARG_INT64(1);
	if (is_hidden(rules, leerling) || !school_shares(rules, PG_GETARG_INT32(2)) ||
		!class_is_kept(rules, leerling, PG_GETARG_INT32(2), !PG_ARGISNULL(3),
					   PG_ARGISNULL(3) ? 0 : PG_GETARG_DATEADT(3), running_frame()->day, GetActiveSnapshot()))
		return BoolGetDatum(false);
	return admit(purpose, leerling);
}

/* Whether a subject is admitted at all, asked of the tables; records it when it is. */
static Datum
gate_one(FramePurpose *purpose, int64 subject)
{
	const PurposeRules *rules = purpose->rules;
	DateADT day = running_frame()->day;
	bool admitted = false;

	if (is_hidden(rules, subject))
		return BoolGetDatum(false);
	switch (rules->admission)
	{
		case ADMIT_ENROLMENT:
			if (!rules->at_login)
			{
				Enrolments enrolments;

				judge_enrolments(rules, subject, day, GetActiveSnapshot(), &enrolments);
				admitted = enrolments.visible;
			}
			break;
		case ADMIT_DOSSIER:
			admitted = has_open_dossier(rules, subject, day, GetActiveSnapshot());
			break;
		case ADMIT_AKKOORD:
			admitted = has_kept_class(rules, subject, day, GetActiveSnapshot());
			break;
	}
	return admitted ? admit(purpose, subject) : BoolGetDatum(false);
}

/* gate_subject(pass, subject): whether the person of a row may be shown, and records it. */
PG_FUNCTION_INFO_V1(gate_subject);
Datum
gate_subject(PG_FUNCTION_ARGS)
{
	FramePurpose *purpose = purpose_of_policy(fcinfo);

	return purpose == NULL || PG_ARGISNULL(1) ? BoolGetDatum(false) : gate_one(purpose, PG_GETARG_INT64(1));
}

/* gate_insz(pass, insz): the same, for a row that names a person by INSZ. */
PG_FUNCTION_INFO_V1(gate_insz);
Datum
gate_insz(PG_FUNCTION_ARGS)
{
	FramePurpose *purpose = purpose_of_policy(fcinfo);
	int64 persoon;

	if (purpose == NULL || PG_ARGISNULL(1))
		return BoolGetDatum(false);
	persoon = subject_with_insz(PG_GETARG_INT64(1), true, GetActiveSnapshot());
	return persoon == 0 ? BoolGetDatum(false) : gate_one(purpose, persoon);
}

/*
 * today(): the day of the running statement's frame, or else of the clock, in
 * the zone of leerid.time_zone.
 */
PG_FUNCTION_INFO_V1(today);
Datum
today(PG_FUNCTION_ARGS)
{
	const Frame *frame = running_frame();

	(void) fcinfo;
	PG_RETURN_DATEADT(frame != NULL ? frame->day : day_of(GetCurrentTimestamp()));
}
