# A rule without a priority is there once, whatever interfaces do, and once again where somebody takes it away.
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
kill -TERM "${DAEMON_PID[node3]}"
check_soon "and goes with the daemon" 5 rules 0
