/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <stdlib.h>
#include <string.h>

#include "reader.h"

static int
find_gateway(const struct mcr_config *config, uint32_t address)
{
	for (uint32_t i = 0; i < config->port_count; i++)
		if (config->ports[i].gateway == address || config->ports[i].gateway6 == address)
			return i;
	return -1;
}

/* A router may be a member, but in a cloud the gateway receives nothing. */
static void
warn_gateways(struct mcr_config_reader *reader)
{
	const struct mcr_config *config = reader->config;
	struct mcr_config_finding found = {0};

	for (uint32_t i = 0; i < config->member_count; i++) {
		const int port = find_gateway(config, config->members[i].address);

		if (port >= 0)
			mcr_config_find(&found, i, port);
	}
	mcr_config_add_finding(reader, "members", "address", &found,
		"is the gateway of ports[%u], a router and not an instance", found.other);
}

/* A cloud that answers every ARP with one MAC forwards by IP address; no host has a group's. */
static void
warn_plain_senders(struct mcr_config_reader *reader)
{
	const struct mcr_config *config = reader->config;
	struct mcr_config_finding found = {0};

	for (uint32_t i = 0; i < config->member_count; i++) {
		const struct mcr_config_member *member = &config->members[i];

		RTE_ASSERT(member->port < config->port_count);
		if (!member->is_unreachable && member->encap == MCR_ENCAP_L2 &&
			member->role == MCR_CONFIG_ROLE_SENDER &&
			!mcr_config_is_direct(&config->ports[member->port], member->address))
			mcr_config_find(&found, i, member->port);
	}
	mcr_config_add_finding(reader, "members", "encap", &found,
		"\"l2\" with ports[%u].next_hop \"gateway\": such a network rarely delivers plain "
		"multicast frames",
		found.other);
}

static void
warn_mtus(struct mcr_config_reader *reader)
{
	const struct mcr_config *config = reader->config;
	struct mcr_config_finding found = {0};

	for (uint32_t i = 0; i < config->member_count; i++) {
		const uint16_t port_mtu = config->ports[config->members[i].port].mtu;

		if (!config->members[i].is_unreachable && port_mtu != 0 &&
			config->members[i].mtu > port_mtu)
			mcr_config_find(&found, i, port_mtu);
	}
	mcr_config_add_finding(reader, "members", "mtu", &found,
		"is more than that of its port: %u applies instead", found.other);
}

/* The prefix inside the tunnel that has the member's own address, or NULL. */
static const struct mcr_config_prefix *
find_own_prefix(const struct mcr_config_member *member)
{
	if (member->has_hub_overlay && mcr_config_contains(&member->hub_overlay, member->address))
		return &member->hub_overlay;
	if (member->hub_overlay6.address != MCR_ADDRESS_NONE &&
		mcr_config_shares_ipv6_subnet(&member->hub_overlay6, member->address))
		return &member->hub_overlay6;
	return NULL;
}

/* The member's own outer packets would enter its tunnel. */
static void
warn_loops(struct mcr_config_reader *reader)
{
	const struct mcr_config *config = reader->config;
	struct mcr_config_finding found = {0};
	const struct mcr_config_prefix *hub;
	char text[MCR_ADDRESS_TEXT];

	for (uint32_t i = 0; i < config->member_count; i++)
		if (find_own_prefix(&config->members[i]) != NULL)
			mcr_config_find(&found, i, i);
	if (found.count == 0)
		return;
	hub = find_own_prefix(&config->members[found.index]);
	mcr_config_add_finding(reader, "members", "address", &found,
		"is inside the tunnel's own prefix, %s/%u, but must be an underlay address",
		mcr_address_format(hub->address, text), hub->length);
}

static int
compare_addresses(const struct mcr_config *config, uint32_t i, uint32_t j)
{
	return mcr_address_compare(config->members[i].address, config->members[j].address);
}

static int
compare_macs(const struct mcr_config *config, uint32_t i, uint32_t j)
{
	return memcmp(
		&config->members[i].mac, &config->members[j].mac, sizeof(config->members->mac));
}

/* Entries that equal their predecessor in the order of compare(). */
static struct mcr_config_finding
find_repeated(const struct mcr_config *config, uint32_t *indices, uint32_t count,
	mcr_config_compare_fn *compare)
{
	struct mcr_config_finding found = {0};

	RTE_ASSERT(count <= config->member_count);
	mcr_config_sort(config, indices, count, compare);
	for (uint32_t i = 1; i < count; i++)
		if (compare(config, indices[i - 1], indices[i]) == 0)
			mcr_config_find(&found, indices[i], indices[i - 1]);
	return found;
}

