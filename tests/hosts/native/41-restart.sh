# A restart without a hole. In place (regentctl restart): the same process, the address never leaves, no advert is missed for longer
# than the peer waits; a configuration with an error, and a program that does not run, are refused and change nothing.
# shellcheck shell=bash
# shellcheck source=tests/hosts/fast.sh
. "$TOP/tests/hosts/fast.sh"
fast_up
# The program is replaced meanwhile: node3 runs a copy.
mkdir -p "$RUN/bin"
cp "$BUILD/regentd" "$RUN/bin/regentd"
DAEMON_DIR=$RUN/bin daemon_start node3 "$RUN/node3/conf"
check_soon "node3 is MASTER" 5 has_vip node3 $FAST_VIP
daemon_start node4 "$RUN/node4/conf"
check_soon "both run" 5 log_has node4 0 'Regent is running'
peer_mark=$(log_mark node4)
monitor_start node3 address
restart() { on node3 "$BUILD/regentctl" --run-dir "$RUN/node3/run" restart; }
refused() {
	local said got=0
	said=$(restart 2>&1) || got=$?
	[ $got = 1 ] && [[ $said =~ $1 ]] || { echo "status $got: $said"; return 1; }
}
core_pid() { cat "$RUN/node3/pid"; }
started() { status node3 | jq -r .daemon.started; }
# gap_since FROM: the largest time between two adverts of node3, in ms.
gap_since() { wire_adverts node3 | awk -v a="$1" '$1 >= a { if (last && $1 - last > max) max = $1 - last; last = $1 } END { print max / 1000 }'; }
gap_within() {
	local g
	g=$(gap_since "$1")
	note "largest gap between adverts: $g ms; the machine was away for $STALLED us"
	within "$g" 90 $(($2 + STALLED / 1000))
}

check_soon "the agent answers" 5 status_is node3 '.virtual_routers[0].state == "MASTER"'
pid=$(core_pid)
before=$(started)
mark=$(log_mark node3)
control_start 1000 120
at=$(now_us)
# As a package does it: another file of that name.
cp "$BUILD/regentd" "$RUN/bin/regentd.new"
mv "$RUN/bin/regentd.new" "$RUN/bin/regentd"
check "regentctl restart" restart
check_soon "it goes on as MASTER" 3 log_has node3 "$mark" 'MASTER because: was MASTER a moment ago'
went_on=$(now_us)
check_soon "and speaks" 3 sent_at_least node3 "$went_on" 3
control_end
check "no advert was missing for long" gap_within "$at" 300
check_soon "its readers see a new life" 8 eval '[ "$(started)" != "$before" ]'
check "in the same process" eval '[ "$(core_pid)" = "$pid" ] && kill -0 "$pid"'
check "from the new file" eval '[ "/proc/$pid/exe" -ef "$RUN/bin/regentd" ]'
check "as the same user, with two capabilities and none to inherit" eval \
	'[ "$(awk "/^Uid:/ { print \$2 }" /proc/$pid/status)" = "$(id -u regent)" ] &&
	grep -q "^CapPrm:.*0000000000003000$" /proc/$pid/status && grep -q "^CapAmb:.*0000000000000000$" /proc/$pid/status &&
	grep -q "^CapInh:.*0000000000000000$" /proc/$pid/status && grep -q "^NoNewPrivs:.*1" /proc/$pid/status'
check_soon "three processes, no fourth" 4 eval '[ "$(daemon_pids node3 | wc -l)" = 3 ]'
check_soon "it reads the file by the new helper" 3 eval 'daemon_hup node3; log_has node3 "$mark" "Reloaded"'
check "the address never left" eval '! grep "Deleted.*$FAST_VIP" "$MONITOR"'
check "the peer never took over" peer_still node4 "$peer_mark"

peer_mark=$(log_mark node4)
control_start 1000 120
# Refusals: a broken file, a program that does not start.
mark=$(log_mark node3)
cp "$RUN/node3/conf" "$RUN/node3/good"
sed -i 's/virtual_router_id .*/virtual_router_id 300/' "$RUN/node3/conf"
check "a file with an error: refused with its place" refused 'conf:[0-9]+:[0-9]+: error: .*300'
cp "$RUN/node3/good" "$RUN/node3/conf"
printf '#!/nowhere/interpreter\n' >"$RUN/bin/regentd.new"
chmod 755 "$RUN/bin/regentd.new"
cp "$RUN/bin/regentd" "$RUN/bin/regentd.good"
mv "$RUN/bin/regentd.new" "$RUN/bin/regentd"
check "a program that does not start: refused" refused 'does not start'
printf '#!/bin/sh\nsleep 1000 >/dev/null 2>&1 &\nexit 3\n' >"$RUN/bin/regentd.new"
chmod 755 "$RUN/bin/regentd.new"
mv "$RUN/bin/regentd.new" "$RUN/bin/regentd"
check "a program that is another one: refused" refused '.'
check_soon "it was said with what it means" 3 log_has node3 "$mark" 'no restart: .*goes on as it was'
check "and nothing has changed" eval '[ "$(core_pid)" = "$pid" ] && has_vip node3 $FAST_VIP'
mv "$RUN/bin/regentd.good" "$RUN/bin/regentd"
check "only root may ask" eval '! setpriv --reuid regent-agent --regid regent-agent --clear-groups \
	ip netns exec "$NS-node3" true 2>/dev/null && [ "$(stat -c %a "$RUN/node3/run/restart.sock")" = 600 ]'
check "a second time" restart
check_soon "it answers again" 8 status_is node3 '.virtual_routers[0].state == "MASTER"'
control_end
check "the address never left" eval '! grep "Deleted.*$FAST_VIP" "$MONITOR"'
check "the peer never took over" peer_still node4 "$peer_mark"

kill -TERM "$pid"
check_soon "SIGTERM ends all of it" 5 daemon_gone node3
check_soon "and hands over" 3 has_vip node4 $FAST_VIP
check "the address is gone" lacks_vip node3 $FAST_VIP
kill -TERM "${DAEMON_PID[node4]}"
check_soon "node4 ends" 4 daemon_gone node4
