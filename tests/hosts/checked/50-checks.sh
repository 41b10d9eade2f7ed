# Stream checks against real servers: nginx and openssl s_server behind TLS, a mail server with STARTTLS, an agent, a PING; what the
# rows say of each, how a certificate is judged, and what an agent's words do to a weight.
# shellcheck shell=bash disable=SC2034
lan_up
host node3 "${ADDR[node3]}/24"
D=$RUN/node3
C=$D/tls
CONF=$D/conf
mkdir -p "$C"

# ---- certificates ----
# leaf NAME SAN DAYS
leaf() {
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$C/$1.key" -subj "/CN=$1" -out "$C/$1.csr" &&
		openssl x509 -req -in "$C/$1.csr" -CA "$C/ca.pem" -CAkey "$C/ca.key" -CAcreateserial -days "$3" -out "$C/$1.pem" \
			-extfile <(echo "subjectAltName=$2")
}
{
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$C/ca.key" -out "$C/ca.pem" -subj "/CN=Test CA" -days 100
	leaf good DNS:www.example.net,IP:127.0.0.1 90
	leaf soon DNS:www.example.net 5
	leaf mail DNS:mail.example 90
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$C/self.key" -out "$C/self.pem" -subj "/CN=self" -days 100
} >"$OUT/$SCENARIO.openssl" 2>&1

# ---- servers ----
cat >"$D/nginx.conf" <<-END
	daemon off; master_process off; pid $D/nginx.pid; error_log stderr;
	events { worker_connections 512; }
	http {
	  access_log off;
	  client_body_temp_path $D; proxy_temp_path $D; fastcgi_temp_path $D; uwsgi_temp_path $D; scgi_temp_path $D;
	  default_type text/plain;
	  server { listen 127.0.0.1:8080; location / { return 200 "hello \$request_method \$http_x_check\n"; } location /busy { return 503; } }
	  server { listen 127.0.0.1:8443 ssl; ssl_certificate $C/good.pem; ssl_certificate_key $C/good.key;
	           location / { return 200 "for \$ssl_server_name\n"; } }
	  server { listen 127.0.0.1:8444 ssl; ssl_certificate $C/soon.pem; ssl_certificate_key $C/soon.key; location / { return 200; } }
	}
END
nginx_start() {
	ip netns exec "$NS-node3" nginx -e stderr -c "$D/nginx.conf" >>"$OUT/$SCENARIO.web" 2>&1 </dev/null &
	NGINX=$!
}
nginx_start
ip netns exec "$NS-node3" openssl s_server -accept 127.0.0.1:8445 -www -cert "$C/self.pem" -key "$C/self.key" >>"$OUT/$SCENARIO.web" 2>&1 </dev/null &
echo "50%" >"$D/agent"
ip netns exec "$NS-node3" "$TOP/tests/hosts/talkers.py" "$C/mail.pem" "$C/mail.key" "$D/agent" >>"$OUT/$SCENARIO.talkers" 2>&1 </dev/null &
listening() { [ "$(on node3 ss -Hltn | grep -cE ':(8080|8443|8444|8445|2525|8888|6379) ')" = 7 ]; }
check_soon "the servers listen" 10 listening

# ---- the file: one real server for each kind of check, so that each has a state of its own ----
N=0
# rs KIND PORT LINES...: 10.9.0.N, checked at 127.0.0.1:PORT
rs() {
	N=$((N + 1))
	printf 'real_server 10.9.0.%s 80 {\nweight 100\n%s {\nconnect_ip 127.0.0.1\nconnect_port %s\n' "$N" "$1" "$2"
	printf '%s\n' "${@:3}" '}' '}'
}
{
	printf 'global_defs {\nrouter_id node3\n}\nvirtual_server 172.25.0.200 80 {\nlvs_method DR\ndelay_loop 0.5\nconnect_timeout 2\nretry 0\nwarmup 0\n'
	rs TCP_CHECK 6379 'send "PING\r\n"' 'expect "^\+PONG"'                                                        # 1
	rs TCP_CHECK 8443 tls verify "verify_ca $C/ca.pem"                                                            # 2
	rs HTTP_GET 8080 'url {' 'method POST' 'body "a=b"' 'header "X-Check: yes"' 'regex "^hello POST yes$"' '}'    # 3
	rs HTTP_GET 8080 'url {' 'path /busy' '}'                                                                     # 4
	rs SSL_GET 8443 enable_sni verify "verify_ca $C/ca.pem" 'url {' 'virtualhost www.example.net' 'regex "^for www"' '}' # 5
	rs SSL_GET 8443 enable_sni verify "verify_ca $C/ca.pem" 'url {' 'virtualhost mail.example.net' '}'            # 6
	rs SSL_GET 8444 verify 'verify_name www.example.net' "verify_ca $C/ca.pem" 'verify_days 14' 'url {' '}'       # 7
	# s_server answers nobody any more after one who asked and went away before he was answered: these two have patience.
	rs SSL_GET 8445 'connect_timeout 30' 'http_protocol 1.1' 'url {' '}'                                          # 8
	rs SSL_GET 8445 'connect_timeout 30' verify 'url {' '}'                                                       # 9
	rs SMTP_CHECK 2525 'helo_name director.example'                                                               # 10
	rs SMTP_CHECK 2525 starttls verify "verify_ca $C/ca.pem" 'verify_name mail.example'                           # 11
	rs AGENT_CHECK 8888                                                                                           # 12
	echo '}'
} >"$CONF"

