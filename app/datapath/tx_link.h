/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * TX to the other hubs of the domain: one copy of a member's packet to each peer that is interested
 * in it and up.
 */

#ifndef MCR_DATAPATH_TX_LINK_H
#define MCR_DATAPATH_TX_LINK_H

#include <stdbool.h>

#include "datapath/job.h"
#include "datapath/worker.h"

/**
 * Send the peers' copies of a job that no peer sent.
 * @return true: no member of this hub receives it, so the packet is counted and consumed.
 */
bool
mcr_tx_link_job(struct mcr_lcore *lcore, const struct mcr_job *job);

#endif
