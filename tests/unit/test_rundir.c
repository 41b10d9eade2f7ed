/*
 * The daemon's folders belong to an unprivileged user, who may have put anything there before root starts the next daemon; and a
 * daemon that is refused the lock leaves the other one's files alone.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/base/text.h"
#include "core/rundir.h"

static char base[64], run[96], state[96];

static void path_of(char out[160], const char *name)
{
	assert_true(rundir_join(out, 160, run, name));
}

static bool open_here(struct rundir *d)
{
	const struct privs_user me = { geteuid(), getegid() };

	return rundir_open(d, run, state, NULL, NULL, &me);
}

static int make_base(void **unused)
{
	(void)unused;
	text_copy(base, sizeof(base), "/tmp/regent-rundir-XXXXXX");
	if (!mkdtemp(base))
		return -1;
	snprintf(run, sizeof(run), "%s/run", base);
	snprintf(state, sizeof(state), "%s/state", base);
	return 0;
}

static int drop_base(void **unused)
{
	static const char *const names[] = { "run/regentd.pid", "run/lock", "run/control.sock", "run/plan.sock", "run", "state", "victim" };
	char path[160];

	(void)unused;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", base, names[i]);
		remove(path);
	}
	return rmdir(base);
}

static void write_text(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static long read_number(const char *path)
{
	FILE *f = fopen(path, "r");
	long n = -1;

	assert_non_null(f);
	assert_int_equal(fscanf(f, "%ld", &n), 1);
	fclose(f);
	return n;
}

static bool is_kind(const char *path, mode_t kind)
{
	struct stat st;

	return lstat(path, &st) == 0 && (st.st_mode & S_IFMT) == kind;
}

static void test_opens_and_clears_up(void **unused)
{
	struct rundir d;
	char pid[160], control[160], plan[160];
	struct stat st;

	(void)unused;
	assert_true(open_here(&d));
	assert_true(rundir_listen(&d));
	path_of(pid, "regentd.pid");
	path_of(control, "control.sock");
	assert_int_equal(read_number(pid), getpid());
	assert_true(is_kind(control, S_IFSOCK));
	path_of(plan, "plan.sock");
	assert_true(is_kind(plan, S_IFSOCK));
	assert_int_equal(stat(plan, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	rundir_close(&d);
	assert_int_not_equal(access(pid, F_OK), 0);
	assert_int_not_equal(access(control, F_OK), 0);
	assert_int_not_equal(access(plan, F_OK), 0);
}

static void test_planted_link_is_not_followed(void **unused)
{
	static const char *const names[] = { "regentd.pid", "control.sock" };
	char path[160], victim[160];
	struct rundir d;

	(void)unused;
	snprintf(victim, sizeof(victim), "%s/victim", base);
	write_text(victim, "4711");
	assert_int_equal(chmod(victim, 0640), 0);
	assert_int_equal(mkdir(run, 0750), 0);
	for (size_t i = 0; i < 2; i++) {
		path_of(path, names[i]);
		assert_int_equal(symlink(victim, path), 0);
	}
	assert_true(open_here(&d));
	assert_true(rundir_listen(&d));
	assert_int_equal(read_number(victim), 4711);
	path_of(path, "regentd.pid");
	assert_true(is_kind(path, S_IFREG));
	path_of(path, "control.sock");
	assert_true(is_kind(path, S_IFSOCK));
	rundir_close(&d);
	assert_int_equal(read_number(victim), 4711);
}

static void test_second_daemon_leaves_the_first_alone(void **unused)
{
	struct rundir first, second;
	char pid[160], control[160];

	(void)unused;
	assert_true(open_here(&first));
	assert_true(rundir_listen(&first));
	assert_false(open_here(&second));
	rundir_close(&second);
	path_of(pid, "regentd.pid");
	path_of(control, "control.sock");
	assert_true(is_kind(pid, S_IFREG));
	assert_true(is_kind(control, S_IFSOCK));
	rundir_close(&first);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_opens_and_clears_up, make_base, drop_base),
		cmocka_unit_test_setup_teardown(test_planted_link_is_not_followed, make_base, drop_base),
		cmocka_unit_test_setup_teardown(test_second_daemon_leaves_the_first_alone, make_base, drop_base),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
