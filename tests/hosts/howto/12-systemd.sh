# The unit of contrib under a real systemd: the first process of a container of namespaces on node3. start, reload, a crash, restart,
# stop, and a file with errors.
# shellcheck shell=bash
mkdir -p "$RUN/units/regentd.service.d" "$RUN/told"
lan_up
host node3 172.25.0.33/24
CONF=$RUN/conf
cat >"$CONF" <<-END
	global_defs {
	    script_user nobody
	    notify_fifo $RUN/fifo nobody
	}
	vrrp_instance one {
	    interface ens33
	    virtual_router_id 51
	    advert_int 2
	    virtual_ipaddress {
	        $VIP/24
	    }
	    notify_master "$RUN/tell master"
	    notify_stop "$RUN/tell stop"
	}
	virtual_server $VIP 80 {
	    protocol TCP
	    lvs_method NAT
	    real_server 172.25.0.34 80 {
	        weight 3
	    }
	}
END
printf '#!/bin/sh\necho "$(id -un) $1" >>%s/told/$1\n' "$RUN" >"$RUN/tell"
chmod 755 "$RUN/tell"
chmod 1777 "$RUN/told"

# Our unit as it is, targets that are empty, and nothing of the machine's own.
sed "s|@sbindir@|$BUILD|" "$TOP/contrib/regentd.service.in" >"$RUN/units/regentd.service"
for t in basic sysinit shutdown network-online multi-user default; do
	printf '[Unit]\nDescription=%s\n' $t >"$RUN/units/$t.target"
done
cat >"$RUN/units/regentd.service.d/here.conf" <<-END
	[Unit]
	ConditionPathExists=
	[Service]
	Environment="REGENTD_OPTIONS=-f $CONF -p $RUN/pid -A $(agentx_of node3) --agent $BUILD/regent-agent"
	StandardError=append:$(log_of node3)
END
touch "$(log_of node3)"
systemd_up() {
	# shellcheck disable=SC2016
	ip netns exec "$NS-node3" unshare --pid --fork --mount --ipc --uts --cgroup bash -c '
		mount --bind /etc /etc && mount -o remount,ro,bind /etc
		mount -t proc proc /proc
		mount -t tmpfs var /var
		mkdir -p /var/lib /var/log /var/keep
		ln -s /run /var/run
		mount --bind "$1" /var/keep
		mount -t tmpfs -o mode=755 run /run
		mkdir -p "$1" && mount --move /var/keep "$1"
		mount -t cgroup2 cgroup2 /sys/fs/cgroup
		export container=unshare SYSTEMD_UNIT_PATH=$1/units SYSTEMD_GENERATOR_PATH=/nowhere SYSTEMD_ENVIRONMENT_GENERATOR_PATH=/nowhere
		exec /lib/systemd/systemd --system --log-target=console --show-status=no' systemd "$RUN" >>"$OUT/$SCENARIO.systemd" 2>&1 </dev/null &
}
# The first process of the container, which hears only who is inside.
find_first() {
	local p name
	for p in $(host_pids node3); do
		read -r name 2>/dev/null <"/proc/$p/comm" && [ "$name" = systemd ] && FIRST=$p && return
	done
	return 1
}
systemctl() { nsenter -t "$FIRST" -p -m systemctl "$@"; }
unit() { systemctl show -p "$1" --value regentd; }
unit_is() { local v; v=$(unit "$1"); [ "$v" = "$2" ] || { echo "$1 is $v, not $2"; return 1; }; }
caps_of() { awk '/^CapEff|^CapPrm/ { print $2 }' "/proc/$1/status" | sort -u; }
# COMMAND USER CAPABILITIES: a process of the unit that has just these.
runs_as() {
	local p name
	for p in $(host_pids node3); do
		read -r name 2>/dev/null <"/proc/$p/comm" && [ "$name" = "$1" ] || continue
		[ "$(stat -c %U "/proc/$p")" = "$2" ] && [ "$(caps_of "$p")" = "$3" ] && return
		echo "$1: $(stat -c %U "/proc/$p") $(caps_of "$p")"
	done
	return 1
}
told() { [ "$(cat "$RUN/told/$1" 2>/dev/null)" = "nobody $1" ] || { cat "$RUN/told/$1"; return 1; }; }
refused() { ! "$@"; }

systemd_up
wait_for 10 find_first
check_soon "systemd is up" 20 systemctl is-system-running || return
check "systemctl start comes back" systemctl start regentd
check "because it is ready" unit_is ActiveState active
check "the unit has no line that systemd does not know" refused grep -E 'regentd.service:[0-9]+' "$OUT/console"
check "the core has CAP_NET_ADMIN and CAP_NET_RAW" runs_as regentd regent 0000000000003000
check_soon "the agent has nothing" 5 runs_as regent-agent regent-agent 0000000000000000
check_soon "the address is there" 10 has_vip node3
check_soon "and IPVS" 5 servers_are node3 '172.25.0.34:80 3'
check_soon "a script ran as script_user" 5 told master

sed -i 's/weight 3/weight 5/' "$CONF"
check "systemctl reload" systemctl reload regentd
check_soon "takes the file" 5 servers_are node3 '172.25.0.34:80 5'
echo nonsense >>"$CONF"
check "systemctl reload fails where the file has errors" refused systemctl reload regentd
check "and says which" log_has node3 0 "conf:[0-9]+:1: error: unknown keyword 'nonsense'"
sed -i /nonsense/d "$CONF"

mark=$(log_mark node3)
systemctl kill --kill-who=main -s KILL regentd
check_soon "after kill -9 systemd starts it again, and it knows what it was" 10 log_has node3 "$mark" 'a former life was MASTER'
check "by itself" unit_is NRestarts 1
check "the address has not gone" has_vip node3

wire_start node3
zero() { [ -n "$(wire_adverts node3 0)" ] || { echo "no advert of priority 0"; return 1; }; }
heard() { [ -n "$(wire_adverts node3)" ]; }
check_soon "it is heard" 8 heard
rm "$RUN/fifo" # what was there before, here because of the crash, is left in the end
check "systemctl restart" systemctl restart regentd
check_soon "hands the mastership over" 5 zero # the observer has what time is left over
check_soon "the address comes back" 10 has_vip node3
check "the FIFO is there" test -p "$RUN/fifo"
rm "$RUN/told/stop"
check "systemctl stop" systemctl stop regentd
check "the address has gone" lacks_vip node3
check "notify_stop ran" told stop
check "the FIFO has gone" test ! -e "$RUN/fifo"
check "every process has gone" daemon_gone node3

echo nonsense >>"$CONF"
check "a file with errors: systemctl start fails" refused systemctl start regentd
check_stays "and is not tried again" 1 unit_is ActiveState failed

# What systemd has said until now, behind the crash.
check_soon "systemd has told it all" 5 grep -q 'Main process exited, code=exited, status=2' "$OUT/console"
killed() { sed -n '/Scheduled restart job/,$p' "$OUT/console" | grep 'Killing process'; }
check "nothing had to be killed: the core goes last" refused killed
