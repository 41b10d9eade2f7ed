/*
 * Canonical print: one function a block, in the order of struct conf. What a row holds its row prints; what is left here
 * is what several keywords say together, and what has a form of its own.
 */
#include "config.h"

#include "conf/print.h"

#include <netinet/in.h>
#include <string.h>

#include "conf/out.h"
#include "conf/print_parts.h"
#include "conf/schema.h"

static void put_timeouts(FILE *out, const struct conf_global *g)
{
	if (!g->lvs_timeouts.tcp && !g->lvs_timeouts.tcpfin && !g->lvs_timeouts.udp)
		return;
	fputs("\tlvs_timeouts", out);
	if (g->lvs_timeouts.tcp)
		fprintf(out, " tcp %u", g->lvs_timeouts.tcp);
	if (g->lvs_timeouts.tcpfin)
		fprintf(out, " tcpfin %u", g->lvs_timeouts.tcpfin);
	if (g->lvs_timeouts.udp)
		fprintf(out, " udp %u", g->lvs_timeouts.udp);
	fputc('\n', out);
}

static void put_block(FILE *out, const char *keyword, const char *name)
{
	fprintf(out, "%s ", keyword);
	out_word(out, name);
	fputs(" {\n", out);
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
		out_time(out, 1, keyword, times[i].t);
	}
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		snprintf(keyword, sizeof(keyword), "%sgarp_%s", prefix, numbers[i].name);
		out_number(out, 1, keyword, numbers[i].n);
	}
}

