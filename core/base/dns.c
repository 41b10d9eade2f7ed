/*
 * The tables of dns.h (IANA's registry of DNS parameters), and the reader of domain names.
 */
#include "config.h"

#include "core/base/dns.h"

#include <string.h>
#include <strings.h>

#include "core/base/buf.h"
#include "core/base/text.h"

struct dns_code {
	const char *name;
	uint16_t code;
};

static const struct dns_code types[] = {
	{ "A", DNS_A },       { "NS", DNS_NS },     { "CNAME", DNS_CNAME }, { "SOA", DNS_SOA },   { "PTR", DNS_PTR },
	{ "MX", DNS_MX },     { "TXT", DNS_TXT },   { "AAAA", DNS_AAAA },   { "SRV", DNS_SRV },   { "NAPTR", 35 },
	{ "DS", 43 },         { "RRSIG", 46 },      { "NSEC", 47 },         { "DNSKEY", 48 },     { "NSEC3", 50 },
	{ "TLSA", 52 },       { "CDS", 59 },        { "CDNSKEY", 60 },      { "SVCB", 64 },       { "HTTPS", 65 },
	{ "ANY", 255 },       { "CAA", 257 },
};

static const struct dns_code rcodes[] = {
	{ "NOERROR", 0 }, { "FORMERR", 1 }, { "SERVFAIL", 2 }, { "NXDOMAIN", 3 }, { "NOTIMP", 4 }, { "REFUSED", 5 },
	{ "YXDOMAIN", 6 }, { "YXRRSET", 7 }, { "NXRRSET", 8 }, { "NOTAUTH", 9 }, { "NOTZONE", 10 },
};

#define LENGTH(a) (sizeof(a) / sizeof((a)[0]))

static int code_of(const struct dns_code *list, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcasecmp(list[i].name, name) == 0)
			return list[i].code;
	return -1;
}

/* Digits only, at most `most`; -1: something else. */
static int small_number(const char *text, int most)
{
	int n = 0;

	if (!*text)
		return -1;
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return -1;
		n = n * 10 + (*text - '0');
		if (n > most)
			return -1;
	}
	return n;
}

bool dns_type_parse(const char *text, uint16_t *out)
{
	int code = code_of(types, LENGTH(types), text);

	if (code < 0 && strncasecmp(text, "TYPE", 4) == 0)
		code = small_number(text + 4, UINT16_MAX);
	if (code <= 0)
		return false;
	*out = (uint16_t)code;
	return true;
}

const char *dns_rcode_name(unsigned rcode, char buf[static 16])
{
	size_t n = 0;

	for (size_t i = 0; i < LENGTH(rcodes); i++)
		if (rcodes[i].code == rcode)
			return rcodes[i].name;
	text_append(buf, 16, &n, "RCODE%u", rcode);
	return buf;
}

int dns_rcode_parse(const char *text)
{
	int code = code_of(rcodes, LENGTH(rcodes), text);

	return code >= 0 ? code : small_number(text, DNS_RCODE_MAX);
}

/* ---- names ---- */

/* One character of a label, with its escapes; moves *text past it. -1: a broken escape. */
static int label_char(const char **text)
{
	const char *t = *text;
	int n = 0;

	if (*t != '\\') {
		*text = t + 1;
		return (unsigned char)*t;
	}
	if (t[1] < '0' || t[1] > '9') {
		*text = t + 2;
		return t[1] ? (unsigned char)t[1] : -1;
	}
	for (int i = 1; i <= 3; i++) {
		if (t[i] < '0' || t[i] > '9')
			return -1;
		n = n * 10 + (t[i] - '0');
	}
	*text = t + 4;
	return n <= 255 ? n : -1;
}

bool dns_name_parse(const char *text, struct dns_name *out)
{
	struct wbuf w = wbuf_make(out->wire, sizeof(out->wire));

	memset(out, 0, sizeof(*out));
	if (strcmp(text, ".") == 0)
		text++;
	else if (!*text)
		return false;
	while (*text) {
		size_t at = w.len;

		wbuf_u8(&w, 0);
		while (*text && *text != '.') {
			int c = label_char(&text);

			if (c < 0)
				return false;
			wbuf_u8(&w, (uint8_t)c);
		}
		if (!wbuf_ok(&w) || w.len - at - 1 == 0 || w.len - at - 1 > 63)
			return false;
		out->wire[at] = (uint8_t)(w.len - at - 1);
		text += *text == '.';
	}
	wbuf_u8(&w, 0);
	out->len = (uint8_t)w.len;
	return wbuf_ok(&w);
}
