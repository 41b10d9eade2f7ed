/*
 * A core without VRRP or IPVS, for tests of the agent: it starts the agent, speaks the messages of core/view_wire.h,
 * holds rows and a ring of events, answers transactions as it is told, and starts the agent again when it dies.
 *
 *   fake_core AGENT AGENTX-SOCKET CONTROL-SOCKET
 *
 * Commands on standard input, one a line; each is answered by a line on standard output. What the agent says is told
 * there too.
 *   servers N         N real servers in the first service
 *   touch             change a value of every server
 *   event vr|rs N     N events; routers alternate between MASTER and BACKUP, servers between up and down
 *   reload            a reload event
 *   overdue           a probe's run is overdue: its row and its event
 *   sets ok|late|kernel|refuse
 *   write 0|1         whether SETs are allowed
 *   kill              kill -9 the agent
 *   quit
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/base/text.h"
#include "core/view_wire.h"

#define EVENTS_MAX 8192
#define SERVERS_MAX 10000

static const char *agent_path, *agentx_path;
static int pair = -1, control_fd;
static pid_t agent;
static struct view *rows;
static struct event events[EVENTS_MAX];
static uint64_t last_event, acked, sent_event, generation;
static bool ready, snmpd_asked;
static char set_mode[16] = "ok";
static struct wire_settings settings = { .snmp_on = 1, .snmp_write = 1, .traps = 1, .log_level = 6 };
static struct view_rs undo[WIRE_SET_MAX];
static char undo_by[WIRE_SET_MAX][32];
static uint32_t n_undo;
static uint64_t undo_number;
static char control_path[108];
static union {
	struct wire_head head;
	uint8_t bytes[WIRE_MAX];
} in, out;

static int64_t clock_usec(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return t.tv_sec * USEC_PER_SEC + t.tv_nsec / 1000;
}

static struct view_time now(void)
{
	return (struct view_time){ .mono = clock_usec(CLOCK_MONOTONIC), .wall = clock_usec(CLOCK_REALTIME) };
}

static void die(const char *what)
{
	perror(what);
	exit(1);
}

/* ---- rows ---- */

static void vr_key(struct vr_key *k, bool second)
{
	memset(k, 0, sizeof(*k));
	text_copy(k->ifname, sizeof(k->ifname), second ? "bond0.1234" : "ens33");
	k->vrid = second ? 7 : 51;
	k->family = second ? AF_INET6 : AF_INET;
}

static void service_key(struct service_key *k)
{
	memset(k, 0, sizeof(*k));
	k->family = AF_INET;
	k->protocol = IPPROTO_TCP;
	k->port = 80;
	k->addr = addr_v4(172, 25, 0, 200);
}

