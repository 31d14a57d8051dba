/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <errno.h>

#include <rte_errno.h>

#include "fixture.h"

static void
an_empty_table_has_no_entry(void **state)
{
	assert_receivers(table_of(state), S1, G1, "none");
}

static void
nothing_is_seen_before_the_commit(void **state)
{
	struct mcr_group_table *table = table_of(state);

	join(table, group(G1), 1, MCR_ORIGIN_IGMP);
	assert_receivers(table, S1, G1, "none");
	commit(table);
	assert_receivers(table, S1, G1, "1");
	leave(table, group(G1), 1, MCR_ORIGIN_IGMP);
	assert_receivers(table, S1, G1, "1");
	commit(table);
	assert_receivers(table, S1, G1, "none");
}

static void
receivers_are_sorted_by_address(void **state)
{
	struct mcr_group_table *table = table_of(state);
	const struct mcr_group_key key = group(G1);
	const struct mcr_receiver twin = {IP(10, 0, 0, 1), 4000};

	join(table, key, 7, MCR_ORIGIN_IGMP);
	assert_int_equal(mcr_group_add(table, &key, twin, MCR_ORIGIN_AMT), 0);
	join(table, key, 1, MCR_ORIGIN_RUNTIME);
	join(table, key, 3, MCR_ORIGIN_IGMP);
	commit(table);
	assert_receivers(table, S1, G1, "1 4000 3 7");
}

static void
each_origin_is_withdrawn_on_its_own(void **state)
{
	struct mcr_group_table *table = table_of(state);

	join(table, group(G1), 1, MCR_ORIGIN_IGMP);
	join(table, group(G1), 1, MCR_ORIGIN_RUNTIME);
	join(table, group(G1), 1, MCR_ORIGIN_AMT);
	leave(table, group(G1), 1, MCR_ORIGIN_IGMP);
	commit(table);
	assert_receivers(table, S1, G1, "1");
	leave(table, group(G1), 1, MCR_ORIGIN_AMT);
	commit(table);
	assert_receivers(table, S1, G1, "1");
	leave(table, group(G1), 1, MCR_ORIGIN_RUNTIME);
	commit(table);
	assert_receivers(table, S1, G1, "none");
}

static void
a_leave_without_a_join_is_no_entry(void **state)
{
	struct mcr_group_table *table = table_of(state);
	const struct mcr_group_key joined = group(G1), other = group(G2);

	join(table, joined, 1, MCR_ORIGIN_IGMP);
	assert_int_equal(mcr_group_remove(table, &joined, 1, MCR_ORIGIN_AMT), -ENOENT);
	assert_int_equal(mcr_group_remove(table, &joined, 2, MCR_ORIGIN_IGMP), -ENOENT);
	assert_int_equal(mcr_group_remove(table, &other, 1, MCR_ORIGIN_IGMP), -ENOENT);
	assert_int_equal(mcr_group_unblock(table, &joined, 1, MCR_ORIGIN_IGMP), -ENOENT);
}

static void
a_leave_takes_nothing_from_a_static_receiver(void **state)
{
	struct mcr_group_table *table = table_of(state);

	configure(table, group(G1), "1 2");
	join(table, group(G1), 1, MCR_ORIGIN_IGMP);
	commit(table);
	leave(table, group(G1), 1, MCR_ORIGIN_IGMP);
	commit(table);
	assert_receivers(table, S1, G1, "1 2");
}

static void
source_group_and_any_source_receivers_are_added_once_each(void **state)
{
	struct mcr_group_table *table = table_of(state);

	configure(table, group(G1), "1 2");
	join(table, group(G1), 2, MCR_ORIGIN_IGMP);
	join(table, group(G1), 4, MCR_ORIGIN_IGMP);
	join(table, source_group(S1, G1), 1, MCR_ORIGIN_IGMP);
	join(table, source_group(S1, G1), 3, MCR_ORIGIN_IGMP);
	join(table, source_group(S1, G1), 4, MCR_ORIGIN_AMT);
	commit(table);
	assert_receivers(table, S1, G1, "1 2 3 4");
	assert_receivers(table, S2, G1, "1 2 4");
}

