/*
 * Canonical print: one function a block, in the order of struct conf.
 */
#include "config.h"

#include "conf/print.h"

#include <netinet/in.h>
#include <string.h>

#include "conf/value.h"

/* A word that reads back as itself, in quotes where it has to be. */
static void word(FILE *out, const char *text)
{
	bool plain = *text != '\0';

	for (const char *p = text; *p && plain; p++)
		plain = (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') || (*p >= '0' && *p <= '9') ||
		        strchr("._-:/+%,=?&", *p);
	if (plain) {
		fputs(text, out);
		return;
	}
	fputc('"', out);
	for (const char *p = text; *p; p++) {
		unsigned char c = (unsigned char)*p;

		if (c < 0x20 || c == 0x7f)
			fprintf(out, "\\%03o", c);
		else if (c == '"' || c == '\\')
			fprintf(out, "\\%c", c);
		else
			fputc(c, out);
	}
	fputc('"', out);
}

static void indent(FILE *out, int depth)
{
	while (depth--)
		fputc('\t', out);
}

static void put_text(FILE *out, int depth, const char *keyword, const char *text)
{
	if (!text)
		return;
	indent(out, depth);
	fprintf(out, "%s ", keyword);
	word(out, text);
	fputc('\n', out);
}

static void put_number(FILE *out, int depth, const char *keyword, int64_t n)
{
	indent(out, depth);
	fprintf(out, "%s %lld\n", keyword, (long long)n);
}

static void put_time(FILE *out, int depth, const char *keyword, usec_t t)
{
	char buf[VALUE_TIME_LEN];

	indent(out, depth);
	fprintf(out, "%s %s\n", keyword, value_time_format(t, buf));
}

static void put_addr(FILE *out, int depth, const char *keyword, const struct addr *a)
{
	char buf[ADDR_STRLEN];

	if (!addr_is_set(a))
		return;
	indent(out, depth);
	fprintf(out, "%s %s\n", keyword, addr_format(a, buf));
}

static void put_flag(FILE *out, int depth, const char *keyword, bool on)
{
	if (!on)
		return;
	indent(out, depth);
	fprintf(out, "%s\n", keyword);
}

static void put_switch(FILE *out, int depth, const char *keyword, enum conf_tristate s)
{
	if (s != CONF_UNSET)
		put_text(out, depth, keyword, s == CONF_YES ? "on" : "off");
}

static void put_words(FILE *out, int depth, const char *keyword, const char *const *words, size_t n)
{
	if (!n)
		return;
	indent(out, depth);
	fprintf(out, "%s {\n", keyword);
	for (size_t i = 0; i < n; i++) {
		indent(out, depth + 1);
		word(out, words[i]);
		fputc('\n', out);
	}
	indent(out, depth);
	fputs("}\n", out);
}

static void put_garp(FILE *out, const char *prefix, const struct conf_garp *g)
{
	const struct {
		const char *name;
		usec_t t;
	} times[] = {
		{ "master_delay", g->master_delay }, { "master_refresh", g->master_refresh },
		{ "lower_prio_delay", g->lower_prio_delay }, { "interval", g->interval },
	};
	const struct {
		const char *name;
		uint32_t n;
	} numbers[] = {
		{ "master_repeat", g->master_repeat }, { "master_refresh_repeat", g->master_refresh_repeat },
		{ "lower_prio_repeat", g->lower_prio_repeat },
	};
	char keyword[64];

	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		snprintf(keyword, sizeof(keyword), "%sgarp_%s", prefix, times[i].name);
		put_time(out, 1, keyword, times[i].t);
	}
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		snprintf(keyword, sizeof(keyword), "%sgarp_%s", prefix, numbers[i].name);
		put_number(out, 1, keyword, numbers[i].n);
	}
}

