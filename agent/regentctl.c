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
#define YEAR (365 * 86400)

enum { EXIT_OK = 0, EXIT_REFUSED = 1, EXIT_USAGE = 2, EXIT_NO_DAEMON = 3 };

struct options {
	const char *run_dir;
	const char *span, *deadline; /* NULL: not given */
	bool json;
};

static void help(FILE *to)
{
	fputs("Usage: regentctl [OPTION...] COMMAND\n"
	      "\n"
	      "  status                        virtual routers, services and servers, probes\n"
	      "  stats                         connections, packets, bytes; how many a second\n"
	      "  weight SERVICE SERVER N|auto  set the weight, 0 to 65535; auto: the file's\n"
	      "  drain SERVICE SERVER          no new connections; it goes when it has none\n"
	      "  disable SERVICE SERVER        take it out at once\n"
	      "  enable SERVICE SERVER         end drain and disable\n"
	      "  clear SERVICE SERVER          forget all that was set, the weight too\n"
	      "  restart                       the program on the disk takes over in place\n"
	      "\n"
	      "  --for TIME        it is forgotten after that time: 90s, 30m, 8h, 2d\n"
	      "  --deadline TIME   drain: it goes after that time, whatever its connections do\n"
	      "  --json            the answer for programs; status tells more in it\n"
	      "  --run-dir DIR     where the daemon keeps its sockets (default: /run/regent)\n"
	      "  --help, --version\n"
	      "\n"
	      "What is set stays set: over reloads, restarts and failures of the server, on\n"
	      "this director alone. SERVICE and SERVER are written as `regentctl status` shows\n"
	      "them; a group's name means all its addresses, \"all\" every service that has the\n"
	      "server.\n"
	      "\n"
	      "Examples:\n"
	      "  regentctl status\n"
	      "  regentctl status --json | jq '.services[] | select(.quorum_state==\"lost\").name'\n"
	      "  regentctl drain all 192.0.2.33 --deadline 10m    before work on that machine\n"
	      "  regentctl clear all 192.0.2.33                   and after it\n"
	      "  regentctl weight '[192.0.2.200]:tcp:80' 192.0.2.33:80 5 --for 1h\n"
	      "\n"
	      "Exit status: 0 done, 1 refused, 2 wrong usage, 3 no answer from a daemon.\n"
	      "See regentctl(1).\n", to);
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

/* A socket with a time limit tells who was stopped and goes on that it was interrupted. */
static ssize_t receive(int fd, char *buf, size_t size)
{
	ssize_t n;

	do
		n = recv(fd, buf, size, 0);
	while (n < 0 && errno == EINTR);
	return n;
}

/* Up to the end of the line. NULL: errno. */
static char *receive_line(int fd, size_t *len)
{
	size_t cap = 65536;
	char *text = malloc(cap);

	for (*len = 0; text;) {
		ssize_t n = receive(fd, text + *len, cap - *len);

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

static bool print_status(const json_t *status)
{
	return status_table_print(status, isatty(STDOUT_FILENO) && !getenv("NO_COLOR"));
}

/* Asks, and shows the part of the answer that matters. */
static int show(const struct options *o, const char *cmd, const char *part, bool (*print)(const json_t *shown))
{
	json_t *answer = ask(o, json_pack("{s:s}", "cmd", cmd));
	json_t *shown = json_object_get(answer, part);
	bool ok = answer != NULL && answer_ok(answer);

	if (ok && o->json)
		ok = json_dumpf(shown, stdout, JSON_INDENT(2)) == 0 && putchar('\n') != EOF;
	else if (ok)
		ok = print(shown);
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

/* 90, 90s, 30m, 8h, 2d as seconds. False: none of these, or too long. */
static bool parse_time(const char *text, json_int_t *out)
{
	static const struct {
		const char *unit;
		long long seconds;
	} units[] = { { "", 1 }, { "s", 1 }, { "m", 60 }, { "h", 3600 }, { "d", 86400 } };
	char *end;
	long long n;

	errno = 0;
	n = strtoll(text, &end, 10);
	if (errno || end == text || n < 1 || n > YEAR)
		return false;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (strcmp(end, units[i].unit) == 0) {
			*out = n * units[i].seconds;
			return *out <= YEAR;
		}
	return false;
}

/* Adds a time to the request where it was given. */
static bool add_time(json_t *request, const char *name, const char *text)
{
	json_int_t seconds;

	if (!text)
		return true;
	if (!parse_time(text, &seconds)) {
		fprintf(stderr, "regentctl: --%s: a time is such as 90s, 30m, 8h or 2d, a year at most; not \"%s\"\n", name, text);
		return false;
	}
	return json_object_set_new(request, name, json_integer(seconds)) == 0;
}

static const struct command {
	const char *name;
	bool weight, span, deadline; /* what it takes beside SERVICE and SERVER */
	const char *done;
} commands[] = {
	{ "weight", true, true, false, "weight set" },
	{ "drain", false, true, true, "draining" },
	{ "disable", false, true, false, "disabled" },
	{ "enable", false, false, false, "enabled" },
	{ "clear", false, false, false, "as in the file" },
};

static const struct command *find_command(const char *name)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (strcmp(name, commands[i].name) == 0)
			return &commands[i];
	return NULL;
}

static json_t *make_request(const struct options *o, const struct command *c, char **words)
{
	json_t *request = json_pack("{s:s, s:s, s:s}", "cmd", c->name, "service", words[0], "server", words[1]);
	json_t *weight;

	if (c->weight && !parse_weight(words[2], &weight))
		say_wrong_weight(words[2]);
	else if ((!c->weight || json_object_set_new(request, "weight", weight) == 0) && add_time(request, "for", o->span) &&
	         add_time(request, "deadline", o->deadline))
		return request;
	json_decref(request);
	return NULL;
}

static void print_done(const struct command *c, char **words, json_int_t services)
{
	printf("%s in %s: %s%s%s (%lld service%s)\n", words[1], words[0], c->done, c->weight ? " " : "", c->weight ? words[2] : "",
	       (long long)services, services == 1 ? "" : "s");
}

static int do_setting(const struct options *o, const struct command *c, char **words)
{
	json_t *request = make_request(o, c, words), *answer;
	bool ok;

	if (!request)
		return EXIT_USAGE;
	answer = ask(o, request);
	if (!answer)
		return EXIT_NO_DAEMON;
	ok = answer_ok(answer);
	if (ok && o->json)
		ok = json_dumpf(answer, stdout, JSON_COMPACT) == 0 && putchar('\n') != EOF;
	else if (ok)
		print_done(c, words, json_integer_value(json_object_get(answer, "changed")));
	json_decref(answer);
	return ok ? EXIT_OK : EXIT_REFUSED;
}

/* What is not said right of a command that there is. */
static int wrong_use(const struct options *o, const struct command *c)
{
	if (o->span && !c->span)
		fprintf(stderr, "regentctl: %s takes no --for\n", c->name);
	else if (o->deadline && !c->deadline)
		fprintf(stderr, "regentctl: %s takes no --deadline; drain does\n", c->name);
	else
		fprintf(stderr, "regentctl: %s needs SERVICE SERVER%s, such as\n"
		        "  regentctl %s '[192.0.2.200]:tcp:80' 192.0.2.33:80%s\n", c->name, c->weight ? " N" : "", c->name,
		        c->weight ? " 0" : "");
	return EXIT_USAGE;
}

/* ---- restart: the daemon is asked itself, since the agent ends meanwhile ---- */

#define RESTART_PATIENCE 60 /* seconds: the new program reads the configuration first */

static int open_restart(const char *path)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	struct timeval patience = { .tv_sec = RESTART_PATIENCE };
	int fd = -1;

	if (!text_copy(a.sun_path, sizeof(a.sun_path), path))
		errno = ENAMETOOLONG;
	else
		fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	if (connect(fd, (struct sockaddr *)&a, sizeof(a)) == 0 && send(fd, "restart", 7, MSG_NOSIGNAL) == 7)
		return fd;
	close(fd);
	return -1;
}

/* "yes ..." and then the end is success; other words say why not, also behind a "yes". */
static int hear_restart(int fd)
{
	char text[1024];
	bool under_way = false;
	ssize_t n;

	while ((n = receive(fd, text, sizeof(text) - 1)) > 0) {
		text[n] = '\0';
		under_way = strncmp(text, "yes ", 4) == 0;
		if (!under_way)
			fprintf(stderr, "regentctl: not restarted: %s\n", text);
		if (!under_way)
			return EXIT_REFUSED;
	}
	if (n == 0 && under_way) {
		puts("restarted in place");
		return EXIT_OK;
	}
	fprintf(stderr, "regentctl: the daemon took no question: only root may ask, one at a time; its log says more\n");
	return EXIT_REFUSED;
}

static int do_restart(const struct options *o)
{
	char path[4096];
	int fd, status;

	snprintf(path, sizeof(path), "%s/restart.sock", o->run_dir);
	fd = open_restart(path);
	if (fd < 0) {
		say_unreachable(path, errno);
		return EXIT_NO_DAEMON;
	}
	status = hear_restart(fd);
	close(fd);
	return status;
}

static int do_status(const struct options *o)
{
	return show(o, "status", "status", print_status);
}

static int do_stats(const struct options *o)
{
	return show(o, "stats", "services", stats_table_print);
}

/* The commands that take no words and no times. */
static const struct plain {
	const char *name;
	int (*run)(const struct options *o);
} plain_commands[] = { { "status", do_status }, { "stats", do_stats }, { "restart", do_restart } };

static const struct plain *find_plain(const char *name)
{
	for (size_t i = 0; i < sizeof(plain_commands) / sizeof(plain_commands[0]); i++)
		if (strcmp(name, plain_commands[i].name) == 0)
			return &plain_commands[i];
	return NULL;
}

static int run_plain(const struct options *o, const struct plain *p, const char *extra)
{
	if (!extra && !o->span && !o->deadline)
		return p->run(o);
	fprintf(stderr, "regentctl: %s takes no %s\n", p->name, extra ? "further words" : o->span ? "--for" : "--deadline");
	return EXIT_USAGE;
}

static int run(const struct options *o, int n, char **words)
{
	const struct command *c = n > 0 ? find_command(words[0]) : NULL;
	const struct plain *p = n > 0 ? find_plain(words[0]) : NULL;

	if (p)
		return run_plain(o, p, words[1]);
	if (c && n == (c->weight ? 4 : 3) && (c->span || !o->span) && (c->deadline || !o->deadline))
		return do_setting(o, c, words + 1);
	if (c)
		return wrong_use(o, c);
	if (n > 0)
		fprintf(stderr, "regentctl: \"%s\" is no command; there are status, stats, restart, weight, drain, disable, enable and clear. "
		        "`regentctl --help` shows them.\n", words[0]);
	if (n == 0) {
		help(stderr);
		fprintf(stderr, "\nregentctl: no command was given\n");
	}
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
		{ "for", required_argument, NULL, 'f' },
		{ "deadline", required_argument, NULL, 'd' },
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
		} else if (c == 'f') {
			o.span = optarg;
		} else if (c == 'd') {
			o.deadline = optarg;
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