static void
any_source_changes_reach_source_groups(void **state)
{
	struct mcr_group_table *table = table_of(state);

	join(table, source_group(S1, G1), 1, MCR_ORIGIN_IGMP);
	join(table, source_group(S2, G1), 2, MCR_ORIGIN_IGMP);
	join(table, source_group(S2, G2), 3, MCR_ORIGIN_IGMP);
	commit(table);
	assert_receivers(table, S1 + 9, G1, "none");
	join(table, group(G1), 5, MCR_ORIGIN_IGMP);
	commit(table);
	assert_receivers(table, S1, G1, "1 5");
	assert_receivers(table, S2, G1, "2 5");
	assert_receivers(table, S2, G2, "3");
	leave(table, source_group(S1, G1), 1, MCR_ORIGIN_IGMP);
	leave(table, group(G1), 5, MCR_ORIGIN_IGMP);
	commit(table);
	assert_receivers(table, S1, G1, "none");
	assert_receivers(table, S2, G1, "2");
}

static void
only_the_most_specific_static_entry_counts(void **state)
{
	struct mcr_group_table *table = table_of(state);

	mcr_group_static_begin(table);
	set(table, prefix(IP(239, 0, 0, 0), 8), "1");
	set(table, prefix(IP(239, 192, 0, 0), 16), "2");
	set(table, group(G1), "3");
	set(table, source_group(S1, G1), "4");
	mcr_group_static_end(table);
	commit(table);
	assert_receivers(table, S1, G1, "4");
	assert_receivers(table, S2, G1, "3");
	assert_receivers(table, S1, G2, "2");
	assert_receivers(table, S1, G3, "1");
	assert_receivers(table, S1, IP(238, 0, 0, 1), "none");
}

static void
joined_groups_keep_the_static_receivers_of_their_prefix(void **state)
{
	struct mcr_group_table *table = table_of(state);

	configure(table, prefix(IP(239, 192, 0, 0), 16), "1 2");
	join(table, group(G1), 5, MCR_ORIGIN_IGMP);
	join(table, source_group(S1, G2), 6, MCR_ORIGIN_IGMP);
	commit(table);
	assert_receivers(table, S1, G1, "1 2 5");
	assert_receivers(table, S1, G2, "1 2 6");
	assert_receivers(table, S2, G2, "1 2");
	configure(table, prefix(IP(239, 0, 0, 0), 8), "3");
	assert_receivers(table, S1, G1, "3 5");
	assert_receivers(table, S1, G2, "3 6");
	configure(table, group(G3), "4");
	assert_receivers(table, S1, G1, "5");
	assert_receivers(table, S2, G2, "none");
}

/* RFC 9776 4.2.12: EXCLUDE{S} is all sources but S. */
static void
an_exclude_narrows_what_its_origin_joined(void **state)
{
	struct mcr_group_table *table = table_of(state);

	join(table, group(G1), 1, MCR_ORIGIN_IGMP);
	join(table, group(G1), 2, MCR_ORIGIN_IGMP);
	block(table, source_group(S1, G1), 1, MCR_ORIGIN_IGMP);
	commit(table);
	assert_receivers(table, S1, G1, "2");
	assert_receivers(table, S2, G1, "1 2");
	unblock(table, source_group(S1, G1), 1, MCR_ORIGIN_IGMP);
	commit(table);
	assert_receivers(table, S1, G1, "1 2");
	assert_int_equal(mcr_group_count(table), 1);
}

static void
an_exclude_leaves_other_origins_alone(void **state)
{
	struct mcr_group_table *table = table_of(state);

	configure(table, group(G1), "1");
	join(table, group(G1), 1, MCR_ORIGIN_IGMP);
	join(table, group(G1), 2, MCR_ORIGIN_IGMP);
	join(table, group(G1), 2, MCR_ORIGIN_RUNTIME);
	join(table, group(G1), 3, MCR_ORIGIN_AMT);
	block(table, source_group(S1, G1), 1, MCR_ORIGIN_IGMP);
	block(table, source_group(S1, G1), 2, MCR_ORIGIN_IGMP);
	block(table, source_group(S1, G1), 3, MCR_ORIGIN_AMT);
	commit(table);
	assert_receivers(table, S1, G1, "1 2");
	leave(table, group(G1), 2, MCR_ORIGIN_RUNTIME);
	commit(table);
	assert_receivers(table, S1, G1, "1");
	assert_receivers(table, S2, G1, "1 2 3");
}

