/*
 * Keywords of global_defs.
 */
#include "config.h"

#include "conf/build.h"

typedef struct build_global B;
typedef struct build_garp G;

#define ALWAYS_ON "all of SNMP is on, with this keyword and without it; `snmp off` switches it off"

static const struct kw_value flushed[] = { { "VS", 0 }, { NULL, 0 } };
static const struct kw_value memories[] = {
	{ "forever", CONF_MEMORY_FOREVER }, { "restart", CONF_MEMORY_RESTART }, { "reload", CONF_MEMORY_RELOAD }, { NULL, 0 },
};

/* or a number of bytes */
static const struct kw_value rx_policies[] = { { "MTU", 0 }, { "ADVERT", 0 }, { NULL, 0 } };

static const struct kw_value healths[] = {
	{ "weight", CONF_HEALTH_WEIGHT }, { "fault", CONF_HEALTH_FAULT }, { "off", CONF_HEALTH_OFF }, { NULL, 0 },
};

static const struct kw_row rows[] = {
	/* identity and mail */
	KW_STR("router_id", B, g.router_id, 63, "name of this node; the host's name where not given"),
	{ .name = "notification_email",
	  .type = KW_WORDS,
	  KW_FIELD(B, g.emails),
	  .off2 = offsetof(B, g.n_emails),
	  .help = "who gets mail" },
	KW_STR("notification_email_from", B, g.email_from, 255, "sender of mail"),
	KW_ODD("smtp_server", build_set_smtp_server, "mail server: ADDRESS or NAME [PORT]"),
	KW_SECS("smtp_connect_timeout", B, g.smtp_timeout, 1, KW_S(86400), KW_S(30), "patience with the mail server"),
	KW_ODD("script_user", build_set_script_user, "USER [GROUP] that scripts run as"),
	/* VRRP */
	KW_NUM("vrrp_version", B, g.vrrp_version, 2, 3, 2, "version of the protocol for IPv4 instances that do not say"),
	KW_IP("vrrp_mcast_group4", B, g.mcast_group4, "224.0.0.18", "IPv4 group of the adverts"),
	KW_IP("vrrp_mcast_group6", B, g.mcast_group6, "ff02::12", "IPv6 group of the adverts"),
	KW_STR("default_interface", B, default_interface, IFNAMSIZ - 1, "interface of instances that name none"),
	KW_YES("vrrp_skip_check_adv_addr", B, g.skip_check_adv_addr,
	       "skip_check_adv_addr of instances that do not say",
	       .differs = "adverts of any sender are taken, not only of the master that is heard already"),
	KW_YES("vrrp_strict", B, g.vrrp_strict, "hold to the RFC by the letter"),
	KW_SECS("vrrp_startup_delay", B, g.startup_delay, 0, KW_S(4294), 0, "wait so long before the first election"),
	KW_STR("iproute_usr_dir", B, g.iproute_usr, 255, "names of routing tables and the like, after iproute_etc_dir; /usr/share/iproute2"),
	KW_STR("iproute_etc_dir", B, g.iproute_etc, 255, "names of routing tables and the like; /etc/iproute2"),
	KW_NUM("vrrp_down_timer_adverts", B, g.vrrp.down_timer_adverts, 1, 100, 3,
	       "adverts missed before a master counts as gone, for all instances"),
	KW_YES("vrrp_lower_prio_no_advert", B, g.vrrp.lower_prio_no_advert, "do not answer adverts of lower priority"),
	KW_YES("vrrp_higher_prio_send_advert", B, g.vrrp.higher_prio_send_advert,
	       "answer adverts of higher priority before yielding"),
	KW_YES("vrrp_owner_ignore_adverts", B, g.vrrp.owner_ignore_adverts, "an owner does not listen"),
	KW_YES("v3_checksum_as_v2", B, g.vrrp.checksum_as_v2, "checksum of version 3 without pseudo header, for all instances"),
	KW_YES("vrrp_check_unicast_src", B, g.vrrp.check_unicast_src, "unicast adverts only from known peers"),
	KW_SECS("vrrp_delay_after_boot", B, g.vrrp.delay_after_boot, 0, KW_S(4294), 0, "wait so long after the boot"),
	KW_ON("log_unknown_vrids", B, g.vrrp.log_unknown_vrids, 1, "log adverts of other virtual routers"),
	KW_ON("disable_local_igmp", B, g.vrrp.no_igmp, 1, "no IGMP of one's own"),
	KW_LIST("vrrp_rx_bufs_policy", B, g.vrrp.rx_policy, 1, 1, "MTU, ADVERT or BYTES: receive buffer for adverts",
	        .values = rx_policies),
	KW_NUM("vrrp_rx_bufs_multiplier", B, g.vrrp.rx_multiplier, 1, 0x7fffffff, 3, "how many adverts fit"),
	KW_STR("vmac_prefix", B, g.vrrp.vmac_prefix, IFNAMSIZ - 1, "begins the names of VMAC interfaces; vrrp"),
	KW_STR("vmac_addr_prefix", B, g.vrrp.vmac_addr_prefix, IFNAMSIZ - 1,
	       "begins those of VMACs for addresses on other interfaces; vmac_prefix"),
	KW_SECS("vrrp_gna_interval", B, g.vrrp.gna_interval, 0, KW_S(3600), 0, "between two neighbour advertisements"),
	KW_YES("vrrp_min_garp", B, g.vrrp.min_garp, "announce once and not in two bursts of five, unless other keywords say how often"),
	KW_LIST("vrrp_garp_extra_if", B, g.vrrp.garp_extra_if, 1, 2,
	        "[all] SECONDS: announce so often on VMACs that no advert leaves by; all: on every VMAC",
	        KW_ALIAS("vrrp_vmac_garp_intvl")),
	/* IPVS */
	KW_ODD("lvs_sync_daemon", build_set_sync_daemon,
	       "connection synchronisation: IF [INSTANCE] [id N] [maxlen N] [port N] [ttl N] [group ADDR]; INSTANCE's role says which half "
	       "runs, without it both do"),
	KW_SECS("ipvs_resync", B, g.ipvs_resync, KW_S(1), KW_S(86400), KW_S(60),
	        "how often the kernel's table is compared", .own = true),
	KW_YES("checker_log_all_failures", B, g.ipvs.log_all_failures, "log each failed check"),
	KW_TRI("role_weights", B, g.role_weights,
	       "weight 0 for other hosts' servers on a BACKUP that is a real server itself", .own = true),
	KW_ODD("lvs_timeouts", build_set_lvs_timeouts,
	       "[tcp S] [tcpfin S] [udp S]: the kernel's time-outs of connections; what is not said stays"),
	KW_ON("lvs_flush", B, g.lvs_flush, 1, "remove services of other hands at start",
	      .differs = "services that the file has are adopted, with their connections"),
	KW_LIST("lvs_flush_on_stop", B, g.lvs_flush_on_stop, 0, 1, "[VS]: at the end remove all services, or (VS) all of the file",
	        KW_ALIAS("lvs_flush_onstop"), .values = flushed),
	KW_PICK("override_memory", B, g.override_memory, memories, CONF_MEMORY_FOREVER,
	        "what operators set is kept forever, until the next restart, or until the next reload", .own = true),
	KW_SECS("drain_timeout", B, g.drain_timeout, 0, KW_S(86400 * 7), 0,
	        "deadline of a drain that has none of its own; 0: none", .own = true),
	/* the daemon's own health */
	KW_PICK("health", B, g.health, healths, CONF_HEALTH_WEIGHT,
	        "what it does to instances with services that this host cannot serve them: weight, fault or off", .own = true),
	KW_NUM("health_weight", B, g.health_weight, 1, 253, 50, "what it takes off their priority then", .own = true),
	/* SNMP */
	KW_STR("snmp_socket", B, g.snmp_socket, 107, "where snmpd listens for AgentX"),
	KW_TRI("snmp", B, g.snmp, "whether there is SNMP at all", .own = true),
	KW_TRI("snmp_write", B, g.snmp_write, "whether SNMP may change anything", .own = true),
	KW_TRI("enable_traps", B, g.traps, "whether notifications are sent",
	       .differs = "notifications are sent without it; `enable_traps off` stops them"),
	{ .name = "enable_snmp_vrrp",
	  .alias = { "enable_snmp_keepalived" },
	  .type = KW_CUSTOM,
	  .set = build_set_snmp_on,
	  .help = "SNMP, which is on without it",
	  .differs = ALWAYS_ON },
	KW_ODD("enable_snmp_checker", build_set_snmp_on, "SNMP, which is on without it", .differs = ALWAYS_ON),
	KW_ODD("enable_snmp_rfc", build_set_snmp_on, "SNMP, which is on without it", .differs = ALWAYS_ON),
	KW_ODD("enable_snmp_rfcv2", build_set_snmp_on, "SNMP, which is on without it", .differs = ALWAYS_ON),
	KW_ODD("enable_snmp_rfcv3", build_set_snmp_on, "SNMP, which is on without it", .differs = ALWAYS_ON),
	/* scheduling */
	KW_NUM("vrrp_rt_priority", B, g.rt_priority, 1, 99, 0, "real-time priority of the daemon"),
	KW_TRI("vrrp_no_swap", B, g.no_swap, "keep the daemon in memory"),
};

