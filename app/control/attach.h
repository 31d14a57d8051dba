/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/** @file Attaches and detaches members: the record, the next hop, queries, counters. Control
 * lcore only. */

#ifndef MCR_CONTROL_ATTACH_H
#define MCR_CONTROL_ATTACH_H

#include "control/context.h"

/** Attach a member. @return 0, -EEXIST, -ENOSPC or -ENOMEM; nothing remains after a failure. */
int
mcr_attach_member(struct mcr_controller *control, const struct mcr_member *member, uint32_t *id);

/** Change a member. @return 0, -EEXIST, -ENOSPC or -ENOMEM; then it may have left its segment, so
 * that the caller has to apply the configuration before. */
int
mcr_attach_update(struct mcr_controller *control, uint32_t id, const struct mcr_member *member);

/** Give an undeclared member the hub's address inside tunnels; not an l2 member. */
void
mcr_attach_set_overlay(struct mcr_member *member, const struct mcr_config *config);

/** Give an undeclared member a configuration's overlay. @return As mcr_attach_update(). */
int
mcr_attach_update_overlay(
	struct mcr_controller *control, uint32_t id, const struct mcr_config *config);

/**
 * Move an undeclared member to the port that it sends to: a tunnel accepts only that port's
 * address.
 * @return As mcr_attach_update(), or -ENETUNREACH: no route back. An l2 member keeps its port
 * then.
 */
int
mcr_attach_follow_port(struct mcr_controller *control, uint32_t id, uint16_t port);

/** Iterate over the members of an origin, as mcr_member_next(). */
uint32_t
mcr_attach_next(struct mcr_controller *control, enum mcr_member_origin origin, uint32_t after);

/** Withdraw what a member joined. Static lists that name it must go before it is detached. */
void
mcr_attach_withdraw(struct mcr_controller *control, uint32_t id);

/** Withdraw what a member joined and publish the lists without the member.
 * @return 0: it may be detached. -ENOMEM: published lists may still name its id; call again. */
int
mcr_attach_withdraw_and_publish(struct mcr_controller *control, uint32_t id);

/** Detach a member that no published receiver list or flood list names. */
void
mcr_detach_member(struct mcr_controller *control, uint32_t id);

#endif
