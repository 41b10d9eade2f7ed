/*
 * BFD sessions over real sockets, in a network namespace of the test's own: one set of sessions talks to itself, each session's
 * neighbour being another one's source. Who is heard and who is not, what outlives a change, an interface and a life.
 */
#include "config.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/base/text.h"
#include "core/probe/bfd.h"
#include "tests/unit/loop_fixture.h"
#include "tests/unit/netns.h"

#define MS USEC_PER_MS

struct world {
	struct loop *loop;
	struct bfd *bfd;
	struct loop_timer again;
	bool (*until)(struct world *w);
	const char *name; /* of the session that `until` asks for */
	unsigned changes;
};

static struct bfd_report look(struct world *w, const char *name)
{
	struct bfd_report r;

	assert_true(bfd_get(w->bfd, name, &r));
	return r;
}

static void on_changed(void *user, const struct bfd_report *r, enum bfd_state from)
{
	struct world *w = user;

	(void)r, (void)from;
	w->changes++;
}

static void ask_again(void *user)
{
	struct world *w = user;

	if (w->until(w))
		loop_stop(w->loop);
	else
		loop_timer_set(w->loop, &w->again, mono_now() + 2 * MS);
}

static void run_until(struct world *w, bool (*until)(struct world *w), const char *name)
{
	w->until = until;
	w->name = name;
	loop_timer_set(w->loop, &w->again, mono_now());
	run(w->loop);
}

static void world_begin(struct world *w, struct loop *l)
{
	const struct bfd_observer o = { .changed = on_changed, .user = w };

	memset(w, 0, sizeof(*w));
	w->loop = l;
	loop_timer_init(&w->again, LOOP_QUEUED, ask_again, w);
	w->bfd = bfd_new(l, &o);
	assert_non_null(w->bfd);
}

static struct bfd_conf conf_of(const char *name, const char *source, const char *neighbor, const char *interface)
{
	struct bfd_conf c;

	memset(&c, 0, sizeof(c));
	text_copy(c.name, sizeof(c.name), name);
	assert_true(addr_parse(neighbor, &c.path.neighbor));
	assert_true(!source || addr_parse(source, &c.path.source));
	text_copy(c.path.interface, sizeof(c.path.interface), interface);
	c.path.ttl = 255;
	/* Slow enough for a busy machine: silence is 2 s. */
	c.fsm = (struct bfd_fsm_conf){ .min_rx = 20 * MS, .min_tx = 20 * MS, .idle_tx = USEC_PER_SEC, .mult = 100 };
	return c;
}

/* Both ends of one path. */
static void pair_up(struct world *w, const char *a, const char *b)
{
	struct bfd_conf one = conf_of("one", a, b, ""), two = conf_of("two", b, a, "");

	assert_true(bfd_put(w->bfd, &one) && bfd_put(w->bfd, &two));
}

static bool is_up(struct world *w)
{
	return look(w, w->name).state == BFD_UP && look(w, w->name).remote_state == BFD_UP;
}

static bool is_down(struct world *w)
{
	return look(w, w->name).state == BFD_DOWN;
}

static bool has_dropped(struct world *w)
{
	return look(w, w->name).dropped > 0;
}

static bool has_no_socket(struct world *w)
{
	return look(w, w->name).error != 0;
}

/* ---- cases ---- */

static void ends_find_each_other_over(struct loop *l, const char *a, const char *b)
{
	struct bfd_conf slower = conf_of("one", a, b, "");
	struct world w;
	uint32_t disc;

	world_begin(&w, l);
	pair_up(&w, a, b);
	run_until(&w, is_up, "one");
	run_until(&w, is_up, "two");
	assert_int_equal(look(&w, "one").my_disc, look(&w, "two").your_disc);
	disc = look(&w, "one").my_disc;
	slower.fsm.min_tx = 300 * MS;
	assert_true(bfd_put(w.bfd, &slower));
	run_until(&w, is_up, "one");
	assert_int_equal(look(&w, "one").my_disc, disc); /* other intervals: the same session */
	slower.path.ttl = 254;
	assert_true(bfd_put(w.bfd, &slower));
	assert_int_not_equal(look(&w, "one").my_disc, disc); /* another path: another session */
	run_until(&w, has_dropped, "two");                     /* which is heard from too far away now */
	assert_int_equal(look(&w, "two").state, BFD_DOWN);     /* the old one has said goodbye */
	assert_string_equal(look(&w, "two").text, "administratively down at the neighbor");
	bfd_free(w.bfd);
}

