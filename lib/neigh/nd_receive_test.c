/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* What a neighbour table learns from neighbour discovery; the same of ARP is in receive_test.c. */

#define FAMILY_IPV6

#include "neigh_world.h"

static struct mcr_nd
advertise(const struct rte_ether_addr *mac)
{
	return (struct mcr_nd){
		.kind = MCR_ND_ADVERTISEMENT,
		.from = peer_mac,
		.source = *mcr_address_ipv6(PEER),
		.target = *mcr_address_ipv6(PEER),
		.has_mac = mac != NULL,
		.mac = mac != NULL ? *mac : (struct rte_ether_addr){{0}},
	};
}

static struct mcr_nd
solicit(uint32_t source, uint32_t target)
{
	return (struct mcr_nd){
		.kind = MCR_ND_SOLICITATION,
		.from = peer_mac,
		.source = source == 0 ? in6addr_any : *mcr_address_ipv6(source),
		.target = *mcr_address_ipv6(target),
	};
}

static void
take(struct world *world, const struct mcr_nd *nd)
{
	mcr_neigh_receive_nd(world->neigh, PORT, nd, world->now);
}

static void
an_advertisement_that_overrides_moves_the_mac(void **state)
{
	struct mcr_nd nd;
	struct world *world = *state;

	hold_resolved(world);
	nd = advertise(&new_mac);
	nd.overrides = nd.is_solicited = true;
	take(world, &nd);
	assert_peer_is_at(world, &new_mac);
	assert_int_equal(world->changes, 1);
	run_for(world, 1000);
	assert_int_equal(world->broadcasts + world->unicasts, 0);
}

/* As if a host had forged it: the owner answers when all are asked. */
static void
check_unasked(struct world *world, const struct mcr_nd *nd)
{
	hold_resolved(world);
	take(world, nd);
	assert_peer_is_at(world, &new_mac);
	run_for(world, 0);
	assert_int_equal(world->unicasts, 1);
	assert_memory_equal(&world->asked, &new_mac, sizeof(new_mac));
	take(world, nd);
	run_for(world, MCR_NEIGH_UNICAST_TRIES * MCR_NEIGH_REFRESH_RETRY_MS);
	assert_int_equal(world->broadcasts, 1);
	reply(world, &peer_mac);
	assert_peer_is_at(world, &peer_mac);
}

static void
an_advertisement_that_is_no_answer_is_verified(void **state)
{
	struct mcr_nd nd = advertise(&new_mac);

	nd.overrides = true;
	check_unasked(*state, &nd);
}

static void
a_solicitation_that_moves_the_mac_is_verified(void **state)
{
	struct mcr_nd nd = solicit(PEER, HUB);

	nd.has_mac = true;
	nd.mac = new_mac;
	check_unasked(*state, &nd);
}

static void
a_new_mac_that_answers_is_kept(void **state)
{
	struct mcr_nd nd = advertise(&new_mac);
	struct world *world = *state;

	nd.overrides = true;
	hold_resolved(world);
	take(world, &nd);
	run_for(world, 0);
	reply(world, &new_mac);
	run_for(world, MCR_NEIGH_REFRESH_MS - MCR_NEIGH_REFRESH_SPREAD_MS - 1);
	assert_peer_is_at(world, &new_mac);
	assert_int_equal(world->unicasts, 1);
	assert_int_equal(world->broadcasts, 0);
}

/* RFC 4861 7.2.5: a proxy or one of several owners. */
static void
one_that_does_not_override_raises_doubt(void **state)
{
	struct mcr_nd nd;
	struct world *world = *state;

	hold_resolved(world);
	nd = advertise(&new_mac);
	nd.is_solicited = true;
	take(world, &nd);
	assert_peer_is_at(world, &peer_mac);
	run_for(world, 0);
	assert_int_equal(world->broadcasts, 1);
	reply(world, &peer_mac);
	assert_peer_is_at(world, &peer_mac);
	assert_int_equal(world->changes, 0);
}

