/*
 * regentctl: what an operator types. Asks the agent over its control socket and shows the answer.
 */
#include "config.h"

#include <errno.h>
#include <getopt.h>
#include <jansson.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "agent/status_table.h"
#include "core/base/text.h"

#define ANSWER_MAX (256u << 20)
#define PATIENCE 10 /* seconds */

enum { EXIT_OK = 0, EXIT_REFUSED = 1, EXIT_USAGE = 2, EXIT_NO_DAEMON = 3 };

struct options {
	const char *run_dir;
	bool json;
};

static void help(FILE *to)
{
	fputs("Usage: regentctl [--run-dir DIR] COMMAND\n"
	      "\n"
	      "  status                        virtual routers, services with their servers, probes\n"
	      "  status --json                 the same and more, for programs\n"
	      "  weight SERVICE SERVER N       set a server's weight, 0 to 65535; 0 drains it\n"
	      "  weight SERVICE SERVER auto    go back to the file's weight\n"
	      "\n"
	      "  --run-dir DIR   where the daemon that is meant keeps its sockets (default: /run/regent)\n"
	      "  --help, --version\n"
	      "\n"
	      "A weight that is set stays set: over reloads, restarts and failures of the server, on this\n"
	      "director alone. SERVICE and SERVER are written as `regentctl status` shows them.\n"
	      "\n"
	      "Examples:\n"
	      "  regentctl status\n"
	      "  regentctl status --json | jq '.services[].servers[] | select(.state == \"down\")'\n"
	      "  regentctl weight '[192.0.2.200]:tcp:80' 192.0.2.33:80 0      before work on that server\n"
	      "  regentctl weight '[192.0.2.200]:tcp:80' 192.0.2.33:80 auto   and after it\n"
	      "\n"
	      "Exit status: 0 done, 1 refused, 2 wrong usage, 3 no answer from a daemon. See regentctl(1).\n", to);
}

/* ---- the socket ---- */

static void say_unreachable(const char *path, int err)
{
	if (err == ENOENT || err == ECONNREFUSED)
		fprintf(stderr, "regentctl: no regentd answers at %s\n"
		        "Start it (systemctl start regentd), or name its folder with --run-dir.\n", path);
	else if (err == EACCES || err == EPERM)
		fprintf(stderr, "regentctl: you may not use %s; try again as root.\n", path);
	else if (err == EAGAIN || err == ETIMEDOUT)
		fprintf(stderr, "regentctl: no answer at %s within %d s.\n"
		        "The daemon's log says what it does (journalctl -u regentd).\n", path, PATIENCE);
	else
		fprintf(stderr, "regentctl: %s: %s\n", path, strerror(err));
}

