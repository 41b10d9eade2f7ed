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
	KW_NUM("down_timer_adverts", B, v.down_timer_adverts, 1, 100, 3, "adverts missed before a master counts as gone"),
	KW_ON("accept", B, v.accept, 1, "take packets to the addresses without owning them"),
	KW_ON("no_accept", B, v.accept, 0, "drop packets to the addresses where not their owner", KW_LATER),
	KW_OPEN("authentication", build_set_auth, place_auth, "password in the adverts of version 2"),
	KW_IP("mcast_dst_ip", B, v.mcast_group, NULL, "group of the adverts"),
	KW_IP("mcast_src_ip", B, mcast_src, NULL, "source of multicast adverts"),
	KW_IP("unicast_src_ip", B, unicast_src, NULL, "source of unicast adverts"),
	KW_ODD("unicast_peer", build_set_peers, "a block of addresses that get the adverts instead of a group"),
	KW_ODD("virtual_ipaddress", build_set_vips, "a block of ADDR[/LEN] [brd A|+|-] [dev IF] [scope S] [label L]"),
	KW_ODD("virtual_ipaddress_excluded", build_set_excluded, "addresses that are held but not in the adverts"),
	KW_ON("no_virtual_ipaddress", B, no_vips, 1, "an instance without addresses is meant"),
	KW_TRI("skip_check_adv_addr", B, skip_check, "do not compare the addresses in a known master's adverts"),
	KW_YES("v3_checksum_as_v2", B, v.v3_checksum_as_v2, "checksum of version 3 without pseudo header"),
	KW_ON("dont_track_primary", B, v.dont_track_primary, 1, "go on where the interface is down", KW_LATER),
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

/* Of instances and of groups. */
static const struct kw_row tracking[] = {
	KW_IDLE("track_interface", KW_NOT_YET, "interfaces that must be up, or change the priority"),
	KW_IDLE("track_script", KW_NOT_YET, "scripts that must succeed, or change the priority"),
	KW_IDLE("track_process", KW_NOT_YET, "processes that must run, or change the priority"),
	KW_IDLE("track_file", KW_NOT_YET, "files whose numbers change the priority"),
	KW_IDLE("track_bfd", KW_NOT_YET, "BFD sessions that must be up, or change the priority"),
	KW_IDLE("notify", KW_NOT_YET, "script run at every transition"),
	KW_IDLE("notify_master", KW_NOT_YET, "script run on becoming MASTER"),
	KW_IDLE("notify_backup", KW_NOT_YET, "script run on becoming BACKUP"),
	KW_IDLE("notify_fault", KW_NOT_YET, "script run on a FAULT"),
	KW_IDLE("notify_stop", KW_NOT_YET, "script run at the end"),
	KW_IDLE("notify_deleted", KW_NOT_YET, "script run when the instance is gone from the file"),
	KW_IDLE("notify_priority_changes", KW_NOT_YET, "notify of changed priorities too"),
	KW_IDLE("smtp_alert", KW_NOT_YET, "mail at every transition"),
};

static const struct kw_row idle[] = {
	KW_IDLE("notify_master_rx_lower_pri", KW_NOT_YET, "script run when a MASTER hears of a lower priority"),
	KW_IDLE("vrf", KW_NOT_YET, "VRF of the adverts"),
	KW_IDLE("use_vmac", KW_NOT_YET, "the virtual router's own MAC address"),
	KW_IDLE("use_vmac_addr", KW_NOT_YET, "VMAC for addresses on other interfaces"),
	KW_IDLE("vmac_xmit_base", KW_NOT_YET, "adverts from the real interface"),
	KW_IDLE("use_ipvlan", KW_NOT_YET, "an ipvlan interface for the addresses"),
	KW_IDLE("native_ipv6", KW_OBSOLETE, "IPv6 is seen from the addresses"),
	KW_IDLE("track_src_ip", KW_NOT_YET, "FAULT where the source address is gone"),
	KW_IDLE("check_unicast_src", KW_NOT_YET, "unicast adverts only from known peers"),
	KW_IDLE("unicast_fault_no_peer", KW_NOT_YET, "FAULT where there is no peer"),
	KW_IDLE("unicast_ttl", KW_NOT_YET, "hop limit of unicast adverts"),
	KW_IDLE("old_unicast_checksum", KW_NOT_YET, "checksum of ancient peers"),
	KW_IDLE("garp_extra_if", KW_NOT_YET, "announce on other interfaces too"),
	KW_IDLE("garp_lower_prio_refresh", KW_OBSOLETE, "never had an effect"),
	KW_IDLE("timer_expired_backup", KW_NOT_YET, "be BACKUP after a late timer"),
	KW_IDLE("lower_prio_no_advert", KW_NOT_YET, "do not answer adverts of lower priority"),
	KW_IDLE("higher_prio_send_advert", KW_NOT_YET, "answer adverts of higher priority before yielding"),
	KW_IDLE("owner_ignore_adverts", KW_NOT_YET, "an owner does not listen"),
	KW_IDLE_BLOCK("auth_hmac", place_auth_hmac, "a keyed digest in the adverts"),
	KW_IDLE("promote_secondaries", KW_NOT_YET, "sysctl of the interface"),
	KW_IDLE("virtual_routes", KW_NOT_YET, "routes that a MASTER has"),
	KW_IDLE("virtual_rules", KW_NOT_YET, "rules that a MASTER has"),
	KW_IDLE("strict_mode", KW_NOT_YET, "hold to the RFC by the letter"),
	KW_IDLE("debug", KW_DEBUG, "unused"),
	KW_IDLE("kernel_rx_buf_size", KW_NOT_YET, "receive buffer for adverts"),
	KW_IDLE("linkbeat_use_polling", KW_OBSOLETE, "ask for the link instead of being told"),
	KW_IDLE("lvs_sync_daemon_interface", KW_OBSOLETE, "lvs_sync_daemon in global_defs does that"),
};

const struct kw_place *place_vrrp(void)
{
	static const struct kw_place place = {
		.name = "vrrp_instance",
		.parts = { KW_PART(rows, 0), KW_PART(garp, offsetof(B, garp)), KW_PART(tracking, 0), KW_PART(idle, 0) },
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

static const struct kw_row hmac_rows[] = {
	KW_IDLE("key", KW_NOT_YET, "ID and key"),
	KW_IDLE("active_key", KW_NOT_YET, "ID of the key to send with"),
	KW_IDLE("anti_replay", KW_NOT_YET, "how replays are found"),
	KW_IDLE("time_window", KW_NOT_YET, "how far clocks may differ"),
	KW_IDLE("mode", KW_NOT_YET, "what is done with adverts that fail"),
};

const struct kw_place *place_auth_hmac(void)
{
	static const struct kw_place place = { .name = "auth_hmac", .parts = { KW_PART(hmac_rows, 0) } };

	return &place;
}

static const struct kw_row group_rows[] = {
	KW_ODD("group", build_set_members, "a block of the instances' names"),
	KW_IDLE("global_tracking", KW_OBSOLETE, "sync_group_tracking_weight is its successor"),
	KW_IDLE("sync_group_tracking_weight", KW_NOT_YET, "trackers of the group may have weights"),
};

const struct kw_place *place_group(void)
{
	static const struct kw_place place = {
		.name = "vrrp_sync_group",
		.parts = { KW_PART(group_rows, 0), KW_PART(tracking, 0) },
	};

	return &place;
}
