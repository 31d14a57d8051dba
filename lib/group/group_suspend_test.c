/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* Members that are suspended receive nothing, whoever added them, and come back. */

#include <errno.h>

#include "internal.h"
#include "peers.h"

static void
suspend(struct mcr_group_table *table, uint32_t member)
{
	mcr_group_suspend(table, member, true);
}

static void
resume(struct mcr_group_table *table, uint32_t member)
{
	mcr_group_suspend(table, member, false);
}

static void
reclaim(void **state)
{
	while (mcr_rcu_reclaim(rcu_of(state)) != 0)
		;
}

static const struct mcr_receivers *
receivers_of(const struct mcr_group_table *table, uint32_t source, uint32_t address)
{
	struct mcr_group_ref ref;

	assert_true(mcr_group_find(table, (struct mcr_flow){source, address}, &ref));
	return mcr_group_receivers(table, ref);
}

static void
a_suspended_member_receives_nothing_whoever_added_it(void **state)
{
	static const enum mcr_origin origins[] = {
		MCR_ORIGIN_RUNTIME, MCR_ORIGIN_IGMP, MCR_ORIGIN_AMT};
	struct mcr_group_table *table = table_of(state);

	configure(table, group(G1), "1 2 3");
	configure(table, prefix(NET, 16), "1 2 3");
	for (uint32_t i = 0; i < RTE_DIM(origins); i++) {
		join(table, group(G2), 2, origins[i]);
		join(table, source_group(S1, G3), 2, origins[i]);
	}
	join(table, group(G3), 4, MCR_ORIGIN_IGMP);
	suspend(table, 2);
	assert_receivers(table, S1, G1, "1 2 3");
	commit(table);
	assert_receivers(table, S1, G1, "1 3");
	assert_receivers(table, S1, G2, "1 3");
	assert_receivers(table, S1, G3, "4");
	resume(table, 2);
	commit(table);
	assert_receivers(table, S1, G1, "1 2 3");
	assert_receivers(table, S1, G2, "1 2 3");
	assert_receivers(table, S1, G3, "2 4");
}

static void
what_is_said_of_a_suspended_member_counts_when_it_comes_back(void **state)
{
	struct mcr_group_table *table = table_of(state);

	join(table, group(G1), 1, MCR_ORIGIN_IGMP);
	join(table, group(G1), 2, MCR_ORIGIN_IGMP);
	suspend(table, 2);
	commit(table);
	leave(table, group(G1), 2, MCR_ORIGIN_IGMP);
	join(table, group(G2), 2, MCR_ORIGIN_IGMP);
	block(table, source_group(S1, G2), 2, MCR_ORIGIN_IGMP);
	configure(table, group(G3), "2 3");
	assert_receivers(table, S1, G1, "1");
	assert_receivers(table, S1, G2, "");
	assert_receivers(table, S1, G3, "3");
	resume(table, 2);
	commit(table);
	assert_receivers(table, S1, G1, "1");
	assert_receivers(table, S1, G2, "");
	assert_receivers(table, S2, G2, "2");
	assert_receivers(table, S1, G3, "2 3");
}

static void
a_suspension_that_is_undone_before_the_commit_changes_nothing(void **state)
{
	struct mcr_group_table *table = table_of(state);
	const struct mcr_receivers *before;

	configure(table, group(G1), "1 2");
	before = receivers_of(table, S1, G1);
	suspend(table, 2);
	suspend(table, 2);
	resume(table, 2);
	commit(table);
	assert_ptr_equal(receivers_of(table, S1, G1), before);
}

