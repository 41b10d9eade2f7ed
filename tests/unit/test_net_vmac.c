/*
 * What to do about a VMAC interface, by what is there; and adverts as whole frames.
 */
#include "config.h"

#include "test.h"

#include <netinet/in.h>
#include <string.h>

#include <linux/if_link.h>

#include "core/net/vmac_plan.h"
#include "core/vrrp/frame.h"
#include "core/vrrp/pace.h"
#include "core/vrrp/wire.h"

static const struct net_link parent = { .ifindex = 2, .name = "eth0", .up = true };
static const struct net_link red = { .ifindex = 9, .name = "red", .kind = "vrf" };

static struct vmac_conf want(void)
{
	return (struct vmac_conf){ .name = "vrrp.51", .parent = "eth0", .mac = { 0, 0, 0x5e, 0, 1, 51 }, .family = AF_INET };
}

static struct net_link right(bool up)
{
	return (struct net_link){ .ifindex = 5, .name = "vrrp.51", .kind = "macvlan", .parent = 2, .mode = MACVLAN_MODE_VEPA, .has_mac = true,
		.mac = { 0, 0, 0x5e, 0, 1, 51 }, .up = up, .alias = "regent:A" };
}

static void plan_by_what_is_there(void **state)
{
	struct net_link up = right(true), down = right(false), mac = right(true), mode = right(false), moved = right(true), other = right(true);
	struct net_link foreign = right(false), keepalived = right(false), vrf = right(false);
	struct vmac_conf w = want(), in_vrf = want();

	(void)state;
	mac.mac[5] = 52;
	mode.mode = MACVLAN_MODE_BRIDGE;
	moved.parent = 3;
	memcpy(other.kind, "bridge", 7);
	memset(foreign.alias, 0, sizeof(foreign.alias));
	memcpy(foreign.kind, "veth", 5);
	memset(keepalived.alias, 0, sizeof(keepalived.alias));
	memcpy(in_vrf.vrf, "red", 4);
	vrf.master = red.ifindex;
	const struct {
		const char *what;
		const struct vmac_conf *want;
		const struct net_link *have, *parent, *vrf;
		bool up, known;
		unsigned steps;
	} rows[] = {
		{ "nothing is there", &w, NULL, &parent, NULL, false, false, VMAC_MAKE },
		{ "nothing, and MASTER", &w, NULL, &parent, NULL, true, false, VMAC_MAKE | VMAC_UP },
		{ "no parent", &w, NULL, NULL, NULL, true, false, VMAC_WAIT },
		{ "no parent for one that is there", &w, &up, NULL, NULL, true, true, VMAC_WAIT },
		{ "all is well", &w, &down, &parent, NULL, false, true, 0 },
		{ "all is well, and MASTER", &w, &up, &parent, NULL, true, true, 0 },
		{ "BACKUP, raised", &w, &up, &parent, NULL, false, true, VMAC_DOWN },
		{ "MASTER, and it is down", &w, &down, &parent, NULL, true, true, VMAC_UP },
		{ "of a former life, down", &w, &down, &parent, NULL, false, false, VMAC_ADOPT },
		{ "of a former life that was MASTER", &w, &up, &parent, NULL, true, false, VMAC_ADOPT },
		{ "another MAC", &w, &mac, &parent, NULL, true, true, VMAC_MEND | VMAC_UP },
		{ "another mode", &w, &mode, &parent, NULL, false, true, VMAC_MEND },
		{ "another parent", &w, &moved, &parent, NULL, true, true, VMAC_REMOVE | VMAC_MAKE | VMAC_UP },
		{ "another kind, by our alias", &w, &other, &parent, NULL, false, false, VMAC_REMOVE | VMAC_MAKE },
		{ "somebody else's", &w, &foreign, &parent, NULL, true, false, VMAC_TAKEN },
		{ "as keepalived made it", &w, &keepalived, &parent, NULL, false, false, VMAC_ADOPT },
		{ "no VRF", &in_vrf, NULL, &parent, NULL, false, false, VMAC_WAIT },
		{ "not in its VRF", &in_vrf, &down, &parent, &red, false, true, VMAC_MEND },
		{ "in its VRF", &in_vrf, &vrf, &parent, &red, false, true, 0 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		unsigned got = vmac_plan(rows[i].want, rows[i].have, rows[i].parent, rows[i].vrf, rows[i].up, rows[i].known);

		if (got != rows[i].steps)
			fail_msg("%s: 0x%x, not 0x%x", rows[i].what, got, rows[i].steps);
	}
}

static void a_frame_is_an_advert_again(void **state)
{
	static const uint8_t mac[6] = { 0, 0, 0x5e, 0, 1, 51 };
	struct addr source = addr_v4(10, 0, 0, 1), group = addr_v4(224, 0, 0, 18);
	uint8_t buf[VRRP_FRAME_HEAD + 8];
	const uint8_t payload[8] = { 0x31, 51, 100, 0, 0, 100 };
	struct vrrp_datagram d;

	(void)state;
	size_t n = vrrp_frame_make(mac, &source, &group, VRRP_IP_PROTO, payload, sizeof(payload), buf, sizeof(buf));
	const uint8_t head[14] = { 1, 0, 0x5e, 0, 0, 18, 0, 0, 0x5e, 0, 1, 51, 8, 0 };

	assert_int_equal(n, 14 + 20 + 8);
	assert_memory_equal(buf, head, sizeof(head));
	assert_int_equal(vrrp_wire_strip_ip4(buf + 14, n - 14, &d), VRRP_ACCEPTED);
	assert_int_equal(d.ttl, 255);
	assert_int_equal(d.len, 8);
	assert_int_equal(addr_cmp(&d.source, &source), 0);
	uint32_t sum = 0;

	for (size_t i = 14; i < 34; i += 2)
		sum += (uint32_t)buf[i] << 8 | buf[i + 1];
	assert_int_equal((sum & 0xffff) + (sum >> 16), 0xffff);
}

static void a_frame_of_ipv6(void **state)
{
	static const uint8_t mac[6] = { 0, 0, 0x5e, 0, 2, 53 };
	const uint8_t payload[8] = { 0x31, 53 };
	uint8_t buf[VRRP_FRAME_HEAD + 8];
	struct addr source, group, four = addr_v4(224, 0, 0, 18);

	(void)state;
	assert_true(addr_parse("fe80::1", &source) && addr_parse("ff02::12", &group));
	const uint8_t head[20] = { 0x33, 0x33, 0, 0, 0, 0x12, 0, 0, 0x5e, 0, 2, 53, 0x86, 0xdd, 0x6c, 0, 0, 0, 0, 8 };

	assert_int_equal(vrrp_frame_make(mac, &source, &group, 112, payload, 8, buf, sizeof(buf)), VRRP_FRAME_HEAD + 8);
	assert_memory_equal(buf, head, sizeof(head));
	assert_int_equal(buf[20], 112);
	assert_int_equal(buf[21], 255);
	assert_int_equal(vrrp_frame_make(mac, &source, &group, 112, payload, 8, buf, sizeof(buf) - 1), 0);
	assert_int_equal(vrrp_frame_make(mac, &source, &source, 112, payload, 8, buf, sizeof(buf)), 0);
	assert_int_equal(vrrp_frame_make(mac, &source, &four, 112, payload, 8, buf, sizeof(buf)), 0);
}

static void interfaces_of_a_group_share_their_pace(void **state)
{
	const struct vrrp_pace_conf list[] = { { .ifname = "eth0", .group = 0, .arp = 5 }, { .ifname = "eth1", .group = 0, .arp = 5 },
		{ .ifname = "eth2", .group = 1, .nd = 7 } };
	struct vrrp_paces *p = vrrp_paces_new();
	usec_t delay = -1;

	(void)state;
	assert_null(vrrp_paces_find(p, "eth0", AF_INET, &delay));
	vrrp_paces_set(p, list, 3);
	struct vrrp_pace *a = vrrp_paces_find(p, "eth0", AF_INET, &delay);

	assert_int_equal(delay, 5);
	assert_ptr_equal(a, vrrp_paces_find(p, "eth1", AF_INET, &delay));
	assert_ptr_not_equal(a, vrrp_paces_find(p, "eth2", AF_INET6, &delay));
	assert_int_equal(delay, 7);
	assert_null(vrrp_paces_find(p, "eth3", AF_INET, &delay));
	assert_null(vrrp_paces_find(NULL, "eth0", AF_INET, &delay));
	assert_ptr_not_equal(vrrp_pace_next(a, true), vrrp_pace_next(a, false));
	vrrp_paces_set(p, NULL, 0);
	assert_null(vrrp_paces_find(p, "eth0", AF_INET, &delay));
	vrrp_paces_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plan_by_what_is_there),
		cmocka_unit_test(a_frame_is_an_advert_again),
		cmocka_unit_test(a_frame_of_ipv6),
		cmocka_unit_test(interfaces_of_a_group_share_their_pace),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
