# More of restarting in place: with a FIFO, a VMAC, a script that hangs and a reload under way; twice at
# once; and what cannot change in place is refused.
# shellcheck shell=bash
# shellcheck source=tests/hosts/fast.sh
. "$TOP/tests/hosts/fast.sh"
fast_up
chmod 755 "$RUN"
FIFO=$RUN/fifo
HANG=$RUN/hang
printf '#!/bin/sh\n[ ! -e %s ] || exec sleep 7654\n' "$HANG.on" >"$HANG"
chmod 755 "$HANG"
VMAC_VIP=172.25.0.203
# One second between adverts: what is judged is what goes on, not how fast the machine starts programs.
sed -i 's/advert_int .*/advert_int 1/' "$RUN/node3/conf" "$RUN/node4/conf"
sed -i "s|router_id node3|&\n script_user root\n vrrp_notify_fifo $FIFO|" "$RUN/node3/conf"
cat >>"$RUN/node3/conf" <<-END
	vrrp_script hang {
	    script $HANG
	    interval 1
	    timeout 100
	    weight -5
	}
	vrrp_instance MAC {
	    version 3
	    interface ens33
	    use_vmac mac53
	    virtual_router_id 53
	    priority 150
	    advert_int 1
	    virtual_ipaddress {
	        $VMAC_VIP
	    }
	    track_script {
	        hang
	    }
	}
	END
daemon_start node3 "$RUN/node3/conf"
check_soon "node3 is MASTER" 10 has_vip node3 $FAST_VIP
daemon_start node4 "$RUN/node4/conf"
check_soon "both run" 5 log_has node4 0 'Regent is running'
peer_mark=$(log_mark node4)
vmac_has_vip() { on node3 ip -4 addr show dev mac53 | grep -q "inet $VMAC_VIP"; }
check_soon "its VMAC has its address" 10 vmac_has_vip
vmac_index() { on node3 cat /sys/class/net/mac53/ifindex; }
index=$(vmac_index)
monitor_start node3 address
control() { on node3 "$BUILD/regentctl" --run-dir "$RUN/node3/run" "$@"; }
restart() { control restart; }
mark=$(log_mark node3)
lives() { log_since node3 "$mark" | grep -c 'Going on in place'; }
goes_on() { [ "$(lives)" = "$1" ] && [ "$(log_since node3 "$mark" | grep -c '(FAST) a former life was MASTER')" = "$1" ]; }
answers() { status_is node3 '[.virtual_routers[].state == "MASTER"] | all and length == 2' '.virtual_routers'; }

check_soon "the agent answers" 8 answers
touch "$HANG.on"
hung() {
	local p
	for p in $(host_pids node3); do
		[[ $(tr '\0' ' ' <"/proc/$p/cmdline") != 'sleep 7654'* ]] || echo "$p"
	done
}
hangs() { [ -n "$(hung)" ]; }
check_soon "the script hangs" 5 hangs
old=$(hung)
check "the FIFO is there" [ -p "$FIFO" ]

check "restart with all of that" restart
check_soon "both go on" 8 goes_on 1
check_soon "it answers" 10 answers
check "the VMAC is the same interface" eval '[ "$(vmac_index)" = "$index" ] && vmac_has_vip'
check_soon "the script that hung was ended" 8 eval '[ ! -e "/proc/$old" ]'
rm "$HANG.on"
check "the FIFO is there still" [ -p "$FIFO" ]

# While a reload runs, one of both is refused or both happen; the daemon is whole after it.
mark=$(log_mark node3)
sed -i -e 's/priority 150/priority 151/' -e '/weight -5/d' "$RUN/node3/conf"
daemon_hup node3
said=$(restart 2>&1) || true
note "a restart during a reload: ${said:-taken}"
whole() { log_has node3 "$mark" 'Reloaded|Going on in place' && answers; }
check_soon "a restart during a reload leaves a whole daemon" 10 whole
check_soon "with what the file says now" 5 status_is node3 '[.virtual_routers[].priority] == [151, 151]' .virtual_routers

# Twice at once.
mark=$(log_mark node3)
restart >"$OUT/$SCENARIO.one" 2>&1 &
one=$!
restart >"$OUT/$SCENARIO.two" 2>&1 || true
wait $one || true
check_soon "two at once: one or two lives later it answers" 10 eval '[ "$(lives)" -ge 1 ] && answers'
check_soon "and once more after it" 5 restart
check_soon "it answers" 10 answers
check_soon "three processes, no fourth" 5 eval '[ "$(daemon_pids node3 | wc -l)" = 3 ]'

cp "$RUN/node3/conf" "$RUN/node3/good"
sed -i '1i instance other' "$RUN/node3/conf"
refused() {
	local said got=0
	said=$(restart 2>&1) || got=$?
	[ $got = 1 ] && [[ $said =~ $1 ]] || { echo "status $got: $said"; return 1; }
}
check "another instance: refused with the mend" refused 'no instance.*says instance other.*cannot change in place; put it back, or stop'
cp "$RUN/node3/good" "$RUN/node3/conf"

check "no address left in all of this" eval '! grep Deleted "$MONITOR"'
check "the peer never took over" log_lacks node4 "$peer_mark" 'Entering MASTER'
kill -TERM "${DAEMON_PID[node3]}"
check_soon "a stop ends all of it" 8 daemon_gone node3
gone() { [ ! -e "$FIFO" ]; }
check_soon "the FIFO that an earlier helper made is removed" 5 gone
check "so is the VMAC" eval '! on node3 ip link show mac53 2>/dev/null'
