/*
 * build.h
 *	  Making and unmaking what a protocol in force stands for in the database.
 */
#ifndef LEERID_BUILD_H
#define LEERID_BUILD_H

#include "compat.h"

extern void build_protocol(int32 protocol);
extern void lock_built(void);
extern void unbuild_purpose(int32 purpose);
extern void rebuild_guards(void);
extern char *view_role_of(int32 purpose);
extern char *direct_role_of(int32 purpose);

#endif /* LEERID_BUILD_H */
