/*
 * Request sockets against a real kernel, in a namespace of the test's own: batches, acknowledgements, dumps, lost
 * answers; and the queue of jobs.
 */
#include "config.h"

#include "netns.h"
#include "nl_requests.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/genetlink.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>

#include "core/nl/batch.h"
#include "core/nl/ctx.h"
#include "core/nl/place.h"
#include "core/nl/queue.h"
#include "core/nl/walk.h"

/* ---- dumps ---- */

struct counted {
	unsigned addrs, links, restarts;
	int stop_with;
};

static int count_message(struct nlmsghdr *h, void *arg)
{
	struct counted *c = arg;

	c->addrs += h->nlmsg_type == RTM_NEWADDR;
	c->links += h->nlmsg_type == RTM_NEWLINK;
	return c->stop_with;
}

static void count_restart(void *arg)
{
	struct counted *c = arg;

	c->addrs = c->links = 0;
	c->restarts++;
}

static int dump_all(struct nl_ctx *ctx, int type, struct counted *c)
{
	struct nl_msg *msg = nlmsg_alloc_simple(type, 0);
	struct ifaddrmsg addrs = { .ifa_family = AF_INET };
	struct ifinfomsg links = { .ifi_family = AF_UNSPEC };
	int err;

	assert_non_null(msg);
	if (type == RTM_GETADDR)
		nlmsg_append(msg, &addrs, sizeof(addrs), NLMSG_ALIGNTO);
	else
		nlmsg_append(msg, &links, sizeof(links), NLMSG_ALIGNTO);
	err = nl_ctx_dump(ctx, NL_ROUTE, msg, count_message, count_restart, c);
	nlmsg_free(msg);
	return err;
}

static unsigned addrs_there(struct nl_ctx *ctx)
{
	struct counted c = { 0 };

	assert_int_equal(dump_all(ctx, RTM_GETADDR, &c), 0);
	return c.addrs;
}

/* ---- the transport, without thread or loop ---- */

static int ctx_setup(void **state)
{
	struct nl_ctx *ctx = calloc(1, sizeof(*ctx));

	*state = ctx;
	return ctx ? nl_ctx_init(ctx, NULL) : -1;
}

static int ctx_teardown(void **state)
{
	nl_ctx_fini(*state);
	free(*state);
	netns_run("ip -4 addr flush dev lo");
	return 0;
}

static void test_thousand(void **state)
{
	static const struct { int type; int err; } rounds[] = {
		{ RTM_NEWADDR, 0 }, { RTM_NEWADDR, EEXIST }, { RTM_DELADDR, 0 }, { RTM_DELADDR, EADDRNOTAVAIL },
	};
	unsigned before = addrs_there(*state);
	int errs[MANY];

	for (size_t r = 0; r < N_ELEMENTS(rounds); r++) {
		struct nl_batch *b = many_requests(rounds[r].type, MANY);

		memset(errs, 0xff, sizeof(errs));
		assert_int_equal(nl_ctx_transact(*state, b, errs), 0);
		for (size_t i = 0; i < MANY; i++)
			assert_int_equal(errs[i], rounds[r].err);
		assert_int_equal(addrs_there(*state), before + (r < 2 ? MANY : 0));
		nl_batch_free(b);
	}
}

static void test_failures_find_their_index(void **state)
{
	struct nl_batch *b = nl_batch_new(NL_ROUTE);
	int errs[250];

	for (uint32_t i = 0; i < N_ELEMENTS(errs); i++)
		add_request(b, RTM_NEWADDR, i % 7 == 3 ? 4711 : LO, 0x0a010000u + (i % 11 == 5 ? 0 : i));
	assert_int_equal(nl_ctx_transact(*state, b, errs), 0);
	for (uint32_t i = 0; i < N_ELEMENTS(errs); i++)
		assert_int_equal(errs[i], i % 7 == 3 ? ENODEV : i % 11 == 5 ? EEXIST : 0);
	/* A batch may be sent again. */
	assert_int_equal(nl_ctx_transact(*state, b, errs), 0);
	assert_int_equal(errs[0], EEXIST);
	nl_batch_free(b);
}

static void test_empty_batch(void **state)
{
	struct nl_batch *b = nl_batch_new(NL_ROUTE);

	assert_int_equal(nl_ctx_transact(*state, b, NULL), 0);
	nl_batch_free(b);
}

static void test_lost_answers(void **state)
{
	struct nl_ctx *ctx = *state;
	struct nl_batch *b = many_requests(RTM_NEWADDR, 300);
	unsigned before = addrs_there(ctx), lost = 0;
	int errs[300], smallest = 1;

	assert_int_equal(nl_ctx_transact(ctx, b, errs), 0);
	assert_int_equal(addrs_there(ctx), before + 300);
	/* Each is refused now, which is an answer each, more than the buffer holds. */
	assert_int_equal(setsockopt(ctx->route.fd, SOL_SOCKET, SO_RCVBUF, &smallest, sizeof(smallest)), 0);
	assert_int_equal(nl_ctx_transact(ctx, b, errs), EIO);
	for (size_t i = 0; i < N_ELEMENTS(errs); i++) {
		assert_true(errs[i] == EEXIST || errs[i] == EIO);
		lost += errs[i] == EIO;
		/* Only the first slice met the small buffer: a fresh socket carried the others. */
		assert_true(i < 100 || errs[i] == EEXIST);
	}
	assert_true(lost > 0);
	nl_batch_free(b);
}

