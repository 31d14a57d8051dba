/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <errno.h>
#include <stdlib.h>

#include <rte_debug.h>

#include <mcr_address.h>
#include <mcr_hash.h>
#include <mcr_index.h>

#include "control/interest.h"

#define NONE UINT32_MAX
#define FIRST_RECORDS 1024

struct record {
	struct mcr_interest_change change;
	uint32_t older; /* in the order of versions, or NONE */
	uint32_t newer; /* likewise; of a free record: the next free one */
};

struct mcr_interest_log {
	struct mcr_index *index; /* by key */
	struct record *records;
	uint32_t room;
	uint32_t used; /* records from here on were never used */
	uint32_t free; /* first */
	uint32_t oldest;
	uint32_t newest;
	uint32_t wanted; /* records of interest */
	uint32_t gone;   /* records of none */
	uint64_t version;
	uint64_t forgotten; /* version of the last record that was removed */
	uint64_t lost;
};

struct mcr_interest_log *
mcr_interest_log_create(struct mcr_rcu *rcu)
{
	struct mcr_interest_log *log = calloc(1, sizeof(*log));

	if (log == NULL)
		return NULL;
	log->free = log->oldest = log->newest = NONE;
	log->index = mcr_index_create(FIRST_RECORDS, rcu);
	if (log->index == NULL) {
		free(log);
		return NULL;
	}
	return log;
}

static void
hold_key(const struct mcr_interest_key *key)
{
	if (key->kind == MCR_INTEREST_HOST)
		mcr_address_hold(key->number);
	if (key->kind != MCR_INTEREST_GROUP)
		return;
	mcr_address_hold(key->group.group);
	mcr_address_hold(key->group.source);
}

static void
drop_key(const struct mcr_interest_key *key)
{
	if (key->kind == MCR_INTEREST_HOST)
		mcr_address_drop(key->number);
	if (key->kind != MCR_INTEREST_GROUP)
		return;
	mcr_address_drop(key->group.group);
	mcr_address_drop(key->group.source);
}

void
mcr_interest_log_free(struct mcr_interest_log *log)
{
	if (log == NULL)
		return;
	for (uint32_t id = log->oldest; id != NONE; id = log->records[id].newer)
		drop_key(&log->records[id].change.key);
	mcr_index_free(log->index);
	free(log->records);
	free(log);
}

struct probe {
	const struct record *records;
	const struct mcr_interest_key *key;
};

static bool
has_key(const void *arg, uint32_t id)
{
	const struct probe *probe = arg;
	const struct mcr_interest_key *a = &probe->records[id].change.key, *b = probe->key;

	return a->kind == b->kind && a->number == b->number && a->claim == b->claim &&
	       a->group.group == b->group.group && a->group.source == b->group.source &&
	       a->group.length == b->group.length;
}

static uint32_t
hash_key(const struct mcr_interest_key *key)
{
	if (key->kind != MCR_INTEREST_GROUP)
		return mcr_hash(key->number, key->kind);
	return mcr_hash((uint64_t)key->group.source << 32 | key->group.group, key->group.length);
}

static uint32_t
find_record(const struct mcr_interest_log *log, const struct mcr_interest_key *key)
{
	const struct probe probe = {log->records, key};

	return mcr_index_find(log->index, hash_key(key), has_key, &probe);
}

static int
make_room(struct mcr_interest_log *log)
{
	const uint32_t room = log->room == 0 ? FIRST_RECORDS : 2 * log->room;
	struct record *records;

	if (log->used < log->room)
		return 0;
	records = reallocarray(log->records, room, sizeof(*records));
	if (records == NULL)
		return -ENOMEM;
	log->records = records;
	log->room = room;
	return 0;
}

static uint32_t
take_record(struct mcr_interest_log *log)
{
	const uint32_t id = log->free;

	if (id != NONE) {
		log->free = log->records[id].newer;
		return id;
	}
	return make_room(log) == 0 ? log->used++ : NONE;
}

static void
give_record(struct mcr_interest_log *log, uint32_t id)
{
	log->records[id].change.version = 0;
	log->records[id].newer = log->free;
	log->free = id;
}

static void
append(struct mcr_interest_log *log, uint32_t id)
{
	struct record *record = &log->records[id];

	record->older = log->newest;
	record->newer = NONE;
	if (log->newest != NONE)
		log->records[log->newest].newer = id;
	else
		log->oldest = id;
	log->newest = id;
}

