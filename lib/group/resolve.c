/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <string.h>

#include <rte_debug.h>

#include "internal.h"

static bool
is_configured(const struct mcr_group_table *table, uint32_t id)
{
	return id != MCR_GROUP_NONE && table->entries[id].configured != NULL;
}

static uint32_t
find_longest_ipv4_prefix(const struct mcr_group_table *table, const struct group_slot *slot)
{
	for (uint32_t length = slot->length; length-- > 1;) {
		uint32_t prefix;

		if (table->kind_counts[length] == 0)
			continue;
		prefix = group_entry_find(table, prefix_of(slot_group(slot), length), 0, length);
		if (is_configured(table, prefix))
			return prefix;
	}
	return MCR_GROUP_NONE;
}

static uint32_t
find_longest_ipv6_prefix(const struct mcr_group_table *table, uint32_t group)
{
	if (table->kind_counts[KIND_IPV6_PREFIX] == 0)
		return MCR_GROUP_NONE;
	while ((group = mcr_address_cover(group)) != MCR_ADDRESS_NONE) {
		const uint32_t prefix = group_entry_find(table, group, 0, HOST_LENGTH);

		if (is_configured(table, prefix))
			return prefix;
	}
	return MCR_GROUP_NONE;
}

/* That covers an entry. Without the fallback (length 0), from which no known group inherits. */
static uint32_t
find_longest_prefix(const struct mcr_group_table *table, uint32_t id)
{
	const struct group_slot *slot = &table->slots[id];

	if (mcr_address_is_ipv6(slot_group(slot)))
		return find_longest_ipv6_prefix(table, slot_group(slot));
	return find_longest_ipv4_prefix(table, slot);
}

static bool
receives_nothing(const struct mcr_group_table *table, const struct group_memberships *joined)
{
	for (uint32_t i = 0; i < count_memberships(joined); i++) {
		if (joined->at[i].origins != 0 &&
			!is_suspended(table, joined->at[i].receiver.member))
			return false;
	}
	return true;
}

uint32_t
group_entry_decider(const struct mcr_group_table *table, uint32_t id)
{
	const uint32_t star = group_entry_star(table, id);
	uint32_t prefix;

	RTE_ASSERT(id < table->n_ids);
	if (is_configured(table, id))
		return id;
	if (is_configured(table, star))
		return star;
	if (slot_group(&table->slots[id]) == MCR_GROUP_BROADCAST)
		return MCR_GROUP_NONE;
	prefix = find_longest_prefix(table, id);
	/* An EXCLUDE alone does not make a group known, nor does a peer. */
	if (prefix == MCR_GROUP_NONE && star == MCR_GROUP_NONE &&
		receives_nothing(table, table->entries[id].joined)) {
		const uint32_t fallback = group_entry_find(table, MCR_GROUP_FALLBACK, 0, 0);

		return is_configured(table, fallback) ? fallback : MCR_GROUP_NONE;
	}
	return prefix;
}

/* NULL without memory. */
static const struct mcr_group_list *
base_of(struct mcr_group_table *table, uint32_t decider)
{
	if (decider == MCR_GROUP_NONE)
		return table->empty_list;
	return group_list_rest(table, table->entries[decider].configured);
}

/* The part of a sorted sequence that is not merged yet. */
struct memberships {
	const struct group_membership *at;
	uint32_t n;
	const struct group_entry *narrowed_by; /* an (S,G) whose blocks count; NULL: none */
	const struct mcr_group_table *table;
};

static struct memberships
memberships_in(const struct mcr_group_table *table, const struct group_memberships *joined,
	const struct group_entry *narrowed_by)
{
	return (struct memberships){
		.table = table,
		.at = joined == NULL ? NULL : joined->at,
		.n = count_memberships(joined),
		.narrowed_by = narrowed_by,
	};
}

static bool
is_first_active(const struct memberships *joined)
{
	if (is_suspended(joined->table, joined->at->receiver.member))
		return false;
	if (joined->narrowed_by == NULL)
		return joined->at->origins != 0;
	return group_membership_for_source(joined->at, joined->narrowed_by) != 0;
}

static void
skip_inactive(struct memberships *joined)
{
	while (joined->n != 0 && !is_first_active(joined)) {
		joined->at++;
		joined->n--;
	}
}

/* A list of all members is long, and few join what they receive anyhow: runs are copied whole. */
static uint32_t
merge(struct mcr_receiver *out, const struct mcr_receiver *receivers, uint32_t n,
	struct memberships joined)
{
	struct mcr_receiver *const start = out;

