/*
 * Mapping of addresses, routes and rules. Items are built in zeroed memory: they are compared as bytes.
 */
#include "config.h"

#include "core/bind_keep.h"

#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/log.h"
#include "core/base/text.h"

static void text_or_empty(char *dst, size_t size, const char *src)
{
	text_copy(dst, size, src ? src : "");
}

/* ---- addresses ---- */

static uint32_t address_flags(const struct conf_vip *v)
{
	return (v->home ? IFA_F_HOMEADDRESS : 0) | (v->nodad ? IFA_F_NODAD : 0) | (v->mngtmpaddr ? IFA_F_MANAGETEMPADDR : 0) |
	       (v->noprefixroute ? IFA_F_NOPREFIXROUTE : 0) | (v->autojoin ? IFA_F_MCAUTOJOIN : 0);
}

void bind_vip(const struct conf_vip *v, struct vrrp_vip *out)
{
	memset(out, 0, sizeof(*out));
	out->prefix = v->prefix;
	if (addr_is_set(&v->peer.addr)) {
		out->peer = v->peer.addr;
		out->prefix.len = v->peer.len;
	}
	out->scope = v->scope;
	out->broadcast = v->broadcast;
	out->excluded = v->excluded;
	out->flags = address_flags(v);
	/* Detecting duplicates takes a second, and two MASTERs of a moment would find each other. */
	if (v->prefix.addr.family == AF_INET6)
		out->flags |= IFA_F_NODAD;
	out->has_preferred = v->has_preferred && v->preferred_lft != UINT32_MAX;
	out->preferred_lft = out->has_preferred ? v->preferred_lft : 0;
	/* A /128 is never on a subnet, so it would be taken as source for everything: keepalived deprecates it too. */
	if (!v->has_preferred && v->prefix.addr.family == AF_INET6 && v->prefix.len == 128)
		out->has_preferred = true;
	text_or_empty(out->dev, sizeof(out->dev), v->dev);
	text_or_empty(out->label, sizeof(out->label), v->label);
}

static void bind_address(const struct conf_vip *v, struct keep_item *out)
{
	struct vrrp_vip vip;

	bind_vip(v, &vip);
	out->kind = KEEP_ADDR;
	out->no_track = v->no_track;
	text_or_empty(out->dev, sizeof(out->dev), v->dev);
	text_or_empty(out->track_group, sizeof(out->track_group), v->track_group);
	out->addr.prefix = vip.prefix;
	out->addr.peer = vip.peer;
	out->addr.broadcast = vip.broadcast;
	out->addr.scope = vip.scope;
	out->addr.flags = address_flags(v);
	out->addr.has_preferred = v->has_preferred && vip.has_preferred;
	out->addr.preferred_lft = out->addr.has_preferred ? vip.preferred_lft : 0;
	memcpy(out->addr.label, vip.label, sizeof(out->addr.label));
}

/* ---- routes ---- */

/* Where the file is checked, `d` hears of it; else it was, and this is logged. */
static bool refuse(struct diag *d, const struct conf_place *at, const char *what, const char *option, const char *wants)
{
	if (d)
		diag_add(d, DIAG_ERROR, at, NULL, NULL, "the %s means nothing: '%s' wants %s", what, option, wants);
	else
		log_err("net", "%s:%u: the %s is left out: '%s' wants %s", at->file, at->line, what, option, wants);
	return false;
}

static bool bind_hop(const struct conf_route *c, const struct conf_hop *h, struct route_hop *out, struct diag *d)
{
	const char *bad = NULL;

	out->via = h->via;
	out->weight = (uint16_t)(h->weight ? h->weight : 1);
	out->onlink = h->onlink;
	text_or_empty(out->dev, sizeof(out->dev), h->dev);
	if (h->encap.given)
		bad = route_set_encap(&out->encap, h->encap.word, h->encap.n);
	return !bad || refuse(d, &c->place, "route", "encap", bad);
}

static enum route_order order_of(const char *word)
{
	if (word && strcmp(word, "add") == 0)
		return ROUTE_ADD;
	return word && strcmp(word, "append") == 0 ? ROUTE_APPEND : ROUTE_PREPEND;
}

