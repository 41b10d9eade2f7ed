/*
 * Keywords of virtual_server and real_server.
 */
#include "config.h"

#include "conf/build.h"

#include <netinet/in.h>

typedef struct build_service S;
typedef struct build_server R;
typedef struct build_timing T;

#define TIME_MOST ((usec_t)4294967295) /* as keepalived has it: 71 minutes */

/* Flags that the scheduler reads; the kernel's numbers (linux/ip_vs.h). */
enum { FLAG_1 = 0x08, FLAG_2 = 0x10, FLAG_3 = 0x20 };

static const struct kw_value protocols[] = {
	{ "TCP", IPPROTO_TCP }, { "UDP", IPPROTO_UDP }, { "SCTP", IPPROTO_SCTP },
	{ "tcp", IPPROTO_TCP }, { "udp", IPPROTO_UDP }, { "sctp", IPPROTO_SCTP }, { NULL, 0 },
};

static const struct kw_value families[] = { { "inet", AF_INET }, { "inet6", AF_INET6 }, { NULL, 0 } };

static const struct kw_value panic_modes[] = { { "keep", CONF_PANIC_KEEP }, { "all", CONF_PANIC_ALL }, { NULL, 0 } };

static const struct kw_row rows[] = {
	{ .name = "lvs_sched", .alias = { "lb_algo" }, .type = KW_CUSTOM, .set = build_set_scheduler,
	  .help = "rr wrr lc wlc lblc lblcr sh mh dh fo ovf sed nq twos; wlc where not given" },
	{ .name = "lvs_method", .alias = { "lb_kind" }, .type = KW_CUSTOM, KW_FIELD(S, method),
	  .off2 = offsetof(S, s.tunnel), .set = build_set_method,
	  .help = "NAT, DR or TUN: how packets reach the servers" },
	KW_PICK("protocol", S, s.key.protocol, protocols, 0, "TCP, UDP or SCTP; UDP where not given"),
	KW_PICK("ip_family", S, family, families, 0, "inet or inet6, of a service that is a mark"),
	KW_BIT("flag-1", S, s.flags, FLAG_1, "flag 1 of the scheduler"),
	KW_BIT("flag-2", S, s.flags, FLAG_2, "flag 2 of the scheduler"),
	KW_BIT("flag-3", S, s.flags, FLAG_3, "flag 3 of the scheduler"),
	KW_BIT("sh-fallback", S, s.flags, FLAG_1, "sh: take another server where the chosen one is out"),
	KW_BIT("sh-port", S, s.flags, FLAG_2, "sh: the port counts too"),
	KW_BIT("mh-fallback", S, s.flags, FLAG_1, "mh: take another server where the chosen one is out"),
	KW_BIT("mh-port", S, s.flags, FLAG_2, "mh: the port counts too"),
	KW_ON("ops", S, s.ops, 1, "each packet is scheduled by itself (UDP); by NAT answers keep the server's own address"),
	KW_ODD("persistence_timeout", build_set_persistence, "seconds that a client keeps its server; bare: 360, 0: none"),
	KW_ODD("persistence_granularity", build_set_granularity, "mask or prefix length that makes clients one"),
	KW_STR("persistence_engine", S, s.pe, 15, "the kernel's persistence engine, such as sip"),
	KW_NUM("quorum", S, s.quorum, 1, 0x7fffffff, 1, "weight that must be up for the service to be up"),
	KW_NUM("hysteresis", S, s.hysteresis, 0, 0x7fffffff, 0, "margin around the quorum"),
	KW_ON("alpha", S, s.alpha, 1, "servers are down until a check says otherwise"),
	KW_TRI("log_all_failures", S, s.log_all_failures, "log each failed check; checker_log_all_failures where not given",
	       .own = true),
	KW_ON("omega", S, s.omega, 1, "servers are said to be down at the end"),
	KW_ON("inhibit_on_failure", S, s.inhibit_on_failure, 1, "a failed server gets weight 0 and stays"),
	KW_ON("ha_suspend", S, s.ha_suspend, 1, "check only while the address is here"),
	KW_STR("ha_instance", S, s.ha_instance, 63, "the vrrp_instance whose role this service follows", .own = true),
	KW_ODD("sorry_server", build_set_sorry, "ADDRESS [PORT] that serves while the quorum is lost"),
	KW_ON("sorry_server_inhibit", S, s.sorry_inhibit, 1, "the sorry server stays, with weight 0"),
	{ .name = "sorry_server_lvs_method", .type = KW_CUSTOM, KW_FIELD(S, sorry_method),
	  .off2 = offsetof(S, s.sorry_tunnel), .set = build_set_method,
	  .help = "NAT, DR or TUN" },
	KW_STR("snmp_name", S, s.name, 63, "name in rows and messages"),
	KW_NUM("weight", S, weight, 0, 0x7fffffff, 1, "weight of servers that do not say"),
	KW_SECS("slow_start", S, s.slow_start, 0, KW_S(86400), 0,
	        "window in which the weight of a server that has come up rises to its own", .own = true),
	KW_NUM("panic_threshold", S, s.panic_percent, 0, 100, 0,
	       "percent of the servers; with fewer healthy, checks are not believed any more", .own = true),
	KW_PICK("panic_mode", S, s.panic_mode, panic_modes, CONF_PANIC_KEEP,
	        "what serves then: the servers that did before, or all", .own = true),
	KW_SECS("flap_half_life", S, s.flap_half_life, 0, KW_S(86400), 0,
	        "a server that comes and goes too often stays out; half of its guilt is forgotten in this time", .own = true),
	KW_NUM("flap_suppress", S, s.flap_suppress, 1, 1000, 4, "falls after which it stays out", .own = true),
	KW_NUM("flap_reuse", S, s.flap_reuse, 1, 1000, 2, "falls not yet forgotten with which it may come again", .own = true),
	KW_OPEN("real_server", build_set_server, place_server, "a server: IP [PORT]"),
	KW_GONE("hashed", KW_FLAG, KW_OBSOLETE, 0, 0, "hash services (the kernel always does)"),
	KW_RUN("quorum_up", S, s.quorum_up, "script run when the quorum is gained"),
	KW_RUN("quorum_down", S, s.quorum_down, "script run when the quorum is lost"),
	KW_TRI("smtp_alert", S, s.smtp_alert, "mail about servers"),
};