static void
unlink_record(struct mcr_interest_log *log, uint32_t id)
{
	const struct record *record = &log->records[id];

	if (record->older != NONE)
		log->records[record->older].newer = record->newer;
	else
		log->oldest = record->newer;
	if (record->newer != NONE)
		log->records[record->newer].older = record->older;
	else
		log->newest = record->older;
}

static uint32_t
add_record(struct mcr_interest_log *log, const struct mcr_interest_key *key)
{
	const uint32_t id = take_record(log);

	if (id == NONE)
		return NONE;
	log->records[id].change = (struct mcr_interest_change){.key = *key};
	if (mcr_index_insert(log->index, hash_key(key), id) != 0) {
		give_record(log, id);
		return NONE;
	}
	hold_key(key);
	append(log, id);
	log->gone++;
	return id;
}

static void
forget(struct mcr_interest_log *log, uint32_t id)
{
	const struct mcr_interest_change *change = &log->records[id].change;

	RTE_ASSERT(change->interest == MCR_INTEREST_NONE && log->gone != 0);
	if (log->forgotten < change->version)
		log->forgotten = change->version;
	mcr_index_remove(log->index, hash_key(&change->key), id);
	unlink_record(log, id);
	drop_key(&change->key);
	give_record(log, id);
	log->gone--;
}

/* Half at once: the search passes all older records of interest. */
static void
forget_oldest(struct mcr_interest_log *log)
{
	uint32_t id = log->oldest;

	while (log->gone > MCR_INTEREST_GONE_MAX / 2) {
		const uint32_t newer = log->records[id].newer;

		if (log->records[id].change.interest == MCR_INTEREST_NONE)
			forget(log, id);
		id = newer;
	}
}

static void
change_record(struct mcr_interest_log *log, uint32_t id, enum mcr_interest interest)
{
	struct mcr_interest_change *change = &log->records[id].change;
	const bool was_gone = change->interest == MCR_INTEREST_NONE;
	const bool is_gone = interest == MCR_INTEREST_NONE;

	change->interest = interest;
	change->version = ++log->version;
	log->gone += is_gone - was_gone;
	log->wanted += was_gone - is_gone;
	unlink_record(log, id);
	append(log, id);
}

void
mcr_interest_log_set(struct mcr_interest_log *log, const struct mcr_interest_key *key,
	enum mcr_interest interest)
{
	uint32_t id = find_record(log, key);

	if (id == NONE && interest == MCR_INTEREST_NONE)
		return;
	if (id == NONE)
		id = add_record(log, key);
	if (id == NONE)
		log->lost++;
	else if (log->records[id].change.interest != interest)
		change_record(log, id, interest);
	if (log->gone > MCR_INTEREST_GONE_MAX)
		forget_oldest(log);
}

void
mcr_interest_log_change(void *arg, const struct mcr_group_key *key, enum mcr_interest interest)
{
	const struct mcr_interest_key group = {.kind = MCR_INTEREST_GROUP, .group = *key};

	mcr_interest_log_set(arg, &group, interest);
}

uint64_t
mcr_interest_log_version(const struct mcr_interest_log *log)
{
	return log->version;
}

uint32_t
mcr_interest_log_count(const struct mcr_interest_log *log)
{
	return log->wanted;
}

uint64_t
mcr_interest_log_lost(const struct mcr_interest_log *log)
{
	return log->lost;
}

uint32_t
mcr_interest_log_list(const struct mcr_interest_log *log, uint32_t *place,
	struct mcr_interest_change *changes, uint32_t max)
{
	uint32_t id = *place, count = 0;

	for (; id < log->used && count < max; id++) {
		const struct mcr_interest_change *change = &log->records[id].change;

		if (change->version != 0 && change->interest != MCR_INTEREST_NONE)
			changes[count++] = *change;
	}
	*place = id < log->used ? id : 0;
	return count;
}

bool
mcr_interest_log_reaches(const struct mcr_interest_log *log, uint64_t since)
{
	return since <= log->version && since >= log->forgotten;
}

/* The agent asks often: what is new is near the end. */
static uint32_t
first_after(const struct mcr_interest_log *log, uint64_t since)
{
	uint32_t first = NONE;

	for (uint32_t id = log->newest; id != NONE && log->records[id].change.version > since;
		id = log->records[id].older)
		first = id;
	return first;
}

uint32_t
mcr_interest_log_read(const struct mcr_interest_log *log, uint64_t since,
	struct mcr_interest_change *changes, uint32_t max)
{
	uint32_t count = 0;

	RTE_ASSERT(mcr_interest_log_reaches(log, since));
	for (uint32_t id = first_after(log, since); id != NONE && count < max;
		id = log->records[id].newer)
		changes[count++] = log->records[id].change;
	return count;
}
