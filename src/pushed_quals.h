/*
 * pushed_quals.h
 *	  What a session's own conditions may do below the gate.
 */
#ifndef LEERID_PUSHED_QUALS_H
#define LEERID_PUSHED_QUALS_H

extern void init_pushed_quals(void);

#endif /* LEERID_PUSHED_QUALS_H */
