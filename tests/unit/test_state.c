/*
 * The state page: what is noted is there for a successor, only within the boot that wrote it, and a full page costs nothing
 * but adoption.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include <netinet/in.h>

#include "core/base/text.h"
#include "core/state.h"

static char path[] = "/tmp/regent-state-XXXXXX";

static int make_file(void **state)
{
	(void)state;
	text_copy(path, sizeof(path), "/tmp/regent-state-XXXXXX");
	int fd = mkstemp(path);

	close(fd);
	return fd < 0;
}

static int drop_file(void **state)
{
	(void)state;
	return unlink(path);
}

static struct vr_key vr(uint8_t vrid)
{
	struct vr_key k;

	memset(&k, 0, sizeof(k));
	text_copy(k.ifname, sizeof(k.ifname), "ens33");
	k.vrid = vrid;
	k.family = AF_INET;
	return k;
}

static struct service_key service(uint32_t n)
{
	struct service_key k;

	memset(&k, 0, sizeof(k));
	k.family = AF_INET;
	k.protocol = IPPROTO_TCP;
	k.addr = addr_v4(10, (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n);
	k.port = 80;
	return k;
}

static void test_survives_the_process(void **unused)
{
	struct vr_key k = vr(51), other = vr(52);
	struct service_key s = service(1), out[4];
	struct state *p = state_open(path);

	(void)unused;
	assert_non_null(p);
	assert_false(state_vr_get(p, &k).known);
	int slot = state_vr_slot(p, &k);

	state_vr_set_master(p, slot, true, 1000);
	state_vr_advert(p, slot, 2000);
	assert_false(state_vr_get(p, &k).old_checksum);
	state_vr_set_old_checksum(p, slot, true);
	state_service(p, &s, true);
	state_service(p, &s, true); /* twice is once */
	state_close(p);

	p = state_open(path);
	assert_non_null(p);
	assert_true(state_vr_get(p, &k).known);
	assert_true(state_vr_get(p, &k).master);
	assert_int_equal(state_vr_get(p, &k).last_advert, 2000);
	assert_true(state_vr_get(p, &k).old_checksum);
	assert_false(state_vr_get(p, &other).known);
	assert_int_equal(state_services(p, out, 4), 1);
	assert_memory_equal(&out[0], &s, sizeof(s));
	state_vr_forget(p, &k);
	state_service(p, &s, false);
	assert_false(state_vr_get(p, &k).known);
	assert_int_equal(state_services(p, out, 4), 0);
	state_close(p);
}

/* A page of another boot (or another layout) is not believed: any change of its header must empty it. */
static void test_other_boot_is_not_believed(void **unused)
{
	(void)unused;
	for (long at = 0; at < 48; at += 4) {
		struct service_key s = service(7);
		struct state *p = state_open(path);

		state_service(p, &s, true);
		state_close(p);
		FILE *f = fopen(path, "r+");

		fseek(f, at, SEEK_SET);
		int c = fgetc(f);

		fseek(f, at, SEEK_SET);
		fputc(c ^ 1, f);
		fclose(f);
		p = state_open(path);
		assert_int_equal(state_services(p, NULL, 0), 0);
		state_close(p);
	}
}

/* Random notes against a plain array: the set is what the array is, also over a reopening. */
static void test_set_is_a_set(void **unused)
{
	enum { KEYS = 300, STEPS = 20000 };
	struct probe_past in[KEYS] = { 0 };
	struct state *p = state_open(path);
	unsigned seed = 4711;

	(void)unused;
	for (int i = 0; i < STEPS; i++) {
		unsigned n = (unsigned)rand_r(&seed) % KEYS;
		struct probe_key k = { .kind = PROBE_TCP, .recipe = { (uint8_t)n, (uint8_t)(n >> 8) } };
		struct probe_past past = { rand_r(&seed) & 1, { (unsigned)rand_r(&seed) % 3, 0 } };

		if (past.weight.how != PROBE_WEIGHT_NONE)
			past.weight.value = rand_r(&seed) % 100 - 50;
		state_probe(p, &k, &past);
		in[n] = past;
		if (i % 5000 == 4999) {
			state_close(p);
			p = state_open(path);
		}
	}
	for (unsigned n = 0; n < KEYS; n++) {
		struct probe_key k = { .kind = PROBE_TCP, .recipe = { (uint8_t)n, (uint8_t)(n >> 8) } };

		struct probe_past past = state_probe_get(p, &k);

		assert_int_equal(past.down, in[n].down);
		assert_int_equal(past.weight.how, in[n].weight.how);
		assert_int_equal(past.weight.value, in[n].weight.value);
	}
	state_close(p);
}

