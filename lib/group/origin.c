/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <errno.h>

#include <rte_debug.h>

#include "internal.h"

#define DYNAMIC_ORIGINS (MCR_ORIGIN_RUNTIME | MCR_ORIGIN_IGMP | MCR_ORIGIN_AMT)

unsigned int
group_membership_for_source(const struct group_membership *star, const struct group_entry *entry)
{
	const struct group_membership *own = group_membership_find(entry->joined, star->receiver);

	return own == NULL ? star->origins : star->origins & ~own->blocked;
}

static bool
is_valid_membership(const struct mcr_group_table *table, const struct mcr_group_key *key,
	struct mcr_receiver receiver, enum mcr_origin origin)
{
	return group_key_is_host(key) && (origin & DYNAMIC_ORIGINS) == origin &&
	       group_member_may_have(table, GROUP_LOCAL, receiver);
}

static int
obtain_membership(struct mcr_group_table *table, const struct mcr_group_key *key,
	struct mcr_receiver receiver, uint32_t *id, struct group_membership **membership)
{
	const int ret = group_entry_obtain(table, key, GROUP_LOCAL, table->n_groups, id);

	if (ret != 0)
		return ret;
	*membership = group_membership_obtain(table, GROUP_LOCAL, *id, receiver);
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
	group_entry_touch(table, id, GROUP_LOCAL);
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
	group_entry_touch(table, id, GROUP_LOCAL);
	return 0;
}

static void
clear_membership(struct mcr_group_table *table, uint32_t id, struct group_membership *membership,
	unsigned int origins, unsigned int blocked)
{
	membership->origins &= ~origins;
	membership->blocked &= ~blocked;
	if ((membership->origins | membership->blocked) == 0)
		group_membership_remove(table, GROUP_LOCAL, id, membership);
	group_entry_touch(table, id, GROUP_LOCAL);
}

int
mcr_group_remove(struct mcr_group_table *table, const struct mcr_group_key *key, uint32_t member,
	enum mcr_origin origin)
{
	uint32_t id;
	struct group_membership *membership =
		group_membership_find_key(table, GROUP_LOCAL, key, member, &id);

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
	struct group_membership *membership =
		group_membership_find_key(table, GROUP_LOCAL, key, member, &id);

	if (membership == NULL || (membership->blocked & origin) == 0)
		return -ENOENT;
	clear_membership(table, id, membership, 0, origin);
	return 0;
}

int
mcr_group_forget_member(struct mcr_group_table *table, uint32_t member)
{
	RTE_ASSERT(member < table->n_members);
	while (table->members[GROUP_LOCAL][member].n_entries != 0) {
		uint32_t id;
		struct group_membership *membership =
			group_member_last(table, GROUP_LOCAL, member, &id);

		clear_membership(table, id, membership, UINT8_MAX, UINT8_MAX);
		if (group_must_stop(table))
			return -EAGAIN;
	}
	return group_interest_forget(table, member);
}
