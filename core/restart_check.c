/*
 * May the program on the disk take over? It is asked itself, as a child with nothing but a socket to the helper and one to speak to:
 * one that does not start, that keeps its state in another form, or that does not take the configuration says so here and harms
 * nobody.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "conf/load.h"
#include "core/base/text.h"
#include "core/conf_read.h"
#include "core/handover.h"
#include "core/restart.h"
#include "core/state.h"

#define PATIENCE_MS 20000
#define ARGS_MAX 64
enum { CHECK_FD = 3 };

char *restart_form(const struct conf_global *g)
{
	const char *names[] = { "instance", "net_namespace", "net_namespace_ipvs" };
	const char *values[] = { g->instance, g->net_namespace, g->net_namespace_ipvs };
	size_t len = 64, n = 0;
	char *form;

	for (size_t i = 0; i < 3; i++)
		len += strlen(names[i]) + (values[i] ? strlen(values[i]) : 0) + sizeof(", no ");
	form = malloc(len);
	if (!form)
		return NULL;
	text_append(form, len, &n, "%d.%u", HANDOVER_VERSION, state_form());
	for (size_t i = 0; i < 3; i++)
		text_append(form, len, &n, "%s%s %s", i ? ", " : " ", values[i] ? names[i] : "no", values[i] ? values[i] : names[i]);
	return form;
}

/* ---- in the child ---- */

static void first_error(void *user, enum diag_severity s, const char *line)
{
	char *first = user;

	if (s == DIAG_ERROR && !first[0])
		text_copy(first, RESTART_TEXT / 2, line);
}

/* The first word is the form of what is handed over, the rest what cannot change in a process that goes on. */
static bool same_state(const char *form)
{
	char mine[32];
	int len = snprintf(mine, sizeof(mine), "%d.%u ", HANDOVER_VERSION, state_form());

	if (strncmp(form, mine, (size_t)len) == 0)
		return true;
	printf("the new program (%s) keeps its state in another form: stop this one and start that one", PACKAGE_VERSION);
	return false;
}

static bool same_fixed(const struct conf *c, const char *form, const char *file)
{
	char *mine = restart_form(&c->global);
	bool same = mine && strcmp(form, mine) == 0;

	if (!mine)
		printf("no memory");
	else if (!same)
		printf("the daemon runs with%s, and %s says%s: that cannot change in place; put it back, or stop the daemon and start it again",
		       strchr(form, ' '), file, strchr(mine, ' '));
	free(mine);
	return same;
}

int restart_check(const struct options *o, const char *form)
{
	char first[RESTART_TEXT / 2] = "";
	const struct conf *c;
	struct diag *diag;
	struct helper *h;
	bool able;

	if (!same_state(form))
		return 1;
	h = helper_adopt(-1, CHECK_FD, 0);
	diag = diag_new();
	c = h && diag ? conf_read(o, h, diag, NULL, NULL, NULL) : NULL;
	if (diag)
		diag_each(diag, first_error, first);
	if (!c)
		printf("%s is refused by the new program: %s", options_conf_file(o), first);
	able = c && same_fixed(c, form, options_conf_file(o));
	if (able)
		printf("%s", PACKAGE_VERSION);
	conf_free(c);
	diag_free(diag);
	helper_close(h);
	return able ? 0 : 1;
}

/* ---- in the daemon ---- */

static _Noreturn void become_child(int program, const char *form, char *const *argv, int helper_fd, int out)
{
	const char *args[ARGS_MAX + 3] = { "regentd", RESTART_CHECK_ARGUMENT };
	size_t n = 2;

	args[n++] = form;
	for (size_t i = 1; argv[i] && n < ARGS_MAX; i++)
		args[n++] = argv[i];
	args[n] = NULL;
	int high = fcntl(helper_fd, F_DUPFD, 10), speak = fcntl(out, F_DUPFD, 10), exec = fcntl(program, F_DUPFD_CLOEXEC, 10);

	if (high < 0 || speak < 0 || exec < 0 || dup2(high, CHECK_FD) < 0 || dup2(speak, STDOUT_FILENO) < 0 ||
	    dup2(speak, STDERR_FILENO) < 0)
		_exit(126);
	close(high);
	close(speak);
	execveat(exec, "", (char *const *)args, environ, AT_EMPTY_PATH);
	_exit(127);
}

/* All that it says within its time; the rest is cut. */
static void listen_to(int fd, pid_t child, char *text, size_t size)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	size_t len = 0;
	char more[256];

	for (;;) {
		int ready = poll(&p, 1, PATIENCE_MS);
		ssize_t n = ready > 0 ? read(fd, more, sizeof(more)) : 0;

		if (ready == 0)
			kill(child, SIGKILL);
		if (n <= 0)
			break;
		size_t take = (size_t)n < size - 1 - len ? (size_t)n : size - 1 - len;

		memcpy(text + len, more, take);
		len += take;
	}
	text[len] = '\0';
	memmove(text, text + strspn(text, "\n"), len + 1 - strspn(text, "\n"));
	text[strcspn(text, "\n")] = '\0';
}

bool restart_ask_program(struct helper *h, int program, const char *form, char *const *argv, char *why, size_t size)
{
	int ends[2], status = -1, helper_fd;
	pid_t child;

	if (pipe2(ends, O_CLOEXEC) != 0) {
		snprintf(why, size, "pipe: %s", strerror(errno));
		return false;
	}
	helper_fd = helper_lend(h);
	child = fork();
	if (child == 0)
		become_child(program, form, argv, helper_fd, ends[1]);
	close(ends[1]);
	why[0] = '\0';
	if (child > 0) {
		listen_to(ends[0], child, why, size);
		waitpid(child, &status, 0);
	}
	helper_take_back(h);
	close(ends[0]);
	if (child > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0 && why[0])
		return true;
	if (!why[0])
		snprintf(why, size, "the program on the disk does not start (%s %d)", WIFSIGNALED(status) ? "signal" : "status",
		         WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
	return false;
}
