# core/ipvs against this kernel's IPVS, compared with ipvsadm; each case of the program is one here.
# shellcheck shell=bash
log=$OUT/$SCENARIO.engine
"$BUILD/tests/hosts/ipvs_engine" >"$log" 2>&1
status=$?
note "$(grep -a -E 'longest item' "$log")"
while read -r name; do
	ok "$name"
done < <(sed -nE 's/^\[ +OK \] test_(.*)/\1/p' "$log")
while read -r name; do
	fail "$name" "$(grep -a -m 1 -B 1 -A 1 'error: Failure' "$log" | tr '\n' '|'); see $log"
done < <(sed -nE 's/^\[  FAILED  \] test_(.*)/\1/p' "$log" | sort -u)
[ $status -eq 0 ] || grep -qa '^\[  FAILED' "$log" || fail "the program ends" "status $status; see $log"
