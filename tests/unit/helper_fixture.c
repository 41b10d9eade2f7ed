/*
 * The fixture of the helper's tests. The test program, copied, also plays the agent.
 */
#include "config.h"

#include "tests/unit/helper_fixture.h"

#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/text.h"

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

void path_in(const struct fixture *f, const char *name, char out[static HELPER_PATH])
{
	size_t n = 0;

	text_append(out, HELPER_PATH, &n, "%s/%s", f->dir, name);
}

void make_file(const struct fixture *f, const char *name, const char *content, mode_t mode)
{
	char path[HELPER_PATH];
	int fd;

	path_in(f, name, path);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, content, strlen(content)), (ssize_t)strlen(content));
	close(fd);
}

void make_link(const struct fixture *f, const char *target, const char *name)
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

int helper_setup(void **state)
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
	path_in(f, "etc", f->policy.conf_dirs[0]);
	path_in(f, "agent", f->policy.agent_path);
	path_in(f, "listed", f->policy.connect_paths[0]);
	f->policy.uid = f->policy.gid = NOBODY;
	f->policy.core_uid = f->policy.core_gid = CORE;
	copy_myself(f->policy.agent_path);
	setenv("REGENT_SECRET", "not for the agent", 1);
	f->h = helper_fork(&f->policy);
	assert_non_null(f->h);
	*state = f;
	return 0;
}

void wait_for_exit(pid_t pid, int want)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), want);
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *where)
{
	(void)st;
	(void)kind;
	(void)where;
	return remove(path);
}

int helper_teardown(void **state)
{
	struct fixture *f = *state;

	if (f->h) {
		pid_t pid = helper_pid(f->h);

		helper_close(f->h);
		wait_for_exit(pid, 0);
	}
	assert_int_equal(nftw(f->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
	free(f);
	return 0;
}

bool readable(int fd, int ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, ms) == 1;
}

struct helper_answer await(struct fixture *f, int *fd)
{
	struct helper_answer a;

	assert_true(readable(helper_fd(f->h), PATIENCE_MS));
	assert_true(helper_answer(f->h, &a, fd));
	return a;
}

/* Ask and wait for the answer. */
struct helper_answer ask(struct fixture *f, uint32_t op, const char *path, const int *fds, size_t n_fds, int *fd)
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

int helper_test_main(int argc, char **argv, int (*run)(void))
{
	if (strcmp(argv[0], "regent-agent") == 0)
		return agent_main(argc, argv);
	if (geteuid() != 0) {
		print_message("needs root\n");
		return 77;
	}
	return run();
}
