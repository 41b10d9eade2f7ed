/*
 * The helper against an honest core, a hostile one and one that dies. Needs root. This program, copied, also
 * plays the agent: it tells what it finds itself to be.
 */
#include "config.h"

#include "tests/unit/test.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/text.h"
#include "core/helper/helper_priv.h"

#define NOBODY 65534
#define PATIENCE_MS 20000

extern char **environ;

/* ---- the agent's part ---- */

/* Everything that must be true of an agent, as text. */
static void describe_myself(char *out, size_t size)
{
	char line[256];
	int death = 0;
	size_t n = 0;
	FILE *status = fopen("/proc/self/status", "r");

	while (status && fgets(line, sizeof(line), status))
		if (!strncmp(line, "Uid", 3) || !strncmp(line, "Gid", 3) || !strncmp(line, "Groups", 6) ||
		    !strncmp(line, "Cap", 3) || !strncmp(line, "NoNewPrivs", 10) || !strncmp(line, "SigBlk", 6) ||
		    !strncmp(line, "SigIgn", 6))
			text_append(out, size, &n, "%s", line);
	if (status)
		fclose(status);
	prctl(PR_GET_PDEATHSIG, &death);
	text_append(out, size, &n, "death %d\nfds", death);
	for (int fd = 0; fd < 64; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			text_append(out, size, &n, " %d", fd);
	text_append(out, size, &n, "\n");
	for (char **e = environ; *e; e++)
		text_append(out, size, &n, "env %s\n", *e);
}

/* Say hello with the description; then obey: 'i' ignore SIGTERM; end of file: end. */
static int agent_main(int argc, char **argv)
{
	char text[8192] = "", order;
	size_t n = 0;

	for (int i = 0; i < argc; i++)
		text_append(text, sizeof(text), &n, "%s ", argv[i]);
	text_append(text, sizeof(text), &n, "\n");
	describe_myself(text + n, sizeof(text) - n);
	if (send(3, text, strlen(text), 0) < 0)
		return 1;
	while (recv(3, &order, 1, 0) == 1) {
		if (order == 'i')
			signal(SIGTERM, SIG_IGN);
		send(3, "done", 4, 0);
	}
	return order == 'i' ? pause() : 7;
}

/* ---- the core's part ---- */

struct fixture {
	char dir[64];
	struct helper_policy policy;
	struct helper *h;
	uint32_t id;
};

static void path_in(const struct fixture *f, const char *name, char out[static HELPER_PATH])
{
	size_t n = 0;

	text_append(out, HELPER_PATH, &n, "%s/%s", f->dir, name);
}

static void make_file(const struct fixture *f, const char *name, const char *content, mode_t mode)
{
	char path[HELPER_PATH];
	int fd;

	path_in(f, name, path);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, content, strlen(content)), (ssize_t)strlen(content));
	close(fd);
}

static void make_link(const struct fixture *f, const char *target, const char *name)
{
	char path[HELPER_PATH];

	path_in(f, name, path);
	assert_int_equal(symlink(target, path), 0);
}

static void make_dir(const struct fixture *f, const char *name)
{
	char path[HELPER_PATH];

	path_in(f, name, path);
	assert_int_equal(mkdir(path, 0755), 0);
}