static void
it_is_as_if_a_suspended_member_had_joined_nothing(void **state)
{
	struct mcr_group_table *table = table_of(state);

	configure(table, fallback, "7");
	join(table, group(G1), 2, MCR_ORIGIN_IGMP);
	block(table, source_group(S1, G1), 2, MCR_ORIGIN_IGMP);
	commit(table);
	assert_receivers(table, S1, G1, "");
	assert_receivers(table, S2, G1, "2");
	suspend(table, 2);
	commit(table);
	assert_receivers(table, S1, G1, "7");
	assert_receivers(table, S2, G1, "7");
	assert_int_equal(mcr_group_count(table), 2);
	assert_int_equal(mcr_group_memberships(table, 2), 2);
	/* Who joins now makes the group known. */
	join(table, source_group(S1, G1), 3, MCR_ORIGIN_IGMP);
	commit(table);
	assert_receivers(table, S1, G1, "3");
	assert_receivers(table, S2, G1, "7");
}

static void
the_own_interest_is_that_of_others(void **state)
{
	struct mcr_group_table *table = table_of(state);
	struct heard heard = {0};

	configure(table, group(G1), "1 2");
	join(table, group(G2), 2, MCR_ORIGIN_IGMP);
	commit(table);
	mcr_group_watch_interest(table, hear, &heard);
	suspend(table, 1);
	assert_heard(table, &heard, "");
	suspend(table, 2);
	assert_heard(table, &heard, "-efc00002,0/32 !efc00001,0/32 ");
	resume(table, 1);
	assert_heard(table, &heard, "+efc00001,0/32 ");
	resume(table, 2);
	assert_heard(table, &heard, "+efc00002,0/32 ");
}

static void
peers_are_not_concerned(void **state)
{
	struct mcr_group_table *table = table_of(state);

	want(table, group(G1), A);
	join(table, group(G1), 2, MCR_ORIGIN_IGMP);
	suspend(table, 2);
	commit(table);
	assert_peers(table, S1, G1, "4001");
	assert_receivers(table, S1, G1, "");
}

static void
origins_are_those_of_others(void **state)
{
	struct mcr_group_table *table = table_of(state);
	const struct mcr_group_key key = source_group(S1, G1);
	uint32_t id;

	configure(table, prefix(NET, 16), "2");
	join(table, group(G1), 2, MCR_ORIGIN_RUNTIME);
	join(table, key, 2, MCR_ORIGIN_AMT);
	join(table, key, 3, MCR_ORIGIN_IGMP);
	commit(table);
	id = mcr_group_lookup(table, &key);
	assert_int_equal(mcr_group_origins(table, id),
		MCR_ORIGIN_STATIC | MCR_ORIGIN_RUNTIME | MCR_ORIGIN_AMT | MCR_ORIGIN_IGMP);
	suspend(table, 2);
	commit(table);
	assert_int_equal(mcr_group_origins(table, id), MCR_ORIGIN_IGMP);
	assert_int_equal(mcr_group_origins_of(table, id, 2), 0);
	assert_int_equal(mcr_group_origins_of(table, id, 3), MCR_ORIGIN_IGMP);
}

static void
senders_and_priority_stay(void **state)
{
	const struct mcr_receiver receivers[] = {receiver(1), receiver(2)};
	const struct mcr_sender sender = {.member = 2};
	const struct mcr_group_key key = group(G1);
	struct mcr_group_table *table = table_of(state);
	struct mcr_group_list *list = get_list(table, receivers, 2, &sender, 1, 6);
	struct mcr_group_ref ref;

	mcr_group_static_begin(table);
	assert_int_equal(mcr_group_static_set(table, &key, list), 0);
	mcr_group_list_drop(table, list);
	mcr_group_static_end(table);
	suspend(table, 2);
	commit(table);
	assert_receivers(table, S1, G1, "1");
	assert_true(mcr_group_find(table, (struct mcr_flow){S1, G1}, &ref));
	assert_true(mcr_group_may_send(table, ref, 2, receiver(2).address));
	assert_false(mcr_group_may_send(table, ref, 1, receiver(1).address));
	assert_int_equal(mcr_group_priority(table, ref), 6);
}

