# Mail of transitions: it comes from the agent, as the file says; a mail server that hangs is felt by nobody.
# shellcheck shell=bash
# shellcheck source=tests/hosts/fast.sh
. "$TOP/tests/hosts/fast.sh"
fast_up
FILE=$RUN/node3/conf
sed -i "/^    router_id/a \\
    notification_email {\\
        ops@example.org\\
        night@example.org\\
    }\\
    notification_email_from lb@example.org\\
    smtp_server ${ADDR[node2]} 2525\\
    smtp_helo_name node3.example.org\\
    smtp_connect_timeout 2\\
    smtp_alert_vrrp on" "$FILE"
cat >>"$FILE" <<-END
	virtual_server $FAST_VIP 80 {
	    protocol TCP
	    lb_kind DR
	    delay_loop 1
	    real_server ${ADDR[node2]} 80 {
	        TCP_CHECK {
	            connect_timeout 1
	            retry 0
	        }
	    }
	}
END
# sink MODE: a mail server that takes what comes ("take"), says that it cannot now at first ("later"), or says nothing ("hang").
sink() {
	ip netns exec "$NS-node2" python3 - "$1" "${ADDR[node2]}" >>"$RUN/mail" 2>>"$OUT/$SCENARIO.sink" <<-'PY' &
		import socket, sys, threading
		mode, refusals = sys.argv[1], [2]
		def serve(c):
		    f = c.makefile("rwb")
		    def say(text):
		        f.write(text.encode() + b"\r\n"); f.flush()
		    if mode == "hang":
		        return f.readline()
		    say("220 sink")
		    for line in f:
		        words = line.decode(errors="replace").rstrip("\r\n")
		        print("C:", words, flush=True)
		        if words.upper() == "DATA":
		            if mode == "later" and refusals[0]:
		                refusals[0] -= 1
		                say("451 later"); continue
		            say("354 go on")
		            for text in f:
		                if text == b".\r\n":
		                    break
		                print("D:", text.decode(errors="replace").rstrip("\r\n"), flush=True)
		            print("E:", flush=True)
		        elif words.upper() == "QUIT":
		            say("221 bye"); return
		        say("250 ok")
		s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
		s.bind((sys.argv[2], 2525)); s.listen(16)
		while True:
		    threading.Thread(target=serve, args=(s.accept()[0],), daemon=True).start()
	PY
	SINK=$!
	sink_listens() { on node2 ss -Hltn 'sport = :2525' | grep -q .; }
	wait_for 5 sink_listens
}
has_mail() { grep -qE -- "$1" "$RUN/mail" || { cat "$RUN/mail"; return 1; }; }
sink_ends() { kill "$SINK"; wait "$SINK" 2>/dev/null; : >"$RUN/mail"; }
mails_are() { status_is node3 ".mail.$1"; }

sink later
start node3
check_soon "it becomes MASTER" 10 has_vip node3 $FAST_VIP
check_soon "a mail comes, though the server would not have it at first" 15 \
	has_mail '^D: Subject: \[node3\] VRRP Instance FAST - Entering MASTER state$'
check_soon "from the sender" 3 has_mail '^C: MAIL FROM:<lb@example.org>'
check_soon "to everybody" 3 eval 'has_mail "^C: RCPT TO:<ops@example.org>" && has_mail "^C: RCPT TO:<night@example.org>"'
check_soon "by the name that the file says" 3 has_mail '^C: EHLO node3.example.org'
check_soon "about a real server too" 15 has_mail "^D: Subject: \[node3\] Realserver \[${ADDR[node2]}\]:tcp:80 of virtual server .* - DOWN$"
check_soon "with the reason" 3 has_mail '^D: because: '
check_soon "regentctl counts them" 10 mails_are 'sent >= 3'
check_soon "the log told of the refusal" 3 log_has node3 0 'mail server .* does not take a mail: .*trying again'
sink_ends

# Mails of the time in which no agent runs, and those that one had not got rid of: each comes once, from the next one. The helper,
# which starts agents, is held meanwhile.
mails() { [ "$(grep -cE -- "$2" "$RUN/mail")" -eq "$1" ] || { cat "$RUN/mail"; return 1; }; }
helper_pid() {
	for p in $(daemon_pids node3); do
		[ "$(cat "/proc/$p/comm")" = regent-helper ] && echo "$p"
	done
}
without_agent() {
	kill -STOP "$(helper_pid)"
	kill -KILL "$(agent_pid node3)"
}
agent_may_come() { kill -CONT "$(helper_pid)"; }
sink take
mark=$(log_mark node3)
without_agent
on node3 ip link set ens33 down
check_soon "FAULT while there is no agent" 5 log_has node3 "$mark" 'Entering FAULT'
agent_may_come
check_soon "its mail waits, since the server cannot be reached" 15 mails_are 'waiting >= 1'
mark=$(log_mark node3)
without_agent
on node3 ip link set ens33 up
check_soon "MASTER again while there is no agent" 10 log_has node3 "$mark" 'Entering MASTER'
agent_may_come
check_soon "the mail of FAULT comes" 20 mails 1 '^D: Subject: .* Entering FAULT state'
check_soon "that of MASTER too" 20 mails 1 '^D: Subject: .* Entering MASTER state'
check_soon "nothing waits" 10 mails_are 'waiting == 0'
without_agent
agent_may_come
check_soon "another agent" 20 mails_are 'waiting == 0'
check "each came once" eval 'mails 1 "^D: Subject: .* Entering FAULT state" && mails 1 "^D: Subject: .* Entering MASTER state"'
check "nothing was lost" mails_are 'dropped == 0'
sink_ends

# A server that takes the connection and says nothing.
sink hang
mark=$(log_mark node3)
t0=$(now_us)
start node4
check_soon "the other host is there" 5 log_has node4 0 'Entering BACKUP'
sed -i 's/priority 150/priority 50/' "$FILE"
daemon_hup node3
check_soon "a transition while the mail server hangs" 5 lacks_vip node3 $FAST_VIP
check_soon "a mail waits" 5 mails_are 'waiting >= 1'
check "regentctl answers at once" timeout 1 ip netns exec "$NS-node3" "$BUILD/regentctl" --run-dir "$RUN/node3/run" status --json
sed -i 's/priority 50/priority 250/' "$FILE"
daemon_hup node3
check_soon "it comes back while the mail server hangs" 10 has_vip node3 $FAST_VIP
daemon_stop node3
check "it ends, whatever waits" daemon_gone node3
kill "$SINK"
daemon_stop node4
