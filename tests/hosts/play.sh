# The whole scenario told to a person, step by step: what contrib/try-it plays. Sourced by tests/hosts/play after lib.sh and howto.sh.
# shellcheck shell=bash disable=SC2034
STALL=${STALL:-10}
bad=0
began=$(now_us)
say() { printf '@ %5.1f s  %s\n' "$(awk -v t=$(($(now_us) - began)) 'BEGIN { print t / 1000000 }')" "$*"; }
show() { sed 's/^/@            /'; }
# expect TEXT COMMAND...: the step's line says whether it is so.
expect() {
	local text=$1 why
	shift
	if why=$("$@" 2>&1); then
		say "$text"
	else
		bad=$((bad + 1))
		say "NOT AS IT SHOULD BE: $text"
		printf '%s\n' "$why" | tail -n 3 | show
	fi
}
# soon SECONDS TEXT COMMAND...
soon() {
	local within=$1 text=$2
	shift 2
	wait_for "$within" "$@" || true
	expect "$text" "$@"
}
tables() {
	local n
	for n in node3 node4; do
		echo "$n# ipvsadm -Ln"
		on $n ipvsadm -Ln | sed -n '4,$p'
	done | show
}
ask() {
	get_anew 200 "$OUT/get"
	expect "$1: 200 requests from node2, $(grep -c '^node' "$OUT/get") answers: $(grep -c node3 "$OUT/get") from node3, $(grep -c node4 "$OUT/get") from node4" \
		all_in_turn "$OUT/get" 200
}
walk() { # HOST OID LINES
	echo "node2\$ snmpwalk -v 2c -c public ${ADDR[$1]} $2"
	snmp walk "$1" "$2" | awk -f "$TOP/tests/hosts/names.awk" "$TOP/mibs/REGENT-MIB.txt" - | head -n "$3"
}
new_traps() { tail -n "+$((seen + 1))" "$TRAPS"; }
show_trap() { # REGEX
	new_traps | grep -E "$1" | tail -n 1 | sed 's/.*| //; s/\t/\n/g' | awk -f "$TOP/tests/hosts/names.awk" "$TOP/mibs/REGENT-MIB.txt" - | cut -c1-130 | show
}
came() { new_traps | grep -qE "$1"; }
mark_traps() { seen=$(wc -l <"$TRAPS"); }
both_answer() { snmp_walks node3 "$VR_STATE" && snmp_walks node4 "$VR_STATE"; }
spoke_after() { [ -n "$(wire_gap_ms "$1" "$2")" ]; }
last_of() { wire_adverts "$1" "${2-}" | tail -n 1 | cut -d ' ' -f 1; }

say "three hosts on one segment: node2 the client, node3 and node4 directors and real servers, VIP $VIP"
howto_up
snmpd_start node3
snmpd_start node4
traps_start
mark_traps
wire_start node3 node4
say "the daemons start at once, each with its keepalived.conf as it is (tests/data/howto-node*.conf)"
start node3
start node4
soon 8 "one of them is MASTER and has the VIP" one_master
m=$(master)
b=$(other "$m")
soon 6 "$m is MASTER, its kernel has both real servers" serves_as_master "$m"
soon 6 "$b is BACKUP: it keeps itself, the other one has weight 0, so nothing is thrown back" serves_as_backup "$b"
tables
ask "service"

say "what a manager sees: RFC 2787's table, then REGENT-MIB's virtual routers and real servers"
soon 8 "both directors answer" both_answer
{ walk "$m" "$VRRP_MIB.1.3" 13; walk "$m" "$VR_STATE" 3; walk "$m" "$RS_STATE" 4; walk "$m" "$RS_REASON_TEXT" 4; } | cut -c1-130 | show
soon 5 "and it was told of the transition" came "$VR_TRAP"
show_trap "$VR_TRAP"
say "the same rows, without SNMP: regentctl status"
on "$m" "$BUILD/regentctl" --run-dir "$RUN/$m/run" status 2>&1 | head -n 20 | cut -c1-140 | show

say "an operator sets a weight by SNMP: 7 for ${ADDR[$b]}"
expect "snmpset is taken" snmp set "$m" "$(rs_of "$RS_ADMIN_WEIGHT" "${ADDR[$b]}")" i 7
heavy() { servers "$m" | grep -qx "${ADDR[$b]}:80 7"; }
soon 3 "the kernel has it" heavy
tables
expect "65536 is refused" eval '! snmp set "$m" "$(rs_of "$RS_ADMIN_WEIGHT" "${ADDR[$b]}")" i 65536'
expect "-1 gives the file's weight back" snmp set "$m" "$(rs_of "$RS_ADMIN_WEIGHT" "${ADDR[$b]}")" i -1
soon 3 "the kernel has that" serves_as_master "$m"

