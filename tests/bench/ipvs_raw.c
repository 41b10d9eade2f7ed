/*
 * The limit for whoever fills the kernel's IPVS table: generic netlink alone, batches of 100 requests with one acknowledgement each.
 *
 *   ipvs_raw fill SERVICES SERVERS   make the table that tests/bench/ipvs.sh describes; prints the milliseconds
 *   ipvs_raw flush                   empty the table
 *   ipvs_raw wait SERVICE SERVERS WEIGHT SECONDS   until so many servers of that weight (-1: any) are there; prints the time of day
 *                                                  at which they were, in microseconds
 *   ipvs_raw cpu PID...              what these processes have computed so far, together, in microseconds
 *   ipvs_raw busy SECONDS PID        what all others compute in that time behind a SIGHUP to PID, less what they do in that time
 *                                    before it, in microseconds
 *
 * What the kernel itself says of computing time has the grain of its tick, 10 ms in user-mode Linux. `busy` runs only when nobody else
 * does, looks at the processor's counter all the time, and adds up where that jumps.
 *
 * Counting a large table takes longer than filling it: until the SERVICE of that number, the last to be made or changed, has such a
 * server, only that one is looked at. Who waits does so before the daemon's class, so that it is not the daemon's next work that it
 * waits for.
 */
#include "config.h"

#include <arpa/inet.h>
#include <linux/ip_vs.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>

#define BATCH 100
#define TABLE "/proc/net/ip_vs"

struct raw {
	struct nl_sock *sock;
	int family;
	char buf[256 * BATCH];
	size_t len, last; /* where the last request begins */
	unsigned n;
};

static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void die(const char *what, int err)
{
	fprintf(stderr, "ipvs_raw: %s: %s\n", what, nl_geterror(err));
	exit(1);
}

static void send_batch(struct raw *r)
{
	struct nlmsghdr *last = (struct nlmsghdr *)(void *)(r->buf + r->last);
	int err;

	if (!r->n)
		return;
	last->nlmsg_flags |= NLM_F_ACK;
	err = nl_sendto(r->sock, r->buf, r->len);
	if (err < 0)
		die("send", err);
	err = nl_wait_for_ack(r->sock);
	if (err < 0)
		die("answer", err);
	r->len = r->n = 0;
}

static void add(struct raw *r, struct nl_msg *msg)
{
	struct nlmsghdr *h = nlmsg_hdr(msg);

	h->nlmsg_flags |= NLM_F_REQUEST;
	h->nlmsg_seq = nl_socket_use_seq(r->sock);
	h->nlmsg_pid = nl_socket_get_local_port(r->sock);
	r->last = r->len;
	memcpy(r->buf + r->len, h, h->nlmsg_len);
	r->len += NLMSG_ALIGN(h->nlmsg_len);
	nlmsg_free(msg);
	if (++r->n == BATCH)
		send_batch(r);
}

static struct nl_msg *request(struct raw *r, uint8_t cmd)
{
	struct nl_msg *msg = nlmsg_alloc_size(512);

	if (!msg || !genlmsg_put(msg, 0, 0, r->family, 0, 0, cmd, IPVS_GENL_VERSION))
		die("message", -NLE_NOMEM);
	return msg;
}

static void put_addr(struct nl_msg *msg, int attr, uint32_t host)
{
	struct { uint32_t v4, rest[3]; } a = { .v4 = htonl(host) };

	nla_put(msg, attr, sizeof(a), &a);
}

static void put_service(struct nl_msg *msg, uint32_t host, bool full)
{
	struct nlattr *nest = nla_nest_start(msg, IPVS_CMD_ATTR_SERVICE);
	struct ip_vs_flags flags = { .mask = UINT32_MAX };

	nla_put_u16(msg, IPVS_SVC_ATTR_AF, AF_INET);
	nla_put_u16(msg, IPVS_SVC_ATTR_PROTOCOL, IPPROTO_TCP);
	put_addr(msg, IPVS_SVC_ATTR_ADDR, host);
	nla_put_u16(msg, IPVS_SVC_ATTR_PORT, htons(80));
	if (full) {
		nla_put_string(msg, IPVS_SVC_ATTR_SCHED_NAME, "rr");
		nla_put(msg, IPVS_SVC_ATTR_FLAGS, sizeof(flags), &flags);
		nla_put_u32(msg, IPVS_SVC_ATTR_TIMEOUT, 0);
		nla_put_u32(msg, IPVS_SVC_ATTR_NETMASK, UINT32_MAX);
	}
	nla_nest_end(msg, nest);
}

