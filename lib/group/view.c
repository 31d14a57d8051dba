/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <mcr_dpdk.h>

#include "table.h"

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
	const uint32_t id = group_entry_find(table, key->group, key->source, key->length);

	if (id == MCR_GROUP_NONE || !has_content(&table->entries[id]))
		return MCR_GROUP_NONE;
	return id;
}

struct mcr_group_key
mcr_group_key_of(const struct mcr_group_table *table, uint32_t id)
{
	const struct group_slot *slot = &table->slots[id];

	return (struct mcr_group_key){
		.group = slot_group(slot),
		.source = slot_source(slot),
		.length = slot->length,
	};
}

struct mcr_group_ref
mcr_group_ref_of(const struct mcr_group_table *table, uint32_t id)
{
	return (struct mcr_group_ref){
		.id = id,
		.generation =
			atomic_load_explicit(&table->slots[id].generation, memory_order_relaxed),
	};
}

static bool
is_configured_receiver(const struct mcr_group_table *table, uint32_t id, uint32_t member)
{
	const uint32_t decider = mcr_group_decider(table, id);
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
	membership = group_membership_find(&table->entries[star], receiver);
	return membership == NULL ? 0
	                          : group_membership_for_source(membership, &table->entries[id]);
}

static unsigned int
dynamic_origins_of(const struct mcr_group_table *table, uint32_t id, uint32_t member)
{
	const struct mcr_receiver receiver = {table->members[member].address, member};
	const struct group_membership *own = group_membership_find(&table->entries[id], receiver);

	return (own == NULL ? 0 : own->origins) | star_origins_of(table, id, receiver);
}

unsigned int
mcr_group_origins_of(const struct mcr_group_table *table, uint32_t id, uint32_t member)
{
	unsigned int origins =
		member < table->n_members ? dynamic_origins_of(table, id, member) : 0;

	if (is_configured_receiver(table, id, member))
		origins |= MCR_ORIGIN_STATIC;
	return origins;
}

unsigned int
mcr_group_origins(const struct mcr_group_table *table, uint32_t id)
{
	const struct group_entry *entry = &table->entries[id];
	const uint32_t decider = mcr_group_decider(table, id);
	const uint32_t star = group_entry_star(table, id);
	unsigned int origins = 0;

	if (decider == id || (decider != MCR_GROUP_NONE &&
				     table->entries[decider].configured->receivers.count != 0))
		origins |= MCR_ORIGIN_STATIC;
	for (uint32_t i = 0; i < entry->n_memberships; i++)
		origins |= entry->memberships[i].origins;
	for (uint32_t i = 0; star != MCR_GROUP_NONE && i < table->entries[star].n_memberships; i++)
		origins |= group_membership_for_source(&table->entries[star].memberships[i], entry);
	return origins;
}

uint32_t
mcr_group_memberships(const struct mcr_group_table *table, uint32_t member)
{
	return table->members[member].n_entries;
}

uint32_t
mcr_group_membership(const struct mcr_group_table *table, uint32_t member, uint32_t i)
{
	return table->members[member].entries[i];
}

static size_t
memberships_bytes(const struct group_entry *entry)
{
	if (entry->n_memberships == 0)
		return 0;
	return rte_align32pow2(entry->n_memberships) * sizeof(struct group_membership);
}

size_t
mcr_group_memory(const struct mcr_group_table *table)
{
	size_t bytes = sizeof(*table) + table->list_bytes + mcr_index_memory(table->index) +
	               mcr_index_memory(table->sources) +
	               table->used_ids * (sizeof(struct group_slot) + sizeof(struct group_entry)) +
	               table->n_members * sizeof(struct group_member) +
	               table->n_buckets * sizeof(struct group_list *) +
	               table->scratch_room * sizeof(struct mcr_receiver);

	for (uint32_t id = 0; id < table->used_ids; id++)
		bytes += memberships_bytes(&table->entries[id]);
	for (uint32_t member = 0; member < table->n_members; member++)
		bytes += table->members[member].room * sizeof(uint32_t);
	return bytes;
}
