/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * Drop a frame for a reason that concerns its sender: count it and record the sender in the calling
 * lcore's own table. Never inline: no good packet comes here.
 */

#ifndef MCR_DATAPATH_REFUSE_H
#define MCR_DATAPATH_REFUSE_H

#include <rte_debug.h>

#include <mcr_classify.h>
#include <mcr_igmp.h>

#include "datapath/job.h"
#include "datapath/worker.h"

/** Why a message is refused that lib/neigh does. @param error A negative errno. */
enum mcr_drop
mcr_refuse_reason(int error);

/** Drop a frame for a condition of the hub (a full ring, no buffer): only counted. @param frame
 * Consumed. */
static inline void
mcr_refuse_silently(struct mcr_lcore *lcore, struct rte_mbuf *frame, enum mcr_drop reason)
{
	RTE_ASSERT(reason != MCR_DROP_NONE);
	mcr_stats_drop(&lcore->stats, reason, 1);
	rte_pktmbuf_free(frame);
}

/** Refuse a frame; the record describes its sender by the frame alone. @param frame Consumed. */
void
mcr_refuse_packet(struct mcr_lcore *lcore, struct rte_mbuf *frame, const struct mcr_packet *packet,
	enum mcr_drop reason);

/** Refuse a member's frame. @param frame Consumed. */
void
mcr_refuse_member(struct mcr_lcore *lcore, struct rte_mbuf *frame, const struct mcr_packet *packet,
	const struct mcr_member *sender, enum mcr_drop reason);

/** Refuse a job; its sender may have left. @param job Its packet is consumed. */
void
mcr_refuse_job(struct mcr_lcore *lcore, const struct mcr_job *job, enum mcr_drop reason);

/** Record that a member's join was refused; nothing is dropped. */
void
mcr_refuse_join(struct mcr_lcore *lcore, const struct mcr_member *member, uint32_t group,
	enum mcr_igmp_rejection why);

#endif
