/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * TX to the other hubs of the domain: one copy of a member's packet to each peer that is up and has
 * receivers for it, the frame if the peer has the packet's segment, else the packet; or to the
 * one peer behind which its station or host is.
 */

#ifndef MCR_DATAPATH_TX_LINK_H
#define MCR_DATAPATH_TX_LINK_H

#include <stdbool.h>

#include "datapath/job.h"
#include "datapath/worker.h"

/**
 * Send the peers' copies of a job, unless a peer sent it.
 * @return true: no member of this hub receives it, so the packet is counted and consumed.
 */
bool
mcr_tx_link_job(struct mcr_lcore *lcore, const struct mcr_job *job);

#endif
