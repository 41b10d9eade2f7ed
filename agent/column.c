/*
 * The getters that most columns share (column.h). Pure.
 */
#include "config.h"

#include "agent/column.h"

#include <string.h>
#include <time.h>

#define FIELD(c, row) ((const unsigned char *)(row) + (c)->at)

void value_integer(struct value *v, int64_t n)
{
	v->type = VALUE_INTEGER;
	v->number = n;
}

void value_unsigned(struct value *v, uint64_t n)
{
	v->type = VALUE_UNSIGNED;
	v->number = n > UINT32_MAX ? UINT32_MAX : (int64_t)n;
}

void value_octets(struct value *v, const void *bytes, size_t n)
{
	v->type = VALUE_OCTETS;
	v->len = n < sizeof(v->bytes) ? n : sizeof(v->bytes);
	memcpy(v->bytes, bytes, v->len);
}

void value_text(struct value *v, const char *s, size_t size)
{
	value_octets(v, s, strnlen(s, size));
}

void value_date(struct value *v, int64_t wall)
{
	uint8_t d[11] = { 0 };
	time_t seconds = (time_t)(wall / USEC_PER_SEC);
	struct tm tm;

	if (wall <= 0 || !gmtime_r(&seconds, &tm)) {
		value_octets(v, d, 8);
		return;
	}
	d[0] = (uint8_t)((tm.tm_year + 1900) >> 8);
	d[1] = (uint8_t)(tm.tm_year + 1900);
	d[2] = (uint8_t)(tm.tm_mon + 1);
	d[3] = (uint8_t)tm.tm_mday;
	d[4] = (uint8_t)tm.tm_hour;
	d[5] = (uint8_t)tm.tm_min;
	d[6] = (uint8_t)tm.tm_sec;
	d[7] = (uint8_t)(wall % USEC_PER_SEC / 100000);
	d[8] = '+';
	value_octets(v, d, sizeof(d));
}

uint32_t inet_type(uint8_t family)
{
	switch (family) {
	case AF_INET:
		return 1;
	case AF_INET6:
		return 2;
	default:
		return 0;
	}
}

void oid_add_inet(struct oid_name *o, const struct addr *a)
{
	oid_add(o, inet_type(a->family));
	oid_add_string(o, a->bytes, addr_len(a->family));
}

bool column_text(const struct mib_env *env, const struct column *c, const void *row, unsigned sub, struct value *out)
{
	(void)env, (void)sub;
	value_text(out, (const char *)FIELD(c, row), c->most);
	return true;
}

bool column_i32(const struct mib_env *env, const struct column *c, const void *row, unsigned sub, struct value *out)
{
	int32_t n;

	(void)env, (void)sub;
	memcpy(&n, FIELD(c, row), sizeof(n));
	value_integer(out, n);
	return true;
}

bool column_u32(const struct mib_env *env, const struct column *c, const void *row, unsigned sub, struct value *out)
{
	uint32_t n;

	(void)env, (void)sub;
	memcpy(&n, FIELD(c, row), sizeof(n));
	value_unsigned(out, n);
	return true;
}

bool column_u8_unsigned(const struct mib_env *env, const struct column *c, const void *row, unsigned sub,
                        struct value *out)
{
	(void)env, (void)sub;
	value_unsigned(out, *FIELD(c, row));
	return true;
}

bool column_u8(const struct mib_env *env, const struct column *c, const void *row, unsigned sub, struct value *out)
{
	uint8_t n = *FIELD(c, row);

	(void)env, (void)sub;
	value_integer(out, n > c->most ? 0 : n);
	return true;
}

bool column_u8_from_1(const struct mib_env *env, const struct column *c, const void *row, unsigned sub, struct value *out)
{
	(void)env, (void)sub;
	value_integer(out, *FIELD(c, row) + 1);
	return true;
}

bool column_mac(const struct mib_env *env, const struct column *c, const void *row, unsigned sub, struct value *out)
{
	(void)env, (void)sub;
	value_octets(out, FIELD(c, row), 6);
	return true;
}

bool column_enum32(const struct mib_env *env, const struct column *c, const void *row, unsigned sub, struct value *out)
{
	uint32_t n;

	(void)env, (void)sub;
	memcpy(&n, FIELD(c, row), sizeof(n));
	value_integer(out, n > c->most ? 0 : n);
	return true;
}

static uint64_t field_u64(const struct column *c, const void *row)
{
	uint64_t n;

	memcpy(&n, FIELD(c, row), sizeof(n));
	return n;
}

bool column_counter32(const struct mib_env *env, const struct column *c, const void *row, unsigned sub,
                      struct value *out)
{
	(void)env, (void)sub;
	out->type = VALUE_COUNTER32;
	out->number = (uint32_t)field_u64(c, row);
	return true;
}

bool column_u32_counter(const struct mib_env *env, const struct column *c, const void *row, unsigned sub,
                        struct value *out)
{
	if (!column_u32(env, c, row, sub, out))
		return false;
	out->type = VALUE_COUNTER32;
	return true;
}

bool column_counter64(const struct mib_env *env, const struct column *c, const void *row, unsigned sub,
                      struct value *out)
{
	(void)env, (void)sub;
	out->type = VALUE_COUNTER64;
	out->counter = field_u64(c, row);
	return true;
}

bool column_truth(const struct mib_env *env, const struct column *c, const void *row, unsigned sub, struct value *out)
{
	(void)env, (void)sub;
	value_integer(out, *FIELD(c, row) ? 1 : 2);
	return true;
}

bool column_date(const struct mib_env *env, const struct column *c, const void *row, unsigned sub, struct value *out)
{
	struct view_time t;

	(void)env, (void)sub;
	memcpy(&t, FIELD(c, row), sizeof(t));
	value_date(out, t.wall);
	return true;
}

bool column_u64_gauge(const struct mib_env *env, const struct column *c, const void *row, unsigned sub, struct value *out)
{
	(void)env, (void)sub;
	value_unsigned(out, field_u64(c, row));
	return true;
}

bool column_usec(const struct mib_env *env, const struct column *c, const void *row, unsigned sub, struct value *out)
{
	usec_t t;

	(void)env, (void)sub;
	memcpy(&t, FIELD(c, row), sizeof(t));
	value_unsigned(out, t < 0 ? 0 : (uint64_t)t);
	return true;
}

static struct addr field_addr(const struct column *c, const void *row)
{
	struct addr a;

	memcpy(&a, FIELD(c, row), sizeof(a));
	return a;
}

bool column_addr_type(const struct mib_env *env, const struct column *c, const void *row, unsigned sub,
                      struct value *out)
{
	(void)env, (void)sub;
	value_integer(out, inet_type(field_addr(c, row).family));
	return true;
}

bool column_addr(const struct mib_env *env, const struct column *c, const void *row, unsigned sub, struct value *out)
{
	struct addr a = field_addr(c, row);

	(void)env, (void)sub;
	value_octets(out, a.bytes, addr_len(a.family));
	return true;
}

bool column_ipaddress(const struct mib_env *env, const struct column *c, const void *row, unsigned sub,
                      struct value *out)
{
	struct addr a = field_addr(c, row);

	(void)env, (void)sub;
	out->type = VALUE_IPADDRESS;
	out->len = 4;
	memset(out->bytes, 0, 4);
	if (a.family == AF_INET)
		memcpy(out->bytes, a.bytes, 4);
	return true;
}

bool column_constant(const struct mib_env *env, const struct column *c, const void *row, unsigned sub,
                         struct value *out)
{
	(void)env, (void)row, (void)sub;
	value_integer(out, c->most);
	return true;
}
