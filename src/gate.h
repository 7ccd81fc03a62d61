/*
 * gate.h
 *	  The gate's pass, for those who write it into views and policies.
 */
#ifndef LEERID_GATE_H
#define LEERID_GATE_H

#include "compat.h"

extern void allow_passes(bool allow);

#endif /* LEERID_GATE_H */
