/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* Which keys there may be. */

#include "internal.h"

#define IPV4_PREFIX_LENGTH_MIN 4
#define IPV6_PREFIX_LENGTH_MIN 8

static bool
is_ipv4_host_key(const struct mcr_group_key *key)
{
	if (key->group == MCR_GROUP_BROADCAST)
		return key->source == 0;
	return is_ipv4_multicast(key->group) && !mcr_address_is_ipv6(key->source);
}

static bool
is_ipv4_prefix_key(const struct mcr_group_key *key)
{
	if (key->source != 0 || prefix_of(key->group, key->length) != key->group)
		return false;
	if (key->length == 0)
		return true;
	return key->length >= IPV4_PREFIX_LENGTH_MIN && is_ipv4_multicast(key->group);
}

/* Groups of scope 0 (reserved) and 1 (interface-local) never leave a node: RFC 4291 2.7. */
static bool
has_scope_of_node(uint32_t group, uint8_t length)
{
	return length >= 15 && (mcr_address_ipv6(group)->s6_addr[1] & 0x0e) == 0;
}

static bool
is_ipv6_source(uint32_t source)
{
	return mcr_address_is_ipv6(source) && mcr_address_length(source) == MCR_IPV6_LENGTH &&
	       !mcr_address_is_multicast(source);
}

static bool
is_ipv6_key(const struct mcr_group_key *key)
{
	if (key->length != mcr_address_length(key->group) || key->length < IPV6_PREFIX_LENGTH_MIN)
		return false;
	if (!mcr_address_is_multicast(key->group) || has_scope_of_node(key->group, key->length))
		return false;
	return key->source == 0 || (key->length == MCR_IPV6_LENGTH && is_ipv6_source(key->source));
}

bool
group_key_is_valid(const struct mcr_group_key *key)
{
	if (mcr_address_is_ipv6(key->group))
		return is_ipv6_key(key);
	if (key->length > MCR_IPV4_LENGTH)
		return false;
	return key->length == MCR_IPV4_LENGTH ? is_ipv4_host_key(key) : is_ipv4_prefix_key(key);
}

bool
group_key_is_host(const struct mcr_group_key *key)
{
	return key->group != MCR_GROUP_BROADCAST && key->length == mcr_address_bits(key->group) &&
	       group_key_is_valid(key);
}