static void put_sync(FILE *out, const struct conf_global *g)
{
	char buf[ADDR_STRLEN];

	if (!g->sync.on)
		return;
	fputs("\tlvs_sync_daemon ", out);
	out_word(out, g->sync.ifname);
	if (g->sync.instance) {
		fputs(" inst ", out);
		out_word(out, g->sync.instance);
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

static void put_global(FILE *out, const struct conf *c)
{
	const struct conf_global *g = &c->global;

	out_text(out, 0, "instance", g->instance);
	schema_print(place_root(), c, out, 0);
	fputs("global_defs {\n", out);
	schema_print(place_global(), g, out, 1);
	if (g->smtp_server) {
		fputs("\tsmtp_server ", out);
		out_word(out, g->smtp_server);
		fprintf(out, " %u\n", g->smtp_port);
	}
	if (g->script_user)
		out_args(out, 1, "script_user",
		         &(struct conf_words){ .word = (const char *const[]){ g->script_user, g->script_group },
		                               .n = 1 + !!g->script_group, .given = true });
	put_garp(out, "vrrp_", &g->garp);
	put_sync(out, g);
	put_timeouts(out, g);
	fputs("}\n", out);
}

static void put_vips(FILE *out, const struct conf_vrrp *v, bool excluded)
{
	const char *keyword = excluded ? "virtual_ipaddress_excluded" : "virtual_ipaddress";
	bool any = print_addresses(out, 1, keyword, v->vips, v->n_vips, excluded);

	if (!any && !excluded)
		out_flag(out, 1, "no_virtual_ipaddress", true);
}

static void put_auth(FILE *out, const struct conf_vrrp *v)
{
	char pass[sizeof(v->auth_pass) + 1] = "";

	if (v->auth != CONF_AUTH_NONE) {
		memcpy(pass, v->auth_pass, sizeof(v->auth_pass));
		fprintf(out, "\tauthentication {\n\t\tauth_type %s\n", v->auth == CONF_AUTH_PASS ? "PASS" : "AH");
		out_text(out, 2, "auth_pass", pass);
		fputs("\t}\n", out);
	}
	if (!v->hmac)
		return;
	fputs("\tauth_hmac {\n", out);
	for (size_t i = 0; i < v->hmac->n_keys; i++) {
		fprintf(out, "\t\tkey %u ", v->hmac->keys[i].id);
		out_word(out, v->hmac->keys[i].key);
		fputc('\n', out);
	}
	schema_print(place_auth_hmac(), v->hmac, out, 2);
	fputs("\t}\n", out);
}

static void put_transport(FILE *out, const struct conf_vrrp *v)
{
	char buf[ADDR_STRLEN];

	out_addr(out, 1, v->n_peers ? "unicast_src_ip" : "mcast_src_ip", &v->source);
	if (!v->n_peers)
		return;
	fputs("\tunicast_peer {\n", out);
	for (size_t i = 0; i < v->n_peers; i++) {
		fprintf(out, "\t\t%s", addr_format(&v->peers[i], buf));
		schema_print(place_peer(), &v->peer_limits[i], out, OUT_INLINE);
		fputc('\n', out);
	}
	fputs("\t}\n", out);
}

static void put_vrrp(FILE *out, const struct conf_vrrp *v)
{
	put_block(out, "vrrp_instance", v->name);
	schema_print(place_vrrp(), v, out, 1);
	out_number(out, 1, "version", v->version);
	put_auth(out, v);
	put_transport(out, v);
	put_vips(out, v, false);
	put_vips(out, v, true);
	put_garp(out, "", &v->garp);
	out_number(out, 1, "down_timer_adverts", v->down_timer_adverts);
	out_text(out, 1, "v3_checksum_as_v2", v->v3_checksum_as_v2 ? "on" : "off");
	out_text(out, 1, "skip_check_adv_addr", v->skip_check_adv_addr ? "on" : "off");
	print_tracks(out, &v->tracks);
	print_deleted(out, &v->notify);
	print_routes(out, 1, "virtual_routes", &v->routes);
	print_rules(out, 1, "virtual_rules", &v->rules);
	fputs("}\n", out);
}

static void put_group(FILE *out, const struct conf_group *g)
{
	put_block(out, "vrrp_sync_group", g->name);
	out_words(out, 1, "group", g->members, g->n_members);
	schema_print(place_group(), g, out, 1);
	print_tracks(out, &g->tracks);
	print_deleted(out, &g->notify);
	fputs("}\n", out);
}

static const char *method_name(enum conf_method m)
{
	return m == CONF_DR ? "DR" : m == CONF_TUN ? "TUN" : "NAT";
}

/* A tunnel's type is said where it is not ipip without checksum, of which the words are said as well. */
static void put_method(FILE *out, int depth, const char *keyword, enum conf_method m, const struct conf_tunnel *t)
{
	static const char *const types[] = { "ipip", "gue", "gre" }, *const sums[] = { "nocsum", "csum", "remcsum" };

	out_indent(out, depth);
	fprintf(out, "%s %s", keyword, method_name(m));
	if (m == CONF_TUN) {
		fprintf(out, " type %s", types[t->type % 3]);
		if (t->port)
			fprintf(out, " port %u", t->port);
		fprintf(out, " %s", sums[t->csum % 3]);
	}
	fputc('\n', out);
}

static void put_server(FILE *out, const struct conf_rs *r)
{
	char buf[ADDR_STRLEN];

	fprintf(out, "\treal_server %s %u {\n", addr_format(&r->server.addr, buf), r->server.port);
	out_number(out, 2, "weight", r->weight);
	put_method(out, 2, "lvs_method", r->method, &r->tunnel);
	schema_print(place_server(), r, out, 2);
	for (size_t i = 0; i < r->n_checkers; i++)
		print_checker(out, &r->checkers[i]);
	fputs("\t}\n", out);
}

static void put_granularity(FILE *out, const struct conf_vs *s)
{
	struct addr mask = addr_from_v4_be(s->netmask);

	if (!s->netmask)
		return;
	if (s->key.family == AF_INET)
		out_addr(out, 1, "persistence_granularity", &mask);
	else
		out_number(out, 1, "persistence_granularity", s->netmask);
}

static void put_sorry(FILE *out, const struct conf_vs *s)
{
	char buf[ADDR_STRLEN];

	if (s->has_sorry)
		fprintf(out, "\tsorry_server %s %u\n", addr_format(&s->sorry.addr, buf), s->sorry.port);
	put_method(out, 1, "sorry_server_lvs_method", s->sorry_method, &s->sorry_tunnel);
}

static void put_service(FILE *out, const struct conf_vs *s, const char *group)
{
	char buf[ADDR_STRLEN];

	if (group) {
		fputs("virtual_server group ", out);
		out_word(out, group);
	} else if (s->key.fwmark) {
		fprintf(out, "virtual_server fwmark %u", s->key.fwmark);
	} else {
		fprintf(out, "virtual_server %s %u", addr_format(&s->key.addr, buf), s->key.port);
	}
	fputs(" {\n", out);
	out_text(out, 1, "ip_family", s->key.family == AF_INET6 ? "inet6" : "inet");
	out_text(out, 1, "lvs_sched", s->scheduler);
	put_method(out, 1, "lvs_method", s->method, &s->tunnel);
	schema_print(place_service(), s, out, 1);
	out_number(out, 1, "persistence_timeout", s->persistence);
	put_granularity(out, s);
	put_sorry(out, s);
	for (size_t i = 0; i < s->n_servers; i++)
		put_server(out, &s->servers[i]);
	fputs("}\n", out);
}

static void put_vsg(FILE *out, const struct conf_vsg *g)
{
	char first[ADDR_STRLEN], last[ADDR_STRLEN];

	put_block(out, "virtual_server_group", g->name);
	for (size_t i = 0; i < g->n_entries; i++) {
		const struct conf_vsg_entry *e = &g->entries[i];

		if (e->fwmark)
			fprintf(out, "\tfwmark %u%s\n", e->fwmark,
			        e->family == AF_INET6 ? " inet6" : e->family == AF_INET ? " inet" : "");
		else
			fprintf(out, "\t%s-%s %u\n", addr_format(&e->first, first), addr_format(&e->last, last), e->port);
	}
	fputs("}\n", out);
}

static void put_named(FILE *out, const char *keyword, const char *name, const struct kw_place *place, const void *object)
{
	put_block(out, keyword, name);
	schema_print(place, object, out, 1);
	fputs("}\n", out);
}

static void put_track_group(FILE *out, const struct conf_group *g)
{
	put_block(out, "track_group", g->name);
	out_words(out, 1, "group", g->members, g->n_members);
	fputs("}\n", out);
}

static void put_garp_group(FILE *out, const struct conf_garp_group *g)
{
	fputs("garp_group {\n", out);
	schema_print(place_garp_group(), g, out, 1);
	fputs("}\n", out);
}

static void put_delays(FILE *out, const struct conf *c)
{
	if (!c->n_delays)
		return;
	fputs("interface_up_down_delays {\n", out);
	for (size_t i = 0; i < c->n_delays; i++)
		print_delay(out, &c->delays[i]);
	fputs("}\n", out);
}

static void put_ssl(FILE *out, const struct conf_ssl *ssl)
{
	if (!ssl->password && !ssl->ca && !ssl->certificate && !ssl->key)
		return;
	fputs("SSL {\n", out);
	schema_print(place_ssl(), ssl, out, 1);
	fputs("}\n", out);
}

static void put_tracked(FILE *out, const struct conf *c)
{
	for (size_t i = 0; i < c->n_scripts; i++)
		put_named(out, "vrrp_script", c->scripts[i].name, place_script(), &c->scripts[i]);
	for (size_t i = 0; i < c->n_processes; i++)
		put_named(out, "vrrp_track_process", c->processes[i].name, place_track_process(), &c->processes[i]);
	for (size_t i = 0; i < c->n_files; i++)
		put_named(out, "track_file", c->files[i].name, place_track_file(), &c->files[i]);
	for (size_t i = 0; i < c->n_bfds; i++)
		put_named(out, "bfd_instance", c->bfds[i].name, place_bfd(), &c->bfds[i]);
	for (size_t i = 0; i < c->n_track_groups; i++)
		put_track_group(out, &c->track_groups[i]);
	for (size_t i = 0; i < c->n_garp_groups; i++)
		put_garp_group(out, &c->garp_groups[i]);
	put_delays(out, c);
	put_ssl(out, &c->ssl);
	print_addresses(out, 0, "static_ipaddress", c->addresses, c->n_addresses, false);
	print_routes(out, 0, "static_routes", &c->routes);
	print_rules(out, 0, "static_rules", &c->rules);
}

void conf_print(const struct conf *c, FILE *out)
{
	put_global(out, c);
	put_tracked(out, c);
	for (size_t i = 0; i < c->n_vrrp; i++)
		put_vrrp(out, &c->vrrp[i]);
	for (size_t i = 0; i < c->n_groups; i++)
		put_group(out, &c->groups[i]);
	for (size_t i = 0; i < c->n_vs_groups; i++)
		put_vsg(out, &c->vs_groups[i]);
	for (size_t i = 0; i < c->n_services; i++)
		put_service(out, &c->services[i], NULL);
	for (size_t i = 0; i < c->n_grouped; i++)
		put_service(out, &c->grouped[i].service, c->grouped[i].group);
}
