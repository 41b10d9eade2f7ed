/*
 * Which probe a configuration is, what cannot be run, and when probes start: the pure values of the room.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "core/base/text.h"
#include "core/probe/digest.h"
#include "core/probe/recipe.h"
#include "core/probe/spread.h"

#define N_PROBES 1000u

static struct probe_url url;

static struct probe_conf conf_make(void)
{
	struct probe_conf c = {
		.kind = PROBE_HTTP, .interval = 6 * USEC_PER_SEC, .timeout = 3 * USEC_PER_SEC, .retry = 3,
		.retry_delay = 3 * USEC_PER_SEC, .http = { .urls = &url, .n_urls = 1 },
	};

	memset(&url, 0, sizeof(url));
	text_copy(url.path, sizeof(url.path), "/index.html");
	c.target.addr = addr_v4(172, 25, 0, 33);
	c.target.port = 80;
	return c;
}

static bool same_as(const struct probe_conf *c, const struct probe_key *key)
{
	struct probe_key k;

	assert_true(recipe_key(c, &k));
	return memcmp(&k, key, sizeof(k)) == 0;
}

static void test_key_is_the_content(void **state)
{
	struct probe_conf c = conf_make();
	struct probe_key key;

	(void)state;
	probe_key_of(&c, &key);
	assert_int_equal(key.kind, PROBE_HTTP);
	assert_int_equal(endpoint_cmp(&key.target, &c.target), 0);
	assert_true(same_as(&c, &key));
	/* how often is not what */
	c.interval++;
	c.warmup = 1;
	assert_true(same_as(&c, &key));
	/* a default written out is the default */
	url.n_status = 1;
	url.status_lo[0] = 200;
	url.status_hi[0] = 299;
	assert_true(same_as(&c, &key));
	url.status_hi[0] = 298;
	assert_false(same_as(&c, &key));
}

/* One byte of each thing that can change a verdict. */
static void test_key_sees_every_difference(void **state)
{
	static const char *const headers[] = { "X: y" };
	struct probe_conf c;
	struct probe_key key;

	(void)state;
	c = conf_make();
	probe_key_of(&c, &key);
#define DIFFERS(change)                        \
	do {                                   \
		c = conf_make();               \
		change;                        \
		assert_false(same_as(&c, &key)); \
	} while (0)
	DIFFERS(c.kind = PROBE_TCP);
	DIFFERS(c.target.port++);
	DIFFERS(c.target.addr.bytes[3]++);
	DIFFERS(c.bind.addr = addr_v4(10, 0, 0, 1));
	DIFFERS(c.bind_if[0] = 'e');
	DIFFERS(c.fwmark = 1);
	DIFFERS(c.timeout++);
	DIFFERS(c.retry++);
	DIFFERS(c.retry_delay++);
	DIFFERS(c.http.version = PROBE_HTTP_11);
	DIFFERS(c.answer_timeout = 1);
	DIFFERS(c.rise = 2);
	DIFFERS(c.fall = 2);
	DIFFERS(c.tls.verify = true);
	DIFFERS(c.tls.sni_name = "");
	DIFFERS(url.method = PROBE_HEAD);
	DIFFERS(url.regex.pattern = "a");
	DIFFERS((url.headers = (struct probe_texts){ headers, 1 }));
	DIFFERS((url.body = (struct probe_blob){ (const uint8_t *)"x", 1 }));
	DIFFERS(url.path[1]++);
	DIFFERS(url.virtualhost[0] = 'v');
	DIFFERS(url.has_digest = true);
#undef DIFFERS
}

/* Fixed for good: rows in the field are indexed by it. */
static void test_key_is_pinned(void **state)
{
	static const char text[] = "recipe 1\nkind HTTP_GET\nbind -\ninterface \nmark 0\ntimeout 3000000\n"
				   "retry 3\nretry_delay 3000000\nhttp 1.0\n"
				   "url /index.html\nhost \nstatus 200-299\ndigest -\n";
	struct probe_conf c = conf_make();
	struct digest *d = digest_sha256_new();
	uint8_t sum[DIGEST_SHA256_LEN];
	struct probe_key key;

	(void)state;
	assert_non_null(d);
	digest_update(d, text, sizeof(text) - 1);
	assert_true(digest_finish(d, sum, sizeof(sum)));
	probe_key_of(&c, &key);
	assert_memory_equal(key.recipe, sum, sizeof(key.recipe));
}

static void test_what_cannot_run(void **state)
{
	struct probe_conf c = conf_make();

	(void)state;
	assert_true(recipe_valid(&c));
	text_copy(url.path, sizeof(url.path), "/\r\nX: y");
	assert_false(recipe_valid(&c));
	c = conf_make();
	text_copy(url.virtualhost, sizeof(url.virtualhost), "a\nb");
	assert_false(recipe_valid(&c));
	c = conf_make();
	memset(url.path, 'x', sizeof(url.path));
	assert_false(recipe_valid(&c));
	c = conf_make();
	url.n_status = PROBE_STATUS_MAX + 1;
	assert_false(recipe_valid(&c));
	c = conf_make();
	c.http.n_urls = 0;
	assert_false(recipe_valid(&c));
	c.kind = PROBE_TCP;
	assert_true(recipe_valid(&c));
	c.timeout = 0;
	assert_false(recipe_valid(&c));
	c.timeout = 1;
	c.interval = 0;
	assert_false(recipe_valid(&c));
}

