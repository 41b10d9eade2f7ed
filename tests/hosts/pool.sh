# A client, a director and three real servers, and the words in which services, and what their clients see, are told. Sourced after
# lib.sh.
#
# Virtual addresses are whole networks that are local on the director and on the servers: 172.25.1.0/24, 172.25.2.0/23 and fd27::/64 for
# DR and TUN, which the client reaches over the segment; 10.66.1.0/24 and fd67::/64 for NAT, behind the director. No address is added for
# a service. All questions of a stage are asked by one process (tests/bench/talk), and no case forks: that is what costs here.
# shellcheck shell=bash disable=SC2034

DIR=director
BASE=172.25.0
NEAR=$BASE.100 # the client's own addresses are NEAR to .119 on the segment ...
FAR=10.66.0.16 # ... and FAR to .31 behind the director

# in_host HOST LINE...: ip's own commands there, in one process; what fails is left out.
in_host() {
	local h=$1
	shift
	printf '%s\n' "$@" | ip -n "$NS-$h" -force -batch - 2>>"$OUT/$SCENARIO.ip"
}

pool_up() {
	local n
	mkdir -p "$RUN/$DIR"
	conf=$RUN/$DIR/conf
	modprobe -a ip_vs_lc ip_vs_lblc ip_vs_lblcr ip_vs_sh ip_vs_mh ip_vs_dh ip_vs_fo ip_vs_ovf ip_vs_sed ip_vs_nq ip_vs_pe_sip \
		fou fou6 ipip ip_gre ip6_gre ip6_tunnel sit sctp sch_ingress cls_u32 act_skbedit 2>/dev/null
	lan_up
	for n in node2/32 $DIR/40 rs1/51 rs2/52 rs3/53; do
		host "${n%/*}" "$BASE.${n#*/}/24"
	done
	ip link add wan netns "$NS-$DIR" type veth peer name wan netns "$NS-node2"
	in_host $DIR "addr add 10.66.0.1/24 dev wan" "addr add 10.67.0.1/24 dev wan" "addr add fd66::1/64 dev wan nodad" "link set wan up" \
		"addr add fd25::40/64 dev ens33 nodad" "addr add fd26::40/64 dev ens33 nodad" \
		"route add local 172.25.1.0/24 dev lo" "route add local 172.25.2.0/23 dev lo" "route add local 10.66.1.0/24 dev lo" \
		"route add local fd27::/64 dev lo" "route add local fd67::/64 dev lo"
	in_host node2 "addr add 10.66.0.2/24 dev wan" "addr add 10.67.0.2/24 dev wan" "addr add fd66::2/64 dev wan nodad" "link set wan up" \
		"addr add fd25::32/64 dev ens33 nodad" "addr add fd26::32/64 dev ens33 nodad" \
		"addr add fd25::101/64 dev ens33 nodad" "addr add fd25::102/64 dev ens33 nodad" \
		"route add local $BASE.96/27 dev lo" "route add local 10.66.0.16/28 dev lo" \
		"route add 10.66.1.0/24 via 10.66.0.1" "route add fd67::/64 via fd66::1" \
		"route add 172.25.1.0/24 via $BASE.40" "route add 172.25.2.0/23 via $BASE.40" "route add fd27::/64 via fd25::40"
	for n in 1 2 3; do
		in_host rs$n "addr add $BASE.6$n/24 dev ens33" "addr add fd25::5$n/64 dev ens33 nodad" "addr add fd26::5$n/64 dev ens33 nodad" \
			"route add default via $BASE.40" "route add default via fd25::40" \
			"route add local 172.25.1.0/24 dev lo" "route add local 172.25.2.0/23 dev lo" "route add local fd27::/64 dev lo" \
			"link set tunl0 up" "link set gre0 up" "link set sit0 up" "link set ip6gre0 up" \
			"link add in6 type ip6tnl mode any local fd25::5$n remote ::" "link set in6 up" \
			"link add own6 type ip6tnl mode any local fd26::5$n remote fd26::40" "link set own6 up" \
			"link add sums type gre local $BASE.6$n icsum" "link set sums up" \
			"fou add port 6080 gue" "fou add port 6080 gue -6"
		ip netns exec "$NS-rs$n" "$TOOLS/talk" serve rs$n $BASE.5$n >>"$OUT/$SCENARIO.talk" 2>&1 </dev/null &
	done
	on $DIR bash -c 'for f in ipv4/ip_forward ipv6/conf/all/forwarding; do echo 1 >/proc/sys/net/$f; done
		for f in all default ens33; do echo 0 >/proc/sys/net/ipv4/conf/$f/send_redirects; done'
}

# ---- services ----
CONF='' N_SERVICES=0
declare -A AT=() # LABEL: its virtual address

