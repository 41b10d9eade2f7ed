/*
 * The fence of no_accept against a real kernel: what is dropped, what is not, and what another hand does to it.
 *
 * In a network namespace of its own: needs root and a kernel with nf_tables, else it is skipped.
 */
#include "config.h"

#include "test.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>

#include "core/net/fence_nl.h"
#include "core/nl/ctx.h"
#include "loop_fixture.h"
#include "netns.h"

enum { MANY = 1000 };

struct host {
	struct loop *loop;
	struct nl *nl;
	struct fence *fence;
	struct nl_ctx ctx; /* another hand */
};

static const struct fence_conf usual = { .table = "regent", .mark = "regent:", .priority = -1, .counters = true };

static struct fence_addr address(const char *text)
{
	struct fence_addr a;

	memset(&a, 0, sizeof(a));
	assert_true(addr_parse(text, &a.addr));
	return a;
}

static int host_setup(void **state)
{
	struct host *h = calloc(1, sizeof(*h));

	h->loop = loop_new();
	h->nl = nl_start(h->loop);
	h->fence = fence_new(h->loop, h->nl);
	assert_int_equal(nl_ctx_init(&h->ctx, NULL), 0);
	*state = h;
	return h->fence ? 0 : -1;
}

static void restart_fence(struct host *h)
{
	fence_free(h->fence);
	h->fence = fence_new(h->loop, h->nl);
}

/* ---- what the kernel has ---- */

struct seen {
	char names[256];
	bool all_ours;
};

static int take(struct nlmsghdr *h, void *arg)
{
	struct seen *s = arg;
	char name[FENCE_TABLE];
	bool ours;

	if (fence_parse_table(h, usual.mark, name, &ours)) {
		strncat(s->names, name, sizeof(s->names) - strlen(s->names) - 2);
		strncat(s->names, ours ? "! " : " ", sizeof(s->names) - strlen(s->names) - 2);
	}
	return 0;
}

static struct nl_msg *message(int type, int flags, const char *table)
{
	const struct nfgenmsg g = { .nfgen_family = NFPROTO_INET };
	struct nl_msg *msg = nlmsg_alloc();

	assert_non_null(nlmsg_put(msg, 0, 0, NFNL_SUBSYS_NFTABLES << 8 | type, 0, flags));
	nlmsg_append(msg, (void *)&g, sizeof(g), NLMSG_ALIGNTO);
	if (table)
		nla_put_string(msg, NFTA_TABLE_NAME, table);
	return msg;
}

/* The kernel's tables, ours with a mark behind. */
static void assert_tables(struct host *h, const char *want)
{
	struct nl_msg *msg = message(NFT_MSG_GETTABLE, 0, NULL);
	struct seen s = { .names = "" };

	assert_int_equal(nl_ctx_dump(&h->ctx, NL_FILTER, msg, take, NULL, &s), 0);
	nlmsg_free(msg);
	assert_string_equal(s.names, want);
}

static int by_another_hand(struct host *h, int type, const char *table)
{
	struct nl_batch *b = nl_batch_new(NL_FILTER);
	struct nl_msg *msg = message(type, type == NFT_MSG_NEWTABLE ? NLM_F_CREATE : 0, table);
	int errs[1], err;

	nl_batch_add(b, msg);
	nlmsg_free(msg);
	err = nl_ctx_commit(&h->ctx, b, errs);
	nl_batch_free(b);
	return err;
}

static int host_teardown(void **state)
{
	struct host *h = *state;

	(void)by_another_hand(h, NFT_MSG_DELTABLE, "regent");
	nl_ctx_fini(&h->ctx);
	fence_free(h->fence);
	nl_stop(h->nl);
	loop_free(h->loop);
	free(h);
	return 0;
}

static bool answers_within(const char *address, const char *seconds)
{
	char line[128];

	snprintf(line, sizeof(line), "ping -q -c 1 -W %s %s >/dev/null 2>&1", seconds, address);
	return netns_shell(line) == 0;
}

/* An answer may take its time; that there is none has to be waited out. */
static bool answers(const char *address)
{
	return answers_within(address, "10");
}

static bool is_silent(const char *address)
{
	return !answers_within(address, "0.3");
}

/* All that was asked for has been done. */
static void settle(struct host *h)
{
	usec_t oldest;

	do
		run_for(h->loop, 20 * USEC_PER_MS);
	while (nl_backlog(h->nl, mono_now(), &oldest) > 0);
	run_for(h->loop, 20 * USEC_PER_MS);
}

/* ---- tests ---- */

static void drops_what_it_is_told(void **state)
{
	struct host *h = *state;
	struct fence_addr list[3] = { address("192.0.2.1"), address("2001:db8::1"), address("192.0.2.3") };
	struct fence_counts c;

	fence_configure(h->fence, &usual);
	fence_want(h->fence, "one", list, 1);
	settle(h);
	assert_tables(h, "regent! ");
	assert_true(is_silent("192.0.2.1"));
	assert_true(answers("192.0.2.2"));
	assert_true(answers("2001:db8::1"));

	fence_want(h->fence, "one", list, 2);
	fence_want(h->fence, "two", list, 1);
	settle(h);
	assert_true(is_silent("2001:db8::1"));
	fence_count(h->fence, &c);
	assert_int_equal(c.addrs, 2);

	fence_want(h->fence, "one", NULL, 0);
	settle(h);
	assert_true(answers("2001:db8::1"));
	assert_true(is_silent("192.0.2.1")); /* the other one wants it still */
	fence_want(h->fence, "two", list + 2, 1);
	settle(h);
	assert_true(answers("192.0.2.1"));
	assert_true(is_silent("192.0.2.3"));
}

