/*
 * The table of kinds: which file runs which kind of probe.
 */
#include "config.h"

#include "core/probe/pool.h"
#include "core/probe/run.h"

const struct probe_ops *probe_ops_of(enum probe_kind kind)
{
	switch (kind) {
	case PROBE_TCP:
		return probe_tcp_ops();
	case PROBE_HTTP:
		return probe_http_ops();
	case PROBE_SSL:
		return probe_ssl_ops();
	case PROBE_SMTP:
		return probe_smtp_ops();
	case PROBE_AGENT:
		return probe_agent_ops();
	case PROBE_DNS:
		return probe_dns_ops();
	case PROBE_UDP:
		return probe_udp_ops();
	case PROBE_PING:
		return probe_ping_ops();
	case PROBE_MISC:
		return probe_misc_ops();
	case PROBE_FILE:
		return probe_file_ops();
	case PROBE_BFD:
		return probe_bfd_ops();
	case PROBE_NONE:
		break;
	}
	return NULL;
}

const char *probe_what(const struct probe_conf *c)
{
	switch (c->kind) {
	case PROBE_MISC:
		return c->misc.argv.text[0];
	case PROBE_FILE:
		return c->file.name;
	case PROBE_BFD:
		return c->bfd.name;
	default:
		return "";
	}
}
