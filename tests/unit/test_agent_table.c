/*
 * The generic table and the MIBs' column maps, without a master agent: GET and GETNEXT over made rows against a list of
 * expected OIDs and values, and against a naive model from random starting points.
 */
#include "config.h"

#include "agent/table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>

#include "agent/mibs.h"
#include "agent/notification.h"
#include "tests/unit/snap_make.h"
#include "tests/unit/view_make.h"

#define R "1.3.6.1.4.1.8072.9999.9999.112"
#define V "1.3.6.1.2.1.68"
#define V3 "1.3.6.1.2.1.207.1"
#define MODEL_MAX 20000

static struct mib_env env = { .up_since = 40 * USEC_PER_SEC, .now = 100 * USEC_PER_SEC, .traps_sent = 7 };

/* ---- rows ---- */

static void put_router(struct view *v, const char *ifname, uint8_t vrid, int32_t ifindex, uint8_t version,
                       uint8_t family)
{
	struct view_vr r = { .ifindex = ifindex, .version = version, .state = VIEW_VR_MASTER, .priority = 100,
		.addr_count = 1,
		             .adver_int = USEC_PER_SEC, .preempt = 1, .reason = 4 };
	struct view_vr_stats s = { .ifindex = ifindex, .version = version, .become_master = (1ull << 32) + 5,
		.master_reason = 4, .proto_error = VIEW_PROTO_CHECKSUM };

	text_copy(r.key.ifname, sizeof(r.key.ifname), ifname);
	r.key.vrid = vrid;
	r.key.family = family;
	text_copy(r.name, sizeof(r.name), "VI_1");
	r.primary = r.master = addr_v4(172, 25, 0, 33);
	r.left_init.mono = 70 * USEC_PER_SEC;
	memcpy(r.mac, (uint8_t[]){ 0, 0, 0x5e, 0, 1, vrid }, 6);
	s.key = r.key;
	view_put(v, VIEW_VR, &r);
	view_put(v, VIEW_VR_STATS, &s);
}

static void put_address(struct view *v, const char *ifname, uint8_t vrid, int32_t ifindex, struct addr a, bool excluded)
{
	struct view_vr_addr r = { .ifindex = ifindex, .version = 2, .prefix_len = 32, .excluded = excluded };

	text_copy(r.key.vr.ifname, sizeof(r.key.vr.ifname), ifname);
	r.key.vr.vrid = vrid;
	r.key.vr.family = AF_INET;
	r.key.addr = a;
	view_put(v, VIEW_VR_ADDR, &r);
}

static void put_address3(struct view *v, const char *ifname, uint8_t vrid, int32_t ifindex, const char *text)
{
	struct view_vr_addr r = { .ifindex = ifindex, .version = 3, .prefix_len = 32 };

	text_copy(r.key.vr.ifname, sizeof(r.key.vr.ifname), ifname);
	assert_true(addr_parse(text, &r.key.addr));
	r.key.vr.vrid = vrid;
	r.key.vr.family = r.key.addr.family;
	view_put(v, VIEW_VR_ADDR, &r);
}

static void put_server(struct view *v, uint32_t fwmark, struct addr a, int32_t set)
{
	struct view_rs r = { .state = VIEW_RS_UP, .conf_weight = 3, .set_weight = set, .effective_weight = 3,
		.source = 1 };

	r.key.service.family = AF_INET;
	r.key.service.fwmark = fwmark;
	if (!fwmark) {
		r.key.service.protocol = IPPROTO_TCP;
		r.key.service.port = 80;
		r.key.service.addr = addr_v4(172, 25, 0, 200);
	}
	r.key.server.addr = a;
	r.key.server.port = 8080;
	view_put(v, VIEW_RS, &r);
}

static void put_daemon(struct view *v)
{
	struct view_daemon d = { .one = 1, .config_generation = 4, .traps = 1, .vrrp_checksum_errors = 9 };

	text_copy(d.version, sizeof(d.version), "0.1.0");
	d.urgent_late.count[15] = 1ull << 40;
	d.started.wall = 1700000000123456; /* 2023-11-14 22:13:20.1 UTC */
	view_put(v, VIEW_DAEMON, &d);
}

static struct snapshot *make_snapshot(void)
{
	struct view *v = view_new(NULL, NULL);
	struct addr six;
	struct snapshot *s;

