/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/** @file The port and the next hop for a member. Pure. */

#ifndef MCR_CONTROL_ROUTE_H
#define MCR_CONTROL_ROUTE_H

#include <mcr_member.h>

#include "infra/ports.h"

/** Where a port sends packets to an address: to itself or to the port's gateway, 0 while that is
 * not known. */
uint32_t
mcr_route_next_hop(const struct mcr_port *port, uint32_t address);

/** The fixed MAC of the gateway to the family of an address. @return false: it has none. */
bool
mcr_route_mac_of_gateway(
	const struct mcr_config_port *port, uint32_t address, struct rte_ether_addr *mac);

/** Route a member by a port: directly when it is in the port's subnet and next_hop does not forbid
 * this, else by the port's gateway; l2 only directly.
 * @param[in,out] member Has its identity; port, next hop, MAC and MTU are set on success. */
bool
mcr_route_by_port(const struct mcr_ports *ports, uint16_t port, struct mcr_member *member);

/** Route by the port with the longest matching prefix, else by the first port with a gateway. */
bool
mcr_route_find(const struct mcr_ports *ports, struct mcr_member *member);

#endif