bool bind_route(const struct conf_route *c, struct keep_item *out, struct diag *d)
{
	struct net_route *r = &out->route;
	int type = c->type ? route_type_of(c->type) : RTN_UNICAST;
	const char *bad = NULL;

	out->kind = KEEP_ROUTE;
	out->no_track = c->no_track;
	text_or_empty(out->track_group, sizeof(out->track_group), c->track_group);
	if (type < 0)
		return refuse(d, &c->place, "route", c->type, "a type that the kernel has");
	if (c->n_hops > ROUTE_HOPS)
		return refuse(d, &c->place, "route", "nexthop", "to be there at most 16 times");
	r->family = c->family;
	r->type = (uint8_t)type;
	r->order = order_of(c->order);
	r->dst = c->to;
	r->src = c->src;
	if (c->table && !rt_name_set(RT_TABLE, c->table, &r->table))
		return refuse(d, &c->place, "route", "table", "a number or a name");
	for (size_t i = 0; i < c->n_hops; i++)
		if (!bind_hop(c, &c->hops[i], &r->hops[r->n_hops++], d))
			return false;
	for (size_t i = 0; i < c->n_attrs && !bad; i++) {
		bad = route_set(r, c->attrs[i].name, c->attrs[i].value, c->attrs[i].lock);
		if (bad)
			return refuse(d, &c->place, "route", c->attrs[i].name, bad);
	}
	route_finish(r);
	return true;
}

/* ---- rules ---- */

bool bind_rule(const struct conf_rule *c, struct keep_item *out, struct diag *d)
{
	struct net_rule *r = &out->rule;
	int action = c->action ? rule_action_of(c->action) : 0;

	out->kind = KEEP_RULE;
	out->no_track = c->no_track;
	text_or_empty(out->track_group, sizeof(out->track_group), c->track_group);
	r->family = c->family;
	r->action = action > 0 ? (uint8_t)action : 0;
	r->invert = c->invert;
	r->from = c->from;
	r->to = c->to;
	if (c->table && !rt_name_set(RT_TABLE, c->table, &r->table))
		return refuse(d, &c->place, "rule", "table", "a number or a name");
	for (size_t i = 0; i < c->n_attrs; i++) {
		const char *bad = NULL;

		if (strcmp(c->attrs[i].name, "l3mdev") == 0)
			r->l3mdev = true;
		else
			bad = rule_set(r, c->attrs[i].name, c->attrs[i].value);
		if (bad)
			return refuse(d, &c->place, "rule", c->attrs[i].name, bad);
	}
	rule_finish(r);
	return true;
}

/* ---- lists ---- */

static void add_routes(const struct conf_routes *routes, const struct conf_rules *rules, struct keep_list *out)
{
	for (size_t i = 0; i < routes->n; i++) {
		memset(&out->items[out->n], 0, sizeof(out->items[0]));
		out->n += bind_route(&routes->list[i], &out->items[out->n], NULL);
	}
	for (size_t i = 0; i < rules->n; i++) {
		memset(&out->items[out->n], 0, sizeof(out->items[0]));
		out->n += bind_rule(&rules->list[i], &out->items[out->n], NULL);
	}
}

bool bind_virtual_keeps(const struct conf_vrrp *c, struct keep_list *out)
{
	*out = (struct keep_list){ .items = calloc(c->routes.n + c->rules.n + 1, sizeof(*out->items)) };
	if (out->items)
		add_routes(&c->routes, &c->rules, out);
	return out->items != NULL;
}

bool bind_static_keeps(const struct conf *c, struct keep_list *out)
{
	*out = (struct keep_list){ .items = calloc(c->n_addresses + c->routes.n + c->rules.n + 1, sizeof(*out->items)) };
	if (!out->items)
		return false;
	for (size_t i = 0; i < c->n_addresses; i++)
		bind_address(&c->addresses[i], &out->items[out->n++]);
	add_routes(&c->routes, &c->rules, out);
	return true;
}

void bind_rt_dirs(const struct conf *c, struct rt_dirs *out)
{
	memset(out, 0, sizeof(*out));
	text_copy(out->path[0], sizeof(out->path[0]), c->global.iproute_etc ? c->global.iproute_etc : "/etc/iproute2");
	text_copy(out->path[1], sizeof(out->path[1]), c->global.iproute_usr ? c->global.iproute_usr : "/usr/share/iproute2");
}

static bool wants_fence(const struct conf *c)
{
	for (size_t i = 0; i < c->n_vrrp; i++)
		if (!c->vrrp[i].accept && c->vrrp[i].priority != 255)
			return true;
	return false;
}

void bind_fence(const struct conf *c, struct fence_conf *out)
{
	const struct conf_global_nft *nft = &c->global.nft;
	const char *instance = c->global.instance ? c->global.instance : "";
	size_t len = 0;

	memset(out, 0, sizeof(*out));
	text_append(out->mark, sizeof(out->mark), &len, "regent:%s", instance);
	len = 0;
	if (!wants_fence(c))
		return;
	if (nft->table.n > 0)
		text_copy(out->table, sizeof(out->table), nft->table.word[0]);
	else
		text_append(out->table, sizeof(out->table), &len, "regent%s%s", *instance ? "_" : "", instance);
	out->priority = nft->priority;
	out->counters = nft->counters;
	out->by_index = nft->ifindex;
}
