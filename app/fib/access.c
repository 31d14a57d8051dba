/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <string.h>

#include <rte_debug.h>

#include "fib/access.h"

/* A subnet of two addresses or one has neither a network nor a broadcast address (RFC 3021). */
static bool
is_taken_by_port(const struct mcr_port *port, uint32_t address)
{
	const uint32_t host_bits = ~mcr_ipv4_mask(port->prefix_len);
	const uint32_t host = address & host_bits;

	RTE_ASSERT(port->prefix_len <= 32);
	if (address == port->address)
		return true;
	return host_bits > 1 && ((address ^ port->address) & ~host_bits) == 0 &&
	       (host == 0 || host == host_bits);
}

static bool
is_own(const struct mcr_port *port, const struct in6_addr *address)
{
	const struct mcr_classify_port *own = &port->classify;

	return own->has_ipv6 && (IN6_ARE_ADDR_EQUAL(&own->address6, address) ||
					IN6_ARE_ADDR_EQUAL(&own->link_local, address));
}

static bool
is_host_of_ipv6(const struct mcr_ports *ports, const uint8_t *bytes)
{
	struct in6_addr address;

	memcpy(&address, bytes, sizeof(address));
	for (uint16_t i = 0; i < ports->count; i++) {
		if (is_own(&ports->at[i], &address))
			return false;
	}
	return mcr_address_refuse_source(&address) == NULL;
}

bool
mcr_access_is_host(const struct mcr_ports *ports, uint32_t address)
{
	if (mcr_address_is_ipv6(address))
		return is_host_of_ipv6(ports, mcr_address_ipv6(address)->s6_addr);
	for (uint16_t i = 0; i < ports->count; i++) {
		if (is_taken_by_port(&ports->at[i], address))
			return false;
	}
	return address >> 24 != 0 && address >> 24 != 127 && address >> 28 < 0xe;
}

/* @param encaps Bit mask; one of them must fit. */
static bool
fits(const struct mcr_config_admit *admit, uint32_t address, uint32_t encaps)
{
	return mcr_config_contains(&admit->prefix, address) && (admit->encaps & encaps) != 0;
}

static bool
contains_ipv6(const struct mcr_config_prefix *prefix, const struct in6_addr *prefix6,
	const uint8_t *address)
{
	return mcr_address_is_ipv6(prefix->address) &&
	       mcr_address_agree(prefix6->s6_addr, address, prefix->length);
}

static bool
fits_ipv6(const struct mcr_admit_rule *rule, const uint8_t *address, uint32_t encaps)
{
	return (rule->admit.encaps & encaps) != 0 &&
	       contains_ipv6(&rule->admit.prefix, &rule->prefix6, address);
}

uint32_t
mcr_access_rule_of(const struct mcr_config *config, const struct mcr_member_identity *identity)
{
	uint32_t i = 0;

	RTE_ASSERT(identity->encap < MCR_ENCAP_COUNT);
	while (i < config->admit_count &&
		!fits(&config->admits[i], identity->address, 1U << identity->encap))
		i++;
	return i;
}

struct mcr_admit_rule *
mcr_access_find_rule(
	const struct mcr_fib *fib, const struct mcr_ports *ports, uint32_t address, uint32_t encaps)
{
	struct mcr_admit_rules *rules = __atomic_load_n(&fib->admit_rules, __ATOMIC_ACQUIRE);

	if (mcr_address_is_ipv6(address))
		return mcr_access_find_rule_ipv6(
			fib, ports, mcr_address_ipv6(address)->s6_addr, encaps);
	for (uint32_t i = 0; rules != NULL && i < rules->count; i++) {
		struct mcr_admit_rule *rule = &rules->at[i];

		if (!mcr_address_is_ipv6(rule->admit.prefix.address) &&
			fits(&rule->admit, address, encaps))
			return mcr_access_is_host(ports, address) ? rule : NULL;
	}
	return NULL;
}

struct mcr_admit_rule *
mcr_access_find_rule_ipv6(const struct mcr_fib *fib, const struct mcr_ports *ports,
	const uint8_t *address, uint32_t encaps)
{
	struct mcr_admit_rules *rules = __atomic_load_n(&fib->admit_rules, __ATOMIC_ACQUIRE);

	for (uint32_t i = 0; rules != NULL && i < rules->count; i++) {
		if (fits_ipv6(&rules->at[i], address, encaps))
			return is_host_of_ipv6(ports, address) ? &rules->at[i] : NULL;
	}
	return NULL;
}

bool
mcr_access_admits(const struct mcr_fib *fib, const struct mcr_ports *ports,
	const struct mcr_packet *packet, const uint8_t *source6)
{
	const uint32_t encaps = 1U << packet->encap;
	const struct mcr_admit_rule *rule =
		source6 == NULL ? mcr_access_find_rule(fib, ports, packet->outer_source, encaps)
				: mcr_access_find_rule_ipv6(fib, ports, source6, encaps);

	RTE_ASSERT(packet->encap < MCR_ENCAP_COUNT);
	return rule != NULL && !__atomic_load_n(&rule->is_full, __ATOMIC_RELAXED);
}

bool
mcr_access_may_connect(const struct mcr_fib *fib, const struct mcr_ports *ports, uint32_t address)
{
	const struct mcr_amt_gateway_rules *rules =
		__atomic_load_n(&fib->amt_gateway_rules, __ATOMIC_ACQUIRE);

	if (mcr_address_is_ipv6(address))
		return mcr_access_may_connect_ipv6(fib, ports, mcr_address_ipv6(address)->s6_addr);
	for (uint32_t i = 0; rules != NULL && i < rules->count; i++) {
		const struct mcr_config_prefix *prefix = &rules->at[i].prefix;

		if (!mcr_address_is_ipv6(prefix->address) && mcr_config_contains(prefix, address))
			return mcr_access_is_host(ports, address);
	}
	return false;
}

/* RFC 4291 2.5.5.1, deprecated: in messages of AMT it is an IPv4 address. */
static bool
is_ipv4_compatible(const uint8_t *address)
{
	static const uint8_t zeros[MCR_IPV6_ADDRESS_LEN - sizeof(uint32_t)];

	return memcmp(address, zeros, sizeof(zeros)) == 0;
}

bool
mcr_access_may_connect_ipv6(
	const struct mcr_fib *fib, const struct mcr_ports *ports, const uint8_t *address)
{
	const struct mcr_amt_gateway_rules *rules =
		__atomic_load_n(&fib->amt_gateway_rules, __ATOMIC_ACQUIRE);

	if (is_ipv4_compatible(address))
		return false;
	for (uint32_t i = 0; rules != NULL && i < rules->count; i++) {
		if (contains_ipv6(&rules->at[i].prefix, &rules->at[i].prefix6, address))
			return is_host_of_ipv6(ports, address);
	}
	return false;
}
