/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <rte_debug.h>
#include <rte_errno.h>

#include <mcr_address.h>
#include <mcr_index.h>

#include "mcr_reach.h"

#define NO_ID UINT32_MAX

/** A number that is claimed. Readers may see it until the grace period is over. */
struct place {
	uint32_t number;
	uint32_t first;             /* claim; NO_ID: the record is free or waits */
	uint32_t unused;            /* next free record */
	struct mcr_receivers *list; /* published */
};

struct claim {
	struct mcr_receiver receiver;
	uint32_t place;
	uint32_t next; /* of the same place; also of free records */
	bool is_used;
	bool is_doubted; /* since mcr_reach_begin() */
};

struct mcr_reach {
	struct mcr_rcu *rcu;
	uint32_t capacity; /* of claims */
	bool are_addresses;
	struct mcr_index *by_number;
	struct place *places;
	uint32_t place_end; /* ids from here on were never used */
	uint32_t unused_place;
	struct claim *claims;
	uint32_t claim_end;
	uint32_t unused_claim;
};

/* Twice the claims: for each number in use, another may wait for its grace period. */
static uint32_t
place_capacity(const struct mcr_reach *reach)
{
	return 2 * reach->capacity;
}

struct mcr_reach *
mcr_reach_create(uint32_t claims, bool are_addresses, struct mcr_rcu *rcu)
{
	struct mcr_reach *reach;

	if (claims == 0 || claims > INT32_MAX || rcu == NULL) {
		rte_errno = EINVAL;
		return NULL;
	}
	reach = calloc(1, sizeof(*reach));
	if (reach == NULL)
		goto err;
	reach->rcu = rcu;
	reach->capacity = claims;
	reach->are_addresses = are_addresses;
	reach->unused_place = NO_ID;
	reach->unused_claim = NO_ID;
	reach->by_number = mcr_index_create(RTE_MIN(claims, 1024u), rcu);
	reach->places = calloc(place_capacity(reach), sizeof(*reach->places));
	reach->claims = calloc(reach->capacity, sizeof(*reach->claims));
	if (reach->by_number != NULL && reach->places != NULL && reach->claims != NULL)
		return reach;

err:
	mcr_reach_free(reach);
	rte_errno = ENOMEM;
	return NULL;
}

static void
drop_number(const struct mcr_reach *reach, uint32_t number)
{
	if (reach->are_addresses)
		mcr_address_drop(number);
}

void
mcr_reach_free(struct mcr_reach *reach)
{
	if (reach == NULL)
		return;
	mcr_rcu_drain(reach->rcu);
	for (uint32_t i = 0; i < reach->place_end; i++) {
		if (reach->places[i].list != NULL)
			drop_number(reach, reach->places[i].number);
		free(reach->places[i].list);
	}
	mcr_index_free(reach->by_number);
	free(reach->places);
	free(reach->claims);
	free(reach);
}

struct number_key {
	const struct mcr_reach *reach;
	uint32_t number;
};

static uint32_t
hash_number(uint32_t number)
{
	return mcr_hash(number, 0);
}

static bool
has_number(const void *arg, uint32_t id)
{
	const struct number_key *key = arg;

	return key->reach->places[id].number == key->number;
}

static uint32_t
find_place(const struct mcr_reach *reach, uint32_t number)
{
	const struct number_key key = {reach, number};

	return mcr_index_find(reach->by_number, hash_number(number), has_number, &key);
}

static uint32_t
take_place(struct mcr_reach *reach)
{
	const uint32_t id = reach->unused_place;

	if (id != NO_ID) {
		reach->unused_place = reach->places[id].unused;
		return id;
	}
	return reach->place_end < place_capacity(reach) ? reach->place_end++ : NO_ID;
}

/* After the grace period: no reader sees the number any more. */
static void
reuse_place(void *arg, void *object)
{
	struct mcr_reach *reach = arg;
	struct place *place = object;

	RTE_ASSERT(place->first == NO_ID && place->list == NULL);
	place->unused = reach->unused_place;
	reach->unused_place = place - reach->places;
}

static uint32_t
take_claim(struct mcr_reach *reach)
{
	const uint32_t id = reach->unused_claim;

	if (id != NO_ID) {
		reach->unused_claim = reach->claims[id].next;
		return id;
	}
	return reach->claim_end < reach->capacity ? reach->claim_end++ : NO_ID;
}

static void
give_claim(struct mcr_reach *reach, uint32_t id)
{
	reach->claims[id] = (struct claim){.next = reach->unused_claim};
	reach->unused_claim = id;
}

/* @param before NO_ID: the claim is the first. */
static uint32_t
find_claim(const struct mcr_reach *reach, uint32_t place, uint32_t member, uint32_t *before)
{
	uint32_t id = reach->places[place].first;

	*before = NO_ID;
	while (id != NO_ID && reach->claims[id].receiver.member != member) {
		*before = id;
		id = reach->claims[id].next;
	}
	return id;
}

/* @param without A claim to leave out, or NO_ID. */
static struct mcr_receivers *
build_list(const struct mcr_reach *reach, uint32_t first, uint32_t without)
{
	struct mcr_receivers *list;
	uint32_t count = 0;

	for (uint32_t id = first; id != NO_ID; id = reach->claims[id].next)
		count += id != without;
	list = malloc(sizeof(*list) + count * sizeof(list->at[0]));
	if (list == NULL)
		return NULL;
	list->count = 0;
	for (uint32_t id = first; id != NO_ID; id = reach->claims[id].next) {
		if (id != without)
			list->at[list->count++] = reach->claims[id].receiver;
	}
	return list;
}

