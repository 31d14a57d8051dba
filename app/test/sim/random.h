/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/** @file Numbers that a seed decides (splitmix64). */

#ifndef MCR_TEST_SIM_RANDOM_H
#define MCR_TEST_SIM_RANDOM_H

#include <stdint.h>

struct sim_random {
	uint64_t state;
};

static inline uint64_t
sim_random_next(struct sim_random *random)
{
	uint64_t z = random->state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

/** @return Less than limit. */
static inline uint32_t
sim_random_below(struct sim_random *random, uint32_t limit)
{
	return (sim_random_next(random) >> 32) * limit >> 32;
}

#endif
