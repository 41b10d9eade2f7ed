# kill -9 of a MASTER, judged by captured packets: started again within Master_Down_Interval nobody takes over, no address moves and
# an established connection to the virtual address goes on; started later it says nothing, and leaves no address behind.
# shellcheck shell=bash
# shellcheck source=tests/hosts/fast.sh
. "$TOP/tests/hosts/fast.sh"
fast_up
# Two seconds between adverts: Master_Down_Interval is over six, whatever the machine takes to start a program.
sed -i 's/advert_int .*/advert_int 2/' "$RUN/node3/conf" "$RUN/node4/conf"
daemon_start node3 "$RUN/node3/conf"
check_soon "node3 is MASTER" 15 has_vip node3 $FAST_VIP
daemon_start node4 "$RUN/node4/conf"
check_soon "both run" 8 log_has node4 0 'Regent is running'
spoke() { [ -n "$(wire_gap_ms "$1" "$2")" ]; }
check_soon "node3 speaks" 5 spoke "$(now_us)" node3

# A conversation with the virtual address: a line a tick, each echoed.
on node3 python3 - >"$OUT/$SCENARIO.echo" 2>&1 <<-END &
	import socket
	s = socket.create_server(("$FAST_VIP", 7))
	while True:
	    c = s.accept()[0]
	    while (d := c.recv(64)):
	        c.sendall(d)
END
listens() { on node3 ss -Hltn 'sport = :7' | grep -q .; }
check_soon "something listens there" 30 listens
talk() {
	on node2 timeout 90 python3 - "$1" <<-END
		import os, socket, sys, time
		c = socket.create_connection(("$FAST_VIP", 7), 5)
		c.settimeout(10)
		n = 0
		while not os.path.exists(sys.argv[1]):
		    n += 1
		    c.sendall(b"%d\n" % n)
		    assert c.recv(64) == b"%d\n" % n
		    open(sys.argv[1] + ".n", "w").write(str(n))
		    time.sleep(0.05)
		print("whole")
	END
}
talk "$RUN/enough" >"$OUT/$SCENARIO.talk" 2>&1 &
talker=$!
said() { [ -s "$RUN/enough.n" ] && [ "$(cat "$RUN/enough.n")" -gt "$1" ]; }
check_soon "a connection to the virtual address is established" 40 said 3

# ---- soon enough ----
monitor_start node3 address
t0=$(now_us)
mark=$(log_mark node3)
daemon_kill9 node3
daemon_start node3 "$RUN/node3/conf"
check_soon "it goes on as MASTER" 6 log_has node3 "$mark" 'going on as MASTER'
t1=$(now_us)
check_soon "and speaks" 8 spoke "$t1" node3
sleep_until_down=$((t0 + 8500000))
past() { [ "$(now_us)" -gt $sleep_until_down ]; }
wait_for 12 past
check "the peer sent not one advert" [ "$(adverts_between node4 "$t0" "$(now_us)")" = 0 ]
check "nor a gratuitous ARP" [ "$(awk -v t="$t0" '$1 > t && $2 == "p-node4" && $3 == "garp"' "$WIRE" | wc -l)" = 0 ]
check "not one address event" [ ! -s "$MONITOR" ]
check "with the priority of before in the first advert" [ "$(wire_adverts node3 | awk -v t="$t0" '$1 > t { print $2; exit }')" = 150 ]
n=$(cat "$RUN/enough.n")
check_soon "the connection goes on" 5 said "$n"
: >"$RUN/enough"
wait $talker || true
check "it was never interrupted" grep -qx whole "$OUT/$SCENARIO.talk"

# ---- too late ----
t0=$(now_us)
daemon_kill9 node3
check_soon "nobody starts it: the peer takes over" 12 has_vip node4 $FAST_VIP
check "the dead host's kernel still has the address" has_vip node3 $FAST_VIP
# Of lower priority now, so that nothing but the clean-up can be seen.
sed -i 's/priority .*/priority 50/' "$RUN/node3/conf"
t1=$(now_us)
daemon_start node3 "$RUN/node3/conf"
check_soon "the late one removes the address" 8 lacks_vip node3 $FAST_VIP
check_soon "the peer speaks on" 6 spoke "$(now_us)" node4
check "the late one sent no advert" [ "$(adverts_between node3 "$t1" "$(now_us)")" = 0 ]
check "and announced nothing" [ "$(awk -v t="$t1" '$1 > t && $2 == "p-node3" && $3 == "garp"' "$WIRE" | wc -l)" = 0 ]
for n in node3 node4; do
	kill -TERM "${DAEMON_PID[$n]}"
	check_soon "$n ends" 5 daemon_gone $n
done
