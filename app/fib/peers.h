/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * The other hubs of the domain, mcdpdk-domain(8). Each peer is a member of a kind of its own: its
 * id leads to the header of its link, and what groups it wants is in the group table. Here is the
 * rest: its session, what was counted of its link, to which other peers it carries, and the
 * segments and hosts behind it.
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
#include "fib/peer_list.h"

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
	uint32_t hub;                    /**< its mcr_link_hub_id() */
	uint16_t index;                  /**< in mcr_peers.at */
	struct mcr_link_session session; /**< the first TX lcore's */
	uint8_t state;                   /**< enum mcr_link_state; atomic */
	/** This hub sends packets to it: the link has been up for so long that all others know by
	 * this hub's list. Atomic. */
	bool carries;
	/** This hub takes packets from it: the link has been up for so long that none is of an
	 * earlier session, and its whole list is known. Atomic. */
	bool accepts;
	/** It serves shared members: its present start is in the serving set of a placement in
	 * force, whether it is alive or not. Written by the control lcore; atomic. */
	bool serves;
	uint64_t served_epoch; /**< likewise: the start that serves; 0: any */
	/** How often its link went down while it served. After each, the hubs that took over its
	 * members get what it wants, until it is known what they want. Atomic. */
	uint32_t deaths;
	uint32_t deaths_settled;   /**< of which that is known; the control lcore's, atomic */
	uint16_t page;             /**< of the list in the next hello to it; the first TX lcore's */
	uint32_t downs;            /**< how often it went down; atomic */
	uint64_t heard_us;         /**< its last valid hello; 0: none. Atomic */
	uint64_t epoch;            /**< of its lanes: mcr_peer_epoch(); 0: unknown. Atomic */
	uint64_t hub_epoch;        /**< of its last start, as it says; 0: unknown. Atomic */
	uint32_t hello_sequence;   /**< of the next hello to it; the first TX lcore's */
	struct mcr_peer_list list; /**< to which peers it carries; the RX lcores' */
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
	uint32_t views;       /**< mcr_peers_views(); atomic */
	uint32_t servings;    /**< raised when mcr_peer_serves() of a peer has changed; atomic */
	uint16_t count;       /**< the control lcore's */
	uint16_t end;         /**< no peer from this index on; atomic */
	struct mcr_peer *at[MCR_PEERS_MAX]; /**< NULL: none; atomic */
	bool is_taken[MCR_PEERS_MAX]; /**< until no lcore knows the peer; the control lcore's */
	struct mcr_peer_ids *ids;     /**< published under RCU */
	struct mcr_peer_ids *spare;   /**< to be the next ids; the control lcore's */
	struct mcr_reach *segments;   /**< the peers that have a VNI */
	struct mcr_reach *hosts;      /**< the peers that serve an overlay address */
	struct mcr_reach *own_hosts;  /**< the hub's own members with one */
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

/** Whether this hub sends packets to the peer. */
static inline bool
mcr_peer_carries(const struct mcr_peer *peer)
{
	return __atomic_load_n(&peer->carries, __ATOMIC_RELAXED);
}

/** Whether this hub takes packets from the peer. */
static inline bool
mcr_peer_accepts(const struct mcr_peer *peer)
{
	return __atomic_load_n(&peer->accepts, __ATOMIC_RELAXED);
}

/** Whether it serves shared members. One that restarted does not, even before the control lcore has
 * seen it: no list of this hub may have it. */
static inline bool
mcr_peer_serves(const struct mcr_peer *peer)
{
	const uint64_t epoch = __atomic_load_n(&peer->served_epoch, __ATOMIC_RELAXED);

	return __atomic_load_n(&peer->serves, __ATOMIC_ACQUIRE) &&
	       (epoch == 0 || epoch == __atomic_load_n(&peer->hub_epoch, __ATOMIC_RELAXED));
}

/** Control lcore: whether it does. Aliveness is no matter of this.
 * @param epoch Its start that is meant; 0: any. */
