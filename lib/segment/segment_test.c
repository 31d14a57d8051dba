/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <errno.h>

#include <rte_errno.h>

#include "fixture.h"

static void
join(struct bridge *bridge, uint32_t vni, uint32_t address, uint32_t member)
{
	const struct mcr_receiver receiver = {.address = address, .member = member};

	assert_int_equal(mcr_segment_join(bridge->segments, vni, receiver), 0);
}

static void
an_unknown_segment_has_no_receivers(void **state)
{
	struct bridge *bridge = *state;

	assert_null(mcr_segment_receivers(bridge->segments, VNI));
}

/* Sorted like lists of groups: the sender's own entries must be adjacent. */
static void
members_that_joined_are_listed_by_address_after_a_commit(void **state)
{
	struct bridge *bridge = *state;
	const struct mcr_receivers *flood_list;

	join(bridge, VNI, 30, 1);
	join(bridge, VNI, 10, 3);
	join(bridge, VNI, 30, 0);
	join(bridge, VNI + 1, 20, 2);
	assert_null(mcr_segment_receivers(bridge->segments, VNI));
	assert_int_equal(mcr_segment_commit(bridge->segments), 0);
	flood_list = mcr_segment_receivers(bridge->segments, VNI);
	assert_int_equal(flood_list->count, 3);
	assert_int_equal(flood_list->at[0].member, 3);
	assert_int_equal(flood_list->at[1].member, 0);
	assert_int_equal(flood_list->at[2].member, 1);
	flood_list = mcr_segment_receivers(bridge->segments, VNI + 1);
	assert_int_equal(flood_list->count, 1);
	assert_int_equal(flood_list->at[0].address, 20);
}

static void
a_list_stays_for_its_readers_until_the_grace_period(void **state)
{
	struct bridge *bridge = *state;
	const struct mcr_receivers *before;

	join(bridge, VNI, 10, 0);
	join(bridge, VNI, 11, 1);
	mcr_segment_commit(bridge->segments);
	before = mcr_segment_receivers(bridge->segments, VNI);
	mcr_segment_leave(bridge->segments, 0);
	mcr_segment_leave(bridge->segments, 0);
	assert_ptr_equal(mcr_segment_receivers(bridge->segments, VNI), before);
	mcr_segment_commit(bridge->segments);
	assert_int_equal(mcr_segment_receivers(bridge->segments, VNI)->count, 1);
	assert_int_equal(before->at[0].member, 0);
	pass_grace_period(bridge);
	assert_int_equal(mcr_segment_receivers(bridge->segments, VNI)->at[0].member, 1);
}

static void
a_segment_ends_with_its_last_member_and_may_begin_again(void **state)
{
	struct bridge *bridge = *state;

	for (uint32_t i = 0; i < 8 * MEMBERS; i++) {
		join(bridge, VNI + i % 3, 10, 5);
		mcr_segment_commit(bridge->segments);
		assert_int_equal(mcr_segment_receivers(bridge->segments, VNI + i % 3)->count, 1);
		mcr_segment_leave(bridge->segments, 5);
		mcr_segment_commit(bridge->segments);
		assert_null(mcr_segment_receivers(bridge->segments, VNI + i % 3));
		pass_grace_period(bridge);
	}
}

static void
every_member_may_have_a_segment_of_its_own(void **state)
{
	struct bridge *bridge = *state;

	/* All change their segment while the old ones wait for the grace period. */
	for (uint32_t i = 0; i < MEMBERS; i++)
		join(bridge, i, 10 + i, i);
	mcr_segment_commit(bridge->segments);
	for (uint32_t i = 0; i < MEMBERS; i++)
		mcr_segment_leave(bridge->segments, i);
	mcr_segment_commit(bridge->segments);
	for (uint32_t i = 0; i < MEMBERS; i++)
		join(bridge, MEMBERS + i, 10 + i, i);
	mcr_segment_commit(bridge->segments);
	for (uint32_t i = 0; i < MEMBERS; i++) {
		assert_null(mcr_segment_receivers(bridge->segments, i));
		assert_int_equal(
			mcr_segment_receivers(bridge->segments, MEMBERS + i)->at[0].member, i);
	}
}

static void
a_third_set_of_segments_waits_for_the_grace_period(void **state)
{
	struct bridge *bridge = *state;
	const struct mcr_receiver receiver = {.address = 10, .member = 0};

	for (uint32_t i = 0; i < 2 * MEMBERS; i++) {
		join(bridge, i, 10, 0);
		mcr_segment_leave(bridge->segments, 0);
	}
	mcr_segment_commit(bridge->segments);
	assert_int_equal(mcr_segment_join(bridge->segments, 2 * MEMBERS, receiver), -ENOSPC);
	pass_grace_period(bridge);
	assert_int_equal(mcr_segment_join(bridge->segments, 2 * MEMBERS, receiver), 0);
}

static struct {
	uint32_t calls;
	uint32_t vni;
	bool has_members;
} told;

static void
note_change(void *arg, uint32_t vni, bool has_members)
{
	assert_ptr_equal(arg, &told);
	told.calls++;
	told.vni = vni;
	told.has_members = has_members;
}

static void
the_first_member_and_the_last_leave_are_told(void **state)
{
	struct bridge *bridge = *state;

	told.calls = 0;
	mcr_segment_watch(bridge->segments, note_change, &told);
	join(bridge, VNI, 10, 0);
	join(bridge, VNI, 11, 1);
	assert_int_equal(told.calls, 0);
	mcr_segment_commit(bridge->segments);
	assert_int_equal(told.calls, 1);
	assert_int_equal(told.vni, VNI);
	assert_true(told.has_members);
	mcr_segment_leave(bridge->segments, 0);
	mcr_segment_commit(bridge->segments);
	mcr_segment_leave(bridge->segments, 1);
	join(bridge, VNI, 12, 2);
	mcr_segment_commit(bridge->segments);
	assert_int_equal(told.calls, 1);
	mcr_segment_leave(bridge->segments, 2);
	mcr_segment_commit(bridge->segments);
	assert_int_equal(told.calls, 2);
	assert_int_equal(told.vni, VNI);
	assert_false(told.has_members);
	join(bridge, VNI + 1, 10, 0);
	mcr_segment_leave(bridge->segments, 0);
	mcr_segment_commit(bridge->segments);
	assert_int_equal(told.calls, 2);
}

static void
creation_without_members_or_rcu_is_refused(void **state)
{
	struct bridge *bridge = *state;

	assert_null(mcr_segments_create(0, bridge->rcu));
	assert_int_equal(rte_errno, EINVAL);
	assert_null(mcr_segments_create(1, NULL));
	assert_int_equal(rte_errno, EINVAL);
	mcr_segments_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_unknown_segment_has_no_receivers),
		TEST(members_that_joined_are_listed_by_address_after_a_commit),
		TEST(a_list_stays_for_its_readers_until_the_grace_period),
		TEST(a_segment_ends_with_its_last_member_and_may_begin_again),
		TEST(every_member_may_have_a_segment_of_its_own),
		TEST(a_third_set_of_segments_waits_for_the_grace_period),
		TEST(the_first_member_and_the_last_leave_are_told),
		TEST(creation_without_members_or_rcu_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