/* Root may send to a netlink port; only what the kernel says counts. */
static void test_forged_answers(void **state)
{
	struct nl_ctx *ctx = *state;
	struct sockaddr_nl to;
	socklen_t len = sizeof(to);
	struct {
		struct nlmsghdr h;
		struct nlmsgerr e;
	} forged = { .h = { .nlmsg_len = sizeof(forged), .nlmsg_type = NLMSG_ERROR }, .e = { .error = -EPERM } };
	struct nl_batch *b = many_requests(RTM_NEWADDR, 1);
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE), err;

	addrs_there(ctx); /* so that the socket has a port */
	assert_int_equal(getsockname(ctx->route.fd, (struct sockaddr *)&to, &len), 0);
	forged.h.nlmsg_seq = ctx->route.seq;
	assert_int_equal(sendto(fd, &forged, sizeof(forged), 0, (struct sockaddr *)&to, len), sizeof(forged));
	assert_int_equal(nl_ctx_transact(ctx, b, &err), 0);
	assert_int_equal(err, 0);
	close(fd);
	nl_batch_free(b);
}

static void test_dump(void **state)
{
	struct counted c = { 0 };
	struct nl_batch *b = many_requests(RTM_NEWADDR, MANY);
	int errs[MANY];

	assert_int_equal(nl_ctx_transact(*state, b, errs), 0);
	assert_int_equal(dump_all(*state, RTM_GETADDR, &c), 0);
	assert_true(c.addrs >= MANY);
	assert_int_equal(c.restarts, 0);
	/* One that is stopped is read to its end, so the next one can begin. */
	c = (struct counted){ .stop_with = ECANCELED };
	assert_int_equal(dump_all(*state, RTM_GETADDR, &c), ECANCELED);
	assert_int_equal(c.addrs, 1);
	c = (struct counted){ 0 };
	assert_int_equal(dump_all(*state, RTM_GETLINK, &c), 0);
	assert_true(c.links >= 1 && c.addrs == 0);
	nl_batch_free(b);
}

static void test_refused_dump(void **state)
{
	struct nl_msg *msg = nlmsg_alloc_simple(RTM_MAX + 1, 0);
	struct counted c = { 0 };

	assert_int_equal(nl_ctx_dump(*state, NL_ROUTE, msg, count_message, NULL, &c), EOPNOTSUPP);
	nlmsg_free(msg);
	addrs_there(*state); /* the next one works */
}

static void test_ask(void **state)
{
	struct ifinfomsg info = { .ifi_index = LO };
	struct nl_msg *msg = nlmsg_alloc_simple(RTM_GETLINK, 0);
	struct counted c = { 0 };

	nlmsg_append(msg, &info, sizeof(info), NLMSG_ALIGNTO);
	assert_int_equal(nl_ctx_ask(*state, NL_ROUTE, msg, count_message, &c), 0);
	assert_int_equal(c.links, 1);
	((struct ifinfomsg *)NLMSG_DATA(nlmsg_hdr(msg)))->ifi_index = 4711;
	assert_int_equal(nl_ctx_ask(*state, NL_ROUTE, msg, count_message, &c), ENODEV);
	nlmsg_free(msg);
}

/* Whether or not this kernel has IPVS: it is not asked for every job. */
static void test_ipvs_is_asked_rarely(void **state)
{
	struct nl_ctx *ctx = *state;
	uint16_t first = nl_ctx_ipvs(ctx);

	for (int i = 0; i < 100; i++)
		assert_int_equal(nl_ctx_ipvs(ctx), first);
	assert_int_equal(ctx->ipvs_asked, 1);
	ctx->ipvs_ask_at = 0; /* five seconds later */
	assert_int_equal(nl_ctx_ipvs(ctx), first);
	assert_int_equal(ctx->ipvs_asked, first ? 1 : 2);
}

/* A family that was there and is refused now is looked up again. */
static void test_ipvs_unloaded(void **state)
{
	struct nl_ctx *ctx = *state;
	struct nl_batch *b = nl_batch_new(NL_IPVS);
	struct nl_msg *msg = nlmsg_alloc_simple(0x3ff, 0);
	struct genlmsghdr g = { .cmd = 1, .version = 1 };
	int err;

	nlmsg_append(msg, &g, sizeof(g), NLMSG_ALIGNTO);
	assert_int_equal(nl_batch_add(b, msg), 0);
	ctx->ipvs = 0x3ff;
	assert_int_equal(nl_ctx_transact(ctx, b, &err), 0);
	assert_int_equal(err, ENOENT);
	assert_int_not_equal(nl_ctx_ipvs(ctx), 0x3ff);
	assert_int_equal(ctx->ipvs_asked, 1);
	nlmsg_free(msg);
	nl_batch_free(b);
}

