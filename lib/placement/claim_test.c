/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "mcr_claim.h"

static void
the_higher_number_counts_then_the_higher_hub(void **state)
{
	const struct mcr_claim a = {.hub = 1, .number = 5}, b = {.hub = 2, .number = 4},
			       c = {.hub = 2, .number = 5};

	(void)state;
	assert_true(mcr_claim_beats(a, b));
	assert_false(mcr_claim_beats(b, a));
	assert_true(mcr_claim_beats(c, a));
	assert_false(mcr_claim_beats(a, c));
	assert_false(mcr_claim_beats(a, a));
}

static void
a_claim_is_higher_than_all_that_are_known(void **state)
{
	(void)state;
	assert_int_equal(mcr_claim_number(0x12345007, 0), 7);
	assert_int_equal(mcr_claim_number(0x12345007, 6), 7);
	assert_int_equal(mcr_claim_number(0x12345007, 7), 4096 + 7);
	assert_int_equal(mcr_claim_number(0x12345007, 4096 + 8), 2 * 4096 + 7);
	assert_int_equal(mcr_claim_number(0x1000, 0), 4096);
	assert_true(mcr_claim_number(0xfff, UINT32_MAX) == UINT32_MAX);
	assert_true(mcr_claim_number(7, UINT32_MAX) == UINT32_MAX - 4095 + 7);
}

static void
no_two_hubs_take_the_same_number(void **state)
{
	(void)state;
	for (uint32_t highest = 0; highest < 20000; highest += 777) {
		for (uint32_t hub = 1; hub < 4096; hub += 17) {
			const uint32_t number = mcr_claim_number(hub, highest);

			assert_true(number > highest && number <= highest + MCR_CLAIM_HUBS);
			assert_int_equal(number % MCR_CLAIM_HUBS, hub);
		}
	}
}

static void
a_claimant_waits_for_others_but_not_for_ever(void **state)
{
	struct mcr_own_claim own = {0};

	(void)state;
	assert_false(mcr_claim_may_serve(&own, true, 1000));
	mcr_claim_make(&own, 1, 1000);
	assert_true(mcr_claim_may_serve(&own, true, 1000));
	assert_false(mcr_claim_may_serve(&own, false, 1000 + MCR_CLAIM_WAIT_MS - 1));
	assert_true(mcr_claim_may_serve(&own, false, 1000 + MCR_CLAIM_WAIT_MS));
}

static void
each_loss_doubles_the_time_until_the_next_claim(void **state)
{
	struct mcr_own_claim own = {0};
	uint64_t now = 0, pause = MCR_CLAIM_AGAIN_MS;

	(void)state;
	assert_true(mcr_claim_may(&own, now));
	for (unsigned int i = 0; i < 10; i++) {
		mcr_claim_make(&own, i + 1, now);
		assert_false(mcr_claim_may(&own, now + 10 * MCR_CLAIM_AGAIN_MAX_MS));
		now += 100;
		mcr_claim_lose(&own, now);
		assert_false(mcr_claim_may(&own, now + pause - 1));
		now += pause;
		assert_true(mcr_claim_may(&own, now));
		pause = pause * 2 < MCR_CLAIM_AGAIN_MAX_MS ? pause * 2 : MCR_CLAIM_AGAIN_MAX_MS;
	}
	assert_int_equal(own.again_ms, MCR_CLAIM_AGAIN_MAX_MS);
}

static void
who_kept_its_claim_for_long_begins_anew(void **state)
{
	struct mcr_own_claim own = {0};

	(void)state;
	mcr_claim_make(&own, 1, 100);
	mcr_claim_lose(&own, 200);
	mcr_claim_make(&own, 2, 10000);
	mcr_claim_lose(&own, 10100);
	assert_int_equal(own.again_ms, 2 * MCR_CLAIM_AGAIN_MS);
	mcr_claim_make(&own, 4, 20000);
	mcr_claim_lose(&own, 10100 + 2 * MCR_CLAIM_AGAIN_MAX_MS);
	assert_int_equal(own.again_ms, MCR_CLAIM_AGAIN_MS);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_higher_number_counts_then_the_higher_hub),
		cmocka_unit_test(a_claim_is_higher_than_all_that_are_known),
		cmocka_unit_test(no_two_hubs_take_the_same_number),
		cmocka_unit_test(a_claimant_waits_for_others_but_not_for_ever),
		cmocka_unit_test(each_loss_doubles_the_time_until_the_next_claim),
		cmocka_unit_test(who_kept_its_claim_for_long_begins_anew),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
