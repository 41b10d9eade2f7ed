/*
 * The transport of handed-in descriptors (transport.h).
 *
 * net-snmp's own unix transport connects and sends on a blocking socket: a full backlog or a stopped snmpd then holds
 * the thread for ever, and if both sides wait in a send, snmpd is lost for all its clients. Here a send that does not
 * fit ends the connection (half a PDU on a stream cannot be taken back); the window of the notification queue keeps
 * that from happening while snmpd is well.
 */
#include "config.h"

#include <net-snmp/net-snmp-config.h>
#include <net-snmp/net-snmp-includes.h>

#include "agent/transport.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/oids.h"

static const oid transport_domain[] = { REGENT_ROOT, 3 };
static struct transport {
	struct bridge *bridge;
	netsnmp_tdomain domain;
	int fd; /* of the present connection, or -1 */
	bool linger;
	int limbo_fd; /* -1: none */
} self = { .fd = -1, .limbo_fd = -1 };

static char *transport_format(netsnmp_transport *t, const void *data, int len)
{
	(void)t, (void)data, (void)len;
	return strdup(TRANSPORT_ADDRESS);
}

static int transport_recv(netsnmp_transport *t, void *buf, int size, void **opaque, int *olen)
{
	ssize_t n;

	*opaque = NULL;
	*olen = 0;
	do
		n = recv(t->sock, buf, (size_t)size, MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	return (int)n;
}

static int transport_send(netsnmp_transport *t, const void *buf, int size, void **opaque, int *olen)
{
	ssize_t n;

	(void)opaque, (void)olen;
	do
		n = send(t->sock, buf, (size_t)size, MSG_NOSIGNAL | MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	if (n == size)
		return size;
	shutdown(t->sock, SHUT_RDWR);
	return -1;
}

/* The library closes when the session is over: a new descriptor will be needed. */
static int transport_close(netsnmp_transport *t)
{
	if (t->sock < 0)
		return -1;
	if (self.linger) {
		shutdown(t->sock, SHUT_WR);
		self.limbo_fd = t->sock;
	} else {
		close(t->sock);
	}
	self.linger = false;
	t->sock = -1;
	self.fd = -1;
	bridge_ask_snmpd(self.bridge);
	return 0;
}

/* The peer may have gone since the descriptor was made. */
static bool still_connected(int fd)
{
	char c;
	ssize_t n = recv(fd, &c, 1, MSG_PEEK | MSG_DONTWAIT);

	return n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR));
}

static netsnmp_transport *transport_open(netsnmp_tdomain_spec *spec)
{
	netsnmp_transport *t;
	int fd = bridge_take_snmpd(self.bridge);

	if (fd >= 0 && ((spec->flags & NETSNMP_TSPEC_LOCAL) || !still_connected(fd))) {
		close(fd);
		fd = -1;
		bridge_ask_snmpd(self.bridge);
	}
	if (fd < 0)
		return NULL;
	t = SNMP_MALLOC_TYPEDEF(netsnmp_transport);
	if (!t) {
		close(fd);
		return NULL;
	}
	t->domain = transport_domain;
	t->domain_length = OID_LENGTH(transport_domain);
	t->sock = self.fd = fd;
	t->flags = NETSNMP_TRANSPORT_FLAG_STREAM;
	t->msgMaxSize = SNMP_MAX_PACKET_LEN;
	t->f_recv = transport_recv;
	t->f_send = transport_send;
	t->f_close = transport_close;
	t->f_fmtaddr = transport_format;
	return t;
}

static netsnmp_transport *transport_from_oid(const void *o, size_t len, int local)
{
	(void)o, (void)len, (void)local;
	return NULL;
}

void transport_register(struct bridge *b)
{
	const char **prefix = calloc(2, sizeof(*prefix)); /* the library frees it */

	if (!prefix)
		return;
	prefix[0] = "regent";
	self.bridge = b;
	self.domain.name = transport_domain;
	self.domain.name_length = OID_LENGTH(transport_domain);
	self.domain.prefix = prefix;
	self.domain.f_create_from_tspec = transport_open;
	self.domain.f_create_from_ostring = transport_from_oid;
	netsnmp_tdomain_register(&self.domain);
}

bool transport_linger(void)
{
	transport_limbo_drop();
	self.linger = self.fd >= 0 && still_connected(self.fd);
	return self.linger;
}

int transport_limbo_fd(void)
{
	return self.limbo_fd;
}

void transport_limbo_drop(void)
{
	if (self.limbo_fd >= 0)
		close(self.limbo_fd);
	self.limbo_fd = -1;
}

enum transport_end transport_limbo_look(void)
{
	char answers[4096]; /* to requests that the library has given up */
	ssize_t n;

	do
		n = recv(self.limbo_fd, answers, sizeof(answers), MSG_DONTWAIT);
	while (n > 0 || (n < 0 && errno == EINTR));
	if (n < 0 && errno == EAGAIN)
		return TRANSPORT_OPEN;
	transport_limbo_drop();
	return n == 0 ? TRANSPORT_READ : TRANSPORT_UNREAD;
}

void transport_break(void)
{
	if (self.fd >= 0)
		shutdown(self.fd, SHUT_RDWR);
}
