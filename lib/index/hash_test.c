/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "aim.h"
#include "mcr_hash.h"

#define GROUP UINT64_C(0xef000000) /* 239.0.0.0 */
#define AIMED 1024
#define KEYS 4096
#define SLOTS (2 * KEYS)

static int
compare_hashes(const void *a, const void *b)
{
	const uint32_t first = *(const uint32_t *)a, second = *(const uint32_t *)b;

	return (first > second) - (first < second);
}

static uint32_t
count_different(uint32_t *hashes, uint32_t n)
{
	uint32_t count = n != 0;

	qsort(hashes, n, sizeof(*hashes), compare_hashes);
	for (uint32_t i = 1; i < n; i++)
		count += hashes[i] != hashes[i - 1];
	return count;
}

static void
keys_that_collide_in_a_crc_are_scattered(void **state)
{
	uint32_t crcs[AIMED], hashes[AIMED];
	uint64_t keys[AIMED];

	(void)state;
	aim_at_crc(keys, AIMED);
	for (uint32_t seed = 0; seed < 3; seed++) {
		for (uint32_t i = 0; i < AIMED; i++)
			crcs[i] = rte_hash_crc_8byte(keys[i], seed * UINT32_C(0x9e3779b9));
		assert_int_equal(count_different(crcs, AIMED), 1);
	}
	for (uint32_t i = 0; i < AIMED; i++)
		hashes[i] = mcr_hash(keys[i], 0);
	assert_int_equal(count_different(hashes, AIMED), AIMED);
	for (uint32_t i = 0; i < AIMED; i++)
		hashes[i] = mcr_hash(keys[i], 0) & (SLOTS - 1);
	assert_true(count_different(hashes, AIMED) > AIMED * 9 / 10);
}

/* Keys that collide under one secret, as an attacker who knows it would choose them. */
static uint32_t
aim(uint64_t *keys, uint32_t wanted, uint32_t mask)
{
	uint32_t count = 0;

	for (uint64_t key = 0; count < wanted; key++)
		if ((mcr_hash(key, 0) & mask) == 0)
			keys[count++] = key;
	return count;
}

static void
keys_that_collide_under_one_secret_are_scattered_under_another(void **state)
{
	const struct mcr_hash_secret before = mcr_hash_secret;
	uint32_t hashes[64];
	uint64_t keys[64];

	(void)state;
	aim(keys, RTE_DIM(keys), 0xfff);
	assert_int_equal(mcr_hash_choose_secret(), 0);
	assert_true(mcr_hash_secret.first != before.first);
	assert_true(mcr_hash_secret.second != before.second);
	for (uint32_t i = 0; i < RTE_DIM(keys); i++)
		hashes[i] = mcr_hash(keys[i], 0) & 0xfff;
	/* Random keys collide in pairs; for a quarter of them the probability is below 1e-20. */
	assert_true(count_different(hashes, RTE_DIM(keys)) > RTE_DIM(keys) * 3 / 4);
	mcr_hash_secret = before;
}

static uint64_t
next_random(uint64_t *state)
{
	uint64_t mixed = *state += UINT64_C(0x9e3779b97f4a7c15);

	mixed = (mixed ^ mixed >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	mixed = (mixed ^ mixed >> 27) * UINT64_C(0x94d049bb133111eb);
	return mixed ^ mixed >> 31;
}

/* The longest run of used slots with linear probing. */
static uint32_t
longest_run(uint64_t first, uint64_t step, uint64_t kind)
{
	static bool used[SLOTS];
	uint32_t longest = 0, run = 0;

	memset(used, 0, sizeof(used));
	for (uint32_t i = 0; i < KEYS; i++) {
		uint32_t slot = mcr_hash(first + i * step, kind) & (SLOTS - 1);

		while (used[slot])
			slot = (slot + 1) & (SLOTS - 1);
		used[slot] = true;
	}
	for (uint32_t i = 0; i < SLOTS; i++) {
		run = used[i] ? run + 1 : 0;
		longest = RTE_MAX(longest, run);
	}
	return longest;
}

/* An unsuccessful search walks to the end of a run. Random keys have runs up to 60. */
static void
regular_keys_are_scattered(void **state)
{
	static const uint64_t steps[] = {1, 2, 256, 65536, UINT64_C(1) << 32, UINT64_C(256) << 32,
		(UINT64_C(1) << 32) + 1, UINT64_C(1) << 40};
	const struct mcr_hash_secret before = mcr_hash_secret;
	uint64_t random = 1;
	uint32_t longest = 0;

	(void)state;
	for (uint32_t round = 0; round < 200; round++) {
		for (uint32_t i = 0; i < RTE_DIM(steps); i++)
			longest = RTE_MAX(longest, longest_run(GROUP, steps[i], i));
		mcr_hash_secret.first = next_random(&random);
		mcr_hash_secret.second = next_random(&random) | 1;
	}
	assert_true(longest < 120);
	mcr_hash_secret = before;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_that_collide_in_a_crc_are_scattered),
		cmocka_unit_test(keys_that_collide_under_one_secret_are_scattered_under_another),
		cmocka_unit_test(regular_keys_are_scattered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
