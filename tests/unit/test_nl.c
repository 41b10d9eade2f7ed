/*
 * The kernel room against a real kernel, in a namespace of its own: batches, acknowledgements, dumps, lost answers; then the
 * thread with its order of jobs, and the monitor.
 */
#include "config.h"

#include "netns.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/genetlink.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>

#include "core/nl/batch.h"
#include "core/nl/ctx.h"
#include "core/nl/queue.h"
#include "core/nl/walk.h"

enum { LO = 1, MANY = 1000 };

static void add_request(struct nl_batch *b, int type, int ifindex, uint32_t host)
{
	struct ifaddrmsg info = { .ifa_family = AF_INET, .ifa_prefixlen = 32, .ifa_index = (unsigned)ifindex };
	struct nl_msg *msg = nlmsg_alloc_simple(type, type == RTM_NEWADDR ? NLM_F_CREATE | NLM_F_EXCL : 0);
	uint32_t be = htonl(host);

	assert_non_null(msg);
	nlmsg_append(msg, &info, sizeof(info), NLMSG_ALIGNTO);
	nla_put(msg, IFA_LOCAL, sizeof(be), &be);
	assert_int_equal(nl_batch_add(b, msg), 0);
	nlmsg_free(msg);
}

static struct nl_batch *many_requests(int type, size_t n)
{
	struct nl_batch *b = nl_batch_new(NL_ROUTE);

	assert_non_null(b);
	for (size_t i = 0; i < n; i++)
		add_request(b, type, LO, 0x0a010000u + (uint32_t)i);
	assert_int_equal(nl_batch_count(b), n);
	return b;
}

/* ---- dumps ---- */

struct counted {
	unsigned addrs, links, restarts;
	int stop_with;
};

static int count_message(struct nlmsghdr *h, void *arg)
{
	struct counted *c = arg;

	c->addrs += h->nlmsg_type == RTM_NEWADDR;
	c->links += h->nlmsg_type == RTM_NEWLINK;
	return c->stop_with;
}

static void count_restart(void *arg)
{
	struct counted *c = arg;

	c->addrs = c->links = 0;
	c->restarts++;
}

static int dump_all(struct nl_ctx *ctx, int type, struct counted *c)
{
	struct nl_msg *msg = nlmsg_alloc_simple(type, 0);
	struct ifaddrmsg addrs = { .ifa_family = AF_INET };
	struct ifinfomsg links = { .ifi_family = AF_UNSPEC };
	int err;

	assert_non_null(msg);
	if (type == RTM_GETADDR)
		nlmsg_append(msg, &addrs, sizeof(addrs), NLMSG_ALIGNTO);
	else
		nlmsg_append(msg, &links, sizeof(links), NLMSG_ALIGNTO);
	err = nl_ctx_dump(ctx, NL_ROUTE, msg, count_message, count_restart, c);
	nlmsg_free(msg);
	return err;
}

static unsigned addrs_there(struct nl_ctx *ctx)
{
	struct counted c = { 0 };

	assert_int_equal(dump_all(ctx, RTM_GETADDR, &c), 0);
	return c.addrs;
}

/* ---- the transport, without thread or loop ---- */

static int ctx_setup(void **state)
{
	struct nl_ctx *ctx = calloc(1, sizeof(*ctx));

	*state = ctx;
	return ctx ? nl_ctx_init(ctx) : -1;
}

static int ctx_teardown(void **state)
{
	nl_ctx_fini(*state);
	free(*state);
	return system("ip -4 addr flush dev lo") != 0;
}

static void test_thousand(void **state)
{
	static const struct { int type; int err; } rounds[] = {
		{ RTM_NEWADDR, 0 }, { RTM_NEWADDR, EEXIST }, { RTM_DELADDR, 0 }, { RTM_DELADDR, EADDRNOTAVAIL },
	};
	unsigned before = addrs_there(*state);
	int errs[MANY];

	for (size_t r = 0; r < N_ELEMENTS(rounds); r++) {
		struct nl_batch *b = many_requests(rounds[r].type, MANY);

		memset(errs, 0xff, sizeof(errs));
		assert_int_equal(nl_ctx_transact(*state, b, errs), 0);
		for (size_t i = 0; i < MANY; i++)
			assert_int_equal(errs[i], rounds[r].err);
		assert_int_equal(addrs_there(*state), before + (r < 2 ? MANY : 0));
		nl_batch_free(b);
	}
}

