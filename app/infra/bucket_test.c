/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "infra/bucket.h"

#define HZ UINT64_C(3000000000)
#define MS (HZ / 1000)
#define BURST (10 * MS)

static struct mcr_bucket bucket;

static void
limit(uint64_t units)
{
	memset(&bucket, 0, sizeof(bucket));
	mcr_bucket_set(&bucket, units, HZ);
}

static bool
take(uint64_t units, uint64_t burst, uint64_t now)
{
	if (!mcr_bucket_fits(&bucket, units, burst, now))
		return false;
	mcr_bucket_charge(&bucket, units, now);
	return true;
}

/* One after the other, all at one time. */
static unsigned int
take_all(uint64_t burst, uint64_t now)
{
	unsigned int taken = 0;

	while (taken < 1000000 && take(1, burst, now))
		taken++;
	return taken;
}

static void
without_a_limit_all_fits(void **unused)
{
	(void)unused;
	limit(0);
	assert_int_equal(take_all(0, 0), 1000000);
}

static void
a_burst_is_what_the_rate_allows_in_its_time(void **unused)
{
	(void)unused;
	limit(1000);
	assert_int_equal(take_all(BURST, HZ), 10);
	assert_int_equal(take_all(BURST, HZ + MS - MS / 100), 0);
	assert_int_equal(take_all(BURST, HZ + MS), 1);
	assert_int_equal(take_all(BURST, HZ + 4 * MS), 3);
	assert_int_equal(take_all(BURST, 10 * HZ), 10);
}

static void
a_slow_rate_lets_one_through_at_a_time(void **unused)
{
	(void)unused;
	limit(1);
	assert_int_equal(take_all(BURST, HZ), 1);
	assert_int_equal(take_all(BURST, 2 * HZ - 1), 0);
	assert_int_equal(take_all(BURST, 2 * HZ + 1), 1);
	assert_int_equal(take_all(BURST, 100 * HZ), 1);
}

static void
what_is_more_than_a_burst_fits_a_full_bucket(void **unused)
{
	(void)unused;
	limit(125);
	assert_true(take(65535, BURST, HZ));
	assert_false(take(1, BURST, HZ + 524 * HZ));
	assert_true(take(1, BURST, HZ + 525 * HZ));
}

/* Over a second in steps of a microsecond. */
static uint64_t
rate_of(uint64_t units, uint64_t asked_a_step)
{
	uint64_t taken = 0;

	limit(units);
	for (uint64_t us = 0; us < 1000000; us++)
		taken += take(asked_a_step, BURST, HZ + us * (HZ / 1000000)) ? asked_a_step : 0;
	return taken;
}

static void
assert_near(uint64_t value, uint64_t expected)
{
	assert_in_range(value, expected - expected / 50, expected + expected / 50);
}

static void
rates_of_all_sizes_are_kept(void **unused)
{
	(void)unused;
	assert_near(rate_of(7, 1), 7);
	assert_near(rate_of(12345, 1), 12345);
	assert_near(rate_of(900000, 1), 909000);
	assert_near(rate_of(100000000, 150), 101000000);
	/* 400 Gb/s in bytes. */
	assert_near(rate_of(UINT64_C(50000000000), 65535), UINT64_C(50500000000));
}

static void
the_same_limit_forgives_nothing(void **unused)
{
	(void)unused;
	limit(1000);
	assert_int_equal(take_all(BURST, HZ), 10);
	mcr_bucket_set(&bucket, 1000, HZ);
	assert_int_equal(take_all(BURST, HZ), 0);
	mcr_bucket_set(&bucket, 2000, HZ);
	assert_int_equal(take_all(BURST, HZ), 20);
}

#define THREADS 2
#define CHARGES 200000

static void *
charge_often(void *unused)
{
	for (unsigned int i = 0; i < CHARGES; i++)
		mcr_bucket_charge(&bucket, 1, HZ);
	return unused;
}

static void
no_charge_of_two_lcores_is_lost(void **unused)
{
	pthread_t threads[THREADS];

	(void)unused;
	limit(1000000);
	for (unsigned int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, charge_often, NULL), 0);
	for (unsigned int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	assert_int_equal(mcr_bucket_lack(&bucket, HZ), THREADS * CHARGES * (HZ / 1000000));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_a_limit_all_fits),
		cmocka_unit_test(a_burst_is_what_the_rate_allows_in_its_time),
		cmocka_unit_test(a_slow_rate_lets_one_through_at_a_time),
		cmocka_unit_test(what_is_more_than_a_burst_fits_a_full_bucket),
		cmocka_unit_test(rates_of_all_sizes_are_kept),
		cmocka_unit_test(the_same_limit_forgives_nothing),
		cmocka_unit_test(no_charge_of_two_lcores_is_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
