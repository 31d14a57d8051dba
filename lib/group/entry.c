/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <errno.h>
#include <stdlib.h>

#include <rte_debug.h>

#include "internal.h"

uint32_t
group_entry_find(
	const struct mcr_group_table *table, uint32_t group, uint32_t source, uint32_t length)
{
	const struct group_probe probe = {table->slots, group_addresses(group, source), length};

	return mcr_index_find(
		table->index, hash_key(group, source, length), group_slot_has_key, &probe);
}

static uint32_t
slot_length_of(const struct mcr_group_key *key)
{
	return mcr_address_is_ipv6(key->group) ? HOST_LENGTH : key->length;
}

uint32_t
group_entry_find_key(const struct mcr_group_table *table, const struct mcr_group_key *key)
{
	if (mcr_address_is_ipv6(key->group) && mcr_address_length(key->group) != key->length)
		return MCR_GROUP_NONE;
	return group_entry_find(table, key->group, key->source, slot_length_of(key));
}

static uint32_t
hash_slot(const struct group_slot *slot)
{
	return hash_addresses(slot->addresses, slot->length);
}

static uint32_t
shape_of_key(const struct mcr_group_key *key)
{
	if (key->source != 0)
		return SHAPE_SOURCE;
	return key->length == mcr_address_bits(key->group) ? SHAPE_GROUP : key->length;
}

static bool
is_special_id(const struct mcr_group_table *table, uint32_t id)
{
	return is_special(slot_group(&table->slots[id]), table->slots[id].length);
}

bool
group_entry_is_listed(const struct mcr_group_table *table, uint32_t id)
{
	const struct group_entry *entry = &table->entries[id];

	RTE_ASSERT(id < table->n_ids);
	return is_in_use(entry) && has_content(table, id) && !is_special_id(table, id);
}

uint32_t
group_entry_star(const struct mcr_group_table *table, uint32_t id)
{
	const struct group_slot *slot = &table->slots[id];
	uint32_t star;

	if (slot_source(slot) == 0)
		return MCR_GROUP_NONE;
	star = group_entry_find(table, slot_group(slot), 0, HOST_LENGTH);
	if (star == MCR_GROUP_NONE || !group_entry_speaks(table, &table->entries[star]))
		return MCR_GROUP_NONE;
	return star;
}

static void
make_dirty(struct mcr_group_table *table, uint32_t id, enum mcr_group_work work)
{
	struct group_entry *entry = &table->entries[id];
	const uint32_t shape = shape_of(table, id);
	uint32_t *first = &table->dirty[work][shape];

	entry->pass = 0;
	if (entry->dirty[work])
		return;
	entry->dirty[work] = true;
	table->n_dirty[work]++;
	entry->next[work] = *first;
	*first = id;
	table->dirty_shapes[work][shape / 64] |= UINT64_C(1) << shape % 64;
}

void
group_entry_touch_one(struct mcr_group_table *table, uint32_t id, enum group_party party)
{
	table->entries[id].stale |= PARTY_BIT(party);
	make_dirty(table, id, table->work);
}

/* All (S,G) of a group are linked, so that a change of (*,G) reaches them. */
struct sources_key {
	const struct group_slot *slots;
	uint32_t group;
};

static inline bool
has_group(const void *arg, uint32_t id)
{
	const struct sources_key *of = arg;

	return slot_group(&of->slots[id]) == of->group;
}

static uint32_t
first_source(const struct mcr_group_table *table, uint32_t group)
{
	const struct sources_key of = {table->slots, group};

	return mcr_index_find(table->sources, mcr_hash(group, 0), has_group, &of);
}

static int
link_source(struct mcr_group_table *table, uint32_t id)
{
	const uint32_t group = slot_group(&table->slots[id]);
	const uint32_t first = first_source(table, group);
	struct group_entry *entry = &table->entries[id];

	RTE_ASSERT(slot_source(&table->slots[id]) != 0);
	entry->previous_source = first;
	entry->next_source = MCR_GROUP_NONE;
	if (first == MCR_GROUP_NONE)
		return mcr_index_insert(table->sources, mcr_hash(group, 0), id);
	entry->next_source = table->entries[first].next_source;
	table->entries[first].next_source = id;
	if (entry->next_source != MCR_GROUP_NONE)
		table->entries[entry->next_source].previous_source = id;
	return 0;
}

static void
unlink_source(struct mcr_group_table *table, uint32_t id)
{
	const uint32_t hash = mcr_hash(slot_group(&table->slots[id]), 0);
	const uint32_t next = table->entries[id].next_source;
	const uint32_t previous = table->entries[id].previous_source;

	RTE_ASSERT(slot_source(&table->slots[id]) != 0);
	RTE_ASSERT(next == MCR_GROUP_NONE || table->entries[next].previous_source == id);
	if (next != MCR_GROUP_NONE)
		table->entries[next].previous_source = previous;
	if (previous != MCR_GROUP_NONE)
		table->entries[previous].next_source = next;
	else if (next != MCR_GROUP_NONE)
		mcr_index_replace(table->sources, hash, id, next);
	else
		mcr_index_remove(table->sources, hash, id);
}