static void test_sysctl_is_the_hosts(void **state)
{
	(void)state;
	struct state *s = state_open(path);

	assert_int_equal(state_igmp_before(s), 0);
	state_set_igmp_before(s, '1');
	state_close(s);
	s = state_open(path);
	assert_int_equal(state_igmp_before(s), '1');
	state_set_igmp_before(s, 'x'); /* torn */
	state_close(s);
	s = state_open(path);
	assert_int_equal(state_igmp_before(s), 0);
	state_close(s);
}

static void test_full_page_is_bounded(void **unused)
{
	struct state *p = state_open_memory();
	struct service_key k;

	(void)unused;
	assert_non_null(p);
	for (uint32_t n = 0; n < 40000; n++) {
		k = service(n);
		state_service(p, &k, true);
	}
	size_t held = state_services(p, NULL, 0);

	assert_true(held > 16000 && held < 32768);
	k = service(5);
	state_service(p, &k, false);
	assert_int_equal(state_services(p, NULL, 0), held - 1);
	state_close(p);
}

static void test_routers_run_out(void **unused)
{
	struct state *p = state_open_memory();
	int last = 0;

	(void)unused;
	for (int i = 0; i < 1030; i++) {
		struct vr_key k = vr((uint8_t)(i % 255 + 1));

		k.ifname[5] = (char)('a' + i / 255);
		last = state_vr_slot(p, &k);
	}
	assert_int_equal(last, -1);
	state_vr_advert(p, last, 1); /* harmless */
	state_close(p);
}

/* What somebody else could write into tells us to remove addresses and services of other people's. */
static void test_file_open_to_others_is_not_believed(void **unused)
{
	struct service_key s = service(1);
	struct state *p = state_open(path);
	char other[sizeof(path) + 8];

	(void)unused;
	snprintf(other, sizeof(other), "%s.link", path);
	state_service(p, &s, true);
	state_close(p);
	assert_int_equal(chmod(path, 0606), 0);
	p = state_open(path);
	assert_int_equal(state_services(p, NULL, 0), 0);
	state_service(p, &s, true);
	state_close(p);
	assert_int_equal(link(path, other), 0);
	p = state_open(path);
	assert_int_equal(state_services(p, NULL, 0), 0);
	state_close(p);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(symlink(other, path), 0);
	p = state_open(path);
	assert_int_equal(state_services(p, NULL, 0), 0);
	state_close(p);
	assert_int_equal(unlink(other), 0);
}

/* A store into a page that the disk has no room for kills the process. */
static void test_has_its_room(void **unused)
{
	struct state *p = state_open(path);
	struct stat st;

	(void)unused;
	assert_int_equal(stat(path, &st), 0);
	assert_true(st.st_size > 0 && st.st_blocks * 512 >= st.st_size);
	state_close(p);
}

/* Random bytes over a page that is in use: whatever is handed out of it is well-formed. */
static void test_torn_entries_are_dropped(void **unused)
{
	static struct state_addr out[40000];
	struct state_addr a = { .ifname = "ens33", .prefix = { .addr = addr_v4(10, 0, 0, 1), .len = 32 } };
	unsigned seed = 99;
	struct state *p = state_open(path);
	size_t n;

	(void)unused;
	for (uint32_t i = 0; i < 3000; i++) {
		a.prefix.addr = addr_v4(10, 0, (uint8_t)(i >> 8), (uint8_t)i);
		state_address(p, &a, true);
	}
	state_close(p);
	FILE *f = fopen(path, "r+");

	assert_int_equal(fseek(f, 0, SEEK_END), 0);
	long size = ftell(f);

	for (int i = 0; i < 200000; i++) {
		fseek(f, 64 + rand_r(&seed) % (size - 64), SEEK_SET);
		fputc(rand_r(&seed), f);
	}
	fclose(f);
	p = state_open(path);
	n = state_addresses(p, out, sizeof(out) / sizeof(out[0]));
	assert_true(n > 0 && n < 3000);
	for (size_t i = 0; i < n; i++) {
		assert_non_null(memchr(out[i].ifname, '\0', sizeof(out[i].ifname)));
		assert_true(out[i].prefix.len <= addr_len(out[i].prefix.addr.family) * 8);
	}
	state_close(p);
}

