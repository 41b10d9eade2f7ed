/*
 * What the agent's two threads share (bridge.h).
 */
#include "config.h"

#include "agent/bridge.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define NOTES_MAX 64u /* UNDO and FORGET on their way: two a SET, one SET at a time */

enum set_phase { SET_IDLE, SET_POSTED, SET_SENT, SET_ANSWERED };

struct set_request {
	struct wire_set head;
	struct wire_setting weights[WIRE_SET_MAX];
};

struct bridge {
	pthread_mutex_t lock;
	pthread_cond_t answered;
	int wake_fd;
	struct loop_mailbox *mailbox;
	struct mail *mail;
	struct snapshot *snap;
	struct trapq *traps;
	struct wire_settings settings;
	bool have_settings, connected, quit;

	int snmpd_fd;
	int snmpd_err; /* 0: none to tell */
	bool ask;

	bool ask_stats, stats_asked; /* to be asked for; an answer is waited for */
	usec_t stats_until;          /* what was counted will do */

	enum set_phase phase;
	uint64_t number;
	uint32_t n_weights;
	struct set_request request;
	struct wire_set_result result;

	struct {
		enum wire_type type;
		uint64_t number;
	} notes[NOTES_MAX];
	unsigned n_notes;
	uint64_t acked_sent, mailed_sent;
};

struct bridge *bridge_new(struct snapshot *first)
{
	struct bridge *b = calloc(1, sizeof(*b));

	if (!b)
		return NULL;
	b->snmpd_fd = -1;
	b->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	b->traps = trapq_new();
	if (b->wake_fd < 0 || !b->traps || pthread_mutex_init(&b->lock, NULL) ||
	    pthread_cond_init(&b->answered, NULL)) {
		if (b->wake_fd >= 0)
			close(b->wake_fd);
		trapq_free(b->traps);
		free(b);
		return NULL;
	}
	b->snap = snapshot_ref(first);
	/* Unlike those of an agent before this one, which the core may still know. */
	b->number = (uint64_t)getpid() << 32;
	return b;
}

void bridge_free(struct bridge *b)
{
	if (!b)
		return;
	if (b->snmpd_fd >= 0)
		close(b->snmpd_fd);
	close(b->wake_fd);
	snapshot_unref(b->snap);
	trapq_free(b->traps);
	pthread_cond_destroy(&b->answered);
	pthread_mutex_destroy(&b->lock);
	free(b);
}

static void lock(struct bridge *b)
{
	pthread_mutex_lock(&b->lock);
}

static void unlock(struct bridge *b)
{
	pthread_mutex_unlock(&b->lock);
}

/* The counter cannot overflow, and a full one has woken the reader already. */
static void wake_snmp(struct bridge *b)
{
	uint64_t one = 1;
	ssize_t n = write(b->wake_fd, &one, sizeof(one));

	(void)n;
}

/* ---- I/O thread ---- */

void bridge_set_mailbox(struct bridge *b, struct loop_mailbox *m)
{
	b->mailbox = m;
}

void bridge_publish(struct bridge *b, struct snapshot *s)
{
	struct snapshot *old;

	lock(b);
	old = b->snap;
	b->snap = snapshot_ref(s);
	unlock(b);
	snapshot_unref(old);
}

void bridge_put_settings(struct bridge *b, const struct wire_settings *s)
{
	lock(b);
	b->settings = *s;
	b->have_settings = true;
	trapq_enable(b->traps, s->snmp_on && s->traps);
	unlock(b);
	wake_snmp(b);
}

void bridge_put_event(struct bridge *b, const struct event *e)
{
	lock(b);
	trapq_push(b->traps, e);
	unlock(b);
	wake_snmp(b);
}

void bridge_start_after(struct bridge *b, uint64_t seq)
{
	lock(b);
	trapq_start_after(b->traps, seq);
	b->acked_sent = trapq_acked(b->traps);
	unlock(b);
}

void bridge_put_snmpd(struct bridge *b, int fd, int err)
{
	int old;

	lock(b);
	old = b->snmpd_fd;
	b->snmpd_fd = fd;
	b->snmpd_err = fd < 0 ? (err ? err : EIO) : 0;
	unlock(b);
	if (old >= 0)
		close(old);
	wake_snmp(b);
}

void bridge_put_result(struct bridge *b, uint64_t number, const struct wire_set_result *r)
{
	lock(b);
	if (b->phase == SET_SENT && b->number == number) {
		b->result = *r;
		b->phase = SET_ANSWERED;
		pthread_cond_signal(&b->answered);
	}
	unlock(b);
}

