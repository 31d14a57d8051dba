/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <rte_errno.h>

#include "mcr_index.h"

#define KEYS 5000

static uint64_t keys[KEYS];

static bool
key_is(const void *arg, uint32_t id)
{
	return keys[id] == *(const uint64_t *)arg;
}

static uint32_t
find(const struct mcr_index *index, uint64_t key, uint32_t hash)
{
	return mcr_index_find(index, hash, key_is, &key);
}

static uint32_t
slots_of(const struct mcr_index *index)
{
	return atomic_load(&index->array)->mask + 1;
}

static void
what_was_inserted_is_found_until_it_is_removed(void **state)
{
	struct mcr_index *index = mcr_index_create(10, NULL);
	const uint32_t hash = mcr_hash(77, 0);

	(void)state;
	keys[3] = 77;
	assert_int_equal(find(index, 77, hash), MCR_INDEX_NONE);
	assert_int_equal(mcr_index_insert(index, hash, 3), 0);
	assert_int_equal(find(index, 77, hash), 3);
	assert_int_equal(mcr_index_guess(index, hash), 3);
	assert_int_equal(find(index, 78, hash), MCR_INDEX_NONE);
	mcr_index_remove(index, hash, 3);
	assert_int_equal(find(index, 77, hash), MCR_INDEX_NONE);
	mcr_index_remove(index, hash, 3);
	assert_int_equal(index->entries, 0);
	mcr_index_free(index);
}

static void
an_id_is_replaced_in_place(void **state)
{
	struct mcr_index *index = mcr_index_create(10, NULL);

	(void)state;
	keys[1] = keys[2] = 5;
	assert_int_equal(mcr_index_insert(index, 9, 1), 0);
	mcr_index_replace(index, 9, 1, 2);
	assert_int_equal(find(index, 5, 9), 2);
	assert_int_equal(index->entries, 1);
	mcr_index_free(index);
}

/* Misses among entries with consecutive keys must not walk over all of them. */
static void
consecutive_keys_are_scattered(void **state)
{
	struct mcr_index *index = mcr_index_create(KEYS, NULL);
	const struct mcr_index_array *array = atomic_load(&index->array);
	uint32_t longest = 0, run = 0;

	(void)state;
	for (uint32_t i = 0; i < 4096; i++)
		mcr_index_insert(index, mcr_hash(UINT32_C(0xe0000000) + i, 32), i);
	for (uint32_t i = 0; i <= array->mask; i++) {
		run = array->slots[i] == MCR_INDEX_SLOT_EMPTY ? 0 : run + 1;
		longest = RTE_MAX(longest, run);
	}
	assert_true(longest < 40);
	mcr_index_free(index);
}

/* 0 and 1 are the upper halves of the empty slot and of the tombstone. */
static void
no_hash_is_special(void **state)
{
	static const uint32_t hashes[] = {0, 1, 2, UINT32_MAX};
	struct mcr_index *index = mcr_index_create(10, NULL);

	(void)state;
	for (uint32_t i = 0; i < RTE_DIM(hashes); i++) {
		keys[i] = 100 + i;
		assert_int_equal(mcr_index_guess(index, hashes[i]), MCR_INDEX_NONE);
		assert_int_equal(find(index, 100 + i, hashes[i]), MCR_INDEX_NONE);
		assert_int_equal(mcr_index_insert(index, hashes[i], i), 0);
	}
	for (uint32_t i = 0; i < RTE_DIM(hashes); i++)
		assert_int_equal(find(index, 100 + i, hashes[i]), i);
	for (uint32_t i = 0; i < RTE_DIM(hashes); i++)
		mcr_index_remove(index, hashes[i], i);
	for (uint32_t i = 0; i < RTE_DIM(hashes); i++)
		assert_int_equal(find(index, 100 + i, hashes[i]), MCR_INDEX_NONE);
	mcr_index_free(index);
}

static void
equal_hashes_are_distinguished_by_the_match(void **state)
{
	struct mcr_index *index = mcr_index_create(100, NULL);

	(void)state;
	for (uint32_t i = 0; i < 100; i++) {
		keys[i] = i;
		assert_int_equal(mcr_index_insert(index, 42, i), 0);
	}
	for (uint32_t i = 0; i < 100; i += 2)
		mcr_index_remove(index, 42, i);
	for (uint32_t i = 0; i < 100; i++)
		assert_int_equal(find(index, i, 42), i % 2 == 0 ? MCR_INDEX_NONE : i);
	mcr_index_free(index);
}

