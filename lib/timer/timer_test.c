/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* The heap against a linear search. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>
#include <rte_common.h>

#include "mcr_timer.h"

#define TIMERS 500

static uint32_t random_state;

static uint32_t
next_random(void)
{
	random_state = random_state * 1664525 + 1013904223;
	return random_state >> 8;
}

static uint64_t
earliest(const uint64_t *deadlines)
{
	uint64_t found = UINT64_MAX;

	for (uint32_t i = 0; i < TIMERS; i++)
		found = RTE_MIN(found, deadlines[i]);
	return found;
}

static void
timers_end_in_order_whatever_is_moved(void **unused __rte_unused)
{
	static struct mcr_timer timers[TIMERS];
	static uint64_t deadlines[TIMERS];
	struct mcr_timers heap = {0};
	uint64_t now = 0;

	random_state = 1;
	memset(deadlines, 0xff, sizeof(deadlines));
	assert_int_equal(mcr_timers_reserve(&heap, TIMERS), 0);
	for (uint32_t step = 0; step < 100000; step++) {
		const uint32_t i = next_random() % TIMERS;
		struct mcr_timer *due;

		if (next_random() % 4 == 0) {
			mcr_timer_stop(&heap, &timers[i]);
			deadlines[i] = UINT64_MAX;
		} else {
			deadlines[i] = now + 1 + next_random() % 1000;
			mcr_timer_start(&heap, &timers[i], deadlines[i]);
		}
		assert_int_equal(mcr_timers_next(&heap), earliest(deadlines));
		now += next_random() % 5;
		while ((due = mcr_timers_take_due(&heap, now)) != NULL) {
			assert_int_equal(due->deadline, earliest(deadlines));
			deadlines[due - timers] = UINT64_MAX;
			assert_int_equal(due->slot, 0);
		}
		assert_true(earliest(deadlines) > now);
	}
	mcr_timers_free(&heap);
}

static void
a_timer_is_lowered_and_never_raised(void **unused __rte_unused)
{
	struct mcr_timers heap = {0};
	struct mcr_timer timer = {0};

	assert_int_equal(mcr_timers_reserve(&heap, 1), 0);
	mcr_timer_lower(&heap, &timer, 5);
	assert_false(mcr_timer_runs(&timer, 0));
	mcr_timer_start(&heap, &timer, 10);
	mcr_timer_lower(&heap, &timer, 20);
	assert_int_equal(mcr_timer_left(&timer, 0), 10);
	mcr_timer_lower(&heap, &timer, 5);
	assert_int_equal(mcr_timer_left(&timer, 0), 5);
	assert_int_equal(mcr_timer_left(&timer, 5), 0);
	mcr_timers_free(&heap);
}

static void
no_timer_is_never_due(void **unused __rte_unused)
{
	struct mcr_timers heap = {0};

	assert_int_equal(mcr_timers_next(&heap), UINT64_MAX);
	assert_null(mcr_timers_take_due(&heap, UINT64_MAX));
	mcr_timers_free(&heap);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(timers_end_in_order_whatever_is_moved),
		cmocka_unit_test(a_timer_is_lowered_and_never_raised),
		cmocka_unit_test(no_timer_is_never_due),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
