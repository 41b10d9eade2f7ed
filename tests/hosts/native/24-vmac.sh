# VMACs: made, verified and removed by the daemon; a BACKUP's never sends a frame, seen from the bridge; the switch follows the MASTER;
# what another hand changes is mended; settings are put back; a crash is adopted.
# shellcheck shell=bash
# shellcheck source=tests/hosts/fast.sh
. "$TOP/tests/hosts/fast.sh"
VIP6=2001:db8::200
MAC4=00:00:5e:00:01:34 MAC6=00:00:5e:00:02:35
both_conf() { # NODE PRIORITY
	mkdir -p "$RUN/$1"
	cat >"$RUN/$1/conf" <<-END
		global_defs {
		    router_id $1
		    vrrp_version 3
		}
		vrrp_instance FOUR {
		    interface ens33
		    use_vmac
		    virtual_router_id 52
		    priority $2
		    advert_int 0.1
		    virtual_ipaddress {
		        $FAST_VIP
		    }
		}
		vrrp_instance SIX {
		    interface ens33
		    use_vmac six
		    virtual_router_id 53
		    priority $2
		    advert_int 0.1
		    virtual_ipaddress {
		        $VIP6/64
		        fe80::200/64
		    }
		}
	END
}
mkdir -p "$RUN"
lan_up
for n in node2 node3 node4; do
	host $n "${ADDR[$n]}/24"
done
on node2 ip addr add 2001:db8::2/64 dev ens33 nodad
both_conf node3 150
both_conf node4 100
# What each host sends with a virtual MAC as source: TIME MAC what, by the kernel's time.
for n in node3 node4; do
	ip netns exec "$NS-lan" tcpdump -l -n -e -tt -U -Q in -i p-$n "ether src $MAC4 or ether src $MAC6" \
		>"$OUT/$SCENARIO.$n.frames" 2>"$OUT/$SCENARIO.$n.tcpdump" &
done
frames() { cat "$OUT/$SCENARIO.$1.frames"; }
listening() { grep -q listening "$OUT/$SCENARIO.$1.tcpdump"; }
wait_for 5 listening node3 && wait_for 5 listening node4

setting() { on "$1" cat "/proc/sys/net/ipv4/conf/$2"; }
link_of() { on "$1" ip -o -d link show "$2"; }
vip_on() { # HOST VMAC ADDRESS
	on "$1" ip -o addr show dev "$2" | grep -q " $3/" || { on "$1" ip -o addr; return 1; }
}
is_right() { # HOST NAME MAC UP|DOWN
	local l
	l=$(link_of "$1" "$2") || return 1
	[[ $l == *"link/ether $3"* && $l == *"macvlan mode vepa"* && $l == *"@ens33"* && $l == *"alias regent:"* ]] || { echo "$l"; return 1; }
	if [ "$4" = UP ]; then [[ $l == *,UP,* ]]; else [[ $l != *,UP* ]]; fi || { echo "$l"; return 1; }
}
masters() { # HOST: it holds both addresses, on interfaces that are right
	vip_on "$1" vrrp.52 $FAST_VIP && vip_on "$1" six $VIP6 && is_right "$1" vrrp.52 $MAC4 UP && is_right "$1" six $MAC6 UP
}
backs_up() { is_right "$1" vrrp.52 $MAC4 DOWN && is_right "$1" six $MAC6 DOWN && ! vip_on "$1" vrrp.52 $FAST_VIP >/dev/null; }
port_of() { on lan bridge fdb show br br0 | awk -v m="$1" '$1 == m { print $3 }'; }
pings() { on node2 ping -c 1 -W 1 $FAST_VIP && on node2 ping -6 -c 1 -W 1 $VIP6; }
neighbours() {
	on node2 ip neigh show $FAST_VIP | grep -q $MAC4 && on node2 ip -6 neigh show $VIP6 | grep -q $MAC6 || { on node2 ip neigh; return 1; }
}

