/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <inttypes.h>

#include "datapath/counters.h"
#include "test/hub_fixture.h"
#include "test/sim/checks.h"
#include "test/sim/fail.h"

static struct mcr_stats
sum_stats(void)
{
	struct mcr_stats sum;

	mcr_counters_sum(&hub.workers, &sum);
	return sum;
}

/* What waits in rings is not counted yet. */
static void
check_balance(uint64_t all, uint64_t counted, bool is_quiet, const char *what)
{
	SIM_REQUIRE(is_quiet ? all == counted : all >= counted,
		"%s: %" PRIu64 ", but %" PRIu64 " are counted", what, all, counted);
}

void
sim_check_counters(bool is_quiet)
{
	const struct mcr_stats sum = sum_stats();

	check_balance(sum.counts[MCR_STAT_RX_PACKETS],
		sum.counts[MCR_STAT_DATA_PACKETS] + sum.counts[MCR_STAT_UNICAST_PACKETS] +
			sum.counts[MCR_STAT_CONTROL_PACKETS] + mcr_stats_rx_drops(&sum),
		is_quiet, "received frames");
	check_balance(sum.counts[MCR_STAT_COPIES],
		sum.counts[MCR_STAT_TX_DATA_PACKETS] + mcr_stats_copy_drops(&sum), is_quiet,
		"copies");
}

static void
check_pool(const struct rte_mempool *pool)
{
	SIM_REQUIRE(pool == NULL || rte_mempool_in_use_count(pool) == 0,
		"%u buffers of the pool %s are lost", rte_mempool_in_use_count(pool), pool->name);
}

void
sim_check_buffers(void)
{
	check_pool(wire_pool);
	check_pool(hub.ports.whole_pool);
	for (unsigned int i = 0; i < RTE_DIM(hub.ports.rx_pools); i++)
		check_pool(hub.ports.rx_pools[i]);
	for (uint16_t i = 0; i < hub.workers.count; i++) {
		check_pool(hub.workers.lcores[i].tx.replicate.copy_pool);
		check_pool(hub.workers.lcores[i].tx.replicate.header_pool);
	}
}

uint64_t
sim_check_losses(void)
{
	const struct mcr_stats sum = sum_stats();
	uint64_t punt_drops = 0;

	for (unsigned int i = 0; i < MCR_PUNT_CLASSES; i++)
		punt_drops += mcr_counters_punt_drops(&hub.workers, i);
	return punt_drops + sum.drops[MCR_DROP_RING_FULL] + sum.drops[MCR_DROP_RATE_LIMITED] +
	       mcr_stats_copy_drops(&sum) + sum.counts[MCR_STAT_TX_CONTROL_DROPS];
}
