/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <rte_debug.h>

#include "internal.h"

#define DYNAMIC_ORIGINS (MCR_ORIGIN_RUNTIME | MCR_ORIGIN_IGMP | MCR_ORIGIN_AMT)
#define MEMBER_ROOM_MIN 4

/* The position of a receiver in the sorted memberships, present or not. */
static uint32_t
lower_bound(const struct group_entry *entry, struct mcr_receiver receiver)
{
	const uint64_t wanted = receiver_order(receiver);
	uint32_t from = 0, to = entry->n_memberships;

	while (from < to) {
		const uint32_t middle = from + (to - from) / 2;

		if (receiver_order(entry->memberships[middle].receiver) < wanted)
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}

struct group_membership *
group_membership_find(const struct group_entry *entry, struct mcr_receiver receiver)
{
	const uint32_t i = lower_bound(entry, receiver);

	if (i == entry->n_memberships ||
		receiver_order(entry->memberships[i].receiver) != receiver_order(receiver))
		return NULL;
	return &entry->memberships[i];
}

unsigned int
group_membership_for_source(const struct group_membership *star, const struct group_entry *entry)
{
	const struct group_membership *own = group_membership_find(entry, star->receiver);

	return own == NULL ? star->origins : star->origins & ~own->blocked;
}

/* The capacity is the next power of two. */
static int
grow_entry(struct group_entry *entry)
{
	const uint32_t n = entry->n_memberships;
	struct group_membership *memberships;

	if ((n & (n - 1)) != 0)
		return 0;
	memberships = realloc(entry->memberships, RTE_MAX(2 * n, 1U) * sizeof(*memberships));
	if (memberships == NULL)
		return -ENOMEM;
	entry->memberships = memberships;
	return 0;
}

static int
grow_member(struct group_member *member)
{
	const uint32_t room = RTE_MAX(member->room * 2, (uint32_t)MEMBER_ROOM_MIN);
	uint32_t *entries;

	if (member->n_entries < member->room)
		return 0;
	entries = realloc(member->entries, room * sizeof(*entries));
	if (entries == NULL)
		return -ENOMEM;
	member->entries = entries;
	member->room = room;
	return 0;
}

static struct group_membership *
insert_membership(struct mcr_group_table *table, uint32_t id, struct mcr_receiver receiver)
{
	struct group_entry *entry = &table->entries[id];
	struct group_member *member = &table->members[receiver.member];
	const uint32_t i = lower_bound(entry, receiver);
	struct group_membership *membership;

	RTE_ASSERT(i == entry->n_memberships ||
		   receiver_order(entry->memberships[i].receiver) != receiver_order(receiver));
	if (grow_entry(entry) != 0 || grow_member(member) != 0)
		return NULL;
	membership = &entry->memberships[i];
	memmove(membership + 1, membership, (entry->n_memberships - i) * sizeof(*membership));
	entry->n_memberships++;
	*membership = (struct group_membership){
		.receiver = receiver,
		.position = member->n_entries,
	};
	member->address = receiver.address;
	member->entries[member->n_entries++] = id;
	return membership;
}

static struct mcr_receiver
member_receiver(const struct mcr_group_table *table, uint32_t member)
{
	return (struct mcr_receiver){table->members[member].address, member};
}

/* The member's last entry fills the gap. */
static void
remove_from_member(struct mcr_group_table *table, const struct group_membership *membership)
{
	const uint32_t number = membership->receiver.member;
	struct group_member *member = &table->members[number];
	const uint32_t last = member->entries[--member->n_entries];

	member->entries[membership->position] = last;
	group_membership_find(&table->entries[last], member_receiver(table, number))->position =
		membership->position;
	if (member->n_entries == 0) {
		free(member->entries);
		member->entries = NULL;
		member->room = 0;
	}
}

static void
remove_membership(struct mcr_group_table *table, struct group_entry *entry,
	struct group_membership *membership)
{
	const uint32_t behind = entry->memberships + entry->n_memberships - (membership + 1);

	RTE_ASSERT(entry->n_memberships != 0);
	RTE_ASSERT(membership >= entry->memberships &&
		   membership < entry->memberships + entry->n_memberships);
	remove_from_member(table, membership);
	memmove(membership, membership + 1, behind * sizeof(*membership));
	if (--entry->n_memberships == 0) {
		free(entry->memberships);
		entry->memberships = NULL;
	}
}

static bool
is_valid_membership(const struct mcr_group_table *table, const struct mcr_group_key *key,
	struct mcr_receiver receiver, enum mcr_origin origin)
{
	const struct group_member *member;

	if (key->length != 32 || !is_multicast(key->group) || receiver.member >= table->n_members)
		return false;
	member = &table->members[receiver.member];
	return (origin & DYNAMIC_ORIGINS) == origin &&
	       (member->n_entries == 0 || member->address == receiver.address);
}

static int
obtain_membership(struct mcr_group_table *table, const struct mcr_group_key *key,
	struct mcr_receiver receiver, uint32_t *id, struct group_membership **membership)
{
	const int ret = group_entry_obtain(table, key, table->n_groups, id);

	if (ret != 0)
		return ret;
	*membership = group_membership_find(&table->entries[*id], receiver);
	if (*membership == NULL)
		*membership = insert_membership(table, *id, receiver);
	return *membership == NULL ? -ENOMEM : 0;
}

int
mcr_group_add(struct mcr_group_table *table, const struct mcr_group_key *key,
	struct mcr_receiver receiver, enum mcr_origin origin)
{
	struct group_membership *membership;
	uint32_t id;
	int ret;

	if (!is_valid_membership(table, key, receiver, origin))
		return -EINVAL;
	ret = obtain_membership(table, key, receiver, &id, &membership);
	if (ret != 0 || (membership->origins & origin) != 0)
		return ret;
	membership->origins |= origin;
	group_entry_touch(table, id);
	return 0;
}

int
mcr_group_block(struct mcr_group_table *table, const struct mcr_group_key *key,
	struct mcr_receiver receiver, enum mcr_origin origin)
{
	struct group_membership *membership;
	uint32_t id;
	int ret;

	if (!is_valid_membership(table, key, receiver, origin) || key->source == 0)
		return -EINVAL;
	ret = obtain_membership(table, key, receiver, &id, &membership);
	if (ret != 0 || (membership->blocked & origin) != 0)
		return ret;
	membership->blocked |= origin;
	group_entry_touch(table, id);
	return 0;
}

/* The membership of a member in exactly this key, and its entry. NULL: none. */
static struct group_membership *
find_membership(const struct mcr_group_table *table, const struct mcr_group_key *key,
	uint32_t member, uint32_t *id)
{
	*id = group_entry_find(table, key->group, key->source, key->length);
	if (*id == MCR_GROUP_NONE || member >= table->n_members)
		return NULL;
	return group_membership_find(&table->entries[*id], member_receiver(table, member));
}

static void
clear_membership(struct mcr_group_table *table, uint32_t id, struct group_membership *membership,
	unsigned int origins, unsigned int blocked)
{
	membership->origins &= ~origins;
	membership->blocked &= ~blocked;
	if ((membership->origins | membership->blocked) == 0)
		remove_membership(table, &table->entries[id], membership);
	group_entry_touch(table, id);
}

int
mcr_group_remove(struct mcr_group_table *table, const struct mcr_group_key *key, uint32_t member,
	enum mcr_origin origin)
{
	uint32_t id;
	struct group_membership *membership = find_membership(table, key, member, &id);

	if (membership == NULL || (membership->origins & origin) == 0)
		return -ENOENT;
	clear_membership(table, id, membership, origin, 0);
	return 0;
}

int
mcr_group_unblock(struct mcr_group_table *table, const struct mcr_group_key *key, uint32_t member,
	enum mcr_origin origin)
{
	uint32_t id;
	struct group_membership *membership = find_membership(table, key, member, &id);

	if (membership == NULL || (membership->blocked & origin) == 0)
		return -ENOENT;
	clear_membership(table, id, membership, 0, origin);
	return 0;
}

int
mcr_group_forget_member(struct mcr_group_table *table, uint32_t member)
{
	const struct group_member *of = &table->members[member];

	RTE_ASSERT(member < table->n_members);
	while (of->n_entries != 0) {
		const uint32_t id = of->entries[of->n_entries - 1];
		struct group_membership *membership =
			group_membership_find(&table->entries[id], member_receiver(table, member));

		clear_membership(table, id, membership, UINT8_MAX, UINT8_MAX);
		if (group_must_stop(table))
			return -EAGAIN;
	}
	return 0;
}
