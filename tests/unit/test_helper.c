/* The helper's requests, from an honest core and a hostile one. Needs root. */
#include "config.h"

#include "tests/unit/helper_fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/text.h"

/* ---- OPEN ---- */

static void test_open_policy(void **state)
{
	static const struct {
		const char *path;
		int err;
	} cases[] = {
		{ "etc/main.conf", 0 },       /* the main file may be a link to anywhere */
		{ "etc/conf.d/a.conf", 0 },
		{ "etc/in.conf", 0 },         /* a link that stays inside */
		{ "etc/conf.d/../in.conf", 0 },
		{ "etc/out.conf", EXDEV },   /* links that leave */
		{ "etc/out.d/secret", EXDEV },
		{ "etc/../etcetera/secret", EXDEV },
		{ "etcetera/secret", EXDEV },
		{ "etc/none.conf", ENOENT },
		{ "etc/conf.d", EISDIR },
		{ "etc/fifo", EACCES },
		{ "etc", EXDEV },
	};
	struct fixture *f = *state;
	char path[HELPER_PATH];
	int fd;

	path_in(f, "etc/fifo", path);
	assert_int_equal(mkfifo(path, 0600), 0);
	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		struct helper_answer a;

		path_in(f, cases[i].path, path);
		a = ask(f, HELPER_OPEN, path, NULL, 0, &fd);
		if (a.err != cases[i].err)
			fail_msg("%s: %s", cases[i].path, strerror(a.err));
		if (fd >= 0)
			close(fd);
	}
	assert_int_equal(ask(f, HELPER_OPEN, "/etc/shadow", NULL, 0, &fd).err, EXDEV);
	assert_int_equal(ask(f, HELPER_OPEN, "", NULL, 0, &fd).err, EINVAL);
}

static int open_errno(const struct helper_policy *p, const struct fixture *f, const char *name)
{
	char path[HELPER_PATH];
	int fd;

	path_in(f, name, path);
	fd = helper_open_here(p, path);
	if (fd < 0)
		return errno;
	close(fd);
	return 0;
}

/* A main file that is a link has two folders: includes may be seen from either, and from nowhere else. */
static void test_allowed_folders(void **state)
{
	struct helper_policy p = { 0 };
	struct fixture *f = *state;
	char path[HELPER_PATH], longer[HELPER_PATH + 1];

	path_in(f, "etc/main.conf", path); /* -> ../etcetera/secret */
	assert_true(helper_allow_conf(&p, path));
	assert_int_equal(open_errno(&p, f, "etc/main.conf"), 0);
	assert_int_equal(open_errno(&p, f, "etc/conf.d/a.conf"), 0);
	assert_int_equal(open_errno(&p, f, "etcetera/secret"), 0);
	assert_int_equal(open_errno(&p, f, "agent"), EXDEV);
	path_in(f, "etc/conf.d/a.conf", path);
	assert_true(helper_allow_conf(&p, path));
	assert_int_equal(open_errno(&p, f, "etc/conf.d/a.conf"), 0);
	assert_int_equal(open_errno(&p, f, "etcetera/secret"), EXDEV);
	assert_int_equal(open_errno(&p, f, "etc/in.conf"), 0);
	assert_int_equal(open_errno(&p, f, "etc/main.conf"), EXDEV);
	assert_true(helper_allow_conf(&p, "/etc/none-of-ours.conf")); /* no door to the rest of /etc */
	errno = 0;
	assert_int_equal(helper_open_here(&p, "/etc/passwd"), -1);
	assert_int_equal(errno, EXDEV);
	memset(longer, 'x', HELPER_PATH);
	longer[HELPER_PATH] = '\0';
	assert_false(helper_allow_conf(&p, longer));
	assert_int_equal(chdir(f->dir), 0);
	assert_true(helper_allow_conf(&p, "agent"));
	assert_int_equal(open_errno(&p, f, "etc/conf.d/a.conf"), 0);
	assert_int_equal(chdir("/"), 0);
}

static void test_open_is_read_only(void **state)
{
	struct fixture *f = *state;
	char buf[16];
	int fd;

	assert_int_equal(ask(f, HELPER_OPEN, f->policy.conf_file, NULL, 0, &fd).err, 0);
	assert_int_equal(fcntl(fd, F_GETFL) & O_ACCMODE, O_RDONLY);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	assert_int_equal(read(fd, buf, sizeof(buf)), 6);
	assert_memory_equal(buf, "secret", 6);
	close(fd);
}

static void *open_often(void *arg)
{
	struct fixture *f = arg;
	char good[HELPER_PATH], bad[HELPER_PATH];

	path_in(f, "etc/conf.d/a.conf", good);
	path_in(f, "etc/none", bad);
	for (int i = 0; i < 100; i++) {
		int fd = helper_open_wait(f->h, i % 2 ? good : bad);

		if ((fd >= 0) != (i % 2 == 1) || (fd < 0 && errno != ENOENT))
			return arg;
		if (fd >= 0)
			close(fd);
	}
	return NULL;
}

