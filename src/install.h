/*
 * install.h
 *	  What the install script does in C, and rebuild() does again.
 */
#ifndef LEERID_INSTALL_H
#define LEERID_INSTALL_H

#include "compat.h"

extern void close_counters(void);

#endif /* LEERID_INSTALL_H */
