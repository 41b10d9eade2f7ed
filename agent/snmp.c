/*
 * The SNMP thread (snmp.h): set-up of the AgentX library, its loop, GET and GETNEXT, and sending of notifications.
 *
 * Facts that shape it, all measured: every administrative exchange (Open, Register, Ping, Close) waits for its answer
 * inside the library, six times a second by default: the session hook makes it one second, once. Without an empty
 * MIBDIRS the library opens every MIB file it finds. Retransmission on a stream makes copies: notifications are sent
 * once and settled by trapq.h. A registration that snmpd refuses as a duplicate (another agent not gone yet) is only
 * logged by the library, and never tried again: it ends the session.
 */
#include "config.h"

#include <net-snmp/net-snmp-config.h>
#include <net-snmp/net-snmp-includes.h>
#include <net-snmp/agent/net-snmp-agent-includes.h>
#include <net-snmp/agent/agent_callbacks.h>
#include <net-snmp/library/large_fd_set.h>

#include "agent/snmp.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "agent/mibs.h"
#include "agent/notification.h"
#include "agent/set.h"
#include "agent/transport.h"
#include "core/base/log.h"
#include "core/base/text.h"

/* The library's internal numbers for AgentX: version 1, and the Notify PDU (RFC 2741 section 6.2.10). */
enum { SNMP_AGENTX_VERSION = 0xc1, SNMP_AGENTX_NOTIFY = 12 };

/* Microseconds, for exchanges that the library waits for. Not less: a busy snmpd is not a dead one, and nobody but this
 * thread waits with it. */
#define SYNC_TIMEOUT (1000 * 1000L)
#define NOTIFY_TIMEOUT (3000 * 1000L)   /* for notifications, which nobody waits for */
#define PING_SECONDS 3
#define UPTIME_SLACK (50 * USEC_PER_MS)
#define ASK_AGAIN USEC_PER_SEC
#define LIMBO_PATIENCE (2 * USEC_PER_SEC) /* once snmpd talks again, its old connections are soon read */
#define ANSWER_PATIENCE (5 * USEC_PER_SEC)
#define STATS_PATIENCE (500 * USEC_PER_MS) /* snmpd waits for a second */
#define SERVED_MIBS 3

static struct snmp {
	struct bridge *bridge;
	netsnmp_session *session; /* NULL: not connected */
	struct wire_settings settings;
	struct mib_view *views[SERVED_MIBS];
	usec_t ask_at;
	usec_t limbo_by; /* until then the connection in limbo is waited for */
	usec_t up_since; /* CLOCK_MONOTONIC when sysUpTime was 0 */
	int asked_err; /* the last error told, so that it is told once */
	bool duplicate;
} self;

/* ---- values ---- */

static u_char value_asn(enum value_type t)
{
	static const u_char asn[] = {
		[VALUE_INTEGER] = ASN_INTEGER,     [VALUE_UNSIGNED] = ASN_GAUGE,   [VALUE_COUNTER32] = ASN_COUNTER,
		[VALUE_COUNTER64] = ASN_COUNTER64, [VALUE_TICKS] = ASN_TIMETICKS, [VALUE_OCTETS] = ASN_OCTET_STR,
		[VALUE_IPADDRESS] = ASN_IPADDRESS,
	};

	return asn[t];
}

static void set_value(netsnmp_variable_list *vb, const struct value *v)
{
	struct counter64 c = { .high = (u_long)(v->counter >> 32), .low = (u_long)(v->counter & UINT32_MAX) };
	long n = (long)v->number;

	if (v->type == VALUE_COUNTER64)
		snmp_set_var_typed_value(vb, value_asn(v->type), &c, sizeof(c));
	else if (v->type == VALUE_OCTETS || v->type == VALUE_IPADDRESS)
		snmp_set_var_typed_value(vb, value_asn(v->type), v->bytes, v->len);
	else
		snmp_set_var_typed_value(vb, value_asn(v->type), &n, sizeof(n));
}

static size_t to_oid(const struct oid_name *name, oid *out)
{
	for (size_t i = 0; i < name->len; i++)
		out[i] = name->sub[i];
	return name->len;
}

/* ---- requests ---- */

