/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

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

static uint32_t
hash_overlay(const struct mcr_overlay *overlay, uint32_t address)
{
	return mcr_hash((uint64_t)network(overlay) << 32 | address, overlay->length);
}

static bool
has_overlay(const void *arg, uint32_t id)
{
	const struct overlay_key *key = arg;
	const struct mcr_member *member = members_record(key->members, id);

	return member != NULL && member->overlay == key->address &&
	       is_same_subnet(&member->hub_overlay, key->overlay);
}

bool
mcr_member_has_same_overlay(const struct mcr_member *a, const struct mcr_member *b)
{
	return a->overlay == b->overlay && is_same_subnet(&a->hub_overlay, &b->hub_overlay);
}

int
members_index_overlay(struct mcr_members *members, uint32_t id, const struct mcr_member *record)
{
	RTE_ASSERT(record->hub_overlay.length <= 32);
	if (record->overlay == 0)
		return 0;
	return mcr_index_insert(
		members->by_overlay, hash_overlay(&record->hub_overlay, record->overlay), id);
}

void
members_unindex_overlay(struct mcr_members *members, uint32_t id, const struct mcr_member *record)
{
	if (record->overlay != 0)
		mcr_index_remove(members->by_overlay,
			hash_overlay(&record->hub_overlay, record->overlay), id);
}

uint32_t
mcr_member_find_overlay(
	const struct mcr_members *members, const struct mcr_overlay *overlay, uint32_t address)
{
	const struct overlay_key key = {members, overlay, address};

	return mcr_index_find(
		members->by_overlay, hash_overlay(overlay, address), has_overlay, &key);
}
