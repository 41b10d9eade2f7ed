# Every scheduler and every way to a server carries traffic: NAT from a client behind the director, DR and TUN (ipip, gue, gre) on the
# segment, IPv6, UDP, a mark, a group over .255; then verdicts, drains and ramps under load. One director, three real servers.
# shellcheck shell=bash
dir=director
SCHEDULERS="rr wrr lc wlc lblc lblcr sh mh dh fo ovf sed nq"
BASE=172.25.0
declare -A VIP_OF=()
modprobe -a ip_vs_lc ip_vs_lblc ip_vs_lblcr ip_vs_sh ip_vs_mh ip_vs_dh ip_vs_fo ip_vs_ovf ip_vs_sed ip_vs_nq fou ipip ip_gre ip6_tunnel sctp 2>/dev/null
mkdir -p "$RUN/$dir"
conf=$RUN/$dir/conf

# ---- the network ----
lan_up
host node2 $BASE.32/24
host $dir $BASE.40/24
ip link add wan netns "$NS-$dir" type veth peer name wan netns "$NS-node2"
printf '%s\n' "addr add 10.66.0.1/24 dev wan" "addr add 10.66.0.200/32 dev wan" "link set wan up" "addr add fd25::40/64 dev ens33 nodad" |
	ip -n "$NS-$dir" -batch -
printf '%s\n' "addr add 10.66.0.2/24 dev wan" "link set wan up" "addr add fd25::32/64 dev ens33 nodad" | ip -n "$NS-node2" -batch -
on $dir sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.send_redirects=0 net.ipv4.conf.ens33.send_redirects=0

vips=()
i=0
for s in $SCHEDULERS ipip gue gre mixed mark verdict drain ramp; do
	VIP_OF[$s]=$BASE.$((200 + i))
	vips+=("${VIP_OF[$s]}")
	i=$((i + 1))
done
VIP_OF[group1]=172.26.0.255
VIP_OF[group2]=172.26.1.0
vips+=("${VIP_OF[group1]}" "${VIP_OF[group2]}")
printf "addr add %s/32 dev ens33\n" "${vips[@]}" | ip -n "$NS-$dir" -batch -
ip -n "$NS-$dir" addr add fd25::200/128 dev ens33 nodad preferred_lft 0 # never the source of a tunnel
printf "route add %s via $BASE.40\n" "${VIP_OF[group1]}" "${VIP_OF[group2]}" | ip -n "$NS-node2" -batch -

for n in 1 2 3; do
	host rs$n $BASE.5$n/24
	on rs$n sysctl -qw net.ipv4.conf.all.arp_ignore=1 net.ipv4.conf.all.arp_announce=2 net.ipv4.conf.all.rp_filter=0 \
		net.ipv4.conf.default.rp_filter=0
	{
		printf "addr add %s/32 dev lo\n" "${vips[@]}"
		echo "route add default via $BASE.40"
		echo "addr add fd25::5$n/64 dev ens33 nodad"
		echo "addr add fd25::200/128 dev lo nodad"
	} | ip -n "$NS-rs$n" -batch -
	ip -n "$NS-rs$n" link add mixed type ip6tnl mode any local fd25::5$n remote :: 2>/dev/null # IPv4 in IPv6
	for t in tunl0 gre0 mixed; do
		ip -n "$NS-rs$n" link set $t up 2>/dev/null && on rs$n sysctl -qw net.ipv4.conf.$t.rp_filter=0
	done
	ip -n "$NS-rs$n" fou add port 6080 gue 2>/dev/null
	WEB_LISTEN='listen [::]:80;' web_start rs$n
done
cat >"$RUN/talk.py" <<'END'
import socket, sys
if sys.argv[1] == "sctp":
    s = socket.socket(socket.AF_INET, socket.SOCK_STREAM, 132)
    s.bind((sys.argv[2], 5000))
    s.listen(64)
    while True:
        c = s.accept()[0]
        c.send(sys.argv[3].encode())
        c.close()
