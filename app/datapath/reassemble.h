/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * Tunnels whose packets come in fragments: each RX lcore puts together what it receives. A device
 * that spreads by addresses gives all fragments of a datagram to one queue.
 */

#ifndef MCR_DATAPATH_REASSEMBLE_H
#define MCR_DATAPATH_REASSEMBLE_H

#include <mcr_classify.h>

#include "datapath/worker.h"

struct mcr_ports;

/** How many datagrams an RX lcore puts together at a time. @param mbufs limits.mbufs, or 0 */
uint32_t
mcr_reassemble_datagrams(uint32_t mbufs, uint32_t rx_lcores);

/** How many mbufs of the pool to receive into the fragments of so many datagrams may hold. */
uint32_t
mcr_reassemble_buffers(uint32_t datagrams);

/**
 * Make the pool for large datagrams.
 *
 * @return
 *   0 or -errno, logged.
 */
int
mcr_reassemble_create_pool(struct mcr_ports *ports, int node);

/** Make the table of an RX lcore: 0 or -errno. */
int
mcr_reassemble_create(struct mcr_lcore *lcore, uint32_t datagrams);

/**
 * Take a fragment, of a member's or of one who may be admitted, or of an echo request; others' are
 * dropped.
 *
 * @param packet
 *   Its classification.
 * @return
 *   The frame that is whole by it, or NULL.
 */
struct rte_mbuf *
mcr_reassemble(struct mcr_lcore *lcore, struct rte_mbuf *frame, const struct mcr_packet *packet);

/**
 * Put an ICMP packet inside a tunnel together, of a member's to the hub.
 *
 * @param[in,out] packet
 *   Its classification; where it lies follows.
 * @return
 *   The frame with the whole packet, also when it never was cut; or NULL.
 */
struct rte_mbuf *
mcr_reassemble_inner(struct mcr_lcore *lcore, struct rte_mbuf *frame, struct mcr_packet *packet);

/** Free the tables of an RX lcore. */
void
mcr_reassemble_free(struct mcr_lcore *lcore);

/** Give up what waited too long. */
void
mcr_reassemble_poll(struct mcr_lcore *lcore);

#endif
