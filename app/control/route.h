/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * The route to an undeclared member: by which port and next hop. Pure.
 */

#ifndef MCR_CONTROL_ROUTE_H
#define MCR_CONTROL_ROUTE_H

#include <mcr_member.h>

#include "infra/ports.h"

/**
 * Lead to a member by a certain port: directly when it is in that port's subnet and next_hop does
 * not say otherwise, else by its gateway; l2 only directly.
 *
 * @param[in,out] member
 *   Has its identity; port, next hop, MAC and MTU are set when there is a route.
 * @return
 *   Whether there is.
 */
bool
mcr_route_by_port(const struct mcr_ports *ports, uint16_t port, struct mcr_member *member);

/** By the port in whose subnet it is, the longest prefix, else by one that has a gateway. */
bool
mcr_route_find(const struct mcr_ports *ports, struct mcr_member *member);

#endif
