# What a reload would change, asked of the running daemon, under ASan and UBSan: told whole, to root alone, and nothing is changed.
# shellcheck shell=bash
# shellcheck source=tests/hosts/fast.sh
. "$TOP/tests/hosts/fast.sh"
fast_up
conf=$RUN/node3/conf new=$RUN/node3/new
printf 'virtual_server %s 80 {\n protocol TCP\n lb_kind DR\n real_server 172.25.0.33 80 {\n TCP_CHECK {\n warmup 0\n }\n }\n}\n' $FAST_VIP >>"$conf"
cp "$conf" "$new"
plan() { on node3 "$BUILD/regentd" --plan "$@" --run-dir "$RUN/node3/run"; }
status_of() { "$@" >/dev/null 2>&1; echo $?; }

check "without a daemon: no answer, status 4" [ "$(status_of plan "$conf")" = 4 ]
check "and what to do is said" grep -q 'no regentd runs there: start it' <<<"$(plan "$conf" 2>&1)"

daemon_start node3 "$conf"
wait_for 8 has_vip node3 $FAST_VIP
sock=$RUN/node3/run/plan.sock
check "the socket is root's alone" [ "$(stat -c '%U %a' "$sock")" = 'root 600' ]
check "the same file: nothing would change" [ "$(plan "$conf")" = 'nothing would change' ]

sed -i "s/priority 150/priority 140/; s/172.25.0.201\$/&\n        172.25.0.202/; s/real_server 172.25.0.33 80 {/&\n weight 7/" "$new"
# What would be seen of a change: rows but for what time, and a daemon that is slow since it is traced, change in them; addresses, events.
rows() {
	status node3 | jq -S '[.virtual_routers, .services, .probes, .events]
		| del(.. | .runs?, .latency_us?, .last_run?, .adverts_sent?, .garps_sent?, .announce_doubts?)'
}
addresses() { on node3 ip -o addr show; }
# Nobody answers the check, which comes again a minute later, and a director without IPVS is ill: then nothing happens by itself.
settled() { status_is node3 '.services[0].servers[0].state == "down" and .virtual_routers[0].priority == 100'; }
check_soon "all that comes by itself has come" 10 settled
nap 0.5
before_rows=$(rows) before_addresses=$(addresses) mark=$(log_mark node3)
trace=$OUT/$SCENARIO.trace
ip netns exec "$NS-node3" strace -f -p "${DAEMON_PID[node3]}" -e trace=network,openat,unlink,mkdir -o "$trace" 2>"$trace.said" &
tracer=$!
attached() { grep -q attached "$trace.said"; }
wait_for 5 attached
told=$(plan "$new")
nap 0.3
kill $tracer
wait $tracer 2>/dev/null
check "the priority is told, from what to what" grep -qE '^changed +vrrp_instance +FAST \(ens33/52/ipv4\) +priority 150 -> 140$' <<<"$told"
check "the address" grep -qE '^added +virtual_ipaddress +172.25.0.202/32 +FAST' <<<"$told"
check "the server" grep -qE '^changed +real_server +\[172.25.0.33\]:80 +\[172.25.0.201\]:tcp:80 +weight 1 -> 7$' <<<"$told"
check "and how many in all" grep -qx '3 changes: vrrp_instance +0 -0 ~1, virtual_ipaddress +1 -0 ~0, real_server +0 -0 ~1' <<<"$told"
check "as JSON" jq -e '.changes | length == 3 and .[0].what == "priority 150 -> 140" and .[1].change == "added"' <<<"$(plan "$new" --json)"
check "rows and events are as before" [ "$(rows)" = "$before_rows" ]
check "so are the addresses" [ "$(addresses)" = "$before_addresses" ]
# Where the kernel has no IPVS, the daemon asks every few seconds whether it has come: that is not the plan's question.
check "nothing was asked of the kernel: no netlink, no socket, no file" \
	[ -z "$(grep -E 'send(to|msg)\(.*nlmsg_type|openat\(|unlink\(|mkdir\(|(socket|bind)\(' "$trace" | grep -vE 'SOCK_STREAM|nlmsg_type=nlctrl')" ]
check "the question did reach it" grep -q 'recvmsg.*SCM_RIGHTS' "$trace"
check "it is no reload" log_lacks node3 "$mark" 'Reload'

sed -i 's/priority 140/prioritee 140/' "$new"
check "a file with errors is not asked about: status 2" [ "$(status_of plan "$new")" = 2 ]
check "and its errors are told" grep -q "did you mean 'priority'" <<<"$(plan "$new" 2>&1)"
check "a file that is not there: status 3" [ "$(status_of plan "$RUN/none")" = 3 ]

as_nobody() { on node3 setpriv --reuid nobody --regid nogroup --clear-groups "$@"; }
check "another user is turned away, status 4" [ "$(chmod -R a+rX "$RUN"; status_of as_nobody "$BUILD/regentd" --plan "$conf" --run-dir "$RUN/node3/run")" = 4 ]

# Clients that say nothing, or nonsense: each costs its place for some seconds, none more, and no descriptor.
open_files() { find "/proc/${DAEMON_PID[node3]}/fd" | wc -l; }
open_before=$(open_files)
on node3 python3 - "$sock" "$OUT/$SCENARIO.clients" <<'END' &
import array, fcntl, os, select, socket, sys, time
def connect():
    s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    s.connect(sys.argv[1])
    return s
