/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <rte_debug.h>

#include "control/route.h"

/* The gateway that was configured or learned. 0: none yet. */
static uint32_t
gateway_of(const struct mcr_port *port, uint32_t address)
{
	return mcr_address_is_ipv6(address) ? port->gateway6 : port->config.gateway;
}

bool
mcr_route_mac_of_gateway(
	const struct mcr_config_port *port, uint32_t address, struct rte_ether_addr *mac)
{
	const bool is_ipv6 = mcr_address_is_ipv6(address);

	*mac = is_ipv6 ? port->gateway6_mac : port->gateway_mac;
	return is_ipv6 ? port->has_gateway6_mac : port->has_gateway_mac;
}

uint32_t
mcr_route_next_hop(const struct mcr_port *port, uint32_t address)
{
	return mcr_config_is_direct(&port->config, address) ? address : gateway_of(port, address);
}

/* The link of a link-local address is not known with several ports of IPv6. */
static bool
is_ambiguous(const struct mcr_ports *ports, uint32_t address)
{
	uint16_t count = 0;

	if (!mcr_config_needs_one_link(address))
		return false;
	for (uint16_t i = 0; i < ports->count; i++)
		count += ports->at[i].address6 != MCR_ADDRESS_NONE;
	return count > 1;
}

bool
mcr_route_by_port(const struct mcr_ports *ports, uint16_t index, struct mcr_member *member)
{
	const uint32_t address = member->identity.address;
	const struct mcr_config_port *port = &ports->at[index].config;
	bool is_direct;

	RTE_ASSERT(index < ports->count);
	if (is_ambiguous(ports, address))
		return false;
	is_direct = mcr_config_is_direct(port, address);
	if (!is_direct &&
		(!mcr_config_has_gateway(port, address) || member->identity.encap == MCR_ENCAP_L2))
		return false;
	member->port = index;
	member->next_hop = mcr_route_next_hop(&ports->at[index], address);
	member->has_mac = mcr_route_mac_of_gateway(port, address, &member->mac) &&
	                  member->next_hop == gateway_of(&ports->at[index], address);
	member->mtu = ports->at[index].mtu;
	return true;
}

static int
find_on_link(const struct mcr_ports *ports, uint32_t address)
{
	uint8_t longest = 0;
	int best = -1;

	for (uint16_t i = 0; i < ports->count; i++) {
		const struct mcr_config_port *port = &ports->at[i].config;
		const uint8_t length = mcr_config_link_of(port, address).length;

		if (mcr_config_is_on_link(port, address) && length > longest) {
			longest = length;
			best = i;
		}
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
