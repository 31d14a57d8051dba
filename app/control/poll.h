/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/** @file A turn of the control lcore. */

#ifndef MCR_CONTROL_POLL_H
#define MCR_CONTROL_POLL_H

#include "control/context.h"

/** @param now_ms From a clock that never goes back. @return Handled frames and requests. */
unsigned int
mcr_control_poll(struct mcr_controller *control, uint64_t now_ms);

/** A round of the background, see background.h. */
unsigned int
mcr_control_do_background(struct mcr_controller *control);

#endif
