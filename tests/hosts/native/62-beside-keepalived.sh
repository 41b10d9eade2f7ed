# What scripts and FIFOs are told, beside keepalived: both daemons run the same file, one after the other, through the same
# transitions; what each object was told must be the same, word for word. (shutdown_script is left out: keepalived 2.2.7 ends itself with
# SIGTERM where it reads that.)
# shellcheck shell=bash
# shellcheck source=tests/hosts/fast.sh
. "$TOP/tests/hosts/fast.sh"
command -v keepalived >/dev/null || skip "no keepalived here"
mkdir -p "$RUN/node3"
lan_up
host node3 "${ADDR[node3]}/24"
host node4 "${ADDR[node4]}/24"
TOLD=$RUN/told
mkdir -p "$TOLD" && chmod 1777 "$TOLD" && chmod 755 "$RUN"
cat >"$RUN/tell" <<-END
	#!/bin/sh
	# Arguments as they came, each in brackets.
	who=\$1; shift
	line=\$(id -un):\$(id -gn)
	for w; do line="\$line [\$w]"; done
	echo "\$line" >>$TOLD/\$who
END
chmod 755 "$RUN/tell"
cat >"$RUN/any" <<-END
	#!/bin/sh
	echo "\$(id -un) n=\$# \$1 \$2 \$3 \$4 \$5" >>$TOLD/any-\$2
