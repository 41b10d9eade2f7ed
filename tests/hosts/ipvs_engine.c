/*
 * core/ipvs over a real kernel: what the engine does is compared with what ipvsadm sees, and what ipvsadm does with what the engine
 * makes of it. Needs IPVS and an IPVS table of its own: run by tests/hosts/ipvs/engine.sh inside user-mode Linux.
 */
#include "config.h"

#include "core/ipvs/services.h"

#include <errno.h>
#include <linux/ip_vs.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "core/base/log.h"
#include "core/base/text.h"

#define PERIOD (500 * USEC_PER_MS)
#define PATIENCE (30 * USEC_PER_SEC)

static struct loop *loop;
static struct nl *nl;
static struct netmon *netmon;
static struct ipvs *engine;

/* ---- running the loop until something is so ---- */

static struct { struct loop_timer timer; bool (*is_so)(void); usec_t deadline; bool met; } wait;

static void poll_condition(void *user)
{
	(void)user;
	wait.met = wait.is_so();
	if (wait.met || mono_now() > wait.deadline)
		loop_stop(loop);
	else
		loop_timer_set(loop, &wait.timer, mono_now() + 2 * USEC_PER_MS);
}

static bool becomes_so(bool (*is_so)(void), usec_t within)
{
	loop_timer_init(&wait.timer, LOOP_QUEUED, poll_condition, NULL);
	wait.is_so = is_so;
	wait.deadline = mono_now() + within;
	loop_timer_set(loop, &wait.timer, mono_now());
	loop_run(loop);
	return wait.met;
}

static struct { bool answered; int err; } commit_answer;

static void on_committed(void *user, int err)
{
	(void)user;
	commit_answer.answered = true;
	commit_answer.err = err;
}

static bool is_answered(void)
{
	return commit_answer.answered;
}

static int commit(void)
{
	commit_answer.answered = false;
	ipvs_commit_then(engine, LOOP_QUEUED, on_committed, NULL);
	assert_true(becomes_so(is_answered, PATIENCE));
	return commit_answer.err;
}

static struct ipvs_totals totals(void)
{
	struct ipvs_totals t;

	ipvs_get_totals(engine, &t);
	return t;
}

static uint64_t dumps_wanted;

static bool has_dumped(void)
{
	return totals().dumps >= dumps_wanted;
}

/* Let two whole looks for drift go by. */
static void let_look(void)
{
	dumps_wanted = totals().dumps + 3;
	assert_true(becomes_so(has_dumped, PATIENCE));
}

/* ---- ipvsadm ---- */

static char table[1 << 20];

static const char *run(const char *command)
{
	FILE *f = popen(command, "r");
	size_t n;

	assert_non_null(f);
	n = fread(table, 1, sizeof(table) - 1, f);
	table[n] = '\0';
	if (pclose(f) != 0)
		fail_msg("%s: %s", command, table);
	return table;
}

static const char *ipvsadm_table(void)
{
	return run("ipvsadm -Sn | sort");
}

static void ipvsadm_restore(const char *rules)
{
	FILE *f = popen("ipvsadm -R", "w");

	assert_non_null(f);
	fputs(rules, f);
	assert_int_equal(pclose(f), 0);
}

/* ---- the configuration ---- */

static struct service_key tcp(uint16_t port)
{
	return (struct service_key){ .family = AF_INET, .protocol = IPPROTO_TCP, .port = port, .addr = addr_v4(10, 0, 0, 1) };
}

static struct ipvs_server_conf server(uint16_t n, int32_t weight, enum ipvs_method method)
{
	return (struct ipvs_server_conf){ .weight = weight, .method = method, .probed = true,
		.server = { .addr = addr_v4(10, 1, (uint8_t)(n >> 8), (uint8_t)n), .port = 80 } };
}

static void put(const struct service_key *key, const char *scheduler, const struct ipvs_server_conf *servers, size_t n)
{
	struct ipvs_service_conf c = { .key = *key, .quorum = 1, .servers = servers, .n_servers = n };

	text_copy(c.scheduler, sizeof(c.scheduler), scheduler);
	ipvs_service_put(engine, &c, mono_now());
}

static void start(void)
{
	engine = ipvs_new(loop, nl, netmon, NULL, PERIOD, NULL, 0);
}