void
group_entry_touch(struct mcr_group_table *table, uint32_t id, enum group_party party)
{
	struct group_entry *entry = &table->entries[id];
	const unsigned int bit = SPREAD_BITS(PARTY_BIT(party), table->work);
	/* Then its (S,G) are touched as well: with it, or when they were created since. */
	const bool is_spread = (entry->spread & bit) != 0 && !table->is_committing;

	RTE_ASSERT(is_in_use(entry));
	group_entry_touch_one(table, id, party);
	if (is_spread || shape_of(table, id) != SHAPE_GROUP)
		return;
	entry->spread |= bit;
	for (uint32_t source = first_source(table, slot_group(&table->slots[id]));
		source != MCR_GROUP_NONE; source = table->entries[source].next_source)
		group_entry_touch_one(table, source, party);
}

/* An (S,G) is in each set that its (*,G) is in. */
static void
touch_created(struct mcr_group_table *table, uint32_t id, enum group_party party)
{
	const struct group_slot *slot = &table->slots[id];
	uint32_t star = MCR_GROUP_NONE;

	group_entry_touch(table, id, party);
	table->entries[id].stale = BOTH_PARTIES;
	if (slot_source(slot) != 0)
		star = group_entry_find(table, slot_group(slot), 0, HOST_LENGTH);
	for (enum mcr_group_work work = 0; star != MCR_GROUP_NONE && work < GROUP_WORKS; work++) {
		if (table->entries[star].dirty[work])
			make_dirty(table, id, work);
	}
}

static uint32_t
take_entry(struct mcr_group_table *table)
{
	const uint32_t id = table->free_ids;

	if (id != MCR_GROUP_NONE) {
		table->free_ids = table->entries[id].next[0];
		return id;
	}
	return table->used_ids < table->n_ids ? table->used_ids++ : MCR_GROUP_NONE;
}

static void
give_entry(struct mcr_group_table *table, uint32_t id)
{
	RTE_ASSERT(id < table->used_ids);
	RTE_ASSERT(!is_in_use(&table->entries[id]));
	table->entries[id].next[0] = table->free_ids;
	table->free_ids = id;
}

static void
count_kind(struct mcr_group_table *table, uint32_t id, int step)
{
	const uint32_t kind = kind_of(table, id);
	uint64_t kinds = atomic_load_explicit(&table->kinds, memory_order_relaxed);

	RTE_ASSERT(step == 1 || table->kind_counts[kind] != 0);
	table->count += is_special_id(table, id) ? 0 : step;
	table->kind_counts[kind] += step;
	if (table->kind_counts[kind] != 0)
		kinds |= KIND_BIT(kind);
	else
		kinds &= ~KIND_BIT(kind);
	atomic_store_explicit(&table->kinds, kinds, memory_order_relaxed);
}

static void
set_key(struct mcr_group_table *table, uint32_t id, const struct mcr_group_key *key)
{
	struct group_slot *slot = &table->slots[id];

	slot->addresses = group_addresses(key->group, key->source);
	slot->length = slot_length_of(key);
	table->entries[id].shape = shape_of_key(key);
}

/* Until the id is released: readers may hold the entry for as long. */
static void
hold_key(const struct group_slot *slot)
{
	mcr_address_hold(slot_group(slot));
	mcr_address_hold(slot_source(slot));
}

void
group_entry_drop_key(const struct mcr_group_table *table, uint32_t id)
{
	mcr_address_drop(slot_source(&table->slots[id]));
	mcr_address_drop(slot_group(&table->slots[id]));
}

static int
insert_entry(struct mcr_group_table *table, uint32_t id)
{
	const struct group_slot *slot = &table->slots[id];

	if (slot_source(slot) != 0 && link_source(table, id) != 0)
		return -ENOMEM;
	if (mcr_index_insert(table->index, hash_slot(slot), id) == 0)
		return 0;
	if (slot_source(slot) != 0)
		unlink_source(table, id);
	return -ENOMEM;
}

static int
create_entry(struct mcr_group_table *table, const struct mcr_group_key *key, uint32_t *id)
{
	*id = take_entry(table);
	if (*id == MCR_GROUP_NONE)
		return -ENOSPC;
	RTE_ASSERT(!is_in_use(&table->entries[*id]));
	RTE_ASSERT(!is_dirty(&table->entries[*id]));
	RTE_ASSERT(!has_content(table, *id));
	RTE_ASSERT(published_list(table, *id) == NULL);
	RTE_ASSERT(published_peers(table, *id) == NULL);
	set_key(table, *id, key);
	if (insert_entry(table, *id) != 0) {
		give_entry(table, *id);
		return -ENOMEM;
	}
	hold_key(&table->slots[*id]);
	table->entries[*id].fresh = true;
	count_kind(table, *id, 1);
	return 0;
}

