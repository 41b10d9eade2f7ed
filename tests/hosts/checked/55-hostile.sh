# A backend that answers every kind of check damaged, cut, late, without end or not at all, asked by the sanitized daemon as often as it
# can, while the file changes again and again: it lives, what it holds stays bounded, and a good server beside it is never doubted.
# SEED=... for a run again, HOSTILE_SECONDS=... for a longer one.
# shellcheck shell=bash
# shellcheck source=tests/hosts/fast.sh
. "$TOP/tests/hosts/fast.sh"
lan_up
host node3 "${ADDR[node3]}/24"
host node4 "${ADDR[node4]}/24"
D=$RUN/node3
CONF=$D/conf
mkdir -p "$D"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$D/key.pem" -out "$D/cert.pem" -subj "/CN=hostile" -days 10 \
	-addext subjectAltName=DNS:hostile.test >"$OUT/$SCENARIO.openssl" 2>&1
seed=${SEED:-$(date +%s)}
ip netns exec "$NS-node4" "$TOP/tests/hosts/hostile.py" "${ADDR[node4]}" "$seed" "$D/cert.pem" "$D/key.pem" >"$OUT/$SCENARIO.hostile" 2>&1 </dev/null &
hostile_there() { grep -q there "$OUT/$SCENARIO.hostile"; }
check_soon "the backends are there" 10 hostile_there

# rs KIND PORT LINES...: 16 servers with this check, each a probe of its own by its patience.
N=0
rs() {
	local i
	for ((i = 0; i < 16; i++)); do
		N=$((N + 1))
		printf 'real_server 10.9.%d.%d 80 {\n%s {\nconnect_ip %s\nconnect_port %s\nanswer_timeout 0.%03d\n' $((N / 200)) $((N % 200 + 1)) "$1" \
			"${ADDR[node4]}" "$2" $((300 + i))
		printf '%s\n' "${@:3}" '}' '}'
	done
}
# file WORD: a service of bad servers and one of a good one; the word tells one file from the other.
file() {
	printf 'vrrp_instance FAST {\n%s\nvirtual_ipaddress {\n%s\n}\n}\n' "$FAST_ROUTER" "$FAST_VIP"
	printf 'virtual_server 172.25.0.200 80 {\nprotocol TCP\nlvs_method DR\ndelay_loop 0.05\nconnect_timeout 0.3\nretry 0\nwarmup 0.05\nrise 2\n'
	N=0
	rs TCP_CHECK 8080 'send "x\r\n\r\n"' 'expect "hel+o"' "$@"
	rs HTTP_GET 8080 'url {' 'path /' 'regex "^h.*o$"' '}' 'url {' 'method HEAD' '}'
	rs HTTP_GET 8080 keep_alive 'url {' 'digest 5d41402abc4b2a76b9719d911017c592' '}' 'url {' 'path /' '}' "$@"
	rs SSL_GET 8443 verify "verify_ca $D/cert.pem" 'verify_name hostile.test' 'url {' 'regex "hello"' '}'
	rs SSL_GET 8443 keep_alive tls_compliant 'url {' 'path /' '}' "$@"
	rs TCP_CHECK 8443 tls 'send "x\r\n"'
	rs SMTP_CHECK 2525 "$@"
	rs SMTP_CHECK 2525 starttls verify "verify_ca $D/cert.pem" 'verify_name hostile.test'
	rs AGENT_CHECK 8888 "$@"
	rs DNS_CHECK 53 'type A' 'name www.test' 'expect_address 10.0.0.1'
	rs DNS_CHECK 53 'transport tcp' 'type A' 'name www.test' "$@"
	rs UDP_CHECK 7 'payload 70696e67' 'require_reply 706f'
	printf '}\nvirtual_server 172.25.0.201 80 {\nprotocol TCP\nlvs_method DR\nreal_server 10.9.8.7 80 {\nHTTP_GET {\nconnect_ip %s\nconnect_port 8081\n' "${ADDR[node4]}"
	printf 'delay_loop 0.1\nwarmup 0\nconnect_timeout 3\nurl {\nregex "^hello$"\n}\n}\n}\n}\n'
}
file 'fall 2' >"$D/one"
file 'fall 3' >"$D/two"
cp "$D/one" "$CONF"
wire_start node3
daemon_start node3 "$CONF"
descriptors() { find "/proc/${DAEMON_PID[node3]}/fd" -mindepth 1 2>/dev/null | wc -l; }
# good EXPRESSION: of the row of the good server.
good() { status_is node3 ".services[1].servers[0] | $1" '.services[1].servers[0]'; }
all_ran() { status_is node3 '[.probes[] | select(.runs == 0)] | length == 0' '[.probes[] | select(.runs == 0) | .name]'; }
check_soon "every check has run" 20 all_ran
check_soon "the good server is up" 5 good '.state == "up"'
mark=$(log_mark node3)
end=$((SECONDS + ${HOSTILE_SECONDS:-6})) most=0 files=(two one) reloads=0
while [ $SECONDS -lt $end ]; do
	cp "$D/${files[reloads++ % 2]}" "$CONF"
	daemon_hup node3
	nap 0.5
	n=$(descriptors)
	[ "$n" -le $most ] || most=$n
done
note "seed $seed: $reloads reloads, at most $most descriptors, $(awk '/VmRSS/ { print $2 }' "/proc/${DAEMON_PID[node3]}/status") KiB"
check "seed $seed: it lives" kill -0 "${DAEMON_PID[node3]}"
check_soon "seed $seed: every check goes on" 10 all_ran
check "seed $seed: a good server beside all that was never doubted" good '.state == "up" and .failures == 0'
check "seed $seed: nor was its check late" log_lacks node3 "$mark" 'overdue|10\.9\.8\.7.*(failed|DOWN|down)'
check "seed $seed: descriptors are bounded" within "$most" 1 600
status node3 >"$OUT/$SCENARIO.status.json"
check "it ends in order" daemon_stop node3
check "seed $seed: no sanitizer has a word to say" log_lacks node3 0 'ERROR: |runtime error'
