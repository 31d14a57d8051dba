/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * RX: IPv6 to one host inside tunnels: to hub_overlay6, or to another member's overlay6.
 *
 * The hub is the router between tunnels. In a segment it answers solicitations of the neighbours
 * that it routes to.
 */

#ifndef MCR_DATAPATH_RX_OVERLAY6_H
#define MCR_DATAPATH_RX_OVERLAY6_H

#include <mcr_classify.h>
#include <mcr_link.h>
#include <mcr_member.h>

#include "datapath/job.h"
#include "datapath/worker.h"

/** The target of a neighbour solicitation, 16 bytes, or NULL. @param len Of the packet, with
 * padding. */
const uint8_t *
mcr_rx_overlay6_target(const uint8_t *ip, uint32_t len);

/**
 * Whether a packet solicits the hub as a neighbour: for hub_overlay6, or for an address that the
 * hub routes to, out of a segment or a tunnel. The control lcore verifies the message.
 * @param vni Of the sender's segment, or MCR_VNI_NONE.
 * @param len Of the packet, with padding.
 */
bool
mcr_rx_overlay6_solicits_hub(const struct mcr_fib *fib, const struct mcr_member *sender,
	uint32_t vni, const uint8_t *ip, uint32_t len);

/** Receive a packet with the verdict LOCAL_IPV6 from a member. @param frame Consumed. */
void
mcr_rx_overlay6_packet(struct mcr_lcore *lcore, struct rte_mbuf *frame,
	const struct mcr_packet *packet, uint32_t sender_id, const struct mcr_member *sender);

/**
 * Receive a packet to one host or to the hub: out of GRE, or in a frame to the hub's MAC.
 * @param frame Consumed. @param packet With inner_len.
 * @param nobody Why it is refused if the hub does not route to its destination.
 */
void
mcr_rx_overlay6_unicast(struct mcr_lcore *lcore, struct rte_mbuf *frame,
	const struct mcr_packet *packet, uint32_t sender_id, const struct mcr_member *sender,
	enum mcr_drop nobody);

/** A packet enters its receiver's segment, if it has one, addressed to the member's own station. */
void
mcr_rx_overlay6_enter_segment(struct mcr_lcore *lcore, struct mcr_job *job);

#endif
