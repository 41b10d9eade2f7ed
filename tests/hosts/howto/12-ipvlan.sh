# What only this kernel has: use_ipvlan with its address and its modes, and virtual routers inside a VRF, with and without a virtual MAC.
# Each is MASTER, seen on the wire, taken over, adopted after kill -9, and gone without a trace in the end.
# shellcheck shell=bash
# shellcheck source=tests/hosts/fast.sh
. "$TOP/tests/hosts/fast.sh"
for m in ipvlan vrf; do
	modprobe $m || skip "$m" "this kernel has none"
done
# shellcheck disable=SC2034 # lib.sh's
POLL=0.3
mkdir -p "$RUN"
lan_up
for n in node2 node3 node4; do
	host $n "${ADDR[$n]}/24"
	on $n ip addr add "2001:db8::${n#node}/64" dev ens33 nodad
done
mac_of() { on "$1" cat /sys/class/net/ens33/address; }
declare -A MAC=([node3]=$(mac_of node3) [node4]=$(mac_of node4))
VRF_MAC=00:00:5e:00:01:3a

# instance NAME VRID PRIORITY VIPS LINES...
instance() {
	cat <<-END
		vrrp_instance $1 {
		    version 3
		    interface ens33
		    virtual_router_id $2
		    priority $3
		    advert_int 2
		    virtual_ipaddress {
		        ${4// /
}
		    }
		    $(printf '%s\n' "${@:5}")
		}
	END
}
# ipvlan_conf NODE PRIORITY HOST
ipvlan_conf() {
	mkdir -p "$RUN/$1"
	{
		instance FOUR 55 "$2" 172.25.0.211 "use_ipvlan four 172.25.0.$3/24 ${4-private} group 7"
		instance SIX 56 "$2" 'fe80::211/64 2001:db8::211/64' "use_ipvlan ${4-private}"
		instance BARE 57 "$2" 172.25.0.213 "use_ipvlan bare ${4-private}"
	} >"$RUN/$1/conf"
}
holds() { on "$1" ip -o addr show dev "$2" 2>/dev/null | grep -q " $3/" || { on "$1" ip -o addr; return 1; }; }
link_is() { # HOST NAME REGEX
	local l
	l=$(on "$1" ip -o -d link show "$2") || return 1
	[[ $l =~ $3 ]] || { echo "$l"; return 1; }
}
has_all() { holds "$1" four 172.25.0.211 && holds "$1" vrrp6.56 2001:db8::211 && holds "$1" bare 172.25.0.213; }
has_none() { ! on "$1" ip -o addr | grep -E '172\.25\.0\.21[0-9]/|2001:db8::21[0-9]/|fe80::21[0-9]/'; }
leads() { has_all "$1" && has_none "$2"; }
frames_start() {
	local n
	for n in node3 node4; do
		ip netns exec "$NS-lan" tcpdump -l -n -e -tt -U -Q in -i p-$n 'arp or ip proto 112 or ip6 proto 112 or icmp6[0] == 136' \
			>"$OUT/$SCENARIO.$n.frames" 2>"$OUT/$SCENARIO.$n.tcpdump" &
		wait_for 10 grep -q listening "$OUT/$SCENARIO.$n.tcpdump"
	done
}
sent() { # HOST REGEX: a frame of it says so; the observer has it up to a second later
	grep -qE -- "$2" "$OUT/$SCENARIO.$1.frames" || { tail -n 4 "$OUT/$SCENARIO.$1.frames"; return 1; }
}
fresh() { : >"$OUT/$SCENARIO.$1.frames"; }
pings() { on node2 ping -c 1 -W 1 "$1" >/dev/null && on node2 ip neigh show "$1" | grep -q "$2" || { on node2 ip neigh; return 1; }; }
no_links() { # HOST
	local l
	l=$(on "$1" ip -o link show type ipvlan; on "$1" ip -o link show type macvlan)
	[ -z "$l" ] || { echo "$l"; return 1; }
}
frames_start
arp_before=$(on node3 cat /proc/sys/net/ipv4/conf/ens33/arp_ignore)

