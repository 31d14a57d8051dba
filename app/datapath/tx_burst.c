/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <rte_debug.h>
#include <rte_pause.h>

#include "datapath/tx_burst.h"

/* Calls for one burst that send nothing, in total, before a full TX queue is given up. */
#define TRIES 64

_Static_assert(RTE_MAX_ETHPORTS <= 32, "a bit for each port");

static uint32_t
bit_of(uint16_t port)
{
	return UINT32_C(1) << port;
}

uint16_t
mcr_tx_burst_rest(struct mcr_lcore *lcore, uint16_t port, struct rte_mbuf **frames, uint16_t sent,
	uint16_t count)
{
	unsigned int tries = sent == 0 ? TRIES - 1 : TRIES;

	RTE_ASSERT(sent <= count && port < RTE_MAX_ETHPORTS);
	while (sent < count && tries > 0) {
		uint16_t n;

		rte_pause();
		n = rte_eth_tx_burst(port, lcore->role->tx_queue, frames + sent, count - sent);
		sent += n;
		if (n == 0)
			tries--;
	}
	if (sent == 0) {
		lcore->tx.stuck_ports |= bit_of(port);
		lcore->tx.tried_ports |= bit_of(port);
		mcr_stats_add(&lcore->tx.refused_frames[port], count);
	}
	return sent;
}

uint16_t
mcr_tx_burst_stuck(struct mcr_lcore *lcore, uint16_t port, struct rte_mbuf **frames, uint16_t count)
{
	uint16_t sent = 0;

	RTE_ASSERT((lcore->tx.stuck_ports & bit_of(port)) != 0);
	if ((lcore->tx.tried_ports & bit_of(port)) == 0) {
		lcore->tx.tried_ports |= bit_of(port);
		sent = rte_eth_tx_burst(port, lcore->role->tx_queue, frames, count);
	}
	if (sent == 0) {
		mcr_stats_add(&lcore->tx.refused_frames[port], count);
		return 0;
	}
	lcore->tx.stuck_ports &= ~bit_of(port);
	mcr_stats_add(&lcore->tx.recoveries[port], 1);
	return mcr_tx_burst_rest(lcore, port, frames, sent, count);
}
