/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/** @file The gateway of ports whose `gateway6` is "ra": a router that advertises itself (RFC 4861
 * 6.3). Prefixes and all else in advertisements are ignored: the hub has the addresses that it was
 * given. Control lcore only. */

#ifndef MCR_CONTROL_DEFAULT_ROUTER_H
#define MCR_CONTROL_DEFAULT_ROUTER_H

#include "control/context.h"

struct mcr_default_routers *
mcr_default_router_create(uint16_t port_count);

void
mcr_default_router_free(struct mcr_controller *control);

/** Ask for routers: the link may be another. */
void
mcr_default_router_solicit(struct mcr_controller *control, uint16_t port);

/** Note a router that advertises itself, for the first time or the last, and a neighbour that is no
 * router any more. */
void
mcr_default_router_receive(struct mcr_controller *control, uint16_t port, const struct mcr_nd *nd);

/** Send due solicitations. Ten times a second. */
void
mcr_default_router_run(struct mcr_controller *control);

/** Take the best router, or none, as each port's gateway, and route the members behind it by it.
 * Background: only it changes members, and its routes name the gateway. */
void
mcr_default_router_follow(struct mcr_controller *control);

#endif
