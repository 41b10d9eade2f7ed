/*
 * Messages of nf_tables (linux/netfilter/nf_tables.h) for the fence: numbers are big-endian there, sets and rules are made of attributes.
 *
 * libnl has no accessors for this family, so its plain attribute calls serve; a library of its own would be one more for thirty lines.
 */
#include "config.h"

#include "core/net/fence_nl.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <netinet/icmp6.h>
#include <netlink/attr.h>
#include <netlink/msg.h>

#include "core/base/text.h"
#include "core/nl/walk.h"

/* nft(8)'s numbers of types, by which it prints elements; the kernel only keeps them. */
enum { TYPE_IPADDR = 7, TYPE_IP6ADDR = 8, TYPE_IFINDEX = 20, TYPE_IFNAME = 41, TYPE_BITS = 6 };
/* The first of the 32-bit registers that hold address and interface side by side. */
enum { REG_ADDR = NFT_REG32_00, REG_INTERFACE = NFT_REG32_04 };
enum { MESSAGE = 60 * 1024, ELEMENTS = 400, TABLES = 16 };
/* nft(8) prints what stands behind this type in a table's data as its comment. */
enum { UDATA_COMMENT = 0 };

static const char chain_name[] = "in";

enum set { SET_IP, SET_IP6, SET_LOCAL, SETS };
static const char *const set_names[SETS] = { "addresses", "addresses6", "link_local" };

static struct nl_msg *start(int type, int flags)
{
	const struct nfgenmsg g = { .nfgen_family = NFPROTO_INET, .version = NFNETLINK_V0 };
	struct nl_msg *msg = nlmsg_alloc_size(MESSAGE);

	if (!msg || !nlmsg_put(msg, 0, 0, NFNL_SUBSYS_NFTABLES << 8 | type, 0, flags) ||
	    nlmsg_append(msg, (void *)&g, sizeof(g), NLMSG_ALIGNTO) < 0) {
		nlmsg_free(msg);
		return NULL;
	}
	return msg;
}

static int put_be32(struct nl_msg *msg, int type, uint32_t value)
{
	return nla_put_u32(msg, type, htonl(value));
}

/* Takes the message over. */
static int finish(struct nl_batch *b, struct nl_msg *msg, int bad)
{
	int err = !msg ? ENOMEM : bad ? EMSGSIZE : nl_batch_add(b, msg);

	nlmsg_free(msg);
	return err;
}

/* ---- rules ---- */

static struct nlattr *expr_begin(struct nl_msg *msg, const char *name, struct nlattr **data)
{
	struct nlattr *elem = nla_nest_start(msg, NFTA_LIST_ELEM);

	nla_put_string(msg, NFTA_EXPR_NAME, name);
	*data = nla_nest_start(msg, NFTA_EXPR_DATA);
	return elem;
}

static void expr_end(struct nl_msg *msg, struct nlattr *elem, struct nlattr *data)
{
	nla_nest_end(msg, data);
	nla_nest_end(msg, elem);
}

static int expr_meta(struct nl_msg *msg, uint32_t key, uint32_t reg)
{
	struct nlattr *data, *e = expr_begin(msg, "meta", &data);
	int err = put_be32(msg, NFTA_META_KEY, key) | put_be32(msg, NFTA_META_DREG, reg);

	expr_end(msg, e, data);
	return err;
}

static int expr_payload(struct nl_msg *msg, uint32_t base, uint32_t offset, uint32_t len, uint32_t reg)
{
	struct nlattr *data, *e = expr_begin(msg, "payload", &data);
	int err = put_be32(msg, NFTA_PAYLOAD_DREG, reg) | put_be32(msg, NFTA_PAYLOAD_BASE, base) |
	          put_be32(msg, NFTA_PAYLOAD_OFFSET, offset) | put_be32(msg, NFTA_PAYLOAD_LEN, len);

	expr_end(msg, e, data);
	return err;
}

static int expr_cmp(struct nl_msg *msg, uint32_t op, uint8_t value)
{
	struct nlattr *data, *e = expr_begin(msg, "cmp", &data), *nested;
	int err = put_be32(msg, NFTA_CMP_SREG, NFT_REG_1) | put_be32(msg, NFTA_CMP_OP, op);

	nested = nla_nest_start(msg, NFTA_CMP_DATA);
	err |= nla_put(msg, NFTA_DATA_VALUE, sizeof(value), &value);
	nla_nest_end(msg, nested);
	expr_end(msg, e, data);
	return err;
}

