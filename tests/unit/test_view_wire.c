/*
 * core/view_wire.c: what is built is accepted, and what is bent at one place is refused.
 */
#include "config.h"

#include "core/view_wire.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>

#include "tests/unit/view_make.h"

static union {
	struct wire_head head;
	uint8_t bytes[WIRE_MAX];
} packet;

static bool accepted(size_t len)
{
	const char *why = NULL;
	const struct wire_head *h = wire_check(&packet, len, &why);

	assert_true((h == NULL) == (why != NULL));
	return h != NULL;
}

/* Accepted as it is; refused when longer, shorter, or of another version, magic or type. */
static void check_message(size_t len)
{
	assert_true(len > 0);
	assert_true(accepted(len));
	assert_false(accepted(len - 1));
	assert_false(accepted(len + 1));
	packet.head.version++;
	assert_false(accepted(len));
	packet.head.version--;
	packet.head.magic ^= 1;
	assert_false(accepted(len));
	packet.head.magic ^= 1;
	packet.head.type += 100;
	assert_false(accepted(len));
	packet.head.type -= 100;
	assert_true(accepted(len));
}

static void bodiless_messages(void **state)
{
	static const enum wire_type types[] = { WIRE_HELLO, WIRE_ROWS_BEGIN, WIRE_ROWS_END, WIRE_SNMPD,     WIRE_READY,
		WIRE_ACK,
		                                WIRE_UNDO,  WIRE_FORGET,     WIRE_ASK_SNMPD, WIRE_RESYNC, WIRE_STATS, WIRE_ASK_STATS };

	(void)state;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		check_message(wire_build(&packet, sizeof(packet), types[i], 42, 0, 0, 1, NULL, 0));
		assert_int_equal(packet.head.number, 42);
		assert_string_not_equal(wire_type_name(types[i]), "?");
	}
}

static void rows_and_keys(void **state)
{
	struct make_rand r = { .state = 77 };
	uint8_t body[8 * sizeof(union view_any)] __attribute__((aligned(8)));

	(void)state;
	for (int k = VIEW_DAEMON; k < VIEW_KINDS; k++) {
		size_t row = view_row_size((enum view_kind)k), key = view_key_size((enum view_kind)k);
		union view_any any;

		for (size_t i = 0; i < 8; i++) {
			make_row(&r, (enum view_kind)k, &any);
			memcpy(body + i * row, &any, row);
		}
		check_message(wire_build(&packet, sizeof(packet), WIRE_ROW_PUT, 1, (uint32_t)k, 8, 0, body, 8 * row));
		packet.head.count = 7;
		assert_false(accepted(packet.head.length));
		packet.head.count = 8;
		packet.head.kind = VIEW_KINDS;
		assert_false(accepted(packet.head.length));
		for (size_t i = 0; i < 8; i++) {
			make_row(&r, (enum view_kind)k, &any);
			memcpy(body + i * key, &any, key);
		}
		check_message(wire_build(&packet, sizeof(packet), WIRE_ROW_DEL, 1, (uint32_t)k, 8, 0, body, 8 * key));
	}
}

static void one_bad_row_spoils_the_message(void **state)
{
	struct make_rand r = { .state = 78 };
	struct view_rs rows[3];

	(void)state;
	for (size_t i = 0; i < 3; i++)
		make_rs(&r, &rows[i]);
	rows[2].state = 9;
	assert_false(accepted(wire_build(&packet, sizeof(packet), WIRE_ROW_PUT, 1, VIEW_RS, 3, 0, rows, sizeof(rows))));
	rows[2].state = VIEW_RS_UP;
	assert_true(accepted(wire_build(&packet, sizeof(packet), WIRE_ROW_PUT, 1, VIEW_RS, 3, 0, rows, sizeof(rows))));
}