static void copy_myself(const char *to)
{
	int in = open("/proc/self/exe", O_RDONLY | O_CLOEXEC), out = open(to, O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
	char buf[65536];
	ssize_t n;

	assert_true(in >= 0 && out >= 0);
	while ((n = read(in, buf, sizeof(buf))) > 0)
		assert_int_equal(write(out, buf, (size_t)n), n);
	close(in);
	close(out);
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	umask(022);
	text_copy(f->dir, sizeof(f->dir), "/tmp/regent-helper-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	assert_int_equal(chmod(f->dir, 0755), 0);
	make_dir(f, "etc");
	make_dir(f, "etc/conf.d");
	make_dir(f, "etcetera");
	make_file(f, "etcetera/secret", "secret", 0600);
	make_file(f, "etc/conf.d/a.conf", "a", 0600);
	make_link(f, "../etcetera/secret", "etc/main.conf");
	make_link(f, "../etcetera/secret", "etc/out.conf");
	make_link(f, "../etcetera", "etc/out.d");
	make_link(f, "conf.d/a.conf", "etc/in.conf");
	path_in(f, "etc/main.conf", f->policy.conf_file);
	path_in(f, "etc", f->policy.conf_dir);
	path_in(f, "agent", f->policy.agent_path);
	path_in(f, "listed", f->policy.connect_paths[0]);
	f->policy.uid = f->policy.gid = NOBODY;
	copy_myself(f->policy.agent_path);
	setenv("REGENT_SECRET", "not for the agent", 1);
	f->h = helper_fork(&f->policy);
	assert_non_null(f->h);
	*state = f;
	return 0;
}

static void wait_for_exit(pid_t pid, int want)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), want);
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	char command[128];
	size_t n = 0;

	if (f->h) {
		pid_t pid = helper_pid(f->h);

		helper_close(f->h);
		wait_for_exit(pid, 0);
	}
	text_append(command, sizeof(command), &n, "rm -rf %s", f->dir);
	assert_int_equal(system(command), 0);
	free(f);
	return 0;
}

static bool readable(int fd, int ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, ms) == 1;
}

static struct helper_answer await(struct fixture *f, int *fd)
{
	struct helper_answer a;

	assert_true(readable(helper_fd(f->h), PATIENCE_MS));
	assert_true(helper_answer(f->h, &a, fd));
	return a;
}

/* Ask and wait for the answer. */
static struct helper_answer ask(struct fixture *f, uint32_t op, const char *path, const int *fds, size_t n_fds, int *fd)
{
	struct helper_request r = { .op = op, .id = ++f->id };
	struct helper_answer a;

