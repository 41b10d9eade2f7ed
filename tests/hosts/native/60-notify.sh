# Who is told of a transition, how, in which order and as whom: scripts, FIFOs; and that a script which hangs holds up nothing but what
# its own object has to tell.
# shellcheck shell=bash
# shellcheck source=tests/hosts/fast.sh
. "$TOP/tests/hosts/fast.sh"
mkdir -p "$RUN/node3"
lan_up
for n in node2 node3 node4; do
	host $n "${ADDR[$n]}/24"
done
TOLD=$RUN/told
# The file and its scripts are where their user can read them, and their folder is nobody else's to write.
mkdir -p "$TOLD" && chmod 1777 "$TOLD" && chmod 755 "$RUN"
: >"$TOLD/all" && chmod 666 "$TOLD/all"
cat >"$RUN/tell" <<-END
	#!/bin/sh
	echo "\$(id -un) \$*" >>$TOLD/all
END
cat >"$RUN/hang" <<-END
	#!/bin/sh
	trap '' TERM
	echo "hangs \$\$" >>$TOLD/all
	while :; do sleep 600; done
END
cat >"$RUN/reader" <<-END
	#!/bin/sh
	while read -r line; do echo "\$line" >>$TOLD/read; done <"\$1"
END
: >"$TOLD/read" && chmod 666 "$TOLD/read"
chmod 755 "$RUN/tell" "$RUN/hang" "$RUN/reader"
FILE=$RUN/node3/conf
cat >"$FILE" <<-END
	\$SCRIPTS=$RUN
	global_defs {
	    router_id node3
	    script_user nobody
	    health off
	    enable_script_security
	    notify_timeout 2
	    notify_fifo $RUN/fifo-all nobody
	    vrrp_notify_fifo $RUN/fifo-vrrp
	    lvs_notify_fifo $RUN/fifo-lvs
	    notify_fifo_script "$RUN/reader"
	    vrrp_notify_priority_changes
	    fifo_write_vrrp_states_on_reload
	    startup_script "$RUN/tell startup"
	    shutdown_script "$RUN/tell shutdown"
	}
	vrrp_sync_group G {
	    group {
	        FAST
	    }
	    notify_master "\${SCRIPTS}/tell group master"
	}
	vrrp_instance FAST {
	    $FAST_ROUTER
	    notify_backup "\${SCRIPTS}/tell backup 'a b'"
	    notify_master "$RUN/tell master" root
	    notify_stop "$RUN/tell stop"
	    notify "$RUN/tell any"
	    virtual_ipaddress {
	        $FAST_VIP
	    }
	}
	vrrp_instance SLOW {
	    version 3
	    interface ens33
	    virtual_router_id 53
	    priority 150
	    advert_int 0.1
	    notify_backup "$RUN/hang"
	    notify_master "$RUN/tell slow-master"
	    notify_deleted "$RUN/tell deleted"
	    virtual_ipaddress {
	        172.25.0.202
	    }
	}
	virtual_server $FAST_VIP 80 {
	    protocol TCP
	    lb_kind DR
	    delay_loop 1
	    omega
	    quorum_down "$RUN/tell quorum down"
	    quorum_up "$RUN/tell quorum up"
	    real_server ${ADDR[node2]} 80 {
	        notify_down "$RUN/tell rs down"
	        notify_up "$RUN/tell rs up"
	        TCP_CHECK {
	            connect_timeout 1
	            retry 0
	        }
	    }
	}
END
told() { grep -qxF -- "$1" "$TOLD/all" || { cat "$TOLD/all"; return 1; }; }
line_of() { grep -nxF -- "$1" "$TOLD/all" | head -n 1 | cut -d : -f 1; }
before() { local a b; a=$(line_of "$1") b=$(line_of "$2"); [ -n "$a" ] && [ -n "$b" ] && [ "$a" -lt "$b" ] || { cat "$TOLD/all"; return 1; }; }
was_read() { grep -qxF -- "$1" "$TOLD/read" || { cat "$TOLD/read"; return 1; }; }
fifo_is() { [ "$(stat -c '%F %U %a' "$1")" = "fifo $2 600" ] || { stat -c '%F %U %a' "$1"; return 1; }; }
# What is in a FIFO now; the daemon keeps it open, so that nothing is lost before somebody reads.
drain() { timeout 1 dd if="$1" iflag=nonblock bs=64k 2>/dev/null; }

