/*
 * The codec of dns_msg.h. Relies on the bounds-checked cursors of core/base/buf.h; a name is read over the whole
 * message, since it may point to what stands before it.
 */
#include "config.h"

#include "core/probe/dns_msg.h"

#include <string.h>

#include "core/base/buf.h"
#include "core/base/text.h"

#define DNS_CLASS_IN 1u
/* Pointers followed for one name: more than any server makes, few enough that a message made of nothing else is soon read. */
#define DNS_JUMPS_MAX 32u

enum dns_flags { DNS_QR = 0x8000, DNS_OPCODE = 0x7800, DNS_TC = 0x0200, DNS_RD = 0x0100, DNS_RCODE = 0x000f };

/* ---- names ---- */

/* Read a name at the cursor; a pointer must lead to before the place where this run of labels began. */
static bool name_read(const uint8_t *msg, size_t size, struct rbuf *r, struct dns_name *out)
{
	struct wbuf w = wbuf_make(out->wire, sizeof(out->wire));
	struct rbuf at = *r;
	size_t began = size - r->left;
	unsigned jumps = 0;

	memset(out, 0, sizeof(*out));
	for (;;) {
		uint8_t n = rbuf_u8(&at), label[63];

		if (n >= 0xc0) {
			size_t to = (size_t)(n & 0x3f) << 8 | rbuf_u8(&at);

			if (jumps++ == 0)
				*r = at;
			if (!rbuf_ok(&at) || to >= began || jumps > DNS_JUMPS_MAX)
				return false;
			began = to;
			at = rbuf_make(msg + to, size - to);
			continue;
		}
		if (n > 63)
			return false;
		rbuf_bytes(&at, label, n);
		wbuf_u8(&w, n);
		wbuf_bytes(&w, label, n);
		if (!rbuf_ok(&at) || !wbuf_ok(&w))
			return false;
		if (n == 0)
			break;
	}
	if (jumps == 0)
		*r = at;
	out->len = (uint8_t)w.len;
	return true;
}

static uint8_t lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? c | 0x20 : c;
}

static bool name_equal(const struct dns_name *a, const struct dns_name *b)
{
	if (a->len != b->len)
		return false;
	for (size_t i = 0; i < a->len; i++)
		if (lower(a->wire[i]) != lower(b->wire[i]))
			return false;
	return true;
}

/* What is no printable ASCII is written \DDD, so that a peer cannot write control characters into a log. */
static void text_put(char *out, size_t *n, uint8_t c, bool in_name)
{
	if (c < 0x20 || c >= 0x7f)
		text_append(out, DNS_TEXT_MAX, n, "\\%03u", c);
	else
		text_append(out, DNS_TEXT_MAX, n, in_name && (c == '.' || c == '\\') ? "\\%c" : "%c", c);
}

static void name_words(const struct dns_name *name, char out[static DNS_TEXT_MAX])
{
	size_t n = 0;

	out[0] = '\0';
	for (size_t at = 0; at < name->len && name->wire[at]; at += 1u + name->wire[at]) {
		for (size_t i = 1; i <= name->wire[at]; i++)
			text_put(out, &n, name->wire[at + i], true);
		text_append(out, DNS_TEXT_MAX, &n, ".");
	}
	if (n == 0)
		text_copy(out, DNS_TEXT_MAX, ".");
}

/* ---- the query ---- */

size_t dns_query_write(const struct dns_question *q, uint8_t out[static DNS_QUERY_MAX])
{
	struct wbuf w = wbuf_make(out, DNS_QUERY_MAX);

	wbuf_u16(&w, q->id);
	wbuf_u16(&w, DNS_RD);
	wbuf_u16(&w, 1);
	wbuf_zero(&w, 6);
	wbuf_bytes(&w, q->name.wire, q->name.len);
	wbuf_u16(&w, q->type);
	wbuf_u16(&w, DNS_CLASS_IN);
	return w.len;
}

/* ---- the answer ---- */

struct dns_reader {
	const uint8_t *msg;
	size_t size;
	const struct dns_question *q;
	const struct dns_want *want;
	struct dns_answer *out;
};

static bool wants_nothing(const struct dns_want *w)
{
	return !addr_is_set(&w->address) && !w->text[0];
}

static bool data_address(const struct rbuf *data, uint8_t family, const struct dns_want *want, char *words)
{
	struct addr a = { .family = family };
	struct rbuf r = *data;
	char text[ADDR_STRLEN];

	if (data->left != addr_len(family))
		return false;
	rbuf_bytes(&r, a.bytes, addr_len(family));
	text_copy(words, DNS_TEXT_MAX, addr_format(&a, text));
	return !want->text[0] && addr_cmp(&a, &want->address) == 0;
}

