/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/** @file When something arrived last from each member by which it shows that it uses this hub:
 * data, a join, or a ping inside its tunnel; another ping may be a probe. In hubs of
 * a domain. Control lcore only. */

#ifndef MCR_CONTROL_PLACEMENT_ARRIVALS_H
#define MCR_CONTROL_PLACEMENT_ARRIVALS_H

#include "control/context.h"

/** @return NULL: no memory. */
struct mcr_arrivals *
mcr_arrivals_create(uint32_t max_members);

/** A new member: nothing arrived from it. */
void
mcr_arrivals_start_member(struct mcr_controller *control, uint32_t id);

/** A join, or a ping inside its tunnel. */
void
mcr_arrivals_note(struct mcr_controller *control, uint32_t id);

/** For how long nothing arrived; UINT64_MAX: nothing ever did. */
uint64_t
mcr_arrivals_silent_ms(const struct mcr_controller *control, uint32_t id);

/** Look at the counters of some members. Background. */
void
mcr_arrivals_run(struct mcr_controller *control);

#endif
