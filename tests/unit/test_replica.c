/*
 * The replica under random sequences of messages, in and out of order, against a model.
 */
#include "config.h"

#include "agent/replica.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "tests/unit/view_make.h"

static union {
	struct wire_head head;
	uint8_t bytes[WIRE_MAX];
} packet;

static enum replica_result give(struct replica *r, enum wire_type type, uint64_t number, uint32_t kind, uint32_t count,
                                uint32_t extra, const void *body, size_t len)
{
	const char *why = NULL;
	size_t n = wire_build(&packet, sizeof(packet), type, number, kind, count, extra, body, len);
	const struct wire_head *h = wire_check(&packet, n, &why);

	assert_non_null(h);
	return replica_apply(r, h);
}

static enum replica_result give_row(struct replica *r, enum view_kind k, const union view_any *row, bool put)
{
	return give(r, put ? WIRE_ROW_PUT : WIRE_ROW_DEL, 0, k, 1, 0, row, put ? view_row_size(k) : view_key_size(k));
}

static enum replica_result begin(struct replica *r, bool full)
{
	return give(r, WIRE_ROWS_BEGIN, 0, 0, 0, full, NULL, 0);
}

static enum replica_result end(struct replica *r, uint64_t generation)
{
	return give(r, WIRE_ROWS_END, generation, 0, 0, 0, NULL, 0);
}

static void check_same(const struct snapshot *s, const struct view *v)
{
	for (int k = 1; k < VIEW_KINDS; k++) {
		const void *row = NULL;
		size_t i = 0;

		assert_int_equal(snapshot_count(s, (enum view_kind)k), view_count(v, (enum view_kind)k));
		while ((row = view_next(v, (enum view_kind)k, row)) != NULL) {
			const void *mine = snapshot_row(s, (enum view_kind)k, i++);

			assert_memory_equal(mine, row, view_row_size((enum view_kind)k));
			assert_ptr_equal(snapshot_get(s, (enum view_kind)k, row), mine);
		}
	}
}

/* Batches of changes and of everything; the old snapshot is untouched until the end of a batch. */
static void random_batches(void **state)
{
	struct make_rand rand = { .state = 11 };
	struct replica *r = replica_new();
	struct view *model = view_new(NULL, NULL);

	(void)state;
	for (uint64_t round = 1; round <= 400; round++) {
		bool full = round == 1 || make_random(&rand, 10) == 0;
		struct snapshot *before = replica_snapshot(r);
		uint64_t generation = before->generation;

		if (full) {
			view_free(model);
			model = view_new(NULL, NULL);
		}
		assert_int_equal(begin(r, full), REPLICA_OK);
		for (uint32_t i = make_random(&rand, 30); i > 0; i--) {
			enum view_kind k = (enum view_kind)(1 + make_random(&rand, VIEW_KINDS - 1));
			bool put = make_random(&rand, 3) != 0;
			union view_any row;

			make_row(&rand, k, &row);
			if (put)
				view_put(model, k, &row);
			else
				view_del(model, k, &row);
			assert_int_equal(give_row(r, k, &row, put), REPLICA_OK);
		}
		assert_ptr_equal(replica_snapshot(r), before);
		assert_int_equal(before->generation, generation);
		assert_int_equal(end(r, round), REPLICA_PUBLISH);
		assert_int_equal(replica_snapshot(r)->generation, round);
		check_same(replica_snapshot(r), model);
	}
	view_free(model);
	replica_free(r);
}

static void unchanged_kinds_are_shared(void **state)
{
	struct make_rand rand = { .state = 12 };
	struct replica *r = replica_new();
	struct snapshot *old;
	union view_any row;

	(void)state;
	begin(r, true);
	make_row(&rand, VIEW_RS, &row);
	give_row(r, VIEW_RS, &row, true);
	end(r, 1);
	old = snapshot_ref(replica_snapshot(r));
	begin(r, false);
	row.rs.failures++;
	give_row(r, VIEW_RS, &row, true);
	end(r, 2);
	assert_ptr_equal(replica_snapshot(r)->kind[VIEW_VR], old->kind[VIEW_VR]);
	assert_ptr_not_equal(replica_snapshot(r)->kind[VIEW_RS], old->kind[VIEW_RS]);
	assert_int_equal(((const struct view_rs *)snapshot_row(old, VIEW_RS, 0))->failures + 1,
	                 ((const struct view_rs *)snapshot_row(replica_snapshot(r), VIEW_RS, 0))->failures);
	snapshot_unref(old);
	replica_free(r);
}

