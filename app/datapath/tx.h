/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * TX: jobs become copies on the wire, and injected frames are sent.
 */

#ifndef MCR_DATAPATH_TX_H
#define MCR_DATAPATH_TX_H

#include "datapath/job.h"
#include "datapath/worker.h"
#include "fib/fib.h"

/** Replicate one packet; the copies leave with the next full burst or when the poll ends.
 * @param job Its packet is consumed. */
void
mcr_tx_job(struct mcr_lcore *lcore, const struct mcr_job *job);

/** Prefetch what replication to a group reads and counts first. */
static inline void
mcr_tx_prefetch(const struct mcr_lcore *lcore, struct mcr_group_ref group)
{
	if (group.id == MCR_GROUP_NONE)
		return;
	mcr_group_prefetch(lcore->fib->groups, group);
	rte_prefetch0(&lcore->groups[group.id]);
}

/** Take a burst of jobs from this lcore's ring, and injected frames if it sends them. @return How
 * many. */
unsigned int
mcr_tx_poll(struct mcr_lcore *lcore);

#endif
