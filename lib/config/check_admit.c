/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include "reader.h"

/* Whether no other port covers the overlap by a longer prefix, or by an equal one in front. */
static bool
leads_to(const struct mcr_config *config, uint32_t port, const struct mcr_config_prefix *rule)
{
	const struct mcr_config_port *ports = config->ports;
	const struct mcr_config_prefix own = mcr_config_link_of(&ports[port], rule->address);
	const struct mcr_config_prefix *common = own.length > rule->length ? &own : rule;

	RTE_ASSERT(port < config->port_count);
	if (own.length == 0 || !mcr_config_overlaps(&own, rule))
		return false;
	for (uint32_t i = 0; i < config->port_count; i++) {
		const struct mcr_config_prefix link = mcr_config_link_of(&ports[i], rule->address);

		if (i != port && link.length != 0 && mcr_config_covers(&link, common) &&
			(link.length > own.length || (link.length == own.length && i < port)))
			return false;
	}
	return true;
}

static bool
sends_by_gateway(const struct mcr_config_port *port, const struct mcr_config_prefix *rule)
{
	return port->next_hop_is_gateway && mcr_config_has_gateway(port, rule->address);
}

/* The first port that leads there, by its gateway or directly, or -1. */
static int
find_leading_port(
	const struct mcr_config *config, const struct mcr_config_prefix *rule, bool by_gateway)
{
	for (uint32_t i = 0; i < config->port_count; i++)
		if (!mcr_config_is_port_wrong(&config->ports[i]) &&
			sends_by_gateway(&config->ports[i], rule) == by_gateway &&
			leads_to(config, i, rule))
			return i;
	return -1;
}

/* A gateway does not forward plain frames to a group: see check_member.c. */
static void
check_l2(struct mcr_config_reader *reader, const struct mcr_config_path *parent,
	const struct mcr_config_admit *admit)
{
	const struct mcr_config_path at = {.parent = parent, .key = "encap"};
	const int behind = find_leading_port(reader->config, &admit->prefix, true);

	RTE_ASSERT(admit->encaps < 1u << MCR_ENCAP_VXLAN);
	if ((admit->encaps & 1u << MCR_ENCAP_L2) == 0 || behind < 0)
		return;
	if (find_leading_port(reader->config, &admit->prefix, false) < 0)
		mcr_config_add_error(reader, &at,
			"\"l2\" does not work through a gateway, and ports[%d].next_hop is "
			"\"gateway\"",
			behind);
	else
		mcr_config_add_warning(reader, &at,
			"\"l2\" admits no member in the subnet of ports[%d], whose next_hop is "
			"\"gateway\"",
			behind);
}

void
mcr_config_check_admits(struct mcr_config_reader *reader)
{
	const struct mcr_config_path admits = {.key = "admit"};
	struct mcr_config_path at = {.parent = &admits};

	for (; at.index < reader->config->admit_count; at.index++)
		check_l2(reader, &at, &reader->config->admits[at.index]);
}