static void server_key(struct server_key *k, unsigned i)
{
	memset(k, 0, sizeof(*k));
	service_key(&k->service);
	k->server.addr = addr_v4(10, (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i);
	k->server.port = 80;
}

static void make_daemon(void)
{
	struct view_daemon d = { .one = 1, .pid = (uint32_t)getpid(), .config_generation = 1, .reload_result = 1 };

	text_copy(d.version, sizeof(d.version), "0.1.0");
	text_copy(d.router_id, sizeof(d.router_id), "node3");
	d.started = now();
	d.ipvs_availability = 1;
	d.snmp_write = d.traps = 1;
	d.urgent_late.count[2] = 12345678901;
	d.check_late.count[15] = 98765432109;
	d.check_late.max = 600000;
	d.vrrp_checksum_errors = 3;
	view_put(rows, VIEW_DAEMON, &d);
}

static void make_router(bool second)
{
	struct view_vr r = { .ifindex = second ? 0 : 2, .version = second ? 3 : 2, .base_priority = 100,
		.priority = 100 };
	struct view_vr_stats s = { .ifindex = r.ifindex, .version = r.version, .become_master = 5 };
	struct view_vr_addr a = { .ifindex = r.ifindex, .version = r.version, .prefix_len = 32 };

	vr_key(&r.key, second);
	s.key = a.key.vr = r.key;
	text_copy(r.name, sizeof(r.name), second ? "VI_6" : "VI_1");
	r.state = second ? VIEW_VR_FAULT : VIEW_VR_MASTER;
	text_copy(r.fault_text, sizeof(r.fault_text), second ? "interface bond0.1234 does not exist" : "");
	r.adver_int = USEC_PER_SEC;
	r.preempt = 1;
	r.entered = now();
	if (!second) {
		r.left_init = r.entered;
		r.primary = r.master = addr_v4(172, 25, 0, 33);
	}
	view_put(rows, VIEW_VR, &r);
	view_put(rows, VIEW_VR_STATS, &s);
	addr_parse(second ? "fd00::200" : "172.25.0.200", &a.key.addr);
	view_put(rows, VIEW_VR_ADDR, &a);
}

/* Of version 3 over IPv6, on an interface that is there: what VRRPV3-MIB shows. */
static void make_router3(void)
{
	struct view_vr r = { .ifindex = 2, .version = 3, .base_priority = 100, .priority = 90, .state = VIEW_VR_BACKUP,
		.adver_int = USEC_PER_SEC / 5, .addr_count = 1 };
	struct view_vr_stats s = { .ifindex = 2, .version = 3, .adverts_received = 5000000000 };
	struct view_vr_addr a = { .ifindex = 2, .version = 3, .prefix_len = 128 };

	vr_key(&r.key, false);
	r.key.vrid = 61;
	r.key.family = AF_INET6;
	s.key = a.key.vr = r.key;
	text_copy(r.name, sizeof(r.name), "VI_3");
	addr_parse("fe80::33", &r.primary);
	addr_parse("fe80::34", &r.master);
	addr_parse("fd00::201", &a.key.addr);
	view_put(rows, VIEW_VR, &r);
	view_put(rows, VIEW_VR_STATS, &s);
	view_put(rows, VIEW_VR_ADDR, &a);
}

static void make_services(void)
{
	struct view_vs v = { .method = 2, .role = 3, .quorum_state = VIEW_QUORUM_GAINED, .quorum = 1, .in_kernel = 1 };
	struct view_vs mark = { .key = { .family = AF_INET, .fwmark = 7 }, .method = 1, .role = 1,
		.quorum_state = VIEW_QUORUM_LOST };

	service_key(&v.key);
	text_copy(v.name, sizeof(v.name), "[172.25.0.200]:tcp:80");
	text_copy(v.scheduler, sizeof(v.scheduler), "rr");
	text_copy(mark.name, sizeof(mark.name), "FWM 7");
	view_put(rows, VIEW_VS, &v);
	view_put(rows, VIEW_VS, &mark);
}

static void make_probe(struct view_probe *p)
{
	memset(p, 0, sizeof(*p));
	p->key.kind = PROBE_HTTP;
	p->key.recipe[7] = 9;
	p->key.target.addr = addr_v4(10, 0, 0, 1);
	p->key.target.port = 80;
	text_copy(p->name, sizeof(p->name), "HTTP_GET [10.0.0.1]:80");
	p->known = p->up = 1;
	p->reason = 1;
	p->interval = 6 * USEC_PER_SEC;
	p->latency = 1234;
	p->last_run = now();
	view_put(rows, VIEW_PROBE, p);
}

static void make_server(unsigned i)
{
	struct view_rs r = { .state = VIEW_RS_UP, .source = VIEW_WS_CONFIG, .in_kernel = 1, .method = 2,
		.conf_weight = 1,
		             .set_weight = -1, .effective_weight = 1, .reason = 1 };

	server_key(&r.key, i);
	text_copy(r.reason_text, sizeof(r.reason_text), "status 200");
	view_put(rows, VIEW_RS, &r);
}

static void make_servers(unsigned n)
{
	struct view_probe p;
	struct view_probe_use u;
	struct view_bfd b = { .state = VIEW_BFD_UP, .remote_state = VIEW_BFD_UP, .multiplier = 3, .my_disc = 7, .sent = 9 };
	struct view_group g = { .state = VIEW_VR_MASTER, .members = 2, .transitions = 3 };

	view_free(rows);
	rows = view_new(NULL, NULL);
	make_daemon();
	make_router(false);
	make_router(true);
	make_router3();
	make_services();
	make_probe(&p);
	for (unsigned i = 1; i <= n; i++)
		make_server(i);
	memset(&u, 0, sizeof(u));
	u.key.probe = p.key;
	server_key(&u.key.server, 1);
	view_put(rows, VIEW_PROBE_USE, &u);
	text_copy(g.key.name, sizeof(g.key.name), "VG_1");
	view_put(rows, VIEW_GROUP, &g);
	text_copy(b.key.name, sizeof(b.key.name), "far");
	b.neighbor = addr_v4(10, 1, 0, 1);
	view_put(rows, VIEW_BFD, &b);
}

/* ---- to the agent ---- */

static bool send_message(enum wire_type type, uint64_t number, uint32_t kind, uint32_t count, uint32_t extra,
                         const void *body,
                         size_t len)
{
	size_t n = wire_build(&out, sizeof(out), type, number, kind, count, extra, body, len);

	return pair >= 0 && send(pair, out.bytes, n, MSG_NOSIGNAL) == (ssize_t)n;
}

static void send_kind(enum view_kind k)
{
	static uint8_t body[WIRE_MAX];
	size_t size = view_row_size(k), most = (WIRE_MAX - sizeof(struct wire_head)) / size;
	const void *row = NULL;
	uint32_t n = 0;

	while ((row = view_next(rows, k, row)) != NULL) {
		memcpy(body + n++ * size, row, size);
		if (n == most) {
			send_message(WIRE_ROW_PUT, 0, k, n, 0, body, n * size);
			n = 0;
		}
	}
	if (n)
		send_message(WIRE_ROW_PUT, 0, k, n, 0, body, n * size);
}

static void send_rows(void)
{
	send_message(WIRE_ROWS_BEGIN, 0, 0, 0, 1, NULL, 0);
	for (int k = 1; k < VIEW_KINDS; k++)
		send_kind((enum view_kind)k);
	send_message(WIRE_ROWS_END, ++generation, 0, 0, 0, NULL, 0);
}

static void send_row(enum view_kind k, const void *row)
{
	send_message(WIRE_ROWS_BEGIN, 0, 0, 0, 0, NULL, 0);
	send_message(WIRE_ROW_PUT, 0, k, 1, 0, row, view_row_size(k));
	send_message(WIRE_ROWS_END, ++generation, 0, 0, 0, NULL, 0);
}

/* As a core that was asked for the kernel's counters: nobody else makes these rows. */
static void count_traffic(void)
{
	struct view_vs_stats v = { .traffic = { .conns = 42, .in_bytes = UINT64_C(5) << 32, .in_byte_rate = UINT64_C(5) << 32 } };
	struct view_rs_stats r = { .traffic = { .out_packets = 43 }, .active_conns = 44 };

	server_key(&r.key, 0);
	v.key = r.key.service;
	v.taken = r.taken = now();
	text_copy(v.name, sizeof(v.name), "[172.25.0.200]:tcp:80");
	send_row(VIEW_VS_STATS, &v);
	send_row(VIEW_RS_STATS, &r);
	send_message(WIRE_STATS, 0, 0, 0, 600000, NULL, 0);
}

static void send_events(void)
{
	for (; ready && sent_event < last_event; sent_event++)
		if (!send_message(WIRE_EVENT, sent_event + 1, 0, 0, 0, &events[sent_event], sizeof(events[0])))
			break;
}

static int connect_agentx(void)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	text_copy(a.sun_path, sizeof(a.sun_path), agentx_path);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&a, sizeof(a)) == 0)
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

