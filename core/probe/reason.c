/*
 * The outcomes of a run by name, as the MIB spells them.
 */
#include "config.h"

#include "core/probe/probe.h"

const char *probe_reason_name(enum probe_reason r)
{
	switch (r) {
	case PROBE_R_NONE: return "notRun";
	case PROBE_R_OK: return "ok";
	case PROBE_R_CONNECT_REFUSED: return "connectRefused";
	case PROBE_R_CONNECT_TIMEOUT: return "connectTimeout";
	case PROBE_R_UNREACHABLE: return "unreachable";
	case PROBE_R_RESET: return "reset";
	case PROBE_R_RESPONSE_TIMEOUT: return "responseTimeout";
	case PROBE_R_CLOSED_EARLY: return "closedEarly";
	case PROBE_R_BAD_RESPONSE: return "badResponse";
	case PROBE_R_TOO_LARGE: return "tooLarge";
	case PROBE_R_STATUS: return "status";
	case PROBE_R_DIGEST: return "digest";
	case PROBE_R_LOCAL: return "local";
	case PROBE_R_OVERDUE: return "overdue";
	}
	return "unknown";
}
