/*
 * Reading the kernel's IPVS messages: see parse_nl.h. Attributes as in linux/ip_vs.h.
 */
#include "config.h"

#include "core/ipvs/parse_nl.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/ip_vs.h>
#include <netlink/genl/genl.h>
#include <netlink/msg.h>
#include <string.h>


static const struct nla_policy cmd_policy[IPVS_CMD_ATTR_MAX + 1] = {
	[IPVS_CMD_ATTR_SERVICE] = { .type = NLA_NESTED },
	[IPVS_CMD_ATTR_DEST] = { .type = NLA_NESTED },
	[IPVS_CMD_ATTR_DAEMON] = { .type = NLA_NESTED },
};

static const struct nla_policy service_policy[IPVS_SVC_ATTR_MAX + 1] = {
	[IPVS_SVC_ATTR_AF] = { .type = NLA_U16 },
	[IPVS_SVC_ATTR_PROTOCOL] = { .type = NLA_U16 },
	[IPVS_SVC_ATTR_ADDR] = { .type = NLA_UNSPEC, .minlen = 4, .maxlen = 16 },
	[IPVS_SVC_ATTR_PORT] = { .type = NLA_U16 },
	[IPVS_SVC_ATTR_FWMARK] = { .type = NLA_U32 },
	[IPVS_SVC_ATTR_SCHED_NAME] = { .type = NLA_STRING, .maxlen = IP_VS_SCHEDNAME_MAXLEN },
	[IPVS_SVC_ATTR_FLAGS] = { .type = NLA_UNSPEC, .minlen = sizeof(struct ip_vs_flags) },
	[IPVS_SVC_ATTR_TIMEOUT] = { .type = NLA_U32 },
	[IPVS_SVC_ATTR_NETMASK] = { .type = NLA_U32 },
	[IPVS_SVC_ATTR_PE_NAME] = { .type = NLA_STRING, .maxlen = IP_VS_PENAME_MAXLEN },
};

static const struct nla_policy dest_policy[IPVS_DEST_ATTR_MAX + 1] = {
	[IPVS_DEST_ATTR_ADDR] = { .type = NLA_UNSPEC, .minlen = 4, .maxlen = 16 },
	[IPVS_DEST_ATTR_PORT] = { .type = NLA_U16 },
	[IPVS_DEST_ATTR_FWD_METHOD] = { .type = NLA_U32 },
	[IPVS_DEST_ATTR_WEIGHT] = { .type = NLA_U32 },
	[IPVS_DEST_ATTR_U_THRESH] = { .type = NLA_U32 },
	[IPVS_DEST_ATTR_L_THRESH] = { .type = NLA_U32 },
	[IPVS_DEST_ATTR_ACTIVE_CONNS] = { .type = NLA_U32 },
	[IPVS_DEST_ATTR_INACT_CONNS] = { .type = NLA_U32 },
	[IPVS_DEST_ATTR_PERSIST_CONNS] = { .type = NLA_U32 },
	[IPVS_DEST_ATTR_ADDR_FAMILY] = { .type = NLA_U16 },
	[IPVS_DEST_ATTR_TUN_TYPE] = { .type = NLA_U8 },
	[IPVS_DEST_ATTR_TUN_PORT] = { .type = NLA_U16 },
	[IPVS_DEST_ATTR_TUN_FLAGS] = { .type = NLA_U16 },
};

static const struct nla_policy daemon_policy[IPVS_DAEMON_ATTR_MAX + 1] = {
	[IPVS_DAEMON_ATTR_STATE] = { .type = NLA_U32 },
	[IPVS_DAEMON_ATTR_MCAST_IFN] = { .type = NLA_STRING, .maxlen = IP_VS_IFNAME_MAXLEN },
	[IPVS_DAEMON_ATTR_SYNC_ID] = { .type = NLA_U32 },
	[IPVS_DAEMON_ATTR_SYNC_MAXLEN] = { .type = NLA_U16 },
	[IPVS_DAEMON_ATTR_MCAST_GROUP] = { .type = NLA_U32 },
	[IPVS_DAEMON_ATTR_MCAST_GROUP6] = { .type = NLA_UNSPEC, .minlen = 16, .maxlen = 16 },
	[IPVS_DAEMON_ATTR_MCAST_PORT] = { .type = NLA_U16 },
	[IPVS_DAEMON_ATTR_MCAST_TTL] = { .type = NLA_U8 },
};