static void test_failures_find_their_index(void **state)
{
	struct nl_batch *b = nl_batch_new(NL_ROUTE);
	int errs[250];

	for (uint32_t i = 0; i < N_ELEMENTS(errs); i++)
		add_request(b, RTM_NEWADDR, i % 7 == 3 ? 4711 : LO, 0x0a010000u + (i % 11 == 5 ? 0 : i));
	assert_int_equal(nl_ctx_transact(*state, b, errs), 0);
	for (uint32_t i = 0; i < N_ELEMENTS(errs); i++)
		assert_int_equal(errs[i], i % 7 == 3 ? ENODEV : i % 11 == 5 ? EEXIST : 0);
	/* A batch may be sent again. */
	assert_int_equal(nl_ctx_transact(*state, b, errs), 0);
	assert_int_equal(errs[0], EEXIST);
	nl_batch_free(b);
}

static void test_empty_batch(void **state)
{
	struct nl_batch *b = nl_batch_new(NL_ROUTE);

	assert_int_equal(nl_ctx_transact(*state, b, NULL), 0);
	nl_batch_free(b);
}

static void test_lost_answers(void **state)
{
	struct nl_ctx *ctx = *state;
	struct nl_batch *b = many_requests(RTM_NEWADDR, 300);
	unsigned before = addrs_there(ctx), lost = 0;
	int errs[300], smallest = 1, fd = ctx->route.fd;

	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &smallest, sizeof(smallest)), 0);
	assert_int_equal(nl_ctx_transact(ctx, b, errs), EIO);
	for (size_t i = 0; i < N_ELEMENTS(errs); i++) {
		assert_true(errs[i] == 0 || errs[i] == EIO);
		lost += errs[i] == EIO;
		/* Only the first slice met the small buffer: a fresh socket carried the others. */
		assert_true(i < 100 || errs[i] == 0);
	}
	assert_true(lost > 0);
	assert_int_equal(addrs_there(ctx), before + 300); /* carried out all the same */
	nl_batch_free(b);
}

/* Root may send to a netlink port; only what the kernel says counts. */
static void test_forged_answers(void **state)
{
	struct nl_ctx *ctx = *state;
	struct sockaddr_nl to;
	socklen_t len = sizeof(to);
	struct {
		struct nlmsghdr h;
		struct nlmsgerr e;
	} forged = { .h = { .nlmsg_len = sizeof(forged), .nlmsg_type = NLMSG_ERROR }, .e = { .error = -EPERM } };
	struct nl_batch *b = many_requests(RTM_NEWADDR, 1);
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE), err;

	addrs_there(ctx); /* so that the socket has a port */
	assert_int_equal(getsockname(ctx->route.fd, (struct sockaddr *)&to, &len), 0);
	forged.h.nlmsg_seq = ctx->route.seq;
	assert_int_equal(sendto(fd, &forged, sizeof(forged), 0, (struct sockaddr *)&to, len), sizeof(forged));
	assert_int_equal(nl_ctx_transact(ctx, b, &err), 0);
	assert_int_equal(err, 0);
	close(fd);
	nl_batch_free(b);
}

static void test_dump(void **state)
{
	struct counted c = { 0 };
	struct nl_batch *b = many_requests(RTM_NEWADDR, MANY);
	int errs[MANY];

	assert_int_equal(nl_ctx_transact(*state, b, errs), 0);
	assert_int_equal(dump_all(*state, RTM_GETADDR, &c), 0);
	assert_true(c.addrs >= MANY);
	assert_int_equal(c.restarts, 0);
	/* One that is stopped is read to its end, so the next one can begin. */
	c = (struct counted){ .stop_with = ECANCELED };
	assert_int_equal(dump_all(*state, RTM_GETADDR, &c), ECANCELED);
	assert_int_equal(c.addrs, 1);
	c = (struct counted){ 0 };
	assert_int_equal(dump_all(*state, RTM_GETLINK, &c), 0);
	assert_true(c.links >= 1 && c.addrs == 0);
	nl_batch_free(b);
}

