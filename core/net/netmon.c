/*
 * The monitor of interfaces and addresses: the cache, the notifications that keep it current, and the dumps that
 * begin it and mend it after an overrun.
 *
 * One dump is under way at most. An overrun meanwhile makes that dump worthless (notifications that it relies on
 * are lost), so its result is thrown away and another is asked for. Results are merged in slices, as an item of
 * the run queue each.
 */
#include "config.h"

#include "core/net/netmon.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <linux/rtnetlink.h>

#include "core/base/log.h"
#include "core/net/cache.h"
#include "core/net/dump_nl.h"
#include "core/net/link_delay.h"
#include "core/net/parse_nl.h"

#define NETMON_SLICE ((usec_t)200)
#define NETMON_RETRY USEC_PER_SEC
#define NETMON_LOG_EVERY (10 * USEC_PER_SEC)

/* Owned by the kernel room until it has arrived; without `netmon` where that has been freed meanwhile. */
struct netmon_dump {
	struct nl_job job; /* first */
	struct netmon *netmon;
	bool arrived;
	struct net_dump found;
	int err;
};

struct netmon {
	struct loop *loop;
	struct nl *nl;
	struct nl_monitor *monitor;
	struct cache cache;
	struct netmon_observer *observers;
	struct netmon_observer *next_observer; /* while they are being told */
	struct netmon_dump *dump;              /* under way, or being merged */
	size_t merged_links, merged_addrs;
	bool merged;  /* all of it: the sweep is on */
	bool again;   /* an overrun since the dump was asked for */
	bool ready;
	bool failing; /* the last dump failed, and that has been said */
	struct loop_item slice;
	struct loop_timer retry, delay_timer;
	struct link_delays delays;
	struct log_limit overrun_lines;
};

/* ---- observers ---- */

static void netmon_tell_link(void *user, const struct net_link *link, bool gone)
{
	struct netmon *m = user;

	for (struct netmon_observer *o = m->observers; o; o = m->next_observer) {
		m->next_observer = o->next;
		if (o->link)
			o->link(o->user, link, gone);
	}
}

static void netmon_tell_addr(void *user, const struct net_addr *addr, bool gone)
{
	struct netmon *m = user;

	for (struct netmon_observer *o = m->observers; o; o = m->next_observer) {
		m->next_observer = o->next;
		if (o->addr)
			o->addr(o->user, addr, gone);
	}
}

static void netmon_tell_ready(struct netmon *m)
{
	for (struct netmon_observer *o = m->observers; o; o = m->next_observer) {
		m->next_observer = o->next;
		if (o->ready)
			o->ready(o->user);
	}
}

void netmon_observe(struct netmon *m, struct netmon_observer *o)
{
	struct netmon_observer **at = &m->observers;

	while (*at)
		at = &(*at)->next;
	o->next = NULL;
	*at = o;
}

void netmon_unobserve(struct netmon *m, struct netmon_observer *o)
{
	struct netmon_observer **at = &m->observers;

	while (*at && *at != o)
		at = &(*at)->next;
	if (!*at)
		return;
	*at = o->next;
	if (m->next_observer == o)
		m->next_observer = o->next;
	o->next = NULL;
}

/* ---- notifications ---- */

static void netmon_delay_link(struct netmon *m, struct net_link *link)
{
	link_delays_pass(&m->delays, link, mono_now());
	loop_timer_set(m->loop, &m->delay_timer, link_delays_due(&m->delays));
}

static void netmon_delay_over(void *user)
{
	struct netmon *m = user;
	struct net_link link;

	while (link_delays_take(&m->delays, mono_now(), &link))
		cache_put_link(&m->cache, &link);
	loop_timer_set(m->loop, &m->delay_timer, link_delays_due(&m->delays));
}

