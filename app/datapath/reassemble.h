/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * Fragments of tunnel packets. Each RX lcore reassembles what it receives: a device that spreads by
 * addresses gives all fragments of a datagram to one queue.
 */

#ifndef MCR_DATAPATH_REASSEMBLE_H
#define MCR_DATAPATH_REASSEMBLE_H

#include <mcr_classify.h>

#include "datapath/worker.h"

struct mcr_ports;

/** How many datagrams an RX lcore reassembles at a time. @param mbufs limits.mbufs, or 0 */
uint32_t
mcr_reassemble_datagrams(uint32_t mbufs, uint32_t rx_lcores);

/** The most mbufs of the RX pool that fragments of so many datagrams hold. */
uint32_t
mcr_reassemble_buffers(uint32_t datagrams);

/** Make the pool for large datagrams. @return 0 or -errno, logged. */
int
mcr_reassemble_create_pool(struct mcr_ports *ports, int node);

/** Make the tables of an RX lcore. @return 0 or -errno. */
int
mcr_reassemble_create(struct mcr_lcore *lcore, uint32_t datagrams);

/** Take a fragment of a member, of a sender that may be admitted, or of an echo request; drop
 * others. @return The reassembled frame, or NULL. */
struct rte_mbuf *
mcr_reassemble(struct mcr_lcore *lcore, struct rte_mbuf *frame, const struct mcr_packet *packet);

/**
 * Reassemble an ICMP packet from a member inside a tunnel to the hub.
 * @param[in,out] packet Its classification; offset and length are updated.
 * @return The frame with the whole packet, fragmented or not; else NULL.
 */
struct rte_mbuf *
mcr_reassemble_inner(struct mcr_lcore *lcore, struct rte_mbuf *frame, struct mcr_packet *packet);

void
mcr_reassemble_free(struct mcr_lcore *lcore);

/** Drop fragments whose time is up. */
void
mcr_reassemble_poll(struct mcr_lcore *lcore);

#endif
