/*
 * The two ends of vrrp_ends.h: loop, host, routers.
 */
#include "config.h"

#include "tests/unit/vrrp_ends.h"

#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/netns.h"

#define GUARD (60 * USEC_PER_SEC) /* what has not come by then does not come */
#define POLL_SLACK (2 * MS)       /* a turn that comes later than this was held up */

static struct ends t;

/* ---- the loop, until something is true ---- */

static void set_poll(usec_t in)
{
	t.poll_due = mono_now() + in;
	loop_timer_set(t.loop, &t.poll, t.poll_due);
}

/* A machine that takes the processor away for a while has taken it from one turn: turns are counted, not the time. */
static void poll_condition(void *user)
{
	usec_t late = mono_now() - t.poll_due;

	(void)user;
	if (late > POLL_SLACK)
		t.stalled += late;
	t.reached = t.until(t.arg);
	if (t.reached || t.turns == 0)
		loop_stop(t.loop);
	else
		set_poll(MS);
	t.turns--;
}

bool within(bool (*until)(void *arg), void *arg, usec_t limit)
{
	t.until = until;
	t.arg = arg;
	t.reached = false;
	t.turns = (unsigned)(limit / MS);
	set_poll(0);
	loop_run(t.loop);
	return t.reached;
}

bool await(bool (*until)(void *arg), void *arg)
{
	return within(until, arg, GUARD);
}

static bool never(void *arg)
{
	(void)arg;
	return false;
}

void pass(usec_t time)
{
	within(never, NULL, time);
}

/* ---- the host ---- */

void make_veth(void)
{
	netns_run("ip link add va type veth peer name vb && ip link set va up && ip link set vb up");
	netns_run("ip addr add 10.77.0.1/24 dev va && ip addr add 10.77.0.2/24 dev vb");
	netns_run("sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.va.rp_filter=0 net.ipv4.conf.vb.rp_filter=0"
	   " net.ipv4.conf.all.accept_local=1 net.ipv4.conf.va.accept_local=1 net.ipv4.conf.vb.accept_local=1");
}

int ifindex_of(const char *ifname)
{
	const struct net_link *link = netmon_link_by_name(t.netmon, ifname);

	assert_non_null(link);
	return link->ifindex;
}

bool netmon_has(const char *ifname, const char *prefix)
{
	const struct net_link *link = netmon_link_by_name(t.netmon, ifname);
	struct prefix p;

	assert_true(prefix_parse(prefix, &p));
	return link && netmon_has_addr(t.netmon, link->ifindex, &p);
}

static bool both_ready(void *arg)
{
	(void)arg;
	return netmon_is_ready(t.netmon) && netmon_has("va", "10.77.0.1/24") && netmon_has("vb", "10.77.0.2/24") &&
		netmon_link_by_name(t.netmon, "va")->running && netmon_link_by_name(t.netmon, "vb")->running;
}

/* ---- routers ---- */

static void on_transition(void *user, struct vrrp_router *r, const struct vrrp_change *c)
{
	struct end *e = user;

	(void)r;
	e->transitions++;
	e->last = *c;
	e->at = mono_now();
}

static void on_advertised(void *user, struct vrrp_router *r)
{
	struct end *e = user;
	usec_t now = mono_now();

	(void)r;
	if (e->advert_at && now - e->advert_at > e->worst_gap)
		e->worst_gap = now - e->advert_at;
	e->advert_at = now;
}

struct vrrp_conf conf_for(const char *ifname, uint8_t version, uint8_t priority, size_t n_vips)
{
	struct vrrp_conf c = { .name = "VI_1", .version = version, .priority = priority, .preempt = true,
		.adver_int = version == 2 ? USEC_PER_SEC : 100 * MS, .down_adverts = 3,
		.group = addr_v4(224, 0, 100, 19),
		.vips = t.vips, .n_vips = n_vips };

	snprintf(c.key.ifname, sizeof(c.key.ifname), "%s", ifname);
	c.key.vrid = 51;
	c.key.family = AF_INET;
	c.garp = (struct vrrp_garp){ .repeat = 5, .refresh_repeat = 1, .delay = 5 * USEC_PER_SEC };
	if (version == 2) {
		c.auth = VRRP_AUTH_PASS;
		memcpy(c.auth_data, "1111", 4);
	}
	return c;
}

void open_end(struct end *e, const struct vrrp_conf *c)
{
	struct vrrp_env env = { .loop = t.loop, .nl = t.nl, .netmon = t.netmon,
		.start_not_before = t.start_not_before };

	*e = (struct end){ .ifname = e->ifname };
	env.observer = (struct vrrp_observer){ .transition = on_transition, .advertised = on_advertised, .user = e };
	e->router = vrrp_router_new(&env, c);
	assert_non_null(e->router);
}

void begin(struct end *e, uint8_t version, uint8_t priority, bool adopt)
{
	struct vrrp_conf c = conf_for(e->ifname, version, priority, 1);

	open_end(e, &c);
	vrrp_router_start(e->router, adopt, false);
}

