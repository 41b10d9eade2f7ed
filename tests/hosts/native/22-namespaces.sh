# net_namespace and net_namespace_ipvs: the daemon is started on one host and works on another; IPVS's requests go to a third.
# shellcheck shell=bash
# shellcheck source=tests/hosts/fast.sh
. "$TOP/tests/hosts/fast.sh"
fast_up
conf=$RUN/node3/conf
sed -i "1i net_namespace $NS-node4\nnet_namespace_ipvs $NS-node2" "$conf"
generic_of() { ip netns exec "$1" awk '$2 == 16 { n++ } END { print n + 0 }' /proc/net/netlink; }
before=$(generic_of "$NS-node2")
daemon_start node3 "$conf"
check_soon "the address is where the daemon works" 8 has_vip node4 $FAST_VIP
check "and not where it was started" lacks_vip node3 $FAST_VIP
check "adverts come from there" wait_for 3 sent_at_least node4 0 3
check "none from where it was started" [ "$(adverts_between node3 0 "$(now_us)")" = 0 ]
check_soon "IPVS is asked in its own namespace" 3 eval '[ "$(generic_of "$NS-node2")" -gt "$before" ]'
netns_of() { readlink "/proc/$1/ns/net"; }
there=$(ip netns exec "$NS-node4" readlink /proc/self/ns/net)
others() { for p in $(pgrep -P "$1"); do echo "$p"; others "$p"; done; }
wait_for 10 log_has node3 0 'agent started'
all_there() { [ "$(others "${DAEMON_PID[node3]}" | while read -r p; do netns_of "$p"; done | sort | uniq -c)" = "      2 $there" ]; }
check_soon "so are its helper and its agent" 5 all_there
before=$(generic_of "$NS-node2")
mark=$(log_mark node3)
check_soon "regentctl restart, from where it works" 3 ip netns exec "$NS-node4" "$BUILD/regentctl" --run-dir "$RUN/node3/run" restart
check_soon "it goes on in place" 8 log_has node3 "$mark" 'was MASTER a moment ago'
check_soon "IPVS is asked in its own namespace" 5 eval '[ "$(generic_of "$NS-node2")" = "$before" ]'
check_soon "three processes, all where they were" 5 eval '[ "$(daemon_pids node4 | wc -l)" = 3 ]'
sed -i "s/^net_namespace_ipvs .*/net_namespace_ipvs $NS-node3/" "$conf"
refused() { ip netns exec "$NS-node4" "$BUILD/regentctl" --run-dir "$RUN/node3/run" restart 2>&1 | grep -q "$1"; }
check "another namespace in the file: no restart in place" refused "says.* net_namespace_ipvs $NS-node3.*cannot change in place"
kill -TERM "${DAEMON_PID[node3]}"
check_soon "it ends in order" 5 log_has node3 0 'Stopped Regent'
check_soon "and takes its address along" 3 lacks_vip node4 $FAST_VIP
sed -i "s/^net_namespace .*/net_namespace no-such-place/" "$conf"
mark=$(log_mark node3)
daemon_start node3 "$conf"
check_soon "a namespace that is not there is said, with what makes it" 5 log_has node3 "$mark" 'there is no such network namespace; .ip netns add no-such-place. makes it'