def closed(s, within):
    s.settimeout(within)
    try:
        return s.recv(1) == b""
    except ConnectionResetError:
        return True
    except TimeoutError:
        return False
def send(s, data, fds=()):
    s.sendmsg([data], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))] if fds else [])
good = (1).to_bytes(4, sys.byteorder)
out = []
s = connect(); send(s, good); out.append(("no descriptor", closed(s, 3)))
s = connect(); send(s, b"x" * 60000, [0]); out.append(("too long", closed(s, 3)))
s = connect(); send(s, (7).to_bytes(4, sys.byteorder), [0]); out.append(("another version", closed(s, 3)))
r, w = os.pipe()
s = connect(); send(s, good, [r, w, r]); out.append(("three descriptors", closed(s, 3)))
s = connect(); send(s, good, [r, w]); out.append(("two descriptors", closed(s, 3)))
s = connect(); send(s, b"", [r]); out.append(("half of it", closed(s, 3)))
s = connect(); send(s, good, [r]); s.settimeout(3); out.append(("a pipe is refused", len(s.recv(64)) == 4))
m = os.memfd_create("open", os.MFD_ALLOW_SEALING)
s = connect(); send(s, good, [m]); s.settimeout(3); out.append(("an open file is refused", len(s.recv(64)) == 4))
d = os.open("/", os.O_RDONLY)
s = connect(); send(s, good, [d]); s.settimeout(3); out.append(("a folder is refused", len(s.recv(64)) == 4))
h = os.memfd_create("huge", os.MFD_ALLOW_SEALING)
os.ftruncate(h, 1 << 40)
fcntl.fcntl(h, fcntl.F_ADD_SEALS, 15)
s = connect(); send(s, good, [h]); s.settimeout(3); out.append(("a terabyte is refused", len(s.recv(64)) == 4))
for _ in range(20): # gone before they are answered
    m = os.memfd_create("gone", os.MFD_ALLOW_SEALING)
    os.write(m, b"vrrp_script a { script true }" * 1000)
    fcntl.fcntl(m, fcntl.F_ADD_SEALS, 15)
    try:
        s = connect(); send(s, good, [m]); s.close()
    except OSError: # the places are taken: that is an answer, too
        pass
    os.close(m)
def kept(): # of a hundred, before the silent are sent away; who came before them may hold a place yet
    many = [connect() for _ in range(100)]
    gone = select.poll()
    for s in many:
        gone.register(s, select.POLLIN)
    end, n = time.monotonic() + 2, 0
    while n < 96 and time.monotonic() < end:
        n = len(gone.poll(100))
    time.sleep(0.1)
    n = len(gone.poll(0))
    for s in many:
        s.close()
    return 100 - n
out.append(("of a hundred at once all but four are turned away", any(kept() == 4 or time.sleep(0.5) for _ in range(5))))
def silent(): # who came before may hold a place of theirs yet
    start = time.monotonic()
    idle = [connect() for _ in range(4)]
    fifth = connect()
    return closed(fifth, 3), all(closed(i, 10) for i in idle) and time.monotonic() - start > 2
time.sleep(0.5)
turned, sent = silent()
out.append(("a fifth is turned away", turned))
out.append(("the silent are sent away", sent))
with open(sys.argv[2], "w") as f:
    f.writelines(f"{'ok' if good else 'bad'} {what}\n" for what, good in out)
END
wait $!
check "nonsense and silence are sent away" [ "$(grep -c '^ok ' "$OUT/$SCENARIO.clients")" = 13 ] || cat "$OUT/$SCENARIO.clients"
same_files() { [ "$(open_files)" -le "$open_before" ]; } # a client of before may have been there when they were counted
check_soon "none of it costs a descriptor" 5 same_files
check "who asks after them is answered" [ "$(plan "$conf")" = 'nothing would change' ]

# A large file, asked about while reloads go on.
cp "$conf" "$new"
awk 'BEGIN { for (i = 0; i < 2000; i++) printf "virtual_server 10.%d.%d.1 80 {\n protocol TCP\n real_server 10.200.0.1 80 {\n }\n real_server 10.200.0.2 80 {\n }\n}\n", i / 250, i % 250 }' >>"$new"
for i in {1..4}; do daemon_hup node3; plan "$new" --json >"$OUT/$SCENARIO.large.$i" & nap 0.2; done
wait $!
check "two thousand services are told" jq -e '[.changes[] | select(.object == "virtual_server")] | length == 2000' "$OUT/$SCENARIO.large.4"
plan "$new" --json >"$OUT/$SCENARIO.last" 2>&1 & # it ends meanwhile: an answer, or word that there is none
last=$!
kill -TERM "${DAEMON_PID[node3]}"
check_soon "it ends" 4 daemon_gone node3
wait $last
check "who asked meanwhile is not left waiting" [ $? -le 4 ]
check "and takes its socket along" [ ! -e "$sock" ]
check "no finding of the sanitizers" log_lacks node3 0 'Sanitizer|runtime error'
