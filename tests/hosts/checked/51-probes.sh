# The checks that need no stream against servers of their kind: DNS over UDP and TCP, UDP with and without a reply, echo requests
# over IPv4 and IPv6, scripts with and without weights, files. Each says in words what it saw.
# shellcheck shell=bash disable=SC2016
# shellcheck source=tests/hosts/fast.sh
. "$TOP/tests/hosts/fast.sh"
mkdir -p "$RUN/node3"
chmod 755 "$RUN"
lan_up
host node3 "${ADDR[node3]}/24"
host node4 "${ADDR[node4]}/24"
for n in 3 4; do
	on node$n ip -6 addr add "2001:db8::$n/64" dev ens33 nodad
done
SAYS=$RUN/says
LOAD=$RUN/load
echo 0 >"$LOAD"
echo 0 >"$SAYS"
cat >"$RUN/check" <<-END
	#!/bin/sh
	read -r status <"$SAYS"
	[ "\$status" != hang ] || { trap '' TERM; exec yes; }
	exit "\$status"
END
chmod 755 "$RUN/check"

# server PORT TEXT: a real server of node4, whose port tells it from the others.
server() { printf 'real_server %s %d {\n%s\n}\n' "${ADDR[node4]}" "$1" "$2"; }
dns() { server "$1" "DNS_CHECK {"$'\n'"connect_port 53"$'\n'"retry 0"$'\n'"$2"$'\n'"}"; }
udp() { server "$1" "UDP_CHECK {"$'\n'"connect_port $2"$'\n'"connect_timeout 0.5"$'\n'"retry 0"$'\n'"$3"$'\n'"}"; }
cat >"$RUN/node3/conf" <<-END
	global_defs {
	    script_user root
	}
	track_file load {
	    file $LOAD
	    weight 2
	}
	virtual_server 10.50.0.1 53 {
	    protocol UDP
	    delay_loop 0.5
	    warmup 0
	    connect_timeout 1
	    alpha
	$(dns 1 'type A
	       name www.test
	       expect_address 10.0.0.1')
	$(dns 2 'type A
	       name www.test
	       expect_address 10.0.0.2')
	$(dns 3 'type TXT
	       name www.test
	       expect_text "hello there"')
	$(dns 4 'name gone.test')
	$(dns 5 'name gone.test
	       expect_rcode NXDOMAIN')
	$(dns 6 'type A
	       name big.test
	       expect_address 10.0.0.1')
	$(dns 7 'type A
	       name www.test
	       transport tcp')
	$(dns 8 'type A
	       name mute.test')
	$(dns 9 'type A
	       name liar.test
	       expect_address 10.0.0.1')
	$(udp 10 7 'payload 70696e67
	         require_reply 7069xx67')
	$(udp 11 7 'payload 70696e67
	         require_reply 7069xx68')
	$(udp 12 7 '')
	$(udp 13 9 '')
	$(server 14 'PING_CHECK {
	          }')
	$(server 15 'PING_CHECK {
	              connect_ip 2001:db8::4
	              retry 0
	          }')
	$(server 16 'PING_CHECK {
	              connect_ip 172.25.0.99
	              retry 0
	          }')
	$(server 17 "weight 5
	          MISC_CHECK {
	              misc_path $RUN/check
	              misc_timeout 1
	              misc_dynamic
	          }")
	$(server 18 "weight 5
	          FILE_CHECK {
	              track_file load
	          }")
	$(server 19 'FILE_CHECK {
	              track_file load
	              weight 0
	          }')
	}
END
# of PORT JQ: the row of the real server with this port; says PORT STATE REGEX.
of() { status_is node3 "[.services[0].servers[] | select(.name | endswith(\":$1\"))][0] | $2" "[.services[0].servers[] | select(.name | endswith(\":$1\"))][0]"; }
says() { of "$1" ".state == \"$2\" and (.reason | test(\"$3\"))"; }
weight() { of "$1" ".state == \"up\" and .effective_weight == $2"; }
# probe_says WHAT REGEX: what the row of a probe says.
probe_says() { status_is node3 "[.probes[] | select(.name | contains(\"$1\")) | .text | test(\"$2\")] | any" .probes; }

ip netns exec "$NS-node4" python3 "$TOP/tests/hosts/dns_server.py" "${ADDR[node4]}" 53 >>"$OUT/$SCENARIO.dns" 2>&1 </dev/null &
ip netns exec "$NS-node4" python3 "$TOP/tests/hosts/udp_echo.py" "${ADDR[node4]}" 7 >>"$OUT/$SCENARIO.echo" 2>&1 </dev/null &
dns_listens() { on node4 ss -Hltn 'sport = :53' | grep -q . && on node4 ss -Hlun 'sport = :7' | grep -q .; }
check_soon "servers are there" 10 dns_listens
daemon_start node3 "$RUN/node3/conf"

check_soon "DNS: the expected address" 10 says 1 up 'NOERROR, 1 record'
check_soon "DNS: another one" 5 says 2 down 'no record says 10.0.0.2; 1 there, the first 10.0.0.1'
check_soon "DNS: the expected text" 5 says 3 up 'NOERROR'
check_soon "DNS: no such name" 5 says 4 down 'NXDOMAIN, expected NOERROR'
check_soon "DNS: which is what is expected" 5 says 5 up 'NXDOMAIN'
check_soon "DNS: cut short, so asked again over TCP" 5 says 6 up 'NOERROR, 1 record'
check_soon "DNS: over TCP from the first" 5 says 7 up 'NOERROR'
check_soon "DNS: silence" 5 says 8 down 'no answer within 1.0 s'
check_soon "DNS: an answer with another id is passed over" 5 says 9 up 'NOERROR'
check_soon "UDP: the expected reply" 5 says 10 up 'as expected'
check_soon "UDP: another one" 5 says 11 down 'byte 3 of the reply is 0x67'
check_soon "UDP: any" 5 says 12 up 'reply of 32 bytes'
check_soon "UDP: refused" 5 says 13 down 'port unreachable'
check_soon "ping over IPv4" 5 says 14 up 'echo reply'
check_soon "ping over IPv6" 5 says 15 up 'echo reply'
check_soon "ping to nobody" 8 says 16 down '(no echo reply within|No route to host)'

check_soon "script: status 0 is the configured weight" 5 weight 17 5
echo 22 >"$SAYS"
check_soon "script: status 22 is weight 20" 5 weight 17 20
echo 12 >"$SAYS"
check_soon "script: status 12 is weight 10, and not added up" 5 weight 17 10
echo 0 >"$SAYS"
check_soon "script: status 0 again" 5 weight 17 5
echo 1 >"$SAYS"
check_soon "script: status 1 is down" 5 says 17 down 'exit status 1'
echo hang >"$SAYS"
check_soon "script: one that never ends, says much and ignores SIGTERM is a result" 10 probe_says "MISC_CHECK $RUN/check" 'still ran after 1.0 s'
echo 0 >"$SAYS"
check_soon "script: up again" 10 weight 17 5
check_soon "script: and nothing is left of it" 5 eval '! ip netns pids "$NS-node3" | xargs ps -o comm= -p | grep -qx yes'

check_soon "file: 0 changes nothing" 3 weight 18 5
check_soon "file: and is up where the weight is 0" 3 says 19 up 'the file says 0'
echo 3 >"$LOAD"
check_soon "file: its number times the weight is added, at once" 3 weight 18 11
check_soon "file: and is down where the weight is 0" 3 says 19 down 'the file says 3'
echo 0 >"$LOAD"
check_soon "file: back again" 3 weight 18 5
check_soon "file: up again" 3 says 19 up 'the file says 0'
