#!/bin/bash
# What regentd says of files and of the language: statuses, forms, reports. Part of `make check`.
top=${srcdir:-.}
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
bad=0

is() { # is WHAT EXPECTED ACTUAL
	[ "$2" = "$3" ] && return
	echo "FAIL $1: expected '$2', got '$3'"
	bad=1
}

has() { # has WHAT PATTERN: in the last output
	grep -qE -- "$2" "$work/out" && return
	echo "FAIL $1: no '$2' in:"
	head -n 5 "$work/out"
	bad=1
}

run() { # run EXPECTED-STATUS ARGUMENT...
	local want=$1
	shift
	./regentd "$@" > "$work/out" 2> "$work/err"
	is "status of regentd $*" "$want" $?
}

# The interface that every host has would be refused by nobody here: adverts are not sent.
printf 'vrrp_instance A {\n\tinterface lo\n\tvirtual_router_id 1\n\tvirtual_ipaddress { 192.0.2.1 }\n}\n' > "$work/good"
printf 'vrrp_instance A {\n\tinterface lo\n\tvirtual_router_id 1\n\tvirtual_ipaddress { 192.0.2.1 }\n}\nglobal_defs {\n\tumask 022\n}\n' > "$work/warns"
printf '$P=300\nvrrp_instance A {\n\tinterface lo\n\tvirtual_router_id 1\n\tprioritee 3\n\tpriority $P\n}\n' > "$work/bad"

run 0 -t -f "$work/good"
is "a good file" valid "$(cat "$work/out" "$work/err")"
run 0 -t "$work/warns"
run 1 -t --strict "$work/warns"
run 2 -t "$work/bad"
cp "$work/err" "$work/out"
has "an error" "bad:5:2: error: unknown keyword 'prioritee' in vrrp_instance"
has "a caret" '^  	\^$'
has "a hint" "did you mean 'priority'"
has "where text was written" 'bad:1:4: note: the text was written here'
printf 'global_defs {\n\tnftables_priority %d\n}\nvrrp_instance A {\n\tinterface lo\n\tvirtual_router_id 1\n\tno_accept\n' 99 > "$work/fence"
printf '\tvirtual_ipaddress { 192.0.2.1 }\n}\nvirtual_server 192.0.2.1 80 {\n\tprotocol TCP\n\treal_server 192.0.2.9 80 {\n\t}\n}\n' >> "$work/fence"
run 1 -t --strict "$work/fence"
cp "$work/err" "$work/out"
has "no_accept in front of IPVS" 'fence:4:1: warning: no_accept of A drops what is for the virtual service'
sed -i s/99/100/ "$work/fence"
run 0 -t --strict "$work/fence"
mkdir "$work/etc"
echo '77 seven' > "$work/etc/rt_tables"
cat > "$work/keeps" <<-END
	global_defs {
		iproute_etc_dir $work/etc
		iproute_usr_dir $work/none
	}
	static_routes {
		10.2.0.0/16 via 192.0.2.1 table seven
		10.3.0.0/16 via 192.0.2.1 table eight
	}
	static_rules {
		from 10.0.0.0/8 suppress_ifgroup nobody table seven
	}
END
run 0 -t "$work/keeps"
cp "$work/err" "$work/out"
has "a table that no file names" "keeps:7:1: warning: 'eight' is no name that .*etc/rt_tables"
has "a group that no file names" "keeps:10:1: warning: 'nobody' is no name that .*etc/group"
is "and nothing else" 2 "$(grep -c warning: "$work/err")"
sed -i 's/table eight/table 8 encap mpls x/' "$work/keeps"
run 2 -t "$work/keeps"
cp "$work/err" "$work/out"
has "a route that means nothing" "keeps:7:1: error: the route means nothing: 'encap' wants"
run 3 -t "$work/none"
run 2 -t --color=always "$work/bad"
grep -q $'\033\[1;31m' "$work/err" || { echo "FAIL no colour"; bad=1; }
run 2 -t --diagnostics=json "$work/bad"
has "JSON" '"status": "errors"'
has "JSON" '"line": 5,'
run 0 -t --diagnostics=json "$work/good"
has "JSON" '"findings": \[\]'
run 3 -t --diagnostics=json "$work/none"
has "JSON" '"status": "unreadable"'
run 0 --print "$work/good"
cp "$work/out" "$work/printed"
run 0 --print "$work/printed"
cmp -s "$work/out" "$work/printed" || { echo "FAIL the print is not canonical"; bad=1; }
run 0 --report "$work/warns"
has "the report" "warns:7: 'umask' is accepted without effect: belongs to another build"
mkdir "$work/parts"
printf 'global_defs {\n}\n' > "$work/parts/a"
printf '$DIR=parts\n@here include parts/a\ninclude $DIR/a\ninclude parts/a\n' > "$work/includes"
run 0 --report -i here "$work/includes"
has "the report" "includes:2: 'include' is understood differently: its @ID is looked at"
has "the report" "includes:3: 'include' is understood differently: variables are put in"
is "an include as it stands" 0 "$(grep -c 'includes:4:' "$work/out")"
run 2 --report "$work/bad"
has "the report" 'bad:5: refused: unknown keyword'
run 0 --report "$work/good"
has "the report" 'nothing here is otherwise'
run 0 --report --schema
has "the count" '^ *[0-9]+ works$'
run 0 --explain virtual_router_id
has "explain" 'range:   1 to 255'
run 2 --explain prioritee
grep -q "did you mean 'priority'" "$work/err" || { echo "FAIL no hint for a wrong keyword"; bad=1; }
exit $bad
