/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <rte_debug.h>
#include <rte_random.h>

#include "fib/peers.h"

/* JSON has numbers of 53 bits, and the agent reads and writes the epoch in JSON. */
#define EPOCH_BITS 53

int
mcr_peers_create(struct mcr_fib *fib, const struct mcr_config *config)
{
	struct mcr_peers *peers;

	if (!mcr_peers_are_wanted(config))
		return 0;
	peers = calloc(1, sizeof(*peers));
	if (peers == NULL)
		return -ENOMEM;
	peers->id = mcr_link_hub_id(config->domain.name, config->domain.hub);
	do
		peers->epoch = rte_rand() >> (64 - EPOCH_BITS);
	while (peers->epoch == 0);
	peers->encap = config->domain.encap == MCR_ENCAP_GRE ? MCR_ENCAP_LINK : MCR_ENCAP_LINK_UDP;
	fib->peers = peers;
	mcr_peers_configure(fib, config);
	peers->ids = calloc(1, sizeof(*peers->ids));
	if (peers->ids == NULL)
		return -ENOMEM;
	peers->ids->generation = 1;
	peers->segments = mcr_reach_create(mcr_peers_keys(config), false, fib->rcu);
	peers->hosts = mcr_reach_create(mcr_peers_keys(config), true, fib->rcu);
	/* Of each family. */
	peers->own_hosts = mcr_reach_create(2 * config->limits.members, true, fib->rcu);
	return peers->segments == NULL || peers->hosts == NULL || peers->own_hosts == NULL ? -ENOMEM
	                                                                                   : 0;
}

void
mcr_peers_free(struct mcr_fib *fib)
{
	if (fib->peers == NULL)
		return;
	mcr_rcu_drain(fib->rcu);
	mcr_reach_free(fib->peers->segments);
	mcr_reach_free(fib->peers->hosts);
	mcr_reach_free(fib->peers->own_hosts);
	for (uint16_t i = 0; i < MCR_PEERS_MAX; i++)
		free(fib->peers->at[i]);
	free(fib->peers->ids);
	free(fib->peers->spare);
	free(fib->peers);
	fib->peers = NULL;
}

void
mcr_peers_configure(struct mcr_fib *fib, const struct mcr_config *config)
{
	struct mcr_peers *peers = fib->peers;

	if (peers == NULL)
		return;
	RTE_ASSERT(mcr_peers_are_wanted(config));
	__atomic_store_n(&peers->hello_us, config->domain.hello_ms * 1000u, __ATOMIC_RELAXED);
	__atomic_store_n(&peers->coalesce_us, config->domain.coalesce_us, __ATOMIC_RELAXED);
	__atomic_store_n(
		&peers->hello_multiplier, config->domain.hello_multiplier, __ATOMIC_RELAXED);
}

uint16_t
mcr_peers_free_index(const struct mcr_peers *peers)
{
	uint16_t index = 0;

	while (index < MCR_PEERS_MAX && peers->is_taken[index])
		index++;
	return index;
}

/* Memory for the next ids, so that to publish them cannot fail. */
static bool
reserve_ids(struct mcr_peers *peers)
{
	if (peers->spare == NULL)
		peers->spare = malloc(sizeof(*peers->spare));
	return peers->spare != NULL;
}

static void
publish_spare(struct mcr_fib *fib)
{
	struct mcr_peers *peers = fib->peers;
	struct mcr_peer_ids *before = peers->ids;

	peers->spare->generation = RTE_MAX(before->generation + 1, 1U);
	__atomic_store_n(&peers->ids, peers->spare, __ATOMIC_RELEASE);
	peers->spare = NULL;
	mcr_rcu_retire_memory(fib->rcu, before);
}

static struct mcr_link_self
describe_self(const struct mcr_peers *peers, uint32_t discriminator)
{
	return (struct mcr_link_self){
		.discriminator = discriminator,
		.interval = peers->hello_us,
		.multiplier = peers->hello_multiplier,
		.epoch = peers->epoch,
	};
}