	put_daemon(v);
	put_router(v, "ens33", 51, 2, 2, AF_INET);
	put_router(v, "ens33", 52, 2, 3, AF_INET);   /* v3: not in RFC 2787's table */
	put_router(v, "ens33", 52, 2, 3, AF_INET6);
	put_address3(v, "ens33", 52, 2, "172.25.0.202");
	put_address3(v, "ens33", 52, 2, "fd00::9");
	put_router(v, "ens33", 53, 2, 2, AF_INET6);  /* IPv6: neither */
	put_router(v, "bond0.1234", 1, 0, 2, AF_INET); /* absent interface: neither */
	put_address(v, "ens33", 51, 2, addr_v4(172, 25, 0, 200), false);
	put_address(v, "ens33", 51, 2, addr_v4(172, 25, 0, 201), true);
	put_server(v, 0, addr_v4(10, 0, 0, 1), -1);
	put_server(v, 0, addr_v4(10, 0, 0, 2), 50);
	put_server(v, 7, addr_v4(10, 0, 0, 1), -1);
	assert_true(addr_parse("fd00::1", &six));
	put_server(v, 0, six, 0); /* an IPv6 server of an IPv4 service: tunnels can */
	s = snap_make(v, NULL, ~0u, 1);
	view_free(v);
	assert_non_null(s);
	return s;
}

static struct mib_view *make_view(const struct mib *m, const struct snapshot *s)
{
	struct mib_view *v = mib_view_new(m);

	env.snap = s;
	assert_non_null(v);
	assert_true(mib_view_update(v, s));
	return v;
}

/* ---- expected values ---- */

static void value_print(const struct value *v, char *out, size_t size)
{
	size_t len = 0;

	out[0] = '\0';
	if (v->type == VALUE_COUNTER64)
		text_append(out, size, &len, "C64:%llu", (unsigned long long)v->counter);
	else if (v->type == VALUE_IPADDRESS)
		text_append(out, size, &len, "IP:%u.%u.%u.%u", v->bytes[0], v->bytes[1], v->bytes[2], v->bytes[3]);
	else if (v->type == VALUE_OCTETS && v->len && v->bytes[0] >= ' ' && v->bytes[0] < 127)
		text_append(out, size, &len, "%.*s", (int)v->len, (const char *)v->bytes);
	else if (v->type == VALUE_OCTETS)
		for (size_t i = 0; i < v->len; i++)
			text_append(out, size, &len, "%02x", v->bytes[i]);
	else
		text_append(out, size, &len, "%s%lld", (const char *[]){ "", "U:", "C32:", "", "T:", "", "" }[v->type],
		            (long long)v->number);
}

struct expected {
	const char *oid, *value; /* value NULL: no such instance; "-": no such object */
};

static void check_values(const struct mib_view *v, const struct expected *e, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct oid_name o;
		struct value value;
		char text[300];
		enum mib_found found;

		assert_true(oid_parse(e[i].oid, &o));
		found = mib_get(v, &env, o.sub, o.len, &value);
		if (found == MIB_NO_OBJECT) {
			assert_string_equal(e[i].value ? e[i].value : e[i].oid, "-");
			continue;
		}
		if (found == MIB_NO_INSTANCE) {
			if (e[i].value)
				fail_msg("%s: no instance, want %s", e[i].oid, e[i].value);
			continue;
		}
		value_print(&value, text, sizeof(text));
		if (!e[i].value || strcmp(text, e[i].value) != 0)
			fail_msg("%s: %s, want %s", e[i].oid, text, e[i].value ? e[i].value : "no instance");
	}
}

#define RS "1.4.172.25.0.200.6.80.0.1.4.10.0.0.1.8080"
#define VR "5.101.110.115.51.51.51.1.0.0"

