/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * The group table maps (S,G), (*,G) and group prefixes to the receivers of a packet.
 *
 * The one writer, the control lcore, resolves what each origin says about an entry into one
 * immutable list, published by mcr_group_commit(). Readers, the lcores that forward, take the first
 * entry that matches and merge nothing; the writer may be a reader too.
 *
 * Several hubs may be one router: then a hub's table knows for which keys its peers, the other
 * hubs, have receivers. A peer is a receiver of a kind of its own: each entry has a second list, of
 * peers, and nothing that a peer wants changes what members receive or may send.
 *
 * Readers are online in the table's mcr_rcu; their pointers are valid until the next
 * mcr_rcu_quiescent(). Reader functions take no lock, allocate nothing and do not log.
 *
 * Addresses are those of mcr_address.h: of IPv6 they are numbers. The table holds a reference to
 * what its keys and senders name, for as long as readers may find them.
 */

#ifndef MCR_GROUP_H
#define MCR_GROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mcr_address.h"
#include "mcr_rcu.h"

/** No entry; of a sender: no member. */
#define MCR_GROUP_NONE UINT32_MAX

/** Most flows in one mcr_group_find_burst(). */
#define MCR_GROUP_BURST_MAX 64

/** Limited broadcast: an entry like a group, set with this address. Not listed. */
#define MCR_GROUP_BROADCAST UINT32_C(0xffffffff)

/** Most important priority of an entry, and that of one that says none. */
#define MCR_GROUP_PRIORITY_MAX 7
#define MCR_GROUP_PRIORITY_DEFAULT 3

/** The prefix 0.0.0.0/0: for groups of both families without an entry, not broadcasts. Not listed.
 */
#define MCR_GROUP_FALLBACK UINT32_C(0)

struct mcr_group_key {
	uint32_t group;  /**< address, or prefix with its host bits zero */
	uint32_t source; /**< of the same family; 0: any */
	/** Of the prefix; mcr_address_bits() for a group, the only one that may have a source. */
	uint8_t length;
};

struct mcr_receiver {
	uint32_t address; /**< underlay address of the member */
	uint32_t member;  /**< its id */
};

/** Immutable; each member once, by address, then id: members of one instance are adjacent. */
struct mcr_receivers {
	uint32_t count;
	struct mcr_receiver at[];
};

/** The order of struct mcr_receivers, for qsort() and bsearch(). */
int
mcr_receiver_compare(const void *a, const void *b);

/** A permitted sender: a member, or a prefix of underlay addresses. */
struct mcr_sender {
	uint32_t member;  /**< MCR_GROUP_NONE: the prefix counts */
	uint32_t address; /**< prefix with its host bits zero */
	uint8_t length;
};

/** What an entry says beside its receivers, for all flows that it decides about. */
struct mcr_group_terms {
	const struct mcr_sender *senders; /**< who may send */
	uint32_t n_senders;               /**< 0: all */
	uint32_t limit;                   /**< the caller's number of a rate limit; 0: none */
	uint8_t priority;                 /**< up to MCR_GROUP_PRIORITY_MAX */
};

/** An entry that may wait in a ring, where a pointer must not; see mcr_group_receivers(). */
struct mcr_group_ref {
	uint32_t id;         /**< below mcr_group_ids() */
	uint32_t generation; /**< of the id: changes when an entry leaves it; for counters */
	uint32_t version;    /**< mcr_group_version() when it was found */
};

/**
 * Source and destination of an inner packet. Of an IPv6 packet they are what mcr_address_find() and
 * mcr_address_match() say: a source without a number is 0, a group without one is the longest
 * prefix that has one, or 0. See mcr_group_version().
 */
struct mcr_flow {
	uint32_t source;
	uint32_t group;
};

/** Who added a receiver; one bit each. */
enum mcr_origin {
	MCR_ORIGIN_STATIC = 1 << 0,
	MCR_ORIGIN_RUNTIME = 1 << 1,
	MCR_ORIGIN_IGMP = 1 << 2,
	MCR_ORIGIN_AMT = 1 << 3,
	MCR_ORIGIN_PEER = 1 << 4, /**< of queries only */
};

/** What this hub's own members want of the packets that match a key. */
enum mcr_interest {
	MCR_INTEREST_NONE,  /**< no entry, or one that only peers made */
	MCR_INTEREST_EMPTY, /**< an entry without receivers */
	MCR_INTEREST_WANTS,
};

