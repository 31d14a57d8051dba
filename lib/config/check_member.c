/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <stdlib.h>
#include <string.h>

#include <mcr_placement.h>

#include "reader.h"

static uint8_t
link_length(const struct mcr_config_port *port, uint32_t address)
{
	return mcr_config_link_of(port, address).length;
}

/* Ports with an address of the same family. */
static uint32_t
count_links(const struct mcr_config *config, uint32_t address)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < config->port_count; i++)
		count += link_length(&config->ports[i], address) != 0;
	return count;
}

static bool
is_ambiguous(const struct mcr_config *config, uint32_t address)
{
	return mcr_config_needs_one_link(address) && count_links(config, address) > 1;
}

/* The port with the longest prefix, else the first one with a gateway. */
static int
find_route(const struct mcr_config *config, uint32_t address, bool *on_link)
{
	const struct mcr_config_port *ports = config->ports;
	int best = -1;

	for (uint32_t i = 0; i < config->port_count; i++)
		if (mcr_config_is_on_link(&ports[i], address) &&
			(best < 0 || link_length(&ports[i], address) >
					     link_length(&ports[best], address)))
			best = i;
	RTE_ASSERT(best < (int)config->port_count);
	*on_link = best >= 0;
	for (uint32_t i = 0; best < 0 && i < config->port_count; i++)
		if (mcr_config_has_gateway(&ports[i], address))
			best = i;
	return best;
}

static bool
is_hub_address(const struct mcr_config *config, uint32_t address)
{
	for (uint32_t i = 0; i < config->port_count; i++)
		if (config->ports[i].address.address == address ||
			config->ports[i].address6 == address)
			return true;
	return false;
}

static bool
is_gateway(const struct mcr_config_port *port, uint32_t address)
{
	return address == (mcr_address_is_ipv6(address) ? port->gateway6 : port->gateway);
}

/* NULL: none is fixed. */
static const struct rte_ether_addr *
gateway_mac(const struct mcr_config_port *port, uint32_t address)
{
	if (mcr_address_is_ipv6(address))
		return port->has_gateway6_mac ? &port->gateway6_mac : NULL;
	return port->has_gateway_mac ? &port->gateway_mac : NULL;
}

/* A router does not forward a plain frame to a group: it cannot know the receiver. */
static void
check_l2_by_gateway(struct mcr_config_reader *reader, const struct mcr_config_path *parent,
	const struct mcr_config_member *member, uint32_t index)
{
	const struct mcr_config_port *port = &reader->config->ports[index];
	const struct mcr_config_path encap = {.parent = parent, .key = "encap"};
	const struct mcr_config_path mac = {.parent = parent, .key = "mac"};
	const struct rte_ether_addr *router = gateway_mac(port, member->address);

	RTE_ASSERT(index < reader->config->port_count);
	if (member->encap != MCR_ENCAP_L2 || member->role == MCR_CONFIG_ROLE_SENDER ||
		is_gateway(port, member->address))
		return;
	if (!member->has_mac && !mcr_config_is_direct(port, member->address))
		mcr_config_add_error(reader, &encap,
			"\"l2\" does not work through a gateway, and ports[%u].next_hop is "
			"\"gateway\": use a tunnel, encap \"udp\" or the key \"mac\"",
			index);
	else if (member->has_mac && router != NULL && rte_is_same_ether_addr(&member->mac, router))
		mcr_config_add_error(reader, &mac,
			"is ports[%u].%s: encap \"l2\" does not work through a gateway", index,
			mcr_address_is_ipv6(member->address) ? "gateway6_mac" : "gateway_mac");
}

/* The other hubs have this member in their files too, and one of them leads to it. */
static bool
is_left_to_others(const struct mcr_config *config, const struct mcr_config_member *member, int port)
{
	return config->domain.shares_members &&
	       (port < 0 || (member->encap == MCR_ENCAP_L2 && !member->on_link));
}

