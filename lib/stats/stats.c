/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <rte_debug.h>

#include "mcr_stats.h"

const char *
mcr_stats_name(enum mcr_stat stat)
{
	static const char *const names[] = {
#define X(constant, name) #name,
		MCR_STATS(X)
#undef X
	};

	RTE_ASSERT(stat < MCR_STAT_COUNT);
	return names[stat];
}

const char *
mcr_stats_drop_name(enum mcr_drop drop)
{
	static const char *const names[] = {
#define X(constant, name) #name,
		MCR_RX_DROPS(X) MCR_COPY_DROPS(X)
#undef X
	};

	RTE_ASSERT(drop < MCR_DROP_COUNT);
	return names[drop];
}

void
mcr_stats_sum(struct mcr_stats *sum, const struct mcr_stats *stats)
{
	for (unsigned int i = 0; i < MCR_STAT_COUNT; i++)
		sum->counts[i] += __atomic_load_n(&stats->counts[i], __ATOMIC_RELAXED);
	for (unsigned int i = 0; i < MCR_DROP_COUNT; i++)
		sum->drops[i] += __atomic_load_n(&stats->drops[i], __ATOMIC_RELAXED);
}

static uint64_t
sum_drops(const struct mcr_stats *stats, unsigned int from, unsigned int to)
{
	uint64_t sum = 0;

	RTE_ASSERT(to <= MCR_DROP_COUNT);
	while (from < to)
		sum += stats->drops[from++];
	return sum;
}

uint64_t
mcr_stats_rx_drops(const struct mcr_stats *stats)
{
	return sum_drops(stats, 0, MCR_DROP_FIRST_OF_COPIES);
}

uint64_t
mcr_stats_copy_drops(const struct mcr_stats *stats)
{
	return sum_drops(stats, MCR_DROP_FIRST_OF_COPIES, MCR_DROP_COUNT);
}
