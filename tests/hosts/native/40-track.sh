# Trackers move the priority: interfaces (with delays), files, processes; rows show what each adds; a reload keeps verdicts, a
# killed daemon's successor knows them. Without IPVS the daemon itself is ill, and gives way by health_weight.
# shellcheck shell=bash
# shellcheck source=tests/hosts/fast.sh
. "$TOP/tests/hosts/fast.sh"
mkdir -p "$RUN"
lan_up
host node3 "${ADDR[node3]}/24"
host node4 "${ADDR[node4]}/24"
on node3 ip link add dummy0 type veth peer name dummy1
on node3 ip link set dummy1 up
on node3 ip link set dummy0 up
LOAD=$RUN/load
DONE=$RUN/done
echo 0 >"$LOAD"
chmod 755 "$RUN"
# track_conf WEIGHT-OF-FILE [MORE]
track_conf() {
	cat >"$RUN/node3/conf" <<-END
		global_defs {
		    router_id node3
		    script_user root
		}
		interface_up_down_delays {
		    dummy0 1 0
		}
		track_file load {
		    file $LOAD
		    weight $1
		}
		vrrp_track_process sleeper {
		    process sleep 7654321
		    weight -40
		}
		vrrp_script flag {
		    script "/usr/bin/test ! -e $DONE"
		    interval 0.2
		    fall 2
		    weight -60
		}
		vrrp_instance FAST {
		    $FAST_ROUTER
		    virtual_ipaddress {
		        $FAST_VIP
		    }
		    track_interface {
		        dummy0 weight -10
		    }
		    track_file {
		        load
		    }
		    track_process {
		        sleeper
		    }
		    track_script {
		        flag
		    }
		    ${2-}
		}
	END
}
fast_conf node4 100
mkdir -p "$RUN/node3"
track_conf -20
ip netns exec "$NS-node3" sleep 7654321 &
SLEEPER=$!
prio() { status_is node3 ".virtual_routers[0].priority == $1" '[.virtual_routers[0].priority, .trackers]'; }
tracker() { status_is node3 "[.trackers[] | select(.name == \"$1\")][0] | $2" .trackers; }

daemon_start node3 "$RUN/node3/conf"
daemon_start node4 "$RUN/node4/conf"
check_soon "all is well: MASTER with the base priority" 5 fast_master
check_soon "its rows say so" 5 prio 150
check_soon "a tracker's row has verdict and share" 3 tracker sleeper '.state == "up" and .weight == -40 and .adds == 0'

echo 2 >"$LOAD"
check_soon "a file's number counts: weight times it" 3 prio 110
check_soon "its row says what it adds" 3 tracker load '.value == 2 and .adds == -40'
mark=$(log_mark node3)
echo 3 >"$LOAD.new"
mv "$LOAD.new" "$LOAD"
check_soon "replaced by another: below the peer, which takes over" 4 has_vip node4 $FAST_VIP
check_soon "the log says which tracker, why and from what to what" 3 \
	log_has node3 "$mark" 'Changing effective priority from 110 to 90 because of track_file load: the file says 3'
rm "$LOAD"
check_soon "a missing file is 0: the priority is back" 4 fast_master
check_soon "no remainder" 3 prio 150
echo nonsense >"$LOAD"
check_soon "nonsense in it is 0 and said" 4 tracker load '.value == 0 and (.text | test("no number"))'

mark=$(log_mark node3)
on node3 ip link set dummy0 down
nap 0.3
on node3 ip link set dummy0 up
check_stays "a flap shorter than its delay is not seen" 1 prio 150
on node3 ip link set dummy0 down
check_soon "an interface that stays down counts" 4 prio 140
on node3 ip link set dummy0 up
check_soon "and is up again at once" 3 prio 150

kill "$SLEEPER"
wait "$SLEEPER" 2>/dev/null || true
check_soon "a process that ended counts" 4 prio 110