static void events(void **state)
{
	struct make_rand r = { .state = 79 };
	struct event e;

	(void)state;
	for (int i = 0; i < 50; i++) {
		make_event(&r, 9, &e);
		check_message(wire_build(&packet, sizeof(packet), WIRE_EVENT, 9, 0, 0, 0, &e, sizeof(e)));
	}
	assert_false(accepted(wire_build(&packet, sizeof(packet), WIRE_EVENT, 8, 0, 0, 0, &e, sizeof(e))));
	e.kind = 99;
	assert_false(accepted(wire_build(&packet, sizeof(packet), WIRE_EVENT, 9, 0, 0, 0, &e, sizeof(e))));
	e.kind = EVENT_RELOAD;
	e.to = 1;
	assert_true(accepted(wire_build(&packet, sizeof(packet), WIRE_EVENT, 9, 0, 0, 0, &e, sizeof(e))));
	memset(e.text, 'x', sizeof(e.text));
	assert_false(accepted(wire_build(&packet, sizeof(packet), WIRE_EVENT, 9, 0, 0, 0, &e, sizeof(e))));
}

struct set_body {
	struct wire_set set;
	struct wire_setting weights[WIRE_SET_MAX + 1];
};

static void transactions(void **state)
{
	struct make_rand r = { .state = 80 };
	static struct set_body b;
	size_t len = sizeof(b.set) + WIRE_SET_MAX * sizeof(b.weights[0]);

	(void)state;
	b.set.snmp = 1;
	for (size_t i = 0; i < WIRE_SET_MAX + 1; i++) {
		make_server_key(&r, &b.weights[i].key);
		b.weights[i].value = 70000; /* out of range: the core's to refuse, not the codec's */
	}
	check_message(wire_build(&packet, sizeof(packet), WIRE_SET, 5, 0, WIRE_SET_MAX, 0, &b, len));
	packet.head.count--;
	assert_false(accepted(len + sizeof(packet.head)));
	assert_false(accepted(wire_build(&packet, sizeof(packet), WIRE_SET, 5, 0, WIRE_SET_MAX + 1, 0, &b, sizeof(b))));
	assert_false(accepted(wire_build(&packet, sizeof(packet), WIRE_SET, 5, 0, 0, 0, &b, sizeof(b.set))));
	b.weights[2].what = WIRE_WHAT_ALL + 1;
	assert_false(accepted(wire_build(&packet, sizeof(packet), WIRE_SET, 5, 0, WIRE_SET_MAX, 0, &b, len)));
	b.weights[2].what = WIRE_WHAT_ALL;
	b.weights[2].deadline = -1;
	assert_false(accepted(wire_build(&packet, sizeof(packet), WIRE_SET, 5, 0, WIRE_SET_MAX, 0, &b, len)));
	b.weights[2].deadline = 0;
	assert_true(accepted(wire_build(&packet, sizeof(packet), WIRE_SET, 5, 0, WIRE_SET_MAX, 0, &b, len)));
	b.weights[3].key.server.addr.family = 77;
	assert_false(accepted(wire_build(&packet, sizeof(packet), WIRE_SET, 5, 0, WIRE_SET_MAX, 0, &b, len)));
}

static void results_and_settings(void **state)
{
	struct wire_set_result res = { .error = WIRE_SET_KERNEL, .failed = 3 };
	struct wire_settings s;

	(void)state;
	memset(&s, 0, sizeof(s));
	check_message(wire_build(&packet, sizeof(packet), WIRE_SET_RESULT, 5, 0, 0, 0, &res, sizeof(res)));
	res.error = 6;
	assert_false(accepted(wire_build(&packet, sizeof(packet), WIRE_SET_RESULT, 5, 0, 0, 0, &res, sizeof(res))));
	check_message(wire_build(&packet, sizeof(packet), WIRE_SETTINGS, 0, 0, 0, 0, &s, sizeof(s)));
	s.traps = 2;
	assert_false(accepted(wire_build(&packet, sizeof(packet), WIRE_SETTINGS, 0, 0, 0, 0, &s, sizeof(s))));
	s.traps = 1;
	memset(s.context, 'x', sizeof(s.context));
	assert_false(accepted(wire_build(&packet, sizeof(packet), WIRE_SETTINGS, 0, 0, 0, 0, &s, sizeof(s))));
}

static void build_keeps_its_bounds(void **state)
{
	static uint8_t big[WIRE_MAX];

	(void)state;
	assert_int_equal(wire_build(&packet, sizeof(packet), WIRE_ROW_PUT, 0, VIEW_RS, 1, 0, big, sizeof(big)), 0);
	assert_int_equal(wire_build(&packet, sizeof(struct wire_head) - 1, WIRE_ACK, 0, 0, 0, 0, NULL, 0), 0);
	assert_int_equal(wire_build(&packet, sizeof(packet), WIRE_ROW_PUT, 0, VIEW_RS, 1, 0, big, SIZE_MAX), 0);
	assert_int_equal(wire_build(&packet, sizeof(packet), WIRE_ACK, 0, 0, 0, 0, NULL, 0), sizeof(struct wire_head));
}

