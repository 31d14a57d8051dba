/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* Memberships of members and interest of peers: of each entry, and of each member its entries. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <rte_debug.h>

#include <mcr_hash.h>

#include "internal.h"

#define MEMBER_ROOM_MIN 4

/* The position of a receiver, present or not. */
static uint32_t
lower_bound(const struct group_memberships *memberships, struct mcr_receiver receiver)
{
	const uint64_t wanted = receiver_order(receiver);
	uint32_t from = 0, to = count_memberships(memberships);

	while (from < to) {
		const uint32_t middle = from + (to - from) / 2;

		if (receiver_order(memberships->at[middle].receiver) < wanted)
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}

struct group_membership *
group_membership_find(const struct group_memberships *memberships, struct mcr_receiver receiver)
{
	const uint32_t i = lower_bound(memberships, receiver);

	if (i == count_memberships(memberships) ||
		receiver_order(memberships->at[i].receiver) != receiver_order(receiver))
		return NULL;
	return (struct group_membership *)(uintptr_t)&memberships->at[i];
}

static struct group_memberships **
memberships_of(struct mcr_group_table *table, enum group_party party, uint32_t id)
{
	return party == GROUP_LOCAL ? &table->entries[id].joined : &table->interests[id];
}

/* The capacity is the next power of two. */
static int
grow_entry(struct group_memberships **of)
{
	const uint32_t n = count_memberships(*of);
	struct group_memberships *memberships;

	if ((n & (n - 1)) != 0)
		return 0;
	memberships = realloc(
		*of, sizeof(*memberships) + RTE_MAX(2 * n, 1U) * sizeof(struct group_membership));
	if (memberships == NULL)
		return -ENOMEM;
	memberships->n = n;
	*of = memberships;
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
insert_membership(struct mcr_group_table *table, enum group_party party, uint32_t id,
	struct mcr_receiver receiver)
{
	struct group_memberships **of = memberships_of(table, party, id);
	struct group_member *member = &table->members[party][receiver.member];
	const uint32_t i = lower_bound(*of, receiver);
	struct group_membership *membership;

	/* The entry last: a block without memberships would be content. */
	if (grow_member(member) != 0 || grow_entry(of) != 0)
		return NULL;
	membership = &(*of)->at[i];
	memmove(membership + 1, membership, ((*of)->n - i) * sizeof(*membership));
	(*of)->n++;
	*membership = (struct group_membership){
		.receiver = receiver,
		.position = member->n_entries,
	};
	member->address = receiver.address;
	member->entries[member->n_entries++] = id;
	return membership;
}

struct group_membership *
group_membership_obtain(struct mcr_group_table *table, enum group_party party, uint32_t id,
	struct mcr_receiver receiver)
{
	struct group_membership *membership =
		group_membership_find(*memberships_of(table, party, id), receiver);

	return membership != NULL ? membership : insert_membership(table, party, id, receiver);
}

static struct mcr_receiver
member_receiver(const struct mcr_group_table *table, enum group_party party, uint32_t member)
{
	return (struct mcr_receiver){table->members[party][member].address, member};
}

static struct group_membership *
find_of_member(struct mcr_group_table *table, enum group_party party, uint32_t id, uint32_t member)
{
	return group_membership_find(
		*memberships_of(table, party, id), member_receiver(table, party, member));
}

struct group_membership *
group_membership_find_key(struct mcr_group_table *table, enum group_party party,
	const struct mcr_group_key *key, uint32_t member, uint32_t *id)
{
	*id = group_entry_find_key(table, key);
	if (*id == MCR_GROUP_NONE || member >= table->n_members || table->members[party] == NULL)
		return NULL;
	return find_of_member(table, party, *id, member);
}

struct group_membership *
group_member_last(
	struct mcr_group_table *table, enum group_party party, uint32_t member, uint32_t *id)
{
	const struct group_member *of = &table->members[party][member];

	RTE_ASSERT(of->n_entries != 0);
	*id = of->entries[of->n_entries - 1];
	return find_of_member(table, party, *id, member);
}

/* The member's last entry fills the gap. */
static void
remove_from_member(struct mcr_group_table *table, enum group_party party,
	const struct group_membership *membership)
{
	const uint32_t number = membership->receiver.member;
	struct group_member *member = &table->members[party][number];
	const uint32_t last = member->entries[--member->n_entries];

	member->entries[membership->position] = last;
	find_of_member(table, party, last, number)->position = membership->position;
	if (member->n_entries == 0) {
		free(member->entries);
		member->entries = NULL;
		member->room = 0;
	}
}

void
group_membership_remove(struct mcr_group_table *table, enum group_party party, uint32_t id,
	struct group_membership *membership)
{
	struct group_memberships **of = memberships_of(table, party, id);
	const uint32_t behind = (*of)->at + (*of)->n - (membership + 1);

	RTE_ASSERT(membership >= (*of)->at && membership < (*of)->at + (*of)->n);
	remove_from_member(table, party, membership);
	memmove(membership, membership + 1, behind * sizeof(*membership));
	if (--(*of)->n == 0) {
		free(*of);
		*of = NULL;
	}
}

bool
group_member_may_have(
	const struct mcr_group_table *table, enum group_party party, struct mcr_receiver receiver)
{
	const struct group_member *member;

	if (receiver.member >= table->n_members)
		return false;
	member = &table->members[party][receiver.member];
	return member->n_entries == 0 || member->address == receiver.address;
}

uint32_t
group_memberships_hash(const struct group_memberships *memberships)
{
	uint32_t hash = 0;

	for (uint32_t i = 0; i < count_memberships(memberships); i++) {
		const struct group_membership *membership = &memberships->at[i];

		hash = mcr_hash((uint64_t)membership->receiver.member << 16 |
					membership->origins << 8 | membership->blocked,
			hash);
	}
	return hash;
}

bool
group_memberships_equal(
	const struct group_memberships *memberships, const struct group_memberships *other)
{
	if (count_memberships(memberships) != count_memberships(other))
		return false;
	for (uint32_t i = 0; i < count_memberships(memberships); i++) {
		const struct group_membership *x = &memberships->at[i], *y = &other->at[i];

		if (x->receiver.member != y->receiver.member || x->origins != y->origins ||
			x->blocked != y->blocked)
			return false;
	}
	return true;
}

uint32_t
mcr_group_memberships(const struct mcr_group_table *table, uint32_t member)
{
	uint32_t n = table->members[GROUP_LOCAL][member].n_entries;

	RTE_ASSERT(member < table->n_members);
	if (table->members[GROUP_PEERS] != NULL)
		n += table->members[GROUP_PEERS][member].n_entries;
	return n;
}