static void *open_once(void *arg)
{
	struct fixture *f = arg;

	return (void *)(intptr_t)helper_open_wait(f->h, f->policy.conf_file);
}

/* A file system that hangs the helper must not hang whoever ends the core. */
static void check_hang_up(struct fixture *f)
{
	pid_t pid = helper_pid(f->h);
	int status;
	pthread_t t;
	void *fd;

	assert_int_equal(kill(pid, SIGSTOP), 0);
	assert_int_equal(waitpid(pid, &status, WUNTRACED), pid);
	assert_int_equal(pthread_create(&t, NULL, open_once, f), 0);
	helper_hang_up(f->h);
	assert_int_equal(pthread_join(t, &fd), 0);
	assert_int_equal((intptr_t)fd, -1);
	assert_int_equal(helper_open_wait(f->h, f->policy.conf_file), -1);
	assert_int_equal(kill(pid, SIGCONT), 0);
}

static void test_open_wait(void **state)
{
	struct fixture *f = *state;
	char longer[HELPER_PATH + 1];
	pthread_t t[3];
	void *failed;

	for (int i = 0; i < 3; i++)
		assert_int_equal(pthread_create(&t[i], NULL, open_often, f), 0);
	for (int i = 0; i < 3; i++) {
		pthread_join(t[i], &failed);
		assert_null(failed);
	}
	memset(longer, 'x', HELPER_PATH);
	longer[HELPER_PATH] = '\0';
	assert_int_equal(helper_open_wait(f->h, longer), -1);
	assert_int_equal(errno, ENAMETOOLONG);
	check_hang_up(f);
}

/* ---- a hostile core ---- */

static void send_raw(struct fixture *f, const void *msg, size_t len, const int *fds, size_t n_fds, int want_err)
{
	struct helper_answer a;
	int fd;

	assert_int_equal(helper_send(helper_fd(f->h), msg, len, fds, n_fds, 0), 0);
	a = await(f, &fd);
	assert_int_equal(a.err, want_err);
	assert_int_equal(fd, -1);
	assert_false(a.op == HELPER_AGENT && a.id == 0); /* must not look like an agent's end */
}

static void test_malformed(void **state)
{
	struct fixture *f = *state;
	struct helper_request r = { .op = HELPER_OPEN, .id = 1 };
	char longer[sizeof(r) + 100] = { HELPER_OPEN, 0, 0, 0, 1 };
	const int fds[] = { 0, 1 };
	int fd;

	send_raw(f, &r, sizeof(r), fds, 1, EINVAL); /* a descriptor too many */
	send_raw(f, &r, sizeof(r) - 1, NULL, 0, EINVAL);
	send_raw(f, &r, 1, NULL, 0, EINVAL);
	send_raw(f, longer, sizeof(longer), fds, 2, EINVAL);
	for (uint32_t op = 0; op < 20; op += op == 0 ? 9 : 1) { /* 6 to 8 are not answered */
		r.op = op;
		send_raw(f, &r, sizeof(r), NULL, 0, op == HELPER_PROGRAM ? ENOENT : EINVAL); /* that needs nothing else; there is none */
	}
	r = (struct helper_request){ .op = HELPER_AGENT };
	send_raw(f, &r, sizeof(r), fds, 2, EINVAL); /* no id */
	r.id = 9;
	send_raw(f, &r, sizeof(r), NULL, 0, EINVAL); /* no descriptor */
	r = (struct helper_request){ .op = HELPER_OPEN, .id = 1 };
	memset(r.path, 'x', sizeof(r.path)); /* no NUL */
	send_raw(f, &r, sizeof(r), NULL, 0, EINVAL);
	assert_int_equal(ask(f, HELPER_OPEN, f->policy.conf_file, NULL, 0, &fd).err, 0);
	close(fd);
}

static void test_root_agent_refused(void **state)
{
	struct helper_policy p = ((struct fixture *)*state)->policy;

	p.uid = 0;
	assert_null(helper_fork(&p));
	assert_int_equal(errno, EINVAL);
}

/* ---- CONNECT ---- */

static int listen_unix(const struct fixture *f, const char *name, uid_t owner)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	char path[HELPER_PATH];
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	path_in(f, name, path);
	text_copy(sun.sun_path, sizeof(sun.sun_path), path);
	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&sun, sizeof(sun)), 0);
	assert_int_equal(chown(path, owner, (gid_t)-1), 0);
	assert_int_equal(chmod(path, 0700), 0);
	assert_int_equal(listen(fd, 0), 0);
	return fd;
}

