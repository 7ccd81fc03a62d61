/*
 * table_door.h
 *	  The other door: which columns of which tables a purpose opens.
 */
#ifndef LEERID_TABLE_DOOR_H
#define LEERID_TABLE_DOOR_H

#include "compat.h"

#include "nodes/bitmapset.h"
#include "relations.h"
#include "rules.h"

/* A column of a table that carries an element. */
typedef struct ElementColumn
{
	const char *element;
	RelationName table;
	const char *column;
} ElementColumn;

extern const ElementColumn *element_columns(const PurposeRules *rules);
extern bool is_element_column(RelationName table, AttrNumber number);
extern void check_table_columns(const PurposeRules *rules, RelationName table, Bitmapset *selected);

#endif /* LEERID_TABLE_DOOR_H */
