/*
 * Events of servers that change together: core/moved.c over a table, a ring and a run queue that count what they are asked. What ten
 * thousand of one service cost is ten thousand times what one costs, and no item of the loop tells more than a few of them.
 */
#include "config.h"

#include "tests/unit/test.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/announce.h"
#include "core/moved.h"

#define MANY 10000u
#define AN_ITEM 32u

static struct {
	struct runtime rt;
	struct conf conf;
	struct conf_vs vs;
	struct rt_service service;
	struct rt_server *servers;
	enum ipvs_server_state state; /* of each now */
	unsigned services_asked, servers_asked, first;
	unsigned events, mails, quorums, quorum_at; /* the last of those: its place among all */
	struct loop_item *posted;
	uint16_t told[4];             /* the first of them, by port */
	struct event last;
} world;

/* ---- what core/moved.c calls ---- */

bool ipvs_service_report(const struct ipvs *i, const struct service_key *k, struct ipvs_service_report *out)
{
	(void)i, (void)k;
	memset(out, 0, sizeof(*out));
	out->servers_up = 7;
	out->servers_total = MANY;
	world.services_asked++;
	return true;
}

bool ipvs_server_report(const struct ipvs *i, const struct server_key *k, struct ipvs_server_report *out)
{
	(void)i;
	memset(out, 0, sizeof(*out));
	out->key = *k;
	out->state = world.state;
	world.servers_asked++;
	return true;
}

const struct rt_use *uses_deciding(const struct rt_server *s)
{
	return s->uses;
}

void announce_server_first(struct announce *a, const struct rt_server *s)
{
	(void)a, (void)s;
	world.first++;
}

int64_t wall_now(void)
{
	return 1;
}

void ring_publish(struct ring *r, struct event *e)
{
	(void)r;
	if (world.events < N_ELEMENTS(world.told))
		world.told[world.events] = e->key.rs.server.port;
	if (e->kind == EVENT_VS_QUORUM) {
		world.quorums++;
		world.quorum_at = world.events;
	}
	world.mails += e->mail;
	world.last = *e;
	world.events++;
}

void loop_item_init(struct loop_item *it, void (*fn)(void *user), void *user)
{
	*it = (struct loop_item){ .fn = fn, .user = user };
}

void loop_item_post(struct loop *l, struct loop_item *it)
{
	(void)l;
	world.posted = it;
}

void loop_item_cancel(struct loop *l, struct loop_item *it)
{
	(void)l;
	if (world.posted == it)
		world.posted = NULL;
}

/* The loop's next item. False: it has none. */
static bool next_item(void)
{
	struct loop_item *it = world.posted;
	unsigned before = world.events;

	world.posted = NULL;
	if (it)
		it->fn(it->user);
	assert_in_range(world.events - before, 0, AN_ITEM);
	return it != NULL;
}

static void all_items(void)
{
	while (next_item())
		;
}

/* ---- a service of so many ---- */

static void world_make(void)
{
	memset(&world, 0, sizeof(world));
	world.vs.name = "S";
	world.vs.n_servers = MANY; /* `servers` is NULL: who looks at the file's list does not come back */
	world.rt.conf = &world.conf;
	world.service.rt = &world.rt;
	moved_init(&world.rt);
	world.service.conf = &world.vs;
	world.servers = calloc(MANY, sizeof(*world.servers));
	assert_non_null(world.servers);
	for (uint32_t i = 0; i < MANY; i++) {
		struct rt_server *s = &world.servers[i];

		s->service = &world.service;
		s->key.server.addr.family = AF_INET;
		s->key.server.port = (uint16_t)(i + 1);
		HASH_ADD(hh, world.service.servers, key, sizeof(s->key), s);
	}
	world.state = IPVS_RS_DOWN;
}

static void world_end(void)
{
	HASH_CLEAR(hh, world.service.servers);
	free(world.servers);
}

static void test_together(void **unused)
{
	(void)unused;
	world_make();
	for (size_t i = 0; i < MANY; i++)
		moved_note(&world.servers[i], IPVS_RS_UP);
	moved_tell(&world.service);
	assert_int_equal(world.events, AN_ITEM);
	moved_tell(&world.service); /* in the same item still */
	assert_int_equal(world.events, AN_ITEM);
	all_items();
	assert_int_equal(world.events, MANY);
	assert_int_equal(world.mails, MANY);
	assert_int_equal(world.servers_asked, MANY);
	assert_in_range(world.services_asked, 1, MANY / AN_ITEM + 1);
	assert_int_equal(world.last.up, 7);
	assert_int_equal(world.last.total, MANY);
	moved_tell(&world.service);
	assert_int_equal(world.events, MANY);
	world_end();
}

