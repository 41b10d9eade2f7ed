#!/bin/sh
# What the unit tests of core/vrrp's pure part have to notice: each line below breaks one rule of the protocol, of signed adverts, of sync
# groups, of damping or of tracking with sed; one of the tests named must fail. Run from the build folder; $srcdir is the source
# folder (make check sets it).
set -eu
src=${srcdir:-.}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
CC="${CC:-cc} -std=gnu11 -O0 -I. -I$src"

MODULES="$(cd "$src" && sed -n '/^libvrrppure_a_SOURCES/,/^$/s/.*\(core[^ ]*\.c\).*/\1/p' core/vrrp/room.mk)
core/vrrp/ah.c core/vrrp/hmac.c core/base/addr.c core/base/buf.c core/base/hex.c core/base/text.c core/base/penalty.c"
TESTS='fsm wire auth group track'

object() { echo "$work/$(echo "$1" | tr / _).o"; }
for m in $MODULES; do $CC -c -o "$(object "$m")" "$src/$m"; done
for t in $TESTS; do $CC -c -o "$work/test_$t.o" "$src/tests/unit/test_vrrp_$t.c"; done

# others FILE: the objects of all modules but this one.
others() { for m in $MODULES; do [ "$m" = "$1" ] || object "$m"; done; }
# fails TEST MODULE OBJECT: the test, linked with the object in the module's place.
fails() {
	# shellcheck disable=SC2046
	$CC -o "$work/test" "$work/test_$1.o" "$3" $(others "$2") -lcmocka -lcrypto
	! timeout 20 "$work/test" >"$work/out" 2>&1
}
for t in $TESTS; do
	if fails "$t" core/vrrp/fsm.c "$(object core/vrrp/fsm.c)"; then
		echo "FAIL: test_vrrp_$t fails without a mutant: $(tail -n 3 "$work/out")"
		exit 1
	fi
done

survivors=0
# mutant TESTS MODULE NAME SED-SCRIPT
mutant() {
	sed "$4" "$src/$2" >"$work/mutant.c"
	if cmp -s "$work/mutant.c" "$src/$2"; then
		echo "FAIL: mutant '$3' changes nothing: its sed script has gone stale"
		survivors=$((survivors + 1))
		return
	fi
	$CC -I"$src/$(dirname "$2")" -c -o "$work/mutant.o" "$work/mutant.c" 2>"$work/err" || { echo "FAIL: mutant '$3': $(head -n 1 "$work/err")"; exit 1; }
	for t in $1; do
		if fails "$t" "$2" "$work/mutant.o"; then
			echo "ok: '$3' is caught by test_vrrp_$t: $(sed -n 's/^\[  FAILED  \] \([a-z]\)/\1/p' "$work/out" | head -n 1)"
			return
		fi
	done
	echo "FAIL: mutant '$3' survived"
	survivors=$((survivors + 1))
}

fsm() { mutant fsm core/vrrp/fsm.c "$@"; }
wire() { mutant wire core/vrrp/wire.c "$@"; }

