/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <errno.h>
#include <stdlib.h>

#include <rte_debug.h>

#include <mcr_dpdk.h>
#include <mcr_hash.h>

#include "index.h"

/* 2^26 chains take 512 MB; beyond that chains get longer. */
#define MOST_CHAINS (1u << 26)
#define FEWEST_CHAINS 16u

int
igmp_index_init(struct igmp_index *index, uint32_t capacity)
{
	const uint32_t wanted = RTE_MIN(capacity, MOST_CHAINS);
	const uint32_t chains = rte_align32pow2(RTE_MAX(wanted, FEWEST_CHAINS));

	index->mask = chains - 1;
	index->chains = calloc(chains, sizeof(*index->chains));
	return index->chains == NULL ? -ENOMEM : 0;
}

void
igmp_index_free(struct igmp_index *index)
{
	free(index->chains);
}

static struct igmp_node **
chain(const struct igmp_index *index, const void *owner, uint32_t address)
{
	return &index->chains[mcr_hash((uintptr_t)owner, address) & index->mask];
}

struct igmp_node *
igmp_index_find(const struct igmp_index *index, const void *owner, uint32_t address)
{
	struct igmp_node *node = *chain(index, owner, address);

	while (node != NULL && (node->owner != owner || node->address != address))
		node = node->next;
	return node;
}

void
igmp_index_add(struct igmp_index *index, struct igmp_node *node)
{
	struct igmp_node **head = chain(index, node->owner, node->address);

	RTE_ASSERT(igmp_index_find(index, node->owner, node->address) == NULL);
	node->next = *head;
	*head = node;
}

void
igmp_index_remove(struct igmp_index *index, struct igmp_node *node)
{
	struct igmp_node **link = chain(index, node->owner, node->address);

	while (*link != node) {
		RTE_ASSERT(*link != NULL);
		link = &(*link)->next;
	}
	*link = node->next;
}
