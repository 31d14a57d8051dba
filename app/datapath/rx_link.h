/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * RX from the other hubs of the domain: hellos, and packets for this hub's own members.
 */

#ifndef MCR_DATAPATH_RX_LINK_H
#define MCR_DATAPATH_RX_LINK_H

#include "datapath/worker.h"
#include "infra/ports.h"

struct mcr_link_record;
struct mcr_packet;
struct mcr_rx_lookups;

/** Receive a frame with the verdict LINK. @param frame Consumed, or in lookups. */
void
mcr_rx_link_frame(struct mcr_lcore *lcore, const struct mcr_port *port, struct rte_mbuf *frame,
	const struct mcr_packet *packet, struct mcr_rx_lookups *lookups);

/**
 * Deliver a unicast packet from a peer to the hub's own member with its destination as overlay
 * address. It takes its hop unless the record says that it did.
 * @param frame Consumed. @param sender Id of the peer.
 */
void
mcr_rx_link_unicast(struct mcr_lcore *lcore, struct rte_mbuf *frame,
	const struct mcr_packet *packet, const struct mcr_link_record *record, uint32_t sender);

#endif