# state N STATE [TEXT]
server() { printf '.services[0].servers[] | select(.address == "10.9.0.%s" or (.name | contains("10.9.0.%s]")))' "$1" "$1"; }
state() { status_is node3 "[$(server "$1")][0] | .state == \"$2\" and (.reason | startswith(\"${3-}\"))" "[$(server "$1")][0] | [.state, .reason]"; }
weight() { status_is node3 "[$(server 12)][0] | .effective_weight == $1" "[$(server 12)][0]"; }

daemon_start node3 "$CONF"
check_soon "send and expect" 10 state 1 up
check_soon "a handshake only, verified by address" 10 state 2 up
check_soon "POST with a header and a body, a pattern" 10 state 3 up
check_soon "503" 10 state 4 down "status 503, expected 200-299"
check_soon "nginx by TLS, its certificate verified, SNI" 10 state 5 up
check_soon "another name" 10 state 6 down "name mismatch: certificate is for www.example.net, 127.0.0.1, not mail.example.net"
check_soon "a certificate that ends soon" 10 state 7 down "certificate expires 20"
check_soon "s_server, nobody looks at its certificate" 10 state 8 up
check_soon "s_server's own signature" 10 state 9 down "self-signed certificate"
check_soon "mail" 10 state 10 up
check_soon "mail with STARTTLS" 10 state 11 up
check_soon "the agent gives half of the weight" 10 weight 50
echo "drain" >"$D/agent"
check_soon "drain" 5 weight 0
echo "ready 10%" >"$D/agent"
check_soon "a tenth" 5 weight 10
echo "down#maintenance" >"$D/agent"
check_soon "the agent says down" 5 state 12 down "the agent says down: maintenance"
echo "up" >"$D/agent"
check_soon "up, with the whole weight" 5 weight 100

# A pattern that does not compile is a mistake in the file.
mark=$(log_mark node3)
cp "$CONF" "$D/good.conf"
sed -i 's/\^for www/[/' "$CONF"
daemon_hup node3
check_soon "a reload with a wrong pattern is refused" 5 log_has node3 "$mark" "pattern of 'regex' is wrong: missing terminating"
cp "$D/good.conf" "$CONF"

# A certificate that was renewed, and the checks' own files read again by the reload: no verdict is lost meanwhile.
cp "$C/good.pem" "$C/soon.pem"
cp "$C/good.key" "$C/soon.key"
kill -TERM "$NGINX"
wait "$NGINX"
nginx_start
check_soon "a renewed certificate" 10 state 7 up
mark=$(log_mark node3)
mv "$C/ca.pem" "$C/ca.was"
daemon_hup node3
kept() { log_has node3 "$mark" 'TLS files of checks are not read again.*ca.pem'; }
check_soon "a file of trust anchors is gone: said, the former one stays in use" 10 kept
check_soon "and the verdicts are as they were" 5 state 5 up

# A drain by the agent outlives kill -9: it holds from the next life's first moment, long before that has asked again.
echo "drain" >"$D/agent"
check_soon "drain again" 5 weight 0
daemon_kill9 node3
sed -i 's/warmup 0/warmup 60/' "$CONF"
daemon_start node3 "$CONF"
unasked() { status_is node3 "[$(server 12)][0] | .probe_weight == 0 and .reason == \"\"" "[$(server 12)][0]"; }
check_soon "a drain by the agent stands after kill -9, though the agent is not asked yet" 10 unasked
daemon_stop node3
check "no finding of the sanitizers" log_lacks node3 0 'Sanitizer|runtime error'
