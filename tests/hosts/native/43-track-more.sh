# More of trackers: sync groups (a group's own fault all members; a member's weights need sync_group_tracking_weight), track_process with
# quorum_max and delays, by the kernel's events where it gives them, init_file (made, left alone, through no link), a script that still runs when it is due, two services
# of one name; and the notifications, of which a flapping tracker makes few.
# shellcheck shell=bash
# shellcheck source=tests/hosts/fast.sh
. "$TOP/tests/hosts/fast.sh"
mkdir -p "$RUN"
chmod 755 "$RUN"
lan_up
host node2 "${ADDR[node2]}/24"
host node3 "${ADDR[node3]}/24"
on node3 ip link add dummy0 type veth peer name dummy1
on node3 ip link set dummy1 up
on node3 ip link set dummy0 up
mkdir -p "$RUN/node3"
USER_OF=regent
SLOW=$RUN/slow
printf '#!/bin/sh\nexec sleep 2\n' >"$SLOW"
chmod 755 "$SLOW"
# group_conf OF-GROUP OF-MEMBER-ONE
group_conf() {
	cat <<-END
		global_defs {
		    router_id node3
		    script_user root
		    enable_traps
		}
		track_file load {
		    file $RUN/load
		    weight 1
		    init_file 5 overwrite
		}
		track_file kept {
		    file $RUN/kept
		    weight 1
		    init_file 3
		}
		track_file made {
		    file $RUN/open/made
		    weight 1
		    init_file 7
		}
		track_file linked {
		    file $RUN/open/linked
		    weight 1
		    init_file 8 overwrite
		}
		vrrp_track_process calm {
		    process sleep 7654324
		    delay 2
		    weight -20
		}
		vrrp_track_process crowd {
		    process sleep 7654322
		    quorum 1
		    quorum_max 2
		    fork_delay 1
		    weight -40
		}
		vrrp_script flag {
		    script "/usr/bin/test ! -e $RUN/flag"
		    interval 0.1
		    weight -30
		}
		vrrp_script slow {
		    script $SLOW
		    interval 0.3
		    timeout 30
		    weight -1
		}
		vrrp_sync_group VG {
		    group {
		        ONE
		        TWO
		    }
		    $1
		}
	END
	local i
	for i in 1 2; do
		cat <<-END
			vrrp_instance $([ $i = 1 ] && echo ONE || echo TWO) {
			    version 3
			    interface ens33
			    virtual_router_id 6$i
			    priority 150
			    advert_int 0.2
			    virtual_ipaddress {
			        172.25.0.21$i
			    }
			    $([ $i = 2 ] || echo "${2-}")
			}
		END
	done
}
reload() {
	group_conf "$@" >"$RUN/node3/conf"
	daemon_hup node3
}
all_are() { status_is node3 "[.virtual_routers[].state == \"$1\"] | all" '[.virtual_routers[] | {name, state, fault}]'; }
prios() { status_is node3 "[.virtual_routers[].priority] == [$1, $2]" '[[.virtual_routers[] | .priority], .trackers]'; }
tracker() { status_is node3 "[.trackers[] | select(.name == \"$1\")][0] | $2" .trackers; }

# ---- sync groups ----
echo 9 >"$RUN/load"
echo 9 >"$RUN/kept"
group_conf 'track_interface {
dummy0
}' >"$RUN/node3/conf"
snmpd_start node3
traps_start
daemon_start node3 "$RUN/node3/conf"
check_soon "the group is MASTER" 8 all_are MASTER
on node3 ip link set dummy0 down
check_soon "the group's interface: all members are in FAULT" 5 all_are FAULT
on node3 ip link set dummy0 up
check_soon "and come back" 8 all_are MASTER

mark=$(log_mark node3)
reload 'track_script {
flag weight -30
}' 'track_interface {
dummy0 weight -7
}'
warned() { log_has node3 "$mark" '.ONE. track_interface dummy0 with a weight is ignored: sync group VG has no sync_group_tracking_weight'; }
check_soon "a member's weight is ignored, with a warning" 5 warned
touch "$RUN/flag"
on node3 ip link set dummy0 down
check_soon "the group's weight moves all members, the member's none" 5 prios 120 120
reload 'sync_group_tracking_weight
track_script {
flag weight -30
}' 'track_interface {
dummy0 weight -7
}'
check_soon "with sync_group_tracking_weight both count" 5 prios 113 120
check "and the group stays whole" all_are MASTER
rm "$RUN/flag"
on node3 ip link set dummy0 up
check_soon "all is well" 5 prios 150 150
reload '' 'track_file {
load
}'
check_soon "a member's file without it: a number is a fault of the whole group" 5 all_are FAULT
echo 0 >"$RUN/load"
check_soon "and 0 is none" 8 all_are MASTER

