/*
 * The sessions of bfd.h: feeds each bfd_fsm, carries out its actions; the only caller of the machine.
 *
 * A socket that cannot be made (the port is another daemon's, the source address is not there yet) is tried again
 * every few seconds, and the session's row says why it is down meanwhile.
 */
#include "config.h"

#include "core/probe/bfd.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/base/log.h"
#include "core/base/text.h"
#include "core/probe/bfd_sock.h"

#define BFD_RETRY (5 * USEC_PER_SEC)
/* How long after it was kept a session may go on: the exec lasts some tens of milliseconds. */
#define BFD_KEPT_LASTS (10 * USEC_PER_SEC)
/* Packets taken before other urgent work gets its turn. */
#define BFD_SLICE 16
/* So many packets in a second that are nobody's are a flood, which is dropped by the kernel for that long. */
#define FLOOD_PACKETS 1000
#define FLOOD_LASTS (10 * USEC_PER_SEC)

struct bfd_session {
	TAILQ_ENTRY(bfd_session) entry;
	struct bfd *owner;
	struct bfd_conf conf;
	struct bfd_fsm fsm;
	struct loop_timer timer;
	struct loop_timer settle; /* when silence from the first means down */
	bool known, alive;
	int tx; /* -1: could not be made */
	int error;
	uint32_t seed;    /* of its port, which lasts as long as it does */
	unsigned ifindex; /* of its interface, when the socket was made; 0: any */
	usec_t changed;
	uint64_t received, sent, dropped, send_errors, ups, downs;
	struct log_limit drop_limit;
};
TAILQ_HEAD(bfd_sessions, bfd_session);

/* One for each family and port. */
struct bfd_rx {
	struct bfd *owner;
	struct loop_io io;
	uint8_t family;
	bool multihop;
	int fd; /* -1: not needed, or could not be made */
	int error;
	struct log_limit drop_limit;
	/* of a flood */
	usec_t strange_since;
	uint32_t strangers;
	bool filtered;
	struct loop_timer calm;
	struct log_limit flood_limit;
};

struct bfd {
	struct loop *loop;
	struct bfd_observer observer;
	struct bfd_sessions sessions;
	struct bfd_rx rx[4];
	struct loop_timer retry;
	uint32_t random; /* xorshift's state; never 0 */
};

static void on_timer(void *user);
static void on_readable(void *user, unsigned events);
static void on_retry(void *user);

/* For jitter and ports. */
static uint32_t next_random(struct bfd *b)
{
	uint32_t x = b->random;

	x ^= x << 13;
	x ^= x >> 17;
	x ^= x << 5;
	b->random = x;
	return x;
}

static struct bfd_rx *rx_of(struct bfd *b, const struct bfd_conf *c)
{
	return &b->rx[(c->path.neighbor.family == AF_INET6 ? 2 : 0) + (c->path.multihop ? 1 : 0)];
}

/* ---- what is told ---- */

static void session_words(const struct bfd_session *s, char *out, size_t size)
{
	int err = s->error ? s->error : rx_of(s->owner, &s->conf)->error;
	size_t n = 0;

	out[0] = '\0';
	if (err)
		text_append(out, size, &n, "no socket for it: %s", strerrordesc_np(err));
	else if (s->fsm.state == BFD_DOWN && s->fsm.your_disc == 0 && s->downs == 0)
		text_append(out, size, &n, "nothing heard from the neighbor");
	else if (s->fsm.state == BFD_DOWN && s->fsm.remote_state == BFD_ADMIN_DOWN)
		text_append(out, size, &n, "administratively down at the neighbor");
	else
		text_append(out, size, &n, "%s", s->fsm.diag ? bfd_diag_words(s->fsm.diag) : "heard both ways");
}

static void session_report(const struct bfd_session *s, struct bfd_report *r)
{
	const struct bfd_fsm *f = &s->fsm;

	memset(r, 0, sizeof(*r));
	text_copy(r->name, sizeof(r->name), s->conf.name);
	r->neighbor = s->conf.path.neighbor;
	r->source = s->conf.path.source;
	r->multihop = s->conf.path.multihop;
	r->known = s->known;
	r->alive = s->alive;
	r->state = f->state;
	r->remote_state = f->remote_state;
	r->diag = f->diag;
	r->remote_diag = f->remote_diag;
	r->multiplier = f->conf.mult;
	r->remote_multiplier = f->remote_mult;
	r->my_disc = f->my_disc;
	r->your_disc = f->your_disc;
	r->tx_interval = bfd_fsm_tx_interval(f);
	r->rx_interval = usec_max(f->used_rx, f->remote_desired_tx);
	r->detect_time = bfd_fsm_detect_time(f);
	r->changed = s->changed;
	r->received = s->received;
	r->sent = s->sent;
	r->dropped = s->dropped;
	r->send_errors = s->send_errors;
	r->ups = s->ups;
	r->downs = s->downs;
	r->error = s->error ? s->error : rx_of(s->owner, &s->conf)->error;
	session_words(s, r->text, sizeof(r->text));
}