struct mcr_group_table;
struct mcr_group_list;

/**
 * @param groups Entries it holds, 1 to 4194304; broadcast and fallback come on top.
 * @param members Member ids are below this, those of peers too.
 * @param peer_keys Keys that peers may name, up to 4194304, each counted once; broadcast and
 *   fallback come on top. They take nothing from groups. 0: there are no peers.
 * @param rcu Its readers are the table's. Must outlive the table.
 * @return NULL with rte_errno ENOMEM or EINVAL.
 */
struct mcr_group_table *
mcr_group_create(uint32_t groups, uint32_t members, uint32_t peer_keys, struct mcr_rcu *rcu);

/** All readers must be offline: retired memory is released here. NULL is allowed. */
void
mcr_group_free(struct mcr_group_table *table);

/* Readers. */

/**
 * Find the entry for a packet: (S,G), then (*,G), then the longest prefix, then the fallback.
 * @return Whether there is one; otherwise ref->id is MCR_GROUP_NONE.
 */
bool
mcr_group_find(
	const struct mcr_group_table *table, struct mcr_flow flow, struct mcr_group_ref *ref);

/** As mcr_group_find() for n <= MCR_GROUP_BURST_MAX flows. @return Bit i: flow i has an entry. */
uint64_t
mcr_group_find_burst(const struct mcr_group_table *table, const struct mcr_flow *flows, uint32_t n,
	struct mcr_group_ref *refs);

/**
 * The numbers of an IPv6 flow that were looked up before an entry was made may be those of what is
 * less specific, and what that says may have changed with the new entry. So read the version before
 * the numbers: if it is another after the search, look both up again, see mcr_group_find_ipv6().
 * IPv4 needs none of this.
 */
uint32_t
mcr_group_version(const struct mcr_group_table *table);

/**
 * As mcr_group_find(), for the addresses of a packet.
 * @param source 16 bytes of any alignment.
 * @param group Likewise.
 * @param flow Gets the numbers of both.
 */
bool
mcr_group_find_ipv6(const struct mcr_group_table *table, const uint8_t *source,
	const uint8_t *group, struct mcr_flow *flow, struct mcr_group_ref *ref);

/**
 * The current receivers of an entry.
 * @return NULL: the entry is gone, or a new one may decide about the flow; find the flow again.
 */
const struct mcr_receivers *
mcr_group_receivers(const struct mcr_group_table *table, struct mcr_group_ref ref);

/**
 * The current peers that want the packets of an entry. Ask first, then mcr_group_receivers(): if
 * that is not NULL, the entry decided when it was asked for its peers.
 * @return NULL: none, or as mcr_group_receivers().
 */
const struct mcr_receivers *
mcr_group_peers(const struct mcr_group_table *table, struct mcr_group_ref ref);

/** Prefetch what mcr_group_receivers() reads; useful some 100 cycles ahead. */
void
mcr_group_prefetch(const struct mcr_group_table *table, struct mcr_group_ref ref);

/**
 * Whether a member at an underlay address may send to an entry. The static entry that decides lists
 * the senders; without a list all may send. @return False also where mcr_group_receivers() is NULL.
 */
bool
mcr_group_may_send(const struct mcr_group_table *table, struct mcr_group_ref ref, uint32_t member,
	uint32_t address);

/** Whether one who may send to an entry may do so without a limit. @return As above; false also if
 * the entry has a limit. */
bool
mcr_group_may_send_freely(const struct mcr_group_table *table, struct mcr_group_ref ref,
	uint32_t member, uint32_t address);

/** The limit of the static entry that decides. @return 0: none, or mcr_group_receivers() is NULL.
 */
uint32_t
mcr_group_limit(const struct mcr_group_table *table, struct mcr_group_ref ref);

/**
 * The priority that an entry has, whether or not a new one decides about the flow; the default if
 * no static entry gives it one, or it is gone.
 */
uint8_t
mcr_group_priority(const struct mcr_group_table *table, struct mcr_group_ref ref);

/**
 * Upper bound of ids; constant, a little over twice the groups and the keys of peers. Ids in use
 * are dense: counters can be an array, with the generation beside them to detect reuse.
 */
uint32_t
mcr_group_ids(const struct mcr_group_table *table);

/* Writer: two kinds of work. */