static void regent_values(void **state)
{
	static const struct expected e[] = {
		{ R ".1.1.1.0", "0.1.0" },
		{ R ".1.1.5.0", "07e70b0e160d14012b0000" },
		{ R ".1.1.7.0", "0000000000000000" },
		{ R ".1.1.6.0", "U:4" },
		{ R ".1.1.10.0", "2" },
		{ R ".1.1.11.0", "1" },
		{ R ".1.1.17.0", "C32:7" },
		{ R ".1.3.1.2.1", "U:32" },
		{ R ".1.3.1.2.15", "U:524288" },
		{ R ".1.3.1.2.16", "U:0" },
		{ R ".1.3.1.3.16", "C64:1099511627776" },
		{ R ".1.3.1.3.17", NULL },
		{ R ".1.4.1.6." VR, "VI_1" },
		{ R ".1.4.1.7." VR, "3" },
		{ R ".1.4.1.16." VR, "00005e000133" },
		{ R ".1.4.1.17." VR, "1" },
		{ R ".1.4.1.18." VR, "ac190021" },
		{ R ".1.4.1.22." VR, "4" },
		{ R ".1.4.1.25." VR, "U:1000000" },
		{ R ".1.4.1.6.10.98.111.110.100.48.46.49.50.51.52.1.1.0.0", "VI_1" },
		{ R ".1.4.1.10.10.98.111.110.100.48.46.49.50.51.52.1.1.0.0", "0" },
		{ R ".1.5.1.3." VR ".1.4.172.25.0.200", "U:32" },
		{ R ".1.5.1.4." VR ".1.4.172.25.0.201", "2" },
		{ R ".1.6.1.1." VR, "C64:4294967301" },
		{ R ".1.8.1.8." RS, "-1" },
		{ R ".1.8.1.7." RS, "3" },
		{ R ".1.8.1.8.1.4.172.25.0.200.6.80.0.1.4.10.0.0.2.8080", "50" },
		{ R ".1.8.1.8.1.4.0.0.0.0.0.0.7.1.4.10.0.0.1.8080", "-1" },
		{ R ".1.8.1.8.1.4.172.25.0.200.6.80.0.2.16.253.0.0.0.0.0.0.0.0.0.0.0.0.0.0.1.8080", "0" },
		{ R ".1.8.1.8." RS ".0", NULL },
		{ R ".1.8.1.8", NULL },
		{ R ".1.8.1.3." RS, "-" },
		{ R ".1.8.1.39." RS, "-" },
		{ R ".1.8.2.8." RS, "-" },
		{ R ".1.11.1.0", "-" },
		{ R, "-" },
	};
	struct snapshot *s = make_snapshot();
	struct mib_view *v = make_view(regent_mib(), s);

	(void)state;
	check_values(v, e, sizeof(e) / sizeof(e[0]));
	mib_view_free(v);
	snapshot_unref(s);
}

static void vrrp_values(void **state)
{
	static const struct expected e[] = {
		{ V ".1.1.0", "2" },
		{ V ".1.2.0", "1" },
		{ V ".1.3.1.2.2.51", "00005e000133" },
		{ V ".1.3.1.3.2.51", "3" },
		{ V ".1.3.1.7.2.51", "IP:172.25.0.33" },
		{ V ".1.3.1.9.2.51", "1" },
		{ V ".1.3.1.10.2.51", "" },
		{ V ".1.3.1.11.2.51", "1" },
		{ V ".1.3.1.13.2.51", "T:3000" }, /* left INIT 30 s after snmpd started */
		{ V ".1.3.1.15.2.51", "1" },
		{ V ".1.3.1.3.2.52", NULL },
		{ V ".1.3.1.3.2.53", NULL },
		{ V ".1.3.1.3.0.1", NULL },
		{ V ".1.3.1.1.2.51", "-" },
		{ V ".1.4.1.2.2.51.172.25.0.200", "1" },
		{ V ".1.4.1.2.2.51.172.25.0.201", NULL },
		{ V ".2.1.0", "C32:9" },
		{ V ".2.4.1.1.2.51", "C32:5" },
	};
	struct snapshot *s = make_snapshot();
	struct mib_view *v = make_view(vrrp_mib(), s);

	(void)state;
	check_values(v, e, sizeof(e) / sizeof(e[0]));
	env.up_since = 80 * USEC_PER_SEC; /* snmpd came up after the router did */
	check_values(v, &(struct expected){ V ".1.3.1.13.2.51", "T:0" }, 1);
	env.up_since = 40 * USEC_PER_SEC;
	mib_view_free(v);
	snapshot_unref(s);
}

