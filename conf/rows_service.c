/*
 * Keywords of virtual_server, real_server and their checkers.
 */
#include "config.h"

#include "conf/build.h"

#include <netinet/in.h>

typedef struct build_service S;
typedef struct build_server R;
typedef struct build_checker C;
typedef struct build_timing T;

#define TIME_MOST ((usec_t)4294967295) /* as keepalived has it: 71 minutes */

/* Flags that the scheduler reads; the kernel's numbers (linux/ip_vs.h). */
enum { FLAG_1 = 0x08, FLAG_2 = 0x10, FLAG_3 = 0x20 };

static const struct kw_value protocols[] = {
	{ "TCP", IPPROTO_TCP }, { "UDP", IPPROTO_UDP }, { "SCTP", IPPROTO_SCTP }, { NULL, 0 },
};

static const struct kw_value families[] = { { "inet", AF_INET }, { "inet6", AF_INET6 }, { NULL, 0 } };

static const struct kw_row rows[] = {
	{ .name = "lvs_sched", .alias = { "lb_algo" }, .type = KW_CUSTOM, .set = build_set_scheduler,
	  .help = "rr wrr lc wlc lblc lblcr sh mh dh fo ovf sed nq twos; wlc where not given" },
	{ .name = "lvs_method", .alias = { "lb_kind" }, .type = KW_CUSTOM, KW_FIELD(S, method), .set = build_set_method,
	  .help = "NAT, DR or TUN: how packets reach the servers" },
	KW_PICK("protocol", S, s.key.protocol, protocols, IPPROTO_TCP, "TCP, UDP or SCTP"),
	KW_PICK("ip_family", S, family, families, 0, "inet or inet6, of a service that is a mark"),
	KW_BIT("flag-1", S, s.flags, FLAG_1, "flag 1 of the scheduler"),
	KW_BIT("flag-2", S, s.flags, FLAG_2, "flag 2 of the scheduler"),
	KW_BIT("flag-3", S, s.flags, FLAG_3, "flag 3 of the scheduler"),
	KW_BIT("sh-fallback", S, s.flags, FLAG_1, "sh: take another server where the chosen one is out"),
	KW_BIT("sh-port", S, s.flags, FLAG_2, "sh: the port counts too"),
	KW_BIT("mh-fallback", S, s.flags, FLAG_1, "mh: take another server where the chosen one is out"),
	KW_BIT("mh-port", S, s.flags, FLAG_2, "mh: the port counts too"),
	KW_ON("ops", S, s.ops, 1, "each packet is scheduled by itself (UDP)"),
	KW_ODD("persistence_timeout", build_set_persistence, "seconds that a client keeps its server; bare: 360, 0: none"),
	KW_ODD("persistence_granularity", build_set_granularity, "mask or prefix length that makes clients one"),
	KW_STR("persistence_engine", S, s.pe, 15, "the kernel's persistence engine, such as sip"),
	KW_NUM("quorum", S, s.quorum, 1, 0x7fffffff, 1, "weight that must be up for the service to be up"),
	KW_NUM("hysteresis", S, s.hysteresis, 0, 0x7fffffff, 0, "margin around the quorum"),
	KW_ON("alpha", S, s.alpha, 1, "servers are down until a check says otherwise"),
	KW_ON("omega", S, s.omega, 1, "servers are said to be down at the end", KW_LATER),
	KW_ON("inhibit_on_failure", S, s.inhibit_on_failure, 1, "a failed server gets weight 0 and stays"),
	KW_ON("ha_suspend", S, s.ha_suspend, 1, "check only while the address is here", KW_LATER),
	KW_STR("ha_instance", S, s.ha_instance, 63, "the vrrp_instance whose role this service follows"),
	KW_ODD("sorry_server", build_set_sorry, "ADDRESS [PORT] that serves while the quorum is lost"),
	KW_ON("sorry_server_inhibit", S, s.sorry_inhibit, 1, "the sorry server stays, with weight 0"),
	{ .name = "sorry_server_lvs_method", .type = KW_CUSTOM, KW_FIELD(S, sorry_method), .set = build_set_method,
	  .help = "NAT, DR or TUN" },
	KW_STR("snmp_name", S, s.name, 63, "name in rows and messages"),
	KW_NUM("weight", S, weight, 0, 65535, 1, "weight of servers that do not say"),
	KW_OPEN("real_server", build_set_server, place_server, "a server: IP [PORT]"),
	KW_IDLE("hashed", KW_OBSOLETE, "hash services (the kernel always does)"),
	KW_IDLE("quorum_up", KW_NOT_YET, "script run when the quorum is gained"),
	KW_IDLE("quorum_down", KW_NOT_YET, "script run when the quorum is lost"),
	KW_IDLE("smtp_alert", KW_NOT_YET, "mail about servers"),
};

