/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include "reader.h"
#include "writer.h"

void
mcr_config_dump_rate(
	struct mcr_config_writer *writer, const char *key, const struct mcr_config_rate *rate)
{
	if (!mcr_config_is_limited(rate))
		return;
	mcr_config_write_open(writer, key, '{');
	if (rate->pps != 0)
		mcr_config_write_uint(writer, "pps", rate->pps);
	if (rate->bps != 0)
		mcr_config_write_uint(writer, "bps", rate->bps);
	if (rate->burst_ms != 0)
		mcr_config_write_uint(writer, "burst_ms", rate->burst_ms);
	mcr_config_write_close(writer, '}');
}

static void
dump_ipv6(struct mcr_config_writer *writer, const struct mcr_config_port *port)
{
	if (port->address6 == MCR_ADDRESS_NONE)
		return;
	mcr_config_write_prefix(writer, "address6",
		&(struct mcr_config_prefix){port->address6, mcr_address_length(port->prefix6)});
	if (port->learns_gateway6)
		mcr_config_write_string(writer, "gateway6", "ra");
	else if (port->gateway6 != MCR_ADDRESS_NONE)
		mcr_config_write_address(writer, "gateway6", port->gateway6);
	if (port->has_gateway6_mac)
		mcr_config_write_mac(writer, "gateway6_mac", &port->gateway6_mac);
}

static void
dump_port(struct mcr_config_writer *writer, const struct mcr_config_port *port)
{
	mcr_config_write_open(writer, NULL, '{');
	if (port->device != NULL)
		mcr_config_write_string(writer, "device", port->device);
	if (port->address.address != 0)
		mcr_config_write_prefix(writer, "address", &port->address);
	if (port->has_gateway)
		mcr_config_write_address(writer, "gateway", port->gateway);
	dump_ipv6(writer, port);
	mcr_config_write_string(writer, "next_hop", port->next_hop_is_gateway ? "gateway" : "arp");
	if (port->has_gateway_mac)
		mcr_config_write_mac(writer, "gateway_mac", &port->gateway_mac);
	if (port->mtu != 0)
		mcr_config_write_uint(writer, "mtu", port->mtu);
	mcr_config_dump_rate(writer, "allowance", &port->allowance);
	mcr_config_write_close(writer, '}');
}

void
mcr_config_dump_ports(struct mcr_config_writer *writer, const struct mcr_config *config)
{
	mcr_config_write_open(writer, "ports", '[');
	for (uint32_t i = 0; i < config->port_count; i++)
		dump_port(writer, &config->ports[i]);
	mcr_config_write_close(writer, ']');
}

static void
dump_udp(struct mcr_config_writer *writer, const struct mcr_config_member *member)
{
	if (mcr_address_is_ipv6(member->address))
		mcr_config_write_bool(writer, "udp6_zero_checksum", member->udp6_zero_checksum);
	else
		mcr_config_write_bool(writer, "nat", member->is_nat);
}

static void
dump_tunnel(struct mcr_config_writer *writer, const struct mcr_config_member *member)
{
	if (member->has_key)
		mcr_config_write_uint(writer, "key", member->key);
	if (member->encap == MCR_ENCAP_VXLAN)
		mcr_config_write_uint(writer, "vni", member->vni);
	if (member->udp_port != 0)
		mcr_config_write_uint(writer, "udp_port", member->udp_port);
	if (member->encap == MCR_ENCAP_GRE_UDP || member->encap == MCR_ENCAP_VXLAN)
		dump_udp(writer, member);
	if (member->has_overlay)
		mcr_config_write_address(writer, "overlay", member->overlay);
	if (member->has_hub_overlay)
		mcr_config_write_prefix(writer, "hub_overlay", &member->hub_overlay);
	if (member->overlay6 != MCR_ADDRESS_NONE)
		mcr_config_write_address(writer, "overlay6", member->overlay6);
	if (member->hub_overlay6.address != MCR_ADDRESS_NONE)
		mcr_config_write_prefix(writer, "hub_overlay6", &member->hub_overlay6);
}

