/*
 * From events to notifications (notification.h): REGENT-MIB's, vrrpTrapNewMaster of RFC 2787 and vrrpv3NewMaster of
 * RFC 6527. Each of ours stands for itself: the variables' instances are the row's index, and name, states and reason are in them.
 */
#include "config.h"

#include "agent/notification.h"

#include <string.h>

#include "agent/column.h"
#include "agent/mibs.h"

enum { /* regentEventInfo */
	EVENT_TIME = 1,
	EVENT_SEQ = 2,
	EVENT_TEXT = 3,
	EVENT_VR_OLD = 4,
	EVENT_VRID = 5,
	EVENT_INTERFACE = 6,
	EVENT_RS_OLD = 7,
	EVENT_MISSED = 8,
	EVENT_BFD_OLD = 9,
	EVENT_TRACKER_KIND = 10,
	EVENT_TRACKER_NAME = 11,
	EVENT_TRACKER_OLD = 12,
	EVENT_TRACKER_STATE = 13,
	EVENT_TRACKER_VALUE = 14,
};

enum { TRAP_VR = 1, TRAP_RS = 2, TRAP_QUORUM = 3, TRAP_RELOAD = 4, TRAP_WEIGHT = 5, TRAP_LOST = 6,
	TRAP_GROUP = 7, TRAP_PROBE_OVERDUE = 8, TRAP_BFD = 9, TRAP_TRACKER = 10 };

static void set_trap(struct notification *n, uint32_t number)
{
	static const uint32_t root[] = { REGENT_ROOT, 0 };

	oid_clear(&n->trap);
	oid_add_all(&n->trap, root, sizeof(root) / sizeof(root[0]));
	oid_add(&n->trap, number);
	n->n = 0;
}

/* A column of a row; the value is for the caller to fill. */
static struct value *add_cell(struct notification *n, const struct table *t, uint32_t column,
                              const struct oid_name *index)
{
	struct oid_name *name = &n->vars[n->n].name;
	struct value *v = &n->vars[n->n].value;

	n->n++;
	memset(v, 0, sizeof(*v));
	oid_clear(name);
	oid_add_all(name, t->prefix.sub, t->prefix.len);
	oid_add(name, column);
	oid_add_all(name, index->sub, index->len);
	return v;
}

static struct value *add_info(struct notification *n, uint32_t object)
{
	static const uint32_t group[] = { REGENT_ROOT, 1, 11 };
	struct oid_name *name = &n->vars[n->n].name;
	struct value *v = &n->vars[n->n].value;

	n->n++;
	memset(v, 0, sizeof(*v));
	oid_clear(name);
	oid_add_all(name, group, sizeof(group) / sizeof(group[0]));
	oid_add(name, object);
	oid_add(name, 0);
	return v;
}

/* The number goes out in 32 bits: snmpd complains of each notification that an SNMPv1 trap could not carry. */
static void add_when(struct notification *n, const struct event *e)
{
	value_date(add_info(n, EVENT_TIME), e->wall);
	value_unsigned(add_info(n, EVENT_SEQ), (uint32_t)e->seq);
}

static int64_t known_reason(uint32_t reason, uint32_t most)
{
	return reason > most ? 0 : reason;
}

static void make_vr(const struct event *e, struct notification *n)
{
	const struct table *t = regent_vr_table();
	struct oid_name index;

	oid_clear(&index);
	regent_vr_index(&e->key.vr, &index);
	set_trap(n, TRAP_VR);
	value_text(add_cell(n, t, REGENT_VR_NAME, &index), e->name, sizeof(e->name));
	value_integer(add_info(n, EVENT_VRID), e->key.vr.vrid);
	value_text(add_info(n, EVENT_INTERFACE), e->key.vr.ifname, sizeof(e->key.vr.ifname));
	value_integer(add_info(n, EVENT_VR_OLD), e->from);
	value_integer(add_cell(n, t, REGENT_VR_STATE, &index), e->to);
	value_integer(add_cell(n, t, REGENT_VR_REASON, &index), known_reason(e->reason, REGENT_VR_REASONS));
	value_text(add_cell(n, t, REGENT_VR_REASON_TEXT, &index), e->text, sizeof(e->text));
	value_unsigned(add_cell(n, t, REGENT_VR_PRIORITY, &index), e->priority);
	add_when(n, e);
}

/* RFC 2787: vrrpTrapNewMaster { vrrpOperMasterIpAddr }. */
static void make_new_master2(const struct event *e, struct notification *n)
{
	static const uint32_t trap[] = { VRRP_ROOT, 0, 1 }, column[] = { VRRP_ROOT, 1, 3, 1, 7 };
	struct oid_name *name = &n->vars[0].name;
	struct value *v = &n->vars[0].value;

	oid_clear(&n->trap);
	oid_add_all(&n->trap, trap, sizeof(trap) / sizeof(trap[0]));
	oid_clear(name);
	oid_add_all(name, column, sizeof(column) / sizeof(column[0]));
	oid_add(name, (uint32_t)e->ifindex);
	oid_add(name, e->key.vr.vrid);
	memset(v, 0, sizeof(*v));
	v->type = VALUE_IPADDRESS;
	v->len = 4;
	if (e->master_family == AF_INET)
		memcpy(v->bytes, e->master, 4);
	n->n = 1;
}

