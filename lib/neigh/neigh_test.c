/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <errno.h>

#include "neigh_world.h"

static void
wrong_arguments_are_refused(void **state)
{
	const struct mcr_neigh_ops no_request = {.changed = changed};
	const struct mcr_neigh_ops no_changed = {.request = request};
	const struct mcr_neigh_own own = describe_hub();
	struct world *world = *state;

	assert_null(mcr_neigh_create(&no_request, NULL, 1));
	assert_null(mcr_neigh_create(&no_changed, NULL, 1));
	errno = 0;
	assert_null(mcr_neigh_create(&ops, NULL, 0));
	assert_int_equal(errno, EINVAL);
	assert_int_equal(mcr_neigh_set_own(world->neigh, RTE_MAX_ETHPORTS, &own), -EINVAL);
}

static void
nothing_held_means_nothing_to_do(void **state)
{
	struct world *world = *state;

	assert_true(mcr_neigh_run(world->neigh, world->now) == MCR_NEIGH_NEVER);
	assert_null(mcr_neigh_find(world->neigh, PORT, PEER));
	assert_int_equal(mcr_neigh_release(world->neigh, PORT, PEER), -ENOENT);
}

static void
held_address_is_asked_for_at_once(void **state)
{
	struct world *world = *state;

	hold(world);
	assert_int_equal(world->broadcasts, 0);
	assert_true(mcr_neigh_run(world->neigh, world->now) == START + 100);
	assert_int_equal(world->broadcasts, 1);
	assert_int_equal(world->port, PORT);
	assert_int_equal(world->address, PEER);
	assert_null(mcr_neigh_find(world->neigh, PORT, PEER));
}

static void
unanswered_address_is_asked_for_ever_more_slowly(void **state)
{
	static const uint64_t at[] = {0, 100, 300, 700, 1700, 3700, 7700, 12700, 17700, 22700};
	struct world *world = *state;

	hold(world);
	for (unsigned int i = 0; i < RTE_DIM(at); i++) {
		run_until(world, START + at[i] - (i > 0));
		assert_int_equal(world->broadcasts, i + (i == 0));
		run_until(world, START + at[i]);
		assert_int_equal(world->broadcasts, i + 1);
	}
	world->broadcasts = 0;
	run_for(world, 3600 * 1000);
	assert_int_equal(world->broadcasts, 3600 * 1000 / MCR_NEIGH_RETRY_MAX_MS);
	assert_int_equal(world->unicasts, 0);
	assert_int_equal(world->changes, 0);
}

static void
reply_resolves_and_ends_the_asking(void **state)
{
	struct world *world = *state;

	hold(world);
	run_for(world, 50);
	reply(world, &peer_mac);
	assert_int_equal(world->changes, 1);
	assert_true(world->is_known);
	assert_memory_equal(&world->mac, &peer_mac, sizeof(peer_mac));
	assert_peer_is_at(world, &peer_mac);
	run_for(world, MCR_NEIGH_REFRESH_MS - MCR_NEIGH_REFRESH_SPREAD_MS);
	assert_int_equal(world->broadcasts, 1);
	assert_int_equal(world->unicasts, 0);
}

static void
late_reply_resolves_an_address(void **state)
{
	struct world *world = *state;

	hold(world);
	run_for(world, 60000);
	reply(world, &peer_mac);
	assert_peer_is_at(world, &peer_mac);
}

static void
refresh_asks_the_known_mac_in_time(void **state)
{
	struct world *world = *state;

	hold_resolved(world);
	run_to_refresh(world);
	assert_in_range(world->now - START, MCR_NEIGH_REFRESH_MS - MCR_NEIGH_REFRESH_SPREAD_MS,
		MCR_NEIGH_REFRESH_MS);
	assert_int_equal(world->unicasts, 1);
	assert_memory_equal(&world->asked, &peer_mac, sizeof(peer_mac));
	assert_int_equal(world->port, PORT);
	assert_int_equal(world->address, PEER);
	assert_peer_is_at(world, &peer_mac);
}