static void serve_get(const struct mib_view *v, const struct mib_env *env, netsnmp_agent_request_info *info,
                      netsnmp_request_info *r, const uint32_t *sub, size_t n)
{
	struct value value;

	switch (mib_get(v, env, sub, n, &value)) {
	case MIB_FOUND:
		set_value(r->requestvb, &value);
		break;
	case MIB_NO_INSTANCE:
		netsnmp_set_request_error(info, r, SNMP_NOSUCHINSTANCE);
		break;
	case MIB_NO_OBJECT:
		netsnmp_set_request_error(info, r, SNMP_NOSUCHOBJECT);
		break;
	}
}

/* Past the end the variable is left as it is: the library goes on to the next registration. */
static void serve_next(const struct mib_view *v, const struct mib_env *env, netsnmp_request_info *r,
                       const uint32_t *sub,
                       size_t n)
{
	struct oid_name name;
	struct value value;
	oid o[OID_MAX];

	if (!mib_next(v, env, sub, n, r->inclusive != 0, &name, &value))
		return;
	snmp_set_var_objid(r->requestvb, o, to_oid(&name, o));
	set_value(r->requestvb, &value);
}

/* sysUpTime is snmpd's and comes in hundredths of a second: a new guess counts only where snmpd's clock is another one,
 * or the same moment would have two time stamps. */
static usec_t up_since(void)
{
	usec_t guess = mono_now() - (usec_t)netsnmp_get_agent_uptime() * USEC_PER_CS;

	if (llabs(guess - self.up_since) > UPTIME_SLACK)
		self.up_since = guess;
	return self.up_since;
}

static void serve_reads(const struct mib_view *v, const struct snapshot *s, netsnmp_agent_request_info *info,
                        netsnmp_request_info *requests)
{
	struct mib_env env = { .snap = s, .up_since = up_since(), .now = mono_now() };

	bridge_trap_counts(self.bridge, &env.traps_sent, &env.traps_dropped);
	bridge_mail_stats(self.bridge, &env.mail);
	for (netsnmp_request_info *r = requests; r; r = r->next) {
		uint32_t sub[OID_MAX];
		size_t n = r->requestvb->name_length;

		if (r->processed || n > OID_MAX)
			continue;
		for (size_t i = 0; i < n; i++)
			sub[i] = (uint32_t)r->requestvb->name[i];
		if (info->mode == MODE_GET)
			serve_get(v, &env, info, r, sub, n);
		else
			serve_next(v, &env, r, sub, n);
	}
}

/* Rows that are counted when somebody asks: asked for before the snapshot is taken that they are read from. */
static void mind_stats(const struct mib_view *v, const netsnmp_agent_request_info *info, const netsnmp_request_info *requests)
{
	bool next = info->mode == MODE_GETNEXT;
	struct mib_env env = { .snap = NULL };
	struct snapshot *s;
	bool wanted = false;

	if (v != self.views[1] || (!next && info->mode != MODE_GET) || !bridge_stats_old(self.bridge, mono_now()))
		return;
	s = bridge_snapshot(self.bridge);
	env.snap = s;
	for (const netsnmp_request_info *r = requests; r && !wanted; r = r->next) {
		uint32_t sub[OID_MAX];
		size_t n = r->requestvb->name_length;

		for (size_t i = 0; i < n && n <= OID_MAX; i++)
			sub[i] = (uint32_t)r->requestvb->name[i];
		wanted = n <= OID_MAX && !r->processed && regent_mib_wants_stats(v, &env, next, sub, n);
	}
	snapshot_unref(s);
	if (wanted)
		bridge_want_stats(self.bridge, mono_now() + STATS_PATIENCE);
}

/* One PDU, one snapshot. */
static int serve(netsnmp_mib_handler *h, netsnmp_handler_registration *reg, netsnmp_agent_request_info *info,
                 netsnmp_request_info *requests)
{
	struct mib_view *v = reg->my_reg_void;
	struct snapshot *s;

	(void)h;
	mind_stats(v, info, requests);
	s = bridge_snapshot(self.bridge);
	if (!mib_view_update(v, s))
		netsnmp_request_set_error_all(requests, SNMP_ERR_RESOURCEUNAVAILABLE);
	else if (info->mode == MODE_GET || info->mode == MODE_GETNEXT)
		serve_reads(v, s, info, requests);
	else
		set_serve(self.bridge, v, info, requests);
	snapshot_unref(s);
	return SNMP_ERR_NOERROR;
}

