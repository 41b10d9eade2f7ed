# What a check costs: processor time of a daemon's processes by the checks that the backends took, TCP_CHECK and HTTP_GET: keepalived's and
# Regent's, each beside a bare loop of non-blocking connects at the same pace, which is the limit. A scenario: checks_run starts it.
#
# Both daemons check SERVERS servers five times a second each. Backends count what they take and answer. A row shows the processes one
# by one: core, helper and agent of Regent; parent and checker of keepalived. The idle row has the same file with a check an hour.
# shellcheck shell=bash disable=SC2034,SC2154
lan_up
host node3 "${ADDR[node3]}/24"
mkdir -p "$RUN/node3"
on node3 sysctl -qw net.ipv4.ip_local_port_range="1024 65000" net.ipv4.tcp_tw_reuse=1
backends=$RUN/backends
on node3 "$TOOLS/probe_scale" -s </dev/null >"$backends" 2>&1 &
SERVERS=${CHECKS_SERVERS:-100} SPELL=${CHECKS_SPELL:-5}
# checks_conf KIND SECONDS: the interval.
checks_conf() {
	local i
	printf 'global_defs {\nrouter_id node3\n}\nvirtual_server 172.25.0.200 80 {\ndelay_loop %s\nlvs_sched rr\nlvs_method DR\nprotocol TCP\n' "$2"
	for ((i = 1; i <= SERVERS; i++)); do
		printf 'real_server 10.9.%s.%s 80 {\n%s {\nconnect_ip 127.1.%s.%s\nconnect_port 7777\nconnect_timeout 2\nwarmup 0.2\n%s\n}\n}\n' \
			$((i / 250)) $((i % 250 + 1)) "$1" $((i / 250)) $((i % 250 + 1)) "$([ "$1" = TCP_CHECK ] || printf 'url {\npath /\nstatus_code 200\n}')"
	done
	echo '}'
}
# What each of its processes has used: NAME NANOSECONDS USER-TICKS SYSTEM-TICKS.
spent() {
	local p
	for p in $(daemon_pids node3); do
		printf '%s ' "$(<"/proc/$p/comm")"
		cat "/proc/$p"/task/*/schedstat 2>/dev/null | awk '{ ns += $1 } END { printf "%d ", ns }'
		awk '{ print $14, $15 }' "/proc/$p/stat"
	done
}
backends_told() { grep -c taken "$backends" || true; }
took() {
	local n
	n=$(backends_told)
	on node3 pkill -USR1 -x probe_scale
	POLL=0.02 wait_for 5 eval '[ "$(backends_told)" -gt '"$n"' ]' || true
	tail -n 1 "$backends" | sed 's/ gap.*//; s/[a-z]*=//g'
}
# row WHAT DAEMON FILE-BEFORE FILE-AFTER "TAKEN ANSWERED UNASKED"-BEFORE ...-AFTER
row() {
	awk -v what="$1" -v d="$2" -v s="$SPELL" -v before="$5" -v after="$6" '
		{ us = $2 / 1000 }
		FNR == NR { t0[FNR] = us; u0 += $3; s0 += $4; next }
		{ one[FNR] = us - t0[FNR]; all += one[FNR]; name[FNR] = $1; u += $3; k += $4; n = FNR }
		END {
			split(before, b)
			split(after, a)
			checks = what ~ /HTTP/ ? a[2] - b[2] : a[1] - b[1]
			u -= u0; k -= s0
			printf "%-10s %-11s %5.0f checks/s", what, d, checks / s
			if (what == "idle") { checks = s; printf " %8.1f us a second:", all / s }
			else printf " %8.1f us each:", checks ? all / checks : 0
			printf " %3.0f%% user;", u + k ? u * 100 / (u + k) : 0
			for (i = 1; i <= n; i++) printf " %s %.1f", name[i], checks ? one[i] / checks : 0
			printf "\n"
		}' "$3" "$4" >>"$OUT/table"
}
# spell WHAT DAEMON
spell() {
	local before after
	DAEMON=$2
	rm -f "$RUN/node3/pid" # what the other left: keepalived takes an empty one for a daemon that runs
	if [ "$DAEMON" = keepalived ]; then
		LD_PRELOAD=${CHECKS_PRELOAD:-} daemon_start node3 "$RUN/node3/conf"
	else
		daemon_start node3 "$RUN/node3/conf"
	fi
	nap 4
	spent >"$RUN/before"
	before=$(took)
	nap "$SPELL"
	spent >"$RUN/after"
	after=$(took)
	row "$1" "$2" "$RUN/before" "$RUN/after" "$before" "$after"
	kill -TERM "${DAEMON_PID[node3]}"
	wait_for 20 daemon_gone node3 || true
	wait "${DAEMON_PID[node3]}" || true
}
# On node3, so that it is the last line's first word: what the bare loop says.
bare() { printf '%-10s %s\n' "$1" "$(on node3 "$TOOLS/probe_scale" -l $((SERVERS * 5)) -n "$SERVERS" -t "$SPELL" -k "$2" | tail -n 1)" >>"$OUT/table"; }
: >"$OUT/table"
read -ra daemons <<<"${CHECKS_DAEMONS:-keepalived regentd}"
checks_conf TCP_CHECK 3600 >"$RUN/node3/conf"
for d in "${daemons[@]}"; do
	spell idle "$d"
done
for kind in TCP_CHECK HTTP_GET; do
	checks_conf $kind 0.2 >"$RUN/node3/conf"
	for ((round = 0; round < ${CHECKS_ROUNDS:-3}; round++)); do
		[ $kind = TCP_CHECK ] && bare $kind tcp || bare $kind http
		for d in "${daemons[@]}"; do
			spell $kind "$d"
		done
	done
done
# The best round of each: what disturbs only ever adds.
awk '
	/bare loop/ { us = $7; who = "bare" }
	/us each/ { us = $5; who = $2 }
	/bare loop|us each/ { if (!((who, $1) in best) || us < best[who, $1]) best[who, $1] = us; kinds[$1] }
	END {
		for (k in kinds) {
			b = best["bare", k]; o = best["regentd", k]; t = best["keepalived", k]
			if (t > b) printf "%-10s best: bare %.1f us, regentd %.1f, keepalived %.1f: %.2f of it; above the bare loop %.1f and %.1f: %.2f of it\n",
				k, b, o, t, o / t, o - b, t - b, (o - b) / (t - b)
		}
	}' "$OUT/table" >>"$OUT/table.best"
cat "$OUT/table.best" >>"$OUT/table"
