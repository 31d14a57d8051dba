/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * Which of the domain's shared members this hub serves: for readers on TX lcores.
 *
 * A packet has a tag, the parity of the placement that its sender's hub uses. From one placement to
 * the next, lists have the members of both. While `filters` is set, a packet goes to those members
 * whose mask has the bit of its tag.
 *
 * The control lcore writes in this order. To begin: masks, then filters, then a grace period, then
 * it commits lists with the members that arrive. To end: it commits lists without those that leave,
 * then masks, of 0 or 3 alone, then filters.
 */

#ifndef MCR_FIB_PLACEMENT_H
#define MCR_FIB_PLACEMENT_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_branch_prediction.h>
#include <rte_debug.h>

#include <mcr_config.h>

#include "fib/fib.h"

/** Tags are 0 and 1, so a member that is not shared has both bits. */
#define MCR_PLACEMENT_ALWAYS 3
#define MCR_PLACEMENT_NEVER 0

/** The control lcore writes it. */
struct mcr_placement {
	bool filters;     /**< copies go by the masks; atomic */
	uint8_t tag;      /**< 0 or 1: of what this hub's own members send; atomic */
	uint32_t members; /**< member ids are below */
	uint8_t masks[];  /**< by member id; bit t: it gets packets with tag t. Atomic */
};

/** Make fib->placement: no filter, tag 0, all members always. Without a domain nothing is made: a
 * hub whose own members are not shared tags their packets all the same. @return 0 or -ENOMEM. */
int
mcr_placement_create(struct mcr_fib *fib, const struct mcr_config *config);

/** No lcore runs. */
void
mcr_placement_free(struct mcr_fib *fib);

/** Reader: whether copies go by the masks, which are there then. */
static inline bool
mcr_placement_filters(const struct mcr_placement *placement)
{
	return __atomic_load_n(&placement->filters, __ATOMIC_ACQUIRE);
}

/** Reader: ask once a packet, so that all its copies have the same tag. */
static inline uint8_t
mcr_placement_tag(const struct mcr_placement *placement)
{
	return __atomic_load_n(&placement->tag, __ATOMIC_RELAXED);
}

/** Any lcore: what a member gets, as bits. */
static inline uint8_t
mcr_placement_mask(const struct mcr_placement *placement, uint32_t member)
{
	RTE_ASSERT(member < placement->members);
	return __atomic_load_n(&placement->masks[member], __ATOMIC_RELAXED);
}

/** Reader: 1 if a member gets packets with a tag, else 0. */
static inline uint32_t
mcr_placement_serves(const struct mcr_placement *placement, uint32_t member, uint8_t tag)
{
	RTE_ASSERT(tag <= 1);
	return mcr_placement_mask(placement, member) >> tag & 1;
}

/** Reader: the member with this address in an overlay that this hub sends to, or MCR_MEMBER_NONE.
 */
static inline uint32_t
mcr_placement_find_overlay(
	const struct mcr_fib *fib, const struct mcr_overlay *overlay, uint32_t address)
{
	const uint32_t id = mcr_member_find_overlay(fib->members, overlay, address);

	if (likely(fib->placement == NULL) || id == MCR_MEMBER_NONE)
		return id;
	return mcr_placement_mask(fib->placement, id) != MCR_PLACEMENT_NEVER ? id : MCR_MEMBER_NONE;
}

/** Reader: likewise of IPv6. */
static inline uint32_t
mcr_placement_find_overlay6(
	const struct mcr_fib *fib, const struct mcr_overlay *overlay, uint32_t address)
{
	const uint32_t id = mcr_member_find_overlay6(fib->members, overlay, address);

	if (likely(fib->placement == NULL) || id == MCR_MEMBER_NONE)
		return id;
	return mcr_placement_mask(fib->placement, id) != MCR_PLACEMENT_NEVER ? id : MCR_MEMBER_NONE;
}

/** Control lcore. */
static inline void
mcr_placement_set_mask(struct mcr_placement *placement, uint32_t member, uint8_t mask)
{
	RTE_ASSERT(member < placement->members && mask <= MCR_PLACEMENT_ALWAYS);
	__atomic_store_n(&placement->masks[member], mask, __ATOMIC_RELAXED);
}

/** Control lcore: masks that were set before are seen by whoever sees this. */
static inline void
mcr_placement_set_filters(struct mcr_placement *placement, bool filters)
{
	__atomic_store_n(&placement->filters, filters, __ATOMIC_RELEASE);
}

/** Control lcore. */
static inline void
mcr_placement_set_tag(struct mcr_placement *placement, uint8_t tag)
{
	RTE_ASSERT(tag <= 1);
	__atomic_store_n(&placement->tag, tag, __ATOMIC_RELAXED);
}

#endif
