/*
 * Mapping of checkers to probes, kind by kind (bind.h).
 */
#include "config.h"

#include "core/bind.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/dns.h"
#include "core/base/hex.h"
#include "core/base/text.h"
#include "core/probe/regex.h"

static void text_or_empty(char *dst, size_t size, const char *src)
{
	text_copy(dst, size, src ? src : "");
}

static struct probe_blob bind_blob(const char *text)
{
	return (struct probe_blob){ (const uint8_t *)text, text ? strlen(text) : 0 };
}

/* ---- HTTP_GET, SSL_GET ---- */

static void bind_regex(const struct conf_url *c, struct probe_regex *out)
{
	uint32_t bit;

	*out = (struct probe_regex){ .pattern = c->regex, .no_match = c->regex_no_match,
		                         .min_offset = c->regex_min, .max_offset = c->regex_max };
	for (size_t i = 0; i < c->regex_options.n; i++)
		if (regex_option(c->regex_options.word[i], &bit))
			out->options |= bit;
	if (c->regex_stack.n == 2) /* in bytes there; a match wants some */
		out->memory = (uint32_t)usec_min(usec_max(strtoll(c->regex_stack.word[1], NULL, 10) / 1024, 64), 65536);
}

static void bind_url(const struct conf_url *c, struct probe_url *out)
{
	memset(out, 0, sizeof(*out));
	text_copy(out->path, sizeof(out->path), c->path);
	text_or_empty(out->virtualhost, sizeof(out->virtualhost), c->virtualhost);
	for (size_t i = 0; i < c->n_status && i < sizeof(out->status_lo) / sizeof(out->status_lo[0]); i++) {
		out->status_lo[i] = c->status[i][0];
		out->status_hi[i] = c->status[i][1];
		out->n_status = (uint8_t)(i + 1);
	}
	out->has_digest = c->has_digest;
	memcpy(out->digest, c->digest, sizeof(out->digest));
	out->method = c->method;
	out->body = bind_blob(c->body);
	out->headers = (struct probe_texts){ c->headers.word, c->headers.n };
	bind_regex(c, &out->regex);
}

static bool bind_http(const struct conf_checker *c, struct probe_conf *out)
{
	struct probe_url *urls = calloc(c->n_urls ? c->n_urls : 1, sizeof(*urls));

	for (size_t i = 0; urls && i < c->n_urls; i++)
		bind_url(&c->urls[i], &urls[i]);
	out->owned = urls;
	out->http.urls = urls;
	out->http.n_urls = c->n_urls;
	out->http.keep = c->keep_alive;
	/* 1.0 has no connections that stay, but by 1.0K's asking for it. */
	out->http.version = c->keep_alive && c->http_version != PROBE_HTTP_10K ? PROBE_HTTP_11 : c->http_version;
	return urls != NULL;
}

/* ---- the kinds that need no stream ---- */

static bool bind_dns(const struct conf_checker *c, struct probe_conf *out)
{
	struct probe_dns *d = &out->dns;
	char *address = NULL;
	uint16_t type = DNS_SOA;

	if (c->dns_type)
		dns_type_parse(c->dns_type, &type);
	d->type = type;
	d->name = c->dns_name;
	d->tcp = c->dns_tcp;
	d->any_rcode = c->dns_rcode && strcmp(c->dns_rcode, "any") == 0;
	d->rcode = c->dns_rcode && !d->any_rcode ? (uint32_t)dns_rcode_parse(c->dns_rcode) : 0;
	d->text = c->dns_text;
	if (!addr_is_set(&c->dns_address))
		return true;
	out->owned = address = malloc(ADDR_STRLEN);
	if (address)
		d->address = addr_format(&c->dns_address, address);
	return address != NULL;
}

#define HEX_MOST 2048

/* Payload, pattern and mask lie one behind the other. */
static bool bind_udp(const struct conf_checker *c, struct probe_conf *out)
{
	struct probe_udp *u = &out->udp;
	uint8_t *bytes = malloc(3 * (size_t)HEX_MOST);
	const char *reply = c->require_reply.n > 0 ? c->require_reply.word[0] : NULL;

	out->owned = bytes;
	if (!bytes)
		return false;
	u->payload.data = bytes;
	u->reply.data = bytes + HEX_MOST;
	u->reply_mask.data = bytes + 2 * HEX_MOST;
	u->require_reply = c->require_reply.given;
	u->min_reply = c->min_reply;
	u->max_reply = c->max_reply;
	if (c->payload && !hex_parse(c->payload, bytes, NULL, HEX_MOST, &u->payload.len))
		return false;
	if (reply && !hex_parse(reply, bytes + HEX_MOST, bytes + 2 * HEX_MOST, HEX_MOST, &u->reply.len))
		return false;
	u->reply_mask.len = u->reply.len;
	return true;
}

