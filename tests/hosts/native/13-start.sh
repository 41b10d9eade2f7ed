# A start by hand, as an administrator does it: what goes wrong is told on the terminal with the way out, and changes nothing.
# shellcheck shell=bash
# shellcheck source=tests/hosts/fast.sh
. "$TOP/tests/hosts/fast.sh"
mkdir -p "$RUN"
lan_up
host node3 "${ADDR[node3]}/24"
fast_conf node3 150
FILE=$RUN/node3/conf
cat >>"$FILE" <<-END
	virtual_server $FAST_VIP 80 {
	    protocol TCP
	    lb_kind DR
	    sorry_server 127.0.0.1 80
	    real_server 172.25.0.33 80 {
	    }
	}
END
PIDFILE=$RUN/node3/pid

# by_hand STATUS REGEX OPTION...: it ends with this status and says that; the prompt comes back by itself.
by_hand() {
	local want=$1 words=$2 got=0
	shift 2
	SAID=$(timeout 10 ip netns exec "$NS-node3" "$BUILD/regentd" --run-dir "$RUN/node3/run" --state-dir "$RUN/node3/state" \
		-p "$PIDFILE" -A "$(agentx_of node3)" --agent "$BUILD/regent-agent" "$@" 2>&1 </dev/null) || got=$?
	[ $got = "$want" ] && [[ $SAID =~ $words ]] || { echo "status $got, not $want, or no /$words/: $SAID"; return 1; }
}
regentctl_says() {
	local want=$1 words=$2 got=0
	shift 2
	SAID=$(on node3 "$BUILD/regentctl" --run-dir "$RUN/node3/run" "$@" 2>&1) || got=$?
	[ $got = "$want" ] && [[ $SAID =~ $words ]] || { echo "status $got, not $want, or no /$words/: $SAID"; return 1; }
}
# From a folder that everybody may look into: the tree may be below /root.
without_root() {
	cp "$BUILD/regentd" "$RUN/regentd"
	setpriv --reuid 65534 --regid 65534 --clear-groups "$RUN/regentd" -n -f /dev/null 2>&1 | grep -q "as root"
}
# What parses SNMP has a user of its own: it can neither signal the core nor write what operators have set.
agent_is_apart() {
	local agent core
	agent=$(stat -c %U "/proc/$(agent_pid node3)")
	core=$(awk '/^Uid:/ { print $2 }' "/proc/$(cat "$PIDFILE")/status")
	[ "$agent" = regent-agent ] && [ "$core" = "$(id -u regent)" ] || { echo "agent $agent, core $core"; return 1; }
	! setpriv --reuid regent-agent --regid regent-agent --clear-groups kill -0 "$(cat "$PIDFILE")" 2>/dev/null
}
pid_is_core() { [ "/proc/$(cat "$PIDFILE")/exe" -ef "$BUILD/regentd" ]; }
detached() {
	local p fd
	for p in $(daemon_pids node3); do
		for fd in 0 1 2; do
			[ "/proc/$p/fd/$fd" -ef /dev/null ] || { readlink "/proc/$p/exe" "/proc/$p/fd/$fd"; return 1; }
		done
	done
	[ "$(daemon_pids node3 | wc -l)" = 3 ] || { echo "not three processes"; return 1; }
}
# A row may be wider than the terminal, but it stays a line.
rows_are_lines() {
	local said
	said=$(script -qec "stty cols 80; ip netns exec $NS-node3 $BUILD/regentctl --run-dir $RUN/node3/run status" /dev/null </dev/null)
	[[ $said =~ '[127.0.0.1]:tcp:80'[^$'\n']*\ DR\ [^$'\n']*[0-9]{4}-[0-9]{2} ]] || { echo "$said"; return 1; }
}
in_a_terminal_only() { ! on node3 "$BUILD/regentctl" --run-dir "$RUN/node3/run" "$@" | grep -q $'\033'; }

check "no daemon: regentctl says so" regentctl_says 3 'no regentd answers.*--run-dir' status
check "not root: it says so" without_root
check "a wrong option: status 2, as regentctl has it" by_hand 2 'unrecognized option.*--help' --nonsense
check "no file: it names -f" by_hand 3 'cannot read .*/nothing.*-f' -f "$RUN/nothing"
sed 's/virtual_router_id .*/virtual_router_id 300/' "$FILE" >"$RUN/bad"
check "a file with an error: its place, and regentd -t" by_hand 2 'bad:[0-9]+:[0-9]+: error: .*300.*regentd -t -f' -f "$RUN/bad"
check "nothing of it runs or stays" eval '[ -z "$(daemon_pids node3)" ] && [ ! -e "$PIDFILE" ]'

check "a good file: the prompt comes back, with the words that were asked for" \
	by_hand 0 'log file /nowhere/log.*virtual_router_id 52' -f "$FILE" -d -g /nowhere/log
kill -TERM "$(cat "$PIDFILE")"
check_soon "it ends" 5 daemon_gone node3
check "a good file: the prompt comes back, without a word" by_hand 0 '^$' -f "$FILE"
check "the pid file names the core" pid_is_core
check_soon "the agent has a user of its own and cannot signal the core" 3 agent_is_apart
check "no process of it holds the terminal" detached
check_soon "regentctl answers" 5 regentctl_says 0 'FAST' status
check "regentctl writes no escapes into a pipe" in_a_terminal_only status
check "a narrow terminal breaks no row" rows_are_lines
check "regentctl --json is JSON" eval 'status node3 | jq -e .virtual_routers >/dev/null'
check "a second one is refused, with the way out" by_hand 1 'another regentd runs.*--run-dir' -f "$FILE"
check "the first one keeps its pid file" pid_is_core
check "the first one keeps its control socket" regentctl_says 0 'FAST' status
check "an unknown service is refused" regentctl_says 1 'no such s' weight nothing 192.0.2.1 5
check "a weight out of range is refused" regentctl_says 2 'weight is 0 to 65535' weight a b 65536
check "so is one below 0" regentctl_says 2 'weight is 0 to 65535' weight a b -1
check_soon "node3 is MASTER" 5 has_vip node3 $FAST_VIP

kill -TERM "$(cat "$PIDFILE")"
check_soon "SIGTERM ends all of it" 5 daemon_gone node3
check "the address is gone" lacks_vip node3 $FAST_VIP
# What stays by intent: the lock and the state page. The test's folder is root's, so that the pid file can only be made to name nobody;
# empty, it would keep keepalived from starting.
check "no process is named and no socket is left" eval '[ "$(cat "$PIDFILE")" = 4194304 ] && [ ! -e "$RUN/node3/run/control.sock" ]'
