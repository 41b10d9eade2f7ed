/*
 * virtual_server and real_server: their odd keywords, and what servers take over from their service.
 */
#include "config.h"

#include "conf/build.h"
#include "conf/tree.h"

#include <arpa/inet.h>
#include <linux/ip_vs.h>
#include <string.h>

#include "core/base/text.h"

#define WEIGHT_MOST 65535
#define PERSISTENCE_BARE 360
#define PERSISTENCE_MOST 2678400 /* 31 days, as keepalived has it */

void build_set_scheduler(struct build *b, const struct kw_row *row, const struct conf_stmt *st, void *target)
{
	static const struct kw_value known[] = {
		{ "rr", 0 }, { "wrr", 0 }, { "lc", 0 }, { "wlc", 0 }, { "lblc", 0 }, { "lblcr", 0 }, { "sh", 0 }, { "mh", 0 },
		{ "dh", 0 }, { "fo", 0 }, { "ovf", 0 }, { "sed", 0 }, { "nq", 0 }, { "twos", 0 }, { NULL, 0 },
	};
	struct build_service *s = target;
	struct conf_word w = build_word(st, 1);
	int64_t none;

	if (build_enum(b, &w, row->name, known, &none))
		s->s.scheduler = arena_text(b->arena, w.text);
	build_no_more(b, st, 2);
}

/* type ipip | type gue port N | type gre, then nocsum, csum or remcsum: from word i on. */
static void take_tunnel(struct build *b, const struct conf_stmt *st, size_t i, struct conf_tunnel *t)
{
	static const struct kw_value types[] = { { "ipip", 0 }, { "gue", 1 }, { "gre", 2 }, { NULL, 0 } };
	static const struct kw_value sums[] = { { "nocsum", 0 }, { "csum", 1 }, { "remcsum", 2 }, { NULL, 0 } };
	struct conf_word type = build_word(st, i + 1);
	int64_t n;

	if (strcmp(st->words[i].text, "type") != 0 || !build_enum(b, &type, "type", types, &n)) {
		build_error(b, &st->words[i].at, "TUN [type ipip|gue port N|gre] [nocsum|csum|remcsum]", "'%.80s' after TUN",
		            st->words[i].text);
		return;
	}
	t->type = (uint8_t)n;
	i += 2;
	if (i + 1 < st->n_words && strcmp(st->words[i].text, "port") == 0) {
		if (build_number(b, &st->words[i + 1], "port", 1, 65535, &n))
			t->port = (uint16_t)n;
		i += 2;
	}
	if (i < st->n_words && build_enum(b, &st->words[i], "TUN", sums, &n))
		t->csum = (uint8_t)n;
	if (t->type == 1 && !t->port)
		build_error(b, &type.at, "type gue port N", "a gue tunnel needs a port");
	build_no_more(b, st, i + 1);
}

/* NAT | DR | TUN ...; the member is an int64_t, and that at off2 a struct conf_tunnel. */
void build_set_method(struct build *b, const struct kw_row *row, const struct conf_stmt *st, void *target)
{
	static const struct kw_value methods[] = {
		{ "NAT", CONF_NAT }, { "DR", CONF_DR }, { "TUN", CONF_TUN }, { NULL, 0 }
	};
	struct conf_word w = build_word(st, 1);

	if (!build_enum(b, &w, row->name, methods, (int64_t *)((char *)target + row->off)))
		return;
	if (strcmp(w.text, "TUN") != 0 || st->n_words < 3)
		build_no_more(b, st, 2);
	else
		take_tunnel(b, st, 2, (struct conf_tunnel *)((char *)target + row->off2));
}

void build_set_persistence(struct build *b, const struct kw_row *row, const struct conf_stmt *st, void *target)
{
	struct build_service *s = target;
	struct conf_word w = build_word(st, 1);
	int64_t n = PERSISTENCE_BARE;

	if (!w.text || build_number(b, &w, row->name, 0, PERSISTENCE_MOST, &n))
		s->s.persistence = (uint32_t)n;
	build_no_more(b, st, 2);
}