# ---- times: centiseconds, the master's interval, skew ----
wire "version 3 counts other than centiseconds" 's/(interval & 0x0fff) \* USEC_PER_CS/(interval \& 0x0fff) * USEC_PER_MS/'
wire "reserved bits count as interval" 's/interval & 0x0fff/interval/'
wire "an interval of version 2 in another unit" 's/? USEC_PER_SEC : USEC_PER_CS/? USEC_PER_CS : USEC_PER_CS/'
wire "an interval that does not fit is sent" 's/a->adver_int \/ unit > most/false/'
wire "version 2 adopts an interval" 's/a->version == 2 ? a->adver_int == want->adver_int : a->adver_int > 0/a->adver_int > 0/'
wire "version 3 takes an interval of nothing" 's/: a->adver_int > 0;/: true;/'
fsm "version 3 does not adopt the interval" 's/f->master_adver_int = h->adver_int;/(void)h;/'
fsm "version 2 adopts it" 's/if (f->conf.version == 3)/if (true)/'
fsm "version 2 skews by the interval" 's/usec_t unit = f->conf.version == 2 ? USEC_PER_SEC : f->master_adver_int;/usec_t unit = f->master_adver_int;/'
fsm "version 3 skews by seconds" 's/usec_t unit = f->conf.version == 2 ? USEC_PER_SEC : f->master_adver_int;/usec_t unit = USEC_PER_SEC;/'
fsm "skew of 255 parts" 's|(256 - f->priority) \* unit / 256|(255 - f->priority) * unit / 256|'
fsm "down_adverts is not asked" 's/return f->conf.down_adverts \* f->master_adver_int/return 3 * f->master_adver_int/'
fsm "the grid is lost" 's|f->deadline += (missed + 1) \* f->conf.adver_int;|f->deadline = now + f->conf.adver_int + 0 * missed;|'
fsm "missed adverts are made up for" 's|f->deadline += (missed + 1) \* |f->deadline += 1 + 0 * missed + |'
fsm "a reload resets the wait" 's/f->deadline += backup_wait(f) - old_wait;/f->deadline = USEC_NEVER - old_wait;/'
fsm "a shorter interval waits for the longer one" 's/f->deadline = usec_max(now, f->deadline - old_int + conf->adver_int);/;/'

# ---- who is MASTER ----
fsm "the owner waits" 's/INIT, VRRP_EV_START, is_owner_alone,/FAULT, VRRP_EV_START, is_owner_alone,/'
fsm "the owner waits after a fault" 's/FAULT, VRRP_EV_CLEAR, is_owner_alone,/INIT, VRRP_EV_CLEAR, is_owner_alone,/'
fsm "the owner does not preempt" 's/ || f->conf.priority == 255;/;/'
fsm "nopreempt is ignored" 's|bool preempts = (f->conf.preempt.*|bool preempts = true;|'
fsm "nobody preempts" 's|bool preempts = (f->conf.preempt.*|bool preempts = false;|'
fsm "equal priority preempts" 's/h->priority >= f->priority)$/h->priority > f->priority)/'
fsm "preempt_delay is ignored" 's/return f->conf.preempt_delay > 0 \&\& now < f->preempt_not_before;/return false;/'
fsm "preempt_delay never ends" 's/return f->conf.preempt_delay > 0 \&\& now < f->preempt_not_before;/return f->conf.preempt_delay > 0;/'
fsm "preempt_delay begins anew with each advert" 's/else if (f->preempt_not_before == USEC_NEVER)/else/'
fsm "a better master does not end preempt_delay" '/^static void watch_preempt_delay/,/^}/s/f->preempt_not_before = USEC_NEVER;/;/'
fsm "no tie rule" 's/MASTER, VRRP_EV_ADVERT, heard_higher_address,/INIT, VRRP_EV_ADVERT, heard_higher_address,/'
fsm "the lower address wins" 's/addr_cmp(&h->source, &f->conf.source) > 0/addr_cmp(\&h->source, \&f->conf.source) < 0/'
fsm "an address outranks a priority" 's/return h->priority == f->priority \&\& addr_cmp(&h->source, &f->conf.source) > 0/return addr_cmp(\&h->source, \&f->conf.source) > 0/'
fsm "higher priority does not win" 's/MASTER, VRRP_EV_ADVERT, heard_higher_priority,/INIT, VRRP_EV_ADVERT, heard_higher_priority,/'
fsm "who yields resigns" 's/YIELD = VRRP_ACT_LEAVE_MASTER/YIELD = VRRP_ACT_SEND_PRIO0 | VRRP_ACT_LEAVE_MASTER/'
fsm "who stops does not resign" 's/RESIGN = VRRP_ACT_SEND_PRIO0 |/RESIGN =/'
fsm "an adopted master starts as backup" 's/INIT, VRRP_EV_ADOPT, NULL, VRRP_MASTER/INIT, VRRP_EV_ADOPT, NULL, VRRP_BACKUP/'
fsm "addresses before the advert" 's/ENTER_MASTER = VRRP_ACT_SEND_ADVERT |/ENTER_MASTER =/'

