/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * TX of a hub in a domain: while placements of shared members change (fib/placement.h), a packet
 * goes to the part of a list that this hub serves with the packet's tag.
 */

#ifndef MCR_DATAPATH_TX_FILTER_H
#define MCR_DATAPATH_TX_FILTER_H

#include "datapath/fanout.h"
#include "datapath/job.h"
#include "datapath/worker.h"
#include "fib/placement.h"

/** Each list has room for all members. */
struct mcr_tx_filter {
	bool is_on;                    /**< for this job */
	uint8_t tag;                   /**< of this job */
	struct mcr_receivers *group;   /**< what is left of its group's list */
	struct mcr_receivers *segment; /**< what is left of its flood list */
};

/** Of a packet that no peer sent, the tag is decided here. A shard of it has that one.
 * @param[in,out] job Its kind has the tag afterwards. */
static inline void
mcr_tx_filter_begin_job(
	const struct mcr_placement *placement, struct mcr_tx_filter *filter, struct mcr_job *job)
{
	if (!mcr_job_is_from_peer(job) && mcr_job_kind(job) != MCR_JOB_SHARD)
		job->kind |= mcr_placement_tag(placement) != 0 ? MCR_JOB_TAG : 0;
	filter->tag = mcr_job_tag(job);
	filter->is_on = mcr_placement_filters(placement);
}

/** @return The list, or its part in the given room, valid until the next job. */
static inline const struct mcr_receivers *
mcr_tx_filter_list(const struct mcr_placement *placement, const struct mcr_tx_filter *filter,
	const struct mcr_receivers *list, struct mcr_receivers *room)
{
	if (list == NULL || !filter->is_on)
		return list;
	mcr_fanout_filter(placement, filter->tag, list, room);
	return room;
}

/** Replicate a packet to the part of its group's list. @param job Of the kind MCR_JOB_GROUP, with
 * its tag, for shards. */
void
mcr_tx_filter_replicate_group(struct mcr_lcore *lcore, const struct mcr_job *job);

#endif
