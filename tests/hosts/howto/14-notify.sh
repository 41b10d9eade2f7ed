# What scripts and FIFOs are told of services and servers, beside keepalived, on real IPVS: both daemons run the same file, one after the
# other, through the same fates of two services; what each object was told must be the same, word for word.
# shellcheck shell=bash
command -v keepalived >/dev/null || skip "no keepalived here"
lan_up
host node3 "${ADDR[node3]}/24"
mkdir -p "$RUN/node3"
chmod 755 "$RUN"
TOLD=$RUN/told
FILE=$RUN/node3/conf
mkdir -p "$TOLD" && chmod 1777 "$TOLD"
cat >"$RUN/tell" <<-END
	#!/bin/sh
	who=\$1; shift
	line=\$(id -un):\$(id -gn)
	for w; do line="\$line [\$w]"; done
	echo "\$line" >>$TOLD/\$who
END
# A check that fails where a file says so, and tells how it was called.
cat >"$RUN/look" <<-END
	#!/bin/sh
	echo "\$(id -un):\$(id -gn) n=\$# [\$1] [\$2]" >>$TOLD/look-\$1
	[ ! -e $RUN/bad-\$1 ]
END
chmod 755 "$RUN/tell" "$RUN/look"
server() {
	cat <<-END
		    real_server 10.9.0.$1 80 {
		        notify_up "$RUN/tell $2 up 'two words'"
		        notify_down "$RUN/tell $2 down" daemon
		        MISC_CHECK {
		            misc_path "$RUN/look $2 'two words'"
		            misc_timeout 30
		            retry 0
		            ${3-}
		        }
		    }
	END
}
cat >"$FILE" <<-END
	global_defs {
	    router_id node3
	    script_user nobody
	    lvs_notify_fifo $RUN/fifo
	    rs_init_notifies
	}
	virtual_server 172.25.0.220 80 {
	    delay_loop 2
	    protocol TCP
	    lvs_method NAT
	    quorum_up "$RUN/tell plain quorum up"
	    quorum_down "$RUN/tell plain quorum down" root
	$(server 1 a)
	$(server 2 b 'user daemon')
	}
	virtual_server 172.25.0.221 80 {
	    delay_loop 2
	    protocol TCP
	    lvs_method NAT
	    alpha
	    omega
	    quorum_up "$RUN/tell omega quorum up"
	    quorum_down "$RUN/tell omega quorum down"
	$(server 3 c)
	}
END
fifo_times() { [ "$(grep -cE -- "$2" "$TOLD/fifo")" -ge "$1" ] || { cat "$TOLD/fifo"; return 1; }; }
fifo_is_there() { [ -p "$RUN/fifo" ]; }
fates() {
	install -m 666 /dev/null "$TOLD/a" && cp -p "$TOLD/a" "$TOLD/b" && cp -p "$TOLD/a" "$TOLD/c" # more than one user writes there
	wait_for 10 fifo_is_there
	cat "$RUN/fifo" >"$TOLD/fifo" &
	READER=$!
	check_soon "$NAME brings the servers up" 20 eval "fifo_times 3 '^RS .* UP' && fifo_times 2 '^VS .* UP'"
	touch "$RUN/bad-a"
	check_soon "$NAME says that one is down" 20 fifo_times 1 '^RS .*10.9.0.1.* DOWN'
	touch "$RUN/bad-b" "$RUN/bad-c"
	check_soon "$NAME says that both services have lost their quorum" 20 eval "fifo_times 1 '^VS .*220.* DOWN' && fifo_times 1 '^VS .*221.* DOWN'"
	rm "$RUN"/bad-?
	check_soon "$NAME says that they are back" 20 eval "fifo_times 2 '^RS .*10.9.0.2.* UP' && fifo_times 2 '^VS .*221.* UP' && fifo_times 2 '^RS .*10.9.0.1.* UP'"
	"$1"
	wait "$READER"
	wait_for 10 ns_empty "$NS-node3" # scripts run on behind a daemon that has ended
	for w in look-a look-b look-c; do sort -u -o "$TOLD/$w" "$TOLD/$w"; done
	for w in RS.*10.9.0.1 RS.*10.9.0.2 RS.*10.9.0.3 VS.*220 VS.*221; do grep "^$w" "$TOLD/fifo" >"$TOLD/fifo-${w//[.*]/}"; done
	grep -F '[172.25.0.221]' "$TOLD/fifo" >"$TOLD/fifo-all-221" # in which order a service and its server are told of
	mv "$TOLD/fifo" "$OUT/$SCENARIO.fifo-$NAME"
	rm -rf "$RUN/told-$NAME"
	cp -r "$TOLD" "$RUN/told-$NAME"
	rm -f "$TOLD"/* "$RUN/fifo"
}
end_keepalived() { kill "$PEER"; wait "$PEER"; }
end_regent() { daemon_stop node3 10; }
NAME=keepalived
ip netns exec "$NS-node3" keepalived -n -l -D -C -f "$FILE" -p "$RUN/keepalived.pid" -c "$RUN/ka.check" >>"$OUT/$SCENARIO.keepalived" 2>&1 </dev/null &
PEER=$!
fates end_keepalived
# It waits a second for its last scripts and kills them then: where the machine was away that long, its FIFO stands for them.
for w in c omega; do
	f=$RUN/told-keepalived/$w
	[ "$(grep -c '\[down\]' "$f")" = 2 ] || { last=$(grep -m 1 '\[down\]' "$f"); echo "$last" >>"$f"; }
done
on node3 ipvsadm -C
NAME=regent
daemon_start node3 "$FILE"
fates end_regent
same() { diff -ru "$RUN/told-keepalived" "$RUN/told-regent" | tee "$OUT/$SCENARIO.diff"; return "${PIPESTATUS[0]}"; }
check "each object is told the same" same
