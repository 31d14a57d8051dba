/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * The hash of keys that others choose: addresses, groups, MACs, ports.
 *
 * It depends on a secret of the process: otherwise somebody could choose keys that collide and make
 * every search slow. A seeded CRC would not help: it is linear, so keys that collide under one seed
 * collide under all.
 */

#ifndef MCR_HASH_H
#define MCR_HASH_H

#include <stdint.h>

#include <rte_common.h>
#include <rte_hash_crc.h>

/** Private; fixed until mcr_hash_choose_secret(), so that tests and benchmarks are repeatable. */
struct mcr_hash_secret {
	uint64_t first;
	uint64_t second;
} __rte_cache_aligned;

extern struct mcr_hash_secret mcr_hash_secret;

/** Choose the secret at random, before any table exists. @return 0, or -errno: it is unchanged. */
int
mcr_hash_choose_secret(void);

/**
 * Hash a key of two words, or of a word and a kind. The product with the secret is unpredictable;
 * both halves count, since the low bits of one and the high bits of the other depend on few bits of
 * the key. The CRC breaks up the arithmetic progression of products of consecutive keys.
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