static const struct kw_row garp[] = {
	KW_SECS("vrrp_garp_master_delay", G, master_delay, 0, KW_S(86400), KW_S(5),
	        "second burst of announcements; 0: none"),
	KW_NUM("vrrp_garp_master_repeat", G, master_repeat, 0, 65535, 5, "announcements an address in a burst"),
	KW_SECS("vrrp_garp_master_refresh", G, master_refresh, 0, KW_S(86400 * 365), 0,
	        "announce again so often; 0: never"),
	KW_NUM("vrrp_garp_master_refresh_repeat", G, master_refresh_repeat, 0, 65535, 1, "announcements then"),
	KW_SECS("vrrp_garp_lower_prio_delay", G, lower_prio_delay, 0, KW_S(86400), TIME_UNSET,
	        "second burst after an advert of lower priority"),
	KW_NUM("vrrp_garp_lower_prio_repeat", G, lower_prio_repeat, 0, 65535, NUMBER_UNSET, "announcements then"),
	KW_SECS("vrrp_garp_interval", G, interval, 0, KW_S(3600), 0, "between two announcements"),
};

/* Heard while the file is read. */
static const struct kw_row reading[] = {
	{ .name = "include_check", .type = KW_ARGS, .min = 0, .max = 64,
	  .help = "[+|-] readable match wildcard_match brace_match: what of later includes must be there" },
	{ .name = "random_seed", .type = KW_NUMBER, .min = 0, .max = UINT32_MAX, .help = "seed of ${_RANDOM}" },
};

const struct kw_place *place_global(void)
{
	static const struct kw_place place = {
		.name = "global_defs",
		.also = { part_global_notify, part_global_rest },
		.size = sizeof(struct conf_global),
		.parts = { KW_PART(rows, 0), KW_PART(garp, offsetof(B, garp)), KW_PART(reading, 0) },
	};

	return &place;
}