void netmon_set_delays(struct netmon *m, const struct net_delay *list, size_t n)
{
	if (!link_delays_set(&m->delays, list, n))
		log_err("net", "no memory for the delays of %zu interfaces: the ones before stay", n);
	for (size_t i = 0; i < n; i++) {
		const struct net_link *known = netmon_link_by_name(m, list[i].ifname);

		if (known)
			link_delays_seed(&m->delays, known);
	}
	loop_timer_set(m->loop, &m->delay_timer, link_delays_due(&m->delays));
}

static void netmon_message(struct nlmsghdr *h, void *user)
{
	struct netmon *m = user;
	struct net_addr_peer addr;
	struct net_link link;

	if (parse_link(h, &link)) {
		if (h->nlmsg_type == RTM_NEWLINK) {
			netmon_delay_link(m, &link);
			cache_put_link(&m->cache, &link);
		} else {
			link_delays_gone(&m->delays, link.ifindex);
			cache_drop_link(&m->cache, link.ifindex);
		}
	} else if (parse_addr(h, &addr)) {
		if (h->nlmsg_type == RTM_NEWADDR)
			cache_put_addr(&m->cache, &addr);
		else
			cache_drop_addr(&m->cache, &addr);
	}
}

/* ---- dumps ---- */

static void netmon_dump_free(struct netmon_dump *d)
{
	if (!d)
		return;
	net_dump_free(&d->found);
	free(d);
}

static void netmon_dump_run(struct nl_ctx *ctx, struct nl_job *job)
{
	struct netmon_dump *d = (struct netmon_dump *)job;

	d->err = net_dump_run(ctx, &d->found);
}

static void netmon_dump_drop(struct nl_job *job)
{
	struct netmon_dump *d = (struct netmon_dump *)job;

	if (d->netmon)
		d->netmon->dump = NULL;
	netmon_dump_free(d);
}

static void netmon_start_dump(struct netmon *m);

static void netmon_end_dump(struct netmon *m)
{
	netmon_dump_free(m->dump);
	m->dump = NULL;
	if (m->again)
		netmon_start_dump(m);
}

static void netmon_dump_failed(struct netmon *m, int err)
{
	if (!m->failing)
		log_warn("net", "The kernel did not list its interfaces and addresses: %s; asking again every second",
		         strerror(err));
	m->failing = true;
	m->again = false;
	cache_end(&m->cache);
	netmon_end_dump(m);
	loop_timer_set(m->loop, &m->retry, usec_add(mono_now(), NETMON_RETRY));
}

static void netmon_dump_done(struct nl_job *job)
{
	struct netmon_dump *d = (struct netmon_dump *)job;
	struct netmon *m = d->netmon;

	d->arrived = true;
	if (!m) {
		netmon_dump_free(d);
	} else if (d->err) {
		netmon_dump_failed(m, d->err);
	} else {
		m->failing = false;
		loop_item_post(m->loop, &m->slice);
	}
}

static void netmon_start_dump(struct netmon *m)
{
	struct netmon_dump *d = calloc(1, sizeof(*d));

	m->again = false;
	loop_timer_stop(m->loop, &m->retry);
	if (!d) {
		loop_timer_set(m->loop, &m->retry, usec_add(mono_now(), NETMON_RETRY));
		return;
	}
	d->job = (struct nl_job){
		.run = netmon_dump_run, .done = netmon_dump_done, .drop = netmon_dump_drop, .cls = LOOP_QUEUED,
	};
	d->netmon = m;
	m->dump = d;
	m->merged_links = 0;
	m->merged_addrs = 0;
	m->merged = false;
	cache_begin(&m->cache);
	nl_submit(m->nl, &d->job);
}

static void netmon_retry(void *user)
{
	netmon_start_dump(user);
}

static void netmon_overrun(void *user)
{
	struct netmon *m = user;
	uint32_t withheld;

	if (log_limit_pass(&m->overrun_lines, mono_now(), 3, NETMON_LOG_EVERY, &withheld))
		log_notice("net", "The kernel dropped notifications about interfaces (%u times more since this was "
		           "last said); listing them afresh", withheld);
	m->again = true;
	if (!m->dump)
		netmon_start_dump(m);
}

