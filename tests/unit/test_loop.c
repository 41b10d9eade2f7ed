/* The loop's order of work, its workers, mailboxes and signals. Timers and descriptors: test_loop_objects.c. */
#include "config.h"

#include "tests/unit/loop_fixture.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define MANY 2000

/* ---- urgent before queued ---- */

struct crowd {
	struct loop *loop;
	struct loop_timer urgent;
	struct loop_io bell;      /* urgent */
	int bell_fd;
	bool bell_rung;
	usec_t last_end;          /* when the previous item ended */
	unsigned served, bells, left;
	unsigned skipped_timer, skipped_bell; /* an item ran while urgent work was due */
	struct member {
		struct crowd *crowd;
		struct loop_io io;
		int fd;
	} members[MANY];
};

static void crowd_timer(void *user)
{
	struct crowd *c = user;

	c->served++;
	loop_timer_set(c->loop, &c->urgent, mono_now() + 700);
}

static void crowd_bell(void *user, unsigned events)
{
	struct crowd *c = user;
	eventfd_t n;

	assert_int_equal(events, LOOP_READ);
	assert_int_equal(eventfd_read(c->bell_fd, &n), 0);
	c->bell_rung = false;
	c->bells++;
}

static void crowd_member(void *user, unsigned events)
{
	struct member *m = user;
	struct crowd *c = m->crowd;
	eventfd_t n;

	(void)events;
	/* What was due before the last item ended must have gone before this one. */
	if (c->urgent.due < c->last_end)
		c->skipped_timer++;
	if (c->bell_rung)
		c->skipped_bell++;
	assert_int_equal(eventfd_read(m->fd, &n), 0);
	loop_io_stop(c->loop, &m->io);
	if (c->left % 50 == 0) {
		spin(400);
		c->bell_rung = true;
		eventfd_write(c->bell_fd, 1);
		spin(150); /* longer than the loop may leave urgent descriptors alone */
	}
	if (--c->left == 0)
		loop_stop(c->loop);
	c->last_end = mono_now();
}

static void test_urgent_goes_between_items(void **state)
{
	struct rlimit many = { 4096, 4096 };
	struct crowd *c = calloc(1, sizeof(*c));
	struct loop_stats stats;

	assert_non_null(c);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &many), 0);
	c->loop = *state;
	c->left = MANY;
	c->bell_fd = ready_eventfd(0);
	loop_io_init(&c->bell, LOOP_URGENT, crowd_bell, c);
	loop_io_set(c->loop, &c->bell, c->bell_fd, LOOP_READ);
	loop_timer_init(&c->urgent, LOOP_URGENT, crowd_timer, c);
	loop_timer_set(c->loop, &c->urgent, mono_now());
	for (unsigned i = 0; i < MANY; i++) {
		struct member *m = &c->members[i];

		m->crowd = c;
		m->fd = ready_eventfd(1);
		loop_io_init(&m->io, LOOP_QUEUED, crowd_member, m);
		loop_io_set(c->loop, &m->io, m->fd, LOOP_READ);
	}
	run(c->loop);
	assert_int_equal(c->skipped_timer, 0);
	assert_int_equal(c->skipped_bell, 0);
	assert_true(c->served >= 20);
	assert_true(c->bells >= MANY / 50 - 1);
	loop_get_stats(c->loop, &stats);
	assert_int_equal(stats.urgent_fired, c->served);
	assert_true(stats.items_over >= MANY / 50);
	assert_true(stats.item_longest >= 550);
	assert_true(stats.items_run >= MANY);
	loop_timer_stop(c->loop, &c->urgent);
	loop_io_stop(c->loop, &c->bell);
	close(c->bell_fd);
	for (unsigned i = 0; i < MANY; i++)
		close(c->members[i].fd);
	free(c);
}

/* Many urgent descriptors at once do not hold up an urgent deadline either. */
struct flood {
	struct loop *loop;
	struct loop_timer urgent;
	usec_t last_end; /* when the previous descriptor's callback ended */
	unsigned left, left_when_fired, skipped;
	struct flood_source {
		struct flood *flood;
		struct loop_io io;
		int fd;
	} sources[60];
};

static void flood_timer(void *user)
{
	struct flood *f = user;

	f->left_when_fired = f->left;
}

static void flood_ready(void *user, unsigned events)
{
	struct flood_source *s = user;
	struct flood *f = s->flood;

	(void)events;
	if (f->urgent.due < f->last_end)
		f->skipped++;
	loop_io_stop(f->loop, &s->io);
	spin(500);
	if (--f->left == 0)
		loop_stop(f->loop);
	f->last_end = mono_now();
}

