/*
 * compat.h
 *	  What differs between the majors of PostgreSQL that leerid builds on.
 */
#ifndef LEERID_COMPAT_H
#define LEERID_COMPAT_H

#include "postgres.h"

#include "fmgr.h"
#include "utils/rangetypes.h"

#if PG_VERSION_NUM < 150000 || PG_VERSION_NUM >= 190000
#error "leerid supports PostgreSQL 15 to 18"
#endif

/* 16: varlena's macros moved to a header of their own. */
#if PG_VERSION_NUM >= 160000
#include "varatt.h"
#endif

/* 16: input functions may report an error softly, through fcinfo->context. */
#if PG_VERSION_NUM < 160000
#define errsave(context, ...) \
	do \
	{ \
		(void) (context); \
		ereport(ERROR, __VA_ARGS__); \
	} while (0)
#define make_range(typcache, lower, upper, empty, escontext) (make_range)(typcache, lower, upper, empty)
#endif

/* 16: what a statement reads, and with whose rights, has a list of its own. */
#include "nodes/parsenodes.h"
#include "nodes/plannodes.h"
#if PG_VERSION_NUM >= 160000
#define PERMISSIONS_OF(plan) ((plan)->permInfos)
typedef RTEPermissionInfo Permission;
#else
#define PERMISSIONS_OF(plan) ((plan)->rtable)
typedef RangeTblEntry Permission;
#endif

/* 18: a module names itself and its version. */
#if PG_VERSION_NUM >= 180000
#define LEERID_MODULE_MAGIC PG_MODULE_MAGIC_EXT(.name = "leerid", .version = LEERID_VERSION)
#else
#define LEERID_MODULE_MAGIC PG_MODULE_MAGIC
#endif

#endif /* LEERID_COMPAT_H */
