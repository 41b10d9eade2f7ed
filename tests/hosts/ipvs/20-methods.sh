# Who gets the connections: every scheduler and its flags, every way to a server (NAT, DR, TUN by ipip, gue and gre, mixed families),
# TCP, UDP and SCTP, persistence, marks, groups, thresholds. One director, three real servers of weight 3, 2 and 1.
# shellcheck shell=bash
# shellcheck source=tests/hosts/pool.sh
. "$TOP/tests/hosts/pool.sh"
SCHEDULERS="rr wrr lc wlc lblc lblcr sh mh dh fo ovf sed nq"
pool_up
mark() { # MARK PROTOCOL MATCH...: packets to there bear the mark
	echo "filter add dev ens33 parent ffff: protocol $2 prio $1 u32 match ${*:3} action skbedit mark $1"
}
{
	echo "qdisc add dev ens33 ingress"
	mark 7 ip ip dst 172.25.1.250/32
	mark 8 ip ip dst 172.25.1.251/32
	mark 9 ip ip dst 172.25.1.252/32
	mark 11 ip ip dst 172.25.2.0/28
	mark 12 ip ip dst 172.25.2.16/28
	mark 13 ip ip dst 172.25.2.32/28
	mark 6 ipv6 ip6 dst fd27::ff/128
} | on $DIR tc -batch -
# What a director in IPVS's way does not know: a client of the segment whose answers come back through it.
in_host rs1 "route add $BASE.127/32 via $BASE.40"

# ---- the file ----
CONF=$'global_defs {\n\tipvs_resync 60\n\tlvs_timeouts tcp 800 tcpfin 30 udp 2\n\tsnmp_vs_stats_update_interval 0.1\n}\n'
# In turn, and by weight: what short connections, one after the other, from one client become.
shares() { # SCHEDULER: of 12; then of 6
	case $1 in
	rr) echo "4 4 4|2 2 2" ;;
	wrr) echo "6 4 2|3 2 1" ;;
	fo | ovf) echo "12 0 0|6 0 0" ;;
	sh | dh | mh | lblc | lblcr) echo "one|one" ;;
	*) echo "any|any" ;;
	esac
}
declare -A SHARES=()
for s in $SCHEDULERS; do
	SHARES[$s]=$(shares $s)
	servers_of 80 3 2 1
	near dr.$s 80 DR "lb_algo $s"
	far nat.$s 80 NAT "lb_algo $s"
	tcp dr.$s "${SHARES[$s]%|*}" "DR, $s" 12
	tcp nat.$s "${SHARES[$s]#*|}" "NAT, $s" 6
done
# Connections that stay.
for s in "lc 6|2 2 2" "wlc 6|3 2 1" "sed 3|2 1 0" "nq 3|1 1 1" "ovf 10|4 3 2 +1" "fo 6|6 0 0"; do
	name=${s%% *} count=${s%|*}
	far held.$name 80 NAT "lb_algo $name"
	tcp held.$name "${s#*|}" "$name by connections that stay" "${count#* }" hold
done
# Flags of sh and mh: the port counts, and another server where the chosen one has weight 0, to which a reload brings the third.
for s in sh mh; do
	# Which ports these are is chance: that all sixteen have one of three equal servers, one in ten million.
	servers_of 80 1 1 1
	far $s.port 80 NAT "lb_algo $s;$s-port"
	tcp $s.port spread "$s-port: one address goes to several" 16
	servers_of 80 1 1 5
	far $s.sources 80 NAT "lb_algo $s"
	tcp $s.sources spread "$s shares by address" 16 from=$FAR-31
	tcp $s.sources/2 spread "$s shares them alike again" 16 from=$FAR-31
	far $s.bare 80 NAT "lb_algo $s"
	far $s.fallback 80 NAT "lb_algo $s;$s-fallback"
