# snmpd hangs for 30 s, dies, and comes back: VRRP never notices, and the rows are there again by themselves.
# shellcheck shell=bash
# shellcheck source=tests/hosts/fast.sh
. "$TOP/tests/hosts/fast.sh"
stall=${STALL:-30}
fast_up
snmpd_start node3
daemon_start node3 "$RUN/node3/conf"
wait_for 5 has_vip node3 $FAST_VIP
daemon_start node4 "$RUN/node4/conf"
check_soon "the rows are there before" 10 snmp_walks node3 $REGENT_MIB 5
check "node3 is MASTER" fast_master
peer_mark=$(log_mark node4)

control_start 1000 $((stall + 60))
t0=$(now_us)
kill -STOP "${SNMPD_PID[node3]}"
stalled() { [ "$(now_us)" -ge $((t0 + stall * 1000000)) ] && sent_at_least node3 "$t0" $((stall * 10)); }
check_soon "regentctl answers while snmpd hangs" 3 status_is node3 .
POLL=0.5 wait_for $((stall + 5)) stalled
t1=$(now_us)
check "at least $((stall * 10)) adverts while snmpd hangs" sent_at_least node3 "$t0" $((stall * 10))
kill -KILL "${SNMPD_PID[node3]}"
wait "${SNMPD_PID[node3]}" 2>/dev/null
killed=$(now_us)
more() { sent_at_least node3 "$killed" 30; }
wait_for 5 more
snmpd_start node3
restarted=$(now_us)
check_soon "the walk works again within 10 s of the restart" 10 snmp_walks node3 $REGENT_MIB 5
note "the rows came back after $((($(now_us) - restarted) / 1000)) ms"
t2=$(now_us)
control_end
check "no gap while snmpd hangs" no_gap node3 "$t0" "$t1"
check "no gap while snmpd is dead and comes back" no_gap node3 "$t1" "$t2"
grid_of node3 $INTERVAL "$t0" "$t2"
say_grid
check "node3 stayed MASTER" fast_master
check "the peer never took over" peer_still node4 "$peer_mark"