static void put_sync(FILE *out, const struct conf_global *g)
{
	char buf[ADDR_STRLEN];

	if (!g->sync.on)
		return;
	fputs("\tlvs_sync_daemon ", out);
	word(out, g->sync.ifname);
	if (g->sync.instance) {
		fputs(" inst ", out);
		word(out, g->sync.instance);
	}
	if (g->sync.id_set)
		fprintf(out, " id %u", g->sync.id);
	if (g->sync.maxlen)
		fprintf(out, " maxlen %u", g->sync.maxlen);
	if (g->sync.port)
		fprintf(out, " port %u", g->sync.port);
	if (g->sync.ttl)
		fprintf(out, " ttl %u", g->sync.ttl);
	if (addr_is_set(&g->sync.group))
		fprintf(out, " group %s", addr_format(&g->sync.group, buf));
	fputc('\n', out);
}

static void put_mail(FILE *out, const struct conf_global *g)
{
	put_words(out, 1, "notification_email", g->emails, g->n_emails);
	put_text(out, 1, "notification_email_from", g->email_from);
	if (g->smtp_server) {
		fputs("\tsmtp_server ", out);
		word(out, g->smtp_server);
		fprintf(out, " %u\n", g->smtp_port);
	}
	put_time(out, 1, "smtp_connect_timeout", g->smtp_timeout);
}

static void put_global(FILE *out, const struct conf_global *g)
{
	put_text(out, 0, "instance", g->instance);
	fputs("global_defs {\n", out);
	put_text(out, 1, "router_id", g->router_id);
	put_mail(out, g);
	put_text(out, 1, "script_user", g->script_user);
	put_number(out, 1, "vrrp_version", g->vrrp_version);
	put_addr(out, 1, "vrrp_mcast_group4", &g->mcast_group4);
	put_addr(out, 1, "vrrp_mcast_group6", &g->mcast_group6);
	put_garp(out, "vrrp_", &g->garp);
	put_flag(out, 1, "vrrp_skip_check_adv_addr", g->skip_check_adv_addr);
	put_flag(out, 1, "vrrp_strict", g->vrrp_strict);
	put_time(out, 1, "vrrp_startup_delay", g->startup_delay);
	put_sync(out, g);
	put_text(out, 1, "snmp_socket", g->snmp_socket);
	put_switch(out, 1, "snmp", g->snmp);
	put_switch(out, 1, "snmp_write", g->snmp_write);
	put_switch(out, 1, "enable_traps", g->traps);
	if (g->rt_priority)
		put_number(out, 1, "vrrp_rt_priority", g->rt_priority);
	put_switch(out, 1, "vrrp_no_swap", g->no_swap);
	put_time(out, 1, "ipvs_resync", g->ipvs_resync);
	put_switch(out, 1, "role_weights", g->role_weights);
	fputs("}\n", out);
}

static void put_vips(FILE *out, const struct conf_vrrp *v, bool excluded)
{
	bool any = false;

	for (size_t i = 0; i < v->n_vips; i++) {
		const struct conf_vip *vip = &v->vips[i];
		char buf[ADDR_STRLEN];

		if (vip->excluded != excluded)
			continue;
		if (!any)
			fprintf(out, "\tvirtual_ipaddress%s {\n", excluded ? "_excluded" : "");
		any = true;
		fprintf(out, "\t\t%s", prefix_format(&vip->prefix, buf));
		if (addr_is_set(&vip->broadcast))
			fprintf(out, " brd %s", addr_format(&vip->broadcast, buf));
		if (vip->dev) {
			fputs(" dev ", out);
			word(out, vip->dev);
		}
		if (vip->scope)
			fprintf(out, " scope %u", vip->scope);
		if (vip->label) {
			fputs(" label ", out);
			word(out, vip->label);
		}
		fputc('\n', out);
	}
	if (any)
		fputs("\t}\n", out);
	else if (!excluded)
		put_flag(out, 1, "no_virtual_ipaddress", true);
}

static void put_auth(FILE *out, const struct conf_vrrp *v)
{
	char pass[sizeof(v->auth_pass) + 1] = "";

	if (v->auth == CONF_AUTH_NONE)
		return;
	memcpy(pass, v->auth_pass, sizeof(v->auth_pass));
	fprintf(out, "\tauthentication {\n\t\tauth_type %s\n", v->auth == CONF_AUTH_PASS ? "PASS" : "AH");
	put_text(out, 2, "auth_pass", pass);
	fputs("\t}\n", out);
}

