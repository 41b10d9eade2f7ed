/*
 * Identities of the kinds that do not speak over a stream connection: recipe_fields.h.
 */
#include "config.h"

#include "core/probe/recipe_fields.h"

#define IN(m) offsetof(struct probe_conf, m)

const struct recipe_fields *recipe_fields_dns(void)
{
	static const struct recipe_field rows[] = {
		{ "name", RECIPE_TEXT, IN(dns.name) },
		{ "type", RECIPE_NUMBER, IN(dns.type) },
		{ "tcp", RECIPE_FLAG, IN(dns.tcp) },
		{ "rcode", RECIPE_NUMBER, IN(dns.rcode) },
		{ "any_rcode", RECIPE_FLAG, IN(dns.any_rcode) },
		{ "address", RECIPE_TEXT, IN(dns.address) },
		{ "text", RECIPE_TEXT, IN(dns.text) },
	};
	static const struct recipe_fields fields = { RECIPE_TABLE(rows), .targeted = true };

	return &fields;
}

static bool udp_valid(const struct probe_conf *c)
{
	return c->udp.reply.len == c->udp.reply_mask.len && c->udp.min_reply <= c->udp.max_reply;
}

const struct recipe_fields *recipe_fields_udp(void)
{
	static const struct recipe_field rows[] = {
		{ "payload", RECIPE_BLOB, IN(udp.payload) },
		{ "require_reply", RECIPE_FLAG, IN(udp.require_reply) },
		{ "reply", RECIPE_BLOB, IN(udp.reply) },
		{ "reply_mask", RECIPE_BLOB, IN(udp.reply_mask) },
		{ "min_reply", RECIPE_NUMBER, IN(udp.min_reply) },
		{ "max_reply", RECIPE_NUMBER, IN(udp.max_reply) },
	};
	static const struct recipe_fields fields = { RECIPE_TABLE(rows), .valid = udp_valid, .targeted = true };

	return &fields;
}

const struct recipe_fields *recipe_fields_ping(void)
{
	static const struct recipe_fields fields = { .targeted = true };

	return &fields;
}

static bool misc_valid(const struct probe_conf *c)
{
	return c->misc.argv.n > 0;
}

const struct recipe_fields *recipe_fields_misc(void)
{
	static const struct recipe_field rows[] = {
		{ "command", RECIPE_TEXTS, IN(misc.argv) },
		{ "uid", RECIPE_NUMBER, IN(misc.uid) },
		{ "gid", RECIPE_NUMBER, IN(misc.gid) },
		{ "refused", RECIPE_NUMBER, IN(misc.refused) },
		{ "script_timeout", RECIPE_TIME, IN(misc.timeout) },
		{ "dynamic", RECIPE_FLAG, IN(misc.dynamic) },
	};
	static const struct recipe_fields fields = { RECIPE_TABLE(rows), .valid = misc_valid };

	return &fields;
}

static bool file_valid(const struct probe_conf *c)
{
	return c->file.name != NULL;
}

const struct recipe_fields *recipe_fields_file(void)
{
	static const struct recipe_field rows[] = {
		{ "name", RECIPE_TEXT, IN(file.name) },
		{ "weight", RECIPE_NUMBER, IN(file.weight) },
		{ "reverse", RECIPE_FLAG, IN(file.reverse) },
	};
	static const struct recipe_fields fields = { RECIPE_TABLE(rows), .valid = file_valid };

	return &fields;
}

static bool bfd_valid(const struct probe_conf *c)
{
	return c->bfd.name != NULL;
}

const struct recipe_fields *recipe_fields_bfd(void)
{
	static const struct recipe_field rows[] = {
		{ "name", RECIPE_TEXT, IN(bfd.name) },
	};
	static const struct recipe_fields fields = { RECIPE_TABLE(rows), .valid = bfd_valid };

	return &fields;
}