static int setup(void **state)
{
	(void)state;
	run("ipvsadm -C");
	loop = loop_new();
	assert_non_null(loop);
	nl = nl_start(loop);
	assert_non_null(nl);
	netmon = netmon_new(loop, nl);
	assert_non_null(netmon);
	start();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	ipvs_free(engine);
	netmon_free(netmon);
	nl_stop(nl);
	loop_free(loop);
	return 0;
}

static void restart(void)
{
	teardown(NULL);
	loop = loop_new();
	nl = nl_start(loop);
	netmon = netmon_new(loop, nl);
	start();
}

/* ---- */

static void put_variety(int32_t weight)
{
	struct ipvs_server_conf v4[] = { server(1, weight, IPVS_DR), server(2, 2, IPVS_NAT), server(3, 0, IPVS_TUN) };
	struct ipvs_server_conf v6 = { .weight = 1, .method = IPVS_DR };
	struct ipvs_service_conf c = { .key = tcp(80), .quorum = 1, .servers = v4, .n_servers = 3, .persistence = 300 };

	v4[1].upper = 100;
	v4[1].lower = 50;
	text_copy(c.scheduler, sizeof(c.scheduler), "wrr");
	c.netmask = htonl(0xffffff00);
	ipvs_service_put(engine, &c, mono_now());
	c = (struct ipvs_service_conf){ .key = tcp(53), .quorum = 1, .flags = IP_VS_SVC_F_ONEPACKET };
	c.key.protocol = IPPROTO_UDP;
	text_copy(c.scheduler, sizeof(c.scheduler), "rr");
	ipvs_service_put(engine, &c, mono_now());
	c = (struct ipvs_service_conf){ .key = { .family = AF_INET, .fwmark = 7 }, .quorum = 1, .servers = v4, .n_servers = 1 };
	c.flags = IP_VS_SVC_F_SCHED_SH_PORT | IP_VS_SVC_F_SCHED_SH_FALLBACK;
	text_copy(c.scheduler, sizeof(c.scheduler), "sh");
	ipvs_service_put(engine, &c, mono_now());
	addr_parse("2001:db8::5", &v6.server.addr);
	v6.server.port = 443;
	c = (struct ipvs_service_conf){ .key = { .family = AF_INET6, .protocol = IPPROTO_TCP, .port = 443 }, .quorum = 1,
		.servers = &v6, .n_servers = 1, .persistence = 60, .netmask = 64 };
	addr_parse("2001:db8::1", &c.key.addr);
	text_copy(c.scheduler, sizeof(c.scheduler), "wlc");
	ipvs_service_put(engine, &c, mono_now());
}

/* As ipvsadm -R reads it. ipvsadm -S shows the kind of a tunnel, and no thresholds. */
#define VARIETY(thresholds, tunnel) \
	"-A -f 7 -s sh -b sh-fallback,sh-port\n" \
	"-A -t 10.0.0.1:80 -s wrr -p 300 -M 255.255.255.0\n" \
	"-A -t [2001:db8::1]:443 -s wlc -p 60 -M 64\n" \
	"-A -u 10.0.0.1:53 -s rr -o\n" \
	"-a -f 7 -r 10.1.0.1:80 -g -w 5\n" \
	"-a -t 10.0.0.1:80 -r 10.1.0.1:80 -g -w 5\n" \
	"-a -t 10.0.0.1:80 -r 10.1.0.2:80 -m -w 2" thresholds "\n" \
	"-a -t 10.0.0.1:80 -r 10.1.0.3:80 -i -w 0" tunnel "\n" \
	"-a -t [2001:db8::1]:443 -r [2001:db8::5]:443 -g -w 1\n"
static const char variety[] = VARIETY(" -x 100 -y 50", "");
static const char variety_shown[] = VARIETY("", " --tun-type ipip");

/* The upper and lower thresholds that the kernel has for a server. */
static void assert_thresholds(const char *server_line, unsigned upper, unsigned lower)
{
	const char *at = strstr(run("ipvsadm -Ln --thresholds"), server_line);
	unsigned u, l;

	assert_non_null(at);
	assert_int_equal(sscanf(at + strlen(server_line), "%u %u", &u, &l), 2);
	assert_int_equal(u, upper);
	assert_int_equal(l, lower);
}