# servers_of PORT WEIGHT...: real servers 1 on, as lines in $SERVERS; a weight - leaves one out. HOSTS: what their addresses begin with;
# EACH: lines in each of them, @ its number.
servers_of() {
	local port=$1 n=0 w one each=${EACH-}
	SERVERS=''
	shift
	for w; do
		n=$((n + 1))
		printf -v one '\treal_server %s%d %s {\n\t\tweight %s\n%s\t}\n' "${HOSTS-$BASE.5}" $n "$port" "$w" "${each//@/$n}"
		[ "$w" = - ] || SERVERS+=$one
	done
}
# service WHAT METHOD LINES: one more virtual_server, with $SERVERS; WHAT as the file has it, LINES separated by ";"; TCP where they do not say.
service() {
	local lines=${3//;/$'\n'}
	[[ $lines == *protocol* ]] || lines+=$'\n\tprotocol TCP'
	CONF+="virtual_server $1 {
	lb_kind $2
	$lines
$SERVERS}
"
}
# near|far|near6|far6 LABEL PORT METHOD LINES: the same at the next virtual address of that network, which is ${AT[LABEL]}.
at_next() {
	AT[$2]=$1$((++N_SERVICES))
	service "${AT[$2]} $3" "$4" "$5"
}
near() { at_next 172.25.1. "$@"; }
far() { at_next 10.66.1. "$@"; }
near6() { at_next fd27:: "$@"; }
far6() { at_next fd67:: "$@"; }

# ---- questions, and what is expected ----
ASKS='' EXPECT=()
declare -A SEEN=() LIST=()
# ask LABEL WORDS...: a line for talk: PROTOCOL PORT COUNT [OPTION...]; of a label like a/b the address is a's.
ask() { ASKS+="$1 $2 ${TO-${AT[${1%%/*}]}} ${*:3}"$'\n'; }
# expect LABEL SHARES NAME: who answers: "2 2 2" (rs1 to rs3); one, spread, all (of the three), any; +N: and N errors, +: and errors.
expect() { EXPECT+=("$1|$2|$3"); }
# tcp LABEL SHARES NAME COUNT [OPTION...]: both, for port 80.
tcp() {
	expect "$1" "$2" "$3"
	ask "$1" tcp 80 "${@:4}"
}

# The answers of label a/b count for a and for a/b.
take() { # FILE
	local label who at one
	while read -r label who at; do
		for one in "${label%%/*}" $label; do
			LIST[$one]+=" $who"
			case $who in rs?) ;; *) who=error ;; esac
			SEEN[$one.$who]=$((${SEEN[$one.$who]-0} + 1))
			[ "$label" != "$one" ] || break
		done
	done <"$1"
}
# shared LABEL SHARES: is it as expected; $why says what it is.
shared() {
	local a=${SEEN[$1.rs1]-0} b=${SEEN[$1.rs2]-0} c=${SEEN[$1.rs3]-0} e=${SEEN[$1.error]-0} want=${2%%+*} busy
	busy=$(((a > 0) + (b > 0) + (c > 0)))
	why="shares $a $b $c, $e errors:${LIST[$1]-}"
	case $2 in
	*+) [ $e -gt 0 ] || return 1 ;;
	*+*) [ $e = "${2#*+}" ] || return 1 ;;
	*) [ $e = 0 ] || return 1 ;;
	esac
	case ${want% } in
	any) [ $busy -gt 0 ] ;;
	one) [ $busy = 1 ] ;;
	spread) [ $busy -gt 1 ] ;;
	all) [ $busy = 3 ] ;;
	*) [ "$a $b $c" = "${want% }" ] ;;
	esac
}
verdict() { # NAME STATUS WHY
	if [ "$2" = 0 ]; then ok "$1"; else fail "$1" "${3:0:300}"; fi
}
# stage NAME: ask what was gathered, and judge.
stage() {
	local e label want
	printf '%s' "$ASKS" | on node2 "$TOOLS/talk" ask >"$OUT/$SCENARIO.$1" 2>&1
	SEEN=() LIST=()
	take "$OUT/$SCENARIO.$1"
	for e in "${EXPECT[@]}"; do
		IFS='|' read -r label want name <<<"$e"
		shared "$label" "$want"
		verdict "$name" $? "$why"
	done
	ASKS='' EXPECT=()
}

# ---- the director ----
begin() {
	printf '%s' "$CONF" >"$conf"
	daemon_start $DIR "$conf" "$@"
}
reload() {
	local mark
	printf '%s' "$CONF" >"$conf"
	mark=$(log_mark $DIR)
	daemon_hup $DIR
	wait_for 10 log_has $DIR "$mark" 'Reloaded|is refused'
}
ctl() { on $DIR "$BUILD/regentctl" --run-dir "$RUN/$DIR/run" "$@"; }
# The kernel's table as ipvsadm -Sn has it: TABLE. has_line NAME PATTERN: one of its lines is like that (a shell pattern).
table_read() { TABLE=$'\n'$(on $DIR ipvsadm -Sn)$'\n'; }
has_line() {
	case $TABLE in
	*$'\n'$2[$' \n']*) ok "$1" ;;
	*) fail "$1" "no line $2" ;;
	esac
}
services_are() { [ "$(on $DIR ipvsadm -Ln | grep -cE '^(TCP|UDP|SCTP|FWM)')" = "$1" ] || { on $DIR ipvsadm -Ln | head; return 1; }; }
weights() { servers $DIR "$1" | awk '{ printf "%s%s", s, $2; s = " " }'; }
weights_are() { [ "$(weights "$1")" = "$2" ] || { weights "$1"; return 1; }; }
