# BFD sessions against FRR's bfdd: up over IPv4, IPv6 and several hops, intervals as negotiated and renegotiated, down when the other
# end says so, falls silent or goes, and what looks at them: a tracker of a virtual router, a BFD_CHECK of a real server.
# shellcheck shell=bash
# shellcheck source=tests/hosts/fast.sh
. "$TOP/tests/hosts/fast.sh"
FRR=/usr/lib/frr
if ! [ -x $FRR/bfdd ] || ! [ -x $FRR/zebra ]; then
	skip "BFD" "no bfdd here"
	return 0
fi
mkdir -p "$RUN/node3" "$RUN/frr"
chmod 755 "$RUN"
chown frr:frr "$RUN/frr"
lan_up
host node3 "${ADDR[node3]}/24"
host node4 "${ADDR[node4]}/24"
for n in 3 4; do
	on node$n ip -6 addr add "2001:db8::$n/64" dev ens33 nodad
	on node$n ip addr add "10.99.0.$n/32" dev lo
done
on node3 ip route add 10.99.0.4/32 via "${ADDR[node4]}"
on node4 ip route add 10.99.0.3/32 via "${ADDR[node3]}"

# bfd_conf MIN_RX
bfd_conf() {
	cat >"$RUN/node3/conf" <<-END
		bfd_instance far {
		    neighbor_ip ${ADDR[node4]}
		    source_ip ${ADDR[node3]}
		    min_rx $1
		    min_tx 50
		    multiplier 4
		    weight -20
		}
		bfd_instance six {
		    neighbor_ip 2001:db8::4
		    min_rx 100
		    min_tx 100
		}
		bfd_instance hops {
		    neighbor_ip 10.99.0.4
		    source_ip 10.99.0.3
		    multihop
		    max_hops 5
		    min_rx 100
		    min_tx 100
		    checker
		}
		vrrp_instance FAST {
		    $FAST_ROUTER
		    virtual_ipaddress {
		        $FAST_VIP
		    }
		    track_bfd {
		        far
		    }
		}
		virtual_server 10.50.0.1 80 {
		    protocol TCP
		    alpha
		    real_server ${ADDR[node4]} 80 {
		        BFD_CHECK {
		            name far
		        }
		    }
		    real_server 10.99.0.4 80 {
		        BFD_CHECK {
		            name hops
		        }
		    }
		}
	END
}
# The quickest of them bears with a machine that stands still for half a second.
bfd_conf 50
cat >"$RUN/frr/bfdd.conf" <<-END
	bfd
	 peer ${ADDR[node3]} interface ens33
	  detect-multiplier 3
	  receive-interval 300
	  transmit-interval 300
	 !
	 peer 2001:db8::3 local-address 2001:db8::4 interface ens33
	  receive-interval 100
	  transmit-interval 100
	 !
	 peer 10.99.0.3 multihop local-address 10.99.0.4
	  receive-interval 100
	  transmit-interval 100
	 !
	!
END
: >"$RUN/frr/zebra.conf"

# frr_start DAEMON [OPTION...]: in the background, its process in FRR_PID.
frr_start() {
	local d=$1
	shift
	ip netns exec "$NS-node4" $FRR/"$d" -u frr -g frr -f "$RUN/frr/$d.conf" -i "$RUN/frr/$d.pid" -z "$RUN/frr/zserv" \
		--vty_socket "$RUN/frr" -P 0 "$@" >>"$OUT/$SCENARIO.$d" 2>&1 </dev/null &
	FRR_PID=$!
	wait_for 5 test -S "$RUN/frr/$d.vty"
}
vty() { on node4 vtysh --vty_socket "$RUN/frr" "$@"; }
# frr_far COMMAND...: in the configuration of the peer that is `far` over here.
frr_far() {
	local words=() w
	for w in configure bfd "peer ${ADDR[node3]} interface ens33" "$@"; do
		words+=(-c "$w")
	done
	vty "${words[@]}"
}
frr_shows() { vty -c 'show bfd peers json' | jq -e --arg p "$1" ".[] | select(.peer == \$p) | $2" >/dev/null || { vty -c 'show bfd peers' | head -40; return 1; }; }
bfd_is() { status_is node3 ".bfd_sessions[] | select(.name == \"$1\") | $2" ".bfd_sessions[] | select(.name == \"$1\")"; }
server_is() { status_is node3 ".services[0].servers[] | select(.name | contains(\"$1\")) | $2" .services; }
priority_is() { status_is node3 ".virtual_routers[0].priority == $1" .virtual_routers; }

