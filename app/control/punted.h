/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/** @file Passes each frame that an RX lcore punted to its feature, and frees or refuses it. */

#ifndef MCR_CONTROL_PUNTED_H
#define MCR_CONTROL_PUNTED_H

#include "control/context.h"

/** Handle a punted frame. @param in Its frame is consumed. @return False: refused by a limit. */
bool
mcr_punted_receive(struct mcr_controller *control, struct mcr_punt *in);

#endif