static void session_tell(struct bfd_session *s)
{
	const struct bfd_observer *o = &s->owner->observer;
	struct bfd_report r;

	s->known = s->known || s->fsm.state == BFD_UP;
	s->changed = mono_now();
	if (s->fsm.state == BFD_UP || (s->fsm.state == BFD_DOWN && s->fsm.remote_state != BFD_ADMIN_DOWN))
		s->alive = s->fsm.state == BFD_UP;
	s->ups += s->fsm.state == BFD_UP;
	s->downs += s->fsm.previous == BFD_UP;
	session_report(s, &r);
	if (s->fsm.state == BFD_UP || s->fsm.previous == BFD_UP)
		log_notice("bfd", "BFD_Instance(%s) Entering %s state (%s)", s->conf.name,
		           s->fsm.state == BFD_UP ? "UP" : "DOWN", r.text);
	o->changed(o->user, &r, s->fsm.previous);
}

static void on_settled(void *user)
{
	struct bfd_session *s = user;
	const struct bfd_observer *o = &s->owner->observer;
	struct bfd_report r;

	if (s->known)
		return;
	s->known = true;
	session_report(s, &r);
	log_notice("bfd", "BFD_Instance(%s) is DOWN (%s)", s->conf.name, r.text);
	o->changed(o->user, &r, s->fsm.state);
}

/* ---- sending ---- */

static void session_resend(struct bfd_session *s, const void *wire, size_t len)
{
	/* An ICMP error to an earlier packet was told by the first call; the packet itself goes out with this one. */
	if (send(s->tx, wire, len, MSG_NOSIGNAL) >= 0) {
		s->sent++;
		return;
	}
	s->send_errors++;
	if (s->ifindex && bfd_sock_ifindex(s->conf.path.interface) != s->ifindex) {
		close(s->tx); /* the interface was replaced by another of its name, or is gone */
		s->tx = -1;
		loop_timer_set(s->owner->loop, &s->owner->retry, mono_now());
	}
}

static void session_send(struct bfd_session *s, bool final)
{
	uint8_t wire[BFD_WIRE_LEN];
	struct bfd_packet p;

	bfd_fsm_packet(&s->fsm, final, &p);
	bfd_packet_write(&p, wire);
	if (s->tx < 0)
		s->send_errors++;
	else if (send(s->tx, wire, sizeof(wire), MSG_NOSIGNAL) < 0)
		session_resend(s, wire, sizeof(wire));
	else
		s->sent++;
	if (!final)
		bfd_fsm_sent(&s->fsm, mono_now(), next_random(s->owner));
}

static void session_act(struct bfd_session *s, unsigned actions)
{
	if (actions & BFD_ACT_SEND_FINAL)
		session_send(s, true);
	if (actions & BFD_ACT_SEND)
		session_send(s, false);
	loop_timer_set(s->owner->loop, &s->timer, bfd_fsm_deadline(&s->fsm));
	if (actions & BFD_ACT_STATE)
		session_tell(s);
}

static void on_timer(void *user)
{
	struct bfd_session *s = user;

	session_act(s, bfd_fsm_timer(&s->fsm, mono_now()));
}

/* ---- receiving ---- */

static struct bfd_session *session_heard(struct bfd *b, const struct bfd_rx *rx, const struct bfd_packet *p,
                                         const struct bfd_heard *h)
{
	struct bfd_session *s;

	TAILQ_FOREACH(s, &b->sessions, entry) {
		if (rx_of(b, &s->conf) != rx || addr_cmp(&s->conf.path.neighbor, &h->from.addr) != 0)
			continue;
		if (s->ifindex && s->ifindex != h->ifindex)
			continue;
		if (addr_is_set(&s->conf.path.source) && addr_cmp(&s->conf.path.source, &h->to) != 0)
			continue;
		if (p->your_disc == 0 || p->your_disc == s->fsm.my_disc)
			return s;
	}
	return NULL;
}

