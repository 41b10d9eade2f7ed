# Adverts lie on their grid: within 1 ms at p99, on the wire, by the kernel's time stamps, above what a bare timer is late by.
# shellcheck shell=bash
# shellcheck source=tests/hosts/fast.sh
. "$TOP/tests/hosts/fast.sh"
fast_up
daemon_start node3 "$RUN/node3/conf"
wait_for 5 has_vip node3 $FAST_VIP
# Past the second burst of gratuitous ARPs.
begun=$(now_us)
settled() { sent_at_least node3 "$begun" 10; }
wait_for 5 settled
control_start 1000 60
t0=$(now_us)
done_300() { sent_at_least node3 "$t0" 301; }
check_soon "300 adverts in 30 s" 32 done_300
t1=$(now_us)
control_end
on_grid() {
	local bound=$((1000 + ALLOWED))
	grid_of node3 $INTERVAL "$t0" "$t1"
	echo "p99 of $N adverts is $P99 us above the grid, the bound $bound (control's worst $CONTROL_WORST)"
	[ "$P99" -le $bound ]
}
check "p99 is within 1 ms of the grid, above the control" on_grid
check "no gap" no_gap node3 "$t0" "$t1"
grid_of node3 $INTERVAL "$t0" "$t1"
say_grid
