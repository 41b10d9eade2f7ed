# Real servers come and go, and the sorry server takes the place of all.
# shellcheck shell=bash
howto_up
snmpd_start node3
both_up_node3_master
rs_row() { status_is "$1" ".services[0].servers[] | select(.address == \"$2\" and (.sorry | not)) | $3" .services; }
all_left() { servers_are node3 "127.0.0.1:80 1"; }

# delay_loop 6, nb_get_retry 3, delay_before_retry 3: four failures in a row, so 9 to 9 + 6 s after the stop, and what a slow kernel adds.
control_start 100000 90
t0=$(now_us)
web_stop node3
check_soon "node3's web server stops: it leaves the MASTER's IPVS" 20 servers_are node3 "172.25.0.34:80 1"
took=$((($(now_us) - t0) / 1000))
control_end
check "it leaves after the configured retries, no sooner and no later: $took ms" within $took 8900 $((18500 + STALLED / 1000))
check_soon "it leaves the BACKUP's IPVS" 8 servers_are node4 "172.25.0.34:80 1"
check_soon "its row says DOWN and why" 2 rs_row node3 172.25.0.33 '.state == "down" and (.reason | test("refused"; "i"))'
check "SNMP says down(2) and why" snmp_is node3 "$(rs_of "$RS_STATE" 172.25.0.33)" ': 2$'
check "SNMP has the reason's text" snmp_is node3 "$(rs_of "$RS_REASON_TEXT" 172.25.0.33)" 'refused'
check "the other one's row says UP" rs_row node3 172.25.0.34 '.state == "up"'
get 20 >"$OUT/$SCENARIO.get"
check "all requests go to the other one" bash -c '[ "$(sort "$1" | uniq -c | tr -s " ")" = " 20 node4" ]' - "$OUT/$SCENARIO.get"

web_start node3
check_soon "it starts again: it comes back" 9 serves_as_master node3
check_soon "its row says UP" 2 rs_row node3 172.25.0.33 '.state == "up"'
check_soon "it comes back on the BACKUP with weight 0 or its own" 9 serves_as_backup node4

web_stop node3
web_stop node4
check_soon "both stop: the sorry server takes their place" 20 all_left
check_soon "its service's row says so" 2 status_is node3 '.services[0].sorry_active' .services
check_soon "the sorry server's own row is in the kernel" 2 status_is node3 \
	'.services[0].servers[] | select(.sorry) | .in_kernel and .address == "127.0.0.1"' .services
web_start node4
check_soon "one starts: the sorry server goes" 9 servers_are node3 "172.25.0.34:80 1"