/* Each entry has all members but a few, by one of so many lists. */
static void
configure_all(struct mcr_group_table *table, uint32_t lists)
{
	static struct mcr_receiver receivers[MEMBERS];

	mcr_group_static_begin(table);
	for (uint32_t g = 0; g < GROUPS; g++) {
		const struct mcr_group_key key = group(NET + 1 + g);
		const uint32_t first = g % lists;

		for (uint32_t i = first; i < MEMBERS; i++)
			receivers[i - first] = receiver(i);
		assert_int_equal(set_list(table, &key, receivers, MEMBERS - first, NULL, 0), 0);
	}
	mcr_group_static_end(table);
	commit(table);
}

static void
entries_that_share_a_list_share_what_is_left_of_it(void **state)
{
	const uint32_t lists = 4;
	struct mcr_group_table *table = table_of(state);
	size_t before;

	configure_all(table, lists);
	reclaim(state);
	before = group_table_memory(table);
	for (uint32_t i = 0; i < MEMBERS; i += 2)
		suspend(table, i);
	commit(table);
	reclaim(state);
	for (uint32_t g = 0; g < GROUPS; g++) {
		const struct mcr_receivers *receivers = receivers_of(table, S1, NET + 1 + g);

		assert_int_equal(receivers->count, MEMBERS / 2 - g % lists / 2);
		assert_ptr_equal(receivers, receivers_of(table, S1, NET + 1 + g % lists));
	}
	assert_true(group_table_memory(table) - before <
		    lists * (MEMBERS + 10) * sizeof(struct mcr_receiver));
}

static void
lists_without_the_member_stay(void **state)
{
	struct mcr_group_table *table = table_of(state);
	const struct mcr_receivers *closed, *open, *joined, *source;

	mcr_group_static_begin(table);
	set(table, group(G1), "1 2 3");
	set(table, group(G2), "1 3");
	mcr_group_static_end(table);
	join(table, group(G3), 5, MCR_ORIGIN_IGMP);
	join(table, source_group(S1, G2), 5, MCR_ORIGIN_IGMP);
	suspend(table, 1);
	commit(table);
	closed = receivers_of(table, S1, G1);
	open = receivers_of(table, S2, G2);
	joined = receivers_of(table, S1, G3);
	source = receivers_of(table, S1, G2);
	suspend(table, 2);
	commit(table);
	assert_ptr_not_equal(receivers_of(table, S1, G1), closed);
	assert_ptr_equal(receivers_of(table, S2, G2), open);
	assert_ptr_equal(receivers_of(table, S1, G3), joined);
	assert_ptr_equal(receivers_of(table, S1, G2), source);
}

/* What is left differs from round to round. */
static void
what_was_made_for_suspensions_is_freed(void **state)
{
	struct mcr_group_table *table = table_of(state);
	size_t before = 0, after = 0;

	configure(table, prefix(NET, 16), "1 2 3 4 5 6 7 8");
	join(table, group(G1), 9, MCR_ORIGIN_IGMP);
	join(table, source_group(S1, G1), 1, MCR_ORIGIN_IGMP);
	commit(table);
	for (uint32_t round = 0; round < 256; round++) {
		for (uint32_t i = 0; i < 8; i++) {
			mcr_group_suspend(table, i + 1, (round >> i & 1) != 0);
			commit(table);
			reclaim(state);
		}
		for (uint32_t i = 0; i < 8; i++)
			resume(table, 8 - i);
		commit(table);
		reclaim(state);
		assert_receivers(table, S1, G1, "1 2 3 4 5 6 7 8 9");
		after = group_table_memory(table);
		if (round == 1)
			before = after;
	}
	assert_int_equal(after, before);
}

static void
what_is_left_goes_with_its_list(void **state)
{
	struct mcr_group_table *table = table_of(state);
	size_t before = 0;
	char members[32];

	suspend(table, 1);
	for (uint32_t round = 0; round < 100; round++) {
		snprintf(members, sizeof(members), "1 2 %u", 3 + round);
		configure(table, group(G1), members);
		assert_receivers(table, S1, G1, members + 2);
		reclaim(state);
		if (round == 1)
			before = group_table_memory(table);
	}
	assert_int_equal(group_table_memory(table), before);
}

