/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <rte_debug.h>
#include <rte_random.h>

#include "fib/peers.h"

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
		peers->epoch = rte_rand();
	while (peers->epoch == 0);
	peers->encap = config->domain.encap == MCR_ENCAP_GRE ? MCR_ENCAP_LINK : MCR_ENCAP_LINK_UDP;
	fib->peers = peers;
	mcr_peers_configure(fib, config);
	peers->segments = mcr_reach_create(mcr_peers_keys(config), fib->rcu);
	peers->hosts = mcr_reach_create(mcr_peers_keys(config), fib->rcu);
	peers->own_hosts = mcr_reach_create(config->limits.members, fib->rcu);
	return peers->segments == NULL || peers->hosts == NULL || peers->own_hosts == NULL ? -ENOMEM
	                                                                                   : 0;
}

void
mcr_peers_free(struct mcr_fib *fib)
{
	if (fib->peers == NULL)
		return;
	mcr_reach_free(fib->peers->segments);
	mcr_reach_free(fib->peers->hosts);
	mcr_reach_free(fib->peers->own_hosts);
	for (uint16_t i = 0; i < MCR_PEERS_MAX; i++)
		free(fib->peers->at[i]);
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

	while (index < MCR_PEERS_MAX && peers->at[index] != NULL)
		index++;
	return index;
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
	struct mcr_peer *peer = aligned_alloc(RTE_CACHE_LINE_SIZE, sizeof(*peer));

	RTE_ASSERT(discriminator != 0);
	if (peer == NULL)
		return NULL;
	memset(peer, 0, sizeof(*peer));
	peer->state = MCR_LINK_DOWN;
	mcr_session_begin(&peer->session, &self, now_us);
	return peer;
}

void
mcr_peers_add(struct mcr_fib *fib, uint16_t index, struct mcr_peer *peer)
{
	struct mcr_peers *peers = fib->peers;

	RTE_ASSERT(index < MCR_PEERS_MAX && peers->at[index] == NULL);
	peer->index = index;
	__atomic_store_n(&peers->at[index], peer, __ATOMIC_RELEASE);
	__atomic_store_n(&peers->end, RTE_MAX(peers->end, index + 1), __ATOMIC_RELEASE);
	peers->count++;
}

int
mcr_peers_remove(struct mcr_fib *fib, struct mcr_peer *peer)
{
	struct mcr_peers *peers = fib->peers;

	RTE_ASSERT(peers->at[peer->index] == peer && peers->count != 0);
	if (mcr_rcu_reserve(fib->rcu, 1) != 0)
		return -ENOMEM;
	__atomic_store_n(&peers->at[peer->index], NULL, __ATOMIC_RELEASE);
	peers->count--;
	mcr_rcu_retire_memory(fib->rcu, peer);
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
