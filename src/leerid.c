/*
 * leerid.c
 *	  The module itself.  Each area has files of its own.
 */
#include "compat.h"

#include "clock.h"
#include "frame.h"
#include "identity.h"
#include "pushed_quals.h"
#include "relations.h"
#include "rules.h"
#include "utils/guc.h"

LEERID_MODULE_MAGIC;

void _PG_init(void);

/* Called when the server, or a session, loads the library. */
void
_PG_init(void)
{
	init_clock();
	init_relations();
	init_rules();
	init_frames();
	init_identity();
	if (is_preloaded())
		init_pushed_quals();
	MarkGUCPrefixReserved("leerid");
}
