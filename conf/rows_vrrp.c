/*
 * Keywords of vrrp_instance and vrrp_sync_group.
 */
#include "config.h"

#include "conf/build.h"

typedef struct build_vrrp B;
typedef struct build_garp G;

static const struct kw_value states[] = { { "BACKUP", 0 }, { "MASTER", 1 }, { NULL, 0 } };

static const struct kw_row rows[] = {
	KW_PICK("state", B, v.state_master, states, 0, "MASTER or BACKUP: a hint; only the owner starts as MASTER"),
	KW_STR("interface", B, v.interface, IFNAMSIZ - 1, "where adverts and addresses are"),
	KW_NUM("virtual_router_id", B, v.vrid, 1, 255, 0, "number of the virtual router on its network"),
	KW_NUM("version", B, version, 2, 3, NUMBER_UNSET, "version of the protocol"),
	KW_NUM("priority", B, v.priority, 1, 255, 100, "255 is the owner of the addresses"),
	KW_SECS("advert_int", B, v.advert_int, 10000, KW_S(255), KW_S(1), "between two adverts"),
	KW_ON("nopreempt", B, v.nopreempt, 1, "leave a master of lower priority alone"),
	KW_ON("preempt", B, v.nopreempt, 0, "take over from a master of lower priority"),
	KW_SECS("preempt_delay", B, v.preempt_delay, 0, KW_S(1000), 0, "wait so long before that"),
	KW_NUM("down_timer_adverts", B, down_adverts, 1, 100, NUMBER_UNSET, "adverts missed before a master counts as gone"),
	KW_ON("accept", B, v.accept, 1, "take packets to the addresses without owning them"),
	KW_ON("no_accept", B, v.accept, 0, "drop packets to the addresses where not their owner",
	      .differs = "only what comes in is dropped, so that routers may advertise from the address; neighbour discovery goes on"),
	KW_OPEN("authentication", build_set_auth, place_auth, "password in the adverts of version 2"),
	KW_IP("mcast_dst_ip", B, v.mcast_group, NULL, "group of the adverts"),
	KW_IP("mcast_src_ip", B, mcast_src, NULL, "source of multicast adverts"),
	KW_IP("unicast_src_ip", B, unicast_src, NULL, "source of unicast adverts"),
	KW_ODD("unicast_peer", build_set_peers, "a block of addresses that get the adverts instead of a group"),
	KW_ODD("virtual_ipaddress", build_set_vips, "a block of ADDR[/LEN] [brd A|+|-] [dev IF] [scope S] [label L]"),
	KW_ODD("virtual_ipaddress_excluded", build_set_excluded, "addresses that are held but not in the adverts"),
	KW_ON("no_virtual_ipaddress", B, no_vips, 1, "an instance without addresses is meant"),
	KW_TRI("skip_check_adv_addr", B, skip_check,
	       "take adverts with other addresses than ours; without it they are dropped, but for those of a version 2 owner",
	       .differs = "adverts of any sender are taken, not only of the master that is heard already"),
	KW_TRI("v3_checksum_as_v2", B, checksum_as_v2, "checksum of version 3 without pseudo header"),
	KW_ON("dont_track_primary", B, v.dont_track_primary, 1, "go on where the interface is down"),
};

static const struct kw_row garp[] = {
	KW_SECS("garp_master_delay", G, master_delay, 0, KW_S(86400), TIME_UNSET, "second burst of announcements; 0: none"),
	KW_NUM("garp_master_repeat", G, master_repeat, 0, 65535, NUMBER_UNSET, "announcements an address in a burst"),
	KW_SECS("garp_master_refresh", G, master_refresh, 0, KW_S(86400 * 365), TIME_UNSET,
	        "announce again so often; 0: never"),
	KW_NUM("garp_master_refresh_repeat", G, master_refresh_repeat, 0, 65535, NUMBER_UNSET, "announcements then"),
	KW_SECS("garp_lower_prio_delay", G, lower_prio_delay, 0, KW_S(86400), TIME_UNSET,
	        "second burst after an advert of lower priority"),
	KW_NUM("garp_lower_prio_repeat", G, lower_prio_repeat, 0, 65535, NUMBER_UNSET, "announcements then"),
	KW_SECS("garp_interval", G, interval, 0, KW_S(3600), TIME_UNSET, "between two announcements"),
};

typedef struct conf_notify N;

