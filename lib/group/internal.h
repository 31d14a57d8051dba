/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#ifndef MCR_GROUP_INTERNAL_H
#define MCR_GROUP_INTERNAL_H

#include <assert.h>
#include <stdatomic.h>

#include <mcr_address.h>
#include <mcr_index.h>

#include "mcr_group.h"

/* Shapes of keys, the more specific the greater: a prefix of either family (its length), (*,G),
 * (S,G). */
#define SHAPE_GROUP MCR_IPV6_LENGTH
#define SHAPE_SOURCE (SHAPE_GROUP + 1)
#define SHAPES (SHAPE_SOURCE + 1)
#define SHAPE_WORDS (SHAPES / 64 + 1)

/* Kinds of keys, which have a bit in a word: an IPv4 prefix (its length; 0 is the fallback, which
 * covers IPv6 too), any IPv6 prefix, (*,G), (S,G). */
#define KIND_IPV6_PREFIX 32
#define KIND_GROUP 33
#define KIND_SOURCE 34
#define KINDS 35

#define KIND_BIT(kind) (UINT64_C(1) << (kind))
#define IPV4_PREFIX_BITS (KIND_BIT(KIND_IPV6_PREFIX) - 1)
#define PREFIX_BITS (KIND_BIT(KIND_GROUP) - 1)

/* In the slot of a group. A prefix of IPv6 has it as well: its number says how long it is. */
#define HOST_LENGTH MCR_IPV4_LENGTH

#define GROUP_WORKS (MCR_GROUP_BULK + 1)

/*
 * Who names keys: the configuration and members, or peers. Each has lists of its own, in which a
 * packet finds it, and a claim to the entries that it names.
 */
enum group_party { GROUP_LOCAL, GROUP_PEERS };

#define GROUP_PARTIES (GROUP_PEERS + 1)
#define PARTY_BIT(party) (1U << (party))
#define BOTH_PARTIES (PARTY_BIT(GROUP_LOCAL) | PARTY_BIT(GROUP_PEERS))

/* While an entry is dirty in a kind of work: those parties for whom its (S,G) were touched too. */
#define SPREAD_BITS(parties, work) ((parties) << GROUP_PARTIES * (work))

/* Of a member in the table. A change waits for the next commit of the work that made it. */
#define STANDING_SUSPENDED 1
#define STANDING_CHANGED(work) (2U << (work))

/* Who may send, and how much. Immutable once a list refers to it. */
struct group_senders {
	uint32_t references;
	uint32_t hash;      /* of its content */
	uint32_t limit;     /* as in struct mcr_group_terms */
	uint32_t count;     /* 0: all may send */
	uint32_t n_members; /* they come first, sorted; prefixes follow */
	struct mcr_sender at[];
};

/* What a static entry says beside its receivers, for all entries that inherit from it. */
struct group_terms {
	struct group_senders *senders; /* NULL: all may send as much as they like */
	uint8_t priority;
};

/* Readers use receivers, senders and priority, which are immutable; the other fields are the
 * writer's. */
struct mcr_group_list {
	struct group_senders *senders;
	struct mcr_group_list *next; /* in its bucket of shared lists */
	struct mcr_group_list *rest; /* without suspended members; NULL: not made */
	uint32_t references;
	uint32_t hash;        /* of its content; 0: not shared */
	uint32_t suspensions; /* the number of them that standings are of */
	bool is_published;
	uint8_t priority;
	uint8_t standings; /* of all its members: STANDING_..., or-ed */
	bool is_rest_made; /* with these */
	struct mcr_receivers receivers;
};

/* The readers' part of an entry. The key changes only while no reader can hold the id. */
struct group_slot {
	uint64_t addresses; /* source and group */
	uint32_t length;    /* of a prefix of IPv4, else HOST_LENGTH */
	_Atomic uint32_t generation;
	struct mcr_group_list *_Atomic list;  /* NULL: not published */
	struct mcr_group_list *_Atomic peers; /* NULL: none */
} __rte_aligned(32);

static_assert(sizeof(struct group_slot) == 32, "two slots a cache line");

