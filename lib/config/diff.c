/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <string.h>

#include <rte_debug.h>

#include "mcr_config.h"

static bool
is_same_text(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool
is_same_list(const uint32_t *a, uint32_t a_count, const uint32_t *b, uint32_t b_count)
{
	RTE_ASSERT(a_count == 0 || a != NULL);
	return a_count == b_count && (a_count == 0 || memcmp(a, b, a_count * sizeof(*a)) == 0);
}

static bool
is_same_gateway(const struct mcr_config_port *a, const struct mcr_config_port *b)
{
	return a->has_gateway == b->has_gateway && a->gateway == b->gateway &&
	       a->next_hop_is_gateway == b->next_hop_is_gateway &&
	       a->has_gateway_mac == b->has_gateway_mac &&
	       rte_is_same_ether_addr(&a->gateway_mac, &b->gateway_mac);
}

/* Equal addresses have one number. */
static bool
is_same_ipv6(const struct mcr_config_port *a, const struct mcr_config_port *b)
{
	return a->address6 == b->address6 && a->prefix6 == b->prefix6 &&
	       a->gateway6 == b->gateway6 && a->learns_gateway6 == b->learns_gateway6 &&
	       a->has_gateway6_mac == b->has_gateway6_mac &&
	       rte_is_same_ether_addr(&a->gateway6_mac, &b->gateway6_mac);
}

/* An allowance changes at run time. */
static bool
is_same_port(const struct mcr_config_port *a, const struct mcr_config_port *b)
{
	return is_same_text(a->device, b->device) && a->address.address == b->address.address &&
	       a->address.length == b->address.length && a->mtu == b->mtu &&
	       is_same_gateway(a, b) && is_same_ipv6(a, b);
}

static bool
are_same_ports(const struct mcr_config *a, const struct mcr_config *b)
{
	RTE_ASSERT(a->port_count > 0);
	if (a->port_count != b->port_count)
		return false;
	for (uint32_t i = 0; i < a->port_count; i++)
		if (!is_same_port(&a->ports[i], &b->ports[i]))
			return false;
	return true;
}

static bool
are_same_lcores(const struct mcr_config_lcores *a, const struct mcr_config_lcores *b)
{
	return a->automatic == b->automatic &&
	       is_same_list(a->rx, a->rx_count, b->rx, b->rx_count) &&
	       is_same_list(a->tx, a->tx_count, b->tx, b->tx_count);
}

static bool
are_same_limits(const struct mcr_config_limits *a, const struct mcr_config_limits *b)
{
	return a->members == b->members && a->groups == b->groups && a->mbufs == b->mbufs;
}

static bool
is_same_tuning(const struct mcr_config_tuning *a, const struct mcr_config_tuning *b)
{
	return a->has_share_above == b->has_share_above && a->share_above == b->share_above;
}

/* The rest of it changes at run time. */
static const char *
compare_domains(const struct mcr_config_domain *a, const struct mcr_config_domain *b)
{
	if ((a->name[0] == '\0') != (b->name[0] == '\0'))
		return "domain";
	if (strcmp(a->name, b->name) != 0)
		return "domain.name";
	if (strcmp(a->hub, b->hub) != 0)
		return "domain.hub";
	if (a->encap != b->encap)
		return "domain.encap";
	return a->shares_members == b->shares_members ? NULL : "domain.members";
}

const char *
mcr_config_needs_restart(const struct mcr_config *running, const struct mcr_config *next)
{
	RTE_ASSERT(running != NULL && next != NULL);
	if (!are_same_ports(running, next))
		return "ports";
	if (!are_same_lcores(&running->lcores, &next->lcores))
		return "lcores";
	if (!are_same_limits(&running->limits, &next->limits))
		return "limits";
	if (!is_same_tuning(&running->tuning, &next->tuning))
		return "tuning";
	return compare_domains(&running->domain, &next->domain);
}
