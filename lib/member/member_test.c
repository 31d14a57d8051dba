/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <errno.h>

#include "fixture.h"

#define OFF_LINK UINT32_C(0x0a050006)

static const struct rte_ether_addr mac_a = {{0x02, 0, 0, 0, 0, 0xa}};
static const struct rte_ether_addr mac_b = {{0x02, 0, 0, 0, 0, 0xb}};

static void
a_tunnel_is_known_by_address_encap_and_key(void **state)
{
	struct table *table = *state;
	struct mcr_member member = describe("a", ON_LINK, MCR_ENCAP_GRE);
	struct mcr_member_identity other;
	uint32_t id;

	member.identity.has_key = true;
	member.identity.key = 7;
	id = add(table, &member);
	assert_int_equal(mcr_member_find(table->members, &member.identity), id);

	other = member.identity;
	other.key = 8;
	assert_int_equal(mcr_member_find(table->members, &other), MCR_MEMBER_NONE);
	other = member.identity;
	other.has_key = false;
	assert_int_equal(mcr_member_find(table->members, &other), MCR_MEMBER_NONE);
	other = member.identity;
	other.encap = MCR_ENCAP_L2;
	assert_int_equal(mcr_member_find(table->members, &other), MCR_MEMBER_NONE);
	other = member.identity;
	other.address++;
	assert_int_equal(mcr_member_find(table->members, &other), MCR_MEMBER_NONE);
}

static void
a_udp_receiver_is_known_by_its_address_alone(void **state)
{
	struct table *table = *state;
	struct mcr_member first = describe("first", ON_LINK, MCR_ENCAP_UDP);
	struct mcr_member second = describe("second", ON_LINK, MCR_ENCAP_UDP);
	const struct mcr_member tunnel = describe("tunnel", OFF_LINK, MCR_ENCAP_GRE_UDP);
	uint32_t ids[2];

	first.identity.udp_port = 5000;
	second.identity.udp_port = 5001;
	ids[0] = add(table, &first);
	ids[1] = add(table, &second);
	add(table, &tunnel);
	assert_int_equal(mcr_member_find(table->members, &first.identity), ids[0]);
	assert_int_equal(mcr_member_find(table->members, &second.identity), ids[1]);
	assert_true(mcr_member_is_rewritten(table->members, ON_LINK));
	assert_false(mcr_member_is_rewritten(table->members, OFF_LINK));
	mcr_member_remove(table->members, ids[0]);
	assert_true(mcr_member_is_rewritten(table->members, ON_LINK));
	mcr_member_remove(table->members, ids[1]);
	assert_false(mcr_member_is_rewritten(table->members, ON_LINK));
}

static void
a_tunnel_over_udp_is_found_whatever_its_port(void **state)
{
	struct table *table = *state;
	struct mcr_member member = describe("a", ON_LINK, MCR_ENCAP_GRE_UDP);
	struct mcr_member_identity other;
	uint32_t id;

	member.identity.udp_port = 4754;
	member.identity.has_key = true;
	member.identity.key = 7;
	id = add(table, &member);
	other = member.identity;
	other.udp_port = 4755;
	assert_int_equal(mcr_member_find(table->members, &other), MCR_MEMBER_NONE);
	assert_int_equal(mcr_member_find_any_port(table->members, &other), id);
	other.key = 8;
	assert_int_equal(mcr_member_find_any_port(table->members, &other), MCR_MEMBER_NONE);
	other = member.identity;
	other.encap = MCR_ENCAP_VXLAN;
	assert_int_equal(mcr_member_find_any_port(table->members, &other), MCR_MEMBER_NONE);
	other = member.identity;
	other.address = OFF_LINK;
	assert_int_equal(mcr_member_find_any_port(table->members, &other), MCR_MEMBER_NONE);
}

static void
an_address_is_a_members_while_one_has_it(void **state)
{
	struct table *table = *state;
	const struct mcr_member plain = describe("plain", ON_LINK, MCR_ENCAP_L2);
	const struct mcr_member tunnel = describe("tunnel", ON_LINK, MCR_ENCAP_GRE);
	uint32_t ids[2];

	ids[0] = add(table, &plain);
	ids[1] = add(table, &tunnel);
	assert_true(mcr_member_is_at(table->members, ON_LINK));
	assert_false(mcr_member_is_at(table->members, OFF_LINK));
	mcr_member_remove(table->members, ids[0]);
	assert_true(mcr_member_is_at(table->members, ON_LINK));
	mcr_member_remove(table->members, ids[1]);
	assert_false(mcr_member_is_at(table->members, ON_LINK));
}

