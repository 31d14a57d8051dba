/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* What peers want, and what this hub tells them that it wants. */

#include <errno.h>
#include <string.h>

#include <rte_debug.h>

#include <mcr_hash.h>

#include "internal.h"

/* An entry, its (*,G), and the prefixes, of which the fallback is one. */
#define COVERING_MAX (2 + MCR_IPV6_LENGTH)

static const struct group_terms no_terms = {.priority = MCR_GROUP_PRIORITY_DEFAULT};

static const struct group_memberships *
find_interests(
	const struct mcr_group_table *table, uint32_t group, uint32_t source, uint32_t length)
{
	const uint32_t id = group_entry_find(table, group, source, length);

	return id == MCR_GROUP_NONE ? NULL : table->interests[id];
}

/* Prefixes that are shorter than an entry's key, but the fallback. Returns how many. */
static uint32_t
find_ipv4_prefixes(const struct mcr_group_table *table, const struct group_slot *slot,
	const struct group_memberships **above)
{
	uint32_t n = 0;

	for (uint32_t length = slot->length; length-- > 1;) {
		if (table->interest_counts[length] == 0)
			continue;
		above[n] = find_interests(table, prefix_of(slot_group(slot), length), 0, length);
		n += above[n] != NULL;
	}
	return n;
}

static uint32_t
find_ipv6_prefixes(
	const struct mcr_group_table *table, uint32_t group, const struct group_memberships **above)
{
	uint32_t n = 0;

	if (table->interest_counts[KIND_IPV6_PREFIX] == 0)
		return 0;
	while ((group = mcr_address_cover(group)) != MCR_ADDRESS_NONE) {
		above[n] = find_interests(table, group, 0, HOST_LENGTH);
		n += above[n] != NULL;
	}
	return n;
}

/*
 * The interests in keys that cover an entry and are less specific, the most specific first. Without
 * those that peers do not name. Returns how many.
 */
static uint32_t
find_above(const struct mcr_group_table *table, uint32_t id,
	const struct group_memberships *above[COVERING_MAX])
{
	const struct group_slot *slot = &table->slots[id];
	const uint32_t group = slot_group(slot);
	uint32_t n = 0;

	if (group == MCR_GROUP_BROADCAST)
		return 0;
	if (slot_source(slot) != 0) {
		above[n] = find_interests(table, group, 0, HOST_LENGTH);
		n += above[n] != NULL;
	}
	if (mcr_address_is_ipv6(group))
		n += find_ipv6_prefixes(table, group, &above[n]);
	else
		n += find_ipv4_prefixes(table, slot, &above[n]);
	if (slot->length != 0) {
		above[n] = find_interests(table, MCR_GROUP_FALLBACK, 0, 0);
		n += above[n] != NULL;
	}
	return n;
}

/* What these peers say replaces what less specific keys of theirs do. Returns how many want. */
static uint32_t
override(struct mcr_receiver *out, const struct mcr_receiver *peers, uint32_t n,
	const struct group_memberships *by)
{
	struct mcr_receiver *const start = out;

	for (uint32_t i = 0; i < count_memberships(by); i++) {
		const struct group_membership *one = &by->at[i];
		const uint32_t before = group_receivers_before(peers, n, one->receiver);
		const bool is_among = before < n && receiver_order(peers[before]) ==
		                                            receiver_order(one->receiver);

		memcpy(out, peers, before * sizeof(*out));
		out += before;
		if (one->origins != 0)
			*out++ = one->receiver;
		peers += before + is_among;
		n -= before + is_among;
	}
	memcpy(out, peers, n * sizeof(*out));
	return out + n - start;
}

/* NULL for none. */
static int
obtain_list(struct mcr_group_table *table, struct mcr_group_list *now,
	const struct mcr_receiver *peers, uint32_t n, struct mcr_group_list **list)
{
	if (n == 0)
		*list = NULL;
	else if (now != NULL && group_list_is(now, peers, n, no_terms))
		*list = mcr_group_list_hold(now);
	else
		*list = group_list_share(table, peers, n, no_terms);
	return n != 0 && *list == NULL ? -ENOMEM : 0;
}

/* From the least specific to the most specific. */
static int
merge(struct mcr_group_table *table, uint32_t id, const struct group_memberships *const *above,
	uint32_t n_above, struct mcr_group_list **list)
{
	const struct group_memberships *own = table->interests[id];
	uint32_t most = count_memberships(own), n = 0;
	struct mcr_receiver *peers, *next;

	for (uint32_t i = 0; i < n_above; i++)
		most += above[i]->n;
	peers = group_list_scratch(table, 2 * most);
	if (peers == NULL)
		return -ENOMEM;
	next = peers + most;
	while (n_above > 0) {
		n = override(next, peers, n, above[--n_above]);
		RTE_SWAP(next, peers);
	}
	n = override(next, peers, n, own);
	return obtain_list(table, published_peers(table, id), next, n, list);
}

