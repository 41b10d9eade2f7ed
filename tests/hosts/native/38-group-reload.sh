# Sync groups at a reload: members that join one in FAULT, are made anew within it, or come from another; a group of another name.
# shellcheck shell=bash
# shellcheck source=tests/hosts/fast.sh
. "$TOP/tests/hosts/fast.sh"
# conf GROUP=MEMBERS...: ONE looks at t0, TWO and THREE at nothing; THREE is on $third.
third=ens33
conf() {
	local n i=51 g
	printf 'global_defs {\n router_id g\n vrrp_version 3\n}\n'
	for n in ONE TWO THREE; do
		i=$((i + 1))
		printf 'vrrp_instance %s {\n interface %s\n virtual_router_id %s\n advert_int 0.1\n' $n "$([ $n = THREE ] && echo $third || echo ens33)" $i
		[ $n != ONE ] || printf ' track_interface {\n  t0\n }\n'
		printf ' virtual_ipaddress {\n  10.9.%s.1/32\n }\n}\n' $i
	done
	for g in "$@"; do printf 'vrrp_sync_group %s {\n group {\n  %s\n }\n}\n' "${g%%=*}" "$(tr , ' ' <<<"${g#*=}")"; done
}
# states ONE TWO THREE
states() {
	local s
	s=$(status node3 | jq -r '[("ONE", "TWO", "THREE") as $n | .virtual_routers[] | select(.name == $n) | .state] | join(" ")')
	[ "$s" = "$*" ] || { echo "$s"; return 1; }
}
# becomes NAME CONF-ARGUMENTS -- STATES
becomes() {
	local name=$1 groups=()
	shift
	while [ "$1" != -- ]; do
		groups+=("$1")
		shift
	done
	shift
	conf "${groups[@]}" >"$RUN/node3/conf"
	daemon_hup node3
	check_soon "$name" 5 states "$@"
	check_stays "$name, for good" 1 states "$@"
}

lan_up
host node3 "${ADDR[node3]}/24"
ip -n "$NS-node3" link add ens34 type veth peer name far
ip -n "$NS-node3" link set ens34 up
ip -n "$NS-node3" link set far up
ip -n "$NS-node3" addr add 10.8.0.1/24 dev ens34
mkdir -p "$RUN/node3"
conf G=ONE,TWO >"$RUN/node3/conf"
daemon_start node3 "$RUN/node3/conf"
check_soon "the interface that one looks at is not there: the group is in FAULT, what is not in it runs" 8 states FAULT FAULT MASTER
becomes "a MASTER that joins a group in FAULT goes there" G=ONE,TWO,THREE -- FAULT FAULT FAULT
third=ens34
becomes "so does a member that is made anew" G=ONE,TWO,THREE -- FAULT FAULT FAULT
becomes "who goes to another group leaves the fault behind" A=TWO,THREE G=ONE -- FAULT MASTER MASTER
becomes "and finds it again" A=TWO G=ONE,THREE -- FAULT MASTER FAULT
becomes "in a group of another name too" H=ONE,TWO,THREE -- FAULT FAULT FAULT
becomes "again of another" G=ONE,TWO,THREE -- FAULT FAULT FAULT
ip -n "$NS-node3" link add t0 type veth peer name t1
ip -n "$NS-node3" link set t1 up
ip -n "$NS-node3" link set t0 up
check_soon "it holds together without a reload: all come home" 8 states MASTER MASTER MASTER
ip -n "$NS-node3" link set t0 down
check_soon "and all fall" 5 states FAULT FAULT FAULT