static void
one_that_does_not_override_resolves_or_confirms(void **state)
{
	struct world *world = *state;
	struct mcr_nd nd = advertise(&peer_mac);

	nd.is_solicited = true;
	hold(world);
	take(world, &nd);
	assert_peer_is_at(world, &peer_mac);
	run_to_refresh(world);
	take(world, &nd);
	run_for(world, MCR_NEIGH_REFRESH_MS - MCR_NEIGH_REFRESH_SPREAD_MS - 1);
	assert_int_equal(world->unicasts, 1);
	assert_int_equal(world->changes, 1);
}

/* As Linux answers a unicast solicitation. */
static void
an_answer_without_a_mac_confirms_the_known_one(void **state)
{
	struct mcr_nd nd = advertise(NULL);
	struct world *world = *state;

	nd.is_solicited = true;
	hold(world);
	take(world, &nd);
	assert_null(mcr_neigh_find(world->neigh, PORT, PEER));
	run_for(world, 0);
	reply(world, &peer_mac);
	for (unsigned int i = 0; i < 10; i++) {
		run_to_refresh(world);
		take(world, &nd);
	}
	assert_int_equal(world->unicasts, 10);
	assert_peer_is_at(world, &peer_mac);
	nd.is_solicited = false;
	run_to_refresh(world);
	take(world, &nd);
	run_for(world, MCR_NEIGH_REFRESH_RETRY_MS);
	assert_int_equal(world->unicasts, 12);
}

static void
who_asks_tells_its_mac(void **state)
{
	struct mcr_nd nd = solicit(PEER, HUB);
	struct world *world = *state;

	hold(world);
	take(world, &nd);
	assert_null(mcr_neigh_find(world->neigh, PORT, PEER));
	nd.has_mac = true;
	nd.mac = peer_mac;
	take(world, &nd);
	assert_peer_is_at(world, &peer_mac);
	nd.mac = new_mac;
	take(world, &nd);
	assert_peer_is_at(world, &new_mac);
}

static void
a_router_tells_its_mac(void **state)
{
	struct mcr_nd nd = {
		.kind = MCR_ND_ROUTER,
		.from = new_mac,
		.source = *mcr_address_ipv6(PEER),
		.has_mac = true,
		.mac = new_mac,
		.lifetime = 1800,
	};
	struct world *world = *state;

	hold(world);
	take(world, &nd);
	assert_peer_is_at(world, &new_mac);
}

static void
a_probe_of_another_host_teaches_nothing(void **state)
{
	struct mcr_nd nd = solicit(0, PEER);
	struct world *world = *state;

	hold_resolved(world);
	nd.from = new_mac;
	take(world, &nd);
	run_for(world, 0);
	assert_peer_is_at(world, &peer_mac);
	assert_int_equal(world->changes + world->broadcasts + world->conflicts, 0);
}

static void
addresses_without_a_number_are_not_learned(void **state)
{
	struct mcr_nd nd = advertise(&peer_mac);
	struct world *world = *state;

	hold(world);
	nd.target.s6_addr[15] = 0x77;
	nd.overrides = true;
	take(world, &nd);
	assert_int_equal(world->changes, 0);
}

static void
claims_and_probes_of_both_own_addresses_are_conflicts(void **state)
{
	const uint32_t own[] = {HUB, HUB_LINK_LOCAL};
	struct world *world = *state;

	for (unsigned int i = 0; i < RTE_DIM(own); i++) {
		struct mcr_nd claim = advertise(&new_mac), probe = solicit(0, own[i]);
		const struct mcr_nd asks = solicit(own[i], PEER);

		world->conflicts = 0;
		claim.target = *mcr_address_ipv6(own[i]);
		claim.from = probe.from = new_mac;
		take(world, &claim);
		assert_int_equal(world->conflicts, 1);
		assert_int_equal(world->claimed, own[i]);
		assert_memory_equal(&world->claimant, &new_mac, sizeof(new_mac));
		take(world, &probe);
		take(world, &asks);
		assert_int_equal(world->conflicts, 3);
		/* What the hub itself sent comes back. */
		claim.from = probe.from = hub_mac;
		take(world, &claim);
		take(world, &probe);
		assert_int_equal(world->conflicts, 3);
	}
}

