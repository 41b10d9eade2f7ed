# The MASTER is stopped, then killed: when the peer speaks, and that what comes back cleans up behind itself.
# shellcheck shell=bash
howto_up
wire_start node3 node4
both_up_node3_master
spoke_after() { [ -n "$(wire_gap_ms "$1" "$2")" ]; }
last_of() { wire_adverts "$1" "${2-}" | tail -n 1 | cut -d ' ' -f 1; }
# What is late by no more than a bare timer in the same seconds is the machine's doing. (native/11-takeover has the strict clock.)
on_time() { # GAP_MS EXPECTED_MS
	within "$1" $(($2 - 5)) $(($2 + 20 + ALLOWED / 1000))
}
stopped_with_zero() { [ -n "$(wire_adverts node3 0)" ]; }

# ---- SIGTERM ----
control_start 10000 30
kill -TERM "${DAEMON_PID[node3]}"
check_soon "SIGTERM: node3 sends a priority-0 advert" 5 stopped_with_zero
t0=$(last_of node3 0)
POLL=0.3 wait_for 3 spoke_after "${t0:-0}" node4
gap=$(wire_gap_ms "${t0:-0}" node4)
control_end
check "SIGTERM: the peer's first advert 609 ms after priority 0 (-5/+20)" on_time "$gap" 609
note "first advert after $gap ms; the control's worst $CONTROL_WORST us"
check_soon "SIGTERM: node3's processes end" 3 daemon_gone node3
check_soon "SIGTERM: node3 has no VIP" 1 lacks_vip node3
check_soon "SIGTERM: node4 has it and serves" 2 serves_as_master node4
get_anew 200 "$OUT/$SCENARIO.get"
check "SIGTERM: then 200 of 200 succeed, in turn" all_in_turn "$OUT/$SCENARIO.get" 200

# ---- kill -9 ----
mark=$(log_mark node3)
start node3
check_soon "node3 comes back as BACKUP" 6 backup_since node3 "$mark"
control_start 10000 30 # the last advert may be heard late, too
wait_for 6 spoke_after "$(now_us)" node4
killed=$(now_us)
daemon_kill9 node4
POLL=0.5 wait_for 6 spoke_after "$killed" node3
t0=$(last_of node4) # not before: the observer may have been behind
gap=$(wire_gap_ms "$t0" node3)
control_end
check "kill -9: the peer's first advert 3609 ms after the last one (-5/+20)" on_time "$gap" 3609
note "first advert after $gap ms; the control's worst $CONTROL_WORST us"
check "kill -9: the dead host's kernel still has the VIP" has_vip node4

# Watches node4 from inside, cheaply, and says when it is clean: no VIP on ens33, node3's weight 0.
watch_clean() {
	on node4 bash -c 'for i in {1..2000}; do
		[[ $(ipvsadm -Ln) =~ 172.25.0.33:80\ +Route\ +0 && ! $(ip -4 -o addr show dev ens33) =~ "$0"/ ]] && { echo "${EPOCHREALTIME/./}"; exit; }
		read -rt 0.02 <> <(:)
	done' "$VIP" >"$OUT/$SCENARIO.clean" 2>&1 &
	watcher=$!
}
mark=$(log_mark node4)
watch_clean
control_start 10000 60
start node4
is_up() { log_since node4 "$mark" | grep -q 'is running'; }
POLL=0.5 wait_for 5 is_up
ready=$(date -d "$(log_since node4 "$mark" | sed -n '/is running/{s/ .*//p;q}')" +%s%6N)
wait $watcher
POLL=0.5 wait_for 2 spoke_after "$ready" node3
heard=$(wire_adverts node3 | awk -v t="$ready" '$1 > t { print $1; exit }')
control_end
took=$((($(cat "$OUT/$SCENARIO.clean") - heard) / 1000))
check "started again: it has removed the VIP" lacks_vip node4
check "started again: it has set its weights" serves_as_backup node4
check "started again: all within 1 s of hearing the peer: $took ms" [ "$took" -le $((1000 + STALLED / 1000)) ]
check "started again: it is BACKUP" log_lacks node4 "$mark" 'Entering MASTER'
check "started again: node3 stays MASTER" is_master node3
check_soon "started again: node3 serves" 2 serves_as_master node3
get_anew 200 "$OUT/$SCENARIO.get2"
check "started again: then 200 of 200 succeed, in turn" all_in_turn "$OUT/$SCENARIO.get2" 200
