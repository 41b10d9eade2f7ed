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
doubts() { status node3 | jq '.virtual_routers[0].counters.announce_doubts'; }
announced() { garps_are $((4 * (1 + $(doubts)))); } # once more where the machine stood still
check_soon "both addresses are announced twice" 5 announced
# For each doubt since the step both are announced twice.
announced_again() {
	local new=$(($(doubts) - before))
	[ "$new" -ge 1 ] && garps_are $((4 * new)) || { echo "$new doubts, $(garps) announcements"; return 1; }
}
# The step is one; another is a machine that stood still for about an interval of adverts, as the control did.
one_doubt() { [ "$1" = 1 ] || { [ "$1" -gt 1 ] && [ "$CONTROL_WORST" -gt 900000 ]; } || { echo "$1 doubts; the control's worst $CONTROL_WORST us"; return 1; }; }
# offset: by how much the wall clock is ahead of the time since the boot.
offset() {
	local up wall
	read -r up _ </proc/uptime
	wall=$EPOCHREALTIME
	awk -v w="$wall" -v u="$up" 'BEGIN { printf "%.3f", w - u }'
}
# on_grid SECONDS: with the step taken out, most adverts before and behind it lie on one grid of 1 s, and none is missing. (Some may be late:
# the machine may be slow.)
on_grid() {
	wire_adverts node3 | awk -v step="$1" -v most="$((2500000 + ALLOWED))" '
		function median(list, n, i, k, v) {
			for (i = 2; i <= n; i++) {
				v = list[i]
				for (k = i; k > 1 && list[k - 1] > v; k--)
					list[k] = list[k - 1]
				list[k] = v
			}
			return list[int((n + 1) / 2)]
		}
		{
			t = $1 / 1e6 - shift
			if (NR > 1 && (step > 0 ? t - last > step - 10 : t < last - 10)) {
				shift = step
				t -= step
			}
			if (NR == 1)
				first = t
			else if (t - last > most / 1e6) {
				print "a gap of " t - last " s"
				bad = 1
			}
			phase = t - first + 0.5 - int(t - first + 0.5) - 0.5
			if (shift)
				behind[++b] = phase
			else
				before[++a] = phase
			last = t
		}
		END {
			if (a < 2 || b < 3) {
				print a + 0 " adverts before the step, " b + 0 " behind it"
				exit 1
			}
			moved = median(behind, b) - median(before, a)
			if (moved < 0 ? moved < -0.25 : moved > 0.25) {
				print "the grid moved by " moved " s"
				bad = 1
			}
			exit bad
		}'
}
heard() { [ "$(wire_adverts node3 | wc -l)" -ge "$1" ]; }
for step in $HOUR -$HOUR; do
	what=$([ "$step" -gt 0 ] && echo forward || echo back)
	: >"$WIRE"
	before=$(doubts)
	control_start 20000 120
	mark=$(log_mark node3)
	mark4=$(log_mark node4)
	wait_for 8 heard 3
	ahead=$(offset)
	date -s "@$(awk -v s="$step" -v t="$EPOCHREALTIME" 'BEGIN { printf "%.3f", t + s }')" >/dev/null
	stepped=$(awk -v a="$ahead" -v b="$(offset)" 'BEGIN { print b - a }')
	check_soon "an hour $what: the log says why all is announced again" 5 log_has node3 "$mark" 'announcing all addresses again: the wall clock was set'
	check_soon "an hour $what: both are announced again" 5 announced_again
	wait_for 8 heard $(($(wire_adverts node3 | wc -l) + 3))
	new=$(($(doubts) - before))
	control_end
	check "an hour $what: the row counts it" one_doubt $new
	check "an hour $what: adverts stay on their grid" on_grid "$stepped"
	check "an hour $what: nobody changes state" eval "log_lacks node3 $mark Entering && log_lacks node4 $mark4 Entering && fast_master"
done
