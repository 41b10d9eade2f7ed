# Another namespace deletes 300 links in one request, under the kernel's own locks, while adverts go out every 0.1 s: none is late.
# shellcheck shell=bash
# shellcheck source=tests/hosts/fast.sh
. "$TOP/tests/hosts/fast.sh"
fast_up
# What holds a processor inside the kernel without a break makes everything on it late, a bare timer too. So the links are deleted on
# one processor, and daemon and control run on another: what is late there waited for a lock.
away=()
if [ "$(nproc)" -gt 1 ]; then
	WRAP=(taskset -c 0)
	away=(taskset -c 1)
fi
daemon_start node3 "$RUN/node3/conf"
wait_for 5 has_vip node3 $FAST_VIP
daemon_start node4 "$RUN/node4/conf"
peer_mark=$(log_mark node4)

ip netns add "$NS-links"
links_up() {
	for i in {1..300}; do
		echo "link add a$i group 77 type veth peer name b$i"
		echo "addr add 10.$((i / 250)).$((i % 250)).1/32 dev a$i"
		echo "link set a$i up"
	done | on links "${away[@]}" ip -batch -
}
links() { on links ip -o link show group 77 | wc -l; }
control_start 1000 120
t0=$(now_us)
for round in 1 2 3; do
	check "round $round: 300 links are made" links_up
	quiet=$(now_us)
	before() { sent_at_least node3 "$quiet" 10; }
	wait_for 5 before
	d0=$(now_us)
	check "round $round: one request deletes them" on links "${away[@]}" ip link delete group 77
	note "the request took $((($(now_us) - d0) / 1000)) ms"
	check "round $round: they are gone" [ "$(links)" = 0 ]
	deleted=$(now_us)
	after() { sent_at_least node3 "$deleted" 10; }
	wait_for 5 after
done
t1=$(now_us)
control_end
check "no advert is late" no_gap node3 "$t0" "$t1"
grid_of node3 $INTERVAL "$t0" "$t1"
say_grid
check "node3 stayed MASTER" fast_master
check "the peer never took over" peer_still node4 "$peer_mark"