static void test_walk(void **state)
{
	struct {
		struct nlmsghdr h[3];
	} m = { { { .nlmsg_len = sizeof(m.h[0]) }, { .nlmsg_len = sizeof(m.h[0]) }, { .nlmsg_len = 4000000 } } };

	(void)state;
	for (size_t len = 0; len <= sizeof(m); len++) {
		struct nl_walk w = { (uint8_t *)&m, len };
		size_t n = 0;

		while (nl_walk_next(&w))
			n++;
		assert_int_equal(n, len / sizeof(m.h[0]) > 2 ? 2 : len / sizeof(m.h[0]));
	}
	m.h[1].nlmsg_len = 0; /* must not turn for ever */
	assert_ptr_equal(nl_walk_next(&(struct nl_walk){ (uint8_t *)&m, sizeof(m) }), &m.h[0]);
	assert_null(nl_walk_next(&(struct nl_walk){ (uint8_t *)&m.h[1], sizeof(m.h[1]) }));
}

/* ---- the queue ---- */

static void test_queue_order(void **state)
{
	struct nl_job jobs[6] = {
		{ .cls = LOOP_QUEUED, .submitted = 10 }, { .cls = LOOP_QUEUED, .submitted = 20 },
		{ .cls = LOOP_URGENT, .submitted = 30 }, { .cls = LOOP_QUEUED, .submitted = 40 },
		{ .cls = LOOP_URGENT, .submitted = 50 }, { .cls = LOOP_QUEUED, .submitted = 60 },
	};
	static const int order[] = { 2, 4, 0, 1, 3, 5 };
	static const usec_t oldest_after[] = { 10, 10, 20, 40, 60, USEC_NEVER };
	struct nl_queue q;
	usec_t oldest;
	bool more;

	(void)state;
	nl_queue_init(&q);
	assert_int_equal(nl_queue_unfinished(&q, &oldest), 0);
	assert_true(oldest == USEC_NEVER);
	for (size_t i = 0; i < N_ELEMENTS(jobs); i++)
		nl_queue_push(&q, &jobs[i]);
	for (size_t i = 0; i < N_ELEMENTS(jobs); i++) {
		assert_int_equal(nl_queue_unfinished(&q, &oldest), 6 - i);
		assert_ptr_equal(nl_queue_take(&q), &jobs[order[i]]);
		assert_int_equal(nl_queue_unfinished(&q, &oldest), 6 - i); /* the running one counts */
		nl_queue_finish(&q, &jobs[order[i]]);
		nl_queue_unfinished(&q, &oldest);
		assert_true(oldest == oldest_after[i]);
	}
	for (size_t i = 0; i < N_ELEMENTS(jobs); i++) {
		assert_ptr_equal(nl_queue_collect(&q, &more), &jobs[order[i]]);
		assert_int_equal(more, i < 5);
	}
	assert_null(nl_queue_collect(&q, &more));
	nl_queue_push(&q, &jobs[0]);
	nl_queue_close(&q);
	assert_null(nl_queue_take(&q));
	assert_ptr_equal(nl_queue_drop(&q), &jobs[0]);
	assert_null(nl_queue_drop(&q));
	nl_queue_destroy(&q);
}

#define CTX_TEST(f) cmocka_unit_test_setup_teardown(f, ctx_setup, ctx_teardown)

static void test_place(void **state)
{
	cpu_set_t allowed, beside;

	(void)state;
	CPU_ZERO(&allowed);
	CPU_SET(2, &allowed);
	assert_false(nl_place_beside(&allowed, 2, &beside)); /* there is no other */
	assert_true(CPU_EQUAL(&beside, &allowed));
	CPU_SET(5, &allowed);
	assert_false(nl_place_beside(&allowed, 3, &beside));
	assert_false(nl_place_beside(&allowed, -1, &beside));
	assert_false(nl_place_beside(&allowed, CPU_SETSIZE, &beside));
	assert_true(CPU_EQUAL(&beside, &allowed));
	assert_true(nl_place_beside(&allowed, 2, &beside));
	assert_true(CPU_COUNT(&beside) == 1 && CPU_ISSET(5, &beside));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_walk),
		cmocka_unit_test(test_queue_order),
		cmocka_unit_test(test_place),
		CTX_TEST(test_thousand),
		CTX_TEST(test_failures_find_their_index),
		CTX_TEST(test_empty_batch),
		CTX_TEST(test_lost_answers),
		CTX_TEST(test_forged_answers),
		CTX_TEST(test_dump),
		CTX_TEST(test_refused_dump),
		CTX_TEST(test_ask),
		CTX_TEST(test_ipvs_is_asked_rarely),
		CTX_TEST(test_ipvs_unloaded),
	};

	netns_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
