# A scenario that measures and judges nothing: 255 virtual routers on one interface, an advert of each every
# ADVERT seconds (0.1), MASTER on one host and BACKUP on the other: share of a processor and lateness. Played by tests/bench/run for each daemon.
# shellcheck shell=bash
# shellcheck source=tests/hosts/fast.sh
. "$TOP/tests/hosts/fast.sh"
# shellcheck disable=SC2034 # keepalived logs every announcement with -D
DETAIL=()
advert=${ADVERT:-0.1}
crowd_conf() { # NODE PRIORITY
	mkdir -p "$RUN/$1"
	{
		printf 'global_defs {\n router_id %s\n vrrp_garp_master_delay 1\n}\n' "$1"
		for i in {1..255}; do
			printf 'vrrp_instance V%d {\n version 3\n interface ens33\n virtual_router_id %d\n priority %d\n advert_int %s\n' "$i" "$i" "$2" "$advert"
			printf ' virtual_ipaddress {\n  10.9.0.%d/32\n }\n}\n' "$i"
		done
	} >"$RUN/$1/conf"
}
fast_up
crowd_conf node3 150
crowd_conf node4 100
all_there() { [ "$(on "$1" ip -o -4 addr show dev ens33 | grep -c 'inet 10\.9\.')" -eq 255 ]; }
daemon_start node3 "$RUN/node3/conf"
wait_for 20 all_there node3
daemon_start node4 "$RUN/node4/conf"
# The busiest of a daemon's processes is the one that speaks VRRP.
ticks() { local p; for p in $(daemon_pids "$1"); do awk '{ print $14 + $15 }' "/proc/$p/stat"; done | sort -n | tail -n 1; }
began=$(now_us)
past() { [ "$(now_us)" -ge $((began + $1 * 1000000)) ]; }
POLL=0.5 wait_for 8 past 6
m0=$(ticks node3) b0=$(ticks node4) t0=$(now_us)
control_start 1000 60
POLL=0.5 wait_for 20 past 16
m1=$(ticks node3) b1=$(ticks node4) t1=$(now_us)
control_end
share() { awk -v a="$1" -v b="$2" -v us=$((t1 - t0)) -v hz="$(getconf CLK_TCK)" 'BEGIN { printf "%.1f", 100 * (b - a) / hz / (us / 1e6) }'; }
# Each router's adverts against its own grid: the gaps between neighbours, less the interval.
awk -v daemon="$DAEMON" -v a="$t0" -v b="$t1" -v master="$(share "$m0" "$m1")" -v backup="$(share "$b0" "$b1")" -v control="$CONTROL_WORST" \
	-v advert="$advert" '
	$2 == "p-node3" && $3 == "vrrp" && $1 >= a && $1 <= b {
		if ($6 in at) { late = $1 - at[$6] - 1000000 * advert; n++; print (late > 0 ? late : 0) | "sort -n >'"$OUT"'/late" }
		at[$6] = $1
	}
	$2 == "p-node4" && $3 == "vrrp" && $1 >= a { rivals++ }
	END {
		close("sort -n >'"$OUT"'/late")
		while ((getline line <"'"$OUT"'/late") > 0) { i++; v = line; if (i == int(n / 2)) p50 = v; if (i == int(n * 0.99)) p99 = v }
		printf "%-12s %9s %9s %9s %8d %8d %8d %8d %8d %12d\n", daemon, advert, master, backup, n, p50, p99, v, rivals, control
	}' "$WIRE" >>"$OUT/many"
