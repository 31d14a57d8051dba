/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <rte_debug.h>

#include "control/route.h"

static bool
is_on_link(const struct mcr_config_port *port, uint32_t address)
{
	return mcr_config_contains(&port->address, address);
}

bool
mcr_route_by_port(const struct mcr_ports *ports, uint16_t index, struct mcr_member *member)
{
	const struct mcr_config_port *port = &ports->at[index].config;
	bool is_direct;

	RTE_ASSERT(index < ports->count);
	is_direct = is_on_link(port, member->identity.address) && !port->next_hop_is_gateway;
	if (!is_direct && (!port->has_gateway || member->identity.encap == MCR_ENCAP_L2))
		return false;
	member->port = index;
	member->next_hop = is_direct ? member->identity.address : port->gateway;
	member->has_mac = port->has_gateway_mac && member->next_hop == port->gateway;
	member->mac = port->gateway_mac;
	member->mtu = ports->at[index].mtu;
	return true;
}

static int
find_on_link(const struct mcr_ports *ports, uint32_t address)
{
	int best = -1;

	for (uint16_t i = 0; i < ports->count; i++) {
		if (is_on_link(&ports->at[i].config, address) &&
			(best < 0 || ports->at[i].prefix_len > ports->at[best].prefix_len))
			best = i;
	}
	return best;
}

bool
mcr_route_find(const struct mcr_ports *ports, struct mcr_member *member)
{
	const int on_link = find_on_link(ports, member->identity.address);

	if (on_link >= 0)
		return mcr_route_by_port(ports, on_link, member);
	for (uint16_t i = 0; i < ports->count; i++) {
		if (mcr_route_by_port(ports, i, member))
			return true;
	}
	return false;
}