# ---- lower priority and priority 0 ----
fsm "a lower advert holds back a backup that preempts" '/^static void discard/,/^}/s/remember_master(f, h, now);/remember_master(f, h, now); f->deadline = usec_add(now, vrrp_master_down_interval(f));/'
fsm "a lower advert is not answered" 's/MASTER, VRRP_EV_ADVERT, may_assert,/INIT, VRRP_EV_ADVERT, may_assert,/'
fsm "each lower advert is answered" 's/return !ourselves && now >= f->assert_not_before;/return !ourselves;/'
fsm "it answers itself" 's/return !ourselves && now/return now/'
fsm "lower_prio_no_advert is ignored" 's/return f->conf.silent_to_lower;/return false;/'
fsm "higher_prio_send_advert is ignored" 's/return f->conf.answer_higher && heard/return false \&\& heard/'
fsm "priority 0 is ignored" 's/BACKUP, VRRP_EV_ADVERT, heard_resignation,/INIT, VRRP_EV_ADVERT, heard_resignation,/'
fsm "priority 0 makes MASTER at once" 's/f->deadline = usec_min(f->deadline, usec_add(now, vrrp_skew_time(f)));/f->deadline = now;/'
fsm "a second priority 0 puts off the election" 's/f->deadline = usec_min(f->deadline, usec_add(now, vrrp_skew_time(f)));/f->deadline = usec_add(now, vrrp_skew_time(f));/'
fsm "a MASTER yields to priority 0" 's/MASTER, VRRP_EV_ADVERT, heard_resignation, VRRP_MASTER/MASTER, VRRP_EV_ADVERT, heard_resignation, VRRP_BACKUP/; s/MASTER, VRRP_EV_ADVERT, may_answer_resignation,/INIT, VRRP_EV_ADVERT, may_answer_resignation,/'
fsm "a MASTER does not answer priority 0" 's/MASTER, VRRP_EV_ADVERT, may_answer_resignation,/INIT, VRRP_EV_ADVERT, may_answer_resignation,/'
fsm "a better advert does not cancel the skew wait" '/^static void follow/,/^}/s/f->master_released = false;/;/'
fsm "a late timer goes on" 's/MASTER, VRRP_EV_TIMER, is_due_late,/INIT, VRRP_EV_TIMER, is_due_late,/'

