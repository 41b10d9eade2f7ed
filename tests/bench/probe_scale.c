/*
 * What checks cost, and whether they start in time: N probes that run once a second each, some of them at black holes, beside a
 * bare loop of non-blocking connects in the same process at the same rate. Measures; passes and fails nothing.
 *
 *   probe_scale [-n PROBES] [-t SECONDS] [-b PERCENT-OF-BLACK-HOLES] [-k tcp|http|udp|ping|dns]
 *   probe_scale -s      only the backends, for others to check: port 7777; on SIGUSR1 a line with the connections that they took,
 *                       the requests that they answered, the connections that ended without one, and the times between two
 *                       connections to one of their addresses since the last such line
 *   probe_scale -l RATE only the bare loop, so many a second, at the backends of another process; with -n, -t and -k tcp|http
 *
 * Run by probe_scale.sh in a namespace whose 10.66.0.0/16 swallows what is sent there. The backends are a child process.
 */
#include "config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/text.h"
#include "core/probe/probe.h"

#define PORT 7777
/* Within the second, so that a black hole is asked once a second as the others are. */
#define BLACK_TIMEOUT (USEC_PER_SEC * 9 / 10)
/* The bare loop begins what is due in one wake, as the daemon does. */
#define BARE_TICK (8 * USEC_PER_MS)

struct one {
	usec_t due;
};

struct scale {
	struct loop *loop;
	struct probe_pool *pool;
	unsigned n, percent;
	enum probe_kind kind;
	const char *name;
	struct one *ones;
	uint32_t *late; /* microseconds, one a run */
	size_t n_late, room;
	uint64_t runs, good;
	struct loop_timer end, second;
	usec_t until;
	unsigned fds_most;
	long rss_first, rss_last;
	struct rusage used;
};

/* ---- the backends ---- */

static int listener(void)
{
	struct sockaddr_in sa = { .sin_family = AF_INET, .sin_port = htons(PORT) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), one = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, (struct sockaddr *)&sa, sizeof(sa)) < 0 || listen(fd, 65535) < 0) {
		perror("listen");
		exit(1);
	}
	return fd;
}

static volatile sig_atomic_t told_to_tell;
static struct {
	unsigned long taken, answered, unasked;
} served;

static void on_usr1(int sig)
{
	(void)sig;
	told_to_tell = 1;
}

static void answer(int fd)
{
	static const char page[] = "HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nok\n";
	char bytes[2048];
	ssize_t n = recv(fd, bytes, sizeof(bytes), 0);

	if (n > 0)
		served.answered += send(fd, page, sizeof(page) - 1, MSG_NOSIGNAL) > 0;
	if (n == 0 || (n < 0 && errno != EAGAIN))
		served.unasked++;
	if (n >= 0 || errno != EAGAIN)
		close(fd);
}

static int echo_socket(void)
{
	struct sockaddr_in sa = { .sin_family = AF_INET, .sin_port = htons(PORT) };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0), one = 1;

	setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &one, sizeof(one));
	if (bind(fd, (struct sockaddr *)&sa, sizeof(sa)) < 0) {
		perror("bind");
		exit(1);
	}
	return fd;
}

