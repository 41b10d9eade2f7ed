/*
 * The pair to the agent. One outgoing packet is built at a time in a buffer of our own; when the kernel has no room it
 * stays there until the descriptor is writable. Order on the wire: settings, pending answers, rows, the end of a
 * count, events.
 *
 * Each batch of rows costs the agent a picture of all rows of their kinds, so changed rows are gathered: the first goes at once, the
 * next batch a moment later, and counters of checks, of which there are thousands a second and which nobody waits for, later still.
 * Events stay behind the rows that they tell of.
 */
#include "config.h"

#include "core/agent_link.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/base/log.h"

#define PENDING_MAX 4096  /* changed keys remembered before a full resync is the better deal */
#define ANSWERS_MAX 64
/* An item of the loop: so long, and one packet more. What one costs depends on where the kernel finds pages for it. */
#define PUMP_SLICE ((usec_t)250)
#define BATCH_GAP (20 * USEC_PER_MS) /* between the beginnings of two batches */
#define IDLE_GAP (500 * USEC_PER_MS) /* ... of which the later has nothing but rows that nobody waits for */

struct pending {
	enum view_kind kind;
	union {
		struct vr_key vr;
		struct view_vr_addr_key vr_addr;
		struct service_key vs;
		struct server_key rs;
		struct probe_key probe;
		struct view_probe_use_key use;
		struct view_tracker_key tracker;
		uint32_t one;
	} key;
};

/* Small messages that must not be lost: set results. */
struct answer {
	uint64_t number;
	struct wire_set_result result;
};

enum batch { BATCH_NONE, BATCH_FULL, BATCH_DELTA };

struct agent_link {
	struct loop *loop;
	const struct view *view;
	const struct ring *ring;
	struct agent_link_owner owner;
	int fd;
	bool ready;             /* READY was received */
	struct loop_io io;
	struct loop_item item;

	struct wire_settings settings;
	bool settings_due;
	struct answer answers[ANSWERS_MAX];
	size_t n_answers;

	enum batch batch;       /* a ROWS_BEGIN without its END is out */
	bool full_due;
	enum view_kind at_kind; /* full: where the walk is */
	union view_any at_row;
	bool at_set;
	struct pending *pending;
	size_t n_pending, sent_pending;
	bool hurry;             /* somebody may wait for one of these */
	usec_t batch_at;        /* the last began */
	struct loop_timer later;
	uint64_t generation;

	bool stats_due;
	uint32_t stats_ms;
	uint64_t event_sent, event_acked, events_lost;
	uint64_t mails_sent, mailed; /* events to be mailed: to any agent; done with */

	_Alignas(16) uint8_t out[WIRE_MAX];
	size_t out_len;         /* a packet waits for room */
	_Alignas(16) uint8_t in[WIRE_MAX];
};

static void link_pump(void *user);
static void link_later(void *user);
static void link_io(void *user, unsigned events);

struct agent_link *agent_link_new(struct loop *l, const struct view *view, const struct ring *ring,
                                  const struct agent_link_owner *o)
{
	struct agent_link *a = calloc(1, sizeof(*a));

	if (!a)
		return NULL;
	a->pending = calloc(PENDING_MAX, sizeof(*a->pending));
	if (!a->pending) {
		free(a);
		return NULL;
	}
	a->loop = l;
	a->view = view;
	a->ring = ring;
	a->owner = *o;
	a->fd = -1;
	loop_io_init(&a->io, LOOP_QUEUED, link_io, a);
	loop_item_init(&a->item, link_pump, a);
	loop_timer_init(&a->later, LOOP_QUEUED, link_later, a);
	return a;
}

void agent_link_down(struct agent_link *a)
{
	if (a->fd < 0)
		return;
	loop_io_stop(a->loop, &a->io);
	loop_item_cancel(a->loop, &a->item);
	loop_timer_stop(a->loop, &a->later);
	close(a->fd);
	a->fd = -1;
	a->ready = false;
	a->batch = BATCH_NONE;
	a->stats_due = a->hurry = false;
	a->n_pending = a->sent_pending = a->n_answers = a->out_len = 0;
}

void agent_link_free(struct agent_link *a)
{
	if (!a)
		return;
	agent_link_down(a);
	free(a->pending);
	free(a);
}