/* A member's membership of an entry, by origins other than the configuration; a peer's interest. */
struct group_membership {
	struct mcr_receiver receiver;
	uint32_t position; /* in the member's list of entries */
	uint8_t origins;
	uint8_t blocked; /* origins whose (*,G) does not hold for this (S,G), or any shorter key */
	uint16_t round;  /* of a peer, when it set this last */
};

/* Sorted as receivers are. NULL: none. */
struct group_memberships {
	uint32_t n;
	struct group_membership at[];
};

/* The writer's part of an entry. */
struct group_entry {
	struct mcr_group_list *configured; /* static part; NULL: none */
	struct group_memberships *joined;
	uint32_t next_source; /* (S,G) of the same group are linked */
	uint32_t previous_source;
	uint32_t next[GROUP_WORKS]; /* dirty entry of its shape; [0]: or the next free id */
	uint32_t epoch;             /* of the configuration that set it last */
	uint32_t pass;              /* that has resolved it since its last change; 0: none */
	bool dirty[GROUP_WORKS];
	bool fresh; /* not published yet */
	uint8_t shape;
	uint8_t claims;   /* bits of parties; 0: not in use */
	uint8_t stale;    /* while dirty: bits of parties whose list may change */
	uint8_t spread;   /* SPREAD_BITS: of (*,G), its (S,G) are dirty as well */
	uint8_t interest; /* enum mcr_interest, as the watcher was told */
};

struct group_member {
	uint32_t *entries;
	uint32_t n_entries;
	uint32_t room;
	uint32_t address; /* as long as it has entries */
	uint16_t round;   /* of a peer, see mcr_group_interest_begin() */
};

/* Prefixes whose interest changed: bits of their kinds, and what comes next of all entries. */
struct group_sweep {
	uint64_t kinds;
	uint32_t next;
};

/* Members were suspended or resumed: what comes next of all entries. */
struct group_suspension {
	bool is_pending;
	uint32_t next;
};

struct group_staged {
	uint32_t id;
	struct mcr_group_list *list;
};

/* An entry that this commit has resolved, see resolve.c. */
struct group_resolved {
	uint64_t commit; /* number of it; 0: none */
	uint32_t id;
	uint32_t star;
	const struct mcr_group_list *base;
};

/* The same for its peers, see interest.c. */
struct group_peers_resolved {
	uint64_t commit;
	uint32_t id;
	const struct group_memberships *above;
};

#define RESOLVED_SLOTS 64

struct mcr_group_table {
	/* Readers use these. */
	struct mcr_index *index;
	struct group_slot *slots;
	_Atomic uint64_t kinds;   /* bit of each kind in use */
	_Atomic uint32_t version; /* changes before new entries are published, and after */

	/* Writer only. */
	struct mcr_rcu *rcu __rte_cache_aligned;
	struct group_entry *entries;
	struct group_memberships **interests; /* by id; NULL: there are no peers */
	struct group_member *members[GROUP_PARTIES];
	struct mcr_index *sources; /* group to the first of its (S,G) */
	uint32_t n_groups;
	uint32_t n_members;
	uint32_t n_peer_keys;
	uint32_t n_ids;
	uint32_t used_ids; /* ids from here on were never used */
	uint32_t free_ids; /* first */
	uint32_t peer_ids; /* claimed by peers, or that wait for a grace period since */
	uint32_t count;    /* listed entries */
	uint32_t n_claimed[GROUP_PARTIES]; /* of these */
	uint32_t kind_counts[KINDS];
	uint32_t interest_counts[KINDS];     /* entries that peers name */
	uint32_t dirty[GROUP_WORKS][SHAPES]; /* first */
	uint64_t dirty_shapes[GROUP_WORKS][SHAPE_WORDS];
	uint32_t n_dirty[GROUP_WORKS];
	struct group_sweep sweeps[GROUP_WORKS];
	uint8_t *standings; /* by member: STANDING_... */
	uint32_t n_suspended;
	uint32_t suspensions; /* how often a member was suspended or resumed */
	struct group_suspension suspension[GROUP_WORKS];
	enum mcr_group_work work; /* whose set changes join, and whose is committed */
	bool is_committing;       /* an urgent commit that had to stop goes on later */
	bool must_not_pause;      /* to make a list */
	uint32_t pass;            /* number of urgent commits, however often they stop */
	bool (*must_stop)(void *arg);
	void *must_stop_arg;

