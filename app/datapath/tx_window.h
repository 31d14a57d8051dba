/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * The largest burst of copies in a millisecond, by port: of one TX lcore, since its start.
 *
 * A window begins with the turn that sends the first copies after a rest, else when the one before
 * is over. So a burst has a window of its own; of a load that never rests it is the rate. A window
 * ends with a turn, at most one later than a millisecond.
 *
 * It is not the port's: a lcore that rests begins a window each turn, and would have to read the
 * counters of all others each time.
 */

#ifndef MCR_DATAPATH_TX_WINDOW_H
#define MCR_DATAPATH_TX_WINDOW_H

#include <rte_common.h>

#include "datapath/worker.h"

void
mcr_tx_window_end(struct mcr_lcore *lcore, uint64_t now);

/** A turn of any lcore begins. @param now Timer cycles. */
static inline void
mcr_tx_window_begin_turn(struct mcr_lcore *lcore, uint64_t now)
{
	if (unlikely(now >= lcore->tx.window_end))
		mcr_tx_window_end(lcore, now);
}

/** A turn of any lcore had nothing to do. */
void
mcr_tx_window_rest(struct mcr_lcore *lcore);

/** An lcore is made; its role is known. */
void
mcr_tx_window_init(struct mcr_lcore *lcore);

#endif
