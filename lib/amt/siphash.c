/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* Names as in section 2 of the paper. */

#include <rte_debug.h>

#include "siphash.h"

#define C_ROUNDS 2
#define D_ROUNDS 4

struct state {
	uint64_t v0, v1, v2, v3;
};

static uint64_t
rotate_left(uint64_t word, unsigned int bits)
{
	RTE_ASSERT(bits > 0 && bits < 64);
	return word << bits | word >> (64 - bits);
}

static uint64_t
read_le(const uint8_t *at, size_t len)
{
	uint64_t word = 0;

	RTE_ASSERT(len <= sizeof(word));
	for (size_t i = 0; i < len; i++)
		word |= (uint64_t)at[i] << (8 * i);
	return word;
}

static void
sip_round(struct state *s)
{
	s->v0 += s->v1;
	s->v2 += s->v3;
	s->v1 = rotate_left(s->v1, 13) ^ s->v0;
	s->v3 = rotate_left(s->v3, 16) ^ s->v2;
	s->v0 = rotate_left(s->v0, 32);
	s->v2 += s->v1;
	s->v0 += s->v3;
	s->v1 = rotate_left(s->v1, 17) ^ s->v2;
	s->v3 = rotate_left(s->v3, 21) ^ s->v0;
	s->v2 = rotate_left(s->v2, 32);
}

static void
sip_rounds(struct state *s, unsigned int count)
{
	while (count-- > 0)
		sip_round(s);
}

static void
compress(struct state *s, uint64_t word)
{
	s->v3 ^= word;
	sip_rounds(s, C_ROUNDS);
	s->v0 ^= word;
}

uint64_t
siphash(const uint8_t key[SIPHASH_KEY_LEN], const uint8_t *data, size_t len)
{
	const uint64_t k0 = read_le(key, 8), k1 = read_le(key + 8, 8);
	struct state s = {
		.v0 = k0 ^ 0x736f6d6570736575,
		.v1 = k1 ^ 0x646f72616e646f6d,
		.v2 = k0 ^ 0x6c7967656e657261,
		.v3 = k1 ^ 0x7465646279746573,
	};
	size_t at = 0;

	for (; at + 8 <= len; at += 8)
		compress(&s, read_le(data + at, 8));
	compress(&s, (uint64_t)len << 56 | read_le(data + at, len - at));
	s.v2 ^= 0xff;
	sip_rounds(&s, D_ROUNDS);
	return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}
