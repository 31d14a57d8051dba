/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * Copies over the path MTU: fragments of the inner packet when its DF is clear, else of the outer
 * one. Part of mcr_replicate.h, which is what users include.
 */

#ifndef MCR_OVERSIZE_H
#define MCR_OVERSIZE_H

#include <stdbool.h>
#include <stdint.h>

#include <mcr_encap.h>
#include <mcr_fragment.h>

#include "mcr_original.h"

struct mcr_copies;
struct mcr_replicate;

/** Where one outer packet is built whole before it is cut. */
#define MCR_OVERSIZE_SCRATCH (MCR_ENCAP_COPY_HEADROOM + UINT16_MAX)

/** A copy on its way into fragments. */
struct mcr_oversize {
	const struct mcr_replicate *replicate;
	const struct mcr_original *original;
	const struct mcr_template *template;
	struct mcr_fragmenter fragmenter;
	const uint8_t *ethernet; /**< in front of each fragment of the outer packet; NULL: inner */
	uint32_t member;
	uint32_t frames; /**< made or counted as dropped */
};

/**
 * Begin with a copy of whom mcr_replicate_burst() listed in mcr_copies.oversize.
 *
 * Where fragmentation is not allowed (DF set and no outer packet), the copy is counted as
 * MCR_DROP_COPY_OVERSIZE and there is no fragment.
 *
 * @param[out] oversize
 *   Written whole.
 * @param original
 *   As given to mcr_replicate_burst(), in the same RCU read section. Must stay as it is, its packet
 *   too, until the last fragment is made.
 * @param member
 *   The receiver. One copy of an lcore at a time: they share replicate->scratch.
 */
void
mcr_oversize_start(struct mcr_oversize *oversize, const struct mcr_replicate *replicate,
	const struct mcr_original *original, uint32_t member);

/**
 * Append the next fragment to copies; what is more than one counts in MCR_STAT_TX_FRAGMENTS.
 *
 * @param copies
 *   With room for one. The caller owns what is appended.
 * @return
 *   Whether there was another; without a buffer for it, the rest is given up and counted as one
 *   MCR_DROP_COPY_NO_MBUF.
 */
bool
mcr_oversize_next(struct mcr_oversize *oversize, struct mcr_copies *copies);

#endif
