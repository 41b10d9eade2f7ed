/*
 * See ipvs_fixture.h.
 */
#include "config.h"

#include "tests/unit/ipvs_fixture.h"

#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "core/base/log.h"
#include "core/base/text.h"
#include "core/ipvs/stats.h"

struct ipvs *engine;
struct seen seen;

static void on_server(void *user, const struct server_key *k, enum ipvs_server_state from, enum ipvs_server_state to)
{
	(void)user;
	(void)k;
	assert_int_not_equal(from, to);
	seen.server++;
}

static void on_quorum(void *user, const struct service_key *k, bool up)
{
	(void)user;
	(void)k;
	(void)up;
	seen.quorum++;
}

static void on_changed(void *user, const struct service_key *k)
{
	(void)user;
	(void)k;
	seen.changed++;
}

static void on_availability(void *user, enum ipvs_availability a)
{
	(void)user;
	seen.availability = a;
}

static void on_made(void *user, const struct service_key *k, bool made)
{
	(void)user;
	(void)k;
	seen.made += made;
	seen.unmade += !made;
}

static void on_traffic(void *user, const struct ipvs_stat *s)
{
	(void)user;
	if (s->key.server.addr.family)
		seen.server_stats++;
	else
		seen.service_stats++;
	seen.conns += s->counters.conns;
}

static void on_traffic_done(void *user, int err)
{
	(void)user;
	seen.stats_done++;
	seen.stats_err = err;
}

static const struct ipvs_observer observer = {
	.server = on_server, .quorum = on_quorum, .changed = on_changed, .availability = on_availability, .made = on_made,
	.traffic = on_traffic, .traffic_done = on_traffic_done,
};

struct service_key vs(uint16_t port)
{
	return (struct service_key){ .family = AF_INET, .protocol = IPPROTO_TCP, .port = port, .addr = addr_v4(10, 0, 0, 1) };
}

struct endpoint rs(uint16_t n)
{
	return (struct endpoint){ .addr = addr_v4(10, 1, (uint8_t)(n >> 8), (uint8_t)n), .port = 80 };
}

struct server_key srv(uint16_t port, uint16_t n)
{
	return (struct server_key){ .service = vs(port), .server = rs(n) };
}

void put(uint16_t port, uint16_t first, uint16_t n, bool role_aware)
{
	struct ipvs_server_conf *servers = calloc(n + 1u, sizeof(*servers));
	struct ipvs_service_conf c = { .key = vs(port), .quorum = 1, .servers = servers, .n_servers = n,
		.role_aware = role_aware, .has_sorry = true, .sorry = { .weight = 1, .method = IPVS_DR } };

	text_copy(c.scheduler, sizeof(c.scheduler), "rr");
	c.sorry.server = rs(999);
	for (uint16_t k = 0; k < n; k++) {
		servers[k].server = rs((uint16_t)(first + n - 1 - k)); /* in no order */
		servers[k].weight = 1;
		servers[k].method = IPVS_DR;
		servers[k].probed = true;
	}
	ipvs_service_put(engine, &c, mono_now());
	free(servers);
}

int32_t weight(uint16_t port, uint16_t n)
{
	struct service_key key = vs(port);
	struct endpoint at = rs(n);

	return world_weight(&key, &at);
}

void start(const struct service_key *made, size_t n_made)
{
	memset(&seen, 0, sizeof(seen));
	engine = ipvs_new(NULL, NULL, NULL, &observer, PERIOD, made, n_made);
}

int setup(void **state)
{
	(void)state;
	log_set_max(LOG_LVL_ERR);
	world_reset();
	start(NULL, 0);
	return 0;
}

int teardown(void **state)
{
	(void)state;
	ipvs_free(engine);
	world_reset();
	return 0;
}

void commit(void)
{
	ipvs_commit(engine, LOOP_QUEUED);
	world_run(USEC_PER_MS);
}

struct ipvs_totals totals(void)
{
	struct ipvs_totals t;

	ipvs_get_totals(engine, &t);
	return t;
}

struct ipvs_server_report server_report(uint16_t port, uint16_t n)
{
	struct server_key k = srv(port, n);
	struct ipvs_server_report r;

	assert_true(ipvs_server_report(engine, &k, &r));
	return r;
}

struct ipvs_service_report service_report(uint16_t port)
{
	struct service_key k = vs(port);
	struct ipvs_service_report r;

	assert_true(ipvs_service_report(engine, &k, &r));
	return r;
}

void verdict(uint16_t port, uint16_t n, bool up)
{
	struct server_key k = srv(port, n);

	ipvs_server_verdict(engine, &k, up);
}

bool set_only_weight(const struct server_key *k, int32_t weight)
{
	const struct ipvs_setting s = { .weight = weight, .drain_until = USEC_NEVER };

	return ipvs_server_set(engine, k, &s);
}

void on_done(void *user, int err)
{
	*(int *)user = err;
}
