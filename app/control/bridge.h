/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/** @file Segments (VXLAN, gretap): flood lists, MAC learning, the hub's ARP replies. Control lcore
 * only. */

#ifndef MCR_CONTROL_BRIDGE_H
#define MCR_CONTROL_BRIDGE_H

#include "control/context.h"

/** Add a member to its segment's flood list unless it only sends; mcr_fib_commit_segments()
 * publishes the list. @return 0 or -ENOSPC. */
int
mcr_bridge_add(struct mcr_controller *control, uint32_t id);

/** Follow a changed role. @return As mcr_bridge_add(). */
int
mcr_bridge_update(struct mcr_controller *control, uint32_t id, enum mcr_member_role before);

/** Remove a member and the stations behind it. */
void
mcr_bridge_remove(struct mcr_controller *control, uint32_t id);

/** Take learn events from RX lcores. @return How many. */
unsigned int
mcr_bridge_learn(struct mcr_controller *control);

/** Answer an ARP request from a segment for hub_overlay or for an address that the hub routes to.
 * @return MCR_DROP_NONE, or why it is refused. The frame stays the caller's. */
enum mcr_drop
mcr_bridge_receive_arp(struct mcr_controller *control, const struct mcr_punt *in);

/** Likewise a solicitation of a neighbour, for hub_overlay6 or an address that the hub routes to,
 * out of a segment or another tunnel. What the hub solicited is learned by its data path. */
enum mcr_drop
mcr_bridge_receive_nd(struct mcr_controller *control, const struct mcr_punt *in);

#endif