static void
name_identity_and_overlay_are_taken_once(void **state)
{
	struct table *table = *state;
	struct mcr_member member = describe("a", ON_LINK, MCR_ENCAP_GRE);
	uint32_t id;

	member.hub_overlay = (struct mcr_overlay){0xc0a80a01, 24};
	member.overlay = 0xc0a80a0c;
	add(table, &member);
	assert_int_equal(mcr_member_add(table->members, &member, &id), -EEXIST);

	member.name[0] = 'b';
	assert_int_equal(mcr_member_add(table->members, &member, &id), -EEXIST);
	member.identity.address++;
	assert_int_equal(mcr_member_add(table->members, &member, &id), -EEXIST);
	member.overlay++;
	assert_int_equal(mcr_member_add(table->members, &member, &id), 0);
	assert_int_equal(mcr_member_count(table->members), 2);
}

static void
an_overlay_address_is_found_in_its_own_subnet_only(void **state)
{
	struct table *table = *state;
	struct mcr_member member = describe("a", ON_LINK, MCR_ENCAP_GRE);
	const struct mcr_overlay other = {0xc0a80b01, 24};
	uint32_t id;

	member.hub_overlay = (struct mcr_overlay){0xc0a80a01, 24};
	member.overlay = 0xc0a80a0c;
	id = add(table, &member);
	assert_int_equal(
		mcr_member_find_overlay(table->members, &member.hub_overlay, 0xc0a80a0c), id);
	assert_int_equal(mcr_member_find_overlay(table->members, &member.hub_overlay, 0xc0a80a0d),
		MCR_MEMBER_NONE);
	assert_int_equal(
		mcr_member_find_overlay(table->members, &other, 0xc0a80a0c), MCR_MEMBER_NONE);
}

static void
members_behind_a_gateway_follow_its_mac(void **state)
{
	struct table *table = *state;
	const struct mcr_member gre = describe("gre", OFF_LINK, MCR_ENCAP_GRE);
	const struct mcr_member udp = describe("udp", OFF_LINK, MCR_ENCAP_GRE_UDP);
	const uint32_t first = add(table, &gre), second = add(table, &udp);
	const struct mcr_template *template;

	assert_null(mcr_member_template(table->members, first));
	assert_int_equal(mcr_member_resolve(table->members, 0, GATEWAY, &mac_a), 0);
	template = mcr_member_template(table->members, first);
	assert_non_null(template);
	assert_memory_equal(template->header + sizeof(template->header) - template->header_len,
		&mac_a, sizeof(mac_a));
	assert_non_null(mcr_member_template(table->members, second));

	assert_int_equal(mcr_member_resolve(table->members, 0, GATEWAY, NULL), 0);
	assert_null(mcr_member_template(table->members, first));
	assert_null(mcr_member_template(table->members, second));
}

static void
a_fixed_mac_is_not_touched_by_arp(void **state)
{
	struct table *table = *state;
	struct mcr_member member = describe("a", ON_LINK, MCR_ENCAP_L2);
	const struct mcr_template *template;
	uint32_t id;

	member.has_mac = true;
	member.mac = mac_a;
	id = add(table, &member);
	template = mcr_member_template(table->members, id);
	assert_non_null(template);
	assert_int_equal(mcr_member_resolve(table->members, 0, ON_LINK, &mac_b), 0);
	assert_ptr_equal(mcr_member_template(table->members, id), template);
}

static void
a_mac_identifies_the_sender_only_if_one_member_holds_it(void **state)
{
	struct table *table = *state;
	const struct mcr_member a = describe("a", ON_LINK, MCR_ENCAP_L2);
	const struct mcr_member b = describe("b", ON_LINK + 1, MCR_ENCAP_L2);
	const uint32_t first = add(table, &a), second = add(table, &b);

	assert_int_equal(mcr_member_find_mac(table->members, &mac_a), MCR_MEMBER_NONE);
	mcr_member_resolve(table->members, 0, ON_LINK, &mac_a);
	assert_int_equal(mcr_member_find_mac(table->members, &mac_a), first);

	mcr_member_resolve(table->members, 0, ON_LINK + 1, &mac_a);
	assert_int_equal(mcr_member_find_mac(table->members, &mac_a), MCR_MEMBER_NONE);

	mcr_member_resolve(table->members, 0, ON_LINK, NULL);
	assert_int_equal(mcr_member_find_mac(table->members, &mac_a), second);

	mcr_member_mark_gateway(table->members, &mac_a, true);
	assert_int_equal(mcr_member_find_mac(table->members, &mac_a), MCR_MEMBER_NONE);
	mcr_member_mark_gateway(table->members, &mac_a, false);
	assert_int_equal(mcr_member_find_mac(table->members, &mac_a), second);

	mcr_member_remove(table->members, second);
	assert_int_equal(mcr_member_find_mac(table->members, &mac_a), MCR_MEMBER_NONE);
}

