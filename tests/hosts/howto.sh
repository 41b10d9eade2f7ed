# The published how-to as hosts: node2 the client, node3 and node4 directors and real servers, all with ens33 on one segment.
# Sourced after lib.sh.
# shellcheck shell=bash

director_sysctls() {
	on "$1" sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.lo.arp_ignore=1 net.ipv4.conf.lo.arp_announce=2 \
		net.ipv4.conf.all.arp_ignore=1 net.ipv4.conf.all.arp_announce=2
	on "$1" ip addr add "$VIP/32" dev lo
}

howto_up() {
	local n
	mkdir -p "$RUN"
	lan_up
	for n in node2 node3 node4; do
		host $n "${ADDR[$n]}/24"
	done
	for n in node3 node4; do
		director_sysctls $n
		web_start $n
		cp "$TOP/tests/data/howto-$n.conf" "$RUN/$n/conf"
	done
}

conf_of() { printf '%s/%s/conf' "$RUN" "$1"; }
start() { daemon_start "$1" "$(conf_of "$1")"; }
other() { if [ "$1" = node3 ]; then echo node4; else echo node3; fi; }

is_master() { has_vip "$1" && lacks_vip "$(other "$1")"; }
# Which director has the VIP: node3, node4, both, none.
master() {
	local m=none n
	for n in node3 node4; do
		has_vip $n >/dev/null && { if [ $m = none ]; then m=$n; else m=both; fi; }
	done
	echo $m
}
one_master() { case $(master) in node3 | node4) ;; *) echo "MASTER: $(master)"; return 1 ;; esac; }

M="172.25.0.33:80 1
172.25.0.34:80 1"
# What a BACKUP's kernel holds: its own server as it is, the other one with weight 0 (role).
backup_servers() {
	case $1 in
	node3) printf '172.25.0.33:80 1\n172.25.0.34:80 0' ;;
	node4) printf '172.25.0.33:80 0\n172.25.0.34:80 1' ;;
	esac
}
serves_as_master() { servers_are "$1" "$M"; }
serves_as_backup() { servers_are "$1" "$(backup_servers "$1")"; }
# backup_since HOST MARK: the daemon that was started then is BACKUP. The table alone does not say so: the life before left the same.
backup_since() { log_has "$1" "$2" 'Entering BACKUP STATE' && serves_as_backup "$1"; }

# Both directors up, node3 MASTER (started alone first), node4 BACKUP.
both_up_node3_master() {
	start node3
	wait_for 10 has_vip node3
	start node4
	wait_for 10 serves_as_backup node4
}

# steady HOST: the adverts that it sent since $from kept time, but for what the control of these seconds allows.
steady() {
	wire_adverts "$1" | awk -v from="$from" -v most=$((1300000 + ALLOWED)) '$1 < from { next }
		last && $1 - last > most { print "a gap of " ($1 - last) / 1000 " ms, not " most / 1000; bad = 1 }
		{ last = $1; n++ }
		END { if (n < 3) print n + 0 " adverts"; exit bad || n < 3 }'
}