static void
what_is_asked_of_the_hub_is_answered(void **state)
{
	const uint32_t own[] = {HUB, HUB_LINK_LOCAL};
	struct world *world = *state;
	uint8_t frame[MCR_ND_FRAME_MAX], expected[MCR_ND_FRAME_MAX];

	for (unsigned int i = 0; i < RTE_DIM(own); i++) {
		const struct mcr_nd asks = solicit(PEER, own[i]), probe = solicit(0, own[i]);

		assert_int_equal(
			mcr_neigh_answer_nd(world->neigh, PORT, &asks, frame), sizeof(frame));
		mcr_nd_build_answer(expected, &hub_mac, &asks);
		assert_memory_equal(frame, expected, sizeof(frame));
		assert_int_equal(
			mcr_neigh_answer_nd(world->neigh, PORT, &probe, frame), sizeof(frame));
		mcr_nd_build_answer(expected, &hub_mac, &probe);
		assert_memory_equal(frame, expected, sizeof(frame));
	}
}

static void
all_else_is_not_answered(void **state)
{
	const struct mcr_nd other = solicit(PEER, OTHER), asks = solicit(PEER, HUB);
	struct mcr_nd returned = solicit(0, HUB), claim = advertise(&peer_mac);
	struct world *world = *state;
	uint8_t frame[MCR_ND_FRAME_MAX];

	returned.from = hub_mac;
	claim.target = *mcr_address_ipv6(HUB);
	assert_int_equal(mcr_neigh_answer_nd(world->neigh, PORT, &other, frame), 0);
	assert_int_equal(mcr_neigh_answer_nd(world->neigh, PORT, &returned, frame), 0);
	assert_int_equal(mcr_neigh_answer_nd(world->neigh, PORT, &claim, frame), 0);
	assert_int_equal(mcr_neigh_answer_nd(world->neigh, PORT + 1, &asks, frame), 0);
	assert_int_equal(mcr_neigh_answer_nd(world->neigh, RTE_MAX_ETHPORTS, &asks, frame), 0);
}

/* The table's own references: a member may be gone before its neighbour is. */
static void
a_held_address_keeps_its_number(void **state)
{
	static const struct in6_addr address = {.s6_addr = {0xfd, [15] = 0x55}};
	const uint32_t number = mcr_address_get(&address, MCR_IPV6_LENGTH);
	struct world *world = *state;

	assert_int_equal(mcr_neigh_hold(world->neigh, PORT, number, world->now), 0);
	mcr_address_drop(number);
	assert_int_equal(mcr_address_find(address.s6_addr), number);
	assert_int_equal(mcr_neigh_release(world->neigh, PORT, number), 0);
	assert_int_equal(mcr_address_find(address.s6_addr), MCR_ADDRESS_NONE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_advertisement_that_overrides_moves_the_mac),
		TEST(an_advertisement_that_is_no_answer_is_verified),
		TEST(a_solicitation_that_moves_the_mac_is_verified),
		TEST(a_new_mac_that_answers_is_kept),
		TEST(one_that_does_not_override_raises_doubt),
		TEST(one_that_does_not_override_resolves_or_confirms),
		TEST(an_answer_without_a_mac_confirms_the_known_one),
		TEST(who_asks_tells_its_mac),
		TEST(a_router_tells_its_mac),
		TEST(a_probe_of_another_host_teaches_nothing),
		TEST(addresses_without_a_number_are_not_learned),
		TEST(claims_and_probes_of_both_own_addresses_are_conflicts),
		TEST(what_is_asked_of_the_hub_is_answered),
		TEST(all_else_is_not_answered),
		TEST(a_held_address_keeps_its_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