done
# Persistence: of a client, of a network, of all ports, of a call.
servers_of 80 1 1 1
far persist 80 NAT "lb_algo rr;persistence_timeout 60"
tcp persist/1 one "persistence: a client keeps its server" 4 from=$FAR
tcp persist/2 one "persistence: so does the next" 4 from=10.66.0.17
tcp persist/3 one "persistence: and the third" 4 from=10.66.0.18
expect persist "4 4 4" "persistence: each has another"
far mask 80 NAT "lb_algo rr;persistence_timeout;persistence_granularity 255.255.255.0"
tcp mask/1 one "granularity 255.255.255.0: one network is one client" 6 from=$FAR-18
tcp mask/2 one "granularity 255.255.255.0: and so is another" 3 from=10.67.0.2
expect mask spread "granularity 255.255.255.0: they have different servers"
HOSTS=fd25::5 servers_of 80 1 1 1
near6 persist6 80 DR "lb_algo rr;persistence_timeout 60"
tcp persist6/1 one "persistence, IPv6: a client keeps its server" 3 from=fd25::101
tcp persist6/2 one "persistence, IPv6: so does its neighbour" 3 from=fd25::102
expect persist6 spread "persistence, IPv6: they have different servers"
near6 mask6 80 DR "lb_algo rr;persistence_timeout 60;persistence_granularity 64"
tcp mask6/1 one "granularity 64: one network is one client" 4 from=fd25::101-2
tcp mask6/2 one "granularity 64: and so is another" 2 from=fd26::32
expect mask6 spread "granularity 64: they have different servers"
servers_of 0 1 1 1
near ports 0 DR "lb_algo rr;persistence_timeout 60"
for p in 80 81 8080; do ask ports/1 tcp $p 2 from=$NEAR; done
expect ports/1 one "port 0: a client has one server on all ports"
tcp ports/2 one "port 0: and another client" 3 from=$BASE.101
expect ports spread "port 0: has another server"
servers_of 5060 1 1 1
near sip 5060 DR "lb_algo rr;protocol UDP;persistence_timeout 60;persistence_engine sip"
for c in 1 2 3; do
	ask sip/$c udp 5060 4 from=$NEAR call=$c@example
	expect sip/$c one "sip: call $c keeps its server"
done
expect sip "4 4 4" "sip: each call of one client has another server"
# Datagrams, associations.
servers_of 53 3 2 1
near udp 53 DR "lb_algo rr;protocol UDP"
far udp.nat 53 NAT "lb_algo rr;protocol UDP"
near ops 53 DR "lb_algo rr;protocol UDP;ops"
ask udp/1 udp 53 6
expect udp/1 "2 2 2" "UDP, DR: each socket another"
ask udp.nat udp 53 6
expect udp.nat "2 2 2" "UDP, NAT: each socket another"
ask udp/2 udp 53 6 keep
expect udp/2 one "UDP without ops: one socket keeps its server"
ask ops udp 53 6 keep
expect ops "2 2 2" "UDP with ops: each datagram another"
far ops.nat 53 NAT "lb_algo rr;protocol UDP;ops"
ask ops.nat udp 53 3 keep wait=150
expect ops.nat "0 0 0 +3" "UDP with ops by NAT: answers keep the server's address, and who wants the service's hears none"
servers_of 5000 1 1 1
far sctp 5000 NAT "lb_algo rr;protocol SCTP"
ask sctp sctp 5000 6 from=10.66.0.2
expect sctp "2 2 2" "SCTP, NAT: in turn"
# Tunnels: outer and inner family, kind and checksum.
for t in "ipip|TUN|4" "ipip2|TUN type ipip|4" "gue|TUN type gue port 6080|4" "guec|TUN type gue port 6080 csum|4" \
	"guer|TUN type gue port 6080 remcsum|4" "gre|TUN type gre|4" "grec|TUN type gre csum|sums" \
	"ipip6|TUN|6" "gue6|TUN type gue port 6080|6" "gre6|TUN type gre|6"; do
	IFS='|' read -r label method outer <<<"$t"
	case $outer in
	4) servers_of 80 1 1 1 ;;
	sums) HOSTS=$BASE.6 servers_of 80 1 1 1 ;;
	6) HOSTS=fd25::5 servers_of 80 1 1 1 ;;
	esac
	near $label 80 "$method" "lb_algo rr"
	tcp $label "2 2 2" "$method, IPv4 over IPv${outer/sums/4}: in turn" 6
	[ $outer != sums ] || continue
	near6 $label.6 80 "$method" "lb_algo rr"
	tcp $label.6 "2 2 2" "$method, IPv6 over IPv$outer: in turn" 6
done
# Servers that take tunnels from the director's own address only; its virtual router has another one in that network, and the kernel
# would rather send from that.
CONF+='vrrp_instance six {
	interface ens33
	virtual_router_id 66
	version 3
	advert_int 0.1
	virtual_ipaddress {
		fd26::aa/64
	}
}
'
HOSTS=fd26::5 servers_of 80 1 1 1
near source 80 TUN "lb_algo rr"
tcp source "0 0 0 +6" "TUN, IPv4 over IPv6: sent from the virtual address, refused by who wants the director's own" 6 wait=150
HOSTS=fd25::5 servers_of 80 1 1 1
near6 dr6 80 DR "lb_algo rr"
far6 nat6 80 NAT "lb_algo rr"
tcp dr6 "2 2 2" "IPv6, DR: in turn" 6
tcp nat6 "2 2 2" "IPv6, NAT: in turn" 6
servers_of 80 1 1 1
# Each server by a way of its own; the client is one that the director hears the answers of.
SERVERS="	real_server $BASE.51 80 {
		lvs_method NAT
	}
	real_server $BASE.52 80 {
		lvs_method DR
	}
	real_server $BASE.53 80 {
		lvs_method TUN type gue port 6080
	}
