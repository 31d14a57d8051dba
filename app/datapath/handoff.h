/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * Handoff from RX to TX. A job goes to the TX lcore of its flow (inner source and group), whichever
 * queue it came by: members receive a flow in order, and flows that a NIC cannot distinguish are
 * spread, too.
 */

#ifndef MCR_DATAPATH_HANDOFF_H
#define MCR_DATAPATH_HANDOFF_H

#include <rte_debug.h>

#include "datapath/job_ring.h"
#include "datapath/tx.h"
#include "datapath/worker.h"

struct mcr_handoff_batch {
	unsigned int count;
	unsigned int pieces_free; /* in the ring after the last burst; 0 also before the first */
	struct mcr_job jobs[MCR_RX_BURST];
};

/** Enqueue a batch. Jobs without room are dropped and counted; a ring that is nearly full takes
 * none of the senders that ask for the most, see fair_drop.h. */
void
mcr_handoff_burst(struct mcr_lcore *lcore, struct mcr_lcore *to, struct mcr_handoff_batch *waiting);

/** Enqueue all batches. RX lcores call this at the end of each poll. */
void
mcr_handoff_all(struct mcr_lcore *lcore);

static inline uint32_t
mcr_handoff_queue(const struct mcr_lcore_plan *plan, uint32_t flow)
{
	return (uint64_t)flow * plan->tx_lcores >> 32;
}

static inline void
mcr_handoff_by_flow(struct mcr_lcore *lcore, const struct mcr_job *job)
{
	const uint32_t tx = mcr_handoff_queue(&lcore->workers->plan, job->flow);
	struct mcr_handoff_batch *waiting = &lcore->rx.handoffs[tx];
	struct mcr_lcore *to = lcore->workers->tx_lcores[tx];

	RTE_ASSERT(tx < lcore->workers->plan.tx_lcores && to->role->tx_queue == tx);
	if (to == lcore) {
		mcr_tx_job(lcore, job);
		return;
	}
	waiting->jobs[waiting->count++] = *job;
	if (waiting->count == MCR_RX_BURST)
		mcr_handoff_burst(lcore, to, waiting);
}

/** Run to completion, or hand off to the TX lcore of the flow. */
static inline void
mcr_handoff(struct mcr_lcore *lcore, const struct mcr_job *job)
{
	if (lcore->rx.handoffs == NULL)
		mcr_tx_job(lcore, job);
	else
		mcr_handoff_by_flow(lcore, job);
}

#endif
