#!/bin/sh
# The simulation must notice a broken state machine: each mutant below is fsm.c with one line changed by sed; the
# simulation, built against it, must fail. Run from the build folder; $srcdir is the source folder (make check sets
# it).
set -eu
src=${srcdir:-.}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# build FSM OUT
build() {
	${CC:-cc} -std=gnu11 -O1 -I. -I"$src" -o "$2" "$src/tests/sim/vrrp_sim.c" "$src/tests/sim/world.c" "$1" \
		"$src/core/vrrp/prio.c" "$src/core/vrrp/group.c" "$src/core/base/addr.c" "$src/core/base/text.c"
}

# mutant NAME SED-SCRIPT
mutant() {
	sed "$2" "$src/core/vrrp/fsm.c" >"$work/fsm.c"
	if cmp -s "$src/core/vrrp/fsm.c" "$work/fsm.c"; then
		echo "FAIL: mutant '$1' changes nothing: its sed script has gone stale"
		exit 1
	fi
	build "$work/fsm.c" "$work/sim"
	if "$work/sim" --failovers 5000 >"$work/out" 2>&1; then
		echo "FAIL: mutant '$1' survived: $(cat "$work/out")"
		exit 1
	fi
	echo "ok: '$1' is caught: $(head -n 1 "$work/out")"
}

build "$src/core/vrrp/fsm.c" "$work/sim"
"$work/sim" --failovers 5000 >/dev/null

mutant "no tie rule" 's/MASTER, VRRP_EV_ADVERT, heard_higher_address,/INIT, VRRP_EV_ADVERT, heard_higher_address,/'
mutant "higher priority does not win" \
	's/MASTER, VRRP_EV_ADVERT, heard_higher_priority,/INIT, VRRP_EV_ADVERT, heard_higher_priority,/'
mutant "no skew" 's|return (256 - f->priority) \* unit / 256;|return 0 * unit;|'
mutant "skew upside down" 's|(256 - f->priority) \* unit|f->priority * unit|'
mutant "priority 0 ignored" 's/BACKUP, VRRP_EV_ADVERT, heard_resignation,/INIT, VRRP_EV_ADVERT, heard_resignation,/'
mutant "equal priority preempts" 's|h->priority >= f->priority)$|h->priority > f->priority)|'
mutant "nopreempt ignored" 's|bool preempts = (f->conf.preempt.*|bool preempts = true;|'
mutant "the grid is lost" \
	's|f->deadline += (missed + 1) \* f->conf.adver_int;|f->deadline = now + f->conf.adver_int + 0 * missed;|'
mutant "the master's interval is not adopted" 's|f->master_adver_int = h->adver_int;|(void)h;|'
mutant "adverts do not hold back a backup" '/^static void follow(/,/^}/s|f->deadline = .*|;|'
mutant "an adopted master starts as backup" \
	's|INIT, VRRP_EV_ADOPT, NULL, VRRP_MASTER|INIT, VRRP_EV_ADOPT, NULL, VRRP_BACKUP|'
