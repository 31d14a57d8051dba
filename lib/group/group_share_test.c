/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include "fixture.h"
#include "internal.h"

#define NET IP(239, 192, 0, 0)
#define MANY 4096
#define JOINER (MEMBERS - 1)
#define JOINS 4000
#define PRIORITY MCR_GROUP_PRIORITY_DEFAULT
#define MEGABYTE (1 << 20)

static int
set_up_large(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	assert_non_null(fixture);
	fixture->rcu = mcr_rcu_create(2);
	fixture->table = mcr_group_create(2 * JOINS, MEMBERS, 0, fixture->rcu);
	assert_non_null(fixture->table);
	*state = fixture;
	return 0;
}

static void
reclaim(void **state)
{
	while (mcr_rcu_reclaim(rcu_of(state)) != 0)
		;
}

static void
configure_many(struct mcr_group_table *table, struct mcr_group_key key, uint32_t first)
{
	static struct mcr_receiver receivers[MANY];

	for (uint32_t i = 0; i < MANY; i++)
		receivers[i] = receiver(first + i);
	mcr_group_static_begin(table);
	assert_int_equal(set_list(table, &key, receivers, MANY, NULL, 0), 0);
	mcr_group_static_end(table);
	commit(table);
}

static void
join_sources(struct mcr_group_table *table, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		join(table, source_group(S1 + i, G1), JOINER, MCR_ORIGIN_IGMP);
	commit(table);
}

static void
leave_sources(struct mcr_group_table *table, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		leave(table, source_group(S1 + i, G1), JOINER, MCR_ORIGIN_IGMP);
	commit(table);
}

static const struct mcr_receivers *
receivers_of(const struct mcr_group_table *table, uint32_t source)
{
	struct mcr_group_ref ref;

	assert_true(mcr_group_find(table, (struct mcr_flow){source, G1}, &ref));
	return mcr_group_receivers(table, ref);
}

/* From 16 kB of reports; unshared, each entry would take 32 kB. */
static void
assert_joins_are_cheap(void **state, uint32_t inherited)
{
	struct mcr_group_table *table = table_of(state);
	size_t before;

	reclaim(state);
	before = group_table_memory(table);
	join_sources(table, JOINS);
	reclaim(state);
	assert_true(group_table_memory(table) - before < MEGABYTE);
	for (uint32_t i = 0; i < JOINS; i++)
		assert_ptr_equal(receivers_of(table, S1 + i), receivers_of(table, S1));
	assert_int_equal(receivers_of(table, S1)->count, inherited);
}

static void
sources_beside_a_prefix_are_cheap(void **state)
{
	configure_many(table_of(state), prefix(NET, 24), 0);
	assert_joins_are_cheap(state, MANY + 1);
}

static void
sources_of_a_prefixs_receiver_are_cheap(void **state)
{
	configure_many(table_of(state), prefix(NET, 24), MEMBERS - MANY);
	assert_joins_are_cheap(state, MANY);
}

static void
sources_beside_a_learned_group_are_cheap(void **state)
{
	struct mcr_group_table *table = table_of(state);

	for (uint32_t i = 0; i < MANY; i++)
		join(table, group(G1), i, MCR_ORIGIN_IGMP);
	commit(table);
	assert_joins_are_cheap(state, MANY + 1);
}

static void
excluded_sources_are_cheap(void **state)
{
	struct mcr_group_table *table = table_of(state);
	size_t before;

	for (uint32_t i = 0; i < MANY; i++)
		join(table, group(G1), i, MCR_ORIGIN_IGMP);
	commit(table);
	reclaim(state);
	before = group_table_memory(table);
	for (uint32_t i = 0; i < JOINS; i++)
		block(table, source_group(S1 + i, G1), 7, MCR_ORIGIN_IGMP);
	commit(table);
	reclaim(state);
	assert_true(group_table_memory(table) - before < MEGABYTE);
	assert_int_equal(receivers_of(table, S1 + JOINS - 1)->count, MANY - 1);
}

static void
a_change_of_one_entry_does_not_change_a_shared_list(void **state)
{
	struct mcr_group_table *table = table_of(state);

	configure(table, prefix(NET, 24), "1 2");
	join_sources(table, 2);
	assert_receivers(table, S1, G1, "1 2 4999");
	assert_ptr_equal(receivers_of(table, S1), receivers_of(table, S1 + 1));
	join(table, source_group(S1, G1), 3, MCR_ORIGIN_RUNTIME);
	commit(table);
	assert_receivers(table, S1, G1, "1 2 3 4999");
	assert_receivers(table, S1 + 1, G1, "1 2 4999");
	leave(table, source_group(S1, G1), 3, MCR_ORIGIN_RUNTIME);
	commit(table);
	assert_ptr_equal(receivers_of(table, S1), receivers_of(table, S1 + 1));
	configure(table, prefix(NET, 24), "2 4");
	assert_receivers(table, S1, G1, "2 4 4999");
	assert_receivers(table, S1 + 1, G1, "2 4 4999");
}

