/*
 * Orders and names of the stable keys. Owns nothing; the names follow what keepalived writes to its log, because
 * sites grep for them.
 */
#include "config.h"

#include "core/base/key.h"

#include <netinet/in.h>
#include <string.h>

#include "core/base/text.h"

static int num_cmp(uint32_t a, uint32_t b)
{
	return (a > b) - (a < b);
}

/* The first comparison that decides. */
static int first_nonzero(const int *c, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (c[i])
			return c[i];
	return 0;
}

int vr_key_cmp(const struct vr_key *a, const struct vr_key *b)
{
	const int c[] = {
		strncmp(a->ifname, b->ifname, KEY_IFNAME),
		num_cmp(a->vrid, b->vrid),
		num_cmp(a->family, b->family),
		addr_cmp(&a->where, &b->where),
	};

	return first_nonzero(c, sizeof(c) / sizeof(c[0]));
}

int service_key_cmp(const struct service_key *a, const struct service_key *b)
{
	const int c[] = {
		num_cmp(a->family, b->family),
		num_cmp(a->fwmark, b->fwmark),
		num_cmp(a->protocol, b->protocol),
		addr_cmp(&a->addr, &b->addr),
		num_cmp(a->port, b->port),
	};

	return first_nonzero(c, sizeof(c) / sizeof(c[0]));
}

int server_key_cmp(const struct server_key *a, const struct server_key *b)
{
	int c = service_key_cmp(&a->service, &b->service);

	return c ? c : endpoint_cmp(&a->server, &b->server);
}

int probe_key_cmp(const struct probe_key *a, const struct probe_key *b)
{
	const int c[] = {
		num_cmp(a->kind, b->kind),
		endpoint_cmp(&a->target, &b->target),
		memcmp(a->recipe, b->recipe, sizeof(a->recipe)),
	};

	return first_nonzero(c, sizeof(c) / sizeof(c[0]));
}

const char *probe_kind_name(enum probe_kind k)
{
	switch (k) {
	case PROBE_NONE:
		return "NONE";
	case PROBE_TCP:
		return "TCP_CHECK";
	case PROBE_HTTP:
		return "HTTP_GET";
	case PROBE_SSL:
		return "SSL_GET";
	case PROBE_SMTP:
		return "SMTP_CHECK";
	case PROBE_DNS:
		return "DNS_CHECK";
	case PROBE_UDP:
		return "UDP_CHECK";
	case PROBE_PING:
		return "PING_CHECK";
	case PROBE_MISC:
		return "MISC_CHECK";
	case PROBE_FILE:
		return "FILE_CHECK";
	case PROBE_BFD:
		return "BFD_CHECK";
	case PROBE_AGENT:
		return "AGENT_CHECK";
	}
	return "?";
}

const char *protocol_name(uint8_t protocol)
{
	switch (protocol) {
	case IPPROTO_TCP:
		return "tcp";
	case IPPROTO_UDP:
		return "udp";
	case IPPROTO_SCTP:
		return "sctp";
	default:
		return "?";
	}
}

static const char *trio_format(const struct addr *a, uint8_t protocol, uint16_t port, char buf[static KEY_STRLEN])
{
	char host[ADDR_STRLEN];
	size_t n = 0;

	text_append(buf, KEY_STRLEN, &n, "[%s]:%s:%u", addr_format(a, host), protocol_name(protocol), port);
	return buf;
}

const char *service_key_format(const struct service_key *k, char buf[static KEY_STRLEN])
{
	size_t n = 0;

	if (k->fwmark == 0)
		return trio_format(&k->addr, k->protocol, k->port, buf);
	text_append(buf, KEY_STRLEN, &n, "FWM %u%s", k->fwmark, k->family == AF_INET6 ? " ipv6" : "");
	return buf;
}

const char *server_key_format(const struct server_key *k, char buf[static KEY_STRLEN])
{
	char host[ADDR_STRLEN];

	if (k->service.fwmark == 0)
		return trio_format(&k->server.addr, k->service.protocol, k->server.port, buf);
	text_copy(buf, KEY_STRLEN, endpoint_format(&k->server, host));
	return buf;
}

const char *probe_key_format(const struct probe_key *k, char buf[static KEY_STRLEN])
{
	char target[ADDR_STRLEN];
	size_t n = 0;

	text_append(buf, KEY_STRLEN, &n, "%s %s #", probe_kind_name(k->kind), endpoint_format(&k->target, target));
	for (size_t i = 0; i < sizeof(k->recipe); i++)
		text_append(buf, KEY_STRLEN, &n, "%02x", k->recipe[i]);
	return buf;
}

const char *vr_key_format(const struct vr_key *k, char buf[static KEY_STRLEN])
{
	char where[ADDR_STRLEN];
	size_t n = 0;

	text_append(buf, KEY_STRLEN, &n, "%.*s/%u/%s", KEY_IFNAME, k->ifname, k->vrid,
	            k->family == AF_INET6 ? "ipv6" : "ipv4");
	if (addr_is_set(&k->where))
		text_append(buf, KEY_STRLEN, &n, "/%s", addr_format(&k->where, where));
	return buf;
}
