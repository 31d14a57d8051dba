/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <errno.h>

#include "fixture.h"

static const struct mcr_receivers *
list_of(struct mcr_group_table *table, uint32_t address)
{
	struct mcr_group_ref ref;

	assert_true(mcr_group_find(table, (struct mcr_flow){S1, address}, &ref));
	return mcr_group_receivers(table, ref);
}

static void
an_entry_that_is_not_set_again_is_removed(void **state)
{
	struct mcr_group_table *table = table_of(state);

	mcr_group_static_begin(table);
	set(table, group(G1), "1 2");
	set(table, group(G2), "3");
	mcr_group_static_end(table);
	commit(table);
	configure(table, group(G2), "3");
	assert_receivers(table, S1, G1, "none");
	assert_receivers(table, S1, G2, "3");
	assert_int_equal(mcr_group_count(table), 1);
}

static void
an_unchanged_list_stays_the_same_object(void **state)
{
	struct mcr_group_table *table = table_of(state);
	const struct mcr_receivers *first, *joined;

	configure(table, group(G1), "1 2 3");
	join(table, group(G2), 1, MCR_ORIGIN_IGMP);
	commit(table);
	first = list_of(table, G1);
	joined = list_of(table, G2);
	mcr_group_static_begin(table);
	set(table, prefix(IP(239, 0, 0, 0), 8), "");
	set(table, group(G1), "3 2 1 2");
	mcr_group_static_end(table);
	commit(table);
	assert_ptr_equal(list_of(table, G1), first);
	assert_ptr_equal(list_of(table, G2), joined);
}

static void
learned_receivers_survive(void **state)
{
	struct mcr_group_table *table = table_of(state);

	configure(table, group(G1), "1 2");
	join(table, group(G1), 2, MCR_ORIGIN_IGMP);
	join(table, group(G1), 3, MCR_ORIGIN_RUNTIME);
	commit(table);
	configure(table, group(G2), "1");
	assert_receivers(table, S1, G1, "2 3");
}

static void
static_entries_change_only_at_the_end(void **state)
{
	struct mcr_group_table *table = table_of(state);

	configure(table, group(G1), "1");
	mcr_group_static_begin(table);
	set(table, group(G1), "2");
	set(table, group(G2), "3");
	commit(table);
	assert_receivers(table, S1, G1, "1");
	assert_receivers(table, S1, G2, "none");
	mcr_group_static_end(table);
	commit(table);
	assert_receivers(table, S1, G1, "2");
	assert_receivers(table, S1, G2, "3");
}

static void
a_cancelled_configuration_leaves_no_trace(void **state)
{
	struct mcr_group_table *table = table_of(state);

	configure(table, group(G1), "1");
	mcr_group_static_begin(table);
	set(table, group(G1), "2");
	set(table, group(G2), "3");
	mcr_group_static_cancel(table);
	commit(table);
	assert_receivers(table, S1, G1, "1");
	assert_receivers(table, S1, G2, "none");
	assert_int_equal(mcr_group_count(table), 1);
	configure(table, group(G2), "4");
	assert_receivers(table, S1, G1, "none");
	assert_receivers(table, S1, G2, "4");
}

static void
an_entry_set_twice_is_refused(void **state)
{
	struct mcr_group_table *table = table_of(state);

	mcr_group_static_begin(table);
	set(table, group(G1), "1");
	set(table, source_group(S1, G1), "2");
	assert_int_equal(try_set(table, group(G1), "2"), -EEXIST);
	mcr_group_static_cancel(table);
	configure(table, group(G1), "3");
	assert_receivers(table, S1, G1, "3");
}

static void
wrong_keys_are_refused(void **state)
{
	struct mcr_group_table *table = table_of(state);
	const struct mcr_group_key source_of_prefix = {
		.group = IP(239, 0, 0, 0), .source = S1, .length = 8};

	mcr_group_static_begin(table);
	assert_int_equal(try_set(table, group(S1), "1"), -EINVAL);
	assert_int_equal(try_set(table, prefix(IP(239, 1, 0, 1), 24), "1"), -EINVAL);
	assert_int_equal(try_set(table, prefix(IP(224, 0, 0, 0), 3), "1"), -EINVAL);
	assert_int_equal(try_set(table, prefix(G1, 33), "1"), -EINVAL);
	assert_int_equal(try_set(table, source_of_prefix, "1"), -EINVAL);
	assert_int_equal(try_set(table, source_group(S1, MCR_GROUP_BROADCAST), "1"), -EINVAL);
	set(table, prefix(IP(224, 0, 0, 0), 4), "1");
	mcr_group_static_end(table);
}

static void
set_groups(struct mcr_group_table *table, uint32_t from, uint32_t n)
{
	mcr_group_static_begin(table);
	set(table, group(MCR_GROUP_BROADCAST), "1");
	set(table, prefix(MCR_GROUP_FALLBACK, 0), "1");
	for (uint32_t i = 0; i < n; i++)
		set(table, group(from + i), "1");
}

