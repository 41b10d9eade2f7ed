# A scenario that measures and judges nothing: a MASTER with VIPS addresses is killed while its BACKUP has listened for a while, adverts
# every ADVERT seconds. Played by tests/bench/run for each daemon.
#
# Time runs from the last advert of the dead MASTER that was on the wire: the BACKUP may decide 3 intervals and its skew time after it
# (RFC 9568, 6.1), which is shown beside. The decision is the BACKUP's own first advert. Announcements count from there. How late its
# adverts are then is the largest gap between two of them less the interval, to the end of the second round (vrrp_garp_master_delay).
# Nothing looks at either host meanwhile: to list a thousand addresses holds the lock that adding them needs.
# shellcheck shell=bash
# shellcheck source=tests/hosts/fast.sh
. "$TOP/tests/hosts/fast.sh"
# shellcheck disable=SC2034 # keepalived logs every announcement with -D
DETAIL=()
vips=${VIPS:-20}
advert=${ADVERT:-0.1}
repeats=5 # announcements of each address in a round, of which there are two: the default of both daemons
many_conf() { # NODE PRIORITY: the first 20 are advertised
	mkdir -p "$RUN/$1"
	{
		printf 'global_defs {\n router_id %s\n vrrp_garp_master_delay 1\n}\nvrrp_instance FAST {\n version 3\n interface ens33\n' "$1"
		printf ' virtual_router_id 52\n priority %s\n advert_int %s\n virtual_ipaddress {\n' "$2" "$advert"
		awk -v n="$vips" 'BEGIN { for (i = 1; i <= n; i++) {
			if (i == 21) print " }\n virtual_ipaddress_excluded {"
			printf "  10.9.%d.%d/32\n", i / 250, i % 250 + 1 } }'
		printf ' }\n}\n'
	} >"$RUN/$1/conf"
}
# announced NODE: both rounds are over. heard SINCE: and the BACKUP has had ten adverts.
announced() { [ "$(grep -c "p-$1 garp" "$WIRE")" -ge $((2 * repeats * vips)) ]; }
heard() { sent_at_least node3 "$1" 10; }
# No third host: the segment floods each announcement to all of them, at the sender's expense.
mkdir -p "$RUN"
lan_up
host node3 "${ADDR[node3]}/24"
host node4 "${ADDR[node4]}/24"
wire_start node3 node4
many_conf node3 150
many_conf node4 100
# The kernel alone, on a host that nobody watches.
alone() {
	local t0
	host node5 10.8.0.1/24
	awk -v n="$vips" 'BEGIN { for (i = 1; i <= n; i++) printf "addr add 10.9.%d.%d/32 dev ens33\n", i / 250, i % 250 + 1 }' >"$RUN/batch"
	t0=$(now_us)
	ip -n "$NS-node5" -batch "$RUN/batch"
	echo $(($(now_us) - t0))
	ip netns del "$NS-node5"
}
kernel=$(alone)
daemon_start node3 "$RUN/node3/conf"
POLL=0.5 wait_for 40 announced node3
daemon_start node4 "$RUN/node4/conf"
nap 1
POLL=0.3 wait_for 30 heard "$(now_us)"
killed=$(now_us)
daemon_kill9_at_once node3
over() { [ "$(now_us)" -ge $((killed + 3000000)) ]; }
POLL=1 wait_for 30 over
POLL=0.5 wait_for 30 announced node4
nap 0.3
awk -v daemon="$DAEMON" -v vips="$vips" -v advert="$advert" -v killed="$killed" -v kernel="$kernel" '
	$2 == "p-node3" && $3 == "vrrp" { last = $1 }
	$2 == "p-node4" && $3 == "vrrp" && $1 < killed { rivals++ }
	$2 == "p-node4" && $1 < killed { next }
	$2 == "p-node4" && $3 == "vrrp" { if (!decided) decided = $1; else if ($1 - before > gap) gap = $1 - before; before = $1 }
	$2 == "p-node4" && $3 == "garp" { if (!first) first = $1; if (!($4 in seen)) { seen[$4]; n++; every = $1 } end = $1 }
	END {
		if (!decided || !first) { printf "%-12s %6d %9s  no takeover was seen\n", daemon, vips, advert; exit }
		printf "%-12s %6d %9s %10.1f %10.1f %10.2f %14.2f %12.1f %8d %12.1f\n", daemon, n, advert, (decided - last) / 1000,
			1000 * advert * (3 + 156 / 256), (first - decided) / 1000, (every - decided) / 1000, gap / 1000 - 1000 * advert, rivals, kernel / 1000
	}' "$WIRE" >>"$OUT/failover"
