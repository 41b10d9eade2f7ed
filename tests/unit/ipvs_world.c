/*
 * See ipvs_world.h. Takes the place of core/loop, core/nl, core/net and ipvs_nl.c at link time.
 */
#include "config.h"

#include "tests/unit/ipvs_world.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/ipvs/alloc.h"
#include "core/ipvs/reuse.h"
#include "core/net/netmon.h"

struct world world;

static struct loop_item *items;
static struct loop_timer *timers[8];
static struct nl_job *waiting, *ran;

void world_drop_jobs(void)
{
	while (waiting || ran) {
		struct nl_job **list = waiting ? &waiting : &ran, *job = *list;

		*list = job->next;
		job->drop(job);
	}
}

void world_reset(void)
{
	world_drop_jobs();
	ipvs_table_clear(&world.kernel);
	memset(&world, 0, sizeof(world));
	memset(timers, 0, sizeof(timers));
	items = NULL;
}

/* ---- the loop ---- */

usec_t mono_now(void)
{
	return world.now;
}

void loop_item_init(struct loop_item *it, void (*fn)(void *user), void *user)
{
	*it = (struct loop_item){ .fn = fn, .user = user };
}

void loop_item_post(struct loop *l, struct loop_item *it)
{
	struct loop_item **at = &items;

	(void)l;
	if (it->queued)
		return;
	while (*at)
		at = &(*at)->next;
	it->next = NULL;
	it->queued = true;
	*at = it;
}

void loop_item_cancel(struct loop *l, struct loop_item *it)
{
	struct loop_item **at = &items;

	(void)l;
	while (*at && *at != it)
		at = &(*at)->next;
	if (*at)
		*at = it->next;
	it->queued = false;
}

void loop_timer_init(struct loop_timer *t, enum loop_class cls, void (*fn)(void *user), void *user)
{
	*t = (struct loop_timer){ .fn = fn, .user = user, .due = USEC_NEVER, .cls = cls };
}

void loop_timer_stop(struct loop *l, struct loop_timer *t)
{
	(void)l;
	t->due = USEC_NEVER;
	for (size_t i = 0; i < 8; i++)
		if (timers[i] == t)
			timers[i] = NULL;
}

void loop_timer_set(struct loop *l, struct loop_timer *t, usec_t due)
{
	loop_timer_stop(l, t);
	t->due = due;
	for (size_t i = 0; i < 8; i++)
		if (!timers[i]) {
			timers[i] = t;
			return;
		}
	abort();
}

/* ---- the kernel thread ---- */

static void append(struct nl_job **list, struct nl_job *job)
{
	while (*list)
		list = &(*list)->next;
	job->next = NULL;
	*list = job;
}

void nl_submit(struct nl *nl, struct nl_job *job)
{
	(void)nl;
	job->submitted = world.now;
	append(&waiting, job);
}

size_t world_jobs(void)
{
	size_t n = 0;

	for (struct nl_job *j = waiting; j; j = j->next)
		n++;
	return n;
}

bool world_run_job(void)
{
	struct nl_job **at = &waiting, *job;

	while (*at && (*at)->cls != LOOP_URGENT)
		at = &(*at)->next;
	if (!*at)
		at = &waiting;
	job = *at;
	if (!job)
		return false;
	*at = job->next;
	job->run(NULL, job);
	append(&ran, job);
	return true;
}

void world_run_loop(void)
{
	struct nl_job *job;
	struct loop_item *it;

	for (;;) {
		if ((job = ran)) {
			ran = job->next;
			job->done(job);
		} else if ((it = items)) {
			items = it->next;
			it->queued = false;
			it->fn(it->user);
		} else {
			return;
		}
	}
}

static struct loop_timer *first_timer(void)
{
	struct loop_timer *first = NULL;

	for (size_t i = 0; i < 8; i++)
		if (timers[i] && (!first || timers[i]->due < first->due))
			first = timers[i];
	return first;
}

void world_run(usec_t dur)
{
	usec_t end = world.now + dur;
	struct loop_timer *t;

	for (;;) {
		do
			world_run_loop();
		while (world_run_job());
		t = first_timer();
		if (!t || t->due > end)
			break;
		world.now = usec_max(world.now, t->due);
		loop_timer_stop(NULL, t);
		t->fn(t->user);
	}
	world.now = end;
}

