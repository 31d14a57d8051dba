/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * RX inside a segment (VXLAN, gretap): learn source MACs, and bridge frames that go to no group.
 */

#ifndef MCR_DATAPATH_RX_BRIDGE_H
#define MCR_DATAPATH_RX_BRIDGE_H

#include "datapath/job.h"
#include "datapath/worker.h"
#include "fib/fib.h"

struct mcr_link_record;
struct mcr_rx_lookups;

/**
 * Learn a frame's source MAC and report news to the control lcore. Remove a priority tag: copies
 * carry none (RFC 7348 6.1), but keep the DSCP.
 * @param sender Id of the member that sent it.
 * @return False: the hub's own frame came back; drop it.
 */
bool
mcr_rx_segment_note(struct mcr_lcore *lcore, const struct rte_mbuf *frame,
	const struct mcr_packet *packet, uint32_t sender);

/** Receive a frame for its segment alone or for the hub. @param frame Consumed, or in lookups. */
void
mcr_rx_segment_frame(struct mcr_lcore *lcore, struct rte_mbuf *frame,
	const struct mcr_packet *packet, struct mcr_rx_lookups *lookups);

/** Receive a peer's frame that stays in its segment: for the hub's own members alone. @param frame
 * Consumed. @param packet Its key is the VNI. @param sender Id of the peer. */
void
mcr_rx_segment_from_peer(struct mcr_lcore *lcore, struct rte_mbuf *frame,
	const struct mcr_packet *packet, const struct mcr_link_record *record, uint32_t sender);

#endif
