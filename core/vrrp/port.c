/*
 * The receive ports of port.h. Owns the list of open ports and the process-wide counters; relies on sock.h, on the
 * loop for readiness (urgent) and on the kernel thread for joining and closing.
 */
#include "config.h"

#include "core/vrrp/port.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/log.h"

enum { DRAIN_MAX = 32 }; /* packets a wake-up: a flood must not keep the loop from its timers */

struct port_job {
	struct nl_job job; /* first */
	struct vrrp_port *port;
	struct vrrp_where where; /* copies, for the kernel thread */
	int fd;
	int err;
};

struct vrrp_port {
	struct vrrp_port *next;
	struct loop *loop;
	struct nl *nl;
	struct vrrp_where where;
	int fd;
	struct loop_io io;
	bool ready, failed, closing;
	struct port_job join, close;
	unsigned n_users;
	uint32_t rx_bytes; /* what its users wish for */
	struct vrrp_port_user *users[256]; /* by VRID */
};

static struct {
	struct vrrp_port *first;
	uint64_t checksum_errors, version_errors, vrid_errors;
	uint64_t ah_errors;
	bool log_unknown;
	struct log_limit unknown_limit, ah_limit;
} ports;

void vrrp_router_totals(uint64_t *checksum_errors, uint64_t *version_errors, uint64_t *vrid_errors)
{
	*checksum_errors = ports.checksum_errors;
	*version_errors = ports.version_errors;
	*vrid_errors = ports.vrid_errors;
}

uint64_t vrrp_port_ah_errors(void)
{
	return ports.ah_errors;
}

void vrrp_port_count(enum vrrp_reject r)
{
	ports.checksum_errors += r == VRRP_REJECT_CHECKSUM;
	ports.version_errors += r == VRRP_REJECT_VERSION;
	ports.vrid_errors += r == VRRP_REJECT_VRID;
}

void vrrp_port_log_unknown(bool log)
{
	ports.log_unknown = log;
}

/* ---- packets ---- */

static void log_unknown(const struct vrrp_port *p, const struct vrrp_datagram *d, int vrid)
{
	char peer[ADDR_STRLEN];
	uint32_t suppressed;

	if (!ports.log_unknown || vrid < 0 ||
	    !log_limit_pass(&ports.unknown_limit, mono_now(), 5, 10 * USEC_PER_SEC, &suppressed))
		return;
	log_info("vrrp", "Unknown VRID(%d) received on interface(%s) from %s (%u more like this)", vrid, p->where.ifname,
		 addr_format(&d->source, peer), suppressed);
}

/* Whose it is cannot be known: the virtual router's number comes behind what is broken. */
static void refuse_ah(const struct vrrp_port *p, const struct vrrp_datagram *d)
{
	char peer[ADDR_STRLEN], what[64];
	uint32_t suppressed;

	ports.ah_errors++;
	if (!log_limit_pass(&ports.ah_limit, mono_now(), 5, 10 * USEC_PER_SEC, &suppressed))
		return;
	vrrp_wire_describe_ah(d, what, sizeof(what));
	log_warn("vrrp", "dropped a packet from %s on interface %s: its %s %s (%u more like this)", addr_format(&d->source, peer),
		 p->where.ifname, vrrp_reject_name(VRRP_REJECT_AH_HEADER), what, suppressed);
}

static void port_dispatch(struct vrrp_port *p, const struct vrrp_datagram *d)
{
	int vrid = vrrp_wire_vrid(d);
	struct vrrp_port_user *u = vrid < 0 ? NULL : p->users[vrid];

	if (u) {
		u->packet(u->user, d);
		return;
	}
	vrrp_port_count(vrid < 0 ? VRRP_REJECT_LENGTH : VRRP_REJECT_VRID);
	log_unknown(p, d, vrid);
}

void vrrp_port_drain(struct vrrp_port *p)
{
	struct vrrp_rx_room room;
	struct vrrp_datagram d;
	enum vrrp_reject r;

	/* packet() may put the port; its memory stays until the kernel thread has closed it */
	for (int i = 0; i < DRAIN_MAX && !p->closing; i++) {
		if (vrrp_sock_recv(p->fd, &p->where, &room, &d, &r) <= 0)
			return;
		if (r == VRRP_ACCEPTED)
			port_dispatch(p, &d);
		else if (r == VRRP_REJECT_AH_HEADER)
			refuse_ah(p, &d);
	}
}

static void port_readable(void *user, unsigned events)
{
	(void)events;
	vrrp_port_drain(user);
}