static void vrrpv3_values(void **state)
{
	static const struct expected e[] = {
		{ V3 ".1.1.1.3.2.52.1", "ac190021" },
		{ V3 ".1.1.1.4.2.52.1", "ac190021" },
		{ V3 ".1.1.1.5.2.52.1", "00005e000134" },
		{ V3 ".1.1.1.6.2.52.1", "3" },
		{ V3 ".1.1.1.7.2.52.1", "U:100" },
		{ V3 ".1.1.1.8.2.52.1", "1" },
		{ V3 ".1.1.1.9.2.52.1", "100" },
		{ V3 ".1.1.1.10.2.52.1", "1" },
		{ V3 ".1.1.1.11.2.52.1", "2" },
		{ V3 ".1.1.1.12.2.52.1", "T:3000" }, /* a time span, other than in RFC 2787 */
		{ V3 ".1.1.1.13.2.52.1", "1" },
		{ V3 ".1.1.1.6.2.52.2", "3" }, /* the same VRID over IPv6 */
		{ V3 ".1.1.1.6.2.51.1", NULL }, /* version 2 */
		{ V3 ".1.1.1.6.0.1.1", NULL },
		{ V3 ".1.1.1.1.2.52.1", "-" },
		{ V3 ".1.1.1.2.2.52.1", "-" },
		{ V3 ".1.2.1.2.2.52.1.4.172.25.0.202", "1" },
		{ V3 ".1.2.1.2.2.52.2.16.253.0.0.0.0.0.0.0.0.0.0.0.0.0.0.9", "1" },
		{ V3 ".2.1.0", "C64:9" },
		{ V3 ".2.4.0", "T:0" },
		{ V3 ".2.5.1.1.2.52.1", "C32:5" },
		{ V3 ".2.5.1.2.2.52.1", "3" }, /* masterNoResponse */
		{ V3 ".2.5.1.3.2.52.1", "C64:0" },
		{ V3 ".2.5.1.6.2.52.1", "3" },
		{ V3 ".2.5.1.12.2.52.1", "T:0" },
		{ V3 ".2.5.1.13.2.52.1", "U:1000" },
		{ V3 ".2.5.1.14.2.52.1", "-" },
	};
	static const struct { uint32_t why, want; } reasons[] = { { 0, 0 }, { 2, 1 }, { 3, 1 }, { 4, 3 }, { 5, 1 }, { 6, 2 }, { 12, 1 } };
	struct snapshot *s = make_snapshot();
	struct mib_view *v = make_view(vrrpv3_mib(), s);

	(void)state;
	check_values(v, e, sizeof(e) / sizeof(e[0]));
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		assert_int_equal(vrrpv3_master_reason(reasons[i].why), reasons[i].want);
	mib_view_free(v);
	snapshot_unref(s);
}

static void new_master_by_version(void **state)
{
	struct trapq_send s = { .part = TRAPQ_NEW_MASTER, .event = { .kind = EVENT_VR_STATE, .to = VIEW_VR_MASTER, .reason = 6,
		.ifindex = 2, .version = 3, .master_family = AF_INET6, .master = { 0xfe, 0x80, [15] = 0x33 } } };
	struct notification n;
	struct oid_name want;

	(void)state;
	s.event.key.vr.vrid = 61;
	s.event.key.vr.family = AF_INET6;
	assert_true(notification_make(&s, &n));
	assert_true(oid_parse("1.3.6.1.2.1.207.0.1", &want));
	assert_int_equal(oid_cmp(n.trap.sub, n.trap.len, want.sub, want.len), 0);
	assert_int_equal(n.n, 2);
	assert_true(oid_parse(V3 ".1.1.1.3.2.61.2", &want));
	assert_int_equal(oid_cmp(n.vars[0].name.sub, n.vars[0].name.len, want.sub, want.len), 0);
	assert_int_equal(n.vars[0].value.len, 16);
	assert_int_equal(n.vars[0].value.bytes[15], 0x33);
	assert_true(oid_parse(V3 ".2.5.1.2.2.61.2", &want));
	assert_int_equal(oid_cmp(n.vars[1].name.sub, n.vars[1].name.len, want.sub, want.len), 0);
	assert_int_equal(n.vars[1].value.number, 2);
	s.event.version = 2;
	assert_true(notification_make(&s, &n));
	assert_true(oid_parse(V ".0.1", &want));
	assert_int_equal(oid_cmp(n.trap.sub, n.trap.len, want.sub, want.len), 0);
}

/* ---- order ---- */

static struct oid_name model[MODEL_MAX];
static size_t model_n;

