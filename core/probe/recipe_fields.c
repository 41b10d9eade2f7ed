/*
 * Identities of the kinds that speak over a stream connection, and of what all kinds have: recipe_fields.h.
 */
#include "config.h"

#include "core/probe/recipe_fields.h"

#define IN(m) offsetof(struct probe_conf, m)
#define IN_URL(m) offsetof(struct probe_url, m)

/* ---- all kinds ---- */

const struct recipe_fields *recipe_fields_common(void)
{
	static const struct recipe_field rows[] = {
		{ "answer_timeout", RECIPE_TIME, IN(answer_timeout) },
		{ "rise", RECIPE_NUMBER, IN(rise) },
		{ "fall", RECIPE_NUMBER, IN(fall) },
		{ "tls", RECIPE_FLAG, IN(tls.on) },
		{ "tls_sni", RECIPE_FLAG, IN(tls.sni) },
		{ "tls_sni_name", RECIPE_TEXT, IN(tls.sni_name) },
		{ "tls_compliant", RECIPE_FLAG, IN(tls.compliant) },
		{ "tls_verify", RECIPE_FLAG, IN(tls.verify) },
		{ "tls_verify_ca", RECIPE_TEXT, IN(tls.verify_ca) },
		{ "tls_verify_name", RECIPE_TEXT, IN(tls.verify_name) },
		{ "tls_verify_days", RECIPE_NUMBER, IN(tls.verify_days) },
		{ "tls_ca", RECIPE_TEXT, IN(tls.ca) },
		{ "tls_certificate", RECIPE_TEXT, IN(tls.certificate) },
		{ "tls_key", RECIPE_TEXT, IN(tls.key) },
		{ "tls_password", RECIPE_TEXT, IN(tls.password) },
	};
	static const struct recipe_fields fields = { RECIPE_TABLE(rows) };

	return &fields;
}

/* ---- TCP_CHECK ---- */

static const struct recipe_fields *fields_tcp(void)
{
	static const struct recipe_field rows[] = {
		{ "send", RECIPE_BLOB, IN(tcp.send) },
		{ "expect", RECIPE_TEXT, IN(tcp.expect.pattern) },
	};
	static const struct recipe_fields fields = { RECIPE_TABLE(rows), .targeted = true };

	return &fields;
}

/* ---- HTTP_GET, SSL_GET ---- */

static bool http_valid(const struct probe_conf *c)
{
	return c->http.n_urls > 0;
}

static const struct recipe_fields *fields_http(void)
{
	static const struct recipe_field rows[] = {
		{ "keep_alive", RECIPE_FLAG, IN(http.keep) },
	};
	static const struct recipe_fields fields = { RECIPE_TABLE(rows), .valid = http_valid, .targeted = true };

	return &fields;
}

const struct recipe_fields *recipe_fields_url(void)
{
	static const struct recipe_field rows[] = {
		{ "method", RECIPE_NUMBER, IN_URL(method) },
		{ "body", RECIPE_BLOB, IN_URL(body) },
		{ "header", RECIPE_TEXTS, IN_URL(headers) },
		{ "regex", RECIPE_TEXT, IN_URL(regex.pattern) },
		{ "regex_options", RECIPE_NUMBER, IN_URL(regex.options) },
		{ "regex_no_match", RECIPE_FLAG, IN_URL(regex.no_match) },
		{ "regex_min_offset", RECIPE_NUMBER, IN_URL(regex.min_offset) },
		{ "regex_max_offset", RECIPE_NUMBER, IN_URL(regex.max_offset) },
		{ "regex_memory", RECIPE_NUMBER, IN_URL(regex.memory) },
	};
	static const struct recipe_fields fields = { RECIPE_TABLE(rows) };

	return &fields;
}

/* ---- SMTP_CHECK, AGENT_CHECK ---- */

static const struct recipe_fields *fields_smtp(void)
{
	static const struct recipe_field rows[] = {
		{ "helo", RECIPE_TEXT, IN(smtp.helo) },
		{ "starttls", RECIPE_FLAG, IN(smtp.starttls) },
	};
	static const struct recipe_fields fields = { RECIPE_TABLE(rows), .targeted = true };

	return &fields;
}

static const struct recipe_fields *fields_agent(void)
{
	static const struct recipe_field rows[] = {
		{ "send", RECIPE_BLOB, IN(agent.send) },
	};
	static const struct recipe_fields fields = { RECIPE_TABLE(rows), .targeted = true };

	return &fields;
}

const struct recipe_fields *recipe_fields_of(enum probe_kind kind)
{
	switch (kind) {
	case PROBE_NONE:
		break;
	case PROBE_TCP:
		return fields_tcp();
	case PROBE_HTTP:
	case PROBE_SSL:
		return fields_http();
	case PROBE_SMTP:
		return fields_smtp();
	case PROBE_AGENT:
		return fields_agent();
	case PROBE_DNS:
		return recipe_fields_dns();
	case PROBE_UDP:
		return recipe_fields_udp();
	case PROBE_PING:
		return recipe_fields_ping();
	case PROBE_MISC:
		return recipe_fields_misc();
	case PROBE_FILE:
		return recipe_fields_file();
	case PROBE_BFD:
		return recipe_fields_bfd();
	}
	return NULL;
}