/* Absent attributes read as zero. */
static uint32_t get_u32(struct nlattr *a)
{
	return a ? nla_get_u32(a) : 0;
}

static uint16_t get_u16(struct nlattr *a)
{
	return a ? nla_get_u16(a) : 0;
}

static uint8_t get_u8(struct nlattr *a)
{
	return a ? nla_get_u8(a) : 0;
}

/* Text that need not end in a NUL; cut to fit. */
static void get_text(struct nlattr *a, char *out, size_t size)
{
	size_t n = a ? (size_t)nla_len(a) : 0;

	memset(out, 0, size);
	if (n)
		memcpy(out, nla_data(a), n < size ? n : size - 1);
}

static bool get_addr(struct nlattr *a, uint16_t family, struct addr *out)
{
	size_t len = family <= UINT8_MAX ? addr_len((uint8_t)family) : 0;

	memset(out, 0, sizeof(*out));
	if (!a || !len || (size_t)nla_len(a) < len)
		return false;
	out->family = (uint8_t)family;
	memcpy(out->bytes, nla_data(a), len);
	return true;
}

/* The attributes nested in attribute `which` of a reply. */
static bool open_reply(struct nlmsghdr *h, int which, struct nlattr **out, int max, const struct nla_policy *policy)
{
	struct nlattr *top[IPVS_CMD_ATTR_MAX + 1];

	if (!genlmsg_valid_hdr(h, 0) || genlmsg_parse(h, 0, top, IPVS_CMD_ATTR_MAX, cmd_policy) < 0 || !top[which])
		return false;
	return nla_parse_nested(out, max, top[which], policy) >= 0;
}

/* False where the message is broken; family 0 in *out where we have no key for such a service. */
static bool read_key(struct nlattr *const *a, struct service_key *out)
{
	uint16_t family = get_u16(a[IPVS_SVC_ATTR_AF]);
	uint16_t protocol = get_u16(a[IPVS_SVC_ATTR_PROTOCOL]);

	memset(out, 0, sizeof(*out));
	if (family != AF_INET && family != AF_INET6)
		return true;
	if (a[IPVS_SVC_ATTR_FWMARK]) {
		out->fwmark = nla_get_u32(a[IPVS_SVC_ATTR_FWMARK]);
	} else {
		if (protocol > UINT8_MAX || !get_addr(a[IPVS_SVC_ATTR_ADDR], family, &out->addr))
			return false;
		out->protocol = (uint8_t)protocol;
		out->port = ntohs(get_u16(a[IPVS_SVC_ATTR_PORT]));
	}
	out->family = (uint8_t)family;
	return true;
}

int ipvs_nl_parse_service(struct nlmsghdr *h, struct ipvs_entry **out)
{
	struct nlattr *a[IPVS_SVC_ATTR_MAX + 1];
	struct ip_vs_flags flags = { 0 };
	struct service_key key;
	struct ipvs_entry *e;

	*out = NULL;
	if (!open_reply(h, IPVS_CMD_ATTR_SERVICE, a, IPVS_SVC_ATTR_MAX, service_policy) || !read_key(a, &key))
		return EBADMSG;
	if (!key.family)
		return 0;
	if (a[IPVS_SVC_ATTR_FLAGS])
		memcpy(&flags, nla_data(a[IPVS_SVC_ATTR_FLAGS]), sizeof(flags));
	e = ipvs_entry_new(&key);
	get_text(a[IPVS_SVC_ATTR_SCHED_NAME], e->scheduler, sizeof(e->scheduler));
	get_text(a[IPVS_SVC_ATTR_PE_NAME], e->pe, sizeof(e->pe));
	e->flags = flags.flags;
	e->persistence = flags.flags & IP_VS_SVC_F_PERSISTENT ? get_u32(a[IPVS_SVC_ATTR_TIMEOUT]) : 0;
	e->netmask = get_u32(a[IPVS_SVC_ATTR_NETMASK]);
	ipvs_entry_normalise(e);
	*out = e;
	return 0;
}

