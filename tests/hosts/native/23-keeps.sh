# Addresses with all their options, routes, rules and static objects: there in order, brought back when another hand takes them away,
# changed by a reload only where they differ, adopted after a crash, gone in the end.
# shellcheck shell=bash
# shellcheck source=tests/hosts/fast.sh
. "$TOP/tests/hosts/fast.sh"
mkdir -p "$RUN/etc/rt_tables.d"
echo '77 seven' >"$RUN/etc/rt_tables"
echo '78 eight' >"$RUN/etc/rt_tables.d/more.conf"
lan_up
host node3 "${ADDR[node3]}/24"
on node3 ip link add other type veth peer name other-end
on node3 ip link set other-end up
on node3 ip link set other up
on node3 ip addr add 192.0.2.1/24 dev other
on node3 ip -6 addr add 2001:db8:9::1/64 dev other nodad
CONF=$RUN/node3/conf
mkdir -p "$RUN/node3"
# write_conf WHAT: `whole`, or without some
write_conf() {
	cat >"$CONF" <<-END
		global_defs {
		    router_id node3
		    iproute_etc_dir $RUN/etc
		}
		static_ipaddress {
		    198.51.100.1/24 dev other label other:s track_group fixed
		}
		static_routes {
		    203.0.113.0/24 via 198.51.100.254 dev other table seven track_group fixed
		    unreachable 203.0.114.0/24
		}
		static_rules {
		    from 203.0.113.0/24 table seven preference 700
		}
		track_group fixed {
		    group { FAST }
		}
		vrrp_instance FAST {
		    $FAST_ROUTER
		    virtual_ipaddress {
		        $FAST_VIP/25 brd + scope link label ens33:v
		        10.1.1.1 peer 10.1.1.2/30 dev other noprefixroute
		    }
		    virtual_ipaddress_excluded {
		        2001:db8:1::1/64 dev other preferred_lft 0
		        2001:db8:1::2/128 dev other
		        2001:db8:1::3/64 dev other home mngtmpaddr preferred_lft 0
		        239.1.3.1/32 dev other autojoin
		        fe80::99/64 dev other
		    }
		    virtual_routes {
		        src $FAST_VIP to 192.168.109.0/24 via 172.25.0.254 dev ens33 metric 7 mtu lock 1400 advmss 1300
		        192.168.110.0/24 table eight nexthop via 172.25.0.253 weight 3 nexthop via 192.0.2.2 dev other onlink
		        192.168.111.0/24 via inet6 2001:db8:9::2 dev other
		        blackhole 192.168.112.0/24 tos 0x10
		        2001:db8:5::/48 via 2001:db8:9::3 dev other metric 50 pref high
		        192.168.113.0/24 encap mpls 100/200 via 192.0.2.9 dev other
		        ${2-}
		    }
		    virtual_rules {
		        from 192.168.109.0/24 to 10.0.0.0/8 lookup eight priority 500 fwmark 0x10/0xff
		        not from 192.168.0.0/16 iif other table 78 preference 501 ip_proto tcp dport 80-90
		        inet6 from 2001:db8:1::/64 table 78 priority 502
		        ${3-}
		    }
		}
	END
}
write_conf
addrs() { on node3 ip -d -o addr show; }
routes() { on node3 ip -o "${2--4}" route show table "$1"; }
rules() { on node3 ip "${1--4}" rule show; }
said() { # TEXT REGEX
	grep -qE -- "$2" <<<"$1" || { echo "no /$2/ in: $1"; return 1; }
}
all_there() {
	said "$(addrs)" "$FAST_VIP/25 brd 172.25.0.255 scope link .*ens33:v" && said "$(addrs)" "10.1.1.1 peer 10.1.1.2/30 scope global .*noprefixroute" &&
		said "$(addrs)" "2001:db8:1::1/64 scope global nodad deprecated" && said "$(addrs)" "2001:db8:1::2/128 scope global nodad deprecated" &&
		said "$(addrs)" "2001:db8:1::3/64 .*home" && said "$(addrs)" "2001:db8:1::3/64 .*mngtmpaddr" &&
		said "$(addrs)" "239.1.3.1/32 .*autojoin" && said "$(addrs)" "fe80::99/64 scope .*nodad" && said "$(routes main)" "192.168.109.0/24 via 172.25.0.254 .*src $FAST_VIP metric 7 mtu lock 1400 advmss 1300" &&
		said "$(routes 78)" "192.168.110.0/24 .*via 172.25.0.253 dev ens33 weight 3 .*via 192.0.2.2 dev other weight 1 onlink" &&
		said "$(routes main)" "192.168.111.0/24 via inet6 2001:db8:9::2" && said "$(routes main)" "blackhole 192.168.112.0/24 tos (0x10|lowdelay)" &&
		said "$(routes main -6)" "2001:db8:5::/48 via 2001:db8:9::3 .*metric 50 .*pref high" &&
		said "$(rules)" "500:.*from 192.168.109.0/24 to 10.0.0.0/8 fwmark 0x10/0xff lookup 78" &&
		said "$(rules)" "501:.*not from 192.168.0.0/16 iif other ipproto tcp dport 80-90 lookup 78" && said "$(rules -6)" "502:.*2001:db8:1::/64 lookup 78"
}
static_there() {
	said "$(addrs)" "198.51.100.1/24 .*other:s" && said "$(routes 77)" "203.0.113.0/24 via 198.51.100.254" &&
		said "$(routes main)" "unreachable 203.0.114.0/24" && said "$(rules)" "700:.*from 203.0.113.0/24 lookup 77"
}
nothing_there() {
	[ -z "$(on node3 ip route show table all proto keepalived; on node3 ip -6 route show table all proto keepalived; rules | grep -E '^(50|70)'
		rules -6 | grep ^502; addrs | grep -E "$FAST_VIP|10\.1\.1\.1|2001:db8:1:|fe80::99|198\.51\.100\.1")" ]
}
master() { log_has node3 "${1-0}" 'Entering MASTER'; }
state_is() { status_is node3 ".virtual_routers[0].state == \"$1\""; }