static void
publish(struct mcr_reach *reach, struct place *place, struct mcr_receivers *list)
{
	struct mcr_receivers *before = place->list;

	__atomic_store_n(&place->list, list, __ATOMIC_RELEASE);
	if (before != NULL)
		mcr_rcu_retire_memory(reach->rcu, before);
}

static int
claim_new_number(struct mcr_reach *reach, uint32_t number, uint32_t claim)
{
	const uint32_t id = take_place(reach);
	struct place *place;

	if (id == NO_ID)
		return -ENOSPC;
	place = &reach->places[id];
	*place = (struct place){.number = number, .first = claim};
	place->list = build_list(reach, claim, NO_ID);
	if (place->list != NULL &&
		mcr_index_insert(reach->by_number, hash_number(number), id) == 0) {
		reach->claims[claim].place = id;
		if (reach->are_addresses)
			mcr_address_hold(number);
		return 1;
	}
	free(place->list);
	*place = (struct place){.first = NO_ID};
	reuse_place(reach, place);
	return -ENOMEM;
}

static int
claim_known_number(struct mcr_reach *reach, uint32_t place, uint32_t claim)
{
	struct mcr_receivers *list;

	reach->claims[claim].place = place;
	reach->claims[claim].next = reach->places[place].first;
	list = build_list(reach, claim, NO_ID);
	if (list == NULL)
		return -ENOMEM;
	reach->places[place].first = claim;
	publish(reach, &reach->places[place], list);
	return 0;
}

int
mcr_reach_claim(struct mcr_reach *reach, uint32_t number, struct mcr_receiver receiver)
{
	const uint32_t place = find_place(reach, number);
	uint32_t claim, before;
	int ret;

	if (place != MCR_INDEX_NONE) {
		claim = find_claim(reach, place, receiver.member, &before);
		if (claim != NO_ID) {
			reach->claims[claim].is_doubted = false;
			return -EEXIST;
		}
	}
	claim = take_claim(reach);
	if (claim == NO_ID)
		return -ENOSPC;
	reach->claims[claim] = (struct claim){.receiver = receiver, .next = NO_ID, .is_used = true};
	if (mcr_rcu_reserve(reach->rcu, 1) != 0)
		ret = -ENOMEM;
	else if (place == MCR_INDEX_NONE)
		ret = claim_new_number(reach, number, claim);
	else
		ret = claim_known_number(reach, place, claim);
	if (ret < 0)
		give_claim(reach, claim);
	return ret;
}

static void
remove_place(struct mcr_reach *reach, uint32_t id)
{
	struct place *place = &reach->places[id];

	mcr_index_remove(reach->by_number, hash_number(place->number), id);
	publish(reach, place, NULL);
	drop_number(reach, place->number);
	mcr_rcu_retire(reach->rcu, reuse_place, reach, place);
}

static int
release_claim(struct mcr_reach *reach, uint32_t claim, uint32_t before)
{
	const uint32_t id = reach->claims[claim].place;
	struct place *place = &reach->places[id];
	struct mcr_receivers *list = NULL;
	const bool is_last = place->first == claim && reach->claims[claim].next == NO_ID;

	if (mcr_rcu_reserve(reach->rcu, 2) != 0)
		return -ENOMEM;
	if (!is_last) {
		list = build_list(reach, place->first, claim);
		if (list == NULL)
			return -ENOMEM;
	}
	if (before != NO_ID)
		reach->claims[before].next = reach->claims[claim].next;
	else
		place->first = reach->claims[claim].next;
	give_claim(reach, claim);
	if (is_last)
		remove_place(reach, id);
	else
		publish(reach, place, list);
	return is_last;
}

int
mcr_reach_release(struct mcr_reach *reach, uint32_t number, uint32_t member)
{
	const uint32_t place = find_place(reach, number);
	uint32_t claim, before;

	if (place == MCR_INDEX_NONE)
		return -ENOENT;
	claim = find_claim(reach, place, member, &before);
	return claim != NO_ID ? release_claim(reach, claim, before) : -ENOENT;
}

void
mcr_reach_begin(struct mcr_reach *reach, uint32_t member)
{
	for (uint32_t i = 0; i < reach->claim_end; i++) {
		struct claim *claim = &reach->claims[i];

		if (claim->is_used && claim->receiver.member == member)
			claim->is_doubted = true;
	}
}

static uint32_t
release_all(struct mcr_reach *reach, uint32_t member, bool doubted)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < reach->claim_end; i++) {
		const struct claim *claim = &reach->claims[i];
		uint32_t before;

		if (!claim->is_used || claim->receiver.member != member ||
			(doubted && !claim->is_doubted))
			continue;
		(void)find_claim(reach, claim->place, member, &before);
		count += release_claim(reach, i, before) >= 0;
	}
	return count;
}

uint32_t
mcr_reach_end(struct mcr_reach *reach, uint32_t member)
{
	return release_all(reach, member, true);
}

uint32_t
mcr_reach_forget(struct mcr_reach *reach, uint32_t member)
{
	return release_all(reach, member, false);
}

const struct mcr_receivers *
mcr_reach_find(const struct mcr_reach *reach, uint32_t number)
{
	const uint32_t id = find_place(reach, number);

	if (id == MCR_INDEX_NONE)
		return NULL;
	return __atomic_load_n(&reach->places[id].list, __ATOMIC_ACQUIRE);
}
