/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <rte_debug.h>

#include "members.h"

struct mac_key {
	const struct mcr_members *members;
	const struct rte_ether_addr *mac;
};

static uint32_t
hash_mac(const struct rte_ether_addr *mac)
{
	uint64_t bytes = 0;

	memcpy(&bytes, mac, sizeof(*mac));
	return mcr_hash(bytes, 0);
}

static bool
is_holder_of(const void *arg, uint32_t id)
{
	const struct mac_key *key = arg;

	return rte_is_same_ether_addr(&key->members->holders[id].mac, key->mac);
}

static uint32_t
find_holder(const struct mcr_members *members, const struct rte_ether_addr *mac)
{
	const struct mac_key key = {members, mac};

	return mcr_index_find(members->by_mac, hash_mac(mac), is_holder_of, &key);
}

static void
publish_only(struct mac_holder *holder)
{
	const uint32_t only = holder->count == 1 ? holder->mix : MCR_MEMBER_NONE;

	__atomic_store_n(&holder->only, only, __ATOMIC_RELEASE);
}

static struct mac_holder *
add_holder(struct mcr_members *members, const struct rte_ether_addr *mac)
{
	const uint32_t id = members->unused_holder;
	struct mac_holder *holder = &members->holders[id];

	RTE_ASSERT(id != MCR_MEMBER_NONE);
	RTE_ASSERT(holder->count == 0);
	members->unused_holder = holder->unused;
	*holder = (struct mac_holder){.mac = *mac, .only = MCR_MEMBER_NONE};
	mcr_index_insert(members->by_mac, hash_mac(mac), id);
	return holder;
}

/* Only after the grace period: a reader may still compare the MAC of the record. */
static void
reuse_holder(void *arg, void *object)
{
	struct mcr_members *members = arg;
	struct mac_holder *holder = object;

	RTE_ASSERT(holder->count == 0);
	holder->unused = members->unused_holder;
	members->unused_holder = holder - members->holders;
}

void
members_hold_mac(struct mcr_members *members, const struct rte_ether_addr *mac, uint32_t holder_id)
{
	const uint32_t id = find_holder(members, mac);
	struct mac_holder *holder;

	if (id == MCR_INDEX_NONE && members->unused_holder == MCR_MEMBER_NONE)
		return;
	holder = id == MCR_INDEX_NONE ? add_holder(members, mac) : &members->holders[id];
	holder->count++;
	holder->mix ^= holder_id;
	publish_only(holder);
}

void
members_drop_mac(struct mcr_members *members, const struct rte_ether_addr *mac, uint32_t holder_id)
{
	const uint32_t id = find_holder(members, mac);
	struct mac_holder *holder;

	if (id == MCR_INDEX_NONE)
		return;
	holder = &members->holders[id];
	RTE_ASSERT(holder->count != 0);
	holder->count--;
	holder->mix ^= holder_id;
	publish_only(holder);
	if (holder->count != 0)
		return;
	mcr_index_remove(members->by_mac, hash_mac(mac), id);
	mcr_rcu_retire(members->rcu, reuse_holder, members, holder);
}

void
mcr_member_mark_gateway(struct mcr_members *members, const struct rte_ether_addr *mac, bool held)
{
	if (held)
		members_hold_mac(members, mac, MCR_MEMBER_NONE);
	else
		members_drop_mac(members, mac, MCR_MEMBER_NONE);
}

uint32_t
mcr_member_find_mac(const struct mcr_members *members, const struct rte_ether_addr *mac)
{
	const uint32_t id = find_holder(members, mac);

	if (id == MCR_INDEX_NONE)
		return MCR_MEMBER_NONE;
	return __atomic_load_n(&members->holders[id].only, __ATOMIC_ACQUIRE);
}