static void answer_snmpd(void)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	int fd = connect_agentx(), err = fd < 0 ? errno : 0;
	struct iovec iov = { out.bytes, wire_build(&out, sizeof(out), WIRE_SNMPD, 0, 0, 0, (uint32_t)err, NULL, 0) };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *c;

	snmpd_asked = false;
	if (fd >= 0) {
		m.msg_control = control.bytes;
		m.msg_controllen = sizeof(control.bytes);
		c = CMSG_FIRSTHDR(&m);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	}
	sendmsg(pair, &m, MSG_NOSIGNAL);
	if (fd >= 0)
		close(fd);
}

/* ---- transactions ---- */

static void put_weight(struct view_rs *r, int32_t weight, const char *who)
{
	struct view_rs_set set;

	r->set_weight = weight;
	r->effective_weight = weight < 0 ? r->conf_weight : weight;
	r->source = weight < 0 ? VIEW_WS_CONFIG : VIEW_WS_OVERRIDE;
	memset(&set, 0, sizeof(set));
	set.key = r->key;
	text_copy(set.weight.by, sizeof(set.weight.by), weight < 0 ? "" : who);
	view_put(rows, VIEW_RS_SET, &set);
	send_row(VIEW_RS_SET, &set);
	view_put(rows, VIEW_RS, r);
	send_row(VIEW_RS, r);
}

