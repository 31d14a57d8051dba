/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <errno.h>

#include "peers.h"
#include "internal.h"

static void
peers_are_apart_from_receivers(void **state)
{
	struct mcr_group_table *table = table_of(state);

	join(table, group(G1), 1, MCR_ORIGIN_IGMP);
	commit(table);
	assert_peers(table, S1, G1, "");
	want(table, group(G1), B);
	want(table, group(G1), A);
	want(table, group(G2), A);
	assert_peers(table, S1, G1, "");
	commit(table);
	assert_peers(table, S1, G1, "4001 4002");
	assert_receivers(table, S1, G1, "1");
	assert_peers(table, S1, G2, "4001");
	assert_receivers(table, S1, G2, "");
	unset(table, group(G1), B);
	unset(table, group(G2), A);
	assert_peers(table, S1, G1, "4001 4002");
	commit(table);
	assert_peers(table, S1, G1, "4001");
	assert_receivers(table, S1, G2, "none");
	leave(table, group(G1), 1, MCR_ORIGIN_IGMP);
	commit(table);
	assert_peers(table, S1, G1, "4001");
	assert_receivers(table, S1, G1, "");
}

static void
the_most_specific_key_of_each_peer_decides(void **state)
{
	struct mcr_group_table *table = table_of(state);

	want(table, fallback, A);
	want(table, prefix(NET, 16), A);
	refuse(table, prefix(NET, 24), A);
	want(table, group(G1), A);
	refuse(table, source_group(S1, G1), A);
	refuse(table, fallback, B);
	want(table, prefix(NET, 24), B);
	commit(table);
	assert_peers(table, S1, G1, "4002");
	assert_peers(table, S2, G1, "4001 4002");
	assert_peers(table, S1, G2, "4002");
	assert_peers(table, S1, NET + 256, "4001");
	assert_peers(table, S1, G3, "4001");
	want(table, source_group(S1, G1), A);
	refuse(table, fallback, A);
	want(table, fallback, B);
	commit(table);
	assert_peers(table, S1, G1, "4001 4002");
	assert_peers(table, S1, NET + 256, "4001 4002");
	assert_peers(table, S1, G3, "4002");
}

/* The entry that the packet finds is a member's, or another peer's. */
static void
less_specific_keys_reach_entries_of_others(void **state)
{
	struct mcr_group_table *table = table_of(state);

	join(table, source_group(S1, G1), 1, MCR_ORIGIN_IGMP);
	join(table, group(G2), 1, MCR_ORIGIN_IGMP);
	want(table, group(G3), B);
	commit(table);
	want(table, prefix(IP(239, 192, 0, 0), 15), A);
	commit(table);
	assert_peers(table, S1, G1, "4001");
	assert_peers(table, S1, G2, "4001");
	assert_peers(table, S1, G3, "4001 4002");
	refuse(table, group(G1), A);
	commit(table);
	assert_peers(table, S1, G1, "");
	unset(table, group(G1), A);
	unset(table, prefix(IP(239, 192, 0, 0), 15), A);
	commit(table);
	assert_peers(table, S1, G1, "");
	assert_peers(table, S1, G2, "");
	assert_peers(table, S1, G3, "4002");
}

static void
a_new_entry_has_the_peers_of_less_specific_keys(void **state)
{
	struct mcr_group_table *table = table_of(state);

	want(table, prefix(NET, 24), A);
	want(table, group(G1), B);
	commit(table);
	join(table, source_group(S1, G1), 1, MCR_ORIGIN_IGMP);
	join(table, group(G2), 1, MCR_ORIGIN_IGMP);
	commit(table);
	assert_peers(table, S1, G1, "4001 4002");
	assert_peers(table, S1, G2, "4001");
}

/* Its sources were touched for the members alone. */
static void
a_group_joined_and_named_at_once_reaches_its_sources(void **state)
{
	struct mcr_group_table *table = table_of(state);

	join(table, source_group(S1, G1), 1, MCR_ORIGIN_IGMP);
	want(table, source_group(S2, G1), B);
	commit(table);
	join(table, group(G1), 2, MCR_ORIGIN_IGMP);
	want(table, group(G1), A);
	commit(table);
	assert_peers(table, S1, G1, "4001");
	assert_peers(table, S2, G1, "4001 4002");
	unset(table, group(G1), A);
	leave(table, group(G1), 2, MCR_ORIGIN_IGMP);
	commit(table);
	want(table, group(G1), A);
	join(table, group(G1), 2, MCR_ORIGIN_IGMP);
	commit(table);
	assert_receivers(table, S1, G1, "1 2");
	assert_receivers(table, S2, G1, "2");
}

