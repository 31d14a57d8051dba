/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "domain/request_time.h"

static void
answer(struct mcr_request_time *time, long ms, uint32_t count)
{
	while (count-- > 0)
		mcr_request_time_answered(time, ms);
}

static void
an_etcd_that_answers_at_once_is_left_early(void **state)
{
	struct mcr_request_time time = {0};

	(void)state;
	assert_int_equal(mcr_request_time_wait_ms(&time), MCR_REQUEST_TIME_MIN_MS);
	answer(&time, 3, 10);
	assert_int_equal(mcr_request_time_wait_ms(&time), MCR_REQUEST_TIME_MIN_MS);
}

static void
a_busy_one_gets_the_time_that_it_needs(void **state)
{
	struct mcr_request_time time = {0};
	uint32_t expired = 0;

	(void)state;
	answer(&time, 3, 10);
	/* It takes 4 s from now on. */
	for (uint32_t i = 0; i < 20; i++) {
		if (mcr_request_time_wait_ms(&time) >= 4000) {
			answer(&time, 4000, 1);
		} else {
			mcr_request_time_expired(&time);
			expired++;
		}
	}
	assert_int_equal(expired, 2);
}

static void
one_that_is_well_again_is_left_early_again(void **state)
{
	struct mcr_request_time time = {0};

	(void)state;
	answer(&time, 4000, 20);
	assert_true(mcr_request_time_wait_ms(&time) >= 4000);
	answer(&time, 3, 40);
	assert_int_equal(mcr_request_time_wait_ms(&time), MCR_REQUEST_TIME_MIN_MS);
}

static void
a_dead_leader_costs_the_next_one_no_time(void **state)
{
	struct mcr_request_time time = {0};

	(void)state;
	answer(&time, 3, 10);
	mcr_request_time_expired(&time);
	assert_int_equal(mcr_request_time_wait_ms(&time), 2 * MCR_REQUEST_TIME_MIN_MS);
	answer(&time, 3, 1);
	assert_int_equal(mcr_request_time_wait_ms(&time), MCR_REQUEST_TIME_MIN_MS);
}

static void
the_longest_time_is_bounded(void **state)
{
	struct mcr_request_time time = {0};

	(void)state;
	for (uint32_t i = 0; i < 40; i++)
		mcr_request_time_expired(&time);
	assert_int_equal(mcr_request_time_wait_ms(&time), MCR_REQUEST_TIME_MAX_MS);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_etcd_that_answers_at_once_is_left_early),
		cmocka_unit_test(a_busy_one_gets_the_time_that_it_needs),
		cmocka_unit_test(one_that_is_well_again_is_left_early_again),
		cmocka_unit_test(a_dead_leader_costs_the_next_one_no_time),
		cmocka_unit_test(the_longest_time_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