static uint32_t apply_set(const struct wire_set *s, const struct wire_setting *w, uint32_t n, uint32_t *failed)
{
	char who[32];

	n_undo = 0;
	for (*failed = 0; *failed < n; (*failed)++) {
		const struct view_rs *r = view_get(rows, VIEW_RS, &w[*failed].key);

		if (!r)
			return WIRE_SET_NO_ROW;
		const struct view_rs_set *before = view_get(rows, VIEW_RS_SET, &r->key);

		text_copy(undo_by[n_undo], sizeof(undo_by[0]), before ? before->weight.by : "");
		undo[n_undo++] = *r;
	}
	*failed = n - 1;
	if (strcmp(set_mode, "kernel") == 0)
		return WIRE_SET_KERNEL;
	if (strcmp(set_mode, "refuse") == 0)
		return WIRE_SET_REFUSED;
	if (s->snmp)
		text_copy(who, sizeof(who), "snmp");
	else
		snprintf(who, sizeof(who), "uid %u", s->who_uid);
	for (uint32_t i = 0; i < n; i++) {
		struct view_rs r = undo[i];

		put_weight(&r, w[i].value, who);
	}
	return WIRE_SET_OK;
}

static void take_set(const struct wire_head *h)
{
	const struct wire_set *s = wire_body(h);
	const struct wire_setting *w = (const struct wire_setting *)(s + 1);
	struct wire_set_result r = { 0 };
	uint64_t number = h->number;

	printf("SET %u weights, first %d, snmp %u\n", h->count, w->value, s->snmp);
	if (strcmp(set_mode, "late") == 0)
		usleep(600000);
	r.error = apply_set(s, w, h->count, &r.failed);
	undo_number = number;
	send_message(WIRE_SET_RESULT, number, 0, 0, 0, &r, sizeof(r));
}

static void take_undo(uint64_t number)
{
	printf("UNDO %s\n", number == undo_number ? "known" : "unknown");
	if (number != undo_number)
		return;
	for (uint32_t i = 0; i < n_undo; i++)
		put_weight(&undo[i], undo[i].set_weight, undo_by[i]);
	undo_number = 0;
}

/* ---- from the agent ---- */

static void take_ready(uint64_t number)
{
	printf("READY %lu\n", (unsigned long)number);
	ready = true;
	sent_event = acked;
	send_message(WIRE_SETTINGS, 0, 0, 0, 0, &settings, sizeof(settings));
	send_rows();
	send_events();
}

static void take_message(const struct wire_head *h)
{
	switch (h->type) {
	case WIRE_READY:
		take_ready(h->number);
		break;
	case WIRE_ACK:
		acked = h->number;
		printf("ACK %lu\n", (unsigned long)acked);
		break;
	case WIRE_SET:
		take_set(h);
		break;
	case WIRE_UNDO:
		take_undo(h->number);
		break;
	case WIRE_FORGET:
		printf("FORGET\n");
		break;
	case WIRE_ASK_SNMPD:
		snmpd_asked = true;
		break;
	case WIRE_ASK_STATS:
		count_traffic();
		break;
	case WIRE_RESYNC:
		printf("RESYNC\n");
		send_rows();
		break;
	default:
		printf("STRANGE %s\n", wire_type_name((enum wire_type)h->type));
	}
}