daemon_start node3 "$CONF"
check_soon "MASTER" 5 master
check_soon "every address, route and rule of the MASTER is there" 3 all_there
check "the kernel says whose they are" said "$(on node3 ip -d route show table 78)" 'proto keepalived'
check "the static ones are there" static_there
# A kernel without MPLS refuses that one route; the others do not care.
mpls() { said "$(routes main)" '192.168.113.0/24 +encap mpls +100/200' || log_has node3 0 'refused to add the route 192.168.113.0/24'; }
check "a route with an encapsulation is there, or its refusal is logged" mpls

mark=$(log_mark node3)
on node3 ip route del 192.168.109.0/24
on node3 ip rule del priority 500
on node3 ip addr del 10.1.1.1 peer 10.1.1.2/30 dev other
check_soon "another hand takes some away: they come back" 4 all_there
check_soon "that is logged" 3 log_has node3 "$mark" 'somebody removed the (route|rule)'
on node3 ip route flush proto keepalived
check_soon "all of one table: they come back" 4 all_there
on node3 ip route del table 77 203.0.113.0/24
check_soon "a static route comes back" 4 static_there

# The kernel itself drops routes when an interface goes down, and tells nobody.
on node3 ip link set other down
check_soon "a lost static route faults whom its track_group names" 3 state_is FAULT
on node3 ip link set other up
on node3 ip -6 addr add 2001:db8:9::1/64 dev other nodad
check_soon "an interface comes back: the static ones do" 8 static_there
check_soon "the instance is MASTER again" 8 state_is MASTER
check_soon "and all of its are there" 8 all_there

monitor_start node3 route rule address
write_conf whole '192.168.120.0/24 via 172.25.0.252' 'from 10.9.9.9 table main priority 503'
mark=$(log_mark node3)
daemon_hup node3
more() { said "$(routes main)" 192.168.120.0/24 && said "$(rules)" '^503:'; }
check_soon "a reload adds a route and a rule" 3 more
# What the kernel says of the link-local address that it made for the interface which came back is its own business.
only_new() { [ "$(grep -vcE 'proto kernel|fe80::[0-9a-f]+:' "$MONITOR")" = 2 ] || { cat "$MONITOR"; return 1; }; }
check "and touches nothing else" only_new
write_conf
daemon_hup node3
fewer() { ! more >/dev/null && ! routes main | grep -q 192.168.120.0/24 && ! rules | grep -q ^503: && all_there; }
check_soon "a reload takes them away" 3 fewer