void
mcr_config_dump_join(struct mcr_config_writer *writer, const struct mcr_config_join *join)
{
	if (join->is_given)
		mcr_config_write_prefixes(writer, "join", join->groups, join->group_count);
}

static void
dump_member(struct mcr_config_writer *writer, const struct mcr_config_member *member)
{
	RTE_ASSERT(member->encap < MCR_ENCAP_AMT && member->role <= MCR_CONFIG_ROLE_RECEIVER);
	mcr_config_write_open(writer, NULL, '{');
	mcr_config_write_string(writer, "name", member->name);
	mcr_config_write_address(writer, "address", member->address);
	mcr_config_write_string(writer, "encap", mcr_config_encap_names[member->encap]);
	if (member->has_mac)
		mcr_config_write_mac(writer, "mac", &member->mac);
	dump_tunnel(writer, member);
	if (member->mtu != 0)
		mcr_config_write_uint(writer, "mtu", member->mtu);
	mcr_config_write_string(writer, "role", mcr_config_role_names[member->role]);
	mcr_config_dump_join(writer, &member->join);
	mcr_config_dump_rate(writer, "rate_limit", &member->rate_limit);
	mcr_config_write_close(writer, '}');
}

void
mcr_config_dump_members(struct mcr_config_writer *writer, const struct mcr_config *config)
{
	mcr_config_write_open(writer, "members", '[');
	for (uint32_t i = 0; i < config->member_count; i++)
		dump_member(writer, &config->members[i]);
	mcr_config_write_close(writer, ']');
}

static void
dump_listed(struct mcr_config_writer *writer, const struct mcr_config *config,
	const struct mcr_config_names *names)
{
	RTE_ASSERT(names->count <= config->member_count);
	if (names->all_members)
		mcr_config_write_string(writer, NULL, "*");
	for (uint32_t i = 0; !names->all_members && i < names->count; i++)
		mcr_config_write_string(writer, NULL, config->members[names->index[i]].name);
}

void
mcr_config_dump_receivers(struct mcr_config_writer *writer, const struct mcr_config *config,
	const struct mcr_config_names *names)
{
	mcr_config_write_open(writer, "members", '[');
	dump_listed(writer, config, names);
	mcr_config_write_close(writer, ']');
}

static void
dump_sources(struct mcr_config_writer *writer, const struct mcr_config_group *group)
{
	mcr_config_write_open(writer, "sources", '[');
	for (uint32_t i = 0; i < group->source_count; i++)
		mcr_config_write_address(writer, NULL, group->sources[i]);
	mcr_config_write_close(writer, ']');
}

static void
dump_senders(struct mcr_config_writer *writer, const struct mcr_config *config,
	const struct mcr_config_group *group)
{
	mcr_config_write_open(writer, "senders", '[');
	dump_listed(writer, config, &group->sender_members);
	for (uint32_t i = 0; i < group->sender_prefix_count; i++)
		mcr_config_write_prefix(writer, NULL, &group->sender_prefixes[i]);
	mcr_config_write_close(writer, ']');
}

static void
dump_group(struct mcr_config_writer *writer, const struct mcr_config *config,
	const struct mcr_config_group *group)
{
	const bool is_host = group->group.length == mcr_address_bits(group->group.address);

	RTE_ASSERT(group->source_count == 0 || is_host);
	mcr_config_write_open(writer, NULL, '{');
	if (is_host)
		mcr_config_write_address(writer, "group", group->group.address);
	else
		mcr_config_write_prefix(writer, "group", &group->group);
	if (group->source_count > 0)
		dump_sources(writer, group);
	mcr_config_dump_receivers(writer, config, &group->members);
	if (!group->any_sender)
		dump_senders(writer, config, group);
	mcr_config_write_uint(writer, "priority", group->priority);
	mcr_config_dump_rate(writer, "rate_limit", &group->rate_limit);
	mcr_config_write_close(writer, '}');
}

void
mcr_config_dump_groups(struct mcr_config_writer *writer, const struct mcr_config *config)
{
	mcr_config_write_open(writer, "groups", '[');
	for (uint32_t i = 0; i < config->group_count; i++)
		dump_group(writer, config, &config->groups[i]);
	mcr_config_write_close(writer, ']');
}
