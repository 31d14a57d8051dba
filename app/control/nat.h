/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * Members behind a NAT: they are answered at the UDP port that their last packet came from.
 */

#ifndef MCR_CONTROL_NAT_H
#define MCR_CONTROL_NAT_H

#include "control/context.h"

/**
 * A packet with the member's key or VNI came from another port. The first port is taken at once, a
 * change at most once in two seconds: forged packets can divert a member's copies, but no faster.
 */
void
mcr_nat_learn(struct mcr_controller *control, uint32_t id, uint16_t port);

/**
 * A member had this port before a restart; ignored when it is declared without a NAT now. A member
 * that only listens could not be queried otherwise. The first packet from another port wins.
 */
void
mcr_nat_restore(struct mcr_controller *control, uint32_t id, uint16_t port);

#endif
