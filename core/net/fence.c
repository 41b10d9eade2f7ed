/*
 * The loop's side of the fence (fence.h). Owns the list of addresses and who wants each; relies on fence_nl.c for the kernel.
 *
 * While the table is yet to be made, or could not be, wishes are only noted: whoever makes it puts all of them in.
 */
#include "config.h"

#include "core/net/fence.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <linux/netfilter/nfnetlink.h>
#include <uthash.h>

#include "core/base/log.h"
#include "core/net/fence_nl.h"

#define RETRY_AFTER (5 * USEC_PER_SEC)
#define REBUILD_PACE USEC_PER_SEC

struct post {
	struct fence_addr at; /* hashed */
	unsigned owners;
	bool sent;
	UT_hash_handle hh;
};

struct wish {
	const void *owner;
	struct fence_addr *list;
	size_t n;
	struct wish *next;
};

struct fence {
	struct loop *loop;
	struct nl *nl;
	struct fence_conf conf;
	bool configured;
	struct post *posts;
	struct wish *wishes;
	struct nl_monitor *monitor;
	uint32_t port;            /* whose changes are our own; 0: none were made yet */
	struct loop_item rebuild;
	struct loop_timer again;
	bool pending;             /* the table is yet to be made */
	bool failed;
	uint64_t rebuilt;
	void (*stopped)(void *user);
	void *user;
	usec_t rebuilt_at;
};

/* ---- the table ---- */

static void watch(struct fence *f);

static void later(struct fence *f, usec_t at)
{
	f->pending = true;
	loop_timer_set(f->loop, &f->again, at);
}

static void on_rebuilt(void *user, struct fence_job *j)
{
	struct fence *f = user;

	f->port = j->port;
	if (f->stopped) {
		f->stopped(f->user); /* may free f */
		return;
	}
	if (!j->err) {
		if (f->failed)
			log_notice("net", "packets to addresses with no_accept are dropped again: table inet %s is there", f->conf.table);
		f->failed = false;
		watch(f);
		return;
	}
	if (!f->failed && j->err == EEXIST)
		log_err("net", "no_accept has no effect: a table inet %s is there that is not ours; name another with `nftables`",
		        j->conf.table);
	else if (!f->failed && j->conf.table[0])
		log_err("net", "no_accept has no effect: the kernel refused table inet %s: %s; trying again every 5 s", j->conf.table,
		        strerror(j->err));
	if (!j->conf.table[0])
		return; /* a kernel without nf_tables has no table of ours either */
	f->failed = true;
	later(f, usec_add(mono_now(), RETRY_AFTER));
}

static void rebuild(void *user)
{
	struct fence *f = user;
	struct fence_job j = { .step = FENCE_REBUILD, .conf = f->conf, .done = on_rebuilt, .user = f };
	struct post *p, *tmp;

	loop_timer_stop(f->loop, &f->again);
	j.list = calloc(HASH_COUNT(f->posts) + 1, sizeof(*j.list));
	if (j.list) {
		HASH_ITER(hh, f->posts, p, tmp) {
			j.list[j.n++] = p->at;
			p->sent = true;
		}
	}
	f->pending = false;
	if (j.list && fence_job_submit(f->nl, &j) == 0)
		return;
	free(j.list);
	if (f->stopped)
		f->stopped(f->user);
	else
		later(f, usec_add(mono_now(), RETRY_AFTER));
}

/* ---- news ---- */

static void rebuild_soon(struct fence *f)
{
	if (!f->pending && !f->stopped)
		later(f, usec_max(mono_now(), f->rebuilt_at + REBUILD_PACE));
}

static void on_news(struct nlmsghdr *h, void *user)
{
	struct fence *f = user;

	if (f->pending || !fence_is_loss(h, f->conf.table, f->port))
		return;
	log_warn("net", "somebody took away from table inet %s, which drops packets to addresses with no_accept: making it again",
	         f->conf.table);
	f->rebuilt++;
	rebuild_soon(f);
	f->rebuilt_at = mono_now();
}

static void on_doubt(void *user)
{
	rebuild_soon(user);
}

static void watch(struct fence *f)
{
	static const int groups[] = { NFNLGRP_NFTABLES, 0 };

	if (!f->conf.table[0]) {
		nl_monitor_free(f->monitor);
		f->monitor = NULL;
	} else if (!f->monitor) {
		f->monitor = nl_monitor_new_of(f->nl, NL_FILTER, groups, on_news, on_doubt, f);
		if (!f->monitor)
			log_warn("net", "the kernel does not tell of changes to table inet %s: %s", f->conf.table, strerror(errno));
	}
}

/* ---- wishes ---- */

static struct post *post_of(struct fence *f, const struct fence_addr *a, bool make)
{
	struct post *p;

	HASH_FIND(hh, f->posts, a, sizeof(*a), p);
	if (p || !make)
		return p;
	p = calloc(1, sizeof(*p));
	if (!p)
		return NULL;
	p->at = *a;
	HASH_ADD(hh, f->posts, at, sizeof(p->at), p);
	return p;
}

