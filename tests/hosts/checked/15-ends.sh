# SIGTERM at any moment of a start, of a reload and of a restart in place: the daemon always ends, with status 0 and without a finding of
# the sanitizers, and leaves neither a process nor an address. And its sockets under floods of connections that say nothing.
# shellcheck shell=bash
# shellcheck source=tests/hosts/fast.sh
. "$TOP/tests/hosts/fast.sh"
mkdir -p "$RUN/node3"
lan_up
host node3 "${ADDR[node3]}/24"
fast_conf node3 150
FILE=$RUN/node3/conf
run_dir=$RUN/node3/run
sed -i "s|router_id node3|&\n    script_user nobody\n    notify_fifo $RUN/fifo|" "$FILE"
cat >>"$FILE" <<-END
	vrrp_script slow {
	    script "/bin/sleep 5.0151"
	    interval 1
	}
	virtual_server $FAST_VIP 80 {
	    protocol TCP
	    lb_kind DR
	    delay_loop 1
	    real_server ${ADDR[node2]} 80 {
	        MISC_CHECK {
	            misc_path "/bin/sleep 3.0151"
	            misc_timeout 4
	        }
	    }
	}
END
cp "$FILE" "$RUN/node3/one"
sed -e "s|$FAST_VIP\$|&\n        172.25.0.203|" -e 's|priority 150|priority 160|' "$FILE" >"$RUN/node3/other"
# Milliseconds from a fixed seed: a failure can be tried again.
RANDOM=20261
some_ms() { printf '0.%03d' $((RANDOM % $1)); }
no_script() { # of this host: what was killed is gone a moment later
	local pids
	pids=$(host_pids node3 | tr '\n' ,)
	[ -z "$pids" ] || ! ps -o args= -p "${pids%,}" | grep -q '^/bin/sleep [35][.]0151$'
}
# ends AFTER WHEN: it does, and leaves nothing.
ends() {
	local pid=${DAEMON_PID[node3]} status=0
	# What comes to the shell that it is for a moment may be lost.
	while [ "/proc/$pid/exe" -ef "/proc/$$/exe" ]; do :; done
	sleep "$1"
	kill -TERM "$pid" || return 1
	wait_for 15 daemon_gone node3 || { echo "$1 s after $2: still there: $(daemon_pids node3)"; return 1; }
	wait "$pid" || status=$?
	# A start that has not come to its signals yet is ended by SIGTERM itself.
	[ $status = 0 ] || { [ "$2" = start ] && [ $status = 143 ]; } || { echo "$1 s after $2: status $status"; return 1; }
	lacks_vip node3 $FAST_VIP && lacks_vip node3 172.25.0.203 || { echo "$1 s after $2: an address is left"; return 1; }
	no_script || { nap 0.3 && no_script; } || { echo "$1 s after $2: a script is left"; return 1; }
	! grep -qE 'ERROR: |runtime error|LeakSanitizer' "$(log_of node3)" || { echo "$1 s after $2: the sanitizers complain"; return 1; }
}
begin() { daemon_start node3 "$FILE"; }
in_starts() {
	local i
	for ((i = 0; i < 20; i++)); do
		begin
		ends "$(some_ms 300)" start || return 1
	done
}
in_reloads() {
	local i
	for ((i = 0; i < 10; i++)); do
		begin
		wait_for 10 has_vip node3 $FAST_VIP || return 1
		cp "$RUN/node3/$([ $((i % 2)) = 0 ] && echo other || echo one)" "$FILE"
		daemon_hup node3
		ends "$(some_ms 60)" reload || return 1
	done
}
in_restarts() {
	local i
	for ((i = 0; i < 5; i++)); do
		begin
		wait_for 10 has_vip node3 $FAST_VIP || return 1
		on node3 "$BUILD/regentctl" --run-dir "$run_dir" restart >/dev/null 2>&1 &
		ends "$(some_ms 900)" restart || return 1
		wait $!
	done
	return 0
}
check "SIGTERM at 20 moments of a start" in_starts
check "at 10 moments of a reload" in_reloads
check "at 5 moments of a restart in place" in_restarts

begin
check_soon "it becomes MASTER" 10 has_vip node3 $FAST_VIP
flood() {
	ip netns exec "$NS-node3" python3 - "$run_dir" <<-'PY' &
		import socket, sys, time
		kept = []
		for name, kind in (("control.sock", socket.SOCK_STREAM), ("plan.sock", socket.SOCK_SEQPACKET), ("restart.sock", socket.SOCK_SEQPACKET)):
		    for i in range(400):
		        s = socket.socket(socket.AF_UNIX, kind)
		        s.setblocking(False)
		        try:
		            s.connect(sys.argv[1] + "/" + name)
		        except OSError:
		            pass
		        kept.append(s)
		open(sys.argv[1] + "/../flooded", "w")
		time.sleep(30)
	PY
	FLOOD=$!
}
answers() { timeout 5 ip netns exec "$NS-node3" "$BUILD/regentctl" --run-dir "$run_dir" status --json >/dev/null; }
plans() { timeout 30 ip netns exec "$NS-node3" "$BUILD/regentd" --plan "$FILE" --run-dir "$run_dir"; }
few_descriptors() { [ "$(ls "/proc/${DAEMON_PID[node3]}/fd" | wc -l)" -lt 100 ]; }
flood
flooded() { [ -e "$RUN/node3/flooded" ]; }
wait_for 10 flooded
check_soon "regentctl is answered again, though 400 connections say nothing" 30 answers
check "the core holds few of them" few_descriptors
check "the address stays" has_vip node3 $FAST_VIP
check_soon "a plan is answered again" 30 plans
check_soon "a restart too" 30 on node3 "$BUILD/regentctl" --run-dir "$run_dir" restart
kill "$FLOOD"
wait "$FLOOD" 2>/dev/null
check_soon "it is there" 10 has_vip node3 $FAST_VIP
check "it ends" daemon_stop node3
