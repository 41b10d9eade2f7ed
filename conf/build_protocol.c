/*
 * vrrp_instance: what the keywords of the protocol come to, with the global ones behind them; and strict_mode, which holds an
 * instance to the RFCs (3768, 9568): what they have no word for is refused where that changes what the instance is, and
 * otherwise ignored with a warning, as keepalived does.
 */
#include "config.h"

#include <netinet/in.h>

#include "conf/build.h"

static void inherit(enum conf_tristate *own, bool global)
{
	if (*own == CONF_UNSET)
		*own = global ? CONF_YES : CONF_NO;
}

static void inherit_all(struct build *b, struct build_vrrp *bv)
{
	const struct conf_global *g = &b->conf->global;
	struct conf_vrrp *v = &bv->v;

	inherit(&v->strict_mode, g->vrrp_strict);
	inherit(&v->lower_prio_no_advert, g->vrrp.lower_prio_no_advert || v->strict_mode == CONF_YES);
	inherit(&v->higher_prio_send_advert, g->vrrp.higher_prio_send_advert);
	inherit(&v->owner_ignores, g->vrrp.owner_ignore_adverts);
	inherit(&v->check_unicast_src, g->vrrp.check_unicast_src);
	inherit(&bv->checksum_as_v2, g->vrrp.checksum_as_v2);
	v->v3_checksum_as_v2 = bv->checksum_as_v2 == CONF_YES;
	v->down_timer_adverts = bv->down_adverts == NUMBER_UNSET ? g->vrrp.down_timer_adverts : (uint8_t)bv->down_adverts;
}

static void check_flaps(struct build *b, const struct conf_vrrp *v, const struct conf_stmt *st)
{
	if (v->flap_reuse >= v->flap_suppress)
		build_error(b, build_place_of(st, stmt_find(st->child, "flap_reuse") ? "flap_reuse" : "flap_suppress"), NULL,
		            "'flap_reuse' (%u) has to be below 'flap_suppress' (%u)", v->flap_reuse, v->flap_suppress);
}

/* ---- strict_mode ---- */

static size_t n_advertised(const struct conf_vrrp *v)
{
	size_t n = 0;

	for (size_t i = 0; i < v->n_vips; i++)
		n += !v->vips[i].excluded;
	return n;
}

static const struct conf_vip *first_advertised(const struct conf_vrrp *v)
{
	for (size_t i = 0; i < v->n_vips; i++)
		if (!v->vips[i].excluded)
			return &v->vips[i];
	return NULL;
}

static void refuse_strictly(struct build *b, const struct build_vrrp *bv, const struct conf_stmt *st)
{
	const struct conf_vrrp *v = &bv->v;
	const struct conf_vip *first = first_advertised(v);

	if (n_advertised(v) == 0)
		build_error(b, &v->place, "strict_mode off", "strict_mode: '%s' has no virtual_ipaddress", v->name);
	if (v->n_peers)
		build_error(b, build_place_of(st, "unicast_peer"), "strict_mode off", "strict_mode: VRRP knows no unicast peers");
	if (first && v->family == AF_INET6 && !addr_is_linklocal(&first->prefix.addr))
		build_error(b, &first->place, "put a link-local address first",
		            "strict_mode: the first IPv6 address has to be a link-local one");
	if (v->hmac && v->hmac->mode != 0)
		build_error(b, build_place_of(st, "auth_hmac"), NULL, "strict_mode wants auth_hmac with 'mode enforce'");
}

static void drop_strictly(struct build *b, const struct conf_stmt *st, const char *keyword)
{
	build_warn(b, build_place_of(st, keyword), NULL, "strict_mode: '%s' is ignored", keyword);
}

static void drop_state(struct build *b, struct conf_vrrp *v, const struct conf_stmt *st)
{
	bool owner = v->priority == 255;

	if (stmt_find(st->child, "state") && v->state_master != owner)
		drop_strictly(b, st, "state");
	v->state_master = owner;
}

static void drop_accept(struct build *b, struct conf_vrrp *v, const struct conf_stmt *st)
{
	bool said = stmt_find(st->child, "accept") || stmt_find(st->child, "no_accept");

	if (said && v->version == 2 && v->accept && v->priority != 255) {
		drop_strictly(b, st, "accept");
		said = false;
	}
	if (!said)
		v->accept = v->priority == 255;
}

static void adjust_strictly(struct build *b, struct conf_vrrp *v, const struct conf_stmt *st)
{
	drop_state(b, v, st);
	drop_accept(b, v, st);
	if (v->auth != CONF_AUTH_NONE)
		drop_strictly(b, st, "authentication");
	v->auth = CONF_AUTH_NONE;
	if (v->preempt_delay > 0)
		drop_strictly(b, st, "preempt_delay");
	v->preempt_delay = 0;
	if (v->lower_prio_no_advert == CONF_NO)
		drop_strictly(b, st, "lower_prio_no_advert");
	v->lower_prio_no_advert = CONF_YES;
	if (v->higher_prio_send_advert == CONF_YES && stmt_find(st->child, "higher_prio_send_advert"))
		drop_strictly(b, st, "higher_prio_send_advert");
	v->higher_prio_send_advert = CONF_NO;
	if (v->vmac_xmit_base)
		drop_strictly(b, st, "vmac_xmit_base");
	v->vmac_xmit_base = false;
	/* the RFCs announce once, on becoming MASTER */
	v->garp.master_delay = 0;
	v->garp.master_repeat = 1;
	v->garp.master_refresh = 0;
	v->garp.lower_prio_delay = 0;
	v->garp.lower_prio_repeat = 0;
}

void build_finish_protocol(struct build *b, struct build_vrrp *bv, const struct conf_stmt *st)
{
	inherit_all(b, bv);
	check_flaps(b, &bv->v, st);
	if (bv->v.strict_mode != CONF_YES)
		return;
	refuse_strictly(b, bv, st);
	adjust_strictly(b, &bv->v, st);
}
