/* Scripts run by the real helper: who they are, how they end, what is refused, what is left of them. Needs root. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/base/text.h"
#include "core/scripts.h"
#include "tests/unit/loop_fixture.h"

#define NOBODY 65534
#define PATIENCE (60 * USEC_PER_SEC) /* for what is not about a time limit */
#define CORE 12345

struct world {
	char dir[64];
	struct helper_policy policy;
	struct helper *h;
	struct loop *l;
	struct helper_port *port;
	struct scripts *scripts;
	struct script_runner run;
	struct script_end end[256];
	size_t n_ends, want;
};

static void in_dir(const struct world *w, const char *name, char out[static HELPER_PATH])
{
	size_t n = 0;

	text_append(out, HELPER_PATH, &n, "%s/%s", w->dir, name);
}

static void put_file(const struct world *w, const char *name, const char *content, mode_t mode)
{
	char path[HELPER_PATH];

	in_dir(w, name, path);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, content, strlen(content)), (ssize_t)strlen(content));
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

/* Let the helper read the configuration that is there, as the core would at a reload. */
static void take_conf(struct world *w)
{
	char path[HELPER_PATH];

	in_dir(w, "conf", path);
	int fd = helper_open_wait(w->h, path);

	assert_true(fd >= 0);
	close(fd);
	scripts_conf_read(w->scripts, true);
}

static void read_conf(struct world *w, const char *content)
{
	put_file(w, "conf", content, 0600);
	take_conf(w);
}

static int world_setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	assert_non_null(w);
	umask(022);
	text_copy(w->dir, sizeof(w->dir), "/tmp/regent-scripts-XXXXXX");
	assert_non_null(mkdtemp(w->dir));
	assert_int_equal(chmod(w->dir, 0755), 0);
	w->policy.uid = w->policy.gid = CORE + 1;
	w->policy.core_uid = w->policy.core_gid = CORE;
	in_dir(w, "conf", w->policy.conf_file);
	w->h = helper_fork(&w->policy);
	w->l = loop_new();
	assert_non_null(w->h);
	assert_non_null(w->l);
	w->port = helper_port_new(w->l, w->h);
	w->scripts = scripts_new(w->l, w->port);
	w->run = scripts_runner(w->scripts);
	*state = w;
	return 0;
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *where)
{
	(void)st;
	(void)kind;
	(void)where;
	return remove(path);
}