static void link_wake(struct agent_link *a)
{
	if (a->ready)
		loop_item_post(a->loop, &a->item);
}

static void link_fail(struct agent_link *a, const char *why)
{
	agent_link_down(a);
	a->owner.down(a->owner.user, why);
}

/* ---- out ---- */

/* Send what is in `out`. False: no room now (it stays) or the link went down. */
static bool flush_packet(struct agent_link *a)
{
	if (a->out_len == 0)
		return true;
	ssize_t n = send(a->fd, a->out, a->out_len, MSG_DONTWAIT | MSG_NOSIGNAL);

	if (n >= 0) {
		a->out_len = 0;
		return true;
	}
	if (errno == EAGAIN || errno == ENOBUFS || errno == EINTR)
		loop_io_set(a->loop, &a->io, a->fd, LOOP_READ | LOOP_WRITE);
	else
		link_fail(a, strerror(errno));
	return false;
}

static void put_packet(struct agent_link *a, enum wire_type t, uint64_t number, uint32_t kind, uint32_t count, uint32_t extra,
                       const void *body, size_t len)
{
	a->out_len = wire_build(a->out, sizeof(a->out), t, number, kind, count, extra, body, len);
}

void agent_link_up(struct agent_link *a, int fd)
{
	agent_link_down(a);
	a->fd = fd;
	loop_io_set(a->loop, &a->io, fd, LOOP_READ);
	put_packet(a, WIRE_HELLO, a->event_acked, 0, 0, (uint32_t)a->mailed, NULL, 0);
	flush_packet(a);
}

/* As many rows of one kind as a packet takes, from where the full walk stands. False: that kind is done. */
static bool full_rows(struct agent_link *a)
{
	uint8_t body[WIRE_MAX - sizeof(struct wire_head)];
	size_t size = view_row_size(a->at_kind), used = 0;
	uint32_t count = 0;
	const void *row;

	while (used + size <= sizeof(body) && (row = view_next(a->view, a->at_kind, a->at_set ? &a->at_row : NULL))) {
		memcpy(body + used, row, size);
		memcpy(&a->at_row, row, size);
		a->at_set = true;
		used += size;
		count++;
	}
	if (count == 0)
		return false;
	put_packet(a, WIRE_ROW_PUT, a->generation, a->at_kind, count, 0, body, used);
	return true;
}

/* The next packet of a full resync. */
static void next_full(struct agent_link *a)
{
	while ((unsigned)a->at_kind < VIEW_KINDS) {
		if (full_rows(a))
			return;
		a->at_kind++;
		a->at_set = false;
	}
	put_packet(a, WIRE_ROWS_END, a->generation, 0, 0, 0, NULL, 0);
	a->batch = BATCH_NONE;
}

/* The next packet of changed rows: a run of rows, or of keys gone, of one kind. */
static void next_delta(struct agent_link *a)
{
	uint8_t body[WIRE_MAX - sizeof(struct wire_head)];
	enum view_kind kind = a->pending[a->sent_pending].kind;
	bool gone = !view_get(a->view, kind, &a->pending[a->sent_pending].key);
	size_t size = gone ? view_key_size(kind) : view_row_size(kind), used = 0;
	uint32_t count = 0;

	while (a->sent_pending < a->n_pending && used + size <= sizeof(body)) {
		const struct pending *p = &a->pending[a->sent_pending];
		const void *row = p->kind == kind ? view_get(a->view, kind, &p->key) : NULL;

		if (p->kind != kind || (row == NULL) != gone)
			break;
		memcpy(body + used, gone ? (const void *)&p->key : row, size);
		used += size;
		count++;
		a->sent_pending++;
	}
	put_packet(a, gone ? WIRE_ROW_DEL : WIRE_ROW_PUT, a->generation, kind, count, 0, body, used);
}

static void end_delta(struct agent_link *a)
{
	a->n_pending = a->sent_pending = 0;
	put_packet(a, WIRE_ROWS_END, a->generation, 0, 0, 0, NULL, 0);
	a->batch = BATCH_NONE;
}

