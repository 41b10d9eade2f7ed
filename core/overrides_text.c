/*
 * The text of an override, one a line: family protocol address port fwmark server-address server-port weight wall by.
 * Pure. Version 1 of the format; "-" stands for no address.
 */
#include "config.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "core/base/text.h"
#include "core/overrides.h"

static unsigned family_number(uint8_t family)
{
	return family == AF_INET6 ? 6 : 4;
}

void override_format(const struct override *v, char *buf, size_t size)
{
	char a[ADDR_STRLEN], b[ADDR_STRLEN];
	const struct service_key *s = &v->key.service;

	snprintf(buf, size, "%u %u %s %u %u %s %u %d %lld %s", family_number(s->family), (unsigned)s->protocol,
	         addr_format(&s->addr, a), (unsigned)s->port, (unsigned)s->fwmark, addr_format(&v->key.server.addr, b),
	         (unsigned)v->key.server.port, (int)v->weight, (long long)v->wall, v->by);
}

static bool take_addr(const char *text, struct addr *out)
{
	if (strcmp(text, "-") == 0) {
		memset(out, 0, sizeof(*out));
		return true;
	}
	return addr_parse(text, out);
}

bool override_parse(const char *line, struct override *out)
{
	char a[ADDR_STRLEN], b[ADDR_STRLEN], by[32];
	unsigned family, protocol, port, mark, sport;
	int weight;
	long long wall;

	memset(out, 0, sizeof(*out));
	if (sscanf(line, "%u %u %63s %u %u %63s %u %d %lld %31[^\n]", &family, &protocol, a, &port, &mark, b, &sport, &weight,
	           &wall, by) != 10)
		return false;
	if ((family != 4 && family != 6) || protocol > 255 || port > 65535 || sport > 65535 || weight < 0 || weight > 65535)
		return false;
	out->key.service.family = family == 6 ? AF_INET6 : AF_INET;
	out->key.service.protocol = (uint8_t)protocol;
	out->key.service.port = (uint16_t)port;
	out->key.service.fwmark = mark;
	out->key.server.port = (uint16_t)sport;
	out->weight = weight;
	out->wall = wall;
	text_copy(out->by, sizeof(out->by), by);
	return take_addr(a, &out->key.service.addr) && take_addr(b, &out->key.server.addr) &&
	       addr_is_set(&out->key.server.addr) && (mark != 0) == !addr_is_set(&out->key.service.addr);
}