static const struct kw_row timing[] = {
	KW_SECS("delay_loop", T, interval, 1, TIME_MOST, TIME_UNSET, "between two checks; 60"),
	KW_SECS("connect_timeout", T, timeout, 1, TIME_MOST, TIME_UNSET, "patience of a check; 5"),
	KW_NUM("retry", T, retry, 0, 0x7fffffff, NUMBER_UNSET, "failures that do not count yet; 1"),
	KW_SECS("delay_before_retry", T, retry_delay, 0, TIME_MOST, TIME_UNSET, "between them; 1, and 3 for HTTP_GET"),
	KW_SECS("warmup", T, warmup, 0, TIME_MOST, TIME_UNSET, "the first check comes within this; delay_loop"),
	KW_STR("virtualhost", T, virtualhost, 127, "host that HTTP checks ask for"),
};

const struct kw_place *place_service(void)
{
	static const struct kw_place place = {
		.name = "virtual_server",
		.parts = { KW_PART(rows, 0), KW_PART(timing, offsetof(S, timing)) },
	};

	return &place;
}

static const struct kw_row server_rows[] = {
	KW_NUM("weight", R, weight, 0, 65535, NUMBER_UNSET, "share of the clients"),
	{ .name = "lvs_method", .alias = { "lb_kind" }, .type = KW_CUSTOM, KW_FIELD(R, method), .set = build_set_method,
	  .help = "NAT, DR or TUN; the service's where not given" },
	KW_NUM("uthreshold", R, r.upper, 0, 0x7fffffff, 0, "connections at which it gets no more"),
	KW_NUM("lthreshold", R, r.lower, 0, 0x7fffffff, 0, "connections below which it gets some again"),
	KW_ON("inhibit_on_failure", R, r.inhibit_on_failure, 1, "weight 0 where it has failed, instead of removal"),
	KW_ON("alpha", R, r.alpha, 1, "down until a check says otherwise"),
	KW_OPEN("TCP_CHECK", build_set_tcp, place_tcp, "can be connected to"),
	KW_OPEN("HTTP_GET", build_set_http, place_http, "answers HTTP requests"),
	KW_IDLE_BLOCK("SSL_GET", place_http, "answers HTTPS requests"),
	KW_IDLE_BLOCK("SMTP_CHECK", place_smtp, "is a mail server"),
	KW_IDLE_BLOCK("DNS_CHECK", place_dns, "is a name server"),
	KW_IDLE_BLOCK("MISC_CHECK", place_misc, "a script says so"),
	KW_IDLE_BLOCK("UDP_CHECK", place_udp, "does not refuse a datagram"),
	KW_IDLE_BLOCK("PING_CHECK", place_ping, "answers echo requests"),
	KW_IDLE_BLOCK("FILE_CHECK", place_file, "a file says so"),
	KW_IDLE_BLOCK("BFD_CHECK", place_bfd_check, "a BFD session says so"),
	KW_IDLE("notify_up", KW_NOT_YET, "script run when it is up"),
	KW_IDLE("notify_down", KW_NOT_YET, "script run when it is down"),
	KW_IDLE("smtp_alert", KW_NOT_YET, "mail about it"),
	KW_IDLE("snmp_name", KW_NOT_YET, "name in rows"),
	KW_IDLE("log_all_failures", KW_NOT_YET, "log each failed check"),
};