/* Of instances and of groups. */
static const struct kw_row tracking[] = {
	KW_ODD("track_interface", build_set_tracks, "a block of NAME [weight N [reverse]]: interfaces", .set_to = CONF_TRACK_INTERFACE),
	KW_ODD("track_script", build_set_tracks, "a block of NAME [weight N [reverse|noreverse]]: vrrp_script",
	       .set_to = CONF_TRACK_SCRIPT),
	KW_ODD("track_process", build_set_tracks, "a block of NAME [weight N [reverse|noreverse]]: vrrp_track_process",
	       .set_to = CONF_TRACK_PROCESS),
	KW_ODD("track_file", build_set_tracks, "a block of NAME [weight N [reverse|noreverse]]: track_file", .set_to = CONF_TRACK_FILE),
	KW_ODD("track_bfd", build_set_tracks, "a block of NAME [weight N [reverse|noreverse]]: bfd_instance", .set_to = CONF_TRACK_BFD),
	KW_ODD("track_service", build_set_tracks,
	       "a block of SERVICE [weight N [reverse]]: the name of a virtual_server, or its ADDR PORT or fwmark N; down while its "
	       "quorum is lost",
	       .set_to = CONF_TRACK_SERVICE, .own = true),
};

static const struct kw_row notify[] = {
	KW_RUN("notify", N, any, "script run at every transition"),
	KW_RUN("notify_master", N, master, "script run on becoming MASTER"),
	KW_RUN("notify_backup", N, backup, "script run on becoming BACKUP"),
	KW_RUN("notify_fault", N, fault, "script run on a FAULT"),
	KW_RUN("notify_stop", N, stop, "script run at the end"),
	KW_ODD("notify_deleted", build_set_deleted, "[SCRIPT] run when the instance is gone from the file"),
	KW_TRI("notify_priority_changes", N, priority_changes, "notify of changed priorities too"),
	KW_TRI("smtp_alert", N, smtp_alert, "mail at every transition"),
};

typedef struct conf_vrrp V;

static const struct kw_value never[] = { { "never", 0 }, { NULL, 0 } };

/* How adverts are sent, checked and answered. */
static const struct kw_row protocol[] = {
	KW_TRI("check_unicast_src", V, check_unicast_src, "unicast adverts only from known peers"),
	KW_ON("unicast_fault_no_peer", V, unicast_fault_no_peer, 1, "FAULT where there is no peer"),
	KW_NUM("unicast_ttl", V, unicast_ttl, 0, 255, NUMBER_UNSET, "hop limit of unicast adverts; 255"),
	KW_LIST("old_unicast_checksum", V, old_unicast_checksum, 0, 1, "[never]: checksum of ancient peers",
	        .values = never),
	KW_LIST("timer_expired_backup", V, timer_expired_backup, 0, 1,
	        "[PRIORITY]: be BACKUP where our timer was so late that a peer of that priority, 254, may have taken over"),
	KW_TRI("lower_prio_no_advert", V, lower_prio_no_advert, "do not answer adverts of lower priority"),
	KW_TRI("higher_prio_send_advert", V, higher_prio_send_advert, "answer adverts of higher priority before yielding"),
	KW_TRI("owner_ignore_adverts", V, owner_ignores, "an owner does not listen"),
	KW_OPEN("auth_hmac", build_set_hmac, place_auth_hmac, "a keyed digest in the adverts"),
	KW_TRI("strict_mode", V, strict_mode, "hold to the RFC by the letter"),
	KW_NUM("kernel_rx_buf_size", V, rx_buf_size, 1, UINT32_MAX, 0, "receive buffer for adverts"),
	KW_SECS("flap_half_life", V, flap_half_life, 0, KW_S(86400), 0,
	        "one that loses its mastership too often preempts nobody; half of its falls are forgotten in this time; 0: never",
	        .own = true),
	KW_NUM("flap_suppress", V, flap_suppress, 1, 1000, 4, "falls, losses of MASTER and FAULTs, after which that begins",
	       .own = true),
	KW_NUM("flap_reuse", V, flap_reuse, 1, 1000, 2, "falls not yet forgotten with which it ends", .own = true),
};

