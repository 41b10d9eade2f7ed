# What the daemon remembers of its own doing ends with it: an address or a probe's verdict that the file lost by a reload is no longer
# the daemon's after the next start, one that a reload brought is, and a row goes with its object.
# shellcheck shell=bash
# shellcheck source=tests/hosts/fast.sh
. "$TOP/tests/hosts/fast.sh"
fast_up
CONF=$RUN/node3/conf
MORE=172.25.0.203
with_vips() { sed -i "/virtual_ipaddress/,/}/c\    virtual_ipaddress {\n$(printf '        %s\\n' "$@")    }" "$CONF"; }
services() { sed -i '/^virtual_server/,$d' "$CONF"; printf '%s\n' "$@" >>"$CONF"; }
begin() { daemon_start node3 "$CONF"; }
reload() { local mark; mark=$(log_mark node3); daemon_hup node3; wait_for 3 log_has node3 "$mark" 'Reloaded|unchanged'; }
again() { daemon_kill9 node3; begin; wait_for 3 has_vip node3 $FAST_VIP; }

with_vips $FAST_VIP $MORE
begin
check_soon "node3 is MASTER with both addresses" 5 eval "has_vip node3 $FAST_VIP && has_vip node3 $MORE"
with_vips $FAST_VIP
reload
check_soon "a reload takes one away" 2 lacks_vip node3 $MORE
on node3 ip addr add $MORE/32 dev ens33
again
check_stays "put there by hand since, it stays over a restart" 2 has_vip node3 $MORE
on node3 ip addr del $MORE/32 dev ens33

with_vips $FAST_VIP $MORE
reload
check_soon "a reload brings it again" 2 has_vip node3 $MORE
with_vips $FAST_VIP
again
check_soon "lost from the file before a restart, it is removed" 3 lacks_vip node3 $MORE

bare='virtual_server 172.25.0.210 80 { delay_loop 6
protocol TCP
lb_kind NAT'
closed='real_server 172.25.0.33 9 { TCP_CHECK { connect_timeout 1
} }'
services "$bare" 'sorry_server 172.25.0.99 80' "$closed" '}'
reload
rows() { status_is node3 "[.. | strings] | any(. == \"172.25.0.99\" or . == \"[172.25.0.99]:tcp:80\" or . == \"[172.25.0.99]:80\")"; }
no_rows() { ! rows >/dev/null; }
is_down() { status_is node3 '[.. | objects | select((.name? // "") | test("172.25.0.33")) | .state? // empty] | any(. == "down")'; }
is_there() { status_is node3 '[.. | strings] | any(test("172.25.0.33"))'; }
check_soon "the sorry server has a row" 3 rows
check_soon "a server without a listener is down" 15 is_down
services "$bare" 'sorry_server 172.25.0.33 9' "$closed" '}'
reload
is_real() { status_is node3 '[.. | objects | select((.name? // "") | test("172.25.0.33")) | .sorry? // empty] | any | not'; }
check_stays "one that is the sorry server too keeps its row" 1 eval 'is_there && is_real'
services "$bare" '}'
reload
check_soon "the sorry server's row goes with it" 3 no_rows
services "$bare" "$closed" '}'
reload
check_soon "a server that comes back has a row" 3 is_there
not_down() { ! is_down >/dev/null; }
check "it is not down before it was probed" not_down
check_soon "then it is" 15 is_down

# SIGHUP from the moment that the pid file names the process.
daemon_stop node3
impatient() {
	local i
	for i in 1 2 3 4 5; do
		rm -f "$RUN/node3/pid"
		begin
		until [ -s "$RUN/node3/pid" ]; do :; done
		for _ in {1..200}; do kill -HUP "$(<"$RUN/node3/pid")" || return 1; done
		wait_for 3 has_vip node3 $FAST_VIP || return 1
		[ "$i" = 5 ] || daemon_stop node3
	done
}
check "a SIGHUP at any moment of the start is no end" impatient

kill -TERM "$(<"$RUN/node3/pid")" # begun in a subshell
check_soon "it ends" 4 daemon_gone node3
check "no finding of the sanitizers" log_lacks node3 0 'Sanitizer|runtime error'