END
chmod 755 "$RUN/any"
FILE=$RUN/node3/conf
LEVEL=$RUN/level
conf() {
	cat >"$FILE" <<-END
		global_defs {
		    router_id node3
		    script_user nobody
		    notify_fifo $RUN/fifo
		    startup_script "$RUN/tell daemon 'starts up'" root
		    startup_script_timeout 5
		}
		vrrp_track_file level {
		    file $LEVEL
		}
		vrrp_script never {
		    script "$RUN/tell script 'a b' c" root
		    interval 1
		}
		vrrp_sync_group G {
		    group {
		        V
		    }
		    notify $RUN/any
		    notify_master "$RUN/tell group group-master"
		    notify_backup "$RUN/tell group group-backup"
		    notify_fault "$RUN/tell group group-fault"
		    notify_stop "$RUN/tell group group-stop"
		}
		vrrp_instance V {
		    version 3
		    state BACKUP
		    interface ens33
		    virtual_router_id 62
		    priority 150
		    advert_int 0.1
		    notify $RUN/any daemon
		    notify_master "$RUN/tell v master 'two words'" root mail
		    notify_backup "$RUN/tell v backup 'it is \"quoted\"'"
		    notify_fault "$RUN/tell v fault" daemon
		    notify_stop "$RUN/tell v stop"
		    notify_master_rx_lower_pri "$RUN/tell v lower"
		    virtual_ipaddress {
		        $FAST_VIP
		    }
		}
		vrrp_instance W {
		    version 3
		    state BACKUP
		    interface ens33
		    virtual_router_id 63
		    priority 150
		    advert_int 0.1
		    notify $RUN/any daemon
		    notify_fault "$RUN/tell w fault" daemon
		    notify_priority_changes
		    track_file {
		        level weight 1
		    }
		    track_script {
		        never weight 0
		    }
		    virtual_ipaddress {
		        172.25.0.202
		    }
		}
	END
}
fifo_has() { grep -qxF -- "$1" "$TOLD/fifo" || { cat "$TOLD/fifo"; return 1; }; }
fifo_times() { [ "$(grep -cxF -- "$2" "$TOLD/fifo")" -ge "$1" ] || { cat "$TOLD/fifo"; return 1; }; }
told() { grep -qF -- "$2" "$TOLD/$1" 2>/dev/null || { cat "$TOLD/$1"; return 1; }; }
fifo_is_there() { [ -p "$RUN/fifo" ]; }
# An advert of lower priority from node4.
lower() {
	ip netns exec "$NS-node4" python3 - "${ADDR[node4]}" $FAST_VIP <<-'PY'
		import socket, struct, sys
		own, vip, to = (socket.inet_aton(a) for a in (sys.argv[1], sys.argv[2], "224.0.0.18"))
		def advert(checksum):
		    return struct.pack("!BBBBHH", 0x31, 62, 50, 1, 10, checksum) + vip
		words = own + to + struct.pack("!BBH", 0, 112, len(advert(0))) + advert(0)
		total = sum(struct.unpack("!%dH" % (len(words) // 2), words))
		while total >> 16:
		    total = (total & 0xffff) + (total >> 16)
		s = socket.socket(socket.AF_INET, socket.SOCK_RAW, 112)
		s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 255)
		s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, own)
		s.sendto(advert(~total & 0xffff), ("224.0.0.18", 0))
	PY
}
told_twice() { [ "$(grep -cF -- "$2" "$TOLD/$1" 2>/dev/null)" -ge 2 ] || { cat "$TOLD/$1"; return 1; }; }
all_master_again() {
	told_twice group '[group-master]' && told_twice v '[master]' && told_twice any-G MASTER && told_twice any-V MASTER && told_twice any-W MASTER
}
all_ran() { # what they run in the end
	told group '[group-stop]' && told v '[stop]' && told any-G STOP && told any-V STOP && told any-W STOP
}
# What a daemon is put through, after its start; `$1` ends it.
transitions() {
	wait_for 5 fifo_is_there
	cat "$RUN/fifo" >"$TOLD/fifo" &
	READER=$!
	check_soon "$NAME becomes MASTER" 10 has_vip node3 $FAST_VIP
	check_soon "$NAME says MASTER" 5 fifo_times 1 'GROUP "G" MASTER 0'
	check_soon "$NAME says MASTER of the other instance" 5 fifo_has 'INSTANCE "W" MASTER 150'
	echo 7 >"$LEVEL"
	check_soon "$NAME says a priority" 5 fifo_has 'INSTANCE "W" MASTER_PRIORITY 157'
	check_soon "$NAME's script for MASTER ran" 5 told v '[master]'
	lower
	check_soon "$NAME says that it heard a lower priority" 5 fifo_has 'INSTANCE "V" MASTER_RX_LOWER_PRI 150'
	on node3 ip link set ens33 down
	check_soon "$NAME says FAULT" 5 fifo_has 'INSTANCE "V" FAULT 150'
	on node3 ip link set ens33 up
	check_soon "$NAME says MASTER again" 10 fifo_times 2 'GROUP "G" MASTER 0'
	check_soon "$NAME says MASTER of the other instance again" 5 fifo_has 'INSTANCE "W" MASTER 157'
	check_soon "$NAME's scripts ran again" 5 all_master_again # keepalived runs one beside the other: the last must not overtake
	"$1"
	wait "$READER"
	wait_for 10 all_ran # keepalived does not wait for its last scripts
	# The script of a tracker runs as often as there was time. keepalived starts the others and does not wait for their end, so that two
	# may tell in either order: the order is the FIFO's to tell (and 60-notify's).
	sort -u -o "$TOLD/script" "$TOLD/script"
	for w in v w group any-V any-W any-G; do sort -o "$TOLD/$w" "$TOLD/$w"; done
	for w in V W G; do grep "\"$w\"" "$TOLD/fifo" >"$TOLD/fifo-$w"; done
	mv "$TOLD/fifo" "$RUN/fifo-$NAME"
	rm -rf "$RUN/told-$NAME"
	cp -r "$TOLD" "$RUN/told-$NAME"
	rm -f "$TOLD"/*
}
end_keepalived() { kill "$PEER"; wait "$PEER"; }
end_regent() { daemon_stop node3; }

conf
echo 0 >"$LEVEL"
NAME=keepalived
ip netns exec "$NS-node3" keepalived -n -l -D -P -f "$FILE" -p "$RUN/keepalived.pid" -r "$RUN/ka.vrrp" >>"$OUT/$SCENARIO.keepalived" 2>&1 </dev/null &
PEER=$!
transitions end_keepalived
echo 0 >"$LEVEL"
rm -f "$RUN/fifo"
NAME=regent
start node3
transitions end_regent
same() { diff -ru "$RUN/told-keepalived" "$RUN/told-regent" | tee "$OUT/$SCENARIO.diff"; return "${PIPESTATUS[0]}"; }
check "each object is told the same" same
