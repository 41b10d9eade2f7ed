# What the core's loop calls over start, failover, reload, a hung snmpd and a hung /dev/log, as strace sees it; and that the judge finds
# a blocking connect and a getaddrinfo planted in a control build.
# shellcheck shell=bash disable=SC2034

TRACE=$OUT/trace
mkdir -p "$TRACE"
core_pid() { cat "$RUN/$1/pid" 2>/dev/null; }
traced() { # TAG: the command that traces what follows into $TRACE/TAG.TID
	WRAP=(strace -ff -ttt -T -yy -s 256 -e 'signal=!SIGRT_1' -o "$TRACE/$1")
}
# strace is one thread for all: what it is late by would look like our wait, so it goes before everything.
hasten() { pgrep -x strace | while read -r p; do [ "$(readlink "/proc/$p/ns/net")" != "$1" ] || chrt -f -p 50 "$p"; done >/dev/null 2>&1 || true; }
net_of() { on "$1" readlink /proc/self/ns/net; }
# The control runs beside each trace: what takes the processor from a bare timer may take it from a call.
judged() { # NAME TAG PID
	control_end
	"$TOP/tests/strace/judge.py" "$TRACE/$2" "$3" --name "$SCENARIO: $1" --late "$CONTROL_WORST" >"$TRACE/$2.verdict"
}
tell_verdict() {
	cat "$TRACE/$1.verdict" >>"$RESULTS"
	[ -s "$TRACE/$1.verdict" ] || fail "the judge gives a verdict" "none on $1"
}

howto_up
is_up() { log_has "$1" 0 'is running'; }

# ---- start, failover, reload, a hung snmpd, a hung script ----
cat >"$RUN/hang" <<-END
	#!/bin/sh
	trap '' TERM
	while :; do sleep 600; done
END
chmod 755 "$RUN" "$RUN/hang"
sed -i "/^global_defs/a notify_timeout 1" "$(conf_of node3)"
sed -i "/^vrrp_instance/a notify_master \"$RUN/hang\"" "$(conf_of node3)"
snmpd_start node3
control_start 1000 280
traced life
start node3
hasten "$(net_of node3)"
WRAP=()
check_soon "under strace: it becomes MASTER" 15 has_vip node3
pid=$(core_pid node3)
check_soon "under strace: regentctl answers" 10 status_is node3 .
check_soon "under strace: a script that hangs is ended" 10 log_has node3 0 'hang did not end within'
start node4
wait_for 5 is_up node4

sed -i 's/priority 100/priority 200/' "$(conf_of node4)"
daemon_hup node4
check_soon "under strace: it yields to a higher priority" 10 is_master node4
daemon_stop node4
check_soon "under strace: it takes over" 10 has_vip node3

kill -STOP "${SNMPD_PID[node3]}"
sed -i '0,/weight 1/s//weight 5/' "$(conf_of node3)"
mark=$(log_mark node3)
kill -HUP "$pid"
check_soon "under strace: a reload is taken while snmpd hangs" 5 log_has node3 "$mark" '[Rr]eload|[Cc]onfiguration'
cp "$(conf_of node3)" "$RUN/good"
sed -i 's/priority 100/priority abc/' "$(conf_of node3)"
mark=$(log_mark node3)
kill -HUP "$pid"
check_soon "under strace: a bad file is refused while snmpd hangs" 5 log_has node3 "$mark" 'conf:[0-9]+:[0-9]+'
cp "$RUN/good" "$(conf_of node3)"
start node4
check_soon "under strace: a transition while snmpd hangs" 10 is_master node4
daemon_stop node4
check_soon "under strace: and back while snmpd hangs" 10 has_vip node3
kill -KILL "${SNMPD_PID[node3]}"
snmpd_start node3
check_soon "under strace: the rows are there after snmpd's restart" 15 snmp_walks node3 $REGENT_MIB 5
kill -TERM "$pid"
check_soon "under strace: it ends" 10 daemon_gone node3
wait "${DAEMON_PID[node3]}" 2>/dev/null
judged "start, failover, reload, hung snmpd, hung script" life "$pid"
tell_verdict life

# ---- a hung /dev/log: nobody reads it, and its queue is full ----
# A private /dev for this one daemon; it logs to syslog there, so it runs as a daemon does (no -n, no -l).
cat >"$RUN/hung-log" <<END
#!/bin/bash
mkdir -p "$RUN/dev" && mount -t tmpfs dev "$RUN/dev" && cp -a /dev/{null,zero,full,random,urandom,tty} "$RUN/dev/" &&
	mount --move "$RUN/dev" /dev || exit 1
exec 9>/dev/null
python3 - <<'PY' &
import os, signal, socket
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind("/dev/log")
os.chmod("/dev/log", 0o666)
c = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
c.connect("/dev/log")
c.setblocking(False)
try:
    while True:
        c.send(b"<30>full")
except BlockingIOError:
    pass
open("$RUN/log-is-full", "w").close()
signal.pause()
PY
until [ -e "$RUN/log-is-full" ]; do read -rt 0.05 <> <(:); done
exec strace -ff -ttt -T -yy -s 256 -e 'signal=!SIGRT_1' -o "$TRACE/log" "$BUILD/regentd" -D -f "$(conf_of node3)" \
	--run-dir "$RUN/node3/run" --state-dir "$RUN/node3/state" -p "$RUN/node3/pid" -A "$(agentx_of node3)" \
	--agent "$BUILD/regent-agent"
END
chmod 755 "$RUN/hung-log"
rm -f "$RUN/node3/pid"
control_start 1000 280
ip netns exec "$NS-node3" "$RUN/hung-log" >"$OUT/$SCENARIO.hung-log" 2>&1 </dev/null &
traced_now() { [ -n "$(pids_of node3 strace)" ]; }
wait_for 5 traced_now
hasten "$(net_of node3)"
check_soon "hung /dev/log: it becomes MASTER all the same" 15 has_vip node3
pid=$(core_pid node3)
kill -HUP "$pid"
t0=$(now_us)
wire_start node3
on_time() { wire_adverts node3 | awk '{ n++ } last && $1 - last > 1100000 { bad = 1 } { last = $1 } END { exit bad || n < 4 }'; }
check_soon "hung /dev/log: adverts go out" 8 on_time
kill -TERM "$pid"
check_soon "hung /dev/log: it ends" 10 daemon_gone node3
judged "hung /dev/log" log "$pid"
tell_verdict log

# ---- the control: a build with a blocking connect and a getaddrinfo, which the judge must find ----
check "the control build is made" "$TOP/tests/strace/plant" "$TOP" "$BUILD" "$RUN/planted"
control_start 1000 280
traced planted
DAEMON_DIR=$RUN/planted daemon_start node3 "$(conf_of node3)"
hasten "$(net_of node3)"
WRAP=()
check_soon "the control build runs" 30 has_vip node3
pid=$(core_pid node3)
mark=$(log_mark node3)
kill -HUP "$pid"
check_soon "the control build does what was planted" 30 log_has node3 "$mark" 'Reloaded'
kill -TERM "$pid"
wait_for 10 daemon_gone node3
judged "control build" planted "$pid"
finds() { grep "^FAIL .*$1" "$TRACE/planted.verdict" | grep -q "$2" || { cat "$TRACE/planted.verdict"; return 1; }; }
check "the judge finds the planted blocking connect" finds 'non-blocking descriptor' 'connect('
check "the judge finds the planted getaddrinfo" finds 'resolv.conf' '/etc/'
