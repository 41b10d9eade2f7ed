/*
 * Routes, rules and what is kept in the kernel: options into values, values into messages and back, and the plan.
 */
#include "config.h"

#include "test.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>

#include "core/net/keep_plan.h"
#include "core/net/route_nl.h"
#include "core/nl/batch.h"
#include "tests/unit/net_fixture.h"

static void options_of_routes(void **state)
{
	static const struct {
		const char *name, *value;
		bool good;
	} rows[] = {
		{ "mtu", "1400", true }, { "mtu", "x", false }, { "rtt", "10ms", true }, { "rtt", "1s", true }, { "rtt", "1m", false },
		{ "metric", "4294967295", true }, { "metric", "4294967296", false }, { "tos", "10", true }, { "tos", "0x100", false },
		{ "tos", "lowdelay", true }, { "protocol", "bird", true }, { "protocol", "256", false }, { "scope", "link", true },
		{ "realms", "a/0x14", true }, { "realms", "1/2/3", false }, { "realms", "65536", false }, { "pref", "low", true },
		{ "pref", "lower", false }, { "features", "ecn", true }, { "features", "x", false }, { "ttl-propagate", "enabled", true },
		{ "ttl-propagate", "1", false }, { "congctl", "cubic", true }, { "congctl", "a_name_that_is_long", false },
		{ "vrf", "red", true }, { "nothing", "1", false }, { "quickack", "1", true },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct net_route r = route_to("192.0.2.0/24");
		const char *bad = route_set(&r, rows[i].name, rows[i].value, false);

		if ((bad == NULL) != rows[i].good)
			fail_msg("%s %s: %s", rows[i].name, rows[i].value, bad ? bad : "taken");
	}
}

static void times_are_multiplied_as_the_kernel_wants_them(void **state)
{
	struct net_route r = route_to("192.0.2.0/24");

	(void)state;
	assert_null(route_set(&r, "rtt", "102", false));
	assert_null(route_set(&r, "rttvar", "1s", true));
	assert_null(route_set(&r, "rto_min", "5ms", false));
	assert_int_equal(r.metrics[RTAX_RTT], 816);
	assert_int_equal(r.metrics[RTAX_RTTVAR], 4000);
	assert_int_equal(r.metrics[RTAX_RTO_MIN], 5);
	assert_int_equal(r.metrics_locked, 1u << RTAX_RTTVAR);
	assert_null(route_set(&r, "pref", "high", false));
	assert_int_equal(r.pref, 1);
	assert_null(route_set(&r, "pref", "low", false));
	assert_int_equal(r.pref, 3);
}

static void what_is_not_said_follows(void **state)
{
	struct net_route r = route_to("192.0.2.0/24"), via = r, six = route_to("2001:db8::/32"), local = r;

	(void)state;
	route_finish(&r);
	assert_int_equal(r.table.number, RT_TABLE_MAIN);
	assert_int_equal(r.protocol.number, 18);
	r = route_to("192.0.2.0/24");
	r.n_hops = 1;
	route_finish(&r);
	assert_int_equal(r.scope.number, RT_SCOPE_LINK);
	via.n_hops = 1;
	via.hops[0].via = addr_v4(10, 0, 0, 1);
	route_finish(&via);
	assert_int_equal(via.scope.number, RT_SCOPE_UNIVERSE);
	route_finish(&six);
	assert_int_equal(six.metric, 1024);
	local.type = RTN_LOCAL;
	route_finish(&local);
	assert_int_equal(local.table.number, RT_TABLE_LOCAL);
	assert_int_equal(local.scope.number, RT_SCOPE_HOST);
}

