# Hosts that are network namespaces, and the words that scenarios are told in. Sourced by scenarios, natively and in user-mode Linux.
#
# From the environment: TOP (the source tree), BUILD (where it was built), OUT (a folder of this run's own: logs), RESULTS (the file
# that takes one line a case). Owns every namespace whose name begins with $NS and every process in them; teardown ends both.
# No scenario sleeps for luck: wait_for polls a condition, and every wait has an end.
# shellcheck shell=bash disable=SC2034 # scenarios use what is set here

NS=${NS:-rt}
RUN=${RUN:-/run/regent-test}
TOOLS=$BUILD/tests/bench
DAEMON=${DAEMON:-regentd}
VIP=172.25.0.200
# shellcheck disable=SC2034
declare -A ADDR=([node2]=172.25.0.32 [node3]=172.25.0.33 [node4]=172.25.0.34)
exec {nap_fd}<> <(:)

# ---- results ----
ok() { printf 'ok  %s: %s\n' "$SCENARIO" "$1" >>"$RESULTS"; note "ok: $1"; }
fail() { printf 'FAIL %s: %s: %s\n' "$SCENARIO" "$1" "${2:-not so}" >>"$RESULTS"; note "FAIL: $1: ${2:-}"; }
skip() { printf 'skip %s: %s: %s\n' "$SCENARIO" "$1" "$2" >>"$RESULTS"; }
note() { printf '%s %s %s\n' "$EPOCHREALTIME" "$SCENARIO" "$*" >>"$OUT/steps"; [ "${VERBOSE-}" != 1 ] || echo "$*"; }

# check NAME COMMAND...: one case; what the command prints when it fails says why.
check() {
	local name=$1 why
	shift
	if why=$("$@" 2>&1); then
		ok "$name"
	else
		fail "$name" "$(printf '%s' "${why:-$*}" | tail -n 4 | tr '\n' '|')"
		return 1
	fi
}

# ---- time ----
now_us() { printf '%s' "${EPOCHREALTIME/./}"; }
nap() { read -rt "$1" -u "$nap_fd" || true; }

# How often a wait of so many seconds asks: what a machine needs that has nothing else to do, and as much again. Turns are counted, not the
# time: what the machine takes for itself, and what the command takes on a slow one, is nobody's fault and uses up none of it.
turns_in() { printf -v poll_us '%.0f' "${POLL:-0.1}e6"; turns=$(($1 * 2000000 / poll_us)); }

# wait_for SECONDS COMMAND...: poll until it is true; false when the time is over.
wait_for() {
	local turns poll_us
	turns_in "$1"
	shift
	until "$@" >/dev/null 2>&1; do
		[ $((turns--)) -gt 0 ] || return 1
		nap "${POLL:-0.1}"
	done
}

# check_soon NAME SECONDS COMMAND...: becomes true within so many seconds; what was true once counts.
check_soon() {
	local name=$1 why=$OUT/$SCENARIO.why turns poll_us
	turns_in "$2"
	shift 2
	until "$@" >"$why" 2>&1; do
		[ $((turns--)) -gt 0 ] || { fail "$name" "$(tail -n 4 "$why" | tr '\n' '|')"; return 1; }
		nap "${POLL:-0.1}"
	done
	ok "$name"
}

# check_stays NAME SECONDS COMMAND...: is true now and all the while.
check_stays() {
	local name=$1 end=$(($(now_us) + $2 * 1000000)) why
	shift 2
	while [ "$(now_us)" -lt "$end" ]; do
		why=$("$@" 2>&1) || { fail "$name" "$(printf '%s' "$why" | tail -n 4 | tr '\n' '|')"; return 1; }
		nap 0.2
	done
	ok "$name"
}

# ---- hosts ----
# In the foreground; what is to run on in the background names `ip netns exec` itself, so that $! is its process and no shell's.
on() { local h=$1; shift; ip netns exec "$NS-$h" "$@"; }

# The segment that all hosts are on: a bridge in a namespace of its own.
lan_up() {
	ip netns add "$NS-lan"
	printf '%s\n' "link add br0 type bridge mcast_snooping 0 forward_delay 0" "link set br0 up" | ip -n "$NS-lan" -batch -
}

