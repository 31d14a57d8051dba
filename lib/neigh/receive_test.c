/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include "neigh_world.h"

static void
every_arp_of_a_held_address_confirms_it(void **state)
{
	struct world *world = *state;

	hold_resolved(world);
	for (unsigned int i = 0; i < 100; i++) {
		run_for(world, MCR_NEIGH_REFRESH_MS - MCR_NEIGH_REFRESH_SPREAD_MS);
		receive(world, PEER, &peer_mac, i % 2, i % 3 ? OTHER : PEER);
	}
	assert_int_equal(world->unicasts + world->broadcasts, 0);
	assert_int_equal(world->changes, 0);
}

static void
gratuitous_arp_moves_the_mac(void **state)
{
	struct world *world = *state;

	hold_resolved(world);
	receive(world, PEER, &new_mac, true, PEER);
	assert_int_equal(world->changes, 1);
	assert_peer_is_at(world, &new_mac);
	receive(world, PEER, &peer_mac, false, PEER);
	assert_int_equal(world->changes, 2);
	assert_peer_is_at(world, &peer_mac);
	run_to_refresh(world);
	assert_memory_equal(&world->asked, &peer_mac, sizeof(peer_mac));
}

static void
gratuitous_arp_resolves_before_any_answer(void **state)
{
	struct world *world = *state;

	hold(world);
	receive(world, PEER, &peer_mac, true, PEER);
	assert_peer_is_at(world, &peer_mac);
	run_for(world, 1000);
	assert_int_equal(world->broadcasts, 0);
}

static void
addresses_not_held_are_not_learned(void **state)
{
	struct world *world = *state;

	receive(world, PEER, &peer_mac, false, HUB);
	assert_null(mcr_neigh_find(world->neigh, PORT, PEER));
	hold(world);
	assert_null(mcr_neigh_find(world->neigh, PORT, PEER));
	receive(world, OTHER, &peer_mac, false, HUB);
	assert_null(mcr_neigh_find(world->neigh, PORT, OTHER));
	assert_int_equal(world->changes, 0);
}

static void
probe_teaches_nothing(void **state)
{
	struct world *world = *state;

	assert_int_equal(mcr_neigh_hold(world->neigh, PORT, 0, world->now), 0);
	hold(world);
	receive(world, 0, &new_mac, true, PEER);
	assert_int_equal(world->changes, 0);
	assert_null(mcr_neigh_find(world->neigh, PORT, PEER));
}

static void
ports_are_apart(void **state)
{
	struct world *world = *state;

	assert_int_equal(mcr_neigh_hold(world->neigh, PORT + 1, PEER, world->now), 0);
	reply(world, &peer_mac);
	assert_int_equal(world->changes, 0);
	hold(world);
	reply(world, &peer_mac);
	assert_peer_is_at(world, &peer_mac);
	assert_null(mcr_neigh_find(world->neigh, PORT + 1, PEER));
}

static void
claim_of_the_hubs_address_is_reported_never_learned(void **state)
{
	struct world *world = *state;

	assert_int_equal(mcr_neigh_hold(world->neigh, PORT, HUB, world->now), 0);
	receive(world, HUB, &new_mac, true, HUB);
	receive(world, HUB, &new_mac, false, PEER);
	assert_int_equal(world->conflicts, 2);
	assert_int_equal(world->claimed, HUB);
	assert_memory_equal(&world->claimant, &new_mac, sizeof(new_mac));
	assert_null(mcr_neigh_find(world->neigh, PORT, HUB));
	assert_int_equal(world->changes, 0);
}

static void
own_frame_that_comes_back_is_no_conflict(void **state)
{
	struct world *world = *state;

	receive(world, HUB, &hub_mac, true, HUB);
	assert_int_equal(world->conflicts, 0);
}

