/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <errno.h>

#include "fixture.h"
#include "internal.h"

static const uint32_t sizes[] = {0, 1, 255, 256, 1000, 4096};

static struct mcr_group_ref
find(struct mcr_group_table *table, uint32_t source, uint32_t address)
{
	struct mcr_group_ref ref;

	assert_true(mcr_group_find(table, (struct mcr_flow){source, address}, &ref));
	return ref;
}

/* The list has exactly members 0, step, 2 * step, ... */
static void
assert_members(struct mcr_group_table *table, struct mcr_group_ref ref, uint32_t n, uint32_t step)
{
	const struct mcr_receivers *receivers = mcr_group_receivers(table, ref);

	assert_non_null(receivers);
	assert_int_equal(receivers->count, n);
	for (uint32_t i = 0; i < n; i++) {
		assert_int_equal(receivers->at[i].member, i * step);
		assert_int_equal(receivers->at[i].address, receiver(i * step).address);
	}
}

static void
set_members(struct mcr_group_table *table, uint32_t n)
{
	const struct mcr_group_key key = group(G1);
	struct mcr_receiver *receivers = calloc(n + 1, sizeof(*receivers));

	for (uint32_t i = 0; i < n; i++)
		receivers[i] = receiver(n - 1 - i);
	mcr_group_static_begin(table);
	assert_int_equal(set_list(table, &key, receivers, n, NULL, 0), 0);
	mcr_group_static_end(table);
	commit(table);
	free(receivers);
}

static void
static_lists_have_any_size(void **state)
{
	struct mcr_group_table *table = table_of(state);

	for (uint32_t i = 0; i < RTE_DIM(sizes); i++) {
		set_members(table, sizes[i]);
		assert_members(table, find(table, S1, G1), sizes[i], 1);
	}
}

static void
joined_lists_have_any_size(void **state)
{
	struct mcr_group_table *table = table_of(state);

	for (uint32_t i = 1; i < RTE_DIM(sizes); i++) {
		for (uint32_t k = 0; k < sizes[i]; k++)
			join(table, group(G1), k * 7919 % sizes[i], MCR_ORIGIN_IGMP);
		commit(table);
		assert_members(table, find(table, S1, G1), sizes[i], 1);
		for (uint32_t k = 0; k < sizes[i]; k++)
			leave(table, group(G1), k, MCR_ORIGIN_IGMP);
		commit(table);
		assert_receivers(table, S1, G1, "none");
	}
}

static void
lists_merge_at_any_size(void **state)
{
	struct mcr_group_table *table = table_of(state);

	set_members(table, 1000);
	for (uint32_t member = 500; member < 3000; member++)
		join(table, group(G1), member, MCR_ORIGIN_IGMP);
	for (uint32_t member = 2000; member < 4096; member++)
		join(table, source_group(S1, G1), member, MCR_ORIGIN_IGMP);
	commit(table);
	assert_members(table, find(table, S2, G1), 3000, 1);
	assert_members(table, find(table, S1, G1), 4096, 1);
	for (uint32_t member = 1; member < 4096; member += 2) {
		if (member >= 500 && member < 3000)
			leave(table, group(G1), member, MCR_ORIGIN_IGMP);
		if (member >= 2000)
			leave(table, source_group(S1, G1), member, MCR_ORIGIN_IGMP);
	}
	configure(table, group(G1), "");
	for (uint32_t member = 0; member < 500; member += 2)
		join(table, source_group(S1, G1), member, MCR_ORIGIN_RUNTIME);
	commit(table);
	assert_members(table, find(table, S1, G1), 2048, 2);
}

static void
a_storm_of_joins_makes_one_list(void **state)
{
	struct mcr_group_table *table = table_of(state);

	join(table, group(G1), 0, MCR_ORIGIN_IGMP);
	commit(table);
	mcr_rcu_online(rcu_of(state), READER);
	for (uint32_t member = 1; member < 1000; member++)
		join(table, group(G1), member, MCR_ORIGIN_IGMP);
	commit(table);
	assert_int_equal(mcr_rcu_reclaim(rcu_of(state)), 1);
}