# ---- ipvlan ----
ipvlan_conf node3 150 77
ipvlan_conf node4 100 78
daemon_start node3 "$RUN/node3/conf"
check_soon "MASTER: the addresses are on the ipvlans" 12 has_all node3
daemon_start node4 "$RUN/node4/conf"
check_soon "BACKUP: its ipvlan is there with its own address" 12 holds node4 four 172.25.0.78
check "and without the virtual ones" has_none node4
check "mode and flag are as the file says" link_is node3 four 'ipvlan +mode l2 private'
check "without a name it is called by family and VRID" link_is node3 vrrp6.56 'ipvlan +mode l2 private'
check "the group too" link_is node3 four 'group 7 '
check_soon "adverts come from its address" 5 sent node3 "${MAC[node3]} > 01:00:5e:00:00:12, .* 172.25.0.77 > 224.0.0.18: .*vrid 55, prio 150"
check_soon "without an address of its own, from the interface's" 5 sent node3 '172.25.0.33 > 224.0.0.18: .*vrid 57'
check_soon "IPv6's from a link-local address" 5 sent node3 "${MAC[node3]} > 33:33:00:00:00:12, .* fe80::[0-9a-f:]* > ff02::12: .*vrid 56"
check_soon "announced with the MAC that it shares" 5 sent node3 "${MAC[node3]} > ff:ff:ff:ff:ff:ff, .*ARP.* 172.25.0.211"
check_soon "a client reaches it there" 5 pings 172.25.0.211 "${MAC[node3]}"
check_soon "the bare one too" 5 pings 172.25.0.213 "${MAC[node3]}"
check_soon "and IPv6's" 5 pings 2001:db8::211 "${MAC[node3]}"
check "a BACKUP announces nothing" eval '! sent node4 "ARP.*172.25.0.21[13]" >/dev/null'

# restarted NAME: node3 is killed and started within Master_Down_Interval.
restarted() {
	mark=$(log_mark node3)
	daemon_kill9 node3
	daemon_start node3 "$RUN/node3/conf"
	check_soon "kill -9 and start: $1 goes on as MASTER" 10 log_has node3 "$mark" "$1.*going on as MASTER"
	check_soon "kill -9 and start: it is MASTER" 5 log_has node3 "$mark" "$1. Entering MASTER"
	check "it made nothing anew" log_lacks node3 "$mark" 'making it again|cannot be had'
	check "the peer never took over" log_lacks node4 "$mark4" 'Entering MASTER'
}
mark4=$(log_mark node4)
restarted FOUR
check "with what was there" has_all node3
on node3 ip addr del 172.25.0.77/24 dev four
check_soon "its own address is taken away: it comes back" 8 holds node3 four 172.25.0.77
on node3 ip link del four
check_soon "the ipvlan is taken away: it is made again, with both" 10 eval 'holds node3 four 172.25.0.77 && holds node3 four 172.25.0.211'
check_soon "MASTER of all" 10 leads node3 node4

fresh node4
check "the MASTER stops" daemon_stop node3 8
check_soon "the other one has all" 10 has_all node4
check_soon "from its own address" 5 sent node4 '172.25.0.78 > 224.0.0.18: .*vrid 55, prio 100'
check_soon "a client follows" 6 pings 172.25.0.211 "${MAC[node4]}"
check "nothing is left of the first" eval 'no_links node3 && has_none node3'
check "nor of its settings" [ "$(on node3 cat /proc/sys/net/ipv4/conf/ens33/arp_ignore)" = "$arp_before" ]
check "the other one stops" daemon_stop node4 8
check "and leaves nothing" eval 'no_links node4 && has_none node4'

# Another flag; and a macvlan and an ipvlan cannot share an interface.
ipvlan_conf node3 150 77 vepa
instance MAC 58 150 172.25.0.214 'use_vmac mac' >>"$RUN/node3/conf"
mark=$(log_mark node3)
daemon_start node3 "$RUN/node3/conf"
check_soon "with another flag" 8 link_is node3 bare 'ipvlan +mode l2 vepa'
check_soon "use_vmac on an ipvlan's interface: the kernel refuses, the log says why" 8 log_has node3 "$mark" \
	'interface mac with the virtual MAC cannot be had: Device or resource busy.*ipvlan'