static void test_refused_dump(void **state)
{
	struct nl_msg *msg = nlmsg_alloc_simple(RTM_MAX + 1, 0);
	struct counted c = { 0 };

	assert_int_equal(nl_ctx_dump(*state, NL_ROUTE, msg, count_message, NULL, &c), EOPNOTSUPP);
	nlmsg_free(msg);
	addrs_there(*state); /* the next one works */
}

static void test_ask(void **state)
{
	struct ifinfomsg info = { .ifi_index = LO };
	struct nl_msg *msg = nlmsg_alloc_simple(RTM_GETLINK, 0);
	struct counted c = { 0 };

	nlmsg_append(msg, &info, sizeof(info), NLMSG_ALIGNTO);
	assert_int_equal(nl_ctx_ask(*state, NL_ROUTE, msg, count_message, &c), 0);
	assert_int_equal(c.links, 1);
	((struct ifinfomsg *)NLMSG_DATA(nlmsg_hdr(msg)))->ifi_index = 4711;
	assert_int_equal(nl_ctx_ask(*state, NL_ROUTE, msg, count_message, &c), ENODEV);
	nlmsg_free(msg);
}

/* Whether or not this kernel has IPVS: it is not asked for every job. */
static void test_ipvs_is_asked_rarely(void **state)
{
	struct nl_ctx *ctx = *state;
	uint16_t first = nl_ctx_ipvs(ctx);

	for (int i = 0; i < 100; i++)
		assert_int_equal(nl_ctx_ipvs(ctx), first);
	assert_int_equal(ctx->ipvs_asked, 1);
	ctx->ipvs_ask_at = 0; /* five seconds later */
	assert_int_equal(nl_ctx_ipvs(ctx), first);
	assert_int_equal(ctx->ipvs_asked, first ? 1 : 2);
}

/* A family that was there and is refused now is looked up again. */
static void test_ipvs_unloaded(void **state)
{
	struct nl_ctx *ctx = *state;
	struct nl_batch *b = nl_batch_new(NL_IPVS);
	struct nl_msg *msg = nlmsg_alloc_simple(0x3ff, 0);
	struct genlmsghdr g = { .cmd = 1, .version = 1 };
	int err;

	nlmsg_append(msg, &g, sizeof(g), NLMSG_ALIGNTO);
	assert_int_equal(nl_batch_add(b, msg), 0);
	ctx->ipvs = 0x3ff;
	assert_int_equal(nl_ctx_transact(ctx, b, &err), 0);
	assert_int_equal(err, ENOENT);
	assert_int_not_equal(nl_ctx_ipvs(ctx), 0x3ff);
	assert_int_equal(ctx->ipvs_asked, 1);
	nlmsg_free(msg);
	nl_batch_free(b);
}

static void test_walk(void **state)
{
	struct {
		struct nlmsghdr h[3];
	} m = { { { .nlmsg_len = sizeof(m.h[0]) }, { .nlmsg_len = sizeof(m.h[0]) }, { .nlmsg_len = 4000000 } } };

	(void)state;
	for (size_t len = 0; len <= sizeof(m); len++) {
		struct nl_walk w = { (uint8_t *)&m, len };
		size_t n = 0;

		while (nl_walk_next(&w))
			n++;
		assert_int_equal(n, len / sizeof(m.h[0]) > 2 ? 2 : len / sizeof(m.h[0]));
	}
	m.h[1].nlmsg_len = 0; /* must not turn for ever */
	assert_ptr_equal(nl_walk_next(&(struct nl_walk){ (uint8_t *)&m, sizeof(m) }), &m.h[0]);
	assert_null(nl_walk_next(&(struct nl_walk){ (uint8_t *)&m.h[1], sizeof(m.h[1]) }));
}