	struct mcr_group_list *empty_list; /* shared by entries without receivers and senders */
	size_t list_bytes;
	struct mcr_group_list **shared; /* by the hash of their content */
	uint32_t n_buckets;             /* a power of two, or 0 */
	uint32_t n_shared;
	uint32_t comparisons; /* made by sorting */
	struct mcr_receiver *scratch[GROUP_WORKS];
	uint32_t scratch_room[GROUP_WORKS];

	struct group_staged *staged;
	uint32_t n_staged;
	uint32_t n_staged_listed;
	uint32_t staged_room;
	uint32_t epoch;
	bool staging;

	uint64_t commits;
	struct group_resolved resolved[RESOLVED_SLOTS]; /* by the hash of its memberships */
	struct group_peers_resolved resolved_peers[RESOLVED_SLOTS];

	void (*interest_changed)(
		void *arg, const struct mcr_group_key *key, enum mcr_interest interest);
	void *interest_changed_arg;
};

static inline struct group_terms
terms_of(const struct mcr_group_list *list)
{
	return (struct group_terms){list->senders, list->priority};
}

static inline bool
is_ipv4_multicast(uint32_t address)
{
	return address >> 28 == 0xe;
}

static inline uint32_t
prefix_of(uint32_t address, uint32_t length)
{
	return length == 0 ? 0 : address & UINT32_MAX << (32 - length);
}

static inline uint64_t
group_addresses(uint32_t group, uint32_t source)
{
	return (uint64_t)source << 32 | group;
}

static inline uint32_t
hash_addresses(uint64_t addresses, uint32_t length)
{
	return mcr_hash(addresses, 32 - length);
}

static inline uint32_t
hash_key(uint32_t group, uint32_t source, uint32_t length)
{
	return hash_addresses(group_addresses(group, source), length);
}

static inline uint32_t
slot_group(const struct group_slot *slot)
{
	return slot->addresses;
}

static inline uint32_t
slot_source(const struct group_slot *slot)
{
	return slot->addresses >> 32;
}

static inline bool
is_special(uint32_t group, uint32_t length)
{
	return length == 0 || group == MCR_GROUP_BROADCAST;
}

struct group_probe {
	const struct group_slot *slots;
	uint64_t addresses;
	uint32_t length;
};

static inline bool
group_slot_has_key(const void *arg, uint32_t id)
{
	const struct group_probe *probe = arg;
	const struct group_slot *slot = &probe->slots[id];

	return slot->addresses == probe->addresses && slot->length == probe->length;
}

static inline uint64_t
receiver_order(struct mcr_receiver receiver)
{
	return (uint64_t)receiver.address << 32 | receiver.member;
}

static inline struct mcr_group_list *
published_list(const struct mcr_group_table *table, uint32_t id)
{
	return atomic_load_explicit(&table->slots[id].list, memory_order_relaxed);
}

static inline struct mcr_group_list *
published_peers(const struct mcr_group_table *table, uint32_t id)
{
	return atomic_load_explicit(&table->slots[id].peers, memory_order_relaxed);
}

static inline uint32_t
shape_of(const struct mcr_group_table *table, uint32_t id)
{
	return table->entries[id].shape;
}

static inline uint32_t
kind_of(const struct mcr_group_table *table, uint32_t id)
{
	const uint32_t shape = shape_of(table, id);

	if (shape >= SHAPE_GROUP)
		return shape == SHAPE_GROUP ? KIND_GROUP : KIND_SOURCE;
	return mcr_address_is_ipv6(slot_group(&table->slots[id])) ? KIND_IPV6_PREFIX : shape;
}

static inline bool
is_in_use(const struct group_entry *entry)
{
	return entry->claims != 0;
}

