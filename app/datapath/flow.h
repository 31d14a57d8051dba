/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * The flow of an inner packet: the key of its group, and a hash of its addresses.
 */

#ifndef MCR_DATAPATH_FLOW_H
#define MCR_DATAPATH_FLOW_H

#include <rte_hash_crc.h>

#include <mcr_address.h>
#include <mcr_encap.h>
#include <mcr_group.h>

/** Of an IPv4 packet. */
static inline struct mcr_flow
mcr_flow_of(const uint8_t *ip)
{
	return (struct mcr_flow){
		.source = mcr_read_be32(ip + 12),
		.group = mcr_read_be32(ip + 16),
	};
}

/** Find the entry for a packet of either version, as mcr_group_find() does. */
static inline bool
mcr_flow_find(const struct mcr_group_table *groups, const uint8_t *ip, struct mcr_group_ref *ref)
{
	struct mcr_flow numbers;

	if (!mcr_ip_is_ipv6(ip))
		return mcr_group_find(groups, mcr_flow_of(ip), ref);
	return mcr_group_find_ipv6(
		groups, ip + MCR_IPV6_SOURCE, ip + MCR_IPV6_DESTINATION, &numbers, ref);
}

/** Of addresses alone, so that fragments stay with their datagram. */
static inline uint32_t
mcr_flow_hash(const struct mcr_flow *flow)
{
	return rte_hash_crc_8byte((uint64_t)flow->group << 32 | flow->source, 0);
}

/** Of a packet, whose addresses may have no numbers. */
static inline uint32_t
mcr_flow_hash_ipv6(const uint8_t *ip)
{
	uint64_t words[2 * MCR_IPV6_ADDRESS_LEN / sizeof(uint64_t)];
	uint32_t hash = 0;

	memcpy(words, ip + MCR_IPV6_SOURCE, sizeof(words));
	for (unsigned int i = 0; i < RTE_DIM(words); i++)
		hash = rte_hash_crc_8byte(words[i], hash);
	return hash;
}

#endif