/* ---- the queue ---- */

static void test_queue_order(void **state)
{
	struct nl_job jobs[6] = {
		{ .cls = LOOP_QUEUED, .submitted = 10 }, { .cls = LOOP_QUEUED, .submitted = 20 },
		{ .cls = LOOP_URGENT, .submitted = 30 }, { .cls = LOOP_QUEUED, .submitted = 40 },
		{ .cls = LOOP_URGENT, .submitted = 50 }, { .cls = LOOP_QUEUED, .submitted = 60 },
	};
	static const int order[] = { 2, 4, 0, 1, 3, 5 };
	static const usec_t oldest_after[] = { 10, 10, 20, 40, 60, USEC_NEVER };
	struct nl_queue q;
	usec_t oldest;
	bool more;

	(void)state;
	nl_queue_init(&q);
	assert_int_equal(nl_queue_unfinished(&q, &oldest), 0);
	assert_true(oldest == USEC_NEVER);
	for (size_t i = 0; i < N_ELEMENTS(jobs); i++)
		nl_queue_push(&q, &jobs[i]);
	for (size_t i = 0; i < N_ELEMENTS(jobs); i++) {
		assert_int_equal(nl_queue_unfinished(&q, &oldest), 6 - i);
		assert_ptr_equal(nl_queue_take(&q), &jobs[order[i]]);
		assert_int_equal(nl_queue_unfinished(&q, &oldest), 6 - i); /* the running one counts */
		nl_queue_finish(&q, &jobs[order[i]]);
		nl_queue_unfinished(&q, &oldest);
		assert_true(oldest == oldest_after[i]);
	}
	for (size_t i = 0; i < N_ELEMENTS(jobs); i++) {
		assert_ptr_equal(nl_queue_collect(&q, &more), &jobs[order[i]]);
		assert_int_equal(more, i < 5);
	}
	assert_null(nl_queue_collect(&q, &more));
	nl_queue_push(&q, &jobs[0]);
	nl_queue_close(&q);
	assert_null(nl_queue_take(&q));
	assert_ptr_equal(nl_queue_drop(&q), &jobs[0]);
	assert_null(nl_queue_drop(&q));
	nl_queue_destroy(&q);
}

/* ---- thread and loop ---- */

struct room {
	struct loop *loop;
	struct nl *nl;
	struct loop_timer limit;
};

static void too_late(void *user)
{
	(void)user;
	fail_msg("nothing came in time");
}

static int room_setup(void **state)
{
	struct room *r = calloc(1, sizeof(*r));

	*state = r;
	r->loop = loop_new();
	r->nl = r->loop ? nl_start(r->loop) : NULL;
	if (!r->nl)
		return -1;
	loop_timer_init(&r->limit, LOOP_QUEUED, too_late, r);
	loop_timer_set(r->loop, &r->limit, mono_now() + 10 * USEC_PER_SEC);
	return 0;
}

static int room_teardown(void **state)
{
	struct room *r = *state;

	loop_timer_stop(r->loop, &r->limit);
	nl_stop(r->nl);
	loop_free(r->loop);
	free(r);
	return system("ip -4 addr flush dev lo") != 0;
}

struct step {
	struct nl_job job;
	struct room *room;
	sem_t *gate;  /* wait here while running */
	sem_t *begun; /* say so */
	char name;
	char *ran, *done; /* append the name */
	bool last;
	int dropped;
	int policy;
	sigset_t blocked;
	char thread_name[16];
};

static void append(char *to, char c)
{
	size_t n = strlen(to);

	to[n] = c;
	to[n + 1] = '\0';
}

static void step_run(struct nl_ctx *ctx, struct nl_job *job)
{
	struct step *s = (struct step *)job;
	struct sched_param param;

	assert_non_null(ctx);
	append(s->ran, s->name);
	pthread_getschedparam(pthread_self(), &s->policy, &param);
	pthread_sigmask(SIG_BLOCK, NULL, &s->blocked);
	pthread_getname_np(pthread_self(), s->thread_name, sizeof(s->thread_name));
	if (s->begun)
		sem_post(s->begun);
	if (s->gate)
		sem_wait(s->gate);
}

