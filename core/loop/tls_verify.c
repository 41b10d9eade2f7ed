/*
 * Is a peer's certificate good, and if not, why, in words for the person on call: RFC 5280 chains and RFC 6125 names by
 * OpenSSL; the reasons are ours.
 *
 * What stands in a certificate is the peer's text: it is shown without control characters and cut.
 */
#include "config.h"

#include "core/loop/tls_priv.h"

#include <netinet/in.h>
#include <openssl/x509v3.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "core/base/text.h"

#define NAMES_SHOWN 3
#define SHOWN 40
#define DAY 86400

static void show_text(char *out, size_t size, const void *data, size_t len)
{
	const unsigned char *p = data;
	size_t n = 0;

	for (; n < len && n + 1 < size; n++)
		out[n] = p[n] >= 0x20 && p[n] < 0x7f ? (char)p[n] : '?';
	out[n] = '\0';
}

static void show_common_name(const X509_NAME *name, char out[static SHOWN])
{
	int at = name ? X509_NAME_get_index_by_NID(name, NID_commonName, -1) : -1;
	const ASN1_STRING *s = at >= 0 ? X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)) : NULL;

	if (s)
		show_text(out, SHOWN, ASN1_STRING_get0_data(s), (size_t)ASN1_STRING_length(s));
	else
		text_copy(out, SHOWN, "without a name");
}

static void show_date(const ASN1_TIME *t, char out[static 16])
{
	struct tm tm;

	if (!t || ASN1_TIME_to_tm(t, &tm) != 1 || strftime(out, 16, "%Y-%m-%d", &tm) == 0)
		text_copy(out, 16, "at no known date");
}

static void show_alt_name(const GENERAL_NAME *g, char out[static SHOWN])
{
	const ASN1_OCTET_STRING *ip;
	struct addr a;

	out[0] = '\0';
	if (g->type == GEN_DNS) {
		show_text(out, SHOWN, ASN1_STRING_get0_data(g->d.dNSName), (size_t)ASN1_STRING_length(g->d.dNSName));
	} else if (g->type == GEN_IPADD) {
		char buf[ADDR_STRLEN];

		ip = g->d.iPAddress;
		memset(&a, 0, sizeof(a));
		a.family = ASN1_STRING_length(ip) == 4 ? AF_INET : ASN1_STRING_length(ip) == 16 ? AF_INET6 : 0;
		memcpy(a.bytes, ASN1_STRING_get0_data(ip), a.family == AF_INET ? 4 : a.family ? 16 : 0);
		if (a.family)
			text_copy(out, SHOWN, addr_format(&a, buf));
	}
}

/* "a.example, b.example and 3 more" */
static void show_names(const X509 *x, char *out, size_t size)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(x, NID_subject_alt_name, NULL, NULL);
	int total = names ? sk_GENERAL_NAME_num(names) : 0, shown = 0;
	char one[SHOWN];
	size_t n = 0;

	out[0] = '\0';
	for (int i = 0; i < total && shown < NAMES_SHOWN; i++) {
		show_alt_name(sk_GENERAL_NAME_value(names, i), one);
		if (one[0])
			text_append(out, size, &n, "%s%s", shown++ ? ", " : "", one);
	}
	if (shown && total > shown)
		text_append(out, size, &n, " and %d more", total - shown);
	if (!shown) {
		show_common_name(X509_get_subject_name(x), one);
		text_append(out, size, &n, "%s", one);
	}
	GENERAL_NAMES_free(names);
}

