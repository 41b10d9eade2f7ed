# What changes under traffic: verdicts at 50 connections a second, drains, ramps, quorum and sorry server, drift, the daemon's end and its
# next life. One director, three real servers; what checks say stands in files.
# shellcheck shell=bash
# shellcheck source=tests/hosts/pool.sh
. "$TOP/tests/hosts/pool.sh"
pool_up
METHODS="nat dr tun"

# ---- the file ----
CONF=$'global_defs {\n\tipvs_resync 2\n\tscript_user root\n\tsnmp_vs_stats_update_interval 0.1\n}\n'
for n in f1 f2 f3 q1 q2; do
	echo 0 >"$RUN/$n"
	CONF+="track_file $n {
	file $RUN/$n
	weight 0
}
"
done
# by METHOD LABEL LINES: a service of that method.
by() {
	case $1 in
	nat) far "$2" 80 NAT "$3" ;;
	dr) near "$2" 80 DR "$3" ;;
	tun) near "$2" 80 "TUN type gue port 6080" "$3" ;;
	esac
}
checked() { printf -v EACH '\t\tFILE_CHECK {\n\t\t\ttrack_file %s@\n\t\t}\n' "$1"; } # FILES
for m in $METHODS; do
	checked f
	servers_of 80 1 1 1
	by $m keep.$m "lb_algo rr;inhibit_on_failure"
	by $m cut.$m "lb_algo rr"
	EACH=''
	servers_of 80 3 2 1
	by $m drain.$m "lb_algo rr"
done
checked q
servers_of 80 2 1
near quorum 80 DR "lb_algo rr;quorum 2;hysteresis 1;sorry_server $BASE.53 80;sorry_server_lvs_method TUN type gue port 6080"
near inhibit 80 DR "lb_algo rr;sorry_server $BASE.53 80;sorry_server_inhibit;inhibit_on_failure"
EACH=$'\t\tTCP_CHECK {\n\t\t}\n'
servers_of 80 3 2 1
near alpha 80 DR "lb_algo rr;alpha;delay_loop 3600;warmup 3600"
near sure 80 DR "lb_algo rr;delay_loop 3600;warmup 3600"
EACH=$'\t\tTCP_CHECK {\n\t\t\tconnect_port 82\n\t\t\tretry 0\n\t\t}\n'
servers_of 80 3 2 1
service "10.88.0.1 80" DR "lb_algo rr;ha_suspend;delay_loop 1"
EACH=''
servers_of 80 3 2 1
near rr 80 DR "lb_algo rr"
near lost 80 DR "lb_algo rr"
servers_of 80 1 1 1
far bound 80 NAT "lb_algo rr;persistence_timeout 60"
servers_of 80 5 5
near ramp 80 DR "lb_algo wrr;slow_start 6"
HOSTS=$BASE.6 servers_of 80 1 1 1
far control 80 NAT "lb_algo rr"
for s in omega silent; do
	printf -v EACH '\t\tnotify_down "/usr/bin/touch %s/%s.rs"\n' "$RUN" $s
	HOSTS=$BASE.6 servers_of 80 1
	near $s 80 DR "lb_algo rr;quorum_down \"/usr/bin/touch $RUN/$s.vs\"$([ $s = silent ] || echo ';omega')"
done
begin
check_soon "the table has every service" 20 services_are $((N_SERVICES + 1))
check "alpha: no server before its first check" weights_are "${AT[alpha]}:80" ""
check_soon "without alpha: all of them" 3 weights_are "${AT[sure]}:80" "3 2 1"

