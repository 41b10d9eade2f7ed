# A rule without a priority is there once, whatever interfaces do, once again where somebody takes it away (that a flood of other news
# hides), and once in each of the daemon's lives. Two that differ only in a port are two. What the kernel dropped news of, the VIP and
# whole interfaces too, is found by listing all afresh.
# shellcheck shell=bash
# shellcheck source=tests/hosts/fast.sh
. "$TOP/tests/hosts/fast.sh"
lan_up
host node3 "${ADDR[node3]}/24"
ip -n "$NS-node3" link add ens34 type veth peer name far
PORTS=('from 10.2.0.0/16 table 101 ip_proto tcp dport 80' 'from 10.2.0.0/16 table 101 ip_proto tcp dport 81')
fast_conf node3 150
sed -i 's|virtual_ipaddress {|virtual_rules {\n from 10.1.0.0/16 table 101\n'"$(printf '%s\\n' "${PORTS[@]}")"'}\n&|' "$RUN/node3/conf"
rules() { # COUNT
	local n
	n=$(on node3 ip rule | grep -c 'from 10.1.0.0/16 lookup 101')
	[ "$n" = "$1" ] || { echo "$n of them"; return 1; }
}
# ports TEXT: the rules with ports, in the kernel's order.
ports() {
	local n
	n=$(on node3 ip rule | sed -n 's/.*from 10.2.0.0.16 ipproto tcp dport \([0-9]*\) lookup 101.*/\1/p' | sort | tr '\n' ' ')
	[ "$n" = "$1" ] || { on node3 ip rule; return 1; }
}
# A socket for news that is soon full, at the smallest that the kernel has; one about routes has more, and is flooded below.
# The one for requests is as small: the kernel answers the last request of a batch, and each that it refuses, more than have room here.
# (Dumps cannot be lost so: the kernel goes on with one when its reader has made room.)
sed -i 's|router_id node3|&\n vrrp_netlink_monitor_rcv_bufs 2048\n vrrp_netlink_cmd_rcv_bufs 2048|' "$RUN/node3/conf"
cat >>"$RUN/node3/conf" <<-END
	vrrp_instance LATE {
	    version 3
	    interface ens35
	    virtual_router_id 53
	    advert_int 0.1
	    virtual_ipaddress {
	        10.3.0.1
	    }
	    virtual_routes {
	        $(for i in {1..60}; do printf '10.20.%d.0/24 dev ens35 metric 7\n10.21.%d.0/24 via 203.0.113.9 dev ens35 no_track\n' "$i" "$i"; done)
	    }
	}
END
daemon_start node3 "$RUN/node3/conf"
check_soon "MASTER: the rule is there" 8 rules 1
check_soon "so are two that differ only in a port" 3 ports '80 81 '
for s in up down up down; do
	ip -n "$NS-node3" link set ens34 $s
	nap 1.1
done
check "an interface comes and goes: it is there once" rules 1
on node3 ip rule del from 10.1.0.0/16 table 101
check_soon "somebody takes it away: it comes back" 5 rules 1
mark=$(log_mark node3)
on node3 ip rule del from 10.2.0.0/16 table 101 ipproto tcp dport 80
check_soon "somebody takes one of the two away: it comes back, and only that" 5 ports '80 81 '
check_soon "the log says which" 3 log_has node3 "$mark" 'somebody removed the rule from 10.2.0.0/16 ip_proto 6 dport 80-80 table 101'

# While the daemon stands still, more news come than its socket holds: those about the rule, the VIP and a new interface are lost.
vip_there() { on node3 ip -4 -o addr show to "$1" | grep -q .; }
check_soon "no interface ens35: that router waits in FAULT" 3 status_is node3 '.virtual_routers[] | select(.name == "LATE") | .state == "FAULT"' .virtual_routers
mark=$(log_mark node3)
kill -STOP "${DAEMON_PID[node3]}"
for i in {1..100}; do
	printf 'addr add 10.8.0.%d/32 dev ens34\naddr del 10.8.0.%d/32 dev ens34\n' "$i" "$i"
done >"$RUN/storm"
on node3 ip -batch "$RUN/storm"
on node3 ip addr del "$FAST_VIP/32" dev ens33
ip -n "$NS-node3" link add ens35 type veth peer name far35
ip -n "$NS-node3" link set far35 up
ip -n "$NS-node3" addr add 10.3.0.2/24 dev ens35
ip -n "$NS-node3" link set ens35 up
on node3 ip rule del from 10.1.0.0/16 table 101
on node3 ip rule del from 10.2.0.0/16 table 101 ipproto tcp dport 81
for i in {0..127}; do
	for k in {1..250}; do
		echo "route add 10.9.$i.$k/32 dev ens33 table 9"
	done
done >"$RUN/flood"
on node3 ip -batch "$RUN/flood"
on node3 ip route flush table 9
kill -CONT "${DAEMON_PID[node3]}"
check_soon "news about interfaces were lost: the log says so" 3 log_has node3 "$mark" 'The kernel dropped notifications about interfaces'
check_soon "the VIP that was taken away meanwhile is back" 5 vip_there "$FAST_VIP"
check_soon "an interface that came meanwhile is known: its router runs" 8 vip_there 10.3.0.1
good_routes() { local n; n=$(on node3 ip route show metric 7 | grep -c '^10.20.'); [ "$n" = 60 ] || { echo "$n of 60"; return 1; }; }
check_soon "a refused route beside each good one, and no room for the answers: the good ones are there" 15 good_routes
check_soon "answers were lost: they count as refusals" 3 log_has node3 "$mark" 'refused to add the route 10.20.[0-9]*.0/24 .*: Input/output error'
check_soon "taken away while news were lost: it comes back" 8 rules 1
check_soon "so does the other" 3 ports '80 81 '
nap 1.5
check "each is there once" eval "rules 1 && ports '80 81 '"
for i in 1 2; do
	mark=$(log_mark node3)
	daemon_kill9 node3
	daemon_start node3 "$RUN/node3/conf"
	check_soon "kill -9 and start, $i: MASTER again" 8 log_has node3 "$mark" 'Entering MASTER STATE'
	check_soon "kill -9 and start, $i: it is there once" 5 rules 1
done
mark=$(log_mark node3)
check_soon "restart in place" 3 on node3 "$BUILD/regentctl" --run-dir "$RUN/node3/run" restart
check_soon "restart in place: MASTER again" 8 log_has node3 "$mark" 'Entering MASTER STATE'
check_soon "restart in place: it is there once" 5 rules 1
kill -TERM "${DAEMON_PID[node3]}"
check_soon "and goes with the daemon" 5 rules 0
