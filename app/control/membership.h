/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/** @file Learned membership: joins by IGMP and MLD become receivers in the group table. Control
 * lcore only. */

#ifndef MCR_CONTROL_MEMBERSHIP_H
#define MCR_CONTROL_MEMBERSHIP_H

#include <mcr_igmp.h>

#include "control/context.h"

/** @return 0 or -errno. */
int
mcr_membership_create(struct mcr_controller *control);

void
mcr_membership_free(struct mcr_controller *control);

/** @return NULL: it is off, and of IGMP AMT as well. */
struct mcr_igmp *
mcr_membership_router(const struct mcr_controller *control, enum mcr_router router);

/** MCR_ROUTERS routers, as above. */
struct mcr_igmp *const *
mcr_membership_routers(const struct mcr_controller *control);

/** Whether a router is on for members other than AMT gateways. */
bool
mcr_membership_asks(const struct mcr_controller *control, enum mcr_router router);

/** Joins that wait for room in the table of groups. */
uint32_t
mcr_membership_waiting(const struct mcr_controller *control);

/** Follow a configuration that was applied. @return 0 or -errno. */
int
mcr_membership_configure(struct mcr_controller *control, const struct mcr_config *config);

/** Query a new member if it takes part. */
void
mcr_membership_add(struct mcr_controller *control, uint32_t id);

/** Follow a changed member. Its joins stay unless it no longer receives. */
void
mcr_membership_update(struct mcr_controller *control, uint32_t id);

/** Withdraw what a member joined that is leaving. Pauses, see background.h. */
void
mcr_membership_leave_all(struct mcr_controller *control, uint32_t member);

/** Withdraw what a member joined. */
void
mcr_membership_remove(struct mcr_controller *control, uint32_t member);

/** A member has become reachable: earlier queries were lost, so query it again. */
void
mcr_membership_reach(struct mcr_controller *control, uint32_t member);

/** Handle a member's packet with a message of IGMP or MLD. @return MCR_DROP_NONE, or why it is
 * refused. */
enum mcr_drop
mcr_membership_receive(
	struct mcr_controller *control, uint32_t member, const uint8_t *packet, uint32_t len);

/** Restore a join from the state file until the member can answer a query. @return Success. */
bool
mcr_membership_restore(
	struct mcr_controller *control, uint32_t member, const struct mcr_igmp_record *record);

/** Whether a member receives a group or waits for room to do so. */
bool
mcr_membership_holds_any(const struct mcr_controller *control, uint32_t member);

/** Run due timers and publish changed groups. */
void
mcr_membership_run(struct mcr_controller *control);

/** Seconds until a learned receiver expires; 0: never, or not learned. */
uint32_t
mcr_membership_expires_s(
	const struct mcr_controller *control, const struct mcr_group_key *key, uint32_t member);

#endif
