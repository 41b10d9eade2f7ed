# What a successor takes over: after kill -9 and a quick start the MASTER goes on, its VIP and its IPVS table never touched; and a
# stop leaves what established connections need.
# shellcheck shell=bash
howto_up
# Four seconds between adverts: a slow machine may take several to kill and start a program, and is not what is judged here.
sed -i -e 's/^ *router_id .*/&\n   lvs_sync_daemon ens33 VI_1/' -e 's/advert_int .*/advert_int 4/' "$(conf_of node3)" "$(conf_of node4)"
wire_start node3 node4
start node3
check_soon "node3 is MASTER" 20 has_vip node3
start node4
check_soon "node4 is BACKUP" 10 serves_as_backup node4
peer_mark=$(log_mark node4)
for i in 1 2; do
	get 90 -k -i 200 -t 5000 >"$OUT/$SCENARIO.keep$i" &
done
answered() { wc -l <"$OUT/$SCENARIO.keep$1"; }
running() { [ "$(answered 1)" -ge "$1" ] && [ "$(answered 2)" -ge "$1" ]; }
check_soon "two connections are established" 10 running 5

# ---- kill -9, started again within Master_Down_Interval ----
on node3 ip monitor address >"$OUT/$SCENARIO.monitor" 2>&1 &
before=$(on node3 ipvsadm -Ln --stats | head -n 5 | wc -l)
mark=$(log_mark node3)
daemon_kill9 node3
start node3
goes_on() { log_has node3 "$mark" 'Entering MASTER STATE'; }
check_soon "kill -9 and start: it goes on as MASTER" 8 goes_on
check "it says that it does" log_has node3 "$mark" 'going on as MASTER'
check_stays "its servers stay as they were" 3 serves_as_master node3
check "not one address event" [ ! -s "$OUT/$SCENARIO.monitor" ]
check "no service was made anew" log_lacks node3 "$mark" 'Adding (VS|service)'
check "the table is as long as before" [ "$(on node3 ipvsadm -Ln --stats | head -n 5 | wc -l)" = "$before" ]
check "the peer never took over" log_lacks node4 "$peer_mark" 'Entering MASTER'

# ---- restarted in place ----
mark=$(log_mark node3)
pid=${DAEMON_PID[node3]}
check "regentctl restart" on node3 "$BUILD/regentctl" --run-dir "$RUN/node3/run" restart
check_soon "it goes on as MASTER in the same process" 8 eval 'goes_on && kill -0 "$pid"'
check_stays "its servers stay as they were" 2 serves_as_master node3
check "not one address event" [ ! -s "$OUT/$SCENARIO.monitor" ]
check "no service was made anew" log_lacks node3 "$mark" 'Adding (VS|service)'
check "the peer never took over" log_lacks node4 "$peer_mark" 'Entering MASTER'

# ---- a planned stop: connections go on at the peer, by what the stopped one left in its kernel ----
check "the connections run" running 6
kill -TERM "${DAEMON_PID[node3]}"
check_soon "stopped: the peer is MASTER" 8 is_master node4
wait_for 5 daemon_gone node3 # what it leaves is judged
check "stopped: node3's kernel sends nothing elsewhere" serves_as_backup node3
whole() { [ "$(answered "$1")" -ge 90 ]; }
lived() { awk 'NR > 1 && $0 != last { print "answer " NR ": " $0; exit 1 } { last = $0 } END { exit NR != 90 }' "$1"; }
for i in 1 2; do
	wait_for 25 whole $i || true
	check "connection to $(head -n 1 "$OUT/$SCENARIO.keep$i") lives through both" lived "$OUT/$SCENARIO.keep$i"
done
get_anew 200 "$OUT/$SCENARIO.get"
check "then 200 of 200, in turn" all_in_turn "$OUT/$SCENARIO.get" 200
mark=$(log_mark node3)
start node3
check_soon "started again: it is BACKUP with the table it left" 6 backup_since node3 "$mark"
check "started again: no service was made anew" log_lacks node3 "$mark" 'Adding (VS|service)'