static void encapsulations(void **state)
{
	const char *mpls[] = { "mpls", "100/200" }, *ip[] = { "ip", "id", "7", "dst", "10.0.0.1", "ttl", "9" }, *bad[] = { "seg6", "x" };
	const char *many[] = { "mpls", "1/2/3/4/5/6/7/8/9" }, *high[] = { "mpls", "1048576" };
	struct route_encap e;

	(void)state;
	memset(&e, 0, sizeof(e));
	assert_null(route_set_encap(&e, mpls, 2));
	assert_int_equal(e.n_labels, 2);
	assert_int_equal(e.labels[1], 200);
	memset(&e, 0, sizeof(e));
	assert_null(route_set_encap(&e, ip, 7));
	assert_true(e.has_id && e.id == 7 && e.has_ttl && e.ttl == 9 && e.dst.family == AF_INET);
	memset(&e, 0, sizeof(e));
	assert_non_null(route_set_encap(&e, bad, 2));
	assert_non_null(route_set_encap(&e, many, 2));
	memset(&e, 0, sizeof(e));
	assert_non_null(route_set_encap(&e, high, 2));
}

static void options_of_rules(void **state)
{
	static const struct {
		const char *name, *value;
		bool good;
	} rows[] = {
		{ "fwmark", "0x10/0xff", true }, { "fwmark", "24", true }, { "fwmark", "x", false }, { "uidrange", "1-2", true },
		{ "uidrange", "2-1", false }, { "uidrange", "1", false }, { "sport", "10", true }, { "dport", "10-20", true },
		{ "dport", "20-10", false }, { "dport", "0", false }, { "dport", "65536", false }, { "ip_proto", "tcp", true },
		{ "ip_proto", "256", false }, { "iif", "eth0", true }, { "iif", "a_name_longer_than_15", false }, { "goto", "40", true },
		{ "realms", "30/20", true }, { "tos", "22", true }, { "suppress_prefixlength", "13", true }, { "x", "1", false },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct net_rule r;

		memset(&r, 0, sizeof(r));
		const char *bad = rule_set(&r, rows[i].name, rows[i].value);

		if ((bad == NULL) != rows[i].good)
			fail_msg("%s %s: %s", rows[i].name, rows[i].value, bad ? bad : "taken");
	}
}

static void names_of_tables(void **state)
{
	struct rt_name n;
	struct rt_dirs none = { 0 };

	(void)state;
	assert_true(rt_name_set(RT_TABLE, "local", &n) && n.number == RT_TABLE_LOCAL && !n.name[0]);
	assert_true(rt_name_set(RT_TABLE, "0x100", &n) && n.number == 256);
	assert_false(rt_name_set(RT_TABLE, "12x", &n));
	assert_false(rt_name_set(RT_TABLE, "", &n));
	assert_true(rt_name_set(RT_TABLE, "small", &n) && strcmp(n.name, "small") == 0);
	assert_int_equal(rt_name_resolve(RT_TABLE, &none, &n), ENOENT);
	assert_true(rt_name_set(RT_DSFIELD, "10", &n) && n.number == 16);
}

/* ---- messages ---- */

static void a_route_comes_back_from_its_message(void **state)
{
	static const char *const all[] = { "192.0.2.0/24", "0.0.0.0/0", "2001:db8::/32", "::/0", "10.1.2.3/9" };

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		struct net_route r = route_to(all[i]), seen, other;
		struct nl_batch *b = nl_batch_new(NL_ROUTE);

		r.metric = 7;
		rt_name_set(RT_TABLE, "1000", &r.table);
		r.n_hops = 2;
		r.hops[0].via = addr_v4(10, 0, 0, 1);
		r.hops[0].encap = (struct route_encap){ .type = ENCAP_MPLS, .n_labels = 1, .labels = { 5 } };
		r.hops[1].ifindex = 3;
		assert_null(route_set(&r, "mtu", "1400", true));
		route_finish(&r);
		assert_int_equal(route_append(b, &r, true), 0);
		assert_true(route_parse(nl_batch_request(b, 0), &seen));
		assert_true(route_is(&r, &seen));
		assert_int_equal(seen.protocol.number, 18);
		other = seen;
		other.metric++;
		assert_false(route_is(&r, &other));
		other = seen;
		other.table.number++;
		assert_false(route_is(&r, &other));
		nl_batch_free(b);
	}
}

