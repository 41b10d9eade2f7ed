/*
 * core/view.c: the container against a naive model under random changes; row validation against single corruptions.
 */
#include "config.h"

#include "core/view.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "tests/unit/view_make.h"

#define MODEL_MAX 4096

/* The model: an unsorted heap of rows, searched from end to end. */
struct model {
	union view_any rows[MODEL_MAX];
	size_t n;
	unsigned puts, dels; /* what the callback told */
};

static void told(void *user, enum view_kind k, const void *key, const void *row)
{
	struct model *m = user;

	assert_true(view_key_size(k) > 0);
	if (row) {
		assert_ptr_equal(key, row);
		m->puts++;
	} else {
		m->dels++;
	}
}

static union view_any *model_find(struct model *m, enum view_kind k, const void *key)
{
	for (size_t i = 0; i < m->n; i++)
		if (memcmp(&m->rows[i], key, view_key_size(k)) == 0)
			return &m->rows[i];
	return NULL;
}

static bool model_put(struct model *m, enum view_kind k, const union view_any *row)
{
	union view_any *old = model_find(m, k, row);
	bool differs = !old || memcmp(old, row, view_row_size(k)) != 0;

	if (!old) {
		assert_true(m->n < MODEL_MAX);
		old = &m->rows[m->n++];
	}
	*old = *row;
	return differs;
}

static bool model_del(struct model *m, enum view_kind k, const void *key)
{
	union view_any *old = model_find(m, k, key);

	if (!old)
		return false;
	*old = m->rows[--m->n];
	return true;
}

/* Strictly increasing, each row the model's, none missing. */
static void check_same(const struct view *v, struct model *m, enum view_kind k)
{
	const void *prev = NULL, *row;
	size_t n = 0;

	while ((row = view_next(v, k, prev)) != NULL) {
		union view_any *mine = model_find(m, k, row);

		assert_non_null(mine);
		assert_memory_equal(mine, row, view_row_size(k));
		assert_ptr_equal(view_get(v, k, mine), row);
		if (prev)
			assert_true(view_key_cmp(k, prev, row) < 0);
		prev = row;
		n++;
	}
	assert_int_equal(n, m->n);
	assert_int_equal(n, view_count(v, k));
}

static void random_changes_match_model(void **state)
{
	(void)state;
	for (int k = VIEW_DAEMON; k < VIEW_KINDS; k++) {
		struct make_rand r = { .state = 1000u + (unsigned)k };
		struct model *m = calloc(1, sizeof(*m));
		struct view *v = view_new(told, m);
		unsigned puts = 0, dels = 0;

		for (int i = 0; i < 3000; i++) {
			union view_any row;

			make_row(&r, (enum view_kind)k, &row);
			if (make_random(&r, 3)) {
				bool differs = model_put(m, (enum view_kind)k, &row);

				assert_int_equal(view_put(v, (enum view_kind)k, &row), differs);
				puts += differs;
			} else {
				bool there = model_del(m, (enum view_kind)k, &row);

				assert_int_equal(view_del(v, (enum view_kind)k, &row), there);
				assert_null(view_get(v, (enum view_kind)k, &row));
				dels += there;
			}
			if (i % 100 == 0)
				check_same(v, m, (enum view_kind)k);
		}
		check_same(v, m, (enum view_kind)k);
		assert_int_equal(m->puts, puts);
		assert_int_equal(m->dels, dels);
		assert_true(puts > 0 && dels > 0);
		view_free(v);
		free(m);
	}
}

static void ten_thousand_rows(void **state)
{
	struct view *v = view_new(NULL, NULL);
	struct view_rs rs;
	const struct view_rs *row = NULL;
	size_t n = 0;

	(void)state;
	memset(&rs, 0, sizeof(rs));
	rs.key.service.family = AF_INET;
	rs.key.service.protocol = IPPROTO_TCP;
	rs.key.service.addr = addr_v4(10, 0, 0, 1);
	for (unsigned i = 0; i < 10000; i++) {
		unsigned mixed = (i * 7919u) % 10000u; /* a permutation */

		rs.key.server.addr = addr_v4(10, 1, (uint8_t)(mixed >> 8), (uint8_t)mixed);
		assert_true(view_put(v, VIEW_RS, &rs));
	}
	while ((row = view_next(v, VIEW_RS, row ? &row->key : NULL)) != NULL)
		n++;
	assert_int_equal(n, 10000);
	view_free(v);
}

static void made_rows_are_valid(void **state)
{
	struct make_rand r = { .state = 5 };

	(void)state;
	for (int i = 0; i < 2000; i++)
		for (int k = VIEW_DAEMON; k < VIEW_KINDS; k++) {
			union view_any row;

			make_row(&r, (enum view_kind)k, &row);
			assert_true(view_row_valid((enum view_kind)k, &row));
			assert_true(view_key_valid((enum view_kind)k, &row));
		}
}

static void bad_rows_are_refused(void **state)
{
	struct make_rand r = { .state = 6 };
	union view_any good, row;

	(void)state;
	make_row(&r, VIEW_RS, &good);
#define REFUSED(kind, change) \
	do { \
		row = good; \
		change; \
		assert_false(view_row_valid(kind, &row)); \
	} while (0)
	REFUSED(VIEW_RS, memset(row.rs.reason_text, 'x', sizeof(row.rs.reason_text)));
	REFUSED(VIEW_RS, row.rs.state = 5);
	REFUSED(VIEW_RS, row.rs.sorry = 2);
	REFUSED(VIEW_RS, row.rs.set_weight = -2);
	REFUSED(VIEW_RS, row.rs.key.server.addr.family = 0);
	REFUSED(VIEW_RS, row.rs.key.service.family = 3);
	REFUSED(VIEW_RS, row.rs.key.service.fwmark ^= 5);
	make_row(&r, VIEW_RS_SET, &good);
	REFUSED(VIEW_RS_SET, memset(row.rs_set.drain.by, 'x', sizeof(row.rs_set.drain.by)));
	REFUSED(VIEW_RS_SET, row.rs_set.key.server.addr.family = 0);
	make_row(&r, VIEW_VR, &good);
	REFUSED(VIEW_VR, row.vr.state = 0);
	REFUSED(VIEW_VR, row.vr.state = 5);
	REFUSED(VIEW_VR, row.vr.version = 4);
	REFUSED(VIEW_VR, row.vr.key.vrid = 0);
	REFUSED(VIEW_VR, row.vr.key.ifname[0] = 0);
	REFUSED(VIEW_VR, row.vr.key.ifname[15] = 'x');
	REFUSED(VIEW_VR, row.vr.ifindex = -1);
	REFUSED(VIEW_VR, row.vr.master.family = 99);
	make_row(&r, VIEW_DAEMON, &good);
	REFUSED(VIEW_DAEMON, row.daemon.one = 2);
	REFUSED(VIEW_DAEMON, row.daemon.snmp_write = 7);
	make_row(&r, VIEW_PROBE, &good);
	REFUSED(VIEW_PROBE, row.probe.key.kind = 0);
	REFUSED(VIEW_PROBE, row.probe.key.kind = 12);
#undef REFUSED
	assert_false(view_row_valid((enum view_kind)0, &good));
	assert_false(view_row_valid((enum view_kind)VIEW_KINDS, &good));
	assert_int_equal(view_row_size((enum view_kind)VIEW_KINDS), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_changes_match_model),
		cmocka_unit_test(ten_thousand_rows),
		cmocka_unit_test(made_rows_are_valid),
		cmocka_unit_test(bad_rows_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