static void is_adopted_by_the_next_life(void **state)
{
	struct host *h = *state;
	struct fence_addr list[1] = { address("192.0.2.1") };
	struct fence_conf other = usual, none = { .mark = "regent:" };

	fence_configure(h->fence, &usual);
	fence_want(h->fence, h, list, 1);
	settle(h);
	restart_fence(h);
	assert_true(is_silent("192.0.2.1"));
	memcpy(other.table, "fence", sizeof("fence"));
	fence_configure(h->fence, &other);
	fence_want(h->fence, h, list, 1);
	settle(h);
	assert_tables(h, "fence! ");
	assert_true(is_silent("192.0.2.1"));
	restart_fence(h);
	fence_configure(h->fence, &none);
	settle(h);
	assert_tables(h, "");
	assert_true(answers("192.0.2.1"));
}

static void on_stopped(void *user)
{
	loop_stop(((struct host *)user)->loop);
}

static void leaves_nothing(void **state)
{
	struct host *h = *state;
	struct fence_addr list[1] = { address("192.0.2.1") };

	fence_configure(h->fence, &usual);
	fence_want(h->fence, h, list, 1);
	settle(h);
	fence_want(h->fence, h, NULL, 0);
	fence_stop(h->fence, on_stopped, h);
	run(h->loop);
	assert_tables(h, "");
}

static uint64_t rebuilt(struct host *h)
{
	struct fence_counts c;

	fence_count(h->fence, &c);
	return c.rebuilt;
}

static void is_made_again(void **state)
{
	struct host *h = *state;
	struct fence_addr list[1] = { address("192.0.2.1") };

	fence_configure(h->fence, &usual);
	fence_want(h->fence, h, list, 1);
	settle(h);
	assert_int_equal(by_another_hand(h, NFT_MSG_DELTABLE, "regent"), 0);
	for (int i = 0; i < 1000 && rebuilt(h) == 0; i++)
		settle(h);
	settle(h);
	assert_tables(h, "regent! ");
	assert_true(is_silent("192.0.2.1"));
	assert_int_equal(rebuilt(h), 1);
}

static void leaves_a_strangers_table(void **state)
{
	struct host *h = *state;
	struct fence_addr list[1] = { address("192.0.2.1") };

	assert_int_equal(by_another_hand(h, NFT_MSG_NEWTABLE, "regent"), 0);
	fence_configure(h->fence, &usual);
	fence_want(h->fence, h, list, 1);
	settle(h);
	assert_tables(h, "regent ");
	assert_true(answers("192.0.2.1"));
	assert_int_equal(by_another_hand(h, NFT_MSG_DELTABLE, "regent"), 0);
	assert_int_equal(by_another_hand(h, NFT_MSG_DELTABLE, "regent"), ENOENT);
}

static void takes_many(void **state)
{
	struct host *h = *state;
	struct fence_addr *list = calloc(MANY, sizeof(*list));
	struct fence_conf c = usual;

	for (size_t i = 0; i < MANY; i++) {
		memset(&list[i], 0, sizeof(list[i]));
		list[i] = address(i % 3 == 0 ? "192.0.2.0" : i % 3 == 1 ? "2001:db8::" : "fe80::");
		size_t end = addr_len(list[i].addr.family);
		list[i].addr.bytes[end - 1] = (uint8_t)i;
		list[i].addr.bytes[end - 2] = (uint8_t)((i % 3 == 0 ? 2 : 1) + (i >> 8));
		if (i % 3 == 2) {
			memcpy(list[i].ifname, "lo", 3);
			list[i].ifindex = 1;
		}
	}
	for (int by_index = 0; by_index < 2; by_index++) {
		c.by_index = by_index;
		fence_configure(h->fence, &c);
		fence_want(h->fence, h, list, MANY);
		settle(h);
		assert_true(is_silent("192.0.2.3"));
		assert_true(is_silent("2001:db8::101"));
		fence_want(h->fence, h, NULL, 0);
		settle(h);
		assert_true(answers("192.0.2.3"));
		assert_true(answers("2001:db8::101"));
	}
	assert_tables(h, "regent! ");
	free(list);
}

/* nf_tables may be missing: then there is nothing to be tested here. */
static bool kernel_has_tables(void)
{
	struct nl_ctx ctx;
	struct nl_msg *msg = message(NFT_MSG_GETTABLE, 0, NULL);
	struct seen s = { .names = "" };
	int err = nl_ctx_init(&ctx, NULL);

	if (!err)
		err = nl_ctx_dump(&ctx, NL_FILTER, msg, take, NULL, &s);
	nlmsg_free(msg);
	nl_ctx_fini(&ctx);
	return !err;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(drops_what_it_is_told, host_setup, host_teardown),
		cmocka_unit_test_setup_teardown(is_adopted_by_the_next_life, host_setup, host_teardown),
		cmocka_unit_test_setup_teardown(leaves_nothing, host_setup, host_teardown),
		cmocka_unit_test_setup_teardown(is_made_again, host_setup, host_teardown),
		cmocka_unit_test_setup_teardown(leaves_a_strangers_table, host_setup, host_teardown),
		cmocka_unit_test_setup_teardown(takes_many, host_setup, host_teardown),
	};

	netns_enter();
	if (!kernel_has_tables())
		return NETNS_SKIP;
	netns_run("ip addr add 192.0.2.1/32 dev lo; ip addr add 192.0.2.2/32 dev lo; ip addr add 192.0.2.3/32 dev lo");
	netns_run("ip addr add 2001:db8::1/128 dev lo; ip addr add 2001:db8::101/128 dev lo");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
