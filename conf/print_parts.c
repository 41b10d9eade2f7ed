/*
 * Parts of blocks on paper.
 */
#include "config.h"

#include "conf/print_parts.h"

#include "conf/out.h"
#include "conf/schema.h"
#include "conf/value.h"

static void put_address(FILE *out, int depth, const struct conf_vip *v)
{
	char buf[ADDR_STRLEN];

	out_indent(out, depth);
	fputs(prefix_format(&v->prefix, buf), out);
	if (addr_is_set(&v->broadcast))
		fprintf(out, " brd %s", addr_format(&v->broadcast, buf));
	if (v->scope)
		fprintf(out, " scope %u", v->scope);
	if (addr_is_set(&v->peer.addr))
		fprintf(out, " peer %s", prefix_format(&v->peer, buf));
	schema_print(place_address(), v, out, OUT_INLINE);
	if (v->has_preferred && v->preferred_lft == UINT32_MAX)
		fputs(" preferred_lft forever", out);
	else if (v->has_preferred)
		fprintf(out, " preferred_lft %u", v->preferred_lft);
	fputc('\n', out);
}

bool print_addresses(FILE *out, int depth, const char *keyword, const struct conf_vip *vips, size_t n, bool excluded)
{
	bool any = false;

	for (size_t i = 0; i < n; i++) {
		if (vips[i].excluded != excluded)
			continue;
		if (!any) {
			out_indent(out, depth);
			fprintf(out, "%s {\n", keyword);
		}
		any = true;
		put_address(out, depth + 1, &vips[i]);
	}
	if (any) {
		out_indent(out, depth);
		fputs("}\n", out);
	}
	return any;
}

static void put_attrs(FILE *out, const struct conf_attr *attrs, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		fprintf(out, " %s%s", attrs[i].name, attrs[i].lock ? " lock" : "");
		if (attrs[i].value) {
			fputc(' ', out);
			out_word(out, attrs[i].value);
		}
	}
}

static void put_hop(FILE *out, const struct conf_hop *h, bool several)
{
	if (several)
		fputs(" nexthop", out);
	out_args(out, OUT_INLINE, "encap", &h->encap);
	out_addr(out, OUT_INLINE, "via", &h->via);
	out_text(out, OUT_INLINE, "dev", h->dev);
	if (h->weight != 1)
		fprintf(out, " weight %u", h->weight);
	out_flag(out, OUT_INLINE, "onlink", h->onlink);
}

static void put_prefix(FILE *out, const struct prefix *p, const char *none)
{
	char buf[ADDR_STRLEN];

	fputs(addr_is_set(&p->addr) ? prefix_format(p, buf) : none, out);
}

static void put_route(FILE *out, const struct conf_route *r)
{
	char buf[ADDR_STRLEN];

	fputs(r->type ? r->type : "unicast", out);
	fputs(r->family == AF_INET6 ? " inet6 " : " inet ", out);
	put_prefix(out, &r->to, "default");
	if (addr_is_set(&r->src))
		fprintf(out, " src %s", addr_format(&r->src, buf));
	out_text(out, OUT_INLINE, "table", r->table);
	put_attrs(out, r->attrs, r->n_attrs);
	out_text(out, OUT_INLINE, "track_group", r->track_group);
	out_flag(out, OUT_INLINE, "no_track", r->no_track);
	out_flag(out, OUT_INLINE, r->order ? r->order : "", r->order != NULL);
	for (size_t i = 0; i < r->n_hops; i++)
		put_hop(out, &r->hops[i], r->n_hops > 1);
	fputc('\n', out);
}

void print_routes(FILE *out, int depth, const char *keyword, const struct conf_routes *r)
{
	if (!r->n)
		return;
	out_indent(out, depth);
	fprintf(out, "%s {\n", keyword);
	for (size_t i = 0; i < r->n; i++) {
		out_indent(out, depth + 1);
		put_route(out, &r->list[i]);
	}
	out_indent(out, depth);
	fputs("}\n", out);
}

static void put_rule(FILE *out, const struct conf_rule *r)
{
	fputs(r->family == AF_INET6 ? "inet6" : "inet", out);
	out_flag(out, OUT_INLINE, "not", r->invert);
	fputs(" from ", out);
	put_prefix(out, &r->from, "all");
	fputs(" to ", out);
	put_prefix(out, &r->to, "all");
	put_attrs(out, r->attrs, r->n_attrs);
	out_text(out, OUT_INLINE, "table", r->table);
	out_text(out, OUT_INLINE, "track_group", r->track_group);
	out_flag(out, OUT_INLINE, "no_track", r->no_track);
	if (r->action)
		fprintf(out, " %s", r->action);
	fputc('\n', out);
}

void print_rules(FILE *out, int depth, const char *keyword, const struct conf_rules *r)
{
	if (!r->n)
		return;
	out_indent(out, depth);
	fprintf(out, "%s {\n", keyword);
	for (size_t i = 0; i < r->n; i++) {
		out_indent(out, depth + 1);
		put_rule(out, &r->list[i]);
	}
	out_indent(out, depth);
	fputs("}\n", out);
}