bool bridge_settled(struct bridge *b)
{
	bool settled;

	lock(b);
	settled = !b->connected || trapq_waiting(b->traps) == 0;
	unlock(b);
	return settled;
}

void bridge_quit(struct bridge *b)
{
	lock(b);
	b->quit = true;
	pthread_cond_signal(&b->answered);
	unlock(b);
	wake_snmp(b);
}

static size_t build_note(struct bridge *b, void *buf)
{
	size_t len = wire_build(buf, WIRE_MAX, b->notes[0].type, b->notes[0].number, 0, 0, 0, NULL, 0);

	b->n_notes--;
	memmove(&b->notes[0], &b->notes[1], b->n_notes * sizeof(b->notes[0]));
	return len;
}

static size_t build_set(struct bridge *b, void *buf)
{
	b->phase = SET_SENT;
	return wire_build(buf, WIRE_MAX, WIRE_SET, b->number, 0, b->n_weights, 0, &b->request,
	                  sizeof(b->request.head) + b->n_weights * sizeof(b->request.weights[0]));
}

/* An UNDO goes before the next SET, as it was meant; all else may wait for both. */
static size_t build_next(struct bridge *b, void *buf)
{
	uint64_t acked = trapq_acked(b->traps), mailed = b->mail ? mail_done(b->mail) : 0;

	if (b->n_notes)
		return build_note(b, buf);
	if (b->phase == SET_POSTED)
		return build_set(b, buf);
	if (b->ask) {
		b->ask = false;
		return wire_build(buf, WIRE_MAX, WIRE_ASK_SNMPD, 0, 0, 0, 0, NULL, 0);
	}
	if (b->ask_stats) {
		b->ask_stats = false;
		return wire_build(buf, WIRE_MAX, WIRE_ASK_STATS, 0, 0, 0, 0, NULL, 0);
	}
	if (acked > b->acked_sent) {
		b->acked_sent = acked;
		return wire_build(buf, WIRE_MAX, WIRE_ACK, acked, 0, 0, 0, NULL, 0);
	}
	if (mailed > b->mailed_sent) {
		b->mailed_sent = mailed;
		return wire_build(buf, WIRE_MAX, WIRE_MAILED, mailed, 0, 0, 0, NULL, 0);
	}
	return 0;
}

size_t bridge_take_message(struct bridge *b, void *buf)
{
	size_t len;

	lock(b);
	len = build_next(b, buf);
	unlock(b);
	return len;
}

/* ---- SNMP thread ---- */

int bridge_wake_fd(const struct bridge *b)
{
	return b->wake_fd;
}

void bridge_wake_clear(struct bridge *b)
{
	uint64_t n;
	ssize_t got = read(b->wake_fd, &n, sizeof(n));

	(void)got; /* nothing there is fine */
}

bool bridge_quitting(struct bridge *b)
{
	bool quit;

	lock(b);
	quit = b->quit;
	unlock(b);
	return quit;
}

void bridge_connected(struct bridge *b)
{
	lock(b);
	b->connected = true;
	unlock(b);
}

void bridge_disconnected(struct bridge *b, bool limbo)
{
	lock(b);
	b->connected = false;
	trapq_session_down(b->traps, limbo);
	unlock(b);
}

void bridge_limbo_end(struct bridge *b, bool served)
{
	bool progress;

	lock(b);
	trapq_limbo_end(b->traps, served);
	progress = trapq_acked(b->traps) > b->acked_sent;
	unlock(b);
	if (progress)
		loop_mailbox_ring(b->mailbox);
}

struct snapshot *bridge_snapshot(struct bridge *b)
{
	struct snapshot *s;

	lock(b);
	s = snapshot_ref(b->snap);
	unlock(b);
	return s;
}

bool bridge_settings(struct bridge *b, struct wire_settings *out)
{
	bool have;

	lock(b);
	*out = b->settings;
	have = b->have_settings;
	unlock(b);
	return have;
}

void bridge_ask_snmpd(struct bridge *b)
{
	lock(b);
	b->ask = true;
	unlock(b);
	loop_mailbox_ring(b->mailbox);
}

int bridge_take_snmpd(struct bridge *b)
{
	int fd;

	lock(b);
	fd = b->snmpd_fd;
	b->snmpd_fd = -1;
	unlock(b);
	return fd;
}

bool bridge_have_snmpd(struct bridge *b)
{
	bool have;

	lock(b);
	have = b->snmpd_fd >= 0;
	unlock(b);
	return have;
}

bool bridge_snmpd_failed(struct bridge *b, int *err)
{
	lock(b);
	*err = b->snmpd_err;
	b->snmpd_err = 0;
	unlock(b);
	return *err != 0;
}

