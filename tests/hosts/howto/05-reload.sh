# SIGHUP: only what was edited changes; a file with an error changes nothing.
# shellcheck shell=bash disable=SC2016
howto_up
wire_start node3 node4
both_up_node3_master
get 20 >/dev/null
on node3 ip monitor address link >"$OUT/$SCENARIO.monitor" 2>&1 &
conf=$(conf_of node3)
mark=$(log_mark node3)
peer_mark=$(log_mark node4)
ipvs_save node3 >"$OUT/$SCENARIO.before"

# edited NAME EXPECTED: the difference between before and now is exactly EXPECTED (lines of diff).
difference() { diff "$OUT/$SCENARIO.before" <(ipvs_save node3) | grep '^[<>]' | sed 's/ *$//' | sort; }
differs_by() { [ "$(difference)" = "$(printf '%s' "$1" | sort)" ] || { echo "the difference is: $(difference)"; return 1; }; }
settle() { ipvs_save node3 >"$OUT/$SCENARIO.before"; }
connections() { on node3 ipvsadm -Ln --stats | awk -v s="$VIP:80" '$2 == s { print $3 }'; }
counted() { [ "$(connections)" -ge 20 ] || { echo "$(connections) connections counted"; return 1; }; }

S="-a -t $VIP:80 -r"
sed -i '0,/weight 1/s//weight 7/' "$conf"
daemon_hup node3
check_soon "a weight: only that changes" 3 differs_by "$(printf '< %s\n> %s' "$S 172.25.0.33:80 -g -w 1" "$S 172.25.0.33:80 -g -w 7")"
settle

sed -i 's/^ *real_server 172.25.0.34 80/   real_server 172.25.0.35 80 {\n       weight 3\n   }\n&/' "$conf"
daemon_hup node3
check_soon "an added real server: only that comes" 3 differs_by "> $S 172.25.0.35:80 -g -w 3"
settle

sed -i '/real_server 172.25.0.35/,/^   }/d' "$conf"
daemon_hup node3
check_soon "a removed real server: only that goes" 3 differs_by "< $S 172.25.0.35:80 -g -w 3"
settle

# The untouched service kept its counters: it was not made anew.
check "the service was never made anew: its counters stand" counted

cp "$conf" "$conf.good"
line=$(grep -n 'priority 100' "$conf" | cut -d : -f 1)
sed -i 's/priority 100/priority abc/; 0,/weight 7/s//weight 9/' "$conf"
err_mark=$(log_mark node3)
daemon_hup node3
check_soon "a file with an error: the log has file:line:column" 3 log_has node3 "$err_mark" "conf:$line:[0-9]+"
check "a file with an error: nothing changes in the kernel" differs_by ""
check_stays "a file with an error: the VIP stays" 2 is_master node3
check "a file with an error: still nothing changes" differs_by ""
cp "$conf.good" "$conf"
sed -i 's/weight 7/weight 1/' "$conf"
daemon_hup node3
check_soon "mended: the next SIGHUP is taken" 3 differs_by "$(printf '< %s\n> %s' "$S 172.25.0.33:80 -g -w 7" "$S 172.25.0.33:80 -g -w 1")"

check "the VIP stayed: not one address or link event" [ ! -s "$OUT/$SCENARIO.monitor" ]
check "no transition on node3" log_lacks node3 "$mark" 'Entering'
check "no transition on node4" log_lacks node4 "$peer_mark" 'Entering'
steady() { wire_adverts node3 | awk 'last && $1 - last > 1300000 { print "a gap of " ($1 - last) / 1000 " ms"; bad = 1 } { last = $1 } END { exit bad }'; }
check "the adverts went on through all of it" steady