static void test_one_of_many(void **unused)
{
	(void)unused;
	world_make();
	for (unsigned i = 0; i < 100; i++) {
		moved_note(&world.servers[i * 7], IPVS_RS_UP);
		moved_tell(&world.service);
		all_items();
	}
	assert_int_equal(world.events, 100);
	assert_int_equal(world.servers_asked, 100); /* and not each of the others each time */
	assert_int_equal(world.services_asked, 100);
	world_end();
}

static void test_order_and_leaving(void **unused)
{
	(void)unused;
	world_make();
	moved_note(&world.servers[30], IPVS_RS_UP);
	moved_note(&world.servers[10], IPVS_RS_UNKNOWN);
	moved_note(&world.servers[20], IPVS_RS_UP);
	moved_note(&world.servers[30], IPVS_RS_DISABLED); /* the first word about it holds */
	moved_forget(&world.servers[10]);
	moved_forget(&world.servers[11]); /* which had nothing to tell */
	moved_tell(&world.service);
	assert_int_equal(world.events, 2);
	assert_int_equal(world.told[0], 31);
	assert_int_equal(world.told[1], 21);
	world_end();
}

static void quorum(bool up)
{
	const struct event e = { .kind = EVENT_VS_QUORUM, .to = up };

	moved_quorum(&world.service, &e);
}

/* What is said of the quorum comes behind the servers that made it so, and before those that change later. */
static void test_quorum_keeps_its_place(void **unused)
{
	(void)unused;
	world_make();
	quorum(true);
	assert_int_equal(world.quorums, 1); /* nobody is before it */
	for (size_t i = 0; i < 200; i++)
		moved_note(&world.servers[i], IPVS_RS_UP);
	moved_tell(&world.service);
	quorum(false);
	assert_int_equal(world.quorums, 1);
	for (size_t i = 200; i < 300; i++)
		moved_note(&world.servers[i], IPVS_RS_UP);
	moved_tell(&world.service);
	for (size_t i = 150; i < 300; i++) /* one that waits goes, and does not hold it up */
		moved_forget(&world.servers[i]);
	assert_true(next_item());
	assert_int_equal(world.quorums, 1);
	moved_note(&world.servers[250], IPVS_RS_UP);
	all_items();
	assert_int_equal(world.quorums, 2);
	assert_int_equal(world.quorum_at, 1 + 150);
	assert_int_equal(world.events, 1 + 150 + 1 + 1);
	world_end();
}

static void test_quorum_alone_waits(void **unused)
{
	(void)unused;
	world_make();
	for (size_t i = 0; i < AN_ITEM; i++)
		moved_note(&world.servers[i], IPVS_RS_UP);
	moved_tell(&world.service);
	quorum(false);
	assert_int_equal(world.quorums, 0); /* this item has told enough */
	all_items();
	assert_int_equal(world.quorums, 1);
	world_end();
}

/* A server that changes again while it waits is told once, as it is then; one that is back where it was is no news. */
static void test_verdict_between(void **unused)
{
	(void)unused;
	world_make();
	for (size_t i = 0; i < 200; i++)
		moved_note(&world.servers[i], IPVS_RS_UP);
	moved_tell(&world.service);
	assert_true(next_item());
	assert_int_equal(world.events, 2 * AN_ITEM);
	moved_note(&world.servers[0], IPVS_RS_DOWN); /* told already: once more */
	moved_note(&world.servers[199], IPVS_RS_DOWN);
	world.state = IPVS_RS_UP;
	moved_tell(&world.service);
	all_items();
	assert_int_equal(world.events, 2 * AN_ITEM + 1);
	assert_int_equal(world.last.key.rs.server.port, 1);
	assert_int_equal(world.last.to, IPVS_RS_UP);
	world_end();
}

/* Many services at once are no reason for a long item either. */
static void test_two_services(void **unused)
{
	struct rt_service other = { .rt = &world.rt, .conf = &world.vs };
	struct rt_server more[50];

	(void)unused;
	world_make();
	memset(more, 0, sizeof(more));
	for (size_t i = 0; i < 50; i++) {
		more[i].service = &other;
		moved_note(&world.servers[i], IPVS_RS_UP);
		moved_note(&more[i], IPVS_RS_UP);
	}
	moved_tell(&world.service);
	moved_tell(&other);
	assert_int_equal(world.events, AN_ITEM);
	all_items();
	assert_int_equal(world.events, 100);
	assert_null(world.rt.telling);
	world_end();
}

static void test_removed_between(void **unused)
{
	(void)unused;
	world_make();
	for (size_t i = 0; i < 200; i++)
		moved_note(&world.servers[i], IPVS_RS_UP);
	moved_tell(&world.service);
	quorum(false);
	for (size_t i = 0; i < 200; i++)
		moved_forget(&world.servers[i]);
	moved_drop(&world.service);
	assert_int_equal(world.quorums, 1); /* it was so, before the end */
	assert_null(world.rt.telling);
	HASH_CLEAR(hh, world.service.servers);
	memset(&world.service, 0xff, sizeof(world.service)); /* and nobody looks there again */
	all_items();
	assert_int_equal(world.events, AN_ITEM + 1);
	free(world.servers);
}

