#!/bin/sh
# The simulations must notice what is broken: each mutant below is fsm.c, group.c or another pure module with one line changed by
# sed; the simulation, built against it, must fail. Run from the build folder; $srcdir is the source folder (make check sets
# it).
set -eu
src=${srcdir:-.}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# build PROGRAM FSM GROUP OUT
build() {
	${CC:-cc} -std=gnu11 -O1 -I. -I"$src" -o "$4" "$src/tests/sim/$1.c" "$src/tests/sim/command.c" "$src/tests/sim/world.c" "$2" "$3" \
		"$src/core/vrrp/prio.c" "$src/core/base/addr.c" "$src/core/base/text.c"
}

# caught NAME MUTATED ORIGINAL: the simulation, which was built to $work/sim, fails.
caught() {
	if cmp -s "$2" "$3"; then
		echo "FAIL: mutant '$1' changes nothing: its sed script has gone stale"
		exit 1
	fi
	if timeout 120 "$work/sim" --failovers 5000 >"$work/out" 2>&1; then
		echo "FAIL: mutant '$1' survived: $(cat "$work/out")"
		exit 1
	fi
	echo "ok: '$1' is caught: $(head -n 1 "$work/out")"
}

# mutant NAME SED-SCRIPT: of the state machine; group_mutant: of the rules of groups.
mutant() {
	sed "$2" "$src/core/vrrp/fsm.c" >"$work/fsm.c"
	build vrrp_sim "$work/fsm.c" "$src/core/vrrp/group.c" "$work/sim"
	caught "$1" "$work/fsm.c" "$src/core/vrrp/fsm.c"
}
group_mutant() {
	sed "$2" "$src/core/vrrp/group.c" >"$work/group.c"
	build group_sim "$src/core/vrrp/fsm.c" "$work/group.c" "$work/sim"
	caught "$1" "$work/group.c" "$src/core/vrrp/group.c"
}

# track_mutant NAME FILE SED-SCRIPT: of what moves priorities, for track_sim.
TRACK_FILES='core/vrrp/prio.c core/vrrp/track.c core/vrrp/health.c core/vrrp/damp.c core/base/penalty.c core/loop/doubt.c'
build_track() {
	${CC:-cc} -std=gnu11 -O1 -I. -I"$src" -o "$work/sim" "$src/tests/sim/track_sim.c" "$src/tests/sim/track_host.c" \
		"$src/tests/sim/command.c" "$src/tests/sim/world.c" "$src/core/vrrp/fsm.c" "$src/core/base/addr.c" "$src/core/base/text.c" "$@"
}
track_mutant() {
	others=
	for f in $TRACK_FILES; do
		[ "$f" = "$2" ] || others="$others $src/$f"
	done
	sed "$3" "$src/$2" >"$work/mutant.c"
	# shellcheck disable=SC2086
	build_track "$work/mutant.c" $others
	caught "$1" "$work/mutant.c" "$src/$2"
}

for sim in vrrp_sim group_sim; do
	build $sim "$src/core/vrrp/fsm.c" "$src/core/vrrp/group.c" "$work/sim"
	"$work/sim" --failovers 1000 >/dev/null
done

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
mutant "a damped router preempts" 's|(f->conf.preempt \&\& !f->damped)|f->conf.preempt|'
mutant "a damped router does not wait" 's|if (f->damped)|if (false)|'
mutant "damped routers alone leave the network without a MASTER" 's|return 2 \* unit;|return 1000000 * unit;|'

group_mutant "the group is not forced to BACKUP" 's|return VRRP_GROUP_BACKUP;$|return VRRP_GROUP_NOTHING;|'
group_mutant "the group is not forced to MASTER" 's|return VRRP_GROUP_MASTER;$|return VRRP_GROUP_NOTHING;|; s|? VRRP_GROUP_MASTER :|? VRRP_GROUP_NOTHING :|'
group_mutant "a fault stays with its member" 's|? VRRP_GROUP_FAULT :|? VRRP_GROUP_NOTHING :|'
group_mutant "one member's wish is enough" 's|t->wants == n|t->wants > 0|'
group_mutant "crossed priorities swing" 's|if (g->crossed \&\& g->first_is_lower)|if (false)|'
group_mutant "crossed priorities are not noticed" 's|EVIDENCE_ENOUGH = 3|EVIDENCE_ENOUGH = 300000|'

track_mutant "own health is ignored" core/vrrp/health.c 's/h->causes |= bit;/;/'
track_mutant "own health never returns" core/vrrp/health.c 's/h->causes &= ~bit;/;/'
track_mutant "a lost netlink is no illness" core/vrrp/health.c 's/raw |= HEALTH_NETLINK;/;/'
track_mutant "a late loop is no illness" core/vrrp/health.c 's/raw |= HEALTH_LATE;/;/'
track_mutant "what a tracker takes is taken twice" core/vrrp/track.c 's/a\.add + b\.add/a.add + 2 * b.add/'
track_mutant "a tracker that is down faults nobody" core/vrrp/track.c 's/\.fault = a\.fault || b\.fault/.fault = a.fault \&\& b.fault/'
track_mutant "results in a row do not count" core/vrrp/track.c 's/c->verdict != TRACK_UNKNOWN && c->in_row < needed/c->verdict != TRACK_UNKNOWN/'
track_mutant "a change never settles" core/vrrp/track.c 's/return now >= s->due && settle(s);/return false;/'
track_mutant "the number in a file is not read" core/vrrp/track.c 's/(int64_t)u->weight \* s->value/(int64_t)u->weight/'
track_mutant "reverse is ignored" core/vrrp/prio.c 's/w\[i\]\.up != w\[i\]\.reverse/w[i].up/'
track_mutant "a negative weight counts while up" core/vrrp/prio.c 's/(w\[i\]\.weight > 0) == up/up/'
track_mutant "falls are not counted" core/vrrp/damp.c 's/return from == VRRP_MASTER || to == VRRP_FAULT;/return false;/'
track_mutant "falls are never forgotten" core/base/penalty.c '/^bool penalty_update/,/^}/s/suppressed = false/suppressed = true/'
track_mutant "a stepped clock raises no doubt" core/loop/doubt.c 's/? LOOP_STEPPED : LOOP_NO_DOUBT/? LOOP_NO_DOUBT : LOOP_NO_DOUBT/'
track_mutant "a slewed clock raises doubt" core/loop/doubt.c 's/100 \* USEC_PER_MS/USEC_PER_MS/'