static void test_round_trip(void **state)
{
	struct service_key gone = tcp(80);

	(void)state;
	put_variety(5);
	assert_int_equal(commit(), 0);
	assert_string_equal(ipvsadm_table(), variety_shown);
	assert_thresholds("-> 10.1.0.2:80", 100, 50);
	let_look();
	assert_int_equal(totals().repaired, 0); /* what was written reads back as the same */
	put_variety(6);
	assert_int_equal(commit(), 0);
	assert_non_null(strstr(ipvsadm_table(), "-a -t 10.0.0.1:80 -r 10.1.0.1:80 -g -w 6\n"));
	ipvs_service_remove(engine, &gone);
	assert_int_equal(commit(), 0);
	assert_null(strstr(ipvsadm_table(), "10.0.0.1:80 "));
	assert_non_null(strstr(table, "-u 10.0.0.1:53"));
}

static void test_adoption(void **state)
{
	(void)state;
	ipvsadm_restore(variety);
	put_variety(5);
	assert_int_equal(commit(), 0);
	assert_int_equal(totals().operations, 0);
	restart();
	put_variety(4);
	assert_int_equal(commit(), 0);
	assert_int_equal(totals().operations, 2);
}

static void test_edit_in_place(void **state)
{
	struct ipvs_server_conf s[] = { server(1, 1, IPVS_DR), server(2, 1, IPVS_DR), server(3, 1, IPVS_DR) };
	struct service_key key = tcp(80);

	(void)state;
	put(&key, "rr", s, 2);
	assert_int_equal(commit(), 0);
	s[1].method = IPVS_NAT;
	s[1].upper = 9;
	put(&key, "wlc", &s[1], 2);
	assert_int_equal(commit(), 0);
	assert_int_equal(totals().failures, 0);
	assert_string_equal(ipvsadm_table(), "-A -t 10.0.0.1:80 -s wlc\n"
	                                     "-a -t 10.0.0.1:80 -r 10.1.0.2:80 -m -w 1\n"
	                                     "-a -t 10.0.0.1:80 -r 10.1.0.3:80 -g -w 1\n");
	assert_thresholds("-> 10.1.0.2:80", 9, 0);
}

static bool three_repairs(void)
{
	return totals().repaired == 3;
}

static void test_drift_and_foreign(void **state)
{
	struct ipvs_server_conf s[] = { server(1, 1, IPVS_DR), server(2, 1, IPVS_DR) };
	struct service_key key = tcp(80);
	char before[4096];

	(void)state;
	ipvsadm_restore("-A -t 10.0.0.9:99 -s rr\n-a -t 10.0.0.9:99 -r 10.1.0.9:99 -m -w 3\n");
	put(&key, "rr", s, 2);
	assert_int_equal(commit(), 0);
	text_copy(before, sizeof(before), ipvsadm_table());
	assert_non_null(strstr(before, "-a -t 10.0.0.9:99 -r 10.1.0.9:99 -m -w 3\n"));
	ipvsadm_restore("-d -t 10.0.0.1:80 -r 10.1.0.1:80\n-e -t 10.0.0.1:80 -r 10.1.0.2:80 -g -w 7\n"
	                "-a -t 10.0.0.1:80 -r 10.1.0.3:80 -g -w 1\n");
	assert_true(becomes_so(three_repairs, PATIENCE));
	assert_string_equal(ipvsadm_table(), before);
	let_look();
	assert_int_equal(totals().repaired, 3);
	run("ipvsadm -D -t 10.0.0.1:80");
	let_look();
	assert_string_equal(ipvsadm_table(), before);
}

static bool refused_is_there(void)
{
	struct service_key key = tcp(80);
	struct ipvs_service_report r;

	return ipvs_service_report(engine, &key, &r) && r.in_kernel && r.kernel_error == 0;
}

