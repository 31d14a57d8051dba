/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <stdlib.h>
#include <string.h>

#include <rte_debug.h>

#include <mcr_hash.h>

#include "interest.h"
#include "key.h"

#define ROOM_MIN 16

static bool
is_used(const struct entry *entry)
{
	return entry->key.length != UINT8_MAX;
}

void
mcr_interest_free(struct interest *interest)
{
	for (uint32_t id = 0; id < interest->used; id++)
		if (is_used(&interest->entries[id]))
			mcr_domain_key_drop(&interest->entries[id].key);
	if (interest->total != NULL)
		*interest->total -= interest->count;
	free(interest->entries);
	free(interest->buckets);
	free(interest->queue);
	*interest = (struct interest){0};
}

static uint32_t *
bucket_of(const struct interest *interest, const struct mcr_group_key *key)
{
	const uint32_t hash = mcr_hash((uint64_t)key->source << 32 | key->group, key->length);

	return &interest->buckets[hash & (interest->bucket_count - 1)];
}

static bool
is_same(const struct mcr_group_key *a, const struct mcr_group_key *b)
{
	return a->group == b->group && a->source == b->source && a->length == b->length;
}

struct entry *
mcr_interest_find(const struct interest *interest, const struct mcr_group_key *key)
{
	uint32_t id;

	if (interest->bucket_count == 0)
		return NULL;
	id = *bucket_of(interest, key);
	while (id != NONE && !is_same(&interest->entries[id].key, key))
		id = interest->entries[id].next;
	return id == NONE ? NULL : &interest->entries[id];
}

static void
link_all(struct interest *interest)
{
	memset(interest->buckets, 0xff, interest->bucket_count * sizeof(*interest->buckets));
	for (uint32_t id = 0; id < interest->used; id++) {
		struct entry *entry = &interest->entries[id];

		if (is_used(entry)) {
			uint32_t *bucket = bucket_of(interest, &entry->key);

			entry->next = *bucket;
			*bucket = id;
		}
	}
}

/* Each entry is in the queue at most once, so all rooms are equal. */
static bool
grow(struct interest *interest)
{
	const uint32_t room = interest->room == 0 ? ROOM_MIN : 2 * interest->room;
	struct entry *entries = reallocarray(interest->entries, room, sizeof(*entries));
	uint32_t *buckets, *queue;

	if (entries == NULL)
		return false;
	interest->entries = entries;
	buckets = reallocarray(interest->buckets, room, sizeof(*buckets));
	if (buckets == NULL)
		return false;
	interest->buckets = buckets;
	queue = malloc(room * sizeof(*queue));
	if (queue == NULL)
		return false;
	for (uint32_t i = 0; i < interest->queued; i++)
		queue[i] = interest->queue[(interest->queue_head + i) & (interest->queue_room - 1)];
	free(interest->queue);
	interest->queue = queue;
	interest->queue_room = room;
	interest->queue_head = 0;
	interest->room = room;
	interest->bucket_count = room;
	link_all(interest);
	return true;
}

struct entry *
mcr_interest_get(struct interest *interest, const struct mcr_group_key *key)
{
	struct entry *entry = mcr_interest_find(interest, key);
	uint32_t id, *bucket;

	if (entry != NULL)
		return entry;
	if (interest->count == interest->room && !grow(interest))
		return NULL;
	id = interest->count == interest->used ? interest->used : interest->free;
	if (id == interest->used)
		interest->used++;
	else
		interest->free = interest->entries[id].next;
	interest->count++;
	if (interest->total != NULL)
		(*interest->total)++;
	entry = &interest->entries[id];
	bucket = bucket_of(interest, key);
	mcr_domain_key_hold(key);
	*entry = (struct entry){.key = *key, .next = *bucket};
	*bucket = id;
	return entry;
}

