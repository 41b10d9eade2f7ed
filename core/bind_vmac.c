/*
 * Mapping of VMACs. Without a name of its own an interface is called after the VRID, as keepalived calls it: vrrp.51, vrrp6.51 for IPv6;
 * where the file has that VRID on several interfaces, the interface's name follows.
 */
#include "config.h"

#include "core/bind_vmac.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/log.h"
#include "core/base/text.h"
#include "core/bind.h"
#include "core/net/rtname.h"

/* ---- names ---- */

static bool wants_any(const struct conf_vrrp *v)
{
	return v->vmac.given || v->ipvlan.given;
}

/* Does another instance of the file have the same VRID and family elsewhere? */
static bool is_twice(const struct conf *c, const struct conf_vrrp *v)
{
	for (size_t i = 0; i < c->n_vrrp; i++) {
		const struct conf_vrrp *o = &c->vrrp[i];

		if (o != v && wants_any(o) && o->vrid == v->vrid && o->family == v->family)
			return true;
	}
	return false;
}

/* PREFIX.VRID, or PREFIX.VRID.INTERFACE: what does not fit is cut off in front of the interface, whose end is what differs. */
static void make_name(char name[IFNAMSIZ], const char *prefix, const struct conf_vrrp *v, const char *interface)
{
	char base[32];
	size_t room, len;

	snprintf(base, sizeof(base), "%.10s%s.%u", prefix, v->family == AF_INET6 ? "6" : "", v->vrid);
	if (!interface) {
		text_copy(name, IFNAMSIZ, base);
		return;
	}
	room = strlen(base) + 1 < IFNAMSIZ ? IFNAMSIZ - 2 - strlen(base) : 0;
	len = strlen(interface);
	memset(name, 0, IFNAMSIZ);
	size_t at = 0;

	text_append(name, IFNAMSIZ, &at, "%s.%s", base, interface + (len > room ? len - room : 0));
}

/* ---- words ---- */

static bool parse_mac(const char *text, uint8_t mac[6])
{
	unsigned b[6];
	int end = 0;

	if (sscanf(text, "%2x:%2x:%2x:%2x:%2x:%2x%n", &b[0], &b[1], &b[2], &b[3], &b[4], &b[5], &end) != 6 || text[end])
		return false;
	for (size_t i = 0; i < 6; i++)
		mac[i] = (uint8_t)b[i];
	return !(mac[0] & 1);
}

static bool parse_share(const char *word, enum vmac_share *out)
{
	static const char *const names[] = { "bridge", "private", "vepa" };

	for (size_t i = 0; i < 3; i++) {
		if (strcmp(names[i], word) == 0) {
			*out = (enum vmac_share)i;
			return true;
		}
	}
	return false;
}

static void refuse(const struct conf_vrrp *v, const char *word, const char *why)
{
	log_warn("vrrp", "%s:%u: (%s) '%s' behind use_vmac or use_ipvlan is ignored: %s", v->place.file, v->place.line, v->name, word, why);
}

/* One word, and its value where it has one: how many words that were. */
static size_t take_word(const struct conf_vrrp *v, const struct conf_words *words, size_t i, struct vmac_conf *out)
{
	const char *word = words->word[i], *next = i + 1 < words->n ? words->word[i + 1] : NULL;
	struct prefix addr;

	if (strcmp(word, "name") == 0 && next) {
		if (strlen(next) < IFNAMSIZ)
			text_copy(out->name, sizeof(out->name), next);
		else
			refuse(v, next, "the name of an interface has at most 15 characters");
		return 2;
	}
	if (strcmp(word, "group") == 0 && next) {
		out->has_group = rt_name_set(RT_GROUP, next, &out->group);
		if (!out->has_group)
			refuse(v, next, "a group of interfaces is a number or a name");
		return 2;
	}
	if (strcmp(word, "netlink_notify_msg") == 0 || parse_mac(word, out->mac) || parse_share(word, &out->share))
		return 1;
	if (prefix_parse(word, &addr) && out->kind == VMAC_IPVLAN && addr.addr.family == v->family)
		out->addr = addr;
	else if (prefix_parse(word, &addr))
		refuse(v, word, out->kind == VMAC_IPVLAN ? "an address of the other family" : "only an ipvlan has an address of its own");
	else if (i == 0 && strlen(word) < IFNAMSIZ)
		text_copy(out->name, sizeof(out->name), word);
	else
		refuse(v, word, "it is no name, MAC or mode");
	return 1;
}

