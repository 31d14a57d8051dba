/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * Packets that wait on an lcore that both receives and copies. While ports lose frames, such an
 * lcore looks at what has arrived before it makes copies: ARP, IGMP and other punted frames go
 * ahead, packets wait here, in order. What finds no room is dropped as `ring_full`, as on an lcore
 * that only receives.
 */

#ifndef MCR_DATAPATH_RX_BACKLOG_H
#define MCR_DATAPATH_RX_BACKLOG_H

#include "datapath/worker.h"
#include "infra/ports.h"

/** A driver may return some frames less than a burst although more have arrived. */
#define MCR_RX_MANY (MCR_RX_BURST / 2)

struct mcr_rx_backlog {
	uint32_t size; /**< a power of two */
	uint32_t first;
	uint32_t count;
	uint64_t copy_cycles; /**< TSC cycles that the last burst from here took */
	struct rte_mbuf *frames[];
};

/** How many frames may wait on each of the RX lcores: all together an eighth of the buffers. @param
 * mbufs 0: enough. @return A power of two. */
uint32_t
mcr_rx_backlog_size(uint32_t mbufs, uint32_t rx_lcores);

/** @param size From mcr_rx_backlog_size(). @return 0 or -ENOMEM. */
int
mcr_rx_backlog_create(struct mcr_lcore *lcore, uint32_t size);

/** Free the frames that wait. */
void
mcr_rx_backlog_drain(struct mcr_lcore *lcore);

void
mcr_rx_backlog_free(struct mcr_lcore *lcore);

static inline bool
mcr_rx_backlog_waits(const struct mcr_lcore *lcore)
{
	return lcore->rx.backlog != NULL && lcore->rx.backlog->count != 0;
}

/** Whether to look ahead, after a burst of so many frames: later packets must not overtake. */
static inline bool
mcr_rx_backlog_is_wanted(const struct mcr_lcore *lcore, uint16_t count)
{
	if (lcore->rx.backlog == NULL)
		return false;
	return lcore->rx.backlog->count != 0 ||
	       (count >= MCR_RX_MANY && mcr_ports_lose(lcore->ports));
}

/**
 * Look at a burst: packets are moved to the backlog or dropped.
 * @param[in,out] frames Received by the port, which their mbufs name.
 * @return How many others are left in `frames`, to be received now.
 */
uint16_t
mcr_rx_backlog_sort(struct mcr_lcore *lcore, const struct mcr_port *port, struct rte_mbuf **frames,
	uint16_t count);

/**
 * Take the packets that have waited longest, at most a burst, all of one port.
 * @param[out] frames Now the caller's.
 * @return How many; not 0, as some wait.
 */
uint16_t
mcr_rx_backlog_take(struct mcr_lcore *lcore, struct rte_mbuf *frames[MCR_RX_BURST]);

#endif
