/*
 * The pair to the core (link.h). Packets are checked by wire_check() before anything else looks at them.
 */
#include "config.h"

#include "agent/link.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/replica.h"
#include "core/base/log.h"

#define PACKETS_A_TURN 64
#define RESYNC_EVERY USEC_PER_SEC

union packet {
	struct wire_head head;
	uint8_t bytes[WIRE_MAX];
};

struct link {
	struct loop *loop;
	struct link_user user;
	struct loop_io io;
	struct loop_mailbox *mailbox;
	struct loop_timer resync;
	usec_t resynced_at;
	int fd;
	struct replica *replica;
	struct bridge *bridge;
	struct wire_settings settings;
	bool have_settings, dead;
	uint64_t own_number;  /* of transactions by link_set(): even, the bridge's have the upper half of a pid */
	union packet in, out;
	size_t out_len;       /* a message that waits for room; 0: none */
	union packet urgent;  /* one of link_set(), which goes before it */
	size_t urgent_len;
};

static void link_die(struct link *k, const char *why)
{
	if (k->dead)
		return;
	k->dead = true;
	log_notice("agent", "ending: %s", why);
	loop_io_stop(k->loop, &k->io);
	k->user.closed(k->user.user);
}

/* ---- sending ---- */

static void link_watch(struct link *k)
{
	unsigned want = LOOP_READ;

	if (k->out_len || k->urgent_len)
		want |= LOOP_WRITE;
	loop_io_set(k->loop, &k->io, k->fd, want);
}

/* True: gone from here. An error ends the link; the reader sees the rest. */
static bool send_packet(struct link *k, const union packet *p, size_t len)
{
	if (send(k->fd, p->bytes, len, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0)
		return true;
	if (errno == EAGAIN || errno == EINTR || errno == ENOBUFS)
		return false;
	link_die(k, "the daemon closed the connection");
	return true;
}

static void link_flush(struct link *k)
{
	if (k->urgent_len && !k->dead && send_packet(k, &k->urgent, k->urgent_len))
		k->urgent_len = 0;
	while (!k->dead && !k->urgent_len) {
		if (!k->out_len)
			k->out_len = bridge_take_message(k->bridge, &k->out);
		if (!k->out_len || !send_packet(k, &k->out, k->out_len))
			break;
		k->out_len = 0;
	}
	if (!k->dead)
		link_watch(k);
}

static void on_mailbox(void *user)
{
	link_flush(user);
}

static void send_note(struct link *k, enum wire_type type, uint64_t number)
{
	if (k->urgent_len)
		return;
	k->urgent_len = wire_build(&k->urgent, sizeof(k->urgent), type, number, 0, 0, 0, NULL, 0);
	link_flush(k);
}

uint64_t link_set(struct link *k, const struct wire_setting *w, uint32_t n, uint32_t uid, usec_t deadline)
{
	struct {
		struct wire_set set;
		struct wire_setting weights[WIRE_SET_MAX];
	} body = { .set = { .deadline = deadline, .who_uid = uid } };

	if (k->dead || k->urgent_len || n > WIRE_SET_MAX)
		return 0;
	memcpy(body.weights, w, n * sizeof(*w));
	k->own_number += 2;
	k->urgent_len = wire_build(&k->urgent, sizeof(k->urgent), WIRE_SET, k->own_number, 0, n, 0, &body,
	                           sizeof(body.set) + n * sizeof(*w));
	link_flush(k);
	return k->own_number;
}

bool link_ask_stats(struct link *k)
{
	if (k->dead || k->urgent_len)
		return false;
	send_note(k, WIRE_ASK_STATS, 0);
	return true;
}

/* ---- receiving ---- */

/* Not more often than once a second, however the rows come; and not in the way of a transaction. */
static void ask_resync(struct link *k)
{
	usec_t now = mono_now();

	if (now - k->resynced_at < RESYNC_EVERY || k->urgent_len) {
		loop_timer_set(k->loop, &k->resync, usec_max(k->resynced_at, now) + RESYNC_EVERY);
		return;
	}
	k->resynced_at = now;
	send_note(k, WIRE_RESYNC, 0);
}

static void on_resync(void *user)
{
	ask_resync(user);
}

static void take_rows(struct link *k, const struct wire_head *h)
{
	switch (replica_apply(k->replica, h)) {
	case REPLICA_OK:
		break;
	case REPLICA_PUBLISH:
		bridge_publish(k->bridge, replica_snapshot(k->replica));
		break;
	case REPLICA_RESYNC:
		log_info("agent", "rows out of step; asking for all of them");
		ask_resync(k);
		break;
	case REPLICA_REFUSED:
		link_die(k, "the daemon sends more rows than an agent holds");
		break;
	}
}

/* The library cannot change its context or be taken back: another agent starts with the new settings. */
static void take_settings(struct link *k, const struct wire_settings *s)
{
	bool other = k->have_settings &&
	             (s->snmp_on != k->settings.snmp_on || strcmp(s->context, k->settings.context) != 0);

	k->settings = *s;
	k->have_settings = true;
	if (other) {
		link_die(k, "SNMP settings changed; starting afresh");
		return;
	}
	log_set_max((enum log_level)s->log_level);
	bridge_put_settings(k->bridge, s);
	k->user.mail(k->user.user, &s->mail);
}

static void take_result(struct link *k, const struct wire_head *h)
{
	const struct wire_set_result *r = wire_body(h);

	if (h->number > UINT32_MAX)
		bridge_put_result(k->bridge, h->number, r);
	else
		k->user.result(k->user.user, h->number, r);
}

static void take_hello(struct link *k, const struct wire_head *h)
{
	bridge_start_after(k->bridge, h->number);
	k->user.mailed(k->user.user, h->extra);
	send_note(k, WIRE_READY, h->number);
}

/* True: the descriptor was taken over. */
static bool take_message(struct link *k, const struct wire_head *h, int fd)
{
	switch (h->type) {
	case WIRE_HELLO:
		take_hello(k, h);
		return false;
	case WIRE_SETTINGS:
		take_settings(k, wire_body(h));
		return false;
	case WIRE_ROWS_BEGIN:
	case WIRE_ROW_PUT:
	case WIRE_ROW_DEL:
	case WIRE_ROWS_END:
		take_rows(k, h);
		return false;
	case WIRE_EVENT:
		bridge_put_event(k->bridge, wire_body(h));
		k->user.event(k->user.user, wire_body(h));
		return false;
	case WIRE_SET_RESULT:
		take_result(k, h);
		return false;
	case WIRE_STATS:
		bridge_put_stats(k->bridge, h->extra);
		k->user.stats(k->user.user);
		return false;
	case WIRE_SNMPD:
		bridge_put_snmpd(k->bridge, fd, (int)h->extra);
		return fd >= 0;
	default:
		link_die(k, "a message that is not for an agent");
		return false;
	}
}

/* The one descriptor that came along, or -1; more than one are closed. */
static int passed_fd(struct msghdr *m)
{
	int fd = -1;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
		size_t n;

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (size_t i = 0; i < n; i++) {
			int got;

			memcpy(&got, CMSG_DATA(c) + i * sizeof(int), sizeof(got));
			if (fd < 0)
				fd = got;
			else
				close(got);
		}
	}
	return fd;
}

