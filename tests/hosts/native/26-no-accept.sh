# no_accept: packets to a MASTER's addresses are dropped, neighbour discovery for them is not; before they come and until they are gone;
# after a crash, and after another hand took the table away. promote_secondaries: set, and put back.
# shellcheck shell=bash
# shellcheck source=tests/hosts/fast.sh
. "$TOP/tests/hosts/fast.sh"
mkdir -p "$RUN/node3"
lan_up
for n in node2 node3; do
	host $n "${ADDR[$n]}/24"
	on $n ip addr add 2001:db8::"${n#node}"/64 dev ens33 nodad
done
CONF=$RUN/node3/conf
# write_conf GLOBAL-LINES INSTANCE-LINES [PRIORITY]
write_conf() {
	cat >"$CONF" <<-END
		global_defs {
		    router_id node3
		    vrrp_version 3
		    ${1-}
		}
		vrrp_instance FOUR {
		    interface ens33
		    virtual_router_id 52
		    priority ${3-150}
		    advert_int 0.1
		    ${2-}
		    virtual_ipaddress {
		        $FAST_VIP
		    }
		}
		vrrp_instance SIX {
		    interface ens33
		    virtual_router_id 53
		    priority ${3-150}
		    advert_int 0.1
		    ${2-}
		    virtual_ipaddress {
		        2001:db8::200/64
		        fe80::200/64
		    }
		}
	END
}
VIPS=("$FAST_VIP" 2001:db8::200 fe80::200%ens33)
# table VERB NAME: what another hand does with a table of family inet; `is` looks for it.
table() {
	on node3 python3 - "$@" <<-'END'
		import socket, struct, sys
		verb, name = sys.argv[1], sys.argv[2].encode() + b"\0"
		kind, flags = {"is": (1, 5), "delete": (2, 5), "add": (0, 0x405)}[verb]
		def message(kind, flags, seq, family, res, body=b""):
		    body = struct.pack("=BBH", family, 0, socket.htons(res)) + body
		    return struct.pack("=IHHII", 16 + len(body), kind, flags, seq, 0) + body
		attr = struct.pack("=HH", 4 + len(name), 1) + name + b"\0" * (-len(name) % 4)
		request = message(10 << 8 | kind, flags, 2, 1, 0, attr)
		if verb != "is":
		    request = message(16, 1, 1, 0, 10) + request + message(17, 1, 3, 0, 10)
		s = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 12)
		s.settimeout(3)
		s.bind((0, 0))
		s.send(request)
		while True:
		    answer = s.recv(65536)
		    length, answered, _, seq = struct.unpack_from("=IHHI", answer)
		    if answered == 2 and seq == 2:
		        sys.exit(struct.unpack_from("=i", answer, 16)[0] != 0)
	END
}
table add probe 2>/dev/null && table delete probe || { skip "no-accept" "the kernel has no nf_tables"; return 0; }
master() { log_has node3 "${1-0}" '\(FOUR\) Entering MASTER' && log_has node3 "${1-0}" '\(SIX\) Entering MASTER' && has_vip node3 "$FAST_VIP"; }
answers() { # ADDRESS...: each answers a ping
	local a
	for a; do on node2 ping -q -c 1 -W 0.5 "$a" >/dev/null || { echo "$a is silent"; return 1; }; done
}
silent() {
	local a
	for a; do ! on node2 ping -q -c 1 -W 0.3 "$a" >/dev/null || { echo "$a answers"; return 1; }; done
}
known() { # each is in node2's neighbour table with node3's MAC
	local a mac
	mac=$(on node3 cat /sys/class/net/ens33/address)
	for a; do on node2 ip neigh show "${a%\%*}" dev ens33 | grep -q "$mac" || { on node2 ip neigh; return 1; }; done
}
promotes() { [ "$(on node3 cat /proc/sys/net/ipv4/conf/ens33/promote_secondaries)" = "$1" ]; }

write_conf '' 'promote_secondaries'
promotes 0 || on node3 sh -c 'echo 0 >/proc/sys/net/ipv4/conf/ens33/promote_secondaries'
daemon_start node3 "$CONF"
check_soon "MASTER" 6 master
check_soon "without the keyword every address answers" 3 answers "${VIPS[@]}"
check "and there is no table" eval '! table is regent'
check_soon "promote_secondaries is set" 3 promotes 1

write_conf '' no_accept
daemon_hup node3
check_soon "a reload: no address answers" 4 silent "${VIPS[@]}"
check_soon "promote_secondaries is put back" 3 promotes 0
check "the table is there" table is regent
on node2 ip neigh flush dev ens33
silent "${VIPS[@]}" >/dev/null
check_soon "yet their MAC is found" 3 known "${VIPS[@]}"
check_soon "the host's own addresses answer" 3 answers "${ADDR[node3]}" 2001:db8::3

mark=$(log_mark node3)
table delete regent
check_soon "another hand removes the table: it is made again" 4 table is regent
check_soon "and drops" 3 silent "${VIPS[@]}"
check_soon "that is logged" 3 log_has node3 "$mark" 'somebody took away from table inet regent'

# Between the lives the addresses stay, and so does the table.
daemon_kill9 node3
check "kill -9: the addresses do not answer" silent "${VIPS[@]}"
mark=$(log_mark node3)
write_conf 'nftables fence
nftables_priority 150
nftables_counters
nftables_ifindex' no_accept
daemon_start node3 "$CONF"
check_soon "MASTER again" 6 master "$mark"
check_soon "the table has its new name" 3 table is fence
check "the old one is gone" eval '! table is regent'
check "no address answers" silent "${VIPS[@]}"

# The owner of the addresses takes what is for them.
write_conf '' no_accept 255
daemon_hup node3
check_soon "the owner's addresses answer" 4 answers "${VIPS[@]}"
check_soon "and no table is left" 3 eval '! table is fence && ! table is regent'

# Somebody else's table of that name.
table add regent
write_conf '' no_accept
mark=$(log_mark node3)
daemon_hup node3
check_soon "a stranger's table is left alone, and that is said" 4 log_has node3 "$mark" 'table inet regent is there that is not ours'
check_soon "the addresses answer" 3 answers "${VIPS[@]}"
table delete regent
check_soon "once it is gone, ours comes" 8 silent "${VIPS[@]}"
daemon_stop node3
check_soon "in the end no table is left" 3 eval '! table is regent'
check "no finding of the sanitizers" log_lacks node3 0 'Sanitizer|runtime error'
