/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * The handover of shared members from one placement to the next. All hubs take its phases together:
 *
 *     settled   members are served by this generation
 *     prepare   the next generation's members join those of this one, filtered by a packet's tag;
 *               all hubs still send with the tag of this generation
 *     switch    each hub sends with the tag of the next generation as soon as it likes
 *     settled   nothing with the old tag is under way: members of the old generation go
 *
 * The tag of a generation is its parity. Pure.
 */

#ifndef MCR_CONTROL_PLACEMENT_HANDOVER_H
#define MCR_CONTROL_PLACEMENT_HANDOVER_H

#include <stdbool.h>
#include <stdint.h>

enum mcr_handover_phase {
	MCR_HANDOVER_NONE, /**< no generation is known yet: claimed members are served alone */
	MCR_HANDOVER_PREPARE,
	MCR_HANDOVER_SWITCH,
	MCR_HANDOVER_SETTLED,
};

struct mcr_handover {
	uint64_t generation; /**< that begins, or has settled */
	enum mcr_handover_phase phase;
};

const char *
mcr_handover_phase_name(enum mcr_handover_phase phase);

/** @return Whether the text is the name of a phase other than none. */
bool
mcr_handover_parse_phase(const char *text, enum mcr_handover_phase *phase);

/** The tag of the generation. */
static inline uint8_t
mcr_handover_new_tag(const struct mcr_handover *handover)
{
	return handover->generation & 1;
}

/** Whether copies are filtered by tag. */
static inline bool
mcr_handover_filters(const struct mcr_handover *handover)
{
	return handover->phase == MCR_HANDOVER_PREPARE || handover->phase == MCR_HANDOVER_SWITCH;
}

/** The tag of what this hub's own members send. */
static inline uint8_t
mcr_handover_tag(const struct mcr_handover *handover)
{
	return mcr_handover_new_tag(handover) ^ (handover->phase == MCR_HANDOVER_PREPARE);
}

/** Tags that packets may have, as bits. */
uint8_t
mcr_handover_tags(const struct mcr_handover *handover);

/** The mask of a member, struct mcr_placement. @param serves Bit t: this hub serves it by the
 * generation of parity t. Bits of other tags do not matter. */
uint8_t
mcr_handover_mask(const struct mcr_handover *handover, uint8_t serves);

#endif
