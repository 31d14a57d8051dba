/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <rte_errno.h>

#include <mcr_address.h>

#include "mcr_reach.h"

#define CLAIMS 8
#define NUMBER 100

static struct mcr_rcu *rcu;
static struct mcr_reach *reach;

static int
set_up(void **unused)
{
	(void)unused;
	rcu = mcr_rcu_create(1);
	reach = mcr_reach_create(CLAIMS, false, rcu);
	mcr_rcu_online(rcu, 0);
	return reach == NULL;
}

static int
tear_down(void **unused)
{
	(void)unused;
	mcr_rcu_offline(rcu, 0);
	mcr_reach_free(reach);
	assert_int_equal(mcr_rcu_reclaim(rcu), 0);
	mcr_rcu_free(rcu);
	return 0;
}

static void
pass_grace_period(void)
{
	mcr_rcu_reclaim(rcu);
	mcr_rcu_quiescent(rcu, 0);
	mcr_rcu_reclaim(rcu);
}

static int
claim(uint32_t number, uint32_t member)
{
	const struct mcr_receiver receiver = {.address = 1000 + member, .member = member};

	return mcr_reach_claim(reach, number, receiver);
}

/* A VNI may look like one. */
static void
only_addresses_are_held_while_they_are_claimed(void **unused)
{
	const struct in6_addr address = {.s6_addr = {0xfd, [15] = 1}};
	const uint32_t number = mcr_address_get(&address, MCR_IPV6_LENGTH);
	struct mcr_reach *hosts = mcr_reach_create(CLAIMS, true, rcu);
	const struct mcr_receiver first = {.member = 1}, second = {.member = 2};

	(void)unused;
	assert_int_equal(claim(number, 1), 1);
	assert_int_equal(mcr_reach_claim(hosts, number, first), 1);
	assert_int_equal(mcr_reach_claim(hosts, number, second), 0);
	mcr_address_drop(number);
	assert_int_equal(mcr_reach_release(hosts, number, 1), 0);
	assert_int_equal(mcr_address_find(address.s6_addr), number);
	assert_int_equal(mcr_reach_forget(hosts, 2), 1);
	assert_int_equal(mcr_address_count(), 0);
	assert_int_equal(mcr_reach_release(reach, number, 1), 1);
	pass_grace_period();
	mcr_address_reclaim(NULL);
	assert_int_equal(mcr_address_get(&address, MCR_IPV6_LENGTH), number);
	assert_int_equal(mcr_reach_claim(hosts, number, first), 1);
	mcr_address_drop(number);
	mcr_reach_free(hosts);
	assert_int_equal(mcr_address_count(), 0);
}

static void
the_latest_claim_comes_first(void **unused)
{
	const struct mcr_receivers *list;

	(void)unused;
	assert_null(mcr_reach_find(reach, NUMBER));
	assert_int_equal(claim(NUMBER, 1), 1);
	assert_int_equal(claim(NUMBER, 2), 0);
	assert_int_equal(claim(NUMBER, 1), -EEXIST);
	assert_int_equal(claim(NUMBER + 1, 3), 1);
	list = mcr_reach_find(reach, NUMBER);
	assert_int_equal(list->count, 2);
	assert_int_equal(list->at[0].member, 2);
	assert_int_equal(list->at[0].address, 1002);
	assert_int_equal(list->at[1].member, 1);
	assert_null(mcr_reach_find(reach, NUMBER + 2));
}

static void
the_last_release_ends_a_number(void **unused)
{
	(void)unused;
	claim(NUMBER, 1);
	claim(NUMBER, 2);
	claim(NUMBER, 3);
	assert_int_equal(mcr_reach_release(reach, NUMBER, 2), 0);
	assert_int_equal(mcr_reach_release(reach, NUMBER, 2), -ENOENT);
	assert_int_equal(mcr_reach_find(reach, NUMBER)->count, 2);
	assert_int_equal(mcr_reach_find(reach, NUMBER)->at[0].member, 3);
	assert_int_equal(mcr_reach_find(reach, NUMBER)->at[1].member, 1);
	assert_int_equal(mcr_reach_release(reach, NUMBER, 3), 0);
	assert_int_equal(mcr_reach_release(reach, NUMBER, 1), 1);
	assert_null(mcr_reach_find(reach, NUMBER));
	assert_int_equal(mcr_reach_release(reach, NUMBER, 1), -ENOENT);
}

