/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include "reader.h"

static bool
has_same_subnet(const struct mcr_config_port *a, const struct mcr_config_port *b)
{
	return a->address.length != 0 && a->address.length != 32 &&
	       a->address.length == b->address.length &&
	       mcr_config_contains(&a->address, b->address.address);
}

static bool
has_same_subnet6(const struct mcr_config_port *a, const struct mcr_config_port *b)
{
	return a->prefix6 != MCR_ADDRESS_NONE && a->prefix6 == b->prefix6;
}

/* Of ports with equal prefixes, the first one leads to all members. */
static void
warn_subnets(struct mcr_config_reader *reader, const char *key,
	bool (*has_same)(const struct mcr_config_port *a, const struct mcr_config_port *b))
{
	const struct mcr_config_port *ports = reader->config->ports;
	struct mcr_config_finding same = {0};

	for (uint32_t i = 0; i < reader->config->port_count; i++) {
		for (uint32_t j = 0; j < i; j++) {
			if (!has_same(&ports[j], &ports[i]))
				continue;
			mcr_config_find(&same, i, j);
			break;
		}
	}
	mcr_config_add_finding(reader, "ports", key, &same,
		"is in the subnet of ports[%u]: all members in it use that port", same.other);
}

static void
warn_flood(struct mcr_config_reader *reader)
{
	const struct mcr_config *config = reader->config;
	const struct mcr_config_path unknown_groups = {.key = "unknown_groups"};
	const struct mcr_config_path broadcast = {.key = "broadcast"};
	const struct mcr_config_path members = {.parent = &broadcast, .key = "members"};

	if (config->unknown_groups_flood && config->receivers.count == 0)
		mcr_config_add_warning(reader, &unknown_groups,
			"\"flood\" reaches only declared members, and none of them receives");
	if (config->has_broadcast && config->broadcast.count == 0)
		mcr_config_add_warning(reader, &members, "no member is listed: no member receives");
}

static void
warn_overlay(struct mcr_config_reader *reader)
{
	const struct mcr_config *config = reader->config;
	const struct mcr_config_path overlay = {.key = "overlay"};
	const struct mcr_config_path at = {
		.parent = &overlay, .key = config->has_overlay ? "address" : "address6"};

	if ((!config->has_overlay && config->overlay6.address == MCR_ADDRESS_NONE) ||
		config->amt.enabled)
		return;
	for (uint32_t i = 0; i < config->member_count; i++)
		if (config->members[i].has_hub_overlay ||
			config->members[i].hub_overlay6.address != MCR_ADDRESS_NONE)
			return;
	for (uint32_t i = 0; i < config->admit_count; i++)
		if (config->admits[i].encaps != 1u << MCR_ENCAP_L2)
			return;
	mcr_config_add_warning(reader, &at, "no member has a tunnel");
}

void
mcr_config_warn(struct mcr_config_reader *reader)
{
	RTE_ASSERT(reader->error_count == 0);
	warn_subnets(reader, "address", has_same_subnet);
	warn_subnets(reader, "address6", has_same_subnet6);
	warn_overlay(reader);
	mcr_config_warn_members(reader);
	mcr_config_warn_groups(reader);
	warn_flood(reader);
	mcr_config_warn_learning(reader);
	mcr_config_warn_domain(reader);
}
