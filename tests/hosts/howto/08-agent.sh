# The agent is killed, a transition is forced meanwhile: VRRP and IPVS never notice, and the notification arrives all the same.
# shellcheck shell=bash
howto_up
wire_start node3 node4
snmpd_start node3
traps_start
both_up_node3_master
check_soon "the rows are there before" 10 snmp_walks node3 "$RS_STATE" 2
told() { grep -F 'UDP: [172.25.0.33]:' "$TRAPS" | grep -F ".$VR_TRAP" | grep -qE "\.${VR_STATE//./\\.}\.[0-9.]+ = INTEGER: $1\b" || { tail -n 3 "$TRAPS"; return 1; }; }
check_soon "the notification of becoming MASTER came" 5 told 3
check "none of becoming BACKUP yet after that" bash -c '! tail -n 1 "$1" | grep -q "INTEGER: 2\b.*VI_1"' - "$TRAPS"
lines=$(wc -l <"$TRAPS")
control_start 20000 300
from=$(now_us)
first=$(agent_pid node3)
mark=$(log_mark node3)
ipvs_save node3 >"$OUT/$SCENARIO.before"
same_ipvs() { diff "$OUT/$SCENARIO.before" <(ipvs_save node3); }
kill -KILL "$first"
back() { local p; p=$(agent_pid node3); [ -n "$p" ] && [ "$p" != "$first" ]; }
check_soon "a killed agent comes back by itself" 10 back
check "the daemon is the same" kill -0 "${DAEMON_PID[node3]}"
check_soon "the rows are there again" 15 snmp_walks node3 "$RS_STATE" 2
check "IPVS is as it was" same_ipvs
check "no transition" log_lacks node3 "$mark" 'Entering'

# The agent is kept dead until the transition is over.
sed -i 's/priority 100/priority 200/' "$(conf_of node4)"
daemon_hup node4
dead_till_transition() {
	local p
	p=$(agent_pid node3)
	[ -z "$p" ] || kill -KILL "$p"
	is_master node4
}
check_soon "a transition is forced while the agent is dead" 8 dead_till_transition
check_soon "IPVS follows the role without an agent" 3 serves_as_backup node3
back_again() { [ -n "$(agent_pid node3)" ]; }
check_soon "the agent comes back by itself" 20 back_again
told_after() { tail -n "+$((lines + 1))" "$TRAPS" | grep -F 'UDP: [172.25.0.33]:' | grep -F ".$VR_TRAP" | grep -qE "\.${VR_STATE//./\\.}\.[0-9.]+ = INTEGER: 2\b" || { tail -n 3 "$TRAPS"; return 1; }; }
check_soon "the notification of becoming BACKUP arrives" 20 told_after
check_soon "the rows are there again after the transition" 15 snmp_walks node3 "$RS_STATE" 2
check "the daemon is still the same" kill -0 "${DAEMON_PID[node3]}"
control_end
check "node3's adverts kept time as long as it was MASTER" steady node3
