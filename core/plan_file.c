/*
 * regentd --plan FILE: check the file here, ask the running daemon what a reload with it would change, tell the answer.
 */
#include "config.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "conf/print.h"
#include "core/base/text.h"
#include "core/check_file.h"
#include "core/plan.h"
#include "core/rundir.h"

enum { PLAN_ANSWERED = 0, PLAN_ERRORS = 2, PLAN_UNREADABLE = 3, PLAN_NO_ANSWER = 4 };

#define PATIENCE_MS 30000

static const char *why_not(int err)
{
	switch (err) {
	case ENOENT:
	case ECONNREFUSED:
		return "no regentd runs there: start it, or name its folder with --run-dir";
	case EACCES:
	case EPERM:
		return "only root may ask: try it with sudo";
	case EPIPE:
	case ECONNRESET:
		return "the daemon did not take the question: only root may ask, and few at a time; its log says more";
	case ETIMEDOUT:
		return "the daemon did not answer in time; try again";
	default:
		return strerror(err);
	}
}

static int connect_to(const char *path)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int sock, err;

	if (!text_copy(sa.sun_path, sizeof(sa.sun_path), path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	sock = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (sock < 0 || connect(sock, (const struct sockaddr *)&sa, sizeof(sa)) == 0)
		return sock;
	err = errno;
	close(sock);
	errno = err;
	return -1;
}

static int seal_conf(const struct conf *c)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	int fd = -1;

	if (out) {
		conf_print(c, out);
		if (fclose(out) == 0)
			fd = plan_seal(text, len);
	}
	free(text);
	return fd;
}

/* The answer's text; NULL with errno. */
static char *ask(int sock, int question, size_t *len)
{
	struct pollfd p = { .fd = sock, .events = POLLIN };
	char *text = NULL;
	int ready, fd = -1;

	if (!plan_send(sock, question))
		return NULL;
	ready = poll(&p, 1, PATIENCE_MS);
	if (ready == 0)
		errno = ETIMEDOUT;
	if (ready <= 0)
		return NULL;
	if (plan_receive(sock, &fd))
		text = plan_unseal(fd, len);
	else if (errno == EPROTO)
		errno = ECONNRESET; /* it closed its end */
	if (fd >= 0)
		close(fd);
	return text;
}

static int ask_daemon(const struct options *o, const struct conf *c, const char *path)
{
	int sock = connect_to(path), question = sock >= 0 ? seal_conf(c) : -1;
	bool refused = false;
	size_t len = 0;
	char *answer = question >= 0 ? ask(sock, question, &len) : NULL;
	int err = errno;

	if (question >= 0)
		close(question);
	if (sock >= 0)
		close(sock);
	if (!answer)
		fprintf(stderr, "regentd: %s: %s\n", path, why_not(err));
	else if (!plan_tell(answer, len, o->json, &refused))
		fprintf(stderr, "regentd: %s: the daemon's answer is not understood: is it of another version?\n", path);
	else
		err = 0;
	free(answer);
	return err || refused ? PLAN_NO_ANSWER : PLAN_ANSWERED;
}

/* The socket of the daemon that this file is for: its `instance` has a folder of its own. */
static bool name_socket(const struct options *o, const struct conf *c, char path[static RUNDIR_PATH])
{
	char folder[RUNDIR_PATH];

	if (!c->global.instance)
		return rundir_join(path, RUNDIR_PATH, o->run_dir, PLAN_SOCKET);
	return rundir_join(folder, sizeof(folder), o->run_dir, c->global.instance) &&
	       rundir_join(path, RUNDIR_PATH, folder, PLAN_SOCKET);
}

int plan_file(const struct options *o)
{
	const struct conf *c = NULL;
	char path[RUNDIR_PATH];
	int status = check_load(o, &c);

	if (status != 0)
		return status;
	if (name_socket(o, c, path)) {
		status = ask_daemon(o, c, path);
	} else {
		fprintf(stderr, "regentd: --run-dir %s is too long\n", o->run_dir);
		status = PLAN_NO_ANSWER;
	}
	conf_free(c);
	return status;
}