static void
claim(struct mcr_group_table *table, uint32_t id, enum group_party party)
{
	RTE_ASSERT((table->entries[id].claims & PARTY_BIT(party)) == 0);
	table->entries[id].claims |= PARTY_BIT(party);
	table->n_claimed[party] += !is_special_id(table, id);
	table->peer_ids += party == GROUP_PEERS;
}

/* Not the count of ids that peers take: such an id may have to wait. */
static void
disclaim(struct mcr_group_table *table, uint32_t id, unsigned int parties)
{
	const bool is_listed = !is_special_id(table, id);

	RTE_ASSERT((table->entries[id].claims & parties) == parties);
	table->entries[id].claims &= ~parties;
	if (is_listed && (parties & PARTY_BIT(GROUP_LOCAL)) != 0)
		table->n_claimed[GROUP_LOCAL]--;
	if (is_listed && (parties & PARTY_BIT(GROUP_PEERS)) != 0)
		table->n_claimed[GROUP_PEERS]--;
}

void
group_entry_disclaim(struct mcr_group_table *table, uint32_t id, unsigned int parties)
{
	disclaim(table, id, parties);
	table->peer_ids -= (parties & PARTY_BIT(GROUP_PEERS)) != 0;
	RTE_ASSERT(is_in_use(&table->entries[id]));
}

/* Each party has room of its own for the ids that it claims, even if the other claims them too. */
static bool
is_full(const struct mcr_group_table *table, const struct mcr_group_key *key,
	enum group_party party, uint32_t limit)
{
	if (party == GROUP_PEERS && table->peer_ids >= group_ids_for(table->n_peer_keys))
		return true;
	return table->n_claimed[party] >= limit && !is_special(key->group, key->length);
}

int
group_entry_obtain(struct mcr_group_table *table, const struct mcr_group_key *key,
	enum group_party party, uint32_t limit, uint32_t *id)
{
	int ret;

	*id = group_entry_find_key(table, key);
	if (*id != MCR_GROUP_NONE && (table->entries[*id].claims & PARTY_BIT(party)) != 0)
		return 0;
	if (is_full(table, key, party, limit))
		return -ENOSPC;
	if (*id != MCR_GROUP_NONE) {
		claim(table, *id, party);
		group_entry_touch(table, *id, party);
		return 0;
	}
	ret = create_entry(table, key, id);
	if (ret != 0)
		return ret;
	claim(table, *id, party);
	touch_created(table, *id, party);
	return 0;
}

/* The grace period is over: from now on older references are stale. */
static void
release_id(void *arg, void *object)
{
	struct mcr_group_table *table = arg;
	const uint32_t id = (uintptr_t)object;

	RTE_ASSERT(published_list(table, id) == NULL);
	RTE_ASSERT(published_peers(table, id) == NULL);
	RTE_ASSERT(!is_in_use(&table->entries[id]));
	group_entry_drop_key(table, id);
	atomic_fetch_add_explicit(&table->slots[id].generation, 1, memory_order_relaxed);
	give_entry(table, id);
}

static void
release_peer_id(void *arg, void *object)
{
	struct mcr_group_table *table = arg;

	RTE_ASSERT(table->peer_ids != 0);
	table->peer_ids--;
	release_id(arg, object);
}

/* The peers go last: whoever misses them misses the list of receivers as well. */
static void
unpublish_all(struct mcr_group_table *table, uint32_t id)
{
	struct group_slot *slot = &table->slots[id];
	struct mcr_group_list *list = published_list(table, id);
	struct mcr_group_list *peers = published_peers(table, id);

	atomic_store_explicit(&slot->list, NULL, memory_order_release);
	atomic_store_explicit(&slot->peers, NULL, memory_order_release);
	mcr_group_list_drop(table, list);
	mcr_group_list_drop(table, peers);
}

void
group_entry_destroy(struct mcr_group_table *table, uint32_t id)
{
	const struct group_slot *slot = &table->slots[id];
	const unsigned int claims = table->entries[id].claims;
	const bool is_peers = (claims & PARTY_BIT(GROUP_PEERS)) != 0;

	RTE_ASSERT(claims != 0);
	RTE_ASSERT(!is_dirty(&table->entries[id]));
	RTE_ASSERT(!has_content(table, id));
	RTE_ASSERT(table->entries[id].interest == MCR_INTEREST_NONE);
	unpublish_all(table, id);
	mcr_index_remove(table->index, hash_slot(slot), id);
	if (slot_source(slot) != 0)
		unlink_source(table, id);
	count_kind(table, id, -1);
	disclaim(table, id, claims);
	mcr_rcu_retire(
		table->rcu, is_peers ? release_peer_id : release_id, table, (void *)(uintptr_t)id);
}
