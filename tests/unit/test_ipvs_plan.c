/*
 * Plans: a few by hand, then properties over random tables: applying a plan to a simulated kernel gives the wanted table plus what is
 * foreign, applying it again does nothing, and no service that had and will have a weighted server is ever without one.
 */
#include "config.h"

#include "core/ipvs/plan.h"

#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "core/base/text.h"

static struct service_key vs(uint8_t n)
{
	return (struct service_key){ .family = AF_INET, .protocol = IPPROTO_TCP, .port = 80, .addr = addr_v4(10, 0, 0, n) };
}

static struct endpoint rs(uint8_t n)
{
	return (struct endpoint){ .addr = addr_v4(10, 1, 0, n), .port = 80 };
}

static struct ipvs_entry *entry(uint8_t n, const char *scheduler)
{
	struct service_key key = vs(n);
	struct ipvs_entry *e = ipvs_entry_new(&key);

	text_copy(e->scheduler, sizeof(e->scheduler), scheduler);
	ipvs_entry_normalise(e);
	return e;
}

static void add(struct ipvs_entry *e, uint8_t n, int32_t weight)
{
	struct endpoint at = rs(n);

	ipvs_entry_add(e, &at)->weight = weight;
	ipvs_entry_sort(e);
}

/* ---- a simulated kernel: it refuses what the real one refuses ---- */

static size_t index_of(const struct ipvs_table *t, const struct service_key *key)
{
	for (size_t i = 0; i < t->n; i++)
		if (service_key_cmp(&t->entries[i]->key, key) == 0)
			return i;
	return t->n;
}

static void sim_new_service(struct ipvs_table *k, const struct ipvs_entry *from)
{
	struct ipvs_entry *e = ipvs_entry_copy(from);

	assert_int_equal(index_of(k, &from->key), k->n);
	e->n = 0;
	ipvs_table_add(k, e);
}

static void sim_del_service(struct ipvs_table *k, size_t at)
{
	ipvs_entry_free(k->entries[at]);
	k->entries[at] = k->entries[--k->n];
}

static void sim_edit_service(struct ipvs_entry *e, const struct ipvs_entry *from)
{
	memcpy(e->scheduler, from->scheduler, sizeof(e->scheduler));
	e->flags = from->flags;
	e->persistence = from->persistence;
	e->netmask = from->netmask;
}

static void sim_dest(struct ipvs_entry *e, const struct ipvs_op *op)
{
	const struct ipvs_dest *found = ipvs_entry_find(e, &op->dest->server);

	if (op->kind == IPVS_OP_NEW_DEST) {
		assert_null(found);
		*ipvs_entry_add(e, &op->dest->server) = *op->dest;
		ipvs_entry_sort(e);
		return;
	}
	assert_non_null(found);
	if (op->kind == IPVS_OP_EDIT_DEST)
		e->dests[found - e->dests] = *op->dest;
	else
		memmove(&e->dests[found - e->dests], found + 1, (size_t)(&e->dests[e->n--] - (found + 1)) * sizeof(*found));
}

static void sim_apply(struct ipvs_table *k, const struct ipvs_op *op)
{
	size_t at = index_of(k, &op->service->key);

	if (op->kind == IPVS_OP_NEW_SERVICE) {
		sim_new_service(k, op->service);
		return;
	}
	assert_true(at < k->n);
	if (op->kind == IPVS_OP_DEL_SERVICE)
		sim_del_service(k, at);
	else if (op->kind == IPVS_OP_EDIT_SERVICE)
		sim_edit_service(k->entries[at], op->service);
	else
		sim_dest(k->entries[at], op);
}

static bool serves(const struct ipvs_entry *e)
{
	for (size_t i = 0; e && i < e->n; i++)
		if (e->dests[i].weight > 0)
			return true;
	return false;
}