const struct kw_place *place_server(void)
{
	static const struct kw_place place = {
		.name = "real_server",
		.parts = { KW_PART(server_rows, 0), KW_PART(timing, offsetof(R, timing)) },
	};

	return &place;
}

/* Where a checker connects to. */
static const struct kw_row connection[] = {
	KW_IP("connect_ip", C, connect_ip, NULL, "address to check; the server's where not given"),
	KW_NUM("connect_port", C, connect_port, 1, 65535, 0, "port to check; the server's where not given"),
	KW_IP("bindto", C, bind_ip, NULL, "address to check from"),
	KW_NUM("bind_port", C, bind_port, 1, 65535, 0, "port to check from"),
	KW_STR("bind_if", C, c.bind_if, IFNAMSIZ - 1, "interface to check through"),
	KW_NUM("fwmark", C, c.fwmark, 0, 0xffffffff, 0, "mark of the check's packets"),
	KW_IDLE("alpha", KW_NOT_YET, "down until this check says otherwise"),
	KW_IDLE("log_all_failures", KW_NOT_YET, "log each failure"),
};

static const struct kw_row checker_timing[] = {
	KW_SECS("delay_loop", T, interval, 1, TIME_MOST, TIME_UNSET, "between two checks"),
	KW_SECS("connect_timeout", T, timeout, 1, TIME_MOST, TIME_UNSET, "patience of the check"),
	{ .name = "retry", .alias = { "nb_get_retry" }, .type = KW_NUMBER, KW_FIELD(T, retry), .max = 0x7fffffff,
	  .def = NUMBER_UNSET, .help = "failures that do not count yet" },
	KW_SECS("delay_before_retry", T, retry_delay, 0, TIME_MOST, TIME_UNSET, "between them"),
	KW_SECS("warmup", T, warmup, 0, TIME_MOST, TIME_UNSET, "the first check comes within this"),
};

const struct kw_place *place_tcp(void)
{
	static const struct kw_place place = {
		.name = "TCP_CHECK",
		.parts = { KW_PART(connection, 0), KW_PART(checker_timing, offsetof(C, timing)) },
	};

	return &place;
}

static const struct kw_value http_versions[] = { { "1.0", 0 }, { "1.0C", 0 }, { "1.1", 1 }, { NULL, 0 } };

static const struct kw_row http_rows[] = {
	KW_OPEN("url", build_set_url, place_url, "something to ask for"),
	KW_PICK("http_protocol", C, c.http11, http_versions, 0, "version of HTTP"),
	KW_STR("virtualhost", C, timing.virtualhost, 127, "host that is asked for"),
	KW_IDLE("fast_recovery", KW_NOT_YET, "ask for all URLs at once after a failure"),
	KW_IDLE("enable_sni", KW_NOT_YET, "say the host in the TLS handshake"),
	KW_IDLE("sni_name", KW_NOT_YET, "host said there"),
	KW_IDLE("tls_compliant", KW_NOT_YET, "want TLS to be closed in order"),
};

const struct kw_place *place_http(void)
{
	static const struct kw_place place = {
		.name = "HTTP_GET",
		.parts = { KW_PART(http_rows, 0), KW_PART(connection, 0), KW_PART(checker_timing, offsetof(C, timing)) },
	};

	return &place;
}

static const struct kw_row url_rows[] = {
	KW_ODD("path", build_set_path, "what is asked for; / where not given"),
	KW_ODD("digest", build_set_digest, "MD5 of the answer's body"),
	KW_ODD("status_code", build_set_status, "codes and ranges of codes that are good; 200-299"),
	KW_STR("virtualhost", struct conf_url, virtualhost, 127, "host that is asked for"),
	KW_IDLE("regex", KW_NOT_YET, "must match the body"),
	KW_IDLE("regex_no_match", KW_NOT_YET, "must not match"),
	KW_IDLE("regex_options", KW_NOT_YET, "how it matches"),
	KW_IDLE("regex_min_offset", KW_NOT_YET, "where it may match"),
	KW_IDLE("regex_max_offset", KW_NOT_YET, "where it may match"),
	KW_IDLE("regex_stack", KW_NOT_YET, "memory that it may use"),
};