static void
forget(struct interest *interest, struct entry *entry)
{
	const uint32_t id = entry - interest->entries;
	uint32_t *place = bucket_of(interest, &entry->key);

	while (*place != id)
		place = &interest->entries[*place].next;
	*place = entry->next;
	mcr_interest_mark(interest, entry, false);
	mcr_domain_key_drop(&entry->key);
	*entry = (struct entry){.key.length = UINT8_MAX, .next = interest->free};
	interest->free = id;
	interest->count--;
	if (interest->total != NULL)
		(*interest->total)--;
}

static void
enqueue(struct interest *interest, uint32_t id)
{
	RTE_ASSERT(interest->queued < interest->queue_room);
	interest->entries[id].queued = true;
	interest->queue[(interest->queue_head + interest->queued++) & (interest->queue_room - 1)] =
		id;
}

void
mcr_interest_settle(struct interest *interest, struct entry *entry)
{
	if (entry->queued || entry->busy)
		return;
	if (entry->target != entry->known) {
		enqueue(interest, entry - interest->entries);
		return;
	}
	interest->owed -= entry->owed;
	entry->owed = false;
	if (entry->target == VALUE_NONE && !entry->in_source)
		forget(interest, entry);
}

void
mcr_interest_owe(struct interest *interest)
{
	for (uint32_t id = 0; id < interest->used; id++) {
		struct entry *entry = &interest->entries[id];
		const bool owed = entry->queued || entry->busy;

		interest->owed += owed - entry->owed;
		entry->owed = owed;
	}
}

uint32_t
mcr_interest_take(struct interest *interest)
{
	while (interest->queued > 0) {
		const uint32_t id = interest->queue[interest->queue_head];
		struct entry *entry = &interest->entries[id];

		interest->queue_head = (interest->queue_head + 1) & (interest->queue_room - 1);
		interest->queued--;
		entry->queued = false;
		if (entry->target != entry->known) {
			entry->busy = true;
			interest->busy++;
			return id;
		}
		mcr_interest_settle(interest, entry);
	}
	return NONE;
}

static struct entry *
release(struct interest *interest, uint32_t id)
{
	struct entry *entry = &interest->entries[id];

	RTE_ASSERT(entry->busy && interest->busy > 0);
	entry->busy = false;
	interest->busy--;
	return entry;
}

void
mcr_interest_put_back(struct interest *interest, uint32_t id)
{
	mcr_interest_settle(interest, release(interest, id));
}

void
mcr_interest_done(struct interest *interest, uint32_t id, enum value known)
{
	struct entry *entry = release(interest, id);

	entry->known = known;
	mcr_interest_settle(interest, entry);
}

void
mcr_interest_doubt(struct interest *interest)
{
	for (uint32_t id = 0; id < interest->used; id++) {
		struct entry *entry = &interest->entries[id];

		if (!is_used(entry))
			continue;
		entry->known = VALUE_UNKNOWN;
		mcr_interest_settle(interest, entry);
	}
}

void
mcr_interest_restart(struct interest *interest)
{
	for (uint32_t id = 0; id < interest->used; id++) {
		struct entry *entry = &interest->entries[id];

		if (!is_used(entry))
			continue;
		entry->known = entry->target == VALUE_NONE ? VALUE_NONE : VALUE_UNKNOWN;
		mcr_interest_settle(interest, entry);
	}
}

void
mcr_interest_mark(struct interest *interest, struct entry *entry, bool in_source)
{
	interest->marked += in_source - entry->in_source;
	entry->in_source = in_source;
}

void
mcr_interest_sweep(struct interest *interest)
{
	for (uint32_t id = 0; id < interest->used; id++) {
		struct entry *entry = &interest->entries[id];

		if (!is_used(entry) || entry->in_source)
			continue;
		entry->target = VALUE_NONE;
		mcr_interest_settle(interest, entry);
	}
}

void
mcr_interest_unmark(struct interest *interest)
{
	for (uint32_t id = 0; id < interest->used; id++)
		interest->entries[id].in_source = false;
	interest->marked = 0;
}
