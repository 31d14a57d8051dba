/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <errno.h>

#include "peers.h"
#include "internal.h"

static void
peers_have_a_limit_of_their_own(void **state)
{
	struct mcr_group_table *table = table_of(state);

	for (uint32_t i = 0; i < PEER_KEYS; i++)
		want(table, group(G1 + i), A);
	assert_int_equal(try_want(table, group(G3), A), -ENOSPC);
	want(table, group(G1), B);
	want(table, fallback, A);
	want(table, broadcast, A);
	for (uint32_t i = 0; i < GROUPS; i++)
		join(table, group(G3 + i), 1, MCR_ORIGIN_IGMP);
	/* A key that a peer has is as new as any other. */
	assert_int_equal(mcr_group_add(table, &(struct mcr_group_key){.group = G1, .length = 32},
				 receiver(1), MCR_ORIGIN_IGMP),
		-ENOSPC);
	assert_int_equal(try_want(table, group(G3), A), -ENOSPC);
	commit(table);
	unset(table, group(G1 + 1), A);
	commit(table);
	want(table, group(G3), A);
	commit(table);
	assert_peers(table, S1, G3, "4001");
	assert_int_equal(mcr_group_count(table), GROUPS + PEER_KEYS - 1);
}

/* A key that both parties have counts for each as long as that has it. */
static void
a_key_of_both_counts_for_those_who_have_it(void **state)
{
	struct mcr_group_table *table = table_of(state);

	for (uint32_t i = 0; i < PEER_KEYS; i++)
		want(table, group(G1 + i), A);
	for (uint32_t i = 0; i < GROUPS; i++)
		join(table, group(G1 + i), 1, MCR_ORIGIN_IGMP);
	commit(table);
	assert_int_equal(mcr_group_count(table), GROUPS);
	unset(table, group(G1), A);
	leave(table, group(G2), 1, MCR_ORIGIN_IGMP);
	commit(table);
	want(table, group(G3), A);
	join(table, group(G3 + 1), 1, MCR_ORIGIN_IGMP);
	assert_int_equal(try_want(table, group(G1), A), -ENOSPC);
	commit(table);
	assert_int_equal(mcr_group_count(table), GROUPS + 2);
	assert_receivers(table, S1, G1, "1");
	assert_peers(table, S1, G2, "4001");
}

/* A peer that comes and goes while no reader reports. */
static void
peers_take_no_ids_of_members(void **state)
{
	struct mcr_group_table *table = table_of(state);
	uint32_t refused = 0;

	mcr_rcu_online(rcu_of(state), READER);
	for (uint32_t i = 0; i < 4 * (GROUPS + PEER_KEYS); i++) {
		if (try_want(table, group(NET + i), A) == 0)
			unset(table, group(NET + i), A);
		else
			refused++;
		commit(table);
	}
	assert_true(refused > 0);
	for (uint32_t i = 0; i < GROUPS; i++)
		join(table, group(G3 + i), 1, MCR_ORIGIN_IGMP);
	commit(table);
	mcr_group_forget_member(table, 1);
	commit(table);
	for (uint32_t i = 0; i < GROUPS; i++)
		join(table, group(G3 + 1000 + i), 1, MCR_ORIGIN_IGMP);
	commit(table);
	mcr_rcu_quiescent(rcu_of(state), READER);
	mcr_rcu_reclaim(rcu_of(state));
	mcr_rcu_quiescent(rcu_of(state), READER);
	mcr_rcu_reclaim(rcu_of(state));
	want(table, group(NET), A);
}

/* Only one of both lets an entry go at a time, in either order. */
static void
claims_of_both_parties_are_given_back(void **state)
{
	struct mcr_group_table *table = table_of(state);

	for (uint32_t round = 0; round < 8 * (GROUPS + PEER_KEYS); round++) {
		want(table, group(G1), A);
		join(table, group(G1), 1, MCR_ORIGIN_IGMP);
		commit(table);
		if (round % 2 == 0)
			unset(table, group(G1), A);
		else
			leave(table, group(G1), 1, MCR_ORIGIN_IGMP);
		commit(table);
		if (round % 2 == 0)
			leave(table, group(G1), 1, MCR_ORIGIN_IGMP);
		else
			unset(table, group(G1), A);
		commit(table);
		mcr_rcu_reclaim(rcu_of(state));
		assert_int_equal(table->peer_ids, 0);
		assert_int_equal(mcr_group_count(table), 0);
	}
	peers_have_a_limit_of_their_own(state);
}

static void
without_peers_there_is_no_interest(void **state)
{
	struct mcr_group_table *table = mcr_group_create(GROUPS, MEMBERS, 0, rcu_of(state));
	const struct mcr_group_key key = group(G1);

	assert_non_null(table);
	assert_int_equal(try_want(table, key, A), -ENOSPC);
	assert_int_equal(mcr_group_interest_unset(table, &key, A), -ENOENT);
	join(table, key, 1, MCR_ORIGIN_IGMP);
	commit(table);
	assert_peers(table, S1, G1, "");
	assert_int_equal(mcr_group_forget_member(table, A), 0);
	mcr_group_interest_begin(table, A);
	assert_int_equal(mcr_group_interest_end(table, A), 0);
	assert_int_equal(mcr_group_memberships(table, A), 0);
	mcr_group_free(table);
}