# ---- every check, its reason and its counter ----
wire "TTL is not checked" 's/want->check_ttl && d->ttl != VRRP_TTL/false/'
wire "a TTL of 254 will do" 's/want->check_ttl && d->ttl != VRRP_TTL/want->check_ttl \&\& d->ttl < VRRP_TTL - 1/'
wire "unicast asks for no peer" 's/return want->check_source ? VRRP_REJECT_PEER : VRRP_ACCEPTED;/return VRRP_ACCEPTED;/'
wire "min_ttl is ignored" 's/d->ttl < want->peer_ttl\[i\].min/false/'
wire "max_ttl is ignored" 's/d->ttl > want->peer_ttl\[i\].max/false/'
wire "another peer's bounds" 's/want->peer_ttl\[i\]/want->peer_ttl[0]/g'
wire "version is not checked" 's/if (version != want->version)/if (false)/'
wire "length is not checked" 's/if (d->len != len)$/if (d->len < len)/'
wire "checksum is not checked" 's/if (sum != 0xffff && !\*old)/if (false)/'
wire "the checksum of version 3 has no pseudo header" 's/return version == 3 && !(v3_checksum_as_v2/return false \&\& !(v3_checksum_as_v2/'
wire "v3_checksum_as_v2 is ignored" 's/!(v3_checksum_as_v2 && family == AF_INET)/true/'
wire "v3_checksum_as_v2 over IPv6" 's/!(v3_checksum_as_v2 && family == AF_INET)/!v3_checksum_as_v2/'
wire "the old checksum is refused" 's/\*old = sum != 0xffff \&\& /*old = false \&\& /'
wire "any checksum is an old one" 's/ && sum_datagram(d, want, &want->old_dest) == 0xffff;/;/'
wire "type is not checked" 's/if (type != VRRP_TYPE_ADVERT)/if (false)/'
wire "VRID is not checked" 's/if (out->vrid != want->vrid)/if (false)/'
wire "no type of authentication is unknown" 's/if (a->auth > VRRP_AUTH_AH)/if (false)/'
wire "any type of authentication will do" 's/if (a->auth != want->auth)/if (false)/'
wire "any password will do" 's/a->auth == VRRP_AUTH_PASS \&\& memcmp/false \&\& memcmp/'
wire "a prefix of the password will do" 's/want->auth_data, VRRP_AUTH_LEN) != 0/want->auth_data, 1) != 0/'
wire "addresses are not compared" 's/if (!want->check_addrs)/if (true)/'
wire "only their number is compared" 's/return missing == 0 ? VRRP_ACCEPTED/return true ? VRRP_ACCEPTED/'
wire "their number is not compared" 's/if (n_addrs != want->n_addrs)/if (false)/'
wire "an advert of no address is heard" 's/a->version == 3 && a->n_addrs == 0 && want->n_addrs > 0/false/'
wire "the owner's list is checked" 's/a->version == 2 && a->priority == 255/false/'
wire "the owner's list is not told" 's/return a->other_addrs ? VRRP_ACCEPTED : r;/a->other_addrs = false; return a->version == 2 \&\& a->priority == 255 ? VRRP_ACCEPTED : r;/'
wire "a family is as good as the other" 's/if (d->source.family != want->family || d->dest.family != want->family)/if (false)/'
wire "an IP header may be cut" 's/total > len/false/'
wire "any protocol is VRRP" 's/} else if (packet\[9\] != VRRP_IP_PROTO) {/} else if (false) {/'
wire "IP options are read as an advert" 's/size_t header = (size_t)(packet\[0\] & 0x0f) \* 4;/size_t header = 20;/'
for r in IP_HEADER PEER TTL VERSION LENGTH CHECKSUM TYPE VRID AUTH_INVALID AUTH_MISMATCH AUTH_DATA INTERVAL ADDRESSES HMAC_MISSING \
	HMAC_MALFORMED HMAC_KEY HMAC_INVALID HMAC_STALE REPLAY; do
	wire "$r is not counted" "s/case VRRP_REJECT_$r: return &c->.*/case VRRP_REJECT_$r: return NULL;/"
	wire "$r has no name" "s/case VRRP_REJECT_$r: return \".*/case VRRP_REJECT_$r: return \"?\";/"
done

# ---- signed adverts ----
ah() { mutant auth core/vrrp/ah.c "$@"; }
hmac() { mutant auth core/vrrp/hmac.c "$@"; }
ah "AH: the last number again" 's/return ah->n_heard < VRRP_AH_SENDERS \&\& !was_heard_from(ah, from);/return true;/'
ah "AH: two that count alike never hear each other" 's/return ah->n_heard < VRRP_AH_SENDERS \&\& !was_heard_from(ah, from);/return false;/'
ah "AH: a lower number" 's/return is_after(sequence, ah->sequence) ||/return true ||/'
ah "AH: who counts anew is never heard" 's/ || ah->used_at == 0 || now - ah->used_at > patience;/;/'
ah "AH: what we send is silence" '/^void vrrp_ah_next/,/^}/s/, now);/, ah->used_at);/'
ah "AH: a new life is not above the former" 's/#define CLOCK_UNIT (USEC_PER_SEC \/ 4)/#define CLOCK_UNIT USEC_PER_SEC/'
ah "AH: numbers do not go round" 's/return (int32_t)(a - b) > 0;/return a > b;/'
ah "AH: any digest will do" 's/CRYPTO_memcmp(icv, d->packet + ICV_AT, ICV_LEN) == 0/true/'
ah "AH: an advert without it will do" 's/if (!d->ah) {/if (!d->ah) return VRRP_ACCEPTED; if (false) {/'
ah "AH: not as keepalived has it" 's/if (!with_ttl)/if (true)/'
hmac "auth_hmac: any digest will do" 's/CRYPTO_memcmp(right, d->data + d->len - DIGEST_LEN, DIGEST_LEN) != 0/false/'
hmac "auth_hmac: the source is not covered" 's/memcpy(out + 4, b->source.bytes, addr_len(b->source.family));/;/'
hmac "auth_hmac: the VRID is not covered" 's/out\[2\] = b->vrid;/;/'
hmac "auth_hmac: an unsigned advert will do" 's/return c->mode == VRRP_HMAC_ENFORCE ? VRRP_REJECT_HMAC_MISSING : VRRP_ACCEPTED;/return VRRP_ACCEPTED;/'
hmac "auth_hmac: permissive is not" 's/return c->mode == VRRP_HMAC_ENFORCE ? VRRP_REJECT_HMAC_MISSING : VRRP_ACCEPTED;/return VRRP_REJECT_HMAC_MISSING;/'
hmac "auth_hmac: only the active key is taken" 's/const struct vrrp_hmac_key \*key = find_key(c, id);/const struct vrrp_hmac_key *key = find_key(c, c->active);/'
hmac "auth_hmac: no window" 's/return !c->monotonic \&\& \*off >/return false \&\& *off >/'
hmac "auth_hmac: a replay" 's/if (is_replay(h, c, &b->source, sequence, wall, now))/if (false)/'
hmac "auth_hmac: a clock set back is not followed" 's/h->sent = stranded || is_after/h->sent = is_after/'
hmac "auth_hmac: a mark of the future counts for ever" 's/if (c->monotonic)$/if (true)/'

