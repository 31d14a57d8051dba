/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <rte_debug.h>

#include "internal.h"

uint32_t
mcr_group_count(const struct mcr_group_table *table)
{
	return table->count;
}

uint32_t
mcr_group_next(const struct mcr_group_table *table, uint32_t from)
{
	for (uint32_t id = from; id < table->used_ids; id++) {
		if (group_entry_is_listed(table, id))
			return id;
	}
	return MCR_GROUP_NONE;
}

uint32_t
mcr_group_lookup(const struct mcr_group_table *table, const struct mcr_group_key *key)
{
	const uint32_t id = group_entry_find_key(table, key);

	if (id == MCR_GROUP_NONE || !has_content(table, id))
		return MCR_GROUP_NONE;
	return id;
}

struct mcr_group_key
mcr_group_key_of(const struct mcr_group_table *table, uint32_t id)
{
	const struct group_slot *slot = &table->slots[id];
	const uint32_t group = slot_group(slot);

	RTE_ASSERT(id < table->n_ids);
	return (struct mcr_group_key){
		.group = group,
		.source = slot_source(slot),
		.length = mcr_address_is_ipv6(group) ? mcr_address_length(group) : slot->length,
	};
}

static bool
is_configured_receiver(const struct mcr_group_table *table, uint32_t id, uint32_t member)
{
	const uint32_t decider = group_entry_decider(table, id);
	const struct mcr_receivers *receivers;

	if (decider == MCR_GROUP_NONE)
		return false;
	receivers = &table->entries[decider].configured->receivers;
	for (uint32_t i = 0; i < receivers->count; i++) {
		if (receivers->at[i].member == member)
			return true;
	}
	return false;
}

static unsigned int
star_origins_of(const struct mcr_group_table *table, uint32_t id, struct mcr_receiver receiver)
{
	const uint32_t star = group_entry_star(table, id);
	const struct group_membership *membership;

	if (star == MCR_GROUP_NONE)
		return 0;
	membership = group_membership_find(table->entries[star].joined, receiver);
	return membership == NULL ? 0
	                          : group_membership_for_source(membership, &table->entries[id]);
}

static unsigned int
dynamic_origins_of(const struct mcr_group_table *table, uint32_t id, uint32_t member)
{
	const struct mcr_receiver receiver = {table->members[GROUP_LOCAL][member].address, member};
	const struct group_membership *own =
		group_membership_find(table->entries[id].joined, receiver);

	return (own == NULL ? 0 : own->origins) | star_origins_of(table, id, receiver);
}

unsigned int
mcr_group_origins_of(const struct mcr_group_table *table, uint32_t id, uint32_t member)
{
	unsigned int origins = 0;

	if (member < table->n_members && is_suspended(table, member))
		return 0;
	if (member < table->n_members)
		origins = dynamic_origins_of(table, id, member);
	if (member < table->n_members && group_peer_wants(table, id, member))
		origins |= MCR_ORIGIN_PEER;
	if (is_configured_receiver(table, id, member))
		origins |= MCR_ORIGIN_STATIC;
	return origins;
}

static bool
names_anybody(const struct mcr_group_table *table, const struct mcr_receivers *receivers)
{
	for (uint32_t i = 0; i < receivers->count; i++) {
		if (!is_suspended(table, receivers->at[i].member))
			return true;
	}
	return false;
}

/* Of those that are not suspended. */
static unsigned int
origins_in(const struct mcr_group_table *table, const struct group_memberships *memberships)
{
	unsigned int origins = 0;

	for (uint32_t i = 0; i < count_memberships(memberships); i++) {
		if (!is_suspended(table, memberships->at[i].receiver.member))
			origins |= memberships->at[i].origins;
	}
	return origins;
}

unsigned int
mcr_group_origins(const struct mcr_group_table *table, uint32_t id)
{
	const struct group_entry *entry = &table->entries[id];
	const struct group_memberships *joined = NULL;
	const uint32_t decider = group_entry_decider(table, id);
	const uint32_t star = group_entry_star(table, id);
	unsigned int origins =
		origins_in(table, entry->joined) | origins_in(table, interests_of(table, id));

	RTE_ASSERT(is_in_use(entry));
	if (decider == id ||
		(decider != MCR_GROUP_NONE &&
			names_anybody(table, &table->entries[decider].configured->receivers)))
		origins |= MCR_ORIGIN_STATIC;
	if (star != MCR_GROUP_NONE)
		joined = table->entries[star].joined;
	for (uint32_t i = 0; i < count_memberships(joined); i++) {
		if (!is_suspended(table, joined->at[i].receiver.member))
			origins |= group_membership_for_source(&joined->at[i], entry);
	}
	return origins;
}
