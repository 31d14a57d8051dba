/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/** @file Who serves a shared member: the hub with the highest claim, else the one that the
 * placement chooses. Pure. */

#ifndef MCR_CONTROL_PLACEMENT_DECISION_H
#define MCR_CONTROL_PLACEMENT_DECISION_H

#include <stdbool.h>
#include <stdint.h>

#include <mcr_claim.h>
#include <mcr_placement.h>

#include "control/placement/claims.h"
#include "control/placement/handover.h"

/** What is known of a member. Hubs as in hubs.h. */
struct mcr_decision_facts {
	uint16_t chosen[MCR_PLACEMENT_TAGS]; /**< by placement; MCR_HUBS_NOBODY for a tag that no
	                                        packet has */
	uint32_t left[MCR_PLACEMENT_TAGS];   /**< to which claim that hub has left it; 0: to none */
	const struct mcr_own_claim *own;
	const struct mcr_claims_found *found; /**< of other hubs */
};

struct mcr_decision {
	uint8_t mask;    /**< struct mcr_placement; 0: this hub does not serve it */
	uint16_t server; /**< of what this hub's own members send */
	/** The claim to which this hub leaves the member, since it would be chosen; 0: none. */
	uint32_t left;
};

/** Whether another hub's claim beats this hub's. @param id Of this hub. */
static inline bool
mcr_decision_loses(
	uint32_t id, const struct mcr_own_claim *own, const struct mcr_claims_found *found)
{
	return own->number != 0 && found->claim.number != 0 &&
	       mcr_claim_beats(found->claim, (struct mcr_claim){id, own->number});
}

/** Decide. @param facts This hub's claim is the highest, or none. */
struct mcr_decision
mcr_decide(const struct mcr_handover *handover, const struct mcr_decision_facts *facts,
	uint64_t now_ms);

#endif
