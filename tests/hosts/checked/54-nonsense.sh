# Random and damaged adverts (both versions, both families, AH, auth_hmac, IP options, extension headers, cut) and BFD from a stranger,
# against the sanitized daemon: it lives, and nothing that is not signed moves it.
# shellcheck shell=bash
# shellcheck source=tests/hosts/fast.sh
. "$TOP/tests/hosts/fast.sh"
KEY=hex:000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f
# instance NAME VERSION VRID INTERVAL ADDRESS: all are signed.
instance() {
	local auth="auth_hmac {
		key 1 $KEY
		active_key 1
	}"
	[ "$2" = 3 ] || auth="authentication {
		auth_type AH
		auth_pass secret12
	}"
	cat <<-END
		vrrp_instance $1 {
		    version $2
		    interface ens33
		    virtual_router_id $3
		    priority 100
		    advert_int $4
		    $auth
		    virtual_ipaddress {
		        $5
		    }
		}
	END
}
mkdir -p "$RUN/node3"
lan_up
host node2 "${ADDR[node2]}/24"
host node3 "${ADDR[node3]}/24"
{
	instance ONE 3 52 0.1 $FAST_VIP
	instance TWO 2 53 1 172.25.0.202
	instance SIX 3 52 0.1 fe80::200
	instance SEVEN 3 53 0.1 fe80::201
	printf 'bfd_instance far {\n neighbor_ip %s\n source_ip %s\n}\n' "${ADDR[node4]}" "${ADDR[node3]}"
} >"$RUN/node3/conf"
daemon_start node3 "$RUN/node3/conf"
all_masters() { status_is node3 '[.virtual_routers[] | (.state == "MASTER") and .counters.become_master == 1] | all and length == 4' '[.virtual_routers[] | {name, state, counters}]'; }
check_soon "four signed instances are MASTER" 20 all_masters
mac=$(on node3 cat /sys/class/net/ens33/address)
seed=$(date +%s)
on node2 "$TOOLS/flood" ens33 "$mac" "${ADDR[node3]}" "${FLOOD_SECONDS:-8}" 20000 "${SEED:-$seed}" nonsense >"$OUT/$SCENARIO.sent"
note "seed $seed: $(cat "$OUT/$SCENARIO.sent")"
check "seed $seed: it lives" kill -0 "${DAEMON_PID[node3]}"
check_soon "and has moved nowhere" 10 all_masters
# reasons NAME EXPRESSION: of one instance's counters.
reasons() { status_is node3 ".virtual_routers[] | select(.name == \"$1\") | .counters | $2" ".virtual_routers[] | select(.name == \"$1\") | .counters"; }
check_soon "it looked at what stands behind a right checksum" 3 reasons ONE '.hmac_missing > 0 and .hmac_invalid > 0 and .hmac_malformed > 0 and .length_errors > 0'
check_soon "over IPv6" 3 reasons SIX '.hmac_missing > 0 and .hmac_invalid > 0 and .hmac_malformed > 0 and .length_errors > 0'
check_soon "and at authentication headers" 3 reasons TWO '.auth_failures > 0'
check "nothing was believed" status_is node3 '[.virtual_routers[].counters.adverts_received] | add == 0' '[.virtual_routers[].counters.adverts_received]'
check "no sanitizer has a word to say" log_lacks node3 0 'ERROR: |runtime error'
check "it ends in order" daemon_stop node3