static int expr_lookup(struct nl_msg *msg, enum set set, uint32_t reg)
{
	struct nlattr *data, *e = expr_begin(msg, "lookup", &data);
	int err = nla_put_string(msg, NFTA_LOOKUP_SET, set_names[set]) | put_be32(msg, NFTA_LOOKUP_SREG, reg) |
	          put_be32(msg, NFTA_LOOKUP_SET_ID, set + 1U);

	expr_end(msg, e, data);
	return err;
}

static int expr_verdict(struct nl_msg *msg, uint32_t verdict, bool counter)
{
	struct nlattr *data, *e, *value, *code;
	int err;

	if (counter) {
		e = expr_begin(msg, "counter", &data);
		expr_end(msg, e, data);
	}
	e = expr_begin(msg, "immediate", &data);
	err = put_be32(msg, NFTA_IMMEDIATE_DREG, NFT_REG_VERDICT);
	value = nla_nest_start(msg, NFTA_IMMEDIATE_DATA);
	code = nla_nest_start(msg, NFTA_DATA_VERDICT);
	err |= put_be32(msg, NFTA_VERDICT_CODE, verdict);
	nla_nest_end(msg, code);
	nla_nest_end(msg, value);
	expr_end(msg, e, data);
	return err;
}

static int match_family(struct nl_msg *msg, uint8_t family)
{
	return expr_meta(msg, NFT_META_NFPROTO, NFT_REG_1) | expr_cmp(msg, NFT_CMP_EQ, family);
}

static int match_set(struct nl_msg *msg, const struct fence_conf *c, enum set set)
{
	if (set == SET_IP)
		return match_family(msg, NFPROTO_IPV4) | expr_payload(msg, NFT_PAYLOAD_NETWORK_HEADER, 16, 4, NFT_REG_1) |
		       expr_lookup(msg, set, NFT_REG_1);
	if (set == SET_IP6)
		return match_family(msg, NFPROTO_IPV6) | expr_payload(msg, NFT_PAYLOAD_NETWORK_HEADER, 24, 16, NFT_REG_1) |
		       expr_lookup(msg, set, NFT_REG_1);
	return match_family(msg, NFPROTO_IPV6) | expr_payload(msg, NFT_PAYLOAD_NETWORK_HEADER, 24, 16, REG_ADDR) |
	       expr_meta(msg, c->by_index ? NFT_META_IIF : NFT_META_IIFNAME, REG_INTERFACE) | expr_lookup(msg, set, REG_ADDR);
}

/* Solicitations and advertisements, whatever their destination, before anything is dropped. */
static int match_discovery(struct nl_msg *msg)
{
	return match_family(msg, NFPROTO_IPV6) | expr_meta(msg, NFT_META_L4PROTO, NFT_REG_1) | expr_cmp(msg, NFT_CMP_EQ, IPPROTO_ICMPV6) |
	       expr_payload(msg, NFT_PAYLOAD_TRANSPORT_HEADER, 0, 1, NFT_REG_1) | expr_cmp(msg, NFT_CMP_GTE, ND_NEIGHBOR_SOLICIT) |
	       expr_cmp(msg, NFT_CMP_LTE, ND_NEIGHBOR_ADVERT);
}

static int append_rule(struct nl_batch *b, const struct fence_conf *c, enum set set)
{
	struct nl_msg *msg = start(NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND);
	struct nlattr *list;
	int bad;

	if (!msg)
		return ENOMEM;
	bad = nla_put_string(msg, NFTA_RULE_TABLE, c->table) | nla_put_string(msg, NFTA_RULE_CHAIN, chain_name);
	list = nla_nest_start(msg, NFTA_RULE_EXPRESSIONS);
	bad |= set == SETS ? match_discovery(msg) : match_set(msg, c, set);
	bad |= expr_verdict(msg, set == SETS ? NF_ACCEPT : NF_DROP, c->counters && set != SETS);
	nla_nest_end(msg, list);
	return finish(b, msg, bad);
}

/* ---- table, chain, sets ---- */

static int append_table(struct nl_batch *b, const char *name, const char *mark)
{
	struct nl_msg *msg = start(mark ? NFT_MSG_NEWTABLE : NFT_MSG_DELTABLE, mark ? NLM_F_CREATE : 0);
	uint8_t data[2 + FENCE_MARK] = { UDATA_COMMENT };
	int bad;

	if (!msg)
		return ENOMEM;
	bad = nla_put_string(msg, NFTA_TABLE_NAME, name);
	if (mark) {
		data[1] = (uint8_t)(strlen(mark) + 1);
		memcpy(data + 2, mark, data[1]);
		bad |= nla_put(msg, NFTA_TABLE_USERDATA, 2 + data[1], data);
	}
	return finish(b, msg, bad);
}

