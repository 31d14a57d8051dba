/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* Which IPv6 addresses can be a group that crosses a hub, or its source. */

#include <string.h>

#include <rte_debug.h>

#include "mcr_address.h"

/* RFC 4291 2.7.1. */
static const uint8_t all_nodes[16] = {0xff, 0x02, [15] = 1};
static const uint8_t solicited_node[] = {0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff};

const char *
mcr_address_refuse_group(const struct in6_addr *group, uint8_t length)
{
	const uint8_t *const bytes = group->s6_addr;

	RTE_ASSERT(length <= MCR_IPV6_LENGTH);
	if (IN6_IS_ADDR_V4MAPPED(group))
		return "is an IPv4 address, which is written A.B.C.D";
	if (length < 8 || bytes[0] != 0xff)
		return "is not within ff00::/8";
	/* RFC 4291 2.7: scope 0 is reserved; such a packet is dropped, as one of scope 1 is. */
	if (length >= 15 && (bytes[1] & 0x0e) == 0)
		return "never leaves its host: its scope is 0 or 1";
	if (length == MCR_IPV6_LENGTH && memcmp(bytes, all_nodes, sizeof(all_nodes)) == 0)
		return "is all nodes of a link: nobody joins it";
	if (length >= 8 * sizeof(solicited_node) &&
		memcmp(bytes, solicited_node, sizeof(solicited_node)) == 0)
		return "is of neighbour discovery, which stays on its link";
	return NULL;
}

const char *
mcr_address_refuse_source(const struct in6_addr *source)
{
	if (IN6_IS_ADDR_V4MAPPED(source))
		return "is an IPv4 address, which is written A.B.C.D";
	if (IN6_IS_ADDR_UNSPECIFIED(source))
		return "is the unspecified address";
	if (IN6_IS_ADDR_LOOPBACK(source))
		return "is the loopback address";
	if (IN6_IS_ADDR_MULTICAST(source))
		return "is a group";
	return NULL;
}

bool
mcr_address_takes_source(uint32_t group, uint32_t source)
{
	const bool is_ipv6 = mcr_address_is_ipv6(source);

	if (is_ipv6 != mcr_address_is_ipv6(group))
		return false;
	return !is_ipv6 || !IN6_IS_ADDR_LINKLOCAL(mcr_address_ipv6(source)) ||
	       mcr_address_is_link_local_group(group);
}