/* 255.255.255.0, 24 or, for IPv6, 64: which one it is shows in the service's family, known later. */
void build_set_granularity(struct build *b, const struct kw_row *row, const struct conf_stmt *st, void *target)
{
	struct build_service *s = target;
	struct conf_word w = build_word(st, 1);
	struct addr mask;
	int64_t len;

	if (w.text && addr_parse(w.text, &mask) && mask.family == AF_INET) {
		s->s.netmask = addr_v4_be(&mask);
		s->mask_is_v4 = true;
	} else if (build_number(b, &w, row->name, 1, 128, &len)) {
		s->s.netmask = (uint32_t)len;
		s->mask_is_v4 = false;
	}
	build_no_more(b, st, 2);
}

void build_set_sorry(struct build *b, const struct kw_row *row, const struct conf_stmt *st, void *target)
{
	struct build_service *s = target;

	(void)row;
	s->s.has_sorry = build_endpoint(b, st, 1, s->s.key.port, &s->s.sorry);
}

/* What a service is: IP [PORT], fwmark N, or group NAME, which has no key. False where nothing can be made of it. */
static bool take_key(struct build *b, const struct conf_stmt *st, struct build_service *s)
{
	struct conf_word first = build_word(st, 1), mark = build_word(st, 2);
	struct endpoint e;
	int64_t n;

	if (first.text && strcmp(first.text, "group") == 0) {
		if (!mark.text || !*mark.text) {
			build_error(b, &first.at, NULL, "'virtual_server group' needs a name");
			return false;
		}
		s->group = arena_text(b->arena, mark.text);
		build_no_more(b, st, 3);
		return true;
	}
	if (first.text && strcmp(first.text, "fwmark") == 0) {
		if (!build_number(b, &mark, "fwmark", 1, 0xffffffff, &n))
			return false;
		s->s.key.fwmark = (uint32_t)n;
		build_no_more(b, st, 3);
		return true;
	}
	if (!build_endpoint(b, st, 1, 0, &e))
		return false;
	s->s.key.family = e.addr.family;
	s->s.key.addr = e.addr;
	s->s.key.port = e.port;
	return true;
}

/* What can never be reached is brought within reach, as keepalived does. */
static void finish_quorum(struct build *b, struct build_service *s, const struct conf_stmt *st)
{
	struct conf_vs *v = &s->s;
	uint64_t sum = 0;

	for (size_t i = 0; i < v->n_servers; i++)
		sum += (uint32_t)v->servers[i].weight;
	if (v->n_servers && v->quorum > sum && v->quorum > 1) {
		build_warn(b, build_place_of(st, "quorum"), NULL,
		           "a quorum of %u is above %llu, the sum of the weights: reduced to it", v->quorum,
		           (unsigned long long)sum);
		v->quorum = sum ? (uint32_t)sum : 1;
	}
	if (v->hysteresis >= v->quorum) {
		build_warn(b, build_place_of(st, "hysteresis"), NULL,
		           "a hysteresis of %u is not below the quorum of %u: reduced", v->hysteresis, v->quorum);
		v->hysteresis = v->quorum - 1;
	}
}

/* A mark has no family of its own: it is said, or its servers'. */
static uint8_t mark_family(const struct build_service *s, const struct conf_stmt *st)
{
	const struct conf_stmt *server = stmt_find(st->child, "real_server");
	struct addr a;

	if (s->family)
		return (uint8_t)s->family;
	return server && server->n_words > 1 && addr_parse(server->words[1].text, &a) ? a.family : AF_INET;
}

/* Without the line the kernel takes UDP, and so does keepalived: a file that works there means UDP. */
void build_protocol(struct build *b, struct service_key *k, const struct conf_place *at)
{
	if (k->protocol)
		return;
	k->protocol = IPPROTO_UDP;
	build_warn(b, at, "protocol TCP, or protocol UDP", "no 'protocol': this service is for UDP, as keepalived has it");
}