static void step_done(struct nl_job *job)
{
	struct step *s = (struct step *)job;

	append(s->done, s->name);
	assert_true(s->job.finished >= s->job.submitted && s->job.submitted > 0);
	if (s->last)
		loop_stop(s->room->loop);
}

static void step_drop(struct nl_job *job)
{
	((struct step *)job)->dropped++;
}

static void test_thread_order(void **state)
{
	struct room *r = *state;
	char ran[16] = "", done[16] = "";
	sem_t gate, begun;
	struct step steps[5] = {
		{ .name = 'a', .gate = &gate, .begun = &begun }, { .name = 'b' },
		{ .name = 'c', .last = true }, { .name = 'd' }, { .name = 'e' },
	};
	usec_t oldest;

	sem_init(&gate, 0, 0);
	sem_init(&begun, 0, 0);
	for (size_t i = 0; i < N_ELEMENTS(steps); i++) {
		steps[i].job = (struct nl_job){ .run = step_run, .done = step_done, .drop = step_drop };
		steps[i].job.cls = i < 3 ? LOOP_QUEUED : LOOP_URGENT;
		steps[i].room = r;
		steps[i].ran = ran;
		steps[i].done = done;
		nl_submit(r->nl, &steps[i].job);
		if (i == 0)
			sem_wait(&begun); /* a is running: the rest queues up behind it */
	}
	assert_int_equal(nl_backlog(r->nl, mono_now() + USEC_PER_SEC, &oldest), 5);
	assert_true(oldest >= USEC_PER_SEC);
	sem_post(&gate);
	loop_run(r->loop);
	assert_string_equal(ran, "adebc");
	assert_int_equal(strlen(done), 5);
	assert_int_equal(nl_backlog(r->nl, mono_now(), &oldest), 0);
	assert_true(oldest == 0);
	for (size_t i = 0; i < N_ELEMENTS(steps); i++)
		assert_int_equal(steps[i].dropped, 0);
	assert_int_equal(steps[0].policy, SCHED_OTHER);
	assert_int_equal(sigismember(&steps[0].blocked, SIGTERM), 1);
	assert_int_equal(sigismember(&steps[0].blocked, SIGHUP), 1);
	assert_string_equal(steps[0].thread_name, "regent-kernel");
}

static void test_stop_drops(void **state)
{
	struct room *r = *state;
	char ran[16] = "", done[16] = "";
	sem_t begun;
	struct step steps[3] = { { .name = 'a', .begun = &begun }, { .name = 'b' }, { .name = 'c' } };

	sem_init(&begun, 0, 0);
	for (size_t i = 0; i < N_ELEMENTS(steps); i++) {
		steps[i].job = (struct nl_job){
			.run = step_run, .done = step_done, .drop = step_drop, .cls = LOOP_QUEUED,
		};
		steps[i].room = r;
		steps[i].ran = ran;
		steps[i].done = done;
		nl_submit(r->nl, &steps[i].job);
	}
	sem_wait(&begun);
	nl_stop(r->nl);
	r->nl = NULL;
	assert_string_equal(done, "");
	for (size_t i = 0; i < N_ELEMENTS(steps); i++)
		assert_int_equal(steps[i].dropped, 1);
}

/* A hundred thousand rings would show a lost wake-up; a few hundred show a lost result. */
struct chain {
	struct nl_job job;
	struct room *room;
	int left;
};

static void chain_run(struct nl_ctx *ctx, struct nl_job *job)
{
	(void)ctx;
	(void)job;
}

static void chain_done(struct nl_job *job)
{
	struct chain *c = (struct chain *)job;

	if (--c->left == 0)
		loop_stop(c->room->loop);
	else
		nl_submit(c->room->nl, job);
}

static void test_no_lost_wakeup(void **state)
{
	struct room *r = *state;
	struct chain c = { .job = { .run = chain_run, .done = chain_done, .cls = LOOP_URGENT }, .room = r, .left = 20000 };

	nl_submit(r->nl, &c.job);
	loop_run(r->loop);
	assert_int_equal(c.left, 0);
}

