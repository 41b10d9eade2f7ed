# The wall clock is set, forward and back, as a virtual machine's is that was moved: nobody changes state, adverts stay on their grid, and
# the MASTER announces its addresses again, since nobody knows what happened meanwhile. (Here, since this kernel's clock is its own.)
# shellcheck shell=bash
# shellcheck source=tests/hosts/fast.sh
. "$TOP/tests/hosts/fast.sh"
fast_up
sed -i "s/advert_int 0.1/advert_int 1/; s/$FAST_VIP/&\n172.25.0.202/; s/priority.*/&\ngarp_master_delay 0\ngarp_master_repeat 2/" \
	"$RUN/node3/conf" "$RUN/node4/conf"
HOUR=3600
daemon_start node3 "$RUN/node3/conf"
daemon_start node4 "$RUN/node4/conf"
# shellcheck disable=SC2034 # lib.sh's
POLL=0.3
check_soon "node3 is MASTER" 12 fast_master
garps() { awk '$2 == "p-node3" && $3 == "garp"' "$WIRE" | wc -l; }
garps_are() { [ "$(garps)" = "$1" ] || { echo "$(garps) announcements"; return 1; }; }
check_soon "both addresses are announced twice" 5 garps_are 4
doubts_are() { status_is node3 ".virtual_routers[0].counters.announce_doubts == $1" '.virtual_routers[0].counters'; }
before=$(status node3 | jq '.virtual_routers[0].counters.announce_doubts')
# on_grid SECONDS: no two adverts are further apart than an interval, the step apart.
on_grid() {
	wire_adverts node3 | awk -v step="$1" '
		NR > 1 {
			gap = ($1 - t) / 1e6
			if (step > 0 ? gap > step - 10 : gap < 0) { gap -= step; stepped++ }
			if (gap < 0.6 || gap > 1.4) { print "a gap of " gap " s"; bad = 1 }
		}
		{ t = $1 }
		END { if (stepped != 1) print stepped + 0 " steps seen"; exit bad || stepped != 1 || NR < 4 }'
}
for step in $HOUR -$HOUR; do
	what=$([ "$step" -gt 0 ] && echo forward || echo back)
	: >"$WIRE"
	mark=$(log_mark node3)
	mark4=$(log_mark node4)
	nap 2.5
	date -s "@$(awk -v s="$step" -v t="$EPOCHREALTIME" 'BEGIN { printf "%.3f", t + s }')" >/dev/null
	check_soon "an hour $what: the log says why all is announced again" 5 log_has node3 "$mark" 'announcing all addresses again: the wall clock was set'
	check_soon "an hour $what: both are announced again" 5 garps_are 4
	check_soon "an hour $what: the row counts it" 5 doubts_are $((before += 1))
	nap 3.5
	check "an hour $what: adverts stay on their grid" on_grid "$step"
	check "an hour $what: nobody changes state" eval "log_lacks node3 $mark Entering && log_lacks node4 $mark4 Entering && fast_master"
done