/* Most entries below a prefix are named by the same peers or by none: one merge serves them. */
int
group_peers_resolve(struct mcr_group_table *table, uint32_t id, struct mcr_group_list **list)
{
	const struct group_memberships *above[COVERING_MAX], *own = interests_of(table, id);
	const uint32_t n = table->interests == NULL ? 0 : find_above(table, id, above);
	struct group_peers_resolved *resolved;
	int ret;

	*list = NULL;
	if (own == NULL && n == 0)
		return 0;
	above[n] = NULL;
	resolved =
		&table->resolved_peers[mcr_hash((uintptr_t)above[0], group_memberships_hash(own)) %
				       RESOLVED_SLOTS];
	if (resolved->commit == table->commits && resolved->above == above[0] &&
		group_memberships_equal(table->interests[resolved->id], own)) {
		*list = published_peers(table, resolved->id);
		if (*list != NULL)
			mcr_group_list_hold(*list);
		return 0;
	}
	ret = merge(table, id, above, n, list);
	if (ret == 0)
		*resolved = (struct group_peers_resolved){table->commits, id, above[0]};
	return ret;
}

static const struct group_membership *
find_one(const struct group_memberships *interests, const struct mcr_group_table *table,
	uint32_t member)
{
	const struct mcr_receiver peer = {table->members[GROUP_PEERS][member].address, member};

	return group_membership_find(interests, peer);
}

bool
group_peer_wants(const struct mcr_group_table *table, uint32_t id, uint32_t member)
{
	const struct group_memberships *above[COVERING_MAX];
	const struct group_membership *one;
	uint32_t n;

	if (table->interests == NULL)
		return false;
	n = find_above(table, id, above);
	one = find_one(table->interests[id], table, member);
	for (uint32_t i = 0; i < n && one == NULL; i++)
		one = find_one(above[i], table, member);
	return one != NULL && one->origins != 0;
}

/* A changed prefix is dirty until the end of this commit. */
static bool
is_changed_prefix(const struct mcr_group_table *table, uint32_t prefix, uint32_t length)
{
	const uint32_t id = group_entry_find(table, prefix, 0, length);

	return id != MCR_GROUP_NONE && table->entries[id].dirty[table->work] &&
	       (table->entries[id].stale & PARTY_BIT(GROUP_PEERS)) != 0;
}

static bool
is_below_ipv4_change(
	const struct mcr_group_table *table, const struct group_slot *slot, uint64_t kinds)
{
	for (kinds &= KIND_BIT(slot->length) - 1; kinds != 0; kinds &= kinds - 1) {
		const uint32_t length = __builtin_ctzll(kinds);

		if (is_changed_prefix(table, prefix_of(slot_group(slot), length), length))
			return true;
	}
	return false;
}

static bool
is_below_ipv6_change(const struct mcr_group_table *table, uint32_t group, uint64_t kinds)
{
	if (kinds & KIND_BIT(KIND_IPV6_PREFIX)) {
		for (uint32_t prefix = mcr_address_cover(group); prefix != MCR_ADDRESS_NONE;
			prefix = mcr_address_cover(prefix)) {
			if (is_changed_prefix(table, prefix, HOST_LENGTH))
				return true;
		}
	}
	return (kinds & KIND_BIT(0)) != 0 && is_changed_prefix(table, MCR_GROUP_FALLBACK, 0);
}

static bool
is_below_change(const struct mcr_group_table *table, uint32_t id, uint64_t kinds)
{
	const struct group_slot *slot = &table->slots[id];

	if (!is_in_use(&table->entries[id]) || slot_group(slot) == MCR_GROUP_BROADCAST)
		return false;
	if (mcr_address_is_ipv6(slot_group(slot)))
		return is_below_ipv6_change(table, slot_group(slot), kinds);
	return is_below_ipv4_change(table, slot, kinds);
}

int
group_interest_sweep(struct mcr_group_table *table)
{
	struct group_sweep *sweep = &table->sweeps[table->work];

	while (sweep->kinds != 0 && sweep->next < table->used_ids) {
		const uint32_t id = sweep->next++;

		if (is_below_change(table, id, sweep->kinds))
			group_entry_touch_one(table, id, GROUP_PEERS);
		if (group_must_stop(table))
			return -EAGAIN;
	}
	*sweep = (struct group_sweep){0};
	return 0;
}

static void
touch(struct mcr_group_table *table, uint32_t id)
{
	const uint64_t kind = KIND_BIT(kind_of(table, id));

	group_entry_touch(table, id, GROUP_PEERS);
	if ((kind & PREFIX_BITS) == 0)
		return;
	table->sweeps[table->work].kinds |= kind;
	table->sweeps[table->work].next = 0;
}

