/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * Frames of the control lcore. They leave through the first TX lcore, since a queue has one owner.
 *
 * A frame without a buffer, room in the ring or a route to its receiver is dropped and counted
 * (tx_control_drops).
 */

#ifndef MCR_CONTROL_SEND_H
#define MCR_CONTROL_SEND_H

#include "control/context.h"

/** Send a frame out of a port. @param port Its place in control->ports->at. @param frame Consumed.
 */
void
mcr_send_frame(struct mcr_controller *control, uint16_t port, struct rte_mbuf *frame);

/** Send bytes as a frame. */
void
mcr_send_bytes(struct mcr_controller *control, uint16_t port, const void *bytes, uint16_t length);

/**
 * Send a frame in fragments of its IPv4 packet.
 *
 * @param frame
 *   Consumed.
 * @param ip_offset
 *   Where its packet begins.
 * @param mtu
 *   The longest fragment.
 */
void
mcr_send_fragments(struct mcr_controller *control, uint16_t port, struct rte_mbuf *frame,
	uint16_t ip_offset, uint16_t mtu);

/**
 * Send a reply to a member, in its encapsulation, made in the packet that asked.
 *
 * @param packet
 *   Its data: IPv4, with the Ethernet header of the question in front of it when it came out of a
 *   segment. Consumed.
 */
void
mcr_send_reply(struct mcr_controller *control, uint32_t member, struct rte_mbuf *packet);

/** Send bytes as an Ethernet frame to a member in a segment. */
void
mcr_send_inner_frame(
	struct mcr_controller *control, uint32_t member, const void *bytes, uint16_t length);

/**
 * Send an IPv4 packet to a member as it is, outside of its tunnel. Nothing is sent while the
 * member's next hop is not resolved, or when the packet is longer than the path MTU.
 */
void
mcr_send_plain(struct mcr_controller *control, uint32_t member, const void *bytes, uint16_t length);

/** Send bytes as an inner IPv4 packet, to a group or to all, to a member. */
void
mcr_send_to_member(
	struct mcr_controller *control, uint32_t member, const void *bytes, uint16_t length);

#endif
