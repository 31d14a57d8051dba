/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * Admission: an undeclared instance of a named prefix becomes a member by sending or joining.
 *
 * An RX lcore punts the frame of an unknown sender. The control lcore makes the sender a member and
 * resubmits the frame. While a prefix is full, RX lcores drop such frames themselves, so a flood
 * costs the control lcore nothing. Control lcore only.
 */

#ifndef MCR_CONTROL_ADMISSION_H
#define MCR_CONTROL_ADMISSION_H

#include "control/context.h"

struct mcr_admission *
mcr_admit_create(uint32_t max_members);

/** Whether a sender with this address would be admitted.
 * @param[out] member Its record, if so. The key is missing: only the sender's packets show it. */
bool
mcr_admit_foresee(
	const struct mcr_controller *control, uint32_t address, struct mcr_member *member);

/** Try to admit a frame's sender, and resubmit the frame. */
void
mcr_admit_frame(struct mcr_controller *control, const struct mcr_punt *in);

/** Resubmit an unknown sender's frame to its RX lcore. @param reason Drops it; or MCR_DROP_NONE. */
void
mcr_admit_resubmit(struct mcr_controller *control, const struct mcr_punt *in, enum mcr_drop reason);

/** Admit a member of the state file. @return Its id; MCR_MEMBER_NONE: no rule admits it. */
uint32_t
mcr_admit_restore(struct mcr_controller *control, const struct mcr_member_identity *identity);

/** Follow a configuration: members that no rule admits any more are detached. 0 or -ENOMEM. */
int
mcr_admit_configure(struct mcr_controller *control, const struct mcr_config *config);

/** When an admitted member last sent or held a group. */
uint64_t
mcr_admit_heard_ms(const struct mcr_controller *control, uint32_t id);

/** Detach members that hold no group and have been silent for 10 minutes. */
void
mcr_admit_expire(struct mcr_controller *control);

#endif