bool netmon_is_local(const struct netmon *m, const struct addr *a)
{
	(void)m;
	return addr_cmp(a, &world.local) == 0;
}

/* The host's own sysctl is not touched by tests. */
int ipvs_reuse_allow(void)
{
	return ++world.reuse == 1 ? 0 : EALREADY;
}

/* ---- IPVS ---- */

struct ipvs_entry *world_service(const struct service_key *key)
{
	for (size_t i = 0; i < world.kernel.n; i++)
		if (service_key_cmp(&world.kernel.entries[i]->key, key) == 0)
			return world.kernel.entries[i];
	return NULL;
}

int32_t world_weight(const struct service_key *key, const struct endpoint *server)
{
	const struct ipvs_entry *e = world_service(key);
	const struct ipvs_dest *d = e ? ipvs_entry_find(e, server) : NULL;

	return d ? d->weight : -1;
}

/* What a fault makes of this request; 0: nothing. */
static int fault(void)
{
	unsigned at = world.requests++;

	return at >= world.fault.first && at - world.fault.first < world.fault.n ? world.fault.err : 0;
}

int ipvs_nl_list(struct nl_ctx *ctx, struct ipvs_table *out)
{
	int err = fault();

	(void)ctx;
	memset(out, 0, sizeof(*out));
	world.lists++;
	if (err)
		return err;
	if (world.absent || world.list_err)
		return world.absent ? EOPNOTSUPP : world.list_err;
	for (size_t i = 0; i < world.kernel.n; i++) {
		struct ipvs_entry *e = ipvs_entry_copy(world.kernel.entries[i]);

		e->n = 0;
		ipvs_table_add(out, e);
	}
	ipvs_table_sort(out);
	return 0;
}

int ipvs_nl_list_dests(struct nl_ctx *ctx, struct ipvs_entry *e)
{
	const struct ipvs_entry *k = world_service(&e->key);
	int err = fault();

	(void)ctx;
	world.dest_lists++;
	e->n = 0;
	if (err) { /* cut off in the middle */
		if (k && k->n)
			*ipvs_entry_add(e, &k->dests[0].server) = k->dests[0];
		return err;
	}
	if (world.absent)
		return EOPNOTSUPP;
	e->n = 0;
	for (size_t i = 0; k && i < k->n; i++)
		*ipvs_entry_add(e, &k->dests[i].server) = k->dests[i];
	return 0;
}

/* Every server of the world has carried as many connections as its port says, every service one for each of them. */
int ipvs_nl_stat_services(struct nl_ctx *ctx, struct ipvs_stats *out)
{
	int err = fault();

	(void)ctx;
	if (err || world.absent)
		return err ? err : EOPNOTSUPP;
	for (size_t i = 0; i < world.kernel.n; i++) {
		struct ipvs_stat *s = ipvs_stats_add(out);

		s->key.service = world.kernel.entries[i]->key;
		s->counters.conns = world.kernel.entries[i]->n;
	}
	return 0;
}

int ipvs_nl_stat_servers(struct nl_ctx *ctx, const struct service_key *k, struct ipvs_stats *out)
{
	const struct ipvs_entry *e = world_service(k);
	int err = fault();

	(void)ctx;
	world.stat_lists++;
	if (err || world.absent)
		return err ? err : EOPNOTSUPP;
	for (size_t i = 0; e && i < e->n; i++) {
		struct ipvs_stat *s = ipvs_stats_add(out);

		s->key.service = *k;
		s->key.server = e->dests[i].server;
		s->conns = e->dests[i].conns;
		s->counters.conns = e->dests[i].server.port;
	}
	return 0;
}

static int apply_service(const struct ipvs_op *op, struct ipvs_entry *e)
{
	struct ipvs_dest *dests;
	size_t n, cap;

	if (op->kind == IPVS_OP_NEW_SERVICE) {
		if (e)
			return EEXIST;
		e = ipvs_entry_copy(op->service);
		e->n = 0;
		ipvs_table_add(&world.kernel, e);
		ipvs_table_sort(&world.kernel);
		return 0;
	}
	if (!e)
		return ESRCH;
	if (op->kind == IPVS_OP_EDIT_SERVICE) {
		dests = e->dests;
		n = e->n;
		cap = e->cap;
		*e = *op->service;
		e->dests = dests;
		e->n = n;
		e->cap = cap;
		return 0;
	}
	for (size_t i = 0; i < world.kernel.n; i++)
		if (world.kernel.entries[i] == e) {
			ipvs_entry_free(e);
			memmove(&world.kernel.entries[i], &world.kernel.entries[i + 1],
			        (--world.kernel.n - i) * sizeof(struct ipvs_entry *));
			break;
		}
	return 0;
}

