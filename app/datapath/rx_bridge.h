/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * RX inside a VXLAN segment: where a frame comes from is noted, and what is no packet to a group is
 * bridged.
 */

#ifndef MCR_DATAPATH_RX_BRIDGE_H
#define MCR_DATAPATH_RX_BRIDGE_H

#include "datapath/job.h"
#include "datapath/worker.h"
#include "fib/fib.h"

struct lookups;

/**
 * A frame came out of a segment: let the control lcore know where its source is, if that is news. A
 * priority tag is taken out of it: no copy has one (RFC 7348 6.1), but the DSCP stays.
 *
 * @param sender
 *   Id of the member that it came from.
 * @return
 *   Whether it may go on: a frame from the hub's own MAC is one of its own that came back.
 */
bool
mcr_rx_segment_note(struct mcr_lcore *lcore, const struct rte_mbuf *frame,
	const struct mcr_packet *packet, uint32_t sender);

/**
 * A frame that is of its segment alone, or for the hub.
 *
 * @param frame
 *   Consumed, or in lookups.
 */
void
mcr_rx_segment_frame(struct mcr_lcore *lcore, struct rte_mbuf *frame,
	const struct mcr_packet *packet, struct lookups *lookups);

#endif