static bool register_mib_root(const struct mib *m, struct mib_view **view)
{
	netsnmp_handler_registration *reg;
	oid root[OID_MAX];

	for (size_t i = 0; i < m->root_len; i++)
		root[i] = m->root[i];
	*view = mib_view_new(m);
	reg = *view ? netsnmp_create_handler_registration(m->name, serve, root, m->root_len, HANDLER_CAN_RWRITE) : NULL;
	if (!reg)
		return false;
	reg->my_reg_void = *view;
	if (self.settings.context[0])
		reg->contextName = strdup(self.settings.context);
	return netsnmp_register_handler(reg) == MIB_REGISTERED_OK;
}

/* ---- notifications ---- */

static int notify_answer(int op, netsnmp_session *session, int reqid, netsnmp_pdu *pdu, void *magic)
{
	uint64_t id = (uint64_t)(uintptr_t)magic;

	(void)session, (void)reqid, (void)pdu;
	if (op == NETSNMP_CALLBACK_OP_RECEIVED_MESSAGE)
		bridge_trap_answered(self.bridge, id);
	else if (op == NETSNMP_CALLBACK_OP_TIMED_OUT)
		bridge_trap_overdue(self.bridge, id, mono_now());
	else if (op == NETSNMP_CALLBACK_OP_SEND_FAILED)
		bridge_trap_failed(self.bridge, id);
	return 1;
}

static bool add_variable(netsnmp_pdu *pdu, const struct oid_name *name, const struct value *v)
{
	oid o[OID_MAX];
	netsnmp_variable_list *vb = snmp_pdu_add_variable(pdu, o, to_oid(name, o), ASN_NULL, NULL, 0);

	if (vb)
		set_value(vb, v);
	return vb != NULL;
}

static netsnmp_pdu *notify_pdu(const struct notification *n)
{
	static const oid up_time[] = { 1, 3, 6, 1, 2, 1, 1, 3, 0 }, trap_oid[] = { 1, 3, 6, 1, 6, 3, 1, 1, 4, 1, 0 };
	netsnmp_pdu *pdu = snmp_pdu_create(SNMP_AGENTX_NOTIFY);
	u_long uptime = netsnmp_get_agent_uptime();
	oid o[OID_MAX];
	size_t len = to_oid(&n->trap, o);

	if (!pdu)
		return NULL;
	snmp_pdu_add_variable(pdu, up_time, OID_LENGTH(up_time), ASN_TIMETICKS, &uptime, sizeof(uptime));
	snmp_pdu_add_variable(pdu, trap_oid, OID_LENGTH(trap_oid), ASN_OBJECT_ID, o, len * sizeof(oid));
	for (size_t i = 0; i < n->n; i++)
		if (!add_variable(pdu, &n->vars[i].name, &n->vars[i].value)) {
			snmp_free_pdu(pdu);
			return NULL;
		}
	pdu->version = SNMP_AGENTX_VERSION;
	pdu->sessid = self.session->sessid;
	if (self.settings.context[0]) {
		pdu->contextName = strdup(self.settings.context);
		pdu->contextNameLen = strlen(self.settings.context);
	}
	return pdu;
}

/* The library notes the session's timeout with each request that it sends. */
static bool notify_send(netsnmp_pdu *pdu, uint64_t id)
{
	long timeout = self.session->timeout;
	int sent;

	self.session->timeout = NOTIFY_TIMEOUT;
	sent = snmp_async_send(self.session, pdu, notify_answer, (void *)(uintptr_t)id);
	if (self.session)
		self.session->timeout = timeout;
	if (!sent)
		snmp_free_pdu(pdu);
	return sent != 0;
}

static void send_notifications(void)
{
	static struct notification n; /* too large for a stack's taste */
	struct trapq_send s;
	netsnmp_pdu *pdu;

	while (self.session && bridge_trap_next(self.bridge, mono_now(), &s)) {
		if (!notification_make(&s, &n)) {
			bridge_trap_answered(self.bridge, s.id); /* nothing to tell of it */
			continue;
		}
		pdu = notify_pdu(&n);
		if (!pdu || !notify_send(pdu, s.id)) {
			bridge_trap_failed(self.bridge, s.id);
			break;
		}
	}
}

/* ---- session ---- */

