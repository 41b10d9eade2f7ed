/*
 * The helper's sockets in the hands of a core that is no longer ours: requests of every kind, right, changed, cut and made up, with
 * and without descriptors; more scripts than there is room for; answers that nobody reads. From fixed seeds. Needs root.
 */
#include "config.h"

#include "tests/unit/helper_fixture.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/text.h"
#include "core/helper/helper_priv.h"

#define ROUNDS 10000
#define PASSED_MAX 5 /* more than the helper takes */

static uint64_t seed;

static unsigned rnd(unsigned below)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(seed >> 33) % below;
}

/* ---- what the helper has ---- */

static unsigned count_in(pid_t pid, const char *what)
{
	char path[64];
	unsigned n = 0;
	DIR *d;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, what);
	d = opendir(path);
	assert_non_null(d);
	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

static unsigned count_children(pid_t pid)
{
	char path[64];
	unsigned n = 0;
	int one;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)pid, (int)pid);
	f = fopen(path, "r");
	assert_non_null(f);
	while (fscanf(f, "%d", &one) == 1)
		n++;
	fclose(f);
	return n;
}

static void await_no_children(pid_t pid)
{
	for (int i = 0; count_children(pid) > 0; i++) {
		assert_true(i < PATIENCE_MS);
		usleep(1000);
	}
}

/* ---- requests ---- */

union any {
	struct helper_request any;
	struct helper_run run;
	struct helper_fifo fifo;
	uint8_t bytes[2 * sizeof(struct helper_run)];
};

static void make_path(const struct fixture *f, char out[static HELPER_PATH])
{
	static const char *const names[] = {
		"etc/main.conf", "etc/conf.d/a.conf", "etc/in.conf", "etc/out.conf", "etc/none", "fifo", "mark", "time", "agent",
		"../../etc/shadow",
	};
	static const char *const others[] = {
		"", "/", "/etc/shadow", "relative", "tcp:127.0.0.1:1", "tcp:[::1]:1", "tcp:192.0.2.1:705", "unix:/nowhere", "/dev/null",
		"tcp:",
	};

	if (rnd(3) > 0)
		path_in(f, names[rnd(N_ELEMENTS(names))], out);
	else
		text_copy(out, HELPER_PATH, others[rnd(N_ELEMENTS(others))]);
}

static size_t make_words(struct helper_run *r)
{
	static const char *const commands[] = {
		"/bin/true\0", "/bin/echo\0a\0", "/bin/sh\0-c\0id\0", "true\0", "./x\0", "\0", "/bin/true\0INSTANCE\0V\0MASTER\0" "100\0",
	};
	static const size_t lens[] = { 10, 12, 14, 5, 4, 1, 33 };
	unsigned i = rnd(N_ELEMENTS(commands));

	memcpy(r->argv, commands[i], lens[i]);
	return r->len = (uint32_t)lens[i];
}

/* One that could be meant. */
static size_t make_request(const struct fixture *f, union any *q)
{
	static const uint32_t users[] = { 0, NOBODY, 1, UINT32_MAX, 12345 };

	memset(q, 0, sizeof(*q));
	q->any.op = rnd(HELPER_OP_LAST + 3);
	q->any.id = rnd(20);
	if (q->any.op == HELPER_RUN) {
		q->run.uid = users[rnd(N_ELEMENTS(users))];
		q->run.gid = users[rnd(N_ELEMENTS(users))];
		q->run.timeout_ms = 1 + rnd(1000);
		q->run.flags = rnd(HELPER_RUN_FLAGS + 2);
		q->run.n_added = rnd(6);
		return offsetof(struct helper_run, argv) + make_words(&q->run);
	}
	if (q->any.op == HELPER_FIFO) {
		q->fifo.uid = users[rnd(N_ELEMENTS(users))];
		q->fifo.gid = users[rnd(N_ELEMENTS(users))];
		make_path(f, q->fifo.path);
		return sizeof(q->fifo);
	}
	make_path(f, q->any.path);
	return sizeof(q->any);
}

static size_t spoil(union any *q, size_t len)
{
	switch (rnd(6)) {
	case 0: /* some bytes */
		for (unsigned i = 1 + rnd(8); i > 0; i--)
			q->bytes[rnd((unsigned)len)] = (uint8_t)rnd(256);
		return len;
	case 1: /* cut; not to nothing, which is a closed end */
		return 1 + rnd((unsigned)len);
	case 2: /* too long */
		return len + rnd((unsigned)(sizeof(*q) - len));
	case 3: /* no end of the text */
		memset(q->bytes + 8, 'x', len - 8);
		return len;
	case 4:
		for (size_t i = 4; i < len; i++)
			q->bytes[i] = (uint8_t)rnd(256);
		return len;
	default:
		return len;
	}
}

