# The log file (-g) in folders of root's, where the core may make nothing: rotation is followed, after a restart in place too; a link that
# another user has put there is not.
# shellcheck shell=bash
# shellcheck source=tests/hosts/fast.sh
. "$TOP/tests/hosts/fast.sh"
mkdir -p "$RUN"
lan_up
host node3 "${ADDR[node3]}/24"
fast_conf node3 150
LOGS=$RUN/logs
LOG=$LOGS/regentd.log
mkdir -p "$LOGS" && chmod 755 "$LOGS"
run_dir=$RUN/node3/run
log_says() { grep -q -- "$1" "$LOG" || { ls -la "$LOGS"; cat "$LOG"; return 1; }; }
rotate() { mv "$LOG" "$LOG.$1"; }
again() { daemon_hup node3; }
roots() { [ "$(stat -c %u:%a "$LOG")" = 0:640 ] || { ls -la "$LOGS"; return 1; }; }

daemon_start node3 "$RUN/node3/conf" -g "$LOG"
check_soon "it becomes MASTER" 10 has_vip node3 $FAST_VIP
check_soon "the log file tells of it" 5 log_says 'Entering MASTER'
rotate 1
again
check_soon "after a rotation, the new file has what follows" 5 log_says .
check "it is root's" roots
rotate 2
install -m 640 /dev/null "$LOG"
again
check_soon "one that logrotate has made, too" 5 log_says Reloaded # while it reloads no restart is taken
check_soon "regentctl restart" 3 on node3 "$BUILD/regentctl" --run-dir "$run_dir" restart
check_soon "the program that took over goes on in that file" 10 log_says 'Going on in place'
# A folder that the core may not look into: the helper is asked once a second.
chmod 700 "$LOGS"
rotate 3
sleep 1
again
check_soon "and follows rotations, in a folder of root's alone too" 5 log_says .
rotate 4
# Others can write the folder now.
chmod 1777 "$LOGS"
echo precious >"$RUN/precious"
ln -s "$RUN/precious" "$LOG"
chown -h 65534 "$LOG"
again
check_soon "a link that another has put there is not followed: the file before goes on" 5 grep -q 'Reload' "$LOG.4"
check "nothing was written where it leads" [ "$(cat "$RUN/precious")" = precious ]
rm "$LOG"
sleep 1 # it is looked at once a second
again
check_soon "without it, it is made again" 5 log_says .
daemon_stop node3
check "the end is told there" log_says 'Stopped Regent'
