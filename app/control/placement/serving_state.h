/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * What the parts of serving.h share: the shared members by id. serving.c has which there are,
 * serving_choice.c who serves each, serving_claims.c the claims of this hub, serving_lists.c the
 * lists and masks. For them alone.
 */

#ifndef MCR_CONTROL_PLACEMENT_SERVING_STATE_H
#define MCR_CONTROL_PLACEMENT_SERVING_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "control/placement/claims.h"
#include "control/placement/decision.h"
#include "control/placement/serving.h"

struct mcr_serving_member {
	bool is_shared; /* else nothing below means anything */
	bool is_listed;
	uint32_t hash;                       /* of its name */
	uint16_t chosen[MCR_PLACEMENT_TAGS]; /* hub by placement */
	struct mcr_own_claim own;
	struct mcr_decision now; /* the last one */
	uint32_t told_claim;     /* as the agent knows */
	uint32_t told_left;      /* likewise */
};

struct mcr_serving {
	struct mcr_claims *claims;
	uint64_t version; /* of claims, as decided */
	uint64_t due_ms;  /* when a claim's wait is over; UINT64_MAX: none waits */
	bool must_choose;
	bool must_decide;
	bool gave_up;                   /* lists have members that were given up */
	struct mcr_serving_member at[]; /* by member id */
};

/** @return NULL: the member is local. */
struct mcr_serving_member *
mcr_serving_find(const struct mcr_controller *control, uint32_t id);

/** The next shared member. MCR_MEMBER_NONE is the start and the end. Pauses: background. */
uint32_t
mcr_serving_next(struct mcr_controller *control, uint32_t after);

/** A member as the placement sees it. */
struct mcr_placement_member
mcr_serving_describe(const struct mcr_controller *control, uint32_t id);

/** Claims of other hubs for a member. */
struct mcr_claims_found
mcr_serving_find_claim(
	const struct mcr_controller *control, const struct mcr_serving_member *shared);

/** Claim a member for this hub. */
void
mcr_serving_claim(struct mcr_controller *control, struct mcr_serving_member *shared);

/** Tell the agent what has changed of this hub's claim for a member, and of what it left to one. */
void
mcr_serving_tell_claims(struct mcr_controller *control, struct mcr_serving_member *shared);

/** Take a member out of all lists. Published by the next commit. */
void
mcr_serving_unlist(struct mcr_controller *control, uint32_t id);

#endif
