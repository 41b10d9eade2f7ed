# A scenario that measures and judges nothing: see tests/bench/ipvs.
# shellcheck shell=bash
SERVICES=${SERVICES:-1000}
EACH=10
TOTAL=$((SERVICES * EACH))
raw=$TOOLS/ipvs_raw
modprobe -a ip_vs_rr ip_vs nf_tables 2>/dev/null # what the kernel has to load is no daemon's time
mkdir -p "$RUN/node3" "$RUN/node4"
lan_up
host node3 172.25.0.33/24
host node4 172.25.0.34/24
conf=$RUN/node3/conf

put_conf() { # WEIGHT-OF-EVERY-HUNDREDTH
	{
		printf 'global_defs {\n\trouter_id bench\n}\nvrrp_instance VI_1 {\n\tinterface ens33\n\tvirtual_router_id 51\n\tpriority 200\n'
		printf '\tversion 3\n\tadvert_int 0.1\n\tvirtual_ipaddress {\n\t\t172.25.0.200\n\t}\n}\n'
		awk -v n="$SERVICES" -v e=$EACH -v w="$1" 'BEGIN {
			for (i = 0; i < n; i++) {
				printf "virtual_server 10.100.%d.%d 80 {\n\tlb_algo rr\n\tlb_kind DR\n\tprotocol TCP\n", i / 256, i % 256
				for (k = 0; k < e; k++) {
					s = i * e + k
					printf "\treal_server 10.200.%d.%d 80 {\n\t\tweight %d\n\t}\n", s / 256, s % 256, s % 100 ? 1 : w
				}
				print "}"
			} }'
	} >"$conf"
}
comment() { echo "! a comment" >>"$conf"; }
change() { put_conf $((++weight)); }
ms() { awk -v us="$1" 'BEGIN { printf "%.2f", us / 1000 }'; }
# CPU of all of a daemon's processes so far, in us: core, helper and agent, threads and workers.
cpu_us() {
	# shellcheck disable=SC2046
	"$raw" cpu $(daemon_pids node3)
}
# Wait until that stands still, more or less.
settle() {
	local was=-100000000 is
	is=$(cpu_us)
	for _ in 1 2 3 4 5 6 7 8; do
		[ $((is - was)) -gt 40000 ] || break
		was=$is
		nap 1.5
		is=$(cpu_us)
	done
	echo "$is"
}
# The mean of those in the middle, without the lowest and the highest fifth; less than half a millisecond is lost in what else goes on,
# and counts as that.
middle() {
	sort -n | awk '{ a[NR] = $1 }
		END { cut = int(NR / 5); for (i = 1 + cut; i <= NR - cut; i++) { n++; sum += a[i] } v = sum / n; printf "%.0f\n", (v > 500 ? v : 500) }'
}
# What a reload takes, in us: the middle of N, each seen for some SECONDS and less what is computed in as many before it. The host's own
# work and the periodic pass over the table fall into one or another, not into most.
reloads() { # N SECONDS COMMAND-BEFORE-EACH
	local n
	for ((n = 0; n < $1; n++)); do
		"$3"
		"$raw" busy "$2" "${DAEMON_PID[node3]}"
	done | tee -a "$OUT/reloads" | middle
}
# Waits in the background, in place before the clock starts.
watch() { # SERVICE SERVERS WEIGHT
	ip netns exec "$NS-node3" "$raw" wait "$@" 60 >"$OUT/when" &
	watcher=$!
	nap 0.7
}
# Milliseconds from then to what is watched for, into M.
took() { # NAME FROM
	wait $watcher || note "$DAEMON: it did not come"
	M[$DAEMON,$1]=$(awk -v from="$2" 'END { if (NR) printf "%.0f", ($1 - from) / 1000; else print "never" }' "$OUT/when")
}
# The largest gap between adverts that end after one moment and before another.
gap() { # FROM TO
	wire_adverts node3 | awk -v a="$1" -v b="$2" 'last && $1 > a && $1 < b && $1 - last > g { g = $1 - last } { last = $1 } END { printf "%.1f", g / 1000 }'
}
rss() { # COMMAND-REGEX
	local p sum=0
	for p in $(daemon_pids node3); do
		grep -qE "^($1)\$" "/proc/$p/comm" && sum=$((sum + $(awk '/^VmRSS/ { print $2 }' "/proc/$p/status")))
	done
	awk -v k=$sum 'BEGIN { printf "%.1f", k / 1024 }'
}
declare -A M # what was measured, by daemon and name
measure() { # DAEMON
	local began at=() clock
	DAEMON=$1
	put_conf 1
	on node3 "$raw" flush
	wire_start node3
	ip netns exec "$NS-node3" "$TOOLS/ticker" 100000 120 2 >"$OUT/ticker" 2>&1 &
	clock=$!
	watch $((SERVICES - 1)) $TOTAL -1
	daemon_start node3 "$conf"
	took start "$DAEMON_BEGAN"
	M[$1,start_cpu]=$(ms "$(settle)")
	M[$1,rss]=$(rss 'regentd|keepalived')
	M[$1,rss_agent]=$(rss regent-agent)
	at+=("$(now_us)")
	M[$1,noop]=$(ms "$(reloads 15 0.5 true)")
	M[$1,comment]=$(ms "$(reloads 5 0.5 comment)")
	at+=("$(now_us)")
	weight=6
	M[$1,change_cpu]=$(ms "$(reloads 3 1.5 change)")
	put_conf 11
	watch $((SERVICES - 10)) $((TOTAL / 100)) 11
	began=$(now_us)
	daemon_hup node3
	took change "$began"
	nap 2
	M[$1,rss_after]=$(rss 'regentd|keepalived')
	M[$1,gap_start]=$(gap 0 "${at[0]}")
	M[$1,gap_reload]=$(gap "${at[0]}" "${at[1]}")
	M[$1,gap_change]=$(gap "${at[1]}" "$(now_us)")
	kill -TERM $clock
	wait $clock
	M[$1,clock]=$(sed -n 's/.*worst=\([0-9]*\)$/\1/p' "$OUT/ticker" | awk '{ printf "%.1f", $1 / 1000 }')
	note "$1: start ${M[$1,start]} ms; no-op ${M[$1,noop]}; changed ${M[$1,change]} ms; control's worst ${M[$1,clock]}"
	daemon_kill9 node3
	on node3 "$raw" flush
}
row() { printf '%-40s %10s %10s  %s\n' "$@" >>"$OUT/table"; }
# both LABEL NAME [WORDS]
both() { row "$1" "${M[regentd,$2]}" "${M[keepalived,$2]}" "${3-}"; }
ratio() { awk -v a="$1" -v b="$2" 'BEGIN { if (b > 0) printf "%.1f", a / b; else printf "?" }'; }
limit_of() { on node3 "$raw" fill "$SERVICES" $EACH; on node3 "$raw" flush; }
on node3 "$raw" flush
limit_of >/dev/null
limit=$(limit_of)
measure regentd
measure keepalived
limit_after=$(limit_of)
limit=$(awk -v a="$limit" -v b="$limit_after" 'BEGIN { printf "%.0f", (a + b) / 2 }')
printf '%d services, %d real servers; the same as raw batches of 100: %s ms\n' "$SERVICES" $TOTAL "$limit" >"$OUT/table"
row "" regentd keepalived ""
both "start to table complete, ms" start "$(ratio "${M[regentd,start]}" "$limit") x the raw batches (aim: within 10)"
both "  CPU of all processes until at rest, ms" start_cpu
both "no-op reload, CPU ms" noop "1/$(ratio "${M[keepalived,noop]}" "${M[regentd,noop]}") of keepalived's (aim: 1/50)"
both "  a comment added, CPU ms" comment "1/$(ratio "${M[keepalived,comment]}" "${M[regentd,comment]}")"
both "1 % changed: SIGHUP to kernel, ms" change
both "  CPU ms" change_cpu
both "largest gap of 100 ms adverts: start, ms" gap_start
both "  reloads" gap_reload
both "  change" gap_change
both "  a bare timer beside it was late by" clock
both "resident MB, at start" rss "and the agent: ${M[regentd,rss_agent]}"
both "  after the reloads" rss_after