static void test_urgent_flood(void **state)
{
	struct flood *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	f->loop = *state;
	f->left = N_ELEMENTS(f->sources);
	loop_timer_init(&f->urgent, LOOP_URGENT, flood_timer, f);
	for (size_t i = 0; i < N_ELEMENTS(f->sources); i++) {
		struct flood_source *s = &f->sources[i];

		s->flood = f;
		s->fd = ready_eventfd(1);
		loop_io_init(&s->io, LOOP_URGENT, flood_ready, s);
		loop_io_set(f->loop, &s->io, s->fd, LOOP_READ);
	}
	loop_timer_set(f->loop, &f->urgent, mono_now() + 2000);
	run(f->loop);
	assert_int_equal(f->skipped, 0);
	assert_true(f->left_when_fired > 0); /* all of them take 30 ms */
	for (size_t i = 0; i < N_ELEMENTS(f->sources); i++)
		close(f->sources[i].fd);
	free(f);
}

/* An item that posts itself for ever keeps neither urgent timers, nor descriptors, nor queued timers from their
 * turn. */
struct hog {
	struct loop *loop;
	struct loop_item item;
	struct loop_io io;
	struct loop_timer urgent, queued;
	int fd;
	unsigned seen;
};

static void hog_item(void *user)
{
	struct hog *h = user;

	spin(100);
	loop_item_post(h->loop, &h->item);
	if (h->seen == 7)
		loop_stop(h->loop);
}

static void hog_io(void *user, unsigned events)
{
	struct hog *h = user;
	eventfd_t n;

	(void)events;
	eventfd_read(h->fd, &n);
	h->seen |= 1;
}

static void hog_urgent(void *user)
{
	((struct hog *)user)->seen |= 2;
}

static void hog_queued(void *user)
{
	((struct hog *)user)->seen |= 4;
}

static void test_busy_queue_starves_nobody(void **state)
{
	struct hog h = { .loop = *state, .fd = ready_eventfd(1) };

	loop_item_init(&h.item, hog_item, &h);
	loop_io_init(&h.io, LOOP_QUEUED, hog_io, &h);
	loop_timer_init(&h.urgent, LOOP_URGENT, hog_urgent, &h);
	loop_timer_init(&h.queued, LOOP_QUEUED, hog_queued, &h);
	loop_item_post(h.loop, &h.item);
	loop_item_post(h.loop, &h.item); /* no change */
	loop_io_set(h.loop, &h.io, h.fd, LOOP_READ);
	loop_timer_set(h.loop, &h.urgent, mono_now() + 5000);
	loop_timer_set(h.loop, &h.queued, mono_now() + 6000);
	run(h.loop);
	assert_int_equal(h.seen, 7);
	loop_item_cancel(h.loop, &h.item);
	loop_io_stop(h.loop, &h.io);
	close(h.fd);
}

/* ---- items ---- */

struct trio {
	struct loop *loop;
	struct loop_item it[3];
	unsigned ran;
};

static void cancel_next(void *user)
{
	struct trio *t = user;

	t->ran |= 1;
	loop_item_cancel(t->loop, &t->it[1]);
}

static void must_not_run(void *user)
{
	((struct trio *)user)->ran |= 2;
}

static void last_runs(void *user)
{
	struct trio *t = user;

	t->ran |= 4;
	loop_stop(t->loop);
}

static void test_item_cancels_another(void **state)
{
	struct trio t = { .loop = *state };

	loop_item_init(&t.it[0], cancel_next, &t);
	loop_item_init(&t.it[1], must_not_run, &t);
	loop_item_init(&t.it[2], last_runs, &t);
	for (int i = 0; i < 3; i++)
		loop_item_post(t.loop, &t.it[i]);
	run(t.loop);
	assert_int_equal(t.ran, 5);
	loop_item_cancel(t.loop, &t.it[2]); /* not queued: no change */
}

/* ---- workers ---- */

#define N_WORK 100

struct job {
	struct loop_work work; /* first */
	struct loop *loop;
	unsigned *done;
	pthread_t ran_on;
	int policy;
	bool blocked;
};

static void job_run(struct loop_work *w)
{
	struct job *j = (struct job *)w;
	struct sched_param p;
	sigset_t set;

	j->ran_on = pthread_self();
	pthread_getschedparam(pthread_self(), &j->policy, &p);
	pthread_sigmask(SIG_SETMASK, NULL, &set);
	j->blocked = sigismember(&set, SIGTERM) == 1;
}

static void job_done(struct loop_work *w)
{
	struct job *j = (struct job *)w;
	struct loop *l = j->loop;

	assert_false(pthread_equal(j->ran_on, pthread_self()));
	assert_int_equal(j->policy, SCHED_OTHER);
	assert_true(j->blocked);
	if (++*j->done == N_WORK)
		loop_stop(l);
	free(j);
}