static int make_fd(void)
{
	int pair[2], fd;

	switch (rnd(4)) {
	case 0:
		return open("/dev/null", O_RDWR | O_CLOEXEC);
	case 1:
		return open("/", O_PATH | O_CLOEXEC);
	case 2:
		assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
		close(pair[1]);
		return pair[0];
	default:
		fd = open("/proc/self/ns/uts", O_RDONLY | O_CLOEXEC);
		return fd;
	}
}

static void send_any(int sock, const void *msg, size_t len, unsigned n_fds)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int) * PASSED_MAX)];
	} room;
	struct iovec iov = { .iov_base = (void *)msg, .iov_len = len };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };
	int fds[PASSED_MAX];
	ssize_t sent;

	for (unsigned i = 0; i < n_fds; i++)
		assert_true((fds[i] = make_fd()) >= 0);
	if (n_fds > 0) {
		memset(&room, 0, sizeof(room));
		m.msg_control = room.bytes;
		m.msg_controllen = CMSG_SPACE(sizeof(int) * n_fds);
		struct cmsghdr *c = CMSG_FIRSTHDR(&m);

		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int) * n_fds);
		memcpy(CMSG_DATA(c), fds, sizeof(int) * n_fds);
	}
	while ((sent = sendmsg(sock, &m, MSG_NOSIGNAL)) < 0 && errno == EAGAIN)
		usleep(100);
	assert_int_equal(sent, (ssize_t)len);
	helper_close_fds(fds, n_fds);
}

/* Every answer that is there; each has its form. True: one of them was to `id`. */
static bool drain(int sock, uint32_t id)
{
	struct helper_answer a;
	int fds[HELPER_FDS_MAX];
	size_t n_fds;
	bool found = false;
	ssize_t len;

	while ((len = helper_recv(sock, &a, sizeof(a), fds, &n_fds, MSG_DONTWAIT)) > 0) {
		assert_int_equal(len, sizeof(a));
		assert_true(n_fds <= 1);
		assert_true(n_fds == 0 || a.err == 0);
		helper_close_fds(fds, n_fds);
		found |= a.id == id;
	}
	assert_true(len < 0 && errno == EAGAIN);
	return found;
}

#define LAST_ID 0x7fffffff

/* All that was sent is read and answered. */
static void settle(struct fixture *f)
{
	const struct helper_request end = { .op = HELPER_OPEN, .id = LAST_ID, .path = "" };
	const int socks[] = { helper_fd(f->h), helper_wait_fd(f->h) };

	for (size_t i = 0; i < N_ELEMENTS(socks); i++) {
		send_any(socks[i], &end, sizeof(end), 0);
		for (int ms = 0; !drain(socks[i], LAST_ID); ms++) {
			assert_true(ms < PATIENCE_MS);
			usleep(1000);
		}
	}
}

static void still_serves(struct fixture *f)
{
	char path[HELPER_PATH];
	int fd;

	path_in(f, "etc/conf.d/a.conf", path);
	fd = helper_open_wait(f->h, path);
	assert_true(fd >= 0);
	close(fd);
}

static void write_conf(const struct fixture *f)
{
	char text[4 * HELPER_PATH];

	snprintf(text, sizeof(text), "script /bin/true nobody\nscript \"/bin/echo a\"\nscript \"/bin/sleep 600\"\nnotify_fifo %s/fifo\n"
	         "reload_file %s/mark\nreload_time_file %s/time\n", f->dir, f->dir, f->dir);
	make_file(f, "etcetera/secret", text, 0600);
}