"
near own 80 DR "lb_algo rr"
tcp own "2 2 2" "a method of each server: NAT, DR, TUN, in turn" 6 from=$BASE.127
# Marks: of an address, of two ports, of a family; dh and lblc go by the client's destination.
servers_of '' 1 1 1
service "fwmark 7" DR "lb_algo rr"
TO=172.25.1.250 tcp mark "2 2 2" "fwmark: in turn" 6
service "fwmark 8" DR "lb_algo rr;persistence_timeout 60"
for p in 80 81; do TO=172.25.1.251 ask marked tcp $p 3; done
expect marked one "fwmark with persistence: one server for two ports"
for m in dh/11/1 lblc/12/17 lblcr/13/33; do
	IFS=/ read -r s m first <<<"$m"
	service "fwmark $m" DR "lb_algo $s"
	for i in 0 1 2 3 4 5 6 7; do
		TO=172.25.2.$((first + i)) tcp mark.$s/$i one "fwmark, $s: destination $i keeps its server" 2
	done
	expect mark.$s spread "fwmark, $s: different destinations have different servers"
done
HOSTS=fd25::5 servers_of '' 1 1 1
service "fwmark 6" DR "ip_family inet6;lb_algo rr"
TO=fd27::ff tcp mark6 "2 2 2" "fwmark, IPv6: in turn" 6
# A group of everything: one address, a range over .255, a network, a mark.
CONF+='virtual_server_group mix {
	172.25.1.249 80
	172.25.2.255-172.25.3.0 80
	172.25.3.64/31 80
	fwmark 9
}
'
servers_of 80 1 1 1
service "group mix" DR "lb_algo rr"
for a in 172.25.1.249 172.25.2.255 172.25.3.0 172.25.3.64 172.25.3.65 172.25.1.252; do
	TO=$a tcp "group.$a" "1 1 1" "group, $a: in turn" 3
done
# Thresholds: one more than all servers take; of datagrams, which are forgotten after the two seconds of lvs_timeouts.
EACH=$'\t\tuthreshold 2\n\t\tlthreshold 1\n' servers_of 80 1 1 1
far full 80 NAT "lb_algo rr"
tcp full "2 2 2 +1" "uthreshold 2: three servers take six connections" 7 hold
EACH=$'\t\tuthreshold 2\n\t\tlthreshold 1\n' servers_of 53 1 1 1
far full.udp 53 NAT "lb_algo rr;protocol UDP"
ask full.udp udp 53 7
expect full.udp "2 2 2 +1" "uthreshold 2: of UDP"

ADDR[$DIR]=$BASE.40
snmpd_start $DIR
begin
check_soon "the table has every service" 20 services_are $((N_SERVICES + 12))
check_soon "and every server" 10 status_is $DIR '[.services[].servers[].in_kernel] | all' '[.services[].servers[] | select(.in_kernel | not) | .name]'
has_six() { on $DIR ip -6 addr show dev ens33 | grep "fd26::aa/64.*${1-}"; }
check_soon "the virtual address is there" 5 has_six
stage first
for s in sh mh; do
	again=${LIST[$s.sources/2]-}
	[ "${LIST[$s.sources]-}" = "$again$again" ]
	verdict "$s: each address has the same server again" $? "${LIST[$s.sources]-}"
done

# ---- what the kernel was told ----
table_read
has_line "sh's flags" "-A -t ${AT[sh.fallback]}:80 -s sh -b sh-fallback"
has_line "sh's port" "-A -t ${AT[sh.port]}:80 -s sh -b sh-port"
has_line "mh's flags" "-A -t ${AT[mh.fallback]}:80 -s mh -b mh-fallback"
has_line "mh's port" "-A -t ${AT[mh.port]}:80 -s mh -b mh-port"
has_line "persistence and its mask" "-A -t ${AT[mask]}:80 -s rr -p 360 -M 255.255.255.0"
has_line "persistence and its prefix" "-A -t \[${AT[mask6]}\]:80 -s rr -p 60 -M 64"
has_line "the engine" "-A -u ${AT[sip]}:5060 -s rr -p 60 --pe sip"
has_line "ops" "-A -u ${AT[ops]}:53 -s rr -o"
has_line "gue with a checksum" "-a -t ${AT[guec]}:80 -r $BASE.51:80 -i -w 1 --tun-type gue --tun-port 6080 --tun-csum"
has_line "gue with remote checksums" "-a -t ${AT[guer]}:80 -r $BASE.51:80 -i -w 1 --tun-type gue --tun-port 6080 --tun-remcsum"
has_line "gre with a checksum" "-a -t ${AT[grec]}:80 -r $BASE.61:80 -i -w 1 --tun-type gre --tun-csum"
TABLE=$'\n'$(on $DIR ipvsadm -Ln --thresholds | tr -s ' ')$'\n'
has_line "thresholds" " -> $BASE.51:80 2 1"
timeouts_are() { on $DIR ipvsadm -Ln --timeout | grep -qE "800 30 2$" || { on $DIR ipvsadm -Ln --timeout; return 1; }; }
check "lvs_timeouts are the kernel's" timeouts_are