daemon_start node3 "$RUN/node3/conf"
check_soon "nobody there: down, and said so" 10 bfd_is far '.state == "down" and .text == "nothing heard from the neighbor"'
check_soon "which the server is too" 10 server_is "${ADDR[node4]}" '.state == "down"'
frr_start zebra
frr_start bfdd --bfdctl "$RUN/frr/bfdctl"
for s in far six hops; do
	check_soon "$s is up" 10 bfd_is $s '.state == "up" and .remote_state == "up"'
done
for p in "${ADDR[node3]}" 2001:db8::3 10.99.0.3; do
	check_soon "so bfdd says of $p" 5 frr_shows "$p" '.status == "up"'
done
check_soon "its intervals are the slower end's" 5 bfd_is far '.tx_interval_us == 300000 and .detect_time_us == 900000'
check_soon "bfdd knows ours" 5 frr_shows "${ADDR[node3]}" '."remote-receive-interval" == 50 and ."remote-detect-multiplier" == 4'
check_soon "both servers are up" 5 status_is node3 '[.services[0].servers[].state] == ["up", "up"]' .services
PRIORITY=$(status node3 | jq '.virtual_routers[0].priority')

frr_far "transmit-interval 700" "receive-interval 500" end
check_soon "slower: polled and answered" 5 bfd_is far '.tx_interval_us == 500000 and .detect_time_us == 2100000 and .downs == 0'
bfd_conf 1000
daemon_hup node3
check_soon "ours after a reload: polled and answered" 5 frr_shows "${ADDR[node3]}" '."remote-receive-interval" == 1000 and .status == "up"'
check_soon "and in force here" 5 bfd_is far '.detect_time_us == 3000000 and .downs == 0'
bfd_conf 50
daemon_hup node3
frr_far "transmit-interval 300" "receive-interval 300" end
check_soon "quicker again, without a fall" 5 bfd_is far '.tx_interval_us == 300000 and .detect_time_us == 900000 and .downs == 0'

AT=$(log_mark node3)
frr_far shutdown end
check_soon "shut down at the other end, and said so" 5 log_has node3 "$AT" 'BFD_Instance\(far\) Entering DOWN state \(administratively down at the neighbor\)'
check "which says nothing of the path: the server stays" server_is "${ADDR[node4]}" '.state == "up"'
check "and so does the priority" priority_is "$PRIORITY"
frr_far "no shutdown" end
check_soon "up again" 10 bfd_is far '.state == "up"'

AT=$(log_mark node3)
SILENT=$(now_us)
kill -STOP "$FRR_PID"
check_soon "silence is noticed" 5 log_has node3 "$AT" 'BFD_Instance\(far\) Entering DOWN state \(control detection time expired\)'
SEEN=$(date -u -d "$(log_since node3 "$AT" | grep -m 1 'far. Entering DOWN' | cut -d ' ' -f 1)" +%s%3N)
note "far was seen to be silent $((SEEN - SILENT / 1000)) ms after it was; the detection time is 900 ms"
check_soon "which takes the server out" 5 server_is "${ADDR[node4]}" '.state == "down"'
check_soon "and lowers the priority" 5 priority_is $((PRIORITY - 20))
check "within the detection time, a busy machine's second on top" within $((SEEN - SILENT / 1000)) 500 1900
kill -CONT "$FRR_PID"
check_soon "heard again, up again" 10 bfd_is far '.state == "up"'
check_soon "the priority too" 5 priority_is "$PRIORITY"
check_soon "and the server" 5 server_is "${ADDR[node4]}" '.state == "up"'
kill -KILL "$FRR_PID"
check_soon "killed: down everywhere" 5 status_is node3 '[.bfd_sessions[].state] | unique == ["down"]' .bfd_sessions
rm -f "$RUN/frr/bfdd.vty"
frr_start bfdd --bfdctl "$RUN/frr/bfdctl"
check_soon "a new one is taken up with" 15 status_is node3 '[.bfd_sessions[].state] | unique == ["up"]' .bfd_sessions

sed -i '/bfd_instance six/,/}/s/multiplier.*//; s/bfd_instance six {/&\n    disabled/' "$RUN/node3/conf"
daemon_hup node3
check_soon "disabled: no session, no row" 5 status_is node3 '[.bfd_sessions[].name] == ["far", "hops"]' .bfd_sessions
check_soon "the other end is told" 5 frr_shows 2001:db8::3 '.status == "down" and ."remote-diagnostic" == "administratively down"'
AT=$(log_mark node3)
daemon_stop node3
check_soon "a stop is told at once" 3 frr_shows "${ADDR[node3]}" '.status == "down" and ."remote-diagnostic" == "administratively down"'
