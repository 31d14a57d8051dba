/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include "fixture.h"

#define NAT UINT32_C(0x0a00001e)
#define TUNNEL_PORT 4789
#define NAT_PORT 51234
#define OTHER_NAT_PORT 1024
#define INNER_LEN 64

static const struct rte_ether_addr mac = {{0x02, 0, 0, 0, 0, 0x1e}};

static struct mcr_member
describe_behind_nat(const char *name, uint32_t vni)
{
	struct mcr_member member = describe(name, NAT, MCR_ENCAP_VXLAN);

	member.identity.key = vni;
	member.identity.udp_port = TUNNEL_PORT;
	member.is_nat = true;
	return member;
}

/* For every flow, the source is the hub's tunnel port and the destination this NAT port. */
static void
assert_sent_to(const struct table *table, uint32_t id, uint16_t nat_port)
{
	static const uint16_t entropies[] = {0, 1, UINT16_MAX};
	const struct mcr_template *t = mcr_member_template(table->members, id);
	uint8_t buffer[MCR_ENCAP_HEADROOM + INNER_LEN];
	const uint8_t *ip;

	assert_non_null(t);
	ip = buffer + MCR_ENCAP_HEADROOM - t->outer_ip_len;
	for (unsigned int i = 0; i < RTE_DIM(entropies); i++) {
		memset(buffer, 0, sizeof(buffer));
		mcr_template_write(t, buffer + MCR_ENCAP_HEADROOM, INNER_LEN, 0, entropies[i]);
		assert_int_equal(mcr_read_be32(ip + 16), NAT);
		assert_int_equal(mcr_read_be16(ip + 20), TUNNEL_PORT);
		assert_int_equal(mcr_read_be16(ip + 22), nat_port);
	}
}

static void
nothing_can_leave_before_the_port_is_known(void **state)
{
	struct table *table = *state;
	struct mcr_member fixed = describe_behind_nat("fixed", 43);
	const struct mcr_member by_arp = describe_behind_nat("by-arp", 42);
	uint32_t ids[2];

	fixed.has_mac = true;
	fixed.mac = mac;
	ids[0] = add(table, &by_arp);
	ids[1] = add(table, &fixed);
	assert_int_equal(mcr_member_resolve(table->members, 0, NAT, &mac), 0);
	for (unsigned int i = 0; i < RTE_DIM(ids); i++) {
		assert_null(mcr_member_template(table->members, ids[i]));
		assert_int_equal(mcr_member_nat_port(table->members, ids[i]), 0);
		assert_int_equal(mcr_member_set_nat_port(table->members, ids[i], NAT_PORT + i), 0);
	}
	assert_sent_to(table, ids[0], NAT_PORT);
	assert_sent_to(table, ids[1], NAT_PORT + 1);
}

static void
a_port_alone_does_not_lead_to_an_unresolved_nat(void **state)
{
	struct table *table = *state;
	const struct mcr_member member = describe_behind_nat("ann", 42);
	const uint32_t id = add(table, &member);

	assert_int_equal(mcr_member_set_nat_port(table->members, id, NAT_PORT), 0);
	assert_null(mcr_member_template(table->members, id));
	assert_int_equal(mcr_member_nat_port(table->members, id), NAT_PORT);
	assert_int_equal(mcr_member_resolve(table->members, 0, NAT, &mac), 0);
	assert_sent_to(table, id, NAT_PORT);
}

static void
a_nat_port_outlives_its_path_and_ends_with_the_member(void **state)
{
	struct table *table = *state;
	struct mcr_member member = describe_behind_nat("ann", 42);
	const uint32_t id = add(table, &member);

	assert_int_equal(mcr_member_resolve(table->members, 0, NAT, &mac), 0);
	assert_int_equal(mcr_member_set_nat_port(table->members, id, NAT_PORT), 0);
	assert_int_equal(mcr_member_set_nat_port(table->members, id, OTHER_NAT_PORT), 0);
	assert_sent_to(table, id, OTHER_NAT_PORT);
	assert_int_equal(mcr_member_set_path_mtu(table->members, id, 1300), 0);
	assert_sent_to(table, id, OTHER_NAT_PORT);
	assert_int_equal(mcr_member_resolve(table->members, 0, NAT, NULL), 0);
	assert_null(mcr_member_template(table->members, id));
	member.next_hop = GATEWAY;
	assert_int_equal(mcr_member_update(table->members, id, &member), 0);
	assert_int_equal(mcr_member_resolve(table->members, 0, GATEWAY, &mac), 0);
	assert_sent_to(table, id, OTHER_NAT_PORT);

	mcr_member_remove(table->members, id);
	mcr_rcu_reclaim(table->rcu);
	assert_int_equal(add(table, &member), id);
	assert_int_equal(mcr_member_nat_port(table->members, id), 0);
	assert_int_equal(mcr_member_resolve(table->members, 0, GATEWAY, &mac), 0);
	assert_null(mcr_member_template(table->members, id));
}

static void
each_member_behind_a_nat_is_an_instance_of_its_own(void **state)
{
	struct table *table = *state;
	const struct mcr_member ann = describe_behind_nat("ann", 42),
				ben = describe_behind_nat("ben", 43);
	struct mcr_member plain = describe_behind_nat("plain", 44);
	const uint32_t a = add(table, &ann), b = add(table, &ben);

	plain.is_nat = false;
	assert_int_not_equal(mcr_member_instance(&ann, a), mcr_member_instance(&ben, b));
	assert_int_not_equal(mcr_member_instance(&ann, a), NAT);
	assert_int_equal(mcr_member_instance(&plain, a), NAT);
	/* Where no underlay address is. */
	assert_true(mcr_ipv4_is_multicast(mcr_member_instance(&ann, UINT16_MAX)));
	assert_true(mcr_ipv4_is_multicast(mcr_member_instance(&ann, 0)));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(nothing_can_leave_before_the_port_is_known),
		TEST(a_port_alone_does_not_lead_to_an_unresolved_nat),
		TEST(a_nat_port_outlives_its_path_and_ends_with_the_member),
		TEST(each_member_behind_a_nat_is_an_instance_of_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
