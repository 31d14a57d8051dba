/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * Admission: an undeclared instance of a named prefix becomes a member by sending or joining.
 *
 * An RX lcore that meets one passes its frame to the control lcore, which makes it a member and
 * gives the frame back to be received once more. Where the prefix has its members already, RX
 * lcores drop the frame themselves, so a flood of unknown_senders costs the control lcore nothing.
 */

#ifndef MCR_CONTROL_ADMISSION_H
#define MCR_CONTROL_ADMISSION_H

#include "control/context.h"

/** @return 0 or -ENOMEM. Nobody is admitted before mcr_admit_configure(). */
int
mcr_admit_create(struct mcr_controller *control);

/** No lcore runs any more. Not before mcr_state_file_end(). */
void
mcr_admit_free(struct mcr_controller *control);

/**
 * Control lcore: as whom somebody with this address would be admitted, if at all; its key is not
 * known before it comes.
 *
 * @param[out] member
 *   Its record, when there is room for it and a way to it.
 */
bool
mcr_admit_foresee(
	const struct mcr_controller *control, uint32_t address, struct mcr_member *member);

/**
 * Control lcore: a frame of somebody who may be admitted. It goes back to its RX lcore, which
 * receives it once more, or drops it.
 */
void
mcr_admit_frame(struct mcr_controller *control, const struct mcr_punt *in);

/** Control lcore: such a frame goes back to be dropped. */
void
mcr_admit_refuse(struct mcr_controller *control, const struct mcr_punt *in, enum mcr_drop reason);

/**
 * Control lcore: admit a member that was there before a restart.
 *
 * @return
 *   Its id; MCR_MEMBER_NONE when no rule admits it.
 */
uint32_t
mcr_admit_restore(struct mcr_controller *control, const struct mcr_member_identity *identity);

/**
 * Control lcore: follow a configuration. Members that no rule admits any more are detached, as are
 * those which the configuration declares by itself.
 *
 * @return
 *   0 or -ENOMEM.
 */
int
mcr_admit_configure(struct mcr_controller *control, const struct mcr_config *config);

/** Control lcore: when an admitted member was heard or held a group for the last time. */
uint64_t
mcr_admit_heard_ms(const struct mcr_controller *control, uint32_t id);

/** Control lcore: forget members that hold no group and have been silent for long. */
void
mcr_admit_expire(struct mcr_controller *control);

#endif
