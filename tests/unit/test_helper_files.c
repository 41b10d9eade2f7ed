/* Which of root's files give commands, and the FIFOs that the helper makes. Needs root. */
#include "config.h"

#include "tests/unit/helper_fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/text.h"

/* ---- the core's part ---- */

static void open_file(struct fixture *f, const char *name)
{
	char path[HELPER_PATH];

	path_in(f, name, path);
	int fd = helper_open_wait(f->h, path);

	assert_true(fd >= 0);
	close(fd);
}

static void take(struct fixture *f)
{
	const struct helper_request taken = { .op = HELPER_CONF_TAKEN, .id = ++f->id };

	assert_true(helper_request(f->h, &taken, NULL, 0));
}

/* etc/main.conf is a link to this. */
static void read_conf(struct fixture *f, const char *text)
{
	make_file(f, "etcetera/secret", text, 0600);
	open_file(f, "etc/main.conf");
	take(f);
}

static int run_true(struct fixture *f)
{
	struct helper_run r = { .op = HELPER_RUN, .id = ++f->id, .timeout_ms = 20000, .len = 10, .argv = "/bin/true" };
	int fd;

	assert_true(helper_request_run(f->h, &r));
	struct helper_answer a = await(f, &fd);

	assert_int_equal(a.id, r.id);
	assert_int_equal(fd, -1);
	return a.err;
}

static int ask_fifo(struct fixture *f, const char *path, uid_t owner, int *fd)
{
	struct helper_fifo q = { .op = HELPER_FIFO, .id = ++f->id, .uid = owner, .gid = owner };

	text_copy(q.path, sizeof(q.path), path);
	assert_true(helper_request_fifo(f->h, &q));
	struct helper_answer a = await(f, fd);

	assert_int_equal(a.op, HELPER_FIFO);
	assert_int_equal(a.id, q.id);
	assert_int_equal(a.err == 0, *fd >= 0);
	return a.err;
}

/* ---- files ---- */

/*
 * What lies below the configuration's folder the core may read, but a command counts only where an include line leads, by a way
 * that the core cannot turn.
 */
static void test_included(void **state)
{
	static const struct {
		const char *text, *name;
		uid_t folder; /* whose it is */
		int err;
	} cases[] = {
		{ "# nothing\n", "etc/d/cmd.conf", 0, EPERM },
		{ "include other.conf\n", "etc/d/cmd.conf", 0, EPERM },
		{ "include d/*.conf\n", "etc/d/cmd.conf", 0, 0 },
		{ "include d/*.conf\n", "etc/d/../d/cmd.conf", 0, EPERM },
		{ "include d/*.conf\n", "etc/d/cmd.conf", CORE, EPERM },
		{ "include d/*.conf\n", "etc/d/cmd.conf", NOBODY, EPERM }, /* the agent's */
		{ "include link/*.conf\n", "etc/link/cmd.conf", 0, 0 },
		{ "include link/*.conf\n", "etc/link/cmd.conf", CORE, EPERM },
	};
	struct fixture *f = *state;
	char dir[HELPER_PATH];

	path_in(f, "etc/d", dir);
	assert_int_equal(mkdir(dir, 0755), 0);
	make_link(f, "d", "etc/link");
	make_file(f, "etc/d/cmd.conf", "script /bin/true\n", 0600);
	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		assert_int_equal(chown(dir, cases[i].folder, 0), 0);
		make_file(f, "etcetera/secret", cases[i].text, 0600);
		open_file(f, "etc/main.conf");
		open_file(f, cases[i].name);
		take(f);
		int err = run_true(f);

		if (err != cases[i].err)
			fail_msg("case %zu: %s", i, strerror(err));
		read_conf(f, "#\n");
		read_conf(f, "#\n"); /* nothing is left of it */
		assert_int_equal(run_true(f), EPERM);
	}
	make_file(f, "etcetera/secret", "include d/*.conf\n", 0600);
	assert_int_equal(chown(dir, 0, 0), 0);
	open_file(f, "etc/d/cmd.conf"); /* before the file that includes it: nobody's yet */
	open_file(f, "etc/main.conf");
	take(f);
	assert_int_equal(run_true(f), EPERM);
}

/* ---- the log file ---- */

