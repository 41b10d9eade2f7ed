# BFD sessions against Debian's keepalived, both ways, over IPv4 and IPv6 with the intervals and hop limits that either has when nothing
# is said; against FRR over link-local addresses, passive and strict; and through a restart in place, which no other end notices.
# shellcheck shell=bash disable=SC2016,SC2034
# shellcheck source=tests/hosts/fast.sh
. "$TOP/tests/hosts/fast.sh"
FRR=/usr/lib/frr
if ! [ -x $FRR/bfdd ] || ! keepalived -v 2>&1 | grep -q ' BFD '; then
	skip "BFD peers" "no bfdd, or a keepalived without BFD"
	return 0
fi
mkdir -p "$RUN/node3" "$RUN/node2" "$RUN/frr"
chmod 755 "$RUN"
chown frr:frr "$RUN/frr"
lan_up
for n in 2 3 4; do
	host node$n "${ADDR[node$n]}/24"
	on node$n ip -6 addr add "2001:db8::$n/64" dev ens33 nodad
	on node$n ip -6 addr add "fe80::$n/64" dev ens33 nodad
done

# session NAME NEIGHBOUR SOURCE [LINE...]
session() { printf 'bfd_instance %s {\nneighbor_ip %s\nsource_ip %s\n' "$1" "$2" "$3"; printf '%s\n' "${@:4}" '}'; }
# router NAME TRACKED
router() {
	cat <<-END
		vrrp_instance FAST {
		    version 3
		    interface ens33
		    virtual_router_id 52
		    priority $1
		    advert_int 0.1
		    virtual_ipaddress {
		        $FAST_VIP
		    }
		    track_bfd {
		        $2
		    }
		}
	END
}
# Slow enough for a restart on a busy machine, where that is tested.
SLOW=("min_rx 200" "min_tx 200" "multiplier 20")
{
	session k4 "${ADDR[node2]}" "${ADDR[node3]}" "min_rx 100" "min_tx 100"
	session k6 2001:db8::2 2001:db8::3 "min_rx 100" "min_tx 100"
	session near fe80::4 fe80::3 "interface ens33" "passive" "strict_mode" "${SLOW[@]}"
	session far "${ADDR[node4]}" "${ADDR[node3]}" "${SLOW[@]}"
	router 150 far
} >"$RUN/node3/conf"
{
	session k4 "${ADDR[node3]}" "${ADDR[node2]}" "min_rx 100" "min_tx 100"
	session k6 2001:db8::3 2001:db8::2 "min_rx 100" "min_tx 100"
	router 100 k4 | sed 's/virtual_router_id 52/virtual_router_id 53/; s/172.25.0.201/172.25.0.202/'
} >"$RUN/node2/conf"
cat >"$RUN/frr/bfdd.conf" <<-END
	bfd
	 peer fe80::3 local-address fe80::4 interface ens33
	  detect-multiplier 20
	  receive-interval 200
	  transmit-interval 200
	 !
	 peer ${ADDR[node3]} interface ens33
	  detect-multiplier 20
	  receive-interval 200
	  transmit-interval 200
	 !
	!
END
: >"$RUN/frr/zebra.conf"
more=()
for d in zebra bfdd; do
	ip netns exec "$NS-node4" $FRR/$d -u frr -g frr -f "$RUN/frr/$d.conf" -i "$RUN/frr/$d.pid" -z "$RUN/frr/zserv" \
		--vty_socket "$RUN/frr" -P 0 "${more[@]}" >>"$OUT/$SCENARIO.$d" 2>&1 </dev/null &
	check_soon "$d runs" 5 test -S "$RUN/frr/$d.vty"
	more=(--bfdctl "$RUN/frr/bfdctl")
done
frr_shows() { on node4 vtysh --vty_socket "$RUN/frr" -c 'show bfd peers json' | jq -e --arg p "$1" ".[] | select(.peer == \$p) | $2" >/dev/null; }
bfd_is() { status_is node3 ".bfd_sessions[] | select(.name == \"$1\") | $2" ".bfd_sessions[] | select(.name == \"$1\")"; }
keep_start() {
	ip netns exec "$NS-node2" keepalived -n -l -D -P -f "$RUN/node2/conf" -p "$RUN/node2/pid" -r "$RUN/node2/vrrp" -b "$RUN/node2/bfd" \
		>>"$OUT/$SCENARIO.keepalived" 2>&1 </dev/null &
	KEEP=$!
}
keep_is() { grep -q "BFD event: instance $1 is in state $2" "$OUT/$SCENARIO.keepalived"; }
keep_says() { tail -c +"$(($1 + 1))" "$OUT/$SCENARIO.keepalived" | grep -q "($2) Entering $3 state"; }

daemon_start node3 "$RUN/node3/conf"
keep_start
for s in k4 k6; do
	check_soon "keepalived: $s is up here" 10 bfd_is $s '.state == "up" and .remote_state == "up"'
	check_soon "keepalived: $s is up there" 10 keep_is $s Up
done
check_soon "link-local, passive and strict: up here" 10 bfd_is near '.state == "up" and .remote_state == "up"'
check_soon "link-local: up there" 5 frr_shows fe80::3 '.status == "up"'
check_soon "tracked: up" 10 bfd_is far '.state == "up"'
check_soon "so the router is MASTER" 5 has_vip node3 "$FAST_VIP"

# A restart in place: nobody there or here notices.
downs() { on node4 vtysh --vty_socket "$RUN/frr" -c 'show bfd peers counters json' | jq '[.[]."session-down"] | add'; }
DISC=$(status node3 | jq '[.bfd_sessions[] | select(.name == "far" or .name == "near") | .my_disc]')
DOWNS=$(downs)
STARTED=$(status node3 | jq -r .daemon.started)
AT=$(log_mark node3)
check_soon "regentctl restart" 3 on node3 "$BUILD/regentctl" --run-dir "$RUN/node3/run" restart
check_soon "its readers see a new life" 10 eval '[ "$(status node3 | jq -r .daemon.started)" != "$STARTED" ]'
check_soon "the sessions are those of the one before" 5 status_is node3 \
	"[.bfd_sessions[] | select(.name == \"far\" or .name == \"near\") | .my_disc] == $DISC and .downs == null" .bfd_sessions
check_soon "and up" 5 bfd_is far '.state == "up" and .received > 10 and .downs == 0'
check "no other end has noticed" [ "$(downs)" = "$DOWNS" ]
check "nor the router" log_lacks node3 "$AT" '(Entering (BACKUP|FAULT)|FAULT because|far. Entering DOWN)'

# Down, as the other end says.
AT=$(log_mark node3)
kill -TERM "$KEEP"
wait "$KEEP" 2>/dev/null || true
check_soon "keepalived stops: down here, by its word or its silence" 5 log_has node3 "$AT" 'BFD_Instance\(k6\) Entering DOWN state'
keep_start
check_soon "and is taken up with again" 10 bfd_is k6 '.state == "up"'
MARK=$(wc -c <"$OUT/$SCENARIO.keepalived")
daemon_stop node3
check_soon "a stop here is told over IPv4" 5 keep_says "$MARK" k4 Down
check_soon "and over IPv6" 5 keep_says "$MARK" k6 Down
kill -TERM "$KEEP"
wait "$KEEP" 2>/dev/null || true