/* Among many rows: what is between the changes, before the first and behind the last is as it was; what changes nothing is no change. */
static void changes_among_many(void **state)
{
	static struct view_vs_stats rows[1000];
	struct replica *r = replica_new();
	struct snapshot *old;
	union view_any row = { .vs_stats = { .key = { .family = AF_INET, .fwmark = 500 } } };

	(void)state;
	begin(r, true);
	for (uint32_t i = 0; i < 1000; i += 100) {
		for (uint32_t j = i; j < i + 100; j++)
			rows[j] = (struct view_vs_stats){ .key = { .family = AF_INET, .fwmark = 2 * (1000 - j) }, .traffic.conns = j };
		give(r, WIRE_ROW_PUT, 0, VIEW_VS_STATS, 100, 0, &rows[i], 100 * sizeof(rows[0]));
	}
	end(r, 1); /* they came in the wrong order */
	assert_int_equal(snapshot_count(replica_snapshot(r), VIEW_VS_STATS), 1000);
	old = snapshot_ref(replica_snapshot(r));
	begin(r, false);
	give_row(r, VIEW_VS_STATS, &row, true);  /* conns: 750 -> 0 */
	row.vs_stats.key.fwmark = 1;
	give_row(r, VIEW_VS_STATS, &row, true);  /* before all */
	row.vs_stats.key.fwmark = 3000;
	give_row(r, VIEW_VS_STATS, &row, true);  /* behind all */
	row.vs_stats.key.fwmark = 700;
	give_row(r, VIEW_VS_STATS, &row, false);
	row.vs_stats.key.fwmark = 701;
	give_row(r, VIEW_VS_STATS, &row, false); /* not there */
	end(r, 2);
	assert_int_equal(snapshot_count(replica_snapshot(r), VIEW_VS_STATS), 1001);
	for (size_t i = 0; i < 1001; i++) {
		const struct view_vs_stats *s = snapshot_row(replica_snapshot(r), VIEW_VS_STATS, i);
		uint32_t mark = s->key.fwmark;

		assert_int_equal(s->traffic.conns, mark == 500 || mark == 1 || mark == 3000 ? 0 : 1000 - mark / 2);
	}
	snapshot_unref(old);
	old = snapshot_ref(replica_snapshot(r));
	begin(r, false);
	row.vs_stats.key.fwmark = 3000;
	give_row(r, VIEW_VS_STATS, &row, true);
	row.vs_stats.key.fwmark = 701;
	give_row(r, VIEW_VS_STATS, &row, false);
	end(r, 3);
	assert_ptr_equal(replica_snapshot(r)->kind[VIEW_VS_STATS], old->kind[VIEW_VS_STATS]);
	snapshot_unref(old);
	replica_free(r);
}

static void broken_order_asks_for_all(void **state)
{
	struct make_rand rand = { .state = 13 };
	struct replica *r = replica_new();
	union view_any row;

	(void)state;
	make_row(&rand, VIEW_RS, &row);
	assert_int_equal(give_row(r, VIEW_RS, &row, true), REPLICA_RESYNC); /* outside of a batch */
	assert_int_equal(begin(r, false), REPLICA_OK);                      /* ignored until all rows come */
	assert_int_equal(give_row(r, VIEW_RS, &row, true), REPLICA_OK);
	assert_int_equal(end(r, 1), REPLICA_OK);
	assert_int_equal(snapshot_count(replica_snapshot(r), VIEW_RS), 0);
	assert_int_equal(begin(r, true), REPLICA_OK);
	assert_int_equal(give_row(r, VIEW_RS, &row, true), REPLICA_OK);
	assert_int_equal(begin(r, false), REPLICA_RESYNC); /* a batch within a batch */
	assert_int_equal(begin(r, true), REPLICA_OK);
	assert_int_equal(begin(r, true), REPLICA_OK); /* all again: the first is forgotten */
	assert_int_equal(end(r, 2), REPLICA_PUBLISH);
	assert_int_equal(snapshot_count(replica_snapshot(r), VIEW_RS), 0);
	assert_int_equal(end(r, 3), REPLICA_RESYNC);
	replica_free(r);
}

/* Any order at all: never a crash, and what is published always came in a whole batch. */
static void any_order(void **state)
{
	struct make_rand rand = { .state = 14 };
	struct replica *r = replica_new();
	unsigned published = 0, resyncs = 0;

	(void)state;
	for (uint64_t i = 1; i <= 20000; i++) {
		union view_any row;
		enum replica_result result;
		enum view_kind k = (enum view_kind)(1 + make_random(&rand, VIEW_KINDS - 1));

		switch (make_random(&rand, 8)) {
		case 0:
			result = begin(r, make_random(&rand, 2));
			break;
		case 1:
			result = end(r, i);
			break;
		default:
			make_row(&rand, k, &row);
			result = give_row(r, k, &row, make_random(&rand, 4) != 0);
		}
		published += result == REPLICA_PUBLISH;
		resyncs += result == REPLICA_RESYNC;
	}
	assert_true(published > 100 && resyncs > 100);
	replica_free(r);
}

static void too_many_rows_are_refused(void **state)
{
	static struct view_probe_use body[100];
	struct replica *r = replica_new();
	enum replica_result result = REPLICA_OK;
	size_t given = 0;

	(void)state;
	begin(r, true);
	for (uint32_t i = 0; result == REPLICA_OK && i < 10000; i++) {
		for (uint32_t j = 0; j < 100; j++) {
			struct view_probe_use_key *k = &body[j].key;

			k->server.service.family = AF_INET;
			k->server.service.fwmark = i + 1;
			k->server.server.addr = addr_v4(10, 0, 0, (uint8_t)j);
			k->probe.kind = PROBE_TCP;
		}
		result = give(r, WIRE_ROW_PUT, 0, VIEW_PROBE_USE, 100, 0, body, sizeof(body));
		given += 100;
	}
	assert_int_equal(result, REPLICA_REFUSED);
	assert_int_equal(given, REPLICA_ROWS_MAX + 100);
	replica_free(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_batches),
		cmocka_unit_test(unchanged_kinds_are_shared),
		cmocka_unit_test(changes_among_many),
		cmocka_unit_test(broken_order_asks_for_all),
		cmocka_unit_test(any_order),
		cmocka_unit_test(too_many_rows_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