/* Trackers' verdicts outlive the process, by kind and name; one that is unknown is forgotten; what is too many is not kept. */
static void test_trackers(void **state)
{
	struct state_track web = { .kind = 2, .name = "web", .verdict = 2 }, load = { .kind = 4, .name = "web", .verdict = 1, .value = -7 };
	struct state_track ask = { .kind = 4, .name = "web" };
	struct state *p = state_open(path);

	(void)state;
	state_track(p, &web);
	state_track(p, &load);
	load.value = 9;
	state_track(p, &load);
	state_close(p);
	p = state_open(path);
	assert_true(state_track_get(p, &ask));
	assert_int_equal(ask.value, 9);
	ask = (struct state_track){ .kind = 2, .name = "web" };
	assert_true(state_track_get(p, &ask));
	assert_int_equal(ask.verdict, 2);
	web.verdict = 0;
	state_track(p, &web);
	assert_false(state_track_get(p, &ask));
	for (unsigned i = 0; i < 2000; i++) {
		struct state_track many = { .kind = 1, .verdict = 1 };

		snprintf(many.name, sizeof(many.name), "if%u", i);
		state_track(p, &many);
	}
	ask = (struct state_track){ .kind = 4, .name = "web" };
	assert_true(state_track_get(p, &ask));
	ask = (struct state_track){ .kind = 1, .name = "if1999" };
	assert_false(state_track_get(p, &ask));
	state_close(p);
}

/* What a successor in the same process gets is the descriptor. */
static void test_adopted_by_descriptor(void **state)
{
	struct state_track t = { .kind = 2, .name = "web", .verdict = 2 };
	struct state *p = state_open(path), *q;

	(void)state;
	state_track(p, &t);
	q = state_adopt(dup(state_fd(p)));
	assert_non_null(q);
	assert_true(state_track_get(q, &t));
	state_close(q);
	state_close(p);
	assert_null(state_adopt(-1));
	p = state_open_memory();
	assert_int_equal(state_fd(p), -1);
	state_close(p);
}

static long faults(void)
{
	struct rusage u;

	assert_int_equal(getrusage(RUSAGE_SELF, &u), 0);
	return u.ru_minflt + u.ru_majflt;
}

/* A thousand addresses that come with a takeover lie all over their set: none of them waits for memory. */
static void test_addresses_meet_no_page_fault(void **unused)
{
	struct state_addr a = { .ifname = "ens33", .prefix.len = 32 };
	struct state *s = state_open(path);
	long before;

	(void)unused;
	assert_non_null(s);
	before = faults();
	for (unsigned i = 0; i < 1000; i++) {
		a.prefix.addr = addr_v4(10, 0, (uint8_t)(i >> 8), (uint8_t)i);
		state_address(s, &a, true);
	}
	assert_true(faults() - before < 50);
	state_close(s);
}

/* The services of a large table lie side by side: noting them costs as few memory pages as they fill, and those of their hashes. */
static void test_services_fill_few_pages(void **unused)
{
	struct state *s = state_open(path);
	long before;

	(void)unused;
	assert_non_null(s);
	before = faults();
	for (uint32_t i = 0; i < 1000; i++) {
		struct service_key k = service(i);

		state_service(s, &k, true);
	}
	assert_true(faults() - before < 60);
	state_close(s);
}

