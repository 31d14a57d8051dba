/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * VXLAN segments on the control lcore: who is in them, what RX lcores saw there, and the hub's own
 * answers. Control lcore only.
 */

#ifndef MCR_CONTROL_BRIDGE_H
#define MCR_CONTROL_BRIDGE_H

#include "control/context.h"

/** A member is there: what floods its segment goes to it too, unless it only sends. @return 0 or
 * -ENOSPC. Takes effect with mcr_fib_commit_segments(). */
int
mcr_bridge_add(struct mcr_controller *control, uint32_t id);

/** A member has another role. @return As mcr_bridge_add(). */
int
mcr_bridge_update(struct mcr_controller *control, uint32_t id, enum mcr_member_role before);

/** A member goes, and all that is behind it. */
void
mcr_bridge_remove(struct mcr_controller *control, uint32_t id);

/** Learn what RX lcores saw. @return How much that was. */
unsigned int
mcr_bridge_learn(struct mcr_controller *control);

/**
 * Answer an ARP request that came out of a segment, for hub_overlay or for whom the hub leads to.
 *
 * @return
 *   MCR_DROP_NONE when it was accepted, else why it was not. The frame stays the caller's.
 */
enum mcr_drop
mcr_bridge_receive_arp(struct mcr_controller *control, const struct mcr_punt *in);

#endif
