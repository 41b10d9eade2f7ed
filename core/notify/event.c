/*
 * Names of the kinds of events, as log lines and JSON show them. Owns nothing.
 */
#include "config.h"

#include "core/notify/event.h"

const char *event_kind_name(enum event_kind k)
{
	switch (k) {
	case EVENT_NONE:
		return "none";
	case EVENT_VR_STATE:
		return "vrState";
	case EVENT_RS_STATE:
		return "rsState";
	case EVENT_VS_QUORUM:
		return "vsQuorum";
	case EVENT_RELOAD:
		return "reload";
	case EVENT_OVERRIDE:
		return "override";
	case EVENT_GROUP_STATE:
		return "groupState";
	case EVENT_PROBE_OVERDUE:
		return "probeOverdue";
	case EVENT_BFD_STATE:
		return "bfdState";
	case EVENT_TRACKER:
		return "tracker";
	case EVENT_LOST:
		return "lost";
	}
	return "unknown";
}
