/* Timers and descriptors of the loop: in order, and free to go away in any callback. */
#include "config.h"

#include "tests/unit/loop_fixture.h"

#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* ---- timers ---- */

#define N_TIMERS 500

struct model {
	struct loop *loop;
	struct loop_timer t[N_TIMERS];
	usec_t due[N_TIMERS]; /* USEC_NEVER: must not fire (again) */
	usec_t last_due;
	unsigned fired, left;
};

struct model_ref {
	struct model *m;
	unsigned i;
};

static void model_fired(void *user)
{
	struct model_ref *r = user;
	struct model *m = r->m;

	assert_false(loop_timer_active(&m->t[r->i]));
	assert_int_not_equal(m->due[r->i], USEC_NEVER);
	assert_true(m->due[r->i] <= mono_now());
	assert_true(m->due[r->i] >= m->last_due);
	m->last_due = m->due[r->i];
	m->due[r->i] = USEC_NEVER;
	m->fired++;
	if (--m->left == 0)
		loop_stop(m->loop);
}

static void check_model(struct loop *l, enum loop_class cls)
{
	static struct model m;
	static struct model_ref refs[N_TIMERS];
	usec_t start = mono_now() + 20000;

	memset(&m, 0, sizeof(m));
	m.loop = l;
	for (unsigned i = 0; i < N_TIMERS; i++) {
		refs[i] = (struct model_ref){ &m, i };
		loop_timer_init(&m.t[i], cls, model_fired, &refs[i]);
		m.due[i] = USEC_NEVER;
	}
	for (unsigned n = 0; n < 10000; n++) {
		unsigned i = (unsigned)rand() % N_TIMERS;

		m.due[i] = rand() % 4 ? start + rand() % 20000 : USEC_NEVER;
		if (m.due[i] == USEC_NEVER && rand() % 2)
			loop_timer_stop(l, &m.t[i]);
		else
			loop_timer_set(l, &m.t[i], m.due[i]);
		assert_int_equal(loop_timer_active(&m.t[i]), m.due[i] != USEC_NEVER);
	}
	for (unsigned i = 0; i < N_TIMERS; i++)
		m.left += m.due[i] != USEC_NEVER;
	assert_true(m.left > N_TIMERS / 2 && m.left < N_TIMERS);
	run(l);
	assert_int_equal(m.left, 0);
	run_for(l, 5000);
}

static void test_timers_in_order(void **state)
{
	srand(1);
	check_model(*state, LOOP_URGENT);
	check_model(*state, LOOP_QUEUED);
}

struct pair {
	struct loop *loop;
	struct loop_timer *own, *other;
	unsigned *fired;
};

/* Whichever is first stops and frees the other, then itself. */
static void kill_both(void *user)
{
	struct pair *p = user;
	struct loop *l = p->loop;

	++*p->fired;
	loop_timer_stop(l, p->other);
	free(p->other);
	free(p->own);
	loop_stop(l);
}

static void check_pair(struct loop *l, enum loop_class cls)
{
	struct loop_timer *a = malloc(sizeof(*a)), *b = malloc(sizeof(*b));
	unsigned fired = 0;
	struct pair pa = { l, a, b, &fired }, pb = { l, b, a, &fired };
	usec_t due = mono_now() + 2000;

	assert_true(a && b);
	loop_timer_init(a, cls, kill_both, &pa);
	loop_timer_init(b, cls, kill_both, &pb);
	loop_timer_set(l, a, due);
	loop_timer_set(l, b, due);
	run(l);
	run_for(l, 3000);
	assert_int_equal(fired, 1);
}

static void test_timer_frees_another(void **state)
{
	check_pair(*state, LOOP_URGENT);
	check_pair(*state, LOOP_QUEUED);
}

struct again {
	struct loop *loop;
	struct loop_timer t;
	unsigned n;
	bool bystander;
};

static void set_into_past(void *user)
{
	struct again *a = user;

	a->n++;
	loop_timer_set(a->loop, &a->t, 0);
}

static void bystander(void *user)
{
	struct again *a = user;

	a->bystander = true;
	loop_stop(a->loop);
}

/* An urgent timer that always sets itself into the past runs again and again, but not alone. */
static void test_timer_in_the_past(void **state)
{
	struct again a = { .loop = *state };
	struct loop_timer other;
	struct loop_stats stats;

	loop_timer_init(&a.t, LOOP_URGENT, set_into_past, &a);
	loop_timer_init(&other, LOOP_QUEUED, bystander, &a);
	loop_timer_set(a.loop, &a.t, -5);
	loop_timer_set(a.loop, &other, 0);
	run(a.loop);
	assert_true(a.bystander);
	assert_true(a.n >= 1);
	loop_timer_stop(a.loop, &a.t);
	loop_get_stats(a.loop, &stats);
	assert_true(stats.urgent_late.max < USEC_PER_SEC); /* counted from when it was set */
}

