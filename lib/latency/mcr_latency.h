/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * Histograms of durations: one per lcore, which alone writes it; readers sum them. Buckets are
 * logarithmic, 8 per power of two: a percentile is at most an eighth too long.
 */

#ifndef MCR_LATENCY_H
#define MCR_LATENCY_H

#include <stdint.h>

/** log2 of the buckets per power of two. */
#define MCR_LATENCY_STEPS 3
#define MCR_LATENCY_BUCKETS ((64 - MCR_LATENCY_STEPS + 1) << MCR_LATENCY_STEPS)

struct mcr_latency {
	uint64_t counts[MCR_LATENCY_BUCKETS];
	uint64_t max;
};

/** The bucket of a duration in any unit; each duration below 16 has its own. */
static inline uint32_t
mcr_latency_bucket(uint64_t duration)
{
	const uint32_t steps = 1 << MCR_LATENCY_STEPS;
	uint32_t shift;

	if (duration < steps)
		return duration;
	shift = 63 - __builtin_clzll(duration) - MCR_LATENCY_STEPS;
	return ((shift + 1) << MCR_LATENCY_STEPS) + (duration >> shift) - steps;
}

/** Count a duration. Only the owning lcore; readers see whole values. */
static inline void
mcr_latency_record(struct mcr_latency *latency, uint64_t duration)
{
	uint64_t *const count = &latency->counts[mcr_latency_bucket(duration)];

	__atomic_store_n(count, *count + 1, __ATOMIC_RELAXED);
	if (duration > latency->max)
		__atomic_store_n(&latency->max, duration, __ATOMIC_RELAXED);
}

/** Add a histogram to a sum that starts as zeros. Any thread at any time. */
void
mcr_latency_sum(struct mcr_latency *sum, const struct mcr_latency *latency);

/**
 * The duration that a share of all durations, 1 to 1000 permille, does not exceed.
 * @return The upper end of its bucket, at most the longest duration; 0 without durations.
 */
uint64_t
mcr_latency_percentile(const struct mcr_latency *latency, uint32_t permille);

/** How many durations do not exceed a bound. One that is in the bound's own bucket, so at most an
 * eighth shorter, may be taken for longer. */
uint64_t
mcr_latency_count_up_to(const struct mcr_latency *latency, uint64_t bound);

/** The sum of all durations, at most a sixteenth off: each counts as the middle of its bucket. */
uint64_t
mcr_latency_estimate_sum(const struct mcr_latency *latency);

#endif
