/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* What the files of this library share. */

#ifndef MCR_REPLICATE_BURST_H
#define MCR_REPLICATE_BURST_H

#include "mcr_replicate.h"

struct burst;

/*
 * A variant to make copies, one after the other, for those receivers from the first on whose
 * headers have the shape of a template, in buffers as they come from their pool, which stand in
 * copies->packets from copies->count on.
 *
 * Returns for how many. They are not described yet; see burst_append().
 */
typedef uint16_t (*burst_variant)(const struct burst *burst, const struct mcr_template *like,
	const struct mcr_receiver *receivers, uint16_t count, struct mcr_copies *copies);

/* The burst in work. */
struct burst {
	const struct mcr_replicate *replicate;
	const struct mcr_original *original;
	struct rte_mempool *pool;
	burst_variant variant;
	uint32_t sharing; /* bit of each port that takes chains, when those are made */
};

/* copy_loops.c: the fastest for this machine, chosen when the program is loaded. */
extern burst_variant burst_share;
extern burst_variant burst_copy;

/* As burst_copy, for buffers without room for whole pieces of MCR_REPLICATE_CHUNK. */
extern burst_variant burst_copy_exactly;

/* How wide the vectors are that a machine has. */
enum burst_width {
	BURST_WIDTH_ANY,
	BURST_WIDTH_AVX2,
};

enum burst_width
burst_width_of_cpu(void);

/* Choose the ways of a width. */
void
burst_choose_variants(enum burst_width width);

/* Describe copies of one port and one length, for whom packets and members are there already. */
void
burst_append(struct mcr_copies *copies, uint16_t count, uint16_t port, uint32_t length);

#endif