# host NAME ADDRESS/LEN: a namespace with ens33 on the segment; the bridge's end is p-NAME.
host() {
	printf '%s\n' "netns add $NS-$1" "link add ens33 netns $NS-$1 type veth peer name p-$1 netns $NS-lan" | ip -batch -
	ip -n "$NS-lan" link set "p-$1" master br0 up
	printf '%s\n' "link set lo up" "addr add $2 dev ens33" "link set ens33 up" | ip -n "$NS-$1" -batch -
}

host_pids() { ip netns pids "$NS-$1" 2>/dev/null; }

# End everything that a scenario began. Only what lives in our own namespaces is touched.
teardown() {
	local n p
	for n in $(ip netns list | awk -v p="$NS-" 'index($1, p) == 1 { print $1 }'); do
		for p in $(ip netns pids "$n" 2>/dev/null); do
			[ "$p" = $$ ] || kill -CONT "$p" 2>/dev/null || true
			[ "$p" = $$ ] || kill -KILL "$p" 2>/dev/null || true
		done
		wait_for 3 ns_empty "$n" || true
		ip netns del "$n"
	done
	rm -rf "$RUN"
}
ns_empty() { [ -z "$(ip netns pids "$1")" ]; }

# ---- the wire ----
# wire_start HOST...: capture what these hosts send; the lines are in $OUT/$SCENARIO.wire. The observer has what time is left over.
wire_start() {
	WIRE=$OUT/$SCENARIO.wire
	: >"$WIRE"
	ip netns exec "$NS-lan" chrt -i 0 "$TOOLS/wirecap" "${@/#/p-}" >>"$WIRE" 2>&1 &
	wait_for 20 [ -s "$WIRE" ] # it says that it listens
}
# wire_adverts HOST [PRIORITY]: the adverts of a host so far: TIME_US PRIORITY.
wire_adverts() { awk -v h="p-$1" -v pr="${2-}" '$2 == h && $3 == "vrrp" && (pr == "" || $7 == pr) { print $1, $7 }' "$WIRE"; }
# wire_gap_ms FROM_US HOST: from that moment to the first advert of HOST after it, in ms.
wire_gap_ms() { wire_adverts "$2" | awk -v t="$1" '$1 > t { printf "%.1f\n", ($1 - t) / 1000; exit }'; }
within() { awk -v v="$1" -v lo="$2" -v hi="$3" 'BEGIN { if (v == "" || v < lo || v > hi) { print "is \"" v "\", not " lo ".." hi; exit 1 } }'; }

# ---- the daemon: regentd, or keepalived to try a scenario against ----
log_of() { printf '%s/%s.%s.log' "$OUT" "$SCENARIO" "$1"; }
agentx_of() { printf '%s/agentx/%s' "$RUN" "$1"; }

# daemon_start HOST FILE [OPTION...]; WRAP is a command to run it under, DAEMON_DIR where it was built, DETAIL how much it logs.
daemon_start() {
	local h=$1 conf=$2
	shift 2
	mkdir -p "$RUN/$h" "$RUN/agentx"
	touch "$(log_of "$h")"
	DAEMON_BEGAN=$(now_us)
	if [ "$DAEMON" = keepalived ]; then
		ip netns exec "$NS-$h" keepalived -n -l "${DETAIL[@]}" -x -A "$(agentx_of "$h")" -f "$conf" -p "$RUN/$h/pid" -r "$RUN/$h/vrrp" -c "$RUN/$h/check" "$@" \
			>>"$(log_of "$h")" 2>&1 </dev/null &
	else
		ip netns exec "$NS-$h" "${WRAP[@]}" "${DAEMON_DIR:-$BUILD}/regentd" -n -l "${DETAIL[@]}" -f "$conf" --run-dir "$RUN/$h/run" --state-dir "$RUN/$h/state" \
			-p "$RUN/$h/pid" -A "$(agentx_of "$h")" --agent "$BUILD/regent-agent" "$@" >>"$(log_of "$h")" 2>&1 </dev/null &
	fi
	DAEMON_PID[$h]=$!
}
declare -A DAEMON_PID=()
DAEMON_BEGAN=0 # when the last one was started, in microseconds
WRAP=() DETAIL=(-D)

