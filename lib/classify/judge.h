/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * Messages to the routers of a link, of which the hub is one: IGMP, and the echo of all routers.
 * Private.
 */

#ifndef MCR_CLASSIFY_JUDGE_H
#define MCR_CLASSIFY_JUDGE_H

#include "mcr_classify.h"

/** What a message is. */
struct judgement {
	uint8_t verdict; /**< enum mcr_verdict; DATA: no such message, its addresses decide */
	uint8_t punt;    /**< enum mcr_punt_kind, of PUNT */
	uint8_t drop;    /**< enum mcr_drop, of DROP */
};

/**
 * Look into a packet that is for all of a link, or for the hub itself.
 *
 * Not inline, with no more than an address to pass on: the way of the data keeps its registers.
 *
 * @param ip
 *   A packet that was parsed.
 * @param in_segment
 *   Whether IGMP of a type that the hub does not know is of its segment: then it is SEGMENT.
 */
struct judgement
judge_message(const uint8_t *ip, bool in_segment);

#endif
