/*
 * What all kinds over a stream connection share, connecting as configured; and for all sockets, telling failures apart by
 * who is to blame.
 */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "core/base/text.h"
#include "core/probe/run.h"

struct conn *probe_connect(struct probe_run *run, conn_fn *fn, void *user)
{
	const struct probe_conf *c = run->conf;
	struct conn_opts o = {
		.to = c->target,
		.bind = c->bind,
		.fwmark = c->fwmark,
		.deadline = usec_add(mono_now(), c->timeout),
	};
	struct conn *conn;

	text_copy(o.bind_if, sizeof(o.bind_if), c->bind_if);
	conn = conn_open(run->loop, &o, fn, user);
	if (!conn)
		probe_done(run, PROBE_R_LOCAL, "this host cannot connect: %s", strerrordesc_np(errno));
	return conn;
}

enum probe_reason probe_errno_reason(int err)
{
	switch (err) {
	case ECONNREFUSED:
		return PROBE_R_CONNECT_REFUSED;
	case ECONNRESET:
	case ECONNABORTED:
	case EPIPE:
		return PROBE_R_RESET;
	case ETIMEDOUT:
		return PROBE_R_CONNECT_TIMEOUT;
	case EHOSTUNREACH:
	case EHOSTDOWN:
	case ENETUNREACH:
	case ENETDOWN:
	case ENOPROTOOPT:
	case EPROTO:
		return PROBE_R_UNREACHABLE;
	default:
		return PROBE_R_LOCAL;
	}
}

const char *probe_errno_words(int err)
{
	const char *words = strerrordesc_np(err);

	return words ? words : "unknown error";
}

void probe_connect_failed(struct probe_run *run, enum conn_event ev, int err)
{
	enum probe_reason reason = probe_errno_reason(err);

	if (ev == CONN_TIMEOUT)
		probe_done(run, PROBE_R_CONNECT_TIMEOUT, "connect timed out after %.1f s",
		           probe_seconds(run->conf->timeout));
	else if (reason == PROBE_R_CONNECT_REFUSED)
		probe_done(run, reason, "connection refused");
	else if (reason == PROBE_R_RESET)
		probe_done(run, reason, "connection reset");
	else
		probe_done(run, reason, "%s%s", reason == PROBE_R_LOCAL ? "this host cannot connect: " : "",
		           probe_errno_words(err));
}
