/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * Path MTU discovery (RFC 1191, RFC 8201) for tunnels, whose outer headers have DF set or are of
 * IPv6. When a router reports a copy as too big, later copies are fragmented or refused as for a
 * member with a configured `mtu`. Copies for l2 and udp are the sender's packets: routers notify
 * the sender. So does the hub, of IPv6 packets that it may not fragment. Control lcore only.
 */

#ifndef MCR_CONTROL_PATH_MTU_H
#define MCR_CONTROL_PATH_MTU_H

#include "control/context.h"

/** RFC 1191 6.3: when a larger packet is tried again. */
#define MCR_PATH_MTU_AGE_MS (10 * 60 * 1000)

struct mcr_path_mtu *
mcr_path_mtu_create(uint32_t max_members);

/** Learn from an ICMP message "fragmentation needed" or "packet too big", for all tunnels to the
 * quoted packet's destination, if the hub may have sent that packet.
 * @return MCR_DROP_NONE, or why the message is refused. The frame stays the caller's. */
enum mcr_drop
mcr_path_mtu_receive(struct mcr_controller *control, const struct mcr_punt *in);

/** Report a member's IPv6 packet as too big for a receiver, by the member's encapsulation.
 * @param in MCR_PUNT_OVERSIZE of a present member. The frame stays the caller's. */
void
mcr_path_mtu_report(struct mcr_controller *control, const struct mcr_punt *in);

/** Forget a member's path MTU when it is old. To be called regularly. */
void
mcr_path_mtu_age(struct mcr_controller *control, uint32_t id);

#endif