static void
an_exclude_alone_does_not_make_a_group_known(void **state)
{
	struct mcr_group_table *table = table_of(state);

	configure(table, prefix(MCR_GROUP_FALLBACK, 0), "8 9");
	block(table, source_group(S1, G1), 1, MCR_ORIGIN_IGMP);
	commit(table);
	assert_receivers(table, S1, G1, "8 9");
	join(table, group(G1), 1, MCR_ORIGIN_IGMP);
	commit(table);
	assert_receivers(table, S1, G1, "");
	assert_receivers(table, S2, G1, "1");
}

static void
unknown_groups_use_the_fallback(void **state)
{
	struct mcr_group_table *table = table_of(state);

	mcr_group_static_begin(table);
	set(table, prefix(MCR_GROUP_FALLBACK, 0), "1 2 3");
	set(table, prefix(IP(239, 192, 0, 0), 16), "4");
	mcr_group_static_end(table);
	join(table, group(G3), 5, MCR_ORIGIN_IGMP);
	commit(table);
	assert_receivers(table, S1, IP(224, 1, 2, 3), "1 2 3");
	assert_receivers(table, S1, G1, "4");
	assert_receivers(table, S1, G3, "5");
	assert_receivers(table, S1, MCR_GROUP_BROADCAST, "none");
	assert_int_equal(mcr_group_count(table), 2);
}

static void
broadcast_is_an_entry_that_is_not_listed(void **state)
{
	struct mcr_group_table *table = table_of(state);

	configure(table, group(MCR_GROUP_BROADCAST), "2 1");
	assert_receivers(table, S1, MCR_GROUP_BROADCAST, "1 2");
	assert_int_equal(mcr_group_count(table), 0);
	assert_int_equal(mcr_group_next(table, 0), MCR_GROUP_NONE);
}

static void
bursts_find_what_single_lookups_find(void **state)
{
	struct mcr_group_table *table = table_of(state);
	struct mcr_flow flows[MCR_GROUP_BURST_MAX];
	struct mcr_group_ref refs[MCR_GROUP_BURST_MAX], ref;
	uint64_t hits, expected = 0;

	configure(table, prefix(IP(239, 192, 0, 0), 29), "1");
	for (uint32_t i = 0; i < 24; i += 3)
		join(table, group(IP(239, 192, 0, i)), 2, MCR_ORIGIN_IGMP);
	for (uint32_t i = 0; i < 24; i += 5)
		join(table, source_group(S1, IP(239, 192, 0, i)), 3, MCR_ORIGIN_IGMP);
	commit(table);
	for (uint32_t i = 0; i < MCR_GROUP_BURST_MAX; i++)
		flows[i] = (struct mcr_flow){i % 2 == 0 ? S1 : S2, IP(239, 192, 0, i)};
	hits = mcr_group_find_burst(table, flows, MCR_GROUP_BURST_MAX, refs);
	for (uint32_t i = 0; i < MCR_GROUP_BURST_MAX; i++) {
		expected |= (uint64_t)mcr_group_find(table, flows[i], &ref) << i;
		assert_int_equal(ref.id, refs[i].id);
	}
	assert_true(hits == expected);
	assert_true(hits != 0 && hits != UINT64_MAX);
}

static void
a_member_is_forgotten_everywhere(void **state)
{
	struct mcr_group_table *table = table_of(state);

	configure(table, group(G3), "1");
	join(table, group(G1), 1, MCR_ORIGIN_IGMP);
	join(table, group(G1), 2, MCR_ORIGIN_IGMP);
	join(table, group(G2), 1, MCR_ORIGIN_RUNTIME);
	join(table, source_group(S1, G2), 1, MCR_ORIGIN_AMT);
	block(table, source_group(S2, G1), 1, MCR_ORIGIN_IGMP);
	commit(table);
	assert_int_equal(mcr_group_memberships(table, 1), 4);
	mcr_group_forget_member(table, 1);
	commit(table);
	assert_int_equal(mcr_group_memberships(table, 1), 0);
	assert_receivers(table, S1, G1, "2");
	assert_receivers(table, S2, G1, "2");
	assert_receivers(table, S1, G2, "none");
	assert_receivers(table, S1, G3, "1");
	assert_int_equal(mcr_group_count(table), 2);
	mcr_group_forget_member(table, 1);
}