static void
conflict_without_a_listener_is_ignored(void **state)
{
	const struct mcr_neigh_ops no_listener = {.request = request, .changed = changed};
	const struct mcr_neigh_own own = describe_hub();
	struct world *world = *state;

	mcr_neigh_free(world->neigh);
	world->neigh = mcr_neigh_create(&no_listener, world, 1);
	assert_non_null(world->neigh);
	assert_int_equal(mcr_neigh_set_own(world->neigh, PORT, &own), 0);
	receive(world, HUB, &new_mac, true, HUB);
	assert_int_equal(world->changes, 0);
}

static void
port_without_address_has_no_conflicts_and_no_answers(void **state)
{
	const struct mcr_neigh_arp probe = {true, peer_mac, 0, PEER};
	const struct mcr_neigh_arp for_nobody = {true, peer_mac, PEER, 0};
	struct world *world = *state;
	uint8_t frame[MCR_NEIGH_ARP_FRAME_LEN];

	mcr_neigh_receive(world->neigh, PORT + 1, &probe, world->now);
	assert_int_equal(world->conflicts, 0);
	assert_false(mcr_neigh_answer_arp(world->neigh, PORT + 1, &for_nobody, frame));
}

static void
request_for_the_hub_is_answered(void **state)
{
	const struct mcr_neigh_arp asked = {true, peer_mac, PEER, HUB};
	struct world *world = *state;
	uint8_t frame[MCR_NEIGH_ARP_FRAME_LEN], expected[MCR_NEIGH_ARP_FRAME_LEN];

	assert_true(mcr_neigh_answer_arp(world->neigh, PORT, &asked, frame));
	mcr_neigh_build_reply(expected, &hub_mac, HUB, &asked);
	assert_memory_equal(frame, expected, sizeof(frame));
}

/* RFC 5227 2.1.1. */
static void
probe_for_the_hubs_address_is_answered(void **state)
{
	const struct mcr_neigh_arp probe = {true, peer_mac, 0, HUB};
	struct world *world = *state;
	uint8_t frame[MCR_NEIGH_ARP_FRAME_LEN];

	assert_true(mcr_neigh_answer_arp(world->neigh, PORT, &probe, frame));
	assert_memory_equal(frame, &peer_mac, sizeof(peer_mac));
}

static void
only_requests_for_the_hub_are_answered(void **state)
{
	const struct mcr_neigh_arp other = {true, peer_mac, PEER, OTHER};
	const struct mcr_neigh_arp no_request = {false, peer_mac, PEER, HUB};
	const struct mcr_neigh_arp announcement = {true, new_mac, HUB, HUB};
	const struct mcr_neigh_arp asked = {true, peer_mac, PEER, HUB};
	/* 0.0.0.N, where N is the number of an own address of IPv6. */
	const struct mcr_neigh_arp number = {true, peer_mac, PEER, numbers[0]};
	struct world *world = *state;
	uint8_t frame[MCR_NEIGH_ARP_FRAME_LEN];

	assert_false(mcr_neigh_answer_arp(world->neigh, PORT, &number, frame));
	assert_false(mcr_neigh_answer_arp(world->neigh, PORT, &other, frame));
	assert_false(mcr_neigh_answer_arp(world->neigh, PORT, &no_request, frame));
	assert_false(mcr_neigh_answer_arp(world->neigh, PORT, &announcement, frame));
	assert_false(mcr_neigh_answer_arp(world->neigh, PORT + 1, &asked, frame));
	assert_false(mcr_neigh_answer_arp(world->neigh, RTE_MAX_ETHPORTS, &asked, frame));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_arp_of_a_held_address_confirms_it),
		TEST(gratuitous_arp_moves_the_mac),
		TEST(gratuitous_arp_resolves_before_any_answer),
		TEST(addresses_not_held_are_not_learned),
		TEST(probe_teaches_nothing),
		TEST(ports_are_apart),
		TEST(claim_of_the_hubs_address_is_reported_never_learned),
		TEST(own_frame_that_comes_back_is_no_conflict),
		TEST(conflict_without_a_listener_is_ignored),
		TEST(port_without_address_has_no_conflicts_and_no_answers),
		TEST(request_for_the_hub_is_answered),
		TEST(probe_for_the_hubs_address_is_answered),
		TEST(only_requests_for_the_hub_are_answered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