/* Rows are there, and their time is not. */
static bool rows_wait(struct agent_link *a)
{
	usec_t now = mono_now(), due;

	if (a->batch != BATCH_NONE || a->full_due || a->n_pending == 0)
		return false;
	due = usec_add(a->batch_at, a->hurry ? BATCH_GAP : IDLE_GAP);
	if (now >= due)
		return false;
	loop_timer_set(a->loop, &a->later, due);
	return true;
}

static void begin_rows(struct agent_link *a)
{
	a->batch = a->full_due ? BATCH_FULL : BATCH_DELTA;
	if (a->full_due)
		a->n_pending = a->sent_pending = 0;
	put_packet(a, WIRE_ROWS_BEGIN, ++a->generation, 0, 0, a->full_due, NULL, 0);
	a->full_due = a->hurry = false;
	a->batch_at = mono_now();
	a->at_kind = 1;
	a->at_set = false;
}

static bool next_rows(struct agent_link *a)
{
	if (a->batch == BATCH_FULL)
		next_full(a);
	else if (a->batch == BATCH_DELTA && a->sent_pending < a->n_pending)
		next_delta(a);
	else if (a->batch == BATCH_DELTA)
		end_delta(a);
	else if (a->full_due || a->n_pending > 0)
		begin_rows(a);
	else
		return false;
	return true;
}

static bool next_event(struct agent_link *a)
{
	uint64_t lost;
	const struct event *e = ring_after(a->ring, a->event_sent, &lost);

	if (!e)
		return false;
	if (lost > 0) {
		struct event gone = { .seq = e->seq - 1, .boot = e->boot, .wall = e->wall, .kind = EVENT_LOST, .to = (int32_t)lost };

		a->events_lost += lost;
		a->event_sent = e->seq - 1;
		put_packet(a, WIRE_EVENT, gone.seq, 0, 0, 0, &gone, sizeof(gone));
		return true;
	}
	a->event_sent = e->seq;
	if (e->mails > a->mails_sent)
		a->mails_sent = e->mails;
	put_packet(a, WIRE_EVENT, e->seq, 0, 0, 0, e, sizeof(*e));
	return true;
}

static bool next_stats(struct agent_link *a)
{
	if (!a->stats_due)
		return false;
	a->stats_due = false;
	put_packet(a, WIRE_STATS, 0, 0, 0, a->stats_ms, NULL, 0);
	return true;
}

/* Build the next packet, in order of urgency. False: nothing to say. */
static bool next_packet(struct agent_link *a)
{
	if (a->settings_due) {
		a->settings_due = false;
		put_packet(a, WIRE_SETTINGS, 0, 0, 0, 0, &a->settings, sizeof(a->settings));
		return true;
	}
	if (a->n_answers > 0) {
		struct answer first = a->answers[0];

		memmove(a->answers, a->answers + 1, --a->n_answers * sizeof(a->answers[0]));
		put_packet(a, WIRE_SET_RESULT, first.number, 0, 0, 0, &first.result, sizeof(first.result));
		return true;
	}
	a->hurry = a->hurry || a->stats_due || ring_last(a->ring) > a->event_sent;
	return !rows_wait(a) && (next_rows(a) || next_stats(a) || next_event(a));
}

static void link_pump(void *user)
{
	struct agent_link *a = user;
	usec_t until = usec_add(mono_now(), PUMP_SLICE);

	do {
		if (a->fd < 0 || !flush_packet(a) || !next_packet(a))
			return;
	} while (mono_now() < until);
	if (a->fd >= 0)
		loop_item_post(a->loop, &a->item);
}

static void link_later(void *user)
{
	link_wake(user);
}

void agent_link_settings(struct agent_link *a, const struct wire_settings *s)
{
	a->settings = *s;
	a->settings_due = true;
	link_wake(a);
}

void agent_link_row(struct agent_link *a, enum view_kind k, const void *key)
{
	if (!a->ready || a->full_due)
		return;
	if (a->n_pending == PENDING_MAX) {
		/* A batch that is out is ended before the full one begins: next_rows() sees to that. */
		a->full_due = true;
		a->n_pending = a->sent_pending = 0;
		return;
	}
	struct pending *p = &a->pending[a->n_pending++];

	p->kind = k;
	memcpy(&p->key, key, view_key_size(k));
	bool hurry = k != VIEW_PROBE || a->n_pending == PENDING_MAX / 2;

	if (a->n_pending == 1 || (hurry && !a->hurry)) /* else it is awake, or knows when to be */
		link_wake(a);
	a->hurry = a->hurry || hurry;
}