before=$(setting node3 ens33/arp_ignore)
daemon_start node3 "$RUN/node3/conf"
check_soon "MASTER: both interfaces are right and hold the addresses" 6 masters node3
control_start 1000 60
daemon_start node4 "$RUN/node4/conf"
check_soon "BACKUP: both interfaces are there, down and empty" 5 backs_up node4
check_soon "adverts bear the virtual MAC" 3 grep -qE "$MAC4 > 01:00:5e:00:00:12.*(VRRPv3|vrrp)" "$OUT/$SCENARIO.node3.frames"
check_soon "and with IPv6" 3 grep -qE "$MAC6 > 33:33:00:00:00:12" "$OUT/$SCENARIO.node3.frames"
check_soon "so do the announcements" 3 grep -qE "$MAC4 > ff:ff:ff:ff:ff:ff.*ARP.*$FAST_VIP" "$OUT/$SCENARIO.node3.frames"
first_na() { grep -o 'tgt is [0-9a-f:]*' "$OUT/$SCENARIO.node3.frames" | head -n 1 | grep -qx 'tgt is fe80::200,*' || { grep tgt "$OUT/$SCENARIO.node3.frames" | head -3; return 1; }; }
check_soon "IPv6's too, the link-local address first though the file has it last" 3 first_na
vrrp6() { on lan timeout 5 tcpdump -c 1 -n -vv -i p-node3 'ip6 proto 112' 2>/dev/null | grep -q "fe80::200,$VIP6"; }
check_soon "so in the adverts" 3 vrrp6
# no_dad ADDRESS...: nobody was asked whether he has it.
no_dad() {
	local a
	for a; do
		! grep "neighbor solicitation, who has $a" "$OUT/$SCENARIO.node3.frames" || return 1
	done
}
check "no duplicate address detection of either" no_dad $VIP6 fe80::200
check_soon "a client reaches both addresses" 5 pings
check "at the virtual MACs" neighbours
check "the bridge has them at the MASTER's port" [ "$(port_of $MAC4) $(port_of $MAC6)" = "p-node3 p-node3" ]
check "the parent answers for nothing that is not its own" [ "$(setting node3 ens33/arp_ignore)" = 1 ]
# Who waits 0.26 s at least for an advert may take over where the machine was away for as long.
both_silent() { [ "$CONTROL_WORST" -ge 150000 ] || [ ! -s "$OUT/$SCENARIO.node4.frames" ] || { head -3 "$OUT/$SCENARIO.node4.frames"; return 1; }; }
nap 2
control_end
check "the BACKUP's VMACs send nothing" both_silent
[ ! -s "$OUT/$SCENARIO.node4.frames" ] || : >"$OUT/$SCENARIO.node4.frames"
control_start 1000 60

mark=$(log_mark node3)
on node3 ip link del vrrp.52
check_soon "another hand removes one: it is made again, with its address" 4 masters node3
check_soon "that is logged" 3 log_has node3 "$mark" 'somebody removed interface vrrp.52'
printf 'link set six %s\n' down 'address 02:00:00:00:00:01' up | on node3 ip -batch - # at once: no advert leaves by it meanwhile
check_soon "another MAC: it is set again" 4 masters node3
on node3 ip link set vrrp.52 type macvlan mode bridge
check_soon "another mode: it is set again" 4 masters node3
mark4=$(log_mark node4)
on node4 ip link set vrrp.52 up
check_soon "the BACKUP's is raised: it goes down" 3 backs_up node4
control_end
check "no transition" peer_still node4 "$mark4"
check "and nothing was sent" both_silent

daemon_kill9 node3
check_soon "the MASTER dies: the BACKUP has both" 4 masters node4
on node3 ip link set vrrp.52 down # what is dead sends nothing in life either
on node3 ip link set six down
check_soon "a client reaches both again" 4 pings
check "the bridge follows" [ "$(port_of $MAC4) $(port_of $MAC6)" = "p-node4 p-node4" ]


: >"$OUT/$SCENARIO.node3.frames"
mark=$(log_mark node3)
control_start 1000 60
daemon_start node3 "$RUN/node3/conf"
check_soon "it comes back, adopts its interfaces and preempts" 6 eval "log_has node3 $mark 'SIX. Entering MASTER' && masters node3"
check_soon "the other one's are down" 3 backs_up node4
nap 0.5
control_end
# From the moment of the new MASTER's first advert on, the old one's MAC may appear in what was on its way then, 20 ms at the most (and
# what a bare timer is late by).
stays_silent() {
	local mac from n
	for mac in $MAC4 $MAC6; do
		from=$(awk -v m=$mac '$2 == m { print $1; exit }' "$OUT/$SCENARIO.node3.frames")
		n=$(awk -v m=$mac -v t="$from" -v late="$ALLOWED" '$2 == m && $1 > t + 0.02 + late / 1000000' "$OUT/$SCENARIO.node4.frames")
		[ -z "$n" ] || { echo "$mac after $from: $n"; return 1; }
	done
}
check "who leaves sends nothing with a virtual MAC after that" stays_silent
check "the bridge follows back" [ "$(port_of $MAC4) $(port_of $MAC6)" = "p-node3 p-node3" ]
check_soon "a client reaches both" 3 pings

