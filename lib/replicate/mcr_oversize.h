/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * Copies over the path MTU: fragments of the inner packet when its DF is clear, else of the outer
 * one. Include mcr_replicate.h.
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

/** Room to build one outer packet before it is fragmented. */
#define MCR_OVERSIZE_SCRATCH (MCR_ENCAP_LINK_HEADROOM + UINT16_MAX)

struct mcr_oversize {
	const struct mcr_replicate *replicate;
	const struct mcr_original *original;
	const struct mcr_template *template;
	struct mcr_fragmenter fragmenter;
	const uint8_t *ethernet; /**< in front of each fragment of the outer packet; NULL: inner */
	uint32_t member;
	uint32_t frames;  /**< made or dropped */
	uint16_t fitting; /**< if the copy is dropped as oversize: the longest packet that fits */
};

/**
 * Start the fragments for a member of mcr_copies.oversize. One copy of an lcore at a time: all use
 * replicate->scratch. If the packet may not be fragmented (DF set or IPv6 and no outer header, or
 * drops_oversize), the copy counts as MCR_DROP_COPY_OVERSIZE and has no fragments.
 * @param original As given to mcr_replicate_burst(), in the same RCU read section. Must not change
 *   until the last fragment is made.
 */
void
mcr_oversize_start(struct mcr_oversize *oversize, const struct mcr_replicate *replicate,
	const struct mcr_original *original, uint32_t member);

/**
 * Like mcr_oversize_start(), for another hub that mcr_replicate_link() listed in copies->oversize:
 * fragments of the outer packet.
 * @param link As given to mcr_replicate_link(); not kept.
 */
void
mcr_oversize_start_link(struct mcr_oversize *oversize, const struct mcr_replicate *replicate,
	struct mcr_link_original *link, uint32_t member);

/**
 * Append the next fragment to copies, which has room for it; the caller owns it. All but the first
 * count in MCR_STAT_TX_FRAGMENTS.
 * @return false after the last fragment, or when no buffer is left: the copy then ends and counts
 *   once as MCR_DROP_COPY_NO_MBUF.
 */
bool
mcr_oversize_next(struct mcr_oversize *oversize, struct mcr_copies *copies);

#endif