/* ---- monitor ---- */

struct watch {
	struct room *room;
	struct nl_monitor *monitor;
	unsigned seen, overruns;
	unsigned stop_at;      /* messages */
	bool free_at_first;
};

static void watch_each(struct nlmsghdr *h, void *user)
{
	struct watch *w = user;

	w->seen += h->nlmsg_type == RTM_NEWADDR;
	if (w->free_at_first) {
		nl_monitor_free(w->monitor);
		w->monitor = NULL;
		loop_stop(w->room->loop);
	} else if (w->seen == w->stop_at) {
		loop_stop(w->room->loop);
	}
}

static void watch_overrun(void *user)
{
	struct watch *w = user;

	w->overruns++;
	loop_stop(w->room->loop);
}

static void watch_start(struct watch *w, struct room *r)
{
	static const int groups[] = { RTNLGRP_LINK, RTNLGRP_IPV4_IFADDR, 0 };

	w->room = r;
	w->monitor = nl_monitor_new(r->nl, groups, watch_each, watch_overrun, w);
	assert_non_null(w->monitor);
}

/* On this thread and with a socket of its own, so that all has happened when it returns. */
static void make_addrs(size_t n)
{
	struct nl_batch *b = many_requests(RTM_NEWADDR, n);
	struct nl_ctx ctx;
	int errs[MANY];

	assert_int_equal(nl_ctx_init(&ctx), 0);
	assert_int_equal(nl_ctx_transact(&ctx, b, errs), 0);
	nl_ctx_fini(&ctx);
	nl_batch_free(b);
}

static void test_monitor(void **state)
{
	struct watch w = { .stop_at = MANY };

	watch_start(&w, *state);
	make_addrs(MANY);
	loop_run(w.room->loop);
	assert_int_equal(w.seen, MANY);
	assert_int_equal(w.overruns, 0);
	nl_monitor_free(w.monitor);
}

static void test_monitor_overrun(void **state)
{
	struct watch w = { .stop_at = MANY };

	watch_start(&w, *state);
	nl_monitor_set_rcvbuf(w.monitor, 1);
	make_addrs(100);
	loop_run(w.room->loop);
	assert_int_equal(w.overruns, 1);
	assert_int_equal(w.seen, 0); /* what was still queued is older than the dump that follows */
	netns_run("ip addr add 10.9.9.9/32 dev lo");
	w.stop_at = 1;
	loop_run(w.room->loop);
	assert_int_equal(w.seen, 1);
	assert_int_equal(w.overruns, 1);
	nl_monitor_free(w.monitor);
}

static void test_monitor_freed_inside(void **state)
{
	struct watch w = { .free_at_first = true };

	watch_start(&w, *state);
	make_addrs(10);
	loop_run(w.room->loop);
	assert_int_equal(w.seen, 1);
	assert_null(w.monitor);
}

#define CTX_TEST(f) cmocka_unit_test_setup_teardown(f, ctx_setup, ctx_teardown)
#define ROOM_TEST(f) cmocka_unit_test_setup_teardown(f, room_setup, room_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_walk),
		cmocka_unit_test(test_queue_order),
		CTX_TEST(test_thousand),
		CTX_TEST(test_failures_find_their_index),
		CTX_TEST(test_empty_batch),
		CTX_TEST(test_lost_answers),
		CTX_TEST(test_forged_answers),
		CTX_TEST(test_dump),
		CTX_TEST(test_refused_dump),
		CTX_TEST(test_ask),
		CTX_TEST(test_ipvs_is_asked_rarely),
		CTX_TEST(test_ipvs_unloaded),
		ROOM_TEST(test_thread_order),
		ROOM_TEST(test_stop_drops),
		ROOM_TEST(test_no_lost_wakeup),
		ROOM_TEST(test_monitor),
		ROOM_TEST(test_monitor_overrun),
		ROOM_TEST(test_monitor_freed_inside),
	};

	netns_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
