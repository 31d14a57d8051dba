/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * Admission: an undeclared instance of a named prefix becomes a member by sending or joining.
 *
 * An RX lcore punts the frame of an unknown sender. The control lcore makes the sender a member and
 * resubmits the frame. Where the prefix is full, RX lcores drop such frames themselves, so a flood
 * of them costs the control lcore nothing. All functions: control lcore only.
 */

#ifndef MCR_CONTROL_ADMISSION_H
#define MCR_CONTROL_ADMISSION_H

#include "control/context.h"

/** @return NULL: no memory. */
struct mcr_admission *
mcr_admit_create(uint32_t max_members);

/**
 * Whether a sender with this address would be admitted, and as which member; without its key, which
 * is not known before it sends.
 *
 * @param[out] member
 *   Its record, when there is room for it and a route to it.
 */
bool
mcr_admit_foresee(
	const struct mcr_controller *control, uint32_t address, struct mcr_member *member);

/** Admit the sender of a frame, or not. The frame goes back to its RX lcore, which receives it once
 * more or drops it. */
void
mcr_admit_frame(struct mcr_controller *control, const struct mcr_punt *in);

/** Give such a frame back to be dropped. */
void
mcr_admit_refuse(struct mcr_controller *control, const struct mcr_punt *in, enum mcr_drop reason);

/**
 * Admit a member that was there before a restart.
 *
 * @return
 *   Its id; MCR_MEMBER_NONE when no rule admits it.
 */
uint32_t
mcr_admit_restore(struct mcr_controller *control, const struct mcr_member_identity *identity);

/**
 * Follow a configuration. Members that no rule admits any more, or that it declares, are detached.
 *
 * @return
 *   0 or -ENOMEM.
 */
int
mcr_admit_configure(struct mcr_controller *control, const struct mcr_config *config);

/** When an admitted member was last heard or held a group. */
uint64_t
mcr_admit_heard_ms(const struct mcr_controller *control, uint32_t id);

/** Forget members that hold no group and have been silent for 10 minutes. */
void
mcr_admit_expire(struct mcr_controller *control);

#endif