static const struct kw_row later[] = {
	KW_RUN("notify_master_rx_lower_pri", V, notify.rx_lower_pri, "script run when a MASTER hears of a lower priority"),
	KW_STR("vrf", V, vrf, IFNAMSIZ - 1, "VRF that the interface of use_vmac or use_ipvlan belongs to, if not its parent's",
	       .differs = "there it is the VRF of unicast peers where no interface is given; here an instance has an interface"),
	KW_LIST("use_vmac", V, vmac, 0, 8, "[[name] IF] [MAC] [netlink_notify_msg] [group G]: the virtual router's own MAC"),
	KW_ON("use_vmac_addr", V, vmac_addr, 1, "VMAC for addresses on other interfaces"),
	KW_ON("vmac_xmit_base", V, vmac_xmit_base, 1, "adverts from the real interface"),
	KW_LIST("use_ipvlan", V, ipvlan, 0, 7, "[[name] IF] [IP] [bridge|private|vepa] [group G]; with IPv4, adverts come from IP"),
	KW_GONE("native_ipv6", KW_FLAG, KW_OBSOLETE, 0, 0, "IPv6 is seen from the addresses"),
	KW_ON("track_src_ip", V, track_src_ip, 1, "FAULT where the source address is gone",
	       .differs = "who has no address to send from is in FAULT without this keyword too"),
	KW_LIST("garp_extra_if", V, garp_extra_if, 1, 2, "[all] SECONDS: announce so often on VMACs that no advert leaves by",
	        KW_ALIAS("vmac_garp_intvl")),
	KW_GONE("garp_lower_prio_refresh", KW_ARGS, KW_OBSOLETE, 1, 1, "never had an effect"),
	KW_YES("promote_secondaries", V, promote_secondaries, "keep a subnet's other addresses when its first one goes"),
	KW_ODD("virtual_routes", build_set_routes, "a block of routes that a MASTER has, as `ip route add` takes them",
	       KW_FIELD(V, routes)),
	KW_ODD("virtual_rules", build_set_rules, "a block of rules that a MASTER has, as `ip rule add` takes them",
	       KW_FIELD(V, rules)),
	KW_GONE("debug", KW_ARGS, KW_DEBUG, 0, 1, "level of messages"),
	KW_GONE("linkbeat_use_polling", KW_FLAG, KW_OBSOLETE, 0, 0, "ask for the link instead of being told"),
	KW_GONE("lvs_sync_daemon_interface", KW_ARGS, KW_OBSOLETE, 1, 1, "lvs_sync_daemon in global_defs does that"),
};

const struct kw_place *place_vrrp(void)
{
	static const struct kw_place place = {
		.name = "vrrp_instance",
		.args = "NAME",
		.size = sizeof(V),
		.parts = { KW_PART(rows, 0), KW_PART(garp, offsetof(B, garp)), KW_PART(tracking, offsetof(V, tracks)),
		           KW_PART(notify, offsetof(V, notify)), KW_PART(protocol, 0), KW_PART(later, 0) },
	};

	return &place;
}

static const struct kw_value auth_types[] = {
	{ "PASS", CONF_AUTH_PASS }, { "AH", CONF_AUTH_AH }, { NULL, 0 },
};

static const struct kw_row auth_rows[] = {
	KW_PICK("auth_type", B, v.auth, auth_types, CONF_AUTH_NONE, "PASS: a plain password; AH: as keepalived has it"),
	KW_STR("auth_pass", B, auth_pass, 0, "the password; eight characters count"),
};

const struct kw_place *place_auth(void)
{
	static const struct kw_place place = { .name = "authentication", .parts = { KW_PART(auth_rows, 0) } };

	return &place;
}

typedef struct conf_hmac H;

static const struct kw_value modes[] = {
	{ "enforce", 0 }, { "permissive", 1 }, { "receive-only", 2 }, { NULL, 0 },
};

static const struct kw_value replays[] = { { "time", 0 }, { "monotonic", 1 }, { NULL, 0 } };

static const struct kw_row hmac_rows[] = {
	KW_ODD("key", build_set_hmac_key, "ID KEY: hex:..., file:... or a text of 32 to 64 bytes"),
	KW_NUM("active_key", H, active_key, 1, 255, NUMBER_UNSET, "ID of the key to send with; the first"),
	KW_LIST("anti_replay", H, anti_replay, 1, 1, "how replays are found", .values = replays),
	KW_NUM("time_window", H, time_window, 1, 300, 0, "how far clocks may differ", .unit = "s"),
	KW_PICK("mode", H, mode, modes, 0, "what is done with adverts that fail"),
};

const struct kw_place *place_auth_hmac(void)
{
	static const struct kw_place place = {
		.name = "auth_hmac", .size = sizeof(H), .parts = { KW_PART(hmac_rows, 0) }
	};

	return &place;
}

typedef struct conf_group GR;

static const struct kw_row group_rows[] = {
	KW_ODD("group", build_set_members, "a block of the instances' names"),
	KW_GONE("global_tracking", KW_FLAG, KW_OBSOLETE, 0, 0, "sync_group_tracking_weight is its successor"),
	KW_ON("sync_group_tracking_weight", GR, tracking_weight, 1, "trackers of its members may have weights"),
};

const struct kw_place *place_group(void)
{
	static const struct kw_place place = {
		.name = "vrrp_sync_group",
		.args = "NAME",
		.size = sizeof(GR),
		.parts = { KW_PART(group_rows, 0), KW_PART(tracking, offsetof(GR, tracks)),
		           KW_PART(notify, offsetof(GR, notify)) },
	};

	return &place;
}