/* From the address that it came to, as its sender expects; a question comes back as its own answer. */
static void echo(int fd)
{
	char bytes[2048], control[CMSG_SPACE(sizeof(struct in_pktinfo))];
	struct sockaddr_in from;
	struct iovec iov = { bytes, sizeof(bytes) };
	struct msghdr m = {
		.msg_name = &from, .msg_namelen = sizeof(from), .msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	ssize_t n = recvmsg(fd, &m, 0);

	if (n < 0)
		return;
	iov.iov_len = (size_t)n;
	bytes[2] |= n >= 12 ? (char)0x80 : 0;
	sendmsg(fd, &m, 0);
}

/* Per address, when it was last asked; and how many came how long after the one before, in ms. */
enum { GAP_MS = 4000 };
static usec_t asked[65536];
static uint32_t gaps[GAP_MS + 1];

static void note_gap(int c)
{
	struct sockaddr_in sa;
	socklen_t len = sizeof(sa);
	usec_t now = mono_now(), *last;

	if (getsockname(c, (struct sockaddr *)&sa, &len) < 0)
		return;
	last = &asked[ntohl(sa.sin_addr.s_addr) & 0xffff];
	if (*last)
		gaps[now - *last < GAP_MS * USEC_PER_MS ? (now - *last) / USEC_PER_MS : GAP_MS]++;
	*last = now;
}

static unsigned gap_of(double share)
{
	uint64_t all = 0, seen = 0;
	unsigned ms = 0;

	for (unsigned i = 0; i <= GAP_MS; i++)
		all += gaps[i];
	while (ms < GAP_MS && (double)(seen += gaps[ms]) < share * (double)all)
		ms++;
	return ms;
}

static void tell(void)
{
	printf("taken=%lu answered=%lu unasked=%lu gap_p50=%u gap_p99=%u gap_worst=%u\n", served.taken, served.answered, served.unasked,
	       gap_of(0.5), gap_of(0.99), gap_of(1));
	fflush(stdout);
	memset(gaps, 0, sizeof(gaps));
	told_to_tell = 0;
}

static void take(int ep, int fd, bool http)
{
	struct epoll_event ev = { .events = EPOLLIN };
	int c;

	while ((c = accept4(fd, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
		served.taken++;
		note_gap(c);
		ev.data.fd = c;
		if (http)
			epoll_ctl(ep, EPOLL_CTL_ADD, c, &ev);
		else
			close(c);
	}
}

static void serve(int fd, bool http)
{
	struct epoll_event ev = { .events = EPOLLIN, .data.fd = fd }, got[256];
	int ep = epoll_create1(0), udp = echo_socket(), n;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGUSR1, on_usr1);
	epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev);
	ev.data.fd = udp;
	epoll_ctl(ep, EPOLL_CTL_ADD, udp, &ev);
	while ((n = epoll_wait(ep, got, 256, -1)) >= 0 || errno == EINTR) {
		for (int i = 0; i < n; i++) {
			if (got[i].data.fd == udp)
				echo(udp);
			else if (got[i].data.fd == fd)
				take(ep, fd, http);
			else
				answer(got[i].data.fd);
		}
		if (told_to_tell)
			tell();
	}
	exit(0);
}

/* ---- measuring ---- */

static double cpu_of(const struct rusage *u)
{
	return (double)(u->ru_utime.tv_sec + u->ru_stime.tv_sec) * 1e6 + (double)(u->ru_utime.tv_usec + u->ru_stime.tv_usec);
}

static long rss_kib(void)
{
	long size = 0, resident = 0;
	FILE *f = fopen("/proc/self/statm", "r");

	if (f && fscanf(f, "%ld %ld", &size, &resident) != 2)
		resident = 0;
	if (f)
		fclose(f);
	return resident * (sysconf(_SC_PAGESIZE) / 1024);
}

/* The highest descriptor that is open, near enough. */
static unsigned fds_open(void)
{
	int fd = dup(0);

	close(fd);
	return (unsigned)fd;
}

static int later(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static void on_verdict(void *user, void *subscription, const struct probe_report *r)
{
	(void)user, (void)subscription, (void)r;
}

static void on_ran(void *user, const struct probe_report *r)
{
	struct scale *s = user;
	const uint8_t *b = r->key.target.addr.bytes;
	struct one *o = &s->ones[(b[1] == 66 ? s->n * (100 - s->percent) / 100 : 0) + b[2] * 250u + b[3] - 1u];
	usec_t late = o->due ? r->last_run - o->due : 0;

	if (o->due && s->n_late < s->room)
		s->late[s->n_late++] = late > 0 ? (uint32_t)late : 0;
	o->due = r->next_run;
	s->runs++;
	s->good += r->reason == PROBE_R_OK;
}

static void on_second(void *user)
{
	struct scale *s = user;
	unsigned fds = fds_open();

	if (fds > s->fds_most)
		s->fds_most = fds;
	s->rss_last = rss_kib();
	if (!s->rss_first && s->runs > 2u * s->n)
		s->rss_first = s->rss_last;
	loop_timer_set(s->loop, &s->second, mono_now() + USEC_PER_SEC / 10);
}

static void on_end(void *user)
{
	loop_stop(((struct scale *)user)->loop);
}

static void subscribe_all(struct scale *s)
{
	struct probe_url url = { .path = "/" };

	for (unsigned i = 0; i < s->n; i++) {
		unsigned good = s->n * (100 - s->percent) / 100, k = i < good ? i : i - good;
		struct probe_conf c = {
			.kind = s->kind, .interval = USEC_PER_SEC, .timeout = BLACK_TIMEOUT,
			.warmup = USEC_PER_SEC, .retry_delay = USEC_PER_SEC,
		};

		c.target.addr = addr_v4(i < good ? 127 : 10, i < good ? 1 : 66, (uint8_t)(k / 250), (uint8_t)(k % 250 + 1));
		c.target.port = s->kind == PROBE_PING ? 0 : PORT;
		if (s->kind == PROBE_HTTP)
			c.http.urls = &url, c.http.n_urls = 1;
		if (s->kind == PROBE_DNS)
			c.dns = (struct probe_dns){ .name = "a.example", .type = 1, .any_rcode = true };
		if (s->kind == PROBE_UDP)
			c.udp = (struct probe_udp){ .require_reply = true, .max_reply = 255 };
		if (!probe_subscribe(s->pool, &c, &s->ones[i], NULL)) {
			perror("subscribe");
			exit(1);
		}
	}
}

static void run_probes(struct scale *s, unsigned seconds)
{
	const struct probe_observer o = { on_verdict, on_ran, s };
	struct probe_env env = { .loop = NULL };
	struct rusage before;
	usec_t began;

	s->loop = env.loop = loop_new();
	if (!s->loop || loop_workers_start(s->loop, 1) != 0)
		exit(1);
	s->pool = probe_pool_new(&env, &o);
	s->room = (size_t)s->n * (seconds + 2);
	s->ones = calloc(s->n, sizeof(*s->ones));
	s->late = calloc(s->room, sizeof(*s->late));
	memset(s->late, 0, s->room * sizeof(*s->late)); /* in memory before it is looked at whether memory grows */
	subscribe_all(s);
	loop_timer_init(&s->end, LOOP_QUEUED, on_end, s);
	loop_timer_init(&s->second, LOOP_QUEUED, on_second, s);
	getrusage(RUSAGE_SELF, &before);
	began = mono_now();
	loop_timer_set(s->loop, &s->end, began + (usec_t)seconds * USEC_PER_SEC);
	on_second(s);
	loop_run(s->loop);
	getrusage(RUSAGE_SELF, &s->used);
	qsort(s->late, s->n_late, sizeof(*s->late), later);
	printf("%s: %llu runs in %.1f s (%.0f/s), %llu good: %.1f us of processor a run\n", s->name,
	       (unsigned long long)s->runs, (double)(mono_now() - began) / 1e6,
	       (double)s->runs * 1e6 / (double)(mono_now() - began), (unsigned long long)s->good,
	       (cpu_of(&s->used) - cpu_of(&before)) / (double)s->runs);
	printf("  starts late: p50 %.2f ms, p99 %.2f ms, worst %.2f ms; descriptors at most %u; memory %ld -> %ld KiB\n",
	       s->late[s->n_late / 2] / 1e3, s->late[s->n_late * 99 / 100] / 1e3, s->late[s->n_late - 1] / 1e3, s->fds_most,
	       s->rss_first, s->rss_last);
	probe_pool_free(s->pool);
	loop_free(s->loop);
}

/* As few system calls as a check can be done with. */
static void bare_connect(int ep, unsigned k)
{
	struct sockaddr_in sa = { .sin_family = AF_INET, .sin_port = htons(PORT) };
	struct epoll_event ev = { .events = EPOLLOUT };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	sa.sin_addr.s_addr = htonl((127u << 24) | (1u << 16) | (k / 250 % 250 << 8) | (k % 250 + 1));
	connect(fd, (struct sockaddr *)&sa, sizeof(sa));
	ev.data.fd = fd;
	epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev);
}

static void bare_ready(int ep, const struct epoll_event *e, bool http)
{
	static const char get[] = "GET / HTTP/1.0\r\nUser-Agent: Regent\r\nHost: 127.0.0.1\r\n\r\n";
	struct epoll_event ev = { .events = EPOLLIN, .data.fd = e->data.fd };
	socklen_t len = sizeof(int);
	char bytes[2048];
	int err;

	if (e->events & EPOLLOUT) {
		getsockopt(e->data.fd, SOL_SOCKET, SO_ERROR, &err, &len);
		if (!http) {
			close(e->data.fd);
			return;
		}
		send(e->data.fd, get, sizeof(get) - 1, MSG_NOSIGNAL);
		epoll_ctl(ep, EPOLL_CTL_MOD, e->data.fd, &ev);
	} else {
		recv(e->data.fd, bytes, sizeof(bytes), 0);
		close(e->data.fd);
	}
}

static double seconds_of(struct timeval after, struct timeval before)
{
	return (double)(after.tv_sec - before.tv_sec) * 1e6 + (double)(after.tv_usec - before.tv_usec);
}

/* What the tick has due of `rate` a second, over `n` targets, and then what comes of it until the next one. */
static void run_bare(unsigned n, unsigned rate, unsigned seconds, bool http)
{
	struct rusage before, after;
	struct epoll_event got[64];
	unsigned total = rate * seconds, begun = 0;
	usec_t start = mono_now(), now = start, tick = start;
	int ep = epoll_create1(EPOLL_CLOEXEC);

	getrusage(RUSAGE_SELF, &before);
	while (now < start + (usec_t)(seconds + 1) * USEC_PER_SEC && (begun < total || now < tick)) {
		if (now >= tick) {
			unsigned due = (unsigned)((uint64_t)(now - start) * rate / USEC_PER_SEC);

			while (begun < due && begun < total)
				bare_connect(ep, begun++ % n);
			tick += BARE_TICK;
		}
		int ready = epoll_wait(ep, got, 64, (int)usec_max((tick - mono_now() + 999) / USEC_PER_MS, 0));

		for (int i = 0; i < ready; i++)
			bare_ready(ep, &got[i], http);
		now = mono_now();
	}
	getrusage(RUSAGE_SELF, &after);
	printf("bare loop: %u connects (%u/s): %.1f us of processor each: %.1f user %.1f system\n", begun, rate,
	       (cpu_of(&after) - cpu_of(&before)) / (double)begun, seconds_of(after.ru_utime, before.ru_utime) / (double)begun,
	       seconds_of(after.ru_stime, before.ru_stime) / (double)begun);
	close(ep);
}

static enum probe_kind kind_of(const char *name)
{
	if (strcmp(name, "http") == 0)
		return PROBE_HTTP;
	if (strcmp(name, "udp") == 0)
		return PROBE_UDP;
	if (strcmp(name, "dns") == 0)
		return PROBE_DNS;
	return strcmp(name, "ping") == 0 ? PROBE_PING : PROBE_TCP;
}

int main(int argc, char **argv)
{
	struct scale s = { .n = 10000, .percent = 20, .kind = PROBE_TCP, .name = "tcp" };
	unsigned seconds = 15, bare_rate = 0;
	struct rlimit files;
	bool only_serve = false;
	pid_t child;
	int c, fd;

	while ((c = getopt(argc, argv, "n:t:b:k:l:s")) != -1) {
		if (c == 'n')
			s.n = (unsigned)atoi(optarg);
		else if (c == 't')
			seconds = (unsigned)atoi(optarg);
		else if (c == 'b')
			s.percent = (unsigned)atoi(optarg);
		else if (c == 'k')
			s.kind = kind_of(s.name = optarg);
		else if (c == 'l')
			bare_rate = (unsigned)atoi(optarg);
		else if (c == 's')
			only_serve = true;
		else
			return 2;
	}
	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
	signal(SIGPIPE, SIG_IGN);
	if (bare_rate > 0) {
		run_bare(s.n, bare_rate, seconds, s.kind == PROBE_HTTP);
		return 0;
	}
	fd = listener();
	if (only_serve)
		serve(fd, true);
	child = fork();
	if (child == 0)
		serve(fd, s.kind == PROBE_HTTP);
	close(fd);
	run_probes(&s, seconds);
	if (s.kind == PROBE_TCP || s.kind == PROBE_HTTP)
		run_bare(s.n, s.n * (100 - s.percent) / 100, seconds < 5 ? seconds : 5, s.kind == PROBE_HTTP);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	return 0;
}
