/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* Interest of peers: none is kept yet. */

#include <errno.h>

#include <rte_common.h>

#include "internal.h"

int
group_peers_resolve(struct mcr_group_table *table, uint32_t id, struct mcr_group_list **peers)
{
	RTE_SET_USED(table);
	RTE_SET_USED(id);
	*peers = NULL;
	return 0;
}

bool
group_peer_wants(const struct mcr_group_table *table, uint32_t id, uint32_t member)
{
	RTE_SET_USED(table);
	RTE_SET_USED(id);
	RTE_SET_USED(member);
	return false;
}

int
group_interest_sweep(struct mcr_group_table *table)
{
	RTE_SET_USED(table);
	return 0;
}

int
group_interest_forget(struct mcr_group_table *table, uint32_t member)
{
	RTE_SET_USED(table);
	RTE_SET_USED(member);
	return 0;
}

void
group_interest_tell(struct mcr_group_table *table, uint32_t id)
{
	RTE_SET_USED(table);
	RTE_SET_USED(id);
}

int
mcr_group_interest_set(struct mcr_group_table *table, const struct mcr_group_key *key,
	struct mcr_receiver peer, bool wants)
{
	RTE_SET_USED(table);
	RTE_SET_USED(key);
	RTE_SET_USED(peer);
	RTE_SET_USED(wants);
	return -ENOSPC;
}

int
mcr_group_interest_unset(
	struct mcr_group_table *table, const struct mcr_group_key *key, uint32_t member)
{
	RTE_SET_USED(table);
	RTE_SET_USED(key);
	RTE_SET_USED(member);
	return -ENOENT;
}

void
mcr_group_interest_begin(struct mcr_group_table *table, uint32_t member)
{
	RTE_SET_USED(table);
	RTE_SET_USED(member);
}

int
mcr_group_interest_end(struct mcr_group_table *table, uint32_t member)
{
	RTE_SET_USED(table);
	RTE_SET_USED(member);
	return 0;
}

void
mcr_group_watch_interest(struct mcr_group_table *table,
	void (*changed)(void *arg, const struct mcr_group_key *key, enum mcr_interest interest),
	void *arg)
{
	RTE_SET_USED(table);
	RTE_SET_USED(changed);
	RTE_SET_USED(arg);
}

enum mcr_interest
mcr_group_interest_of(const struct mcr_group_table *table, uint32_t id)
{
	RTE_SET_USED(table);
	RTE_SET_USED(id);
	return MCR_INTEREST_NONE;
}