static void mark_stopped(void *user)
{
	((struct end *)user)->stopped = true;
}

static bool is_stopped(void *arg)
{
	return ((struct end *)arg)->stopped;
}

void end(struct end *e)
{
	if (!e->router)
		return;
	if (!e->stopped) {
		vrrp_router_stop(e->router, mark_stopped, e);
		assert_true(await(is_stopped, e));
	}
	vrrp_router_free(e->router);
	e->router = NULL;
}

struct vrrp_report report(const struct end *e)
{
	struct vrrp_report r;

	vrrp_router_report(e->router, &r);
	return r;
}

bool holds_vip(const struct end *e)
{
	return netmon_has(e->ifname, "10.77.0.200");
}

void advert_from_b(uint8_t priority, size_t n_vips)
{
	struct addr source = addr_v4(10, 77, 0, 2), dest = addr_v4(224, 0, 100, 19);
	struct addr vips[2] = { addr_v4(10, 77, 0, 200), addr_v4(10, 77, 0, 201) };
	struct vrrp_advert a = { .version = 3, .vrid = 51, .priority = priority, .adver_int = USEC_PER_SEC / 10, .addrs = vips,
		.n_addrs = n_vips };
	uint8_t buf[VRRP_WIRE_MAX];
	size_t len = vrrp_wire_encode(&a, &source, &dest, false, buf, sizeof(buf));
	int ifindex = ifindex_of("vb"), fd = vrrp_sock_open_tx(&source, ifindex, 0, VRRP_TTL, false);

	assert_true(fd >= 0 && len > 0);
	assert_int_equal(vrrp_sock_send(fd, &dest, ifindex, buf, len), 0);
	close(fd);
}

void advert_from_b_until(uint8_t priority, size_t n_vips, bool (*until)(void *arg), struct end *e, usec_t pause)
{
	for (usec_t waited = 0; waited < 20 * USEC_PER_SEC; waited += pause) {
		advert_from_b(priority, n_vips);
		if (within(until, e, pause))
			return;
	}
	fail_msg("it does not hear the advert");
}

bool is_master(void *arg)
{
	struct end *e = arg;
	struct vrrp_report r = report(e);

	return r.state == VRRP_MASTER && r.vips_installed > 0 && holds_vip(e);
}

bool is_backup(void *arg)
{
	struct end *e = arg;

	return report(e).state == VRRP_BACKUP && !holds_vip(e);
}

bool is_fault(void *arg)
{
	return report(arg).state == VRRP_FAULT;
}

/* ---- life around each test ---- */

static bool netmon_ready(void *arg)
{
	(void)arg;
	return netmon_is_ready(t.netmon);
}

int set_up(void **state)
{
	memset(&t, 0, sizeof(t));
	*state = &t;
	make_veth();
	t.a.ifname = "va";
	t.b.ifname = "vb";
	for (unsigned i = 0; i < 1000; i++)
		t.vips[i].prefix = (struct prefix){ .len = 32,
			.addr = addr_v4(10, 77, (uint8_t)(i / 200), (uint8_t)(i % 200)) };
	t.vips[0].prefix.addr = addr_v4(10, 77, 0, 200);
	t.vips[1].prefix.addr = addr_v4(10, 77, 0, 201);
	t.vips[2].prefix.addr = addr_v4(10, 77, 0, 202);
	t.loop = loop_new();
	t.nl = nl_start(t.loop);
	assert_non_null(t.nl);
	t.netmon = netmon_new(t.loop, t.nl);
	loop_timer_init(&t.poll, LOOP_QUEUED, poll_condition, NULL);
	assert_true(await(netmon_ready, NULL));
	assert_true(await(both_ready, NULL));
	return 0;
}

int tear_down(void **state)
{
	(void)state;
	end(&t.a);
	end(&t.b);
	netmon_free(t.netmon);
	nl_stop(t.nl);
	loop_free(t.loop);
	netns_run("ip link del va 2>/dev/null || true");
	return 0;
}

/* ---- a packet socket that sees announcements ---- */

int open_tap(const char *ifname)
{
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK, htons(ETH_P_ARP));
	struct sockaddr_ll ll = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ARP) };

	ll.sll_ifindex = ifindex_of(ifname);
	assert_true(fd >= 0 && bind(fd, (struct sockaddr *)&ll, sizeof(ll)) == 0);
	return fd;
}

/* Gratuitous ARP requests for 10.77.0.`last` that have arrived. */
unsigned count_garps(int fd, uint8_t last)
{
	const uint8_t want[4] = { 10, 77, 0, last };
	uint8_t frame[128];
	unsigned n = 0;
	ssize_t len;

	while ((len = recv(fd, frame, sizeof(frame), 0)) > 0)
		n += len >= 42 && frame[21] == 1 && memcmp(frame + 28, want, 4) == 0 &&
			memcmp(frame + 38, want, 4) == 0;
	return n;
}
