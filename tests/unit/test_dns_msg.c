/*
 * DNS questions and answers, byte for byte; and what is no answer, a damaged one, or not the wanted one.
 */
#include "config.h"

#include "tests/unit/test.h"

#include <string.h>

#include "core/base/buf.h"
#include "core/base/text.h"
#include "core/probe/dns_msg.h"

#define ID 0x1234

static struct dns_question question(const char *name, uint16_t type)
{
	struct dns_question q = { .id = ID, .type = type };

	assert_true(dns_name_parse(name, &q.name));
	return q;
}

/* An answer under construction: header and question as the server repeats them. */
struct answer {
	uint8_t bytes[1024];
	struct wbuf w;
};

static void begin(struct answer *a, const struct dns_question *q, uint16_t flags, uint16_t records)
{
	a->w = wbuf_make(a->bytes, sizeof(a->bytes));
	wbuf_u16(&a->w, q->id);
	wbuf_u16(&a->w, flags);
	wbuf_u16(&a->w, 1);
	wbuf_u16(&a->w, records);
	wbuf_u32(&a->w, 0);
	wbuf_bytes(&a->w, q->name.wire, q->name.len);
	wbuf_u16(&a->w, q->type);
	wbuf_u16(&a->w, 1);
}

/* Its owner is a pointer to the question's name. */
static void record(struct answer *a, uint16_t type, const void *data, size_t len)
{
	wbuf_u16(&a->w, 0xc00c);
	wbuf_u16(&a->w, type);
	wbuf_u16(&a->w, 1);
	wbuf_u32(&a->w, 300);
	wbuf_u16(&a->w, (uint16_t)len);
	wbuf_bytes(&a->w, data, len);
}

static enum dns_result take(const struct answer *a, const struct dns_question *q, const struct dns_want *w, struct dns_answer *out)
{
	return dns_answer_read(q, w, a->bytes, a->w.len, out);
}

static void query_is_as_on_the_wire(void **state)
{
	static const uint8_t wire[] = "\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x03www\x07" "example\x00\x00\x1c\x00\x01";
	struct dns_question q = question("www.example", DNS_AAAA);
	uint8_t out[DNS_QUERY_MAX];

	(void)state;
	assert_int_equal(dns_query_write(&q, out), sizeof(wire) - 1);
	assert_memory_equal(out, wire, sizeof(wire) - 1);
}

static void names_are_parsed(void **state)
{
	static const char *const good[] = { ".", "a", "a.b.", "*.x", "a\\.b.c", "a\\046b", "_dmarc.example.org" };
	static const char *const bad[] = { "", "..", "a..b", ".a", "a\\", "a\\25", "a\\999" };
	char label[70] = "", name[300] = "";
	struct dns_name n;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_true(dns_name_parse(good[i], &n));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(dns_name_parse(bad[i], &n));
	memset(label, 'x', 63);
	assert_true(dns_name_parse(label, &n));
	label[63] = 'x';
	assert_false(dns_name_parse(label, &n));
	for (size_t i = 0; i < 127; i++)
		memcpy(name + 2 * i, "a.", 2);
	assert_true(dns_name_parse(name, &n));
	assert_int_equal(n.len, 255);
	memcpy(name + 254, "a.", 2);
	assert_false(dns_name_parse(name, &n));
}

static void types_and_codes_have_names(void **state)
{
	char buf[16];
	uint16_t t;

	(void)state;
	assert_true(dns_type_parse("dnskey", &t) && t == 48);
	assert_true(dns_type_parse("RRSIG", &t) && t == 46);
	assert_true(dns_type_parse("TYPE65535", &t) && t == 65535);
	assert_false(dns_type_parse("TYPE65536", &t) || dns_type_parse("TYPE", &t) || dns_type_parse("B", &t));
	assert_int_equal(dns_rcode_parse("nxdomain"), 3);
	assert_int_equal(dns_rcode_parse("15"), 15);
	assert_int_equal(dns_rcode_parse("16"), -1);
	assert_string_equal(dns_rcode_name(2, buf), "SERVFAIL");
	assert_string_equal(dns_rcode_name(12, buf), "RCODE12");
}