static void
lists_with_different_senders_are_not_shared(void **state)
{
	const struct mcr_sender nobody = {.member = MCR_GROUP_NONE, .length = 32};
	struct mcr_group_table *table = table_of(state);
	const struct mcr_group_key open = prefix(NET, 24), closed = prefix(IP(239, 193, 0, 0), 24);
	const struct mcr_receiver one = receiver(1);
	struct mcr_group_ref ref;

	mcr_group_static_begin(table);
	assert_int_equal(set_list(table, &open, &one, 1, NULL, 0), 0);
	assert_int_equal(set_list(table, &closed, &one, 1, &nobody, 1), 0);
	mcr_group_static_end(table);
	join(table, source_group(S1, G1), JOINER, MCR_ORIGIN_IGMP);
	join(table, source_group(S1, G3), JOINER, MCR_ORIGIN_IGMP);
	commit(table);
	assert_true(mcr_group_find(table, (struct mcr_flow){S1, G1}, &ref));
	assert_true(mcr_group_may_send(table, ref, 1, receiver(1).address));
	assert_true(mcr_group_find(table, (struct mcr_flow){S1, G3}, &ref));
	assert_false(mcr_group_may_send(table, ref, 1, receiver(1).address));
}

static uint8_t
priority_of(struct mcr_group_table *table, uint32_t source, uint32_t group)
{
	struct mcr_group_ref ref;

	assert_true(mcr_group_find(table, (struct mcr_flow){source, group}, &ref));
	return mcr_group_priority(table, ref);
}

static void
set_priority(struct mcr_group_table *table, struct mcr_group_key key, uint8_t priority)
{
	struct mcr_group_list *list = get_list(table, NULL, 0, NULL, 0, priority);

	assert_int_equal(mcr_group_static_set(table, &key, list), 0);
	mcr_group_list_drop(table, list);
}

/* A new priority alone makes a new list, and an unchanged membership gets it. */
static void
learned_entries_have_the_priority_of_what_decides(void **state)
{
	struct mcr_group_table *table = table_of(state);

	join(table, source_group(S1, NET + 1), JOINER, MCR_ORIGIN_IGMP);
	join(table, group(G3), JOINER, MCR_ORIGIN_IGMP);
	commit(table);
	assert_int_equal(priority_of(table, S1, NET + 1), MCR_GROUP_PRIORITY_DEFAULT);
	for (uint8_t priority = 0; priority <= MCR_GROUP_PRIORITY_MAX; priority++) {
		mcr_group_static_begin(table);
		set_priority(table, prefix(NET, 16), priority);
		mcr_group_static_end(table);
		commit(table);
		assert_int_equal(priority_of(table, S1, NET + 1), priority);
		assert_int_equal(priority_of(table, S1, NET + 2), priority);
		assert_int_equal(priority_of(table, S1, G3), MCR_GROUP_PRIORITY_DEFAULT);
	}
}

static void
equal_configured_lists_are_one_object(void **state)
{
	static const struct mcr_sender senders[] = {{9, 0, 0},
		{MCR_GROUP_NONE, IP(10, 0, 0, 0), 32}, {3, 0, 0}},
				       turned[] = {{3, 0, 0}, {9, 0, 0},
					       {MCR_GROUP_NONE, IP(10, 0, 0, 0), 32}},
				       longer[] = {{3, 0, 0}, {9, 0, 0},
					       {MCR_GROUP_NONE, IP(10, 0, 0, 0), 31}};
	const struct mcr_receiver two[] = {receiver(2), receiver(1)},
				  same[] = {receiver(1), receiver(2), receiver(1)};
	struct mcr_group_table *table = table_of(state);
	struct mcr_group_list *open = get_list(table, two, 2, NULL, 0, PRIORITY);
	struct mcr_group_list *closed = get_list(table, two, 2, senders, 3, PRIORITY);
	struct mcr_group_list *again;

	assert_true(open != NULL && closed != NULL && open != closed);
	again = get_list(table, same, 3, NULL, 0, PRIORITY);
	assert_ptr_equal(again, open);
	mcr_group_list_drop(table, again);
	again = get_list(table, same, 3, turned, 3, PRIORITY);
	assert_ptr_equal(again, closed);
	mcr_group_list_drop(table, again);
	again = get_list(table, same, 3, turned, 3, PRIORITY + 1);
	assert_ptr_not_equal(again, closed);
	mcr_group_list_drop(table, again);
	again = get_list(table, same, 3, longer, 3, PRIORITY);
	assert_ptr_not_equal(again, closed);
	mcr_group_list_drop(table, again);
	mcr_group_list_drop(table, closed);
	mcr_group_list_drop(table, open);
}