/* A pair of sender and receiver at one address is valid, as are members behind a NAT. */
static void
warn_repeated_addresses(struct mcr_config_reader *reader, uint32_t *indices)
{
	const struct mcr_config *config = reader->config;
	struct mcr_config_finding found;
	uint32_t count = 0;

	for (uint32_t i = 0; i < config->member_count; i++)
		if (config->members[i].role != MCR_CONFIG_ROLE_SENDER && !config->members[i].is_nat)
			indices[count++] = i;
	found = find_repeated(config, indices, count, compare_addresses);
	mcr_config_add_finding(reader, "members", "address", &found,
		"is also the address of members[%u] (%s): this instance gets a copy for each entry",
		found.other, config->members[found.other].name);
}

static void
warn_repeated_macs(struct mcr_config_reader *reader, uint32_t *indices)
{
	const struct mcr_config *config = reader->config;
	struct mcr_config_finding found;
	uint32_t count = 0;

	for (uint32_t i = 0; i < config->member_count; i++)
		if (config->members[i].has_mac && config->members[i].encap == MCR_ENCAP_L2)
			indices[count++] = i;
	found = find_repeated(config, indices, count, compare_macs);
	mcr_config_add_finding(reader, "members", "mac", &found,
		"is also the MAC address of members[%u] (%s)", found.other,
		config->members[found.other].name);
}

static void
mark_listed(const struct mcr_config_names *names, bool *is_listed)
{
	for (uint32_t i = 0; i < names->count; i++)
		is_listed[names->index[i]] = true;
}

/* "*" is marked once: for each group it would take too long. */
static void
mark_listed_members(const struct mcr_config *config, bool *is_listed)
{
	bool has_all = false, has_all_ipv6 = false;

	for (uint32_t i = 0; i < config->group_count; i++) {
		const struct mcr_config_group *group = &config->groups[i];

		if (!group->members.all_members)
			mark_listed(&group->members, is_listed);
		else if (mcr_address_is_ipv6(group->group.address))
			has_all_ipv6 = true;
		else
			has_all = true;
	}
	RTE_ASSERT(config->broadcast.count <= config->member_count);
	mark_listed(&config->broadcast, is_listed);
	if (has_all_ipv6)
		mark_listed(&config->ipv6_receivers, is_listed);
	if (has_all)
		mark_listed(&config->ipv4_receivers, is_listed);
}

/* A udp member cannot join, a receiver does not send, and a segment floods. */
static bool
is_idle(const struct mcr_config *config, const struct mcr_config_member *member)
{
	RTE_ASSERT(member->encap < MCR_ENCAP_AMT);
	if (member->encap == MCR_ENCAP_UDP)
		return true;
	if (config->igmp.enabled || (config->mld.enabled && mcr_config_takes(member, true)))
		return false;
	return member->role == MCR_CONFIG_ROLE_RECEIVER && !mcr_encap_has_segment(member->encap);
}

static void
warn_idle(struct mcr_config_reader *reader)
{
	const struct mcr_config *config = reader->config;
	struct mcr_config_finding found = {0};
	bool *is_listed;

	if (config->unknown_groups_flood)
		return;
	is_listed = calloc(config->member_count, sizeof(*is_listed));
	if (is_listed == NULL)
		return;
	mark_listed_members(config, is_listed);
	for (uint32_t i = 0; i < config->member_count; i++)
		if (!is_listed[i] && is_idle(config, &config->members[i]))
			mcr_config_find(&found, i, i);
	mcr_config_add_finding(reader, "members", NULL, &found,
		"can neither send nor join, and no group names it");
	free(is_listed);
}

void
mcr_config_warn_members(struct mcr_config_reader *reader)
{
	const uint32_t count = reader->config->member_count;
	uint32_t *indices = mcr_config_alloc(reader, count, sizeof(*indices));

	if (indices == NULL)
		return;
	warn_gateways(reader);
	warn_plain_senders(reader);
	warn_repeated_addresses(reader, indices);
	warn_repeated_macs(reader, indices);
	warn_loops(reader);
	warn_mtus(reader);
	warn_idle(reader);
	free(indices);
}
