/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* Configured lists are shared, and so are lists that inherit receivers: else many (S,G) would each
 * copy a large prefix's. */

#include <stdlib.h>
#include <string.h>

#include <rte_debug.h>

#include <mcr_hash.h>

#include "internal.h"

#define BUCKETS_MIN 16

/* Never 0. A sum suits a set, and the CPU computes the terms in parallel. */
static uint32_t
hash_content(const struct mcr_receiver *receivers, uint32_t n, struct group_terms terms)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < n; i++)
		sum += mcr_hash(receiver_order(receivers[i]), 0);
	return mcr_hash(sum + terms.priority, terms.senders == NULL ? 0 : terms.senders->hash) | 1;
}

static struct mcr_group_list **
shared_bucket(const struct mcr_group_table *table, uint32_t hash)
{
	RTE_ASSERT(table->n_buckets != 0);
	RTE_ASSERT(rte_is_power_of_2(table->n_buckets));
	/* The lowest bit of a hash is always set. */
	return &table->shared[(hash >> 1) & (table->n_buckets - 1)];
}

static void
link_list(struct mcr_group_table *table, struct mcr_group_list *list)
{
	struct mcr_group_list **bucket = shared_bucket(table, list->hash);

	list->next = *bucket;
	*bucket = list;
}

/* Without memory the chains just grow longer. False: there are no buckets at all. */
static bool
grow_buckets(struct mcr_group_table *table)
{
	const uint32_t n = table->n_buckets;
	struct mcr_group_list **const old = table->shared;
	struct mcr_group_list **buckets;

	if (table->n_shared < n)
		return true;
	buckets = calloc(RTE_MAX(2 * n, (uint32_t)BUCKETS_MIN), sizeof(struct mcr_group_list *));
	if (buckets == NULL)
		return n != 0;
	table->shared = buckets;
	table->n_buckets = RTE_MAX(2 * n, (uint32_t)BUCKETS_MIN);
	for (uint32_t i = 0; i < n; i++) {
		while (old[i] != NULL) {
			struct mcr_group_list *list = old[i];

			old[i] = list->next;
			link_list(table, list);
		}
	}
	free(old);
	return true;
}

struct mcr_group_list *
group_list_share(struct mcr_group_table *table, const struct mcr_receiver *receivers, uint32_t n,
	struct group_terms terms)
{
	const uint32_t hash = hash_content(receivers, n, terms);
	struct mcr_group_list *list;

	if (!grow_buckets(table))
		return NULL;
	for (list = *shared_bucket(table, hash); list != NULL; list = list->next) {
		if (list->hash == hash && group_list_is(list, receivers, n, terms))
			return mcr_group_list_hold(list);
	}
	list = group_list_create(table, receivers, n, terms);
	if (list == NULL)
		return NULL;
	list->hash = hash;
	link_list(table, list);
	table->n_shared++;
	return list;
}

/* From now on no entry gets this list. A list that is not shared is left alone. */
static void
unlink_shared(struct mcr_group_table *table, struct mcr_group_list *list)
{
	struct mcr_group_list **link;

	if (list->hash == 0)
		return;
	link = shared_bucket(table, list->hash);
	RTE_ASSERT(table->n_shared != 0);
	while (*link != list)
		link = &(*link)->next;
	*link = list->next;
	list->hash = 0;
	table->n_shared--;
}

struct mcr_group_list *
mcr_group_list_hold(struct mcr_group_list *list)
{
	RTE_ASSERT(list->references != 0);
	RTE_ASSERT(list->references != UINT32_MAX);
	list->references++;
	return list;
}

void
mcr_group_list_drop(struct mcr_group_table *table, struct mcr_group_list *list)
{
	while (list != NULL) {
		struct mcr_group_list *rest = list->rest;

		RTE_ASSERT(list->references != 0);
		if (--list->references != 0)
			return;
		unlink_shared(table, list);
		if (list->is_published)
			mcr_rcu_retire(table->rcu, group_list_release, table, list);
		else
			group_list_release(table, list);
		list = rest;
	}
}

struct mcr_group_list *
mcr_group_list_get(struct mcr_group_table *table, const struct mcr_receiver *receivers,
	uint32_t n_receivers, const struct mcr_group_terms *terms)
{
	struct mcr_receiver *sorted = group_list_copy(table, receivers, n_receivers);
	const bool is_open = terms->n_senders == 0 && terms->limit == 0;
	struct group_terms own = {.priority = terms->priority};
	struct mcr_group_list *list = NULL;

	RTE_ASSERT(terms->priority <= MCR_GROUP_PRIORITY_MAX);
	if (!is_open)
		own.senders = group_senders_create(terms);
	if (sorted != NULL && (is_open || own.senders != NULL))
		list = group_list_share(
			table, sorted, group_receivers_sort(table, sorted, n_receivers), own);
	if (own.senders != NULL)
		group_senders_drop(own.senders);
	free(sorted);
	return list;
}
