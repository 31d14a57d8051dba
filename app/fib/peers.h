/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * The other hubs of the domain, mcdpdk-domain(8). Each peer is a member of a kind of its own: its
 * id leads to the header of its link, and what groups it wants is in the group table. Here is the
 * rest: its session, what was counted of its link, and the segments and hosts behind it.
 */

#ifndef MCR_FIB_PEERS_H
#define MCR_FIB_PEERS_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_lcore.h>

#include <mcr_config.h>
#include <mcr_link.h>
#include <mcr_member.h>
#include <mcr_reach.h>

#include "fib/fib.h"

/** Peers of a hub at most. */
#define MCR_PEERS_MAX 1023

/** The lane of hellos; the others are those of TX lcores, by queue. */
#define MCR_PEER_HELLO_LANE 0
#define MCR_PEER_LANES (RTE_MAX_LCORE + 1)

/** Keys that peers may name at least, beyond limits.groups; likewise segments, and hosts. */
#define MCR_PEERS_KEYS_MIN 131072u

/**
 * The first TX lcore owns the session, the control lcore the rest; RX lcores write to the lanes.
 * Published under RCU.
 */
struct mcr_peer {
	uint32_t member;                 /**< its id */
	uint16_t index;                  /**< in mcr_peers.at */
	struct mcr_link_session session; /**< the first TX lcore's */
	uint8_t state;                   /**< enum mcr_link_state; atomic */
	uint32_t downs;                  /**< how often it went down; atomic */
	uint64_t heard_us;               /**< its last valid hello; 0: none. Atomic */
	uint64_t epoch;                  /**< of its lanes: mcr_peer_epoch(); 0: unknown. Atomic */
	uint32_t hello_sequence;         /**< of the next hello to it; the first TX lcore's */
	struct mcr_lane lanes[MCR_PEER_LANES]; /**< by lane of the peer */
};

/** Settings that a reload changes are atomic. */
struct mcr_peers {
	uint32_t id;          /**< of this hub: the key of what it sends */
	enum mcr_encap encap; /**< of all links: MCR_ENCAP_LINK or MCR_ENCAP_LINK_UDP */
	uint64_t epoch;       /**< of this start */
	uint32_t hello_us;
	uint8_t hello_multiplier;
	uint32_t coalesce_us; /**< how long a packet may wait for others; 0: not at all */
	bool is_ending;       /**< the hub ends, and peers are to know; atomic */
	uint16_t count;       /**< the control lcore's */
	uint16_t end;         /**< no peer from this index on; atomic */
	struct mcr_peer *at[MCR_PEERS_MAX]; /**< NULL: none; atomic */
	struct mcr_reach *segments;         /**< the peers that have a VNI */
	struct mcr_reach *hosts;            /**< the peers that serve an overlay address */
	struct mcr_reach *own_hosts;        /**< the hub's own members with one */
};

/** Whether a configuration makes the hub one of a domain. */
static inline bool
mcr_peers_are_wanted(const struct mcr_config *config)
{
	return config->domain.name[0] != '\0';
}

/** Member ids: peers have some beyond those of limits.members. */
static inline uint32_t
mcr_peers_member_ids(const struct mcr_config *config)
{
	return config->limits.members + (mcr_peers_are_wanted(config) ? MCR_PEERS_MAX : 0);
}

/** Keys that all peers together may name. */
static inline uint32_t
mcr_peers_keys(const struct mcr_config *config)
{
	return mcr_peers_are_wanted(config) ? RTE_MAX(config->limits.groups, MCR_PEERS_KEYS_MIN)
	                                    : 0;
}

/** Members that are no peers. */
static inline uint32_t
mcr_peers_local_members(const struct mcr_fib *fib)
{
	return mcr_member_count(fib->members) - (fib->peers != NULL ? fib->peers->count : 0);
}