static bool
stop_at_once(void *arg)
{
	uint32_t *checks = arg;

	(*checks)++;
	return true;
}

/* Each call does one step; in between, each entry is as before or as after. */
static void
urgent_work_stops_between_entries(void **state)
{
	struct mcr_group_table *table = table_of(state);
	uint32_t checks = 0, calls = 1;

	configure_all(table, 1);
	mcr_group_pace(table, stop_at_once, &checks);
	for (uint32_t i = 1; i < MEMBERS; i++)
		suspend(table, i);
	while (mcr_group_commit(table) == -EAGAIN) {
		calls++;
		for (uint32_t g = 0; g < GROUPS; g++) {
			const uint32_t count = receivers_of(table, S1, NET + 1 + g)->count;

			assert_true(count == MEMBERS || count == 1);
		}
		/* Another one begins the look at all entries again. */
		if (calls == 10)
			suspend(table, 0);
		if (calls == 20)
			resume(table, 0);
	}
	mcr_group_pace(table, NULL, NULL);
	assert_int_equal(checks, calls - 1);
	assert_in_range(calls, 3 * GROUPS, 4 * GROUPS);
	for (uint32_t g = 0; g < GROUPS; g++)
		assert_int_equal(receivers_of(table, S1, NET + 1 + g)->count, 1);
}

static bool
count_checks(void *arg)
{
	uint32_t *checks = arg;

	(*checks)++;
	return false;
}

/* One check for each entry that it looks at; two more if it makes its list again. */
static void
only_entries_that_list_the_member_are_resolved(void **state)
{
	struct mcr_group_table *table = table_of(state);
	uint32_t checks = 0;

	configure_all(table, GROUPS); /* the first member is in one list, the second in two */
	mcr_group_pace(table, count_checks, &checks);
	suspend(table, 0);
	commit(table);
	assert_int_equal(checks, GROUPS + 2);
	checks = 0;
	suspend(table, 1);
	commit(table);
	assert_int_equal(checks, GROUPS + 2 * 2);
	checks = 0;
	resume(table, 0);
	commit(table);
	assert_int_equal(checks, GROUPS + 2);
	checks = 0;
	commit(table);
	assert_int_equal(checks, 0);
	mcr_group_pace(table, NULL, NULL);
}

/* A join does not wait for it, and its entry is right. */
static void
bulk_work_is_left_to_bulk_work(void **state)
{
	struct mcr_group_table *table = table_of(state);

	configure(table, group(G1), "1 2");
	configure(table, prefix(NET, 16), "1 2");
	mcr_group_work_on(table, MCR_GROUP_BULK);
	suspend(table, 2);
	mcr_group_work_on(table, MCR_GROUP_URGENT);
	join(table, group(G2), 3, MCR_ORIGIN_IGMP);
	commit(table);
	assert_receivers(table, S1, G2, "1 3");
	assert_receivers(table, S1, NET + 99, "1 2");
	mcr_group_work_on(table, MCR_GROUP_BULK);
	commit(table);
	assert_receivers(table, S1, NET + 99, "1");
	mcr_group_work_on(table, MCR_GROUP_URGENT);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(a_suspended_member_receives_nothing_whoever_added_it),
		TEST(what_is_said_of_a_suspended_member_counts_when_it_comes_back),
		TEST(a_suspension_that_is_undone_before_the_commit_changes_nothing),
		TEST(it_is_as_if_a_suspended_member_had_joined_nothing),
		TEST(the_own_interest_is_that_of_others),
		TEST(peers_are_not_concerned),
		TEST(origins_are_those_of_others),
		TEST(senders_and_priority_stay),
		TEST(entries_that_share_a_list_share_what_is_left_of_it),
		TEST(lists_without_the_member_stay),
		TEST(what_was_made_for_suspensions_is_freed),
		TEST(what_is_left_goes_with_its_list),
		TEST(urgent_work_stops_between_entries),
		TEST(only_entries_that_list_the_member_are_resolved),
		TEST(bulk_work_is_left_to_bulk_work),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