static int on_session_init(int major, int minor, void *server_arg, void *client_arg)
{
	netsnmp_session *s = server_arg;

	(void)major, (void)minor, (void)client_arg;
	if (s) {
		s->timeout = SYNC_TIMEOUT;
		s->retries = 0;
	}
	return 0;
}

static int on_connected(int major, int minor, void *server_arg, void *client_arg)
{
	(void)major, (void)minor, (void)client_arg;
	self.session = server_arg;
	self.asked_err = 0;
	self.limbo_by = mono_now() + LIMBO_PATIENCE;
	bridge_connected(self.bridge);
	log_notice("snmp", "connected to snmpd");
	return 0;
}

static int on_disconnected(int major, int minor, void *server_arg, void *client_arg)
{
	(void)major, (void)minor, (void)server_arg, (void)client_arg;
	if (!self.session)
		return 0;
	self.session = NULL;
	self.limbo_by = USEC_NEVER;
	bridge_disconnected(self.bridge, transport_linger());
	log_warn("snmp", "lost the connection to snmpd; trying again");
	return 0;
}

static int on_log(int major, int minor, void *server_arg, void *client_arg)
{
	const struct snmp_log_message *m = server_arg;
	size_t len = strcspn(m->msg, "\n");

	(void)major, (void)minor, (void)client_arg;
	if (len == 0)
		return 0;
	if (strstr(m->msg, "registering pdu failed")) {
		self.duplicate = true;
		log_warn("snmp", "snmpd refused our MIBs, another agent has them: %.*s", (int)len, m->msg);
		return 0;
	}
	log_info("snmp", "net-snmp: %.*s", (int)len, m->msg);
	return 0;
}

static void set_flags(void)
{
	netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_ALARM_DONT_USE_SIG, 1);
	netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DONT_PERSIST_STATE, 1);
	netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DONT_READ_CONFIGS, 1);
	netsnmp_ds_set_boolean(NETSNMP_DS_APPLICATION_ID, NETSNMP_DS_AGENT_NO_ROOT_ACCESS, 1);
	netsnmp_ds_set_boolean(NETSNMP_DS_APPLICATION_ID, NETSNMP_DS_AGENT_NO_CONNECTION_WARNINGS, 1);
}

static bool library_start(void)
{
	snmp_disable_log();
	netsnmp_register_loghandler(NETSNMP_LOGHANDLER_CALLBACK, LOG_DEBUG);
	snmp_register_callback(SNMP_CALLBACK_LIBRARY, SNMP_CALLBACK_LOGGING, on_log, NULL);
	snmp_register_callback(SNMP_CALLBACK_LIBRARY, SNMP_CALLBACK_SESSION_INIT, on_session_init, NULL);
	snmp_register_callback(SNMP_CALLBACK_APPLICATION, SNMPD_CALLBACK_INDEX_START, on_connected, NULL);
	snmp_register_callback(SNMP_CALLBACK_APPLICATION, SNMPD_CALLBACK_INDEX_STOP, on_disconnected, NULL);
	netsnmp_enable_subagent();
	set_flags();
	transport_register(self.bridge);
	init_agent("regent-agent");
	netsnmp_ds_set_string(NETSNMP_DS_APPLICATION_ID, NETSNMP_DS_AGENT_X_SOCKET, TRANSPORT_ADDRESS);
	netsnmp_ds_set_int(NETSNMP_DS_APPLICATION_ID, NETSNMP_DS_AGENT_AGENTX_PING_INTERVAL, PING_SECONDS);
	if (!register_mib_root(vrrp_mib(), &self.views[0]) || !register_mib_root(regent_mib(), &self.views[1]) ||
	    !register_mib_root(vrrpv3_mib(), &self.views[2])) {
		log_err("snmp", "cannot register our MIBs with the library; SNMP stays off");
		return false;
	}
	init_snmp("regent-agent"); /* connects */
	return true;
}

/* ---- the loop ---- */