static void
wrong_keys_members_and_origins_are_refused(void **state)
{
	struct mcr_group_table *table = table_of(state);
	const struct mcr_group_key unicast = group(S1), wide = prefix(G1, 24), ok = group(G1);
	const struct mcr_group_key broadcast = group(MCR_GROUP_BROADCAST);
	const struct mcr_receiver moved = {IP(10, 9, 9, 9), 1};

	assert_int_equal(mcr_group_add(table, &unicast, receiver(1), MCR_ORIGIN_IGMP), -EINVAL);
	assert_int_equal(mcr_group_add(table, &broadcast, receiver(1), MCR_ORIGIN_IGMP), -EINVAL);
	assert_int_equal(mcr_group_add(table, &wide, receiver(1), MCR_ORIGIN_IGMP), -EINVAL);
	assert_int_equal(mcr_group_add(table, &ok, receiver(1), MCR_ORIGIN_STATIC), -EINVAL);
	assert_int_equal(mcr_group_add(table, &ok, receiver(MEMBERS), MCR_ORIGIN_IGMP), -EINVAL);
	assert_int_equal(mcr_group_block(table, &ok, receiver(1), MCR_ORIGIN_IGMP), -EINVAL);
	join(table, ok, 1, MCR_ORIGIN_IGMP);
	assert_int_equal(mcr_group_add(table, &ok, moved, MCR_ORIGIN_IGMP), -EINVAL);
	mcr_group_forget_member(table, 1);
	assert_int_equal(mcr_group_add(table, &ok, moved, MCR_ORIGIN_IGMP), 0);
}

static void
a_full_table_returns_enospc(void **state)
{
	struct mcr_group_table *table = table_of(state);
	const struct mcr_group_key more = group(G3);

	for (uint32_t i = 0; i < GROUPS; i++)
		join(table, group(G1 + i), 1, MCR_ORIGIN_IGMP);
	assert_int_equal(mcr_group_add(table, &more, receiver(1), MCR_ORIGIN_IGMP), -ENOSPC);
	join(table, group(G1), 2, MCR_ORIGIN_IGMP);
	commit(table);
	leave(table, group(G2), 1, MCR_ORIGIN_IGMP);
	commit(table);
	join(table, more, 1, MCR_ORIGIN_IGMP);
	commit(table);
	assert_receivers(table, S1, G3, "1");
}

static void
wrong_sizes_are_refused(void **state)
{
	assert_null(mcr_group_create(0, 1, 0, rcu_of(state)));
	assert_int_equal(rte_errno, EINVAL);
	assert_null(mcr_group_create(4194305, 1, 0, rcu_of(state)));
	assert_int_equal(rte_errno, EINVAL);
	assert_null(mcr_group_create(1, 0, 0, rcu_of(state)));
	assert_int_equal(rte_errno, EINVAL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_empty_table_has_no_entry),
		TEST(nothing_is_seen_before_the_commit),
		TEST(receivers_are_sorted_by_address),
		TEST(each_origin_is_withdrawn_on_its_own),
		TEST(a_leave_without_a_join_is_no_entry),
		TEST(a_leave_takes_nothing_from_a_static_receiver),
		TEST(source_group_and_any_source_receivers_are_added_once_each),
		TEST(any_source_changes_reach_source_groups),
		TEST(only_the_most_specific_static_entry_counts),
		TEST(joined_groups_keep_the_static_receivers_of_their_prefix),
		TEST(an_exclude_narrows_what_its_origin_joined),
		TEST(an_exclude_leaves_other_origins_alone),
		TEST(an_exclude_alone_does_not_make_a_group_known),
		TEST(unknown_groups_use_the_fallback),
		TEST(broadcast_is_an_entry_that_is_not_listed),
		TEST(bursts_find_what_single_lookups_find),
		TEST(a_member_is_forgotten_everywhere),
		TEST(wrong_keys_members_and_origins_are_refused),
		TEST(a_full_table_returns_enospc),
		TEST(wrong_sizes_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