check_soon "that instance is in FAULT" 5 status_is node3 '.virtual_routers[] | select(.name == "MAC") | .state == "FAULT"'
check_soon "the others are not" 5 status_is node3 '[.virtual_routers[] | select(.state == "FAULT") | .name] == ["MAC"]'
check "it stops" daemon_stop node3 8
check "nothing is left" eval 'no_links node3 && has_none node3'

# ---- in a VRF ----
for n in node3 node4; do
	on $n ip link add red type vrf table 100
	on $n ip link set red up
	on $n ip link set ens33 master red
	on $n ip addr add "2001:db8::${n#node}/64" dev ens33 nodad 2>/dev/null # it went with the change
	peer=$([ $n = node3 ] && echo node4 || echo node3)
	{
		instance PLAIN 57 "$([ $n = node3 ] && echo 150 || echo 100)" 172.25.0.213 'virtual_routes {' \
			'10.9.0.0/16 via 172.25.0.2 dev ens33 vrf red' '}'
		instance VMAC 58 "$([ $n = node3 ] && echo 150 || echo 100)" 172.25.0.214 'use_vmac vmac' 'vrf red'
		instance AUTO 61 "$([ $n = node3 ] && echo 150 || echo 100)" 172.25.0.217 'use_vmac auto'
		instance SIX 59 "$([ $n = node3 ] && echo 150 || echo 100)" 'fe80::215/64 2001:db8::215/64'
		instance UNI 60 "$([ $n = node3 ] && echo 150 || echo 100)" 172.25.0.216 "unicast_src_ip ${ADDR[$n]}" 'unicast_peer {' \
			"${ADDR[$peer]}" '}'
	} >"$RUN/$n/conf"
done
in_vrf() {
	holds "$1" ens33 172.25.0.213 && holds "$1" vmac 172.25.0.214 && holds "$1" auto 172.25.0.217 && holds "$1" ens33 2001:db8::215 && holds "$1" ens33 172.25.0.216 &&
		on "$1" ip route show table 100 | grep -q '10.9.0.0/16 via 172.25.0.2 dev ens33' || { on "$1" ip route show table 100; return 1; }
}
one_in_vrf() { in_vrf "$1" && has_none "$2"; }
fresh node3
fresh node4
daemon_start node3 "$RUN/node3/conf"
check_soon "in a VRF: MASTER of all, its route in the VRF's table" 15 in_vrf node3
daemon_start node4 "$RUN/node4/conf"
check_soon "the VMAC belongs to the VRF" 10 link_is node3 vmac 'master red .*macvlan mode vepa'
check_soon "so does that of an interface in it, without being told" 5 link_is node3 auto 'master red .*macvlan mode vepa'
check_soon "the other one hears it: BACKUP of all" 10 status_is node4 '[.virtual_routers[].state == "BACKUP"] | all' '[.virtual_routers[] | {name, state, fault}]'
check_soon "adverts are on the wire" 5 sent node3 '172.25.0.33 > 224.0.0.18: .*vrid 57, prio 150'
check_soon "with the virtual MAC" 5 sent node3 "$VRF_MAC > 01:00:5e:00:00:12, .*vrid 58"
check_soon "over IPv6" 5 sent node3 '> ff02::12: .*vrid 59'
check_soon "and to a peer" 5 sent node3 '172.25.0.33 > 172.25.0.34: .*vrid 60'
check_soon "a client reaches the address" 5 pings 172.25.0.213 "${MAC[node3]}"
check_soon "that on the VMAC" 5 pings 172.25.0.214 $VRF_MAC
mark4=$(log_mark node4)
restarted VMAC
check "with what was there" one_in_vrf node3 node4
for l in vmac auto; do
	on node3 ip link set $l nomaster
	check_soon "another hand takes $l out of the VRF: it is put back" 6 link_is node3 $l 'master red '
done
check_soon "and holds its address" 6 one_in_vrf node3 node4
check "the MASTER stops" daemon_stop node3 8
check_soon "takeover" 10 in_vrf node4
check_soon "a client follows" 6 pings 172.25.0.213 "${MAC[node4]}"
check_soon "the virtual MAC too" 6 pings 172.25.0.214 $VRF_MAC
check "nothing is left of the first" eval 'no_links node3 && has_none node3 && ! on node3 ip route show table 100 | grep 10.9.0.0'
check "the other one stops" daemon_stop node4 8
check "and leaves nothing" eval 'no_links node4 && has_none node4'
