# An operator's view and hand, through a real snmpd, snmptrapd and the command-line tools of net-snmp.
# shellcheck shell=bash
howto_up
# A router that cannot run, of the other version: its row must say why.
cat >>"$(conf_of node3)" <<END
vrrp_instance AWAY {
    version 3
    interface nosuch0
    virtual_router_id 77
    advert_int 1
    virtual_ipaddress {
        172.25.0.199
    }
}
END
snmpd_start node3
snmpd_start node4
traps_start
both_up_node3_master

OPER=$VRRP_MIB.1.3.1
oper_is() { snmp walk "$1" "$OPER.$2" | grep -qE "^\.$OPER\.$2\.[0-9]+\.51 = .*: $3\$" || { snmp walk "$1" "$OPER"; return 1; }; }
vr_is() { snmp walk "$1" "$VR_STATE" | grep -qE "\.5\.101\.110\.115\.51\.51\.51\..* = INTEGER: $2\$" || { snmp walk "$1" "$VR_STATE"; return 1; }; }
rows() { snmp walk "$1" "$2" | grep -c "^\.$2"; }
row_count_is() { [ "$(rows "$1" "$2")" = "$3" ] || { snmp walk "$1" "$2"; return 1; }; }

check_soon "RFC 2787 vrrpOperState of the MASTER is master(3)" 10 oper_is node3 3 3
check_soon "RFC 2787 vrrpOperState of the BACKUP is backup(2)" 10 oper_is node4 3 2
check "RFC 2787 vrrpOperPriority is 100" oper_is node3 5 100
check_soon "RFC 2787 vrrpOperMasterIpAddr is node3" 5 oper_is node4 7 172.25.0.33
check "virtual routers: node3's is master(3)" vr_is node3 3
check "virtual routers: node4's is backup(2)" vr_is node4 2
check "virtual routers: both versions have their row" row_count_is node3 "$VR_STATE" 2
in_fault() { snmp walk node3 "$VR_STATE" | grep -q '\.77\..* = INTEGER: 4$'; }
check "virtual routers: the one without interface is in fault(4)" in_fault
fault_says() { snmp walk node3 "$VR_FAULT_TEXT" | grep '\.77\.' | grep -qE 'STRING: ".+"'; }
check "virtual routers: and its row says why" fault_says
check "virtual services: one row" row_count_is node3 "$VS_TABLE.1.6" 1
check "real servers: two rows and the sorry server's" row_count_is node3 "$RS_STATE" 3
check_soon "real servers: up(1)" 8 snmp_is node3 "$(rs_of "$RS_STATE" 172.25.0.33)" ': 1$'
check "probes: two rows" row_count_is node3 "$PROBE_TABLE.1.6" 2

# ---- notifications ----
# vr_trap ADDRESS STATE: a state change of VRID 51 from that node, with its row's index and a reason to read.
vr_trap() {
	grep -F "UDP: [$1]:" "$TRAPS" | grep -F ".$VR_TRAP" |
		grep -E "\.${VR_STATE//./\\.}\.5\.101\.110\.115\.51\.51\.51\.[0-9.]+ = INTEGER: $2\b" |
		grep -qE "\.${VR_TABLE//./\\.}\.1\.23\.[0-9.]+ = STRING: \"[^\"]+\"" || { tail -n 3 "$TRAPS"; return 1; }
}
rs_trap() {
	grep -F "UDP: [$1]:" "$TRAPS" | grep -F ".$RS_TRAP" | grep -F ".$(rs_of "$RS_STATE" "$2") = INTEGER: $3" |
		grep -qF ".$(rs_of "$RS_REASON_TEXT" "$2") = STRING: \"" || { tail -n 3 "$TRAPS"; return 1; }
}
check_soon "a notification of node3 becoming MASTER" 5 vr_trap 172.25.0.33 3
check_soon "a notification of node4 becoming BACKUP" 5 vr_trap 172.25.0.34 2