static void
a_list_lives_as_long_as_a_reader_may_hold_it(void **state)
{
	struct mcr_group_table *table = table_of(state);
	const struct mcr_receivers *before;

	configure(table, group(G1), "1 2");
	mcr_rcu_online(rcu_of(state), READER);
	before = mcr_group_receivers(table, find(table, S1, G1));
	configure(table, group(G1), "3");
	assert_true(mcr_rcu_reclaim(rcu_of(state)) > 0);
	assert_int_equal(before->count, 2);
	assert_int_equal(before->at[1].member, 2);
	mcr_rcu_quiescent(rcu_of(state), READER);
	assert_int_equal(mcr_rcu_reclaim(rcu_of(state)), 0);
	assert_receivers(table, S1, G1, "3");
}

static void
an_id_is_reused_after_the_grace_period_only(void **state)
{
	struct mcr_group_table *table = table_of(state);
	struct mcr_group_ref first, second, third;

	mcr_rcu_online(rcu_of(state), READER);
	join(table, group(G1), 1, MCR_ORIGIN_IGMP);
	commit(table);
	first = find(table, S1, G1);
	leave(table, group(G1), 1, MCR_ORIGIN_IGMP);
	commit(table);
	assert_null(mcr_group_receivers(table, first));
	mcr_rcu_reclaim(rcu_of(state));
	join(table, group(G2), 2, MCR_ORIGIN_IGMP);
	commit(table);
	second = find(table, S1, G2);
	assert_int_not_equal(second.id, first.id);
	mcr_rcu_quiescent(rcu_of(state), READER);
	assert_int_equal(mcr_rcu_reclaim(rcu_of(state)), 0);
	join(table, group(G3), 3, MCR_ORIGIN_IGMP);
	commit(table);
	third = find(table, S1, G3);
	assert_int_equal(third.id, first.id);
	assert_int_not_equal(third.generation, first.generation);
	assert_null(mcr_group_receivers(table, first));
	assert_false(mcr_group_may_send(table, first, 1, 0));
	assert_true(mcr_group_may_send(table, third, 1, 0));
	assert_true(third.id < mcr_group_ids(table));
}

static void
a_changed_list_keeps_its_reference(void **state)
{
	struct mcr_group_table *table = table_of(state);
	struct mcr_group_ref ref;
	char text[32];

	join(table, group(G1), 1, MCR_ORIGIN_IGMP);
	commit(table);
	ref = find(table, S1, G1);
	join(table, group(G1), 2, MCR_ORIGIN_IGMP);
	commit(table);
	print_members(mcr_group_receivers(table, ref), text, sizeof(text));
	assert_string_equal(text, "1 2");
	assert_int_equal(find(table, S1, G1).id, ref.id);
	assert_int_equal(find(table, S1, G1).generation, ref.generation);
}

/* It would be sent to the wrong members, had it waited while these changed. */
static void
what_a_new_entry_decides_about_is_to_be_found_again(void **state)
{
	struct mcr_group_table *table = table_of(state);
	struct mcr_group_ref covered, elsewhere;

	configure(table, prefix(IP(239, 192, 0, 0), 16), "1");
	covered = find(table, S1, G1);
	mcr_group_static_begin(table);
	set(table, prefix(IP(239, 192, 0, 0), 16), "2");
	set(table, group(G1), "1");
	mcr_group_static_end(table);
	commit(table);
	assert_null(mcr_group_receivers(table, covered));
	assert_null(mcr_group_peers(table, covered));
	assert_receivers(table, S1, G1, "1");
	elsewhere = find(table, S1, G2);
	join(table, group(G1), 3, MCR_ORIGIN_IGMP);
	commit(table);
	assert_non_null(mcr_group_receivers(table, elsewhere));
}