# ---- sync groups, damping, tracking ----
group() { mutant group core/vrrp/group.c "$@"; }
damp() { mutant group core/vrrp/damp.c "$@"; }
track() { mutant track core/vrrp/track.c "$@"; }
group "one yields, the others do not" 's/return VRRP_GROUP_BACKUP;$/return VRRP_GROUP_NOTHING;/'
group "a late member is not followed" 's/ || r == VRRP_WHY_LATE;/;/'
group "a new member is not taken along" 's/if (!t->yielded)/if (false)/'
group "one wish is enough" 's/t->wants == n/t->wants > 0/'
group "a fault stays with its member" 's/return g->faulted ? VRRP_GROUP_FAULT : VRRP_GROUP_CLEAR;/return VRRP_GROUP_NOTHING;/'
group "a new member of a group in FAULT runs" 's/g->faulted && t->at_large ? VRRP_GROUP_FAULT/false ? VRRP_GROUP_FAULT/'
group "crossed priorities are never forgiven" 's/now - g->evidence_at > EVIDENCE_FORGOTTEN \* g->patience/false/'
group "a moment of disorder is crossed" 's/EVIDENCE_ENOUGH = 3/EVIDENCE_ENOUGH = 1/'
group "nobody waits where they are crossed" 's/g->hold_until = usec_add(now, 2 \* g->patience);/;/'
damp "falls are not counted" 's/return from == VRRP_MASTER || to == VRRP_FAULT;/return false;/'
damp "an orderly end is a fall" 's/if (to == VRRP_INIT || from == to)/if (from == to)/'
damp "a reload forgives" 's/d->penalty.milli = penalty_at(&d->penalty, &d->rule, now);/d->penalty.milli = 0;/'
mutant group core/base/penalty.c "time forgives nothing" '/^bool penalty_update/,/^}/s/suppressed = false/suppressed = true/'
mutant "fsm track" core/vrrp/prio.c "a priority of 255 by tracking" 's/p > 254 ? 254/p > 255 ? 255/'
mutant "fsm track" core/vrrp/prio.c "a priority of 0 by tracking" 's/p < 1 ? 1/p < 0 ? 0/'
mutant "fsm track" core/vrrp/prio.c "the owner is tracked" 's/if (base == 255)/if (false)/'
mutant track core/vrrp/prio.c "weight 0 takes nothing" 's/\*fault |= !up;/;/'
track "an unknown verdict faults" 's/out.wait = u->weight == 0 \&\& s->verdict == TRACK_UNKNOWN;/;/; s/\.up = s->verdict != TRACK_DOWN/.up = s->verdict == TRACK_UP/'
track "results in a row do not count" 's/c->verdict != TRACK_UNKNOWN \&\& c->in_row < needed/false/'
track "a good one between does not begin anew" '/if (says == c->verdict) {/,/}/s/c->in_row = 0;/;/'

[ $survivors = 0 ] || { echo "FAIL: $survivors survived"; exit 1; }
