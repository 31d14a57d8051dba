/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <rte_debug.h>

#include "internal.h"

/* Bytes of a list: 32 receivers and what precedes them. */
#define PREFETCHED 320

static inline uint64_t
kinds_of(const struct mcr_group_table *table)
{
	return atomic_load_explicit(&table->kinds, memory_order_relaxed);
}

static inline uint32_t
version_of(const struct mcr_group_table *table)
{
	return atomic_load_explicit(&table->version, memory_order_acquire);
}

/* An entry without a list is being made or removed: skip it. */
static inline bool
is_published_key(const void *arg, uint32_t id)
{
	const struct group_probe *probe = arg;

	return group_slot_has_key(probe, id) &&
	       atomic_load_explicit(&probe->slots[id].list, memory_order_acquire) != NULL;
}

static inline uint32_t
find_key(const struct mcr_group_table *table, uint32_t group, uint32_t source, uint32_t length,
	uint32_t hash)
{
	const struct group_probe probe = {table->slots, group_addresses(group, source), length};

	return mcr_index_find(table->index, hash, is_published_key, &probe);
}

static inline uint32_t
find_host(const struct mcr_group_table *table, uint32_t group, uint32_t source)
{
	return find_key(table, group, source, HOST_LENGTH, hash_key(group, source, HOST_LENGTH));
}

/* The group may be a prefix itself. A prefix that has a number may have no entry. */
static uint32_t
find_ipv6_prefix(const struct mcr_group_table *table, uint32_t group, uint64_t kinds)
{
	if ((kinds & KIND_BIT(KIND_IPV6_PREFIX)) == 0)
		group = MCR_ADDRESS_NONE;
	for (; group != MCR_ADDRESS_NONE; group = mcr_address_cover(group)) {
		const uint32_t id = find_host(table, group, 0);

		if (id != MCR_GROUP_NONE)
			return id;
	}
	if ((kinds & KIND_BIT(0)) == 0)
		return MCR_GROUP_NONE;
	return find_key(table, MCR_GROUP_FALLBACK, 0, 0, hash_key(MCR_GROUP_FALLBACK, 0, 0));
}

/* Out of line: inlined, it takes registers that the loops of find_groups() need. */
static __rte_noinline uint32_t
find_prefix(const struct mcr_group_table *table, uint32_t group, uint64_t kinds)
{
	uint32_t id = MCR_GROUP_NONE;

	if (!is_ipv4_multicast(group)) {
		if (group > MCR_ADDRESS_IPV6_MAX)
			return MCR_GROUP_NONE;
		return find_ipv6_prefix(table, group, kinds);
	}
	kinds &= IPV4_PREFIX_BITS;
	while (kinds != 0 && id == MCR_GROUP_NONE) {
		const uint32_t length = 63 - __builtin_clzll(kinds);
		const uint32_t prefix = prefix_of(group, length);

		id = find_key(table, prefix, 0, length, hash_key(prefix, 0, length));
		kinds &= ~KIND_BIT(length);
	}
	return id;
}

static inline uint32_t
find_first(const struct mcr_group_table *table, struct mcr_flow flow)
{
	const uint64_t kinds = kinds_of(table);
	uint32_t id = MCR_GROUP_NONE;

	if (kinds & KIND_BIT(KIND_SOURCE))
		id = find_host(table, flow.group, flow.source);
	if (id == MCR_GROUP_NONE && (kinds & KIND_BIT(KIND_GROUP)))
		id = find_host(table, flow.group, 0);
	if (id == MCR_GROUP_NONE && (kinds & PREFIX_BITS))
		id = find_prefix(table, flow.group, kinds);
	return id;
}

static inline struct mcr_group_ref
ref_to(const struct mcr_group_table *table, uint32_t id, uint32_t version)
{
	RTE_ASSERT(id < table->n_ids);
	return (struct mcr_group_ref){
		.id = id,
		.version = version,
		.generation =
			atomic_load_explicit(&table->slots[id].generation, memory_order_relaxed),
	};
}

/*
 * A changed version reports new entries: a search that missed one must not return an entry that was
 * changed or removed because of it. All loads of lists acquire, so the version is checked last.
 */
bool
mcr_group_find(const struct mcr_group_table *table, struct mcr_flow flow, struct mcr_group_ref *ref)
{
	uint32_t version, id;

	do {
		version = version_of(table);
		id = find_first(table, flow);
	} while (version_of(table) != version);
	if (id == MCR_GROUP_NONE) {
		ref->id = MCR_GROUP_NONE;
		return false;
	}
	*ref = ref_to(table, id, version);
	return true;
}