/* A connection could not be had: say so once a reason, and ask again. */
static void mind_connection(usec_t now)
{
	int err;

	if (bridge_snmpd_failed(self.bridge, &err)) {
		if (err != self.asked_err)
			log_notice("snmp",
			           "cannot reach snmpd's AgentX socket %s: %s; trying again each second (snmpd.conf "
			           "needs \"master agentx\")", self.settings.agentx, strerror(err));
		self.asked_err = err;
		self.ask_at = now + ASK_AGAIN;
	}
	if (self.session || bridge_have_snmpd(self.bridge)) {
		self.ask_at = USEC_NEVER;
	} else if (self.ask_at == USEC_NEVER) {
		self.ask_at = now + ANSWER_PATIENCE; /* the transport has asked; an answer can get lost */
	} else if (now >= self.ask_at) {
		self.ask_at = now + ANSWER_PATIENCE;
		bridge_ask_snmpd(self.bridge);
	}
	if (self.duplicate) {
		self.duplicate = false;
		transport_break();
	}
}

/* The connection in limbo has ended, or hinders or keeps waiting for too long. */
static void mind_limbo(usec_t now)
{
	enum transport_end end;

	if (transport_limbo_fd() < 0)
		return;
	end = transport_limbo_look();
	if (end == TRANSPORT_OPEN && (now >= self.limbo_by || self.duplicate)) {
		transport_limbo_drop();
		end = TRANSPORT_UNREAD;
	}
	if (end != TRANSPORT_OPEN)
		bridge_limbo_end(self.bridge, end == TRANSPORT_READ);
}

static struct timeval to_timeval(usec_t t)
{
	return (struct timeval){ .tv_sec = t / USEC_PER_SEC, .tv_usec = t % USEC_PER_SEC };
}

static usec_t nap(usec_t now)
{
	usec_t at = usec_min(self.ask_at, now + 60 * USEC_PER_SEC);

	if (self.session)
		at = usec_min(at, bridge_trap_deadline(self.bridge, now));
	if (transport_limbo_fd() >= 0)
		at = usec_min(at, self.limbo_by);
	return usec_max(at - now, 0);
}

/* fd -1: nothing to watch. The new count of descriptors to look at. */
static int watch_too(netsnmp_large_fd_set *set, int fd, int n)
{
	if (fd < 0)
		return n;
	NETSNMP_LARGE_FD_SET((unsigned)fd, set);
	return n > fd ? n : fd + 1;
}

/* Sleep until the bridge, snmpd or a timer of the library wants something, and let the library do its part. */
static void library_turn(void)
{
	struct timeval wait = to_timeval(nap(mono_now()));
	int wake = bridge_wake_fd(self.bridge), n = wake + 1, block = 0;
	netsnmp_large_fd_set set;

	netsnmp_large_fd_set_init(&set, FD_SETSIZE);
	NETSNMP_LARGE_FD_ZERO(&set);
	snmp_select_info2(&n, &set, &wait, &block);
	n = watch_too(&set, wake, n);
	n = watch_too(&set, transport_limbo_fd(), n);
	if (netsnmp_large_fd_set_select(n, &set, NULL, NULL, &wait) > 0)
		snmp_read2(&set); /* looks at the library's own descriptors only */
	netsnmp_large_fd_set_cleanup(&set);
	bridge_wake_clear(self.bridge);
	snmp_timeout();
	run_alarms();
	netsnmp_check_outstanding_agent_requests();
}

/* Before the library runs there is only the bridge to wait for. */
static void bridge_turn(void)
{
	struct timeval wait = to_timeval(nap(mono_now()));
	int wake = bridge_wake_fd(self.bridge);
	fd_set set;

	FD_ZERO(&set);
	FD_SET(wake, &set);
	select(wake + 1, &set, NULL, NULL, &wait);
	bridge_wake_clear(self.bridge);
}

static bool wait_for_settings(void)
{
	while (!bridge_quitting(self.bridge)) {
		if (bridge_settings(self.bridge, &self.settings) && self.settings.snmp_on)
			return true;
		bridge_turn();
	}
	return false;
}

static bool wait_for_snmpd(void)
{
	self.ask_at = 0;
	while (!bridge_quitting(self.bridge)) {
		mind_connection(mono_now());
		if (bridge_have_snmpd(self.bridge))
			return true;
		bridge_turn();
	}
	return false;
}

void *snmp_thread(void *arg)
{
	self.bridge = arg;
	self.ask_at = USEC_NEVER;
	if (!wait_for_settings() || !wait_for_snmpd() || !library_start())
		return NULL;
	while (!bridge_quitting(self.bridge)) {
		library_turn();
		mind_limbo(mono_now());
		mind_connection(mono_now());
		send_notifications();
	}
	return NULL;
}