static void
report_unreached(struct mcr_config_reader *reader, const struct mcr_config_path *at,
	const struct mcr_config_member *member)
{
	const bool is_ipv6 = mcr_address_is_ipv6(member->address);

	if (count_links(reader->config, member->address) == 0)
		mcr_config_add_error(reader, at, "is of IPv%d, and no port has the key \"%s\"",
			is_ipv6 ? 6 : 4, is_ipv6 ? "address6" : "address");
	else
		mcr_config_add_error(reader, at,
			"is in no port's prefix, and no port has a gateway%s", is_ipv6 ? "6" : "");
}

static void
check_route(struct mcr_config_reader *reader, const struct mcr_config_path *parent,
	struct mcr_config_member *member)
{
	const struct mcr_config_path at = {.parent = parent, .key = "address"};
	const int port = find_route(reader->config, member->address, &member->on_link);

	RTE_ASSERT(member->address != 0);
	if (reader->config->domain.shares_members && mcr_config_needs_one_link(member->address))
		mcr_config_add_error(reader, &at,
			"is link-local, and the hubs that share members may have other links");
	member->is_unreachable = is_left_to_others(reader->config, member, port);
	if (member->is_unreachable)
		return;
	if (is_hub_address(reader->config, member->address))
		mcr_config_add_error(reader, &at, "is the hub's own address");
	else if (port < 0)
		report_unreached(reader, &at, member);
	else if (is_ambiguous(reader->config, member->address))
		mcr_config_add_error(reader, &at,
			"is link-local, and its link is not known with %u ports of IPv6",
			count_links(reader->config, member->address));
	else if (!mcr_address_is_ipv6(member->address) &&
		 mcr_config_is_subnet_address(
			 &reader->config->ports[port].address, member->address))
		mcr_config_add_error(reader, &at,
			"is the network or broadcast address of its subnet, not a host's");
	else if (member->encap == MCR_ENCAP_L2 && !member->on_link)
		mcr_config_add_error(reader, &at,
			"is in no port's prefix: a member with encap \"l2\" must be on-link");
	else
		check_l2_by_gateway(reader, parent, member, port);
	if (port < 0)
		return;
	member->port = port;
	if (member->mtu == 0)
		member->mtu = reader->config->ports[port].mtu;
}

static void
check_overlay(struct mcr_config_reader *reader, const struct mcr_config_path *parent,
	const struct mcr_config_member *member)
{
	const struct mcr_config_path at = {.parent = parent, .key = "overlay"};
	const struct mcr_config_prefix *hub = &member->hub_overlay;

	RTE_ASSERT(!member->has_overlay || member->overlay != 0);
	if (!member->has_overlay || !member->has_hub_overlay)
		return;
	if (member->overlay == hub->address)
		mcr_config_add_error(reader, &at, "is the hub's own address in the tunnel");
	else if (mcr_config_is_subnet_address(hub, member->overlay))
		mcr_config_add_error(reader, &at,
			"is the network or broadcast address of its subnet, not a host's");
	else if (hub->length < 32 && !mcr_config_contains(hub, member->overlay))
		mcr_config_add_error(reader, &at,
			"is outside of hub_overlay, " MCR_CONFIG_IPV4 "/%u",
			MCR_CONFIG_IPV4_BYTES(hub->address), hub->length);
}

static void
check_overlay6(struct mcr_config_reader *reader, const struct mcr_config_path *parent,
	const struct mcr_config_member *member)
{
	const struct mcr_config_path at = {.parent = parent, .key = "overlay6"};
	const struct mcr_config_prefix *hub = &member->hub_overlay6;
	char text[MCR_ADDRESS_TEXT];

	if (member->overlay6 == MCR_ADDRESS_NONE || hub->address == MCR_ADDRESS_NONE)
		return;
	if (member->overlay6 == hub->address)
		mcr_config_add_error(reader, &at, "is the hub's own address in the tunnel");
	else if (mcr_config_is_ipv6_anycast(mcr_address_ipv6(member->overlay6), hub->length))
		mcr_config_add_error(reader, &at,
			"is the anycast address of its subnet's routers, not a host's");
	else if (hub->length < MCR_IPV6_LENGTH &&
		 !mcr_config_shares_ipv6_subnet(hub, member->overlay6))
		mcr_config_add_error(reader, &at, "is outside of hub_overlay6, %s/%u",
			mcr_address_format(hub->address, text), hub->length);
}