static inline bool
is_suspended(const struct mcr_group_table *table, uint32_t member)
{
	return (table->standings[member] & STANDING_SUSPENDED) != 0;
}

static inline uint32_t
count_memberships(const struct group_memberships *memberships)
{
	return memberships == NULL ? 0 : memberships->n;
}

static inline struct group_memberships *
interests_of(const struct mcr_group_table *table, uint32_t id)
{
	return table->interests == NULL ? NULL : table->interests[id];
}

/* Else only peers name it. */
static inline bool
has_own_content(const struct group_entry *entry)
{
	return entry->configured != NULL || entry->joined != NULL;
}

static inline bool
has_content(const struct mcr_group_table *table, uint32_t id)
{
	return has_own_content(&table->entries[id]) || interests_of(table, id) != NULL;
}

/* A copy with one reference. NULL without memory. */
struct mcr_group_list *
group_list_create(struct mcr_group_table *table, const struct mcr_receiver *receivers,
	uint32_t n_receivers, struct group_terms terms);

/* For the caller to free(). NULL without memory. */
struct mcr_receiver *
group_list_copy(struct mcr_group_table *table, const struct mcr_receiver *receivers, uint32_t n);

/* Room for n receivers, valid until the next call in this kind of work. NULL without memory. */
struct mcr_receiver *
group_list_scratch(struct mcr_group_table *table, uint32_t n);

/* For mcr_rcu_retire(): arg is the table, object the list. */
void
group_list_release(void *arg, void *object);

bool
group_list_is(const struct mcr_group_list *list, const struct mcr_receiver *receivers, uint32_t n,
	struct group_terms terms);

/* Sort and drop duplicates. Returns how many remain. */
uint32_t
group_receivers_sort(struct mcr_group_table *table, struct mcr_receiver *receivers, uint32_t n);

struct group_senders *
group_senders_create(const struct mcr_group_terms *terms);

void
group_senders_drop(struct group_senders *senders);

bool
group_senders_equal(const struct group_senders *senders, const struct group_senders *other);

/* share.c: lists are counted; the last reference retires them, or frees what no reader saw. */

/* The one list with this content, with a reference for the caller. NULL without memory. */
struct mcr_group_list *
group_list_share(struct mcr_group_table *table, const struct mcr_receiver *receivers, uint32_t n,
	struct group_terms terms);

/* length: as in the slot. */
uint32_t
group_entry_find(
	const struct mcr_group_table *table, uint32_t group, uint32_t source, uint32_t length);

/* Exactly this key. */
uint32_t
group_entry_find_key(const struct mcr_group_table *table, const struct mcr_group_key *key);

bool
group_key_is_valid(const struct mcr_group_key *key);

/* Whether it is (S,G) or (*,G) and valid; not broadcast. */
bool
group_key_is_host(const struct mcr_group_key *key);

/* suspend.c: a list without suspended members, which may be itself. Valid until the next
 * suspension. NULL without memory. */
const struct mcr_group_list *
group_list_rest(struct mcr_group_table *table, struct mcr_group_list *list);

/* As has_own_content(), without suspended members. */
bool
group_entry_speaks(const struct mcr_group_table *table, const struct group_entry *entry);

/* Touch all entries that members suspended or resumed concern. 0, or -EAGAIN in urgent work. */
int
group_suspension_sweep(struct mcr_group_table *table);

/* Find or create, and claim; dirty if the claim is new. limit: of listed entries with a claim of
 * this party. 0, -ENOSPC or -ENOMEM. */
int
group_entry_obtain(struct mcr_group_table *table, const struct mcr_group_key *key,
	enum group_party party, uint32_t limit, uint32_t *id);

/* parties: bits; some claim remains. */
void
group_entry_disclaim(struct mcr_group_table *table, uint32_t id, unsigned int parties);

void
group_entry_destroy(struct mcr_group_table *table, uint32_t id);

/* The references that its key had. */
void
group_entry_drop_key(const struct mcr_group_table *table, uint32_t id);

