/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * The placement of shared members, by the generations and phases that the agent tells
 * (handover.h), and by which hubs are alive (hubs.h). Every hub of a domain follows it, as packets
 * of all have a tag; only those with shared members serve any. Control lcore only.
 *
 * When another hub should serve a member from now on, this is the order here, so that nobody gets
 * a packet twice or not at all:
 *
 *     to begin   masks, the filter, a grace period, then lists with the members that arrive
 *     to end     lists without those that leave, a grace period, then masks and no filter
 *
 * Only then are others told: that it is applied, that a member was left to a claim. Lists may take
 * their time. So when a hub turns out to be alive that should serve a member of this one, masks and
 * the filter give the member up at once, and lists follow.
 */

#ifndef MCR_CONTROL_PLACEMENT_PLACEMENT_H
#define MCR_CONTROL_PLACEMENT_PLACEMENT_H

#include "control/context.h"
#include "control/placement/handover.h"
#include "control/placement/hubs.h"

/** @return 0 or -ENOMEM. Nothing without a domain. */
int
mcr_placements_create(struct mcr_controller *control);

void
mcr_placements_free(struct mcr_controller *control);

/** NULL without a domain. */
struct mcr_hubs *
mcr_placements_hubs(const struct mcr_controller *control);

/** A peer has come or gone. */
void
mcr_placements_follow_peers(struct mcr_controller *control);

/** What a hub reaches has changed. */
void
mcr_placements_follow_networks(struct mcr_controller *control);

/** The agent tells a generation and its phase; the serving sets that were staged are in force. It
 * takes some turns. */
void
mcr_placements_take(struct mcr_controller *control, const struct mcr_handover *handover);

/** The last one that was told. */
const struct mcr_handover *
mcr_placements_told(const struct mcr_controller *control);

/** The one by which members are placed. */
const struct mcr_handover *
mcr_placements_get(const struct mcr_controller *control);

/** Whether this hub is one of those that serve in it. With a domain. */
bool
mcr_placements_names_self(const struct mcr_controller *control);

/** Whether lists, masks and tag are as it says; in the phase prepare, also whether this hub sends
 * packets to all hubs of the new serving set that it can reach. */
bool
mcr_placements_is_applied(const struct mcr_controller *control);

/** Give members up to hubs that turn out to be alive. Foreground: a hub that has begun to send to
 * both waits for no longer than some hellos. */
void
mcr_placements_watch(struct mcr_controller *control);

/** Follow what has changed. Background. */
void
mcr_placements_run(struct mcr_controller *control);

#endif
