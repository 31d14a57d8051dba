/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * Shards of receivers, one for each TX lcore. The address alone decides, so a member keeps its TX
 * lcore while lists change, and members of one instance are together.
 */

#ifndef MCR_DATAPATH_SHARD_H
#define MCR_DATAPATH_SHARD_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_debug.h>

/** Longer lists are split. For shorter ones handing over costs more than it saves. */
#define MCR_SHARD_ABOVE 128

/** A group whose list was split stays so down to this, lest it alternate. */
#define MCR_SHARD_KEEP 96

/* 2^32 divided by the golden ratio: neighbouring addresses are spread evenly. */
#define MCR_SHARD_MULTIPLIER UINT32_C(0x9e3779b1)

/** A range of hashes. */
struct mcr_shard {
	uint32_t first;
	uint32_t size;
};

/** @param count At least 2. */
static inline struct mcr_shard
mcr_shard_make(uint32_t index, uint32_t count)
{
	const uint64_t first = ((uint64_t)index << 32) / count;
	const uint64_t next = ((uint64_t)(index + 1) << 32) / count;

	RTE_ASSERT(count > 1 && index < count);
	return (struct mcr_shard){first, next - first};
}

static inline bool
mcr_shard_has(struct mcr_shard shard, uint32_t address)
{
	return address * MCR_SHARD_MULTIPLIER - shard.first < shard.size;
}

#endif