static void put_transport(FILE *out, const struct conf_vrrp *v)
{
	char buf[ADDR_STRLEN];

	put_addr(out, 1, "mcast_dst_ip", &v->mcast_group);
	put_addr(out, 1, v->n_peers ? "unicast_src_ip" : "mcast_src_ip", &v->source);
	if (!v->n_peers)
		return;
	fputs("\tunicast_peer {\n", out);
	for (size_t i = 0; i < v->n_peers; i++)
		fprintf(out, "\t\t%s\n", addr_format(&v->peers[i], buf));
	fputs("\t}\n", out);
}

static void put_vrrp(FILE *out, const struct conf_vrrp *v)
{
	fputs("vrrp_instance ", out);
	word(out, v->name);
	fputs(" {\n", out);
	put_text(out, 1, "state", v->state_master ? "MASTER" : "BACKUP");
	put_text(out, 1, "interface", v->interface);
	put_number(out, 1, "virtual_router_id", v->vrid);
	put_number(out, 1, "version", v->version);
	put_number(out, 1, "priority", v->priority);
	put_time(out, 1, "advert_int", v->advert_int);
	put_flag(out, 1, "nopreempt", v->nopreempt);
	put_time(out, 1, "preempt_delay", v->preempt_delay);
	put_number(out, 1, "down_timer_adverts", v->down_timer_adverts);
	put_flag(out, 1, v->accept ? "accept" : "no_accept", true);
	put_auth(out, v);
	put_transport(out, v);
	put_vips(out, v, false);
	put_vips(out, v, true);
	put_garp(out, "", &v->garp);
	put_text(out, 1, "skip_check_adv_addr", v->skip_check_adv_addr ? "on" : "off");
	put_flag(out, 1, "v3_checksum_as_v2", v->v3_checksum_as_v2);
	put_flag(out, 1, "dont_track_primary", v->dont_track_primary);
	fputs("}\n", out);
}

static void put_group(FILE *out, const struct conf_group *g)
{
	fputs("vrrp_sync_group ", out);
	word(out, g->name);
	fputs(" {\n", out);
	put_words(out, 1, "group", g->members, g->n_members);
	fputs("}\n", out);
}