wire_start node3
start node3
check_soon "it becomes MASTER" 10 has_vip node3 $FAST_VIP
check_soon "startup_script ran" 5 told 'nobody startup'
check_soon "notify_master runs as the user that it names" 5 told 'root master'
check_soon "notify gets INSTANCE, name, state and priority" 5 told 'nobody any INSTANCE FAST MASTER 150'
check "notify_backup ran before, as script_user, its words kept together" before 'nobody backup a b' 'root master'
check "and notify before the next state's script" before 'nobody any INSTANCE FAST BACKUP 150' 'root master'
check_soon "the group's script" 5 told 'nobody group master'
check "startup_script ran before them all" before 'nobody startup' 'nobody backup a b'
check_soon "notify_down of a real server that does not answer" 10 told 'nobody rs down'
check_soon "quorum_down" 5 told 'nobody quorum down'

check "a FIFO belongs to whom the file says" fifo_is "$RUN/fifo-all" nobody
check_soon "the reader reads the lines" 5 was_read 'INSTANCE "FAST" MASTER 150'
check_soon "of instances, of groups" 3 was_read 'GROUP "G" MASTER 0'
check_soon "of real servers" 3 was_read "RS [${ADDR[node2]}]:tcp:80 [$FAST_VIP]:tcp:80 DOWN"
check_soon "of virtual servers" 3 was_read "VS [$FAST_VIP]:tcp:80 DOWN"
said=$(drain "$RUN/fifo-vrrp")
check "vrrp_notify_fifo has VRRP's lines" eval '[[ $said == *"INSTANCE \"FAST\" BACKUP 150"* && $said != *"RS ["* ]]'
said=$(drain "$RUN/fifo-lvs")
check "lvs_notify_fifo has the services' lines" eval '[[ $said == *"RS ["* && $said != *INSTANCE* ]]'

# The script of SLOW hangs and ignores SIGTERM.
hung_gone() { local p; p=$(awk '/^hangs/ { print $2 }' "$TOLD/all"); [ -n "$p" ] && ! kill -0 "$p" 2>/dev/null; }
check_soon "a script that hangs is killed after its time" 10 hung_gone
check_soon "then what waited behind it is told" 5 told 'nobody slow-master'
check_soon "the log says so" 3 log_has node3 0 'hang did not end within'
check_soon "and it is counted" 5 status_is node3 '.daemon.scripts_timed_out >= 1 and .daemon.scripts_started >= 5'
no_gap_so_far() { adverts=$(wire_adverts node3 | wc -l); [ "$adverts" -gt 20 ]; }
check_soon "adverts go out all the while" 5 no_gap_so_far

web_start node2
check_soon "notify_up" 10 told 'nobody rs up'
check_soon "quorum_up" 5 told 'nobody quorum up'

mark=$(log_mark node3)
sed -i '/^vrrp_instance SLOW/,/^}/d; s/priority 150/priority 140/' "$FILE"
daemon_hup node3
check_soon "a reload without an instance" 5 log_has node3 "$mark" 'Reloaded'
check_soon "notify_deleted, from the file before" 5 told 'nobody deleted'
check_soon "the FIFO says DELETED" 5 was_read 'INSTANCE "SLOW" DELETED 150'
check_soon "and states after a reload" 5 was_read 'INSTANCE "FAST" MASTER 140'
group_again() { [ "$(grep -cxF 'GROUP "G" MASTER 0' "$TOLD/read")" -ge 2 ]; }
check_soon "of groups, too" 5 group_again

# What others could write does not run as root, and -t says what is wrong and how to mend it.
chmod 777 "$RUN/tell"
mark=$(log_mark node3)
sed -i 's/priority 140/priority 141/' "$FILE"
daemon_hup node3
check_soon "enable_script_security names what is unsafe" 5 log_has node3 "$mark" "enable_script_security: .*$RUN/tell .*mode 0777"
check "-t too, with the mend" eval '"$BUILD/regentd" -t -f "$FILE" 2>&1 | grep -q "chmod go-w $RUN/tell"'
chmod 755 "$RUN/tell"

: >"$TOLD/all"
daemon_stop node3
check "notify_stop ran" told 'nobody stop'
check "shutdown_script after it" before 'nobody stop' 'nobody shutdown'
check "omega: servers are said to be down at the end" before 'nobody rs down' 'nobody shutdown'
check "and their service" before 'nobody quorum down' 'nobody shutdown'
check "no FIFO is left" eval '[ ! -e "$RUN/fifo-all" ] && [ ! -e "$RUN/fifo-vrrp" ]'
check "and no process" daemon_gone node3