/* A command that is not run is a probe all the same, so that its row can say so. */
static bool bind_misc(const struct script_spec *spec, const struct conf_checker *c, struct probe_conf *out)
{
	struct probe_misc *m = &out->misc;
	size_t n = 0;

	if (!spec) {
		m->refused = errno ? (uint32_t)errno : ENOENT;
		m->argv = (struct probe_texts){ c->command.argv, c->command.n_argv };
	} else {
		while (spec->argv[n])
			n++;
		m->argv = (struct probe_texts){ spec->argv, n };
		m->uid = spec->uid;
		m->gid = spec->gid;
	}
	m->timeout = c->misc_timeout;
	m->dynamic = c->dynamic;
	return true;
}

/* The weight is the check's own, else the file's; `dynamic` makes one of none. */
static bool bind_file(const struct conf *conf, const struct conf_checker *c, struct probe_conf *out)
{
	struct probe_file *f = &out->file;

	f->name = c->object;
	f->weight = c->weight;
	f->reverse = c->reverse;
	for (size_t i = 0; !c->weight_set && i < conf->n_files; i++) {
		if (strcmp(conf->files[i].name, c->object) != 0)
			continue;
		f->weight = conf->files[i].weight;
		f->reverse = conf->files[i].reverse;
	}
	if (c->dynamic && f->weight == 0)
		f->weight = 1;
	return true;
}

void bind_bfd(const struct conf_bfd *c, struct bfd_conf *out)
{
	memset(out, 0, sizeof(*out));
	text_copy(out->name, sizeof(out->name), c->name);
	out->path.neighbor = c->neighbor;
	out->path.source = c->source;
	out->path.multihop = c->multihop;
	out->path.ttl = c->ttl < 0 ? 255 : (uint8_t)c->ttl;
	if (c->interface)
		text_copy(out->path.interface, sizeof(out->path.interface), c->interface);
	/* keepalived sends 64 over IPv6 where nothing is said, and looks at hop limits only where it sends 255. */
	out->max_hops = c->neighbor.family == AF_INET6 && c->ttl < 0 && c->max_hops == 0 ? 255 : (uint8_t)c->max_hops;
	out->fsm = (struct bfd_fsm_conf){
		.min_rx = c->min_rx, .min_tx = c->min_tx, .idle_tx = c->idle_tx, .mult = c->multiplier,
		.passive = c->passive, .strict = c->strict,
	};
}

/* ---- all kinds ---- */

static bool bind_kind(const struct conf *conf, const struct script_spec *spec, const struct conf_checker *c,
                      struct probe_conf *out)
{
	switch (c->kind) {
	case PROBE_HTTP:
	case PROBE_SSL:
		return bind_http(c, out);
	case PROBE_TCP:
		out->tcp.send = bind_blob(c->send);
		out->tcp.expect.pattern = c->expect;
		return true;
	case PROBE_SMTP:
		out->smtp.helo = c->helo_name;
		out->smtp.starttls = c->starttls;
		return true;
	case PROBE_AGENT:
		out->agent.send = bind_blob(c->send);
		return true;
	case PROBE_DNS:
		return bind_dns(c, out);
	case PROBE_UDP:
		return bind_udp(c, out);
	case PROBE_MISC:
		return bind_misc(spec, c, out);
	case PROBE_FILE:
		return bind_file(conf, c, out);
	case PROBE_BFD:
		out->bfd.name = c->object;
		return true;
	default:
		return true;
	}
}

static void bind_tls(const struct conf_ssl *own, const struct conf_checker *c, struct probe_tls *out)
{
	if (!c->tls && !c->starttls)
		return;
	*out = (struct probe_tls){
		.on = true,
		.sni = c->enable_sni || c->sni_name,
		.sni_name = c->sni_name,
		.compliant = c->tls_compliant,
		.verify = c->verify,
		.verify_ca = c->verify ? c->verify_ca : NULL,
		.verify_name = c->verify ? c->verify_name : NULL,
		.verify_days = c->verify ? c->verify_days : 0,
		.ca = own->ca,
		.certificate = own->certificate,
		.key = own->key,
		.password = own->password,
	};
}

bool bind_probe(const struct conf *conf, const struct script_spec *spec, const struct conf_checker *c, struct probe_conf *out)
{
	memset(out, 0, sizeof(*out));
	out->kind = c->kind;
	out->target = c->target;
	out->bind = c->bind;
	text_or_empty(out->bind_if, sizeof(out->bind_if), c->bind_if);
	out->fwmark = c->fwmark;
	out->interval = c->interval;
	out->down_interval = c->down_interval;
	out->timeout = c->timeout;
	out->answer_timeout = c->answer_timeout;
	out->warmup = c->warmup;
	out->retry = c->retry;
	out->retry_delay = c->retry_delay;
	out->rise = c->rise;
	out->fall = c->fall;
	out->log_all_failures = c->log_all_failures == CONF_YES;
	bind_tls(&conf->ssl, c, &out->tls);
	return bind_kind(conf, spec, c, out);
}

void bind_probe_free(struct probe_conf *p)
{
	free(p->owned);
	p->owned = NULL;
}
