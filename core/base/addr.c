/*
 * Network addresses as values. Owns nothing; relies on inet_pton(3)/inet_ntop(3), which accept exactly the textual
 * forms of RFC 4291 section 2.2 and dotted quads without leading zeros, and write the form of RFC 5952.
 */
#include "config.h"

#include "core/base/addr.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "core/base/text.h"

size_t addr_len(uint8_t family)
{
	switch (family) {
	case AF_INET:
		return 4;
	case AF_INET6:
		return 16;
	default:
		return 0;
	}
}

bool addr_parse(const char *text, struct addr *out)
{
	static const uint8_t families[] = { AF_INET, AF_INET6 };

	for (size_t i = 0; i < sizeof(families); i++) {
		memset(out, 0, sizeof(*out));
		if (inet_pton(families[i], text, out->bytes) == 1) {
			out->family = families[i];
			return true;
		}
	}
	memset(out, 0, sizeof(*out));
	return false;
}

/* One to three digits and nothing else; -1 otherwise. */
static int prefix_len_parse(const char *text)
{
	int len = 0;
	size_t n = strlen(text);

	if (n == 0 || n > 3 || strspn(text, "0123456789") != n)
		return -1;
	for (size_t i = 0; i < n; i++)
		len = len * 10 + (text[i] - '0');
	return len;
}

bool prefix_parse(const char *text, struct prefix *out)
{
	char host[ADDR_STRLEN];
	const char *slash = strchr(text, '/');
	size_t n = slash ? (size_t)(slash - text) : strlen(text);
	int max, len;

	memset(out, 0, sizeof(*out));
	if (n >= sizeof(host))
		return false;
	memcpy(host, text, n);
	host[n] = '\0';
	if (!addr_parse(host, &out->addr))
		return false;
	max = (int)addr_len(out->addr.family) * 8;
	len = slash ? prefix_len_parse(slash + 1) : max;
	if (len < 0 || len > max) {
		memset(out, 0, sizeof(*out));
		return false;
	}
	out->len = (uint8_t)len;
	return true;
}

const char *addr_format(const struct addr *a, char buf[static ADDR_STRLEN])
{
	if (addr_len(a->family) == 0 || !inet_ntop(a->family, a->bytes, buf, ADDR_STRLEN))
		text_copy(buf, ADDR_STRLEN, "-");
	return buf;
}

const char *prefix_format(const struct prefix *p, char buf[static ADDR_STRLEN])
{
	size_t n;

	addr_format(&p->addr, buf);
	n = strlen(buf);
	if (addr_is_set(&p->addr))
		text_append(buf, ADDR_STRLEN, &n, "/%u", p->len);
	return buf;
}

const char *endpoint_format(const struct endpoint *e, char buf[static ADDR_STRLEN])
{
	char host[ADDR_STRLEN];
	size_t n = 0;

	if (addr_is_set(&e->addr))
		text_append(buf, ADDR_STRLEN, &n, "[%s]:%u", addr_format(&e->addr, host), e->port);
	else
		text_copy(buf, ADDR_STRLEN, "-");
	return buf;
}

struct addr addr_v4(uint8_t a, uint8_t b, uint8_t c, uint8_t d)
{
	return (struct addr){ .family = AF_INET, .bytes = { a, b, c, d } };
}

struct addr addr_from_v4_be(uint32_t be)
{
	struct addr a = { .family = AF_INET };

	memcpy(a.bytes, &be, sizeof(be));
	return a;
}

uint32_t addr_v4_be(const struct addr *a)
{
	uint32_t be;

	memcpy(&be, a->bytes, sizeof(be));
	return be;
}

static int num_cmp(unsigned a, unsigned b)
{
	return (a > b) - (a < b);
}

int addr_cmp(const struct addr *a, const struct addr *b)
{
	int c = num_cmp(a->family, b->family);

	return c ? c : memcmp(a->bytes, b->bytes, sizeof(a->bytes));
}

int prefix_cmp(const struct prefix *a, const struct prefix *b)
{
	int c = addr_cmp(&a->addr, &b->addr);

	return c ? c : num_cmp(a->len, b->len);
}

int endpoint_cmp(const struct endpoint *a, const struct endpoint *b)
{
	int c = addr_cmp(&a->addr, &b->addr);

	return c ? c : num_cmp(a->port, b->port);
}

bool addr_is_loopback(const struct addr *a)
{
	static const uint8_t one[16] = { [15] = 1 };

	if (a->family == AF_INET)
		return a->bytes[0] == 127;
	return a->family == AF_INET6 && memcmp(a->bytes, one, sizeof(one)) == 0;
}

bool addr_is_multicast(const struct addr *a)
{
	if (a->family == AF_INET)
		return (a->bytes[0] & 0xf0) == 0xe0;
	return a->family == AF_INET6 && a->bytes[0] == 0xff;
}

bool addr_is_linklocal(const struct addr *a)
{
	if (a->family == AF_INET)
		return a->bytes[0] == 169 && a->bytes[1] == 254;
	return a->family == AF_INET6 && a->bytes[0] == 0xfe && (a->bytes[1] & 0xc0) == 0x80;
}

bool prefix_contains(const struct prefix *p, const struct addr *a)
{
	unsigned whole = p->len / 8, rest = p->len % 8;
	uint8_t mask = (uint8_t)(0xff00u >> rest);

	if (!addr_is_set(a) || a->family != p->addr.family)
		return false;
	if (memcmp(a->bytes, p->addr.bytes, whole) != 0)
		return false;
	return rest == 0 || ((a->bytes[whole] ^ p->addr.bytes[whole]) & mask) == 0;
}

socklen_t addr_to_sockaddr(const struct endpoint *e, struct sockaddr_storage *out)
{
	memset(out, 0, sizeof(*out));
	if (e->addr.family == AF_INET) {
		struct sockaddr_in *in = (struct sockaddr_in *)out;

		in->sin_family = AF_INET;
		in->sin_port = htons(e->port);
		memcpy(&in->sin_addr, e->addr.bytes, 4);
		return sizeof(*in);
	}
	if (e->addr.family == AF_INET6) {
		struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)out;

		in6->sin6_family = AF_INET6;
		in6->sin6_port = htons(e->port);
		memcpy(&in6->sin6_addr, e->addr.bytes, 16);
		return sizeof(*in6);
	}
	return 0;
}

bool addr_from_sockaddr(const struct sockaddr *sa, struct endpoint *out)
{
	memset(out, 0, sizeof(*out));
	if (sa->sa_family == AF_INET) {
		const struct sockaddr_in *in = (const struct sockaddr_in *)sa;

		out->addr.family = AF_INET;
		memcpy(out->addr.bytes, &in->sin_addr, 4);
		out->port = ntohs(in->sin_port);
		return true;
	}
	if (sa->sa_family == AF_INET6) {
		const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)sa;

		out->addr.family = AF_INET6;
		memcpy(out->addr.bytes, &in6->sin6_addr, 16);
		out->port = ntohs(in6->sin6_port);
		return true;
	}
	return false;
}