static void
an_index_grows_beyond_its_capacity(void **state)
{
	struct mcr_index *index = mcr_index_create(1, NULL);

	(void)state;
	for (uint32_t i = 0; i < KEYS; i++) {
		keys[i] = i * UINT64_C(0x100000001);
		assert_int_equal(mcr_index_insert(index, mcr_hash(keys[i], 0), i), 0);
	}
	for (uint32_t i = 0; i < KEYS; i++)
		assert_int_equal(find(index, keys[i], mcr_hash(keys[i], 0)), i);
	assert_true(slots_of(index) >= 2 * KEYS && slots_of(index) <= 4 * KEYS);
	mcr_index_free(index);
}

static void
a_full_capacity_needs_no_growth(void **state)
{
	struct mcr_index *index = mcr_index_create(1024, NULL);
	const uint32_t slots = slots_of(index);

	(void)state;
	for (uint32_t i = 0; i < 1024; i++)
		assert_int_equal(mcr_index_insert(index, mcr_hash(i, 0), i), 0);
	assert_int_equal(slots_of(index), slots);
	mcr_index_free(index);
}

static void
removed_entries_never_fill_an_index(void **state)
{
	struct mcr_index *index = mcr_index_create(64, NULL);
	const uint32_t slots = slots_of(index);
	uint32_t seed = 1;

	(void)state;
	for (uint32_t i = 0; i < 60; i++)
		mcr_index_insert(index, (keys[i] = i), i);
	for (uint32_t round = 0; round < 100000; round++) {
		const uint32_t id = (seed = seed * 1103515245 + 12345) >> 16 & 31;

		mcr_index_remove(index, keys[id], id);
		keys[id] = seed;
		assert_int_equal(mcr_index_insert(index, keys[id], id), 0);
		assert_true(index->entries + index->tombstones <= slots / 4 * 3);
	}
	for (uint32_t i = 0; i < 60; i++)
		assert_int_equal(find(index, keys[i], keys[i]), i);
	assert_int_equal(index->entries, 60);
	assert_int_equal(slots_of(index), slots);
	mcr_index_free(index);
}

/* Compare with an array; few distinct hashes make long probes. */
static void
random_changes_agree_with_a_model(void **state)
{
	struct mcr_index *index = mcr_index_create(16, NULL);
	static bool present[KEYS];
	uint64_t seed = 7;

	(void)state;
	memset(present, 0, sizeof(present));
	for (uint32_t i = 0; i < KEYS; i++)
		keys[i] = i;
	for (uint32_t round = 0; round < 300000; round++) {
		const uint32_t id = (seed = seed * 6364136223846793005 + 1) >> 33 & 255;
		const uint32_t hash = id % 61 * 3;

		assert_int_equal(find(index, id, hash), present[id] ? id : MCR_INDEX_NONE);
		if (present[id])
			mcr_index_remove(index, hash, id);
		else
			assert_int_equal(mcr_index_insert(index, hash, id), 0);
		present[id] = !present[id];
	}
	mcr_index_free(index);
}

static void
a_replaced_array_waits_for_its_readers(void **state)
{
	struct mcr_rcu *rcu = mcr_rcu_create(1);
	struct mcr_index *index = mcr_index_create(4, rcu);

	(void)state;
	mcr_rcu_online(rcu, 0);
	for (uint32_t i = 0; i < 5; i++)
		assert_int_equal(mcr_index_insert(index, i, i), 0);
	assert_int_equal(mcr_rcu_reclaim(rcu), 1);
	mcr_rcu_quiescent(rcu, 0);
	assert_int_equal(mcr_rcu_reclaim(rcu), 0);
	mcr_rcu_offline(rcu, 0);
	mcr_index_free(index);
	mcr_rcu_free(rcu);
}

static void
wrong_capacities_are_refused(void **state)
{
	(void)state;
	assert_null(mcr_index_create(0, NULL));
	assert_int_equal(rte_errno, EINVAL);
	assert_null(mcr_index_create(UINT32_MAX, NULL));
	assert_int_equal(rte_errno, EINVAL);
	mcr_index_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_inserted_is_found_until_it_is_removed),
		cmocka_unit_test(an_id_is_replaced_in_place),
		cmocka_unit_test(consecutive_keys_are_scattered),
		cmocka_unit_test(no_hash_is_special),
		cmocka_unit_test(equal_hashes_are_distinguished_by_the_match),
		cmocka_unit_test(an_index_grows_beyond_its_capacity),
		cmocka_unit_test(a_full_capacity_needs_no_growth),
		cmocka_unit_test(removed_entries_never_fill_an_index),
		cmocka_unit_test(random_changes_agree_with_a_model),
		cmocka_unit_test(a_replaced_array_waits_for_its_readers),
		cmocka_unit_test(wrong_capacities_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