static struct value *add_vr3(struct notification *n, const uint32_t *column, size_t len, const struct event *e)
{
	struct oid_name *name = &n->vars[n->n].name;
	struct value *v = &n->vars[n->n].value;

	n->n++;
	memset(v, 0, sizeof(*v));
	oid_clear(name);
	oid_add_all(name, column, len);
	oid_add(name, (uint32_t)e->ifindex);
	oid_add(name, e->key.vr.vrid);
	oid_add(name, inet_type(e->key.vr.family));
	return v;
}

/* RFC 6527: vrrpv3NewMaster { vrrpv3OperationsMasterIpAddr, vrrpv3StatisticsNewMasterReason }. */
static void make_new_master3(const struct event *e, struct notification *n)
{
	static const uint32_t trap[] = { VRRPV3_ROOT, 0, 1 }, master[] = { VRRPV3_ROOT, 1, 1, 1, 1, 3 },
		reason[] = { VRRPV3_ROOT, 1, 2, 5, 1, 2 };

	oid_clear(&n->trap);
	oid_add_all(&n->trap, trap, sizeof(trap) / sizeof(trap[0]));
	n->n = 0;
	value_octets(add_vr3(n, master, sizeof(master) / sizeof(master[0]), e), e->master,
	             e->master_family ? addr_len(e->master_family) : 0);
	value_integer(add_vr3(n, reason, sizeof(reason) / sizeof(reason[0]), e), vrrpv3_master_reason(e->reason));
}

static void make_new_master(const struct event *e, struct notification *n)
{
	if (e->version == 3)
		make_new_master3(e, n);
	else
		make_new_master2(e, n);
}

static void make_rs(const struct event *e, struct notification *n)
{
	const struct table *t = regent_rs_table();
	struct oid_name rs, vs;

	oid_clear(&rs);
	oid_clear(&vs);
	regent_rs_index(&e->key.rs, &rs);
	regent_vs_index(&e->key.rs.service, &vs);
	set_trap(n, TRAP_RS);
	value_text(add_cell(n, t, REGENT_RS_NAME, &rs), e->name, sizeof(e->name));
	value_text(add_cell(n, t, REGENT_RS_SERVICE, &rs), e->object, sizeof(e->object));
	value_integer(add_info(n, EVENT_RS_OLD), e->from);
	value_integer(add_cell(n, t, REGENT_RS_STATE, &rs), e->to);
	value_integer(add_cell(n, t, REGENT_RS_REASON, &rs), known_reason(e->reason, REGENT_PROBE_REASONS));
	value_text(add_cell(n, t, REGENT_RS_REASON_TEXT, &rs), e->text, sizeof(e->text));
	value_integer(add_cell(n, t, REGENT_RS_EFFECTIVE_WEIGHT, &rs), e->weight);
	value_unsigned(add_cell(n, regent_vs_table(), REGENT_VS_SERVERS_UP, &vs), e->up);
	value_unsigned(add_cell(n, regent_vs_table(), REGENT_VS_SERVERS_TOTAL, &vs), e->total);
	add_when(n, e);
}

static void make_quorum(const struct event *e, struct notification *n)
{
	const struct table *t = regent_vs_table();
	struct oid_name index;

	oid_clear(&index);
	regent_vs_index(&e->key.rs.service, &index);
	set_trap(n, TRAP_QUORUM);
	value_text(add_cell(n, t, REGENT_VS_NAME, &index), e->name, sizeof(e->name));
	value_integer(add_cell(n, t, REGENT_VS_QUORUM_STATE, &index), e->to);
	value_unsigned(add_cell(n, t, REGENT_VS_SERVERS_UP, &index), e->up);
	value_unsigned(add_cell(n, t, REGENT_VS_SERVERS_TOTAL, &index), e->total);
	value_unsigned(add_cell(n, t, REGENT_VS_QUORUM, &index), e->quorum);
	value_text(add_info(n, EVENT_TEXT), e->text, sizeof(e->text));
	add_when(n, e);
}

static void make_reload(const struct event *e, struct notification *n)
{
	const struct table *t = regent_system_table();
	struct oid_name scalar;

	oid_clear(&scalar);
	oid_add(&scalar, 0);
	set_trap(n, TRAP_RELOAD);
	value_integer(add_cell(n, t, REGENT_RELOAD_RESULT, &scalar), e->to);
	value_text(add_cell(n, t, REGENT_RELOAD_TEXT, &scalar), e->text, sizeof(e->text));
	add_when(n, e);
}

