#!/bin/bash
# What contrib/completion offers: every option and command that the programs have, and nothing that they have not.
src=${srcdir:-.}
bad=0
# offered NAME WORD...: what is offered for the last of the words after NAME.
offered() {
	local name=$1
	shift
	COMP_WORDS=("./$name" "$@")
	COMP_CWORD=$#
	COMPREPLY=()
	"_$name"
	[ ${#COMPREPLY[@]} -eq 0 ] || printf '%s\n' "${COMPREPLY[@]}" | sort | tr '\n' ' '
}
# want TEXT NAME WORD...
want() {
	local got
	got=$(offered "${@:2}")
	[ "$got" = "$1" ] || { echo "FAIL: ${*:2}: offered '$got', not '$1'"; bad=1; }
}
# shellcheck source=contrib/completion/regentctl
. "$src/contrib/completion/regentctl"
# shellcheck source=contrib/completion/regentd
. "$src/contrib/completion/regentd"

want 'restart ' regentctl re
want 'drain ' regentctl dr
want '--deadline ' regentctl --de
want 'all ' regentctl drain al # without a daemon only that word
want 'auto ' regentctl weight all 192.0.2.1:80 a
want '' regentctl --run-dir /nowhere status x
want '--state-dir --strict ' regentd --st
want '--explain ' regentd --ex
# Whatever an option takes as its argument, the last word is one that ends it: nothing is started, no file made.
for o in $(offered regentd -- | tr ' ' '\n' | grep '^--'); do
	./regentd "$o" --none --none 2>&1 | grep -q "unrecognized option '$o'" && { echo "FAIL: regentd does not know $o"; bad=1; }
done
exit $bad