static void put_url(FILE *out, const struct conf_url *u)
{
	fputs("\t\t\turl {\n", out);
	put_text(out, 4, "path", u->path);
	put_text(out, 4, "virtualhost", u->virtualhost);
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

static void put_checker(FILE *out, const struct conf_checker *c)
{
	fprintf(out, "\t\t%s {\n", c->kind == PROBE_HTTP ? "HTTP_GET" : "TCP_CHECK");
	put_addr(out, 3, "connect_ip", &c->target.addr);
	if (c->target.port)
		put_number(out, 3, "connect_port", c->target.port);
	put_addr(out, 3, "bindto", &c->bind.addr);
	if (c->bind.port)
		put_number(out, 3, "bind_port", c->bind.port);
	put_text(out, 3, "bind_if", c->bind_if);
	if (c->fwmark)
		put_number(out, 3, "fwmark", c->fwmark);
	put_time(out, 3, "delay_loop", c->interval);
	put_time(out, 3, "connect_timeout", c->timeout);
	put_number(out, 3, "retry", c->retry);
	put_time(out, 3, "delay_before_retry", c->retry_delay);
	put_time(out, 3, "warmup", c->warmup);
	if (c->http11)
		put_text(out, 3, "http_protocol", "1.1");
	for (size_t i = 0; i < c->n_urls; i++)
		put_url(out, &c->urls[i]);
	fputs("\t\t}\n", out);
}

static const char *method_name(enum conf_method m)
{
	return m == CONF_DR ? "DR" : m == CONF_TUN ? "TUN" : "NAT";
}

static void put_server(FILE *out, const struct conf_rs *r)
{
	char buf[ADDR_STRLEN];

	fprintf(out, "\treal_server %s %u {\n", addr_format(&r->server.addr, buf), r->server.port);
	put_number(out, 2, "weight", r->weight);
	put_text(out, 2, "lvs_method", method_name(r->method));
	put_number(out, 2, "uthreshold", r->upper);
	put_number(out, 2, "lthreshold", r->lower);
	put_flag(out, 2, "inhibit_on_failure", r->inhibit_on_failure);
	put_flag(out, 2, "alpha", r->alpha);
	for (size_t i = 0; i < r->n_checkers; i++)
		put_checker(out, &r->checkers[i]);
	fputs("\t}\n", out);
}

static void put_granularity(FILE *out, const struct conf_vs *s)
{
	struct addr mask = addr_from_v4_be(s->netmask);

	if (!s->netmask)
		return;
	if (s->key.family == AF_INET)
		put_addr(out, 1, "persistence_granularity", &mask);
	else
		put_number(out, 1, "persistence_granularity", s->netmask);
}

static void put_scheduling(FILE *out, const struct conf_vs *s)
{
	put_text(out, 1, "lvs_sched", s->scheduler);
	put_text(out, 1, "lvs_method", method_name(s->method));
	put_flag(out, 1, "flag-1", s->flags & 0x08);
	put_flag(out, 1, "flag-2", s->flags & 0x10);
	put_flag(out, 1, "flag-3", s->flags & 0x20);
	put_flag(out, 1, "ops", s->ops);
	put_number(out, 1, "persistence_timeout", s->persistence);
	put_granularity(out, s);
	put_text(out, 1, "persistence_engine", s->pe);
}

static void put_sorry(FILE *out, const struct conf_vs *s)
{
	char buf[ADDR_STRLEN];

	if (s->has_sorry)
		fprintf(out, "\tsorry_server %s %u\n", addr_format(&s->sorry.addr, buf), s->sorry.port);
	put_flag(out, 1, "sorry_server_inhibit", s->sorry_inhibit);
	put_text(out, 1, "sorry_server_lvs_method", method_name(s->sorry_method));
}

static void put_service(FILE *out, const struct conf_vs *s)
{
	const char *protocol = s->key.protocol == IPPROTO_UDP ? "UDP" : s->key.protocol == IPPROTO_SCTP ? "SCTP" : "TCP";
	char buf[ADDR_STRLEN];

	if (s->key.fwmark)
		fprintf(out, "virtual_server fwmark %u {\n", s->key.fwmark);
	else
		fprintf(out, "virtual_server %s %u {\n", addr_format(&s->key.addr, buf), s->key.port);
	put_text(out, 1, "ip_family", s->key.family == AF_INET6 ? "inet6" : "inet");
	put_text(out, 1, "protocol", protocol);
	put_text(out, 1, "snmp_name", s->name);
	put_scheduling(out, s);
	put_number(out, 1, "quorum", s->quorum);
	put_number(out, 1, "hysteresis", s->hysteresis);
	put_flag(out, 1, "alpha", s->alpha);
	put_flag(out, 1, "omega", s->omega);
	put_flag(out, 1, "inhibit_on_failure", s->inhibit_on_failure);
	put_flag(out, 1, "ha_suspend", s->ha_suspend);
	put_text(out, 1, "ha_instance", s->ha_instance);
	put_sorry(out, s);
	for (size_t i = 0; i < s->n_servers; i++)
		put_server(out, &s->servers[i]);
	fputs("}\n", out);
}

void conf_print(const struct conf *c, FILE *out)
{
	put_global(out, &c->global);
	for (size_t i = 0; i < c->n_vrrp; i++)
		put_vrrp(out, &c->vrrp[i]);
	for (size_t i = 0; i < c->n_groups; i++)
		put_group(out, &c->groups[i]);
	for (size_t i = 0; i < c->n_services; i++)
		put_service(out, &c->services[i]);
}