static void test_workers(void **state)
{
	struct loop *l = *state;
	unsigned done = 0;

	assert_int_equal(loop_workers_start(l, 3), 0);
	assert_int_equal(loop_workers_start(l, 3), EALREADY);
	for (int i = 0; i < N_WORK; i++) {
		struct job *j = calloc(1, sizeof(*j));

		assert_non_null(j);
		j->work.run = job_run;
		j->work.done = job_done;
		j->loop = l;
		j->done = &done;
		loop_work_submit(l, &j->work);
	}
	run(l);
	assert_int_equal(done, N_WORK);
}

#define ALL_AT_WORK 3
#define ONE_BY_ONE 200
#define WARM_ROUNDS 50

/* First one work for each thread, which wait for one another; then one at a time. */
struct warm_job {
	struct loop_work work; /* first */
	struct loop *loop;
	pthread_barrier_t *all;
	unsigned *done, *same, *rounds;
	pthread_t *ran_on, here;
};

static void warm_run(struct loop_work *w)
{
	struct warm_job *j = (struct warm_job *)w;

	if (j->all)
		pthread_barrier_wait(j->all);
	j->here = pthread_self();
}

static void warm_done(struct loop_work *w)
{
	struct warm_job *j = (struct warm_job *)w;
	unsigned done = ++*j->done;

	if (done > ALL_AT_WORK + 1)
		*j->same += pthread_equal(j->here, *j->ran_on) != 0;
	*j->ran_on = j->here;
	j->all = NULL;
	if (done == ALL_AT_WORK + ONE_BY_ONE && *j->same <= ONE_BY_ONE / 2 && ++*j->rounds < WARM_ROUNDS)
		done = *j->done = ALL_AT_WORK, *j->same = 0;
	if (done == ALL_AT_WORK + ONE_BY_ONE)
		loop_stop(j->loop);
	else if (done >= ALL_AT_WORK)
		loop_work_submit(j->loop, &j->work);
}

/*
 * What comes when all are idle comes to the same thread each time, whose memory is warm. One on its way to rest may take what another was
 * called for, and on a machine that stops them in between it often does: one round of many is enough, for where they take turns, or
 * anyone comes, there is none.
 */
static void test_one_worker_is_kept_warm(void **state)
{
	struct warm_job jobs[ALL_AT_WORK];
	pthread_barrier_t all;
	pthread_t ran_on;
	unsigned done = 0, same = 0, rounds = 0;
	struct loop *l = *state;

	assert_int_equal(loop_workers_start(l, ALL_AT_WORK), 0);
	assert_int_equal(pthread_barrier_init(&all, NULL, ALL_AT_WORK), 0);
	for (int i = 0; i < ALL_AT_WORK; i++) {
		jobs[i] = (struct warm_job){ .loop = l, .all = &all, .done = &done, .same = &same, .rounds = &rounds, .ran_on = &ran_on };
		jobs[i].work.run = warm_run;
		jobs[i].work.done = warm_done;
		loop_work_submit(l, &jobs[i].work);
	}
	run(l);
	pthread_barrier_destroy(&all);
	assert_true(same > ONE_BY_ONE / 2);
}

struct dropped_job {
	struct loop_work work; /* first */
	unsigned *runs, *drops;
};

static void count_run(struct loop_work *w)
{
	__atomic_add_fetch(((struct dropped_job *)w)->runs, 1, __ATOMIC_RELAXED);
}

static void no_done(struct loop_work *w)
{
	(void)w;
	fail();
}

static void count_drop(struct loop_work *w)
{
	++*((struct dropped_job *)w)->drops;
	free(w);
}

/* What the loop does not live to hand back goes back to its owner, run or not, once. */
static void test_work_left_behind(void **unused)
{
	struct loop *l = loop_new();
	unsigned runs = 0, drops = 0;

	(void)unused;
	assert_non_null(l);
	assert_int_equal(loop_workers_start(l, 2), 0);
	for (int i = 0; i < N_WORK; i++) {
		struct dropped_job *j = calloc(1, sizeof(*j));

		assert_non_null(j);
		j->work = (struct loop_work){ .run = count_run, .done = no_done, .drop = count_drop };
		j->runs = &runs;
		j->drops = &drops;
		loop_work_submit(l, &j->work);
	}
	loop_free(l);
	assert_int_equal(drops, N_WORK);
	assert_true(runs <= N_WORK);
}

/* ---- mailbox and signals ---- */

struct box {
	struct loop *loop;
	struct loop_mailbox *m;
	_Atomic unsigned left; /* what the ringer has left for us */
	unsigned got, calls;
	bool alone; /* the ringer has ended */
};

