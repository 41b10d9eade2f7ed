/*
 * The table of kinds: which file runs which kind of probe.
 */
#include "config.h"

#include "core/probe/run.h"

const struct probe_ops *probe_ops_of(enum probe_kind kind)
{
	switch (kind) {
	case PROBE_TCP:
		return probe_tcp_ops();
	case PROBE_HTTP:
		return probe_http_ops();
	case PROBE_NONE:
	case PROBE_SSL:
	case PROBE_SMTP:
	case PROBE_DNS:
	case PROBE_UDP:
	case PROBE_PING:
	case PROBE_MISC:
	case PROBE_FILE:
	case PROBE_BFD:
	case PROBE_AGENT:
		break;
	}
	return NULL;
}