static void
a_tunnel_member_is_not_known_by_its_mac(void **state)
{
	struct table *table = *state;
	const struct mcr_member member = describe("a", ON_LINK, MCR_ENCAP_GRE);

	add(table, &member);
	mcr_member_resolve(table->members, 0, ON_LINK, &mac_a);
	assert_int_equal(mcr_member_find_mac(table->members, &mac_a), MCR_MEMBER_NONE);
}

static void
an_update_keeps_the_member_reachable(void **state)
{
	struct table *table = *state;
	struct mcr_member member = describe("a", ON_LINK, MCR_ENCAP_GRE);
	const uint32_t id = add(table, &member);

	mcr_member_resolve(table->members, 0, ON_LINK, &mac_a);
	member.mtu = 1400;
	assert_int_equal(mcr_member_update(table->members, id, &member), 0);
	assert_non_null(mcr_member_template(table->members, id));
	assert_int_equal(mcr_member_template(table->members, id)->mtu, 1400);
	assert_int_equal(mcr_member_get(table->members, id)->mtu, 1400);
}

static uint16_t
mtu_of(const struct table *table, uint32_t id)
{
	return mcr_member_template(table->members, id)->mtu;
}

static void
a_learned_path_mtu_is_in_force_until_it_is_forgotten(void **state)
{
	struct table *table = *state;
	const struct mcr_member member = describe("a", ON_LINK, MCR_ENCAP_GRE);
	const uint32_t id = add(table, &member);

	mcr_member_resolve(table->members, 0, ON_LINK, &mac_a);
	assert_int_equal(mcr_member_path_mtu(table->members, id), 1500);
	assert_int_equal(mcr_member_set_path_mtu(table->members, id, 1300), 0);
	assert_int_equal(mcr_member_path_mtu(table->members, id), 1300);
	assert_int_equal(mtu_of(table, id), 1300);
	mcr_member_resolve(table->members, 0, ON_LINK, NULL);
	mcr_member_resolve(table->members, 0, ON_LINK, &mac_b);
	assert_int_equal(mtu_of(table, id), 1300);
	assert_int_equal(mcr_member_get(table->members, id)->mtu, 1500);
	assert_int_equal(mcr_member_set_path_mtu(table->members, id, 0), 0);
	assert_int_equal(mtu_of(table, id), 1500);
}

static void
a_learned_path_mtu_ends_with_its_path(void **state)
{
	struct table *table = *state;
	struct mcr_member member = describe("a", OFF_LINK, MCR_ENCAP_GRE);
	const uint32_t id = add(table, &member);

	mcr_member_resolve(table->members, 0, GATEWAY, &mac_a);
	mcr_member_resolve(table->members, 0, GATEWAY + 1, &mac_a);
	mcr_member_set_path_mtu(table->members, id, 1300);
	member.role = MCR_ROLE_RECEIVER;
	mcr_member_update(table->members, id, &member);
	assert_int_equal(mcr_member_path_mtu(table->members, id), 1300);
	member.mtu = 1400;
	mcr_member_update(table->members, id, &member);
	assert_int_equal(mcr_member_path_mtu(table->members, id), 1400);
	mcr_member_set_path_mtu(table->members, id, 1300);
	member.next_hop = GATEWAY + 1;
	mcr_member_update(table->members, id, &member);
	assert_int_equal(mcr_member_path_mtu(table->members, id), 1400);
	mcr_member_set_path_mtu(table->members, id, 1300);
	mcr_member_remove(table->members, id);
	mcr_rcu_reclaim(table->rcu);
	assert_int_equal(add(table, &member), id);
	assert_int_equal(mcr_member_path_mtu(table->members, id), 1400);
}

struct seen {
	uint32_t ids[CAPACITY];
	uint32_t count;
	uint32_t wanted;
};

static bool
collect(void *arg, uint32_t id)
{
	struct seen *seen = arg;

	assert_true(seen->count < CAPACITY);
	seen->ids[seen->count++] = id;
	return id == seen->wanted;
}

static void
all_members_at_an_address_are_found_and_no_others(void **state)
{
	struct table *table = *state;
	struct mcr_member member = describe("a", ON_LINK, MCR_ENCAP_GRE);
	struct seen seen = {.wanted = MCR_MEMBER_NONE};
	uint32_t first, second;

	first = add(table, &member);
	member = describe("b", ON_LINK, MCR_ENCAP_VXLAN);
	second = add(table, &member);
	member = describe("c", ON_LINK + 1, MCR_ENCAP_VXLAN);
	add(table, &member);
	assert_int_equal(
		mcr_member_search_at(table->members, ON_LINK, collect, &seen), MCR_MEMBER_NONE);
	assert_int_equal(seen.count, 2);
	assert_true((seen.ids[0] == first && seen.ids[1] == second) ||
		    (seen.ids[0] == second && seen.ids[1] == first));
	seen = (struct seen){.wanted = second};
	assert_int_equal(mcr_member_search_at(table->members, ON_LINK, collect, &seen), second);
	seen = (struct seen){.wanted = second};
	assert_int_equal(
		mcr_member_search_at(table->members, ON_LINK + 2, collect, &seen), MCR_MEMBER_NONE);
	assert_int_equal(seen.count, 0);
}

