# Beside Debian's keepalived, in both roles: version 2 (plain, PASS, AH) and version 3 over IPv4 and IPv6, multicast and unicast.
# shellcheck shell=bash
# shellcheck source=tests/hosts/peers.sh
. "$TOP/tests/hosts/peers.sh"

# conf CASE PRIORITY HOST(1|2): a file that both understand. The case's name says what it is: v2 v3, m u, p(ass) a(h), 6,
# o(ld checksum), w: each has the virtual router's own MAC.
conf() {
	local interval=1 auth='' peers='' checksum='' vips='10.8.0.200/24 dev ens33' vmac='' own=10.8.0.$3 other=10.8.0.$((3 - $3))
	case $1 in v3*) interval=0.2 ;; esac
	case $1 in *6*) vips=$'fe80::200/64 dev ens33\nfd08::200/64 dev ens33' own=fd08::$3 other=fd08::$((3 - $3)) ;; esac
	case $1 in *p*) auth='authentication { 
	auth_type PASS
	auth_pass secret12
}' ;; *a*) auth='authentication { 
	auth_type AH
	auth_pass secret12
}' ;; esac
	case $1 in *u*) peers="unicast_src_ip $own
unicast_peer { 
	$other
}" ;; esac
	case $1 in *w*) vmac=use_vmac vips=${vips// dev ens33/} ;; esac
	case $1 in *o*) [ "$3" = 1 ] || checksum=old_unicast_checksum ;; esac
	case_conf "$1" "$2" $interval "$auth"$'\n'"$peers"$'\n'"$checksum"$'\n'"$vmac" "$vips"
}
ours_conf() { conf "$1" "$2" 1; }
peer_start() {
	mkdir -p "$RUN/$1b"
	conf "$1" "$2" 2 >"$RUN/$1b/conf"
	ip netns exec "$NS-$1b" keepalived -n -l -D -P -f "$RUN/$1b/conf" -p "$RUN/$1b/pid" -r "$RUN/$1b/vrrp" >>"$(log_of "$1b")" 2>&1 </dev/null &
}
# What it finds of a former life it takes for a running one.
peer_kill() {
	daemon_kill9 "$1b"
	rm -f "$RUN/$1b/pid" "$RUN/$1b/vrrp"
}
peer_holds() { holds "$1b" "$(vip_of "$1")"; }
peer_lacks() { lacks "$1b" "$(vip_of "$1")"; }
# Ours speaks as such a peer does once it has heard it, which is when the peer, deaf to us, has become MASTER; and so does its next life,
# from the first advert: a peer that cannot understand it would take over.
settle() {
	local sent mark
	case $1 in *o*) ;; *) return 0 ;; esac
	check_soon "$1: ours sums up as the peer does" 15 log_has "$1a" 0 'sends the old checksum'
	check_soon "$1: and the peer hears it" 15 log_has "$1b" 0 "Entering BACKUP STATE\$"
	sent='.virtual_routers[0] | .state == "MASTER" and .counters.adverts_sent >= 3'
	wait_for 15 status_is "$1a" "$sent"
	mark=$(log_mark "$1b")
	ours_kill "$1"
	ours_start "$1" 150
	check_soon "$1: its next life is MASTER" 15 status_is "$1a" "$sent"
	check "$1: and understood from its first advert" log_lacks "$1b" "$mark" 'Invalid VRRPv3 checksum'
}

play_all v2m v2mp v2mw v2up v2ma v2ua v3m v3mw v3u v3uo v36m v36mw v36u