static int
obtain(struct mcr_group_table *table, const struct mcr_group_key *key, struct mcr_receiver peer,
	uint32_t *id, struct group_membership **one)
{
	const int ret = group_entry_obtain(table, key, GROUP_PEERS, table->n_peer_keys, id);
	bool is_first;

	if (ret != 0)
		return ret;
	is_first = table->interests[*id] == NULL;
	*one = group_membership_obtain(table, GROUP_PEERS, *id, peer);
	if (*one == NULL)
		return -ENOMEM;
	table->interest_counts[kind_of(table, *id)] += is_first;
	return 0;
}

int
mcr_group_interest_set(struct mcr_group_table *table, const struct mcr_group_key *key,
	struct mcr_receiver peer, bool wants)
{
	const uint8_t origins = wants ? MCR_ORIGIN_PEER : 0;
	struct group_membership *one;
	uint32_t id;
	int ret;

	if (table->interests == NULL)
		return -ENOSPC;
	if (!group_key_is_valid(key) || !group_member_may_have(table, GROUP_PEERS, peer))
		return -EINVAL;
	ret = obtain(table, key, peer, &id, &one);
	if (ret != 0)
		return ret;
	one->round = table->members[GROUP_PEERS][peer.member].round;
	if ((one->origins | one->blocked) != 0 && one->origins == origins)
		return 0;
	one->origins = origins;
	one->blocked = MCR_ORIGIN_PEER & ~origins;
	touch(table, id);
	return 0;
}

static void
unset(struct mcr_group_table *table, uint32_t id, struct group_membership *one)
{
	group_membership_remove(table, GROUP_PEERS, id, one);
	if (table->interests[id] == NULL)
		table->interest_counts[kind_of(table, id)]--;
	touch(table, id);
}

int
mcr_group_interest_unset(
	struct mcr_group_table *table, const struct mcr_group_key *key, uint32_t member)
{
	uint32_t id;
	struct group_membership *one =
		group_membership_find_key(table, GROUP_PEERS, key, member, &id);

	if (one == NULL)
		return -ENOENT;
	unset(table, id, one);
	return 0;
}

void
mcr_group_interest_begin(struct mcr_group_table *table, uint32_t member)
{
	RTE_ASSERT(member < table->n_members);
	if (table->interests != NULL)
		table->members[GROUP_PEERS][member].round++;
}

int
mcr_group_interest_end(struct mcr_group_table *table, uint32_t member)
{
	const struct group_member *of;

	RTE_ASSERT(member < table->n_members);
	if (table->interests == NULL)
		return 0;
	of = &table->members[GROUP_PEERS][member];
	/* Backwards: the last fills the gap. Other work may take some away meanwhile. */
	for (uint32_t i = of->n_entries; i > 0; i = RTE_MIN(i - 1, of->n_entries)) {
		const uint32_t id = of->entries[i - 1];
		struct group_membership *one = group_membership_find(
			table->interests[id], (struct mcr_receiver){of->address, member});
		const bool is_old = one->round != of->round;

		if (is_old)
			unset(table, id, one);
		if (group_must_stop(table) && is_old)
			return -EAGAIN;
	}
	return 0;
}

int
group_interest_forget(struct mcr_group_table *table, uint32_t member)
{
	while (table->interests != NULL && table->members[GROUP_PEERS][member].n_entries != 0) {
		uint32_t id;
		struct group_membership *one = group_member_last(table, GROUP_PEERS, member, &id);

		unset(table, id, one);
		if (group_must_stop(table))
			return -EAGAIN;
	}
	return 0;
}

void
mcr_group_watch_interest(struct mcr_group_table *table,
	void (*changed)(void *arg, const struct mcr_group_key *key, enum mcr_interest interest),
	void *arg)
{
	table->interest_changed = changed;
	table->interest_changed_arg = arg;
}

enum mcr_interest
mcr_group_interest_of(const struct mcr_group_table *table, uint32_t id)
{
	RTE_ASSERT(id < table->n_ids);
	return table->entries[id].interest;
}

static enum mcr_interest
find_own(const struct mcr_group_table *table, uint32_t id)
{
	const struct mcr_group_list *list = published_list(table, id);

	if (!group_entry_speaks(table, &table->entries[id]) || list == NULL)
		return MCR_INTEREST_NONE;
	return list->receivers.count == 0 ? MCR_INTEREST_EMPTY : MCR_INTEREST_WANTS;
}

void
group_interest_tell(struct mcr_group_table *table, uint32_t id)
{
	const enum mcr_interest interest = find_own(table, id);
	struct mcr_group_key key;

	if (interest == table->entries[id].interest)
		return;
	table->entries[id].interest = interest;
	if (table->interest_changed == NULL)
		return;
	key = mcr_group_key_of(table, id);
	table->interest_changed(table->interest_changed_arg, &key, interest);
}
