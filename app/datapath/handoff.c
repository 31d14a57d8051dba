/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <stdio.h>

#include <rte_errno.h>

#include "datapath/handoff.h"

int
mcr_handoff_create_ring(const struct mcr_workers *workers, struct mcr_lcore *lcore)
{
	const unsigned int producers = workers->plan.rx_lcores == 1 ? RING_F_SP_ENQ : 0;
	char name[RTE_RING_NAMESIZE];

	snprintf(name, sizeof(name), "mcdpdk_jobs_%u", lcore->role->id);
	lcore->jobs = rte_ring_create_elem(name, MCR_JOB_PIECE, MCR_JOB_RING_SIZE * MCR_JOB_PIECES,
		lcore->role->node, producers | RING_F_SC_DEQ | RING_F_EXACT_SZ);
	return lcore->jobs == NULL ? -rte_errno : 0;
}

static void
drop_rest(struct mcr_lcore *lcore, const struct mcr_handoff_batch *waiting, unsigned int first)
{
	mcr_stats_drop(&lcore->stats, MCR_DROP_RING_FULL, waiting->count - first);
	for (unsigned int i = first; i < waiting->count; i++)
		rte_pktmbuf_free(waiting->jobs[i].packet);
}

void
mcr_handoff_burst(struct mcr_lcore *lcore, struct mcr_lcore *to, struct mcr_handoff_batch *waiting)
{
	const unsigned int taken = rte_ring_enqueue_burst_elem(to->jobs, waiting->jobs,
					   MCR_JOB_PIECE, waiting->count * MCR_JOB_PIECES, NULL) /
	                           MCR_JOB_PIECES;

	if (unlikely(taken != waiting->count))
		drop_rest(lcore, waiting, taken);
	waiting->count = 0;
}

void
mcr_handoff_all(struct mcr_lcore *lcore)
{
	if (lcore->handoffs == NULL)
		return;
	for (uint16_t i = 0; i < lcore->workers->plan.tx_lcores; i++) {
		if (lcore->handoffs[i].count != 0)
			mcr_handoff_burst(lcore, lcore->workers->tx_lcores[i], &lcore->handoffs[i]);
	}
}