static void test_refused_scheduler(void **state)
{
	struct ipvs_server_conf s = server(1, 1, IPVS_DR);
	struct service_key bad = tcp(80), good = tcp(81);
	struct ipvs_service_report r;

	(void)state;
	put(&bad, "nosuch", &s, 1);
	put(&good, "rr", &s, 1);
	assert_int_equal(commit(), ENOENT);
	assert_true(ipvs_service_report(engine, &bad, &r));
	assert_int_equal(r.kernel_error, ENOENT);
	assert_false(r.in_kernel);
	assert_true(ipvs_service_report(engine, &good, &r));
	assert_true(r.in_kernel);
	assert_string_equal(ipvsadm_table(), "-A -t 10.0.0.1:81 -s rr\n-a -t 10.0.0.1:81 -r 10.1.0.1:80 -g -w 1\n");
	put(&bad, "rr", &s, 1);
	assert_int_equal(commit(), 0);
	assert_true(becomes_so(refused_is_there, PATIENCE));
}

/* Another hand makes the very service that is about to be made. */
static void test_another_hand_is_faster(void **state)
{
	struct ipvs_server_conf s = server(1, 1, IPVS_DR);
	struct service_key key = tcp(80), other = tcp(81);

	(void)state;
	put(&other, "rr", &s, 1);
	assert_int_equal(commit(), 0);
	ipvsadm_restore("-A -t 10.0.0.1:80 -s wlc\n-a -t 10.0.0.1:80 -r 10.1.0.2:80 -g -w 1\n");
	put(&key, "rr", &s, 1);
	commit();
	assert_true(becomes_so(refused_is_there, PATIENCE));
	assert_string_equal(ipvsadm_table(), "-A -t 10.0.0.1:80 -s rr\n-A -t 10.0.0.1:81 -s rr\n"
	                                     "-a -t 10.0.0.1:80 -r 10.1.0.1:80 -g -w 1\n"
	                                     "-a -t 10.0.0.1:81 -r 10.1.0.1:80 -g -w 1\n");
}

/* The only local server on a BACKUP is the one at a loopback address. */
static bool netmon_ready(void)
{
	return netmon_is_ready(netmon);
}

static void test_backup_keeps_local_only(void **state)
{
	struct ipvs_server_conf s[] = { server(1, 3, IPVS_DR), server(2, 3, IPVS_DR) };
	struct ipvs_service_conf c = { .key = tcp(80), .quorum = 1, .servers = s, .n_servers = 2, .role_aware = true };

	(void)state;
	assert_true(becomes_so(netmon_ready, PATIENCE));
	s[1].server.addr = addr_v4(127, 0, 0, 1);
	text_copy(c.scheduler, sizeof(c.scheduler), "rr");
	ipvs_service_put(engine, &c, mono_now());
	ipvs_service_role(engine, &c.key, IPVS_ROLE_BACKUP);
	assert_int_equal(commit(), 0);
	assert_string_equal(ipvsadm_table(), "-A -t 10.0.0.1:80 -s rr\n"
	                                     "-a -t 10.0.0.1:80 -r 10.1.0.1:80 -g -w 0\n"
	                                     "-a -t 10.0.0.1:80 -r 127.0.0.1:80 -g -w 3\n");
	ipvs_service_role(engine, &c.key, IPVS_ROLE_MASTER);
	assert_int_equal(commit(), 0);
	assert_non_null(strstr(ipvsadm_table(), "-r 10.1.0.1:80 -g -w 3\n"));
}

static bool withdrawn;

static void on_withdrawn(void *user)
{
	(void)user;
	withdrawn = true;
}

static bool is_withdrawn(void)
{
	return withdrawn;
}

static void test_withdraw(void **state)
{
	(void)state;
	ipvsadm_restore("-A -t 10.0.0.9:99 -s rr\n");
	put_variety(5);
	assert_int_equal(commit(), 0);
	withdrawn = false;
	ipvs_withdraw(engine, on_withdrawn, NULL);
	assert_true(becomes_so(is_withdrawn, PATIENCE));
	assert_string_equal(ipvsadm_table(), "-A -t 10.0.0.9:99 -s rr\n");
}

/* ---- the sync daemon ---- */

static struct { const char *text; unsigned halves; } daemon_wanted;

/* So many halves run, and one of them is so. */
static bool daemon_is(void)
{
	const char *shown = run("ipvsadm -l --daemon");
	unsigned lines = 0;

	for (const char *c = shown; *c; c++)
		lines += *c == '\n';
	return lines == daemon_wanted.halves && (!daemon_wanted.text || strstr(shown, daemon_wanted.text));
}