static void say_dropped(struct log_limit *limit, const struct bfd_heard *h, enum bfd_reject why, const char *more)
{
	char from[ADDR_STRLEN];
	uint32_t withheld;

	if (log_limit_pass(limit, mono_now(), 3, 60 * USEC_PER_SEC, &withheld))
		log_info("bfd", "dropping a packet from %s, hop limit %u: %s%s (%u such lines withheld)",
		         addr_format(&h->from.addr, from), h->ttl, bfd_reject_name(why), more, withheld);
}

/* ---- floods ---- */

static void rx_unfilter(void *user)
{
	struct bfd_rx *rx = user;

	loop_timer_stop(rx->owner->loop, &rx->calm);
	if (rx->filtered)
		bfd_sock_unfilter(rx->fd);
	rx->filtered = false;
	rx->strangers = 0;
}

static void rx_filter(struct bfd_rx *rx, const struct bfd_heard *h, usec_t now)
{
	struct addr from[BFD_FILTER_MAX + 1];
	char last[ADDR_STRLEN];
	struct bfd_session *s;
	size_t n = 0;

	TAILQ_FOREACH(s, &rx->owner->sessions, entry)
		if (rx_of(rx->owner, &s->conf) == rx && n <= BFD_FILTER_MAX)
			from[n++] = s->conf.path.neighbor;
	int err = bfd_sock_filter(rx->fd, rx->family, from, n);
	rx->filtered = err == 0;
	if (rx->filtered)
		loop_timer_set(rx->owner->loop, &rx->calm, usec_add(now, FLOOD_LASTS));
	if (log_limit_pass(&rx->flood_limit, now, 1, 60 * USEC_PER_SEC, NULL))
		log_warn("bfd", "more than %d packets a second of no session, the last from %s: %s%s", FLOOD_PACKETS,
		         addr_format(&h->from.addr, last), err ? "no filter: " : "the kernel drops what no neighbor sends, for a while",
		         err ? strerrordesc_np(err) : "");
}

static void rx_stranger(struct bfd_rx *rx, const struct bfd_heard *h)
{
	usec_t now = mono_now();

	if (now - rx->strange_since > USEC_PER_SEC) {
		rx->strange_since = now;
		rx->strangers = 0;
	}
	if (++rx->strangers == FLOOD_PACKETS && !rx->filtered)
		rx_filter(rx, h, now);
}

static void rx_packet(struct bfd_rx *rx, const void *data, size_t len, const struct bfd_heard *h)
{
	struct bfd_packet p;
	enum bfd_reject why = bfd_packet_read(data, len, &p);
	struct bfd_session *s = why == BFD_ACCEPTED ? session_heard(rx->owner, rx, &p, h) : NULL;
	unsigned actions;

	if (!s) {
		say_dropped(&rx->drop_limit, h, why == BFD_ACCEPTED ? BFD_REJECT_SESSION : why, "");
		rx_stranger(rx, h);
		return;
	}
	if (s->conf.max_hops < 255 && 255 - h->ttl > s->conf.max_hops) {
		s->dropped++;
		say_dropped(&s->drop_limit, h, BFD_REJECT_TTL, "; it comes from farther than max_hops, or is sent with less than 255");
		return;
	}
	if (!bfd_fsm_receive(&s->fsm, &p, mono_now(), &actions)) {
		s->dropped++;
		return;
	}
	s->received++;
	session_act(s, actions);
}

static void on_readable(void *user, unsigned events)
{
	struct bfd_rx *rx = user;

	(void)events;
	for (int i = 0; i < BFD_SLICE; i++) {
		uint8_t data[256];
		struct bfd_heard h;
		ssize_t n = bfd_sock_receive(rx->fd, data, sizeof(data), &h);

		if (n < 0)
			return;
		rx_packet(rx, data, (size_t)n, &h);
	}
}

/* ---- sockets ---- */

/* A failure is said once, when it begins. */
static void say_socket(int *kept, int err, const char *what, const char *name)
{
	if (err && err != *kept)
		log_warn("bfd", "BFD_Instance(%s): %s: %s; it stays down, trying again every %d s", name, what, strerrordesc_np(err),
		         (int)(BFD_RETRY / USEC_PER_SEC));
	*kept = err;
}