/* Links and second names, in folders that root alone can write and in others. Each case makes a folder `log`. */
static void test_log_file(void **state)
{
	static const struct {
		mode_t folder;
		uid_t owner;
		const char *link, *hard; /* the log file is one of these */
		int err;
	} cases[] = {
		{ 0755, 0, NULL, NULL, 0 },
		{ 0700, 0, NULL, NULL, 0 },
		{ 0755, 0, "../target", NULL, 0 }, /* root's own link */
		{ 0755, 0, NULL, "target", 0 },
		{ 0755, 0, "fifo", NULL, ENXIO },
		{ 0755, CORE, NULL, NULL, 0 },
		{ 0755, CORE, "../target", NULL, ELOOP },
		{ 0755, CORE, NULL, "target", EPERM },
		{ 0777, 0, NULL, NULL, 0 },
		{ 0777, 0, "../target", NULL, ELOOP },
		{ 01777, 0, NULL, NULL, 0 },
		{ 01777, 0, "../target", NULL, ELOOP },
		{ 01777, 0, NULL, "target", EPERM },
		{ 0755, 0, "/dev/null", NULL, ELOOP }, /* which everybody can write */
		{ 0755, CORE, "/dev/null", NULL, ELOOP },
	};
	struct fixture *f = *state;
	char folder[HELPER_PATH], file[HELPER_PATH], target[HELPER_PATH], fifo[HELPER_PATH];

	path_in(f, "log", folder);
	path_in(f, "log/file", file);
	path_in(f, "log/fifo", fifo);
	path_in(f, "target", target);
	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		assert_int_equal(chmod(f->dir, 0755), 0);
		make_file(f, "target", "precious", 0600);
		assert_int_equal(mkdir(folder, 0755), 0);
		assert_int_equal(mkfifo(fifo, 0600), 0);
		if (cases[i].link)
			make_link(f, cases[i].link, "log/file");
		if (cases[i].hard)
			assert_int_equal(link(target, file), 0);
		assert_int_equal(chown(folder, cases[i].owner, 0), 0);
		assert_int_equal(chmod(folder, cases[i].folder), 0);
		int fd = helper_log_here(file), err = fd < 0 ? errno : 0;

		if (err != cases[i].err)
			fail_msg("case %zu: %s", i, strerror(err));
		if (fd >= 0) {
			assert_int_equal(fcntl(fd, F_GETFL) & (O_ACCMODE | O_APPEND), O_WRONLY | O_APPEND);
			close(fd);
		}
		unlink(file);
		unlink(fifo);
		assert_int_equal(rmdir(folder), 0);
	}
	assert_int_equal(helper_log_here("relative"), -1);
	assert_int_equal(errno, EINVAL);
	assert_int_equal(helper_log_here(""), -1);
	assert_int_equal(errno, ENOENT);
}

/* The helper opens the one that it was told of at its start, and the core does not say which. */
static void test_log_by_helper(void **state)
{
	struct fixture *f = *state;
	const struct helper_request r = { .op = HELPER_LOG, .id = 1 };
	char file[HELPER_PATH];
	struct helper_answer a;
	struct stat st;
	int fd;

	assert_int_equal(helper_log_wait(f->h), -1); /* it was told of none */
	assert_int_equal(errno, ENOENT);
	pid_t before = helper_pid(f->h);

	helper_close(f->h);
	wait_for_exit(before, 0);
	path_in(f, "rotated.log", f->policy.log_file);
	text_copy(file, sizeof(file), f->policy.log_file);
	f->h = helper_fork(&f->policy);
	fd = helper_log_wait(f->h);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "line", 4), 4);
	close(fd);
	assert_int_equal(stat(file, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0640);
	assert_int_equal(unlink(file), 0);
	fd = helper_log_wait(f->h);
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(stat(file, &st), 0);
	assert_true(helper_request(f->h, &r, NULL, 0)); /* not on the loop's socket, where nobody waits for it */
	a = await(f, &fd);
	assert_int_equal(a.err, EINVAL);
}

/* ---- FIFOs ---- */

