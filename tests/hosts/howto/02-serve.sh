# Directors that are real servers: every request is answered, and a connection outlives a planned role change. Each director has an
# address of a group of two.
# shellcheck shell=bash
WEB_LISTEN='listen 82;' howto_up
SECOND=172.25.0.201
# The how-to's file with connection synchronisation, a second service and a group over two virtual routers beside it.
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
		vrrp_instance VI_2 {
		    interface ens33
		    virtual_router_id 52
		    priority $([ $n = node3 ] && echo 80 || echo 120)
		    virtual_ipaddress {
		        $SECOND
		    }
		}
		virtual_server_group both {
		    $VIP 82
		    $SECOND 82
		}
		virtual_server group both {
		    protocol TCP
		    lb_algo rr
		    lb_kind DR
		    real_server 172.25.0.33 82 {
		    }
		    real_server 172.25.0.34 82 {
		    }
		}
	END
	on $n ip addr add $SECOND/32 dev lo
done
both_up_node3_master
sync_runs() { on "$1" ipvsadm -Ln --daemon | grep -q "$2 sync daemon" || { on "$1" ipvsadm -Ln --daemon; return 1; }; }
second_service() { servers "$1" "$VIP:81" | grep -q .; }

# A group follows each address's own virtual router.
group_is() { # HOST ADDRESS whole|own
	local a=1 b=1
	[ "$3" = whole ] || { [ "$1" = node3 ] && b=0 || a=0; }
	[ "$(servers "$1" "$2:82")" = "172.25.0.33:82 $a
172.25.0.34:82 $b" ] || { servers "$1" "$2:82"; return 1; }
}
in_turn() { # ADDRESS PORT-OF-OURS, the first of 40
	on node2 "$TOOLS/hget" -p "$2" "$1" 82 40 >"$OUT/$SCENARIO.group"
	all_in_turn "$OUT/$SCENARIO.group" 40
}
check_soon "a group over two routers: node4 is MASTER of the second" 8 has_vip node4 $SECOND
check_soon "the first address is whole on node3" 3 group_is node3 $VIP whole
check_soon "and its own server alone on node4" 3 group_is node4 $VIP own
check_soon "the second is its own server alone on node3" 3 group_is node3 $SECOND own
check_soon "and whole on node4" 3 group_is node4 $SECOND whole
for a in $VIP $SECOND; do
	check "$a, port 82: 40 of 40, in turn" in_turn $a 30000
done

get_anew 200 "$OUT/$SCENARIO.get"
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
at_change=$(wc -l <"$OUT/$SCENARIO.keep1")
check_soon "planned role change: node4's servers have their weights" 3 serves_as_master node4
check_soon "planned role change: node3 keeps its own server only" 3 serves_as_backup node3
for a in $VIP $SECOND; do
	check_soon "planned role change: the group's $a is whole on node4" 3 group_is node4 $a whole
	check_soon "planned role change: and its own server alone on node3" 3 group_is node3 $a own
done
check "the role changed while the connections ran" [ "$at_change" -lt 80 ]
lived() {
	awk 'NR > 1 && $0 != last { print "answer " NR ": " $0; exit 1 } { last = $0 } END { exit NR != 90 }' "$1"
}
whole() { [ "$(wc -l <"$OUT/$SCENARIO.keep$1")" -ge 90 ]; }
for i in 1 2; do
	wait_for 25 whole $i || true
	check "connection to $(head -n 1 "$OUT/$SCENARIO.keep$i") goes on to its 90th request" lived "$OUT/$SCENARIO.keep$i"
done
get_anew 200 "$OUT/$SCENARIO.get2"
check "200 of 200 after the role change, in turn" all_in_turn "$OUT/$SCENARIO.get2" 200
for a in $VIP $SECOND; do
	check "$a, port 82: 40 of 40 after it" in_turn $a 30100
done
