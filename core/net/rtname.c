/*
 * Numbers and well-known names of rtname.h, from linux/rtnetlink.h. Pure.
 */
#include "config.h"

#include "core/net/rtname.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <linux/rtnetlink.h>

#include "core/base/text.h"

struct known {
	enum rt_kind kind;
	const char *name;
	uint32_t number;
};

static const struct known known[] = {
	{ RT_TABLE, "main", RT_TABLE_MAIN },       { RT_TABLE, "local", RT_TABLE_LOCAL },
	{ RT_TABLE, "default", RT_TABLE_DEFAULT }, { RT_PROTOCOL, "redirect", RTPROT_REDIRECT },
	{ RT_PROTOCOL, "kernel", RTPROT_KERNEL },  { RT_PROTOCOL, "boot", RTPROT_BOOT },
	{ RT_PROTOCOL, "static", RTPROT_STATIC },  { RT_PROTOCOL, "gated", RTPROT_GATED },
	{ RT_PROTOCOL, "ra", RTPROT_RA },          { RT_PROTOCOL, "zebra", RTPROT_ZEBRA },
	{ RT_PROTOCOL, "bird", RTPROT_BIRD },      { RT_PROTOCOL, "dhcp", RTPROT_DHCP },
	{ RT_PROTOCOL, "keepalived", RTPROT_KEEPALIVED },
	{ RT_SCOPE, "global", RT_SCOPE_UNIVERSE }, { RT_SCOPE, "universe", RT_SCOPE_UNIVERSE },
	{ RT_SCOPE, "site", RT_SCOPE_SITE },       { RT_SCOPE, "link", RT_SCOPE_LINK },
	{ RT_SCOPE, "host", RT_SCOPE_HOST },       { RT_SCOPE, "nowhere", RT_SCOPE_NOWHERE },
	{ RT_REALM, "cosmos", 0 },                 { RT_GROUP, "default", 0 },
};

const char *rt_kind_file(enum rt_kind kind)
{
	static const char *const files[] = { "rt_tables", "rt_protos", "rt_scopes", "rt_realms", "rt_dsfield", "group" };

	return files[kind];
}

static uint32_t kind_max(enum rt_kind kind)
{
	switch (kind) {
	case RT_TABLE:
	case RT_GROUP:
		return UINT32_MAX;
	case RT_REALM:
		return UINT16_MAX;
	default:
		return UINT8_MAX;
	}
}

bool rt_number(const char *text, uint32_t max, uint32_t *out)
{
	unsigned long long n;
	char *end;

	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	n = strtoull(text, &end, 0);
	if (errno || *end || n > max)
		return false;
	*out = (uint32_t)n;
	return true;
}

bool rt_name_set(enum rt_kind kind, const char *text, struct rt_name *out)
{
	memset(out, 0, sizeof(*out));
	/* iproute2 reads services in hexadecimal, with 0x or without */
	if (kind == RT_DSFIELD && strncmp(text, "0x", 2) != 0) {
		char *end;
		unsigned long n = strtoul(text, &end, 16);

		if (*text && !*end && n <= UINT8_MAX) {
			out->number = (uint32_t)n;
			return true;
		}
	}
	if (rt_number(text, kind_max(kind), &out->number))
		return true;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (known[i].kind == kind && strcmp(known[i].name, text) == 0) {
			out->number = known[i].number;
			return true;
		}
	}
	return *text && (*text < '0' || *text > '9') && text_copy(out->name, sizeof(out->name), text);
}