static void ends_find_each_other(void **state)
{
	ends_find_each_other_over(*state, "127.0.0.2", "127.0.0.3");
	ends_find_each_other_over(*state, "fd00::2", "fd00::3");
}

static void removal_is_told(void **state)
{
	struct world w;

	world_begin(&w, *state);
	pair_up(&w, "127.0.0.2", "127.0.0.3");
	run_until(&w, is_up, "two");
	bfd_remove(w.bfd, "one");
	run_until(&w, is_down, "two");
	assert_int_equal(look(&w, "two").remote_state, BFD_ADMIN_DOWN);
	assert_true(w.changes >= 5); /* down to init to up on one end at least, up on the other, down */
	bfd_free(w.bfd);
}

/* ---- floods ---- */

/* The sockets of port 3784. */
struct port {
	long drops;         /* datagrams that the kernel itself dropped, so far */
	unsigned long room; /* octets in use by what nobody has read yet */
};

static struct port look_at_port(const char *table)
{
	struct port p = { 0, 0 };
	char line[512];
	FILE *f = fopen(table, "r");

	assert_non_null(f);
	while (fgets(line, sizeof(line), f)) {
		unsigned long waiting;
		unsigned port;
		long drops;

		/* sl local:port remote:port st tx:rx tr:when retransmits uid timeout inode references pointer drops */
		if (sscanf(line, " %*s %*[0-9A-F]:%x %*s %*s %*x:%lx %*s %*s %*s %*s %*s %*s %*s %ld", &port, &waiting, &drops) != 3 ||
		    port != 3784)
			continue;
		p.drops += drops;
		p.room += waiting;
	}
	fclose(f);
	return p;
}

static long kernel_drops(const char *table)
{
	return look_at_port(table).drops;
}

static bool has_read_all(struct world *w)
{
	return look_at_port(w->name).room == 0;
}

static void send_strangely(const char *from, const char *to, unsigned n)
{
	struct endpoint source = { .port = 0 }, dest = { .port = 3784 };
	struct sockaddr_storage s, d;
	uint8_t packet[24] = { 0x20, 0x40, 3, 24, 0, 0, 0, 7 };

	assert_true(addr_parse(from, &source.addr) && addr_parse(to, &dest.addr));
	int fd = socket(source.addr.family, SOCK_DGRAM, 0);
	socklen_t len = addr_to_sockaddr(&source, &s);
	assert_int_equal(bind(fd, (struct sockaddr *)&s, len), 0);
	len = addr_to_sockaddr(&dest, &d);
	while (n-- > 0)
		assert_int_equal(sendto(fd, packet, sizeof(packet), 0, (struct sockaddr *)&d, len), sizeof(packet));
	close(fd);
}

static bool has_received(struct world *w)
{
	static uint64_t before;
	uint64_t now = look(w, w->name).received;
	bool more = before && now >= before + 3;

	before = more ? 0 : before ? before : now;
	return more;
}

/* What is nobody's is dropped by the kernel before long, and the neighbors are heard all the while. */
static void a_flood_is_kept_away_over(struct loop *l, const char *a, const char *b, const char *stranger, const char *table)
{
	struct world w;

	world_begin(&w, l);
	pair_up(&w, a, b);
	run_until(&w, is_up, "one");
	run_until(&w, is_up, "two");
	send_strangely(stranger, b, 20);
	run_until(&w, has_received, "two");
	long before = kernel_drops(table);
	/* In parts, which the socket has room for, and as many as it takes: a slow machine may hear fewer than a flood in its second. */
	for (int i = 0; kernel_drops(table) == before; i++) {
		assert_true(i < 1000);
		send_strangely(stranger, b, 100);
		run_until(&w, has_read_all, table);
	}
	before = kernel_drops(table);
	send_strangely(stranger, b, 50);
	assert_int_equal(kernel_drops(table), before + 50);
	run_until(&w, has_received, "one");
	assert_int_equal(look(&w, "one").downs + look(&w, "two").downs, 0);
	struct bfd_conf third = conf_of("third", b, stranger, "");
	assert_true(bfd_put(w.bfd, &third)); /* the stranger becomes a neighbor */
	before = kernel_drops(table);
	send_strangely(stranger, b, 50);
	assert_int_equal(kernel_drops(table), before);
	bfd_free(w.bfd);
}

static void a_flood_is_kept_away(void **state)
{
	a_flood_is_kept_away_over(*state, "127.0.0.2", "127.0.0.3", "127.0.0.9", "/proc/net/udp");
	a_flood_is_kept_away_over(*state, "fd00::2", "fd00::3", "fd00::9", "/proc/net/udp6");
}

