/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * Injected frames that a port does not take yet. They wait on the TX lcore, for each port by
 * itself, and leave in order, before data. A frame is dropped only when its port is being reset or
 * has as many waiting as there is room for: then the newest. Each drop is counted.
 */

#ifndef MCR_DATAPATH_TX_HOLD_H
#define MCR_DATAPATH_TX_HOLD_H

#include <rte_common.h>
#include <rte_debug.h>

#include "datapath/worker.h"

/** How many frames wait for a port at most. */
#define MCR_TX_HOLD_FRAMES 128

/** Give the TX lcore that sends injected frames its holds. @return 0 or -ENOMEM. */
int
mcr_tx_hold_create(struct mcr_lcore *lcore);

void
mcr_tx_hold_free(struct mcr_lcore *lcore);

/** Free all frames that wait. No lcore runs. */
void
mcr_tx_hold_drain(struct mcr_lcore *lcore);

/** Send a frame behind those that wait for its port. Consumes it. */
void
mcr_tx_hold_send(struct mcr_lcore *lcore, struct rte_mbuf *frame);

/** Send what waits, as far as the ports take it. */
void
mcr_tx_hold_retry(struct mcr_lcore *lcore);

static inline void
mcr_tx_hold_begin_turn(struct mcr_lcore *lcore)
{
	if (unlikely(lcore->tx.held_ports != 0))
		mcr_tx_hold_retry(lcore);
}

/**
 * For the control lcore: how many frames that it injects now are sure to be sent or to wait, and
 * not to be dropped unless the port is reset.
 * @param port Index in ports->at.
 */
uint32_t
mcr_tx_hold_room(
	const struct mcr_workers *workers, const struct mcr_punt_rings *rings, uint16_t port);

#endif