/**
 * A configuration may change all entries. So that joins need not wait for it, each kind of work has
 * a set of its own of entries that it has changed and not yet published.
 */
enum mcr_group_work {
	MCR_GROUP_URGENT, /**< joins and leaves */
	MCR_GROUP_BULK,   /**< configurations, and members that go */
};

/** What the writer does from now on; at first URGENT. */
void
mcr_group_work_on(struct mcr_group_table *table, enum mcr_group_work work);

/**
 * Bound the time that one call takes. must_stop() is called between two entries. In BULK work it
 * returns false, and may do URGENT work before. In URGENT work it may return true: then
 * mcr_group_commit() returns -EAGAIN.
 * @param must_stop NULL: no bound.
 */
void
mcr_group_pace(struct mcr_group_table *table, bool (*must_stop)(void *arg), void *arg);

/* Writer: static entries. */

/** Start a new set of static entries: set each, then end or cancel. Cancels a set in progress. */
void
mcr_group_static_begin(struct mcr_group_table *table);

/**
 * A list for mcr_group_static_set(). Equal lists are one object, so that memory and the time of a
 * reload depend on how many different lists there are.
 * @param receivers In any order; duplicates are allowed. Copied.
 * @param terms Copied.
 * @return With a reference for the caller, who gives it back to mcr_group_list_drop(); NULL without
 *   memory.
 */
struct mcr_group_list *
mcr_group_list_get(struct mcr_group_table *table, const struct mcr_receiver *receivers,
	uint32_t n_receivers, const struct mcr_group_terms *terms);

/** Another reference. @return The list. */
struct mcr_group_list *
mcr_group_list_hold(struct mcr_group_list *list);

/** Give a reference back. NULL is allowed. */
void
mcr_group_list_drop(struct mcr_group_table *table, struct mcr_group_list *list);

/**
 * Set a static entry. Nothing changes before mcr_group_static_end(). Only static entries count
 * against the limit here; together with learned ones there may be more.
 * @param list Takes a reference of its own. NULL: as a list without memory.
 * @return 0, or -EINVAL (not a valid key), -EEXIST (set twice), -ENOSPC (the table is full, or too
 *   many ids wait for a grace period) or -ENOMEM. After an error mcr_group_static_cancel() restores
 *   the state before begin.
 */
int
mcr_group_static_set(struct mcr_group_table *table, const struct mcr_group_key *key,
	struct mcr_group_list *list);

/** Replace the static entries by those set since begin; the next commit publishes them. */
void
mcr_group_static_end(struct mcr_group_table *table);

/** Discard what was set since begin. */
void
mcr_group_static_cancel(struct mcr_group_table *table);

/* Writer: members that come and go. */

/**
 * Add a receiver to (S,G) or (*,G) for an origin. Adding again changes nothing.
 * @param receiver A member keeps its address while it has any membership here.
 * @param origin Not MCR_ORIGIN_STATIC.
 * @return 0, or -EINVAL, -ENOSPC (the table is full) or -ENOMEM.
 */
int
mcr_group_add(struct mcr_group_table *table, const struct mcr_group_key *key,
	struct mcr_receiver receiver, enum mcr_origin origin);

/** Undo mcr_group_add() for one origin; other origins stay. @return 0, or -ENOENT. */
int
mcr_group_remove(struct mcr_group_table *table, const struct mcr_group_key *key, uint32_t member,
	enum mcr_origin origin);

/**
 * EXCLUDE{S} (RFC 9776 section 4.2.12): this origin's membership of (*,G) does not apply to (S,G).
 * Static receivers and other origins stay. As mcr_group_add(), but the key has a source.
 */
int
mcr_group_block(struct mcr_group_table *table, const struct mcr_group_key *key,
	struct mcr_receiver receiver, enum mcr_origin origin);

/** Undo mcr_group_block(). @return 0, or -ENOENT. */
int
mcr_group_unblock(struct mcr_group_table *table, const struct mcr_group_key *key, uint32_t member,
	enum mcr_origin origin);

/** Remove all memberships of a member except its static ones, and of a peer all its interest.
 * @return 0, or -EAGAIN: call again, see mcr_group_pace(). */
int
mcr_group_forget_member(struct mcr_group_table *table, uint32_t member);

