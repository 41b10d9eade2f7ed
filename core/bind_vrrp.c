/*
 * Mapping of a vrrp_instance's protocol: peers, signatures, how adverts are answered, damping. Defaults and globals are in
 * the tree already (conf/build_protocol.c), but for what belongs to no instance.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/bind.h"
#include "core/vrrp/hmac.h"

static struct vrrp_ttl_limits *bind_limits(const struct conf_vrrp *c)
{
	struct vrrp_ttl_limits *l = calloc(c->n_peers ? c->n_peers : 1, sizeof(*l));

	for (size_t i = 0; l && i < c->n_peers; i++)
		l[i] = (struct vrrp_ttl_limits){ .min = c->peer_limits[i].min_ttl, .max = c->peer_limits[i].max_ttl };
	return l;
}

/* The window of the draft: three intervals, but no less than five seconds. */
static usec_t default_window(const struct conf_vrrp *c)
{
	return usec_max(3 * c->advert_int, 5 * USEC_PER_SEC);
}

static struct vrrp_hmac_conf *bind_hmac(const struct conf_vrrp *c)
{
	const struct conf_hmac *from = c->hmac;
	struct vrrp_hmac_conf *h = calloc(1, sizeof(*h));

	if (!h)
		return NULL;
	for (; h->n_keys < from->n_keys && h->n_keys < VRRP_HMAC_KEYS; h->n_keys++) {
		struct vrrp_hmac_key *k = &h->keys[h->n_keys];
		k->id = from->keys[h->n_keys].id;
		k->len = from->keys[h->n_keys].len;
		memcpy(k->bytes, from->keys[h->n_keys].bytes, sizeof(k->bytes));
	}
	h->active = from->active_key >= 0 ? (uint8_t)from->active_key : h->keys[0].id;
	h->monotonic = from->anti_replay.n > 0 && strcmp(from->anti_replay.word[0], "monotonic") == 0;
	h->window = from->time_window ? from->time_window * USEC_PER_SEC : default_window(c);
	h->mode = (enum vrrp_hmac_mode)from->mode;
	return h;
}

/* timer_expired_backup [PRIORITY] */
static uint8_t bind_late(const struct conf_vrrp *c)
{
	unsigned long n = c->timer_expired_backup.n ? strtoul(c->timer_expired_backup.word[0], NULL, 10) : 254;

	if (!c->timer_expired_backup.given)
		return 0;
	return n < 1 || n > 254 ? 254 : (uint8_t)n;
}

static void bind_checksum(const struct conf_vrrp *c, struct vrrp_conf *out)
{
	out->never_old_checksum = c->old_unicast_checksum.n > 0; /* its only word is `never` */
	out->old_checksum = c->old_unicast_checksum.given && !out->never_old_checksum;
}

bool bind_vrrp_protocol(const struct conf_vrrp *c, struct vrrp_conf *out)
{
	out->peer_ttl = bind_limits(c);
	out->check_source = c->check_unicast_src == CONF_YES;
	out->no_peer_fault = c->unicast_fault_no_peer && c->n_peers == 0;
	out->unicast_ttl = c->unicast_ttl < 0 ? VRRP_TTL : (uint8_t)c->unicast_ttl;
	out->hmac = c->hmac ? bind_hmac(c) : NULL;
	out->silent_to_lower = c->lower_prio_no_advert == CONF_YES;
	out->answer_higher = c->higher_prio_send_advert == CONF_YES;
	out->owner_ignores = c->owner_ignores == CONF_YES;
	out->late_priority = bind_late(c);
	out->flap = (struct penalty_rule){ .half_life = c->flap_half_life, .suppress = c->flap_suppress,
		.reuse = c->flap_reuse };
	bind_checksum(c, out);
	return out->peer_ttl && (out->hmac || !c->hmac);
}

void bind_vrrp_protocol_free(struct vrrp_conf *v)
{
	free((void *)v->peer_ttl);
	if (v->hmac)
		explicit_bzero((void *)v->hmac, sizeof(*v->hmac));
	free((void *)v->hmac);
	v->peer_ttl = NULL;
	v->hmac = NULL;
}

/* kernel_rx_buf_size, else vrrp_rx_bufs_policy. */
void bind_vrrp_around(const struct conf *c, const struct conf_vrrp *v, bool grouped, struct vrrp_conf *out)
{
	const struct conf_words *policy = &c->global.vrrp.rx_policy;
	const char *word = policy->n ? policy->word[0] : "";

	out->grouped = grouped;
	out->rx_amount = c->global.vrrp.rx_multiplier;
	if (v->rx_buf_size) {
		out->rx_policy = VRRP_RX_BYTES;
		out->rx_amount = v->rx_buf_size;
	} else if (strcmp(word, "MTU") == 0) {
		out->rx_policy = VRRP_RX_MTU;
	} else if (strcmp(word, "ADVERT") == 0) {
		out->rx_policy = VRRP_RX_ADVERT;
	} else {
		out->rx_policy = *word ? VRRP_RX_BYTES : VRRP_RX_SYSTEM;
		out->rx_amount = *word ? (uint32_t)strtoul(word, NULL, 10) : 0;
	}
}
