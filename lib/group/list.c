/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <stdlib.h>
#include <string.h>

#include <rte_debug.h>

#include <mcr_dpdk.h>
#include <mcr_hash.h>

#include "internal.h"

#define SCRATCH_ROOM_MIN 64

/* Some 10 us. */
#define COMPARISONS_AT_ONCE 1024U
#define RECEIVERS_AT_ONCE 1024U

static size_t
list_bytes(uint32_t n_receivers)
{
	return sizeof(struct mcr_group_list) + n_receivers * sizeof(struct mcr_receiver);
}

/* New memory takes time. */
static void
copy_in_steps(struct mcr_group_table *table, struct mcr_receiver *to,
	const struct mcr_receiver *from, uint32_t n)
{
	for (uint32_t i = 0; i < n; i += RECEIVERS_AT_ONCE) {
		memcpy(&to[i], &from[i], RTE_MIN(n - i, RECEIVERS_AT_ONCE) * sizeof(*to));
		if (n > RECEIVERS_AT_ONCE && table->work == MCR_GROUP_BULK &&
			!table->must_not_pause)
			(void)group_must_stop(table);
	}
}

struct mcr_receiver *
group_list_copy(struct mcr_group_table *table, const struct mcr_receiver *receivers, uint32_t n)
{
	struct mcr_receiver *copy = malloc((n + 1ul) * sizeof(*copy));

	if (copy != NULL)
		copy_in_steps(table, copy, receivers, n);
	return copy;
}

struct mcr_group_list *
group_list_create(struct mcr_group_table *table, const struct mcr_receiver *receivers,
	uint32_t n_receivers, struct group_terms terms)
{
	struct mcr_group_list *list = malloc(list_bytes(n_receivers));

	if (list == NULL)
		return NULL;
	list->rest = NULL;
	list->references = 1;
	list->hash = 0;
	list->suspensions = table->suspensions - 1;
	list->is_published = false;
	list->senders = terms.senders;
	list->priority = terms.priority;
	if (terms.senders != NULL)
		terms.senders->references++;
	list->receivers.count = n_receivers;
	copy_in_steps(table, list->receivers.at, receivers, n_receivers);
	table->list_bytes += list_bytes(n_receivers);
	return list;
}

void
group_list_release(void *arg, void *object)
{
	struct mcr_group_table *table = arg;
	struct mcr_group_list *list = object;

	RTE_ASSERT(list->references == 0);
	RTE_ASSERT(list->hash == 0);
	table->list_bytes -= list_bytes(list->receivers.count);
	if (list->senders != NULL)
		group_senders_drop(list->senders);
	free(list);
}

struct mcr_receiver *
group_list_scratch(struct mcr_group_table *table, uint32_t n)
{
	const uint32_t room = RTE_MAX(rte_align32pow2(n), (uint32_t)SCRATCH_ROOM_MIN);
	struct mcr_receiver *scratch;

	RTE_ASSERT(n != 0);
	if (n <= table->scratch_room[table->work])
		return table->scratch[table->work];
	scratch = realloc(table->scratch[table->work], room * sizeof(*scratch));
	if (scratch == NULL)
		return NULL;
	table->scratch[table->work] = scratch;
	table->scratch_room[table->work] = room;
	return scratch;
}

int
mcr_receiver_compare(const void *a, const void *b)
{
	const uint64_t first = receiver_order(*(const struct mcr_receiver *)a);
	const uint64_t second = receiver_order(*(const struct mcr_receiver *)b);

	return (first > second) - (first < second);
}

static int
compare_and_pause(const void *a, const void *b, void *arg)
{
	struct mcr_group_table *table = arg;

	if (table->comparisons++ % COMPARISONS_AT_ONCE == 0)
		(void)group_must_stop(table);
	return mcr_receiver_compare(a, b);
}

