#!/bin/bash
# Adverts on time beside 10 000 checks a second: a whole regentd with one virtual router at 0.1 s and 10 000 real servers, a fifth of them
# black holes, in a network namespace of its own. Measures; passes and fails nothing. `probe_daemon.sh [BUILD-FOLDER] [SECONDS] [SERVERS]`
set -u
TOP=$(cd "$(dirname "$0")/../.." && pwd)
BUILD=$(realpath "${1:-$TOP/build/normal}")
SECONDS_RUN=${2:-60} SERVERS=${3:-10000}
[ "$(id -u)" = 0 ] || { echo "probe_daemon.sh: run me as root: it makes a network namespace" >&2; exit 2; }
[ -x "$BUILD/tests/bench/probe_scale" ] || { echo "probe_daemon.sh: no probe_scale in $BUILD: make bench-tools" >&2; exit 2; }
if [ -z "${PROBE_DAEMON_INSIDE:-}" ]; then
	PROBE_DAEMON_INSIDE=1 exec unshare -n "$0" "$BUILD" "$SECONDS_RUN" "$SERVERS"
fi
work=$(mktemp -d)
chmod 755 "$work"
trap 'kill $(jobs -p) 2>/dev/null; wait; rm -rf "$work"' EXIT
ip link set lo up
ip link add hole type veth peer name end
ip addr add 10.66.255.254/16 dev hole
ip link set end up arp off
ip link set hole up arp off
echo "1024 65000" >/proc/sys/net/ipv4/ip_local_port_range
echo 1 >/proc/sys/net/ipv4/tcp_tw_reuse
ulimit -n "$(ulimit -Hn)"
awk -v n="$SERVERS" 'BEGIN {
	print "vrrp_instance V {\n\tstate MASTER\n\tversion 3\n\tinterface hole\n\tvirtual_router_id 1\n\tpriority 200\n\tadvert_int 0.1\n\tvirtual_ipaddress {\n\t\t10.67.0.1/32\n\t}\n}"
	for (i = 0; i < n; i++) {
		if (i % 10 == 0)
			printf "virtual_server 10.67.%d.%d 80 {\n\tdelay_loop 1\n\tlvs_sched rr\n\tlvs_method DR\n\tprotocol TCP\n", int(i / 2500), int(i / 10) % 250 + 1
		black = i % 5 == 0
		printf "\treal_server 10.%d.%d.%d 80 {\n\t\tTCP_CHECK {\n\t\t\tconnect_ip %s.%d.%d\n\t\t\tconnect_port 7777\n\t\t\tconnect_timeout 0.9\n\t\t\tretry 0\n\t\t}\n\t}\n", \
			100 + int(i / 50000), int(i / 250), i % 250 + 1, black ? "10.66" : "127.1", int(i / 250), i % 250 + 1
		if (i % 10 == 9)
			print "}"
	}
}' >"$work/conf"
"$BUILD/tests/bench/probe_scale" -s </dev/null >/dev/null 2>&1 &
"$BUILD/regentd" -n -l -f "$work/conf" --run-dir "$work/run" --state-dir "$work/state" -p "$work/pid" -A "$work/agentx" \
	--agent "$BUILD/regent-agent" >"$work/log" 2>&1 </dev/null &
daemon=$!
ctl() { "$BUILD/regentctl" --run-dir "$work/run" "$@"; }
told() { ctl status --json 2>/dev/null | python3 -c "import json, sys; print(json.dumps(json.load(sys.stdin)[\"daemon\"]))"; }
opens() { awk '/^Tcp:/ && $6 ~ /[0-9]/ { print $6 }' /proc/net/snmp; }
ticks() { awk '{ print $14 + $15 }' "/proc/$daemon/stat"; }
sleep 10
told >"$work/before"
n0=$(opens) t0=$(ticks) rss0=$(awk '/VmRSS/ { print $2 }' "/proc/$daemon/status")
for ((i = 0, fds = 0; i < SECONDS_RUN; i += 10)); do
	sleep 10
	now=$(find "/proc/$daemon/fd" -mindepth 1 2>/dev/null | wc -l)
	[ "$now" -le "$fds" ] || fds=$now
done
awk -v n=$(($(opens) - n0)) -v t=$(($(ticks) - t0)) -v s="$i" -v fds="$fds" -v a="$rss0" -v b="$(awk '/VmRSS/ { print $2 }' "/proc/$daemon/status")" \
	'BEGIN { printf "%.0f checks/s for %d s: %.1f us of processor each; descriptors at most %d; memory %d -> %d KiB\n", n / s, s, t * 1e4 / n, fds, a, b }'
echo "at the start of the spell:"
cat "$work/before"
echo "at its end:"
told