struct mcr_peer *
mcr_peers_make(const struct mcr_fib *fib, uint32_t discriminator, uint64_t now_us)
{
	const struct mcr_link_self self = describe_self(fib->peers, discriminator);
	struct mcr_peer *peer;

	RTE_ASSERT(discriminator != 0);
	if (!reserve_ids(fib->peers))
		return NULL;
	peer = aligned_alloc(RTE_CACHE_LINE_SIZE, sizeof(*peer));
	if (peer == NULL)
		return NULL;
	memset(peer, 0, sizeof(*peer));
	peer->state = MCR_LINK_DOWN;
	mcr_session_begin(&peer->session, &self, now_us);
	return peer;
}

bool
mcr_peers_has_id(const struct mcr_peers *peers, uint32_t id)
{
	return mcr_peer_ids_find(peers->ids, id) != MCR_PEERS_MAX;
}

void
mcr_peers_add(struct mcr_fib *fib, uint16_t index, struct mcr_peer *peer)
{
	struct mcr_peers *peers = fib->peers;

	RTE_ASSERT(index < MCR_PEERS_MAX && !peers->is_taken[index]);
	peer->index = index;
	peer->hub = mcr_member_get(fib->members, peer->member)->identity.key;
	peers->is_taken[index] = true;
	__atomic_store_n(&peers->at[index], peer, __ATOMIC_RELEASE);
	__atomic_store_n(&peers->end, RTE_MAX(peers->end, index + 1), __ATOMIC_RELEASE);
	peers->count++;
	mcr_peer_ids_add(peers->spare, peers->ids, peer->hub, index);
	publish_spare(fib);
}

/* After a grace period no lcore takes the index for this peer's, so another may have it. */
static void
release_peer(void *arg, void *object)
{
	const struct mcr_peer *peer = object;
	struct mcr_peers *peers = arg;

	for (uint16_t i = 0; i < MCR_PEERS_MAX; i++) {
		if (peers->at[i] != NULL)
			mcr_peer_list_take_out(&peers->at[i]->list, peer->index);
	}
	peers->is_taken[peer->index] = false;
	free(object);
}

int
mcr_peers_remove(struct mcr_fib *fib, struct mcr_peer *peer)
{
	struct mcr_peers *peers = fib->peers;

	RTE_ASSERT(peers->at[peer->index] == peer && peers->count != 0);
	if (!reserve_ids(peers) || mcr_rcu_reserve(fib->rcu, 2) != 0)
		return -ENOMEM;
	__atomic_store_n(&peers->at[peer->index], NULL, __ATOMIC_RELEASE);
	peers->count--;
	mcr_peer_ids_remove(peers->spare, peers->ids, peer->index);
	publish_spare(fib);
	mcr_peers_change_views(peers);
	mcr_rcu_retire(fib->rcu, release_peer, peers, peer);
	return 0;
}

uint32_t
mcr_peers_find_host(const struct mcr_fib *fib, uint32_t address)
{
	const struct mcr_receivers *claims = mcr_reach_find(fib->peers->hosts, address);

	for (uint32_t i = 0; claims != NULL && i < claims->count; i++) {
		if (mcr_peers_get_up(fib, claims->at[i].member) != NULL)
			return claims->at[i].member;
	}
	return MCR_MEMBER_NONE;
}

uint32_t
mcr_peers_find_own_host(const struct mcr_fib *fib, uint32_t address)
{
	const struct mcr_receivers *claims = mcr_reach_find(fib->peers->own_hosts, address);

	return claims != NULL ? claims->at[0].member : MCR_MEMBER_NONE;
}

bool
mcr_peers_have_segment(const struct mcr_fib *fib, uint32_t vni, uint32_t member)
{
	const struct mcr_receivers *claims = mcr_reach_find(fib->peers->segments, vni);

	for (uint32_t i = 0; claims != NULL && i < claims->count; i++) {
		if (claims->at[i].member == member)
			return true;
	}
	return false;
}