static void
wrong_interest_is_refused(void **state)
{
	struct mcr_group_table *table = table_of(state);
	const struct mcr_group_key key = group(G1);
	const struct mcr_receiver moved = {IP(10, 9, 9, 9), A};

	assert_int_equal(try_want(table, group(IP(10, 0, 0, 1)), A), -EINVAL);
	assert_int_equal(try_want(table, prefix(G1, 24), A), -EINVAL);
	assert_int_equal(try_want(table, prefix(IP(224, 0, 0, 0), 3), A), -EINVAL);
	assert_int_equal(try_want(table, prefix(G1, 33), A), -EINVAL);
	assert_int_equal(try_want(table, source_group(S1, MCR_GROUP_BROADCAST), A), -EINVAL);
	assert_int_equal(try_want(table, key, MEMBERS), -EINVAL);
	assert_int_equal(mcr_group_interest_unset(table, &key, MEMBERS), -ENOENT);
	assert_int_equal(mcr_group_interest_unset(table, &key, A), -ENOENT);
	want(table, group(G2), A);
	assert_int_equal(mcr_group_interest_set(table, &key, moved, true), -EINVAL);
	assert_int_equal(mcr_group_interest_unset(table, &key, A), -ENOENT);
	unset(table, group(G2), A);
	assert_int_equal(mcr_group_interest_set(table, &key, moved, true), 0);
}

static void
a_peer_is_forgotten_everywhere(void **state)
{
	struct mcr_group_table *table = table_of(state);

	want(table, fallback, A);
	want(table, broadcast, A);
	want(table, prefix(NET, 24), A);
	want(table, group(G1), A);
	refuse(table, source_group(S1, G1), A);
	want(table, group(G1), B);
	commit(table);
	assert_int_equal(mcr_group_forget_member(table, A), 0);
	assert_int_equal(mcr_group_memberships(table, A), 0);
	assert_peers(table, S2, G1, "4001 4002");
	commit(table);
	assert_peers(table, S1, G1, "4002");
	assert_peers(table, S2, G1, "4002");
	assert_receivers(table, S1, G2, "none");
	assert_receivers(table, S1, MCR_GROUP_BROADCAST, "none");
	assert_int_equal(mcr_group_count(table), 1);
}

static void
what_a_peer_does_not_tell_again_goes(void **state)
{
	struct mcr_group_table *table = table_of(state);

	want(table, group(G1), A);
	want(table, group(G2), A);
	want(table, group(G3), A);
	want(table, group(G3), B);
	mcr_group_interest_begin(table, A);
	want(table, group(G1), A);
	mcr_group_interest_begin(table, A);
	want(table, group(G2), A);
	want(table, group(G2 + 1), A);
	commit(table);
	assert_peers(table, S1, G1, "4001");
	assert_int_equal(mcr_group_interest_end(table, A), 0);
	commit(table);
	assert_receivers(table, S1, G1, "none");
	assert_peers(table, S1, G2, "4001");
	assert_peers(table, S1, G2 + 1, "4001");
	assert_peers(table, S1, G3, "4002");
	assert_int_equal(mcr_group_interest_end(table, A), 0);
	assert_int_equal(mcr_group_memberships(table, A), 2);
}

static bool
always(void *arg)
{
	++*(uint32_t *)arg;
	return true;
}

static void
what_is_not_told_again_goes_in_steps(void **state)
{
	struct mcr_group_table *table = table_of(state);
	uint32_t stops = 0;

	for (uint32_t i = 0; i < PEER_KEYS; i++)
		want(table, group(G1 + i), A);
	commit(table);
	mcr_group_interest_begin(table, A);
	for (uint32_t i = 0; i < PEER_KEYS; i += 2)
		want(table, group(G1 + i), A);
	mcr_group_pace(table, always, &stops);
	for (uint32_t n = 1; mcr_group_interest_end(table, A) == -EAGAIN; n++)
		assert_int_equal(mcr_group_memberships(table, A), PEER_KEYS - n);
	mcr_group_pace(table, NULL, NULL);
	commit(table);
	for (uint32_t i = 0; i < PEER_KEYS; i++)
		assert_peers(table, S1, G1 + i, i % 2 == 0 ? "4001" : "");
}

static void
memory_of_peers_is_given_back(void **state)
{
	struct mcr_group_table *table = table_of(state);
	size_t before = 0;

	for (uint32_t round = 0; round < 3; round++) {
		for (uint32_t i = 0; i < PEER_KEYS; i++) {
			want(table, group(G1 + i), A);
			want(table, group(G1 + i), B + i % 4);
		}
		commit(table);
		for (uint32_t i = 0; i < 5; i++)
			mcr_group_forget_member(table, A + i);
		commit(table);
		assert_int_equal(mcr_rcu_reclaim(rcu_of(state)), 0);
		assert_true(round == 0 || group_table_memory(table) == before);
		before = group_table_memory(table);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(peers_have_a_limit_of_their_own),
		TEST(a_key_of_both_counts_for_those_who_have_it),
		TEST(peers_take_no_ids_of_members),
		TEST(claims_of_both_parties_are_given_back),
		TEST(without_peers_there_is_no_interest),
		TEST(wrong_interest_is_refused),
		TEST(a_peer_is_forgotten_everywhere),
		TEST(what_a_peer_does_not_tell_again_goes),
		TEST(what_is_not_told_again_goes_in_steps),
		TEST(memory_of_peers_is_given_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
