/*
 * The kernel thread with its order of jobs, and the monitor, against a real kernel in a namespace of the test's own.
 */
#include "config.h"

#include "netns.h"
#include "nl_requests.h"

#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <string.h>

#include "core/nl/ctx.h"

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
	loop_timer_set(r->loop, &r->limit, mono_now() + 60 * USEC_PER_SEC);
	return 0;
}

static int room_teardown(void **state)
{
	struct room *r = *state;

	loop_timer_stop(r->loop, &r->limit);
	nl_stop(r->nl);
	loop_free(r->loop);
	free(r);
	netns_run("ip -4 addr flush dev lo");
	return 0;
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

/* A request that does not come back holds up the end no longer than it may; what it uses stays until it does. */
static void test_stop_within(void **state)
{
	struct room *r = *state;
	char ran[8] = "", done[8] = "";
	sem_t begun, gate;
	struct step s = {
		.job = { .run = step_run, .done = step_done, .drop = step_drop, .cls = LOOP_QUEUED },
		.name = 'a', .begun = &begun, .gate = &gate, .room = r, .ran = ran, .done = done,
	};

	sem_init(&begun, 0, 0);
	sem_init(&gate, 0, 0);
	nl_submit(r->nl, &s.job);
	sem_wait(&begun);
	assert_false(nl_stop_within(r->nl, 20 * USEC_PER_MS));
	assert_int_equal(s.dropped, 0);
	sem_post(&gate);
	assert_true(nl_stop_within(r->nl, 60 * USEC_PER_SEC));
	r->nl = NULL;
	assert_int_equal(s.dropped, 1);
	assert_true(nl_stop_within(NULL, 1));
}

/* Each job is submitted when the one before it is done: a lost wake-up, on either side, would be the end of it. */
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
	struct chain c = { .room = r, .left = 20000 };

	c.job = (struct nl_job){ .run = chain_run, .done = chain_done, .cls = LOOP_URGENT };
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

	assert_int_equal(nl_ctx_init(&ctx, NULL), 0);
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
	nl_monitor_set_buffer(w.monitor, &(struct nl_buffer){ .bytes = 1 });
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

#define ROOM_TEST(f) cmocka_unit_test_setup_teardown(f, room_setup, room_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ROOM_TEST(test_thread_order),
		ROOM_TEST(test_stop_drops),
		ROOM_TEST(test_stop_within),
		ROOM_TEST(test_no_lost_wakeup),
		ROOM_TEST(test_monitor),
		ROOM_TEST(test_monitor_overrun),
		ROOM_TEST(test_monitor_freed_inside),
	};

	netns_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