static inline void
mcr_peer_set_serves(struct mcr_peer *peer, bool serves, uint64_t epoch)
{
	__atomic_store_n(&peer->served_epoch, epoch, __ATOMIC_RELAXED);
	__atomic_store_n(&peer->serves, serves, __ATOMIC_RELEASE);
}

/** Whether other hubs get what this peer wants. */
static inline bool
mcr_peer_awaits_heirs(const struct mcr_peer *peer)
{
	return __atomic_load_n(&peer->deaths, __ATOMIC_RELAXED) !=
	       __atomic_load_n(&peer->deaths_settled, __ATOMIC_RELAXED);
}

/** First TX lcore: its link went down while it served. */
static inline void
mcr_peer_note_death(struct mcr_peer *peer)
{
	__atomic_fetch_add(&peer->deaths, 1, __ATOMIC_RELAXED);
}

/** Control lcore: what the heirs of so many deaths want is known. */
static inline void
mcr_peer_settle_deaths(struct mcr_peer *peer, uint32_t deaths)
{
	__atomic_store_n(&peer->deaths_settled, deaths, __ATOMIC_RELAXED);
}

/**
 * Whether a peer carries packets to another one, or is about to, by its last word (its indexes).
 * False when the link to it is down, or when the other is no peer.
 */
static inline bool
mcr_peers_carries_to(const struct mcr_peers *peers, uint16_t index, uint16_t other)
{
	const struct mcr_peer *peer = mcr_peers_get(peers, index);

	return peer != NULL && mcr_peers_get(peers, other) != NULL &&
	       mcr_peer_state(peer) == MCR_LINK_UP &&
	       mcr_peer_list_is_of(&peer->list, __atomic_load_n(&peer->epoch, __ATOMIC_RELAXED),
		       __atomic_load_n(&peer->downs, __ATOMIC_RELAXED)) &&
	       mcr_peer_list_has(&peer->list, other);
}

/** Changes when any link went up or down, or any word of mcr_peers_carries_to() changed. Read it
 * before them. */
static inline uint32_t
mcr_peers_views(const struct mcr_peers *peers)
{
	return __atomic_load_n(&peers->views, __ATOMIC_ACQUIRE);
}

static inline void
mcr_peers_change_views(struct mcr_peers *peers)
{
	__atomic_fetch_add(&peers->views, 1, __ATOMIC_RELEASE);
}

/** Reader: the peer with this member id, or NULL. */
static inline struct mcr_peer *
mcr_peers_find(const struct mcr_fib *fib, uint32_t id)
{
	const struct mcr_member *member = mcr_member_get(fib->members, id);

	return member != NULL ? mcr_peers_of(fib, member) : NULL;
}

/** Reader: likewise, if this hub carries packets to it. */
static inline struct mcr_peer *
mcr_peers_get_up(const struct mcr_fib *fib, uint32_t id)
{
	struct mcr_peer *peer = mcr_peers_find(fib, id);

	return peer != NULL && mcr_peer_carries(peer) ? peer : NULL;
}

/** Reader: a peer that serves an overlay address and gets packets: its member id, or
 * MCR_MEMBER_NONE. */
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

/** Control lcore: whether some peer has this hub id. */
bool
mcr_peers_has_id(const struct mcr_peers *peers, uint32_t id);

/** Control lcore: publish a peer. @param index Free; also in its member's record. */
void
mcr_peers_add(struct mcr_fib *fib, uint16_t index, struct mcr_peer *peer);

/** Control lcore: a free index, or MCR_PEERS_MAX. One is free again after a grace period. */
uint16_t
mcr_peers_free_index(const struct mcr_peers *peers);

/** Control lcore: workers no longer find the peer; its memory goes after a grace period.
 * @return 0 or -ENOMEM: nothing changed. */
int
mcr_peers_remove(struct mcr_fib *fib, struct mcr_peer *peer);

#endif
