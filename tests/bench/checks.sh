# What a check costs: processor time of all of a daemon's processes by the checks that reached the backends, TCP_CHECK and HTTP_GET,
# keepalived's beside Regent's in one run, and the bare loop of probe_scale. A scenario for a kernel with IPVS: checks_run starts it.
# shellcheck shell=bash disable=SC2034,SC2154
lan_up
host node3 "${ADDR[node3]}/24"
mkdir -p "$RUN/node3"
ip netns exec "$NS-node3" "$TOOLS/probe_scale" -s </dev/null >/dev/null 2>&1 &
SERVERS=${CHECKS_SERVERS:-100} SPELL=${CHECKS_SPELL:-10}
# checks_conf KIND: each server is checked five times a second
checks_conf() {
	local i
	printf 'global_defs {\nrouter_id node3\n}\nvirtual_server 172.25.0.200 80 {\ndelay_loop 0.2\nlvs_sched rr\nlvs_method DR\nprotocol TCP\n'
	for ((i = 1; i <= SERVERS; i++)); do
		printf 'real_server 10.9.0.%s 80 {\n%s {\nconnect_ip 127.1.0.%s\nconnect_port 7777\nconnect_timeout 2\n%s\n}\n}\n' "$i" "$1" "$i" \
			"$([ "$1" = TCP_CHECK ] || printf 'url {\npath /\nstatus_code 200\n}')"
	done
	echo '}'
}
# Ticks of 10 ms that all its processes have used.
ticks() {
	local p sum=0 a
	for p in $(daemon_pids node3); do
		read -r -a a <"/proc/$p/stat"
		sum=$((sum + a[13] + a[14]))
	done
	echo "$sum"
}
taken() { on node3 awk '/^Tcp:/ && $7 ~ /[0-9]/ { print $7 }' /proc/net/snmp; }
: >"$OUT/table"
for kind in TCP_CHECK HTTP_GET; do
	checks_conf $kind >"$RUN/node3/conf"
	for DAEMON in keepalived regentd; do
		daemon_start node3 "$RUN/node3/conf"
		nap 4
		t0=$(ticks) n0=$(taken)
		nap "$SPELL"
		t1=$(ticks) n1=$(taken)
		awk -v d=$DAEMON -v k=$kind -v t=$((t1 - t0)) -v n=$((n1 - n0)) -v s="$SPELL" \
			'BEGIN { printf "%-10s %-10s %6.0f checks/s %7.1f us of processor each\n", k, d, n / s, n ? t * 10000 / n : 0 }' >>"$OUT/table"
		daemon_stop node3 10 || true
	done
done
