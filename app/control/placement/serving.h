/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * Shared members: for each, which hub serves it, by claim or else by placement, and whether it is
 * in this hub's lists. One that is not gets nothing from here: no copies, floods, queries, nor
 * unicast by its overlay address. placement.h says when. Control lcore only.
 *
 * Without shared members there is no struct mcr_serving, and all members are local.
 */

#ifndef MCR_CONTROL_PLACEMENT_SERVING_H
#define MCR_CONTROL_PLACEMENT_SERVING_H

#include "control/context.h"
#include "control/interest.h"
#include "control/placement/claims.h"
#include "control/placement/handover.h"
#include "control/placement/hubs.h"

/** After placements. @return 0 or -ENOMEM. Nothing without shared members. */
int
mcr_serving_create(struct mcr_controller *control);

void
mcr_serving_free(struct mcr_controller *control);

/** A member was attached or has changed. One that is shared now is in no list until it was decided
 * who serves it. Background. */
void
mcr_serving_follow_member(struct mcr_controller *control, uint32_t id);

/** A member is about to be detached. Background. */
void
mcr_serving_forget_member(struct mcr_controller *control, uint32_t id);

/** Whether a member is shared: declared, and it may receive. */
bool
mcr_serving_is_shared(const struct mcr_controller *control, uint32_t id);

/** Whether this hub sends to a member; local ones always. */
bool
mcr_serving_lists(const struct mcr_controller *control, uint32_t id);

/** The hub that serves a shared member, for packets of this hub's own members: the index of a peer,
 * MCR_HUBS_SELF or MCR_HUBS_NOBODY. */
uint16_t
mcr_serving_server(const struct mcr_controller *control, uint32_t id);

/** Whether this hub serves a member by its claim. */
bool
mcr_serving_claims(const struct mcr_controller *control, uint32_t id);

/** Data or a join of a member has arrived: claim it if another hub serves it. @param silent_ms For
 * how long nothing had arrived before. */
void
mcr_serving_come(struct mcr_controller *control, uint32_t id, uint64_t silent_ms);

/** Whether members may come to this hub: it does not drain, and if members are shared, it is one
 * of those that serve them. */
bool
mcr_serving_welcomes(const struct mcr_controller *control);

/** Give up claims of members that have not come for so long and need not stay. Background. */
void
mcr_serving_give_up(struct mcr_controller *control, uint64_t silent_ms);

/** Whether no other hub of the serving set can take a member over. */
bool
mcr_serving_must_stay(const struct mcr_controller *control, uint32_t id);

/** A claim, or what was left to one, of a peer: MCR_INTEREST_COMES, MCR_INTEREST_LEFT. @return 0,
 * -ENOSPC or -ENOMEM. */
int
mcr_serving_hear(struct mcr_controller *control, const struct mcr_peer *peer,
	const struct mcr_interest_key *key, enum mcr_interest interest);

/** NULL without shared members. */
struct mcr_claims *
mcr_serving_claims_of_peers(const struct mcr_controller *control);

/** What /mcdpdk/placement counts. */
struct mcr_serving_counts {
	uint32_t members; /**< shared */
	uint32_t served;  /**< of them, by this hub */
	uint32_t claims;  /**< of this hub */
};

struct mcr_serving_counts
mcr_serving_count(struct mcr_controller *control);

/* The steps of placement.h, each of them over all members. Background, but for the first. */

/**
 * Follow what has changed of other hubs: what this hub serves and another one should serve now is
 * given up, by masks alone. Not background: at once.
 * @param has_changed mcr_hubs_choose() may have another answer.
 * @return Whether something was given up: the filter has to be on.
 */
bool
mcr_serving_follow_hubs(struct mcr_controller *control, bool has_changed);

/** Serving sets are other ones: mcr_serving_choose() may have another result. */
void
mcr_serving_follow_placement(struct mcr_controller *control);

/** Whether lists have members that were given up since mcr_serving_publish(). */
bool
mcr_serving_gave_up(const struct mcr_controller *control);

/** Whether mcr_serving_decide() may have another result. */
bool
mcr_serving_is_due(const struct mcr_controller *control);

/** Whether mcr_serving_choose() may. */
bool
mcr_serving_must_choose(const struct mcr_controller *control);

/** Choose the hub of each member by placement. */
void
mcr_serving_choose(struct mcr_controller *control);

/**
 * Decide who serves each member: by claim, or else by what was chosen.
 * @param is_new The placement has changed: a member that should go, but whose joins no other hub
 *   knows, or that no other hub reaches, is claimed instead.
 * @return Whether something was decided otherwise than before.
 */
bool
mcr_serving_decide(struct mcr_controller *control, bool is_new);

/** Set the mask of each shared member as decided. @param widens Only add to the mask. */
void
mcr_serving_set_masks(struct mcr_controller *control, bool widens);

/** Put members into lists and take them out, as decided, and publish that. @return 0 or -errno:
 * call again. */
int
mcr_serving_publish(struct mcr_controller *control);

/** Tell the agent of claims, and of members left to other hubs' claims. */
void
mcr_serving_tell(struct mcr_controller *control);

#endif
