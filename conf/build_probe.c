/*
 * Checkers: what they ask, and the times that they take over from their server and service.
 */
#include "config.h"

#include "conf/build.h"

#include <string.h>

#include "conf/value.h"
#include "core/base/dns.h"
#include "core/base/hex.h"
#include "core/base/text.h"

#define STATUS_RANGES_MAX 32
#define PATH_MOST 255
#define HEADER_MOST 511
#define HEADERS_MOST 16
#define HEX_MOST 2048 /* bytes that a keyword of 4095 characters can hold */
#define SECONDS(n) ((n) * USEC_PER_SEC)

void build_timing_inherit(struct build_timing *own, const struct build_timing *from)
{
	if (own->interval == TIME_UNSET)
		own->interval = from->interval;
	if (own->timeout == TIME_UNSET)
		own->timeout = from->timeout;
	if (own->retry_delay == TIME_UNSET)
		own->retry_delay = from->retry_delay;
	if (own->warmup == TIME_UNSET)
		own->warmup = from->warmup;
	if (own->answer_timeout == TIME_UNSET)
		own->answer_timeout = from->answer_timeout;
	if (own->down_interval == TIME_UNSET)
		own->down_interval = from->down_interval;
	if (own->retry == NUMBER_UNSET)
		own->retry = from->retry;
	if (own->rise == NUMBER_UNSET)
		own->rise = from->rise;
	if (own->fall == NUMBER_UNSET)
		own->fall = from->fall;
	if (!own->virtualhost)
		own->virtualhost = from->virtualhost;
}

/* keepalived's defaults differ by kind. */
static uint32_t standard_retry(enum probe_kind kind)
{
	if (kind == PROBE_DNS)
		return 3;
	return kind == PROBE_MISC ? 0 : 1;
}

/* What is looked at says what is so: it is seen when it changes, and is not asked again. */
static struct build_timing look_timing(void)
{
	return (struct build_timing){
		.interval = TIME_UNSET, .timeout = TIME_UNSET, .retry_delay = TIME_UNSET, .down_interval = TIME_UNSET,
	};
}

static void finish_timing(struct build_checker *ck)
{
	const struct build_timing standard = {
		.interval = SECONDS(60), .timeout = SECONDS(5), .retry = standard_retry(ck->c.kind), .warmup = TIME_UNSET,
		.retry_delay = ck->c.kind == PROBE_HTTP || ck->c.kind == PROBE_SSL ? SECONDS(3) : SECONDS(1),
	};
	struct build_timing *t = &ck->timing;

	if (ck->c.kind == PROBE_FILE || ck->c.kind == PROBE_BFD)
		*t = look_timing();
	build_timing_inherit(t, &ck->server->timing);
	build_timing_inherit(t, &ck->server->service->timing);
	build_timing_inherit(t, &standard);
	ck->c.interval = t->interval;
	ck->c.timeout = t->timeout;
	ck->c.retry_delay = t->retry_delay;
	ck->c.warmup = t->warmup == TIME_UNSET ? t->interval : t->warmup;
	ck->c.retry = (uint32_t)t->retry;
	ck->c.answer_timeout = t->answer_timeout;
	ck->c.down_interval = t->down_interval;
	ck->c.rise = (uint32_t)t->rise;
	ck->c.fall = (uint32_t)t->fall;
}

static void finish_target(struct build *b, struct build_checker *ck)
{
	const struct endpoint *server = &ck->server->r.server;
	struct conf_checker *c = &ck->c;

	c->target.addr = addr_is_set(&ck->connect_ip) ? ck->connect_ip : server->addr;
	c->target.port = ck->connect_port ? ck->connect_port : server->port;
	c->bind = (struct endpoint){ ck->bind_ip, ck->bind_port };
	if (c->target.port == 0 && c->kind != PROBE_PING && !ck->server->service->group)
		build_warn(b, &c->place, "say 'connect_port'", "there is no port to check");
	if (addr_is_set(&ck->bind_ip) && ck->bind_ip.family != c->target.addr.family)
		build_error(b, &c->place, NULL, "'bindto' is of another family than what is checked");
}

static bool is_rcode(const char *text)
{
	return strcmp(text, "any") == 0 || dns_rcode_parse(text) >= 0;
}