static void a_rule_comes_back_from_its_message(void **state)
{
	struct net_rule r, seen;
	struct nl_batch *b = nl_batch_new(NL_ROUTE);

	(void)state;
	memset(&r, 0, sizeof(r));
	r.family = AF_INET;
	assert_true(prefix_parse("10.0.0.0/8", &r.from));
	assert_null(rule_set(&r, "fwmark", "16/255"));
	assert_null(rule_set(&r, "iif", "eth0"));
	assert_null(rule_set(&r, "priority", "500"));
	assert_null(rule_set(&r, "dport", "80-90"));
	assert_null(rule_set(&r, "uidrange", "1-2"));
	rule_finish(&r);
	assert_int_equal(r.action, FR_ACT_TO_TBL);
	assert_int_equal(r.table.number, RT_TABLE_MAIN);
	assert_int_equal(rule_append(b, &r, true), 0);
	assert_true(rule_parse(nl_batch_request(b, 0), &seen));
	assert_true(rule_is(&r, &seen));
	seen.priority = 501;
	assert_false(rule_is(&r, &seen));
	nl_batch_free(b);
}

static void what_is_cut_off_is_no_route(void **state)
{
	struct net_route r = route_to("192.0.2.0/24"), seen;
	struct net_rule rule;
	struct nl_batch *b = nl_batch_new(NL_ROUTE);
	struct nlmsghdr *h;

	(void)state;
	route_finish(&r);
	assert_int_equal(route_append(b, &r, true), 0);
	h = nl_batch_request(b, 0);
	assert_false(rule_parse(h, &rule));
	for (uint32_t len = h->nlmsg_len; len-- > NLMSG_HDRLEN;) {
		h->nlmsg_len = len;
		route_parse(h, &seen); /* whatever it says: nothing behind the end is read */
	}
	nl_batch_free(b);
}

/* ---- the plan ---- */

static struct keep_item route_item(uint8_t n)
{
	struct keep_item i;

	memset(&i, 0, sizeof(i));
	i.kind = KEEP_ROUTE;
	i.route.family = AF_INET;
	i.route.dst = (struct prefix){ addr_v4(10, 0, n, 0), 24 };
	return i;
}

static void answer(struct keep_table *t, struct keep_ops *ops, int err)
{
	for (size_t i = 0; i < ops->n; i++) {
		ops->list[i].err = err;
		keep_table_result(t, &ops->list[i]);
	}
	ops->n = 0;
}

static void added_in_order_removed_backwards(void **state)
{
	struct keep_item items[3] = { route_item(1), route_item(2), route_item(3) };
	struct keep_table t = { 0 };
	struct keep_ops ops = { 0 };

	(void)state;
	assert_true(keep_table_set(&t, items, 3, &ops));
	assert_int_equal(ops.n, 0);
	keep_table_turn(&t, true, &ops);
	assert_int_equal(ops.n, 3);
	for (size_t i = 0; i < 3; i++)
		assert_true(ops.list[i].add && ops.list[i].item.route.dst.addr.bytes[2] == i + 1);
	answer(&t, &ops, 0);
	assert_int_equal(keep_table_count(&t, KEEP_HELD), 3);
	keep_table_turn(&t, false, &ops);
	assert_int_equal(ops.n, 3);
	for (size_t i = 0; i < 3; i++)
		assert_true(!ops.list[i].add && ops.list[i].item.route.dst.addr.bytes[2] == 3 - i);
	keep_table_free(&t);
	free(ops.list);
}

static void only_differences_of_a_new_list_are_done(void **state)
{
	struct keep_item before[3] = { route_item(1), route_item(2), route_item(3) };
	struct keep_item after[3] = { route_item(3), route_item(4), route_item(1) };
	struct keep_table t = { .on = true };
	struct keep_ops ops = { 0 };

	(void)state;
	keep_table_set(&t, before, 3, &ops);
	answer(&t, &ops, 0);
	assert_true(keep_table_set(&t, after, 3, &ops));
	assert_int_equal(ops.n, 2);
	assert_true(!ops.list[0].add && ops.list[0].item.route.dst.addr.bytes[2] == 2);
	assert_true(ops.list[1].add && ops.list[1].item.route.dst.addr.bytes[2] == 4);
	answer(&t, &ops, 0);
	assert_int_equal(keep_table_count(&t, KEEP_HELD), 3);
	assert_true(keep_table_set(&t, after, 3, &ops));
	assert_int_equal(ops.n, 0);
	keep_table_free(&t);
	free(ops.list);
}

