/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <rte_debug.h>

#include <mcr_address.h>
#include <mcr_dpdk.h>
#include <mcr_hash.h>

#include "table.h"

int
mcr_neigh_table_init(struct mcr_neigh_table *table, uint32_t capacity)
{
	const uint32_t buckets = rte_align32pow2(capacity);

	RTE_ASSERT(capacity > 0 && buckets >= capacity);
	table->entries = calloc(capacity, sizeof(*table->entries));
	table->buckets = malloc(buckets * sizeof(*table->buckets));
	if (table->entries == NULL || table->buckets == NULL)
		return -ENOMEM;
	table->capacity = capacity;
	table->bucket_mask = buckets - 1;
	memset(table->buckets, 0xff, buckets * sizeof(*table->buckets));
	for (uint32_t i = 0; i < capacity; i++)
		table->entries[i].next = i + 1;
	table->entries[capacity - 1].next = MCR_NEIGH_NO_ENTRY;
	table->free = 0;
	return 0;
}

void
mcr_neigh_table_free(struct mcr_neigh_table *table)
{
	for (uint32_t i = 0; table->entries != NULL && i < table->capacity; i++)
		mcr_address_drop(table->entries[i].address);
	free(table->entries);
	free(table->buckets);
}

static uint32_t *
address_bucket(const struct mcr_neigh_table *table, uint16_t port, uint32_t address)
{
	return &table->buckets[mcr_hash(address, port) & table->bucket_mask];
}

uint32_t
mcr_neigh_table_find(const struct mcr_neigh_table *table, uint16_t port, uint32_t address)
{
	uint32_t at = *address_bucket(table, port, address);

	while (at != MCR_NEIGH_NO_ENTRY &&
		(table->entries[at].address != address || table->entries[at].port != port))
		at = table->entries[at].next;
	return at;
}

uint32_t
mcr_neigh_table_add(struct mcr_neigh_table *table, uint16_t port, uint32_t address)
{
	const uint32_t at = table->free;
	uint32_t *bucket = address_bucket(table, port, address);

	RTE_ASSERT(mcr_neigh_table_find(table, port, address) == MCR_NEIGH_NO_ENTRY);
	if (at == MCR_NEIGH_NO_ENTRY)
		return at;
	table->free = table->entries[at].next;
	table->entries[at] = (struct mcr_neigh_entry){
		.timer.tag = at,
		.address = address,
		.port = port,
		.next = *bucket,
	};
	*bucket = at;
	mcr_address_hold(address);
	return at;
}

void
mcr_neigh_table_remove(struct mcr_neigh_table *table, uint32_t entry)
{
	struct mcr_neigh_entry *removed = &table->entries[entry];
	uint32_t *link = address_bucket(table, removed->port, removed->address);

	while (*link != entry) {
		RTE_ASSERT(*link != MCR_NEIGH_NO_ENTRY);
		link = &table->entries[*link].next;
	}
	*link = removed->next;
	mcr_address_drop(removed->address);
	removed->address = MCR_ADDRESS_NONE;
	removed->next = table->free;
	table->free = entry;
}
