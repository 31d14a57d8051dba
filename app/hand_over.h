/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * From RX to TX: each job goes to the TX lcore of its flow (the inner source and group), whichever
 * queue it came in by, so a member sees a flow in order and flows that a NIC does not tell apart
 * are spread all the same. Jobs cross the ring in bursts.
 */

#ifndef MCR_APP_HAND_OVER_H
#define MCR_APP_HAND_OVER_H

#include "hub.h"
#include "tx.h"

/** The jobs for one TX lcore that the RX lcore has not put on its ring yet. */
struct mcr_handover {
	unsigned int count;
	struct mcr_job jobs[MCR_RX_BURST];
};

/** Put them on the ring; those that find no room are counted. */
void
mcr_hand_over_burst(struct mcr_lcore *lcore, struct mcr_lcore *to, struct mcr_handover *waiting);

/** Put all that wait on their rings. RX lcores do so at the end of each poll. */
void
mcr_hand_over_all(struct mcr_lcore *lcore);

/** Which TX lcore has a flow. The sum's upper bits are as good as its lower ones. */
static inline uint32_t
mcr_hand_over_to(const struct mcr_lcore_plan *plan, uint32_t flow)
{
	return (uint64_t)flow * plan->tx_lcores >> 32;
}

/** Run to completion, or let the TX lcore of the flow do so. */
static inline void
mcr_hand_over(struct mcr_lcore *lcore, const struct mcr_job *job)
{
	const uint32_t tx = mcr_hand_over_to(&lcore->hub->plan, job->flow);
	struct mcr_lcore *to = lcore->hub->tx_lcores[tx];
	struct mcr_handover *waiting;

	if (lcore->handovers == NULL || to == lcore) {
		mcr_tx_job(lcore, job);
		return;
	}
	waiting = &lcore->handovers[tx];
	waiting->jobs[waiting->count++] = *job;
	if (waiting->count == MCR_RX_BURST)
		mcr_hand_over_burst(lcore, to, waiting);
}

#endif