static void what_was_there_before_stays_in_the_end(void **state)
{
	struct keep_item item = route_item(1);

	(void)state;
	for (int former = 0; former < 2; former++) {
		struct keep_table t = { .on = true, .former = former };
		struct keep_ops ops = { 0 };

		keep_table_set(&t, &item, 1, &ops);
		answer(&t, &ops, EEXIST);
		assert_int_equal(keep_table_count(&t, KEEP_HELD), 1);
		keep_table_turn(&t, false, &ops);
		assert_int_equal(ops.n, former);
		keep_table_free(&t);
		free(ops.list);
	}
}

static void a_late_answer_is_out_of_date(void **state)
{
	struct keep_item item = route_item(1);
	struct keep_table t = { .on = true };
	struct keep_ops ops = { 0 }, del = { 0 };

	(void)state;
	keep_table_set(&t, &item, 1, &ops);
	keep_table_turn(&t, false, &del);
	assert_int_equal(del.n, 1); /* it was asked for: it may be there */
	ops.list[0].err = 0;
	assert_int_equal(keep_table_result(&t, &ops.list[0]), KEEP_NO_NEWS);
	assert_int_equal(keep_table_count(&t, KEEP_GONE), 1);
	keep_table_free(&t);
	free(ops.list);
	free(del.list);
}

/* A reload while the kernel has not answered: asked again, and that it is there then is our own doing. */
static void a_list_comes_while_adding(void **state)
{
	struct keep_item item = route_item(1);
	struct keep_table t = { 0 };
	struct keep_ops ops = { 0 }, again = { 0 };

	(void)state;
	keep_table_set(&t, &item, 1, &ops);
	keep_table_ask(&t, 0, &ops);
	assert_int_equal(ops.n, 0); /* not while it is off */
	keep_table_turn(&t, true, &ops);
	assert_int_equal(ops.n, 1);
	keep_table_set(&t, &item, 1, &again);
	assert_int_equal(again.n, 1);
	assert_int_equal(keep_table_result(&t, &ops.list[0]), KEEP_NO_NEWS);
	again.list[0].err = EEXIST;
	assert_int_equal(keep_table_result(&t, &again.list[0]), KEEP_ADDED);
	ops.n = 0;
	keep_table_turn(&t, false, &ops);
	assert_int_equal(ops.n, 1);
	keep_table_free(&t);
	free(ops.list);
	free(again.list);
}

/* What somebody else put there stays his over a reload, until he takes it away and we put it back. */
static void foreign_until_it_is_put_back(void **state)
{
	struct keep_item item = route_item(1);

	(void)state;
	for (int put_back = 0; put_back < 2; put_back++) {
		struct keep_table t = { .on = true };
		struct keep_ops ops = { 0 };

		keep_table_set(&t, &item, 1, &ops);
		answer(&t, &ops, EEXIST);
		keep_table_set(&t, &item, 1, &ops);
		assert_int_equal(ops.n, 0);
		if (put_back) {
			keep_table_ask(&t, 0, &ops);
			answer(&t, &ops, 0);
		}
		keep_table_turn(&t, false, &ops);
		assert_int_equal(ops.n, put_back);
		keep_table_free(&t);
		free(ops.list);
	}
}

