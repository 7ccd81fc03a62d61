/*
 * frame.h
 *	  The frame of a running statement: who asks, when, under which purposes,
 *	  and which persons it was shown.
 */
#ifndef LEERID_FRAME_H
#define LEERID_FRAME_H

#include "compat.h"

#include "idset.h"
#include "rules.h"

typedef struct FramePurpose
{
	PurposeRules *rules;
	IdSet *shown;
} FramePurpose;

typedef struct Frame
{
	struct QueryDesc *query;
	Oid user;
	TimestampTz moment;
	DateADT day;
	bool old_snapshot; /* its snapshot may be older than the statement: ask again what must be latest */
	int count;
	FramePurpose *purposes;
	MemoryContext shown_context; /* holds the sets of who was shown */
	struct Frame *next;
} Frame;

extern void init_frames(void);
extern bool is_preloaded(void);
extern bool may_explain(Oid user);
extern const Frame *running_frame(void);
extern FramePurpose *purpose_in_frame(int32 purpose);

#endif /* LEERID_FRAME_H */
