/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <stdlib.h>

#include "reader.h"

/* "*" shares the lists of receivers. */
static void
free_names(const struct mcr_config *config, const struct mcr_config_names *names)
{
	if (names->index != config->receivers.index &&
		names->index != config->ipv4_receivers.index &&
		names->index != config->ipv6_receivers.index)
		free(names->index);
}

static void
free_sources(const struct mcr_config_group *group)
{
	for (uint32_t i = 0; i < group->source_count; i++)
		mcr_address_drop(group->sources[i]);
	free(group->sources);
}

static void
free_join(const struct mcr_config_join *join)
{
	mcr_config_free_prefixes(join->groups, join->group_count);
}

static void
free_groups(const struct mcr_config *config)
{
	for (uint32_t i = 0; i < config->group_count; i++) {
		const struct mcr_config_group *group = &config->groups[i];

		mcr_address_drop(group->group.address);
		free_sources(group);
		free_names(config, &group->members);
		free_names(config, &group->sender_members);
		mcr_config_free_prefixes(group->sender_prefixes, group->sender_prefix_count);
	}
	free(config->groups);
}

static void
free_domain(const struct mcr_config_domain *domain)
{
	for (uint32_t i = 0; i < domain->etcd_count; i++)
		free(domain->etcd[i]);
	free(domain->etcd);
	free(domain->credentials_file);
	free(domain->ca_file);
}

static void
free_joins(const struct mcr_config *config)
{
	for (uint32_t i = 0; i < config->member_count; i++)
		free_join(&config->members[i].join);
	for (uint32_t i = 0; i < config->admit_count; i++)
		free_join(&config->admits[i].join);
}

static void
free_ports(const struct mcr_config *config)
{
	for (uint32_t i = 0; i < config->port_count; i++) {
		const struct mcr_config_port *port = &config->ports[i];

		mcr_address_drop(port->address6);
		mcr_address_drop(port->prefix6);
		mcr_address_drop(port->gateway6);
		free(port->device);
	}
	free(config->ports);
}

static void
free_members(const struct mcr_config *config)
{
	for (uint32_t i = 0; i < config->member_count; i++) {
		const struct mcr_config_member *member = &config->members[i];

		mcr_address_drop(member->address);
		mcr_address_drop(member->overlay6);
		mcr_address_drop(member->hub_overlay6.address);
	}
	free(config->members);
}

static void
free_admits(const struct mcr_config *config)
{
	for (uint32_t i = 0; i < config->admit_count; i++)
		mcr_address_drop(config->admits[i].prefix.address);
	free(config->admits);
}

void
mcr_config_free(struct mcr_config *config)
{
	if (config == NULL)
		return;
	free_ports(config);
	free_groups(config);
	free_names(config, &config->broadcast);
	free(config->receivers.index);
	free(config->ipv4_receivers.index);
	free(config->ipv6_receivers.index);
	free_joins(config);
	free_members(config);
	mcr_address_drop(config->overlay6.address);
	mcr_config_free_prefixes(config->igmp.groups, config->igmp.group_count);
	mcr_config_free_prefixes(config->mld.groups, config->mld.group_count);
	mcr_config_free_prefixes(config->amt.prefixes, config->amt.prefix_count);
	free_admits(config);
	free(config->lcores.rx);
	free(config->lcores.tx);
	free(config->state_file);
	free_domain(&config->domain);
	mcr_config_messages_free(&config->warnings);
	free(config);
}