web_stop node3
# ---- the weight, set by an operator, while the probes find out ----
# Asked again where it fails: the agent waits for the daemon 0.3 s, which a machine may be away.
set_weight() { snmp set node3 "$(rs_of "$RS_ADMIN_WEIGHT" 172.25.0.34)" "$1" "$2"; }
refused() { # WHY TYPE VALUE
	local out
	out=$(set_weight "$2" "$3" 2>&1) && { echo "it was taken: $out"; return 1; }
	grep -q "Reason: $1" <<<"$out" || { echo "$out"; return 1; }
}
weight_is() { servers node3 | grep -qx "172.25.0.34:80 $1" || { servers node3; return 1; }; }
check_soon "snmpset of a weight is taken" 3 set_weight i 9
check_soon "ipvsadm shows it" 2 weight_is 9
check_soon "it is read back" 2 snmp_is node3 "$(rs_of "$RS_ADMIN_WEIGHT" 172.25.0.34)" ': 9$'
check_soon "the effective weight follows" 2 snmp_is node3 "$(rs_of "$RS_WEIGHT" 172.25.0.34)" ': 9$'
told_of_set() { grep -F ".$REGENT_MIB.0.5" "$TRAPS" | grep -qF ".$(rs_of "$RS_TABLE.1.5" 172.25.0.34) = STRING: \"[$VIP]:tcp:80\""; }
check_soon "a notification says who set what, and in which service" 3 told_of_set
check "the file's weight stands beside it" snmp_is node3 "$(rs_of "$RS_CONF_WEIGHT" 172.25.0.34)" ': 1$'
check "-2 is refused with wrongValue" refused wrongValue i -2
check "65536 is refused with wrongValue" refused wrongValue i 65536
check "a string is refused with wrongType" refused wrongType s five
check "the weight is as it was" weight_is 9
mark=$(log_mark node3)
sed -i 's/delay_loop 6/delay_loop 5/' "$(conf_of node3)"
daemon_hup node3
check_soon "a SIGHUP is taken" 5 log_has node3 "$mark" '[Rr]eload|onfiguration'
check_stays "the set weight is kept across it" 2 weight_is 9
check_soon "-1 is taken" 3 set_weight i -1
check_soon "-1 returns to the file's weight" 2 weight_is 1
check_soon "and reads back as -1" 2 snmp_is node3 "$(rs_of "$RS_ADMIN_WEIGHT" 172.25.0.34)" ': -1$'
# ---- drain and disable by their columns (TruthValue) ----
column() { snmp set node3 "$(rs_of "$RS_TABLE.1.$1" 172.25.0.34)" i "$2"; }
refused_column() { local out; out=$(column "$1" "$2" 2>&1) && { echo "taken: $out"; return 1; }; grep -q "Reason: wrongValue" <<<"$out" || { echo "$out"; return 1; }; }
check_soon "snmpset of a drain is taken" 3 column 22 1
check_soon "the server is drained(3)" 3 snmp_is node3 "$(rs_of "$RS_STATE" 172.25.0.34)" ': 3$'
check "who drains it: snmp" snmp_is node3 "$(rs_of "$RS_TABLE.1.25" 172.25.0.34)" '"snmp"'
check "0 is refused with wrongValue" refused_column 22 0
check_soon "the drain is taken back" 3 column 22 2
check_soon "snmpset of disable is taken" 3 column 23 1
check_soon "the server is disabled(4)" 3 snmp_is node3 "$(rs_of "$RS_STATE" 172.25.0.34)" ': 4$'
gone_is() { ! servers node3 | grep -q "^172.25.0.34:80"; }
check_soon "and out of the kernel" 3 gone_is
check_soon "and is enabled again" 3 column 23 2
check_soon "and in the kernel again" 3 weight_is 1

# ---- real servers down and up ----
check_soon "a notification of the real server going down" 20 rs_trap 172.25.0.33 172.25.0.33 2
check_soon "its row is down(2)" 2 snmp_is node3 "$(rs_of "$RS_STATE" 172.25.0.33)" ': 2$'
check_soon "its row says why" 2 snmp_is node3 "$(rs_of "$RS_REASON_TEXT" 172.25.0.33)" 'STRING: ".+"'
check_soon "the BACKUP notifies too" 10 rs_trap 172.25.0.34 172.25.0.33 2
web_start node3
check_soon "a notification of the real server coming up" 9 rs_trap 172.25.0.33 172.25.0.33 1

# ---- a transition ----
daemon_stop node3
check_soon "a notification of node4 becoming MASTER" 5 vr_trap 172.25.0.34 3
check_soon "RFC 2787 vrrpOperState of node4 is master(3)" 3 oper_is node4 3 3
