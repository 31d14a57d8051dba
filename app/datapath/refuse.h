/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * Drop a received frame for a reason that its sender has to know: it is counted, and the sender is
 * recorded in the calling lcore's own table. Never inline: no good packet comes here.
 *
 * What is the hub's own condition (a full ring, no buffer) is counted alone.
 */

#ifndef MCR_DATAPATH_REFUSE_H
#define MCR_DATAPATH_REFUSE_H

#include <rte_debug.h>

#include <mcr_classify.h>
#include <mcr_igmp.h>

#include "datapath/job.h"
#include "datapath/worker.h"

/** Drop a frame for a condition of the hub: counted, its sender is not recorded. @param frame
 * Consumed. */
static inline void
mcr_refuse_silently(struct mcr_lcore *lcore, struct rte_mbuf *frame, enum mcr_drop reason)
{
	RTE_ASSERT(reason != MCR_DROP_NONE);
	mcr_stats_drop(&lcore->stats, reason, 1);
	rte_pktmbuf_free(frame);
}

/** Refuse a frame whose sender is known by nothing but the frame. @param frame Consumed. */
void
mcr_refuse_packet(struct mcr_lcore *lcore, struct rte_mbuf *frame, const struct mcr_packet *packet,
	enum mcr_drop reason);

/** Refuse a member's frame. @param frame Consumed. */
void
mcr_refuse_member(struct mcr_lcore *lcore, struct rte_mbuf *frame, const struct mcr_packet *packet,
	const struct mcr_member *sender, enum mcr_drop reason);

/** Refuse a job; its sender may have left since. @param job Its packet is consumed. */
void
mcr_refuse_job(struct mcr_lcore *lcore, const struct mcr_job *job, enum mcr_drop reason);

/** Record that a member's join is not followed; nothing is dropped. @param why Of lib/igmp. */
void
mcr_refuse_join(struct mcr_lcore *lcore, const struct mcr_member *member, uint32_t group,
	enum mcr_igmp_rejection why);

#endif
