# A rule without a priority is there once, whatever interfaces do, once again where somebody takes it away,
# and once in each of the daemon's lives.
# shellcheck shell=bash
# shellcheck source=tests/hosts/fast.sh
. "$TOP/tests/hosts/fast.sh"
lan_up
host node3 "${ADDR[node3]}/24"
ip -n "$NS-node3" link add ens34 type veth peer name far
fast_conf node3 150
sed -i 's|virtual_ipaddress {|virtual_rules {\n from 10.1.0.0/16 table 101\n}\n&|' "$RUN/node3/conf"
rules() { # COUNT
	local n
	n=$(on node3 ip rule | grep -c 'from 10.1.0.0/16 lookup 101')
	[ "$n" = "$1" ] || { echo "$n of them"; return 1; }
}
daemon_start node3 "$RUN/node3/conf"
check_soon "MASTER: the rule is there" 8 rules 1
for s in up down up down; do
	ip -n "$NS-node3" link set ens34 $s
	nap 1.1
done
check "an interface comes and goes: it is there once" rules 1
on node3 ip rule del from 10.1.0.0/16 table 101
check_soon "somebody takes it away: it comes back" 5 rules 1
for i in 1 2; do
	mark=$(log_mark node3)
	daemon_kill9 node3
	daemon_start node3 "$RUN/node3/conf"
	check_soon "kill -9 and start, $i: MASTER again" 8 log_has node3 "$mark" 'Entering MASTER STATE'
	check_soon "kill -9 and start, $i: it is there once" 5 rules 1
done
mark=$(log_mark node3)
check "restart in place" on node3 "$BUILD/regentctl" --run-dir "$RUN/node3/run" restart
check_soon "restart in place: MASTER again" 8 log_has node3 "$mark" 'Entering MASTER STATE'
check_soon "restart in place: it is there once" 5 rules 1
kill -TERM "${DAEMON_PID[node3]}"
check_soon "and goes with the daemon" 5 rules 0