static void
a_list_stays_for_its_readers_until_the_grace_period(void **unused)
{
	const struct mcr_receivers *before;

	(void)unused;
	claim(NUMBER, 1);
	before = mcr_reach_find(reach, NUMBER);
	claim(NUMBER, 2);
	mcr_reach_forget(reach, 1);
	mcr_rcu_reclaim(rcu);
	assert_int_equal(before->count, 1);
	assert_int_equal(before->at[0].member, 1);
	pass_grace_period();
	assert_int_equal(mcr_reach_find(reach, NUMBER)->at[0].member, 2);
}

static void
what_is_not_claimed_anew_is_released(void **unused)
{
	(void)unused;
	claim(1, 1);
	claim(2, 1);
	claim(2, 5);
	claim(3, 5);
	mcr_reach_begin(reach, 1);
	assert_int_equal(mcr_reach_find(reach, 1)->count, 1);
	claim(2, 1);
	claim(4, 1);
	assert_int_equal(mcr_reach_end(reach, 1), 1);
	assert_null(mcr_reach_find(reach, 1));
	assert_int_equal(mcr_reach_find(reach, 2)->count, 2);
	assert_int_equal(mcr_reach_find(reach, 3)->count, 1);
	assert_int_equal(mcr_reach_find(reach, 4)->count, 1);
	assert_int_equal(mcr_reach_end(reach, 1), 0);
}

static void
a_member_is_forgotten_with_all_that_is_behind_it(void **unused)
{
	(void)unused;
	claim(1, 1);
	claim(2, 1);
	claim(2, 5);
	assert_int_equal(mcr_reach_forget(reach, 1), 2);
	assert_null(mcr_reach_find(reach, 1));
	assert_int_equal(mcr_reach_find(reach, 2)->at[0].member, 5);
	assert_int_equal(mcr_reach_forget(reach, 1), 0);
}

static void
claims_are_bounded(void **unused)
{
	(void)unused;
	for (uint32_t i = 0; i < CLAIMS; i++)
		assert_int_equal(claim(i / 2, i), i % 2 == 0);
	assert_int_equal(claim(NUMBER, 1), -ENOSPC);
	assert_int_equal(claim(0, CLAIMS), -ENOSPC);
	assert_int_equal(claim(0, 0), -EEXIST);
	mcr_reach_release(reach, 0, 0);
	assert_int_equal(claim(NUMBER, 1), 1);
}

/* Numbers wait for their grace period, but twice the claims have room. */
static void
a_number_may_end_and_begin_again(void **unused)
{
	(void)unused;
	for (uint32_t i = 0; i < 8 * CLAIMS; i++) {
		assert_int_equal(claim(NUMBER + i % 3, 1), 1);
		assert_int_equal(mcr_reach_find(reach, NUMBER + i % 3)->count, 1);
		assert_int_equal(mcr_reach_release(reach, NUMBER + i % 3, 1), 1);
		assert_null(mcr_reach_find(reach, NUMBER + i % 3));
		pass_grace_period();
	}
	for (uint32_t i = 0; i < 2 * CLAIMS; i++) {
		assert_int_equal(claim(i, 1), 1);
		assert_int_equal(mcr_reach_release(reach, i, 1), 1);
	}
	assert_int_equal(claim(NUMBER, 1), -ENOSPC);
	pass_grace_period();
	assert_int_equal(claim(NUMBER, 1), 1);
}

static void
creation_without_claims_or_rcu_is_refused(void **unused)
{
	(void)unused;
	assert_null(mcr_reach_create(0, false, rcu));
	assert_int_equal(rte_errno, EINVAL);
	assert_null(mcr_reach_create(1, false, NULL));
	assert_int_equal(rte_errno, EINVAL);
	mcr_reach_free(NULL);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(only_addresses_are_held_while_they_are_claimed),
		TEST(the_latest_claim_comes_first),
		TEST(the_last_release_ends_a_number),
		TEST(a_list_stays_for_its_readers_until_the_grace_period),
		TEST(what_is_not_claimed_anew_is_released),
		TEST(a_member_is_forgotten_with_all_that_is_behind_it),
		TEST(claims_are_bounded),
		TEST(a_number_may_end_and_begin_again),
		TEST(creation_without_claims_or_rcu_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