/* Between two entries of long work, see mcr_group_pace(). */
static inline bool
group_must_stop(struct mcr_group_table *table)
{
	return table->must_stop != NULL && table->must_stop(table->must_stop_arg);
}

static inline bool
is_dirty(const struct group_entry *entry)
{
	return entry->dirty[MCR_GROUP_URGENT] || entry->dirty[MCR_GROUP_BULK];
}

/* Let the next commit resolve a party's list of it; of (*,G) also of all its (S,G). */
void
group_entry_touch(struct mcr_group_table *table, uint32_t id, enum group_party party);

/* Of this entry alone. */
void
group_entry_touch_one(struct mcr_group_table *table, uint32_t id, enum group_party party);

bool
group_entry_is_listed(const struct mcr_group_table *table, uint32_t id);

/* The id of the (*,G) of an (S,G) if that speaks, else MCR_GROUP_NONE. */
uint32_t
group_entry_star(const struct mcr_group_table *table, uint32_t id);

/* The static entry that decides: itself, (*,G), the longest prefix or the fallback; or
 * MCR_GROUP_NONE. */
uint32_t
group_entry_decider(const struct mcr_group_table *table, uint32_t id);

/* Its list, maybe the published one, with a reference for the caller. NULL without memory. */
struct mcr_group_list *
group_entry_resolve(struct mcr_group_table *table, uint32_t id);

/* How many receivers come before; quick when it is few. */
uint32_t
group_receivers_before(const struct mcr_receiver *receivers, uint32_t n, struct mcr_receiver one);

/* membership.c: what members and peers named, from both ends. NULL: none. */
struct group_membership *
group_membership_find(const struct group_memberships *memberships, struct mcr_receiver receiver);

/* The membership of a member or peer in exactly this key, and its entry. NULL: none. */
struct group_membership *
group_membership_find_key(struct mcr_group_table *table, enum group_party party,
	const struct mcr_group_key *key, uint32_t member, uint32_t *id);

/* Find or add. NULL without memory. */
struct group_membership *
group_membership_obtain(struct mcr_group_table *table, enum group_party party, uint32_t id,
	struct mcr_receiver receiver);

void
group_membership_remove(struct mcr_group_table *table, enum group_party party, uint32_t id,
	struct group_membership *membership);

/* Whether there is such a member, and at this address. */
bool
group_member_may_have(
	const struct mcr_group_table *table, enum group_party party, struct mcr_receiver receiver);

/* The last of its memberships, and its entry. */
struct group_membership *
group_member_last(
	struct mcr_group_table *table, enum group_party party, uint32_t member, uint32_t *id);

uint32_t
group_memberships_hash(const struct group_memberships *memberships);

/* Whether they say the same of the same members. */
bool
group_memberships_equal(
	const struct group_memberships *memberships, const struct group_memberships *other);

/* Origins of a membership of (*,G) that hold for an (S,G). */
unsigned int
group_membership_for_source(const struct group_membership *star, const struct group_entry *entry);

/* interest.c: the peers that want what the entry matches, or NULL for none, with a reference for
 * the caller. 0 or -ENOMEM. */
int
group_peers_resolve(struct mcr_group_table *table, uint32_t id, struct mcr_group_list **peers);

/* Whether a peer is among these. */
bool
group_peer_wants(const struct mcr_group_table *table, uint32_t id, uint32_t member);

/* Touch all entries below changed prefixes. 0, or -EAGAIN in urgent work. */
int
group_interest_sweep(struct mcr_group_table *table);

/* Undo all that a peer set. 0 or -EAGAIN. */
int
group_interest_forget(struct mcr_group_table *table, uint32_t member);

/* Tell the watcher what this hub wants of a published entry, if that is news. */
void
group_interest_tell(struct mcr_group_table *table, uint32_t id);

/* table.c: ids that suffice for so many keys, as a reload may replace all before the old ones go.
 */
uint32_t
group_ids_for(uint32_t keys);

/* Bytes of memory in use, without what is retired. */
size_t
group_table_memory(const struct mcr_group_table *table);

#endif
