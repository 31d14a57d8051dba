/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/** @file Answers ICMP echo requests to the hub (RFC 792, RFC 4443). */

#ifndef MCR_CONTROL_ECHO_H
#define MCR_CONTROL_ECHO_H

#include "control/context.h"

/** The hub's addresses from a member's view: inside its tunnel, if any. There it has a link-local
 * address, from which it answers who asks all routers, whatever the port has. */
struct mcr_neigh_own
mcr_echo_own(const struct mcr_member *member, const struct mcr_port *port);

/** Answer a request of a member, in its encapsulation, or of another host on the link.
 * @param in On success the reply consumes its frame, and in->frame is NULL.
 * @return MCR_DROP_NONE, or why the frame is refused; it stays the caller's then. */
enum mcr_drop
mcr_echo_receive(struct mcr_controller *control, struct mcr_punt *in);

#endif
