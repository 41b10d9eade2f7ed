# SIGHUP as a transaction, under ASan and UBSan: many become few, one that changes nothing asks nothing of the kernel, many different
# ones leave nothing behind.
# shellcheck shell=bash
# shellcheck source=tests/hosts/fast.sh
. "$TOP/tests/hosts/fast.sh"
fast_up
conf=$RUN/node3/conf
# The check comes at once and then each minute: not while the daemon is looked at.
service() { printf 'virtual_server %s 80 {\n protocol TCP\n lb_kind DR\n real_server 172.25.0.33 80 {\n weight %s\n TCP_CHECK {\n warmup 0\n }\n }\n}\n' $FAST_VIP "$1"; }
service 1 >>"$conf"
cp "$conf" "$conf.first"
daemon_start node3 "$conf"
wait_for 8 has_vip node3 $FAST_VIP
wait_for 8 status_is node3 '.services[0].servers[0].state == "down"'

reloads() { log_since node3 "$mark" | grep -c 'Reloaded'; }
at_least() { [ "$(reloads)" -ge "$1" ]; }
mark=$(log_mark node3)
from=$(now_us)
for _ in {1..10}; do
	daemon_hup node3
	nap 0.05
done
most=$((2 + ($(now_us) - from) / 1000000)) # one a second, where the machine stood still in between
check_soon "ten SIGHUPs in half a second are taken" 3 at_least 2
few() { [ "$(reloads)" -le $most ]; }
check_stays "as two reloads" 2 few

# traced_reload NAME [COMMAND...]: a reload under strace, until the command is true (in the namespace, or it could not tell what a
# netlink socket carries); what it asked of the kernel is in $asked, but for the question each few seconds whether IPVS has come to a
# kernel that has none.
traced_reload() {
	local trace=$OUT/$SCENARIO.trace tracer
	rm -f "$trace"
	ip netns exec "$NS-node3" strace -f -p "${DAEMON_PID[node3]}" -e trace=network -o "$trace" 2>"$trace.said" &
	tracer=$!
	attached() { grep -q attached "$trace.said"; }
	wait_for 5 attached
	mark=$(log_mark node3)
	daemon_hup node3
	check_soon "$1" 5 at_least 1
	shift
	[ $# = 0 ] || wait_for 5 "$@"
	nap 0.5
	kill $tracer
	wait $tracer 2>/dev/null
	asked=$(grep -E 'send(to|msg)\(.*nlmsg_type|(socket|bind|setsockopt|connect)\(' "$trace" | grep -vE 'NOTIFY|nlmsg_type=nlctrl')
}
traced_reload "a reload that changes nothing is taken"
check "it asks nothing of the kernel and opens no socket" [ -z "$asked" ]
sed -i 's/172.25.0.201/172.25.0.202/' "$conf"
traced_reload "a reload that changes an address is taken" has_vip node3 172.25.0.202
check "that one is seen to ask for it" grep -q RTM_NEWADDR <<<"$asked"

# Forty different files, one after another.
for i in {1..40}; do
	cp "$conf.first" "$conf"
	[ $((i % 2)) = 0 ] || sed -i 's/172.25.0.201/172.25.0.202/' "$conf"
	service $((i % 7 + 1)) | sed "s/ 80 {/ $((80 + i % 3)) {/" >>"$conf"
	[ $((i % 5)) != 0 ] || echo 'vrrp_instance TWO { interface ens33' >>"$conf"
	mark=$(log_mark node3)
	daemon_hup node3
	answered() { log_since node3 "$mark" | grep -qE 'Reloaded|is refused'; }
	wait_for 5 answered || break
done
check "forty reloads are answered" answered
cp "$conf.first" "$conf"
mark=$(log_mark node3)
daemon_hup node3
check_soon "the first file is taken again" 5 at_least 1
check_soon "its address is there" 3 has_vip node3 $FAST_VIP
check_soon "and no other" 3 lacks_vip node3 172.25.0.202
check_soon "one service is left" 3 status_is node3 '.services | length == 1'
check_soon "the broken files changed nothing, placed" 3 log_has node3 1 'conf:[0-9]+:[0-9]+: error'
kill -TERM "${DAEMON_PID[node3]}"
check_soon "it ends" 4 daemon_gone node3
check "no finding of the sanitizers" log_lacks node3 0 'Sanitizer|runtime error'
