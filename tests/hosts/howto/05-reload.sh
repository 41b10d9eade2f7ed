# SIGHUP: only what was edited changes; a file with an error changes nothing.
# shellcheck shell=bash disable=SC2016
howto_up
wire_start node3 node4
both_up_node3_master
control_start 20000 300
get 20 >/dev/null
on node3 ip monitor address link >"$OUT/$SCENARIO.monitor" 2>&1 &
conf=$(conf_of node3)
mark=$(log_mark node3)
from=$(now_us)
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
control_end
check "the adverts went on through all of it" steady node3

# ---- a chain of reloads ends where a start with the last file does ----
# some_file SEED: services, servers and weights come, change, move and go from one SEED to the next; and comments.
some_file() {
	printf 'global_defs {\n\trouter_id chain\n}\n'
	awk -v seed="$1" 'function pick(n) { return int(rand() * n) }
		function list(s) { n = split(s, w, " "); return w[1 + pick(n)] }
		BEGIN {
			srand(7); for (i = 1; i <= 20; i++) same[i] = rand()
			srand(seed); turn = pick(20)
			for (k = 0; k < 20; k++) {
				i = 1 + (seed % 2 ? k : (k + turn) % 20)
				srand(same[i] * 1000 + (pick(4) ? 0 : seed)) # most are as they were
				if (!pick(8)) continue
				printf "%svirtual_server 10.50.0.%d 80 {\n\tlb_algo %s\n\tlb_kind %s\n\tprotocol TCP\n", pick(5) ? "" : "! " seed "\n", i,
					list("rr wrr wlc"), list("DR DR NAT")
				if (!pick(4)) printf "\tpersistence_timeout %d\n", 60 + pick(3)
				if (!pick(4)) printf "\tsorry_server 10.51.0.%d 80\n", 1 + pick(3)
				for (r = 0; r < 1 + pick(4); r++)
					printf "\treal_server 10.52.%d.%d 80 {\n\t\tweight %d\n\t}\n", r, i, pick(4)
				printf "}\n"
				srand(seed * 100 + k)
			} }'
}
# What can be seen of it, but for times and counts of this life.
picture() {
	ipvs_save node3
	status node3 | jq -S 'del(.daemon) | walk(if type == "object" then del(.since, .last_run) else . end)'
}
reloaded() { status_is node3 ".daemon.config_generation == $1" .daemon; }
daemon_stop node3
some_file 1 >"$conf"
start node3
check_soon "the first of a chain of files is taken" 5 reloaded 1
for n in 2 3 4 5; do
	some_file $n >"$conf"
	daemon_hup node3
	check_soon "reload $n of the chain" 5 reloaded $n
done
check "most services were as they were, and were not touched" log_has node3 "$mark" 'Reloaded .*virtual_server \+[0-9]* -[0-9]* ~[0-9]*'
# Rows come to the agent up to half a second after the kernel has them.
settled() {
	picture >"$OUT/$SCENARIO.chain"
	nap 0.7
	picture | cmp - "$OUT/$SCENARIO.chain"
}
check_soon "what they came to stays as it is" 5 settled
daemon_kill9 node3
on node3 ipvsadm -C
rm -r "${RUN:?}/node3/run"
start node3
check_soon "a fresh start with the last of them" 5 reloaded 1
same_picture() { picture | diff "$OUT/$SCENARIO.chain" -; }
check_soon "table and rows are those that the reloads came to" 5 same_picture
check "and they are not few" [ "$(wc -l <"$OUT/$SCENARIO.chain")" -gt 300 ]
