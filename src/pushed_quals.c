/*
 * pushed_quals.c
 *	  What a session's own conditions may do below the gate.
 *
 * PostgreSQL lets a leakproof condition look at rows before the gate does, so
 * that an index serves it.  Comparisons of text are leakproof, and yet raise an
 * error or a warning at the first row that they see when their collation is
 * ambiguous, or a session's own: that would tell of rows that the gate hides.
 *
 * The planner's statistics count hidden rows too, and a session sees from the
 * choice of a plan, such as a generic one, how many rows were expected.
 */
#include "pushed_quals.h"

#include "compat.h"

#include "access/htup_details.h"
#include "access/transam.h"
#include "catalog/pg_statistic.h"
#include "frame.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "nodes/pathnodes.h"
#include "optimizer/paths.h"
#include "relations.h"
#include "table_door.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"
#include "utils/selfuncs.h"

static set_rel_pathlist_hook_type previous_pathlist;
static get_relation_stats_hook_type previous_stats;

/* Whether a node's arguments are of a type that has collations. */
static bool
compares_text(Node *node)
{
	List *arguments = IsA(node, FuncExpr)			 ? ((FuncExpr *) node)->args
					  : IsA(node, ScalarArrayOpExpr) ? ((ScalarArrayOpExpr *) node)->args
					  : IsA(node, MinMaxExpr)		 ? ((MinMaxExpr *) node)->args
													 : ((OpExpr *) node)->args;
	ListCell *cell;

	foreach (cell, arguments)
		if (type_is_collatable(exprType(lfirst(cell))))
			return true;
	return false;
}

static bool
is_leakproof(Oid function, void *context)
{
	(void) context;
	return get_func_leakproof(function);
}

/* Whether an expression holds a leakproof comparison without a collation of PostgreSQL's own. */
static bool
has_strange_collation(Node *node, void *context)
{
	Oid collation;

	if (node == NULL)
		return false;
	switch (nodeTag(node))
	{
		case T_RowCompareExpr:
		{
			RowCompareExpr *row = (RowCompareExpr *) node;
			ListCell *argument, *cell;

			forboth(argument, row->largs, cell,
					row->inputcollids) if (lfirst_oid(cell) >= FirstNormalObjectId ||
										   (!OidIsValid(lfirst_oid(cell)) &&
											type_is_collatable(exprType(lfirst(argument))))) return true;
			break;
		}
		case T_FuncExpr:
		case T_OpExpr:
		case T_DistinctExpr:
		case T_NullIfExpr:
		case T_ScalarArrayOpExpr:
		case T_MinMaxExpr:
			collation = exprInputCollation(node);
			if ((collation >= FirstNormalObjectId || (!OidIsValid(collation) && compares_text(node))) &&
				(IsA(node, MinMaxExpr) || check_functions_in_node(node, is_leakproof, NULL)))
				return true;
			break;
		default:
			break;
	}
	return expression_tree_walker(node, has_strange_collation, context);
}

/* 42P22 when a condition on a table of persons could tell, by its collation, of rows that it saw. */
static void
check_conditions(List *conditions)
{
	ListCell *cell;

	foreach (cell, conditions)
		if (has_strange_collation((Node *) ((RestrictInfo *) lfirst(cell))->clause, NULL))
			ereport(ERROR, (errcode(ERRCODE_INDETERMINATE_COLLATION),
							errmsg("a condition on persons needs a collation of PostgreSQL's own"),
							errhint("Write COLLATE \"C\" at the text that you compare with.")));
}

/* Looks at what will be asked of the rows of each relation. */
static void
check_pathlist(PlannerInfo *root, RelOptInfo *rel, Index index, RangeTblEntry *entry)
{
	RelationName name;

	if (previous_pathlist)
		previous_pathlist(root, rel, index, entry);
	if (entry->rtekind == RTE_RELATION && find_relations() && is_person_relation(entry->relid, &name) &&
		!may_explain(GetUserId()))
	{
		check_conditions(rel->baserestrictinfo);
		check_conditions(rel->joininfo);
	}
}

/*
 * Plans for recipients without the values that ANALYZE found in the columns that
 * hold elements: how many there are, how wide and how often null is all that an
 * estimate may go by, so none tells one value from another.
 */
static bool
hide_statistics(PlannerInfo *root, RangeTblEntry *entry, AttrNumber number, VariableStatData *variable)
{
	RelationName name;
	HeapTuple found;

	if (entry->rtekind != RTE_RELATION || !find_relations() || !is_person_relation(entry->relid, &name) ||
		!is_element_column(name, number) || may_explain(GetUserId()))
		return previous_stats != NULL && previous_stats(root, entry, number, variable);

	variable->statsTuple = NULL;
	found = SearchSysCache3(STATRELATTINH, ObjectIdGetDatum(entry->relid), Int16GetDatum(number),
							BoolGetDatum(entry->inh));
	if (HeapTupleIsValid(found))
	{
		Form_pg_statistic statistics;

		variable->statsTuple = heap_copytuple(found);
		variable->freefunc = heap_freetuple;
		ReleaseSysCache(found);
		/* a slot is found by its kind */
		statistics = (Form_pg_statistic) GETSTRUCT(variable->statsTuple);
		statistics->stakind1 = statistics->stakind2 = statistics->stakind3 = 0;
		statistics->stakind4 = statistics->stakind5 = 0;
	}
	return true;
}

/* Puts both into the planner. */
void
init_pushed_quals(void)
{
	previous_pathlist = set_rel_pathlist_hook;
	set_rel_pathlist_hook = check_pathlist;
	previous_stats = get_relation_stats_hook;
	get_relation_stats_hook = hide_statistics;
}