/**
 * Suspend a member, or resume it. From the next commit of this kind of work on a suspended member
 * is in no list of receivers, whoever added it, and all is as if nobody had named it: what decides
 * about a packet, interest and origins. What it joined and what the configuration says of it stays,
 * may change meanwhile, and counts again later; so entries and memberships do not go. It lasts
 * until it is undone, even if the id gets another member.
 *
 * The commit looks at each entry, so suspend many members before one. It is quick for entries that
 * share lists.
 */
void
mcr_group_suspend(struct mcr_group_table *table, uint32_t member, bool suspended);

/* Writer: interest of peers. */

/**
 * Of each peer the most specific of its own keys that covers a packet decides; the fallback covers
 * all groups. Prefixes suit BULK work: a change of one concerns all entries below it.
 * @param key Any valid key: (S,G), (*,G), prefix, broadcast or fallback.
 * @param peer Keeps its address while it has any interest here.
 * @param wants Whether the peer has receivers for the key. False: it has an entry without any, so
 *   that what matches it is not for the peer, though a less specific key of it may want more.
 * @return 0, or -EINVAL, -ENOSPC (too many keys of peers) or -ENOMEM.
 */
int
mcr_group_interest_set(struct mcr_group_table *table, const struct mcr_group_key *key,
	struct mcr_receiver peer, bool wants);

/** The peer has no such key. @return 0, or -ENOENT. */
int
mcr_group_interest_unset(
	struct mcr_group_table *table, const struct mcr_group_key *key, uint32_t member);

/** The peer is about to tell all its keys. */
void
mcr_group_interest_begin(struct mcr_group_table *table, uint32_t member);

/** Unset those that it has not set since begin. @return 0, or -EAGAIN: call again, see
 * mcr_group_pace(). */
int
mcr_group_interest_end(struct mcr_group_table *table, uint32_t member);

/* Writer: this hub's own interest, for its peers. */

/**
 * Watch it: mcr_group_commit() calls back for each key of which mcr_group_interest_of() changes.
 * There is no call for what is so already.
 * @param changed May ask the table, not change it. NULL: watch no more.
 */
void
mcr_group_watch_interest(struct mcr_group_table *table,
	void (*changed)(void *arg, const struct mcr_group_key *key, enum mcr_interest interest),
	void *arg);

/**
 * As committed. All of it: mcr_group_next() for listed entries, mcr_group_lookup() for broadcast
 * and fallback.
 * @param id Of an entry that exists.
 */
enum mcr_interest
mcr_group_interest_of(const struct mcr_group_table *table, uint32_t id);

/**
 * Resolve every entry that this kind of work has changed, if any, and publish the result. At every
 * moment a packet finds the receivers of before or of after. An unchanged list stays the same
 * object; entries without content go.
 * @return 0, -EAGAIN (see mcr_group_pace()) or -ENOMEM: some entries are as before; the next commit
 *   goes on with them.
 */
int
mcr_group_commit(struct mcr_group_table *table);

/* Writer: queries of telemetry. Except for receivers they include uncommitted changes. */

/** How many entries there are, excluding broadcast and fallback, including those of peers. */
uint32_t
mcr_group_count(const struct mcr_group_table *table);

/** The listed entry with the lowest id from an id on, or MCR_GROUP_NONE. Ids are stable. */
uint32_t
mcr_group_next(const struct mcr_group_table *table, uint32_t from);

/** @return The id of exactly this key, broadcast and fallback included, or MCR_GROUP_NONE. */
uint32_t
mcr_group_lookup(const struct mcr_group_table *table, const struct mcr_group_key *key);

/** @param id Of an entry that exists. */
struct mcr_group_key
mcr_group_key_of(const struct mcr_group_table *table, uint32_t id);

struct mcr_group_ref
mcr_group_ref_of(const struct mcr_group_table *table, uint32_t id);

/**
 * Origins of an entry and its receivers, as bits. A configured entry is static even if empty.
 * MCR_ORIGIN_PEER: some peer wants this very key.
 */
unsigned int
mcr_group_origins(const struct mcr_group_table *table, uint32_t id);

/** Why a member or peer receives by an entry: bits of enum mcr_origin, 0 when it does not. */
unsigned int
mcr_group_origins_of(const struct mcr_group_table *table, uint32_t id, uint32_t member);

/** How many entries name a member by an origin other than the configuration, blocks included. Of a
 * peer: how many keys it has. */
uint32_t
mcr_group_memberships(const struct mcr_group_table *table, uint32_t member);

#endif
