# A scenario that measures and judges nothing: how late adverts are at 0.1 s in peace and while snmpd hangs. Played by tests/bench/run
# once for each daemon (DAEMON).
# shellcheck shell=bash
# shellcheck source=tests/hosts/fast.sh
. "$TOP/tests/hosts/fast.sh"
# shellcheck disable=SC2034 # keepalived logs every announcement with -D
DETAIL=()
stall=${STALL:-10}
fast_up
[ "$DAEMON" != keepalived ] || sed -i 's/^global_defs {/&\n    vrrp_garp_master_delay 1/' "$RUN/node3/conf"
snmpd_start node3
daemon_start node3 "$RUN/node3/conf"
wait_for 8 has_vip node3 $FAST_VIP
sent=$(now_us)
settled() { sent_at_least node3 "$sent" 80; }
POLL=0.5 wait_for 15 settled
spell() { # WHAT SECONDS
	local t0
	control_start 1000 60
	t0=$(now_us)
	over() { [ "$(now_us)" -ge $((t0 + $2 * 1000000)) ]; }
	POLL=0.5 wait_for $(($2 + 2)) over "$@"
	control_end
	grid_of node3 $INTERVAL "$t0" "$(now_us)"
	printf '%-12s %-22s %8s %8s %8s %12s %12s\n' "$DAEMON" "$1" "$P50" "$P99" "$WORST" "$GAP_MAX" "$CONTROL_WORST" >>"$OUT/table"
}
spell "in peace" "$stall"
kill -STOP "${SNMPD_PID[node3]}"
spell "snmpd hangs" "$stall"