/* Walk from the root; the list of what there is. */
static void walk(const struct mib_view *v, const struct mib *m)
{
	struct oid_name at;
	struct value value;

	oid_clear(&at);
	oid_add_all(&at, m->root, m->root_len);
	for (model_n = 0; mib_next(v, &env, at.sub, at.len, false, &model[model_n], &value); model_n++) {
		struct value again;

		assert_true(oid_cmp(model[model_n].sub, model[model_n].len, at.sub, at.len) > 0);
		assert_int_equal(mib_get(v, &env, model[model_n].sub, model[model_n].len, &again), MIB_FOUND);
		assert_int_equal(value.type, again.type);
		assert_int_equal(value.len, again.len);
		assert_memory_equal(value.bytes, again.bytes, value.len);
		assert_int_equal(value.number, again.number);
		at = model[model_n];
		assert_true(model_n + 1 < MODEL_MAX);
	}
}

/* The first of the list after `o`. */
static const struct oid_name *model_next(const struct oid_name *o, bool inclusive)
{
	for (size_t i = 0; i < model_n; i++) {
		int c = oid_cmp(model[i].sub, model[i].len, o->sub, o->len);

		if (c > 0 || (c == 0 && inclusive))
			return &model[i];
	}
	return NULL;
}

static void bend(struct make_rand *r, struct oid_name *o)
{
	static const uint32_t odd[] = { 0, 1, 127, 255, 256, 0x7fffffff, 0xffffffff };

	switch (make_random(r, 5)) {
	case 0:
		o->len = make_random(r, (uint32_t)o->len + 1);
		break;
	case 1:
		o->sub[make_random(r, (uint32_t)o->len)] = odd[make_random(r, 7)];
		break;
	case 2:
		oid_add(o, odd[make_random(r, 7)]);
		break;
	case 3:
		o->sub[o->len - 1]--;
		break;
	default:
		break;
	}
}

static void check_next(const struct mib_view *v, const struct oid_name *o, bool inclusive)
{
	const struct oid_name *want = model_next(o, inclusive);
	struct oid_name got;
	struct value value;
	bool there = mib_next(v, &env, o->sub, o->len, inclusive, &got, &value);

	assert_int_equal(there, want != NULL);
	if (want)
		assert_int_equal(oid_cmp(got.sub, got.len, want->sub, want->len), 0);
}

static void next_from_anywhere(void **state)
{
	const struct mib *mibs[] = { vrrp_mib(), regent_mib(), vrrpv3_mib() };
	struct make_rand r = { .state = 99 };
	struct snapshot *s = make_snapshot();

	(void)state;
	for (size_t m = 0; m < sizeof(mibs) / sizeof(mibs[0]); m++) {
		struct mib_view *v = make_view(mibs[m], s);

		walk(v, mibs[m]);
		assert_true(model_n > 30);
		for (int i = 0; i < 20000; i++) {
			struct oid_name o = model[make_random(&r, (uint32_t)model_n)];

			bend(&r, &o);
			check_next(v, &o, make_random(&r, 2));
		}
		mib_view_free(v);
	}
	snapshot_unref(s);
}

static void empty_tables(void **state)
{
	struct view *rows = view_new(NULL, NULL);
	struct snapshot *s = snap_make(rows, NULL, ~0u, 1);
	struct mib_view *v = make_view(regent_mib(), s);

	(void)state;
	walk(v, regent_mib());
	assert_int_equal(model_n, 0);
	mib_view_free(v);
	snapshot_unref(s);
	view_free(rows);
}

/* Two routers of one ifIndex and VRID on different transports: one row in the RFC's table, and the walk goes on. */
static void doubles_do_not_stop_a_walk(void **state)
{
	struct view *rows = view_new(NULL, NULL);
	struct view_vr r = { .ifindex = 2, .version = 2, .state = VIEW_VR_BACKUP };
	struct snapshot *s;
	struct mib_view *v;

	(void)state;
	text_copy(r.key.ifname, sizeof(r.key.ifname), "ens33");
	r.key.family = AF_INET;
	for (uint8_t i = 0; i < 6; i++) {
		r.key.vrid = (uint8_t)(1 + i / 2);
		r.key.where = i % 2 ? addr_v4(224, 0, 100, 19) : (struct addr){ 0 };
		view_put(rows, VIEW_VR, &r);
	}
	s = snap_make(rows, NULL, ~0u, 1);
	v = make_view(vrrp_mib(), s);
	walk(v, vrrp_mib());
	assert_int_equal(model_n, 3 * 14);
	mib_view_free(v);
	v = make_view(regent_mib(), s);
	walk(v, regent_mib());
	assert_int_equal(model_n, 6 * 29);
	mib_view_free(v);
	snapshot_unref(s);
	view_free(rows);
}

