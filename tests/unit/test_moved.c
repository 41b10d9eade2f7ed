/*
 * Events of servers that change together: core/moved.c over a table and a ring that count what they are asked. What ten thousand of one
 * service cost is ten thousand times what one costs.
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

static struct {
	struct runtime rt;
	struct conf conf;
	struct conf_vs vs;
	struct rt_service service;
	struct rt_server *servers;
	enum ipvs_server_state state; /* of each now */
	unsigned services_asked, servers_asked, first;
	unsigned events, mails;
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
	world.mails += e->mail;
	world.last = *e;
	world.events++;
}

/* ---- a service of so many ---- */

static void world_make(void)
{
	memset(&world, 0, sizeof(world));
	world.vs.name = "S";
	world.vs.n_servers = MANY; /* `servers` is NULL: who looks at the file's list does not come back */
	world.rt.conf = &world.conf;
	world.service.rt = &world.rt;
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
	assert_int_equal(world.events, MANY);
	assert_int_equal(world.mails, MANY);
	assert_int_equal(world.servers_asked, MANY);
	assert_int_equal(world.services_asked, 1);
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
		cmocka_unit_test(test_what_is_no_news),
		cmocka_unit_test(test_mail),
		cmocka_unit_test(test_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