static void *ringer(void *arg)
{
	struct box *b = arg;

	for (int i = 0; i < 20000; i++) {
		b->left++;
		loop_mailbox_ring(b->m);
	}
	return NULL;
}

static void on_mail(void *user)
{
	struct box *b = user;

	b->calls++;
	b->got = b->left;
	if (b->got < 20000)
		return;
	if (b->alone)
		loop_mailbox_free(b->m); /* in its own callback */
	loop_stop(b->loop);
}

static void check_mailbox(struct loop *l, enum loop_class cls)
{
	struct box b = { .loop = l };
	pthread_t t;

	b.m = loop_mailbox_new(l, cls, on_mail, &b);
	assert_non_null(b.m);
	assert_int_equal(pthread_create(&t, NULL, ringer, &b), 0);
	pthread_join(t, NULL); /* all rings come before the first look */
	b.alone = true;
	run(l);
	assert_int_equal(b.got, 20000);
	assert_int_equal(b.calls, 1);
}

static void test_mailbox(void **state)
{
	check_mailbox(*state, LOOP_URGENT);
	check_mailbox(*state, LOOP_QUEUED);
}

/* No ring is lost while the loop looks at the same time. */
static void test_mailbox_race(void **state)
{
	struct box b = { .loop = *state };
	pthread_t t;

	b.m = loop_mailbox_new(b.loop, LOOP_QUEUED, on_mail, &b);
	assert_non_null(b.m);
	b.left = 0;
	assert_int_equal(pthread_create(&t, NULL, ringer, &b), 0);
	run(b.loop);
	pthread_join(t, NULL);
	loop_mailbox_free(b.m);
	assert_int_equal(b.got, 20000);
}

struct counter {
	struct loop *loop;
	unsigned n;
};

static void count_and_stop(void *user)
{
	struct counter *a = user;

	a->n++;
	loop_stop(a->loop);
}

static void test_signals(void **state)
{
	struct counter a = { .loop = *state };

	assert_int_equal(loop_signal(a.loop, SIGUSR1, count_and_stop, &a), 0);
	assert_int_equal(loop_signal(a.loop, SIGUSR1, count_and_stop, &a), EEXIST);
	assert_int_equal(loop_signal(a.loop, SIGKILL, count_and_stop, &a), EINVAL);
	kill(getpid(), SIGUSR1);
	run(a.loop);
	assert_int_equal(a.n, 1);
	kill(getpid(), SIGUSR1);
	kill(getpid(), SIGUSR1);
	run(a.loop);
	assert_int_equal(a.n, 2);
}

static void test_clocks(void **state)
{
	usec_t a = mono_now(), b;

	(void)state;
	spin(1000);
	b = mono_now();
	assert_true(b - a >= 1000 && b - a < 10 * USEC_PER_SEC);
	assert_true(boot_now() >= a);
	assert_true(wall_now() > 1700000000LL * USEC_PER_SEC);
}

static void clocks_that_moved_are_in_doubt(void **state)
{
	(void)state;
	assert_int_equal(loop_clocks_compare(0, 0), LOOP_NO_DOUBT);
	assert_int_equal(loop_clocks_compare(50 * USEC_PER_MS, -50 * USEC_PER_MS), LOOP_NO_DOUBT);
	assert_int_equal(loop_clocks_compare(USEC_PER_SEC, 0), LOOP_SLEPT);
	assert_int_equal(loop_clocks_compare(USEC_PER_SEC, USEC_PER_SEC), LOOP_SLEPT);
	assert_int_equal(loop_clocks_compare(0, USEC_PER_SEC), LOOP_STEPPED);
	assert_int_equal(loop_clocks_compare(0, -3600 * USEC_PER_SEC), LOOP_STEPPED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(clocks_that_moved_are_in_doubt),
		cmocka_unit_test_setup_teardown(test_urgent_goes_between_items, setup, teardown),
		cmocka_unit_test_setup_teardown(test_urgent_flood, setup, teardown),
		cmocka_unit_test_setup_teardown(test_busy_queue_starves_nobody, setup, teardown),
		cmocka_unit_test_setup_teardown(test_item_cancels_another, setup, teardown),
		cmocka_unit_test_setup_teardown(test_workers, setup, teardown),
		cmocka_unit_test_setup_teardown(test_one_worker_is_kept_warm, setup, teardown),
		cmocka_unit_test(test_work_left_behind),
		cmocka_unit_test_setup_teardown(test_mailbox, setup, teardown),
		cmocka_unit_test_setup_teardown(test_mailbox_race, setup, teardown),
		cmocka_unit_test_setup_teardown(test_signals, setup, teardown),
		cmocka_unit_test(test_clocks),
	};

	return cmocka_run_group_tests_name("loop", tests, NULL, NULL);
}
