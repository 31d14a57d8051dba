/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <rte_common.h>
#include <rte_debug.h>

#include "mcr_latency.h"

static uint64_t
load_count(const uint64_t *value)
{
	return __atomic_load_n(value, __ATOMIC_RELAXED);
}

void
mcr_latency_sum(struct mcr_latency *sum, const struct mcr_latency *latency)
{
	const uint64_t max = load_count(&latency->max);

	for (uint32_t i = 0; i < MCR_LATENCY_BUCKETS; i++)
		sum->counts[i] += load_count(&latency->counts[i]);
	sum->max = RTE_MAX(sum->max, max);
}

/* The longest duration of a bucket. */
static uint64_t
end_of(uint32_t bucket)
{
	const uint64_t steps = 1 << MCR_LATENCY_STEPS;
	const uint32_t power = bucket >> MCR_LATENCY_STEPS;

	RTE_ASSERT(bucket < MCR_LATENCY_BUCKETS);
	if (power == 0)
		return bucket;
	return (((bucket & (steps - 1)) + steps + 1) << (power - 1)) - 1;
}

uint64_t
mcr_latency_percentile(const struct mcr_latency *latency, uint32_t permille)
{
	uint64_t total = 0, seen = 0;
	uint32_t i;

	RTE_ASSERT(permille >= 1 && permille <= 1000);
	for (i = 0; i < MCR_LATENCY_BUCKETS; i++)
		total += latency->counts[i];
	for (i = 0; i < MCR_LATENCY_BUCKETS; i++) {
		seen += latency->counts[i];
		if (seen != 0 && seen * 1000 >= total * permille)
			return RTE_MIN(end_of(i), latency->max);
	}
	return 0;
}

uint64_t
mcr_latency_count_up_to(const struct mcr_latency *latency, uint64_t bound)
{
	uint64_t count = 0;

	for (uint32_t i = 0; i < MCR_LATENCY_BUCKETS && end_of(i) <= bound; i++)
		count += latency->counts[i];
	return count;
}

uint64_t
mcr_latency_estimate_sum(const struct mcr_latency *latency)
{
	uint64_t sum = 0, start = 0;

	for (uint32_t i = 0; i < MCR_LATENCY_BUCKETS; i++) {
		sum += latency->counts[i] * (start + (end_of(i) - start) / 2);
		start = end_of(i) + 1;
	}
	return sum;
}