static void connect_to(struct fixture *f, const char *prefix, const char *name, int want)
{
	char path[HELPER_PATH], address[2 * HELPER_PATH];
	struct helper_answer a;
	size_t n = 0;
	int fd;

	path_in(f, name, path);
	text_append(address, sizeof(address), &n, "%s%s", prefix, path);
	a = ask(f, HELPER_CONNECT, address, NULL, 0, &fd);
	if (a.err != want)
		fail_msg("%s: %s", address, strerror(a.err));
	if (fd >= 0) {
		assert_true(fcntl(fd, F_GETFL) & O_NONBLOCK);
		assert_int_equal(send(fd, "x", 1, MSG_NOSIGNAL), 1);
		close(fd);
	}
}

static void test_connect_unix(void **state)
{
	static const char *const names[] = { "listed", "master", "x-agentx.sock", "docker.sock", "agentx-of-another" };
	struct fixture *f = *state;
	int fd[N_ELEMENTS(names)];

	for (size_t i = 0; i < N_ELEMENTS(names); i++)
		fd[i] = listen_unix(f, names[i], i == 0 || i == 4 ? NOBODY : 0);
	make_link(f, "docker.sock", "link-to-agentx");
	make_file(f, "etc/agentx", "", 0600);
	connect_to(f, "", "listed", 0); /* whoever it belongs to */
	close(accept(fd[0], NULL, NULL));
	connect_to(f, "unix:", "listed", 0);
	connect_to(f, "", "master", 0);
	connect_to(f, "", "x-agentx.sock", 0);
	connect_to(f, "", "docker.sock", EACCES);
	connect_to(f, "", "link-to-agentx", EACCES);
	connect_to(f, "", "agentx-of-another", EACCES);
	connect_to(f, "", "etc/agentx", ENOTSOCK);
	connect_to(f, "", "no-agentx", ENOENT);
	connect_to(f, "", "master", EAGAIN); /* its backlog is full: an error, not a wait */
	close(fd[1]);
	connect_to(f, "", "master", ECONNREFUSED);
	for (size_t i = 0; i < N_ELEMENTS(names); i++)
		if (i != 1)
			close(fd[i]);
}

static void test_connect_tcp(void **state)
{
	static const struct {
		const char *address;
		int err;
	} cases[] = {
		{ "tcp:192.0.2.1:705", EACCES }, { "tcp:[2001:db8::1]:705", EACCES }, { "tcp:127.0.0.1", EINVAL },
		{ "tcp:127.0.0.1:", EINVAL },    { "tcp:127.0.0.1:0", EINVAL },       { "tcp:127.0.0.1:65536", EINVAL },
		{ "tcp:127.0.0.1:-5", EINVAL },  { "tcp:127.0.0.1:70x", EINVAL },     { "tcp:localhost:705", EINVAL },
		{ "tcp:", EINVAL },              { "udp:127.0.0.1:705", EINVAL },     { "", EINVAL },
		{ "unix:", EINVAL },             { "relative/agentx", EINVAL },
	};
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), fd;
	socklen_t len = sizeof(in);
	struct fixture *f = *state;
	char address[64];
	size_t n = 0;

	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		struct helper_answer a = ask(f, HELPER_CONNECT, cases[i].address, NULL, 0, &fd);

		if (a.err != cases[i].err)
			fail_msg("%s: %s", cases[i].address, strerror(a.err));
	}
	assert_int_equal(bind(listener, (struct sockaddr *)&in, len), 0);
	assert_int_equal(listen(listener, 1), 0);
	assert_int_equal(getsockname(listener, (struct sockaddr *)&in, &len), 0);
	text_append(address, sizeof(address), &n, "tcp:127.0.0.1:%u", ntohs(in.sin_port));
	assert_int_equal(ask(f, HELPER_CONNECT, address, NULL, 0, &fd).err, 0);
	assert_true(fcntl(fd, F_GETFL) & O_NONBLOCK);
	close(fd);
	close(listener);
	assert_int_equal(ask(f, HELPER_CONNECT, address, NULL, 0, &fd).err, ECONNREFUSED);
}

static int run(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_open_policy, helper_setup, helper_teardown),
		cmocka_unit_test_setup_teardown(test_allowed_folders, helper_setup, helper_teardown),
		cmocka_unit_test_setup_teardown(test_open_is_read_only, helper_setup, helper_teardown),
		cmocka_unit_test_setup_teardown(test_malformed, helper_setup, helper_teardown),
		cmocka_unit_test_setup_teardown(test_root_agent_refused, helper_setup, helper_teardown),
		cmocka_unit_test_setup_teardown(test_connect_unix, helper_setup, helper_teardown),
		cmocka_unit_test_setup_teardown(test_connect_tcp, helper_setup, helper_teardown),
		/* Last: the sanitizers' runtime does not survive a fork that follows threads. */
		cmocka_unit_test_setup_teardown(test_open_wait, helper_setup, helper_teardown),
	};

	return cmocka_run_group_tests_name("helper", tests, NULL, NULL);
}

int main(int argc, char **argv)
{
	return helper_test_main(argc, argv, run);
}
