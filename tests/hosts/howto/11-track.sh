# Trackers that keepalived lacks, on real IPVS: a service that loses its quorum moves the mastership and gets it back; a director whose
# kernel refuses IPVS gives way. And a restart in place keeps what operators set.
# shellcheck shell=bash
howto_up
on node2 ip addr add 172.25.0.35/24 dev ens33
for n in node3 node4; do
	sed -i 's/^ *virtual_router_id .*/&\n   track_service {\n      back weight -60\n   }/' "$(conf_of $n)"
done
# Only node3 sees this one fail: its check is by a file.
cat >>"$(conf_of node3)" <<-END
	track_file back_file {
	    file $RUN/back
	}
END
for n in node3 node4; do
	cat >>"$(conf_of $n)" <<-END
		virtual_server 172.25.0.210 80 {
		    protocol TCP
		    snmp_name back
		    delay_loop 1
		    lvs_method TUN
		    real_server 172.25.0.35 80 {
		        $([ $n = node3 ] && printf 'FILE_CHECK {\n track_file back_file\n }')
		    }
		}
	END
done
sed -i 's/priority .*/priority 150/' "$(conf_of node3)"
echo 0 >"$RUN/back"
both_up_node3_master
check_soon "node3 is MASTER" 10 is_master node3

mark=$(log_mark node3)
echo -254 >"$RUN/back"
lost() { log_has node3 "$mark" 'track_service back is down .it was up.: .*the quorum is lost'; }
check_soon "the service's quorum is lost" 8 lost
check_soon "the other director takes over" 8 is_master node4
check_soon "and serves" 4 serves_as_master node4
check "the log says why" log_has node3 "$mark" 'priority from 150 to 90 because of track_service back'
echo 0 >"$RUN/back"
check_soon "the quorum is back: so is the mastership" 12 is_master node3

# What operators set is in force in the next life, in the kernel too, before a probe has said anything.
control() { on node3 "$BUILD/regentctl" --run-dir "$RUN/node3/run" "$@"; }
check_soon "node3 serves" 4 serves_as_master node3
check_soon "a weight is set" 8 control weight '[172.25.0.200]:tcp:80' '[172.25.0.33]:tcp:80' 7
check_soon "a server is drained" 8 control drain '[172.25.0.200]:tcp:80' '[172.25.0.34]:tcp:80'
check_soon "the kernel has both" 5 servers_are node3 '172.25.0.33:80 7'
mark=$(log_mark node3)
check "regentctl restart" control restart
check_soon "it goes on" 8 log_has node3 "$mark" 'was MASTER a moment ago'
check_stays "the kernel has both all the while" 2 servers_are node3 '172.25.0.33:80 7'
set_as_before() {
	status_is node3 '[.services[].servers[] | select(.set_weight == 7 or .drain == "done")] | length == 2' '[.services[].servers[]]'
}
check_soon "its rows too" 8 set_as_before

# A kernel without IPVS: both are ill alike, so one of them is MASTER; the module comes, and both are well again.
for n in node3 node4; do
	daemon_stop $n 8 || true
	on $n ipvsadm -C
done
modules() { lsmod | awk '$1 ~ /^ip_vs_/ { print $1 }'; }
loader=$(cat /proc/sys/kernel/modprobe)
echo /bin/false >/proc/sys/kernel/modprobe
# shellcheck disable=SC2046
check_soon "the kernel's IPVS is taken away" 5 modprobe -r $(modules) ip_vs
mark=$(log_mark node3)
start node3
start node4
check_soon "node3 says that it is ill" 10 log_has node3 "$mark" 'health daemon is down .it was up.: the kernel.s IPVS cannot be reached'
check_soon "its priority says so" 8 status_is node3 '.virtual_routers[0].priority == 100' '[.virtual_routers, .trackers]'
check_soon "so does its peer's" 8 status_is node4 '.virtual_routers[0].priority == 50' '[.virtual_routers, .trackers]'
check_soon "the better of two that are equally ill is MASTER" 8 is_master node3
echo "$loader" >/proc/sys/kernel/modprobe
for m in ip_vs ip_vs_rr ip_vs_wrr ip_vs_wlc; do
	modprobe $m
done
check_soon "IPVS is there: well again" 30 status_is node3 '.virtual_routers[0].priority == 150' '[.virtual_routers, .trackers]'
check_soon "and it serves" 20 servers_are node3 '172.25.0.33:80 7'
