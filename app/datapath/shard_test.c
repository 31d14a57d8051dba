/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include <rte_config.h>

#include "datapath/shard.h"

#define ADDRESSES 4096

static uint32_t
shards_with(uint32_t address, uint32_t count)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < count; i++)
		n += mcr_shard_has(mcr_shard_make(i, count), address);
	return n;
}

static void
each_address_is_in_one_shard(void **state)
{
	/* Hash 0, the greatest one, and those in between. */
	const uint32_t step = UINT32_C(0x01000193);

	(void)state;
	for (uint32_t count = 2; count <= RTE_MAX_LCORE; count++) {
		for (uint32_t i = 0; i < ADDRESSES; i++)
			assert_int_equal(shards_with(i * step, count), 1);
	}
}

static void
check_balance(uint32_t step, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		const struct mcr_shard shard = mcr_shard_make(i, count);
		uint32_t n = 0;

		for (uint32_t j = 0; j < ADDRESSES; j++)
			n += mcr_shard_has(shard, UINT32_C(0x0a000001) + j * step);
		assert_in_range(n, ADDRESSES / count * 9 / 10, ADDRESSES / count * 11 / 10 + 1);
	}
}

/* One subnet, every 16th address, the same host in many subnets. */
static void
shards_of_regular_addresses_are_equal(void **state)
{
	(void)state;
	for (uint32_t count = 2; count <= 16; count++) {
		check_balance(1, count);
		check_balance(16, count);
		check_balance(256, count);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_address_is_in_one_shard),
		cmocka_unit_test(shards_of_regular_addresses_are_equal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
