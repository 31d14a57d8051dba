/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "mcr_latency.h"

static void
without_durations_there_is_no_percentile(void **state)
{
	const struct mcr_latency latency = {0};

	(void)state;
	assert_int_equal(mcr_latency_percentile(&latency, 500), 0);
	assert_int_equal(mcr_latency_percentile(&latency, 1000), 0);
}

static void
a_percentile_is_at_most_an_eighth_too_long(void **state)
{
	(void)state;
	for (uint64_t duration = 1; duration < UINT64_C(1) << 40; duration = duration * 3 + 1) {
		struct mcr_latency latency = {0};
		uint64_t median;

		mcr_latency_record(&latency, duration);
		mcr_latency_record(&latency, duration);
		mcr_latency_record(&latency, duration * 4);
		median = mcr_latency_percentile(&latency, 500);
		assert_in_range(median, duration, duration + duration / 8);
		assert_int_equal(mcr_latency_percentile(&latency, 1000), duration * 4);
	}
}

static void
buckets_follow_one_another(void **state)
{
	(void)state;
	for (uint64_t duration = 0; duration < 100000; duration++) {
		const uint32_t step =
			mcr_latency_bucket(duration + 1) - mcr_latency_bucket(duration);

		assert_in_range(step, 0, 1);
	}
	assert_in_range(mcr_latency_bucket(UINT64_MAX), 0, MCR_LATENCY_BUCKETS - 1);
}

static void
a_sum_has_the_durations_of_all(void **state)
{
	struct mcr_latency one = {0}, other = {0}, sum = {0};

	(void)state;
	for (uint32_t i = 0; i < 99; i++)
		mcr_latency_record(&one, 5);
	mcr_latency_record(&other, 1000);
	mcr_latency_sum(&sum, &one);
	mcr_latency_sum(&sum, &other);
	assert_int_equal(mcr_latency_percentile(&sum, 990), 5);
	assert_int_equal(mcr_latency_percentile(&sum, 991), 1000);
	assert_int_equal(sum.max, 1000);
}

static void
a_bound_counts_what_is_clearly_below_it_and_nothing_above(void **state)
{
	(void)state;
	for (uint64_t duration = 0; duration < UINT64_C(1) << 40; duration = duration * 3 + 1) {
		struct mcr_latency latency = {0};

		mcr_latency_record(&latency, duration);
		assert_int_equal(mcr_latency_count_up_to(&latency, duration + duration / 8), 1);
		if (duration != 0)
			assert_int_equal(mcr_latency_count_up_to(&latency, duration - 1), 0);
	}
}

static void
a_higher_bound_counts_the_lower_ones_too(void **state)
{
	struct mcr_latency latency = {0};

	(void)state;
	for (uint64_t duration = 1; duration <= 1024; duration *= 2)
		mcr_latency_record(&latency, duration);
	assert_int_equal(mcr_latency_count_up_to(&latency, 15), 4);
	assert_int_equal(mcr_latency_count_up_to(&latency, 300), 9);
	assert_int_equal(mcr_latency_count_up_to(&latency, UINT64_MAX), 11);
}

static void
a_sum_is_at_most_a_sixteenth_off(void **state)
{
	struct mcr_latency latency = {0};
	uint64_t sum = 0;

	(void)state;
	assert_int_equal(mcr_latency_estimate_sum(&latency), 0);
	for (uint64_t duration = 1; duration < UINT64_C(1) << 40; duration = duration * 3 + 1) {
		struct mcr_latency one = {0};

		mcr_latency_record(&one, duration);
		assert_in_range(mcr_latency_estimate_sum(&one), duration - duration / 16,
			duration + duration / 16);
		mcr_latency_record(&latency, duration);
		sum += duration;
	}
	assert_in_range(mcr_latency_estimate_sum(&latency), sum - sum / 16, sum + sum / 16);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_durations_there_is_no_percentile),
		cmocka_unit_test(a_percentile_is_at_most_an_eighth_too_long),
		cmocka_unit_test(buckets_follow_one_another),
		cmocka_unit_test(a_sum_has_the_durations_of_all),
		cmocka_unit_test(a_bound_counts_what_is_clearly_below_it_and_nothing_above),
		cmocka_unit_test(a_higher_bound_counts_the_lower_ones_too),
		cmocka_unit_test(a_sum_is_at_most_a_sixteenth_off),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