static void test_status_ranges(void **state)
{
	char words[RECIPE_STATUS_STRLEN];

	(void)state;
	memset(&url, 0, sizeof(url));
	recipe_status_words(&url, words);
	assert_string_equal(words, "200-299");
	assert_true(recipe_status_accepted(&url, 200) && recipe_status_accepted(&url, 299));
	assert_false(recipe_status_accepted(&url, 199) || recipe_status_accepted(&url, 300));
	url.n_status = 2;
	url.status_lo[0] = url.status_hi[0] = 403;
	url.status_lo[1] = 301;
	url.status_hi[1] = 302;
	recipe_status_words(&url, words);
	assert_string_equal(words, "403, 301-302");
	assert_true(recipe_status_accepted(&url, 403) && recipe_status_accepted(&url, 302));
	assert_false(recipe_status_accepted(&url, 200) || recipe_status_accepted(&url, 404));
}

static void test_status_words_never_cut(void **state)
{
	char words[RECIPE_STATUS_STRLEN];

	(void)state;
	memset(&url, 0, sizeof(url));
	for (url.n_status = 0; url.n_status < PROBE_STATUS_MAX; url.n_status++) {
		url.status_lo[url.n_status] = 65534;
		url.status_hi[url.n_status] = 65535;
	}
	recipe_status_words(&url, words);
	assert_int_equal(strlen(words), PROBE_STATUS_MAX * strlen("65534-65535") + (PROBE_STATUS_MAX - 1) * strlen(", "));
}

/* Neighbours in address, port and recipe: the worst that a farm's file has to offer. */
static uint64_t hash_of(unsigned i)
{
	struct probe_key k;

	memset(&k, 0, sizeof(k));
	k.kind = PROBE_TCP;
	k.target.addr = addr_v4(10, 0, (uint8_t)(i / 256), (uint8_t)i);
	k.target.port = 80;
	return spread_hash(&k);
}

static void test_starts_are_spread(void **state)
{
	const usec_t window = 10 * USEC_PER_SEC;
	unsigned slots[20] = { 0 };

	(void)state;
	for (unsigned i = 0; i < N_PROBES; i++) {
		usec_t at = spread_first(hash_of(i), window);

		assert_true(at >= 0 && at < window);
		slots[at * 20 / window]++;
	}
	for (unsigned i = 0; i < 20; i++)
		assert_in_range(slots[i], 25, 80); /* 50 expected */
	assert_true(spread_first(hash_of(1), 0) == 0);
}

static void test_jitter_only_shortens(void **state)
{
	const usec_t interval = 6 * USEC_PER_SEC;
	usec_t sum = 0;

	(void)state;
	for (unsigned run = 0; run < N_PROBES; run++) {
		usec_t j = spread_jitter(hash_of(7), run, interval);

		assert_true(j >= 0 && j <= interval * 3 / 100);
		assert_true(j == spread_jitter(hash_of(7), run, interval));
		sum += j;
	}
	/* It varies: the mean is near 1.5 %. */
	assert_in_range(sum / N_PROBES, interval * 13 / 1000, interval * 17 / 1000);
	assert_true(spread_jitter(hash_of(7), 1, interval) != spread_jitter(hash_of(8), 1, interval));
	assert_true(spread_jitter(hash_of(7), 1, 1) == 0);
}

/* Thousands of starts are a hundred wakes a second, none of them late. */
static void test_starts_come_together(void **state)
{
	usec_t last = 0;
	unsigned wakes = 0;

	(void)state;
	for (usec_t due = 1000000; due < 2000000; due += 37) {
		usec_t at = spread_together(due, USEC_PER_SEC);

		assert_true(at <= due && at > due - 10 * USEC_PER_MS);
		assert_true(at >= last);
		wakes += at != last;
		last = at;
	}
	assert_in_range(wakes, 100, 150);
	assert_true(spread_together(1234567, 50 * USEC_PER_MS) == 1234567); /* too quick to be moved */
	assert_true(spread_together(USEC_NEVER, USEC_PER_SEC) == USEC_NEVER);
}

static void test_reason_names_are_distinct(void **state)
{
	(void)state;
	for (unsigned a = 0; a <= PROBE_R_NOT_THERE; a++) {
		assert_string_not_equal(probe_reason_name((enum probe_reason)a), "unknown");
		for (unsigned b = 0; b < a; b++)
			assert_string_not_equal(probe_reason_name((enum probe_reason)a),
			                        probe_reason_name((enum probe_reason)b));
	}
	assert_string_equal(probe_reason_name((enum probe_reason)99), "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_key_is_the_content),     cmocka_unit_test(test_key_sees_every_difference),
		cmocka_unit_test(test_key_is_pinned),          cmocka_unit_test(test_what_cannot_run),
		cmocka_unit_test(test_status_ranges),          cmocka_unit_test(test_status_words_never_cut),
		cmocka_unit_test(test_starts_are_spread),      cmocka_unit_test(test_jitter_only_shortens),
		cmocka_unit_test(test_starts_come_together),   cmocka_unit_test(test_reason_names_are_distinct),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