	for (skip_inactive(&joined); joined.n != 0; skip_inactive(&joined)) {
		const struct mcr_receiver next = joined.at->receiver;
		const uint32_t before = group_receivers_before(receivers, n, next);

		memcpy(out, receivers, before * sizeof(*out));
		out += before;
		receivers += before;
		n -= before;
		if (n == 0 || receiver_order(*receivers) != receiver_order(next))
			*out++ = next;
		joined.at++;
		joined.n--;
	}
	memcpy(out, receivers, n * sizeof(*out));
	return out + n - start;
}

struct parts {
	uint32_t star_id;
	const struct mcr_group_list *base;
	struct memberships own;
	struct memberships star;
};

static struct parts
parts_of(struct mcr_group_table *table, uint32_t id)
{
	const struct group_entry *entry = &table->entries[id];
	const uint32_t star = group_entry_star(table, id);
	struct parts parts = {
		.star_id = star,
		.base = base_of(table, group_entry_decider(table, id)),
		.own = memberships_in(table, entry->joined, NULL),
		.star = memberships_in(table, NULL, entry),
	};

	if (star != MCR_GROUP_NONE)
		parts.star = memberships_in(table, table->entries[star].joined, entry);
	skip_inactive(&parts.own);
	skip_inactive(&parts.star);
	return parts;
}

/* Keep an unchanged list; share inherited receivers, as joiners create many entries cheaply. */
static struct mcr_group_list *
obtain_list(struct mcr_group_table *table, struct mcr_group_list *now, const struct parts *parts,
	const struct mcr_receiver *receivers, uint32_t n)
{
	const struct mcr_group_list *base = parts->base;

	RTE_ASSERT(n >= base->receivers.count);
	RTE_ASSERT(parts->own.n + parts->star.n != 0);
	if (n == base->receivers.count)
		return mcr_group_list_hold((struct mcr_group_list *)(uintptr_t)base);
	if (now != NULL && group_list_is(now, receivers, n, terms_of(base)))
		return mcr_group_list_hold(now);
	if (base->receivers.count == 0 && parts->star.n == 0)
		return group_list_create(table, receivers, n, terms_of(base));
	return group_list_share(table, receivers, n, terms_of(base));
}

static struct mcr_group_list *
merge_parts(struct mcr_group_table *table, uint32_t id, const struct parts *parts)
{
	const struct mcr_receivers *base = &parts->base->receivers;
	const uint32_t n_own = base->count + parts->own.n;
	struct mcr_receiver *own = group_list_scratch(table, 2 * n_own + parts->star.n), *all;
	uint32_t n;

	if (own == NULL)
		return NULL;
	all = own + n_own;
	n = merge(own, base->at, base->count, parts->own);
	if (parts->star.n == 0)
		all = own;
	else
		n = merge(all, own, n, parts->star);
	return obtain_list(table, published_list(table, id), parts, all, n);
}

static bool
is_alike(const struct mcr_group_table *table, const struct group_resolved *resolved, uint32_t id,
	const struct parts *parts)
{
	return resolved->commit == table->commits && resolved->star == parts->star_id &&
	       resolved->base == parts->base &&
	       group_memberships_equal(
		       table->entries[resolved->id].joined, table->entries[id].joined);
}

/*
 * A change of (*,G) changes all its (S,G), and a member may have joined hundreds of them. Most of
 * these have the same memberships, so one merge serves them all.
 */
struct mcr_group_list *
group_entry_resolve(struct mcr_group_table *table, uint32_t id)
{
	const struct parts parts = parts_of(table, id);
	struct group_resolved *resolved;
	struct mcr_group_list *list;

	if (parts.base == NULL)
		return NULL;
	if (parts.own.n == 0 && parts.star.n == 0)
		return mcr_group_list_hold((struct mcr_group_list *)(uintptr_t)parts.base);
	resolved = &table->resolved[group_memberships_hash(table->entries[id].joined) %
				    RESOLVED_SLOTS];
	if (is_alike(table, resolved, id, &parts))
		return mcr_group_list_hold(published_list(table, resolved->id));
	list = merge_parts(table, id, &parts);
	if (list != NULL)
		*resolved = (struct group_resolved){
			.commit = table->commits,
			.id = id,
			.star = parts.star_id,
			.base = parts.base,
		};
	return list;
}