static void rx_open(struct bfd_rx *rx, const char *name)
{
	if (rx->fd >= 0)
		return;
	rx->fd = bfd_sock_open_rx(rx->family, rx->multihop);
	say_socket(&rx->error, rx->fd < 0 ? errno : 0, rx->multihop ? "cannot have port 4784" : "cannot have port 3784", name);
	if (rx->fd >= 0)
		loop_io_set(rx->owner->loop, &rx->io, rx->fd, LOOP_READ);
}

static void rx_close(struct bfd_rx *rx)
{
	if (rx->fd < 0)
		return;
	rx_unfilter(rx);
	loop_io_stop(rx->owner->loop, &rx->io);
	close(rx->fd);
	rx->fd = -1;
}

static void session_open(struct bfd_session *s)
{
	struct bfd *b = s->owner;

	rx_open(rx_of(b, &s->conf), s->conf.name);
	if (s->tx < 0) {
		s->tx = bfd_sock_open_tx(&s->conf.path, s->seed);
		say_socket(&s->error, s->tx < 0 ? errno : 0, "cannot send", s->conf.name);
		s->ifindex = s->conf.path.interface[0] ? bfd_sock_ifindex(s->conf.path.interface) : 0;
	}
	if (s->tx < 0 || rx_of(b, &s->conf)->fd < 0)
		loop_timer_set(b->loop, &b->retry, usec_add(mono_now(), BFD_RETRY));
}

static void on_retry(void *user)
{
	struct bfd *b = user;
	struct bfd_session *s;

	TAILQ_FOREACH(s, &b->sessions, entry)
		session_open(s);
}

static void session_close(struct bfd_session *s)
{
	loop_timer_stop(s->owner->loop, &s->timer);
	loop_timer_stop(s->owner->loop, &s->settle);
	if (s->tx >= 0)
		close(s->tx);
	s->tx = -1;
}

/* ---- who is there ---- */

static uint32_t new_disc(struct bfd *b)
{
	struct bfd_session *s;
	uint32_t disc = 0;

	while (disc == 0) {
		if (getrandom(&disc, sizeof(disc), GRND_NONBLOCK) != sizeof(disc))
			disc = next_random(b);
		TAILQ_FOREACH(s, &b->sessions, entry)
			if (s->fsm.my_disc == disc)
				disc = 0;
	}
	return disc;
}

static struct bfd_session *session_named(const struct bfd *b, const char *name)
{
	struct bfd_session *s;

	TAILQ_FOREACH(s, &b->sessions, entry)
		if (strcmp(s->conf.name, name) == 0)
			return s;
	return NULL;
}

static void session_begin(struct bfd_session *s, const struct bfd_conf *c, const struct bfd_kept *k)
{
	struct bfd *b = s->owner;

	s->conf = *c;
	s->seed = k ? k->seed : next_random(b);
	s->known = s->alive = k != NULL;
	if (k)
		bfd_fsm_resume(&s->fsm, &c->fsm, &k->life, mono_now());
	else
		bfd_fsm_init(&s->fsm, &c->fsm, new_disc(b), mono_now());
	rx_unfilter(rx_of(b, c)); /* its neighbor is to be heard */
	session_open(s);
	loop_timer_set(b->loop, &s->timer, bfd_fsm_deadline(&s->fsm));
	loop_timer_set(b->loop, &s->settle, usec_add(mono_now(), c->fsm.mult * s->fsm.desired_tx));
}

/* Tell the other end that this is meant, then begin anew. */
static void session_restart(struct bfd_session *s, const struct bfd_conf *c)
{
	session_act(s, bfd_fsm_admin_down(&s->fsm));
	session_close(s);
	session_begin(s, c, NULL);
}

static bool same_path(const struct bfd_path *a, const struct bfd_path *b)
{
	return addr_cmp(&a->neighbor, &b->neighbor) == 0 && addr_cmp(&a->source, &b->source) == 0 &&
	       a->multihop == b->multihop && a->ttl == b->ttl && strcmp(a->interface, b->interface) == 0;
}

static bool same_ends(const struct bfd_conf *a, const struct bfd_conf *b)
{
	return same_path(&a->path, &b->path) && a->fsm.passive == b->fsm.passive;
}

