/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * IPv6 packets of which a copy was over the path MTU and could not be fragmented: their senders get
 * "packet too big" (RFC 4443 3.2) from the control lcore.
 */

#ifndef MCR_DATAPATH_TX_TOO_BIG_H
#define MCR_DATAPATH_TX_TOO_BIG_H

#include "datapath/job.h"
#include "datapath/worker.h"

/** RFC 4443 2.4 (f): how often a TX lcore reports packets of one sender. */
#define MCR_TX_TOO_BIG_MS 100

/**
 * Punt a packet, if its sender is a member of this hub and is due.
 * @param job Its packet stays the caller's. Nobody may write to the packet afterwards.
 * @param mtu The longest packet that fits.
 */
void
mcr_tx_too_big(struct mcr_lcore *lcore, const struct mcr_job *job, uint16_t mtu);

#endif
