# Every file of conf/examples runs as it is, all at once: each on a host of its own with eth0 and eth1, those that are for two nodes on
# two. Each becomes MASTER, has its addresses and its services, and says nothing of an error.
# shellcheck shell=bash

EXAMPLES=$TOP/conf/examples
mkdir -p "$RUN"
lan_up
# node NAME SEGMENT ADDRESS/LEN [ADDRESS/LEN]: a host with eth0 and eth1 on two bridges of that segment.
node() {
	local i
	ip netns add "$NS-$1"
	ip -n "$NS-$1" link set lo up
	for i in 0 1; do
		ip -n "$NS-lan" link add "b$2-$i" type bridge mcast_snooping 0 forward_delay 0 2>/dev/null
		ip -n "$NS-lan" link set "b$2-$i" up
		ip link add "eth$i" netns "$NS-$1" type veth peer name "p-$1-$i" netns "$NS-lan"
		ip -n "$NS-lan" link set "p-$1-$i" master "b$2-$i" up
		on "$1" sysctl -qw "net.ipv6.conf.eth$i.accept_dad=0"
		ip -n "$NS-$1" link set "eth$i" up
	done
	ip -n "$NS-$1" addr add "$3" dev eth0
	ip -n "$NS-$1" addr add "${4-172.16.$((10#$2)).1/24}" dev eth1
}
# example NUMBER ADDRESS/LEN...: the file as it is on host eNUMBER.
example() {
	node "e$1" "$1" "${@:2}"
	daemon_start "e$1" "$(echo "$EXAMPLES/$1"-*.conf)"
}
# second NUMBER SED ADDRESS/LEN...: the other node's file, as the example says, on host fNUMBER.
second() {
	node "f$1" "$1" "${@:3}"
	mkdir -p "$RUN/f$1"
	sed "$2" "$EXAMPLES/$1"-*.conf >"$RUN/f$1/conf"
	daemon_start "f$1" "$RUN/f$1/conf"
}
holds() { on "$1" ip addr show "${3:-eth0}" | grep -qF " $2/" || { echo "$1 has no $2"; return 1; }; }
lacks() { ! holds "$@" >/dev/null || { echo "$1 has $2"; return 1; }; }
serves() { on "$1" ipvsadm -Ln | grep -qE "^(TCP|FWM) +$2" || { echo "$1 has no service $2"; return 1; }; }
is_state() { status_is "$1" "[.virtual_routers[].state] | length > 0 and all(. == \"$2\")" '[.virtual_routers[].state]'; }

example 01 192.0.2.1/24
example 02 192.0.2.2/24 10.1.0.2/24
example 03 192.0.2.3/24
example 04 192.0.2.4/24
example 05 192.0.2.5/24
example 06 10.0.0.5/24 192.0.2.5/24
example 07 10.0.1.5/16
example 08 192.0.2.8/24
example 09 192.0.2.33/24
example 10 192.0.2.17/28
for e in 01 02 03 04 05 06 07 08 09 10; do
	check_soon "$e becomes MASTER" 20 is_state "e$e" MASTER
done
second 01 's/state MASTER/state BACKUP/; s/priority 150/priority 100/' 192.0.2.101/24 172.16.1.2/24
second 06 's/priority 100/priority 90/' 10.0.0.6/24 192.0.2.6/24
second 07 's/unicast_src_ip 10.0.1.5/unicast_src_ip 10.0.2.5/; s/^\t\t10.0.2.5/\t\t10.0.1.5/' 10.0.2.5/16 172.16.7.2/24
second 09 's/priority 100/priority 90/' 192.0.2.34/24 172.16.9.2/24

check "01: its address" holds e01 192.0.2.10
check "02: both sides' addresses" eval 'holds e02 192.0.2.10 && holds e02 10.1.0.1 eth1'
check "02: its service" serves e02 '192.0.2.10:80 wlc'
check "03: its address" holds e03 192.0.2.10
check "03: its service" serves e03 '192.0.2.10:443 wrr persistent 300'
check "04: its service" serves e04 '192.0.2.10:80 rr'
check "05: its addresses" eval 'holds e05 fe80::200:5eff:fe00:23d && holds e05 2001:db8:0:1::10 && holds e05 192.0.2.10'
check "05: its service" serves e05 '\[2001:db8:0:1::10\]:80 rr'
check "06: both networks' addresses" eval 'holds e06 10.0.0.1 && holds e06 192.0.2.1 eth1'
check "07: its address" holds e07 10.0.9.9
check "08: its address" holds e08 192.0.2.10
check "09: its address" holds e09 192.0.2.10
check "09: its service" serves e09 '192.0.2.10:80 rr'
check "10: all fourteen addresses" eval 'holds e10 192.0.2.1 && holds e10 192.0.2.14'
check "10: the mark's service" serves e10 '1 wlc'
check "10: the group's services" eval "serves e10 '198.51.100.10:80 rr' && serves e10 '198.51.100.20:443 rr' && serves e10 '2 rr'"

for e in 01 06 07 09; do
	check_soon "$e: the second node hears the first" 10 is_state "f$e" BACKUP
done
check "01: and leaves it the address" eval 'lacks f01 192.0.2.10 && holds e01 192.0.2.10'
for e in 01 06 07 09; do
	kill -KILL $(daemon_pids "e$e")
done
for e in 01 06 07 09; do
	check_soon "$e: the second takes over" 15 is_state "f$e" MASTER
done
check "07: the address went along" holds f07 10.0.9.9
check "nothing of an error in any log" eval '! grep -hE " (error|cannot|refused)" "$OUT/$SCENARIO".[ef]*.log | grep -vE "snmpd|IPVS|connection|refuses|probe|check"'