static void
answering_peer_is_never_unknown(void **state)
{
	struct world *world = *state;
	unsigned int refreshes = 0;

	hold_resolved(world);
	while (world->now < START + 24 * 3600 * 1000) {
		run_to_refresh(world);
		reply(world, &peer_mac);
		refreshes++;
		assert_peer_is_at(world, &peer_mac);
	}
	assert_in_range(refreshes, 24 * 60, 24 * 90);
	assert_int_equal(world->unicasts, refreshes);
	assert_int_equal(world->broadcasts, 0);
	assert_int_equal(world->changes, 0);
}

static void
silent_peer_is_asked_by_broadcast_and_then_given_up(void **state)
{
	const unsigned int tries = MCR_NEIGH_UNICAST_TRIES + MCR_NEIGH_BROADCAST_TRIES;
	struct world *world = *state;

	hold_resolved(world);
	run_to_refresh(world);
	for (unsigned int i = 1; i < tries; i++) {
		run_for(world, MCR_NEIGH_REFRESH_RETRY_MS);
		assert_int_equal(world->unicasts + world->broadcasts, i + 1);
		assert_int_equal(world->unicasts,
			i < MCR_NEIGH_UNICAST_TRIES ? i + 1 : MCR_NEIGH_UNICAST_TRIES);
		assert_peer_is_at(world, &peer_mac);
	}
	run_for(world, MCR_NEIGH_REFRESH_RETRY_MS - 1);
	assert_int_equal(world->changes, 0);
	run_for(world, 1);
	assert_int_equal(world->changes, 1);
	assert_false(world->is_known);
	assert_null(mcr_neigh_find(world->neigh, PORT, PEER));
}

static void
given_up_peer_is_asked_for_and_comes_back(void **state)
{
	struct world *world = *state;

	hold_resolved(world);
	run_for(world, 2 * MCR_NEIGH_REFRESH_MS);
	assert_false(world->is_known);
	world->broadcasts = 0;
	run_for(world, 10 * MCR_NEIGH_RETRY_MAX_MS);
	assert_int_equal(world->broadcasts, 10);
	assert_int_equal(world->changes, 1);

	reply(world, &peer_mac);
	assert_int_equal(world->changes, 2);
	assert_peer_is_at(world, &peer_mac);
	world->unicasts = 0;
	run_to_refresh(world);
	assert_memory_equal(&world->asked, &peer_mac, sizeof(peer_mac));
}

static void
answer_to_the_last_request_keeps_the_mac(void **state)
{
	const uint64_t tries = MCR_NEIGH_UNICAST_TRIES + MCR_NEIGH_BROADCAST_TRIES;
	struct world *world = *state;

	hold_resolved(world);
	run_to_refresh(world);
	run_for(world, tries * MCR_NEIGH_REFRESH_RETRY_MS - 1);
	reply(world, &peer_mac);
	run_for(world, MCR_NEIGH_REFRESH_MS - MCR_NEIGH_REFRESH_SPREAD_MS);
	assert_int_equal(world->changes, 0);
	assert_peer_is_at(world, &peer_mac);
	assert_int_equal(world->unicasts + world->broadcasts, tries);
}

/* A delay of the control plane is no silence of the peer. */
static void
long_pause_keeps_macs(void **state)
{
	struct world *world = *state;

	hold_resolved(world);
	world->now += 3600 * 1000;
	assert_peer_is_at(world, &peer_mac);
	mcr_neigh_run(world->neigh, world->now);
	assert_int_equal(world->unicasts, 1);
	assert_peer_is_at(world, &peer_mac);
	assert_int_equal(world->changes, 0);
}

static void
each_hold_needs_its_drop(void **state)
{
	struct world *world = *state;

	hold_resolved(world);
	hold(world);
	assert_int_equal(world->changes, 0);
	assert_int_equal(mcr_neigh_release(world->neigh, PORT, PEER), 0);
	assert_peer_is_at(world, &peer_mac);
	assert_int_equal(mcr_neigh_release(world->neigh, PORT, PEER), 0);
	assert_null(mcr_neigh_find(world->neigh, PORT, PEER));
	assert_int_equal(mcr_neigh_release(world->neigh, PORT, PEER), -ENOENT);
	assert_true(mcr_neigh_run(world->neigh, world->now) == MCR_NEIGH_NEVER);
	assert_int_equal(world->changes, 0);
}