static void start_vmac(const struct conf *c, const struct conf_vrrp *v, const char *parent, struct vmac_conf *out)
{
	const uint8_t mac[6] = { 0, 0, 0x5e, 0, v->family == AF_INET ? 1 : 2, v->vrid };

	memset(out, 0, sizeof(*out));
	memcpy(out->mac, mac, sizeof(mac));
	out->kind = v->ipvlan.given ? VMAC_IPVLAN : VMAC_MACVLAN;
	out->family = v->family;
	out->promote = v->promote_secondaries;
	text_copy(out->parent, sizeof(out->parent), parent);
	text_copy(out->vrf, sizeof(out->vrf), v->vrf ? v->vrf : "");
	text_copy(out->owner, sizeof(out->owner), v->name);
	(void)c;
}

static void bind_first(const struct conf *c, const struct conf_vrrp *v, struct vmac_conf *out)
{
	const struct conf_words *words = v->ipvlan.given ? &v->ipvlan : &v->vmac;
	const char *prefix = c->global.vrrp.vmac_prefix ? c->global.vrrp.vmac_prefix : "vrrp";

	start_vmac(c, v, v->interface, out);
	for (size_t i = 0; i < words->n;)
		i += take_word(v, words, i, out);
	if (!out->name[0])
		make_name(out->name, prefix, v, is_twice(c, v) ? v->interface : NULL);
}

/* ---- addresses ---- */

static struct vmac_conf *vmac_on(const struct conf *c, const struct conf_vrrp *v, struct vmac_conf *list, size_t *n, const char *parent)
{
	const struct conf_global_vrrp *g = &c->global.vrrp;
	const char *prefix = g->vmac_addr_prefix ? g->vmac_addr_prefix : g->vmac_prefix ? g->vmac_prefix : "vrrp";

	for (size_t i = 0; i < *n; i++)
		if (strcmp(list[i].parent, parent) == 0)
			return &list[i];
	start_vmac(c, v, parent, &list[*n]);
	memcpy(list[*n].mac, list[0].mac, sizeof(list[0].mac));
	make_name(list[*n].name, prefix, v, parent);
	return &list[(*n)++];
}

static const struct conf_vip *source_of(const struct conf_vrrp *v, const struct vrrp_vip *vip)
{
	for (size_t i = 0; i < v->n_vips; i++)
		if (addr_cmp(&v->vips[i].prefix.addr, &vip->prefix.addr) == 0 &&
		    strcmp(v->vips[i].dev ? v->vips[i].dev : "", vip->dev) == 0)
			return &v->vips[i];
	return NULL;
}

/* An address that names no interface is on the VMAC; one that does is on that, or on a VMAC of it. */
static void place_vip(const struct conf *c, const struct conf_vrrp *v, struct vmac_conf *list, size_t *n, struct vrrp_vip *vip)
{
	const struct conf_vip *from = source_of(v, vip);
	struct vmac_conf *on = NULL;

	if (!vip->dev[0] && wants_any(v))
		on = &list[0];
	else if (from && (from->use_vmac || v->vmac_addr))
		on = vmac_on(c, v, list, n, vip->dev[0] ? vip->dev : v->interface);
	if (!on)
		return;
	text_copy(vip->dev, sizeof(vip->dev), on->name);
	on->has_ipv6 = on->has_ipv6 || vip->prefix.addr.family == AF_INET6;
}

bool bind_vmacs(const struct conf *c, const struct conf_vrrp *v, struct vrrp_vip *vips, struct vrrp_conf *out)
{
	struct vmac_conf *list = calloc(v->n_vips + 1, sizeof(*list));
	size_t n = 0;

	if (!list)
		return false;
	if (wants_any(v))
		bind_first(c, v, &list[n++]);
	else
		start_vmac(c, v, "", &list[0]); /* the MAC that others take */
	for (size_t i = 0; i < v->n_vips; i++)
		place_vip(c, v, list, &n, &vips[i]);
	/* IPv6's adverts come from a link-local address, which means nothing on another interface. */
	if (v->ipvlan.given && v->family == AF_INET && addr_is_set(&list[0].addr.addr) && !addr_is_set(&out->source))
		out->source = list[0].addr.addr;
	out->vmacs = list;
	out->n_vmacs = n;
	out->adverts_from_vmac = v->vmac.given && !v->vmac_xmit_base && v->n_peers == 0;
	return true;
}

struct vmac_conf *bind_all_vmacs(const struct conf *c, size_t *n)
{
	struct vmac_conf *all = NULL;

	*n = 0;
	for (size_t i = 0; i < c->n_vrrp; i++) {
		struct vrrp_conf vc;

		if (!bind_vrrp(c, &c->vrrp[i], &vc))
			break;
		struct vmac_conf *more = reallocarray(all, *n + vc.n_vmacs + 1, sizeof(*all));

		if (more) {
			all = more;
			if (vc.n_vmacs)
				memcpy(all + *n, vc.vmacs, vc.n_vmacs * sizeof(*all));
			*n += vc.n_vmacs;
		}
		bind_vrrp_free(&vc);
	}
	return all;
}
