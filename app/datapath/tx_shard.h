/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * TX: a packet to many receivers, whose copies all TX lcores make: each those of its own shard.
 *
 * The TX lcore of the flow hands the packet to the others and makes the rest of the copies itself.
 * So a member receives a flow in order, by way of one ring and one TX queue. A group may become
 * split, or whole again, between two packets, which moves members to another lcore. Copies that
 * wait are sent first then; and a group is split until the other lcores have sent all of its
 * copies.
 */

#ifndef MCR_DATAPATH_TX_SHARD_H
#define MCR_DATAPATH_TX_SHARD_H

#include "datapath/fanout.h"
#include "datapath/job.h"
#include "datapath/worker.h"

/**
 * Begin to count a group, if its counters are another group's, or decide whether a split group
 * stays split.
 * @param receivers How many get a copy now.
 * @return true: it is split.
 */
bool
mcr_tx_shard_renew(struct mcr_lcore *lcore, struct mcr_group_ref group, uint32_t receivers);

/** Make the copies of this lcore's shard and let other lcores make theirs. @param job The caller
 * frees its packet. @param rotation How many packets the group had before. */
void
mcr_tx_shard_split(struct mcr_lcore *lcore, const struct mcr_job *job, struct mcr_fanout fanout,
	struct mcr_group_ref group, uint64_t rotation);

/** Likewise, of a group that is split; the packet is counted and consumed. */
void
mcr_tx_shard_replicate(struct mcr_lcore *lcore, const struct mcr_job *job, struct mcr_fanout fanout,
	struct mcr_group_ref group);

/** Make and send the copies of this lcore's shard. @param job MCR_JOB_SHARD; its packet is
 * consumed. */
void
mcr_tx_shard_job(struct mcr_lcore *lcore, const struct mcr_job *job);

/** Likewise, in a hub of a domain. */
void
mcr_tx_shard_job_filtered(struct mcr_lcore *lcore, const struct mcr_job *job);

/** Prepare a TX lcore. */
void
mcr_tx_shard_init(const struct mcr_workers *workers, struct mcr_lcore *lcore);

#endif