uint32_t
mcr_group_version(const struct mcr_group_table *table)
{
	return version_of(table);
}

/* A number is known before the entry that needs it is published. */
bool
mcr_group_find_ipv6(const struct mcr_group_table *table, const uint8_t *source,
	const uint8_t *group, struct mcr_flow *flow, struct mcr_group_ref *ref)
{
	uint32_t version;
	bool found;

	do {
		version = version_of(table);
		flow->source = mcr_address_find(source);
		flow->group = mcr_address_match(group);
		found = mcr_group_find(table, *flow, ref);
	} while (version_of(table) != version);
	return found;
}

static inline void
prefetch_slot(const struct mcr_group_table *table, uint32_t hash)
{
	const uint32_t id = mcr_index_guess(table->index, hash);

	if (id != MCR_INDEX_NONE)
		rte_prefetch0(&table->slots[id]);
}

/* Search the missing flows by (S,G) or (*,G). Returns those found. */
static __rte_always_inline uint64_t
find_groups(const struct mcr_group_table *table, const struct mcr_flow *flows, uint32_t n,
	bool with_source, uint64_t missing, uint32_t version, struct mcr_group_ref *refs)
{
	uint32_t hashes[MCR_GROUP_BURST_MAX];
	uint64_t found = 0;

	for (uint32_t i = 0; i < n; i++) {
		hashes[i] =
			hash_key(flows[i].group, with_source ? flows[i].source : 0, HOST_LENGTH);
		mcr_index_prefetch(table->index, hashes[i]);
	}
	for (uint32_t i = 0; i < n; i++)
		prefetch_slot(table, hashes[i]);
	for (; missing != 0; missing &= missing - 1) {
		const uint32_t i = __builtin_ctzll(missing);
		const uint32_t id = find_key(table, flows[i].group,
			with_source ? flows[i].source : 0, HOST_LENGTH, hashes[i]);

		if (id == MCR_GROUP_NONE)
			continue;
		refs[i] = ref_to(table, id, version);
		found |= UINT64_C(1) << i;
	}
	return found;
}

static uint64_t
find_prefixes(const struct mcr_group_table *table, const struct mcr_flow *flows, uint64_t missing,
	uint64_t kinds, uint32_t version, struct mcr_group_ref *refs)
{
	uint64_t found = 0;

	for (; missing != 0; missing &= missing - 1) {
		const uint32_t i = __builtin_ctzll(missing);
		const uint32_t id = find_prefix(table, flows[i].group, kinds);

		if (id == MCR_GROUP_NONE)
			continue;
		refs[i] = ref_to(table, id, version);
		found |= UINT64_C(1) << i;
	}
	return found;
}

static uint64_t
find_each(const struct mcr_group_table *table, const struct mcr_flow *flows, uint32_t n,
	struct mcr_group_ref *refs)
{
	uint64_t found = 0;

	for (uint32_t i = 0; i < n; i++)
		found |= (uint64_t)mcr_group_find(table, flows[i], &refs[i]) << i;
	return found;
}

static void
clear_missing(uint64_t missing, struct mcr_group_ref *refs)
{
	for (; missing != 0; missing &= missing - 1)
		refs[__builtin_ctzll(missing)].id = MCR_GROUP_NONE;
}

uint64_t
mcr_group_find_burst(const struct mcr_group_table *table, const struct mcr_flow *flows, uint32_t n,
	struct mcr_group_ref *refs)
{
	const uint32_t version = version_of(table);
	const uint64_t kinds = kinds_of(table);
	const uint64_t all = n == 0 ? 0 : UINT64_MAX >> (MCR_GROUP_BURST_MAX - n);
	uint64_t found = 0;

	RTE_ASSERT(n <= MCR_GROUP_BURST_MAX);
	if (kinds & KIND_BIT(KIND_SOURCE))
		found = find_groups(table, flows, n, true, all, version, refs);
	if (found != all && (kinds & KIND_BIT(KIND_GROUP)))
		found |= find_groups(table, flows, n, false, all & ~found, version, refs);
	if (found != all)
		found |= find_prefixes(
			table, flows, all & ~found, kinds & PREFIX_BITS, version, refs);
	/* Even a writer at full speed cannot disturb every attempt of a search for a single flow.
	 */
	if (version_of(table) != version)
		return find_each(table, flows, n, refs);
	clear_missing(all & ~found, refs);
	return found;
}

