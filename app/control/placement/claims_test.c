/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "control/placement/claims.h"

#define MEMBER 0xcafe
#define MAX 1000

/* Their ids descend. */
static struct mcr_claims_peer peers[3];
static struct mcr_claims *claims;

static int
create(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 3; i++)
		peers[i] = (struct mcr_claims_peer){.id = 9 - i, .counts = true};
	claims = mcr_claims_create(MAX);
	return claims == NULL;
}

static int
destroy(void **state)
{
	(void)state;
	mcr_claims_free(claims);
	return 0;
}

static struct mcr_claims_entry
comes(uint16_t peer, uint32_t number)
{
	return (struct mcr_claims_entry){MEMBER, number, peer, MCR_CLAIMS_COMES};
}

static struct mcr_claims_entry
left(uint16_t peer, uint32_t number)
{
	return (struct mcr_claims_entry){MEMBER, number, peer, MCR_CLAIMS_LEFT};
}

static void
say(struct mcr_claims_entry entry)
{
	assert_int_equal(mcr_claims_add(claims, &entry), 0);
}

static void
take_back(struct mcr_claims_entry entry)
{
	assert_int_equal(mcr_claims_remove(claims, &entry), 0);
}

static uint32_t
find(void)
{
	return mcr_claims_find(claims, MEMBER, peers).claim.number;
}

static void
the_highest_claim_counts(void **state)
{
	(void)state;
	assert_int_equal(find(), 0);
	say(comes(0, 4));
	say(comes(1, 6));
	say(comes(2, 5));
	assert_int_equal(find(), 6);
	assert_int_equal(mcr_claims_find(claims, MEMBER, peers).peer, 1);
	assert_int_equal(mcr_claims_find(claims, MEMBER + 1, peers).claim.number, 0);
	take_back(comes(1, 6));
	assert_int_equal(find(), 5);
}

static void
of_equal_claims_that_of_the_higher_hub_counts(void **state)
{
	(void)state;
	say(comes(1, 4));
	say(comes(0, 4));
	say(comes(2, 4));
	assert_int_equal(mcr_claims_find(claims, MEMBER, peers).peer, 0);
}

static void
a_claim_that_does_not_count_has_taken_its_number(void **state)
{
	(void)state;
	say(comes(0, 4));
	say(comes(1, 6));
	peers[1].counts = false;
	assert_int_equal(find(), 4);
	assert_int_equal(mcr_claims_find(claims, MEMBER, peers).highest, 6);
	peers[1].counts = true;
	assert_int_equal(find(), 6);
}

static void
the_highest_number_that_a_hub_has_left_counts(void **state)
{
	(void)state;
	say(left(1, 5));
	say(left(1, 7));
	say(left(2, 9));
	assert_int_equal(mcr_claims_left(claims, MEMBER, 1), 7);
	assert_int_equal(mcr_claims_left(claims, MEMBER, 0), 0);
	assert_int_equal(find(), 0);
	assert_int_equal(mcr_claims_find(claims, MEMBER, peers).highest, 9);
}

static void
after_a_sync_a_hub_has_said_no_more_than_in_it(void **state)
{
	(void)state;
	say(comes(1, 6));
	say(comes(1, 7));
	say(comes(2, 3));
	mcr_claims_begin(claims, 1);
	assert_int_equal(find(), 7);
	say(comes(1, 6));
	mcr_claims_end(claims, 1);
	assert_int_equal(find(), 6);
	mcr_claims_forget(claims, 1);
	assert_int_equal(find(), 3);
	assert_int_equal(mcr_claims_count(claims), 1);
}

static void
only_what_changes_something_changes_the_version(void **state)
{
	const struct mcr_claims_entry other = comes(0, 1);
	uint64_t version;

	(void)state;
	say(comes(1, 6));
	version = mcr_claims_version(claims);
	say(comes(1, 6));
	assert_int_equal(mcr_claims_remove(claims, &other), -ENOENT);
	assert_true(mcr_claims_version(claims) == version);
	take_back(comes(1, 6));
	assert_true(mcr_claims_version(claims) != version);
}

static void
there_are_no_more_than_the_bound_and_room_is_used_again(void **state)
{
	struct mcr_claims_entry entry = comes(0, 1);

	(void)state;
	for (unsigned int round = 0; round < 3; round++) {
		for (entry.member = 0; entry.member < MAX; entry.member++)
			say(entry);
		assert_int_equal(mcr_claims_add(claims, &entry), -ENOSPC);
		for (entry.member = 0; entry.member < MAX; entry.member++)
			assert_int_equal(
				mcr_claims_find(claims, entry.member, peers).claim.number, 1);
		for (entry.member = 0; entry.member < MAX; entry.member++)
			take_back(entry);
		assert_int_equal(mcr_claims_count(claims), 0);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, create, destroy)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_highest_claim_counts),
		TEST(of_equal_claims_that_of_the_higher_hub_counts),
		TEST(a_claim_that_does_not_count_has_taken_its_number),
		TEST(the_highest_number_that_a_hub_has_left_counts),
		TEST(after_a_sync_a_hub_has_said_no_more_than_in_it),
		TEST(only_what_changes_something_changes_the_version),
		TEST(there_are_no_more_than_the_bound_and_room_is_used_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
