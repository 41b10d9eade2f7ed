/*
 * Keywords outside of any block.
 */
#include "config.h"

#include "conf/build.h"

static const struct kw_row rows[] = {
	KW_OPEN("global_defs", build_set_global, place_global, "what holds for the whole daemon"),
	KW_OPEN("vrrp_instance", build_set_vrrp, place_vrrp, "a virtual router"),
	KW_OPEN("vrrp_sync_group", build_set_group, place_group, "virtual routers that change state together",
	        KW_LATER),
	KW_OPEN("virtual_server", build_set_service, place_service, "a virtual service: IP [PORT] | fwmark N | group NAME"),
	KW_ODD("instance", build_set_instance_name, "name of this daemon among several on one host"),

	KW_IDLE_BLOCK("vrrp_script", place_script, "a script whose result changes a priority"),
	{ .name = "vrrp_track_process", .alias = { "track_process" }, .type = KW_BLOCK, .state = KW_NOT_YET,
	  .inside = place_track_process, .help = "processes whose presence changes a priority" },
	{ .name = "vrrp_track_file", .alias = { "track_file" }, .type = KW_BLOCK, .state = KW_NOT_YET,
	  .inside = place_track_file, .help = "a file whose number changes a priority" },
	KW_IDLE_BLOCK("track_group", place_track_group, "virtual routers that a static address or route faults"),
	KW_IDLE_BLOCK("garp_group", place_garp_group, "interfaces that share a delay between announcements"),
	KW_IDLE_BLOCK("bfd_instance", place_bfd, "a BFD session"),
	KW_IDLE_BLOCK("SSL", place_ssl, "certificates for SSL_GET"),
	KW_IDLE("virtual_server_group", KW_NOT_YET, "addresses and marks that are one service"),
	KW_IDLE("static_ipaddress", KW_NOT_YET, "addresses that are always there"),
	KW_IDLE("static_routes", KW_NOT_YET, "routes that are always there"),
	KW_IDLE("static_rules", KW_NOT_YET, "rules that are always there"),
	KW_IDLE("interface_up_down_delays", KW_NOT_YET, "how long a link must be down or up before it counts"),
	KW_IDLE("net_namespace", KW_NOT_YET, "network namespace to work in"),
	KW_IDLE("net_namespace_ipvs", KW_NOT_YET, "network namespace of IPVS"),
	KW_IDLE("namespace_with_ipsets", KW_OTHER_BUILD, "ipsets in a namespace on old kernels"),
	KW_IDLE("use_pid_dir", KW_OTHER_BUILD, "folder of several processes' PID files"),
	KW_IDLE("child_wait_time", KW_OTHER_BUILD, "how long the parent waits for its children"),
	KW_IDLE("linkbeat_use_polling", KW_OBSOLETE, "ask for the link instead of being told"),
	KW_IDLE("linkbeat_interfaces", KW_NOT_YET, "interfaces whose link is asked for"),
};

const struct kw_place *place_root(void)
{
	static const struct kw_place place = { .name = "", .parts = { KW_PART(rows, 0) } };

	return &place;
}
