/*
 * Probe configurations as values: recipe.h.
 */
#include "config.h"

#include "core/probe/recipe.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "core/probe/digest.h"
#include "core/probe/recipe_fields.h"

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
	for (size_t i = 0; i < u->headers.n; i++)
		if (!recipe_text_fits(u->headers.text[i], RECIPE_HEADER_MAX))
			return false;
	return recipe_text_fits(u->path, sizeof(u->path)) && recipe_text_fits(u->virtualhost, sizeof(u->virtualhost)) &&
	       u->n_status <= sizeof(u->status_lo) / sizeof(u->status_lo[0]);
}

static inline bool recipe_has_urls(const struct probe_conf *c)
{
	return c->kind == PROBE_HTTP || c->kind == PROBE_SSL;
}

static bool recipe_times_fit(const struct probe_conf *c)
{
	return c->interval > 0 && c->timeout > 0 && c->warmup >= 0 && c->retry_delay >= 0 && c->down_interval >= 0 &&
	       c->answer_timeout >= 0;
}

bool recipe_valid(const struct probe_conf *c)
{
	const struct recipe_fields *kind = recipe_fields_of(c->kind);

	if (!kind || !recipe_times_fit(c) || !recipe_text_fits(c->bind_if, sizeof(c->bind_if)))
		return false;
	if (kind->targeted && !addr_is_set(&c->target.addr))
		return false;
	for (size_t i = 0; recipe_has_urls(c) && i < c->http.n_urls; i++)
		if (!recipe_url_fits(&c->http.urls[i]))
			return false;
	return !kind->valid || kind->valid(c);
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

/* With its length before it, no text can look like another line. */
static void recipe_bytes(struct digest *d, const char *name, const void *data, size_t len)
{
	recipe_line(d, "%s %zu:", name, len);
	digest_update(d, data, len);
	recipe_line(d, "\n");
}

static void recipe_member(struct digest *d, const struct recipe_field *f, const char *member)
{
	const struct probe_texts *texts = (const void *)member;
	const struct probe_blob *blob = (const void *)member;
	const char *text;
	int32_t number;
	usec_t time;

	switch (f->type) {
	case RECIPE_FLAG:
		if (*(const bool *)(const void *)member)
			recipe_line(d, "%s\n", f->name);
		break;
	case RECIPE_NUMBER:
		memcpy(&number, member, sizeof(number));
		if (number)
			recipe_line(d, "%s %" PRId32 "\n", f->name, number);
		break;
	case RECIPE_TIME:
		memcpy(&time, member, sizeof(time));
		if (time)
			recipe_line(d, "%s %lld\n", f->name, (long long)time);
		break;
	case RECIPE_TEXT:
		memcpy(&text, member, sizeof(text));
		if (text)
			recipe_bytes(d, f->name, text, strlen(text));
		break;
	case RECIPE_BLOB:
		if (blob->len)
			recipe_bytes(d, f->name, blob->data, blob->len);
		break;
	case RECIPE_TEXTS:
		for (size_t i = 0; i < texts->n; i++)
			recipe_bytes(d, f->name, texts->text[i], strlen(texts->text[i]));
		break;
	}
}

static void recipe_members(struct digest *d, const struct recipe_fields *fields, const void *object)
{
	for (size_t i = 0; i < fields->n; i++)
		recipe_member(d, &fields->field[i], (const char *)object + fields->field[i].off);
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
	recipe_members(d, recipe_fields_url(), u);
}

static const char *recipe_http_version(uint32_t version)
{
	static const char *const names[] = {
		[PROBE_HTTP_10] = "1.0", [PROBE_HTTP_11] = "1.1", [PROBE_HTTP_10C] = "1.0C", [PROBE_HTTP_10K] = "1.0K",
	};

	return version < sizeof(names) / sizeof(names[0]) ? names[version] : "?";
}

static void recipe_text(struct digest *d, const struct probe_conf *c)
{
	const struct recipe_fields *kind = recipe_fields_of(c->kind);
	char bind[ADDR_STRLEN];

	recipe_line(d, "recipe 1\nkind %s\n", probe_kind_name(c->kind));
	recipe_line(d, "bind %s\n", addr_is_set(&c->bind.addr) ? endpoint_format(&c->bind, bind) : "-");
	recipe_line(d, "interface %s\n", c->bind_if);
	recipe_line(d, "mark %u\n", c->fwmark);
	recipe_line(d, "timeout %lld\n", (long long)c->timeout);
	recipe_line(d, "retry %u\nretry_delay %lld\n", c->retry, (long long)c->retry_delay);
	recipe_members(d, recipe_fields_common(), c);
	if (kind)
		recipe_members(d, kind, c);
	if (!recipe_has_urls(c))
		return;
	recipe_line(d, "http %s\n", recipe_http_version(c->http.version));
	for (size_t i = 0; i < c->http.n_urls; i++)
		recipe_url(d, &c->http.urls[i]);
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

/* A copy is one piece of memory, measured in a first pass (at: NULL) and filled in a second. */
struct recipe_pack {
	char *at;
	size_t used;
};

static void *recipe_pack_bytes(struct recipe_pack *p, const void *from, size_t len)
{
	void *to = p->at ? p->at + p->used : NULL;

	if (to && len)
		memcpy(to, from, len);
	p->used += (len + _Alignof(max_align_t) - 1) / _Alignof(max_align_t) * _Alignof(max_align_t);
	return to;
}

static void recipe_pack_texts(struct recipe_pack *p, struct probe_texts *t)
{
	const char *const *from = t->text;
	const char **to = recipe_pack_bytes(p, from, t->n * sizeof(*from));

	for (size_t i = 0; i < t->n; i++) {
		char *text = recipe_pack_bytes(p, from[i], strlen(from[i]) + 1);

		if (to)
			to[i] = text;
	}
	if (to)
		t->text = to;
}

/* Let the members of `object`, which is a copy by value, point into the pack. */
static void recipe_pack_members(struct recipe_pack *p, const struct recipe_fields *fields, void *object)
{
	for (size_t i = 0; i < fields->n; i++) {
		void *member = (char *)object + fields->field[i].off;
		struct probe_blob *blob = member;
		const char *text, *copy;

		switch (fields->field[i].type) {
		case RECIPE_TEXT:
			memcpy(&text, member, sizeof(text));
			copy = text ? recipe_pack_bytes(p, text, strlen(text) + 1) : NULL;
			if (copy)
				memcpy(member, &copy, sizeof(copy));
			break;
		case RECIPE_BLOB:
			copy = recipe_pack_bytes(p, blob->data, blob->len);
			if (copy)
				blob->data = (const uint8_t *)copy;
			break;
		case RECIPE_TEXTS:
			recipe_pack_texts(p, member);
			break;
		case RECIPE_FLAG:
		case RECIPE_NUMBER:
		case RECIPE_TIME:
			break;
		}
	}
}

static void recipe_pack_all(struct recipe_pack *p, struct probe_conf *c)
{
	const struct recipe_fields *kind = recipe_fields_of(c->kind);

	recipe_pack_members(p, recipe_fields_common(), c);
	if (kind)
		recipe_pack_members(p, kind, c);
	if (!recipe_has_urls(c))
		return;
	struct probe_url *urls = recipe_pack_bytes(p, c->http.urls, c->http.n_urls * sizeof(*urls));

	for (size_t i = 0; i < c->http.n_urls; i++) {
		struct probe_url measured = c->http.urls[i];

		recipe_pack_members(p, recipe_fields_url(), urls ? &urls[i] : &measured);
	}
	if (urls)
		c->http.urls = urls;
}

bool recipe_copy(const struct probe_conf *from, struct probe_conf *to)
{
	struct recipe_pack pack = { .at = NULL };
	struct probe_conf copy = *from;

	copy.owned = NULL;
	recipe_pack_all(&pack, &copy);
	if (pack.used > 0) {
		copy.owned = malloc(pack.used);
		if (!copy.owned)
			return false;
		pack = (struct recipe_pack){ .at = copy.owned };
		recipe_pack_all(&pack, &copy);
	}
	*to = copy;
	return true;
}

void recipe_clear(struct probe_conf *c)
{
	free(c->owned);
	memset(c, 0, sizeof(*c));
}
