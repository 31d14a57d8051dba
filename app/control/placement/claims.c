/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <errno.h>
#include <stdlib.h>

#include <rte_common.h>
#include <rte_debug.h>

#include <mcr_hash.h>

#include "control/placement/claims.h"

#define NONE UINT32_MAX
#define FIRST_RECORDS 64

/* In a chain of those whose members' hashes fall into one bucket. */
struct record {
	struct mcr_claims_entry entry;
	uint32_t next; /* of the bucket, or free */
	bool is_used;
	bool is_doubted; /* since mcr_claims_begin() */
};

struct mcr_claims {
	struct record *records;
	uint32_t *buckets; /* as many as there is room for records: a power of two */
	uint32_t room;
	uint32_t used; /* records from here on were never used */
	uint32_t free; /* first */
	uint32_t count;
	uint32_t max;
	uint64_t version;
};

struct mcr_claims *
mcr_claims_create(uint32_t max)
{
	struct mcr_claims *claims = calloc(1, sizeof(*claims));

	if (claims == NULL)
		return NULL;
	claims->max = max;
	claims->free = NONE;
	return claims;
}

void
mcr_claims_free(struct mcr_claims *claims)
{
	if (claims == NULL)
		return;
	free(claims->records);
	free(claims->buckets);
	free(claims);
}

static uint32_t *
bucket_of(const struct mcr_claims *claims, uint32_t member)
{
	RTE_ASSERT(claims->room != 0);
	return &claims->buckets[mcr_hash(member, 0) & (claims->room - 1)];
}

static void
chain(struct mcr_claims *claims, uint32_t id)
{
	uint32_t *bucket = bucket_of(claims, claims->records[id].entry.member);

	claims->records[id].next = *bucket;
	*bucket = id;
}

/* All records are in use. */
static int
grow(struct mcr_claims *claims)
{
	const uint32_t room = claims->room == 0 ? FIRST_RECORDS : 2 * claims->room;
	uint32_t *buckets = calloc(room, sizeof(*buckets));
	struct record *records;

	RTE_ASSERT(claims->used == claims->room && claims->free == NONE);
	if (buckets == NULL)
		return -ENOMEM;
	records = reallocarray(claims->records, room, sizeof(*records));
	if (records == NULL) {
		free(buckets);
		return -ENOMEM;
	}
	free(claims->buckets);
	claims->records = records;
	claims->buckets = buckets;
	claims->room = room;
	for (uint32_t i = 0; i < room; i++)
		buckets[i] = NONE;
	for (uint32_t id = 0; id < claims->used; id++)
		chain(claims, id);
	return 0;
}

static uint32_t
take_record(struct mcr_claims *claims)
{
	const uint32_t id = claims->free;

	if (id != NONE) {
		claims->free = claims->records[id].next;
		return id;
	}
	if (claims->used == claims->room && grow(claims) != 0)
		return NONE;
	return claims->used++;
}

static bool
is_same(const struct mcr_claims_entry *a, const struct mcr_claims_entry *b)
{
	return a->member == b->member && a->number == b->number && a->peer == b->peer &&
	       a->word == b->word;
}

static uint32_t
find_record(const struct mcr_claims *claims, const struct mcr_claims_entry *entry)
{
	uint32_t id = claims->count != 0 ? *bucket_of(claims, entry->member) : NONE;

	while (id != NONE && !is_same(&claims->records[id].entry, entry))
		id = claims->records[id].next;
	return id;
}

int
mcr_claims_add(struct mcr_claims *claims, const struct mcr_claims_entry *entry)
{
	uint32_t id = find_record(claims, entry);

	RTE_ASSERT(entry->number != 0);
	if (id != NONE) {
		claims->records[id].is_doubted = false;
		return 0;
	}
	if (claims->count == claims->max)
		return -ENOSPC;
	id = take_record(claims);
	if (id == NONE)
		return -ENOMEM;
	claims->records[id] = (struct record){.entry = *entry, .is_used = true};
	chain(claims, id);
	claims->count++;
	claims->version++;
	return 0;
}

static void
drop(struct mcr_claims *claims, uint32_t id)
{
	uint32_t *at = bucket_of(claims, claims->records[id].entry.member);

	while (*at != id)
		at = &claims->records[*at].next;
	*at = claims->records[id].next;
	claims->records[id] = (struct record){.next = claims->free};
	claims->free = id;
	claims->count--;
	claims->version++;
}

int
mcr_claims_remove(struct mcr_claims *claims, const struct mcr_claims_entry *entry)
{
	const uint32_t id = find_record(claims, entry);

	if (id == NONE)
		return -ENOENT;
	drop(claims, id);
	return 0;
}

void
mcr_claims_begin(struct mcr_claims *claims, uint16_t peer)
{
	for (uint32_t id = 0; id < claims->used; id++) {
		if (claims->records[id].is_used && claims->records[id].entry.peer == peer)
			claims->records[id].is_doubted = true;
	}
}

static void
drop_all(struct mcr_claims *claims, uint16_t peer, bool doubted)
{
	for (uint32_t id = 0; id < claims->used; id++) {
		const struct record *record = &claims->records[id];

		if (record->is_used && record->entry.peer == peer &&
			(record->is_doubted || !doubted))
			drop(claims, id);
	}
}

void
mcr_claims_end(struct mcr_claims *claims, uint16_t peer)
{
	drop_all(claims, peer, true);
}

void
mcr_claims_forget(struct mcr_claims *claims, uint16_t peer)
{
	drop_all(claims, peer, false);
}

uint32_t
mcr_claims_count(const struct mcr_claims *claims)
{
	return claims->count;
}

uint64_t
mcr_claims_version(const struct mcr_claims *claims)
{
	return claims->version;
}

struct mcr_claims_found
mcr_claims_find(
	const struct mcr_claims *claims, uint32_t member, const struct mcr_claims_peer *peers)
{
	struct mcr_claims_found found = {0};
	uint32_t id = claims->count != 0 ? *bucket_of(claims, member) : NONE;

	for (; id != NONE; id = claims->records[id].next) {
		const struct record *record = &claims->records[id];
		const struct mcr_claims_peer *peer = &peers[record->entry.peer];
		const struct mcr_claim claim = {peer->id, record->entry.number};

		if (record->entry.member != member)
			continue;
		found.highest = RTE_MAX(found.highest, claim.number);
		if (record->entry.word != MCR_CLAIMS_COMES || !peer->counts ||
			(found.claim.number != 0 && !mcr_claim_beats(claim, found.claim)))
			continue;
		found.claim = claim;
		found.peer = record->entry.peer;
	}
	return found;
}

uint32_t
mcr_claims_left(const struct mcr_claims *claims, uint32_t member, uint16_t peer)
{
	uint32_t id = claims->count != 0 ? *bucket_of(claims, member) : NONE, number = 0;

	for (; id != NONE; id = claims->records[id].next) {
		const struct mcr_claims_entry *entry = &claims->records[id].entry;

		if (entry->member == member && entry->word == MCR_CLAIMS_LEFT &&
			entry->peer == peer)
			number = RTE_MAX(number, entry->number);
	}
	return number;
}
