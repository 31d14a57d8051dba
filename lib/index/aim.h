/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* For tests and benchmarks: keys whose CRCs are equal under every seed. */

#ifndef MCR_AIM_H
#define MCR_AIM_H

#include <stdint.h>

#include <rte_hash_crc.h>

/* Source 10.0.0.0 and group 239.0.0.0; the first byte of each is fixed. */
#define AIM_FIRST UINT64_C(0x0a000000ef000000)
#define AIM_FREE UINT64_C(0x00ffffff00ffffff)

/* CRCs of known differences, indexed by their highest bit. */
struct aim_basis {
	uint32_t crcs[32];
	uint64_t differences[32];
};

/* Reduce a difference by the basis. Returns one whose CRC is 0, or adds it and returns 0. */
static inline uint64_t
aim_reduce(struct aim_basis *basis, uint64_t difference)
{
	uint32_t crc = rte_hash_crc_8byte(difference, 0) ^ rte_hash_crc_8byte(0, 0);

	while (crc != 0) {
		const uint32_t top = 31 - __builtin_clz(crc);

		if (basis->crcs[top] == 0) {
			basis->crcs[top] = crc;
			basis->differences[top] = difference;
			return 0;
		}
		crc ^= basis->crcs[top];
		difference ^= basis->differences[top];
	}
	return difference;
}

/* 48 bits are free and the CRC has 32, so 16 are left: n is a power of two up to 65536. */
static inline void
aim_at_crc(uint64_t *keys, uint32_t n)
{
	struct aim_basis basis = {0};
	uint32_t count = 1;

	keys[0] = AIM_FIRST;
	for (uint32_t bit = 0; bit < 64 && count < n; bit++) {
		const uint64_t difference =
			AIM_FREE >> bit & 1 ? aim_reduce(&basis, UINT64_C(1) << bit) : 0;

		if (difference == 0)
			continue;
		for (uint32_t i = 0; i < count; i++)
			keys[count + i] = keys[i] ^ difference;
		count *= 2;
	}
}

#endif
