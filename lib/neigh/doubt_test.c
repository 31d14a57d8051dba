/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* MACs learned from data or known from an earlier run, and how ARP confirms or overrules them. */

#include "neigh_world.h"

#define REFRESH_TRIES_MS \
	((MCR_NEIGH_UNICAST_TRIES + MCR_NEIGH_BROADCAST_TRIES) * MCR_NEIGH_REFRESH_RETRY_MS)

#define DOUBT_TRIES_MS (MCR_NEIGH_BROADCAST_TRIES * MCR_NEIGH_DOUBT_RETRY_MS)

static const struct rte_ether_addr third_mac = {{0x02, 0, 0, 0, 0, 0x77}};

static void
doubt(struct world *world, const struct rte_ether_addr *mac)
{
	mcr_neigh_doubt(world->neigh, PORT, PEER, mac, world->now);
}

static void
mac_that_sends_data_is_kept_without_answers(void **state)
{
	struct world *world = *state;

	hold_resolved(world);
	for (unsigned int round = 0; round < 3; round++) {
		world->unicasts = 0;
		run_to_refresh(world);
		world->packets++;
		run_for(world, REFRESH_TRIES_MS);
		assert_peer_is_at(world, &peer_mac);
	}
	assert_int_equal(world->changes, 0);
	run_for(world, MCR_NEIGH_REFRESH_MS + REFRESH_TRIES_MS);
	assert_false(world->is_known);
}

static void
data_before_the_refresh_does_not_keep_a_mac(void **state)
{
	struct world *world = *state;

	hold_resolved(world);
	world->packets = 1000;
	run_to_refresh(world);
	run_for(world, REFRESH_TRIES_MS);
	assert_false(world->is_known);
}

static void
data_from_another_mac_confirms_nothing(void **state)
{
	struct world *world = *state;

	hold_resolved(world);
	run_to_refresh(world);
	world->new_packets++;
	run_for(world, REFRESH_TRIES_MS);
	assert_false(world->is_known);
}

static void
data_resolves_an_address_that_arp_does_not(void **state)
{
	struct world *world = *state;

	hold(world);
	run_for(world, 5000);
	world->broadcasts = 0;
	doubt(world, &new_mac);
	assert_peer_is_at(world, &new_mac);
	run_for(world, 0);
	assert_int_equal(world->broadcasts, 1);
	reply(world, &peer_mac);
	assert_peer_is_at(world, &peer_mac);
}

static void
everybody_is_asked_at_once_when_data_comes_from_another_mac(void **state)
{
	struct world *world = *state;

	hold_resolved(world);
	doubt(world, &new_mac);
	run_for(world, 0);
	assert_int_equal(world->broadcasts, 1);
	assert_int_equal(world->unicasts, 0);
	assert_peer_is_at(world, &peer_mac);
	reply(world, &new_mac);
	assert_peer_is_at(world, &new_mac);
	assert_int_equal(world->changes, 1);
}

static void
data_decides_soon_where_arp_is_silent(void **state)
{
	struct world *world = *state;

	hold_resolved(world);
	doubt(world, &new_mac);
	run_for(world, DOUBT_TRIES_MS - 1);
	assert_peer_is_at(world, &peer_mac);
	run_for(world, 1);
	assert_peer_is_at(world, &new_mac);
	assert_int_equal(world->broadcasts, MCR_NEIGH_BROADCAST_TRIES);
	assert_int_equal(world->changes, 1);
}

/* Two slaves of a bond send with MACs of their own while ARP is lost. */
static void
data_of_the_known_mac_outweighs_that_of_another(void **state)
{
	struct world *world = *state;

	hold_resolved(world);
	doubt(world, &new_mac);
	run_for(world, 0);
	world->packets++;
	run_for(world, DOUBT_TRIES_MS);
	assert_peer_is_at(world, &peer_mac);
	assert_int_equal(world->changes, 0);
}

static void
arp_contradicts_data_and_is_not_asked_again_at_once(void **state)
{
	struct world *world = *state;

	hold_resolved(world);
	doubt(world, &new_mac);
	run_for(world, 0);
	reply(world, &peer_mac);
	for (unsigned int i = 0; i < 1000; i++) {
		doubt(world, i % 2 == 0 ? &new_mac : &third_mac);
		run_for(world, 1);
	}
	assert_peer_is_at(world, &peer_mac);
	assert_int_equal(world->broadcasts, 1);
	assert_int_equal(world->changes, 0);
	run_for(world, MCR_NEIGH_DOUBT_REST_MS);
	doubt(world, &new_mac);
	run_for(world, 0);
	assert_int_equal(world->broadcasts, 2);
}

static void
mac_learned_from_data_moves_only_after_the_hold_down(void **state)
{
	struct world *world = *state;

	hold_resolved(world);
	doubt(world, &new_mac);
	run_for(world, DOUBT_TRIES_MS);
	assert_peer_is_at(world, &new_mac);
	world->broadcasts = 0;
	for (unsigned int i = 0; i < 1000; i++) {
		doubt(world, &third_mac);
		run_for(world, 1);
	}
	assert_int_equal(world->broadcasts, 0);
	assert_peer_is_at(world, &new_mac);
}