static uint64_t
key_of(const struct mcr_config_member *member)
{
	return (uint64_t)member->has_key << 32 | member->key;
}

static uint64_t
endpoint_of(const struct mcr_config_member *member)
{
	RTE_ASSERT(member->vni < 1u << 24);
	return (uint64_t)member->encap << 48 | (uint64_t)member->vni << 16 | member->udp_port;
}

static int
compare_endpoints(const struct mcr_config *config, uint32_t i, uint32_t j)
{
	const struct mcr_config_member *a = &config->members[i], *b = &config->members[j];

	if (a->address != b->address)
		return mcr_address_compare(a->address, b->address);
	if (key_of(a) != key_of(b))
		return mcr_config_compare(key_of(a), key_of(b));
	return mcr_config_compare(endpoint_of(a), endpoint_of(b));
}

static void
report_endpoint(struct mcr_config_reader *reader, uint32_t first, uint32_t again)
{
	const struct mcr_config_path members = {.key = "members"};
	const struct mcr_config_path member = {.parent = &members, .index = again};
	const struct mcr_config_path at = {.parent = &member, .key = "address"};

	mcr_config_add_error(reader, &at,
		"is also the address of members[%u] (%s), with the same encapsulation", first,
		reader->config->members[first].name);
}

static uint64_t
subnet_of(const struct mcr_config_member *member)
{
	const struct mcr_config_prefix *hub = &member->hub_overlay;

	return (uint64_t)(hub->address & mcr_ipv4_mask(hub->length)) << 8 | hub->length;
}

static int
compare_overlays(const struct mcr_config *config, uint32_t i, uint32_t j)
{
	const struct mcr_config_member *a = &config->members[i], *b = &config->members[j];

	if (subnet_of(a) != subnet_of(b))
		return mcr_config_compare(subnet_of(a), subnet_of(b));
	return mcr_config_compare(a->overlay, b->overlay);
}

static void
report_overlay(struct mcr_config_reader *reader, uint32_t first, uint32_t again)
{
	const struct mcr_config_path members = {.key = "members"};
	const struct mcr_config_path member = {.parent = &members, .index = again};
	const struct mcr_config_path at = {.parent = &member, .key = "overlay"};

	mcr_config_add_error(reader, &at, "is the overlay of members[%u] (%s) already", first,
		reader->config->members[first].name);
}

/* Without an address of the hub all are in one subnet. */
static int
compare_subnets6(const struct mcr_config_prefix *a, const struct mcr_config_prefix *b)
{
	if (a->length != b->length)
		return mcr_config_compare(a->length, b->length);
	if (a->address == b->address || mcr_config_shares_ipv6_subnet(a, b->address))
		return 0;
	return mcr_address_compare(a->address, b->address);
}

static int
compare_overlays6(const struct mcr_config *config, uint32_t i, uint32_t j)
{
	const struct mcr_config_member *a = &config->members[i], *b = &config->members[j];
	const int order = compare_subnets6(&a->hub_overlay6, &b->hub_overlay6);

	return order != 0 ? order : mcr_address_compare(a->overlay6, b->overlay6);
}

static void
report_overlay6(struct mcr_config_reader *reader, uint32_t first, uint32_t again)
{
	const struct mcr_config_path members = {.key = "members"};
	const struct mcr_config_path member = {.parent = &members, .index = again};
	const struct mcr_config_path at = {.parent = &member, .key = "overlay6"};

	mcr_config_add_error(reader, &at, "is the overlay6 of members[%u] (%s) already", first,
		reader->config->members[first].name);
}

