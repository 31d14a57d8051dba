/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* What the files of this library share. */

#ifndef MCR_REPLICATE_BURST_H
#define MCR_REPLICATE_BURST_H

#include "mcr_replicate.h"

/* The burst in work: the receivers that get a copy, and what is the same for all copies. */
struct burst {
	const struct mcr_replicate *replicate;
	const struct mcr_original *original;
	uint64_t shape; /* of the headers, the last one's if there are several */
	uint16_t length;
	bool is_uniform; /* headers of one shape */
	uint16_t count;
	const struct mcr_template *templates[MCR_REPLICATE_BURST];
};

/*
 * A way to make copies, in buffers as they come from their pool, which stand in copies from
 * copies->count on. The count itself is the caller's.
 */
typedef void (*burst_way)(const struct burst *burst, struct mcr_copies *copies);

/* ways.c: the fastest for this machine, chosen when the program is loaded. */
extern burst_way burst_share;
extern burst_way burst_copy;

/* Choose those with, or without, AVX2. */
void
burst_choose_ways(bool has_avx2);

/* Describe copies of one port and one length, for whom packets and members are there already. */
void
burst_append(struct mcr_copies *copies, uint16_t count, uint16_t port, uint32_t length);

/* As burst_copy, for buffers without room for whole pieces of MCR_REPLICATE_CHUNK. */
void
burst_copy_exactly(const struct burst *burst, struct mcr_copies *copies);

#endif