static void finish_dns(struct build *b, const struct conf_checker *c, const struct conf_stmt *st)
{
	struct dns_name name;
	uint16_t type = DNS_SOA;

	if (c->dns_type)
		dns_type_parse(c->dns_type, &type);
	if (!dns_name_parse(c->dns_name, &name))
		build_error(b, build_place_of(st, "name"), NULL, "'%.60s' is no domain name", c->dns_name);
	if (c->dns_rcode && !is_rcode(c->dns_rcode))
		build_error(b, build_place_of(st, "expect_rcode"), "such as NOERROR, NXDOMAIN, 5 or any", "'%s' is no response code",
		            c->dns_rcode);
	if (addr_is_set(&c->dns_address) && type != (c->dns_address.family == AF_INET ? DNS_A : DNS_AAAA))
		build_error(b, build_place_of(st, "expect_address"), "say 'type A' or 'type AAAA'",
		            "'expect_address' is of another type than the question");
	if (c->dns_text && (type == DNS_A || type == DNS_AAAA))
		build_error(b, build_place_of(st, "expect_text"), "say 'expect_address'", "records of this type have no text");
	if (c->dns_text && type != DNS_TXT && !dns_name_parse(c->dns_text, &name))
		build_error(b, build_place_of(st, "expect_text"), NULL, "'%.60s' is no domain name", c->dns_text);
}

static void finish_udp(struct build *b, const struct conf_checker *c, const struct conf_stmt *st)
{
	const char *reply = c->require_reply.n > 0 ? c->require_reply.word[0] : NULL;
	uint8_t value[HEX_MOST], mask[HEX_MOST];
	size_t n;

	if (c->payload && !hex_parse(c->payload, value, NULL, sizeof(value), &n))
		build_error(b, build_place_of(st, "payload"), "such as 0011ff", "'payload' wants hexadecimal digits");
	if (reply && !hex_parse(reply, value, mask, sizeof(value), &n))
		build_error(b, build_place_of(st, "require_reply"), "such as 00xxff", "'require_reply' wants hexadecimal digits and x");
	if (c->max_reply < c->min_reply)
		build_error(b, build_place_of(st, "max_reply_length"), NULL, "'max_reply_length' is below 'min_reply_length'");
}

/* What a checker of its kind cannot do without. */
static void finish_kind(struct build *b, struct build_checker *ck, const struct conf_stmt *st)
{
	struct conf_checker *c = &ck->c;

	if ((c->kind == PROBE_HTTP || c->kind == PROBE_SSL) && c->n_urls == 0)
		build_error(b, &c->place, "url { path / }", "an %s without a url", st->words[0].text);
	if (c->kind == PROBE_MISC && !c->command.command)
		build_error(b, &c->place, NULL, "a MISC_CHECK without a misc_path");
	if ((c->kind == PROBE_FILE || c->kind == PROBE_BFD) && !c->object)
		build_error(b, &c->place, NULL, "this check does not say what it looks at");
	if (c->kind == PROBE_HTTP || c->kind == PROBE_SSL)
		c->tls = c->kind == PROBE_SSL;
	if (c->tls && c->starttls)
		build_error(b, build_place_of(st, "starttls"), NULL, "'starttls' where 'tls' begins with TLS already");
	if (c->verify && !c->tls && !c->starttls)
		build_warn(b, build_place_of(st, "verify"), c->kind == PROBE_HTTP ? "SSL_GET" : "say 'tls'",
		           "there is no certificate to verify without TLS");
	if (!c->verify && (c->verify_ca || c->verify_name || c->verify_days))
		build_warn(b, &c->place, "say 'verify'", "how to verify, but not that it is to be done");
	if (c->kind == PROBE_DNS)
		finish_dns(b, c, st);
	if (c->kind == PROBE_UDP)
		finish_udp(b, c, st);
}

static enum conf_tristate first_set(enum conf_tristate a, enum conf_tristate b)
{
	return a != CONF_UNSET ? a : b;
}

static enum conf_tristate from_bool(bool on)
{
	return on ? CONF_YES : CONF_NO;
}