/* In any order of coming and going, and across lives, the page holds what was noted last, once. */
static void test_set_is_what_was_noted(void **unused)
{
	enum { KEYS = 300, STEPS = 20000 };
	static bool in[KEYS];
	struct state *s = state_open(path);
	uint32_t seed = 7;
	size_t n = 0;

	(void)unused;
	for (int step = 0; step < STEPS; step++) {
		seed = seed * 1664525u + 1013904223u;
		uint32_t at = (seed >> 8) % KEYS;
		bool come = (seed >> 24) % 3 != 0;
		struct service_key k = service(at), out[KEYS];

		n += (size_t)come - (size_t)in[at];
		in[at] = come;
		state_service(s, &k, come);
		assert_int_equal(state_services(s, out, KEYS), n);
		if (step % 997)
			continue;
		state_close(s);
		s = state_open(path);
		assert_int_equal(state_services(s, out, KEYS), n);
		for (size_t i = 0; i < n; i++)
			assert_true(in[out[i].addr.bytes[3] + 256u * out[i].addr.bytes[2]]);
	}
	state_close(s);
}

/* Puts bytes where these are first in the file, so far before or behind. */
static void patch(const void *seek, size_t len, long by, const void *bytes, size_t n)
{
	static uint8_t page[8 << 20];
	FILE *f = fopen(path, "r+");
	size_t size, at = 0;

	assert_non_null(f);
	size = fread(page, 1, sizeof(page), f);
	while (at + len <= size && memcmp(page + at, seek, len) != 0)
		at++;
	assert_true(at + len <= size);
	assert_int_equal(fseek(f, (long)at + by, SEEK_SET), 0);
	assert_int_equal(fwrite(bytes, 1, n, f), n);
	fclose(f);
}

/* Died while the last key took the place of one that went: it is there twice, or a slot before it is free. */
static void test_torn_set_is_put_right(void **unused)
{
	struct service_key k[3] = { service(1), service(2), service(3) }, out[4];
	struct state *s = state_open(path);

	(void)unused;
	for (int i = 0; i < 3; i++)
		state_service(s, &k[i], true);
	state_close(s);
	patch(&k[0], sizeof(k[0]), 0, &k[2], sizeof(k[2]));
	s = state_open(path);
	assert_int_equal(state_services(s, out, 4), 2);
	assert_memory_equal(&out[0], &k[2], sizeof(k[2]));
	assert_memory_equal(&out[1], &k[1], sizeof(k[1]));
	state_close(s);
	patch(&k[2], sizeof(k[2]), -4, "\0\0\0\0", 4); /* its mark */
	s = state_open(path);
	assert_int_equal(state_services(s, out, 4), 1);
	assert_memory_equal(&out[0], &k[1], sizeof(k[1]));
	state_service(s, &k[1], false);
	assert_int_equal(state_services(s, out, 4), 0);
	state_close(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_survives_the_process, make_file, drop_file),
		cmocka_unit_test_setup_teardown(test_services_fill_few_pages, make_file, drop_file),
		cmocka_unit_test_setup_teardown(test_set_is_what_was_noted, make_file, drop_file),
		cmocka_unit_test_setup_teardown(test_torn_set_is_put_right, make_file, drop_file),
		cmocka_unit_test_setup_teardown(test_other_boot_is_not_believed, make_file, drop_file),
		cmocka_unit_test_setup_teardown(test_addresses_meet_no_page_fault, make_file, drop_file),
		cmocka_unit_test_setup_teardown(test_set_is_a_set, make_file, drop_file),
		cmocka_unit_test_setup_teardown(test_file_open_to_others_is_not_believed, make_file, drop_file),
		cmocka_unit_test_setup_teardown(test_has_its_room, make_file, drop_file),
		cmocka_unit_test_setup_teardown(test_torn_entries_are_dropped, make_file, drop_file),
		cmocka_unit_test_setup_teardown(test_trackers, make_file, drop_file),
		cmocka_unit_test_setup_teardown(test_adopted_by_descriptor, make_file, drop_file),
		cmocka_unit_test_setup_teardown(test_sysctl_is_the_hosts, make_file, drop_file),
		cmocka_unit_test(test_full_page_is_bounded),
		cmocka_unit_test(test_routers_run_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
