/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* Private: messages to the routers of a link: IGMP, and echo requests to all routers. */

#ifndef MCR_CLASSIFY_JUDGE_H
#define MCR_CLASSIFY_JUDGE_H

#include "mcr_classify.h"

struct judgement {
	uint8_t verdict; /**< enum mcr_verdict; DATA: no such message, the addresses decide */
	uint8_t punt;    /**< enum mcr_punt_kind, of PUNT */
	uint8_t drop;    /**< enum mcr_drop, of DROP */
};

/**
 * Judge a parsed packet that is for the whole link or for the hub itself. Few parameters and not
 * inline, so that the data path keeps its registers.
 * @param in_segment Whether IGMP of an unknown type gets the verdict SEGMENT.
 */
struct judgement
judge_message(const uint8_t *ip, bool in_segment);

#endif