static void
a_full_configuration_can_be_replaced_by_another(void **state)
{
	struct mcr_group_table *table = table_of(state);

	for (uint32_t round = 0; round < 3; round++) {
		set_groups(table, G1 + round * GROUPS, GROUPS);
		mcr_group_static_end(table);
		commit(table);
		mcr_rcu_reclaim(rcu_of(state));
		assert_int_equal(mcr_group_count(table), GROUPS);
		assert_receivers(table, S1, G1 + round * GROUPS, "1");
	}
	set_groups(table, G1, GROUPS);
	assert_int_equal(try_set(table, group(G1 + GROUPS), "1"), -ENOSPC);
	mcr_group_static_cancel(table);
}

static void
a_flow_keeps_its_receivers_when_another_entry_decides(void **state)
{
	struct mcr_group_table *table = table_of(state);
	static const uint32_t lengths[] = {32, 24, 16, 8};

	for (uint32_t round = 0; round < 40; round++) {
		const uint32_t length = lengths[round * 7 % 4];

		configure(table, prefix(G1 & UINT32_MAX << (32 - length), length), "1");
		assert_receivers(table, S1, G1, "1");
		assert_int_equal(mcr_group_count(table), 1);
	}
}

static bool
may_send(struct mcr_group_table *table, uint32_t address, uint32_t member, uint32_t from)
{
	struct mcr_group_ref ref;

	assert_true(mcr_group_find(table, (struct mcr_flow){S1, address}, &ref));
	return mcr_group_may_send(table, ref, member, from);
}

static void
set_senders(struct mcr_group_table *table, struct mcr_group_key key,
	const struct mcr_sender *senders, uint32_t n)
{
	const struct mcr_receiver one = receiver(1);

	assert_int_equal(set_list(table, &key, &one, 1, senders, n), 0);
}

static void
senders_are_members_or_prefixes(void **state)
{
	static const struct mcr_sender senders[] = {
		{9, 0, 0},
		{MCR_GROUP_NONE, UINT32_C(0x0a010000), 16},
		{3, 0, 0},
		{MCR_GROUP_NONE, UINT32_C(0x0a020304), 32},
		{7, 0, 0},
	};
	struct mcr_group_table *table = table_of(state);

	mcr_group_static_begin(table);
	set_senders(table, group(G1), senders, RTE_DIM(senders));
	set(table, group(G2), "1");
	mcr_group_static_end(table);
	commit(table);
	assert_true(may_send(table, G1, 3, 0));
	assert_true(may_send(table, G1, 7, 0));
	assert_true(may_send(table, G1, 9, 0));
	assert_false(may_send(table, G1, 8, 0));
	assert_true(may_send(table, G1, 8, IP(10, 1, 255, 1)));
	assert_false(may_send(table, G1, 8, IP(10, 3, 0, 1)));
	assert_true(may_send(table, G1, 8, IP(10, 2, 3, 4)));
	assert_false(may_send(table, G1, 8, IP(10, 2, 3, 5)));
	assert_true(may_send(table, G2, 8, 0));
}

static void
senders_are_those_of_the_deciding_entry(void **state)
{
	static const struct mcr_sender only_5 = {5, 0, 0}, only_6 = {6, 0, 0};
	struct mcr_group_table *table = table_of(state);

	mcr_group_static_begin(table);
	set_senders(table, prefix(IP(239, 192, 0, 0), 16), &only_5, 1);
	set_senders(table, group(G1), &only_6, 1);
	mcr_group_static_end(table);
	join(table, group(G2), 2, MCR_ORIGIN_IGMP);
	join(table, source_group(S1, G1), 2, MCR_ORIGIN_IGMP);
	commit(table);
	assert_receivers(table, S1, G2, "1 2");
	assert_true(may_send(table, G2, 5, 0));
	assert_false(may_send(table, G2, 6, 0));
	assert_true(may_send(table, G1, 6, 0));
	assert_false(may_send(table, G1, 5, 0));
}

static void
changed_senders_are_published(void **state)
{
	static const struct mcr_sender only_5 = {5, 0, 0}, only_6 = {6, 0, 0};
	struct mcr_group_table *table = table_of(state);

	mcr_group_static_begin(table);
	set_senders(table, group(G1), &only_5, 1);
	mcr_group_static_end(table);
	join(table, group(G1), 2, MCR_ORIGIN_IGMP);
	commit(table);
	assert_false(may_send(table, G1, 6, 0));
	mcr_group_static_begin(table);
	set_senders(table, group(G1), &only_6, 1);
	mcr_group_static_end(table);
	commit(table);
	assert_true(may_send(table, G1, 6, 0));
	assert_false(may_send(table, G1, 5, 0));
	configure(table, group(G1), "1");
	assert_true(may_send(table, G1, 5, 0));
	assert_receivers(table, S1, G1, "1 2");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_entry_that_is_not_set_again_is_removed),
		TEST(an_unchanged_list_stays_the_same_object),
		TEST(learned_receivers_survive),
		TEST(static_entries_change_only_at_the_end),
		TEST(a_cancelled_configuration_leaves_no_trace),
		TEST(an_entry_set_twice_is_refused),
		TEST(wrong_keys_are_refused),
		TEST(a_full_configuration_can_be_replaced_by_another),
		TEST(a_flow_keeps_its_receivers_when_another_entry_decides),
		TEST(senders_are_members_or_prefixes),
		TEST(senders_are_those_of_the_deciding_entry),
		TEST(changed_senders_are_published),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
