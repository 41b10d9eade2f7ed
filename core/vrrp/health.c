/*
 * The fold of health.h. Owns nothing.
 */
#include "config.h"

#include "core/vrrp/health.h"

#include <stdio.h>
#include <string.h>

static unsigned causes_seen(const struct health_seen *s)
{
	unsigned raw = 0;

	if (s->late > HEALTH_LATE_AFTER)
		raw |= HEALTH_LATE;
	if (s->services && s->no_ipvs)
		raw |= HEALTH_NO_IPVS;
	if (s->netlink_age > HEALTH_NETLINK_AFTER)
		raw |= HEALTH_NETLINK;
	return raw;
}

bool health_look(struct health *h, const struct health_seen *s, usec_t now)
{
	unsigned raw = causes_seen(s), before = h->causes;

	for (unsigned i = 0; i < HEALTH_CAUSES; i++) {
		unsigned bit = 1u << i;

		if ((raw ^ h->raw) & bit)
			h->since[i] = now;
		if ((raw & bit) && now - h->since[i] >= HEALTH_BAD_FOR)
			h->causes |= bit;
		if (!(raw & bit) && now - h->since[i] >= HEALTH_GOOD_FOR)
			h->causes &= ~bit;
	}
	h->raw = raw;
	return h->causes != before;
}

const char *health_text(unsigned causes, char *buf, size_t size)
{
	static const char *const words[HEALTH_CAUSES] = {
		"probes run late", "the kernel's IPVS cannot be reached", "the kernel does not answer netlink requests",
	};
	size_t at = 0;

	buf[0] = '\0';
	for (unsigned i = 0; i < HEALTH_CAUSES && at < size; i++)
		if (causes & (1u << i))
			at += (size_t)snprintf(buf + at, size - at, "%s%s", at ? "; " : "", words[i]);
	return buf;
}
