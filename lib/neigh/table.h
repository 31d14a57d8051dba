/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/** @file Held addresses by port and address, each with a number that never changes. */

#ifndef MCR_NEIGH_TABLE_H
#define MCR_NEIGH_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include <mcr_timer.h>
#include <rte_ether.h>

#define MCR_NEIGH_NO_ENTRY UINT32_MAX

struct mcr_neigh_entry {
	struct mcr_timer timer; /**< to the next request, in milliseconds */
	uint32_t address;       /**< of either family, with a reference */
	uint32_t holds;
	uint32_t next; /**< in its bucket or in the free list */
	uint16_t port;
	bool is_resolved;
	bool is_doubted; /**< the candidate claims it; no answer has decided yet */
	uint8_t tries;   /**< requests since the MAC was confirmed, or since the first hold */
	struct rte_ether_addr mac;
	struct rte_ether_addr candidate;
	uint64_t heard;    /**< from the MAC, when the first request of a refresh was made */
	uint64_t rests_to; /**< until then data raises no doubt */
};

struct mcr_neigh_table {
	struct mcr_neigh_entry *entries;
	uint32_t capacity;
	uint32_t *buckets;
	uint32_t bucket_mask;
	uint32_t free;
};

/** 0 or -ENOMEM; needs mcr_neigh_table_free() in both cases. */
int
mcr_neigh_table_init(struct mcr_neigh_table *table, uint32_t capacity);

void
mcr_neigh_table_free(struct mcr_neigh_table *table);

uint32_t
mcr_neigh_table_find(const struct mcr_neigh_table *table, uint16_t port, uint32_t address);

/** Add an address that is not there. MCR_NEIGH_NO_ENTRY when the table is full. */
uint32_t
mcr_neigh_table_add(struct mcr_neigh_table *table, uint16_t port, uint32_t address);

void
mcr_neigh_table_remove(struct mcr_neigh_table *table, uint32_t entry);

#endif