/* How many objects a walk of REGENT-MIB over these rows has. */
static size_t cells(const struct view *rows)
{
	static const size_t columns[VIEW_KINDS] = {
		[VIEW_DAEMON] = 34 + 6 + 3 * LATE_BUCKETS, [VIEW_VR] = 29, [VIEW_VR_ADDR] = 2,
		[VIEW_VR_STATS] = 32, [VIEW_VS] = 16, [VIEW_RS] = 35, [VIEW_PROBE] = 13, [VIEW_PROBE_USE] = 2,
		[VIEW_GROUP] = 6,
		[VIEW_TRACKER] = 12, [VIEW_BFD] = 22, [VIEW_VS_STATS] = 12, [VIEW_RS_STATS] = 15,
	};
	size_t n = 0;

	for (int k = 1; k < VIEW_KINDS; k++)
		n += columns[k] * view_count(rows, (enum view_kind)k);
	return n;
}

/* An interface comes and goes: RFC 2787's row, whose index is its ifIndex, with it, though the router's key stays. */
static void row_moves_with_its_ifindex(void **state)
{
	struct view *rows = view_new(NULL, NULL);
	struct mib_view *v = NULL;
	static const int32_t ifindexes[] = { 2, 0, 9 };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		char oid[64];
		struct snapshot *s;

		put_router(rows, "ens33", 51, ifindexes[i], 2, AF_INET);
		s = snap_make(rows, NULL, ~0u, 1);
		if (v) {
			env.snap = s;
			assert_true(mib_view_update(v, s));
		} else {
			v = make_view(vrrp_mib(), s);
		}
		snprintf(oid, sizeof(oid), V ".1.3.1.3.%d.51", ifindexes[i]);
		check_values(v, &(struct expected){ oid, ifindexes[i] ? "3" : NULL }, 1);
		walk(v, vrrp_mib());
		assert_int_equal(model_n, ifindexes[i] ? 14 + 12 : 0);
		snapshot_unref(s);
	}
	mib_view_free(v);
	view_free(rows);
}

/* Values change, rows come and go: the view follows each snapshot, and old snapshots stay what they were. */
static void follows_snapshots(void **state)
{
	struct make_rand r = { .state = 3 };
	struct view *rows = view_new(NULL, NULL);
	struct snapshot *s = snap_make(rows, NULL, ~0u, 0);
	struct mib_view *v = make_view(regent_mib(), s);

	(void)state;
	for (int round = 0; round < 200; round++) {
		unsigned changed = 0;
		struct snapshot *next;

		for (int i = 0; i < 5; i++) {
			enum view_kind k = (enum view_kind)(1 + make_random(&r, VIEW_KINDS - 1));
			union view_any row;

			make_row(&r, k, &row);
			if (make_random(&r, 3) ? view_put(rows, k, &row) : view_del(rows, k, &row))
				changed |= 1u << k;
		}
		next = snap_make(rows, s, changed, (uint64_t)round);
		env.snap = next;
		assert_true(mib_view_update(v, next));
		walk(v, regent_mib());
		assert_int_equal(model_n, cells(rows));
		snapshot_unref(s);
		s = next;
	}
	mib_view_free(v);
	snapshot_unref(s);
	view_free(rows);
}

static void oids(void **state)
{
	struct oid_name a, b;

	(void)state;
	assert_true(oid_parse(".1.3.6", &a) && oid_parse("1.3.6.0", &b));
	assert_true(oid_cmp(a.sub, a.len, b.sub, b.len) < 0);
	assert_true(oid_begins_with(b.sub, b.len, a.sub, a.len));
	assert_false(oid_parse("1..3", &a) || oid_parse("1.x", &a) || oid_parse("", &a) || oid_parse("1.", &a) ||
	             oid_parse("4294967296", &a));
	oid_clear(&a);
	for (int i = 0; i < OID_MAX; i++)
		oid_add(&a, 1);
	assert_false(a.bad);
	oid_add(&a, 1);
	assert_true(a.bad);
	assert_int_equal(a.len, OID_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(oids),
		cmocka_unit_test(regent_values),
		cmocka_unit_test(vrrp_values), cmocka_unit_test(vrrpv3_values), cmocka_unit_test(new_master_by_version),
		cmocka_unit_test(next_from_anywhere),
		cmocka_unit_test(empty_tables),
		cmocka_unit_test(doubles_do_not_stop_a_walk),
		cmocka_unit_test(row_moves_with_its_ifindex),
		cmocka_unit_test(follows_snapshots),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