	text_copy(r.path, sizeof(r.path), path);
	assert_true(helper_request(f->h, &r, fds, n_fds));
	a = await(f, fd);
	assert_int_equal(a.id, r.id);
	assert_int_equal(a.op, op);
	assert_int_equal(*fd >= 0, a.err == 0 && (op == HELPER_OPEN || op == HELPER_CONNECT));
	return a;
}

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
		{ "etc/out.conf", EACCES },   /* links that leave */
		{ "etc/out.d/secret", EACCES },
		{ "etc/../etcetera/secret", EACCES },
		{ "etcetera/secret", EACCES },
		{ "etc/none.conf", ENOENT },
		{ "etc/conf.d", EISDIR },
		{ "etc/fifo", EACCES },
		{ "etc", EACCES },
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
	assert_int_equal(ask(f, HELPER_OPEN, "/etc/shadow", NULL, 0, &fd).err, EACCES);
	assert_int_equal(ask(f, HELPER_OPEN, "", NULL, 0, &fd).err, EINVAL);
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
	for (uint32_t op = 0; op < 20; op += op == 0 ? 5 : 1) {
		r.op = op;
		send_raw(f, &r, sizeof(r), NULL, 0, EINVAL);
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

/* ---- AGENT ---- */

/* Start an agent; returns our end of its pair; *text gets what it says of itself. */
static int start(struct fixture *f, bool control, char *text, size_t size, int *pid)
{
	int pair[2], fds[2], fd;
	struct helper_answer a;
	ssize_t n;

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	fds[0] = pair[1];
	fds[1] = STDIN_FILENO;
	a = ask(f, HELPER_AGENT, "", fds, control ? 2 : 1, &fd);
	assert_int_equal(a.err, 0);
	assert_true(a.pid > 0);
	close(pair[1]);
	assert_true(readable(pair[0], PATIENCE_MS));
	n = recv(pair[0], text, size - 1, 0);
	assert_true(n > 0);
	text[n] = '\0';
	*pid = a.pid;
	return pair[0];
}

static void order(int pair, char what)
{
	char done[8];

	assert_int_equal(send(pair, &what, 1, 0), 1);
	assert_true(readable(pair, PATIENCE_MS));
	assert_int_equal(recv(pair, done, sizeof(done), 0), 4);
}

static void test_agent_has_nothing(void **state)
{
	static const char *const wanted[] = {
		"regent-agent --fd=3 --control-fd=4 \n",
		"\nUid:\t65534\t65534\t65534\t65534\n", "\nGid:\t65534\t65534\t65534\t65534\n", "\nGroups:\t \n",
		"\nCapInh:\t0000000000000000\n", "\nCapPrm:\t0000000000000000\n", "\nCapEff:\t0000000000000000\n",
		"\nCapBnd:\t0000000000000000\n", "\nCapAmb:\t0000000000000000\n", "\nNoNewPrivs:\t1\n",
		"\nSigBlk:\t0000000000000000\n", "\ndeath 15\n",
		"\nfds 0 1 2 3 4\n",
		"\nenv MIBS=\n", "\nenv MIBDIRS=\n", "\nenv PATH=",
	};
	struct fixture *f = *state;
	char text[8192];
	int pid, pair = start(f, true, text, sizeof(text), &pid);
	const char *ignored = strstr(text, "\nSigIgn:\t");
	unsigned long long set = 0;

	assert_non_null(ignored);
	assert_int_equal(sscanf(ignored + 9, "%llx", &set), 1);
	assert_int_equal(set & 0x7fffffff, 0); /* above 31 the C library keeps some to itself */
	for (size_t i = 0; i < N_ELEMENTS(wanted); i++)
		if (!strstr(text, wanted[i]))
			fail_msg("no \"%s\" in:\n%s", wanted[i], text);
	assert_null(strstr(text, "REGENT_SECRET"));
	close(pair);
}

static void expect_end(struct fixture *f, int pid, int *status)
{
	struct helper_answer a;
	int fd;

	a = await(f, &fd);
	assert_int_equal(a.op, HELPER_AGENT);
	assert_int_equal(a.id, 0);
	assert_int_equal(a.pid, pid);
	*status = a.status;
}

/* One at a time; its end is told with its status; then another may start. */
static void test_agent_life(void **state)
{
	struct fixture *f = *state;
	char text[8192];
	int pid, status, fd, zero = 0, pair = start(f, false, text, sizeof(text), &pid);

	assert_memory_equal(text, "regent-agent --fd=3 \n", 21);
	assert_non_null(strstr(text, "\nfds 0 1 2 3\n"));
	assert_int_equal(ask(f, HELPER_AGENT, "", &zero, 1, &fd).err, EBUSY);
	close(pair);
	expect_end(f, pid, &status);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 7);
	assert_int_equal(ask(f, HELPER_KILL_AGENT, "", NULL, 0, &fd).err, ESRCH);
	pair = start(f, false, text, sizeof(text), &pid);
	assert_int_equal(ask(f, HELPER_KILL_AGENT, "", NULL, 0, &fd).err, 0);
	expect_end(f, pid, &status);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
	close(pair);
}

static void test_agent_that_will_not_die(void **state)
{
	struct fixture *f = *state;
	char text[8192];
	int pid, status, fd, pair = start(f, false, text, sizeof(text), &pid);

	order(pair, 'i');
	assert_int_equal(ask(f, HELPER_KILL_AGENT, "", NULL, 0, &fd).err, 0);
	expect_end(f, pid, &status);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	close(pair);
}

static void test_agent_exec_fails(void **state)
{
	struct fixture *f = *state;
	int fd, zero = 0;

	assert_int_equal(unlink(f->policy.agent_path), 0);
	assert_int_equal(ask(f, HELPER_AGENT, "", &zero, 1, &fd).err, ENOENT);
	make_file(f, "agent", "#!/nowhere\n", 0644);
	assert_int_equal(ask(f, HELPER_AGENT, "", &zero, 1, &fd).err, EACCES);
	assert_false(readable(helper_fd(f->h), 50)); /* none lived, so none is told to have ended */
}

/* ---- who outlives whom ---- */

static void await_eof(int fd)
{
	char c;

	assert_true(readable(fd, PATIENCE_MS));
	assert_true(recv(fd, &c, 1, 0) <= 0);
}

