/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* The interest of one hub: what is wanted of each key, what the other side is known to have, and
 * the queue of keys in which the two differ. */

#ifndef MCR_DOMAIN_INTEREST_H
#define MCR_DOMAIN_INTEREST_H

#include <stdbool.h>
#include <stdint.h>

#include <mcr_group.h>

#define NONE UINT32_MAX

enum value {
	VALUE_NONE,
	VALUE_EMPTY, /* it has an entry, but no receivers */
	VALUE_WANTS,
	VALUE_UNKNOWN, /* of what the other side has */
};

struct entry {
	struct mcr_group_key key; /* held */
	uint32_t next;            /* of the same hash, or free */
	int64_t modified;         /* revision of what is known; of this hub's own interest */
	uint8_t target;           /* enum value */
	uint8_t known;            /* enum value */
	bool queued;
	bool busy;      /* on its way to the other side */
	bool in_source; /* where targets come from has it now */
	bool in_etcd;   /* a listing has found it; of this hub's own interest */
	bool owed;      /* the other side waits for it; see mcr_interest_owe() */
};

struct interest {
	struct entry *entries;
	uint32_t room;
	uint32_t used; /* entries from here on were never used */
	uint32_t free; /* first */
	uint32_t count;
	uint32_t marked; /* entries in_source */
	uint32_t *total; /* counts those of several hubs, or NULL */
	uint32_t *buckets;
	uint32_t bucket_count; /* a power of two, or 0 */
	uint32_t *queue;       /* a ring of ids */
	uint32_t queue_room;   /* a power of two, or 0 */
	uint32_t queue_head;
	uint32_t queued;
	uint32_t busy;
	uint32_t owed;
};

void
mcr_interest_free(struct interest *interest);

/** @return NULL: there is none. */
struct entry *
mcr_interest_find(const struct interest *interest, const struct mcr_group_key *key);

/** Find or add. Moves all entries. @return NULL: no memory. */
struct entry *
mcr_interest_get(struct interest *interest, const struct mcr_group_key *key);

/** After a change of `target` or `known`: queue the entry, or forget it when both are none. */
void
mcr_interest_settle(struct interest *interest, struct entry *entry);

/** The first queued entry, which is busy from now on. @return NONE: nothing to do. */
uint32_t
mcr_interest_take(struct interest *interest);

/** Put a taken entry back at the end of the queue. */
void
mcr_interest_put_back(struct interest *interest, uint32_t id);

/** The other side has what was sent of a taken entry, or it is unknown what it has. */
void
mcr_interest_done(struct interest *interest, uint32_t id, enum value known);

/** Nothing is known of the other side: all entries are queued. */
void
mcr_interest_doubt(struct interest *interest);

/** The other side starts with nothing: all targets are queued. */
void
mcr_interest_restart(struct interest *interest);

/** What the two sides differ in now is owed: `owed` counts what of it they still differ in. */
void
mcr_interest_owe(struct interest *interest);

/** Set `in_source`. */
void
mcr_interest_mark(struct interest *interest, struct entry *entry, bool in_source);

/** Targets of entries that are not `in_source` become none. */
void
mcr_interest_sweep(struct interest *interest);

/** Clear `in_source` of all entries. */
void
mcr_interest_unmark(struct interest *interest);

static inline bool
mcr_interest_is_settled(const struct interest *interest)
{
	return interest->queued == 0 && interest->busy == 0;
}

#endif
