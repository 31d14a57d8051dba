/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * TX: packets and frames out of a VXLAN segment that go to all of it, or by their group beyond it.
 */

#ifndef MCR_DATAPATH_TX_FLOOD_H
#define MCR_DATAPATH_TX_FLOOD_H

#include "datapath/job.h"
#include "datapath/worker.h"

/**
 * To all of the segment when the packet floods it, else to those of it that its group has; and to
 * those beyond it that the group has. For these the hub is a router where it counts as one.
 */
void
mcr_tx_segment_packet(struct mcr_lcore *lcore, const struct mcr_job *job);

/** To all of the segment, as the frame that it is. @param stat What it is counted as. */
void
mcr_tx_segment_flood(struct mcr_lcore *lcore, const struct mcr_job *job, enum mcr_stat stat);

#endif
