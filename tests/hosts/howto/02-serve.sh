# Directors that are real servers: every request is answered, and a connection outlives a planned role change.
# shellcheck shell=bash
howto_up
# The how-to's file with connection synchronisation and a second service beside it.
for n in node3 node4; do
	sed -i 's/^ *router_id .*/&\n   lvs_sync_daemon ens33 VI_1/' "$(conf_of $n)"
	cat >>"$(conf_of $n)" <<-END
		virtual_server $VIP 81 {
		    lb_algo rr
		    lb_kind DR
		    protocol TCP
		    real_server 172.25.0.33 81 {
		    }
		    real_server 172.25.0.34 81 {
		    }
		}
	END
done
both_up_node3_master
sync_runs() { on "$1" ipvsadm -Ln --daemon | grep -q "$2 sync daemon" || { on "$1" ipvsadm -Ln --daemon; return 1; }; }
second_service() { servers "$1" "$VIP:81" | grep -q .; }

get 200 >"$OUT/$SCENARIO.get"
check "200 requests, 200 answers, both pages in turn" all_in_turn "$OUT/$SCENARIO.get" 200
check_soon "the MASTER's sync daemon sends" 3 sync_runs node3 master
check_soon "the BACKUP's sync daemon receives" 3 sync_runs node4 backup
check "the second service is there on node3" second_service node3
check "the second service is there on node4" second_service node4

# Two connections, one to each real server: five requests a second, from before to after the change.
for i in 1 2; do
	get 90 -k -i 200 -t 5000 >"$OUT/$SCENARIO.keep$i" &
done
running() { [ "$(wc -l <"$OUT/$SCENARIO.keep1")" -ge "$1" ] && [ "$(wc -l <"$OUT/$SCENARIO.keep2")" -ge "$1" ]; }
check_soon "two connections are established" 10 running 20
check "they have different real servers" \
	bash -c '[ "$(head -qn 1 "$@" | sort | tr "\n" " ")" = "node3 node4 " ]' - "$OUT/$SCENARIO.keep1" "$OUT/$SCENARIO.keep2"
sed -i 's/priority 100/priority 200/' "$(conf_of node4)"
daemon_hup node4
check_soon "planned role change: node4 becomes MASTER" 6 is_master node4
check_soon "planned role change: node4's servers have their weights" 3 serves_as_master node4
check_soon "planned role change: node3 keeps its own server only" 3 serves_as_backup node3
at_change=$(wc -l <"$OUT/$SCENARIO.keep1")
check "the role changed while the connections ran" [ "$at_change" -lt 80 ]
lived() {
	awk 'NR > 1 && $0 != last { print "answer " NR ": " $0; exit 1 } { last = $0 } END { exit NR != 90 }' "$1"
}
whole() { [ "$(wc -l <"$OUT/$SCENARIO.keep$1")" -ge 90 ]; }
for i in 1 2; do
	wait_for 25 whole $i || true
	check "connection to $(head -n 1 "$OUT/$SCENARIO.keep$i") goes on to its 90th request" lived "$OUT/$SCENARIO.keep$i"
done
get 200 >"$OUT/$SCENARIO.get2"
check "200 of 200 after the role change, in turn" all_in_turn "$OUT/$SCENARIO.get2" 200