elif sys.argv[1] == "sctp-ask":
    for i in range(int(sys.argv[3])):
        s = socket.socket(socket.AF_INET, socket.SOCK_STREAM, 132)
        s.settimeout(2)
        try:
            s.bind(("10.66.0.2", 0))
            s.connect((sys.argv[2], 5000))
            print(s.recv(100).decode())
        except OSError as e:
            print("error:", e)
        s.close()
elif sys.argv[1] == "serve":
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind(("", 53))
    while True:
        _, who = s.recvfrom(100)
        s.sendto(sys.argv[2].encode(), who)
else:
    for i in range(int(sys.argv[3])):
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.settimeout(2)
        s.sendto(b"?", (sys.argv[2], 53))
        try:
            print(s.recvfrom(100)[0].decode())
        except OSError as e:
            print("error:", e)
END
for n in 1 2 3; do
	ip netns exec "$NS-rs$n" python3 "$RUN/talk.py" serve rs$n >/dev/null 2>&1 &
	ip netns exec "$NS-rs$n" python3 "$RUN/talk.py" sctp $BASE.5$n rs$n >/dev/null 2>&1 &
done

# ---- the file ----
# service ADDRESS... HEAD: three servers of weight 3, 2 and 1.
servers_of() { # EXTRA
	local n
	for n in 1 2 3; do
		printf '\treal_server %s.5%d %s {\n\t\tweight %d\n%s\t}\n' $BASE $n "${2-80}" $((4 - n)) "${1-}"
	done
}
{
	printf 'global_defs {\n\tipvs_resync 2\n\tlvs_timeouts tcp 800 tcpfin 30 udp 200\n}\n'
	for s in $SCHEDULERS; do
		printf 'virtual_server %s 80 {\n\tlb_algo %s\n\tlb_kind DR\n%s\n}\n' "${VIP_OF[$s]}" $s "$(servers_of)"
		printf 'virtual_server 10.66.0.200 %d {\n\tlb_algo %s\n\tlb_kind NAT\n%s\n}\n' $((8000 + ${VIP_OF[$s]##*.})) $s "$(servers_of)"
	done
	for t in "ipip type ipip" "gue type gue port 6080 csum" "gre type gre"; do
		printf 'virtual_server %s 80 {\n\tlb_algo rr\n\tlb_kind TUN %s\n%s\n}\n' "${VIP_OF[${t%% *}]}" "${t#* }" "$(servers_of)"
	done
	printf 'virtual_server %s 53 {\n\tlb_algo rr\n\tlb_kind NAT\n\tprotocol UDP\n\tops\n%s\n}\n' 10.66.0.200 "$(servers_of '' 53)"
	printf 'virtual_server %s 5000 {\n\tlb_algo rr\n\tlb_kind NAT\n\tprotocol SCTP\n%s\n}\n' 10.66.0.200 "$(servers_of '' 5000)"
	printf 'virtual_server %s 80 {\n\tlb_algo rr\n\tlb_kind TUN\n' "${VIP_OF[mixed]}"
	for n in 1 2 3; do printf '\treal_server fd25::5%d 80 {\n\t}\n' $n; done
	printf '}\nvirtual_server fd25::200 80 {\n\tlb_algo rr\n\tlb_kind DR\n'
	for n in 1 2 3; do printf '\treal_server fd25::5%d 80 {\n\t}\n' $n; done
	printf '}\nvirtual_server_group edge {\n\t172.26.0.255-172.26.1.0 80\n}\n'
	printf 'virtual_server group edge {\n\tlb_algo rr\n\tlb_kind DR\n%s\n}\n' "$(servers_of)"
	printf 'virtual_server fwmark 7 {\n\tlb_algo rr\n\tlb_kind DR\n%s\n}\n' "$(servers_of '' '')"
	printf 'virtual_server %s 80 {\n\tlb_algo rr\n\tlb_kind DR\n\tdelay_loop 1\n\tretry 0\n\tconnect_timeout 1\n%s\n}\n' "${VIP_OF[verdict]}" \
		"$(servers_of "$(printf '\t\tinhibit_on_failure\n\t\tTCP_CHECK {\n\t\t\tconnect_port 81\n\t\t}\n ')")"
	printf 'virtual_server 10.88.0.1 80 {\n\tha_suspend\n\tdelay_loop 1\n\tlb_algo rr\n\tlb_kind DR\n%s\n}\n' \
		"$(servers_of "$(printf '\t\tTCP_CHECK {\n\t\t\tconnect_port 82\n\t\t\tretry 0\n\t\t}\n ')")"
	printf 'virtual_server %s 80 {\n\tlb_algo rr\n\tlb_kind DR\n%s\n}\n' "${VIP_OF[drain]}" "$(servers_of)"
	printf 'virtual_server %s 80 {\n\tlb_algo wrr\n\tlb_kind DR\n\tslow_start 10\n' "${VIP_OF[ramp]}"
	for n in 1 2; do printf '\treal_server %s.5%d 80 {\n\t\tweight 20\n\t}\n' $BASE $n; done
	printf '}\n'
} >"$conf"

fetch() { on node2 "$TOOLS/hget" "${@:4}" "$1" "$2" "$3"; } # ADDRESS PORT COUNT [OPTION...]
# answers FILE COUNT [AWK-EXPRESSION on rs[1..3]]: all are pages, and shared as said.
answers() {
	awk -v n="$2" '{ t++ } /^rs[123]$/ { rs[substr($0, 3)]++; next } { bad++; what = $0 }
		END { for (i = 1; i <= 3; i++) rs[i] += 0
			if (t != n || bad || !('"${3:-1}"')) { print t + 0 " answers, " bad + 0 " bad (" what "), shares " rs[1], rs[2], rs[3]; exit 1 } }' "$1"
}
# What the scheduler makes of weights 3, 2, 1 and short connections, one after the other, from one client.
shares() {
	case $1 in
	rr) echo 'rs[1] == 10 && rs[2] == 10 && rs[3] == 10' ;;
	wrr) echo 'rs[1] == 15 && rs[2] == 10 && rs[3] == 5' ;;
	wlc | sed) echo 'rs[1] >= rs[3]' ;;
	fo | ovf) echo 'rs[1] == 30' ;;
	sh | dh | lblc | lblcr) echo 'rs[1] == 30 || rs[2] == 30 || rs[3] == 30' ;;
	*) echo 1 ;;
	esac
}