static int append_chain(struct nl_batch *b, const struct fence_conf *c)
{
	struct nl_msg *msg = start(NFT_MSG_NEWCHAIN, NLM_F_CREATE);
	struct nlattr *hook;
	int bad;

	if (!msg)
		return ENOMEM;
	bad = nla_put_string(msg, NFTA_CHAIN_TABLE, c->table) | nla_put_string(msg, NFTA_CHAIN_NAME, chain_name);
	hook = nla_nest_start(msg, NFTA_CHAIN_HOOK);
	bad |= put_be32(msg, NFTA_HOOK_HOOKNUM, NF_INET_LOCAL_IN) | put_be32(msg, NFTA_HOOK_PRIORITY, (uint32_t)c->priority);
	nla_nest_end(msg, hook);
	bad |= put_be32(msg, NFTA_CHAIN_POLICY, NF_ACCEPT) | nla_put_string(msg, NFTA_CHAIN_TYPE, "filter");
	return finish(b, msg, bad);
}

static int append_set(struct nl_batch *b, const struct fence_conf *c, enum set set)
{
	const uint32_t types[SETS] = { TYPE_IPADDR, TYPE_IP6ADDR, TYPE_IP6ADDR << TYPE_BITS | (c->by_index ? TYPE_IFINDEX : TYPE_IFNAME) };
	const uint32_t lens[SETS] = { 4, 16, 16 + (c->by_index ? 4 : IFNAMSIZ) };
	struct nl_msg *msg = start(NFT_MSG_NEWSET, NLM_F_CREATE);
	int bad;

	if (!msg)
		return ENOMEM;
	bad = nla_put_string(msg, NFTA_SET_TABLE, c->table) | nla_put_string(msg, NFTA_SET_NAME, set_names[set]) |
	      put_be32(msg, NFTA_SET_FLAGS, 0) | put_be32(msg, NFTA_SET_KEY_TYPE, types[set]) |
	      put_be32(msg, NFTA_SET_KEY_LEN, lens[set]) | put_be32(msg, NFTA_SET_ID, set + 1U);
	return finish(b, msg, bad);
}

/* ---- elements ---- */

static enum set set_of(const struct fence_addr *a)
{
	if (a->addr.family == AF_INET)
		return SET_IP;
	return a->ifname[0] ? SET_LOCAL : SET_IP6;
}

static int put_element(struct nl_msg *msg, const struct fence_conf *c, const struct fence_addr *a)
{
	struct nlattr *elem = nla_nest_start(msg, NFTA_LIST_ELEM), *key = nla_nest_start(msg, NFTA_SET_ELEM_KEY);
	size_t len = addr_len(a->addr.family);
	uint8_t bytes[16 + IFNAMSIZ] = { 0 };
	int err;

	memcpy(bytes, a->addr.bytes, len);
	if (set_of(a) == SET_LOCAL && c->by_index) {
		memcpy(bytes + len, &a->ifindex, sizeof(a->ifindex)); /* in the host's order */
		len += sizeof(a->ifindex);
	} else if (set_of(a) == SET_LOCAL) {
		memcpy(bytes + len, a->ifname, IFNAMSIZ);
		len += IFNAMSIZ;
	}
	err = nla_put(msg, NFTA_DATA_VALUE, (int)len, bytes);
	nla_nest_end(msg, key);
	nla_nest_end(msg, elem);
	return err;
}

/* The elements of one set, from list[*at] on, as many as one message takes. */
static int append_some(struct nl_batch *b, const struct fence_job *j, enum set set, size_t *at)
{
	const bool add = j->step != FENCE_DELETE;
	struct nl_msg *msg = start(add ? NFT_MSG_NEWSETELEM : NFT_MSG_DELSETELEM, add ? NLM_F_CREATE : 0);
	struct nlattr *list;
	size_t n = 0;
	int bad;

	if (!msg)
		return ENOMEM;
	bad = nla_put_string(msg, NFTA_SET_ELEM_LIST_TABLE, j->conf.table) | nla_put_string(msg, NFTA_SET_ELEM_LIST_SET, set_names[set]);
	list = nla_nest_start(msg, NFTA_SET_ELEM_LIST_ELEMENTS);
	for (; *at < j->n && n < ELEMENTS; ++*at) {
		if (set_of(&j->list[*at]) != set)
			continue;
		bad |= put_element(msg, &j->conf, &j->list[*at]);
		n++;
	}
	nla_nest_end(msg, list);
	if (n > 0)
		return finish(b, msg, bad);
	nlmsg_free(msg);
	return 0;
}