static void finish_inherited(const struct build *b, struct build_checker *ck)
{
	const struct build_server *r = ck->server;
	const struct conf_vs *s = &r->service->s;
	struct conf_checker *c = &ck->c;

	c->alpha = first_set(c->alpha, from_bool(r->r.alpha || s->alpha));
	c->log_all_failures = first_set(c->log_all_failures, first_set(r->r.log_all_failures,
		first_set(s->log_all_failures, from_bool(b->conf->global.ipvs.log_all_failures))));
}

static bool has_target(enum probe_kind kind)
{
	return kind != PROBE_MISC && kind != PROBE_FILE && kind != PROBE_BFD;
}

static void add_checker(struct build *b, const struct conf_stmt *st, struct build_server *r, enum probe_kind kind,
                        const struct kw_place *place)
{
	struct build_checker ck = { .server = r };
	size_t room = stmt_count(st->child, "url");

	schema_defaults(place, &ck);
	ck.c.place = st->words[0].at;
	ck.c.kind = kind;
	ck.urls = arena_array(b->arena, room, sizeof(*ck.urls));
	ck.c.urls = ck.urls;
	schema_apply(b, place, st->child, &ck);
	finish_timing(&ck);
	if (has_target(kind))
		finish_target(b, &ck);
	for (size_t i = 0; i < ck.c.n_urls; i++)
		if (!ck.urls[i].virtualhost)
			ck.urls[i].virtualhost = ck.timing.virtualhost;
	finish_kind(b, &ck, st);
	finish_inherited(b, &ck);
	r->checkers[r->r.n_checkers++] = ck.c;
}

void build_set_checker(struct build *b, const struct kw_row *row, const struct conf_stmt *st, void *target)
{
	add_checker(b, st, target, (enum probe_kind)row->set_to, row->inside());
}

/* "header NAME: VALUE", quoted or not. */
void build_set_header(struct build *b, const struct kw_row *row, const struct conf_stmt *st, void *target)
{
	struct conf_url *url = target;
	const char **words = arena_array(b->arena, url->headers.n + 1, sizeof(*words));
	char line[HEADER_MOST + 1];
	size_t n = 0;

	line[0] = '\0';
	for (size_t i = 1; i < st->n_words; i++)
		text_append(line, sizeof(line), &n, "%s%s", i > 1 ? " " : "", st->words[i].text);
	if (!strchr(line, ':') || line[0] == ':' || n >= HEADER_MOST || strpbrk(line, "\r\n")) {
		build_error(b, &st->words[0].at, "header \"Accept: text/html\"", "'%s' wants a line NAME: VALUE of at most %d characters",
		            row->name, HEADER_MOST - 1);
		return;
	}
	if (url->headers.n == HEADERS_MOST) {
		build_error(b, &st->words[0].at, NULL, "more than %d header lines", HEADERS_MOST);
		return;
	}
	if (url->headers.n)
		memcpy(words, url->headers.word, url->headers.n * sizeof(*words));
	words[url->headers.n] = arena_text(b->arena, line);
	url->headers = (struct conf_words){ .word = words, .n = url->headers.n + 1, .given = true };
}

/* A host block in SMTP_CHECK: the old way to say where to connect to. */
void build_set_host(struct build *b, const struct kw_row *row, const struct conf_stmt *st, void *target)
{
	schema_apply(b, row->inside(), st->child, target);
}

void build_set_dns_type(struct build *b, const struct kw_row *row, const struct conf_stmt *st, void *target)
{
	struct build_checker *ck = target;
	struct conf_word w = build_word(st, 1);
	uint16_t type;

	if (!w.text || !*w.text)
		build_error(b, &w.at, row->help, "'%s' needs a value", row->name);
	else if (!dns_type_parse(w.text, &type))
		build_error(b, &w.at, "such as A, AAAA, SOA, TXT, DNSKEY or TYPE48", "'%s' does not know '%.20s'", row->name, w.text);
	else
		ck->c.dns_type = arena_text(b->arena, w.text);
	build_no_more(b, st, 2);
}

void build_set_check_weight(struct build *b, const struct kw_row *row, const struct conf_stmt *st, void *target)
{
	static const struct kw_row weight =
		KW_HEFT("weight", struct conf_checker, weight, reverse, -0x7fffffff, 0x7fffffff, 0, "");
	struct build_checker *ck = target;

	(void)row;
	schema_set(b, &weight, st, (char *)&ck->c);
	ck->c.weight_set = true;
}

