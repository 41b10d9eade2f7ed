# Keywords that need a host to be seen: no election before vrrp_startup_delay and vrrp_delay_after_boot are over, adverts of unknown
# virtual routers in the log, no IGMP of the host's own while the daemon runs.
# shellcheck shell=bash
# shellcheck source=tests/hosts/fast.sh
. "$TOP/tests/hosts/fast.sh"

# options_conf NODE VRID VIP GLOBAL...
options_conf() {
	mkdir -p "$RUN/$1"
	cat >"$RUN/$1/conf" <<-END
		global_defs {
		    router_id $1
		    $(printf '%s\n' "${@:4}")
		}
		vrrp_instance FAST {
		    version 3
		    interface ens33
		    virtual_router_id $2
		    priority 100
		    advert_int 0.1
		    virtual_ipaddress {
		        $3
		    }
		}
	END
}
OTHER_VIP=172.25.0.202
REPORTS=net.ipv4.igmp_link_local_mcast_reports
reports() { [ "$(on node3 sysctl -n $REPORTS)" = "$1" ] || { echo "$REPORTS is $(on node3 sysctl -n $REPORTS)"; return 1; }; }
# not_before HOST SINCE_US MS: it sent no advert in that time, and then did.
not_before() { within "$(wire_gap_ms "$2" "$1")" "$3" "$(($3 + 3000))"; }

POLL=0.2
mkdir -p "$RUN"
lan_up
host node3 "${ADDR[node3]}/24"
host node4 "${ADDR[node4]}/24"
wire_start node3 node4
options_conf node3 52 $FAST_VIP 'vrrp_startup_delay 2' log_unknown_vrids disable_local_igmp
options_conf node4 53 $OTHER_VIP 'vrrp_delay_after_boot 63'
on node3 sysctl -qw $REPORTS=1

at=$(now_us)
daemon_start node3 "$RUN/node3/conf"
# A host that booted a minute ago, in a time namespace.
up=$(cut -d. -f1 /proc/uptime)
WRAP=(unshare -T --boottime "-$((up - 60))" --fork)
daemon_start node4 "$RUN/node4/conf"
WRAP=()
check_soon "the log says that no election is held, and for how long" 5 log_has node3 0 'no election for 2\.0 s'
check_soon "after the boot likewise" 5 log_has node4 0 'no election for (1\.[0-9]|2\.[0-9]|3\.0) s'
check_soon "then it is elected" 10 has_vip node3 $FAST_VIP
check_soon "and so is the other" 10 has_vip node4 $OTHER_VIP
check "no advert before the delay was over" not_before node3 "$at" 2000
check "nor on the host that has booted just now" not_before node4 "$at" 2000

check_soon "an advert of a virtual router that is not ours is in the log, with who sent it" 5 \
	log_has node3 0 'Unknown VRID\(53\) received on interface\(ens33\) from 172\.25\.0\.34'
check "only where that is wanted" log_lacks node4 0 'Unknown VRID'
check "the host reports no memberships of its own" reports 0

mark=$(log_mark node3)
options_conf node3 52 $FAST_VIP
daemon_hup node3
check_soon "a reload without them" 5 log_has node3 "$mark" 'Reloaded'
check_soon "puts the sysctl back" 3 reports 1
mark=$(log_mark node3)
nap 1
check "and logs unknown routers no more" log_lacks node3 "$mark" 'Unknown VRID'
# unicast_fault_no_peer: no peer, no election; with one it runs.
mark=$(log_mark node3)
sed -i 's/priority 100/&\n unicast_fault_no_peer/' "$RUN/node3/conf"
daemon_hup node3
check_soon "unicast_fault_no_peer: FAULT" 5 status_is node3 '.virtual_routers[0] | .state == "FAULT" and (.fault | test("no unicast peer"))' '.virtual_routers[0]'
check_soon "its address is gone" 3 lacks_vip node3 $FAST_VIP
check_soon "the log says why" 3 log_has node3 "$mark" 'no unicast peer is configured'
sed -i "s/unicast_fault_no_peer/&\n unicast_src_ip ${ADDR[node3]}\n unicast_peer {\n ${ADDR[node4]}\n }/" "$RUN/node3/conf"
daemon_hup node3
check_soon "with a peer: MASTER" 8 has_vip node3 $FAST_VIP
sed -i '/unicast_peer {/,/}/d' "$RUN/node3/conf"
daemon_hup node3
check_soon "the peer is taken away: FAULT again" 5 lacks_vip node3 $FAST_VIP
options_conf node3 52 $FAST_VIP disable_local_igmp
mark=$(log_mark node3)
daemon_hup node3
check_soon "with it again" 5 reports 0
wait_for 5 log_has node3 "$mark" 'Reloaded' # while it reloads no restart is taken
mark=$(log_mark node3)
check_soon "restart in place" 3 on node3 "$BUILD/regentctl" --run-dir "$RUN/node3/run" restart
check_soon "it goes on" 8 log_has node3 "$mark" 'Going on in place'
check_soon "and has applied its configuration" 8 log_has node3 "$mark" 'former life was MASTER'
check "still without reports" reports 0
check "the daemon ends" daemon_stop node3
check "and the sysctl is as the host had it, not as the former life left it" reports 1
DAEMON_PID[node4]=$(cat "$RUN/node4/pid")
check "the other ends" daemon_stop node4