static void test_random_requests(void **state)
{
	struct fixture *f = *state;
	pid_t pid = helper_pid(f->h);
	unsigned fds, tasks;
	char kept[HELPER_PATH];
	struct stat st, now;
	union any q;

	write_conf(f);
	path_in(f, "etc/conf.d/a.conf", kept);
	assert_int_equal(stat(kept, &st), 0);
	settle(f); /* it has begun, and let go of what was ours */
	fds = count_in(pid, "fd");
	tasks = count_in(pid, "task");
	seed = 20261122;
	for (unsigned i = 0; i < ROUNDS; i++) {
		int sock = rnd(3) == 0 ? helper_wait_fd(f->h) : helper_fd(f->h);
		size_t len = spoil(&q, make_request(f, &q));

		send_any(sock, q.bytes, len, rnd(3) == 0 ? rnd(PASSED_MAX + 1) : 0);
		drain(helper_wait_fd(f->h), 0);
		drain(helper_fd(f->h), 0);
		if (i % 500 == 0) {
			settle(f);
			still_serves(f);
		}
	}
	settle(f);
	still_serves(f);
	await_no_children(pid); /* the agent, which has nobody to talk to, and scripts with a time limit */
	settle(f);
	assert_int_equal(count_in(pid, "fd"), fds);
	assert_int_equal(count_in(pid, "task"), tasks);
	assert_int_equal(stat(kept, &now), 0);
	assert_true(now.st_uid == st.st_uid && now.st_mode == st.st_mode && now.st_size == st.st_size && now.st_mtime == st.st_mtime);
}

/* ---- floods ---- */

#define FLOOD 500

/* Answers that are there now: refused for want of room, or ended. */
static void take_ends(struct fixture *f, unsigned *refused, unsigned *ended)
{
	struct helper_answer a;
	int fd;

	while (helper_answer(f->h, &a, &fd)) {
		assert_int_equal(a.op, HELPER_RUN);
		assert_int_equal(fd, -1);
		assert_true(a.id > 0 && a.id <= FLOOD);
		if (a.err == EAGAIN) {
			++*refused;
			continue;
		}
		assert_int_equal(a.err, 0);
		assert_true(a.timed_out);
		++*ended;
	}
}

static void test_run_flood(void **state)
{
	struct fixture *f = *state;
	pid_t pid = helper_pid(f->h);
	struct helper_run run = { .op = HELPER_RUN, .uid = 0, .gid = 0, .timeout_ms = 600000, .len = 15 };
	struct helper_request stop = { .op = HELPER_KILL_RUN };
	unsigned refused = 0, ended = 0;
	int fd;

	write_conf(f);
	fd = helper_open_wait(f->h, f->policy.conf_file);
	assert_true(fd >= 0);
	close(fd);
	memcpy(run.argv, "/bin/sleep\0" "600", 15);
	for (uint32_t i = 1; i <= FLOOD; i++) {
		run.id = i;
		send_any(helper_fd(f->h), &run, offsetof(struct helper_run, argv) + run.len, 0);
		assert_true(count_children(pid) <= HELPER_RUNS);
		take_ends(f, &refused, &ended);
	}
	for (int ms = 0; refused < FLOOD - HELPER_RUNS && ms < PATIENCE_MS; ms++) {
		usleep(1000);
		take_ends(f, &refused, &ended);
	}
	assert_int_equal(refused, FLOOD - HELPER_RUNS);
	assert_int_equal(ended, 0);
	assert_int_equal(count_children(pid), HELPER_RUNS);
	still_serves(f);
	for (uint32_t i = 1; i <= FLOOD; i++) {
		stop.id = i;
		send_any(helper_fd(f->h), &stop, sizeof(stop), 0);
		take_ends(f, &refused, &ended);
	}
	for (int ms = 0; ended < HELPER_RUNS && ms < PATIENCE_MS; ms++) {
		usleep(1000);
		take_ends(f, &refused, &ended);
	}
	assert_int_equal(ended, HELPER_RUNS);
	assert_int_equal(count_children(pid), 0);
	still_serves(f);
}

/* A core that asks and asks and reads nothing holds up itself; its end is the helper's. */
static void test_unread_answers(void **state)
{
	struct fixture *f = *state;
	struct helper_request ask = { .op = HELPER_OPEN, .id = 1, .path = "/nowhere" };
	pid_t pid = helper_pid(f->h);
	unsigned sent = 0;

	for (int quiet = 0; quiet < 200;) {
		if (helper_request(f->h, &ask, NULL, 0)) {
			assert_true(++sent < 1000000);
			quiet = 0;
		} else {
			assert_int_equal(errno, EAGAIN);
			usleep(1000);
			quiet++;
		}
	}
	assert_true(sent > 0);
	helper_close(f->h);
	f->h = NULL;
	wait_for_exit(pid, 0);
}

static int run(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_random_requests, helper_setup, helper_teardown),
		cmocka_unit_test_setup_teardown(test_run_flood, helper_setup, helper_teardown),
		cmocka_unit_test_setup_teardown(test_unread_answers, helper_setup, helper_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(int argc, char **argv)
{
	return helper_test_main(argc, argv, run);
}