/* Is what another life kept recent, and of this session? */
static bool is_of(const struct bfd_kept *k, const struct bfd_conf *c)
{
	usec_t age = mono_now() - k->at;

	return age >= 0 && age < BFD_KEPT_LASTS && same_path(&k->path, &c->path) && k->life.my_disc && k->life.your_disc;
}

bool bfd_put(struct bfd *b, const struct bfd_conf *c)
{
	return bfd_put_kept(b, c, NULL);
}

bool bfd_put_kept(struct bfd *b, const struct bfd_conf *c, const struct bfd_kept *k)
{
	struct bfd_session *s = session_named(b, c->name);

	if (s && same_ends(&s->conf, c)) {
		s->conf = *c;
		bfd_fsm_reconf(&s->fsm, &c->fsm, mono_now());
		loop_timer_set(b->loop, &s->timer, bfd_fsm_deadline(&s->fsm));
		return true;
	}
	if (s) {
		session_restart(s, c);
		return true;
	}
	s = calloc(1, sizeof(*s));
	if (!s)
		return false;
	s->owner = b;
	s->tx = -1;
	loop_timer_init(&s->timer, LOOP_URGENT, on_timer, s);
	loop_timer_init(&s->settle, LOOP_QUEUED, on_settled, s);
	session_begin(s, c, k && is_of(k, c) ? k : NULL);
	TAILQ_INSERT_TAIL(&b->sessions, s, entry);
	return true;
}

static void session_free(struct bfd_session *s)
{
	if (bfd_fsm_admin_down(&s->fsm) & BFD_ACT_SEND)
		session_send(s, false);
	session_close(s);
	TAILQ_REMOVE(&s->owner->sessions, s, entry);
	free(s);
}

void bfd_remove(struct bfd *b, const char *name)
{
	struct bfd_session *s = session_named(b, name);

	if (s)
		session_free(s);
	if (TAILQ_EMPTY(&b->sessions))
		for (size_t i = 0; i < sizeof(b->rx) / sizeof(b->rx[0]); i++)
			rx_close(&b->rx[i]);
}

bool bfd_keep(const struct bfd *b, const char *name, struct bfd_kept *out)
{
	const struct bfd_session *s = session_named(b, name);

	memset(out, 0, sizeof(*out));
	if (!s || !bfd_fsm_life(&s->fsm, &out->life))
		return false;
	memcpy(out->name, s->conf.name, sizeof(out->name));
	out->path = s->conf.path;
	out->seed = s->seed;
	out->at = mono_now();
	return true;
}

bool bfd_get(const struct bfd *b, const char *name, struct bfd_report *out)
{
	const struct bfd_session *s = session_named(b, name);

	if (s)
		session_report(s, out);
	return s != NULL;
}

void bfd_each(const struct bfd *b, void (*fn)(void *user, const struct bfd_report *r), void *user)
{
	struct bfd_report r;
	struct bfd_session *s;

	TAILQ_FOREACH(s, &b->sessions, entry) {
		session_report(s, &r);
		fn(user, &r);
	}
}

struct bfd *bfd_new(struct loop *l, const struct bfd_observer *o)
{
	struct bfd *b = calloc(1, sizeof(*b));

	if (!b)
		return NULL;
	b->loop = l;
	b->observer = *o;
	TAILQ_INIT(&b->sessions);
	loop_timer_init(&b->retry, LOOP_QUEUED, on_retry, b);
	for (size_t i = 0; i < sizeof(b->rx) / sizeof(b->rx[0]); i++) {
		b->rx[i] = (struct bfd_rx){ .owner = b, .family = i < 2 ? AF_INET : AF_INET6, .multihop = i & 1, .fd = -1 };
		loop_io_init(&b->rx[i].io, LOOP_URGENT, on_readable, &b->rx[i]);
		loop_timer_init(&b->rx[i].calm, LOOP_QUEUED, rx_unfilter, &b->rx[i]);
	}
	if (getrandom(&b->random, sizeof(b->random), GRND_NONBLOCK) != sizeof(b->random) || b->random == 0)
		b->random = (uint32_t)mono_now() | 1;
	return b;
}

void bfd_free(struct bfd *b)
{
	struct bfd_session *s;

	if (!b)
		return;
	while ((s = TAILQ_FIRST(&b->sessions)))
		session_free(s);
	for (size_t i = 0; i < sizeof(b->rx) / sizeof(b->rx[0]); i++)
		rx_close(&b->rx[i]);
	loop_timer_stop(b->loop, &b->retry);
	free(b);
}