static void test_late_buckets(void **state)
{
	struct loop *l = *state;
	struct again a = { .loop = l };
	struct loop_stats stats;
	uint64_t sum = 0;

	loop_timer_init(&a.t, LOOP_URGENT, bystander, &a);
	loop_timer_set(l, &a.t, mono_now() + 1000);
	spin(6000); /* nobody looks: 5 ms late, over 2^7 * 32 us, and so in bucket 8 or above */
	run(l);
	loop_get_stats(l, &stats);
	assert_true(stats.urgent_late.max >= 5000);
	for (int i = 0; i < LATE_BUCKETS; i++)
		sum += stats.urgent_late.count[i];
	assert_int_equal(sum, 1);
	for (int i = 0; i < 8; i++)
		assert_int_equal(stats.urgent_late.count[i], 0);
}

/* ---- descriptors ---- */

struct duo {
	struct loop *loop;
	struct loop_io *io[2];
	int fd[2];
	unsigned fired;
};

static void first_stops_second(void *user, unsigned events)
{
	struct duo *d = user;

	(void)events;
	d->fired++;
	for (int i = 0; i < 2; i++) {
		loop_io_stop(d->loop, d->io[i]);
		close(d->fd[i]);
		free(d->io[i]);
	}
	loop_stop(d->loop);
}

static void check_duo(struct loop *l, enum loop_class cls)
{
	struct duo d = { .loop = l };

	for (int i = 0; i < 2; i++) {
		d.fd[i] = ready_eventfd(1);
		d.io[i] = malloc(sizeof(*d.io[i]));
		assert_non_null(d.io[i]);
		loop_io_init(d.io[i], cls, first_stops_second, &d);
		loop_io_set(l, d.io[i], d.fd[i], LOOP_READ);
	}
	run(l);
	run_for(l, 3000);
	assert_int_equal(d.fired, 1);
}

static void test_io_stops_another(void **state)
{
	check_duo(*state, LOOP_URGENT);
	check_duo(*state, LOOP_QUEUED);
}

struct wants {
	struct loop *loop;
	struct loop_io io;
	unsigned seen, calls;
};

static void note_events(void *user, unsigned events)
{
	struct wants *w = user;

	w->seen |= events;
	w->calls++;
	loop_stop(w->loop);
}

static void check_wants(struct loop *l, enum loop_class cls)
{
	struct wants w = { .loop = l };
	int fd = ready_eventfd(1), other = ready_eventfd(1);
	eventfd_t n;

	loop_io_init(&w.io, cls, note_events, &w);
	loop_io_set(l, &w.io, fd, LOOP_READ);
	loop_io_set(l, &w.io, fd, LOOP_WRITE);
	run(l);
	assert_int_equal(w.seen, LOOP_WRITE);
	loop_io_set(l, &w.io, fd, LOOP_READ | LOOP_WRITE);
	run(l);
	assert_int_equal(w.seen, LOOP_READ | LOOP_WRITE);
	eventfd_read(fd, &n);
	w.seen = 0;
	loop_io_set(l, &w.io, other, LOOP_READ); /* another descriptor in its place */
	run(l);
	assert_int_equal(w.seen, LOOP_READ);
	loop_io_set(l, &w.io, other, 0);
	w.calls = 0;
	run_for(l, 3000);
	assert_int_equal(w.calls, 0);
	close(fd);
	close(other);
}

static void test_io_wants(void **state)
{
	check_wants(*state, LOOP_URGENT);
	check_wants(*state, LOOP_QUEUED);
}

/* A descriptor that is closed, or was never open, costs a log line and no processor time. */
static void test_io_bad_descriptor(void **state)
{
	struct wants w = { .loop = *state };
	struct loop_stats before, after;

	for (enum loop_class cls = LOOP_URGENT; cls <= LOOP_QUEUED; cls++) {
		loop_io_init(&w.io, cls, note_events, &w);
		loop_io_set(w.loop, &w.io, 3999, LOOP_READ);
		loop_get_stats(w.loop, &before);
		w.calls = 0;
		run_for(w.loop, 5000);
		run_for(w.loop, 5000);
		loop_get_stats(w.loop, &after);
		assert_true(w.calls <= 1);
		assert_true(after.items_run - before.items_run < 10);
		loop_io_stop(w.loop, &w.io);
	}
}

/* While a child between fork() and exec() holds a descriptor, the kernel goes on telling of it: nobody hears that, least of
 * all who watches the next one of that number. */
