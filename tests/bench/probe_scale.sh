#!/bin/bash
# 10 000 checks a second with a fifth of the targets black holes: TCP and HTTP beside a bare loop of connects, UDP, DNS, PING (probe_scale.c), in a
# network namespace of its own. Measures; passes and fails nothing. `probe_scale.sh [BUILD-FOLDER] [OPTION...]`, -t 600 for ten minutes.
set -u
TOP=$(cd "$(dirname "$0")/../.." && pwd)
BUILD=$(realpath "${1:-$TOP/build/normal}")
shift
[ "$(id -u)" = 0 ] || { echo "probe_scale.sh: run me as root: it makes a network namespace" >&2; exit 2; }
[ -x "$BUILD/tests/bench/probe_scale" ] || { echo "probe_scale.sh: no probe_scale in $BUILD: make bench-tools" >&2; exit 2; }
# What is sent to 10.66.0.0/16 goes to a device that swallows it.
# shellcheck disable=SC2016 # the inner shell's
# The class that the daemon's loop has, where that is allowed.
fifo=(chrt -f 1)
"${fifo[@]}" true 2>/dev/null || fifo=()
for kind in tcp http udp dns ping; do
	"${fifo[@]}" unshare -n bash -c 'ip link set lo up; ip link add hole type veth peer name end; ip addr add 10.66.255.254/16 dev hole
		ip link set end up arp off; ip link set hole up arp off
		echo "1024 65000" >/proc/sys/net/ipv4/ip_local_port_range; echo 1 >/proc/sys/net/ipv4/tcp_tw_reuse
		exec "$@"' - "$BUILD/tests/bench/probe_scale" -k $kind "$@"
done