static void
address_held_again_starts_afresh(void **state)
{
	struct world *world = *state;

	hold_resolved(world);
	assert_int_equal(mcr_neigh_release(world->neigh, PORT, PEER), 0);
	hold(world);
	assert_null(mcr_neigh_find(world->neigh, PORT, PEER));
	run_for(world, 0);
	assert_int_equal(world->broadcasts, 1);
}

static void
full_table_refuses_until_something_is_dropped(void **state)
{
	struct world *world = *state;

	hold(world);
	assert_int_equal(mcr_neigh_hold(world->neigh, PORT, OTHER, world->now), 0);
	assert_int_equal(mcr_neigh_hold(world->neigh, PORT, OTHER + 1, world->now), -ENOSPC);
	hold(world);
	assert_int_equal(mcr_neigh_release(world->neigh, PORT, OTHER), 0);
	assert_int_equal(mcr_neigh_hold(world->neigh, PORT, OTHER + 1, world->now), 0);
}

static void
address_without_answers_is_silent_until_it_answers(void **state)
{
	struct world *world = *state;

	assert_false(mcr_neigh_is_silent(world->neigh, PORT, PEER));
	hold(world);
	run_for(world, 0);
	assert_false(mcr_neigh_is_silent(world->neigh, PORT, PEER));
	run_for(world, 1000);
	assert_true(mcr_neigh_is_silent(world->neigh, PORT, PEER));
	reply(world, &peer_mac);
	assert_false(mcr_neigh_is_silent(world->neigh, PORT, PEER));
	run_for(world, 2 * MCR_NEIGH_REFRESH_MS);
	assert_true(mcr_neigh_is_silent(world->neigh, PORT, PEER));
}

static void
refresh_of_a_port_asks_at_once_and_from_the_start(void **state)
{
	struct world *world = *state;

	hold_resolved(world);
	mcr_neigh_refresh(world->neigh, PORT + 1, world->now);
	run_for(world, 1000);
	assert_int_equal(world->unicasts, 0);
	run_to_refresh(world);
	run_for(world, (MCR_NEIGH_UNICAST_TRIES + MCR_NEIGH_BROADCAST_TRIES - 1) *
			       MCR_NEIGH_REFRESH_RETRY_MS);
	assert_peer_is_at(world, &peer_mac);
	world->unicasts = 0;
	mcr_neigh_refresh(world->neigh, PORT, world->now);
	run_for(world, 0);
	assert_int_equal(world->unicasts, 1);
	run_for(world, 2 * MCR_NEIGH_REFRESH_RETRY_MS);
	assert_int_equal(world->unicasts, MCR_NEIGH_UNICAST_TRIES);
	assert_peer_is_at(world, &peer_mac);
	reply(world, &new_mac);
	assert_peer_is_at(world, &new_mac);
	assert_int_equal(world->changes, 1);
}

static void
refresh_of_a_port_restarts_the_quick_retries(void **state)
{
	struct world *world = *state;

	hold(world);
	run_for(world, 60000);
	world->broadcasts = 0;
	mcr_neigh_refresh(world->neigh, PORT, world->now);
	run_for(world, 300);
	assert_int_equal(world->broadcasts, 3);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(wrong_arguments_are_refused),
		TEST(nothing_held_means_nothing_to_do),
		TEST(held_address_is_asked_for_at_once),
		TEST(unanswered_address_is_asked_for_ever_more_slowly),
		TEST(reply_resolves_and_ends_the_asking),
		TEST(late_reply_resolves_an_address),
		TEST(refresh_asks_the_known_mac_in_time),
		TEST(answering_peer_is_never_unknown),
		TEST(silent_peer_is_asked_by_broadcast_and_then_given_up),
		TEST(given_up_peer_is_asked_for_and_comes_back),
		TEST(answer_to_the_last_request_keeps_the_mac),
		TEST(long_pause_keeps_macs),
		TEST(each_hold_needs_its_drop),
		TEST(address_held_again_starts_afresh),
		TEST(address_without_answers_is_silent_until_it_answers),
		TEST(full_table_refuses_until_something_is_dropped),
		TEST(refresh_of_a_port_asks_at_once_and_from_the_start),
		TEST(refresh_of_a_port_restarts_the_quick_retries),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
