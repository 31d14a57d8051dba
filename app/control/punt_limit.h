/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/** @file Limits each member's punted frames, so that one sender does not starve the others of the
 * control lcore. All senders that are no members share one limit for each class. */

#ifndef MCR_CONTROL_PUNT_LIMIT_H
#define MCR_CONTROL_PUNT_LIMIT_H

#include "control/context.h"

struct mcr_punt_limits *
mcr_punt_limit_create(uint32_t max_members);

/** Start a new member with a full bucket. */
void
mcr_punt_limit_start_member(struct mcr_controller *control, uint32_t id);

/** Count a frame. @param id MCR_MEMBER_NONE: no member's. @return Whether it may be handled. */
bool
mcr_punt_limit_take(struct mcr_controller *control, enum mcr_punt_class class, uint32_t id);

/** How many frames are counted at present. */
uint32_t
mcr_punt_limit_used(const struct mcr_controller *control, uint32_t id);

#endif
