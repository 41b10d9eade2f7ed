/*
 * auth_hmac: its keys, and what follows from its keywords together.
 */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "conf/build.h"

enum { KEY_MIN = 32, KEY_MAX = 64, KEYS_MAX = 16 };

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* How many octets; 0 where it is no such text. */
static size_t take_hex(const char *text, size_t len, uint8_t *out, size_t size)
{
	if (len % 2 || len / 2 > size)
		return 0;
	for (size_t i = 0; i < len / 2; i++) {
		int high = hex_digit(text[2 * i]), low = hex_digit(text[2 * i + 1]);
		if (high < 0 || low < 0)
			return 0;
		out[i] = (uint8_t)(high << 4 | low);
	}
	return len / 2;
}

/* hex:..., or the octets themselves. */
static void take_text(struct build *b, const struct conf_place *at, const char *text, size_t len, struct conf_hmac_key *out)
{
	size_t n = 0;

	if (len > 4 && strncmp(text, "hex:", 4) == 0) {
		n = take_hex(text + 4, len - 4, out->bytes, sizeof(out->bytes));
	} else if (len <= KEY_MAX) {
		memcpy(out->bytes, text, len);
		n = len;
	}
	if (n < KEY_MIN)
		build_error(b, at, "openssl rand -hex 32 makes one: key 1 hex:...", "key %u of auth_hmac is not one of %d to %d octets",
		            out->id, KEY_MIN, KEY_MAX);
	out->len = (uint8_t)n;
}

static void take_file(struct build *b, const struct conf_place *at, const char *path, struct conf_hmac_key *out)
{
	char text[2 * KEY_MAX + 16];
	int n;

	if (!b->options || !b->options->slurp)
		return;
	n = b->options->slurp(b->options, path, text, sizeof(text));
	if (n < 0) {
		build_error(b, at, NULL, "the key in %s cannot be read: %s", path, strerror(errno));
		return;
	}
	while (n > 0 && (text[n - 1] == '\n' || text[n - 1] == '\r' || text[n - 1] == ' '))
		n--;
	take_text(b, at, text, (size_t)n, out);
	explicit_bzero(text, sizeof(text));
}

void build_set_hmac_key(struct build *b, const struct kw_row *row, const struct conf_stmt *st, void *target)
{
	struct conf_hmac *h = target;
	struct conf_word id = build_word(st, 1), key = build_word(st, 2);
	struct conf_hmac_key *out = &h->keys[h->n_keys];
	int64_t n;

	if (!build_number(b, &id, row->name, 1, 255, &n))
		return;
	if (!key.text || !*key.text) {
		build_error(b, &key.at, row->help, "'%s' needs an ID and a key", row->name);
		return;
	}
	for (size_t i = 0; i < h->n_keys; i++)
		if (h->keys[i].id == n)
			build_error(b, &id.at, NULL, "key %d of auth_hmac is there already", (int)n);
	if (h->n_keys == KEYS_MAX)
		build_error(b, &id.at, NULL, "auth_hmac has at most %d keys", KEYS_MAX);
	*out = (struct conf_hmac_key){ .id = (uint8_t)n, .key = arena_text(b->arena, key.text) };
	if (strncmp(key.text, "file:", 5) == 0)
		take_file(b, &key.at, key.text + 5, out);
	else
		take_text(b, &key.at, key.text, strlen(key.text), out);
	h->n_keys++;
	build_no_more(b, st, 3);
}

void build_set_hmac(struct build *b, const struct kw_row *row, const struct conf_stmt *st, void *target)
{
	struct conf_vrrp *v = target;
	struct conf_hmac *h = arena_alloc(b->arena, sizeof(*h));

	(void)row;
	h->keys = arena_array(b->arena, stmt_count(st->child, "key"), sizeof(*h->keys));
	schema_defaults(place_auth_hmac(), h);
	schema_apply(b, place_auth_hmac(), st->child, h);
	v->hmac = h;
}

static bool has_key(const struct conf_hmac *h, int id)
{
	for (size_t i = 0; i < h->n_keys; i++)
		if (h->keys[i].id == id)
			return true;
	return false;
}

void build_finish_hmac(struct build *b, struct build_vrrp *bv, const struct conf_stmt *st)
{
	struct conf_vrrp *v = &bv->v;
	const struct conf_stmt *block = stmt_find(st->child, "auth_hmac");

	if (!block || !v->hmac)
		return;
	if (v->hmac->n_keys == 0)
		build_error(b, &block->words[0].at, "key ID hex:...", "auth_hmac of '%s' has no key", v->name);
	else if (v->hmac->active_key >= 0 && !has_key(v->hmac, v->hmac->active_key))
		build_error(b, build_place_of(block, "active_key"), NULL, "auth_hmac has no key %d", v->hmac->active_key);
	if (v->auth == CONF_AUTH_NONE)
		return;
	build_warn(b, build_place_of(st, "authentication"), NULL, "auth_hmac takes the place of 'authentication', which is ignored");
	v->auth = CONF_AUTH_NONE;
	memset(v->auth_pass, 0, sizeof(v->auth_pass));
}