static void put_dest(struct nl_msg *msg, uint32_t host)
{
	struct nlattr *nest = nla_nest_start(msg, IPVS_CMD_ATTR_DEST);

	put_addr(msg, IPVS_DEST_ATTR_ADDR, host);
	nla_put_u16(msg, IPVS_DEST_ATTR_PORT, htons(80));
	nla_put_u16(msg, IPVS_DEST_ATTR_ADDR_FAMILY, AF_INET);
	nla_put_u32(msg, IPVS_DEST_ATTR_FWD_METHOD, IP_VS_CONN_F_DROUTE);
	nla_put_u32(msg, IPVS_DEST_ATTR_WEIGHT, 1);
	nla_put_u32(msg, IPVS_DEST_ATTR_U_THRESH, 0);
	nla_put_u32(msg, IPVS_DEST_ATTR_L_THRESH, 0);
	nla_nest_end(msg, nest);
}

/* 10.100.0.0 + i with servers 10.200.0.0 + i * servers + k. */
static void fill(struct raw *r, unsigned services, unsigned servers)
{
	double began = now_ms();

	for (unsigned i = 0; i < services; i++) {
		struct nl_msg *msg = request(r, IPVS_CMD_NEW_SERVICE);

		put_service(msg, 0x0a640000 + i, true);
		add(r, msg);
		for (unsigned k = 0; k < servers; k++) {
			msg = request(r, IPVS_CMD_NEW_DEST);
			put_service(msg, 0x0a640000 + i, false);
			put_dest(msg, 0x0ac80000 + i * servers + k);
			add(r, msg);
		}
	}
	send_batch(r);
	printf("%.1f\n", now_ms() - began);
}

static unsigned count(long weight)
{
	FILE *f = fopen(TABLE, "r");
	char line[256];
	unsigned n = 0;

	while (f && fgets(line, sizeof(line), f)) {
		long w;

		if (sscanf(line, " -> %*s %*s %ld", &w) == 1)
			n += weight < 0 || w == weight;
	}
	if (f)
		fclose(f);
	return n;
}

struct sight {
	long weight;
	bool seen;
};

static int see_dest(struct nl_msg *msg, void *arg)
{
	struct nlattr *top[IPVS_CMD_ATTR_MAX + 1], *dest[IPVS_DEST_ATTR_MAX + 1];
	struct sight *s = arg;

	if (genlmsg_parse(nlmsg_hdr(msg), 0, top, IPVS_CMD_ATTR_MAX, NULL) < 0 || !top[IPVS_CMD_ATTR_DEST] ||
	    nla_parse_nested(dest, IPVS_DEST_ATTR_MAX, top[IPVS_CMD_ATTR_DEST], NULL) < 0 || !dest[IPVS_DEST_ATTR_WEIGHT])
		return NL_SKIP;
	if (s->weight < 0 || s->weight == (long)nla_get_u32(dest[IPVS_DEST_ATTR_WEIGHT]))
		s->seen = true;
	return NL_OK;
}

static bool seen(struct raw *r, unsigned service, long weight)
{
	struct sight s = { .weight = weight };
	struct nl_msg *msg = request(r, IPVS_CMD_GET_DEST);

	put_service(msg, 0x0a640000 + service, false);
	nlmsg_hdr(msg)->nlmsg_flags |= NLM_F_DUMP;
	nl_socket_modify_cb(r->sock, NL_CB_VALID, NL_CB_CUSTOM, see_dest, &s);
	if (nl_send_auto(r->sock, msg) >= 0)
		nl_recvmsgs_default(r->sock); /* an error: no such service yet */
	nlmsg_free(msg);
	return s.seen;
}

static int wait_for(struct raw *r, unsigned service, unsigned servers, long weight, double seconds)
{
	const struct sched_param before_it = { .sched_priority = 2 };
	double began = now_ms();

	if (sched_setscheduler(0, SCHED_FIFO, &before_it) != 0)
		perror("ipvs_raw: what it waits for may be over before it is seen");
	while (now_ms() - began < seconds * 1e3) {
		const struct timespec nap = { .tv_nsec = 20000000 };
		struct timespec t;

		clock_gettime(CLOCK_REALTIME, &t);
		if (seen(r, service, weight) && count(weight) == servers) {
			printf("%lld\n", (long long)t.tv_sec * 1000000 + t.tv_nsec / 1000);
			return 0;
		}
		nanosleep(&nap, NULL);
	}
	return 1;
}

