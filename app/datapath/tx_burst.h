/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * Send a burst, and remember stuck ports.
 *
 * A queue that is full for a moment is retried: a port drains it in a microsecond. A port that
 * takes nothing in all retries is stuck (no link, a stalled peer). It is tried once a turn, so
 * other ports lose no time, until it takes a frame.
 *
 * A port may have an allowance (tx_shed.h). It and a stuck one are sent to with care, so that the
 * others pay nothing for either.
 */

#ifndef MCR_DATAPATH_TX_BURST_H
#define MCR_DATAPATH_TX_BURST_H

#include <rte_debug.h>
#include <rte_ethdev.h>

#include "datapath/worker.h"
#include "infra/ports.h"

/** Retry a burst of which a port took only `sent` frames. @param port Its ethdev id. */
uint16_t
mcr_tx_burst_rest(struct mcr_lcore *lcore, uint16_t port, struct rte_mbuf **frames, uint16_t sent,
	uint16_t count);

/** As mcr_tx_burst(), to a port that is stuck or has an allowance. */
uint16_t
mcr_tx_burst_careful(struct mcr_lcore *lcore, const struct mcr_port *port, struct rte_mbuf **frames,
	uint16_t count);

/**
 * Send frames. @param count At least 1.
 * @return How many were sent; 0 for a port that is away. The caller keeps the others;
 *   lcore->tx.was_shed says that the port may not send them now.
 */
static inline uint16_t
mcr_tx_burst(struct mcr_lcore *lcore, const struct mcr_port *port, struct rte_mbuf **frames,
	uint16_t count)
{
	uint16_t sent;

	RTE_ASSERT(count != 0 && lcore->role->is_tx);
	if (unlikely(mcr_port_is_away(port)))
		return 0;
	if (unlikely((__atomic_load_n(&lcore->tx.careful_ports, __ATOMIC_RELAXED) &
			     UINT32_C(1) << port->id) != 0))
		return mcr_tx_burst_careful(lcore, port, frames, count);
	sent = rte_eth_tx_burst(port->id, lcore->role->tx_queue, frames, count);
	if (unlikely(sent != count))
		return mcr_tx_burst_rest(lcore, port->id, frames, sent, count);
	return sent;
}

static inline void
mcr_tx_burst_end_turn(struct mcr_lcore *lcore)
{
	lcore->tx.tried_ports = 0;
}

#endif