static void
check_unique_members(struct mcr_config_reader *reader)
{
	const struct mcr_config *config = reader->config;
	uint32_t *indices = mcr_config_alloc(reader, config->member_count, sizeof(*indices));
	uint32_t count = 0;

	if (indices == NULL)
		return;
	for (uint32_t i = 0; i < config->member_count; i++)
		if (config->members[i].address != 0)
			indices[count++] = i;
	mcr_config_check_unique(reader, indices, count, compare_endpoints, report_endpoint);

	count = 0;
	for (uint32_t i = 0; i < config->member_count; i++)
		if (config->members[i].address != 0 && config->members[i].has_overlay)
			indices[count++] = i;
	mcr_config_check_unique(reader, indices, count, compare_overlays, report_overlay);

	count = 0;
	for (uint32_t i = 0; i < config->member_count; i++)
		if (config->members[i].address != 0 && config->members[i].overlay6 != 0)
			indices[count++] = i;
	mcr_config_check_unique(reader, indices, count, compare_overlays6, report_overlay6);
	free(indices);
}

static int
compare_hashes(const struct mcr_config *config, uint32_t i, uint32_t j)
{
	return mcr_config_compare(mcr_placement_hash(config->members[i].name),
		mcr_placement_hash(config->members[j].name));
}

static void
report_hash(struct mcr_config_reader *reader, uint32_t first, uint32_t again)
{
	const struct mcr_config_path members = {.key = "members"};
	const struct mcr_config_path member = {.parent = &members, .index = again};
	const struct mcr_config_path at = {.parent = &member, .key = "name"};

	mcr_config_add_error(reader, &at,
		"has the same 32-bit hash as the name of members[%u] (%s), and hubs that share "
		"members know them by it: rename one of them",
		first, reader->config->members[first].name);
}

static void
check_hashes(struct mcr_config_reader *reader)
{
	const struct mcr_config *config = reader->config;
	uint32_t *indices, count = 0;

	if (!config->domain.shares_members)
		return;
	indices = mcr_config_alloc(reader, config->member_count, sizeof(*indices));
	if (indices == NULL)
		return;
	for (uint32_t i = 0; i < config->member_count; i++)
		if (config->members[i].name[0] != '\0')
			indices[count++] = i;
	mcr_config_check_unique(reader, indices, count, compare_hashes, report_hash);
	free(indices);
}

static int
inner_mtu(const struct mcr_config_member *member)
{
	const uint16_t overhead = mcr_encap_overhead(
		member->encap, member->has_key, mcr_address_is_ipv6(member->address));

	RTE_ASSERT(member->mtu > overhead);
	return member->mtu - overhead;
}

/* One line for all members: with a path MTU of 1500 every tunnel gets this warning. */
static void
warn_small_mtu(struct mcr_config_reader *reader)
{
	const struct mcr_config *config = reader->config;
	uint32_t count = 0, first = 0;

	for (uint32_t i = 0; i < config->member_count; i++) {
		const struct mcr_config_member *member = &config->members[i];

		if (member->address == 0 || member->mtu == 0 || inner_mtu(member) >= RTE_ETHER_MTU)
			continue;
		if (count++ == 0)
			first = i;
	}
	if (count == 0)
		return;
	mcr_config_add_warning(reader, &(struct mcr_config_path){.key = "members"},
		"the path MTU of %u of them leaves less than 1500 bytes for inner packets, for "
		"example \"%s\": %u",
		count, config->members[first].name, inner_mtu(&config->members[first]));
}

static bool
are_ports_correct(const struct mcr_config *config)
{
	for (uint32_t i = 0; i < config->port_count; i++)
		if (mcr_config_is_port_wrong(&config->ports[i]))
			return false;
	return config->port_count > 0;
}

void
mcr_config_check_members(struct mcr_config_reader *reader)
{
	struct mcr_config *config = reader->config;
	const struct mcr_config_path members = {.key = "members"};
	const bool has_routes = are_ports_correct(config);
	struct mcr_config_path at = {.parent = &members};

	if (config->member_count > config->limits.members)
		mcr_config_add_error(reader, &members, "%u are declared, but limits.members is %u",
			config->member_count, config->limits.members);
	for (; at.index < config->member_count; at.index++) {
		struct mcr_config_member *member = &config->members[at.index];

		if (member->address == 0)
			continue;
		if (has_routes)
			check_route(reader, &at, member);
		check_overlay(reader, &at, member);
		check_overlay6(reader, &at, member);
	}
	RTE_ASSERT(config->member_count == 0 || config->members != NULL);
	check_unique_members(reader);
	check_hashes(reader);
	warn_small_mtu(reader);
}
