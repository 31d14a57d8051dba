/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#ifndef MCR_REPLICATE_BURST_H
#define MCR_REPLICATE_BURST_H

#include "mcr_replicate.h"

/* A refcnt has 16 bits, and copies of earlier bursts may still hold references. Other lcores may
 * add a burst each at this moment. */
#define BURST_REFCNT_MAX (UINT16_MAX - MCR_REPLICATE_BURST * RTE_MAX_LCORE)

struct burst;

/*
 * A compiled copy loop. Makes copies for the leading receivers whose headers have the shape of a
 * template, in raw buffers from the pool at copies->packets[copies->count] and behind. Returns how
 * many; the caller adds them with burst_append().
 */
typedef uint16_t (*burst_variant)(const struct burst *burst, const struct mcr_template *like,
	const struct mcr_receiver *receivers, uint16_t count, struct mcr_copies *copies);

struct burst {
	const struct mcr_replicate *replicate;
	const struct mcr_original *original;
	struct rte_mempool *pool;
	burst_variant variant;
	uint32_t sharing; /* bit of each port that takes chains; 0: copies are whole */
};

struct burst_variants {
	burst_variant share_payload;
	burst_variant copy_payload;
	burst_variant copy_payload_exactly; /* for buffers without room for whole pieces */
};

/* copy_loops.c: the fastest variants for this CPU, chosen when the program is loaded. */
extern struct burst_variants burst_ipv4; /* also for what is not IP */
extern struct burst_variants burst_ipv6;

enum burst_width {
	BURST_WIDTH_ANY,
	BURST_WIDTH_AVX2,
};

enum burst_width
burst_width_of_cpu(void);

void
burst_choose_variants(enum burst_width width);

/* Add copies of one port and one length, whose packets and members are already set. */
void
burst_append(struct mcr_copies *copies, uint16_t count, uint16_t port, uint32_t length);

#endif