/* Character strings, one after the other, as one text. */
static bool data_text(const struct rbuf *data, const struct dns_want *want, char *words)
{
	struct rbuf r = *data;
	size_t n = 0;

	while (r.left > 0) {
		uint8_t bytes[255], len = rbuf_u8(&r);

		rbuf_bytes(&r, bytes, len);
		if (!rbuf_ok(&r))
			return false;
		for (size_t i = 0; i < len; i++)
			text_put(words, &n, bytes[i], false);
	}
	return want->text[0] && strcmp(words, want->text) == 0;
}

static bool data_name(const struct dns_reader *d, const struct rbuf *data, size_t skip, char *words)
{
	struct dns_name name, wanted;
	struct rbuf r = *data;

	/* The name may point to before the record: it is read over the message, from the place of the data in it. */
	r.left = d->size - (size_t)(data->p - d->msg);
	rbuf_skip(&r, skip);
	if (!name_read(d->msg, d->size, &r, &name))
		return false;
	name_words(&name, words);
	return d->want->text[0] && dns_name_parse(d->want->text, &wanted) && name_equal(&name, &wanted);
}

/* Is this record the wanted one? In any case its words. */
static bool data_matches(const struct dns_reader *d, uint16_t type, const struct rbuf *data, char *words)
{
	switch (type) {
	case DNS_A:
		return data_address(data, AF_INET, d->want, words);
	case DNS_AAAA:
		return data_address(data, AF_INET6, d->want, words);
	case DNS_TXT:
		return data_text(data, d->want, words);
	case DNS_NS:
	case DNS_CNAME:
	case DNS_SOA:
	case DNS_PTR:
		return data_name(d, data, 0, words);
	case DNS_MX:
		return data_name(d, data, 2, words);
	case DNS_SRV:
		return data_name(d, data, 6, words);
	default:
		return false;
	}
}

static bool record_read(const struct dns_reader *d, struct rbuf *r)
{
	struct dns_answer *out = d->out;
	char words[DNS_TEXT_MAX] = "";
	struct dns_name owner;
	struct rbuf data;
	uint16_t type, class, len;

	if (!name_read(d->msg, d->size, r, &owner))
		return false;
	type = rbuf_u16(r);
	class = rbuf_u16(r);
	rbuf_skip(r, 4);
	len = rbuf_u16(r);
	data = rbuf_make(r->p, len);
	rbuf_skip(r, len);
	if (!rbuf_ok(r))
		return false;
	if (type != d->q->type || class != DNS_CLASS_IN)
		return true;
	out->matched = data_matches(d, type, &data, words) || out->matched;
	if (out->records++ == 0)
		text_copy(out->seen, sizeof(out->seen), words);
	return true;
}

/* An error may come back without the question (RFC 1035 does not say that it is repeated, and some do not). */
static bool question_matches(const struct dns_reader *d, struct rbuf *r, uint16_t questions, unsigned rcode)
{
	struct dns_name name;

	if (questions == 0)
		return rcode != 0;
	return questions == 1 && name_read(d->msg, d->size, r, &name) && name_equal(&name, &d->q->name) &&
	       rbuf_u16(r) == d->q->type && rbuf_u16(r) == DNS_CLASS_IN && rbuf_ok(r);
}

static enum dns_result answer_bad(struct dns_answer *out, const char *why)
{
	out->why = why;
	return DNS_BAD;
}

enum dns_result dns_answer_read(const struct dns_question *q, const struct dns_want *want, const void *data, size_t len,
                                struct dns_answer *out)
{
	const struct dns_reader d = { .msg = data, .size = len, .q = q, .want = want, .out = out };
	struct rbuf r = rbuf_make(data, len);
	uint16_t id = rbuf_u16(&r), flags = rbuf_u16(&r), questions = rbuf_u16(&r), answers = rbuf_u16(&r);

	memset(out, 0, sizeof(*out));
	out->why = "";
	out->matched = wants_nothing(want);
	rbuf_skip(&r, 4);
	if (!rbuf_ok(&r) || id != q->id || !(flags & DNS_QR))
		return DNS_STRAY;
	out->rcode = flags & DNS_RCODE;
	if (!question_matches(&d, &r, questions, out->rcode))
		return DNS_STRAY;
	if (flags & DNS_OPCODE)
		return answer_bad(out, "an answer to another kind of request");
	if (flags & DNS_TC)
		return DNS_TRUNCATED;
	for (unsigned i = 0; i < answers; i++)
		if (!record_read(&d, &r))
			return answer_bad(out, "a damaged record");
	return DNS_READ;
}
