/*
 * Object identifiers: order, parts of an index, text. Pure.
 */
#include "config.h"

#include "agent/oids.h"

#include <stdlib.h>
#include <string.h>

int oid_cmp(const uint32_t *a, size_t na, const uint32_t *b, size_t nb)
{
	size_t n = na < nb ? na : nb;

	for (size_t i = 0; i < n; i++)
		if (a[i] != b[i])
			return a[i] < b[i] ? -1 : 1;
	return (na > nb) - (na < nb);
}

bool oid_begins_with(const uint32_t *o, size_t n, const uint32_t *prefix, size_t np)
{
	return n >= np && memcmp(o, prefix, np * sizeof(*o)) == 0;
}

bool oid_parse(const char *text, struct oid_name *out)
{
	oid_clear(out);
	if (*text == '.')
		text++;
	while (*text) {
		char *end;
		unsigned long v;

		if (*text < '0' || *text > '9')
			return false;
		v = strtoul(text, &end, 10);
		if (v > UINT32_MAX || (*end && *end != '.') || (*end == '.' && !end[1]))
			return false;
		oid_add(out, (uint32_t)v);
		text = *end ? end + 1 : end;
	}
	return out->len > 0 && !out->bad;
}

void oid_clear(struct oid_name *o)
{
	o->len = 0;
	o->bad = false;
}

void oid_add(struct oid_name *o, uint32_t sub)
{
	if (o->len == OID_MAX)
		o->bad = true;
	else
		o->sub[o->len++] = sub;
}

void oid_add_all(struct oid_name *o, const uint32_t *sub, size_t n)
{
	for (size_t i = 0; i < n; i++)
		oid_add(o, sub[i]);
}

void oid_add_fixed(struct oid_name *o, const uint8_t *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		oid_add(o, bytes[i]);
}

void oid_add_string(struct oid_name *o, const void *bytes, size_t n)
{
	oid_add(o, (uint32_t)n);
	oid_add_fixed(o, bytes, n);
}
