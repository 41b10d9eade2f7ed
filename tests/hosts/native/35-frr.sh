# Beside FRR's vrrpd, in both roles: version 2 and 3 over IPv4, version 3 over IPv6, multicast. Its macvlans are made here.
# shellcheck shell=bash
# shellcheck source=tests/hosts/peers.sh
. "$TOP/tests/hosts/peers.sh"

FRR=/usr/lib/frr
ours_conf() {
	local interval=1 vip='10.8.0.200/24 dev ens33'
	case $1 in v3*) interval=0.2 ;; esac
	case $1 in *6*) vip='fd08::200/64 dev ens33' ;; esac
	case_conf "$1" "$2" $interval '' "$vip"
}
frr_dir() { echo "$RUN/$1b"; }
peer_start() {
	local d h=$1b mac=00:00:5e:00:01:3d word=ip ms=1000
	d=$(frr_dir "$1")
	case $1 in v3*) ms=200 ;; esac
	case $1 in *6*) mac=00:00:5e:00:02:3d word=ipv6 ;; esac
	if [ ! -d "$d" ]; then
		mkdir -p "$d"
		chown frr:frr "$d"
		ip -n "$NS-$h" link add vrrp1 link ens33 type macvlan mode bridge
		ip -n "$NS-$h" link set vrrp1 address $mac
		ip -n "$NS-$h" addr add "$(vip_of "$1")/$([ $word = ip ] && echo 24 || echo 64)" dev vrrp1
		ip -n "$NS-$h" link set vrrp1 up
		: >"$d/zebra.conf"
		ip netns exec "$NS-$h" $FRR/zebra -f "$d/zebra.conf" -i "$d/zebra.pid" -z "$d/zserv" --vty_socket "$d" -P 0 \
			>>"$(log_of "$h")" 2>&1 </dev/null &
		wait_for 10 test -S "$d/zserv"
	fi
	cat >"$d/vrrpd.conf" <<-END
		interface ens33
		 vrrp 61 version ${1:1:1}
		 vrrp 61 priority $2
		 vrrp 61 advertisement-interval $ms
		 vrrp 61 $word $(vip_of "$1")
	END
	ip netns exec "$NS-$h" $FRR/vrrpd -f "$d/vrrpd.conf" -i "$d/vrrpd.pid" -z "$d/zserv" --vty_socket "$d" -P 0 \
		>>"$(log_of "$h")" 2>&1 </dev/null &
	FRR_PID[$1]=$!
}
declare -A FRR_PID=()
peer_kill() { kill -KILL "${FRR_PID[$1]}"; }
peer_holds() {
	local out
	out=$(on "$1b" vtysh --vty_socket "$(frr_dir "$1")" -c 'show vrrp 61 json' 2>/dev/null)
	printf '%s' "$out" | jq -e ".[0].v$(case $1 in *6*) echo 6 ;; *) echo 4 ;; esac).status == \"Master\"" >/dev/null || { echo "$out"; return 1; }
}
peer_lacks() { ! peer_holds "$1"; }

play_all v2m v3m v36m
