/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * What comes and goes with a member beside its record: its next hop is resolved, IGMP queries it,
 * its counters start at zero. Control lcore only.
 */

#ifndef MCR_CONTROL_ATTACH_H
#define MCR_CONTROL_ATTACH_H

#include "control/context.h"

/**
 * Add a member.
 *
 * @return
 *   0, -EEXIST, -ENOSPC or -ENOMEM; then nothing is left of it.
 */
int
mcr_attach_member(struct mcr_controller *control, const struct mcr_member *member, uint32_t *id);

/**
 * Give a member other properties; nothing happens when they are the same.
 *
 * @return
 *   0, -EEXIST, -ENOSPC or -ENOMEM; then it is as it was.
 */
int
mcr_attach_update(struct mcr_controller *control, uint32_t id, const struct mcr_member *member);

/** Give an undeclared member the hub's address inside the tunnels; l2 is no tunnel. */
void
mcr_attach_set_overlay(struct mcr_member *member, const struct mcr_config *config);

/** Have an undeclared member follow a configuration's. @return As mcr_attach_update(). */
int
mcr_attach_update_overlay(
	struct mcr_controller *control, uint32_t id, const struct mcr_config *config);

/**
 * Send an undeclared member its copies by the port that it sends to: a tunnel accepts only that
 * port's address.
 *
 * @return
 *   As mcr_attach_update(), or -ENETUNREACH: no route back. A member with l2 keeps its port then.
 */
int
mcr_attach_follow_port(struct mcr_controller *control, uint32_t id, uint16_t port);

/** Iterate over the members of an origin, as mcr_member_next(). */
uint32_t
mcr_attach_next(const struct mcr_members *members, enum mcr_member_origin origin, uint32_t after);

/** Withdraw what a member joined. Static lists may still name it: they go before it is detached.
 */
void
mcr_attach_withdraw(struct mcr_controller *control, uint32_t id);

/**
 * Withdraw what a member joined and publish lists without it, so that it can be detached.
 *
 * @return
 *   0 or -ENOMEM: published lists may still name the member, so it keeps its id. To be called
 * again.
 */
int
mcr_attach_release(struct mcr_controller *control, uint32_t id);

/** Remove a member that no published list of receivers and no flood list names. */
void
mcr_detach_member(struct mcr_controller *control, uint32_t id);

#endif