/* Signals of a terminal or service manager are not for the helper; a closed core ends it, and a stubborn agent. */
static void test_core_closes(void **state)
{
	struct fixture *f = *state;
	pid_t helper = helper_pid(f->h);
	char text[8192];
	int pid, fd, pair = start(f, false, text, sizeof(text), &pid);

	kill(helper, SIGTERM);
	kill(helper, SIGINT);
	kill(helper, SIGHUP);
	assert_int_equal(ask(f, HELPER_OPEN, f->policy.conf_file, NULL, 0, &fd).err, 0);
	close(fd);
	order(pair, 'i');
	helper_close(f->h);
	f->h = NULL;
	await_eof(pair);
	wait_for_exit(helper, 0);
	assert_int_equal(kill(pid, 0), -1);
	close(pair);
}

static void test_core_is_killed(void **state)
{
	struct fixture *f = *state;
	char text[8192];
	int pid, up[2];
	pid_t core;

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, up), 0);
	core = fork();
	assert_true(core >= 0);
	if (core == 0) { /* a core of its own, whose agent's pair end the test keeps */
		struct helper_policy p = f->policy;
		struct helper_request r = { .op = HELPER_AGENT, .id = 1 };
		struct helper *h;

		helper_close(f->h);
		h = helper_fork(&p);
		if (h && helper_request(h, &r, &up[1], 1))
			close(up[1]);
		pause();
		_exit(0);
	}
	close(up[1]);
	assert_true(readable(up[0], PATIENCE_MS));
	assert_true(recv(up[0], text, sizeof(text), 0) > 0);
	kill(core, SIGKILL);
	assert_int_equal(waitpid(core, &pid, 0), core);
	await_eof(up[0]);
	close(up[0]);
}

static void test_helper_is_killed(void **state)
{
	struct fixture *f = *state;
	struct helper_answer a;
	char text[8192];
	int pid, fd, pair = start(f, false, text, sizeof(text), &pid);

	assert_false(helper_answer(f->h, &a, &fd));
	assert_int_equal(errno, EAGAIN);
	kill(helper_pid(f->h), SIGKILL);
	await_eof(pair); /* the agent goes by its parent-death signal */
	assert_int_equal(waitpid(helper_pid(f->h), &pid, 0), helper_pid(f->h));
	assert_true(readable(helper_fd(f->h), PATIENCE_MS));
	assert_false(helper_answer(f->h, &a, &fd));
	assert_int_equal(errno, 0);
	assert_int_equal(helper_open_wait(f->h, f->policy.conf_file), -1);
	helper_close(f->h);
	f->h = NULL;
	close(pair);
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

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_open_policy, setup, teardown),
		cmocka_unit_test_setup_teardown(test_open_is_read_only, setup, teardown),
		cmocka_unit_test_setup_teardown(test_malformed, setup, teardown),
		cmocka_unit_test_setup_teardown(test_root_agent_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(test_agent_has_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(test_agent_life, setup, teardown),
		cmocka_unit_test_setup_teardown(test_agent_that_will_not_die, setup, teardown),
		cmocka_unit_test_setup_teardown(test_agent_exec_fails, setup, teardown),
		cmocka_unit_test_setup_teardown(test_core_closes, setup, teardown),
		cmocka_unit_test_setup_teardown(test_core_is_killed, setup, teardown),
		cmocka_unit_test_setup_teardown(test_helper_is_killed, setup, teardown),
		cmocka_unit_test_setup_teardown(test_connect_unix, setup, teardown),
		cmocka_unit_test_setup_teardown(test_connect_tcp, setup, teardown),
		/* Last: the sanitizers' runtime does not survive a fork that follows threads. */
		cmocka_unit_test_setup_teardown(test_open_wait, setup, teardown),
	};

	if (strcmp(argv[0], "regent-agent") == 0)
		return agent_main(argc, argv);
	if (geteuid() != 0) {
		print_message("needs root\n");
		return 77;
	}
	return cmocka_run_group_tests_name("helper", tests, NULL, NULL);
}