/* While the change of less specific keys is not committed. */
static void
what_is_joined_meanwhile_follows(void **state)
{
	struct mcr_group_table *table = table_of(state);

	mcr_group_work_on(table, MCR_GROUP_BULK);
	want(table, group(G1), A);
	want(table, prefix(G3 - 1, 24), A);
	mcr_group_work_on(table, MCR_GROUP_URGENT);
	join(table, source_group(S1, G1), 1, MCR_ORIGIN_IGMP);
	join(table, group(G3), 1, MCR_ORIGIN_IGMP);
	commit(table);
	mcr_group_work_on(table, MCR_GROUP_BULK);
	refuse(table, group(G1), A);
	refuse(table, prefix(G3 - 1, 24), A);
	commit(table);
	assert_peers(table, S1, G1, "");
	assert_peers(table, S1, G3, "");
	want(table, group(G1), A);
	want(table, prefix(G3 - 1, 24), A);
	commit(table);
	assert_peers(table, S1, G1, "4001");
	assert_peers(table, S1, G3, "4001");
}

static void
broadcast_is_named_by_itself_only(void **state)
{
	struct mcr_group_table *table = table_of(state);

	configure(table, fallback, "1 2");
	want(table, fallback, A);
	want(table, prefix(IP(240, 0, 0, 0) - (1 << 28), 4), A);
	want(table, broadcast, B);
	commit(table);
	assert_peers(table, S1, MCR_GROUP_BROADCAST, "4002");
	assert_receivers(table, S1, MCR_GROUP_BROADCAST, "");
	configure(table, broadcast, "3");
	assert_peers(table, S1, MCR_GROUP_BROADCAST, "4002");
	assert_receivers(table, S1, MCR_GROUP_BROADCAST, "3");
	configure(table, fallback, "1");
	unset(table, broadcast, B);
	commit(table);
	assert_receivers(table, S1, MCR_GROUP_BROADCAST, "none");
}

static void
peers_change_nothing_for_members(void **state)
{
	struct mcr_group_table *table = table_of(state);

	want(table, source_group(S1, G1), A);
	want(table, group(G2), A);
	want(table, prefix(NET, 24), A);
	refuse(table, prefix(NET, 30), A);
	commit(table);
	assert_receivers(table, S1, G1, "");
	configure(table, fallback, "1");
	assert_receivers(table, S1, G1, "1");
	assert_receivers(table, S1, NET + 1, "1");
	assert_receivers(table, S1, NET + 9, "1");
	configure(table, prefix(NET, 16), "2");
	assert_receivers(table, S1, G1, "2");
	assert_receivers(table, S1, G2, "2");
	assert_receivers(table, S1, NET + 3, "2");
	assert_receivers(table, S1, NET + 9, "2");
	configure(table, group(G1), "3");
	assert_receivers(table, S1, G1, "3");
	join(table, group(G1), 4, MCR_ORIGIN_IGMP);
	commit(table);
	assert_receivers(table, S1, G1, "3 4");
	configure(table, fallback, "1");
	assert_receivers(table, S1, G1, "4");
	assert_receivers(table, S1, G2, "1");
	leave(table, group(G1), 4, MCR_ORIGIN_IGMP);
	commit(table);
	assert_receivers(table, S1, G1, "1");
	/* An EXCLUDE beside a (*,G) that only a peer made. */
	want(table, group(G1), A);
	block(table, source_group(S2, G1), 4, MCR_ORIGIN_IGMP);
	commit(table);
	assert_receivers(table, S2, G1, "1");
}

static void
assert_terms(struct mcr_group_table *table, uint32_t address, uint32_t sender, uint8_t priority)
{
	struct mcr_group_ref ref;

	assert_true(mcr_group_find(table, (struct mcr_flow){S1, address}, &ref));
	assert_int_equal(mcr_group_priority(table, ref), priority);
	assert_true(mcr_group_may_send(table, ref, sender, receiver(sender).address));
	assert_false(mcr_group_may_send(table, ref, sender + 1, receiver(sender + 1).address));
}

static void
set_terms(
	struct mcr_group_table *table, struct mcr_group_key key, uint32_t sender, uint8_t priority)
{
	const struct mcr_receiver one = receiver(1);
	const struct mcr_sender senders = {.member = sender};
	struct mcr_group_list *list = get_list(table, &one, 1, &senders, 1, priority);

	assert_int_equal(mcr_group_static_set(table, &key, list), 0);
	mcr_group_list_drop(table, list);
}

static void
peers_change_neither_senders_nor_priority(void **state)
{
	struct mcr_group_table *table = table_of(state);

	want(table, source_group(S1, G1), A);
	want(table, group(G2), A);
	want(table, prefix(NET, 30), A);
	want(table, prefix(G3 - 1, 31), A);
	commit(table);
	mcr_group_static_begin(table);
	set_terms(table, fallback, 10, 7);
	set_terms(table, prefix(NET, 24), 20, 6);
	set_terms(table, group(G1), 30, 5);
	mcr_group_static_end(table);
	commit(table);
	assert_terms(table, G1, 30, 5);
	assert_terms(table, G2, 20, 6);
	assert_terms(table, NET + 3, 20, 6);
	assert_terms(table, G3, 10, 7);
}

static bool
always(void *arg)
{
	++*(uint32_t *)arg;
	return true;
}

