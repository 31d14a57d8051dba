/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/** @file GRE keepalives. A router sends a packet addressed to itself through its tunnel, and keeps
 * the tunnel down while none comes back. The far end only decapsulates and forwards the packet. */

#ifndef MCR_CONTROL_KEEPALIVE_H
#define MCR_CONTROL_KEEPALIVE_H

#include "control/context.h"

/** Return the inner packet, unchanged, to its member, whatever its role: a receiver's tunnel must
 * be up as well. The answer is shorter than the question and goes to the member's own address, so
 * the hub neither amplifies nor reflects. @return MCR_DROP_NONE. The frame stays the caller's. */
enum mcr_drop
mcr_keepalive_receive(struct mcr_controller *control, const struct mcr_punt *in);

#endif
