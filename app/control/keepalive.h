/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * GRE keepalives. A router sends, through its tunnel, a packet that is addressed to itself, and
 * keeps the tunnel down while none comes back. The far end only has to decapsulate and forward it.
 */

#ifndef MCR_CONTROL_KEEPALIVE_H
#define MCR_CONTROL_KEEPALIVE_H

#include "control/context.h"

/**
 * Send the inner packet back, unchanged, to the member that sent it.
 *
 * The answer is shorter than the question and goes to the member's own address: the hub is no
 * amplifier and no reflector. The member's role does not matter: a receiver's tunnel must be up.
 *
 * @return
 *   MCR_DROP_NONE, or why the frame is refused. The frame stays the caller's.
 */
enum mcr_drop
mcr_keepalive_receive(struct mcr_controller *control, const struct mcr_punt *in);

#endif