/* ---- the fuzzer's seeds ---- */

/* One message of each type that has a body, two rows or keys of each kind. 0: there are no more. */
static size_t seed(unsigned n, char *name, size_t size)
{
	struct make_rand r = { .state = 80 + n };
	uint8_t body[2 * sizeof(union view_any)] __attribute__((aligned(8))) = { 0 };
	enum view_kind k = (enum view_kind)(1 + n / 2);
	bool put = n % 2 == 0;
	union view_any row;

	if (n < 2 * (VIEW_KINDS - 1)) {
		size_t each = put ? view_row_size(k) : view_key_size(k);

		for (size_t i = 0; i < 2; i++) {
			make_row(&r, k, &row);
			memcpy(body + i * each, &row, each);
		}
		snprintf(name, size, "%s_%s", put ? "put" : "del", view_kind_name(k));
		return wire_build(&packet, sizeof(packet), put ? WIRE_ROW_PUT : WIRE_ROW_DEL, 1, k, 2, 0, body, 2 * each);
	}
	switch (n - 2 * (VIEW_KINDS - 1)) {
	case 0: {
		struct event e;

		make_event(&r, 9, &e);
		snprintf(name, size, "event");
		return wire_build(&packet, sizeof(packet), WIRE_EVENT, 9, 0, 0, 0, &e, sizeof(e));
	}
	case 1: {
		struct wire_settings s;

		memset(&s, 0, sizeof(s));
		s.snmp_on = s.traps = 1;
		snprintf(name, size, "settings");
		return wire_build(&packet, sizeof(packet), WIRE_SETTINGS, 0, 0, 0, 0, &s, sizeof(s));
	}
	case 2: {
		struct {
			struct wire_set set;
			struct wire_setting weight;
		} s;

		memset(&s, 0, sizeof(s));
		make_server_key(&r, &s.weight.key);
		snprintf(name, size, "set");
		return wire_build(&packet, sizeof(packet), WIRE_SET, 7, 0, 1, 0, &s, sizeof(s.set) + sizeof(s.weight));
	}
	case 3: {
		struct wire_set_result s = { .error = WIRE_SET_RANGE };

		snprintf(name, size, "result");
		return wire_build(&packet, sizeof(packet), WIRE_SET_RESULT, 7, 0, 0, 0, &s, sizeof(s));
	}
	case 4:
		snprintf(name, size, "hello");
		return wire_build(&packet, sizeof(packet), WIRE_HELLO, 7, 0, 0, 1, NULL, 0);
	default:
		return 0;
	}
}

/* A seed of another version or of rows that have changed since teaches the fuzzer nothing. WIRE_SEEDS=FOLDER writes them anew. */
static void seeds_are_current(void **state)
{
	const char *top = getenv("srcdir"), *to = getenv("WIRE_SEEDS");
	char name[64], path[512];
	size_t len;

	(void)state;
	for (unsigned n = 0; (len = seed(n, name, sizeof(name))) > 0; n++) {
		FILE *f;

		if (to)
			snprintf(path, sizeof(path), "%s/%s", to, name);
		else
			snprintf(path, sizeof(path), "%s/tests/fuzz/corpus/wire/%s", top ? top : ".", name);
		f = fopen(path, to ? "w" : "r");
		if (!f)
			fail_msg("%s: %s", path, strerror(errno));
		if (to)
			assert_int_equal(fwrite(&packet, 1, len, f), len);
		else
			len = fread(&packet, 1, sizeof(packet), f);
		fclose(f);
		if (!accepted(len))
			fail_msg("%s is no message any more: WIRE_SEEDS=%s/tests/fuzz/corpus/wire test_view_wire", path, top ? top : ".");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bodiless_messages),
		cmocka_unit_test(rows_and_keys),
		cmocka_unit_test(one_bad_row_spoils_the_message),
		cmocka_unit_test(events),
		cmocka_unit_test(transactions),
		cmocka_unit_test(results_and_settings),
		cmocka_unit_test(build_keeps_its_bounds),
		cmocka_unit_test(seeds_are_current),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
