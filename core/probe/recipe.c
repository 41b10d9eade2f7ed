/*
 * Probe configurations as values: recipe.h.
 */
#include "config.h"

#include "core/probe/recipe.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "core/probe/digest.h"

#define RECIPE_DEFAULT_LO 200u
#define RECIPE_DEFAULT_HI 299u

/* ---- check ---- */

/* What goes into a request must not end its line, and must be a string. */
static bool recipe_text_fits(const char *s, size_t size)
{
	size_t n = strnlen(s, size);

	for (size_t i = 0; i < n; i++)
		if ((unsigned char)s[i] < 0x20 || s[i] == 0x7f)
			return false;
	return n < size;
}

static bool recipe_url_fits(const struct probe_url *u)
{
	return recipe_text_fits(u->path, sizeof(u->path)) && recipe_text_fits(u->virtualhost, sizeof(u->virtualhost)) &&
	       u->n_status <= sizeof(u->status_lo) / sizeof(u->status_lo[0]);
}

bool recipe_valid(const struct probe_conf *c)
{
	if (c->interval <= 0 || c->timeout <= 0 || c->warmup < 0 || c->retry_delay < 0)
		return false;
	if (!addr_is_set(&c->target.addr) || !recipe_text_fits(c->bind_if, sizeof(c->bind_if)))
		return false;
	if (c->kind == PROBE_HTTP && c->n_urls == 0)
		return false;
	for (size_t i = 0; i < c->n_urls; i++)
		if (!recipe_url_fits(&c->urls[i]))
			return false;
	return true;
}

/* ---- status codes ---- */

void recipe_status_words(const struct probe_url *u, char out[static RECIPE_STATUS_STRLEN])
{
	size_t n = 0;

	out[0] = '\0';
	if (u->n_status == 0)
		text_append(out, RECIPE_STATUS_STRLEN, &n, "%u-%u", RECIPE_DEFAULT_LO, RECIPE_DEFAULT_HI);
	for (unsigned i = 0; i < u->n_status; i++) {
		text_append(out, RECIPE_STATUS_STRLEN, &n, "%s%u", i ? ", " : "", u->status_lo[i]);
		if (u->status_hi[i] != u->status_lo[i])
			text_append(out, RECIPE_STATUS_STRLEN, &n, "-%u", u->status_hi[i]);
	}
}

bool recipe_status_accepted(const struct probe_url *u, unsigned status)
{
	for (unsigned i = 0; i < u->n_status; i++)
		if (status >= u->status_lo[i] && status <= u->status_hi[i])
			return true;
	return u->n_status == 0 && status >= RECIPE_DEFAULT_LO && status <= RECIPE_DEFAULT_HI;
}

/* ---- key ---- */

static void recipe_line(struct digest *d, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void recipe_line(struct digest *d, const char *fmt, ...)
{
	char line[512];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	if (n > 0)
		digest_update(d, line, (size_t)n < sizeof(line) ? (size_t)n : sizeof(line) - 1);
}

static void recipe_url(struct digest *d, const struct probe_url *u)
{
	char words[RECIPE_STATUS_STRLEN], hex[2 * DIGEST_MD5_LEN + 1] = "-";

	recipe_status_words(u, words);
	if (u->has_digest)
		digest_hex(u->digest, sizeof(u->digest), hex);
	recipe_line(d, "url %s\n", u->path);
	recipe_line(d, "host %s\n", u->virtualhost);
	recipe_line(d, "status %s\n", words);
	recipe_line(d, "digest %s\n", hex);
}

static void recipe_text(struct digest *d, const struct probe_conf *c)
{
	char bind[ADDR_STRLEN];

	recipe_line(d, "recipe 1\nkind %s\n", probe_kind_name(c->kind));
	recipe_line(d, "bind %s\n", addr_is_set(&c->bind.addr) ? endpoint_format(&c->bind, bind) : "-");
	recipe_line(d, "interface %s\n", c->bind_if);
	recipe_line(d, "mark %u\n", c->fwmark);
	recipe_line(d, "timeout %lld\n", (long long)c->timeout);
	recipe_line(d, "retry %u\nretry_delay %lld\n", c->retry, (long long)c->retry_delay);
	if (c->kind != PROBE_HTTP)
		return;
	recipe_line(d, "http %s\n", c->http11 ? "1.1" : "1.0");
	for (size_t i = 0; i < c->n_urls; i++)
		recipe_url(d, &c->urls[i]);
}

bool recipe_key(const struct probe_conf *c, struct probe_key *out)
{
	uint8_t sum[DIGEST_SHA256_LEN];
	struct digest *d;
	bool ok;

	memset(out, 0, sizeof(*out));
	out->kind = (uint8_t)c->kind;
	out->target.addr = c->target.addr;
	out->target.port = c->target.port;
	d = digest_sha256_new();
	if (!d)
		return false;
	recipe_text(d, c);
	ok = digest_finish(d, sum, sizeof(sum));
	memcpy(out->recipe, sum, sizeof(out->recipe));
	return ok;
}

void probe_key_of(const struct probe_conf *conf, struct probe_key *out)
{
	recipe_key(conf, out);
}

/* ---- copy ---- */

bool recipe_copy(const struct probe_conf *from, struct probe_conf *to)
{
	struct probe_url *urls = NULL;

	if (from->n_urls > 0) {
		urls = calloc(from->n_urls, sizeof(*urls));
		if (!urls)
			return false;
		memcpy(urls, from->urls, from->n_urls * sizeof(*urls));
	}
	*to = *from;
	to->urls = urls;
	return true;
}

void recipe_clear(struct probe_conf *c)
{
	free((void *)c->urls);
	c->urls = NULL;
	c->n_urls = 0;
}
