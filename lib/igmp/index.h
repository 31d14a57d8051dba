/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/*
 * An intrusive hash table of groups by their link, and of sources by their group. The number of
 * chains is fixed, so no insert rehashes.
 */

#ifndef MCR_IGMP_INDEX_H
#define MCR_IGMP_INDEX_H

#include <stdint.h>

struct igmp_node {
	struct igmp_node *next;
	const void *owner;
	uint32_t address;
};

struct igmp_index {
	struct igmp_node **chains;
	uint32_t mask;
};

/* About one chain for each of capacity records. 0 or -ENOMEM. */
int
igmp_index_init(struct igmp_index *index, uint32_t capacity);
void
igmp_index_free(struct igmp_index *index);
struct igmp_node *
igmp_index_find(const struct igmp_index *index, const void *owner, uint32_t address);
/* node->owner and node->address are set, and no such node is in the table. */
void
igmp_index_add(struct igmp_index *index, struct igmp_node *node);
void
igmp_index_remove(struct igmp_index *index, struct igmp_node *node);

#endif