static bool same_entry(const struct ipvs_entry *a, const struct ipvs_entry *b)
{
	if (!a || !b || a->n != b->n || !ipvs_entry_same_head(a, b))
		return a == b;
	for (size_t i = 0; i < a->n; i++)
		if (endpoint_cmp(&a->dests[i].server, &b->dests[i].server) != 0 || !ipvs_dest_same(&a->dests[i], &b->dests[i]))
			return false;
	return true;
}

/* ---- by hand ---- */

static void assert_plan(const struct ipvs_plan *p, const enum ipvs_op_kind *kinds, size_t n)
{
	assert_int_equal(p->n, n);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(p->ops[i].kind, kinds[i]);
}

static void test_sorry_comes_before_servers_go(void **state)
{
	static const enum ipvs_op_kind kinds[] = { IPVS_OP_NEW_DEST, IPVS_OP_DEL_DEST, IPVS_OP_DEL_DEST };
	struct ipvs_entry *want = entry(1, "rr"), *have = entry(1, "rr");
	struct ipvs_plan p = { 0 };
	char line[IPVS_OP_STRLEN];

	(void)state;
	add(have, 1, 1);
	add(have, 2, 1);
	add(want, 99, 1);
	want->sorry = rs(99);
	ipvs_plan_service(&p, want, have, true);
	assert_plan(&p, kinds, 3);
	assert_string_equal(ipvs_op_format(&p.ops[0], line), "Adding sorry server [10.1.0.99]:tcp:80 to VS [10.0.0.1]:tcp:80");
	assert_string_equal(ipvs_op_format(&p.ops[1], line), "Removing service [10.1.0.1]:tcp:80 from VS [10.0.0.1]:tcp:80");
	ipvs_plan_clear(&p);
	ipvs_entry_free(want);
	ipvs_entry_free(have);
}

static void test_raise_before_lower(void **state)
{
	static const enum ipvs_op_kind kinds[] = { IPVS_OP_EDIT_SERVICE, IPVS_OP_EDIT_DEST, IPVS_OP_EDIT_DEST };
	struct ipvs_entry *want = entry(1, "wrr"), *have = entry(1, "rr");
	struct ipvs_plan p = { 0 };
	char line[IPVS_OP_STRLEN];

	(void)state;
	add(have, 1, 3);
	add(have, 2, 0);
	add(want, 1, 0);
	add(want, 2, 3);
	ipvs_plan_service(&p, want, have, true);
	assert_plan(&p, kinds, 3);
	assert_int_equal(p.ops[1].dest->weight, 3);
	assert_string_equal(ipvs_op_format(&p.ops[2], line),
	                    "Changing weight from 3 to 0 for active service [10.1.0.1]:tcp:80 of VS [10.0.0.1]:tcp:80");
	assert_string_equal(ipvs_op_format_drift(&p.ops[2], line),
	                    "VS [10.0.0.1]:tcp:80: another hand: changed server [10.1.0.1]:tcp:80 (weight 3, not 0); repaired");
	ipvs_plan_clear(&p);
	ipvs_entry_free(want);
	ipvs_entry_free(have);
}

static void test_foreign_untouched_ours_removed(void **state)
{
	struct ipvs_entry *have = entry(1, "rr");
	struct ipvs_plan p = { 0 };

	(void)state;
	add(have, 1, 1);
	ipvs_plan_service(&p, NULL, have, false);
	assert_int_equal(p.n, 0);
	ipvs_plan_service(&p, NULL, NULL, true);
	assert_int_equal(p.n, 0);
	ipvs_plan_service(&p, NULL, have, true);
	assert_int_equal(p.n, 1);
	assert_int_equal(p.ops[0].kind, IPVS_OP_DEL_SERVICE);
	ipvs_plan_clear(&p);
	ipvs_entry_free(have);
}

