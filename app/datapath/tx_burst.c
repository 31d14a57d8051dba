/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <rte_debug.h>
#include <rte_pause.h>

#include "datapath/tx_burst.h"
#include "datapath/tx_shed.h"

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
		__atomic_fetch_or(&lcore->tx.careful_ports, bit_of(port), __ATOMIC_RELAXED);
		lcore->tx.tried_ports |= bit_of(port);
		mcr_stats_add(&lcore->tx.refused_frames[port], count);
	}
	return sent;
}

static uint16_t
send_to_stuck(struct mcr_lcore *lcore, uint16_t port, struct rte_mbuf **frames, uint16_t count)
{
	uint16_t sent = 0;

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

/* The control lcore sets the bit of a port that gets an allowance, maybe in between. */
static void
end_care(struct mcr_lcore *lcore, const struct mcr_port *port)
{
	__atomic_fetch_and(&lcore->tx.careful_ports, ~bit_of(port->id), __ATOMIC_SEQ_CST);
	if (mcr_allowance_is_limited(&port->allowance))
		__atomic_fetch_or(&lcore->tx.careful_ports, bit_of(port->id), __ATOMIC_RELAXED);
}

static uint16_t
send_frames(struct mcr_lcore *lcore, uint16_t port, struct rte_mbuf **frames, uint16_t count)
{
	uint16_t sent;

	if ((lcore->tx.stuck_ports & bit_of(port)) != 0)
		return send_to_stuck(lcore, port, frames, count);
	sent = rte_eth_tx_burst(port, lcore->role->tx_queue, frames, count);
	return sent == count ? sent : mcr_tx_burst_rest(lcore, port, frames, sent, count);
}

/* A stuck port refuses frames before its allowance does. What it does not take is not charged. */
uint16_t
mcr_tx_burst_careful(struct mcr_lcore *lcore, const struct mcr_port *port, struct rte_mbuf **frames,
	uint16_t count)
{
	const bool is_stuck = (lcore->tx.stuck_ports & bit_of(port->id)) != 0;
	const uint16_t permitted =
		is_stuck ? count : mcr_tx_shed_permits(lcore, port, frames, count);
	/* A frame that was sent may be gone. */
	const uint64_t bytes = mcr_tx_shed_bytes(frames, permitted);
	const uint16_t sent = permitted == 0 ? 0 : send_frames(lcore, port->id, frames, permitted);

	if (sent != 0)
		mcr_tx_shed_charge(port, sent, bytes * sent / permitted);
	if (sent == permitted && permitted != count)
		mcr_tx_shed_count(lcore, port, count - permitted);
	if ((lcore->tx.stuck_ports & bit_of(port->id)) == 0)
		end_care(lcore, port);
	return sent;
}