/** Reader: a peer by its index, or NULL. Valid until the caller's next quiescent state. */
static inline struct mcr_peer *
mcr_peers_get(const struct mcr_peers *peers, uint16_t index)
{
	return index < MCR_PEERS_MAX ? __atomic_load_n(&peers->at[index], __ATOMIC_ACQUIRE) : NULL;
}

/** Reader: the peer that a member is. */
static inline struct mcr_peer *
mcr_peers_of(const struct mcr_fib *fib, const struct mcr_member *member)
{
	return member->origin == MCR_MEMBER_PEER ? mcr_peers_get(fib->peers, member->peer) : NULL;
}

/** The lane of what a TX lcore sends to peers. */
static inline uint8_t
mcr_peer_lane(uint16_t tx_queue)
{
	RTE_ASSERT(tx_queue + 1 < MCR_PEER_LANES && tx_queue < UINT8_MAX);
	return tx_queue + 1;
}

/** In which the sender of a hello counts on: it may have restarted, or have made its peer anew. */
static inline uint64_t
mcr_peer_epoch(const struct mcr_link_hello *hello)
{
	const uint64_t epoch = hello->epoch ^ (uint64_t)hello->my_discriminator << 32;

	return epoch != 0 ? epoch : 1;
}

static inline enum mcr_link_state
mcr_peer_state(const struct mcr_peer *peer)
{
	return __atomic_load_n(&peer->state, __ATOMIC_RELAXED);
}

/** Reader: the peer with this member id if it is one and up, else NULL. */
static inline struct mcr_peer *
mcr_peers_get_up(const struct mcr_fib *fib, uint32_t id)
{
	const struct mcr_member *member = mcr_member_get(fib->members, id);
	struct mcr_peer *peer = member != NULL ? mcr_peers_of(fib, member) : NULL;

	return peer != NULL && mcr_peer_state(peer) == MCR_LINK_UP ? peer : NULL;
}

/** Reader: a peer that serves an overlay address and is up: its member id, or MCR_MEMBER_NONE. */
uint32_t
mcr_peers_find_host(const struct mcr_fib *fib, uint32_t address);

/** Reader: the hub's own member with an overlay address, or MCR_MEMBER_NONE. */
uint32_t
mcr_peers_find_own_host(const struct mcr_fib *fib, uint32_t address);

/** Reader: whether a peer has receivers in a segment. */
bool
mcr_peers_have_segment(const struct mcr_fib *fib, uint32_t vni, uint32_t member);

/** @return 0, or -ENOMEM. Without a domain nothing is made. */
int
mcr_peers_create(struct mcr_fib *fib, const struct mcr_config *config);

/** No lcore runs. */
void
mcr_peers_free(struct mcr_fib *fib);

/** Control lcore: the hub ends, and the first TX lcore tells its peers in its next turn. */
static inline void
mcr_peers_take_leave(struct mcr_fib *fib)
{
	if (fib->peers != NULL)
		__atomic_store_n(&fib->peers->is_ending, true, __ATOMIC_RELAXED);
}

/** Control lcore: take over the settings that a reload may change. */
void
mcr_peers_configure(struct mcr_fib *fib, const struct mcr_config *config);

/** Control lcore: a peer with a session that begins now, not published. Its member's id is for the
 * caller to set, who publishes or frees it. @param discriminator At random, not 0. @param now_us By
 * mcr_link_us(). @return NULL: no memory. */
struct mcr_peer *
mcr_peers_make(const struct mcr_fib *fib, uint32_t discriminator, uint64_t now_us);

/** Control lcore: publish a peer. @param index Free; also in its member's record. */
void
mcr_peers_add(struct mcr_fib *fib, uint16_t index, struct mcr_peer *peer);

/** Control lcore: a free index, or MCR_PEERS_MAX. */
uint16_t
mcr_peers_free_index(const struct mcr_peers *peers);

/** Control lcore: workers no longer find the peer; its memory goes after a grace period.
 * @return 0 or -ENOMEM: nothing changed. */
int
mcr_peers_remove(struct mcr_fib *fib, struct mcr_peer *peer);

#endif