uint32_t
group_receivers_sort(struct mcr_group_table *table, struct mcr_receiver *receivers, uint32_t n)
{
	uint32_t left = 0;

	if (n > 1)
		qsort_r(receivers, n, sizeof(*receivers), compare_and_pause, table);
	for (uint32_t i = 0; i < n; i++) {
		if (left == 0 || mcr_receiver_compare(&receivers[left - 1], &receivers[i]) != 0)
			receivers[left++] = receivers[i];
	}
	return left;
}

uint32_t
group_receivers_before(const struct mcr_receiver *receivers, uint32_t n, struct mcr_receiver one)
{
	const uint64_t order = receiver_order(one);
	uint32_t from = 0, to, step = 1;

	while (from + step <= n && receiver_order(receivers[from + step - 1]) < order) {
		from += step;
		step *= 2;
	}
	to = RTE_MIN(from + step - 1, n);
	while (from < to) {
		const uint32_t middle = from + (to - from) / 2;

		if (receiver_order(receivers[middle]) < order)
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}

bool
group_list_is(const struct mcr_group_list *list, const struct mcr_receiver *receivers, uint32_t n,
	struct group_terms terms)
{
	return list->receivers.count == n && list->priority == terms.priority &&
	       group_senders_equal(list->senders, terms.senders) &&
	       memcmp(list->receivers.at, receivers, n * sizeof(*receivers)) == 0;
}

static bool
is_member(const struct mcr_sender *sender)
{
	return sender->member != MCR_GROUP_NONE;
}

/* MCR_GROUP_NONE is the greatest id, so prefixes sort last. */
static int
compare_senders(const void *a, const void *b)
{
	const struct mcr_sender *first = a, *second = b;

	if (first->member != second->member)
		return first->member > second->member ? 1 : -1;
	if (is_member(first))
		return 0;
	if (first->address != second->address)
		return first->address > second->address ? 1 : -1;
	return first->length - second->length;
}

static uint32_t
hash_senders(const struct mcr_sender *senders, uint32_t n)
{
	uint32_t hash = n;

	for (uint32_t i = 0; i < n; i++)
		hash = is_member(&senders[i])
		               ? mcr_hash(senders[i].member, hash)
		               : mcr_hash((uint64_t)senders[i].address << 8 | senders[i].length,
					 ~hash);
	return hash;
}

struct group_senders *
group_senders_create(const struct mcr_group_terms *terms)
{
	const struct mcr_sender *senders = terms->senders;
	const uint32_t n = terms->n_senders;
	struct group_senders *copy = malloc(sizeof(*copy) + n * sizeof(*senders));

	if (copy == NULL)
		return NULL;
	copy->references = 1;
	copy->limit = terms->limit;
	copy->count = n;
	copy->n_members = 0;
	for (uint32_t i = 0; i < n; i++) {
		copy->at[i] = senders[i];
		copy->n_members += is_member(&senders[i]);
	}
	for (uint32_t i = 0; i < n; i++) {
		if (!is_member(&senders[i]))
			mcr_address_hold(senders[i].address);
	}
	qsort(copy->at, n, sizeof(*senders), compare_senders);
	copy->hash = hash_senders(copy->at, n) + terms->limit;
	return copy;
}

void
group_senders_drop(struct group_senders *senders)
{
	RTE_ASSERT(senders->references != 0);
	if (--senders->references != 0)
		return;
	for (uint32_t i = senders->n_members; i < senders->count; i++)
		mcr_address_drop(senders->at[i].address);
	free(senders);
}

bool
group_senders_equal(const struct group_senders *senders, const struct group_senders *other)
{
	if (senders == other)
		return true;
	if (senders == NULL || other == NULL || senders->count != other->count ||
		senders->limit != other->limit)
		return false;
	for (uint32_t i = 0; i < senders->count; i++) {
		if (compare_senders(&senders->at[i], &other->at[i]) != 0)
			return false;
	}
	return true;
}
