/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * A bucket of packets or bytes a second, which lcores share without a lock. GCRA: only the time is
 * kept when the bucket will be full again.
 */

#ifndef MCR_INFRA_BUCKET_H
#define MCR_INFRA_BUCKET_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_common.h>

/** Timer cycles that one unit takes have this many bits behind the point. */
#define MCR_BUCKET_FRACTION 20

struct mcr_bucket {
	uint64_t cost;  /**< of a unit, in cycles; 0: without a limit. Atomic */
	uint64_t empty; /**< TSC cycle from which on the bucket is full. Atomic */
};

/** For the control lcore, at any time. @param units A second; 0: any. @param hz Of the TSC. */
static inline void
mcr_bucket_set(struct mcr_bucket *bucket, uint64_t units, uint64_t hz)
{
	const uint64_t cost =
		units == 0 ? 0 : (uint64_t)((double)(hz << MCR_BUCKET_FRACTION) / units + 0.5);

	if (cost == __atomic_load_n(&bucket->cost, __ATOMIC_RELAXED))
		return;
	__atomic_store_n(&bucket->cost, cost, __ATOMIC_SEQ_CST);
	__atomic_store_n(&bucket->empty, 0, __ATOMIC_RELAXED);
}

/** How many cycles it takes until the bucket is full. */
static inline uint64_t
mcr_bucket_lack(const struct mcr_bucket *bucket, uint64_t now)
{
	const uint64_t empty = __atomic_load_n(&bucket->empty, __ATOMIC_RELAXED);

	/* Clocks of two cores may differ. */
	return (int64_t)(empty - now) > 0 ? empty - now : 0;
}

/** What so many units take, in cycles, rounded up: the rate is kept also where one takes less than
 * a cycle. @return 0: nothing is limited. */
static inline uint64_t
mcr_bucket_cost(const struct mcr_bucket *bucket, uint64_t units)
{
	const uint64_t cost = __atomic_load_n(&bucket->cost, __ATOMIC_RELAXED);

	return (units * cost + (UINT64_C(1) << MCR_BUCKET_FRACTION) - 1) >> MCR_BUCKET_FRACTION;
}

/** Whether units are within what may come at once. What alone is more than that fits a full bucket.
 * @param burst In cycles. */
static inline bool
mcr_bucket_fits(const struct mcr_bucket *bucket, uint64_t units, uint64_t burst, uint64_t now)
{
	const uint64_t cost = mcr_bucket_cost(bucket, units);

	return cost == 0 || mcr_bucket_lack(bucket, now) + cost <= RTE_MAX(burst, cost);
}

/** Take units, whether or not they fit. */
static inline void
mcr_bucket_charge(struct mcr_bucket *bucket, uint64_t units, uint64_t now)
{
	const uint64_t cycles = mcr_bucket_cost(bucket, units);
	uint64_t empty = __atomic_load_n(&bucket->empty, __ATOMIC_RELAXED);

	if (cycles == 0)
		return;
	while (!__atomic_compare_exchange_n(&bucket->empty, &empty,
		((int64_t)(empty - now) > 0 ? empty : now) + cycles, true, __ATOMIC_RELAXED,
		__ATOMIC_RELAXED))
		;
}

#endif
