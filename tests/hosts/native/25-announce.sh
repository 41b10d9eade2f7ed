# Announcements on the wire: how many, how fast, again after any doubt; a thousand addresses hold up no advert.
# shellcheck shell=bash
# shellcheck source=tests/hosts/fast.sh
. "$TOP/tests/hosts/fast.sh"
fast_up
CONF=$RUN/node3/conf
: >"$(log_of node3)"
# one_conf GLOBAL-LINES INSTANCE-LINES: three addresses
one_conf() {
	cat >"$CONF" <<-END
		global_defs {
		    router_id node3
		    ${1-}
		}
		vrrp_instance FAST {
		    $FAST_ROUTER
		    ${2-}
		    virtual_ipaddress {
		        $FAST_VIP
		        172.25.0.202
		        172.25.0.203
		    }
		}
		${3-}
	END
}
garps() { awk -v p=p-node3 '$2 == p && $3 == "garp"' "$WIRE"; } # TIME PORT garp ADDRESS
# Where the machine stood still for an interval the daemon announces all again, and says so: it may have done that unasked.
standstills() { log_since node3 "$since" | grep -c 'announcing all addresses again: an advert was late'; }
# count N [STANDSTILLS]: so many announcements; more only where it stood still more often than that.
count() {
	garps | awk -v n="$1" -v again="$(($(standstills) - ${2-0}))" 'END { if (NR < n || (NR > n && again < 1)) { print NR " announcements, not " n; exit 1 } }'
}
fresh() {
	: >"$WIRE"
	since=$(log_mark node3)
}
begin() { fresh; daemon_start node3 "$CONF"; wait_for 5 has_vip node3 172.25.0.203; }
# spaced US: no two follow each other faster than that, less 2 ms.
spaced() { garps | awk -v d="$1" 'NR > 1 && $1 - t < d - 2000 { print $1 - t " us"; bad = 1 } { t = $1 } END { exit bad }'; }
counter_is() { status_is node3 ".virtual_routers[0].counters.$1 == $2" '.virtual_routers[0].counters'; }

one_conf 'vrrp_garp_master_delay 1' 'garp_master_repeat 2'
begin
check_soon "two bursts of two, for each of three addresses" 4 count 12
in_turn() { garps | head -3 | awk '{ print $4 }' | sort -u | wc -l | grep -qx 3 || { garps | head -6; return 1; }; }
check "each address is announced once before any twice" in_turn
check_stays "and no more" 1 count 12
counted() { counter_is garps_sent "$(garps | wc -l)"; }
check_soon "the row counts them" 3 counted

# Stopped for five intervals: others may have been MASTER meanwhile.
fresh
mark=$(log_mark node3)
kill -STOP "${DAEMON_PID[node3]}"
ip netns exec "$NS-node3" "$BUILD/regentctl" --run-dir "$RUN/node3/run" status --json >"$OUT/$SCENARIO.asked" 2>&1 &
asker=$!
nap 0.5
# Who asks is stopped too, and goes on.
kill -STOP $asker
kill -CONT $asker
kill -CONT "${DAEMON_PID[node3]}"
check "who asked meanwhile is answered" eval 'wait $asker || { cat "$OUT/$SCENARIO.asked"; false; }'
check_soon "after a standstill all are announced again" 4 count 12 1
check_soon "the log says why" 3 log_has node3 "$mark" 'announcing all addresses again: an advert was late'
doubted() { counter_is announce_doubts "$(log_since node3 0 | grep -c 'announcing all addresses again')"; }
check_soon "the row counts that" 3 doubted
advert_first() { awk -v p=p-node3 '$2 == p { print $3; exit }' "$WIRE" | grep -qx vrrp; }
check "the advert first" advert_first
daemon_stop node3

one_conf 'vrrp_min_garp'
begin
check_stays "vrrp_min_garp: once" 2 count 3
daemon_stop node3

