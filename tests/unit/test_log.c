/* The log against targets that read, that never read, that go away and come back. */
#include "config.h"

#include "tests/unit/test.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "core/base/log.h"
#include "core/base/text.h"

struct fixture {
	char dir[64], file[96], sock[96];
	int saved_stderr;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	text_copy(f->dir, sizeof(f->dir), "/tmp/regent-log-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	snprintf(f->file, sizeof(f->file), "%s/log", f->dir);
	snprintf(f->sock, sizeof(f->sock), "%s/sock", f->dir);
	f->saved_stderr = dup(STDERR_FILENO);
	unsetenv("JOURNAL_STREAM");
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	char old[112];

	log_close(USEC_PER_SEC);
	dup2(f->saved_stderr, STDERR_FILENO);
	close(f->saved_stderr);
	snprintf(old, sizeof(old), "%s.1", f->file);
	unlink(old);
	unlink(f->file);
	unlink(f->sock);
	rmdir(f->dir);
	free(f);
	return 0;
}

static void read_all(const char *path, char *buf, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	assert_true(fd >= 0);
	n = read(fd, buf, size - 1);
	assert_true(n >= 0);
	buf[n] = '\0';
	close(fd);
}

static int listen_at(const char *path)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	text_copy(sun.sun_path, sizeof(sun.sun_path), path);
	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&sun, sizeof(sun)), 0);
	return fd;
}

static int64_t now_us(void)
{
	struct timespec ts;

	timespec_get(&ts, TIME_UTC);
	return ts.tv_sec * 1000000LL + ts.tv_nsec / 1000;
}

static void test_file_and_rotation(void **state)
{
	struct fixture *f = *state;
	char old[112], text[1024];

	log_open(&(struct log_target){ .ident = "regentd", .file = f->file, .max = LOG_LVL_INFO });
	log_info("x", "first %d", 1);
	log_debug("x", "not made");
	snprintf(old, sizeof(old), "%s.1", f->file);
	assert_int_equal(rename(f->file, old), 0);
	log_info("x", "second\nforged \x1b[31m line");
	log_set_max(LOG_LVL_DEBUG);
	log_debug("vrrp", "detail");
	read_all(old, text, sizeof(text));
	assert_non_null(strstr(text, "]: first 1\n"));
	assert_null(strstr(text, "second"));
	read_all(f->file, text, sizeof(text));
	assert_non_null(strstr(text, "]: second?forged ?[31m line\n"));
	assert_non_null(strstr(text, "]: vrrp: detail\n"));
}

/* Another opens the file for us: asked again where the name leads elsewhere, not at every line where it fails. */
struct opener {
	const char *path;
	unsigned asked, failing;
};