# ---- verdicts change under 50 connections a second by each method ----
# load LABEL COUNT [OPTION...]: in the background; what it sees is in $OUT/$SCENARIO.LABEL.
LOADS=()
load() {
	printf '%s tcp %s 80 %s\n' "$1" "${AT[${1%%/*}]}" "${*:2}" |
		ip netns exec "$NS-node2" "$TOOLS/talk" ask >"$OUT/$SCENARIO.${1/\//.}" &
	LOADS+=($!)
}
loads_end() { kill "${LOADS[@]}"; wait "${LOADS[@]}"; LOADS=(); } 2>/dev/null
began() { [ -s "$OUT/$SCENARIO.$1" ]; }
asked() { [ "$(wc -l <"$OUT/$SCENARIO.$1")" -ge "$2" ]; } # FILE COUNT
# seen FILE...: these are judged now.
seen() {
	local f
	SEEN=() LIST=()
	for f; do take "$OUT/$SCENARIO.$f"; done
}
judge() { shared "$1" "$2"; verdict "$3" $? "$why"; } # LABEL SHARES NAME
# all_are LABEL ENTRIES WEIGHT: so many servers and so much weight have LABEL's three services together. As the kernel's own file has it,
# which costs no process.
in_hex() { local IFS=.; printf -v HEX '%02X%02X%02X%02X:0050' $1; }
all_are() {
	local word ours m entries=0 weight=0 wanted=' '
	for m in $METHODS; do in_hex "${AT[$1.$m]}"; wanted+="$HEX "; done
	while read -r -a word; do
		case ${word[0]} in
		TCP) case $wanted in *" ${word[1]} "*) ours=yes ;; *) ours=no ;; esac ;;
		'->') [ $ours = no ] || { entries=$((entries + 1)); weight=$((weight + word[3])); } ;;
		*) ours=no ;;
		esac
	done <"/proc/${DAEMON_PID[$DIR]}/net/ip_vs"
	[ "$entries $weight" = "$2 $3" ] || { echo "$entries servers, weight $weight"; return 1; }
}
# five_more LABEL: since count_asked each of LABEL's three services has answered five that were asked for after it (the sixth may have
# been under way). They cost no process.
declare -A ASKED=()
asked_of() { mapfile -t ANSWERS <"$OUT/$SCENARIO.$1"; }
count_asked() {
	local m
	for m in $METHODS; do asked_of "$1.$m"; ASKED[$m]=${#ANSWERS[@]}; done
}
five_more() {
	local m
	for m in $METHODS; do
		asked_of "$1.$m"
		[ ${#ANSWERS[@]} -ge $((ASKED[$m] + 6)) ] || return 1
	done
}
# flip LABEL KERNEL: each server fails its check and passes it again, in all three services; KERNEL: how many entries they have meanwhile.
# WINDOWS: when which server was out for sure, in ms.
flip() {
	local n from
	for n in 1 2 3; do
		echo 1 >"$RUN/f$n"
		POLL=0.02 wait_for 5 all_are "$1" "$2" 6 || { fail "$1: rs$n leaves all three services" "$(all_are "$1" "$2" 6)"; return 1; }
		from=$((${EPOCHREALTIME/./} / 1000))
		count_asked "$1"
		POLL=0.02 wait_for 10 five_more "$1"
		WINDOWS+="rs$n $from $((${EPOCHREALTIME/./} / 1000)) "
		echo 0 >"$RUN/f$n"
		POLL=0.02 wait_for 5 all_are "$1" 9 9 || { fail "$1: rs$n comes again" "$(all_are "$1" 9 9)"; return 1; }
	done
	ok "$1: each server has left and come again in all three services"
}
# none_while_out FILE: no new connection that was asked for and answered while a server was out went there.
none_while_out() {
	awk -v w="$WINDOWS" 'BEGIN { n = split(w, a, " ") }
		{ for (i = 1; i < n; i += 3)
			if ($3 > a[i + 1] && $4 < a[i + 2]) { inside++; if ($2 == a[i]) { print $0 " while it was out"; bad = 1 } } }
		END { if (inside < 10) print inside + 0 " inside " w; exit bad || inside < 10 }' "$OUT/$SCENARIO.$1"
}
for c in keep cut; do
	for m in $METHODS; do
		load $c.$m 5000 gap=20
		load $c.$m/long 1000 keep gap=100 wait=5000
	done
	for m in $METHODS; do wait_for 5 began $c.$m.long; done
	WINDOWS=''
	if [ $c = keep ]; then flip keep 9; else flip cut 6; fi
	for m in $METHODS; do wait_for 20 asked $c.$m 150; done
	loads_end
	for m in $METHODS; do
		seen $c.$m
		if [ $c = keep ]; then
			judge $c.$m all "$m, inhibit_on_failure: of 150 connections and more at 50 a second none is lost"
		else
			# What is under way to a server that leaves the table has nobody to go to: at most one a time.
			[ $((SEEN[$c.$m.error])) -le 3 ]
			verdict "$m: of 150 connections and more at 50 a second none is lost but to the server that left" $? "${LIST[$c.$m]}"
			note "$c.$m: $((SEEN[$c.$m.error])) lost"
		fi
		check "$m, $c: none went to a server that was out" none_while_out $c.$m
		seen $c.$m.long
		judge $c.$m/long one "$m, $c: a connection that was there lives on through it"
	done
done
# expire_nodest_conn: the connections of a server that leaves the table end at once.
on $DIR sysctl -qw net.ipv4.vs.expire_nodest_conn=1
load cut.nat/gone 1000 keep gap=100 wait=8000
wait_for 5 began cut.nat.gone
read -r _ gone _ <"$OUT/$SCENARIO.cut.nat.gone"
echo 1 >"$RUN/f${gone#rs}"
POLL=0.02 wait_for 5 all_are cut 6 6
reset() { grep -q 'error:Connection_reset' "$OUT/$SCENARIO.cut.nat.gone" || { tail -n 2 "$OUT/$SCENARIO.cut.nat.gone"; return 1; }; }
check_soon "expire_nodest_conn=1: the client is told by a reset when its server leaves" 10 reset
echo 0 >"$RUN/f${gone#rs}"
loads_end
on $DIR sysctl -qw net.ipv4.vs.expire_nodest_conn=0
# The control: a server that is lost without a verdict costs a third of the connections, and this counts them.
load control 5000 gap=20 wait=150
wait_for 5 asked control 6
in_host rs3 "addr del $BASE.63/24 dev ens33"
lost() { grep -q error "$OUT/$SCENARIO.control"; }
wait_for 10 lost
loads_end
seen control
judge control all+ "control: without a verdict connections are lost, and counted"

# What operators set is set again where it fails: the agent waits for the daemon a second, which a machine may be away.
# ---- drains: what is there lives to the deadline, what is new goes elsewhere ----
service_of() { echo "[${AT[$1]}]:tcp:80"; }
in_table() { servers $DIR "${AT[$1]}:80" | grep -q "^$2:80 $3"; }
out_of_table() { ! in_table "$@" ''; }
declare -A HELD=()
for m in $METHODS; do load drain.$m/held 1000 keep gap=100 wait=8000; done
for m in $METHODS; do
	wait_for 10 began drain.$m.held
	read -r _ HELD[$m] _ <"$OUT/$SCENARIO.drain.$m.held"
done
drain_began=${EPOCHREALTIME/./}
for m in $METHODS; do
	check_soon "drain, $m: with a deadline of 12 s" 3 ctl drain "$(service_of drain.$m)" $BASE.5${HELD[$m]#rs} --deadline 12s
	tcp drain.$m spread "drain, $m: new connections go elsewhere" 6
done
check_soon "drain: weight 0" 2 in_table drain.tun $BASE.5${HELD[tun]#rs} 0
stage others
for m in $METHODS; do
	case ${LIST[drain.$m]} in
	*${HELD[$m]}*) fail "drain, $m: none to the drained server" "${LIST[drain.$m]}" ;;
	*) ok "drain, $m: none to the drained server" ;;
	esac
done
check_soon "drain: the connections that are left are shown" 4 status_is $DIR \
	'[.services[].servers[] | select(.drain == "waiting" and .active_connections >= 1)] | length == 3' '.services[].servers[] | select(.drain != "none")'

# ---- meanwhile: quorum, hysteresis, the sorry server ----
# quorum 2, hysteresis 1, weights 2 and 1: gained at 3, lost below 1.
quorum_has() { # "SERVER:WEIGHT ...", a server by the last digit of its address
	local got
	got=$(servers $DIR "${AT[quorum]}:80" | sed 's/^.*\(.\):80 /\1:/' | tr '\n' ' ')
	[ "$got" = "$1 " ] || { echo "$got"; return 1; }
}
says() { # "F1 F2" STAGE SERVERS SHARES NAME: the files, the kernel's servers, who answers
	read -r a b <<<"$1"
	echo "$a" >"$RUN/q1"
	echo "$b" >"$RUN/q2"
	check_soon "quorum: $5: the table" 3 quorum_has "$3"
	tcp quorum "$4" "quorum: $5: who answers" 4
	tcp inhibit any "sorry_server_inhibit: $5: answered" 3
	stage "$2"
}
says "1 0" q1 "2:1" "0 4 0" "rs1 down, 1 of 2, still above 2 - 1"
check_soon "sorry_server_inhibit: the sorry server waits with weight 0, the failed one too" 3 weights_are "${AT[inhibit]}:80" "0 1 0"
says "1 1" q2 "3:1" "0 0 4" "both down: the sorry server, by its own method"
check "sorry_server_lvs_method: its own" eval 'on $DIR ipvsadm -Ln -t "${AT[quorum]}:80" | grep -qE "53:80 +Tunnel"'
check_soon "sorry_server_inhibit: now it serves" 3 weights_are "${AT[inhibit]}:80" "0 0 1"
says "1 0" q3 "3:1" "0 0 4" "rs2 up, 1 below 2 + 1: still the sorry server"
says "0 0" q4 "1:2 2:1" "2 2 0" "both up: the servers again"

# ---- drift, ha_suspend ----
repaired_before=$(status $DIR | jq .daemon.ipvs_repaired)
looked_before=$(status $DIR | jq -r .daemon.ipvs_looked)
on $DIR ipvsadm -d -t "${AT[rr]}:80" -r $BASE.51:80
on $DIR ipvsadm -e -t "${AT[rr]}:80" -r $BASE.52:80 -g -w 99
on $DIR ipvsadm -a -t "${AT[rr]}:80" -r $BASE.59:80 -g -w 9
on $DIR ipvsadm -A -t 10.99.0.1:80
on $DIR ipvsadm -a -t 10.99.0.1:80 -r $BASE.58:80 -g -w 77
suspended() {
	status_is $DIR '[.services[] | select(.key | test("10.88.0.1")) | .servers[] | select(.reason | test("ha_suspend"))] | length == 3' .services[0]
}
check "ha_suspend: no checks while the address is elsewhere" suspended
check "ha_suspend: what was said last stays in force" weights_are 10.88.0.1:80 "3 2 1"
in_host $DIR "addr add 10.88.0.1/32 dev lo"
check_soon "ha_suspend: with the address the checks begin, and fail" 10 weights_are 10.88.0.1:80 ""
in_host $DIR "addr del 10.88.0.1/32 dev lo"
check_soon "ha_suspend: and end with it" 3 suspended
# The pass comes every 2 s; what it takes from its beginning to the kernel's word is the daemon's own measure, whatever else runs here.
check_soon "a server that another hand removed, changed or added is as it was after the next pass" 10 weights_are "${AT[rr]}:80" "3 2 1"
check_soon "... which came" 3 status_is $DIR ".daemon.ipvs_looked > \"$looked_before\"" .daemon.ipvs_looked
check_soon "each is counted, once" 3 status_is $DIR ".daemon.ipvs_repaired - $repaired_before == 3" .daemon.ipvs_repaired
check "another hand's service is left alone" weights_are 10.99.0.1:80 77
on $DIR ipvsadm -D -t "${AT[rr]}:80"
check_soon "a service that another hand removed is back, and whole" 10 weights_are "${AT[rr]}:80" "3 2 1"
check_soon "it and its servers are counted" 3 status_is $DIR ".daemon.ipvs_repaired - $repaired_before == 7" .daemon.ipvs_repaired
check "each was repaired within a second of the pass that found it" \
	status_is $DIR ".daemon.ipvs_repair_max_us | . > 0 and . < 1000000" .daemon.ipvs_repair_max_us

# ---- the deadline ----
for m in $METHODS; do
	at=$BASE.5${HELD[$m]#rs}
	check_soon "drain, $m: out of the table at the deadline" 10 out_of_table drain.$m $at
done
loads_end
for m in $METHODS; do
	check "drain, $m: closed nothing before its deadline" awk -v want="${HELD[$m]}" -v till=$((drain_began / 1000 + 11900)) '
		$3 < till { n++; if ($2 != want) { print "at " $3 - till + 11900 " ms: " $2; bad = 1 } }
		END { if (n < 20) print n + 0 " answers"; exit bad || n < 20 }' "$OUT/$SCENARIO.drain.$m.held"
done
check_soon "drain: rows say that they are over" 3 status_is $DIR '[.services[].servers[] | select(.drain == "done")] | length == 3'

# ---- a drain where clients are bound: the kernel has the say ----
load bound/held 1000 keep gap=100 wait=3000 from=$FAR
wait_for 10 began bound.held
read -r _ held _ <"$OUT/$SCENARIO.bound.held"
check_soon "persistence: a drain while a connection is held" 3 ctl drain "$(service_of bound)" $BASE.5${held#rs} --deadline 60s
check_soon "persistence: weight 0" 3 in_table bound $BASE.5${held#rs} 0
tcp bound one "persistence: a bound client's new connections still go there" 3 from=$FAR
stage bound
[[ ${LIST[bound]} = " $held "* ]]
verdict "persistence: to the drained server" $? "${LIST[bound]}"
on $DIR sysctl -qw net.ipv4.vs.expire_quiescent_template=1
tcp bound one "expire_quiescent_template=1: they go to one other server" 3 from=$FAR
stage unbound
[[ ${LIST[bound]} != *$held* ]]
verdict "expire_quiescent_template=1: not to the drained one" $? "${LIST[bound]}"
on $DIR sysctl -qw net.ipv4.vs.expire_quiescent_template=0
loads_end
wait_for 3 ctl clear "$(service_of bound)" $BASE.5${held#rs}

# ---- a drain without a deadline, of a machine in all services ----
load drain.nat/end 1000 keep gap=100 wait=5000
wait_for 10 began drain.nat.end
read -r _ held _ <"$OUT/$SCENARIO.drain.nat.end"
at=$BASE.5${held#rs}
for m in $METHODS; do wait_for 3 ctl clear "$(service_of drain.$m)" $BASE.5${HELD[$m]#rs}; done
check_soon "clear: back with its weight" 3 weights_are "${AT[drain.dr]}:80" "3 2 1"
check_soon "drain without a deadline, by the machine in all services" 3 ctl drain all "$at"
check_soon "drain: while the connection lives the server stays" 3 in_table drain.nat $at 0
nap 0.5
check "drain: and stays" in_table drain.nat $at 0
loads_end
seen drain.nat.end
judge drain.nat/end one "drain: the connection lived to its own end"
check_soon "drain: then the server goes" 6 out_of_table drain.nat $at
check_soon "drain: it goes from every service" 3 eval '! on $DIR ipvsadm -Ln | grep -q -- "-> $at:"'
disabled=$(now_us)
check_soon "disable, for 14 s" 3 ctl disable "$(service_of rr)" $BASE.5$((${held#rs} % 3 + 1)) --for 14s
check "kill -9: what is set outlives it" daemon_kill9 $DIR
begin
check_soon "the next life goes on" 10 status_is $DIR '.services | length > 10'
check_soon "the drain is still over after it" 3 status_is $DIR '[.services[].servers[] | select(.drain == "done")] | length >= 10' \
	'[.services[].servers[] | select(.drain != "none") | .drain]'
check "no server came back meanwhile" eval '! on $DIR ipvsadm -Ln | grep -q -- "-> $at:"'
out_till_then() { [ "$(weights "${AT[rr]}:80" | wc -w)" = 1 ] || [ "$(now_us)" -ge $((disabled + 14000000)) ]; }
check "the disabled one neither, before its time" out_till_then
wait_for 3 ctl clear all "$at"

# ---- slow start: the share of new connections is the model's ----
wait_for 3 ctl disable "$(service_of ramp)" $BASE.51
check_soon "slow start: one server alone, at its whole weight" 12 weights_are "${AT[ramp]}:80" 5
control_start 10000 60
load ramp 8000
wait_for 5 began ramp
wait_for 3 ctl enable "$(service_of ramp)" $BASE.51
# From the first connection that the server gets on, each connection's moment has its model: steps of a fiftieth of six seconds. Who is a
# second behind has a fifth more or less.
share() {
	awk -v off="$((50000 + ALLOWED / 5))" '$2 == "rs1" && !t0 { t0 = $3 }
		t0 && $3 < t0 + 6000 {
			w = int(5 * int(($3 - t0) * 50 / 6000) / 50)
			if (w < 1) w = 1
			m += w / (w + 5); n++; got += $2 == "rs1"; bad += $2 !~ /^rs/ }
		END { if (!n) exit 1
			printf "%d connections, %d lost, share %.4f, model %.4f: off by %.1f %%\n", n, bad, got / n, m / n, (got / m - 1) * 100
			exit !(got > m * (1 - off / 1e6) && got < m * (1 + off / 1e6) && n > 300 && !bad) }' "$OUT/$SCENARIO.ramp"
}
check_soon "slow start: it ends at the whole weight" 10 weights_are "${AT[ramp]}:80" "5 5"
loads_end
control_end
note "ramp: $(share)"
check "slow start: the share of new connections is within 5 % of the model" share

check_soon "the disabled server is back when its time has come" 15 weights_are "${AT[rr]}:80" "3 2 1"

# ---- the end, and the next life ----
check "it stops" daemon_stop $DIR
check "stopped: our services are gone, another hand's is there" services_are 1
check_soon "omega: the scripts of server and service are run" 3 [ -e "$RUN/omega.rs" -a -e "$RUN/omega.vs" ]
check "without omega: they are not" [ ! -e "$RUN/silent.rs" -a ! -e "$RUN/silent.vs" ]
CONF="global_defs {
	lvs_flush
	lvs_flush_on_stop
	lvs_sync_daemon ens33
}
virtual_server ${AT[rr]} 80 {
	protocol TCP
	lb_algo rr
	lb_kind DR
	real_server $BASE.51 80 {
	}
}"
begin
check_soon "lvs_flush: another hand's service goes, ours is there" 8 eval 'services_are 1 && weights_are "${AT[rr]}:80" 1'
halves() {
	[ "$(on $DIR ipvsadm -Ln --daemon | grep -cE '^(master|backup) sync daemon .mcast=ens33')" = "$1" ] || { on $DIR ipvsadm -Ln --daemon; return 1; }
}
check_soon "lvs_sync_daemon without an instance: both halves run" 3 halves 2
on $DIR ipvsadm -A -t 10.99.0.1:80
check "it stops" daemon_stop $DIR
check "lvs_flush_on_stop: nothing is left" services_are 0
check "and no half of the sync daemon runs" halves 0
