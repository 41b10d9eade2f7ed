/*
 * Keywords outside of any block.
 */
#include "config.h"

#include "conf/build.h"

typedef struct conf C;

static const struct kw_row rows[] = {
	KW_OPEN("global_defs", build_set_global, place_global, "what holds for the whole daemon"),
	KW_OPEN("vrrp_instance", build_set_vrrp, place_vrrp, "a virtual router"),
	KW_OPEN("vrrp_sync_group", build_set_group, place_group, "virtual routers that change state together"),
	KW_OPEN("virtual_server", build_set_service, place_service, "a virtual service: IP [PORT] | fwmark N | group NAME"),
	KW_ODD("instance", build_set_instance_name, "name of this daemon among several on one host"),

	KW_OPEN("vrrp_script", build_set_script, place_script, "a script whose result changes a priority"),
	KW_OPEN("vrrp_track_process", build_set_process, place_track_process,
	        "processes whose presence changes a priority", KW_ALIAS("track_process")),
	KW_OPEN("track_file", build_set_file, place_track_file, "a file whose number changes a priority or a weight",
	        KW_ALIAS("vrrp_track_file")),
	KW_OPEN("track_group", build_set_track_group, place_track_group,
	        "virtual routers that a lost static address, route or rule faults", KW_ALIAS("static_track_group")),
	KW_OPEN("garp_group", build_set_garp_group, place_garp_group, "interfaces that share a delay between announcements"),
	KW_OPEN("bfd_instance", build_set_bfd, place_bfd, "a BFD session"),
	KW_OPEN("SSL", build_set_ssl, place_ssl, "certificates for SSL_GET"),
	KW_ODD("virtual_server_group", build_set_vs_group,
	       "NAME { ADDRESS[-LAST] [PORT] ... | fwmark N [inet|inet6] }: addresses and marks that are one service"),
	KW_ODD("static_ipaddress", build_set_addresses, "a block of addresses that are always there, as in virtual_ipaddress"),
	KW_ODD("static_routes", build_set_routes, "a block of routes that are always there, as `ip route add` takes them",
	       KW_FIELD(C, routes)),
	KW_ODD("static_rules", build_set_rules, "a block of rules that are always there, as `ip rule add` takes them",
	       KW_FIELD(C, rules)),
	KW_ODD("interface_up_down_delays", build_set_delays,
	       "a block of INTERFACE DOWN [UP]: seconds that a link must be down or up before it counts"),
	KW_STR("net_namespace", C, global.net_namespace, 255, "network namespace to work in, as `ip netns` names it"),
	KW_STR("net_namespace_ipvs", C, global.net_namespace_ipvs, 255, "network namespace of IPVS, where it is another",
	       .differs = "net.ipv4.vs.conn_reuse_mode is left as it is there"),
	KW_GONE("namespace_with_ipsets", KW_FLAG, KW_OTHER_BUILD, 0, 0, "ipsets in a namespace on old kernels"),
	KW_GONE("use_pid_dir", KW_FLAG, KW_OTHER_BUILD, 0, 0, "folder of several processes' PID files"),
	KW_GONE("child_wait_time", KW_NUMBER, KW_OTHER_BUILD, 0, 4294967, "how long the parent waits for its children",
	        .unit = "s"),
	KW_GONE("linkbeat_use_polling", KW_FLAG, KW_OBSOLETE, 0, 0, "ask for the link instead of being told"),
	KW_IDLE("linkbeat_interfaces", KW_OBSOLETE, "a block of interfaces whose link is asked for"),
};

const struct kw_place *place_root(void)
{
	static const struct kw_place place = { .name = "", .size = sizeof(C), .parts = { KW_PART(rows, 0) } };

	return &place;
}