static void finish_key(struct build *b, struct build_service *s, const struct conf_stmt *st)
{
	struct service_key *k = &s->s.key;

	if (!k->protocol && stmt_find(st->child, "protocol"))
		k->protocol = IPPROTO_UDP; /* what is wrong with it has been said */
	if (!s->group && !k->fwmark)
		build_protocol(b, k, &st->words[0].at);
	if (s->group) {
		k->family = mark_family(s, st);
	} else if (k->fwmark) {
		k->protocol = 0;
		k->family = mark_family(s, st);
	} else if (s->family && s->family != k->family) {
		build_error(b, build_place_of(st, "ip_family"), NULL, "'ip_family' contradicts the service's address");
	}
	if (s->s.netmask && s->mask_is_v4 != (k->family == AF_INET)) {
		if (k->family == AF_INET && s->s.netmask <= 32)
			s->s.netmask = htonl(0xffffffffU << (32 - s->s.netmask));
		else
			build_error(b, build_place_of(st, "persistence_granularity"), "a mask for IPv4, a prefix length for IPv6",
			            "'persistence_granularity' does not fit the service's family");
	}
}

/* Damping that could never end, or never begin. */
static void finish_flaps(struct build *b, struct build_service *s, const struct conf_stmt *st)
{
	if (s->s.flap_reuse < s->s.flap_suppress)
		return;
	build_warn(b, build_place_of(st, "flap_reuse"), NULL, "flap_reuse %u is not below flap_suppress %u: reduced",
	           s->s.flap_reuse, s->s.flap_suppress);
	if (s->s.flap_suppress < 2)
		s->s.flap_suppress = 2;
	s->s.flap_reuse = s->s.flap_suppress - 1;
}

static void finish_sorry(struct build *b, struct build_service *s, const struct conf_stmt *st)
{
	s->s.method = (enum conf_method)s->method;
	s->s.sorry_method = (enum conf_method)(s->sorry_method == NUMBER_UNSET ? s->method : s->sorry_method);
	if (!s->s.has_sorry)
		return;
	if (s->s.sorry.port == 0)
		s->s.sorry.port = s->s.key.port;
	if (s->s.sorry.addr.family != s->s.key.family && s->s.sorry_method != CONF_TUN)
		build_error(b, build_place_of(st, "sorry_server"), NULL,
		            "the sorry server is of another family than the service");
}

/* Where its block stands, for the next reading. */
static void note_block(struct build *b, const struct conf_stmt *st)
{
	const struct stmt_span *span = st->span;
	struct conf_block *block;

	if (!span)
		return;
	block = arena_alloc(b->arena, sizeof(*block));
	*block = (struct conf_block){
		.file = st->words[0].at.file, .off = span->off, .head = span->head, .len = span->len, .words = span->words,
		.service = b->conf->n_services,
	};
	*b->blocks_end = block;
	b->blocks_end = &block->next;
	b->tree->n_blocks++;
}

/* It stands there as it stood before. */
static void keep_service(struct build *b, const struct conf_stmt *st)
{
	struct conf_vs *s = &b->services[b->conf->n_services];

	note_block(b, st);
	*s = *st->span->kept;
	s->place = st->words[0].at;
	b->conf->n_services++;
	b->n_kept++;
}

void build_set_service(struct build *b, const struct kw_row *row, const struct conf_stmt *st, void *target)
{
	struct build_service s = { .s = { .place = st->words[0].at, .scheduler = "wlc" } };
	char name[KEY_STRLEN];
	size_t room = stmt_count(st->child, "real_server");

	(void)row, (void)target;
	if (st->span && st->span->kept) {
		keep_service(b, st);
		return;
	}
	schema_defaults(place_service(), &s);
	s.sorry_method = NUMBER_UNSET;
	s.timing.virtualhost = NULL;
	bool known = take_key(b, st, &s);

	s.servers = arena_array(b->arena, room, sizeof(*s.servers));
	s.s.servers = s.servers;
	s.stmt = st;
	schema_apply(b, place_service(), st->child, &s);
	if (!known) /* but what stands in it has been looked at */
		return;
	finish_key(b, &s, st);
	finish_sorry(b, &s, st);
	finish_quorum(b, &s, st);
	finish_flaps(b, &s, st);
	if (s.s.ops)
		s.s.flags |= IP_VS_SVC_F_ONEPACKET;
	if (s.s.method != CONF_NAT && b->conf->global.role_weights != CONF_NO)
		build_tell(b, CONF_TOLD_DIFFERS, &st->words[0],
		           "on a BACKUP that is one of the servers, the others have weight 0 (role_weights)");
	if (s.group) {
		b->grouped[b->conf->n_grouped++] = (struct conf_grouped){ s.group, s.s };
		return;
	}
	if (!s.s.name)
		s.s.name = arena_text(b->arena, service_key_format(&s.s.key, name));
	note_block(b, st);
	b->services[b->conf->n_services++] = s.s;
}

