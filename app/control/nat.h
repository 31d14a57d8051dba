/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/** @file Members behind a NAT: copies go to the UDP port that their last packet came from. */

#ifndef MCR_CONTROL_NAT_H
#define MCR_CONTROL_NAT_H

#include "control/context.h"

/** Follow a packet with the member's key or VNI from another port: the first port at once, a change
 * at most every two seconds. Forged packets can divert a member's copies, but no faster. */
void
mcr_nat_learn(struct mcr_controller *control, uint32_t id, uint16_t port);

/** Restore a port from the state file, so that a member that only listens can be queried; not if
 * the member is now declared without a NAT. The first packet from another port wins. */
void
mcr_nat_restore(struct mcr_controller *control, uint32_t id, uint16_t port);

#endif