write_conf whole '192.168.122.0/24 dev absent'
daemon_hup node3
faulty() { status_is node3 '.virtual_routers[0].state == "FAULT"' '.virtual_routers[0]' && status_is node3 '.virtual_routers[0] | tostring | contains("a virtual route or rule was lost")' '.virtual_routers[0]'; }
check_soon "a route by an interface that is not there: FAULT" 4 faulty
write_conf whole '192.168.122.0/24 dev absent no_track'
daemon_hup node3
check_soon "unless it says no_track" 8 state_is MASTER
check_soon "all else is there again" 6 all_there

# What the kernel refuses is asked for every 5 s, said once and counted; what it refused to begin with is no fault.
write_conf whole '192.168.123.0/24 via 10.99.99.99'
mark=$(log_mark node3)
daemon_hup node3
REFUSED='kernel refused to add the route 192.168.123.0/24 via 10.99.99.99.*(unreachable|Nexthop has invalid gateway)'
said_times() { # COUNT REGEX
	local n
	n=$(log_since node3 "$mark" | grep -cE "$2")
	[ "$n" = "$1" ] || { echo "$n times"; log_since node3 "$mark" | tail -n 3; return 1; }
}
refusals() { status_is node3 ".virtual_routers[0].counters.refusals >= $1" '.virtual_routers[0].counters'; }
check_soon "a route that the kernel refuses: that is said" 3 said_times 1 "$REFUSED"
before=$(status node3 | jq '.virtual_routers[0].counters.refusals')
check_soon "it is asked for again, and counted" 7 refusals $((before + 1))
check "said once" said_times 1 "$REFUSED"
check "no fault" state_is MASTER
on node3 ip addr add 10.99.99.1/24 dev other
late() { said "$(routes main)" 192.168.123.0/24; }
check_soon "the gateway can be reached now: the route is there" 7 late

# One that was there, is taken away and is refused then: the other machine gets its turn, once.
on node3 ip addr del 10.99.99.1/24 dev other
mark=$(log_mark node3)
on node3 ip route del 192.168.123.0/24
check_soon "taken away, and refused twice: FAULT" 3 log_has node3 "$mark" 'FAST. Entering FAULT'
check_soon "that is said" 3 log_has node3 "$mark" 'refused to add the route 192.168.123.0/24 .*, which was lost'
check_soon "nobody else is there: MASTER again, without it" 8 log_has node3 "$mark" 'FAST. Entering MASTER'
before=$(status node3 | jq '.virtual_routers[0].counters.refusals')
check_soon "it is asked for all the while" 7 refusals $((before + 1))
check "and is no fault any more" said_times 1 'Entering FAULT'
on node3 ip addr add 10.99.99.1/24 dev other
check_soon "it comes back as soon as it can" 7 late

# Others' routes and rules come and go, and are nobody's business.
mark=$(log_mark node3)
on node3 ip route add 192.168.109.0/24 via 172.25.0.253 dev ens33 metric 8
on node3 ip rule add from 192.168.109.0/24 to 10.0.0.0/8 fwmark 0x10/0xff lookup 78 priority 510
on node3 ip route add 192.168.200.0/24 via 172.25.0.253 dev ens33
on node3 ip route del 192.168.109.0/24 via 172.25.0.253 dev ens33 metric 8
on node3 ip rule del priority 510
on node3 ip route del 192.168.200.0/24
nap 1.2
check "routes and rules like ours, added and removed by hand: ours stay, nothing is restored" eval "all_there && log_lacks node3 $mark 'somebody removed'"

write_conf whole '192.168.121.0/24 via 172.25.0.252' 'from 10.9.9.8 table main priority 504'
daemon_hup node3
left() { said "$(routes main)" 192.168.121.0/24 && said "$(rules)" '^504:'; }
check_soon "two more" 3 left
daemon_kill9 node3
check "kill -9: all stays" left
write_conf
mark=$(log_mark node3)
daemon_start node3 "$CONF"
swept() { ! routes main | grep -q 192.168.121.0/24 && ! rules | grep -q ^504:; }
check_soon "what the file has no more is removed at the next start" 4 swept
check_soon "what it has stays" 6 all_there
check_soon "MASTER" 5 master "$mark"

daemon_stop node3
check_soon "in the end nothing is left" 3 nothing_there
check "no finding of the sanitizers" log_lacks node3 0 'Sanitizer|runtime error'
