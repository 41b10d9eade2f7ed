# A scenario that measures and judges nothing: from the last advert of a MASTER that is killed to the decision (the next one's first
# advert), to the first announcement and to the last address's first one, with VIPS addresses. Played by tests/bench/run for each daemon.
# shellcheck shell=bash
# shellcheck source=tests/hosts/fast.sh
. "$TOP/tests/hosts/fast.sh"
vips=${VIPS:-20}
many_conf() { # NODE PRIORITY: the first 20 are advertised
	mkdir -p "$RUN/$1"
	{
		printf 'global_defs {\n router_id %s\n}\nvrrp_instance FAST {\n version 3\n interface ens33\n virtual_router_id 52\n' "$1"
		printf ' priority %s\n advert_int 0.1\n virtual_ipaddress {\n' "$2"
		awk -v n="$vips" 'BEGIN { for (i = 1; i <= n; i++) {
			if (i == 21) print " }\n virtual_ipaddress_excluded {"
			printf "  10.9.%d.%d/32\n", i / 250, i % 250 + 1 } }'
		printf ' }\n}\n'
	} >"$RUN/$1/conf"
}
fast_up
many_conf node3 150
many_conf node4 100
holds_all() { [ "$(on "$1" ip -o -4 addr show dev ens33 | grep -c 'inet 10\.9\.')" -ge "$vips" ]; }
daemon_start node3 "$RUN/node3/conf"
wait_for 10 holds_all node3
daemon_start node4 "$RUN/node4/conf"
quiet() { [ "$(($(now_us) - $(awk '$2 == "p-node3" && $3 == "garp" { t = $1 } END { print t + 0 }' "$WIRE")))" -gt 1500000 ]; }
POLL=0.3 wait_for 30 quiet
daemon_kill9 node3
wait_for 5 holds_all node4
quiet4() { [ "$(($(now_us) - $(awk '$2 == "p-node4" && $3 == "garp" { t = $1 } END { print t + 0 }' "$WIRE")))" -gt 800000 ]; }
wait_for 10 quiet4
awk -v daemon="$DAEMON" -v vips="$vips" '
	$2 == "p-node3" && $3 == "vrrp" { last = $1 }
	$2 == "p-node4" && $3 == "vrrp" { if (!decided) decided = $1; else if ($1 - before > gap) gap = $1 - before; before = $1 }
	$2 == "p-node4" && $3 == "garp" { if (!first) first = $1; if (!($4 in seen)) { seen[$4]; n++; every = $1 } end = $1 }
	END {
		if (!decided || !first) { print daemon, vips, "no takeover was seen"; exit }
		printf "%-12s %6d %12.1f %14.2f %14.2f %14.2f %12.1f\n", daemon, n, (decided - last) / 1000, (first - decided) / 1000,
			(every - decided) / 1000, (end - decided) / 1000, gap / 1000
	}' "$WIRE" >>"$OUT/failover"
