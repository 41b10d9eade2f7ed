# A scenario that measures and judges nothing: see tests/bench/ipvs.
# shellcheck shell=bash
SERVICES=${SERVICES:-1000}
EACH=10
TOTAL=$((SERVICES * EACH))
raw=$TOOLS/ipvs_raw
modprobe -a ip_vs_rr ip_vs 2>/dev/null
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
row() { printf '%-34s %12s %12s\n' "$@" >>"$OUT/table"; }
# CPU of all of a daemon's processes so far, in ms.
cpu_ms() {
	local p sum=0 t
	for p in $(daemon_pids node3); do
		t=$(awk '{ print $14 + $15 }' "/proc/$p/stat" 2>/dev/null) && sum=$((sum + t))
	done
	echo $((sum * 1000 / $(getconf CLK_TCK)))
}
# Wait until that stands still, more or less.
settle() {
	local was=-1 is
	is=$(cpu_ms)
	for _ in 1 2 3 4 5 6 7 8; do
		[ $((is - was)) -gt 20 ] || [ $was -lt 0 ] || break
		was=$is
		nap 1.5
		is=$(cpu_ms)
	done
	echo "$is"
}
# What it takes in 4 s; what it takes at rest is not the reload's.
spent() {
	local from
	from=$(cpu_ms)
	nap 4
	echo $(($(cpu_ms) - from))
}
measure() { # DAEMON
	local d=$1 began start rest changed c0 c1 c2 gap t0
	DAEMON=$d
	put_conf 1
	on node3 "$raw" flush
	wire_start node3
	began=$(now_us)
	daemon_start node3 "$conf"
	on node3 "$raw" wait $((SERVICES - 1)) $TOTAL -1 120 >/dev/null || note "$d: table not complete"
	start=$((($(now_us) - began) / 1000))
	c0=$(settle)
	t0=$(now_us)
	rest=$(spent)
	daemon_hup node3
	c1=$(($(spent) - rest))
	put_conf 7
	c2=$(cpu_ms)
	daemon_hup node3
	began=$(now_us)
	on node3 "$raw" wait $((SERVICES - 10)) $((TOTAL / 100)) 7 60 >/dev/null || note "$d: change not complete"
	changed=$((($(now_us) - began) / 1000))
	nap 2
	c2=$(($(cpu_ms) - c2 - rest))
	gap=$(wire_adverts node3 | awk -v t="$t0" '$1 > t { if (last && $1 - last > g) g = $1 - last; last = $1 } END { printf "%.1f", g / 1000 }')
	eval "START_$d=$start START_CPU_$d=$c0 RELOAD_$d=$c1 CHANGED_$d=$changed CHANGED_CPU_$d=$c2 GAP_$d=$gap"
	note "$d: start $start ms, cpu $c0; at rest $rest in 4 s; reload cpu $c1; changed $changed ms, cpu $c2; gap $gap"
	daemon_kill9 node3
	on node3 "$raw" flush
}
on node3 "$raw" flush
limit=$(on node3 "$raw" fill "$SERVICES" $EACH)
on node3 "$raw" flush
limit=$(on node3 "$raw" fill "$SERVICES" $EACH)
on node3 "$raw" flush
measure regentd
measure keepalived
printf '%d services, %d real servers; raw batches of 100: %s ms\n' "$SERVICES" $TOTAL "$limit" >"$OUT/table"
row "" regentd keepalived
# shellcheck disable=SC2154 # set by measure
row "start to table complete, ms" "$START_regentd" "$START_keepalived"
# shellcheck disable=SC2154
row "CPU until then at rest, ms" "$START_CPU_regentd" "$START_CPU_keepalived"
# shellcheck disable=SC2154
row "no-op reload, CPU ms" "$RELOAD_regentd" "$RELOAD_keepalived"
# shellcheck disable=SC2154
row "1 % changed: SIGHUP to kernel, ms" "$CHANGED_regentd" "$CHANGED_keepalived"
# shellcheck disable=SC2154
row "1 % changed, CPU ms" "$CHANGED_CPU_regentd" "$CHANGED_CPU_keepalived"
# shellcheck disable=SC2154
row "largest gap of 100 ms adverts, ms" "$GAP_regentd" "$GAP_keepalived"
