/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <mcr_address.h>
#include <rte_debug.h>

#include "mcr_placement.h"

uint32_t
mcr_placement_hash(const char *name)
{
	uint32_t hash = UINT32_C(0x811c9dc5);

	while (*name != '\0')
		hash = (hash ^ (uint8_t)*name++) * UINT32_C(0x01000193);
	return hash;
}

/* The finalizer of splitmix64, which is a permutation: different pairs have different weights. */
uint64_t
mcr_placement_weight(uint32_t hub, uint32_t member)
{
	uint64_t weight = (uint64_t)hub << 32 | member;

	weight = (weight ^ weight >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	weight = (weight ^ weight >> 27) * UINT64_C(0x94d049bb133111eb);
	return weight ^ weight >> 31;
}

static bool
contains(const struct mcr_placement_network *network, const struct mcr_placement_member *member)
{
	RTE_ASSERT(network->length != 0 && network->length <= (network->is_ipv6 ? 128 : 32));
	if (network->is_ipv6)
		return mcr_address_agree(
			network->address6.s6_addr, member->address6.s6_addr, network->length);
	return (network->address ^ member->address) >> (32 - network->length) == 0;
}

bool
mcr_placement_reaches(
	const struct mcr_placement_hub *hub, const struct mcr_placement_member *member)
{
	RTE_ASSERT(hub->network_count <= MCR_PLACEMENT_NETWORKS_MAX);
	if (member->is_nat)
		return false;
	for (unsigned int i = 0; i < hub->network_count; i++) {
		const struct mcr_placement_network *network = &hub->networks[i];

		if (network->is_ipv6 == member->is_ipv6 &&
			(network->length == 0 ? !member->is_plain : contains(network, member)))
			return true;
	}
	return false;
}

/* What costs most is asked last: only of the few hubs that are the best so far. */
uint32_t
mcr_placement_choose(const struct mcr_placement_hub *hubs, uint32_t count,
	const struct mcr_placement_member *member, unsigned int tag)
{
	uint32_t chosen = MCR_PLACEMENT_NOBODY;
	uint64_t best = 0;

	RTE_ASSERT(tag < MCR_PLACEMENT_TAGS);
	for (uint32_t i = 0; i < count; i++) {
		uint64_t weight;

		if (!hubs[i].is_alive || (hubs[i].serves >> tag & 1) == 0)
			continue;
		weight = mcr_placement_weight(hubs[i].id, member->hash);
		if (chosen != MCR_PLACEMENT_NOBODY && weight <= best)
			continue;
		if (!mcr_placement_reaches(&hubs[i], member))
			continue;
		chosen = i;
		best = weight;
	}
	return chosen;
}
