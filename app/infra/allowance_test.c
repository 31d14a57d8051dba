/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* A second of traffic, in which the time is the test's own. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "infra/allowance.h"

#define HZ UINT64_C(3000000000)
#define STEP (HZ / MCR_ALLOWANCE_STEPS_PER_S)
#define FRAME 1000

static struct mcr_allowance allowance;

/* Packets, or packets a second. */
struct load {
	uint32_t offered[MCR_ALLOWANCE_PRIORITIES];
	uint32_t sent[MCR_ALLOWANCE_PRIORITIES];
};

static void
limit(uint64_t pps, uint64_t bps)
{
	const struct mcr_config_rate config = {.pps = pps, .bps = bps};

	memset(&allowance, 0, sizeof(allowance));
	mcr_allowance_set(&allowance, &config, HZ);
}

static uint32_t
take(uint8_t priority, uint32_t frames, uint64_t now)
{
	const struct mcr_allowance_room room = mcr_allowance_room(&allowance, priority, now);
	uint32_t n = 0;

	while (n < frames && mcr_allowance_fits(&room, n, n * FRAME))
		n++;
	mcr_allowance_charge(&allowance, n, n * FRAME, now);
	return n;
}

/* Bursts of each priority, evenly over a second. */
static uint32_t
send_for_a_second(struct load *load, uint32_t burst)
{
	static uint64_t start;
	uint32_t sum = 0;

	start += HZ;
	memset(load->sent, 0, sizeof(load->sent));
	for (uint32_t us = 0; us < 1000000; us++) {
		for (uint8_t p = 0; p < MCR_ALLOWANCE_PRIORITIES; p++) {
			const uint64_t pace = load->offered[p];

			/* The next burst is due. */
			if ((us + 1) * pace / burst / 1000000 == us * pace / burst / 1000000)
				continue;
			load->sent[p] += take(p, burst, start + us * (HZ / 1000000));
		}
	}
	for (uint8_t p = 0; p < MCR_ALLOWANCE_PRIORITIES; p++)
		sum += load->sent[p];
	return sum;
}

static void
without_a_limit_all_is_sent(void **state)
{
	struct load load = {.offered = {[0] = 500000, [7] = 500000}};

	(void)state;
	limit(0, 0);
	assert_int_equal(send_for_a_second(&load, 10), 1000000);
}

static void
within_the_limit_all_is_sent(void **state)
{
	struct load load = {.offered = {[0] = 40000, [3] = 30000, [7] = 29000}};

	(void)state;
	limit(100000, 0);
	assert_int_equal(send_for_a_second(&load, 10), 99000);
}

/* A full bucket, which a priority may empty as far as it may, comes on top. */
static void
assert_sent(uint32_t sent, uint32_t rate, uint8_t priority, uint32_t burst)
{
	const uint32_t most = rate + rate * (priority + 1) / MCR_ALLOWANCE_STEPS_PER_S;

	assert_in_range(sent, most - 2 * burst, most + 2 * burst);
}

static void
the_most_important_come_first(void **state)
{
	struct load load = {.offered = {[1] = 50000, [3] = 60000, [5] = 60000}};

	(void)state;
	limit(100000, 0);
	assert_sent(send_for_a_second(&load, 10), 100000, 3, 10);
	assert_int_equal(load.sent[5], 60000);
	assert_in_range(load.sent[3], 40000, 42000);
	/* What the bucket held at the beginning. */
	assert_in_range(load.sent[1], 1, 1000);
}

static void
bits_are_limited_as_packets_are(void **state)
{
	struct load load = {.offered = {[2] = 100000, [4] = 60000}};

	(void)state;
	limit(0, UINT64_C(100000) * FRAME * 8);
	assert_sent(send_for_a_second(&load, 10), 100000, 2, 10);
	assert_int_equal(load.sent[4], 60000);
	limit(80000, UINT64_C(100000) * FRAME * 8);
	assert_sent(send_for_a_second(&load, 10), 80000, 2, 10);
	limit(100000, UINT64_C(80000) * FRAME * 8);
	assert_sent(send_for_a_second(&load, 10), 80000, 2, 10);
}

/* 400 copies of one packet are 4 ms' worth. */
static void
a_large_burst_finds_the_reserve(void **state)
{
	struct load load = {.offered = {[3] = 200000, [4] = 50000}};

	(void)state;
	limit(100000, 0);
	assert_sent(send_for_a_second(&load, 400), 100000, 3, 400);
	assert_int_equal(load.sent[4], 50000);
}

static void
what_leaves_in_any_case_is_charged(void **state)
{
	(void)state;
	limit(1000, 0);
	mcr_allowance_charge(&allowance, 30, 0, HZ);
	assert_int_equal(take(3, 1, HZ), 0);
	assert_int_equal(take(3, 1, HZ + 2 * STEP - HZ / 1000), 0);
	assert_int_equal(take(3, 1, HZ + 2 * STEP + HZ / 1000), 1);
}

/* A whole burst would take the reserve of the priorities above. */
static void
a_slow_port_takes_a_part_of_a_burst(void **state)
{
	struct load load = {.offered = {[3] = 3200, [4] = 300}};

	(void)state;
	limit(1000, 0);
	/* The last burst comes 10 ms before the end. */
	assert_sent(send_for_a_second(&load, 32), 990, 3, 1);
	load.offered[4] = 800;
	limit(1000, 0);
	(void)send_for_a_second(&load, 1);
	assert_int_equal(load.sent[4], 800);
}

/* On a counter of 25 MHz. */
static void
a_cheap_frame_is_not_free(void **state)
{
	const struct mcr_config_rate config = {.pps = 20000000};
	uint64_t sent = 0;

	(void)state;
	memset(&allowance, 0, sizeof(allowance));
	mcr_allowance_set(&allowance, &config, 25000000);
	for (uint64_t now = 1; now <= 25000000; now++)
		sent += take(7, 1, now) + take(7, 1, now);
	assert_true(sent <= 20000000 + 20000000 / 25);
}

static void
one_packet_a_second_is_a_rate(void **state)
{
	struct load load = {.offered = {[7] = 1000}};

	(void)state;
	limit(1, 0);
	assert_in_range(send_for_a_second(&load, 1), 1, 2);
}

/* As between two reloads. */
static void
a_limit_that_is_gone_limits_nothing(void **state)
{
	const struct mcr_config_rate none = {0};
	struct load load = {.offered = {[0] = 1000}};

	(void)state;
	limit(1, 100000);
	assert_true(send_for_a_second(&load, 1) < 1000);
	mcr_allowance_set(&allowance, &none, HZ);
	assert_int_equal(send_for_a_second(&load, 1), 1000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_a_limit_all_is_sent),
		cmocka_unit_test(within_the_limit_all_is_sent),
		cmocka_unit_test(the_most_important_come_first),
		cmocka_unit_test(bits_are_limited_as_packets_are),
		cmocka_unit_test(a_large_burst_finds_the_reserve),
		cmocka_unit_test(what_leaves_in_any_case_is_charged),
		cmocka_unit_test(a_slow_port_takes_a_part_of_a_burst),
		cmocka_unit_test(a_cheap_frame_is_not_free),
		cmocka_unit_test(one_packet_a_second_is_a_rate),
		cmocka_unit_test(a_limit_that_is_gone_limits_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