/* -1: errno. */
static int connect_to(const char *path)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	struct timeval patience = { .tv_sec = PATIENCE };
	int fd;

	if (!text_copy(a.sun_path, sizeof(a.sun_path), path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	if (connect(fd, (struct sockaddr *)&a, sizeof(a)) == 0)
		return fd;
	close(fd);
	return -1;
}

static bool send_line(int fd, const json_t *request)
{
	char *text = json_dumps(request, JSON_COMPACT);
	size_t len = text ? strlen(text) : 0;
	bool ok;

	if (!text)
		return false;
	text[len] = '\n'; /* in the place of the NUL */
	ok = send(fd, text, len + 1, MSG_NOSIGNAL) == (ssize_t)len + 1;
	free(text);
	return ok;
}

/* Up to the end of the line. NULL: errno. */
static char *receive_line(int fd, size_t *len)
{
	size_t cap = 65536;
	char *text = malloc(cap);

	for (*len = 0; text;) {
		ssize_t n = recv(fd, text + *len, cap - *len, 0);

		if (n <= 0) {
			if (n == 0)
				errno = ECONNRESET;
			free(text);
			return NULL;
		}
		*len += (size_t)n;
		if (text[*len - 1] == '\n')
			return text;
		if (*len == cap) {
			char *more = cap < ANSWER_MAX ? realloc(text, cap *= 2) : NULL;

			if (!more)
				free(text);
			text = more;
		}
	}
	errno = ENOMEM;
	return NULL;
}

/* The answer to one request; NULL: said why not. */
static json_t *ask(const struct options *o, json_t *request)
{
	char path[4096];
	size_t len = 0;
	json_t *answer = NULL;
	char *text = NULL;
	int fd, err;

	snprintf(path, sizeof(path), "%s/control.sock", o->run_dir);
	fd = connect_to(path);
	if (fd >= 0 && send_line(fd, request))
		text = receive_line(fd, &len);
	err = errno;
	if (fd >= 0)
		close(fd);
	json_decref(request);
	if (text)
		answer = json_loadb(text, len, 0, NULL);
	if (!text)
		say_unreachable(path, err);
	else if (!answer)
		fprintf(stderr, "regentctl: what answers at %s is not Regent\n", path);
	free(text);
	return answer;
}

static bool answer_ok(const json_t *answer)
{
	const char *why = json_string_value(json_object_get(answer, "error"));

	if (json_is_true(json_object_get(answer, "ok")))
		return true;
	fprintf(stderr, "regentctl: %s\n", why ? why : "the daemon refused");
	return false;
}

/* ---- commands ---- */

static int do_status(const struct options *o)
{
	json_t *answer = ask(o, json_pack("{s:s}", "cmd", "status"));
	json_t *status = json_object_get(answer, "status");
	bool ok = answer != NULL && answer_ok(answer);

	if (ok && o->json)
		ok = json_dumpf(status, stdout, JSON_INDENT(2)) == 0 && putchar('\n') != EOF;
	else if (ok)
		ok = status_table_print(status, isatty(STDOUT_FILENO) && !getenv("NO_COLOR"));
	if (ok && fflush(stdout) != 0) {
		fprintf(stderr, "regentctl: cannot write: %s\n", strerror(errno));
		ok = false;
	}
	json_decref(answer);
	if (!answer)
		return EXIT_NO_DAEMON;
	return ok ? EXIT_OK : EXIT_REFUSED;
}

/* A number or "auto". False: neither. */
static bool parse_weight(const char *text, json_t **out)
{
	char *end;
	long n;

	if (strcmp(text, "auto") == 0) {
		*out = json_null();
		return true;
	}
	errno = 0;
	n = strtol(text, &end, 10);
	if (errno || !*text || *end || n < 0 || n > 65535)
		return false;
	*out = json_integer(n);
	return true;
}

static void say_wrong_weight(const char *text)
{
	fprintf(stderr, "regentctl: a weight is 0 to 65535, or \"auto\" for the file's; not \"%s\"\n", text);
}

static int do_weight(const struct options *o, char **words)
{
	json_t *weight, *answer;
	bool ok;

	if (!parse_weight(words[2], &weight)) {
		say_wrong_weight(words[2]);
		return EXIT_USAGE;
	}
	answer = ask(o, json_pack("{s:s, s:s, s:s, s:o}", "cmd", "weight", "service", words[0], "server", words[1],
	                          "weight",
	                          weight));
	if (!answer)
		return EXIT_NO_DAEMON;
	ok = answer_ok(answer);
	if (ok)
		printf("%s in %s: weight %s\n", words[1], words[0], strcmp(words[2],
		                                                           "auto") ? words[2] : "as in the file");
	json_decref(answer);
	return ok ? EXIT_OK : EXIT_REFUSED;
}

static int run(const struct options *o, int n, char **words)
{
	if (n == 1 && strcmp(words[0], "status") == 0)
		return do_status(o);
	if (n == 4 && strcmp(words[0], "weight") == 0)
		return do_weight(o, words + 1);
	if (n > 0 && strcmp(words[0], "weight") == 0)
		fprintf(stderr, "regentctl: weight needs SERVICE SERVER N, such as\n"
		        "  regentctl weight '[192.0.2.200]:tcp:80' 192.0.2.33:80 0\n");
	else if (n > 0)
		fprintf(stderr, "regentctl: \"%s\" is no command; there are status and weight. "
		        "`regentctl --help` shows them.\n", words[0]);
	else
		help(stderr);
	return EXIT_USAGE;
}

/* A weight below 0 looks like an option. */
static int wrong_option(int c, const char *word)
{
	if (c >= '0' && c <= '9')
		say_wrong_weight(word);
	else
		fprintf(stderr, "regentctl: %s: no such option, or its value is missing. `regentctl --help` shows them.\n", word);
	return EXIT_USAGE;
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "run-dir", required_argument, NULL, 'r' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ NULL, 0, NULL, 0 },
	};
	struct options o = { .run_dir = "/run/regent" };
	int c;

	setlocale(LC_ALL, "");
	while ((c = getopt_long(argc, argv, ":h", longs, NULL)) != -1) {
		if (c == 'r') {
			o.run_dir = optarg;
		} else if (c == 'j') {
			o.json = true;
		} else if (c == 'V') {
			printf("regentctl %s\n", PACKAGE_VERSION);
			return EXIT_OK;
		} else if (c == 'h') {
			help(stdout);
			return EXIT_OK;
		} else {
			return wrong_option(optopt, argv[optind - 1]);
		}
	}
	return run(&o, argc - optind, argv + optind);
}