static const struct kw_row timing[] = {
	KW_SECS("delay_loop", T, interval, 1, TIME_MOST, TIME_UNSET, "between two checks; 60"),
	KW_SECS("connect_timeout", T, timeout, 1, TIME_MOST, TIME_UNSET, "patience of a check; 5"),
	KW_NUM("retry", T, retry, 0, 0x7fffffff, NUMBER_UNSET, "failures that do not count yet; 1"),
	KW_SECS("delay_before_retry", T, retry_delay, 0, TIME_MOST, TIME_UNSET, "between them; 1, and 3 for HTTP_GET"),
	KW_SECS("warmup", T, warmup, 0, TIME_MOST, TIME_UNSET, "the first check comes within this; delay_loop"),
	KW_SECS("answer_timeout", T, answer_timeout, 1, TIME_MOST, TIME_UNSET,
	        "patience with the answer, once connected; connect_timeout", .own = true),
	KW_SECS("down_interval", T, down_interval, 1, TIME_MOST, TIME_UNSET,
	        "between two checks of what is down; delay_loop", .own = true),
	KW_NUM("rise", T, rise, 1, 1000, NUMBER_UNSET, "successes in a row that bring it up; 1", .own = true),
	KW_NUM("fall", T, fall, 1, 1000, NUMBER_UNSET, "failures in a row that take it down; retry + 1", .own = true),
	KW_STR("virtualhost", T, virtualhost, 127, "host that HTTP checks ask for"),
};

const struct kw_place *place_service(void)
{
	static const struct kw_place place = {
		.name = "virtual_server",
		.args = "ADDRESS [PORT] | fwmark N | group NAME",
		.size = sizeof(struct conf_vs),
		.parts = { KW_PART(rows, 0), KW_PART(timing, offsetof(S, timing)) },
	};

	return &place;
}

static const struct kw_row server_rows[] = {
	KW_NUM("weight", R, weight, 0, 0x7fffffff, NUMBER_UNSET, "share of the clients"),
	{ .name = "lvs_method", .alias = { "lb_kind" }, .type = KW_CUSTOM, KW_FIELD(R, method),
	  .off2 = offsetof(R, r.tunnel), .set = build_set_method,
	  .help = "NAT, DR or TUN; the service's where not given" },
	KW_NUM("uthreshold", R, r.upper, 0, 0x7fffffff, 0, "connections at which it gets no more"),
	KW_NUM("lthreshold", R, r.lower, 0, 0x7fffffff, 0, "connections below which it gets some again"),
	KW_YES("inhibit_on_failure", R, r.inhibit_on_failure, "weight 0 where it has failed, instead of removal"),
	KW_YES("alpha", R, r.alpha, "down until a check says otherwise"),
	KW_OPEN("TCP_CHECK", build_set_checker, place_tcp, "can be connected to", .set_to = PROBE_TCP),
	KW_OPEN("HTTP_GET", build_set_checker, place_http, "answers HTTP requests", .set_to = PROBE_HTTP),
	KW_OPEN("SSL_GET", build_set_checker, place_http, "answers HTTPS requests", .set_to = PROBE_SSL),
	KW_OPEN("SMTP_CHECK", build_set_checker, place_smtp, "is a mail server", .set_to = PROBE_SMTP),
	KW_OPEN("AGENT_CHECK", build_set_checker, place_agent, "a program on it says how much it can take", .set_to = PROBE_AGENT,
	        .own = true),
	KW_OPEN("DNS_CHECK", build_set_checker, place_dns, "is a name server", .set_to = PROBE_DNS),
	KW_OPEN("MISC_CHECK", build_set_checker, place_misc, "a script says so", .set_to = PROBE_MISC),
	KW_OPEN("UDP_CHECK", build_set_checker, place_udp, "does not refuse a datagram", .set_to = PROBE_UDP),
	KW_OPEN("PING_CHECK", build_set_checker, place_ping, "answers echo requests", .set_to = PROBE_PING),
	KW_OPEN("FILE_CHECK", build_set_checker, place_file, "a file says so", .set_to = PROBE_FILE),
	KW_OPEN("BFD_CHECK", build_set_checker, place_bfd_check, "a BFD session says so", .set_to = PROBE_BFD),
	KW_RUN("notify_up", R, r.notify_up, "script run when it is up"),
	KW_RUN("notify_down", R, r.notify_down, "script run when it is down"),
	KW_TRI("smtp_alert", R, r.smtp_alert, "mail about it"),
	KW_STR("snmp_name", R, r.name, 63, "name in rows"),
	KW_SECS("slow_start", R, r.slow_start, 0, KW_S(86400), TIME_UNSET,
	        "window in which its weight rises when it has come up; the service's where not given", .own = true),
	KW_TRI("log_all_failures", R, r.log_all_failures, "log each failed check; the service's where not given"),
};

const struct kw_place *place_server(void)
{
	static const struct kw_place place = {
		.name = "real_server",
		.args = "ADDRESS [PORT]",
		.size = sizeof(struct conf_rs),
		.parts = { KW_PART(server_rows, 0), KW_PART(timing, offsetof(R, timing)) },
	};

	return &place;
}