int ipvs_nl_parse_dest(struct nlmsghdr *h, struct ipvs_entry *e)
{
	struct nlattr *a[IPVS_DEST_ATTR_MAX + 1];
	struct endpoint at;
	struct ipvs_dest *d;
	uint16_t family;

	if (!open_reply(h, IPVS_CMD_ATTR_DEST, a, IPVS_DEST_ATTR_MAX, dest_policy))
		return EBADMSG;
	family = a[IPVS_DEST_ATTR_ADDR_FAMILY] ? get_u16(a[IPVS_DEST_ATTR_ADDR_FAMILY]) : e->key.family;
	memset(&at, 0, sizeof(at));
	if (!get_addr(a[IPVS_DEST_ATTR_ADDR], family, &at.addr))
		return EBADMSG;
	at.port = ntohs(get_u16(a[IPVS_DEST_ATTR_PORT]));
	d = ipvs_entry_add(e, &at);
	d->method = (uint8_t)(get_u32(a[IPVS_DEST_ATTR_FWD_METHOD]) & IP_VS_CONN_F_FWD_MASK);
	d->weight = (int32_t)get_u32(a[IPVS_DEST_ATTR_WEIGHT]);
	d->upper = get_u32(a[IPVS_DEST_ATTR_U_THRESH]);
	d->lower = get_u32(a[IPVS_DEST_ATTR_L_THRESH]);
	d->conns = (struct ipvs_conns){
		.known = true,
		.active = get_u32(a[IPVS_DEST_ATTR_ACTIVE_CONNS]),
		.inactive = get_u32(a[IPVS_DEST_ATTR_INACT_CONNS]),
		.persistent = get_u32(a[IPVS_DEST_ATTR_PERSIST_CONNS]),
	};
	if (d->method == IPVS_TUN) {
		d->tun_type = get_u8(a[IPVS_DEST_ATTR_TUN_TYPE]);
		d->tun_port = ntohs(get_u16(a[IPVS_DEST_ATTR_TUN_PORT]));
		d->tun_flags = get_u16(a[IPVS_DEST_ATTR_TUN_FLAGS]);
	}
	return 0;
}

int ipvs_nl_parse_daemon(struct nlmsghdr *h, struct ipvs_nl_daemon *out)
{
	struct nlattr *a[IPVS_DAEMON_ATTR_MAX + 1];
	struct ipvs_sync_conf *c = &out->conf;
	uint32_t state, id;

	memset(out, 0, sizeof(*out));
	if (!open_reply(h, IPVS_CMD_ATTR_DAEMON, a, IPVS_DAEMON_ATTR_MAX, daemon_policy))
		return EBADMSG;
	state = get_u32(a[IPVS_DAEMON_ATTR_STATE]);
	id = get_u32(a[IPVS_DAEMON_ATTR_SYNC_ID]);
	if ((state != IP_VS_STATE_MASTER && state != IP_VS_STATE_BACKUP) || id > UINT8_MAX)
		return EBADMSG;
	out->half = state == IP_VS_STATE_MASTER ? IPVS_ROLE_MASTER : IPVS_ROLE_BACKUP;
	c->enabled = true;
	c->id = (uint8_t)id;
	get_text(a[IPVS_DAEMON_ATTR_MCAST_IFN], c->ifname, sizeof(c->ifname));
	c->maxlen = get_u16(a[IPVS_DAEMON_ATTR_SYNC_MAXLEN]);
	c->port = get_u16(a[IPVS_DAEMON_ATTR_MCAST_PORT]);
	c->ttl = get_u8(a[IPVS_DAEMON_ATTR_MCAST_TTL]);
	if (a[IPVS_DAEMON_ATTR_MCAST_GROUP])
		get_addr(a[IPVS_DAEMON_ATTR_MCAST_GROUP], AF_INET, &c->group);
	else if (a[IPVS_DAEMON_ATTR_MCAST_GROUP6])
		get_addr(a[IPVS_DAEMON_ATTR_MCAST_GROUP6], AF_INET6, &c->group);
	return 0;
}
