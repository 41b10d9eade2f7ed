/*
 * TCP_CHECK: a connection that comes about is a success; it is closed at once.
 */
#include "config.h"

#include "core/probe/run.h"

static void tcp_event(void *user, struct conn *c, enum conn_event ev, const void *data, size_t len, int err)
{
	struct probe_run *run = user;

	(void)c;
	(void)data;
	(void)len;
	switch (ev) {
	case CONN_CONNECTED:
	case CONN_DATA:
	case CONN_EOF:
		probe_done(run, PROBE_R_OK, "connected");
		break;
	case CONN_ERROR:
	case CONN_TIMEOUT:
		probe_connect_failed(run, ev, err);
		break;
	}
}

static void tcp_start(struct probe_run *run)
{
	/* conn_open() never calls back before it returns, so the run is still ours here. */
	struct conn *c = probe_connect(run, tcp_event, run);

	if (c)
		run->state = c;
}

static void tcp_cancel(struct probe_run *run)
{
	if (run->state)
		conn_close(run->state);
	run->state = NULL;
}

const struct probe_ops *probe_tcp_ops(void)
{
	static const struct probe_ops ops = {
		.kind = PROBE_TCP,
		.log_kind = "TCP_CHECK",
		.log_up = { "TCP connection to", "success." },
		.start = tcp_start,
		.cancel = tcp_cancel,
	};

	return &ops;
}
