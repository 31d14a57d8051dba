/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * RX from the other hubs of the domain: hellos, and packets for this hub's own members.
 */

#ifndef MCR_DATAPATH_RX_LINK_H
#define MCR_DATAPATH_RX_LINK_H

#include <mcr_link.h>

#include "datapath/job.h"
#include "datapath/worker.h"
#include "infra/ports.h"

struct mcr_packet;
struct mcr_rx_lookups;

/** What the kind of a record's job has beside it. */
static inline uint8_t
mcr_rx_link_marks(const struct mcr_link_record *record)
{
	return MCR_JOB_FROM_PEER | ((record->flags & MCR_LINK_TAG) != 0 ? MCR_JOB_TAG : 0);
}

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

/** Likewise of IPv6. What goes to a group stays in its link, and is refused. */
void
mcr_rx_link_unicast6(struct mcr_lcore *lcore, struct rte_mbuf *frame,
	const struct mcr_packet *packet, const struct mcr_link_record *record, uint32_t sender);

/** The hub's own member with this overlay address, or MCR_MEMBER_NONE. @param address 16 bytes. */
uint32_t
mcr_rx_link_find_host6(const struct mcr_fib *fib, const uint8_t *address);

#endif