static void lost_restored_refused(void **state)
{
	struct keep_item item = route_item(1);
	struct keep_table t = { .on = true };
	struct keep_ops ops = { 0 };

	(void)state;
	memcpy(item.track_group, "fixed", 6);
	keep_table_set(&t, &item, 1, &ops);
	ops.list[0].err = 0;
	assert_int_equal(keep_table_result(&t, &ops.list[0]), KEEP_ADDED);
	ops.n = 0;
	keep_table_ask(&t, 0, &ops);
	ops.list[0].err = EEXIST;
	assert_int_equal(keep_table_result(&t, &ops.list[0]), KEEP_NO_NEWS);
	ops.list[0].err = 0;
	assert_int_equal(keep_table_result(&t, &ops.list[0]), KEEP_RESTORED);
	assert_false(keep_table_misses(&t, NULL));
	ops.list[0].err = ENETUNREACH;
	assert_int_equal(keep_table_result(&t, &ops.list[0]), KEEP_SHAKEN);
	assert_int_equal(keep_table_result(&t, &ops.list[0]), KEEP_TAKEN);
	assert_int_equal(keep_table_result(&t, &ops.list[0]), KEEP_STILL_REFUSED);
	assert_true(keep_table_misses(&t, NULL) && keep_table_misses(&t, "fixed"));
	assert_false(keep_table_misses(&t, "other"));
	/* Shaken, but there in time. */
	ops.list[0].err = 0;
	assert_int_equal(keep_table_result(&t, &ops.list[0]), KEEP_ADDED);
	ops.list[0].err = ENETUNREACH;
	assert_int_equal(keep_table_result(&t, &ops.list[0]), KEEP_SHAKEN);
	ops.list[0].err = 0;
	assert_int_equal(keep_table_result(&t, &ops.list[0]), KEEP_ADDED);
	ops.list[0].err = ENETUNREACH;
	assert_int_equal(keep_table_result(&t, &ops.list[0]), KEEP_SHAKEN);
	t.list[0].item.no_track = true;
	assert_false(keep_table_misses(&t, "fixed"));
	keep_table_free(&t);
	free(ops.list);
}

/* One reason is news once: until it is another, until the object is there, and until it is turned on anew. */
static void a_refusal_is_news_once(void **state)
{
	struct keep_item item = route_item(1);
	struct keep_table t = { .on = true };
	struct keep_ops ops = { 0 }, none = { 0 };
	struct keep_op op;

	(void)state;
	keep_table_set(&t, &item, 1, &ops);
	op = ops.list[0];
	op.err = ENETUNREACH;
	assert_int_equal(keep_table_result(&t, &op), KEEP_REFUSED);
	assert_int_equal(keep_table_result(&t, &op), KEEP_STILL_REFUSED);
	keep_table_set(&t, &item, 1, &none); /* a reload is no news of it */
	op.round = t.round;
	assert_int_equal(keep_table_result(&t, &op), KEEP_STILL_REFUSED);
	op.err = EINVAL;
	assert_int_equal(keep_table_result(&t, &op), KEEP_REFUSED);
	assert_int_equal(keep_table_result(&t, &op), KEEP_STILL_REFUSED);
	keep_table_turn(&t, false, &none);
	keep_table_turn(&t, true, &none);
	op.round = t.round;
	assert_int_equal(keep_table_result(&t, &op), KEEP_REFUSED);
	op.err = 0;
	assert_int_equal(keep_table_result(&t, &op), KEEP_ADDED);
	keep_table_free(&t);
	free(ops.list);
	free(none.list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_of_routes),
		cmocka_unit_test(times_are_multiplied_as_the_kernel_wants_them),
		cmocka_unit_test(what_is_not_said_follows),
		cmocka_unit_test(encapsulations),
		cmocka_unit_test(options_of_rules),
		cmocka_unit_test(names_of_tables),
		cmocka_unit_test(a_route_comes_back_from_its_message),
		cmocka_unit_test(a_rule_comes_back_from_its_message),
		cmocka_unit_test(what_is_cut_off_is_no_route),
		cmocka_unit_test(added_in_order_removed_backwards),
		cmocka_unit_test(only_differences_of_a_new_list_are_done),
		cmocka_unit_test(what_was_there_before_stays_in_the_end),
		cmocka_unit_test(a_late_answer_is_out_of_date),
		cmocka_unit_test(a_list_comes_while_adding),
		cmocka_unit_test(foreign_until_it_is_put_back),
		cmocka_unit_test(lost_restored_refused),
		cmocka_unit_test(a_refusal_is_news_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