/* One step of merging. False: the dump is merged and swept. */
static bool netmon_merge_one(struct netmon *m)
{
	const struct net_dump *found = &m->dump->found;

	if (m->merged_links < found->n_links) {
		struct net_link link = found->links[m->merged_links++];

		netmon_delay_link(m, &link);
		cache_merge_link(&m->cache, &link);
		return true;
	}
	if (m->merged_addrs < found->n_addrs) {
		cache_merge_addr(&m->cache, &found->addrs[m->merged_addrs++]);
		return true;
	}
	if (!m->merged)
		cache_end(&m->cache);
	m->merged = true;
	return cache_sweep(&m->cache);
}

static void netmon_slice(void *user)
{
	struct netmon *m = user;
	usec_t end = mono_now() + NETMON_SLICE;

	if (m->again) {
		netmon_end_dump(m);
		return;
	}
	while (netmon_merge_one(m)) {
		if (mono_now() < end)
			continue;
		loop_item_post(m->loop, &m->slice);
		return;
	}
	netmon_end_dump(m);
	m->ready = true;
	netmon_tell_ready(m);
}

/* ---- life ---- */

struct netmon *netmon_new(struct loop *l, struct nl *nl)
{
	static const int groups[] = { RTNLGRP_LINK, RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR, 0 };
	struct netmon *m = calloc(1, sizeof(*m));

	if (!m)
		return NULL;
	m->loop = l;
	m->nl = nl;
	cache_init(&m->cache, &(struct cache_listener){ netmon_tell_link, netmon_tell_addr, m });
	loop_item_init(&m->slice, netmon_slice, m);
	loop_timer_init(&m->retry, LOOP_QUEUED, netmon_retry, m);
	loop_timer_init(&m->delay_timer, LOOP_QUEUED, netmon_delay_over, m);
	m->monitor = nl_monitor_new(nl, groups, netmon_message, netmon_overrun, m);
	if (!m->monitor) {
		free(m);
		return NULL;
	}
	netmon_start_dump(m);
	return m;
}

void netmon_free(struct netmon *m)
{
	if (!m)
		return;
	nl_monitor_free(m->monitor);
	loop_timer_stop(m->loop, &m->retry);
	loop_timer_stop(m->loop, &m->delay_timer);
	link_delays_free(&m->delays);
	loop_item_cancel(m->loop, &m->slice);
	if (m->dump && !m->dump->arrived)
		m->dump->netmon = NULL;
	else
		netmon_dump_free(m->dump);
	cache_clear(&m->cache);
	free(m);
}

bool netmon_is_ready(const struct netmon *m)
{
	return m->ready;
}

struct nl_monitor *netmon_monitor(struct netmon *m)
{
	return m->monitor;
}

/* ---- lookups ---- */

const struct net_link *netmon_link_by_name(const struct netmon *m, const char *name)
{
	return cache_link_by_name(&m->cache, name);
}

const struct net_link *netmon_link_by_index(const struct netmon *m, int ifindex)
{
	return cache_link_by_index(&m->cache, ifindex);
}

const struct net_addr *netmon_primary_addr(const struct netmon *m, int ifindex, uint8_t family,
                                           const struct addr *exclude, size_t n_exclude)
{
	return cache_primary(&m->cache, ifindex, family, exclude, n_exclude);
}

bool netmon_is_local(const struct netmon *m, const struct addr *a)
{
	return cache_has_host(&m->cache, a);
}

bool netmon_has_addr(const struct netmon *m, int ifindex, const struct prefix *p)
{
	return cache_has_addr(&m->cache, ifindex, p);
}

void netmon_each_link(const struct netmon *m, void (*fn)(void *user, const struct net_link *l), void *user)
{
	cache_each_link(&m->cache, fn, user);
}

void netmon_each_addr(const struct netmon *m, void (*fn)(void *user, const struct net_addr *a), void *user)
{
	cache_each_addr(&m->cache, fn, user);
}
