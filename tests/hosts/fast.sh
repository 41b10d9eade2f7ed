# Two hosts that speak VRRPv3 every 0.1 s, without IPVS: where time is measured, on this kernel. Sourced after howto.sh.
# shellcheck shell=bash

INTERVAL=100000
FAST_VIP=172.25.0.201
# What stands in the instance of a scenario that writes its own file: the higher of the two.
FAST_ROUTER='version 3
interface ens33
virtual_router_id 52
priority 150
advert_int 0.1'
# fast_conf NODE PRIORITY
fast_conf() {
	mkdir -p "$RUN/$1"
	cat >"$RUN/$1/conf" <<-END
		global_defs {
		    router_id $1
		}
		vrrp_instance FAST {
		    version 3
		    state BACKUP
		    interface ens33
		    virtual_router_id 52
		    priority $2
		    advert_int 0.1
		    virtual_ipaddress {
		        $FAST_VIP
		    }
		}
	END
}
fast_up() {
	local n
	mkdir -p "$RUN"
	lan_up
	for n in node2 node3 node4; do
		host $n "${ADDR[$n]}/24"
	done
	fast_conf node3 150
	fast_conf node4 100
	wire_start node3 node4
}
fast_master() { has_vip node3 "$FAST_VIP" && lacks_vip node4 "$FAST_VIP"; }
adverts_between() { wire_adverts "$1" | awk -v a="$2" -v b="$3" '$1 >= a && $1 <= b' | wc -l; }
sent_at_least() { [ "$(adverts_between "$1" "$2" "$(now_us)")" -ge "$3" ]; }
# peer_still NODE MARK: the peer never took over; it may have where the control's worst came near the 0.26 s that it waits at least.
peer_still() { [ "$CONTROL_WORST" -ge 150000 ] || log_lacks "$1" "$2" 'Entering MASTER'; }
# no_gap NODE FROM TO: the largest gap between two adverts is within the interval + 5 ms + what the control allows.
no_gap() {
	local bound=$((INTERVAL + 5000 + ALLOWED))
	grid_of "$1" $INTERVAL "$2" "$3"
	echo "the largest gap of $N adverts is $GAP_MAX us, the bound $bound (control's worst $CONTROL_WORST)"
	[ "$GAP_MAX" -le $bound ]
}
say_grid() { note "adverts: n=$N gap_max=$GAP_MAX p50=$P50 p99=$P99 worst=$WORST; control: p99=$CONTROL_P99 worst=$CONTROL_WORST"; }