say "a web server stops: $b's. It is tried again 3 times, 3 s apart"
mark_traps
web_stop "$b"
soon 20 "it has left the pool" servers_are "$m" "${ADDR[$m]}:80 1"
soon 5 "the manager was told why" came "$RS_TRAP"
show_trap "$RS_TRAP"
web_start "$b"
soon 9 "it is started, and back in the pool" serves_as_master "$m"

say "the file is edited and read again by SIGHUP: weight 5 for ${ADDR[node3]}"
cp "$(conf_of "$m")" "$RUN/kept"
sed -i '0,/weight 1/s//weight 5/' "$(conf_of "$m")"
daemon_hup "$m"
five() { servers "$m" | grep -qx "${ADDR[node3]}:80 5"; }
soon 3 "only that changed; the VIP stayed" five
sed -i 's/priority 100/priority high/' "$(conf_of "$m")"
mark=$(log_mark "$m")
daemon_hup "$m"
soon 3 "a file with an error changes nothing, and the log says where" log_has "$m" "$mark" 'conf:[0-9]+:[0-9]+: error'
log_since "$m" "$mark" | grep -E 'conf:[0-9]+:[0-9]+: error' | head -n 2 | cut -c1-140 | show
cp "$RUN/kept" "$(conf_of "$m")"
daemon_hup "$m"
soon 3 "and mended again" serves_as_master "$m"

say "snmpd hangs for $STALL s (SIGSTOP), then dies, then comes back"
control_start 20000 $((STALL + 60))
t0=$(now_us)
kill -STOP "${SNMPD_PID[$m]}"
over() { [ "$(now_us)" -ge $((t0 + STALL * 1000000)) ]; }
POLL=0.5 wait_for $((STALL + 2)) over
kill -KILL "${SNMPD_PID[$m]}"
snmpd_start "$m"
soon 10 "the rows are there again by themselves" snmp_walks "$m" "$RS_STATE" 2
control_end
grid_of "$m" 1000000 "$t0" "$(now_us)"
expect "the largest gap between two of its $N adverts was $((GAP_MAX / 1000)) ms (a bare timer was late by up to $((CONTROL_WORST / 1000)) ms)" \
	[ "$GAP_MAX" -lt $((1100000 + ALLOWED)) ]

say "the MASTER's daemon is stopped (SIGTERM)"
mark_traps
kill -TERM "${DAEMON_PID[$m]}"
zero() { [ -n "$(wire_adverts "$m" 0)" ]; }
soon 5 "it says so: an advert with priority 0" zero
t0=$(last_of "$m" 0)
POLL=0.3 wait_for 3 spoke_after "${t0:-0}" "$b"
soon 3 "$b is MASTER, its first advert $(wire_gap_ms "${t0:-0}" "$b") ms later" serves_as_master "$b"
ask "after it"
soon 5 "the manager was told" came "$VR_TRAP"
mark=$(log_mark "$m")
start "$m"
soon 8 "$m is started and is BACKUP: no transition" backup_since "$m" "$mark"

say "the MASTER's daemon is killed (kill -9 of all its processes)"
wait_for 6 spoke_after "$(now_us)" "$b"
killed=$(now_us)
daemon_kill9 "$b"
POLL=0.5 wait_for 6 spoke_after "$killed" "$m"
t0=$(last_of "$b")
soon 3 "$m is MASTER, its first advert $(wire_gap_ms "$t0" "$m") ms after the last one of $b" serves_as_master "$m"
mark=$(log_mark "$b")
start "$b"
soon 5 "$b is started again: it has removed the VIP and set its weights" backup_since "$b" "$mark"
ask "after it"

say "$m's agent is killed; VRRP and IPVS go on"
first=$(agent_pid "$m")
kill -KILL "$first"
back() { local p; p=$(agent_pid "$m"); [ -n "$p" ] && [ "$p" != "$first" ]; }
soon 10 "it is started again" back
soon 15 "and has its rows again" snmp_walks "$m" "$RS_STATE" 2
tables
if [ $bad -eq 0 ]; then
	say "all of it was as it should be"
else
	say "$bad steps were NOT as they should be; the logs: $OUT"
fi