one_conf 'vrrp_garp_interval 0.05' 'garp_master_delay 0
garp_master_repeat 2'
control_start 1000 60
begin
check_soon "garp_interval: all go out" 3 count 6
wait_for 5 sent_at_least node3 0 8 # enough for a grid
to=$(now_us)
control_end
check "paced" spaced 50000
check "adverts were not held up" eval 'grid_of node3 $INTERVAL 0 $to; [ "$GAP_MAX" -lt $((150000 + ALLOWED)) ]'
daemon_stop node3

one_conf '' 'garp_master_delay 0
garp_master_repeat 1
garp_master_refresh 1
garp_master_refresh_repeat 2' 'garp_group {
    garp_interval 0.04
    interfaces { ens33 }
}'
begin
check_soon "garp_group: all go out" 3 eval '[ "$(garps | wc -l)" -ge 9 ]'
check "paced, the refresh too" spaced 40000
daemon_stop node3

# garp_extra_if: again and again, where no advert leaves by the VMAC; neighbour advertisements have a pace of their own.
wire_of() { # FILE FILTER: what node3 sends
	ip netns exec "$NS-lan" tcpdump -l -n -tt -U -Q in -i p-node3 "$2" >"$1" 2>"$1.err" &
	wait_for 5 grep -q listening "$1.err"
}
one_conf '' 'garp_master_delay 0
garp_master_repeat 1
use_vmac ext
vmac_xmit_base
garp_extra_if all 1'
fresh
daemon_start node3 "$CONF"
check_soon "garp_extra_if: announced every second on a VMAC that no advert leaves by" 8 eval '[ "$(garps | wc -l)" -ge 9 ]'
daemon_stop node3
one_conf 'vrrp_gna_interval 0.05' 'garp_master_delay 0
garp_master_repeat 1'
sed -i 's/^		//; s/172.25.0.203/&\n    }\n    virtual_ipaddress_excluded {\n        2001:db8::201\/64\n        2001:db8::202\/64\n        2001:db8::203\/64/' "$CONF"
wire_of "$OUT/$SCENARIO.na" 'icmp6 and ip6[40] == 136 and ip6 dst ff02::1'
daemon_start node3 "$CONF"
nas() { [ "$(grep -c '2001:db8::20[123]' "$OUT/$SCENARIO.na")" -ge 3 ] || { cat "$OUT/$SCENARIO.na"; return 1; }; }
check_soon "neighbour advertisements go out" 5 nas
na_spaced() { awk '/2001:db8::20[123]/ { if (t && $1 - t < 0.048) { print $1 - t; bad = 1 } t = $1 } END { exit bad }' "$OUT/$SCENARIO.na"; }
check "paced by gna_interval" na_spaced
daemon_stop node3

# Another MASTER is heard.
one_conf '' 'garp_master_delay 0
garp_lower_prio_delay 0
garp_lower_prio_repeat 3
garp_master_repeat 1'
begin
check_soon "announced once" 2 count 3
fresh
kill -STOP "${DAEMON_PID[node3]}"
sed "s/priority 150/priority 100/; s/node3/node4/" "$CONF" >"$RUN/node4/conf"
daemon_start node4 "$RUN/node4/conf"
check_soon "the other one becomes MASTER meanwhile" 3 has_vip node4 $FAST_VIP
fresh
mark=$(log_mark node3)
kill -CONT "${DAEMON_PID[node3]}"
check_soon "its own deadline is long over: all is announced again" 3 log_has node3 "$mark" 'announcing all addresses again: an advert was late'
check_soon "a lower MASTER is heard: announced three times each" 5 eval '[ "$(garps | wc -l)" -ge 9 ]'
check_soon "of two MASTERs one is left, the higher" 3 fast_master
check_stays "and stays" 1 fast_master
check "no finding of the sanitizers" log_lacks node3 0 'Sanitizer|runtime error'
