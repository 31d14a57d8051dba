/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/** @file Sends the control lcore's frames through the first TX lcore, since a queue has one owner.
 * Without a buffer, room in the ring or a route, a frame is dropped and counted
 * (tx_control_drops). */

#ifndef MCR_CONTROL_SEND_H
#define MCR_CONTROL_SEND_H

#include "control/context.h"

/** Send a frame. @param port Index in control->ports->at. @param frame Consumed. */
void
mcr_send_frame(struct mcr_controller *control, uint16_t port, struct rte_mbuf *frame);

/** Copy bytes into a frame and send it. */
void
mcr_send_bytes(struct mcr_controller *control, uint16_t port, const void *bytes, uint16_t length);

/** Fragment a frame's IPv4 packet. @param frame Consumed. @param mtu The longest fragment. */
void
mcr_send_fragments(struct mcr_controller *control, uint16_t port, struct rte_mbuf *frame,
	uint16_t ip_offset, uint16_t mtu);

/** Send a reply to a member in its encapsulation.
 * @param packet The request's mbuf with the reply's IPv4 packet; from a segment, the request's
 * Ethernet header is still in front of the data. Consumed. */
void
mcr_send_reply(struct mcr_controller *control, uint32_t member, struct rte_mbuf *packet);

/** Likewise, without changing the packet that it answers. @param to Starts at its IP header; from a
 * segment, its Ethernet header is in front of the data. */
void
mcr_send_answer(struct mcr_controller *control, uint32_t member, const struct rte_mbuf *to,
	const void *bytes, uint16_t length);

/** Send an Ethernet frame to a member in a segment. */
void
mcr_send_inner_frame(
	struct mcr_controller *control, uint32_t member, const void *bytes, uint16_t length);

/** Send an IPv4 packet to a member outside its tunnel. It is dropped when longer than the path
 * MTU. */
void
mcr_send_plain(struct mcr_controller *control, uint32_t member, const void *bytes, uint16_t length);

/** Send an inner packet, IPv4 or IPv6, to a member; into a segment only one with a group or
 * broadcast destination. @return 0, or -ENOBUFS: no buffer. */
int
mcr_send_to_member(
	struct mcr_controller *control, uint32_t member, const void *bytes, uint16_t length);

#endif