daemon_start $dir "$conf"
table_is() { [ "$(on $dir ipvsadm -Ln | grep -cE '^(TCP|UDP|SCTP|FWM)')" = "$1" ] || { on $dir ipvsadm -Ln | head; return 1; }; }
check_soon "the table has every service" 20 table_is 40
for s in $SCHEDULERS; do
	fetch "${VIP_OF[$s]}" 80 30 >"$OUT/$SCENARIO.dr.$s"
	check "DR, $s: 30 of 30" answers "$OUT/$SCENARIO.dr.$s" 30 "$(shares $s)"
	fetch 10.66.0.200 $((8000 + ${VIP_OF[$s]##*.})) 30 >"$OUT/$SCENARIO.nat.$s"
	check "NAT, $s: 30 of 30" answers "$OUT/$SCENARIO.nat.$s" 30 "$(shares $s)"
done
for t in ipip gue gre mixed; do
	fetch "${VIP_OF[$t]}" 80 30 >"$OUT/$SCENARIO.$t"
	check "TUN $t: 30 of 30, in turn" answers "$OUT/$SCENARIO.$t" 30 "$(shares rr)"
done
on node2 python3 "$RUN/talk.py" ask 10.66.0.200 30 >"$OUT/$SCENARIO.udp"
check "UDP, ops: 30 of 30, in turn" answers "$OUT/$SCENARIO.udp" 30 "$(shares rr)"
on node2 python3 "$RUN/talk.py" sctp-ask 10.66.0.200 30 >"$OUT/$SCENARIO.sctp" 2>&1
check "SCTP, NAT: 30 of 30, in turn" answers "$OUT/$SCENARIO.sctp" 30 "$(shares rr)"
on node2 python3 -c '
import http.client
for i in range(30):
    c = http.client.HTTPConnection("fd25::200", 80, timeout=2); c.request("GET", "/"); print(c.getresponse().read().decode().strip()); c.close()' \
	>"$OUT/$SCENARIO.v6" 2>&1
check "IPv6, DR: 30 of 30, in turn" answers "$OUT/$SCENARIO.v6" 30 "$(shares rr)"
for g in group1 group2; do
	fetch "${VIP_OF[$g]}" 80 30 >"$OUT/$SCENARIO.$g"
	check "group over .255, ${VIP_OF[$g]}: 30 of 30, in turn" answers "$OUT/$SCENARIO.$g" 30 "$(shares rr)"
done
modprobe -a sch_ingress cls_u32 act_skbedit 2>/dev/null
if on $dir tc qdisc add dev ens33 ingress 2>/dev/null && on $dir tc filter add dev ens33 parent ffff: protocol ip u32 \
	match ip dst "${VIP_OF[mark]}/32" action skbedit mark 7 2>/dev/null; then
	fetch "${VIP_OF[mark]}" 80 30 >"$OUT/$SCENARIO.mark"
	check "fwmark: 30 of 30, in turn" answers "$OUT/$SCENARIO.mark" 30 "$(shares rr)"
else
	skip "fwmark" "this kernel cannot mark packets"
fi
timeouts_are() { on $dir ipvsadm -Ln --timeout | grep -qE "800 30 200" || { on $dir ipvsadm -Ln --timeout; return 1; }; }
check "lvs_timeouts are the kernel's" timeouts_are

# ---- drift: what another hand does is repaired by the next look, and counted ----
on $dir ipvsadm -d -t "${VIP_OF[rr]}:80" -r $BASE.51:80
on $dir ipvsadm -A -t 10.99.0.1:80
weights() { servers $dir "$1:80" | awk '{ printf "%s%s", s, $2; s = " " }'; }
weights_are() { [ "$(weights "$1")" = "$2" ] || { weights "$1"; return 1; }; }
check_soon "a server that another hand removed is back within the period" 4 weights_are "${VIP_OF[rr]}" "3 2 1"
check_soon "it is counted" 3 status_is $dir '.daemon.ipvs_repaired >= 1' .daemon
check "another hand's service is left alone" on $dir ipvsadm -Ln -t 10.99.0.1:80

# ---- ha_suspend: checked only while the address is here ----
suspended() { status_is $dir '[.services[] | select(.key | test("10.88.0.1")) | .servers[] | select(.reason | test("ha_suspend"))] | length == 3' .services[0]; }
check "ha_suspend: no checks while the address is elsewhere" suspended
check "ha_suspend: what was said last stays in force" weights_are 10.88.0.1 "3 2 1"
ip -n "$NS-$dir" addr add 10.88.0.1/32 dev lo
check_soon "ha_suspend: with the address the checks begin, and fail" 10 weights_are 10.88.0.1 ""
ip -n "$NS-$dir" addr del 10.88.0.1/32 dev lo
check_soon "ha_suspend: and end with it" 3 suspended

# ---- a verdict changes under 50 connections a second ----
cat >"$RUN/listen.py" <<'END'
import socket
s = socket.create_server(("", 81), backlog=64)
while True:
    s.accept()[0].close()
END
listen_81() { ip netns exec "$NS-$1" python3 "$RUN/listen.py" >/dev/null 2>&1 & CHECKED[${1#rs}]=$!; }
declare -a CHECKED=()
for n in 1 2 3; do listen_81 rs$n; done
check_soon "verdict: all servers are up" 8 weights_are "${VIP_OF[verdict]}" "3 2 1"
fetch "${VIP_OF[verdict]}" 80 400 -i 20 >"$OUT/$SCENARIO.load" &
load=$!
fetch "${VIP_OF[verdict]}" 80 60 -k -i 150 -t 5000 >"$OUT/$SCENARIO.keep" &
keep=$!
wait_for 5 test -s "$OUT/$SCENARIO.keep"
kept=$(head -n 1 "$OUT/$SCENARIO.keep")
kill "${CHECKED[${kept#rs}]}"
one_out() { weights "${VIP_OF[verdict]}" | grep -q 0; }
check_soon "verdict: the server fails its check and gets weight 0" 6 one_out
listen_81 "$kept"
check_soon "verdict: it comes again" 6 weights_are "${VIP_OF[verdict]}" "3 2 1"
wait $load
check "verdict: 400 of 400 connections at 50 a second" answers "$OUT/$SCENARIO.load" 400
wait $keep
check "verdict: the connection to the failed server goes on" awk -v want="$kept" '$0 != want { exit 1 } END { exit NR != 60 }' "$OUT/$SCENARIO.keep"

# ---- counters ----
cat >"$RUN/counters.py" <<'END'
import json, sys
def table(path):
    return {(w[1]): [int(n) for n in w[2:7]] for w in map(str.split, open(path)) if w and w[0] == "TCP"}
before, after = table(sys.argv[1]), table(sys.argv[2])
ours = {s["key"].split("tcp")[0].strip("[]: ") + ":80": s for s in json.load(open(sys.argv[3])) if ":tcp:80" in s["key"]}
same = [k for k in before if before[k] == after.get(k) and before[k][0] > 0 and k in ours]
names = ("connections", "in_packets", "out_packets", "in_bytes", "out_bytes")
wrong = [(k, before[k], [ours[k][n] for n in names]) for k in same if before[k] != [ours[k][n] for n in names]]
inside = [k for k in same if sum(s["connections"] for s in ours[k]["servers"]) != ours[k]["connections"]]
print(len(same), "compared;", "wrong:", wrong[:3], "servers do not add up:", inside[:3])
sys.exit(len(same) < 10 or bool(wrong))
END
counters_agree() {
	on $dir ipvsadm -Ln --stats --exact >"$OUT/$SCENARIO.stats1"
	on $dir "$BUILD/regentctl" --run-dir "$RUN/$dir/run" --json stats >"$OUT/$SCENARIO.stats.json"
	on $dir ipvsadm -Ln --stats --exact >"$OUT/$SCENARIO.stats2"
	python3 "$RUN/counters.py" "$OUT/$SCENARIO.stats1" "$OUT/$SCENARIO.stats2" "$OUT/$SCENARIO.stats.json"
}
check_soon "counters: as ipvsadm --stats has them (they are up to 5 s old)" 40 counters_agree

# ---- drains ----
ctl() { on $dir "$BUILD/regentctl" --run-dir "$RUN/$dir/run" "$@"; }
ip netns exec "$NS-node2" "$TOOLS/hget" -k -i 100 -t 8000 "${VIP_OF[drain]}" 80 300 >"$OUT/$SCENARIO.drain1" &
held=$!
wait_for 10 test -s "$OUT/$SCENARIO.drain1"
held_by=$(head -n 1 "$OUT/$SCENARIO.drain1")
at=$BASE.5${held_by#rs}
drain_began=$(now_us)
check "drain with a deadline of 6 s" ctl drain "[${VIP_OF[drain]}]:tcp:80" "$at" --deadline 6s
in_table() { servers $dir "${VIP_OF[drain]}:80" | grep -q "^$at:80 $1"; }
out_of_table() { ! servers $dir "${VIP_OF[drain]}:80" | grep -q "^$at:80"; }
check_soon "drain: weight 0" 2 in_table 0
fetch "${VIP_OF[drain]}" 80 20 >"$OUT/$SCENARIO.others"
check "drain: new connections go elsewhere" sh -c "! grep -q '^$held_by\$' '$OUT/$SCENARIO.others' && ! grep -q error '$OUT/$SCENARIO.others'"
check_soon "drain: the connections that are left are shown" 4 status_is $dir \
	".services[].servers[] | select(.drain == \"waiting\") | .active_connections >= 1" '.services[].servers[] | select(.drain != "none")'
answered=$(wc -l <"$OUT/$SCENARIO.drain1")
wait_for 20 out_of_table
took=$((($(now_us) - drain_began) / 1000))
check "drain: out of the table at the deadline ($took ms), not before" within $took 6000 20000
check "drain: closed nothing before its deadline" awk -v want="$held_by" -v n="$answered" \
	'$0 != want && !bad { bad = NR } END { if (n < 10 || (bad && bad <= n)) { print n " before the deadline, first bad one " bad; exit 1 } }' \
	"$OUT/$SCENARIO.drain1"
kill $held 2>/dev/null
check "drain: the row says that it is over" status_is $dir '[.services[].servers[] | select(.drain == "done")] | length == 1'
check "clear" ctl clear "[${VIP_OF[drain]}]:tcp:80" "$at"
check_soon "clear: back with its weight" 3 in_table $((4 - ${held_by#rs}))
fetch "${VIP_OF[drain]}" 80 60 -k -i 100 -t 5000 >"$OUT/$SCENARIO.drain2" &
held=$!
wait_for 10 test -s "$OUT/$SCENARIO.drain2"
at=$BASE.5$(head -c 3 "$OUT/$SCENARIO.drain2" | tail -c 1)
check "drain without a deadline, by the machine in all services" ctl drain all "$at"
check "drain: while the connection lives the server stays" in_table 0
wait $held
check "drain: it lived to its end" answers "$OUT/$SCENARIO.drain2" 60
check_soon "drain: then the server goes" 6 out_of_table
check "drain: it went from every service" sh -c "! ip netns exec $NS-$dir ipvsadm -Ln | grep -q -- '-> $at:'" || on $dir ipvsadm -Ln | grep -B3 -- "-> $at:" | head -20
check "kill -9: what is set outlives it" daemon_kill9 $dir
daemon_start $dir "$conf"
answers_again() { status $dir >/dev/null; }
wait_for 10 answers_again
check "the drain is still over after it" status_is $dir '[.services[].servers[] | select(.drain == "done")] | length >= 30' \
	'[.services[].servers[] | select(.drain != "none") | .drain]'
check "no server came back meanwhile" sh -c "! ip netns exec $NS-$dir ipvsadm -Ln | grep -q -- '-> $at:'"
check "disable, for 3 s" ctl disable "[${VIP_OF[rr]}]:tcp:80" $BASE.53 --for 3s
ctl clear all "$at" >/dev/null
check_soon "clear all: every service has it again" 4 weights_are "${VIP_OF[wrr]}" "3 2 1"
check_soon "the disabled server is back when its time has come" 6 weights_are "${VIP_OF[rr]}" "3 2 1"

# ---- slow start: the share of new connections is the model's ----
ctl disable "[${VIP_OF[ramp]}]:tcp:80" $BASE.51 >/dev/null
ramp_out() { [ "$(weights "${VIP_OF[ramp]}")" = 20 ]; }
wait_for 3 ramp_out
ctl enable "[${VIP_OF[ramp]}]:tcp:80" $BASE.51 >/dev/null
on node2 timeout 10 "$TOOLS/hget" -i 8 "${VIP_OF[ramp]}" 80 5000 >"$OUT/$SCENARIO.ramp"
share() {
	awk '/^rs[12]$/ { n[$0]++ } END {
		for (k = 0; k < 50; k++) { w = int(20 * k / 50); if (w < 1) w = 1; m += w / (w + 20) / 50 }
		s = n["rs1"] / (n["rs1"] + n["rs2"])
		printf "%d connections, share %.3f, model %.3f\n", n["rs1"] + n["rs2"], s, m
		exit !(s - m < 0.05 && m - s < 0.05 && n["rs1"] + n["rs2"] > 300) }' "$OUT/$SCENARIO.ramp"
}
note "ramp: $(share)"
check "slow start: the share of new connections is within 5 % of the model" share
check_soon "slow start: it ends at the whole weight" 4 weights_are "${VIP_OF[ramp]}" "20 20"
daemon_stop $dir
check "stopped: our services are gone, another hand's is there" sh -c \
	"[ \"\$(ip netns exec $NS-$dir ipvsadm -Ln | grep -cE '^(TCP|UDP|SCTP|FWM)')\" = 1 ]"