static struct timespec to_timespec(usec_t t)
{
	return (struct timespec){ .tv_sec = t / USEC_PER_SEC, .tv_nsec = t % USEC_PER_SEC * 1000 };
}

void bridge_set(struct bridge *b, const struct wire_setting *w, uint32_t n, usec_t deadline, struct wire_set_result *out,
                uint64_t *number)
{
	struct timespec until = to_timespec(deadline);

	lock(b);
	*number = ++b->number;
	b->n_weights = n;
	b->request.head = (struct wire_set){ .deadline = deadline, .snmp = 1 };
	memcpy(b->request.weights, w, n * sizeof(*w));
	b->phase = SET_POSTED;
	unlock(b);
	loop_mailbox_ring(b->mailbox);
	lock(b);
	while (b->phase != SET_ANSWERED && !b->quit)
		if (pthread_cond_clockwait(&b->answered, &b->lock, CLOCK_MONOTONIC, &until) == ETIMEDOUT)
			break;
	*out = b->phase == SET_ANSWERED ? b->result : (struct wire_set_result){ .error = WIRE_SET_LATE };
	b->phase = SET_IDLE;
	unlock(b);
}

void bridge_put_stats(struct bridge *b, uint32_t ms)
{
	lock(b);
	b->stats_asked = false;
	b->stats_until = mono_now() + ms * USEC_PER_MS;
	pthread_cond_signal(&b->answered);
	unlock(b);
}

bool bridge_stats_old(struct bridge *b, usec_t now)
{
	bool old;

	lock(b);
	old = now >= b->stats_until;
	unlock(b);
	return old;
}

void bridge_want_stats(struct bridge *b, usec_t deadline)
{
	struct timespec until = to_timespec(deadline);

	lock(b);
	b->ask_stats = b->stats_asked = true;
	unlock(b);
	loop_mailbox_ring(b->mailbox);
	lock(b);
	while (b->stats_asked && !b->quit)
		if (pthread_cond_clockwait(&b->answered, &b->lock, CLOCK_MONOTONIC, &until) == ETIMEDOUT)
			break;
	if (b->stats_asked) /* a core that does not answer is not waited for by every request */
		b->stats_until = mono_now() + USEC_PER_SEC;
	unlock(b);
}

static void add_note(struct bridge *b, enum wire_type type, uint64_t number)
{
	lock(b);
	if (b->n_notes < NOTES_MAX) {
		b->notes[b->n_notes].type = type;
		b->notes[b->n_notes].number = number;
		b->n_notes++;
	}
	unlock(b);
	loop_mailbox_ring(b->mailbox);
}

void bridge_undo(struct bridge *b, uint64_t number)
{
	add_note(b, WIRE_UNDO, number);
}

void bridge_forget(struct bridge *b, uint64_t number)
{
	add_note(b, WIRE_FORGET, number);
}

bool bridge_trap_next(struct bridge *b, usec_t now, struct trapq_send *out)
{
	bool there;

	lock(b);
	there = trapq_next(b->traps, now, out);
	unlock(b);
	return there;
}

void bridge_trap_answered(struct bridge *b, uint64_t id)
{
	bool progress;

	lock(b);
	trapq_answered(b->traps, id);
	progress = trapq_acked(b->traps) > b->acked_sent;
	unlock(b);
	if (progress)
		loop_mailbox_ring(b->mailbox);
}

void bridge_trap_failed(struct bridge *b, uint64_t id)
{
	lock(b);
	trapq_failed(b->traps, id);
	unlock(b);
}

void bridge_trap_overdue(struct bridge *b, uint64_t id, usec_t now)
{
	lock(b);
	trapq_overdue(b->traps, id, now);
	unlock(b);
}

usec_t bridge_trap_deadline(struct bridge *b, usec_t now)
{
	usec_t at;

	lock(b);
	at = trapq_deadline(b->traps, now);
	unlock(b);
	return at;
}

void bridge_trap_counts(struct bridge *b, uint32_t *sent, uint32_t *dropped)
{
	lock(b);
	*sent = trapq_sent(b->traps);
	*dropped = trapq_dropped(b->traps);
	unlock(b);
}

void bridge_set_mail(struct bridge *b, struct mail *m)
{
	lock(b);
	b->mail = m;
	unlock(b);
}

void bridge_mailed(void *bridge)
{
	struct bridge *b = bridge;

	loop_mailbox_ring(b->mailbox);
}

void bridge_mail_stats(struct bridge *b, struct mail_stats *out)
{
	memset(out, 0, sizeof(*out));
	lock(b);
	if (b->mail)
		mail_get_stats(b->mail, out);
	unlock(b);
}