const struct kw_place *place_url(void)
{
	static const struct kw_place place = { .name = "url", .parts = { KW_PART(url_rows, 0) } };

	return &place;
}

static const struct kw_row smtp_rows[] = {
	KW_IDLE("helo_name", KW_NOT_YET, "name said to the server"),
	KW_IDLE_BLOCK("host", place_smtp_host, "where to connect to"),
};

const struct kw_place *place_smtp(void)
{
	static const struct kw_place place = {
		.name = "SMTP_CHECK",
		.parts = { KW_PART(smtp_rows, 0), KW_PART(connection, 0), KW_PART(checker_timing, offsetof(C, timing)) },
	};

	return &place;
}

const struct kw_place *place_smtp_host(void)
{
	static const struct kw_place place = {
		.name = "host",
		.parts = { KW_PART(connection, 0), KW_PART(checker_timing, offsetof(C, timing)) },
	};

	return &place;
}

static const struct kw_row dns_rows[] = {
	KW_IDLE("type", KW_NOT_YET, "type of the question"),
	KW_IDLE("name", KW_NOT_YET, "name in the question"),
};

const struct kw_place *place_dns(void)
{
	static const struct kw_place place = {
		.name = "DNS_CHECK",
		.parts = { KW_PART(dns_rows, 0), KW_PART(connection, 0), KW_PART(checker_timing, offsetof(C, timing)) },
	};

	return &place;
}

static const struct kw_row misc_rows[] = {
	KW_IDLE("misc_path", KW_NOT_YET, "command to run"),
	KW_IDLE("misc_timeout", KW_NOT_YET, "patience with it"),
	KW_IDLE("misc_dynamic", KW_NOT_YET, "its result is a weight"),
	KW_IDLE("user", KW_NOT_YET, "user that it runs as"),
	KW_IDLE("alpha", KW_NOT_YET, "down until this check says otherwise"),
	KW_IDLE("log_all_failures", KW_NOT_YET, "log each failure"),
};

const struct kw_place *place_misc(void)
{
	static const struct kw_place place = {
		.name = "MISC_CHECK",
		.parts = { KW_PART(misc_rows, 0), KW_PART(checker_timing, offsetof(C, timing)) },
	};

	return &place;
}

static const struct kw_row udp_rows[] = {
	KW_IDLE("payload", KW_NOT_YET, "what is sent, in hexadecimal"),
	KW_IDLE("require_reply", KW_NOT_YET, "what must come back"),
	KW_IDLE("min_reply_length", KW_NOT_YET, "how much at least"),
	KW_IDLE("max_reply_length", KW_NOT_YET, "how much at most"),
};

const struct kw_place *place_udp(void)
{
	static const struct kw_place place = {
		.name = "UDP_CHECK",
		.parts = { KW_PART(udp_rows, 0), KW_PART(connection, 0), KW_PART(checker_timing, offsetof(C, timing)) },
	};

	return &place;
}

const struct kw_place *place_ping(void)
{
	static const struct kw_place place = {
		.name = "PING_CHECK",
		.parts = { KW_PART(connection, 0), KW_PART(checker_timing, offsetof(C, timing)) },
	};

	return &place;
}

static const struct kw_row file_check_rows[] = {
	KW_IDLE("track_file", KW_NOT_YET, "name of the vrrp_track_file"),
	KW_IDLE("weight", KW_NOT_YET, "its number times this is added to the weight"),
	KW_IDLE("dynamic", KW_NOT_YET, "its number is a weight"),
	KW_IDLE("alpha", KW_NOT_YET, "down until this check says otherwise"),
};

const struct kw_place *place_file(void)
{
	static const struct kw_place place = { .name = "FILE_CHECK", .parts = { KW_PART(file_check_rows, 0) } };

	return &place;
}

static const struct kw_row bfd_check_rows[] = {
	KW_IDLE("name", KW_NOT_YET, "name of the bfd_instance"),
	KW_IDLE("alpha", KW_NOT_YET, "down until this check says otherwise"),
};

const struct kw_place *place_bfd_check(void)
{
	static const struct kw_place place = { .name = "BFD_CHECK", .parts = { KW_PART(bfd_check_rows, 0) } };

	return &place;
}
