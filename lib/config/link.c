/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* What a port reaches, and whether it needs its gateway for that. */

#include "mcr_config.h"

static bool
is_link_local(uint32_t address)
{
	return mcr_address_is_ipv6(address) && IN6_IS_ADDR_LINKLOCAL(mcr_address_ipv6(address));
}

struct mcr_config_prefix
mcr_config_link_of(const struct mcr_config_port *port, uint32_t address)
{
	if (!mcr_address_is_ipv6(address))
		return port->address;
	if (port->prefix6 == MCR_ADDRESS_NONE)
		return (struct mcr_config_prefix){0};
	return (struct mcr_config_prefix){port->prefix6, mcr_address_length(port->prefix6)};
}

bool
mcr_config_is_on_link(const struct mcr_config_port *port, uint32_t address)
{
	const struct mcr_config_prefix link = mcr_config_link_of(port, address);

	return link.length != 0 && (is_link_local(address) || mcr_config_contains(&link, address));
}

bool
mcr_config_needs_one_link(uint32_t address)
{
	return is_link_local(address);
}

bool
mcr_config_has_gateway(const struct mcr_config_port *port, uint32_t address)
{
	return mcr_address_is_ipv6(address) ? mcr_config_has_gateway6(port) : port->has_gateway;
}

bool
mcr_config_is_direct(const struct mcr_config_port *port, uint32_t address)
{
	return mcr_config_is_on_link(port, address) &&
	       !(port->next_hop_is_gateway && mcr_config_has_gateway(port, address));
}