static void assert_halves(unsigned halves, const char *wanted)
{
	daemon_wanted.text = wanted;
	daemon_wanted.halves = halves;
	if (!becomes_so(daemon_is, PATIENCE))
		fail_msg("not %s, but: %s", wanted ? wanted : "none", table);
}

static void assert_daemon(const char *wanted)
{
	assert_halves(wanted ? 1 : 0, wanted);
}

static void test_sync_daemon(void **state)
{
	struct ipvs_sync_conf c = { .enabled = true, .ifname = "sync0", .id = 51 };

	(void)state;
	run("ip link add sync0 type dummy 2>&1; ip addr replace 192.0.2.1/24 dev sync0; ip link set sync0 up multicast on");
	ipvs_sync_daemon(engine, &c, IPVS_ROLE_BACKUP);
	assert_daemon("backup sync daemon (mcast=sync0, syncid=51");
	ipvs_sync_daemon(engine, &c, IPVS_ROLE_MASTER);
	assert_daemon("master sync daemon (mcast=sync0, syncid=51");
	restart(); /* adopts it */
	ipvs_sync_daemon(engine, &c, IPVS_ROLE_BACKUP);
	assert_daemon("backup sync daemon (mcast=sync0, syncid=51");
	c.port = 9999;
	c.ttl = 3;
	c.maxlen = 1400;
	c.group = addr_v4(224, 0, 0, 99);
	ipvs_sync_daemon(engine, &c, IPVS_ROLE_BACKUP);
	assert_daemon("group=224.0.0.99, port=9999, ttl=3");
	c.both = true;
	ipvs_sync_daemon(engine, &c, IPVS_ROLE_NONE);
	assert_halves(2, "master sync daemon (mcast=sync0, syncid=51");
	restart(); /* adopts both */
	c.both = false;
	ipvs_sync_daemon(engine, &c, IPVS_ROLE_MASTER);
	assert_daemon("master sync daemon (mcast=sync0, syncid=51");
	ipvs_sync_daemon(engine, &c, IPVS_ROLE_NONE);
	assert_daemon(NULL);
	run("ip link del sync0");
}

/* ---- a large table ---- */

static void put_large(void)
{
	struct ipvs_server_conf s[10];

	for (uint16_t n = 0; n < 10; n++)
		s[n] = server((uint16_t)(n + 1), 1, IPVS_DR);
	for (uint16_t p = 1; p <= 1000; p++) {
		struct service_key key = tcp(p);

		put(&key, "rr", s, 10);
	}
}

static void test_large(void **state)
{
	struct ipvs_totals t;
	struct loop_stats stats;
	usec_t began, made;

	(void)state;
	log_set_max(LOG_LVL_WARN); /* the lines of ten thousand servers would be what is measured */
	put_large();
	began = mono_now();
	assert_int_equal(commit(), 0);
	made = mono_now() - began;
	t = totals();
	assert_int_equal(t.operations, 11000);
	run("ipvsadm -Sn | grep -c -- '^-a'");
	assert_string_equal(table, "10000\n");
	loop_get_stats(loop, &stats);
	print_message("10000 servers in 1000 services made in %lld ms, longest item on the loop %lld us\n",
	              (long long)(made / 1000), (long long)stats.item_longest);
	restart();
	put_large();
	began = mono_now();
	assert_int_equal(commit(), 0);
	made = mono_now() - began;
	assert_int_equal(totals().operations, 0);
	loop_get_stats(loop, &stats);
	print_message("adopted in %lld ms, longest item on the loop %lld us\n", (long long)(made / 1000),
	              (long long)stats.item_longest);
	run("ipvsadm -C");
}

#define T(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_round_trip),
		T(test_adoption),
		T(test_edit_in_place),
		T(test_drift_and_foreign),
		T(test_refused_scheduler),
		T(test_another_hand_is_faster),
		T(test_backup_keeps_local_only),
		T(test_withdraw),
		T(test_sync_daemon),
		T(test_large),
	};

	log_open(&(struct log_target){ .ident = "ipvs_engine", .to_stderr = true, .max = LOG_LVL_INFO });
	return cmocka_run_group_tests(tests, NULL, NULL);
}
