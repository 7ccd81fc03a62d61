/*
 * binding.h
 *	  Which login roles read under which purposes.
 */
#ifndef LEERID_BINDING_H
#define LEERID_BINDING_H

extern void grant_bindings(void);

#endif /* LEERID_BINDING_H */