static int open_by_another(void *user)
{
	struct opener *o = user;

	o->asked++;
	if (o->failing) {
		errno = EACCES;
		return -1;
	}
	return open(o->path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
}

static void test_opener(void **state)
{
	struct fixture *f = *state;
	struct opener o = { .path = f->file };
	char old[112], text[1024];

	log_open(&(struct log_target){ .ident = "regentd", .file = f->file, .open = open_by_another, .open_user = &o, .max = LOG_LVL_INFO });
	assert_int_equal(log_file_error(), 0);
	log_info("x", "first");
	log_info("x", "second");
	assert_int_equal(o.asked, 1);
	snprintf(old, sizeof(old), "%s.1", f->file);
	assert_int_equal(rename(f->file, old), 0);
	o.failing = 1;
	for (int i = 0; i < 100; i++)
		log_info("x", "third");
	assert_true(o.asked >= 2 && o.asked < 50); /* once a second */
	read_all(old, text, sizeof(text));
	assert_non_null(strstr(text, "third"));
	o.failing = 0;
	for (int i = 0; access(f->file, F_OK) != 0; i++) {
		assert_true(i < 2000);
		usleep(10000);
		log_info("x", "fourth");
	}
	log_info("x", "fifth");
	read_all(f->file, text, sizeof(text));
	assert_non_null(strstr(text, "]: fifth\n"));
	log_close(0);
	o.failing = 1;
	log_open(&(struct log_target){ .ident = "regentd", .file = f->file, .open = open_by_another, .open_user = &o, .max = LOG_LVL_INFO });
	assert_int_equal(log_file_error(), EACCES);
}

/* "2026-11-22T12:00:00.123 regentd[pid]: text", and "<N>text" where stderr is the journal. */
static void test_stderr_forms(void **state)
{
	struct fixture *f = *state;
	int y, mo, d, h, mi, s, ms, pid, end = 0;
	char text[512], stream[64];
	struct stat st;
	int fd = open(f->file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

	assert_true(fd >= 0 && dup2(fd, STDERR_FILENO) >= 0);
	log_open(&(struct log_target){ .ident = "regentd", .to_stderr = true, .max = LOG_LVL_INFO });
	log_notice("x", "hello");
	read_all(f->file, text, sizeof(text));
	assert_int_equal(sscanf(text, "%4d-%2d-%2dT%2d:%2d:%2d.%3d regentd[%d]: hello%n", &y, &mo, &d, &h, &mi, &s, &ms, &pid,
	                        &end), 8);
	assert_int_equal(pid, getpid());
	assert_int_equal(ftruncate(fd, 0), 0);
	assert_int_equal(fstat(fd, &st), 0);
	snprintf(stream, sizeof(stream), "%llu:%llu", (unsigned long long)st.st_dev, (unsigned long long)st.st_ino);
	setenv("JOURNAL_STREAM", stream, 1);
	log_open(&(struct log_target){ .ident = "regentd", .to_stderr = true, .max = LOG_LVL_INFO });
	log_warn("x", "hello");
	read_all(f->file, text, sizeof(text));
	assert_string_equal(text, "<4>hello\n");
	unsetenv("JOURNAL_STREAM");
	close(fd);
}

static void test_syslog_reconnects(void **state)
{
	struct fixture *f = *state;
	int fd = listen_at(f->sock);
	char text[512] = "";

	log_open(&(struct log_target){ .ident = "regentd", .to_syslog = true, .syslog_path = f->sock, .facility = 3,
	                               .max = LOG_LVL_INFO });
	log_err("x", "one");
	assert_true(recv(fd, text, sizeof(text) - 1, 0) > 0);
	assert_memory_equal(text, "<27>", 4);
	assert_non_null(strstr(text, "]: one"));
	close(fd);
	unlink(f->sock);
	log_err("x", "nobody hears");
	fd = listen_at(f->sock);
	memset(text, 0, sizeof(text));
	log_err("x", "two");
	assert_true(recv(fd, text, sizeof(text) - 1, 0) > 0);
	assert_non_null(strstr(text, "log lines lost here, not taken in time: 1"));
	memset(text, 0, sizeof(text));
	assert_true(recv(fd, text, sizeof(text) - 1, 0) > 0);
	assert_non_null(strstr(text, "]: two"));
	close(fd);
}

/* Read what a pipe holds. True where the reader is told that lines were lost. */
static bool drain_tells_loss(int fd)
{
	static char text[1 << 17]; /* more than a pipe holds */
	ssize_t n = read(fd, text, sizeof(text) - 1);

	text[n > 0 ? n : 0] = '\0';
	return strstr(text, "log lines lost here, not taken in time: ") != NULL;
}

/* A pipe that nobody reads and a socket that nobody reads: the caller is never held up, lines are lost and counted,
 * and the third target has every line that the ring took. When the reader comes back it is told how many it missed. */
static void test_stuck_targets(void **state)
{
	struct fixture *f = *state;
	int fd = listen_at(f->sock), pipes[2];
	int64_t longest = 0;
	uint64_t before = log_dropped();
	char text[512];
	bool told;

	assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
	assert_int_equal(fcntl(pipes[0], F_SETFL, O_NONBLOCK), 0);
	assert_true(dup2(pipes[1], STDERR_FILENO) >= 0);
	log_open(&(struct log_target){ .ident = "regentd", .to_stderr = true, .to_syslog = true, .syslog_path = f->sock,
	                               .file = f->file, .facility = 3, .max = LOG_LVL_INFO });
	assert_int_equal(log_thread_start(), 0);
	for (int i = 0; i < 20000; i++) {
		int64_t t = now_us();

		log_info("x", "line %d of many that are to fill the pipe, the socket and then the ring", i);
		t = now_us() - t;
		longest = t > longest ? t : longest;
	}
	assert_true(longest < 400000); /* a write that waited would take the grace period of half a second */
	assert_true(log_dropped() > before);
	told = drain_tells_loss(pipes[0]);
	log_info("x", "one more");
	log_close(5 * USEC_PER_SEC);
	assert_true(drain_tells_loss(pipes[0]) || told);
	read_all(f->file, text, sizeof(text));
	assert_non_null(strstr(text, "]: line 0 of many"));
	close(pipes[0]);
	close(pipes[1]);
	close(fd);
}

static void *shout(void *arg)
{
	for (int i = 0; i < 100; i++)
		log_info("x", "%s %d", (const char *)arg, i);
	return NULL;
}

/* Every line of several threads arrives whole, in the order of its thread. */
static void test_threads(void **state)
{
	static char names[4][2] = { "a", "b", "c", "d" };
	struct fixture *f = *state;
	int next[4] = { 0 };
	pthread_t t[4];
	char line[256];
	FILE *in;

	log_open(&(struct log_target){ .ident = "regentd", .file = f->file, .max = LOG_LVL_INFO });
	assert_int_equal(log_thread_start(), 0);
	assert_int_equal(log_thread_start(), EALREADY);
	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&t[i], NULL, shout, names[i]), 0);
	for (int i = 0; i < 4; i++)
		pthread_join(t[i], NULL);
	log_close(5 * USEC_PER_SEC);
	in = fopen(f->file, "r");
	assert_non_null(in);
	while (fgets(line, sizeof(line), in)) {
		const char *text = strstr(line, "]: ");

		assert_non_null(text);
		assert_int_equal(atoi(text + 5), next[text[3] - 'a']++);
	}
	fclose(in);
	for (int i = 0; i < 4; i++)
		assert_int_equal(next[i], 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_file_and_rotation, setup, teardown),
		cmocka_unit_test_setup_teardown(test_opener, setup, teardown),
		cmocka_unit_test_setup_teardown(test_stderr_forms, setup, teardown),
		cmocka_unit_test_setup_teardown(test_syslog_reconnects, setup, teardown),
		cmocka_unit_test_setup_teardown(test_stuck_targets, setup, teardown),
		cmocka_unit_test_setup_teardown(test_threads, setup, teardown),
	};

	return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
