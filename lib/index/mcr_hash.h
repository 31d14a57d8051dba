/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * The hash of keys that others choose: addresses, groups, MACs, ports.
 *
 * It depends on a secret of the process. Without one, whoever may send or join can choose keys that
 * all fall into one place of a table, and each search there walks past all of them. A seed of a CRC
 * is no such secret: a CRC is linear, so keys that collide under one seed do so under all.
 */

#ifndef MCR_HASH_H
#define MCR_HASH_H

#include <stdint.h>

#include <rte_common.h>
#include <rte_hash_crc.h>

/** Private; fixed until mcr_hash_choose_secret(), so tests and benchmarks repeat themselves. */
struct mcr_hash_secret {
	uint64_t first;
	uint64_t second;
} __rte_cache_aligned;

extern struct mcr_hash_secret mcr_hash_secret;

/**
 * Choose the secret at random. Before the first table is made and any other thread runs: what was
 * put in under another secret is not found.
 *
 * @return
 *   0 or -errno: the secret is as it was.
 */
int
mcr_hash_choose_secret(void);

/**
 * Hash a key of two words, or of one and a kind that tells keys of different kinds apart.
 *
 * The product with the secret is what nobody can predict: both its halves count, as the lower bits
 * of the one and the upper bits of the other depend on few bits of the key. For consecutive keys it
 * is an arithmetic progression, which the CRC breaks up.
 */
static inline uint32_t
mcr_hash(uint64_t first, uint64_t second)
{
	__extension__ typedef unsigned __int128 product_type;
	const product_type product =
		(product_type)(first ^ mcr_hash_secret.first) * (second ^ mcr_hash_secret.second);

	return rte_hash_crc_8byte(product ^ product >> 64, 0);
}

#endif