static void verdict(struct tls_want *w, enum tls_error e, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

static void verdict(struct tls_want *w, enum tls_error e, const char *fmt, ...)
{
	va_list ap;

	w->verdict.error = e;
	va_start(ap, fmt);
	vsnprintf(w->verdict.text, sizeof(w->verdict.text), fmt, ap);
	va_end(ap);
}

/* "certificate" of the peer, or "CA certificate NAME" above it. */
static void show_which(X509 *x, int depth, char *out, size_t size)
{
	char name[SHOWN];

	if (depth == 0 || !x) {
		text_copy(out, size, "certificate");
		return;
	}
	show_common_name(X509_get_subject_name(x), name);
	snprintf(out, size, "CA certificate %s", name);
}

static void judge_name(X509 *x, struct tls_want *w)
{
	char names[TLS_TEXT], addr[ADDR_STRLEN];

	show_names(x, names, 70);
	verdict(w, TLS_E_CERT_NAME, "name mismatch: certificate is for %s, not %s", names,
	        w->name[0] ? w->name : addr_format(&w->addr, addr));
}

static void judge(int code, int depth, X509 *x, struct tls_want *w)
{
	char which[64], date[16], name[SHOWN];

	show_which(x, depth, which, sizeof(which));
	switch (code) {
	case X509_V_ERR_CERT_HAS_EXPIRED:
		show_date(X509_get0_notAfter(x), date);
		verdict(w, TLS_E_CERT_EXPIRED, "%s expired %s", which, date);
		break;
	case X509_V_ERR_CERT_NOT_YET_VALID:
		show_date(X509_get0_notBefore(x), date);
		verdict(w, TLS_E_CERT_NOT_YET, "%s is not valid before %s", which, date);
		break;
	case X509_V_ERR_HOSTNAME_MISMATCH:
	case X509_V_ERR_IP_ADDRESS_MISMATCH:
		judge_name(x, w);
		break;
	case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
		verdict(w, TLS_E_CERT_SELF_SIGNED, "self-signed certificate");
		break;
	case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
		show_common_name(X509_get_subject_name(x), name);
		verdict(w, TLS_E_CERT_UNTRUSTED, "certificate leads to %s, which is not trusted", name);
		break;
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
	case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
		show_common_name(X509_get_issuer_name(x), name);
		verdict(w, TLS_E_CERT_UNTRUSTED, "%s is issued by %s, which is not known", which, name);
		break;
	default:
		verdict(w, TLS_E_CERT_UNTRUSTED, "%s: %s", which, X509_verify_cert_error_string(code));
		break;
	}
}

/* The first thing that is wrong is what is told; the handshake goes on, so that it can be told. */
static int on_chain(int ok, X509_STORE_CTX *store)
{
	SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
	struct tls_want *w = ssl ? SSL_get_app_data(ssl) : NULL;
	X509 *x = X509_STORE_CTX_get_current_cert(store);

	if (!ok && w && !w->verdict.error)
		judge(X509_STORE_CTX_get_error(store), X509_STORE_CTX_get_error_depth(store), x, w);
	return 1;
}

static bool expect_address(X509_VERIFY_PARAM *p, const struct addr *a)
{
	return X509_VERIFY_PARAM_set1_ip(p, a->bytes, a->family == AF_INET ? 4 : 16) == 1;
}

bool tls_verify_prepare(SSL *ssl, struct tls_want *w)
{
	X509_VERIFY_PARAM *p = SSL_get0_param(ssl);
	struct addr named;

	if (!w->verify)
		return true;
	SSL_set_app_data(ssl, w);
	SSL_set_verify(ssl, SSL_VERIFY_PEER, on_chain);
	if (!w->name[0])
		return expect_address(p, &w->addr);
	if (addr_parse(w->name, &named)) /* in a certificate an address is no name */
		return expect_address(p, &named);
	X509_VERIFY_PARAM_set_hostflags(p, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	return X509_VERIFY_PARAM_set1_host(p, w->name, 0) == 1;
}

void tls_verify_finish(SSL *ssl, struct tls_want *w)
{
	X509 *x;
	time_t then = time(NULL) + (time_t)w->days * DAY;
	char date[16];

	if (!w->verify || w->verdict.error)
		return;
	x = SSL_get0_peer_certificate(ssl);
	if (!x) {
		verdict(w, TLS_E_CERT_UNTRUSTED, "no certificate");
	} else if (w->days > 0 && X509_cmp_time(X509_get0_notAfter(x), &then) < 0) {
		show_date(X509_get0_notAfter(x), date);
		verdict(w, TLS_E_CERT_ENDS_SOON, "certificate expires %s, within %u days", date, w->days);
	}
}
