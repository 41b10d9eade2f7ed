# A client uses its ports again soon after a role change: what the former MASTER's kernel remembers of them must not throw the new
# connections back.
# shellcheck shell=bash
howto_up
both_up_node3_master
# An odd number of requests each time, so that a port meets the other server the next time.
get 41 -p 20000 >"$OUT/$SCENARIO.get1"
check "41 requests from ports of our own" all_in_turn "$OUT/$SCENARIO.get1" 41
kill -TERM "${DAEMON_PID[node3]}"
check_soon "the peer is MASTER" 4 is_master node4
mark=$(log_mark node3)
start node3
check_soon "the former MASTER is BACKUP" 6 backup_since node3 "$mark"
for round in 2 3; do
	get 41 -p 20000 >"$OUT/$SCENARIO.get$round"
	check "round $round from the same ports" all_in_turn "$OUT/$SCENARIO.get$round" 41
done
reuse() { [ "$(on "$1" sysctl -n net.ipv4.vs.conn_reuse_mode)" = 3 ]; }
check "node3 lets ports be used again" reuse node3
check "node4 too" reuse node4