static int apply_dest(const struct ipvs_op *op, struct ipvs_entry *e)
{
	const struct ipvs_dest *d = e ? ipvs_entry_find(e, &op->dest->server) : NULL;

	if (!e)
		return ESRCH;
	if (op->kind == IPVS_OP_NEW_DEST) {
		if (d)
			return EEXIST;
		*ipvs_entry_add(e, &op->dest->server) = *op->dest;
		ipvs_entry_sort(e);
		return 0;
	}
	if (!d)
		return ENOENT;
	if (op->kind == IPVS_OP_EDIT_DEST)
		e->dests[d - e->dests] = *op->dest;
	else
		memmove(&e->dests[d - e->dests], d + 1, (--e->n - (size_t)(d - e->dests)) * sizeof(*d));
	return 0;
}

static int apply_one(const struct ipvs_op *op)
{
	struct ipvs_entry *e = world_service(&op->service->key);

	world.ops++;
	world.now += world.op_takes;
	if (world.absent)
		return EOPNOTSUPP;
	if (!op->dest) {
		if (op->kind != IPVS_OP_DEL_SERVICE && world.refuse_scheduler[0] &&
		    strcmp(op->service->scheduler, world.refuse_scheduler) == 0)
			return world.refuse_err;
		return apply_service(op, e);
	}
	if (world.refuse.addr.family && endpoint_cmp(&world.refuse, &op->dest->server) == 0)
		return world.refuse_err;
	return apply_dest(op, e);
}

int ipvs_nl_apply(struct nl_ctx *ctx, const struct ipvs_plan *plan, int *errs)
{
	(void)ctx;
	for (size_t i = 0; i < plan->n; i++) {
		int err = fault();

		errs[i] = err && !world.fault.done ? err : apply_one(&plan->ops[i]);
		if (err)
			errs[i] = err;
	}
	return 0;
}

int ipvs_nl_set_timeouts(struct nl_ctx *ctx, uint32_t tcp, uint32_t tcpfin, uint32_t udp)
{
	int err = fault();

	(void)ctx;
	if (world.absent)
		return EOPNOTSUPP;
	if (world.timeouts_err)
		return world.timeouts_err;
	if (err && !world.fault.done)
		return err;
	world.timeouts[0] = tcp ? tcp : world.timeouts[0];
	world.timeouts[1] = tcpfin ? tcpfin : world.timeouts[1];
	world.timeouts[2] = udp ? udp : world.timeouts[2];
	return err;
}

/* ---- sync daemon ---- */

int ipvs_nl_list_daemons(struct nl_ctx *ctx, struct ipvs_nl_daemon out[IPVS_NL_DAEMONS], size_t *n)
{
	int err = fault();

	(void)ctx;
	*n = 0;
	if (world.absent)
		return EOPNOTSUPP;
	*n = err && world.n_daemons ? 1 : world.n_daemons; /* cut off in the middle */
	memcpy(out, world.daemons, *n * sizeof(*out));
	return err;
}

/* The request's own way to say that there is nothing to do; ipvs_nl.c makes a success of it. */
static int fault_unless(int success)
{
	int err = fault();

	return err == success ? 0 : err;
}

int ipvs_nl_start_daemon(struct nl_ctx *ctx, const struct ipvs_nl_daemon *d)
{
	int err = fault_unless(EEXIST);

	(void)ctx;
	world.daemon_ops++;
	if (err && !world.fault.done)
		return err;
	if (world.n_daemons == IPVS_NL_DAEMONS)
		return EINVAL;
	world.daemons[world.n_daemons++] = *d;
	return err;
}

int ipvs_nl_stop_daemon(struct nl_ctx *ctx, enum ipvs_role half)
{
	int err = fault_unless(ESRCH);

	(void)ctx;
	world.daemon_ops++;
	for (size_t i = 0; i < world.n_daemons && (!err || world.fault.done); i++)
		if (world.daemons[i].half == half)
			world.daemons[i] = world.daemons[--world.n_daemons];
	return err;
}
