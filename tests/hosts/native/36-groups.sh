# A sync group of two instances on two networks, one over IPv4 and one over IPv6, both with signed adverts (auth_hmac): they move
# together, a key is rotated without a move, a director that flaps is kept from preempting, and priorities that are crossed are found.
# shellcheck shell=bash
# shellcheck source=tests/hosts/peers.sh
. "$TOP/tests/hosts/peers.sh"

KEY=(hex:000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f hex:202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f)
# conf PRIORITY KEYS ACTIVE [PRIORITY-OF-TWO]
conf() {
	local i keys=''
	for ((i = 1; i <= $2; i++)); do keys+="key $i ${KEY[i - 1]}"$'\n'; done
	cat <<-END
		global_defs {
			router_id g
		}
		vrrp_sync_group VG {
			group {
				ONE
				TWO
			}
		}
	END
	for i in ONE TWO; do
		cat <<-END
			vrrp_instance $i {
				version 3
				interface $([ $i = ONE ] && echo ens33 || echo ens34)
				virtual_router_id 71
				priority $([ $i = ONE ] && echo "$1" || echo "${4:-$1}")
				advert_int 0.2
				flap_half_life 60
				flap_suppress 2
				flap_reuse 1
				auth_hmac {
					$keys
					active_key $3
				}
				virtual_ipaddress {
					$([ $i = ONE ] && echo '10.8.0.200/24' || printf 'fe80::200/64\nfd09::200/64')
				}
			}
		END
	done
}
begin() {
	mkdir -p "$RUN/$1"
	conf "$2" 1 1 >"$RUN/$1/conf"
	daemon_start "$1" "$RUN/$1/conf"
}
both() { holds "$1" 10.8.0.200 && holds "$1" fd09::200; }
neither() { lacks "$1" 10.8.0.200 && lacks "$1" fd09::200; }
all_at() { both "$1" && neither "$2"; }
group_is() { status_is "$1" ".sync_groups[0].state == \"$2\" and .sync_groups[0].members == 2" .sync_groups; }

POLL=0.2
mkdir -p "$RUN"
wire_pair g
# The second network has a switch, so that one host's link is not the other's.
lan_up
for h in ga gb; do
	ip link add ens34 netns "$NS-$h" type veth peer name "p-$h" netns "$NS-lan"
	ip -n "$NS-lan" link set "p-$h" master br0 up
	on $h sysctl -qw net.ipv6.conf.ens34.accept_dad=0
	ip -n "$NS-$h" link set ens34 up
done
begin ga 150
begin gb 100
check_soon "the group is MASTER on the host of higher priority" 10 all_at ga gb
check_soon "regentctl shows the group" 5 group_is ga MASTER
check_soon "regentctl shows the other's" 5 group_is gb BACKUP

ip -n "$NS-ga" link set ens34 down
check_soon "one link fails: the whole group goes to the peer" 10 both gb
check_soon "and leaves the host" 5 neither ga
check_soon "the group is in FAULT with its member" 5 group_is ga FAULT
ip -n "$NS-ga" link set ens34 up
check_soon "the link is back: the whole group comes home" 10 all_at ga gb

moves() { status "$1" | jq '.sync_groups[0].transitions'; }
before=$(moves ga).$(moves gb)
for step in '2 1' '2 2'; do
	# Both know a key before one speaks with it.
	for h in ga gb; do
		mark=$(log_mark $h)
		# shellcheck disable=SC2086
		conf "$([ $h = ga ] && echo 150 || echo 100)" $step >"$RUN/$h/conf"
		daemon_hup $h
		wait_for 5 log_has $h "$mark" Reloaded
	done
	nap 0.5
done
unmoved() { [ "$(moves ga).$(moves gb)" = "$before" ] || { echo "$(moves ga).$(moves gb), not $before"; return 1; }; }
check "keys are rotated without a move" unmoved
signed() { status_is gb '[.virtual_routers[].counters | .hmac_missing + .hmac_unknown_key + .hmac_invalid + .hmac_stale + .replays] | add == 0' '[.virtual_routers[].counters]'; }
check "and without a refused advert" signed

healthy() { status_is ga '.sync_groups[0].state != "FAULT"'; }
for _ in 1 2; do
	ip -n "$NS-ga" link set ens34 down
	wait_for 10 both gb
	ip -n "$NS-ga" link set ens34 up
	wait_for 5 healthy
	nap 0.5
done
damped() { status_is ga '[.virtual_routers[].damped] | any' '[.virtual_routers[] | {name, damped, state}]'; }
check_soon "it has flapped too often: damped" 5 damped
check_stays "and takes over from nobody" 4 all_at gb ga
daemon_kill9 gb
check_soon "but where nobody else speaks it does" 15 both ga

# ga is higher for ONE, gb for TWO.
mark=$(log_mark ga)
conf 150 2 2 100 | sed '/flap_/d' >"$RUN/ga/conf"
conf 100 2 2 150 | sed '/flap_/d' >"$RUN/gb/conf"
daemon_hup ga
daemon_start gb "$RUN/gb/conf"
found() { log_has "$1" "$mark" 'VG. its members. priorities are ordered otherwise than on the peer: .* hears a higher .* lower' >/dev/null; }
either() { found ga || mark=0 found gb || { log_since ga "$mark" | tail -n 3; return 1; }; }
check_soon "crossed priorities are found, and the members named" 20 either
one_group() { all_at ga gb >/dev/null || all_at gb ga; }
check_soon "one host has the whole group" 10 one_group
# It may have been seen in mid-swing.
steady() {
	local was now
	was=$(moves ga).$(moves gb)
	nap 3
	now=$(moves ga).$(moves gb)
	[ "$now" = "$was" ] || { echo "$now, not $was"; return 1; }
}
check_soon "and it no longer swings" 1 steady
check "nor has it come apart" one_group
