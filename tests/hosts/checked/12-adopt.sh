# Without IPVS in the kernel, under ASan and UBSan: a MASTER that is killed and started again at once goes on, one that comes too
# late yields; what the file lost meanwhile is cleaned up; no finding of the sanitizers anywhere.
# shellcheck shell=bash
# shellcheck source=tests/hosts/fast.sh
. "$TOP/tests/hosts/fast.sh"
fast_up
# One second an interval, so that a start fits into the Master_Down_Interval; no preemption, so that who is late stays BACKUP.
for n in node3 node4; do
	sed -i 's/advert_int 0.1/advert_int 1\n    nopreempt/' "$RUN/$n/conf"
	printf 'virtual_server %s 80 {\n protocol TCP\n lb_kind DR\n real_server 172.25.0.33 80 {\n TCP_CHECK {\n }\n }\n}\n' $FAST_VIP >>"$RUN/$n/conf"
done
begin() { daemon_start "$1" "$RUN/$1/conf"; }
begin node3
wait_for 8 has_vip node3 $FAST_VIP
begin node4
peer_mark=$(log_mark node4)
up() { log_has "$1" 1 'Regent is running'; }
check_soon "both run" 3 up node4
no_ipvs() { [ "$(grep -c 'no IPVS' "$(log_of "$1")")" = 1 ]; }
check_stays "a kernel without IPVS is said once" 6 no_ipvs node3
check_soon "and its row says so" 3 status_is node3 '.daemon.ipvs == "absent"'

monitor_start node3 address
mark=$(log_mark node3)
daemon_kill9 node3
begin node3
goes_on() { log_has node3 "$mark" 'Entering MASTER STATE'; }
check_soon "killed and started at once: it goes on as MASTER" 3 goes_on
check "the VIP never left" [ ! -s "$MONITOR" ]
check "the peer never took over" log_lacks node4 "$peer_mark" 'Entering MASTER'

daemon_kill9 node3
check_soon "killed for longer: the peer takes over" 6 has_vip node4 $FAST_VIP
check "the dead host's kernel still has the VIP" has_vip node3 $FAST_VIP
mark=$(log_mark node3)
begin node3
check_soon "it comes back, hears the peer and removes the VIP" 4 lacks_vip node3 $FAST_VIP
check "it never was MASTER" log_lacks node3 "$mark" 'Entering MASTER'
check_stays "the peer stays MASTER" 2 has_vip node4 $FAST_VIP

# What a former life held and the file has no more.
mark=$(log_mark node4)
daemon_kill9 node4
sed -i 's/172.25.0.201$/172.25.0.202/' "$RUN/node4/conf"
begin node4
check_soon "an address that the file lost is removed at start" 4 lacks_vip node4 $FAST_VIP
check_soon "and the log says why" 3 log_has node4 "$mark" 'former life'

for n in node3 node4; do
	kill -TERM "${DAEMON_PID[$n]}"
	check_soon "$n ends" 4 daemon_gone $n
	check "$n: no finding of the sanitizers" log_lacks $n 0 'Sanitizer|runtime error'
done