void agent_link_event(struct agent_link *a)
{
	link_wake(a);
}

void agent_link_set_result(struct agent_link *a, uint64_t number, enum wire_set_error error, uint32_t failed)
{
	if (!a->ready || a->n_answers == ANSWERS_MAX)
		return; /* the agent's own deadline answers for us */
	a->answers[a->n_answers++] = (struct answer){ number, { error, failed } };
	link_wake(a);
}

void agent_link_stats(struct agent_link *a, usec_t lasts)
{
	a->stats_due = a->ready;
	a->stats_ms = (uint32_t)(lasts / USEC_PER_MS);
	link_wake(a);
}

void agent_link_snmpd(struct agent_link *a, int fd, int err)
{
	uint8_t buf[sizeof(struct wire_head)];
	union {
		char space[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = { .space = { 0 } };
	struct iovec iov = { buf, wire_build(buf, sizeof(buf), WIRE_SNMPD, 0, 0, 0, (uint32_t)err, NULL, 0) };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };

	if (fd >= 0) {
		m.msg_control = control.space;
		m.msg_controllen = sizeof(control.space);
		struct cmsghdr *c = CMSG_FIRSTHDR(&m);

		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &fd, sizeof(int));
	}
	/* Lost where the pair is full: the agent asks again after a while. */
	if (a->ready)
		(void)sendmsg(a->fd, &m, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (fd >= 0)
		close(fd);
}

uint64_t agent_link_acked(const struct agent_link *a, uint64_t *lost)
{
	*lost = a->events_lost;
	return a->event_acked;
}

/* ---- in ---- */

static void take_ready(struct agent_link *a, uint64_t last_event)
{
	uint64_t before_mail = ring_before_mail(a->ring, a->mailed);

	if (last_event > a->event_acked && last_event <= ring_last(a->ring))
		a->event_acked = last_event;
	a->ready = true;
	a->full_due = true;
	a->batch = BATCH_NONE;
	a->settings_due = true;
	a->event_sent = before_mail < a->event_acked ? before_mail : a->event_acked;
	link_wake(a);
}

static void take_set(struct agent_link *a, const struct wire_head *h)
{
	const struct wire_set *s = wire_body(h);

	a->owner.set(a->owner.user, h->number, s, (const struct wire_setting *)(s + 1), h->count);
}

static void take_message(struct agent_link *a, const struct wire_head *h)
{
	switch (h->type) {
	case WIRE_READY: take_ready(a, h->number); break;
	case WIRE_ACK:
		if (h->number > a->event_acked && h->number <= a->event_sent)
			a->event_acked = h->number;
		break;
	case WIRE_MAILED:
		if (h->number > a->mailed && h->number <= a->mails_sent)
			a->mailed = h->number;
		break;
	case WIRE_SET: take_set(a, h); break;
	case WIRE_UNDO: a->owner.undo(a->owner.user, h->number); break;
	case WIRE_FORGET: a->owner.forget(a->owner.user, h->number); break;
	case WIRE_ASK_SNMPD: a->owner.ask_snmpd(a->owner.user); break;
	case WIRE_ASK_STATS: a->owner.ask_stats(a->owner.user); break;
	case WIRE_RESYNC:
		a->full_due = true;
		link_wake(a);
		break;
	default: link_fail(a, "it sent a message that only the core sends"); break;
	}
}

static void link_receive(struct agent_link *a)
{
	const char *why = "";
	ssize_t n = recv(a->fd, a->in, sizeof(a->in), MSG_DONTWAIT | MSG_TRUNC);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		link_fail(a, n == 0 ? "it closed the pair" : strerror(errno));
		return;
	}
	const struct wire_head *h = (size_t)n <= sizeof(a->in) ? wire_check(a->in, (size_t)n, &why) : NULL;

	if (h)
		take_message(a, h);
	else
		link_fail(a, why);
}

static void link_io(void *user, unsigned events)
{
	struct agent_link *a = user;

	if (events & LOOP_WRITE) {
		loop_io_set(a->loop, &a->io, a->fd, LOOP_READ);
		link_wake(a);
	}
	if (events & LOOP_READ)
		link_receive(a);
}