static void make_weight(const struct event *e, struct notification *n)
{
	const struct table *t = regent_rs_table();
	struct oid_name index;

	oid_clear(&index);
	regent_rs_index(&e->key.rs, &index);
	set_trap(n, TRAP_WEIGHT);
	value_text(add_cell(n, t, REGENT_RS_NAME, &index), e->name, sizeof(e->name));
	value_text(add_cell(n, t, REGENT_RS_SERVICE, &index), e->object, sizeof(e->object));
	value_integer(add_cell(n, t, REGENT_RS_ADMIN_WEIGHT, &index), e->reason ? e->weight : e->to);
	value_text(add_info(n, EVENT_TEXT), e->text, sizeof(e->text));
	add_when(n, e);
}

static void make_group(const struct event *e, struct notification *n)
{
	const struct table *t = regent_group_table();
	struct oid_name index;

	oid_clear(&index);
	oid_add_string(&index, e->name, strnlen(e->name, sizeof(e->name)));
	set_trap(n, TRAP_GROUP);
	value_integer(add_info(n, EVENT_VR_OLD), e->from);
	value_integer(add_cell(n, t, REGENT_GROUP_STATE, &index), e->to);
	value_text(add_info(n, EVENT_TEXT), e->text, sizeof(e->text));
	add_when(n, e);
}

static void make_probe_overdue(const struct event *e, struct notification *n)
{
	const struct table *t = regent_probe_table();
	struct oid_name index;

	oid_clear(&index);
	regent_probe_index(&e->key.probe, &index);
	set_trap(n, TRAP_PROBE_OVERDUE);
	value_text(add_cell(n, t, REGENT_PROBE_NAME, &index), e->object, sizeof(e->object));
	value_unsigned(add_cell(n, t, REGENT_PROBE_USERS, &index), (uint32_t)e->to);
	value_text(add_info(n, EVENT_TEXT), e->text, sizeof(e->text));
	add_when(n, e);
}

static void make_bfd(const struct event *e, struct notification *n)
{
	const struct table *t = regent_bfd_table();
	struct oid_name index;

	oid_clear(&index);
	oid_add_string(&index, e->name, strnlen(e->name, sizeof(e->name)));
	set_trap(n, TRAP_BFD);
	value_integer(add_info(n, EVENT_BFD_OLD), e->from + 1);
	value_integer(add_cell(n, t, REGENT_BFD_STATE, &index), e->to + 1);
	value_unsigned(add_cell(n, t, REGENT_BFD_DIAG, &index), e->reason);
	value_text(add_info(n, EVENT_TEXT), e->text, sizeof(e->text));
	add_when(n, e);
}

/* One for a tracker, not one for each virtual router that looks at it: those tell when they change. */
static void make_tracker(const struct event *e, struct notification *n)
{
	set_trap(n, TRAP_TRACKER);
	value_integer(add_info(n, EVENT_TRACKER_KIND), e->reason);
	value_text(add_info(n, EVENT_TRACKER_NAME), e->name, sizeof(e->name));
	value_integer(add_info(n, EVENT_TRACKER_OLD), e->from);
	value_integer(add_info(n, EVENT_TRACKER_STATE), e->to);
	value_integer(add_info(n, EVENT_TRACKER_VALUE), e->weight);
	value_text(add_info(n, EVENT_TEXT), e->text, sizeof(e->text));
	add_when(n, e);
}

static void make_lost(const struct trapq_send *s, struct notification *n)
{
	set_trap(n, TRAP_LOST);
	value_unsigned(add_info(n, EVENT_MISSED), s->missed);
	add_when(n, &s->event);
}

static bool make_state(const struct event *e, struct notification *n)
{
	switch ((enum event_kind)e->kind) {
	case EVENT_VR_STATE:
		make_vr(e, n);
		return true;
	case EVENT_RS_STATE:
		make_rs(e, n);
		return true;
	case EVENT_VS_QUORUM:
		make_quorum(e, n);
		return true;
	case EVENT_RELOAD:
		make_reload(e, n);
		return true;
	case EVENT_OVERRIDE:
		make_weight(e, n);
		return true;
	case EVENT_GROUP_STATE:
		make_group(e, n);
		return true;
	case EVENT_PROBE_OVERDUE:
		make_probe_overdue(e, n);
		return true;
	case EVENT_BFD_STATE:
		make_bfd(e, n);
		return true;
	case EVENT_TRACKER:
		make_tracker(e, n);
		return true;
	case EVENT_LOST:
	case EVENT_NONE:
		break;
	}
	return false;
}

bool notification_make(const struct trapq_send *s, struct notification *out)
{
	switch (s->part) {
	case TRAPQ_LOST:
		make_lost(s, out);
		return true;
	case TRAPQ_NEW_MASTER:
		make_new_master(&s->event, out);
		return true;
	case TRAPQ_STATE:
		return make_state(&s->event, out);
	}
	return false;
}
