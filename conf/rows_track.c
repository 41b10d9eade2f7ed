/*
 * Keywords of what is looked at beside the adverts: scripts, processes, files, BFD sessions; and of other small blocks.
 */
#include "config.h"

#include "conf/build.h"

typedef struct conf_vrrp_script S;
typedef struct conf_process P;
typedef struct conf_file F;
typedef struct conf_bfd B;
typedef struct conf_garp_group A;
typedef struct conf_ssl L;

#define TIME_MOST ((usec_t)4294967295) /* as keepalived has it: 71 minutes */

static const struct kw_row script_rows[] = {
	KW_RUN("script", S, script, "command to run", .user_apart = true),
	KW_SECS("interval", S, interval, 1, TIME_MOST, KW_S(1), "between two runs"),
	KW_SECS("timeout", S, timeout, 1, TIME_MOST, 0, "patience with it; the interval"),
	KW_HEFT("weight", S, weight, reverse, -253, 253, 0, "what its result adds to the priority"),
	KW_NUM("rise", S, rise, 1, 0x7fffffff, 1, "successes before it counts as good"),
	KW_NUM("fall", S, fall, 1, 0x7fffffff, 1, "failures before it counts as bad"),
	KW_ODD("user", build_set_user, "USER [GROUP] that it runs as", KW_FIELD(S, script)),
	KW_ON("init_fail", S, init_fail, 1, "it counts as bad at first"),
};

const struct kw_place *place_script(void)
{
	static const struct kw_place place = {
		.name = "vrrp_script", .args = "NAME", .size = sizeof(S), .parts = { KW_PART(script_rows, 0) },
	};

	return &place;
}

static const struct kw_value matches[] = { { "exact", 0 }, { "initial", 1 }, { "partial", 2 }, { NULL, 0 } };

static const struct kw_row process_rows[] = {
	KW_LIST("process", P, process, 1, 256, "NAME [PARAMETER ...]"),
	KW_PICK("param_match", P, param_match, matches, 0, "how parameters are compared"),
	KW_HEFT("weight", P, weight, reverse, -254, 254, 0, "what it adds to the priority"),
	KW_NUM("quorum", P, quorum, 1, 65535, 1, "how many must run"),
	KW_NUM("quorum_max", P, quorum_max, 0, 65535, NUMBER_UNSET, "how many may run; any number"),
	KW_ODD("delay", build_set_process_delay, "fork_delay and terminate_delay, in seconds"),
	KW_SECS("fork_delay", P, fork_delay, 0, KW_S(3600), 0, "wait before a new process counts"),
	KW_SECS("terminate_delay", P, terminate_delay, 0, KW_S(3600), 0, "wait before an ended process counts"),
	KW_ON("full_command", P, full_command, 1, "compare the whole command"),
};

const struct kw_place *place_track_process(void)
{
	static const struct kw_place place = {
		.name = "vrrp_track_process", .args = "NAME", .size = sizeof(P), .parts = { KW_PART(process_rows, 0) },
	};

	return &place;
}

static const struct kw_row file_rows[] = {
	KW_STR("file", F, path, 4095, "its path"),
	KW_HEFT("weight", F, weight, reverse, -0x7fffffff, 0x7fffffff, 1, "its number times this is added"),
	KW_LIST("init_file", F, init, 0, 2, "[VALUE] [overwrite]: make it where it is missing"),
};

const struct kw_place *place_track_file(void)
{
	static const struct kw_place place = {
		.name = "track_file", .args = "NAME", .size = sizeof(F), .parts = { KW_PART(file_rows, 0) },
	};

	return &place;
}

static const struct kw_row track_group_rows[] = {
	KW_ODD("group", build_set_members, "a block of the instances' names"),
};

const struct kw_place *place_track_group(void)
{
	static const struct kw_place place = {
		.name = "track_group", .args = "NAME", .parts = { KW_PART(track_group_rows, 0) }
	};

	return &place;
}

static const struct kw_row garp_group_rows[] = {
	KW_SECS("garp_interval", A, garp_interval, 0, KW_S(3600), 0, "between two announcements"),
	KW_SECS("gna_interval", A, gna_interval, 0, KW_S(3600), 0, "between two neighbour advertisements"),
	KW_STR("interface", A, interface, IFNAMSIZ - 1, "one interface"),
	{ .name = "interfaces", .type = KW_WORDS, KW_FIELD(A, interfaces), .off2 = offsetof(A, n_interfaces),
	  .help = "interfaces that share the delays" },
};

const struct kw_place *place_garp_group(void)
{
	static const struct kw_place place = {
		.name = "garp_group", .args = "[NAME]", .size = sizeof(A), .parts = { KW_PART(garp_group_rows, 0) },
	};

	return &place;
}

static const struct kw_row bfd_rows[] = {
	KW_IP("neighbor_ip", B, neighbor, NULL, "the other end", KW_ALIAS("neighbour_ip")),
	KW_IP("source_ip", B, source, NULL, "this end"),
	KW_STR("interface", B, interface, IFNAMSIZ - 1, "the one that it runs over; needed for link-local addresses", .own = true),
	KW_MILLI("min_rx", B, min_rx, KW_MS(1), KW_S(1000), KW_MS(10), "least interval of reception"),
	KW_MILLI("min_tx", B, min_tx, KW_MS(1), KW_S(1000), KW_MS(10), "least interval of sending"),
	KW_MILLI("idle_tx", B, idle_tx, KW_S(1), KW_S(1000), KW_S(1), "interval while the session is down"),
	KW_NUM("multiplier", B, multiplier, 1, 255, 5, "packets missed before it is down"),
	KW_ON("passive", B, passive, 1, "wait for the other end"),
	KW_NUM("ttl", B, ttl, 1, 255, NUMBER_UNSET, "hop limit sent; 255", KW_ALIAS("hoplimit")),
	KW_NUM("max_hops", B, max_hops, 0, 255, 0,
	       "hops accepted; 255: any number, as over IPv6 where neither this nor ttl is given"),
	KW_ON("multihop", B, multihop, 1, "port 4784 instead of 3784"),
	KW_HEFT("weight", B, weight, reverse, -253, 253, 0, "what it adds to priorities"),
	KW_ON("disabled", B, disabled, 1, "the session is not run"),
	KW_ON("strict_mode", B, strict, 1, "what ends a session must name our discriminator"),
	KW_ON("vrrp", B, vrrp, 1, "for virtual routers only"),
	KW_ON("checker", B, checker, 1, "for real servers only"),
};

const struct kw_place *place_bfd(void)
{
	static const struct kw_place place = {
		.name = "bfd_instance", .args = "NAME", .size = sizeof(B), .parts = { KW_PART(bfd_rows, 0) },
	};

	return &place;
}

static const struct kw_row ssl_rows[] = {
	KW_STR("password", L, password, 255, "of the key"),
	KW_STR("ca", L, ca, 4095, "file of authorities"),
	KW_STR("certificate", L, certificate, 4095, "file of the certificate"),
	KW_STR("key", L, key, 4095, "file of the key"),
};

const struct kw_place *place_ssl(void)
{
	static const struct kw_place place = { .name = "SSL", .size = sizeof(L), .parts = { KW_PART(ssl_rows, 0) } };

	return &place;
}
