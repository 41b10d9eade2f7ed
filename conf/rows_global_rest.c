/*
 * More keywords of global_defs, and those that never will have an effect.
 */
#include "config.h"

#include "conf/build.h"

typedef struct conf_global G;

#define BYTES_MOST 0x7fffffff

static const struct kw_value interface_changes[] = { { "allow_if_changes", 0 }, { NULL, 0 } };
static const struct kw_value json_versions[] = { { "1", 1 }, { "2", 2 }, { NULL, 0 } };

static const struct kw_row rows[] = {
	KW_LIST("dynamic_interfaces", G, vrrp.dynamic_interfaces, 0, 1, "interfaces may come later", .values = interface_changes,
	        .differs = "interfaces may come and go without it"),
	/* firewall */
	KW_LIST("nftables", G, nft.table, 0, 1, "[TABLE] for no_accept",
	        .differs = "the table is of family inet, called regent (regent_INSTANCE with `instance`) where no name is given, and made "
	                   "without this keyword as well where an instance has no_accept"),
	KW_NUM("nftables_priority", G, nft.priority, INT32_MIN, INT32_MAX, 101,
	       "priority of its chain; below 100, what is for IPVS is dropped as well",
	       .differs = "without it the chain comes after IPVS, and so connections to virtual services pass; keepalived's -1 drops them"),
	KW_ON("nftables_counters", G, nft.counters, 1, "count in its rules"),
	KW_ON("nftables_ifindex", G, nft.ifindex, 1, "interfaces by number in its sets"),
	KW_LIST("nftables_ipvs", G, nft.ipvs_table, 0, 1, "[TABLE] for service groups, which are services of their own here and need no marks",
	       KW_WHY(KW_OTHER_BUILD)),
	KW_NUM("nftables_ipvs_priority", G, nft.ipvs_priority, INT32_MIN, INT32_MAX, -1, "priority of its chains",
	       KW_WHY(KW_OTHER_BUILD)),
	KW_NUM("nftables_ipvs_start_fwmark", G, nft.ipvs_first_mark, 1, UINT32_MAX, 1000, "first mark for service groups, which need none here",
	       KW_WHY(KW_OTHER_BUILD)),
	/* IPVS */
	KW_SECS("snmp_vs_stats_update_interval", G, vs_stats_age, 1000, KW_S(30), KW_S(5),
	        "how old services' counters may be when somebody reads them"),
	KW_SECS("snmp_rs_stats_update_interval", G, rs_stats_age, 1000, KW_S(30), 0, "the same of servers'; 0: as services'"),
	/* sockets */
	KW_NUM("vrrp_netlink_cmd_rcv_bufs", G, buffers.vrrp_cmd, 0, BYTES_MOST, 0, "receive buffer for netlink requests"),
	KW_YES("vrrp_netlink_cmd_rcv_bufs_force", G, buffers.vrrp_cmd_force, "beyond the system's limit"),
	KW_NUM("vrrp_netlink_monitor_rcv_bufs", G, buffers.vrrp_monitor, 0, BYTES_MOST, 0, "receive buffer for netlink news",
	       .differs = "one socket is for all of the daemon: the larger of the two sizes serves"),
	KW_YES("vrrp_netlink_monitor_rcv_bufs_force", G, buffers.vrrp_monitor_force, "beyond the system's limit"),
	KW_NUM("lvs_netlink_cmd_rcv_bufs", G, buffers.lvs_cmd, 0, BYTES_MOST, 0, "receive buffer for netlink requests"),
	KW_YES("lvs_netlink_cmd_rcv_bufs_force", G, buffers.lvs_cmd_force, "beyond the system's limit"),
	KW_NUM("lvs_netlink_monitor_rcv_bufs", G, buffers.lvs_monitor, 0, BYTES_MOST, 0, "receive buffer for netlink news",
	       .differs = "one socket is for all of the daemon: the larger of the two sizes serves"),
	KW_YES("lvs_netlink_monitor_rcv_bufs_force", G, buffers.lvs_monitor_force, "beyond the system's limit"),
	KW_NUM("process_monitor_rcv_bufs", G, buffers.process, 0, BYTES_MOST, 0, "receive buffer for news of processes"),
	KW_YES("process_monitor_rcv_bufs_force", G, buffers.process_force, "beyond the system's limit"),
	/* the process, at its start: there is one for all */
	KW_NUM("vrrp_priority", G, process.nice, -20, 19, 0, "nice value of the daemon",
	       .differs = "it counts where vrrp_rt_priority is refused; one process does the work of all three"),
	KW_LIST("vrrp_cpu_affinity", G, process.cpus, 1, 1024, "processors of the daemon, by number",
	        .differs = "one process does the work of all three"),
	KW_NUM("vrrp_rlimit_rttime", G, process.rttime, 1, UINT32_MAX, 0, "real-time limit of the daemon; 0: Regent's own",
	       KW_ALIAS("vrrp_rlimit_rtime"), .unit = "us", .differs = "one process does the work of all three"),
	/* reload */
	KW_LIST("reload_check_config", G, reload.check, 0, 1, "[LOG]: refuse a file with errors",
	        .differs = "a file with errors never takes effect, with this keyword and without it; the log is the daemon's own"),
	KW_LIST("reload_file", G, reload.file, 0, 1, "[PATH]: file that is there, empty, while a reload reads the configuration",
	        .differs = "without a path it is RUN_DIR/regentd.reload; a start does not make it"),
	KW_STR("reload_time_file", G, reload.time_file, 255, "file that says when to reload"),
	KW_ON("reload_repeat", G, reload.repeat, 1, "reload at that time every day"),
	/* never */
	KW_GONE("umask", KW_ARGS, KW_OTHER_BUILD, 1, 1, "mode of files made"),
	KW_GONE("process_names", KW_FLAG, KW_OTHER_BUILD, 0, 0, "names of several processes"),
	KW_GONE("process_name", KW_ARGS, KW_OTHER_BUILD, 0, 1, "name of the parent process"),
	KW_GONE("vrrp_process_name", KW_ARGS, KW_OTHER_BUILD, 0, 1, "name of the VRRP process"),
	KW_GONE("checker_process_name", KW_ARGS, KW_OTHER_BUILD, 0, 1, "name of the checker process",
	        KW_ALIAS("lvs_process_name")),
	KW_GONE("bfd_process_name", KW_ARGS, KW_OTHER_BUILD, 0, 1, "name of the BFD process"),
	KW_GONE("config_save_dir", KW_ARGS, KW_DEBUG, 1, 1, "where copies of the configuration are kept"),
	KW_GONE("tmp_config_directory", KW_ARGS, KW_OTHER_BUILD, 1, 1, "where the processes share the configuration"),
	KW_GONE("vrrp_garp_lower_prio_refresh", KW_ARGS, KW_OBSOLETE, 1, 1, "never had an effect"),
	KW_GONE("vrrp_iptables", KW_ARGS, KW_OTHER_BUILD, 0, 2, "[IN [OUT]]: chains for no_accept"),
	KW_GONE("vrrp_ipsets", KW_ARGS, KW_OTHER_BUILD, 0, 6, "sets for no_accept"),
	KW_GONE("enable_dbus", KW_FLAG, KW_OTHER_BUILD, 0, 0, "D-Bus objects"),
	KW_GONE("dbus_service_name", KW_ARGS, KW_OTHER_BUILD, 1, 1, "D-Bus name"),
	KW_GONE("dbus_no_interface_name", KW_ARGS, KW_OTHER_BUILD, 1, 1, "D-Bus name where there is no interface"),
	KW_GONE("max_auto_priority", KW_ARGS, KW_OTHER_BUILD, 0, 1, "real-time priority when late"),
	KW_GONE("min_auto_priority_delay", KW_NUMBER, KW_OTHER_BUILD, 1, 10000000, "how late", .unit = "us"),
	KW_GONE("checker_priority", KW_NUMBER, KW_OTHER_BUILD, -20, 19, "nice value of the checker process"),
	KW_GONE("bfd_priority", KW_NUMBER, KW_OTHER_BUILD, -20, 19, "nice value of the BFD process"),
	KW_GONE("checker_no_swap", KW_FLAG, KW_OTHER_BUILD, 0, 0, "keep the checker process in memory"),
	KW_GONE("bfd_no_swap", KW_FLAG, KW_OTHER_BUILD, 0, 0, "keep the BFD process in memory"),
	KW_GONE("checker_rt_priority", KW_NUMBER, KW_OTHER_BUILD, 1, 99, "real-time priority of the checker process"),
	KW_GONE("bfd_rt_priority", KW_NUMBER, KW_OTHER_BUILD, 1, 99, "real-time priority of the BFD process"),
	KW_GONE("checker_cpu_affinity", KW_ARGS, KW_OTHER_BUILD, 1, 1024, "processors of the checker process"),
	KW_GONE("bfd_cpu_affinity", KW_ARGS, KW_OTHER_BUILD, 1, 1024, "processors of the BFD process"),
	KW_GONE("checker_rlimit_rttime", KW_NUMBER, KW_OTHER_BUILD, 1, UINT32_MAX, "real-time limit of the checker process",
	        KW_ALIAS("checker_rlimit_rtime"), .unit = "us"),
	KW_GONE("bfd_rlimit_rttime", KW_NUMBER, KW_OTHER_BUILD, 1, UINT32_MAX, "real-time limit of the BFD process",
	        KW_ALIAS("bfd_rlimit_rtime"), .unit = "us"),
	KW_GONE("data_use_instance", KW_BOOL, KW_DEBUG, 0, 0, "names of dump files"),
	KW_GONE("state_dump_file", KW_ARGS, KW_DEBUG, 1, 1, "where state is dumped", KW_ALIAS("state_dump_file_location")),
	KW_GONE("stats_dump_file", KW_ARGS, KW_DEBUG, 1, 1, "where statistics are dumped",
	        KW_ALIAS("stats_dump_file_location")),
	KW_GONE("json_dump_file", KW_ARGS, KW_DEBUG, 1, 1, "where JSON is dumped", KW_ALIAS("json_dump_file_location")),
	KW_GONE("json_version", KW_ENUM, KW_OTHER_BUILD, 0, 0, "form of that JSON", .values = json_versions),
};

const struct kw_part *part_global_rest(void)
{
	static const struct kw_part part = KW_PART(rows, 0);

	return &part;
}
