/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* Changes that the owner refuses for lack of room are repeated. */

#include <errno.h>

#include "igmp_fixture.h"

static struct mcr_igmp_config config;

static int
reset_config(void **unused __rte_unused)
{
	family_default_config(&config);
	config.immediate_leave = true;
	return 0;
}

static struct fixture *
create_with_room(uint32_t room)
{
	struct fixture *f = fixture_create_settled(&config);

	f->room = room;
	f->lack = -ENOSPC;
	return f;
}

static void
join(struct fixture *f, uint32_t group)
{
	assert_int_equal(report_of(f, MEMBER, MCR_IGMP_TO_EX, group, NOTHING), MCR_IGMP_ACCEPTED);
}

static void
leave(struct fixture *f, uint32_t group)
{
	assert_int_equal(report_of(f, MEMBER, MCR_IGMP_TO_IN, group, NOTHING), MCR_IGMP_ACCEPTED);
}

static bool
is_in(struct fixture *f, uint32_t group)
{
	return receives_of(f, MEMBER, group, SOURCE(1));
}

static void
a_refused_join_is_in_force_once_there_is_room(void **unused __rte_unused)
{
	struct fixture *f = create_with_room(1);

	join(f, GROUP);
	join(f, GROUP + 1);
	assert_false(is_in(f, GROUP + 1));
	assert_int_equal(mcr_igmp_count_waiting(f->igmp), 1);
	assert_int_equal(mcr_igmp_retry(f->igmp, f->now, 8), 0);
	leave(f, GROUP);
	assert_int_equal(mcr_igmp_retry(f->igmp, f->now, 8), 1);
	assert_true(is_in(f, GROUP + 1));
	assert_int_equal(mcr_igmp_count_waiting(f->igmp), 0);
	fixture_free(f);
}

static void
a_refusal_is_counted_once_however_often_it_is_tried(void **unused __rte_unused)
{
	struct fixture *f = create_with_room(1);

	join(f, GROUP);
	join(f, GROUP + 1);
	for (uint32_t i = 0; i < 3; i++)
		mcr_igmp_retry(f->igmp, f->now, 8);
	join(f, GROUP + 1);
	assert_int_equal(f->limited, 1);
	assert_int_equal(f->bound, MCR_IGMP_REJECT_TOTAL_GROUPS);
	assert_int_equal(rejected(f, MCR_IGMP_REJECT_TOTAL_GROUPS), 1);
	fixture_free(f);
}

static void
a_want_of_memory_is_named_as_one(void **unused __rte_unused)
{
	struct fixture *f = create_with_room(1);

	f->lack = -ENOMEM;
	join(f, GROUP);
	join(f, GROUP + 1);
	assert_int_equal(f->bound, MCR_IGMP_REJECT_NO_MEMORY);
	assert_int_equal(rejected(f, MCR_IGMP_REJECT_NO_MEMORY), 1);
	fixture_free(f);
}

static void
a_report_of_the_member_tries_again_too(void **unused __rte_unused)
{
	struct fixture *f = create_with_room(1);

	join(f, GROUP);
	join(f, GROUP + 1);
	f->room = 2;
	join(f, GROUP + 1);
	assert_true(is_in(f, GROUP + 1));
	assert_int_equal(mcr_igmp_count_waiting(f->igmp), 0);
	fixture_free(f);
}

static void
refused_sources_are_retried_with_their_group(void **unused __rte_unused)
{
	struct fixture *f = create_with_room(1);

	assert_int_equal(
		report_of(f, MEMBER, MCR_IGMP_ALLOW, GROUP, LIST(1, 2)), MCR_IGMP_ACCEPTED);
	assert_int_equal(receives(f, 1) + receives(f, 2), 1);
	assert_int_equal(mcr_igmp_count_waiting(f->igmp), 1);
	f->room = 2;
	assert_int_equal(mcr_igmp_retry(f->igmp, f->now, 8), 1);
	assert_true(receives(f, 1) && receives(f, 2));
	fixture_free(f);
}

static void
a_group_that_is_left_is_not_retried(void **unused __rte_unused)
{
	struct fixture *f = create_with_room(1);
	struct mcr_igmp_querier querier;

	join(f, GROUP);
	join(f, GROUP + 1);
	join(f, GROUP + 2);
	assert_true(mcr_igmp_get_querier(f->igmp, MEMBER, f->now, &querier));
	assert_int_equal(querier.waiting, 2);
	leave(f, GROUP + 1);
	assert_int_equal(mcr_igmp_count_waiting(f->igmp), 1);
	assert_int_equal(mcr_igmp_remove_member(f->igmp, MEMBER, f->now), 0);
	assert_int_equal(mcr_igmp_count_waiting(f->igmp), 0);
	assert_int_equal(mcr_igmp_retry(f->igmp, f->now, 8), 0);
	fixture_free(f);
}

static void
retries_are_limited_and_rotate_over_the_groups(void **unused __rte_unused)
{
	struct fixture *f = create_with_room(1);
	uint32_t changes;

	join(f, GROUP);
	for (uint32_t i = 1; i <= 6; i++)
		join(f, GROUP + i);
	changes = f->changes;
	assert_int_equal(mcr_igmp_retry(f->igmp, f->now, 4), 0);
	assert_int_equal(f->changes, changes + 4);
	/* The first four are last again. */
	f->room = 3;
	assert_int_equal(mcr_igmp_retry(f->igmp, f->now, 2), 2);
	assert_true(is_in(f, GROUP + 5) && is_in(f, GROUP + 6));
	assert_false(is_in(f, GROUP + 1));
	fixture_free(f);
}

/* Refusals are limited, too, as each group may have many sources. */
static void
groups_of_many_sources_make_a_try_no_longer(void **unused __rte_unused)
{
	struct fixture *f = create_with_room(1);
	uint32_t changes;

	join(f, GROUP);
	for (uint32_t i = 1; i <= 4; i++)
		assert_int_equal(report_of(f, MEMBER, MCR_IGMP_ALLOW, GROUP + i, LIST(1, 2, 3, 4)),
			MCR_IGMP_ACCEPTED);
	changes = f->changes;
	assert_int_equal(mcr_igmp_retry(f->igmp, f->now, 4), 0);
	assert_int_equal(f->changes, changes + 4);
	assert_int_equal(mcr_igmp_retry(f->igmp, f->now, 6), 0);
	assert_int_equal(f->changes, changes + 12);
	fixture_free(f);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, reset_config)
	const struct CMUnitTest tests[] = {
		TEST(a_refused_join_is_in_force_once_there_is_room),
		TEST(a_refusal_is_counted_once_however_often_it_is_tried),
		TEST(a_want_of_memory_is_named_as_one),
		TEST(a_report_of_the_member_tries_again_too),
		TEST(refused_sources_are_retried_with_their_group),
		TEST(a_group_that_is_left_is_not_retried),
		TEST(retries_are_limited_and_rotate_over_the_groups),
		TEST(groups_of_many_sources_make_a_try_no_longer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