/* A reload makes many lists within one turn of the loop, in which RCU frees nothing. */
static void
what_no_reader_saw_is_freed_at_once(void **state)
{
	static struct mcr_receiver receivers[MANY];
	struct mcr_group_table *table = table_of(state);
	const struct mcr_group_key key = group(G1);
	size_t before;

	configure_many(table, key, 1);
	mcr_group_list_drop(table, get_list(table, receivers, MANY, NULL, 0, PRIORITY));
	reclaim(state);
	before = group_table_memory(table);
	for (uint32_t round = 0; round < 100; round++) {
		for (uint32_t i = 0; i < MANY; i++)
			receivers[i] = receiver(round + i);
		mcr_group_static_begin(table);
		assert_int_equal(set_list(table, &key, receivers, MANY, NULL, 0), 0);
		mcr_group_static_cancel(table);
	}
	assert_int_equal(group_table_memory(table), before);
}

/* All lists differ, so the buckets grow; each is found and released. */
static void
shared_lists_are_freed_with_their_last_entry(void **state)
{
	struct mcr_group_table *table = table_of(state);
	size_t before, after;

	configure(table, prefix(NET, 24), "1 2");
	for (uint32_t round = 0; round < 2; round++) {
		reclaim(state);
		before = group_table_memory(table);
		for (uint32_t i = 10; i < 1010; i++)
			join(table, source_group(S1 + i, G1), i, MCR_ORIGIN_IGMP);
		commit(table);
		for (uint32_t i = 10; i < 1010; i++)
			assert_int_equal(receivers_of(table, S1 + i)->count, 3);
		for (uint32_t i = 10; i < 1010; i++)
			leave(table, source_group(S1 + i, G1), i, MCR_ORIGIN_IGMP);
		commit(table);
		reclaim(state);
		after = group_table_memory(table);
	}
	assert_int_equal(after, before);
	join_sources(table, 2);
	leave_sources(table, 2);
	assert_receivers(table, S1, G1, "1 2");
}

struct interruption {
	struct mcr_group_table *table;
	uint32_t pauses; /* until it comes */
};

/* Urgent work while bulk work pauses. */
static bool
join_meanwhile(void *arg)
{
	struct interruption *interruption = arg;
	struct mcr_group_table *table = interruption->table;

	if (table->work == MCR_GROUP_URGENT || interruption->pauses == UINT32_MAX ||
		interruption->pauses-- != 0)
		return false;
	mcr_group_work_on(table, MCR_GROUP_URGENT);
	join(table, group(G1), JOINER - 1, MCR_ORIGIN_IGMP);
	join(table, group(G2), JOINER - 1, MCR_ORIGIN_IGMP);
	commit(table);
	mcr_group_work_on(table, MCR_GROUP_BULK);
	return false;
}

/* What is configured, and who joined before and meanwhile. */
static void
assert_all(struct mcr_group_table *table, uint32_t address, uint32_t first)
{
	const struct mcr_receivers *receivers;
	struct mcr_group_ref ref;

	assert_true(mcr_group_find(table, (struct mcr_flow){S1, address}, &ref));
	receivers = mcr_group_receivers(table, ref);
	assert_int_equal(receivers->count, MANY + 2);
	for (uint32_t i = 0; i < MANY; i++)
		assert_int_equal(receivers->at[i].member, first + i);
	assert_int_equal(receivers->at[MANY].member, JOINER - 1);
	assert_int_equal(receivers->at[MANY + 1].member, JOINER);
}

/* The urgent list is the longer one, so its making needs more memory than the table has got. */
static bool
joins_at_pause(struct mcr_group_table *table, uint32_t pauses)
{
	struct interruption interruption = {.table = table, .pauses = pauses};

	join(table, group(G1), JOINER, MCR_ORIGIN_IGMP);
	for (uint32_t member = 0; member < MANY; member++)
		join(table, group(G2), member, MCR_ORIGIN_IGMP);
	commit(table);
	mcr_group_work_on(table, MCR_GROUP_BULK);
	mcr_group_pace(table, join_meanwhile, &interruption);
	configure_many(table, prefix(NET, 16), MEMBERS - 2 - MANY);
	mcr_group_pace(table, NULL, NULL);
	if (interruption.pauses != UINT32_MAX)
		return false; /* there are not so many */
	assert_all(table, G1, MEMBERS - 2 - MANY);
	return true;
}

static void
joins_are_not_lost_while_a_long_list_is_made(void **state)
{
	uint32_t pauses = 0;
	bool has_joined = true;

	while (has_joined) {
		void *own;

		set_up_large(&own);
		has_joined = joins_at_pause(table_of(&own), pauses++);
		tear_down(&own);
	}
	assert_true(pauses > MANY / 1024);
	(void)state;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up_large, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(sources_beside_a_prefix_are_cheap),
		TEST(sources_of_a_prefixs_receiver_are_cheap),
		TEST(sources_beside_a_learned_group_are_cheap),
		TEST(excluded_sources_are_cheap),
		TEST(a_change_of_one_entry_does_not_change_a_shared_list),
		TEST(lists_with_different_senders_are_not_shared),
		TEST(learned_entries_have_the_priority_of_what_decides),
		TEST(equal_configured_lists_are_one_object),
		TEST(what_no_reader_saw_is_freed_at_once),
		TEST(shared_lists_are_freed_with_their_last_entry),
		TEST(joins_are_not_lost_while_a_long_list_is_made),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