void build_set_url(struct build *b, const struct kw_row *row, const struct conf_stmt *st, void *target)
{
	struct build_checker *ck = target;
	struct conf_url url = { .place = st->words[0].at, .path = "/" };

	(void)row;
	schema_apply(b, place_url(), st->child, &url);
	ck->urls[ck->c.n_urls++] = url;
}

/* A bare `path` is "/"; it goes into a request line, so it has no blanks. */
void build_set_path(struct build *b, const struct kw_row *row, const struct conf_stmt *st, void *target)
{
	struct conf_url *url = target;
	struct conf_word w = build_word(st, 1);

	build_no_more(b, st, 2);
	if (!w.text || !*w.text)
		return;
	for (const char *p = w.text; *p; p++) {
		if ((unsigned char)*p <= ' ' || *p == 0x7f) {
			build_error(b, &w.at, "write %20 for a blank", "'%s' has blanks or control characters", row->name);
			return;
		}
	}
	if (w.text[0] != '/' && strcmp(w.text, "*") != 0 && !strstr(w.text, "://"))
		build_warn(b, &w.at, "begin it with /", "'%s' is asked for as it is, as by keepalived: most servers answer status 400", row->name);
	if (strlen(w.text) > PATH_MOST)
		build_error(b, &w.at, NULL, "'%s' takes at most %d characters", row->name, PATH_MOST);
	else
		url->path = arena_text(b->arena, w.text);
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

void build_set_digest(struct build *b, const struct kw_row *row, const struct conf_stmt *st, void *target)
{
	struct conf_url *url = target;
	struct conf_word w = build_word(st, 1);
	bool good = w.text && strlen(w.text) == 2 * sizeof(url->digest);

	for (size_t i = 0; good && i < sizeof(url->digest); i++) {
		int high = hex_digit(w.text[2 * i]), low = hex_digit(w.text[2 * i + 1]);

		good = high >= 0 && low >= 0;
		if (good)
			url->digest[i] = (uint8_t)(high * 16 + low);
	}
	if (!good)
		build_error(b, &w.at, NULL, "'%s' wants 32 hexadecimal digits", row->name);
	url->has_digest = good;
	build_no_more(b, st, 2);
}

/* "200" or "200-299". */
static bool take_range(struct build *b, const struct conf_word *w, uint16_t range[2])
{
	const char *dash = strchr(w->text, '-');
	char low[8] = "";
	int64_t from, to;

	if (!dash || (size_t)(dash - w->text) >= sizeof(low)) {
		if (!build_number(b, w, "status_code", 100, 999, &from))
			return false;
		to = from;
	} else {
		memcpy(low, w->text, (size_t)(dash - w->text));
		if (value_number(low, 100, 999, &from) != VALUE_OK || value_number(dash + 1, from, 999, &to) != VALUE_OK) {
			build_error(b, &w->at, "such as 200 or 200-299", "'%.40s' is no range of status codes", w->text);
			return false;
		}
	}
	range[0] = (uint16_t)from;
	range[1] = (uint16_t)to;
	return true;
}

void build_set_status(struct build *b, const struct kw_row *row, const struct conf_stmt *st, void *target)
{
	struct conf_url *url = target;
	uint16_t(*ranges)[2] = arena_array(b->arena, STATUS_RANGES_MAX, sizeof(*ranges));
	size_t n = url->n_status;

	if (n)
		memcpy(ranges, url->status, n * sizeof(*ranges));
	if (st->n_words < 2)
		build_error(b, &st->words[0].at, row->help, "'%s' needs a value", row->name);
	for (size_t i = 1; i < st->n_words; i++) {
		if (n == STATUS_RANGES_MAX) {
			build_error(b, &st->words[i].at, "join neighbours to a range", "more than %d status codes and ranges",
			            STATUS_RANGES_MAX);
			break;
		}
		n += take_range(b, &st->words[i], ranges[n]);
	}
	url->status = (const uint16_t(*)[2])ranges;
	url->n_status = n;
}
