/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include "route.h"

static bool
is_on_link(const struct mcr_config_port *port, uint32_t address)
{
	return mcr_config_contains(&port->address, address);
}

bool
mcr_route_by_port(const struct mcr_hub *hub, uint16_t index, struct mcr_member *member)
{
	const struct mcr_config_port *port = &hub->config->ports[index];
	const bool on_link = is_on_link(port, member->identity.address);

	const bool is_direct = on_link && !port->next_hop_is_gateway;

	if (!is_direct && (!port->has_gateway || member->identity.encap == MCR_ENCAP_L2))
		return false;
	member->port = index;
	member->next_hop = is_direct ? member->identity.address : port->gateway;
	member->has_mac = port->has_gateway_mac && member->next_hop == port->gateway;
	member->mac = port->gateway_mac;
	member->mtu = hub->ports.at[index].mtu;
	return true;
}

/* The longest prefix, as for members that are declared. */
static int
find_on_link(const struct mcr_hub *hub, uint32_t address)
{
	const struct mcr_config_port *ports = hub->config->ports;
	int best = -1;

	for (uint16_t i = 0; i < hub->ports.count; i++) {
		if (is_on_link(&ports[i], address) &&
			(best < 0 || ports[i].address.length > ports[best].address.length))
			best = i;
	}
	return best;
}

bool
mcr_route_find(const struct mcr_hub *hub, struct mcr_member *member)
{
	const int on_link = find_on_link(hub, member->identity.address);

	if (on_link >= 0)
		return mcr_route_by_port(hub, on_link, member);
	for (uint16_t i = 0; i < hub->ports.count; i++) {
		if (mcr_route_by_port(hub, i, member))
			return true;
	}
	return false;
}
