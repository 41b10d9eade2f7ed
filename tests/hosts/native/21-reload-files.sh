# Files by which the outside and a reload speak: reload_file, there and empty while the configuration is read, and reload_time_file, by
# which directors change at the same moment. Both in a folder of root's. And every file of a configuration is read once.
# shellcheck shell=bash
# shellcheck source=tests/hosts/fast.sh
. "$TOP/tests/hosts/fast.sh"
fast_up
conf=$RUN/node3/conf mark_file=$RUN/mark clock=$RUN/clock
sed -i "s|router_id node3|&\n reload_file $mark_file\n reload_time_file $clock|" "$conf"
mkdir -p "$RUN/node3/parts"
echo "include parts/*.inc" >>"$conf"
for i in 1 2 3; do printf 'static_ipaddress {\n}\n' >"$RUN/node3/parts/$i.inc"; done
daemon_start node3 "$conf"
wait_for 8 has_vip node3 $FAST_VIP
helper() { pgrep -P "${DAEMON_PID[node3]}" -f '' | while read -r p; do [ "$(cat "/proc/$p/comm")" = regent-helper ] && echo "$p"; done; }

# The folder is root's alone to write.
chmod 755 "$RUN"
echo "do not touch" >"$mark_file"
mark=$(log_mark node3)
trace=$OUT/$SCENARIO.trace
strace -f -p "$(helper)" -e trace=openat,open,openat2,unlink,ftruncate -o "$trace" 2>"$trace.said" &
tracer=$!
attached() { grep -q attached "$trace.said"; }
wait_for 5 attached
touch "$conf" "$RUN"/node3/parts/*.inc # what is as it was for a while is not read again
daemon_hup node3
check_soon "the reload goes on" 5 log_has node3 "$mark" 'Reloaded .*nothing'
check_soon "reload_file is removed at its end" 2 [ ! -e "$mark_file" ]
check "nothing was wrong with it" log_lacks node3 "$mark" 'cannot .* reload_file'
nap 0.2
kill $tracer
wait $tracer 2>/dev/null
opened() { grep -cE "open(at2?)?\(.*$1" "$trace"; }
check "it was emptied before the first file was read" awk '/ftruncate/ { t = NR } /conf"/ && !c { c = NR } END { exit !(t && c && t < c) }' "$trace"
check "and removed after the last" awk '/unlink/ { u = NR } /\.inc"/ { i = NR } END { exit !(u && i && u > i) }' "$trace"
for f in 'node3/conf"' parts/1.inc parts/2.inc parts/3.inc; do
	check "$f is read once" [ "$(opened "$f")" = 1 ]
done

at() { date -u -d "@$(($(date +%s) + $1))" "$2"; }
mark=$(log_mark node3)
at 4 '+%H:%M:%SZ' >"$clock"
check_soon "a time of day is scheduled" 3 log_has node3 "$mark" 'a reload is scheduled for ..:..:..Z'
rm "$clock"
check_soon "a file that goes takes it along" 3 log_has node3 "$mark" 'no reload is scheduled'
check_stays "and nothing happens then" 3 log_lacks node3 "$mark" 'Reloaded'
mark=$(log_mark node3)
due=$(($(date +%s) + 3))
date -u -d "@$due" '+%Y-%m-%d %H:%M:%SZ' >"$clock"
check_soon "a date and time comes" 6 log_has node3 "$mark" 'Reloaded'
took=$(log_since node3 "$mark" | awk '/says .*: reloading/ { print $1; exit }')
check "at its second, or a busy machine's one later" within "$(($(date -d "${took%.*}" +%s) - due))" 0 1
check_soon "and the file is removed" 3 [ ! -e "$clock" ]
mark=$(log_mark node3)
echo "tomorrow" >"$clock"
check_soon "what is no time is said" 3 log_has node3 "$mark" "'tomorrow' is no time"
mark=$(log_mark node3)
echo "2001-01-01 00:00:00" >"$clock"
check_soon "what is over is said" 3 log_has node3 "$mark" 'is over'

sed -i "s|reload_time_file|reload_repeat\n &|" "$conf"
rm -f "$clock"
mark=$(log_mark node3)
daemon_hup node3
wait_for 5 log_has node3 "$mark" 'Reloaded'
at 3 '+%H:%M:%SZ' >"$clock"
mark=$(log_mark node3)
check_soon "with reload_repeat it reloads too" 6 log_has node3 "$mark" 'Reloaded'
check_soon "and is scheduled for the next day" 3 log_has node3 "$mark" 'in 86(400|3[0-9][0-9]) s'
check "the file stays" [ -e "$clock" ]

mark=$(log_mark node3)
sed -i '1i instance other' "$conf"
daemon_hup node3
check_soon "what cannot change in a running daemon refuses the reload" 5 log_has node3 "$mark" "'instance' cannot change while the daemon runs"
sed -i 1d "$conf"

# A service with very many servers is put some at a time: what comes in between comes to it whole, and adverts go on.
MANY=6000
many() { # EVERY WEIGHT: every so manieth server
	printf 'virtual_server 10.9.0.1 80 {\n protocol TCP\n lb_algo rr\n lb_kind DR\n'
	awk -v n=$MANY -v e="$1" -v w="$2" 'BEGIN { for (i = 0; i < n; i += e) printf " real_server 10.8.%d.%d 80 {\n  weight %d\n }\n", i / 256, i % 256, w }'
	echo "}"
}
rows_are() { status_is node3 "[.services[].servers[].config_weight] | length == $1 and all(. == $2)" '.services | length'; }
control_start 1000 120
many 1 3 >"$RUN/node3/parts/4.inc"
mark=$(log_mark node3)
daemon_hup node3
wait_for 10 log_has node3 "$mark" 'Reloaded'
check_soon "a service of $MANY servers has $MANY rows" 10 rows_are $MANY 3
many 2 5 >"$RUN/node3/parts/4.inc"
daemon_hup node3
wait_for 5 log_has node3 "$mark" 'Reloading'
many 3 7 >"$RUN/node3/parts/4.inc"
daemon_hup node3
check_soon "two reloads close together leave what the second says" 15 rows_are $((MANY / 3)) 7
rm "$RUN/node3/parts/4.inc"
daemon_hup node3
check_soon "it goes as a whole" 10 rows_are 0 7
control_end
on_time() { [ "$CONTROL_WORST" -ge $((INTERVAL / 2)) ] || log_lacks node3 "$mark" 'an advert was late'; }
check "and no advert was late by an interval, where a bare timer was not by half of one" on_time
many 1 1 >"$RUN/node3/parts/4.inc"
for after in 0 0.05; do
	daemon_hup node3
	nap $after
	check "a stop $after s after a reload is orderly" daemon_stop node3
	daemon_start node3 "$conf"
	wait_for 8 has_vip node3 $FAST_VIP
	check_soon "and the next start has them all" 10 rows_are $MANY 1
done
daemon_stop node3
for after in 0.02 0.08; do
	mark=$(log_mark node3)
	daemon_start node3 "$conf"
	wait_for 5 log_has node3 "$mark" 'Starting Regent'
	nap $after
	check "a stop $after s after a start is orderly" daemon_stop node3
done