mark=$(log_mark node3)
touch "$DONE"
check_soon "a script that fails twice in a row counts" 5 prio 50
check_soon "its row says how it ended" 3 tracker flag '.state == "down" and (.text | test("exited with status 1"))'
check_soon "it was said" 3 log_has node3 "$mark" 'track_script flag is down .it was up.: failed .exited with status 1.'
rm "$DONE"
check_soon "and is good again" 4 prio 110

# A reload that changes only the weight: the verdict stays, the priority follows.
track_conf -1
echo 5 >"$LOAD"
check_soon "its number before the reload" 4 tracker load '.value == 5'
daemon_hup node3
check_soon "another weight is folded at once" 4 tracker load '.weight == -1 and .adds == -5 and .value == 5'

# What is down with weight 0 is a fault, which names it.
track_conf -1 "track_interface {
	    nowhere
	}"
daemon_hup node3
check_soon "weight 0 and down: FAULT" 4 status_is node3 '.virtual_routers[0].state == "FAULT"'
check_soon "FAULT says who" 3 status_is node3 '.virtual_routers[0].fault | test("nowhere.*does not exist")' .virtual_routers
check_soon "the peer has the address" 4 has_vip node4 $FAST_VIP
track_conf -1
daemon_hup node3
check_soon "without it: MASTER again" 5 fast_master

# kill -9: the verdicts of before hold until new ones come.
check_soon "all verdicts are there" 3 prio 105
mark=$(log_mark node3)
daemon_kill9 node3
daemon_start node3 "$RUN/node3/conf"
check_soon "killed and back" 5 log_has node3 "$mark" 'Regent is running'
check_soon "its trackers too" 5 prio 105

# No IPVS here: a director that carries a service cannot serve.
printf 'virtual_server %s 80 {\n protocol TCP\n lb_kind DR\n real_server 172.25.0.33 80 {\n }\n}\n' $FAST_VIP >>"$RUN/node3/conf"
mark=$(log_mark node3)
daemon_hup node3
check_soon "out of IPVS' reach: health_weight is taken off" 10 prio 55
check_soon "its tracker says why" 3 tracker daemon '.kind == "health" and .adds == -50 and (.text | test("IPVS"))'
check_soon "the peer, which carries no service, takes over" 4 has_vip node4 $FAST_VIP
sed -i 's/router_id node3/router_id node3\n health fault/' "$RUN/node3/conf"
daemon_hup node3
check_soon "health fault: FAULT" 5 status_is node3 '.virtual_routers[0].state == "FAULT"'
sed -i 's/health fault/health off/' "$RUN/node3/conf"
daemon_hup node3
check_soon "health off: nothing" 5 prio 105

# The quorum of a service moves the priority.
cat >>"$RUN/node3/conf" <<-END
	virtual_server 172.25.0.210 80 {
	    protocol TCP
	    snmp_name web
	    delay_loop 0.2
	    real_server ${ADDR[node4]} 80 {
	        TCP_CHECK {
	            connect_timeout 1
	        }
	    }
	}
END
sed -i 's/track_process {/track_service {\n web weight -33\n}\n&/' "$RUN/node3/conf"
daemon_hup node3
check_soon "nobody listens: the service's quorum is lost, its weight counts" 8 prio 72
check_soon "its row says so" 3 tracker web '.kind == "service" and (.text | test("0 of 1 .* lost"))'
web_start node4
check_soon "a server answers: the quorum is there" 8 prio 105
web_stop node4
check_soon "and gone again" 8 prio 72
# Two services of one name: the worst of them counts.
cat >>"$RUN/node3/conf" <<-END
	virtual_server 172.25.0.210 443 {
	    protocol TCP
	    snmp_name web
	    real_server ${ADDR[node4]} 443 {
	    }
	}
END
daemon_hup node3
check_soon "a second service of that name" 5 status_is node3 '[.services[] | select(.name == "web") | .quorum_state] | sort == ["gained", "lost"]' '[.services[] | {name, key, quorum_state}]'
check "one that is well does not make up for the other" prio 72
web_start node4
check_soon "both are well" 8 prio 105

for n in node3 node4; do
	kill -TERM "${DAEMON_PID[$n]}"
	check_soon "$n ends" 4 daemon_gone $n
done
