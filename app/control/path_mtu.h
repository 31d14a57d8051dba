/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * Path MTU discovery (RFC 1191) for tunnels to members, whose outer headers have DF set: after a
 * router reports that a copy was too big, copies over that path are fragmented or refused as for a
 * member with a configured `mtu`. Copies for l2 and udp are the sender's packets: routers notify
 * the sender.
 */

#ifndef MCR_CONTROL_PATH_MTU_H
#define MCR_CONTROL_PATH_MTU_H

#include "control/context.h"

/** RFC 1191 6.3: after so long a larger packet is tried again. */
#define MCR_PATH_MTU_AGE_MS (10 * 60 * 1000)

/** @return NULL: no memory. */
struct mcr_path_mtu *
mcr_path_mtu_create(uint32_t max_members);

/**
 * Learn from an ICMP message "fragmentation needed": for all tunnels to the address that the quoted
 * packet went to, if it may be one that the hub has sent.
 *
 * @return
 *   MCR_DROP_NONE when it was one, else why the message is refused. The frame stays the caller's.
 */
enum mcr_drop
mcr_path_mtu_receive(struct mcr_controller *control, const struct mcr_punt *in);

/** Forget what was learned of the path to a member, when it is old. To be called now and then. */
void
mcr_path_mtu_age(struct mcr_controller *control, uint32_t id);

#endif