static int append_elements(struct nl_batch *b, const struct fence_job *j)
{
	int err = 0;

	for (enum set s = 0; s < SETS; s++)
		for (size_t at = 0; at < j->n && !err;)
			err = append_some(b, j, s, &at);
	return err;
}

int fence_append(struct nl_batch *b, const struct fence_job *j, bool there)
{
	int err = 0;

	if (j->step != FENCE_REBUILD)
		return append_elements(b, j);
	if (there)
		err = append_table(b, j->conf.table, NULL);
	if (!err)
		err = append_table(b, j->conf.table, j->conf.mark);
	if (!err)
		err = append_chain(b, &j->conf);
	for (enum set s = 0; s < SETS && !err; s++)
		err = append_set(b, &j->conf, s);
	if (!err)
		err = append_rule(b, &j->conf, SETS);
	for (enum set s = 0; s < SETS && !err; s++)
		err = append_rule(b, &j->conf, s);
	return err ? err : append_elements(b, j);
}

/* ---- jobs ---- */

struct tables {
	const struct fence_conf *conf;
	bool there, foreign; /* one of the name that is wanted */
	char old[TABLES][FENCE_TABLE]; /* ours, by other names */
	size_t n;
};

static int take_table(struct nlmsghdr *h, void *arg)
{
	struct tables *t = arg;
	char name[FENCE_TABLE];
	bool ours;

	if (!fence_parse_table(h, t->conf->mark, name, &ours))
		return 0;
	if (strcmp(name, t->conf->table) == 0) {
		t->there = true;
		t->foreign = !ours;
	} else if (ours && t->n < TABLES) {
		memcpy(t->old[t->n++], name, FENCE_TABLE);
	}
	return 0;
}

static void forget_tables(void *arg)
{
	struct tables *t = arg;

	*t = (struct tables){ .conf = t->conf };
}

static int look(struct nl_ctx *ctx, struct tables *t)
{
	struct nl_msg *msg = start(NFT_MSG_GETTABLE, 0);
	int err = msg ? nl_ctx_dump(ctx, NL_FILTER, msg, take_table, forget_tables, t) : ENOMEM;

	nlmsg_free(msg);
	return err ? err : t->foreign ? EEXIST : 0;
}

static int fill(struct nl_ctx *ctx, struct fence_job *j, struct nl_batch *b)
{
	struct tables t = { .conf = &j->conf };
	int err = 0;

	if (j->step == FENCE_REBUILD) {
		err = look(ctx, &t);
		for (size_t i = 0; i < t.n && !err; i++)
			err = append_table(b, t.old[i], NULL);
		if (err || !j->conf.table[0])
			return err;
	}
	return fence_append(b, j, t.there);
}

static void job_run(struct nl_ctx *ctx, struct nl_job *job)
{
	struct fence_job *j = (struct fence_job *)job;
	struct nl_batch *b = nl_batch_new(NL_FILTER);
	int *errs = NULL;

	j->err = b ? fill(ctx, j, b) : ENOMEM;
	if (!j->err && nl_batch_count(b) > 0) {
		errs = calloc(nl_batch_count(b), sizeof(*errs));
		j->err = errs ? nl_ctx_commit(ctx, b, errs) : ENOMEM;
	}
	j->port = nl_ctx_port(ctx, NL_FILTER);
	free(errs);
	nl_batch_free(b);
}

static void job_free(struct nl_job *job)
{
	struct fence_job *j = (struct fence_job *)job;

	free(j->list);
	free(j);
}

static void job_done(struct nl_job *job)
{
	struct fence_job *j = (struct fence_job *)job;

	if (j->done)
		j->done(j->user, j);
	job_free(job);
}

int fence_job_submit(struct nl *nl, const struct fence_job *what)
{
	struct fence_job *j = malloc(sizeof(*j));

	if (!j)
		return ENOMEM;
	*j = *what;
	j->err = 0;
	j->job = (struct nl_job){ .run = job_run, .done = job_done, .drop = job_free, .cls = LOOP_URGENT };
	nl_submit(nl, &j->job);
	return 0;
}
