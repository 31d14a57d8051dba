/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * Learned membership: what IGMP says becomes receivers of the group table. Control lcore only.
 */

#ifndef MCR_CONTROL_MEMBERSHIP_H
#define MCR_CONTROL_MEMBERSHIP_H

#include <mcr_igmp.h>

#include "control/context.h"

/** @return 0 or -errno; the hub has no IGMP when the configuration says so. */
int
mcr_membership_create(struct mcr_controller *control);

void
mcr_membership_free(struct mcr_controller *control);

/** NULL: there is none, as IGMP and AMT are off. */
struct mcr_igmp *
mcr_membership_router(const struct mcr_controller *control);

/** Whether IGMP is on for members other than AMT gateways. */
bool
mcr_membership_asks(const struct mcr_controller *control);

/**
 * Follow a configuration that was applied: IGMP may be switched on or off, and its settings change.
 *
 * @return
 *   0 or -errno.
 */
int
mcr_membership_configure(struct mcr_controller *control, const struct mcr_config *config);

/** A member is there: it is asked what it wants to receive. One that only sends is not. */
void
mcr_membership_add(struct mcr_controller *control, uint32_t id);

/** A member has other properties: what it joined stays, unless it receives no more. */
void
mcr_membership_update(struct mcr_controller *control, uint32_t id);

/** A member goes: what it joined is withdrawn. */
void
mcr_membership_remove(struct mcr_controller *control, uint32_t member);

/** The way to a member has opened: queries that were lost until now are sent again. */
void
mcr_membership_reach(struct mcr_controller *control, uint32_t member);

/**
 * An IGMP packet came from a member.
 *
 * @return
 *   MCR_DROP_NONE when it was accepted, else why it was not.
 */
enum mcr_drop
mcr_membership_receive(
	struct mcr_controller *control, uint32_t member, const uint8_t *packet, uint32_t len);

/**
 * Put in force what a member had joined before a restart, until it can have been asked.
 *
 * @return
 *   Whether it is.
 */
bool
mcr_membership_restore(
	struct mcr_controller *control, uint32_t member, const struct mcr_igmp_record *record);

/** Whether a member is a receiver of a group, or waits for room to become one. */
bool
mcr_membership_holds_any(const struct mcr_controller *control, uint32_t member);

/** Publish what changed. */
void
mcr_membership_publish(struct mcr_controller *control);

/** Do what is due, and publish what changed since. */
void
mcr_membership_run(struct mcr_controller *control);

/** Seconds until a learned receiver expires; 0: never, or it is not learned. */
uint32_t
mcr_membership_expires_s(
	const struct mcr_controller *control, const struct mcr_group_key *key, uint32_t member);

#endif