static int tell_cpu(int n, char *const *pids)
{
	long long sum = 0;

	for (int i = 0; i < n; i++) {
		struct timespec t;
		clockid_t clock;

		if (clock_getcpuclockid((pid_t)atol(pids[i]), &clock) == 0 && clock_gettime(clock, &t) == 0)
			sum += (long long)t.tv_sec * 1000000 + t.tv_nsec / 1000;
	}
	printf("%lld\n", sum);
	return 0;
}

/* ---- what others compute ---- */

#define BEAT_US 100000
#define LEAD 3        /* beats before all else */
#define JUMP_NS 10000 /* more than a turn of the loop ever takes */

static volatile sig_atomic_t beats;

static void on_beat(int sig)
{
	(void)sig;
	beats++;
}

#if defined(__x86_64__)
/* The processor's counter: asking for the time is a system call in user-mode Linux. */
static inline uint64_t counter(void)
{
	return __builtin_ia32_rdtsc();
}
#else
static inline uint64_t counter(void)
{
	return (uint64_t)(now_ms() * 1e6);
}
#endif

/* How often the counter counts in a nanosecond. */
static double counter_rate(void)
{
	double began = now_ms();
	uint64_t from = counter();

	while (now_ms() - began < 20)
		continue;
	return (double)(counter() - from) / (now_ms() - began) / 1e6;
}

/* What is taken from us until that beat. */
static uint64_t gone_until(int beat, uint64_t jump)
{
	uint64_t gone = 0, last = counter();

	while (beats < beat) {
		uint64_t now = counter();

		if (now - last > jump)
			gone += now - last;
		last = now;
	}
	return gone;
}

static int tell_busy(double seconds, pid_t pid)
{
	const struct sched_param none = { 0 };
	const struct itimerval beat = { { 0, BEAT_US }, { 0, BEAT_US } };
	double rate = counter_rate();
	uint64_t jump = (uint64_t)(JUMP_NS * rate), before, behind;
	int spell = (int)(seconds * 1e6 / BEAT_US);

	signal(SIGALRM, on_beat);
	if (sched_setscheduler(0, SCHED_IDLE, &none) != 0 || setitimer(ITIMER_REAL, &beat, NULL) != 0) {
		perror("ipvs_raw: busy");
		return 1;
	}
	gone_until(LEAD, jump);
	before = gone_until(LEAD + spell, jump);
	kill(pid, SIGHUP);
	behind = gone_until(LEAD + 2 * spell, jump);
	printf("%.0f\n", ((double)behind - (double)before) / rate / 1e3);
	return 0;
}

int main(int argc, char **argv)
{
	static struct raw r;

	if (argc > 1 && strcmp(argv[1], "cpu") == 0)
		return tell_cpu(argc - 2, argv + 2);
	if (argc == 4 && strcmp(argv[1], "busy") == 0)
		return tell_busy(atof(argv[2]), (pid_t)atol(argv[3]));
	r.sock = nl_socket_alloc();
	if (!r.sock || genl_connect(r.sock) < 0)
		die("socket", -NLE_NOMEM);
	nl_socket_disable_auto_ack(r.sock);
	r.family = genl_ctrl_resolve(r.sock, IPVS_GENL_NAME);
	if (r.family < 0)
		die("IPVS", r.family);
	if (argc == 4 && strcmp(argv[1], "fill") == 0) {
		fill(&r, (unsigned)atoi(argv[2]), (unsigned)atoi(argv[3]));
	} else if (argc == 2 && strcmp(argv[1], "flush") == 0) {
		add(&r, request(&r, IPVS_CMD_FLUSH));
		send_batch(&r);
	} else if (argc == 6 && strcmp(argv[1], "wait") == 0) {
		return wait_for(&r, (unsigned)atoi(argv[2]), (unsigned)atoi(argv[3]), atol(argv[4]), atof(argv[5]));
	} else {
		fprintf(stderr, "usage: ipvs_raw fill SERVICES SERVERS | flush | wait SERVICE SERVERS WEIGHT SECONDS | cpu PID... |\n"
		                "       busy SECONDS PID\n");
		return 2;
	}
	nl_socket_free(r.sock);
	return 0;
}
