/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* Addresses inside tunnels. One index has those of both families, which are never compared with
 * each other: an IPv4 address on the wire may look like a number of IPv6. */

#include <rte_byteorder.h>
#include <rte_debug.h>

#include "members.h"

struct overlay_key {
	const struct mcr_members *members;
	const struct mcr_overlay *overlay;
	uint32_t address;
};

static uint32_t
network(const struct mcr_overlay *overlay)
{
	return overlay->hub & mcr_ipv4_mask(overlay->length);
}

static bool
is_same_subnet(const struct mcr_overlay *a, const struct mcr_overlay *b)
{
	return a->length == b->length && network(a) == network(b);
}

static bool
agrees6(const struct mcr_overlay *overlay, uint32_t address)
{
	return mcr_address_agree(mcr_address_ipv6(overlay->hub)->s6_addr,
		mcr_address_ipv6(address)->s6_addr, overlay->length);
}

/* Members without an overlay are in none together. */
static bool
is_same_subnet6(const struct mcr_overlay *a, const struct mcr_overlay *b)
{
	if (a->hub == b->hub || a->hub == MCR_ADDRESS_NONE || b->hub == MCR_ADDRESS_NONE)
		return a->hub == b->hub && a->length == b->length;
	return a->length == b->length && agrees6(a, b->hub);
}

bool
mcr_overlay_covers(const struct mcr_overlay *overlay, uint32_t address)
{
	if (mcr_address_is_ipv6(overlay->hub) != mcr_address_is_ipv6(address))
		return false;
	if (mcr_address_is_ipv6(address))
		return agrees6(overlay, address);
	return ((address ^ overlay->hub) & mcr_ipv4_mask(overlay->length)) == 0;
}

/* For each packet to one host. */
static __rte_always_inline uint32_t
hash_overlay(const struct mcr_overlay *overlay, uint32_t address)
{
	RTE_ASSERT(overlay->length <= MCR_IPV4_LENGTH);
	return mcr_hash((uint64_t)network(overlay) << 32 | address, overlay->length);
}

/* Of the first bits, in network byte order. */
static inline uint64_t
mask_of(uint32_t length)
{
	return length == 0 ? 0 : rte_cpu_to_be_64(UINT64_MAX << (64 - length));
}

/* By the bits of the network: its hubs differ. */
static __rte_always_inline uint32_t
hash_overlay6(const struct mcr_overlay *overlay, uint32_t address)
{
	const uint32_t high = RTE_MIN(overlay->length, 64u);
	uint64_t words[2] = {0};

	RTE_ASSERT(overlay->length <= MCR_IPV6_LENGTH);
	if (overlay->hub != MCR_ADDRESS_NONE)
		memcpy(words, mcr_address_ipv6(overlay->hub), sizeof(words));
	words[0] &= mask_of(high);
	words[1] &= mask_of(overlay->length - high);
	return mcr_hash((uint64_t)mcr_hash(words[0], words[1]) << 32 | address, overlay->length);
}

static bool
has_overlay(const void *arg, uint32_t id)
{
	const struct overlay_key *key = arg;
	const struct mcr_member *member = members_record(key->members, id);

	return member != NULL && member->overlay == key->address &&
	       is_same_subnet(&member->hub_overlay, key->overlay);
}

static bool
has_overlay6(const void *arg, uint32_t id)
{
	const struct overlay_key *key = arg;
	const struct mcr_member *member = members_record(key->members, id);

	return member != NULL && member->overlay6 == key->address &&
	       is_same_subnet6(&member->hub_overlay6, key->overlay);
}

bool
mcr_member_has_same_overlay(const struct mcr_member *a, const struct mcr_member *b)
{
	return a->overlay == b->overlay && is_same_subnet(&a->hub_overlay, &b->hub_overlay);
}

bool
mcr_member_has_same_overlay6(const struct mcr_member *a, const struct mcr_member *b)
{
	return a->overlay6 == b->overlay6 && is_same_subnet6(&a->hub_overlay6, &b->hub_overlay6);
}

/* @param other NULL, or of the same member. */
static bool
is_indexed(const struct mcr_member *record, const struct mcr_member *other)
{
	return record->overlay != 0 &&
	       (other == NULL || !mcr_member_has_same_overlay(record, other));
}

static bool
is_indexed6(const struct mcr_member *record, const struct mcr_member *other)
{
	return record->overlay6 != MCR_ADDRESS_NONE &&
	       (other == NULL || !mcr_member_has_same_overlay6(record, other));
}

static void
unindex_overlay(struct mcr_members *members, uint32_t id, const struct mcr_member *record,
	const struct mcr_member *kept)
{
	if (is_indexed(record, kept))
		mcr_index_remove(members->by_overlay,
			hash_overlay(&record->hub_overlay, record->overlay), id);
}

int
members_index_overlays(struct mcr_members *members, uint32_t id, const struct mcr_member *record,
	const struct mcr_member *old)
{
	int ret = 0;

	if (is_indexed(record, old))
		ret = mcr_index_insert(members->by_overlay,
			hash_overlay(&record->hub_overlay, record->overlay), id);
	if (ret != 0 || !is_indexed6(record, old))
		return ret;
	ret = mcr_index_insert(
		members->by_overlay, hash_overlay6(&record->hub_overlay6, record->overlay6), id);
	if (ret != 0)
		unindex_overlay(members, id, record, old);
	return ret;
}

void
members_unindex_overlays(struct mcr_members *members, uint32_t id, const struct mcr_member *record,
	const struct mcr_member *kept)
{
	unindex_overlay(members, id, record, kept);
	if (is_indexed6(record, kept))
		mcr_index_remove(members->by_overlay,
			hash_overlay6(&record->hub_overlay6, record->overlay6), id);
}

uint32_t
mcr_member_find_overlay(
	const struct mcr_members *members, const struct mcr_overlay *overlay, uint32_t address)
{
	const struct overlay_key key = {members, overlay, address};

	return mcr_index_find(
		members->by_overlay, hash_overlay(overlay, address), has_overlay, &key);
}

uint32_t
mcr_member_find_overlay6(
	const struct mcr_members *members, const struct mcr_overlay *overlay, uint32_t address)
{
	const struct overlay_key key = {members, overlay, address};

	if (address == MCR_ADDRESS_NONE)
		return MCR_MEMBER_NONE;
	return mcr_index_find(
		members->by_overlay, hash_overlay6(overlay, address), has_overlay6, &key);
}
