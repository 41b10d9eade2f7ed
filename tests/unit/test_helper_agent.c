/* The agent's life in the helper's hands, and who outlives whom. Needs root. */
#include "config.h"

#include "tests/unit/helper_fixture.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

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

/* The agent's user may not look where the program is: a build below /root. */
static void test_agent_in_a_private_folder(void **state)
{
	struct fixture *f = *state;
	char text[8192];
	int pid, pair;

	assert_int_equal(chmod(f->dir, 0700), 0);
	pair = start(f, false, text, sizeof(text), &pid);
	assert_non_null(strstr(text, "\nUid:\t65534\t"));
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

/* A service manager ends at once what outlives the core, FIFOs and all: so the core outlives it, also where the agent is stubborn. */
static void test_core_goes_last(void **state)
{
	struct fixture *f = *state;
	char text[8192];
	int pid, pair = start(f, false, text, sizeof(text), &pid);

	order(pair, 'i');
	helper_end(f->h);
	assert_int_equal(kill(pid, 0), -1);
	assert_int_equal(errno, ESRCH);
	assert_int_equal(waitpid(helper_pid(f->h), NULL, 0), -1);
	helper_end(f->h); /* nobody is there: no wait */
	helper_close(f->h);
	f->h = NULL;
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

static int run(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_agent_has_nothing, helper_setup, helper_teardown),
		cmocka_unit_test_setup_teardown(test_agent_life, helper_setup, helper_teardown),
		cmocka_unit_test_setup_teardown(test_agent_in_a_private_folder, helper_setup, helper_teardown),
		cmocka_unit_test_setup_teardown(test_agent_that_will_not_die, helper_setup, helper_teardown),
		cmocka_unit_test_setup_teardown(test_agent_exec_fails, helper_setup, helper_teardown),
		cmocka_unit_test_setup_teardown(test_core_closes, helper_setup, helper_teardown),
		cmocka_unit_test_setup_teardown(test_core_goes_last, helper_setup, helper_teardown),
		cmocka_unit_test_setup_teardown(test_core_is_killed, helper_setup, helper_teardown),
		cmocka_unit_test_setup_teardown(test_helper_is_killed, helper_setup, helper_teardown),
	};

	return cmocka_run_group_tests_name("helper's agent", tests, NULL, NULL);
}

int main(int argc, char **argv)
{
	return helper_test_main(argc, argv, run);
}
