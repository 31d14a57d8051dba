/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <rte_debug.h>

#include "datapath/handoff.h"

static void
drop_unqueued(struct mcr_lcore *lcore, const struct mcr_handoff_batch *waiting, unsigned int first)
{
	mcr_stats_drop(&lcore->stats, MCR_DROP_RING_FULL, waiting->count - first);
	for (unsigned int i = first; i < waiting->count; i++)
		rte_pktmbuf_free(waiting->jobs[i].packet);
}

void
mcr_handoff_burst(struct mcr_lcore *lcore, struct mcr_lcore *to, struct mcr_handoff_batch *waiting)
{
	const unsigned int taken = rte_ring_enqueue_burst_elem(to->tx.jobs, waiting->jobs,
					   MCR_JOB_PIECE, waiting->count * MCR_JOB_PIECES, NULL) /
	                           MCR_JOB_PIECES;

	RTE_ASSERT(to != lcore && waiting->count <= MCR_RX_BURST);
	if (unlikely(taken != waiting->count))
		drop_unqueued(lcore, waiting, taken);
	waiting->count = 0;
}

void
mcr_handoff_all(struct mcr_lcore *lcore)
{
	if (lcore->rx.handoffs == NULL)
		return;
	for (uint16_t i = 0; i < lcore->workers->plan.tx_lcores; i++) {
		if (lcore->rx.handoffs[i].count != 0)
			mcr_handoff_burst(
				lcore, lcore->workers->tx_lcores[i], &lcore->rx.handoffs[i]);
	}
}