static void
a_prefix_that_has_to_stop_goes_on_later(void **state)
{
	struct mcr_group_table *table = table_of(state);
	uint32_t stops = 0, commits = 0;

	for (uint32_t i = 0; i < GROUPS; i++)
		join(table, group(G1 + i), 1, MCR_ORIGIN_IGMP);
	commit(table);
	mcr_group_pace(table, always, &stops);
	want(table, prefix(NET, 24), A);
	while (mcr_group_commit(table) == -EAGAIN)
		assert_int_equal(stops, ++commits);
	/* Look at each entry, publish, clean. */
	assert_in_range(commits, 3 * GROUPS, 3 * GROUPS + 3);
	for (uint32_t i = 0; i < GROUPS; i++)
		assert_peers(table, S1, G1 + i, "4001");
	for (commits = 0; mcr_group_forget_member(table, A) == -EAGAIN; commits++)
		assert_int_equal(mcr_group_memberships(table, A), 0);
	assert_int_equal(commits, 1);
	mcr_group_pace(table, NULL, NULL);
	commit(table);
	assert_peers(table, S1, G1, "");
}

static void
equal_lists_of_peers_are_one(void **state)
{
	struct mcr_group_table *table = table_of(state);
	const struct mcr_receivers *peers;

	for (uint32_t i = 0; i < 32; i++) {
		want(table, group(G1 + i), A);
		commit(table);
	}
	want(table, prefix(G3 - 1, 31), A);
	want(table, source_group(S1, G1), B);
	refuse(table, source_group(S1, G1 + 1), A);
	want(table, source_group(S2, G2), A);
	commit(table);
	peers = peers_of(table, S2, G1);
	for (uint32_t i = 0; i < 32; i++)
		assert_ptr_equal(peers_of(table, S2, G1 + i), peers);
	assert_ptr_equal(peers_of(table, S1, G3), peers);
	assert_ptr_not_equal(peers_of(table, S1, G1), peers);
	assert_int_equal(table->n_shared, 2);
	/* What changes nothing keeps the object. */
	refuse(table, group(G1), B);
	commit(table);
	assert_ptr_equal(peers_of(table, S2, G1), peers);
	mcr_group_forget_member(table, A);
	mcr_group_forget_member(table, B);
	commit(table);
	assert_int_equal(table->n_shared, 0);
}

static void
joins_leave_the_lists_of_peers_alone(void **state)
{
	struct mcr_group_table *table = table_of(state);
	const struct mcr_receivers *receivers;
	struct mcr_group_ref ref;

	want(table, group(G1), A);
	join(table, group(G1), 1, MCR_ORIGIN_IGMP);
	commit(table);
	assert_true(mcr_group_find(table, (struct mcr_flow){S1, G1}, &ref));
	receivers = mcr_group_receivers(table, ref);
	want(table, group(G1), B);
	commit(table);
	assert_ptr_equal(mcr_group_receivers(table, ref), receivers);
	assert_peers(table, S1, G1, "4001 4002");
	join(table, group(G1), 2, MCR_ORIGIN_IGMP);
	commit(table);
	assert_peers(table, S1, G1, "4001 4002");
	assert_receivers(table, S1, G1, "1 2");
}

static void
a_list_of_peers_lives_as_long_as_a_reader_may_hold_it(void **state)
{
	struct mcr_group_table *table = table_of(state);
	const struct mcr_receivers *before;
	struct mcr_group_ref ref;

	mcr_rcu_online(rcu_of(state), READER);
	want(table, group(G1), A);
	commit(table);
	assert_true(mcr_group_find(table, (struct mcr_flow){S1, G1}, &ref));
	before = mcr_group_peers(table, ref);
	unset(table, group(G1), A);
	commit(table);
	assert_true(mcr_rcu_reclaim(rcu_of(state)) > 0);
	assert_int_equal(before->count, 1);
	assert_int_equal(before->at[0].member, A);
	assert_null(mcr_group_peers(table, ref));
	mcr_rcu_quiescent(rcu_of(state), READER);
	assert_int_equal(mcr_rcu_reclaim(rcu_of(state)), 0);
	want(table, group(G2), B);
	commit(table);
	assert_int_equal(mcr_group_lookup(table, &(struct mcr_group_key){G2, 0, 32}), ref.id);
	assert_null(mcr_group_peers(table, ref));
	assert_peers(table, S1, G2, "4002");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(peers_are_apart_from_receivers),
		TEST(the_most_specific_key_of_each_peer_decides),
		TEST(less_specific_keys_reach_entries_of_others),
		TEST(a_new_entry_has_the_peers_of_less_specific_keys),
		TEST(a_group_joined_and_named_at_once_reaches_its_sources),
		TEST(what_is_joined_meanwhile_follows),
		TEST(broadcast_is_named_by_itself_only),
		TEST(peers_change_nothing_for_members),
		TEST(peers_change_neither_senders_nor_priority),
		TEST(a_prefix_that_has_to_stop_goes_on_later),
		TEST(equal_lists_of_peers_are_one),
		TEST(joins_leave_the_lists_of_peers_alone),
		TEST(a_list_of_peers_lives_as_long_as_a_reader_may_hold_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