static void check_closed(struct loop *l, enum loop_class cls)
{
	struct wants old = { .loop = l }, new = { .loop = l };
	int fd = ready_eventfd(1), held = dup(fd), next;

	loop_io_init(&old.io, cls, note_events, &old);
	loop_io_init(&new.io, cls, note_events, &new);
	loop_io_set(l, &old.io, fd, LOOP_READ);
	run(l);
	assert_int_equal(old.calls, 1);
	loop_io_close(l, &old.io, fd);
	next = eventfd(0, EFD_NONBLOCK);
	assert_int_equal(next, fd);
	loop_io_set(l, &new.io, next, LOOP_READ);
	run_for(l, 3000);
	assert_int_equal(old.calls, 1);
	assert_int_equal(new.calls, 0);
	eventfd_write(next, 1);
	run(l);
	assert_int_equal(new.calls, 1);
	loop_io_close(l, &new.io, next);
	loop_io_close(l, &new.io, held);
}

static void test_io_closed_elsewhere_open(void **state)
{
	check_closed(*state, LOOP_URGENT);
	check_closed(*state, LOOP_QUEUED);
}

/* ---- real time ---- */

static volatile sig_atomic_t overruns;

static void on_overrun(int signo)
{
	(void)signo;
	overruns++;
}

static void take_packet(void *user, unsigned events)
{
	(void)user, (void)events;
	spin(30);
}

static bool take_real_time(int priority)
{
	const struct sched_param fifo = { .sched_priority = priority };
	cpu_set_t first;

	CPU_ZERO(&first);
	CPU_SET(0, &first);
	return sched_setaffinity(0, sizeof(first), &first) == 0 && sched_setscheduler(0, SCHED_FIFO, &fifo) == 0;
}

/* As a busy host does to a guest: the processor is gone for more than half of the time, and nobody waited for anything. */
static pid_t start_thief(void)
{
	const struct timespec two_ms = { .tv_nsec = 2000000 };
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	if (!take_real_time(2))
		_exit(1);
	for (;;) {
		spin(3300);
		nanosleep(&two_ms, NULL);
	}
}

/* How often the limit told of itself in 400 ms of what is always ready. */
static int overruns_of_flood(struct loop *l)
{
	const struct rlimit little = { 40000, RLIM_INFINITY }, free_again = { RLIM_INFINITY, RLIM_INFINITY };
	const struct sched_param none = { 0 };
	struct loop_io io;
	int fd = ready_eventfd(1);

	overruns = 0;
	signal(SIGXCPU, on_overrun);
	assert_true(take_real_time(1));
	assert_int_equal(setrlimit(RLIMIT_RTTIME, &little), 0);
	loop_io_init(&io, LOOP_URGENT, take_packet, NULL);
	loop_io_set(l, &io, fd, LOOP_READ);
	run_for(l, 400 * USEC_PER_MS);
	assert_int_equal(sched_setscheduler(0, SCHED_OTHER, &none), 0);
	assert_int_equal(setrlimit(RLIMIT_RTTIME, &free_again), 0);
	loop_io_stop(l, &io);
	close(fd);
	return overruns;
}

/* What is always ready, as under a flood, does not cost a real-time thread its scheduling, alone on its processor or not. */
static void test_a_flood_leaves_real_time(void **state)
{
	const struct sched_param fifo = { .sched_priority = 1 }, none = { 0 };
	cpu_set_t all;
	pid_t thief;

	if (sched_setscheduler(0, SCHED_FIFO, &fifo) != 0)
		skip();
	sched_setscheduler(0, SCHED_OTHER, &none);
	assert_int_equal(sched_getaffinity(0, sizeof(all), &all), 0);
	assert_int_equal(overruns_of_flood(*state), 0);
	thief = start_thief();
	int beside = overruns_of_flood(*state);
	kill(thief, SIGKILL);
	waitpid(thief, NULL, 0);
	sched_setaffinity(0, sizeof(all), &all);
	assert_int_equal(beside, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_timers_in_order, setup, teardown),
		cmocka_unit_test_setup_teardown(test_timer_frees_another, setup, teardown),
		cmocka_unit_test_setup_teardown(test_timer_in_the_past, setup, teardown),
		cmocka_unit_test_setup_teardown(test_late_buckets, setup, teardown),
		cmocka_unit_test_setup_teardown(test_io_stops_another, setup, teardown),
		cmocka_unit_test_setup_teardown(test_io_wants, setup, teardown),
		cmocka_unit_test_setup_teardown(test_io_bad_descriptor, setup, teardown),
		cmocka_unit_test_setup_teardown(test_io_closed_elsewhere_open, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_flood_leaves_real_time, setup, teardown),
	};

	return cmocka_run_group_tests_name("loop objects", tests, NULL, NULL);
}