/* Call after a list was loaded: if it is of a later entry, or has changed because a new entry
 * decides about some of its flows, the version changed before. */
static inline bool
is_current(const struct mcr_group_table *table, struct mcr_group_ref ref)
{
	RTE_ASSERT(ref.id < table->n_ids);
	return atomic_load_explicit(&table->version, memory_order_relaxed) == ref.version;
}

static inline const struct mcr_group_list *
list_of(const struct mcr_group_table *table, struct mcr_group_ref ref)
{
	const struct group_slot *slot = &table->slots[ref.id];
	const struct mcr_group_list *list = atomic_load_explicit(&slot->list, memory_order_acquire);

	return likely(is_current(table, ref)) ? list : NULL;
}

const struct mcr_receivers *
mcr_group_receivers(const struct mcr_group_table *table, struct mcr_group_ref ref)
{
	const struct mcr_group_list *list = list_of(table, ref);

	return list == NULL ? NULL : &list->receivers;
}

const struct mcr_receivers *
mcr_group_peers(const struct mcr_group_table *table, struct mcr_group_ref ref)
{
	const struct group_slot *slot = &table->slots[ref.id];
	const struct mcr_group_list *peers =
		atomic_load_explicit(&slot->peers, memory_order_acquire);

	return peers == NULL || !is_current(table, ref) ? NULL : &peers->receivers;
}

void
mcr_group_prefetch(const struct mcr_group_table *table, struct mcr_group_ref ref)
{
	const struct group_slot *slot = &table->slots[ref.id];
	const uint8_t *list =
		(const uint8_t *)atomic_load_explicit(&slot->list, memory_order_relaxed);

	RTE_ASSERT(ref.id < table->n_ids);
	for (uint32_t i = 0; list != NULL && i < PREFETCHED; i += RTE_CACHE_LINE_SIZE)
		rte_prefetch0(list + i);
}

static bool
may_member_send(const struct group_senders *senders, uint32_t member)
{
	uint32_t from = 0, to = senders->n_members;

	while (from < to) {
		const uint32_t middle = from + (to - from) / 2;

		if (senders->at[middle].member == member)
			return true;
		if (senders->at[middle].member < member)
			from = middle + 1;
		else
			to = middle;
	}
	return false;
}

static bool
may_address_send(const struct group_senders *senders, uint32_t address)
{
	for (uint32_t i = senders->n_members; i < senders->count; i++) {
		if (mcr_address_covers(senders->at[i].address, senders->at[i].length, address))
			return true;
	}
	return false;
}

static bool
permits(const struct group_senders *senders, uint32_t member, uint32_t address)
{
	return senders->count == 0 || may_member_send(senders, member) ||
	       may_address_send(senders, address);
}

bool
mcr_group_may_send(const struct mcr_group_table *table, struct mcr_group_ref ref, uint32_t member,
	uint32_t address)
{
	const struct mcr_group_list *list = list_of(table, ref);

	if (list == NULL)
		return false;
	return list->senders == NULL || permits(list->senders, member, address);
}

bool
mcr_group_may_send_freely(const struct mcr_group_table *table, struct mcr_group_ref ref,
	uint32_t member, uint32_t address)
{
	const struct mcr_group_list *list = list_of(table, ref);

	if (list == NULL)
		return false;
	return list->senders == NULL ||
	       (list->senders->limit == 0 && permits(list->senders, member, address));
}

uint32_t
mcr_group_limit(const struct mcr_group_table *table, struct mcr_group_ref ref)
{
	const struct mcr_group_list *list = list_of(table, ref);

	return list == NULL || list->senders == NULL ? 0 : list->senders->limit;
}

uint8_t
mcr_group_priority(const struct mcr_group_table *table, struct mcr_group_ref ref)
{
	const struct group_slot *slot = &table->slots[ref.id];
	const struct mcr_group_list *list = atomic_load_explicit(&slot->list, memory_order_acquire);

	RTE_ASSERT(ref.id < table->n_ids);
	if (list == NULL ||
		atomic_load_explicit(&slot->generation, memory_order_relaxed) != ref.generation)
		return MCR_GROUP_PRIORITY_DEFAULT;
	return list->priority;
}

struct mcr_group_ref
mcr_group_ref_of(const struct mcr_group_table *table, uint32_t id)
{
	return ref_to(table, id, version_of(table));
}
