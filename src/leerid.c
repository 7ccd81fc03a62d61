/*
 * leerid.c
 *	  The module itself.  Each area has files of its own.
 */
#include "compat.h"

LEERID_MODULE_MAGIC;