/* What waits when the daemon ends is told before the end is. */
static void test_flush(void **unused)
{
	(void)unused;
	world_make();
	for (size_t i = 0; i < 200; i++)
		moved_note(&world.servers[i], IPVS_RS_UP);
	moved_tell(&world.service);
	quorum(false);
	moved_flush(&world.service);
	assert_int_equal(world.events, 201);
	assert_int_equal(world.quorum_at, 200);
	assert_null(world.rt.telling);
	for (size_t i = 0; i < 200; i++)
		moved_note(&world.servers[i], IPVS_RS_UP);
	moved_tell(&world.service);
	quorum(false);
	for (size_t i = 0; i < 200; i++)
		moved_forget(&world.servers[i]);
	world.rt.stop_wanted = true;
	moved_drop(&world.service); /* the ring has nobody left who hears it */
	assert_int_equal(world.quorums, 1);
	world_end();
}

static void test_what_is_no_news(void **unused)
{
	(void)unused;
	world_make();
	moved_note(&world.servers[0], IPVS_RS_DOWN); /* and back before it was told of */
	moved_tell(&world.service);
	assert_int_equal(world.events, 0);
	world.state = IPVS_RS_UP;
	moved_note(&world.servers[0], IPVS_RS_UNKNOWN);
	moved_tell(&world.service);
	assert_int_equal(world.events, 0);
	assert_int_equal(world.first, 1);
	world.vs.group = "G"; /* and another of the group speaks for it */
	moved_note(&world.servers[0], IPVS_RS_DOWN);
	moved_tell(&world.service);
	assert_int_equal(world.events, 0);
	moved_note(&world.servers[0], IPVS_RS_DRAINED); /* what an operator wanted is each service's own */
	moved_tell(&world.service);
	assert_int_equal(world.events, 1);
	world_end();
}

static void test_mail(void **unused)
{
	static const struct {
		enum conf_tristate server, service, all;
		enum ipvs_server_state from, to;
		unsigned mails;
	} cases[] = {
		{ CONF_UNSET, CONF_UNSET, CONF_UNSET, IPVS_RS_UP, IPVS_RS_DOWN, 1 },
		{ CONF_NO, CONF_YES, CONF_YES, IPVS_RS_UP, IPVS_RS_DOWN, 0 },
		{ CONF_YES, CONF_NO, CONF_NO, IPVS_RS_UP, IPVS_RS_DOWN, 1 },
		{ CONF_UNSET, CONF_NO, CONF_YES, IPVS_RS_UP, IPVS_RS_DOWN, 0 },
		{ CONF_UNSET, CONF_UNSET, CONF_NO, IPVS_RS_DOWN, IPVS_RS_UP, 0 },
		{ CONF_YES, CONF_YES, CONF_YES, IPVS_RS_UP, IPVS_RS_DRAINED, 0 },
	};

	(void)unused;
	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		world_make();
		world.servers[5].smtp_alert = cases[i].server;
		world.vs.smtp_alert = cases[i].service;
		world.conf.global.mail.alert_checker = cases[i].all;
		world.state = cases[i].to;
		moved_note(&world.servers[5], cases[i].from);
		moved_tell(&world.service);
		assert_int_equal(world.events, 1);
		if (world.mails != cases[i].mails)
			fail_msg("case %zu: %u mails, expected %u", i, world.mails, cases[i].mails);
		world_end();
	}
}

static void test_end(void **unused)
{
	(void)unused;
	world_make();
	world.state = IPVS_RS_UP;
	moved_tell_end(&world.service);
	assert_int_equal(world.events, MANY);
	assert_int_equal(world.services_asked, 1);
	assert_int_equal(world.last.to, IPVS_RS_DOWN);
	world.state = IPVS_RS_DOWN;
	moved_tell_end(&world.service);
	assert_int_equal(world.events, MANY);
	world_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_together),
		cmocka_unit_test(test_one_of_many),
		cmocka_unit_test(test_order_and_leaving),
		cmocka_unit_test(test_quorum_keeps_its_place),
		cmocka_unit_test(test_quorum_alone_waits),
		cmocka_unit_test(test_verdict_between),
		cmocka_unit_test(test_two_services),
		cmocka_unit_test(test_removed_between),
		cmocka_unit_test(test_flush),
		cmocka_unit_test(test_what_is_no_news),
		cmocka_unit_test(test_mail),
		cmocka_unit_test(test_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