daemon_kill9 node3
sed -i '/vrrp_instance SIX/,$d; s/use_vmac$/use_vmac four/' "$RUN/node3/conf"
daemon_start node3 "$RUN/node3/conf"
swept() { ! on node3 ip link show six >/dev/null 2>&1 && ! on node3 ip link show vrrp.52 >/dev/null 2>&1 && is_right node3 four $MAC4 UP; }
check_soon "interfaces that the file has no more are removed at the next start" 6 swept
daemon_stop node3

# Addresses on VMACs of other interfaces; a group by its name. (howto/12-ipvlan runs ipvlans.)
mkdir -p "$RUN/etc"
echo '77 edge' >"$RUN/etc/group"
on node3 ip link add other type veth peer name other-end
on node3 ip link set other-end up
on node3 ip link set other up
cat >"$RUN/node3/conf" <<-END
	global_defs {
	    router_id node3
	    vrrp_version 3
	    iproute_etc_dir $RUN/etc
	}
	vrrp_instance FOUR {
	    interface ens33
	    use_vmac four group edge
	    virtual_router_id 52
	    priority 200
	    advert_int 0.1
	    virtual_ipaddress {
	        $FAST_VIP
	        10.1.1.1/24 dev other use_vmac
	    }
	    virtual_ipaddress_excluded {
	        2001:db8::210/64
	        fe80::210/64
	    }
	}
	vrrp_instance ALL {
	    interface ens33
	    use_vmac_addr
	    virtual_router_id 54
	    priority 200
	    advert_int 0.1
	    virtual_ipaddress {
	        172.25.0.210
	        10.1.2.1/24 dev other
	    }
	}
	vrrp_instance SHARED {
	    interface ens33
	    use_ipvlan ipv 172.25.0.77/24
	    virtual_router_id 55
	    priority 200
	    advert_int 0.1
	    virtual_ipaddress {
	        172.25.0.211
	    }
	}
END
mark=$(log_mark node3)
daemon_start node3 "$RUN/node3/conf"
on_vmac() { # ADDRESS MAC PARENT: the interface that has it is a macvlan of that
	local dev
	dev=$(on node3 ip -o -4 addr show | awk -v a="$1" 'index($4, a "/") == 1 { print $2 }')
	link_of node3 "${dev:-none}" | grep -q "@$3:.*link/ether $2" || { link_of node3 "${dev:-none}"; return 1; }
}
check_soon "use_vmac on an address: on a VMAC of its interface" 6 on_vmac 10.1.1.1 $MAC4 other
check_soon "use_vmac_addr: every address is on one" 6 on_vmac 172.25.0.210 00:00:5e:00:01:36 ens33
check "of its interface" on_vmac 10.1.2.1 00:00:5e:00:01:36 other
six_on_four() { vip_on node3 four 2001:db8::210 && vip_on node3 four fe80::210; }
check_soon "IPv6 addresses of an IPv4 router are on its VMAC" 3 six_on_four
na_of() { grep -qE "$MAC4 > 33:33:00:00:00:01,.*neighbor advertisement, tgt is $1," "$OUT/$SCENARIO.node3.frames" || { grep tgt "$OUT/$SCENARIO.node3.frames" | tail -n 3; return 1; }; }
check_soon "announced with its MAC" 3 na_of 2001:db8::210
check "the link-local one too" na_of fe80::210
check "without detection of duplicates" no_dad 2001:db8::210 fe80::210
ping_six() { on node2 ping -6 -c 1 -W 1 2001:db8::210 && on node2 ip -6 neigh show 2001:db8::210 | grep -q $MAC4 || { on node2 ip -6 neigh; return 1; }; }
check_soon "a client reaches it at that MAC" 4 ping_six
group_of() { on node3 cat "/sys/class/net/$1/netdev_group"; }
check "a group by its name" [ "$(group_of four)" = 77 ]
check_soon "use_ipvlan beside use_vmac is refused (and here are kernels without): that is logged" 3 \
	log_has node3 "$mark" 'interface ipv .*cannot be had: (Operation not supported|Device or resource busy)'
daemon_stop node3
daemon_stop node4
none() { [ -z "$(on node3 ip -o link show type macvlan; on node3 ip -o link show type ipvlan; on node4 ip -o link show type macvlan)" ]; }
check_soon "in the end there is none" 3 none
check "and the parent's settings are as before" [ "$(setting node3 ens33/arp_ignore)$(setting node3 ens33/arp_announce)" = "${before}0" ]
check "no finding of the sanitizers" log_lacks node3 0 'Sanitizer|runtime error'
