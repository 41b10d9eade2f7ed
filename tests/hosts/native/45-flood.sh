# A stranger on the segment floods both hosts with what they have to refuse: adverts go out on their grid all the same, nothing changes
# hands, a BFD session stays up, refusals are counted, and the log stays short and says who and what.
# shellcheck shell=bash
# shellcheck source=tests/hosts/fast.sh
. "$TOP/tests/hosts/fast.sh"
fast_up
for n in 3 4; do
	cat >>"$RUN/node$n/conf" <<-END
		bfd_instance other {
		    neighbor_ip ${ADDR[node$((7 - n))]}
		    source_ip ${ADDR[node$n]}
		    min_rx 100
		    min_tx 100
		    multiplier 10
		}
	END
	daemon_start node$n "$RUN/node$n/conf"
done
check_soon "node3 is MASTER" 8 fast_master
bfd_up() { status_is "$1" '.bfd_sessions[0] | (.state == "up") and .downs == 0' .bfd_sessions; }
check_soon "BFD is up" 8 bfd_up node3
mac=$(on node3 cat /sys/class/net/ens33/address)
sent=$(now_us)
settled() { sent_at_least node3 "$sent" 20; }
wait_for 8 settled

log_short() { local n; n=$(log_since node3 "$mark" | wc -l); [ "$n" -le 12 ] || { echo "$n lines"; return 1; }; }
cpu_ms() { awk '{ print ($14 + $15) * 10 }' "/proc/${DAEMON_PID[node3]}/stat"; }
counted() { status_is node3 ".virtual_routers[0].counters.$1 >= 1000" .virtual_routers[0].counters; }
for kind in vrid checksum version bfd; do
	mark=$(log_mark node3)
	used=$(cpu_ms)
	control_start 1000 60
	t0=$(now_us)
	flood=$(on node2 "$TOOLS/flood" ens33 "$mac" "${ADDR[node3]}" "${FLOOD_SECONDS:-2}" 0 1 $kind)
	t1=$(now_us)
	control_end
	check "$kind: adverts are on time" no_gap node3 "$t0" "$t1"
	grid_of node3 $INTERVAL "$t0" "$t1"
	say_grid
	note "$kind: $flood, CPU $(($(cpu_ms) - used)) ms"
	check "$kind: the log is short" log_short
	case $kind in
	checksum) check_soon "checksum: the log says who and what" 3 log_has node3 "$mark" 'dropped a packet from 172\.25\.[01]\.[0-9]+: its checksum sums up to' ;;
	version) check_soon "version: likewise, though it said much of another field just before" 3 log_has node3 "$mark" 'dropped a packet from 172\.25\.[01]\.[0-9]+: its version is 2, expected 3' ;;
	bfd) check_soon "bfd: the kernel was told to drop it" 3 log_has node3 "$mark" 'the kernel drops what no neighbor sends' ;;
	esac
done
check_soon "wrong checksums were counted" 5 counted checksum_errors
check_soon "and wrong versions" 5 counted version_errors
once() { status_is node3 '.virtual_routers[0].counters.become_master == 1' .virtual_routers[0].counters; }
check "nothing has changed hands" fast_master
check "nor has it meanwhile" once
check "BFD is up all the while" bfd_up node3