/* False: nothing more there. */
static bool receive_one(struct link *k)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec iov = { .iov_base = k->in.bytes, .iov_len = sizeof(k->in) };
	struct msghdr m = {
		.msg_iov = &iov, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof(control.bytes),
	};
	const struct wire_head *h;
	const char *why = "";
	ssize_t n = recvmsg(k->fd, &m, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	int fd;

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (n <= 0) {
		link_die(k, "the daemon closed the connection");
		return false;
	}
	fd = passed_fd(&m);
	h = m.msg_flags & MSG_TRUNC ? NULL : wire_check(&k->in, (size_t)n, &why);
	if (!h)
		log_err("agent", "a message of the daemon is not well-formed: %s", why);
	if ((!h || !take_message(k, h, fd)) && fd >= 0)
		close(fd);
	if (!h)
		link_die(k, "the daemon and the agent do not understand each other");
	return !k->dead;
}

static void on_io(void *user, unsigned events)
{
	struct link *k = user;

	if (events & LOOP_WRITE)
		link_flush(k);
	if (!(events & LOOP_READ))
		return;
	for (int i = 0; i < PACKETS_A_TURN && !k->dead && receive_one(k); i++)
		;
}

/* ---- life ---- */

static bool link_init(struct link *k)
{
	int flags = fcntl(k->fd, F_GETFL);

	if (flags < 0 || fcntl(k->fd, F_SETFL, flags | O_NONBLOCK) < 0)
		return false;
	k->replica = replica_new();
	if (!k->replica)
		return false;
	k->bridge = bridge_new(replica_snapshot(k->replica));
	k->mailbox = loop_mailbox_new(k->loop, LOOP_QUEUED, on_mailbox, k);
	if (!k->bridge || !k->mailbox)
		return false;
	bridge_set_mailbox(k->bridge, k->mailbox);
	return true;
}

struct link *link_new(struct loop *l, int fd, const struct link_user *u)
{
	struct link *k = calloc(1, sizeof(*k));

	if (!k)
		return NULL;
	k->loop = l;
	k->fd = fd;
	k->user = *u;
	loop_io_init(&k->io, LOOP_QUEUED, on_io, k);
	loop_timer_init(&k->resync, LOOP_QUEUED, on_resync, k);
	if (!link_init(k)) {
		link_free(k);
		return NULL;
	}
	link_watch(k);
	return k;
}

void link_free(struct link *k)
{
	if (!k)
		return;
	loop_timer_stop(k->loop, &k->resync);
	loop_io_stop(k->loop, &k->io);
	if (k->mailbox)
		loop_mailbox_free(k->mailbox);
	bridge_free(k->bridge);
	replica_free(k->replica);
	close(k->fd);
	free(k);
}

struct bridge *link_bridge(const struct link *k)
{
	return k->bridge;
}

struct snapshot *link_snapshot(const struct link *k)
{
	return replica_snapshot(k->replica);
}