/* Only NAT changes the port, and a mark has none: elsewhere a port of its own is put right, as keepalived does. */
static void finish_port(struct build *b, const struct build_service *s, struct build_server *r,
                        const struct conf_stmt *st)
{
	uint16_t port = s->s.key.fwmark ? 0 : s->s.key.port;

	if (s->group) /* each of its addresses has a port of its own */
		return;
	if (r->r.server.port == port || (r->r.method == CONF_NAT && !s->s.key.fwmark))
		return;
	build_warn(b, &st->words[st->n_words > 2 ? 2 : 1].at, NULL,
	           "packets keep their port here: %u instead of %u, but for checks", port, r->r.server.port);
	r->r.server.port = port;
}

/* The kernel's schedulers multiply weights: what is larger serves no purpose. */
static int32_t finish_weight(struct build *b, int64_t weight, const struct conf_stmt *st)
{
	if (weight <= WEIGHT_MOST)
		return (int32_t)weight;
	build_warn(b, build_place_of(st, "weight"), NULL, "a weight is at most %d: %lld is brought down to that", WEIGHT_MOST,
	           (long long)weight);
	build_tell(b, CONF_TOLD_DIFFERS, &st->words[0], "weights are at most 65535");
	return WEIGHT_MOST;
}

/* The kernel refuses a server whose lower bound is above the upper one, and no upper one is 0 to it. */
static void finish_thresholds(struct build *b, struct conf_rs *r, const struct conf_stmt *st)
{
	if (r->lower <= r->upper)
		return;
	if (r->upper)
		build_warn(b, build_place_of(st, "lthreshold"), NULL, "'lthreshold' is above 'uthreshold': reduced to it");
	else
		build_warn(b, build_place_of(st, "lthreshold"), "say 'uthreshold'", "'lthreshold' without 'uthreshold' has no effect");
	r->lower = r->upper;
}

static size_t count_blocks(const struct conf_stmt *list)
{
	size_t n = 0;

	for (; list; list = list->next)
		n += list->has_block;
	return n;
}

void build_set_server(struct build *b, const struct kw_row *row, const struct conf_stmt *st, void *target)
{
	struct build_service *s = target;
	struct build_server r = { .r = { .place = st->words[0].at }, .service = s, .method = NUMBER_UNSET };
	uint8_t family = s->s.key.fwmark || s->group ? mark_family(s, s->stmt) : s->s.key.family;

	(void)row;
	schema_defaults(place_server(), &r);
	bool known = build_endpoint(b, st, 1, s->s.key.port, &r.r.server);

	r.checkers = arena_array(b->arena, count_blocks(st->child), sizeof(*r.checkers));
	r.r.checkers = r.checkers;
	r.r.tunnel = s->s.tunnel;
	schema_apply(b, place_server(), st->child, &r);
	if (!known)
		return;
	r.r.weight = finish_weight(b, r.weight == NUMBER_UNSET ? s->weight : r.weight, st);
	r.r.method = (enum conf_method)(r.method == NUMBER_UNSET ? s->method : r.method);
	finish_port(b, s, &r, st);
	finish_thresholds(b, &r.r, st);
	if (r.r.slow_start == TIME_UNSET)
		r.r.slow_start = s->s.slow_start;
	r.r.alpha |= s->s.alpha;
	for (size_t i = 0; i < r.r.n_checkers; i++)
		r.r.alpha = (i > 0 && r.r.alpha) || r.checkers[i].alpha == CONF_YES;
	r.r.inhibit_on_failure |= s->s.inhibit_on_failure;
	if (family && r.r.server.addr.family != family && r.r.method != CONF_TUN)
		build_error(b, &st->words[1].at, NULL, "the real server is of another family than its service");
	s->servers[s->s.n_servers++] = r.r;
}