static void only_an_answer_to_the_question_counts(void **state)
{
	struct dns_question q = question("www.example", DNS_A), other = question("www.exampla", DNS_A), cased = question("WWW.eXample", DNS_A);
	const struct dns_want any = { .rcode = 0 };
	struct dns_answer out;
	struct answer a;

	(void)state;
	begin(&a, &q, 0x8180, 0);
	assert_int_equal(take(&a, &q, &any, &out), DNS_READ);
	begin(&a, &cased, 0x8180, 0);
	assert_int_equal(take(&a, &q, &any, &out), DNS_READ);
	begin(&a, &other, 0x8180, 0);
	assert_int_equal(take(&a, &q, &any, &out), DNS_STRAY);
	begin(&a, &q, 0x0100, 0); /* a question */
	assert_int_equal(take(&a, &q, &any, &out), DNS_STRAY);
	other = q;
	other.id++;
	begin(&a, &other, 0x8180, 0);
	assert_int_equal(take(&a, &q, &any, &out), DNS_STRAY);
	other = q;
	other.type = DNS_AAAA;
	begin(&a, &other, 0x8180, 0);
	assert_int_equal(take(&a, &q, &any, &out), DNS_STRAY);
	begin(&a, &q, 0xa180, 0); /* an answer to a notify */
	assert_int_equal(take(&a, &q, &any, &out), DNS_BAD);
	begin(&a, &q, 0x8380, 0);
	assert_int_equal(take(&a, &q, &any, &out), DNS_TRUNCATED);
}

static void an_error_may_lack_the_question(void **state)
{
	const struct dns_question q = question("www.example", DNS_A);
	const struct dns_want any = { .rcode = 0 };
	uint8_t bare[12] = "\x12\x34\x80\x05";
	struct dns_answer out;

	(void)state;
	assert_int_equal(dns_answer_read(&q, &any, bare, sizeof(bare), &out), DNS_READ);
	assert_int_equal(out.rcode, 5);
	bare[3] = 0;
	assert_int_equal(dns_answer_read(&q, &any, bare, sizeof(bare), &out), DNS_STRAY);
	for (size_t len = 0; len < sizeof(bare); len++)
		assert_int_equal(dns_answer_read(&q, &any, bare, len, &out), DNS_STRAY);
}

struct match_case {
	uint16_t type;
	const char *data;
	size_t len;
	const char *address, *text, *seen;
	bool matched;
};