# ---- counters: rows are what ipvsadm says ----
cat >"$RUN/counters.py" <<'PY'
import json, re, sys
NAMES = ("connections", "in_packets", "out_packets", "in_bytes", "out_bytes")
def table(path):
    rows, service = {}, None
    for word in map(str.split, open(path)):
        if not word or word[0] not in ("TCP", "UDP", "SCTP", "FWM", "->") or not word[-1].isdigit():
            continue
        address, port = word[1].rsplit(":", 1) if ":" in word[1] else (word[1], "0")
        if word[0] == "->":
            name = service + " [" + address.strip("[]")
        elif word[0] == "FWM":
            name = service = "FWM " + word[1] + (" ipv6" if word[2] == "IPv6" else "")
        else:
            name = service = "[%s]:%s:%s" % (address.strip("[]"), word[0].lower(), port)
        rows[name] = [int(n) for n in word[-5:]]
    return rows
before, after = table(sys.argv[1]), table(sys.argv[2])
ours = {}
for s in json.load(open(sys.argv[3])):
    ours[s["key"]] = [s[n] for n in NAMES]
    for r in s["servers"]:
        ours[s["key"] + " [" + re.match(r"\[(.*?)\]", r["name"]).group(1)] = [r[n] for n in NAMES]
# The manager's walks of connections, of services and of servers, against the same columns here.
walks = [sorted(int(line.split()[-1]) for line in open(path)) for path in sys.argv[4:]]
told = [sorted(v[0] for k, v in before.items() if (" [" in k) == servers) for servers in (False, True)]
missing = sorted(set(before) ^ set(ours))
wrong = [(k, before[k], ours.get(k)) for k in before if before[k] == after.get(k) and before[k] != ours.get(k)]
busy = sum(1 for v in before.values() if v[0])
print(len(before), "rows,", busy, "with traffic; not in both:", missing[:3], "wrong:", wrong[:3], "walks:", walks == told)
sys.exit(bool(missing or wrong) or walks != told or busy < 200)
PY
counters_agree() {
	on $DIR ipvsadm -Ln --stats --exact >"$OUT/$SCENARIO.stats1"
	ctl --json stats >"$OUT/$SCENARIO.stats.json"
	on $DIR ipvsadm -Ln --stats --exact >"$OUT/$SCENARIO.stats2"
	for t in 15.1.7 16.1.5; do snmp walk $DIR $REGENT_MIB.1.$t >"$OUT/$SCENARIO.walk.$t"; done
	python3 "$RUN/counters.py" "$OUT/$SCENARIO".stats{1,2,.json} "$OUT/$SCENARIO".walk.{15.1.7,16.1.5}
}
check_soon "counters of every service and server: regentctl and SNMP have them as ipvsadm --stats" 40 counters_agree

# ---- what a reload changes, while the connections are there ----
# The servers that are full have room for two more, those of UDP for as many as come; the third server of four services has weight 0.
CONF=${CONF//uthreshold 2/uthreshold 4}
CONF=${CONF//weight 5/weight 0}
CONF=${CONF/fd26::aa\/64/fd26::aa\/64 preferred_lft 0}
check "reload" reload
check_soon "preferred_lft 0: the virtual address is no source any more" 3 has_six deprecated
tcp source "2 2 2" "TUN, IPv4 over IPv6: sent from the director's own address, in turn" 6
tcp full "2 2 2 +1" "uthreshold 4 by a reload: six more" 7 hold
ask full.udp udp 53 7
expect full.udp any "lthreshold and lvs_timeouts: forgotten datagrams make room"
for s in sh mh; do
	tcp $s.bare any+ "$s: who has a server of weight 0 is refused" 16 from=$FAR-31 wait=200
	tcp $s.fallback any "$s-fallback: has another one" 16 from=$FAR-31
done
stage reloaded
