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
	case PROBE_R_TLS: return "tls";
	case PROBE_R_CERT_EXPIRED: return "certificateExpired";
	case PROBE_R_CERT_NOT_YET: return "certificateNotYetValid";
	case PROBE_R_CERT_NAME: return "certificateName";
	case PROBE_R_CERT_UNTRUSTED: return "certificateUntrusted";
	case PROBE_R_CERT_SELF_SIGNED: return "certificateSelfSigned";
	case PROBE_R_CERT_ENDS_SOON: return "certificateEndsSoon";
	case PROBE_R_MISMATCH: return "mismatch";
	case PROBE_R_REPLY_CODE: return "replyCode";
	case PROBE_R_SAYS_DOWN: return "saysDown";
	case PROBE_R_SCRIPT_TIMEOUT: return "scriptTimeout";
	case PROBE_R_NOT_THERE: return "notThere";
	}
	return "unknown";
}