static void test_last_of_equal_endpoints_stays(void **state)
{
	struct ipvs_entry *e = entry(1, "rr");
	struct endpoint at[] = { rs(3), rs(1), rs(3), rs(2), rs(3) };

	(void)state;
	for (size_t i = 0; i < 5; i++)
		ipvs_entry_add(e, &at[i])->weight = (int32_t)i;
	ipvs_entry_sort(e);
	assert_int_equal(e->n, 3);
	assert_int_equal(ipvs_entry_find(e, &at[0])->weight, 4);
	assert_int_equal(ipvs_entry_find(e, &at[1])->weight, 1);
	ipvs_entry_free(e);
}

/* ---- properties ---- */

static uint32_t seed;

static uint32_t rnd(uint32_t below)
{
	seed = seed * 1664525u + 1013904223u;
	return (uint32_t)(((uint64_t)(seed >> 8) * below) >> 24);
}

static struct ipvs_entry *random_entry(uint8_t n)
{
	static const char *const schedulers[] = { "rr", "wlc", "mh" };
	struct ipvs_entry *e = entry(n, schedulers[rnd(3)]);

	if (rnd(4) == 0)
		e->persistence = 1 + rnd(3);
	for (uint8_t i = 0; i < 6; i++) {
		struct endpoint at = rs(i);
		struct ipvs_dest *d;

		if (rnd(2))
			continue;
		d = ipvs_entry_add(e, &at);
		d->weight = (int32_t)rnd(3);
		d->method = rnd(5) == 0 ? IPVS_NAT : IPVS_DR;
		d->upper = rnd(5) == 0 ? 100 : 0;
	}
	ipvs_entry_sort(e);
	ipvs_entry_normalise(e);
	return e;
}

static void apply_watched(struct ipvs_table *k, const struct ipvs_plan *p, const struct ipvs_entry *want, uint8_t n)
{
	struct service_key key = vs(n);
	size_t at = index_of(k, &key);
	bool must_serve = at < k->n && serves(k->entries[at]) && want && serves(want);

	for (size_t i = 0; i < p->n; i++) {
		sim_apply(k, &p->ops[i]);
		at = index_of(k, &key);
		if (must_serve && (at == k->n || !serves(k->entries[at])))
			fail_msg("service %u without a server after operation %zu of %zu", n, i, p->n);
	}
}

/* One random table with up to five services, each wanted, foreign, ours and no longer wanted, or absent. */
static void random_round(void)
{
	struct ipvs_table kernel = { 0 };

	for (uint8_t n = 1; n <= 5; n++) {
		struct ipvs_entry *want = rnd(3) ? random_entry(n) : NULL, *have = rnd(3) ? random_entry(n) : NULL;
		bool ours = rnd(2);
		struct ipvs_plan p = { 0 };
		struct service_key key = vs(n);
		const struct ipvs_entry *expect = want ? want : (ours ? NULL : have);
		size_t at;

		if (have)
			ipvs_table_add(&kernel, ipvs_entry_copy(have));
		ipvs_plan_service(&p, want, have, ours);
		apply_watched(&kernel, &p, want, n);
		at = index_of(&kernel, &key);
		assert_true(same_entry(at < kernel.n ? kernel.entries[at] : NULL, expect) || (!expect && at == kernel.n));
		ipvs_plan_clear(&p);
		ipvs_plan_service(&p, want, at < kernel.n ? kernel.entries[at] : NULL, ours);
		assert_int_equal(p.n, 0);
		ipvs_plan_clear(&p);
		ipvs_entry_free(want);
		ipvs_entry_free(have);
	}
	ipvs_table_clear(&kernel);
}

static void test_properties(void **state)
{
	(void)state;
	seed = 20261122;
	for (int round = 0; round < 5000; round++)
		random_round();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sorry_comes_before_servers_go),
		cmocka_unit_test(test_raise_before_lower),
		cmocka_unit_test(test_foreign_untouched_ours_removed),
		cmocka_unit_test(test_last_of_equal_endpoints_stays),
		cmocka_unit_test(test_properties),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
