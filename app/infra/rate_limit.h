/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * A token bucket: a burst, and a rate in the long run.
 */

#ifndef MCR_INFRA_RATE_LIMIT_H
#define MCR_INFRA_RATE_LIMIT_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_common.h>
#include <rte_debug.h>

/** All zeros is a full bucket. */
struct mcr_rate_limit {
	uint64_t filled_ms;
	uint32_t used;
};

/**
 * Take one token. @return Whether there was one.
 * @param per_ms Tokens that come back in a millisecond.
 * @param burst The size of the bucket.
 */
static inline bool
mcr_rate_limit_take(struct mcr_rate_limit *bucket, uint32_t per_ms, uint32_t burst, uint64_t now_ms)
{
	const uint64_t back = (now_ms - bucket->filled_ms) * per_ms;

	RTE_ASSERT(now_ms >= bucket->filled_ms);
	bucket->used -= RTE_MIN(back, bucket->used);
	bucket->filled_ms = now_ms;
	if (bucket->used >= burst)
		return false;
	bucket->used++;
	return true;
}

#endif
