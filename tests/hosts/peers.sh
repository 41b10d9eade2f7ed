# Two hosts on a wire of their own, Regent on one and another vendor's router on the other: who is MASTER, who takes over, who hands
# back, in both roles. Cases run side by side. Sourced by scenarios after fast.sh's lib.
#
# A case is a name; its host a is ours (.1), b the peer's (.2). It is told by functions of the scenario:
#   ours_conf CASE PRIORITY        our configuration
#   peer_start CASE PRIORITY       starts the peer;  peer_kill CASE: kill -9 of it
#   peer_holds CASE / peer_lacks CASE   by what its kernel says
#   settle CASE                    (where there is one) what is to be seen before the first of them is killed
# shellcheck shell=bash

# wire_pair CASE: hosts CASE.a and CASE.b with ens33 between them.
wire_pair() {
	local h
	ip netns add "$NS-$1a"
	ip netns add "$NS-$1b"
	ip link add ens33 netns "$NS-$1a" type veth peer name ens33 netns "$NS-$1b"
	for h in "$1a" "$1b"; do
		on "$h" sysctl -qw net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0 net.ipv6.conf.ens33.accept_dad=0
		ip -n "$NS-$h" link set lo up
	done
	ip -n "$NS-$1a" addr add 10.8.0.1/24 dev ens33
	ip -n "$NS-$1b" addr add 10.8.0.2/24 dev ens33
	ip -n "$NS-$1a" addr add fd08::1/64 dev ens33 nodad
	ip -n "$NS-$1b" addr add fd08::2/64 dev ens33 nodad
	ip -n "$NS-$1a" link set ens33 up
	ip -n "$NS-$1b" link set ens33 up
}

# vip_of CASE: the address that says who is MASTER.
vip_of() { case $1 in *6*) echo fd08::200 ;; *) echo 10.8.0.200 ;; esac; }
holds() { on "$1" ip addr show | grep -q "inet6\? $2/" || { echo "$1 has no $2"; return 1; }; }
lacks() { ! holds "$1" "$2" >/dev/null || { echo "$1 has $2"; return 1; }; }
ours_holds() { holds "$1a" "$(vip_of "$1")"; }
ours_lacks() { lacks "$1a" "$(vip_of "$1")"; }
ours_master() { ours_holds "$1" && peer_lacks "$1"; }
peer_master() { peer_holds "$1" && ours_lacks "$1"; }

# case_conf CASE PRIORITY INTERVAL MORE ADDRESSES: a file of one instance that ours and keepalived understand.
case_conf() {
	cat <<-END
		global_defs {
			router_id $1
		}
		vrrp_instance V {
			version ${1:1:1}
			state BACKUP
			interface ens33
			virtual_router_id 61
			priority $2
			advert_int $3
			$4
			virtual_ipaddress {
				$5
			}
		}
	END
}
ours_start() {
	mkdir -p "$RUN/$1a"
	ours_conf "$1" "$2" >"$RUN/$1a/conf"
	daemon_start "$1a" "$RUN/$1a/conf"
}
# What is left on our interface by a daemon that was killed is not who is MASTER.
ours_kill() { daemon_kill9 "$1a"; }

capture_start() {
	ip netns exec "$NS-$1a" tshark -q -i ens33 -w "$OUT/$SCENARIO.$1.pcap" -f 'ip proto 112 or ip proto 51 or ip6 proto 112' \
		>"$OUT/$SCENARIO.$1.tshark" 2>&1 </dev/null &
	CAPTURE[$1]=$!
	wait_for 10 grep -q 'Capturing on' "$OUT/$SCENARIO.$1.tshark"
}
declare -A CAPTURE=()
capture_end() {
	kill -INT "${CAPTURE[$1]}"
	wait "${CAPTURE[$1]}" 2>/dev/null || true
}
# A filter for our own packets; over IPv6 they come from the link-local address that is not the virtual one.
ours_source() {
	local own
	case $1 in
	*6*)
		own=$(on "$1a" ip -6 -o addr show dev ens33 scope link | awk '{ sub(/\/.*/, "", $4) } $4 != "fe80::200" { print $4; exit }')
		echo "(ipv6.src == fd08::1 || ipv6.src == $own)"
		;;
	*) echo 'ip.src == 10.8.0.1' ;;
	esac
}
packets() { tshark -r "$OUT/$SCENARIO.$1.pcap" -Y "$2" 2>/dev/null; }
ours_decode() {
	local n bad
	n=$(packets "$1" "vrrp && $(ours_source "$1")" | wc -l)
	bad=$(packets "$1" "$(ours_source "$1") && (_ws.expert.severity >= 4194304 || _ws.malformed || !vrrp || vrrp.checksum.status == 0)" | head -n 3)
	[ "$n" -ge 3 ] || { echo "only $n adverts of ours"; return 1; }
	[ -z "$bad" ] || { echo "$bad"; return 1; }
}

# play CASE: both roles. The times are upper limits; what is awaited is a condition.
play() {
	local c=$1 t=${PATIENCE:-15}
	POLL=0.2
	wire_pair "$c"
	capture_start "$c"
	ours_start "$c" 150
	peer_start "$c" 100
	check_soon "$c: ours is MASTER, the peer BACKUP" "$t" ours_master "$c"
	! declare -F settle >/dev/null || settle "$c"
	ours_kill "$c"
	check_soon "$c: ours is killed, the peer takes over" "$t" peer_holds "$c"
	ours_start "$c" 150
	check_soon "$c: ours comes back and is MASTER again" "$t" ours_master "$c"
	ours_conf "$c" 50 >"$RUN/${c}a/conf"
	daemon_hup "${c}a"
	check_soon "$c: a lower priority hands over to the peer" "$t" peer_master "$c"
	peer_kill "$c"
	check_soon "$c: the peer is killed, ours takes over" "$t" ours_holds "$c"
	peer_start "$c" 100
	check_soon "$c: the peer comes back, ours yields" "$t" peer_master "$c"
	capture_end "$c"
	case $c in
	*o*) ;; # the checksum of ancient peers is wrong by any book
	*) check "$c: tshark decodes each packet of ours without a warning" ours_decode "$c" ;;
	esac
}

# play_all CASE...: side by side.
play_all() {
	local c pids=()
	mkdir -p "$RUN"
	for c in "$@"; do
		play "$c" &
		pids+=($!)
	done
	wait "${pids[@]}"
}