static int world_teardown(void **state)
{
	struct world *w = *state;
	pid_t pid = helper_pid(w->h);
	int status;

	scripts_free(w->scripts);
	helper_port_free(w->port);
	loop_free(w->l);
	helper_close(w->h);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(nftw(w->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
	free(w);
	return 0;
}

static void on_end(void *user, const struct script_end *end)
{
	struct world *w = user;

	assert_true(w->n_ends < N_ELEMENTS(w->end));
	w->end[w->n_ends++] = *end;
	if (w->n_ends >= w->want)
		loop_stop(w->l);
}

static uint64_t start(struct world *w, uid_t uid, unsigned n_added, usec_t timeout, const char *const *argv)
{
	const struct script_spec spec = { .argv = argv, .uid = uid, .gid = uid, .n_added = n_added, .timeout = timeout };

	return w->run.start(w->run.self, &spec, on_end, w);
}

static struct script_end run_one(struct world *w, uid_t uid, usec_t timeout, const char *const *argv)
{
	w->n_ends = 0;
	w->want = 1;
	assert_int_not_equal(start(w, uid, 0, timeout, argv), 0);
	assert_int_equal(w->n_ends, 0); /* never from within start() */
	run(w->l);
	return w->end[0];
}

static void check_end(struct script_end e, enum script_outcome outcome, int code)
{
	if (e.outcome != outcome || e.code != code)
		fail_msg("ended as %s %d, want %s %d", script_outcome_name(e.outcome), e.code, script_outcome_name(outcome), code);
}

/* ---- how they end ---- */

static void test_outcomes(void **state)
{
	struct world *w = *state;
	const char *exit7[] = { "/bin/sh", "-c", "exit 7", NULL }, *kill9[] = { "/bin/sh", "-c", "kill -9 $$", NULL };
	const char *none[] = { "/nonexistent", NULL }, *deny[] = { "/etc/passwd", NULL }, *relative[] = { "./sh", NULL };

	read_conf(w, "script_user nobody\nscript '/bin/sh -c \"exit 7\"'\nscript '/bin/sh -c \"kill -9 $$\"'\n"
	             "script /nonexistent\nscript /etc/passwd\nscript ./sh\n");
	check_end(run_one(w, NOBODY, PATIENCE, exit7), SCRIPT_EXITED, 7);
	check_end(run_one(w, NOBODY, PATIENCE, kill9), SCRIPT_KILLED, SIGKILL);
	check_end(run_one(w, NOBODY, PATIENCE, none), SCRIPT_NOT_RUN, ENOENT);
	check_end(run_one(w, NOBODY, PATIENCE, deny), SCRIPT_NOT_RUN, EACCES);
	check_end(run_one(w, NOBODY, PATIENCE, relative), SCRIPT_NOT_RUN, EINVAL);
}

static int count_numbers(const char *path)
{
	FILE *f = fopen(path, "r");
	int n = 0, number;

	assert_non_null(f);
	while (fscanf(f, "%d", &number) == 1)
		n++;
	fclose(f);
	return n;
}

/* It and its children: those that ignore SIGTERM too. */
static void test_time_limit(void **state)
{
	struct world *w = *state;
	char script[HELPER_PATH], marks[HELPER_PATH], conf[3 * HELPER_PATH];

	in_dir(w, "hang", script);
	in_dir(w, "mark", marks);
	put_file(w, "mark", "", 0666);
	put_file(w, "hang",
	         "#!/bin/sh\ntrap '' TERM\necho $$ >> $1\n(trap '' TERM; exec sleep 600) &\necho $! >> $1\n"
	         "sleep 600 & wait; sleep 600\n", 0755);
	snprintf(conf, sizeof(conf), "script_user nobody\nscript \"%s %s\"\n", script, marks);
	read_conf(w, conf);
	const char *argv[] = { script, marks, NULL };
	usec_t limit = 300 * USEC_PER_MS;
	struct script_end e = run_one(w, NOBODY, limit, argv);

	/* On a slow machine it may not have come to all that it wants to do: then it gets more time. */
	while (count_numbers(marks) < 2 && limit < PATIENCE) {
		limit *= 4;
		put_file(w, "mark", "", 0666);
		e = run_one(w, NOBODY, limit, argv);
	}
	check_end(e, SCRIPT_TIMED_OUT, SIGKILL);
	assert_true(e.took >= limit + 2 * USEC_PER_SEC);
	FILE *f = fopen(marks, "r");
	int pid, n = 0;

	while (fscanf(f, "%d", &pid) == 1) {
		for (int i = 0; kill(pid, 0) == 0 && i < 20000; i++)
			usleep(1000); /* its new parent has to reap it */
		assert_int_equal(kill(pid, 0), -1);
		n++;
	}
	assert_int_equal(n, 2);
	fclose(f);
}

static void test_cancel(void **state)
{
	struct world *w = *state;
	const char *sleep_long[] = { "/bin/sleep", "600", NULL }, *yes[] = { "/bin/true", NULL };
	struct scripts_stats stats;

	read_conf(w, "script_user nobody\nscript \"/bin/sleep 600\"\nscript /bin/true\n");
	w->n_ends = 0;
	w->want = 1;
	uint64_t id = start(w, NOBODY, 0, 600 * USEC_PER_SEC, sleep_long);

	assert_int_not_equal(id, 0);
	w->run.cancel(w->run.self, id);
	w->run.cancel(w->run.self, id); /* an id that is gone */
	w->run.cancel(w->run.self, 0);
	check_end(run_one(w, NOBODY, PATIENCE, yes), SCRIPT_EXITED, 0);
	assert_int_equal(w->n_ends, 1);
	scripts_get_stats(w->scripts, &stats);
	assert_int_equal(stats.running, 0);
}

static void test_many(void **state)
{
	struct world *w = *state;
	const char *brief[] = { "/bin/sleep", "0.2", NULL };

	read_conf(w, "script_user nobody\nscript \"/bin/sleep 0.2\"\n");
	w->n_ends = 0;
	w->want = HELPER_RUNS;
	for (size_t i = 0; i < HELPER_RUNS; i++)
		assert_int_not_equal(start(w, NOBODY, 0, 20 * USEC_PER_SEC, brief), 0);
	assert_int_equal(start(w, NOBODY, 0, 20 * USEC_PER_SEC, brief), 0);
	assert_int_equal(errno, EAGAIN);
	run(w->l);
	for (size_t i = 0; i < HELPER_RUNS; i++)
		check_end(w->end[i], SCRIPT_EXITED, 0);
}

static void test_helper_dies(void **state)
{
	struct world *w = *state;
	const char *sleep_long[] = { "/bin/sleep", "600", NULL };

	read_conf(w, "script_user nobody\nscript \"/bin/sleep 600\"\n");
	w->n_ends = 0;
	w->want = 1;
	assert_int_not_equal(start(w, NOBODY, 0, PATIENCE, sleep_long), 0);
	kill(helper_pid(w->h), SIGKILL);
	run(w->l);
	check_end(w->end[0], SCRIPT_NOT_RUN, EPIPE);
	assert_int_equal(start(w, NOBODY, 0, PATIENCE, sleep_long), 0);
}

/* ---- who they are ---- */

static void check_line(const char *text, const char *line)
{
	if (!strstr(text, line))
		fail_msg("no `%s` in:\n%s", line, text);
}

static void describe(struct world *w, uid_t uid, const char *conf, char *out, size_t size)
{
	char script[HELPER_PATH], result[HELPER_PATH], all[4 * HELPER_PATH];

	in_dir(w, "who", script);
	in_dir(w, "said", result);
	put_file(w, "said", "", 0666);
	put_file(w, "who", "#!/bin/sh\nexec > $1\n"
	                   "grep -E '^(Uid|Gid|Groups|Cap(Inh|Prm|Eff|Amb)|NoNewPrivs|Sig(Blk|Ign))' /proc/self/status\n"
	                   "echo in $(readlink /proc/self/fd/0), pwd $(pwd), umask $(umask), fds $(ls /proc/self/fd | tr '\\n' ' ')\n"
	                   "ps -o pid= -o pgid= -o sid= -o class= -p $$ |"
	                   "awk '{ print ($1 == $2 && $2 == $3) ? \"alone\" : \"not alone\", $4 }'\n"
	                   "env\n", 0755);
	snprintf(all, sizeof(all), "%s\nscript \"%s %s\"\n", conf, script, result);
	read_conf(w, all);
	const char *argv[] = { script, result, NULL };

	check_end(run_one(w, uid, 20 * USEC_PER_SEC, argv), SCRIPT_EXITED, 0);
	int fd = open(result, O_RDONLY | O_CLOEXEC);
	ssize_t n = read(fd, out, size - 1);

	assert_true(n > 0);
	out[n] = '\0';
	close(fd);
}

static void test_who(void **state)
{
	struct world *w = *state;
	char said[8192];

	setenv("REGENT_SECRET", "x", 1);
	describe(w, NOBODY, "script_user nobody", said, sizeof(said));
	check_line(said, "Uid:\t65534\t65534\t65534\t65534");
	check_line(said, "Gid:\t65534\t65534\t65534\t65534");
	check_line(said, "CapEff:\t0000000000000000");
	check_line(said, "CapPrm:\t0000000000000000");
	check_line(said, "CapInh:\t0000000000000000");
	check_line(said, "CapAmb:\t0000000000000000");
	check_line(said, "SigBlk:\t0000000000000000");
	const char *ignored = strstr(said, "SigIgn:");

	assert_non_null(ignored);
	assert_int_equal(strtoull(ignored + 8, NULL, 16) & 0x7fffffff, 0); /* 32 and 33 are the C library's own */
	check_line(said, "in /dev/null, pwd /, umask 0022, fds 0 1 2 3");
	check_line(said, "alone TS");
	check_line(said, "USER=nobody");
	assert_null(strstr(said, "REGENT_SECRET"));
}

static void test_root(void **state)
{
	struct world *w = *state;
	char said[8192];

	describe(w, 0, "", said, sizeof(said));
	check_line(said, "Uid:\t0\t0\t0\t0");
	check_line(said, "USER=root");
	check_line(said, "NoNewPrivs:\t0");
}

/* ---- what is refused ---- */

static void test_refused(void **state)
{
	struct world *w = *state;
	char script[HELPER_PATH], dir[HELPER_PATH], conf[2 * HELPER_PATH];
	const char *rm[] = { "/bin/rm", "-rf", "/nothing", NULL }, *mine[] = { script, NULL };
	struct scripts_stats stats;

	in_dir(w, "d", dir);
	in_dir(w, "d/mine", script);
	assert_int_equal(mkdir(dir, 0755), 0);
	put_file(w, "d/mine", "#!/bin/sh\nexit 0\n", 0755);
	snprintf(conf, sizeof(conf), "script \"%s\"\n", script);
	read_conf(w, conf);
	check_end(run_one(w, 0, PATIENCE, rm), SCRIPT_NOT_RUN, EPERM);
	check_end(run_one(w, 0, PATIENCE, mine), SCRIPT_EXITED, 0);
	check_end(run_one(w, NOBODY, PATIENCE, mine), SCRIPT_NOT_RUN, EPERM); /* nobody named him */
	assert_int_equal(chown(dir, CORE, CORE), 0);
	check_end(run_one(w, 0, PATIENCE, mine), SCRIPT_NOT_RUN, EPERM);
	assert_int_equal(chown(dir, 0, CORE), 0);
	check_end(run_one(w, 0, PATIENCE, mine), SCRIPT_EXITED, 0);
	assert_int_equal(chmod(dir, 0775), 0);
	check_end(run_one(w, 0, PATIENCE, mine), SCRIPT_NOT_RUN, EPERM);
	assert_int_equal(chown(dir, 0, 0), 0);
	check_end(run_one(w, 0, PATIENCE, mine), SCRIPT_EXITED, 0);
	assert_int_equal(chmod(dir, 0777), 0);
	check_end(run_one(w, 0, PATIENCE, mine), SCRIPT_NOT_RUN, EPERM);
	assert_int_equal(chmod(dir, 01777), 0);
	check_end(run_one(w, 0, PATIENCE, mine), SCRIPT_EXITED, 0);
	assert_int_equal(chmod(script, 0777), 0);
	check_end(run_one(w, 0, PATIENCE, mine), SCRIPT_NOT_RUN, EPERM);
	scripts_get_stats(w->scripts, &stats);
	assert_int_equal(stats.refused, 6);
}

/* enable_script_security: what somebody else than root could change is not run as root, by its name or where that leads. */
static void test_secure(void **state)
{
	struct world *w = *state;
	char path[HELPER_PATH], link[HELPER_PATH], back[HELPER_PATH], through[HELPER_PATH];
	const char *mine[] = { path, NULL }, *linked[] = { link, NULL }, *outward[] = { back, NULL }, *both[] = { through, NULL };
	char conf[5 * HELPER_PATH], theirs[HELPER_PATH], good[HELPER_PATH];

	in_dir(w, "theirs", theirs);
	in_dir(w, "theirs/s", path);
	in_dir(w, "theirs/back", back);
	in_dir(w, "link", link);
	in_dir(w, "through", through);
	in_dir(w, "good", good);
	assert_int_equal(mkdir(theirs, 0755), 0);
	put_file(w, "theirs/s", "#!/bin/sh\nexit 0\n", 0755);
	put_file(w, "good", "#!/bin/sh\nexit 0\n", 0755);
	assert_int_equal(symlink(path, link), 0);
	assert_int_equal(symlink(good, back), 0);
	assert_int_equal(symlink("theirs/back", through), 0); /* good in the end, but not on the way */
	snprintf(conf, sizeof(conf), "script_user nobody\nscript \"%s\"\nscript \"%s\"\nscript \"%s\"\nscript \"%s\"\n", path, link,
	         back, through);
	read_conf(w, conf);
	scripts_configure(w->scripts, false, false, true);
	check_end(run_one(w, 0, PATIENCE, mine), SCRIPT_EXITED, 0);
	check_end(run_one(w, 0, PATIENCE, linked), SCRIPT_EXITED, 0);
	check_end(run_one(w, 0, PATIENCE, outward), SCRIPT_EXITED, 0);
	check_end(run_one(w, 0, PATIENCE, both), SCRIPT_EXITED, 0);
	assert_int_equal(chown(theirs, NOBODY, 0), 0);
	check_end(run_one(w, 0, PATIENCE, mine), SCRIPT_NOT_RUN, EPERM);
	check_end(run_one(w, 0, PATIENCE, linked), SCRIPT_NOT_RUN, EPERM);
	check_end(run_one(w, 0, PATIENCE, outward), SCRIPT_NOT_RUN, EPERM);
	check_end(run_one(w, 0, PATIENCE, both), SCRIPT_NOT_RUN, EPERM);
	check_end(run_one(w, NOBODY, PATIENCE, mine), SCRIPT_EXITED, 0); /* as himself */
	scripts_configure(w->scripts, false, false, false);
	check_end(run_one(w, 0, PATIENCE, mine), SCRIPT_EXITED, 0); /* neither the core nor everybody can write it */
}

/* A file that the core could have written gives it no command. */
static void test_own_conf(void **state)
{
	struct world *w = *state;
	const char *yes[] = { "/bin/true", NULL };

	put_file(w, "conf", "", 0600);
	for (int i = 0; i < 4; i++) {
		const bool core_owns = i == 1;
		char path[HELPER_PATH];

		in_dir(w, "conf", path);
		put_file(w, "conf", "script /bin/true\n", i == 2 ? 0660 : i == 3 ? 0606 : 0600);
		assert_int_equal(chown(path, core_owns ? CORE : 0, i == 2 ? CORE : 0), 0);
		take_conf(w);
		scripts_conf_read(w->scripts, true); /* nor does the configuration before it have it */
		check_end(run_one(w, 0, PATIENCE, yes), i == 0 ? SCRIPT_EXITED : SCRIPT_NOT_RUN, i == 0 ? 0 : EPERM);
	}
}

static void read_numbers(const char *path, int *numbers, size_t want)
{
	for (int i = 0; i < 20000; i++) {
		FILE *f = fopen(path, "r");
		size_t n = 0;

		assert_non_null(f);
		while (n < want && fscanf(f, "%d", &numbers[n]) == 1)
			n++;
		fclose(f);
		if (n == want)
			return;
		usleep(1000);
	}
	fail_msg("%s has no %zu numbers", path, want);
}

/* The daemon's end is that of its scripts, and of what they started though it ignores SIGTERM. */
static void test_end(void **state)
{
	struct world *w = *state;
	char script[HELPER_PATH], marks[HELPER_PATH], conf[3 * HELPER_PATH];
	int pid;

	in_dir(w, "hang", script);
	in_dir(w, "mark", marks);
	put_file(w, "mark", "", 0666);
	put_file(w, "hang", "#!/bin/sh\n(trap '' TERM; echo $(exec sh -c 'echo $PPID') >> $1; exec sleep 600) &\nwait\n", 0755);
	snprintf(conf, sizeof(conf), "script_user nobody\nscript \"%s %s\"\n", script, marks);
	read_conf(w, conf);
	const char *argv[] = { script, marks, NULL };

	assert_int_not_equal(start(w, NOBODY, 0, 600 * USEC_PER_SEC, argv), 0);
	read_numbers(marks, &pid, 1);
	assert_int_equal(kill(pid, 0), 0);
	scripts_free(w->scripts);
	helper_port_free(w->port);
	helper_close(w->h);
	for (int i = 0; kill(pid, 0) == 0 && i < 20000; i++)
		usleep(1000);
	assert_int_equal(kill(pid, 0), -1);
	w->h = helper_fork(&w->policy);
	assert_non_null(w->h);
	w->port = helper_port_new(w->l, w->h);
	w->scripts = scripts_new(w->l, w->port);
}

/* ---- a hostile core ---- */

static void send_run(struct world *w, const struct helper_run *q, int want)
{
	struct helper_answer a;
	struct timespec pause = { 0, 1000000 };
	int fd = -1;

	assert_true(helper_request_run(w->h, q));
	for (int i = 0; !helper_answer(w->h, &a, &fd); i++) {
		assert_true(i < 20000);
		nanosleep(&pause, NULL);
	}
	assert_int_equal(a.op, HELPER_RUN);
	assert_int_equal(a.err, want);
	assert_int_equal(fd, -1);
}

static void test_hostile(void **state)
{
	struct world *w = *state;
	const struct helper_run good = {
		.op = HELPER_RUN, .id = 1000, .uid = 0, .gid = 0, .timeout_ms = 20000, .len = 10, .argv = "/bin/true",
	};
	struct helper_run q = good;

	read_conf(w, "script /bin/true\n");
	send_run(w, &good, 0);
	q.id = 0;
	send_run(w, &q, EINVAL);
	q = good, q.len = 9; /* no NUL in the end */
	send_run(w, &q, EINVAL);
	q = good, q.len = HELPER_ARGV + 1;
	assert_false(helper_request_run(w->h, &q));
	assert_int_equal(errno, E2BIG);
	q = good, q.len = 0;
	send_run(w, &q, EINVAL);
	q = good, q.timeout_ms = 0;
	send_run(w, &q, EINVAL);
	q = good, q.timeout_ms = HELPER_RUN_MS + 1;
	send_run(w, &q, EINVAL);
	q = good, q.flags = HELPER_RUN_FLAGS + 1;
	send_run(w, &q, EINVAL);
	q = good, q.n_added = 2;
	send_run(w, &q, EINVAL);
	q = good, q.n_added = 1;
	send_run(w, &q, EPERM);
	q = good, q.uid = UINT32_MAX;
	send_run(w, &q, EINVAL);
	q = good, q.gid = NOBODY; /* a group that is neither his nor named */
	send_run(w, &q, EPERM);
	q = good, q.gid = 987654;
	send_run(w, &q, ENOENT);
	q = good, q.uid = 987654;
	send_run(w, &q, ENOENT);
	q = good, q.uid = CORE, q.gid = 0; /* the core's user, but with root's group */
	send_run(w, &q, ENOENT);
	send_run(w, &good, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_outcomes, world_setup, world_teardown),
		cmocka_unit_test_setup_teardown(test_time_limit, world_setup, world_teardown),
		cmocka_unit_test_setup_teardown(test_cancel, world_setup, world_teardown),
		cmocka_unit_test_setup_teardown(test_many, world_setup, world_teardown),
		cmocka_unit_test_setup_teardown(test_helper_dies, world_setup, world_teardown),
		cmocka_unit_test_setup_teardown(test_who, world_setup, world_teardown),
		cmocka_unit_test_setup_teardown(test_root, world_setup, world_teardown),
		cmocka_unit_test_setup_teardown(test_refused, world_setup, world_teardown),
		cmocka_unit_test_setup_teardown(test_secure, world_setup, world_teardown),
		cmocka_unit_test_setup_teardown(test_own_conf, world_setup, world_teardown),
		cmocka_unit_test_setup_teardown(test_end, world_setup, world_teardown),
		cmocka_unit_test_setup_teardown(test_hostile, world_setup, world_teardown),
	};

	return geteuid() == 0 ? cmocka_run_group_tests(tests, NULL, NULL) : 77; /* needs root */
}
