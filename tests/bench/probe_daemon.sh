#!/bin/bash
# Adverts on time beside 10 000 checks a second: a whole regentd with one virtual router at 0.1 s and 10 000 real servers, a fifth of them
# black holes, in a network namespace of its own, and a bare ticker beside it. Measures; passes and fails nothing.
#
#   probe_daemon.sh [BUILD-FOLDER] [SECONDS] [SERVERS]
#
# The backends say how long after the one before each check of a server came. The interval is 1 s, and jitter only shortens it; what is
# above that is the lateness of the daemon, of the network and of the backends themselves, which have no real-time class. The lateness of
# the starts alone is what the daemon itself says. Once the daemon has settled no server changes its state: "events" says whether one did.
# The ticker beside it is twenty times as dense as the adverts: a host that takes all processors away for 20 ms once a minute delays one
# advert in five such times, and would as often be missed by a ticker of their interval. It goes before the daemon, whose own work would
# else be its lateness. What both see every other second, for a quarter of a minute in each one and a quarter, is the kernel's timers of
# connections in TIME-WAIT (net.ipv4.tcp_max_tw_buckets, see regentd(8)).
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
# The backends are not what is measured: a queue for all who come while they do not run, and a turn before others.
echo 65535 >/proc/sys/net/core/somaxconn
nice -n -20 "$BUILD/tests/bench/probe_scale" -s </dev/null >"$work/backends" 2>&1 &
backends=$!
"$BUILD/regentd" -n -l -f "$work/conf" --run-dir "$work/run" --state-dir "$work/state" -p "$work/pid" -A "$work/agentx" \
	--agent "$BUILD/regent-agent" >"$work/log" 2>&1 </dev/null &
daemon=$!
ctl() { "$BUILD/regentctl" --run-dir "$work/run" "$@"; }
told() { ctl status --json 2>/dev/null | jq -c '.daemon | {events, lateness_histogram, lateness_max_us, check_lateness_max_us, log_dropped}'; }
starts() { ctl status --json 2>/dev/null | jq -c '.daemon.check_lateness_histogram'; }
# Of the starts between two such histograms: less than so many ms late.
late() {
	jq -nr --argjson a "$1" --argjson b "$2" 'def below($p): [range(16) as $i | [range($i + 1) as $k | $b[$k] - $a[$k]] | add] as $sum
		| ($sum | map(. >= $sum[15] * $p) | index(true)) | if . == 15 then "more" else pow(2; .) * 32 / 1000 end;
		"p50 < \(below(0.5)), p99 < \(below(0.99)), p99.9 < \(below(0.999))"'
}
overflows() { nstat -asz TcpExtListenOverflows | awk 'NR > 1 { print $2 }'; }
agent() { pgrep -x regent-agent --ns $$ --nslist net; }
ticks() { awk '{ print $14 + $15 }' "/proc/$1/stat"; }
rss() { awk '/VmRSS/ { print $2 }' "/proc/$1/status"; }
took() {
	local n
	n=$(wc -l <"$work/backends")
	kill -USR1 $backends
	until [ "$(wc -l <"$work/backends")" -gt "$n" ]; do sleep 0.05; done
	tail -n 1 "$work/backends"
}
number() { sed "s/.*$1=\([0-9]*\).*/\1/"; }
sleep 15
told >"$work/before"
late0=$(starts)
n0=$(took | number taken) t0=$(ticks $daemon) a0=$(ticks "$(agent)") began=$EPOCHREALTIME end=$((EPOCHSECONDS + SECONDS_RUN))
"$BUILD/tests/bench/ticker" 5000 "$SECONDS_RUN" 2 >"$work/ticker" 2>&1 &
ticker=$!
for ((fds = 0, line = 0; EPOCHSECONDS < end; )); do
	sleep 5
	now=$(find "/proc/$daemon/fd" -mindepth 1 2>/dev/null | wc -l)
	[ "$now" -le "$fds" ] || fds=$now
	if ((EPOCHSECONDS >= end - SECONDS_RUN + 60 * (line + 1) || EPOCHSECONDS >= end)); then
		line=$((line + 1))
		printf '%2d: descriptors at most %d, memory %d KiB, the agent %d KiB; between two checks of a server, ms: %s\n' $line "$fds" \
			"$(rss $daemon)" "$(rss "$(agent)")" \
			"$(took | sed 's/.*gap_p50/p50/; s/gap_//g')"
	fi
done
awk -v n=$(($(took | number taken) - n0)) -v t=$(($(ticks $daemon) - t0)) -v a=$(($(ticks "$(agent)") - a0)) -v s="$(awk "BEGIN { print $EPOCHREALTIME - $began }")" \
	'BEGIN { printf "%.0f answered checks/s for %d s (a fifth more are not), %.1f us of processor each of these; the agent: %.1f %% of a processor\n",
		n / s, s, t * 1e4 / n, a / s }'
echo "starts of checks after their time, ms: $(late "$late0" "$(starts)")"
echo "backends turned away: $(overflows)"
echo "the daemon at the start:  $(cat "$work/before")"
echo "the daemon at its end:    $(told)"
wait $ticker
echo "a bare ticker of 5 ms beside it, us late: $(cat "$work/ticker")"