static void
origins_of_a_member_are_reported(void **state)
{
	struct mcr_group_table *table = table_of(state);
	struct mcr_group_key key = source_group(S1, G1);
	uint32_t id;

	configure(table, prefix(IP(239, 192, 0, 0), 16), "1");
	join(table, group(G1), 1, MCR_ORIGIN_IGMP);
	join(table, group(G1), 2, MCR_ORIGIN_IGMP);
	join(table, key, 2, MCR_ORIGIN_RUNTIME);
	join(table, key, 3, MCR_ORIGIN_AMT);
	block(table, key, 1, MCR_ORIGIN_IGMP);
	commit(table);
	id = mcr_group_lookup(table, &key);
	assert_int_equal(mcr_group_origins_of(table, id, 1), MCR_ORIGIN_STATIC);
	assert_int_equal(mcr_group_origins_of(table, id, 2), MCR_ORIGIN_RUNTIME | MCR_ORIGIN_IGMP);
	assert_int_equal(mcr_group_origins_of(table, id, 3), MCR_ORIGIN_AMT);
	assert_int_equal(mcr_group_origins_of(table, id, 4), 0);
	assert_int_equal(mcr_group_origins(table, id),
		MCR_ORIGIN_STATIC | MCR_ORIGIN_RUNTIME | MCR_ORIGIN_IGMP | MCR_ORIGIN_AMT);
	key = prefix(IP(239, 192, 0, 0), 16);
	assert_int_equal(group_entry_decider(table, id), mcr_group_lookup(table, &key));
	assert_int_equal(
		mcr_group_origins(table, mcr_group_lookup(table, &key)), MCR_ORIGIN_STATIC);
}

static void
an_entry_of_the_configuration_is_static_without_receivers_too(void **state)
{
	struct mcr_group_table *table = table_of(state);
	struct mcr_group_key key = prefix(IP(239, 192, 0, 0), 16);

	configure(table, key, "");
	join(table, group(G1), 1, MCR_ORIGIN_IGMP);
	commit(table);
	assert_int_equal(
		mcr_group_origins(table, mcr_group_lookup(table, &key)), MCR_ORIGIN_STATIC);
	key = group(G1);
	assert_int_equal(mcr_group_origins(table, mcr_group_lookup(table, &key)), MCR_ORIGIN_IGMP);
}

static void
entries_are_listed_by_id(void **state)
{
	struct mcr_group_table *table = table_of(state);
	const struct mcr_group_key absent = group(G3);
	uint32_t id;

	mcr_group_static_begin(table);
	set(table, prefix(MCR_GROUP_FALLBACK, 0), "1");
	set(table, group(G1), "1");
	set(table, prefix(IP(239, 192, 0, 0), 16), "1");
	mcr_group_static_end(table);
	join(table, source_group(S1, G2), 1, MCR_ORIGIN_IGMP);
	commit(table);
	assert_int_equal(mcr_group_count(table), 3);
	id = mcr_group_next(table, 0);
	assert_int_equal(mcr_group_key_of(table, id).group, G1);
	id = mcr_group_next(table, id + 1);
	assert_int_equal(mcr_group_key_of(table, id).length, 16);
	id = mcr_group_next(table, id + 1);
	assert_int_equal(mcr_group_key_of(table, id).source, S1);
	assert_int_equal(mcr_group_ref_of(table, id).id, id);
	assert_int_equal(mcr_group_next(table, id + 1), MCR_GROUP_NONE);
	assert_int_equal(mcr_group_lookup(table, &absent), MCR_GROUP_NONE);
}

static void
memory_is_given_back(void **state)
{
	struct mcr_group_table *table = table_of(state);
	size_t before;

	join(table, group(G1), 4999, MCR_ORIGIN_IGMP);
	commit(table);
	before = group_table_memory(table);
	for (uint32_t round = 0; round < 3; round++) {
		for (uint32_t i = 0; i < GROUPS - 1; i++)
			join(table, group(G2 + i), i, MCR_ORIGIN_IGMP);
		commit(table);
		for (uint32_t i = 0; i < GROUPS - 1; i++)
			mcr_group_forget_member(table, i);
		commit(table);
		assert_int_equal(mcr_rcu_reclaim(rcu_of(state)), 0);
	}
	assert_true(group_table_memory(table) - before < GROUPS * 128);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(static_lists_have_any_size),
		TEST(joined_lists_have_any_size),
		TEST(lists_merge_at_any_size),
		TEST(a_storm_of_joins_makes_one_list),
		TEST(a_list_lives_as_long_as_a_reader_may_hold_it),
		TEST(an_id_is_reused_after_the_grace_period_only),
		TEST(a_changed_list_keeps_its_reference),
		TEST(what_a_new_entry_decides_about_is_to_be_found_again),
		TEST(origins_of_a_member_are_reported),
		TEST(an_entry_of_the_configuration_is_static_without_receivers_too),
		TEST(entries_are_listed_by_id),
		TEST(memory_is_given_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