static void records_are_matched(void **state)
{
	static const struct match_case cases[] = {
		{ DNS_A, "\x0a\x00\x00\x01", 4, "10.0.0.1", "", "10.0.0.1", true },
		{ DNS_A, "\x0a\x00\x00\x02", 4, "10.0.0.1", "", "10.0.0.2", false },
		{ DNS_A, "\x0a\x00\x00", 3, "10.0.0.1", "", "", false },
		{ DNS_A, "\x0a\x00\x00\x02", 4, NULL, "", "10.0.0.2", true },
		{ DNS_AAAA, "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01", 16, "2001:db8::1", "", "2001:db8::1", true },
		{ DNS_TXT, "\x02v=\x04spf1", 8, NULL, "v=spf1", "v=spf1", true },
		{ DNS_TXT, "\x02v=\x05spf1", 8, NULL, "v=spf1", "v=", false },
		{ DNS_TXT, "\x02\n\x1b", 3, NULL, "x", "\\010\\027", false },
		{ DNS_NS, "\x02ns\xc0\x0c", 5, NULL, "NS.www.example.", "ns.www.example.", true },
		{ DNS_NS, "\x02ns\xc0\x0c", 5, NULL, "ns2.www.example.", "ns.www.example.", false },
		{ DNS_MX, "\x00\x0a\x02mx\x00", 6, NULL, "mx", "mx.", true },
		{ DNS_SRV, "\x00\x0a\x00\x00\x00\x50\x01s\x00", 9, NULL, "s.", "s.", true },
		{ DNS_SOA, "\x00\x00\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 22, NULL, ".", ".", true },
		{ 48, "\x01\x01\x03\x08", 4, NULL, "", "", true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct match_case *c = &cases[i];
		struct dns_question q = question("www.example", c->type);
		struct dns_want w = { .rcode = 0 };
		struct dns_answer out;
		struct answer a;

		if (c->address)
			assert_true(addr_parse(c->address, &w.address));
		text_copy(w.text, sizeof(w.text), c->text);
		begin(&a, &q, 0x8180, 2);
		record(&a, DNS_CNAME == c->type ? DNS_A : DNS_CNAME, "\x00", 1); /* of another type: passed over */
		record(&a, c->type, c->data, c->len);
		assert_int_equal(take(&a, &q, &w, &out), DNS_READ);
		assert_int_equal(out.records, 1);
		assert_int_equal(out.matched, c->matched);
		assert_string_equal(out.seen, c->seen);
	}
}

static void any_of_several_records_may_match(void **state)
{
	struct dns_question q = question("www.example", DNS_A);
	struct dns_want w = { .rcode = 0, .address = addr_v4(10, 0, 0, 2) };
	struct dns_answer out;
	struct answer a;

	(void)state;
	begin(&a, &q, 0x8180, 3);
	for (uint8_t i = 1; i <= 3; i++)
		record(&a, DNS_A, (const uint8_t[]){ 10, 0, 0, i }, 4);
	assert_int_equal(take(&a, &q, &w, &out), DNS_READ);
	assert_true(out.matched && out.records == 3);
	assert_string_equal(out.seen, "10.0.0.1");
}

/* Every cut of a good answer is bad or stray, and nothing is read past its end. */
static void damaged_answers_are_bad(void **state)
{
	struct dns_question q = question("www.example", DNS_NS);
	const struct dns_want any = { .rcode = 0 };
	struct dns_answer out;
	struct answer a;

	(void)state;
	begin(&a, &q, 0x8180, 1);
	size_t head = a.w.len;

	record(&a, DNS_NS, "\x02ns\xc0\x0c", 5);
	for (size_t len = 0; len < a.w.len; len++) {
		uint8_t *exact = memcpy(test_malloc(len + 1), a.bytes, len);

		assert_int_equal(dns_answer_read(&q, &any, exact, len, &out), len < head ? DNS_STRAY : DNS_BAD);
		test_free(exact);
	}
	assert_int_equal(take(&a, &q, &any, &out), DNS_READ);
}

/* Pointers to themselves, forward, in circles, and in a chain that is longer than anybody makes. */
static void pointers_cannot_run_for_ever(void **state)
{
	struct dns_question q = question("www.example", DNS_A);
	const struct dns_want any = { .rcode = 0 };
	struct dns_answer out;
	struct answer a;
	size_t at;

	(void)state;
	for (int ahead = 0; ahead <= 2; ahead += 2) {
		begin(&a, &q, 0x8180, 1);
		wbuf_u16(&a.w, (uint16_t)(0xc000 | (a.w.len + (size_t)ahead)));
		wbuf_zero(&a.w, 16);
		assert_int_equal(take(&a, &q, &any, &out), DNS_BAD);
	}
	for (unsigned links = 30; links <= 40; links += 10) {
		begin(&a, &q, 0x8180, 2);
		at = a.w.len + 11; /* where the data of the first record begins: a name, then pointers each to the one before */
		wbuf_u8(&a.w, 0);
		wbuf_u16(&a.w, 99);
		wbuf_u16(&a.w, 1);
		wbuf_u32(&a.w, 0);
		wbuf_u16(&a.w, (uint16_t)(2 * links + 1));
		wbuf_u8(&a.w, 0);
		for (unsigned i = 0; i < links; i++)
			wbuf_u16(&a.w, (uint16_t)(0xc000 | (i == 0 ? at : at + 1 + 2 * (i - 1))));
		wbuf_u16(&a.w, (uint16_t)(0xc000 | (at + 1 + 2 * (links - 1))));
		wbuf_u16(&a.w, DNS_A);
		wbuf_u16(&a.w, 1);
		wbuf_u32(&a.w, 0);
		wbuf_u16(&a.w, 0);
		assert_int_equal(take(&a, &q, &any, &out), links == 30 ? DNS_READ : DNS_BAD);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(query_is_as_on_the_wire),
		cmocka_unit_test(names_are_parsed),
		cmocka_unit_test(types_and_codes_have_names),
		cmocka_unit_test(only_an_answer_to_the_question_counts),
		cmocka_unit_test(an_error_may_lack_the_question),
		cmocka_unit_test(records_are_matched),
		cmocka_unit_test(any_of_several_records_may_match),
		cmocka_unit_test(damaged_answers_are_bad),
		cmocka_unit_test(pointers_cannot_run_for_ever),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
