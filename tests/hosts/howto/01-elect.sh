# One MASTER, whoever starts first, and a restart of the BACKUP is no transition.
# shellcheck shell=bash disable=SC2034
howto_up
wire_start node3 node4

announced() { awk -v h="p-$1" -v t="$2" -v a="$VIP" '$1 > t && $2 == h && $3 == "garp" && $4 == a { n++ } END { exit !n }' "$WIRE"; }
adverts_since() { [ "$(wire_adverts "$1" | awk -v t="$2" '$1 > t' | wc -l)" -ge "$3" ]; }
silent_since() { [ -z "$(wire_adverts "$1" | awk -v t="$2" '$1 > t')" ] || { echo "$1 sent adverts"; return 1; }; }
is_the_pair() { is_master "$1" && serves_as_master "$1" && serves_as_backup "$(other "$1")"; }

# node_leads NAME-OF-CASE NODE SINCE
leads() {
	check_soon "$1: $2 has $VIP/32 on ens33" 3 has_vip "$2" "$VIP/32"
	check_soon "$1: it announces the VIP" 3 announced "$2" "$3"
	check_soon "$1: it sends adverts" 4 adverts_since "$2" "$3" 3
	check_soon "$1: its kernel has both real servers" 5 serves_as_master "$2"
}

t0=$(now_us)
start node3
start node4
check_soon "both at once: one becomes MASTER" 8 one_master
wait_for 4 is_the_pair "$(master)" || true
m=$(master)
leads "both at once" "$m" "$t0"
check_soon "both at once: the BACKUP keeps its own server, the other has weight 0" 5 serves_as_backup "$(other "$m")"
check "both at once: the log says (VI_1) Entering MASTER STATE" log_has "$m" 0 '\(VI_1\) Entering MASTER STATE'
check_stays "both at once: it stays so" 4 is_the_pair "$m"
daemon_stop node3
daemon_stop node4

for first in node3 node4; do
	second=$(other $first)
	t0=$(now_us)
	start $first
	check_soon "$first alone first: becomes MASTER" 6 has_vip $first
	leads "$first alone first" $first "$t0"
	t1=$(now_us)
	mark=$(log_mark $first)
	second_mark=$(log_mark $second)
	start $second
	check_soon "$first alone first: $second becomes BACKUP" 6 backup_since $second "$second_mark"
	check_stays "$first alone first: no transition for 5 s" 5 is_master $first
	check "$first alone first: $second sent nothing" silent_since $second "$t1"
	check "$first alone first: $first made no transition" log_lacks $first "$mark" 'Entering'
	[ $first = node4 ] || { daemon_stop node3; daemon_stop node4; }
done

# node4 is MASTER now: node3 is restarted.
t1=$(now_us)
mark=$(log_mark node4)
check "restart of the BACKUP: it stops on SIGTERM" daemon_stop node3
check "restart of the BACKUP: node4 stays MASTER" is_master node4
second_mark=$(log_mark node3)
start node3
check_soon "restart of the BACKUP: it is BACKUP again" 6 backup_since node3 "$second_mark"
check_stays "restart of the BACKUP: node4 stays MASTER for 5 s" 5 is_master node4
check "restart of the BACKUP: node3 sent nothing" silent_since node3 "$t1"
check "restart of the BACKUP: node4 made no transition" log_lacks node4 "$mark" 'Entering'
check "SIGTERM ends every process of node4's daemon" daemon_stop node4