static void
an_id_is_reused_after_a_grace_period_under_a_new_generation(void **state)
{
	struct table *table = *state;
	const struct mcr_member a = describe("a", ON_LINK, MCR_ENCAP_GRE);
	const struct mcr_member b = describe("b", ON_LINK + 1, MCR_ENCAP_GRE);
	const uint32_t id = add(table, &a);
	const struct mcr_member_ref ref = mcr_member_refer(table->members, id);
	struct mcr_member_ref late;

	mcr_rcu_online(table->rcu, 0);
	mcr_member_remove(table->members, id);
	assert_false(mcr_member_is_current(table->members, ref));
	assert_null(mcr_member_get(table->members, id));
	late = mcr_member_refer(table->members, id); /* by a reader that found it before */
	assert_false(mcr_member_is_current(table->members, late));
	mcr_rcu_reclaim(table->rcu);
	assert_int_not_equal(add(table, &b), id);

	mcr_rcu_quiescent(table->rcu, 0);
	mcr_rcu_reclaim(table->rcu);
	assert_int_equal(add(table, &a), id);
	assert_false(mcr_member_is_current(table->members, ref));
	assert_false(mcr_member_is_current(table->members, late));
	mcr_rcu_offline(table->rcu, 0);
}

static void
a_full_table_refuses_and_stays_whole(void **state)
{
	struct table *table = *state;
	struct mcr_member member = describe("x", ON_LINK, MCR_ENCAP_GRE);
	uint32_t id;

	for (unsigned int i = 0; i < CAPACITY; i++) {
		snprintf(member.name, sizeof(member.name), "m%u", i);
		member.identity.address = member.next_hop = ON_LINK + i;
		add(table, &member);
	}
	snprintf(member.name, sizeof(member.name), "one-too-many");
	member.identity.address = member.next_hop = ON_LINK + CAPACITY;
	assert_int_equal(mcr_member_add(table->members, &member, &id), -ENOSPC);
	assert_int_equal(mcr_member_find_name(table->members, "one-too-many"), MCR_MEMBER_NONE);
	assert_int_equal(mcr_member_count(table->members), CAPACITY);
	assert_int_not_equal(mcr_member_find_name(table->members, "m3"), MCR_MEMBER_NONE);
}

static void
copies_leave_with_the_new_mac_of_their_port(void **state)
{
	const struct mcr_member_port port = {.mac = mac_b, .address = HUB};
	struct table *table = *state;
	struct mcr_member fixed = describe("fixed", ON_LINK, MCR_ENCAP_L2);
	const struct mcr_member silent = describe("silent", OFF_LINK, MCR_ENCAP_GRE);
	const struct mcr_template *template;
	uint32_t id;

	fixed.has_mac = true;
	fixed.mac = mac_a;
	id = add(table, &fixed);
	add(table, &silent);
	assert_int_equal(mcr_members_set_port(table->members, 0, &port), 0);
	template = mcr_member_template(table->members, id);
	assert_memory_equal(template->header + sizeof(template->header) - template->header_len +
				    RTE_ETHER_ADDR_LEN,
		&mac_b, sizeof(mac_b));
	assert_null(mcr_member_template(
		table->members, mcr_member_find_name(table->members, "silent")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_tunnel_is_known_by_address_encap_and_key),
		TEST(a_udp_receiver_is_known_by_its_address_alone),
		TEST(a_tunnel_over_udp_is_found_whatever_its_port),
		TEST(an_address_is_a_members_while_one_has_it),
		TEST(name_identity_and_overlay_are_taken_once),
		TEST(an_overlay_address_is_found_in_its_own_subnet_only),
		TEST(members_behind_a_gateway_follow_its_mac),
		TEST(a_fixed_mac_is_not_touched_by_arp),
		TEST(a_mac_identifies_the_sender_only_if_one_member_holds_it),
		TEST(a_tunnel_member_is_not_known_by_its_mac),
		TEST(an_update_keeps_the_member_reachable),
		TEST(a_learned_path_mtu_is_in_force_until_it_is_forgotten),
		TEST(a_learned_path_mtu_ends_with_its_path),
		TEST(all_members_at_an_address_are_found_and_no_others),
		TEST(an_id_is_reused_after_a_grace_period_under_a_new_generation),
		TEST(a_full_table_refuses_and_stays_whole),
		TEST(copies_leave_with_the_new_mac_of_their_port),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