/* The same address on two links is two neighbours. */
static void link_local_neighbours_are_told_apart(void **state)
{
	static const char *const links[] = { "va", "vc" };
	struct world w;

	world_begin(&w, *state);
	for (size_t i = 0; i < 2; i++) {
		struct bfd_conf far = conf_of(links[i], "fe80::1", "fe80::2", links[i]);

		assert_true(bfd_put(w.bfd, &far));
	}
	struct bfd_conf near = conf_of("vb", "fe80::2", "fe80::1", "vb");

	assert_true(bfd_put(w.bfd, &near));
	run_until(&w, is_up, "va");
	run_until(&w, is_up, "vb");
	assert_int_equal(look(&w, "vc").state, BFD_DOWN); /* nobody is at its other end */
	assert_int_equal(look(&w, "vc").received, 0);
	assert_string_equal(look(&w, "vc").text, "nothing heard from the neighbor");

	netns_run("ip link del va");
	run_until(&w, has_no_socket, "va");
	netns_run("ip link add va type veth peer name vb && ip addr add fe80::1/64 dev va nodad && ip addr add fe80::2/64 dev vb nodad && "
	          "ip link set va up && ip link set vb up");
	run_until(&w, is_up, "va"); /* over another interface of that name */
	bfd_free(w.bfd);
}

/* Sessions that were kept go on in another set of them, and their other ends notice nothing. */
static void a_session_outlives_its_process(void **state)
{
	struct bfd_conf one = conf_of("one", "127.0.0.2", "127.0.0.3", ""), two = conf_of("two", "127.0.0.3", "127.0.0.2", "");
	struct bfd_kept kept[2], other;
	struct world w;

	world_begin(&w, *state);
	assert_true(bfd_put(w.bfd, &one));
	assert_false(bfd_keep(w.bfd, "one", &kept[0])); /* not up */
	assert_true(bfd_put(w.bfd, &two));
	run_until(&w, is_up, "one");
	run_until(&w, is_up, "two");
	assert_true(bfd_keep(w.bfd, "one", &kept[0]) && bfd_keep(w.bfd, "two", &kept[1]));
	bfd_free(w.bfd);

	world_begin(&w, *state);
	assert_true(bfd_put_kept(w.bfd, &one, &kept[0]) && bfd_put_kept(w.bfd, &two, &kept[1]));
	assert_int_equal(look(&w, "one").state, BFD_UP);
	assert_int_equal(look(&w, "one").my_disc, kept[0].life.my_disc);
	assert_true(look(&w, "one").known);
	run_for(*state, 3 * USEC_PER_SEC); /* longer than silence may last */
	assert_int_equal(look(&w, "one").state, BFD_UP);
	assert_int_equal(look(&w, "one").downs + look(&w, "two").downs, 0);
	assert_true(look(&w, "one").received > 10);
	bfd_free(w.bfd);

	/* Not what is old, nor another one's. */
	world_begin(&w, *state);
	other = kept[0];
	other.at -= 60 * USEC_PER_SEC;
	assert_true(bfd_put_kept(w.bfd, &one, &other));
	assert_int_equal(look(&w, "one").state, BFD_DOWN);
	other = kept[0];
	other.path.neighbor.bytes[3] = 9;
	assert_true(bfd_put_kept(w.bfd, &two, &other));
	assert_int_equal(look(&w, "two").state, BFD_DOWN);
	bfd_free(w.bfd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(ends_find_each_other, setup, teardown),
		cmocka_unit_test_setup_teardown(removal_is_told, setup, teardown),
		cmocka_unit_test_setup_teardown(a_flood_is_kept_away, setup, teardown),
		cmocka_unit_test_setup_teardown(link_local_neighbours_are_told_apart, setup, teardown),
		cmocka_unit_test_setup_teardown(a_session_outlives_its_process, setup, teardown),
	};

	netns_enter();
	netns_run("ip addr add fd00::9/128 dev lo nodad && ip addr add fd00::2/128 dev lo nodad && ip addr add fd00::3/128 dev lo nodad");
	netns_run("ip link add va type veth peer name vb && ip link add vc type veth peer name vd");
	netns_run("for i in va vb vc vd; do ip link set $i addrgenmode none up; done");
	netns_run("ip addr add fe80::1/64 dev va nodad && ip addr add fe80::2/64 dev vb nodad && ip addr add fe80::1/64 dev vc nodad");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
