/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* The fuzzer's sequences with repeatable random bytes. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "igmp_sequence.h"

#define SEQUENCES 1000
#define MAX_LEN 400

static void
random_sequences_agree_with_the_model(void **unused __rte_unused)
{
	uint8_t data[MAX_LEN];
	uint64_t state = 0x9e3779b97f4a7c15;

	for (uint32_t i = 0; i < SEQUENCES; i++) {
		for (uint32_t j = 0; j < MAX_LEN; j++) {
			state = state * 6364136223846793005 + 1442695040888963407;
			data[j] = (uint8_t)(state >> 56);
		}
		run_sequence(data, 1 + (state >> 32) % MAX_LEN);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_sequences_agree_with_the_model),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