static void start_agent(void)
{
	int sv[2], size = 4 << 20;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sv) < 0)
		die("socketpair");
	setsockopt(sv[0], SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size));
	ready = false;
	agent = fork();
	if (agent == 0) {
		/* Clear of 3 and 4 first, which are what the agent is told. */
		int a = fcntl(sv[1], F_DUPFD_CLOEXEC, 10), c = fcntl(control_fd, F_DUPFD_CLOEXEC, 10);

		dup2(a, 3);
		dup2(c, 4);
		execl(agent_path, "regent-agent", "--fd=3", "--control-fd=4", (char *)NULL);
		_exit(127);
	}
	close(sv[1]);
	pair = sv[0];
	send_message(WIRE_HELLO, acked, 0, 0, 0, NULL, 0);
	printf("AGENT %d\n", (int)agent);
}

static void agent_gone(void)
{
	int status = 0;

	close(pair);
	pair = -1;
	waitpid(agent, &status, 0);
	printf("GONE %s %d\n", WIFSIGNALED(status) ? "signal" : "status",
	       WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
	start_agent();
}

static void receive(void)
{
	const char *why = "?";
	ssize_t n = recv(pair, in.bytes, sizeof(in), MSG_DONTWAIT);
	const struct wire_head *h;

	if (n <= 0) {
		if (n == 0 || errno != EAGAIN)
			agent_gone();
		return;
	}
	h = wire_check(&in, (size_t)n, &why);
	if (h)
		take_message(h);
	else
		printf("BAD %s\n", why);
}

/* ---- commands ---- */

static void add_event(bool vr)
{
	static bool flip;
	struct event *e = &events[last_event];

	if (last_event == EVENTS_MAX)
		return;
	memset(e, 0, sizeof(*e));
	flip = !flip;
	e->seq = ++last_event;
	e->wall = now().wall;
	if (vr) {
		e->kind = EVENT_VR_STATE;
		vr_key(&e->key.vr, false);
		e->from = flip ? VIEW_VR_BACKUP : VIEW_VR_MASTER;
		e->to = flip ? VIEW_VR_MASTER : VIEW_VR_BACKUP;
		e->reason = flip ? 4 : 7;
		e->version = 2;
		e->ifindex = 2;
		e->priority = 100;
		e->master_family = AF_INET;
		memcpy(e->master, addr_v4(172, 25, 0, 33).bytes, 4);
		text_copy(e->name, sizeof(e->name), "VI_1");
		text_copy(e->text, sizeof(e->text), flip ? "no advert from the master" : "a higher priority was heard");
		return;
	}
	e->kind = EVENT_RS_STATE;
	server_key(&e->key.rs, 1 + (unsigned)(last_event % 50));
	e->from = flip ? VIEW_RS_UP : VIEW_RS_DOWN;
	e->to = flip ? VIEW_RS_DOWN : VIEW_RS_UP;
	e->reason = flip ? 10 : 1;
	text_copy(e->name, sizeof(e->name), "[10.0.0.1]:tcp:80");
	text_copy(e->object, sizeof(e->object), "[172.25.0.200]:tcp:80");
	text_copy(e->text, sizeof(e->text), flip ? "status 503, expected 200-299" : "status 200");
}

static void add_reload(void)
{
	struct event *e = &events[last_event];

	memset(e, 0, sizeof(*e));
	e->seq = ++last_event;
	e->wall = now().wall;
	e->kind = EVENT_RELOAD;
	e->to = 2;
	text_copy(e->text, sizeof(e->text), "regent.conf:12:3: unknown keyword");
}

/* A run that did not end: its row and its event, as core/publish.c and core/react.c make them. */
static void add_overdue(void)
{
	struct event *e = &events[last_event];
	struct view_probe p;

	make_probe(&p);
	p.reason = 13;
	p.overdue = 1;
	p.users = 2;
	text_copy(p.text, sizeof(p.text), "the run did not end within 7.0 s");
	view_put(rows, VIEW_PROBE, &p);
	send_rows();
	memset(e, 0, sizeof(*e));
	e->seq = ++last_event;
	e->wall = now().wall;
	e->kind = EVENT_PROBE_OVERDUE;
	e->reason = p.reason;
	e->key.probe = p.key;
	e->to = (int32_t)p.users;
	text_copy(e->name, sizeof(e->name), "[10.0.0.1]:80");
	text_copy(e->object, sizeof(e->object), p.name);
	text_copy(e->text, sizeof(e->text), p.text);
}

static void touch(void)
{
	const struct view_rs *r = NULL;

	while ((r = view_next(rows, VIEW_RS, r ? &r->key : NULL)) != NULL) {
		struct view_rs changed = *r;

		changed.failures++;
		view_put(rows, VIEW_RS, &changed);
		r = view_get(rows, VIEW_RS, &changed.key);
	}
	send_rows();
}

static void command(char *line)
{
	char word[16] = "";
	unsigned n = 0;

	if (sscanf(line, "servers %u", &n) == 1 && n <= SERVERS_MAX) {
		make_servers(n);
		send_rows();
	} else if (sscanf(line, "event %15s %u", word, &n) == 2) {
		while (n-- && last_event < EVENTS_MAX)
			add_event(strcmp(word, "vr") == 0);
		send_events();
	} else if (sscanf(line, "sets %15s", word) == 1) {
		text_copy(set_mode, sizeof(set_mode), word);
	} else if (sscanf(line, "write %u", &n) == 1) {
		settings.snmp_write = n != 0;
		send_message(WIRE_SETTINGS, 0, 0, 0, 0, &settings, sizeof(settings));
	} else if (strncmp(line, "touch", 5) == 0) {
		touch();
	} else if (strncmp(line, "reload", 6) == 0 && last_event < EVENTS_MAX) {
		add_reload();
		send_events();
	} else if (strncmp(line, "overdue", 7) == 0 && last_event < EVENTS_MAX) {
		add_overdue();
		send_events();
	} else if (strncmp(line, "kill", 4) == 0) {
		kill(agent, SIGKILL);
	}
	printf("done %.*s\n", (int)strcspn(line, "\n"), line);
}

static void listen_control(const char *path)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };

	text_copy(control_path, sizeof(control_path), path);
	text_copy(a.sun_path, sizeof(a.sun_path), path);
	unlink(path);
	control_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (control_fd < 0 || bind(control_fd, (struct sockaddr *)&a, sizeof(a)) < 0 || listen(control_fd, 8) < 0)
		die(path);
}

int main(int argc, char **argv)
{
	char line[256];

	if (argc != 4)
		return 2;
	agent_path = argv[1];
	agentx_path = argv[2];
	text_copy(settings.agentx, sizeof(settings.agentx), agentx_path);
	signal(SIGPIPE, SIG_IGN);
	setvbuf(stdout, NULL, _IOLBF, 0);
	setvbuf(stdin, NULL, _IONBF, 0);
	listen_control(argv[3]);
	make_servers(3);
	start_agent();
	for (;;) {
		struct pollfd p[2] = { { .fd = 0, .events = POLLIN }, { .fd = pair, .events = POLLIN } };

		if (poll(p, 2, 1000) < 0 && errno != EINTR)
			die("poll");
		if (p[0].revents) {
			if (!fgets(line, sizeof(line), stdin) || strncmp(line, "quit", 4) == 0)
				break;
			command(line);
		}
		if (p[1].revents)
			receive();
		if (snmpd_asked && pair >= 0)
			answer_snmpd();
	}
	close(pair);
	waitpid(agent, NULL, 0);
	return 0;
}