/* ---- the group ---- */

static void join_run(struct nl_ctx *ctx, struct nl_job *job)
{
	struct port_job *j = (struct port_job *)job;

	(void)ctx;
	j->err = vrrp_sock_join(j->fd, &j->where);
}

static void port_tell_ready(struct vrrp_port *p, int err)
{
	for (size_t i = 0; i < 256 && !p->closing; i++)
		if (p->users[i])
			p->users[i]->ready(p->users[i]->user, err);
}

static void join_done(struct nl_job *job)
{
	struct port_job *j = (struct port_job *)job;
	struct vrrp_port *p = j->port;

	if (p->closing)
		return; /* the close job follows */
	p->ready = j->err == 0;
	p->failed = !p->ready;
	if (p->failed) {
		char text[ADDR_STRLEN];
		log_err("vrrp", "kernel refused membership in %s on interface %d: %s",
			addr_format(&p->where.dest, text), p->where.ifindex, strerror(j->err));
	}
	port_tell_ready(p, p->failed ? j->err : 0);
}

static void close_run(struct nl_ctx *ctx, struct nl_job *job)
{
	(void)ctx;
	close(((struct port_job *)job)->fd);
}

static void close_done(struct nl_job *job)
{
	free(((struct port_job *)job)->port);
}

/* The kernel thread ends before it came to this job. */
static void close_drop(struct nl_job *job)
{
	close_run(NULL, job);
	close_done(job);
}

static void port_job_submit(struct vrrp_port *p, struct port_job *j)
{
	j->port = p;
	j->fd = p->fd;
	j->where = p->where;
	j->job.cls = LOOP_URGENT; /* one class: a close stays behind its join */
	nl_submit(p->nl, &j->job);
}

static void port_join(struct vrrp_port *p)
{
	if (!addr_is_multicast(&p->where.dest)) {
		p->ready = true;
		return;
	}
	p->join.job.run = join_run;
	p->join.job.done = join_done;
	port_job_submit(p, &p->join);
}

/* ---- life ---- */

static bool port_is_at(const struct vrrp_port *p, const struct vrrp_where *w)
{
	return !p->failed && p->where.ifindex == w->ifindex && p->where.proto == w->proto && addr_cmp(&p->where.dest, &w->dest) == 0;
}

static struct vrrp_port *port_find(const struct loop *loop, const struct vrrp_where *w)
{
	for (struct vrrp_port *p = ports.first; p; p = p->next)
		if (p->loop == loop && port_is_at(p, w))
			return p;
	return NULL;
}

static struct vrrp_port *port_open(struct loop *loop, struct nl *nl, const struct vrrp_where *w)
{
	struct vrrp_port *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->fd = vrrp_sock_open_rx(w);
	if (p->fd < 0) {
		free(p);
		return NULL;
	}
	p->loop = loop;
	p->nl = nl;
	p->where = *w;
	loop_io_init(&p->io, LOOP_URGENT, port_readable, p);
	loop_io_set(loop, &p->io, p->fd, LOOP_READ);
	p->next = ports.first;
	ports.first = p;
	port_join(p);
	return p;
}

struct vrrp_port *vrrp_port_get(struct loop *loop, struct nl *nl, const struct vrrp_where *where,
                                struct vrrp_port_user *user)
{
	struct vrrp_port *p = port_find(loop, where);

	if (!p)
		p = port_open(loop, nl, where);
	if (!p)
		return NULL;
	if (p->users[user->vrid]) {
		errno = EADDRINUSE;
		return NULL;
	}
	p->users[user->vrid] = user;
	p->n_users++;
	p->rx_bytes += user->rx_bytes;
	vrrp_sock_set_room(p->fd, p->rx_bytes);
	return p;
}

bool vrrp_port_is_ready(const struct vrrp_port *p)
{
	return p->ready;
}

static void port_unlink(struct vrrp_port *p)
{
	struct vrrp_port **at = &ports.first;

	while (*at != p)
		at = &(*at)->next;
	*at = p->next;
}

void vrrp_port_put(struct vrrp_port *p, struct vrrp_port_user *user)
{
	p->users[user->vrid] = NULL;
	p->rx_bytes -= user->rx_bytes;
	if (--p->n_users > 0)
		return;
	port_unlink(p);
	loop_io_stop(p->loop, &p->io);
	p->closing = true;
	p->close.job.run = close_run;
	p->close.job.done = close_done;
	p->close.job.drop = close_drop;
	port_job_submit(p, &p->close);
}