static void test_fifos(void **state)
{
	struct fixture *f = *state;
	char good[HELPER_PATH], file[HELPER_PATH], link[HELPER_PATH], conf[4 * HELPER_PATH];
	struct stat st;
	int fd;

	path_in(f, "fifo", good);
	path_in(f, "file", file);
	path_in(f, "link", link);
	make_file(f, "file", "precious", 0600);
	make_link(f, good, "link");
	snprintf(conf, sizeof(conf), "notify_fifo %s nobody\nvrrp_notify_fifo %s\nlvs_notify_fifo \"%s\"\n", good, file, link);
	read_conf(f, conf);
	assert_int_equal(ask_fifo(f, "/tmp/regent-not-in-conf", 0, &fd), EPERM);
	assert_int_equal(ask_fifo(f, "relative", 0, &fd), EINVAL);
	assert_int_equal(ask_fifo(f, file, NOBODY, &fd), EEXIST);
	assert_int_equal(stat(file, &st), 0);
	assert_int_equal(st.st_uid, 0);
	for (int twice = 0; twice < 2; twice++) { /* what is there already is taken */
		assert_int_equal(ask_fifo(f, good, NOBODY, &fd), 0);
		assert_int_equal(fcntl(fd, F_GETFL) & (O_ACCMODE | O_NONBLOCK), O_RDWR | O_NONBLOCK);
		assert_int_equal(fstat(fd, &st), 0);
		assert_true(S_ISFIFO(st.st_mode));
		assert_int_equal(st.st_mode & 0777, 0600);
		assert_int_equal(st.st_uid, NOBODY);
		close(fd);
	}
	assert_int_not_equal(ask_fifo(f, link, NOBODY, &fd), 0); /* not through links */
	assert_int_equal(ask_fifo(f, good, 1, &fd), EPERM);      /* there is a user 1, whom no file names */
	assert_int_equal(ask_fifo(f, good, 987654, &fd), ENOENT);
	assert_int_equal(stat(good, &st), 0);
	assert_int_equal(st.st_uid, NOBODY);
}

static void fifo_path(const struct fixture *f, int i, char out[static HELPER_PATH])
{
	char name[32];

	snprintf(name, sizeof(name), "fifo%d", i);
	path_in(f, name, out);
}

/* More of them in the daemon's life than the helper keeps in mind at once: all go, with it if not before. */
static void test_fifo_places(void **state)
{
	struct fixture *f = *state;
	char path[HELPER_PATH], conf[4 * HELPER_PATH];
	pid_t pid = helper_pid(f->h);
	int fd;

	for (int i = 0; i < 40; i++) {
		fifo_path(f, i, path);
		snprintf(conf, sizeof(conf), "notify_fifo %s\n", path);
		read_conf(f, conf);
		for (int times = 1 + i % 2; times > 0; times--) {
			assert_int_equal(ask_fifo(f, path, 0, &fd), 0);
			close(fd);
		}
		if (i % 3 == 0)
			assert_int_equal(unlink(path), 0); /* somebody else's hand */
	}
	helper_close(f->h);
	f->h = NULL;
	wait_for_exit(pid, 0);
	for (int i = 0; i < 40; i++) {
		fifo_path(f, i, path);
		assert_int_equal(access(path, F_OK), -1);
	}
}

/* One configuration that names too many, for all of which a hostile core asks. */
static void test_too_many_fifos(void **state)
{
	struct fixture *f = *state;
	char path[HELPER_PATH], conf[32 * HELPER_PATH] = "";
	size_t n = 0, made = 0;
	int fd;

	for (int i = 0; i < 24; i++) {
		fifo_path(f, i, path);
		text_append(conf, sizeof(conf), &n, "notify_fifo %s\n", path);
	}
	read_conf(f, conf);
	for (int i = 0; i < 24; i++) {
		fifo_path(f, i, path);
		int err = ask_fifo(f, path, 0, &fd);

		assert_true(err == 0 || err == ENOSPC);
		made += err == 0;
		if (fd >= 0)
			close(fd);
		assert_int_equal(access(path, F_OK), err == 0 ? 0 : -1);
	}
	assert_int_equal(made, 16);
}

static int run(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_included, helper_setup, helper_teardown),
		cmocka_unit_test_setup_teardown(test_log_file, helper_setup, helper_teardown),
		cmocka_unit_test_setup_teardown(test_log_by_helper, helper_setup, helper_teardown),
		cmocka_unit_test_setup_teardown(test_fifos, helper_setup, helper_teardown),
		cmocka_unit_test_setup_teardown(test_fifo_places, helper_setup, helper_teardown),
		cmocka_unit_test_setup_teardown(test_too_many_fifos, helper_setup, helper_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(int argc, char **argv)
{
	return helper_test_main(argc, argv, run);
}
