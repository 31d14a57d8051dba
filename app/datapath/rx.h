/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * RX: received frames become jobs, punted frames or counted drops.
 */

#ifndef MCR_DATAPATH_RX_H
#define MCR_DATAPATH_RX_H

#include "datapath/worker.h"

/**
 * Receive one burst from each queue of this lcore and dispatch every frame. The lcore itself calls
 * this, online in the RCU variable, without pointers into tables.
 * @param now In timer cycles; fragments expire by it.
 * @return How many frames were received.
 */
unsigned int
mcr_rx_poll(struct mcr_lcore *lcore, uint64_t now);

struct mcr_rx_lookups;

/** Forward what was received so far, for more packets than frames. @param lookups Is empty then. */
void
mcr_rx_forward(struct mcr_lcore *lcore, struct mcr_rx_lookups *lookups);

/** Likewise for mcr_lcore_rx.ipv6. */
void
mcr_rx_forward_ipv6(struct mcr_lcore *lcore);

#endif