static void put_track(FILE *out, const struct conf_track *t)
{
	fputs("\t\t", out);
	out_word(out, t->name);
	if (t->weight_set)
		fprintf(out, " weight %d%s", t->weight, t->reverse ? " reverse" : "");
	fputc('\n', out);
}

/* A block for each run of one kind, so that the order stays. */
void print_tracks(FILE *out, const struct conf_tracks *t)
{
	for (size_t i = 0; i < t->n; i++) {
		if (i == 0 || t->list[i].kind != t->list[i - 1].kind)
			fprintf(out, "\t%s {\n", conf_track_kind_name(t->list[i].kind));
		put_track(out, &t->list[i]);
		if (i + 1 == t->n || t->list[i].kind != t->list[i + 1].kind)
			fputs("\t}\n", out);
	}
}

void print_deleted(FILE *out, const struct conf_notify *n)
{
	if (n->deleted_set && !n->deleted.command)
		out_flag(out, 1, "notify_deleted", true);
	out_script(out, 1, "notify_deleted", false, &n->deleted);
}

void print_delay(FILE *out, const struct conf_delay *d)
{
	char down[VALUE_TIME_LEN], up[VALUE_TIME_LEN];

	fputc('\t', out);
	out_word(out, d->interface);
	fprintf(out, " %s %s\n", value_time_format(d->down, down), value_time_format(d->up, up));
}

static void put_url(FILE *out, const struct conf_url *u)
{
	fputs("\t\t\turl {\n", out);
	out_text(out, 4, "path", u->path);
	schema_print(place_url(), u, out, 4);
	for (size_t i = 0; i < u->headers.n; i++)
		out_text(out, 4, "header", u->headers.word[i]);
	if (u->n_status) {
		fputs("\t\t\t\tstatus_code", out);
		for (size_t i = 0; i < u->n_status; i++)
			fprintf(out, " %u-%u", u->status[i][0], u->status[i][1]);
		fputc('\n', out);
	}
	if (u->has_digest) {
		fputs("\t\t\t\tdigest ", out);
		for (size_t i = 0; i < sizeof(u->digest); i++)
			fprintf(out, "%02x", u->digest[i]);
		fputc('\n', out);
	}
	fputs("\t\t\t}\n", out);
}

static const struct kw_place *place_of(enum probe_kind kind)
{
	switch (kind) {
	case PROBE_HTTP:
	case PROBE_SSL:
		return place_http();
	case PROBE_SMTP:
		return place_smtp();
	case PROBE_AGENT:
		return place_agent();
	case PROBE_DNS:
		return place_dns();
	case PROBE_MISC:
		return place_misc();
	case PROBE_UDP:
		return place_udp();
	case PROBE_PING:
		return place_ping();
	case PROBE_FILE:
		return place_file();
	case PROBE_BFD:
		return place_bfd_check();
	default:
		return place_tcp();
	}
}

static void put_timing(FILE *out, const struct conf_checker *c)
{
	out_time(out, 3, "delay_loop", c->interval);
	out_time(out, 3, "connect_timeout", c->timeout);
	out_number(out, 3, "retry", c->retry);
	out_time(out, 3, "delay_before_retry", c->retry_delay);
	out_time(out, 3, "warmup", c->warmup);
	if (c->answer_timeout)
		out_time(out, 3, "answer_timeout", c->answer_timeout);
	if (c->down_interval)
		out_time(out, 3, "down_interval", c->down_interval);
	if (c->rise)
		out_number(out, 3, "rise", c->rise);
	if (c->fall)
		out_number(out, 3, "fall", c->fall);
}

static void put_connection(FILE *out, const struct conf_checker *c)
{
	out_addr(out, 3, "connect_ip", &c->target.addr);
	if (c->target.port)
		out_number(out, 3, "connect_port", c->target.port);
	out_addr(out, 3, "bindto", &c->bind.addr);
	if (c->bind.port)
		out_number(out, 3, "bind_port", c->bind.port);
}

void print_checker(FILE *out, const struct conf_checker *c)
{
	fprintf(out, "\t\t%s {\n", probe_kind_name(c->kind));
	schema_print(place_of(c->kind), c, out, 3);
	if (c->kind != PROBE_MISC && c->kind != PROBE_FILE && c->kind != PROBE_BFD)
		put_connection(out, c);
	if (c->kind != PROBE_FILE && c->kind != PROBE_BFD)
		put_timing(out, c);
	out_text(out, 3, "type", c->dns_type);
	if (c->weight_set)
		fprintf(out, "\t\t\tweight %d%s\n", c->weight, c->reverse ? " reverse" : "");
	for (size_t i = 0; i < c->n_urls; i++)
		put_url(out, &c->urls[i]);
	fputs("\t\t}\n", out);
}