static struct wish *wish_of(struct fence *f, const void *owner)
{
	struct wish *w = f->wishes;

	while (w && w->owner != owner)
		w = w->next;
	if (w)
		return w;
	w = calloc(1, sizeof(*w));
	if (!w)
		return NULL;
	w->owner = owner;
	w->next = f->wishes;
	f->wishes = w;
	return w;
}

static void on_changed(void *user, struct fence_job *j)
{
	struct fence *f = user;

	f->port = j->port;
	if (j->err && !f->pending) {
		log_err("net", "the kernel refused to change table inet %s: %s; making it again", j->conf.table, strerror(j->err));
		rebuild_soon(f);
	}
}

/* Takes over the list. */
static void send_some(struct fence *f, enum fence_step step, struct fence_addr *list, size_t n)
{
	struct fence_job j = { .step = step, .conf = f->conf, .list = list, .n = n, .done = on_changed, .user = f };

	if (n > 0 && !f->pending && f->conf.table[0]) {
		if (fence_job_submit(f->nl, &j) == 0)
			return;
		rebuild_soon(f);
	}
	free(list);
}

/* What of `list` is new in the kernel, or wanted by nobody any more: in `out`, which has room. */
static size_t gather(struct fence *f, const struct fence_addr *list, size_t n, bool gone, struct fence_addr *out)
{
	size_t n_out = 0;

	for (size_t i = 0; i < n; i++) {
		struct post *p = post_of(f, &list[i], false);

		if (!p || (gone ? p->owners > 0 : p->sent))
			continue;
		if (!gone || p->sent)
			out[n_out++] = p->at;
		p->sent = true;
		if (gone) {
			HASH_DEL(f->posts, p);
			free(p);
		}
	}
	return n_out;
}

void fence_want(struct fence *f, const void *owner, const struct fence_addr *list, size_t n)
{
	struct wish *w = wish_of(f, owner);
	struct fence_addr *now = calloc(n + 1, sizeof(*now)), *come = calloc(n + 1, sizeof(*come));
	struct fence_addr *gone = w ? calloc(w->n + 1, sizeof(*gone)) : NULL;

	if (!w || !now || !come || !gone) {
		log_err("net", "no memory to drop packets to %zu addresses with no_accept", n);
		free(now);
		free(come);
		free(gone);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		struct post *p = post_of(f, &list[i], true);

		now[i] = list[i];
		if (p)
			p->owners++;
	}
	for (size_t i = 0; i < w->n; i++) {
		struct post *p = post_of(f, &w->list[i], false);

		if (p)
			p->owners--;
	}
	if (f->pending) { /* whoever makes the table sends them */
		gather(f, w->list, w->n, true, gone);
		free(come);
		free(gone);
	} else {
		/* By name, an interface that came back with another number is one and the same element: out before in. */
		send_some(f, FENCE_DELETE, gone, gather(f, w->list, w->n, true, gone));
		send_some(f, FENCE_ADD, come, gather(f, now, n, false, come));
	}
	free(w->list);
	w->list = now;
	w->n = n;
}

/* ---- life ---- */

void fence_configure(struct fence *f, const struct fence_conf *c)
{
	if (f->configured && memcmp(&f->conf, c, sizeof(*c)) == 0)
		return;
	f->configured = true;
	f->conf = *c;
	f->pending = true;
	loop_item_post(f->loop, &f->rebuild);
}

void fence_stop(struct fence *f, void (*done)(void *user), void *user)
{
	f->stopped = done;
	f->user = user;
	f->conf.table[0] = '\0';
	f->pending = true;
	loop_item_post(f->loop, &f->rebuild);
}

void fence_count(const struct fence *f, struct fence_counts *out)
{
	*out = (struct fence_counts){ .addrs = HASH_COUNT(f->posts), .rebuilt = f->rebuilt };
}

struct fence *fence_new(struct loop *l, struct nl *nl)
{
	struct fence *f = calloc(1, sizeof(*f));

	if (!f)
		return NULL;
	f->loop = l;
	f->nl = nl;
	f->rebuilt_at = -REBUILD_PACE;
	loop_item_init(&f->rebuild, rebuild, f);
	loop_timer_init(&f->again, LOOP_QUEUED, rebuild, f);
	return f;
}

void fence_free(struct fence *f)
{
	struct post *p, *tmp;

	if (!f)
		return;
	loop_item_cancel(f->loop, &f->rebuild);
	loop_timer_stop(f->loop, &f->again);
	nl_monitor_free(f->monitor);
	HASH_ITER(hh, f->posts, p, tmp) {
		HASH_DEL(f->posts, p);
		free(p);
	}
	while (f->wishes) {
		struct wish *w = f->wishes;

		f->wishes = w->next;
		free(w->list);
		free(w);
	}
	free(f);
}
