/*
 * The text of an override, one a line: family protocol address port fwmark server-address server-port, then
 * kind value wall until deadline by (version 2), or weight wall by (version 1). Pure. "-" stands for no address.
 */
#include "config.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "core/base/text.h"
#include "core/overrides.h"

#define WEIGHT_MAX 65535

const char *override_kind_name(enum override_kind k)
{
	static const char *const names[OVERRIDE_KINDS] = { "weight", "drain", "disable" };

	return (size_t)k < OVERRIDE_KINDS ? names[k] : "?";
}

static unsigned family_number(uint8_t family)
{
	return family == AF_INET6 ? 6 : 4;
}

void override_format(const struct server_key *key, enum override_kind kind, const struct override_part *p, char *buf, size_t size)
{
	char a[ADDR_STRLEN], b[ADDR_STRLEN];
	const struct service_key *s = &key->service;

	snprintf(buf, size, "%u %u %s %u %u %s %u %s %d %lld %lld %lld %s", family_number(s->family), (unsigned)s->protocol,
	         addr_format(&s->addr, a), (unsigned)s->port, (unsigned)s->fwmark, addr_format(&key->server.addr, b),
	         (unsigned)key->server.port, override_kind_name(kind), (int)p->value, (long long)p->wall, (long long)p->until,
	         (long long)p->deadline, p->by);
}

static bool take_addr(const char *text, struct addr *out)
{
	if (strcmp(text, "-") == 0) {
		memset(out, 0, sizeof(*out));
		return true;
	}
	return addr_parse(text, out);
}

/* The key; *rest is what follows it. */
static bool take_key(const char *line, struct server_key *key, const char **rest)
{
	char a[ADDR_STRLEN], b[ADDR_STRLEN];
	unsigned family, protocol, port, mark, sport;
	int used = 0;

	memset(key, 0, sizeof(*key));
	if (sscanf(line, "%u %u %63s %u %u %63s %u %n", &family, &protocol, a, &port, &mark, b, &sport, &used) != 7 || !used)
		return false;
	if ((family != 4 && family != 6) || protocol > 255 || port > 65535 || sport > 65535)
		return false;
	*rest = line + used;
	key->service.family = family == 6 ? AF_INET6 : AF_INET;
	key->service.protocol = (uint8_t)protocol;
	key->service.port = (uint16_t)port;
	key->service.fwmark = mark;
	key->server.port = (uint16_t)sport;
	return take_addr(a, &key->service.addr) && take_addr(b, &key->server.addr) && addr_is_set(&key->server.addr) &&
	       (mark != 0) == !addr_is_set(&key->service.addr);
}

static bool take_kind(const char *name, enum override_kind *kind)
{
	for (enum override_kind k = 0; k < OVERRIDE_KINDS; k++)
		if (strcmp(name, override_kind_name(k)) == 0) {
			*kind = k;
			return true;
		}
	return false;
}

bool override_parse(const char *line, unsigned version, struct server_key *key, enum override_kind *kind,
                    struct override_part *out)
{
	char name[16] = "weight", by[32];
	long long wall, until = 0, deadline = 0;
	const char *rest;
	int value, n;

	memset(out, 0, sizeof(*out));
	if (!take_key(line, key, &rest))
		return false;
	if (version == 1)
		n = sscanf(rest, "%d %lld %31[^\n]", &value, &wall, by) + 3;
	else
		n = sscanf(rest, "%15s %d %lld %lld %lld %31[^\n]", name, &value, &wall, &until, &deadline, by);
	if (n != 6 || !take_kind(name, kind) || until < 0 || deadline < 0)
		return false;
	if (value < 0 || value > (*kind == OVERRIDE_WEIGHT ? WEIGHT_MAX : 1))
		return false;
	out->on = true;
	out->value = value;
	out->wall = wall;
	out->until = until;
	out->deadline = deadline;
	text_copy(out->by, sizeof(out->by), by);
	return true;
}
