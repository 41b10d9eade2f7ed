# When the peer speaks after the MASTER has gone, by the how-to's own files (with health off): 609 ms after priority 0, 3609 ms after
# the last advert of one that was killed; -5/+20 ms on the wire, and no more than what a bare timer is late by.
# shellcheck shell=bash
# shellcheck source=tests/hosts/fast.sh
. "$TOP/tests/hosts/fast.sh"
fast_up
for n in node3 node4; do
	# Without IPVS here the daemon would be ill and the skew that of its lower priority.
	sed 's/^global_defs {/&\n health off/' "$TOP/tests/data/howto-$n.conf" >"$(conf_of $n)"
done
spoke_after() { [ -n "$(wire_gap_ms "$1" "$2")" ]; }
last_of() { wire_adverts "$1" "${2-}" | tail -n 1 | cut -d ' ' -f 1; }
on_time() { # GAP_MS EXPECTED_MS
	within "$1" $(($2 - 5)) $(($2 + 20 + ALLOWED / 1000))
}
start node3
wait_for 10 has_vip node3
start node4
ready() { log_has node4 1 'Entering BACKUP'; }
wait_for 5 ready

control_start 1000 30
kill -TERM "${DAEMON_PID[node3]}"
resigned() { [ -n "$(wire_adverts node3 0)" ]; }
check_soon "SIGTERM: an advert with priority 0" 2 resigned
t0=$(last_of node3 0)
wait_for 3 spoke_after "$t0" node4
control_end
gap=$(wire_gap_ms "$t0" node4)
check "SIGTERM: the peer's first advert 609 ms after it (-5/+20)" on_time "$gap" 609
note "first advert after $gap ms; the control's worst $CONTROL_WORST us"
check "SIGTERM: no VIP is left" lacks_vip node3

start node3
back() { [ "$(grep -c 'Entering BACKUP' "$(log_of node3)")" = 2 ]; }
check_soon "it comes back as BACKUP" 5 back
control_start 1000 30 # the last advert may be heard late, too
wait_for 3 spoke_after "$(now_us)" node4
daemon_kill9 node4
t0=$(last_of node4)
wait_for 6 spoke_after "$t0" node3
control_end
gap=$(wire_gap_ms "$t0" node3)
check "kill -9: the peer's first advert 3609 ms after the last one (-5/+20)" on_time "$gap" 3609
note "first advert after $gap ms; the control's worst $CONTROL_WORST us"