# Every process of a host that runs one of the daemon's executables. One program looks at all of them: user-mode Linux is slow to start one.
pids_of() { # HOST REGEX: of the executable's name
	local p dirs=()
	for p in $(host_pids "$1"); do
		dirs+=("/proc/$p/exe")
	done
	[ ${#dirs[@]} -eq 0 ] || find "${dirs[@]}" -maxdepth 0 -printf '%p %l\n' 2>/dev/null | sed -nE "s,^/proc/([0-9]+)/exe .*/($2)\$,\\1,p"
}
daemon_pids() { pids_of "$1" 'regentd|regent-agent|lt-regentd|keepalived'; }
agent_pid() { pids_of "$1" regent-agent; }
daemon_gone() { [ -z "$(daemon_pids "$1")" ]; }
daemon_stop() {
	kill -TERM "${DAEMON_PID[$1]}"
	wait_for "${2:-5}" daemon_gone "$1"
}
# kill -9 of all its processes in one stroke: they stand still first, or one that sees its parent die says goodbye. At once: without
# waiting for their end.
daemon_kill9_at_once() {
	KILLED=$(daemon_pids "$1")
	# shellcheck disable=SC2086
	kill -STOP $KILLED
	# shellcheck disable=SC2086
	kill -KILL $KILLED
}
daemon_kill9() {
	daemon_kill9_at_once "$1"
	wait "${DAEMON_PID[$1]}" 2>/dev/null || true # its last thread holds the lock until it is gone
	POLL=0.02 wait_for 3 none_runs
}
none_runs() { # of the killed: no program is started to find that out, since those who are to go on have little time
	local p
	for p in $KILLED; do
		[ ! -e "/proc/$p/exe" ] || return 1
	done
}
daemon_hup() { kill -HUP "${DAEMON_PID[$1]}"; }

# What the daemon logged since the mark.
log_mark() { wc -l <"$(log_of "$1")"; }
log_since() { tail -n "+$(($2 + 1))" "$(log_of "$1")"; }
log_has() { log_since "$1" "$2" | grep -qE -- "$3" || { echo "no /$3/ in the log"; return 1; }; }
log_lacks() { ! log_since "$1" "$2" | grep -E -- "$3"; }

# ---- what a host holds ----
has_vip() { on "$1" ip -4 addr show dev ens33 | grep -q "inet ${2:-$VIP}[/ ]" || { echo "$1 has no ${2:-$VIP}"; return 1; }; }
lacks_vip() { ! has_vip "$1" "${2:-$VIP}" >/dev/null || { echo "$1 has ${2:-$VIP}"; return 1; }; }
# The kernel's servers of the VIP's service: ADDRESS:PORT WEIGHT, sorted.
servers() {
	on "$1" ipvsadm -Ln | awk -v s="${2:-$VIP:80}" '
		$1 == "TCP" || $1 == "UDP" { in_it = $2 == s }
		in_it && $1 == "->" { print $2, $4 }' | sort
}
servers_are() {
	local got want
	got=$(servers "$1")
	want=$(printf '%s\n' "${@:2}" | sed '/^$/d' | sort)
	[ "$got" = "$want" ] || { echo "$1 has: $got; not: $want"; return 1; }
}
ipvs_save() { on "$1" ipvsadm -Sn | sort; }

# monitor_start HOST OBJECT...: a line for each change of these that the host's kernel tells, in $MONITOR, from now on.
monitor_start() {
	local h=$1
	shift
	MONITOR=$OUT/$SCENARIO.monitor
	ip netns exec "$NS-$h" ip -o monitor "$@" >"$MONITOR" 2>&1 </dev/null &
	wait_for 5 netlink_listens "$h" $!
}
netlink_listens() { on "$1" awk -v pid="$2" '$3 == pid && $4 !~ /^0*$/ { n++ } END { exit !n }' /proc/net/netlink; } # HOST PID

# ---- regentctl's rows ----
status() { on "$1" "$BUILD/regentctl" --run-dir "$RUN/$1/run" status --json; }
# status_is HOST JQ-EXPRESSION: true on its status.
status_is() {
	local out
	out=$(status "$1") || { echo "regentctl failed: $out"; return 1; }
	printf '%s' "$out" | jq -e "$2" >/dev/null || { printf '%s' "$out" | jq -c "${3:-.}"; return 1; }
}

# ---- the rest of the world ----
# web_start HOST: nginx whose page is the host's name. WEB_LISTEN: where it listens beside port 80 of IPv4.
web_start() {
	local d=$RUN/$1/web
	mkdir -p "$d"
	cat >"$d/conf" <<-END
		daemon off; master_process off; pid $d/pid; error_log stderr;
		events { worker_connections 512; }
		http {
		  access_log off; keepalive_requests 1000000; keepalive_timeout 300s;
		  client_body_temp_path $d; proxy_temp_path $d; fastcgi_temp_path $d; uwsgi_temp_path $d; scgi_temp_path $d;
		  server { listen 80; ${WEB_LISTEN-} default_type text/plain; location / { return 200 "$1\n"; } }
		}
	END
	ip netns exec "$NS-$1" nginx -e stderr -c "$d/conf" >>"$OUT/$SCENARIO.web" 2>&1 </dev/null &
	WEB_PID[$1]=$!
	wait_for 5 web_listens "$1"
}
declare -A WEB_PID=()
web_listens() { on "$1" ss -Hltn 'sport = :80' | grep -q .; }
web_stop() {
	kill -KILL "${WEB_PID[$1]}"
	wait "${WEB_PID[$1]}" 2>/dev/null || true
}

# get COUNT [OPTION...]: that many requests from node2 to the VIP, a line an answer.
get() { on node2 "$TOOLS/hget" "${@:2}" "$VIP" 80 "$1"; }
# get_anew COUNT FILE: the same from ports that no other request of the scenario had. A kernel that was BACKUP remembers what its own
# server answered, and takes a port that is used again for that connection still: an answer all the same, but out of turn.
FRESH_PORT=20000
get_anew() {
	get "$1" -p "$FRESH_PORT" >"$2"
	FRESH_PORT=$((FRESH_PORT + $1))
}
# all_answered FILE COUNT: that many pages, both nodes' in turn.
all_in_turn() {
	awk -v n="$2" '
		$0 != "node3" && $0 != "node4" { bad++; what = $0 }
		NR > 1 && $0 == last { same++ }
		{ last = $0; seen[$0]++ }
		END {
			if (NR != n || bad || same) {
				print NR " answers, " bad + 0 " bad (" what "), " same + 0 " out of turn"
				exit 1
			}
		}' "$1"
}

# ---- SNMP: a real snmpd beside the daemon, the manager on node2 ----
REGENT_MIB=1.3.6.1.4.1.8072.9999.9999.112
VRRP_MIB=1.3.6.1.2.1.68
declare -A SNMPD_PID=()
# snmpd_start HOST: AgentX master on agentx_of HOST, SNMP on the host's address, traps to node2.
snmpd_start() {
	mkdir -p "$RUN/agentx" "$RUN/snmp/$1"
	cat >"$RUN/snmp/$1/conf" <<-END
		agentAddress udp:161
		rocommunity public
		rwcommunity private
		master agentx
		agentXSocket $(agentx_of "$1")
		trap2sink ${ADDR[node2]}:162 public
	END
	SNMP_PERSISTENT_DIR=$RUN/snmp/$1 ip netns exec "$NS-$1" \
		snmpd -f -Lo -C -c "$RUN/snmp/$1/conf" >>"$OUT/$SCENARIO.$1.snmpd" 2>&1 </dev/null &
	SNMPD_PID[$1]=$!
	wait_for 5 snmp get "$1" 1.3.6.1.2.1.1.3.0
}
# snmp get|walk|set HOST ARGUMENT...: from node2, numbers only; asked again, since a machine may be away for as long as one try lasts.
snmp() {
	local verb=$1 h=$2 community=public
	shift 2
	[ "$verb" != set ] || community=private
	on node2 "snmp$verb" -v 2c -c $community -t 2 -r 1 -m '' -On -Oe "${ADDR[$h]}" "$@"
}
snmp_walks() { [ "$(snmp walk "$1" "$2" 2>/dev/null | grep -cv 'No Such')" -ge "${3:-1}" ] || { echo "no rows below $2"; return 1; }; }
# traps_start: snmptrapd on node2; a line a notification in $TRAPS.
traps_start() {
	TRAPS=$OUT/$SCENARIO.traps
	: >"$TRAPS"
	echo 'disableAuthorization yes' >"$RUN/trapd.conf"
	SNMP_PERSISTENT_DIR=$RUN/snmp/node2 ip netns exec "$NS-node2" snmptrapd -f -n -Lo -C -c "$RUN/trapd.conf" -m '' -On \
		-F '%b | %v\n' udp:162 >>"$TRAPS" 2>&1 </dev/null &
	wait_for 5 grep -q 'NET-SNMP version' "$TRAPS"
}

# ---- the control of lateness ----
# control_start INTERVAL_US SECONDS: the bare ticker beside what is measured, under WRAP as the daemon is; control_end ends it: its p99
# and worst in us. It ticks more often than what it is the control of, since a stall that hits one advert may miss a slow ticker. ALLOWED
# is what one event may be late by: a stall may hit it twice, where it is heard and again where it is answered. STALLED is what work of
# many steps may lose: all that was not run of it meanwhile.
control_start() { "${WRAP[@]}" "$TOOLS/ticker" "$1" "$2" >"$OUT/$SCENARIO.control" 2>&1 & CONTROL=$!; }
control_end() {
	kill -TERM "$CONTROL"
	wait "$CONTROL"
	CONTROL_P99=$(sed -n 's/.* p99=\([0-9]*\).*/\1/p' "$OUT/$SCENARIO.control")
	CONTROL_WORST=$(sed -n 's/.* worst=\([0-9]*\).*/\1/p' "$OUT/$SCENARIO.control")
	STALLED=$(sed -n 's/.* stalled=\([0-9]*\).*/\1/p' "$OUT/$SCENARIO.control")
	[ -n "$CONTROL_WORST" ] && ALLOWED=$((2 * CONTROL_WORST))
}
# grid_of HOST INTERVAL_US FROM TO: sets N, GAP_MAX, P50, P99, WORST (us; lateness against the lower envelope of the grid).
grid_of() { eval "$("$TOP/tests/bench/grid.py" "$WIRE" "p-$1" "$2" "$3" "$4")"; }
# REGENT-MIB's objects by number: the tables' columns, as mibs/REGENT-MIB.txt has them.
VR_TABLE=$REGENT_MIB.1.4
VS_TABLE=$REGENT_MIB.1.7
RS_TABLE=$REGENT_MIB.1.8
PROBE_TABLE=$REGENT_MIB.1.9
VR_STATE=$VR_TABLE.1.7
VR_FAULT_TEXT=$VR_TABLE.1.24
RS_STATE=$RS_TABLE.1.6
RS_CONF_WEIGHT=$RS_TABLE.1.7
RS_ADMIN_WEIGHT=$RS_TABLE.1.8
RS_WEIGHT=$RS_TABLE.1.9
RS_REASON_TEXT=$RS_TABLE.1.12
VR_TRAP=$REGENT_MIB.0.1
RS_TRAP=$REGENT_MIB.0.2
# rs_of COLUMN ADDRESS: a real server's object below the VIP's service.
rs_of() { printf '%s.1.4.%s.6.80.0.1.4.%s.80' "$1" "$VIP" "$2"; }
# snmp_is HOST OID REGEX: the object's value matches.
snmp_is() {
	local v
	v=$(snmp get "$1" "$2" 2>&1)
	[[ ${v#* = } =~ $3 ]] || { echo "$v"; return 1; }
}