static void
further_doubts_do_not_put_the_answer_off(void **state)
{
	struct world *world = *state;

	hold_resolved(world);
	doubt(world, &new_mac);
	for (unsigned int i = 0; i < DOUBT_TRIES_MS; i++) {
		run_for(world, 1);
		doubt(world, &third_mac);
	}
	run_for(world, 1);
	assert_peer_is_at(world, &new_mac);
}

static void
impossible_macs_and_the_hubs_own_are_ignored(void **state)
{
	static const struct rte_ether_addr group = {{0x01, 0, 0x5e, 0, 0, 1}}, zero = {{0}};
	struct world *world = *state;

	hold(world);
	run_for(world, 0);
	doubt(world, &group);
	doubt(world, &zero);
	doubt(world, &hub_mac);
	mcr_neigh_doubt(world->neigh, PORT, OTHER, &new_mac, world->now);
	mcr_neigh_doubt(world->neigh, PORT + 1, PEER, &new_mac, world->now);
	assert_int_equal(world->changes, 0);
	doubt(world, &new_mac);
	doubt(world, &new_mac);
	assert_int_equal(world->changes, 1);
}

static void
a_restored_mac_is_used_at_once_and_everybody_is_asked(void **state)
{
	struct world *world = *state;

	hold(world);
	mcr_neigh_restore(world->neigh, PORT, PEER, &peer_mac, world->now);
	assert_peer_is_at(world, &peer_mac);
	assert_int_equal(world->changes, 1);
	run_for(world, 0);
	assert_int_equal(world->broadcasts, 1);
	assert_int_equal(world->unicasts, 0);
	reply(world, &new_mac);
	assert_peer_is_at(world, &new_mac);
}

static void
a_restored_mac_that_nobody_confirms_is_forgotten(void **state)
{
	struct world *world = *state;

	hold(world);
	mcr_neigh_restore(world->neigh, PORT, PEER, &peer_mac, world->now);
	run_for(world, MCR_NEIGH_BROADCAST_TRIES * MCR_NEIGH_REFRESH_RETRY_MS);
	assert_null(mcr_neigh_find(world->neigh, PORT, PEER));
}

static void
only_held_unresolved_addresses_are_restored(void **state)
{
	struct world *world = *state;

	mcr_neigh_restore(world->neigh, PORT, PEER, &peer_mac, world->now);
	assert_null(mcr_neigh_find(world->neigh, PORT, PEER));
	hold_resolved(world);
	mcr_neigh_restore(world->neigh, PORT, PEER, &new_mac, world->now);
	assert_peer_is_at(world, &peer_mac);
	assert_int_equal(world->changes, 0);
}

static void
all_resolved_addresses_are_visited(void **state)
{
	struct mcr_neigh_resolved found = {0};
	struct world *world = *state;
	uint32_t at;

	assert_int_equal(mcr_neigh_hold(world->neigh, PORT, OTHER, world->now), 0);
	assert_int_equal(mcr_neigh_next(world->neigh, MCR_NEIGH_NONE, &found), MCR_NEIGH_NONE);
	hold_resolved(world);
	at = mcr_neigh_next(world->neigh, MCR_NEIGH_NONE, &found);
	assert_int_not_equal(at, MCR_NEIGH_NONE);
	assert_int_equal(found.port, PORT);
	assert_int_equal(found.address, PEER);
	assert_memory_equal(&found.mac, &peer_mac, sizeof(peer_mac));
	assert_int_equal(mcr_neigh_next(world->neigh, at, &found), MCR_NEIGH_NONE);
	assert_int_equal(mcr_neigh_release(world->neigh, PORT, PEER), 0);
	assert_int_equal(mcr_neigh_next(world->neigh, MCR_NEIGH_NONE, &found), MCR_NEIGH_NONE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(mac_that_sends_data_is_kept_without_answers),
		TEST(data_before_the_refresh_does_not_keep_a_mac),
		TEST(data_from_another_mac_confirms_nothing),
		TEST(data_resolves_an_address_that_arp_does_not),
		TEST(everybody_is_asked_at_once_when_data_comes_from_another_mac),
		TEST(data_decides_soon_where_arp_is_silent),
		TEST(data_of_the_known_mac_outweighs_that_of_another),
		TEST(arp_contradicts_data_and_is_not_asked_again_at_once),
		TEST(mac_learned_from_data_moves_only_after_the_hold_down),
		TEST(further_doubts_do_not_put_the_answer_off),
		TEST(impossible_macs_and_the_hubs_own_are_ignored),
		TEST(a_restored_mac_is_used_at_once_and_everybody_is_asked),
		TEST(a_restored_mac_that_nobody_confirms_is_forgotten),
		TEST(only_held_unresolved_addresses_are_restored),
		TEST(all_resolved_addresses_are_visited),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
