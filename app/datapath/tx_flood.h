/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * TX: packets and frames from a segment that flood it or leave it. Of jobs without marks beside
 * their kind.
 */

#ifndef MCR_DATAPATH_TX_FLOOD_H
#define MCR_DATAPATH_TX_FLOOD_H

#include "datapath/job.h"
#include "datapath/worker.h"

/** Send to the whole segment if the packet floods it, else to the group's receivers inside; and to
 * the group's receivers outside the segment. */
void
mcr_tx_segment_packet(struct mcr_lcore *lcore, const struct mcr_job *job);

/** Likewise, in a hub of a domain. */
void
mcr_tx_segment_packet_filtered(struct mcr_lcore *lcore, const struct mcr_job *job);

/** Whether a job that floods or leaves its segment has a receiver among the hub's own members. Of a
 * hub in a domain. */
bool
mcr_tx_segment_has_receiver(const struct mcr_lcore *lcore, const struct mcr_job *job);

/** Flood a frame unchanged. @param stat Counts it. */
void
mcr_tx_segment_flood(struct mcr_lcore *lcore, const struct mcr_job *job, enum mcr_stat stat);

/** Likewise, in a hub of a domain. */
void
mcr_tx_segment_flood_filtered(
	struct mcr_lcore *lcore, const struct mcr_job *job, enum mcr_stat stat);

#endif