# ---- init_file, processes, slow scripts ----
mkdir "$RUN/open"
chown "$USER_OF" "$RUN/open"
echo 1 >"$RUN/victim"
chmod 666 "$RUN/victim"
ln -s "$RUN/victim" "$RUN/open/linked"
mark=$(log_mark node3)
reload 'sync_group_tracking_weight' 'track_file {
load
kept
made
linked
}
track_process {
crowd
calm
}
track_script {
slow
}'
check_soon "init_file: what is there stays" 5 tracker kept '.value == 9'
made() {
	local is
	is=$(stat -c '%U %a %F' "$RUN/open/made" && cat "$RUN/open/made")
	[ "$is" = "$USER_OF 644 regular file"$'\n7' ] || { echo "$is"; return 1; }
}
check_soon "init_file: what is missing is made, by the daemon's user" 5 made
check_soon "and counts" 3 tracker made '.value == 7'
check_soon "it writes through no link" 3 log_has node3 "$mark" "cannot write $RUN/open/linked for init_file"
check "what the link leads to is as it was" [ "$(cat "$RUN/victim")" = 1 ]
check_soon "no process of that name: down" 5 tracker crowd '.state == "down"'
check_soon "a script that still runs when it is due is not run twice, and that is said" 8 \
	log_has node3 "$mark" 'track_script slow still runs when it is due again'
for i in 1 2 3; do
	ip netns exec "$NS-node3" sleep 7654322 &
	[ $i != 2 ] || check_soon "two processes are within quorum and quorum_max" 8 tracker crowd '.state == "up"'
done
last=$!
check_soon "three are one too many" 8 tracker crowd '.state == "down" and (.text | test("3 run, 1 to 2"))'
mark=$(log_mark node3)
kill "$last"
wait "$last" 2>/dev/null || true
check_soon "one less is well again" 8 tracker crowd '.state == "up"'

# ---- delays of processes: what is over sooner is not seen ----
calm_start() {
	ip netns exec "$NS-node3" sleep 7654324 &
	calm=$!
}
calm_stop() {
	kill "$calm"
	wait "$calm" 2>/dev/null || true
}
at=$(now_us)
calm_start
check_stays "a process that began a moment ago does not count" 1 tracker calm '.state == "down"'
check_soon "delay: then it does" 6 tracker calm '.state == "up"'
check "not before its time" within $((($(now_us) - at) / 1000)) 2000 6000
calm_stop
nap 0.3
calm_start
check_stays "one that is replaced at once is not missed" 3 tracker calm '.state == "up"'
at=$(now_us)
calm_stop
check_stays "one that ended a moment ago still counts" 1 tracker calm '.state == "up"'
check_soon "then it is down" 6 tracker calm '.state == "down"'
check "not before its time either" within $((($(now_us) - at) / 1000)) 2000 6000

# ---- notifications ----
TRAP=$REGENT_MIB.0.10
traps() { grep -c "$TRAP[[:space:]].*$REGENT_MIB.1.11.11.0 = STRING: \"\?$1" "$TRAPS"; }
some_trap() { [ "$(traps "$1")" -ge "$2" ] || { echo "$(traps "$1") of $1"; return 1; }; }
check_soon "a notification told of the group's interface" 8 some_trap dummy0 1
check_soon "and of the script" 8 some_trap flag 1
reload 'track_script {
flag weight -30
}'
before=$(traps flag)
from=$(now_us)
for i in 1 2 3 4 5 6; do
	touch "$RUN/flag"
	wait_for 3 prios 120 120
	rm "$RUN/flag"
	wait_for 3 prios 150 150
done
flapped=$(traps flag)
took=$((($(now_us) - from) / 1000000))
check "twelve changes in $took s made $((flapped - before)) notifications" [ $((flapped - before)) -le $((2 + took / 10)) ]
check_soon "the log says how many changes there were" 14 log_has node3 "$mark" 'track_script flag is .* changes since it was last told'
check_soon "so does the notification" 5 grep -q '"flag".*changes since it was last told' "$TRAPS"
kill -TERM "${DAEMON_PID[node3]}"
check_soon "node3 ends" 4 daemon_gone node3

# ---- the kernel's process events, which only the first network namespace hears: nothing is sent there, its interface does not exist ----
mkdir -p "$RUN/here"
cat >"$RUN/here/conf" <<-END
	vrrp_track_process lone {
	    process sleep 7654323
	    weight -40
	}
	vrrp_instance NOWHERE {
	    version 3
	    interface nowhere0
	    virtual_router_id 63
	    virtual_ipaddress {
	        172.25.0.213
	    }
	    track_process {
	        lone
	    }
	}
END
timeout -k 5 120 "$BUILD/regentd" -n -l -D -f "$RUN/here/conf" --run-dir "$RUN/here/run" --state-dir "$RUN/here/state" \
	-p "$RUN/here/pid" -A "$RUN/agentx.none" --agent "$BUILD/regent-agent" >"$(log_of here)" 2>&1 </dev/null &
here=$!
lone() {
	"$BUILD/regentctl" --run-dir "$RUN/here/run" status --json |
		jq -e ".trackers[0].state == \"$1\" and ([.virtual_routers[].state == \"FAULT\"] | all)"
}
check_soon "in the first namespace: no such process" 8 lone down
# Without events it looks every second, with them every ten: what is seen four times in a row within five is seen by events.
if log_has here 0 'gives no process events' >/dev/null; then
	skip "process events" "the kernel gives none here"
else
	for i in 1 2; do
		sleep 7654323 &
		p=$!
		check_soon "a process that begins is seen by the kernel's event ($i)" 5 lone up
		kill $p
		wait $p 2>/dev/null || true
		check_soon "and one that ends ($i)" 5 lone down
	done
fi
check "it is alive" kill -0 $here
kill -TERM $here
wait $here 2>/dev/null || true
