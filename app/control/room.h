/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/** @file Chooses which undeclared members leave when declared ones need room within
 * limits.members. */

#ifndef MCR_CONTROL_ROOM_H
#define MCR_CONTROL_ROOM_H

#include "control/context.h"

/**
 * Choose in this order: admitted members that hold no group, the longest silent first; AMT
 * gateways, from the address with most gateways first; the other admitted members. Control lcore
 * only.
 * @param declared By member id: stays.
 * @param count How many must leave.
 * @param[in,out] leaving By member id: leaves anyway; set for the chosen.
 * @return 0, -ENOSPC (too few candidates) or -ENOMEM; a failure chooses none.
 */
int
mcr_room_choose(
	struct mcr_controller *control, const bool *declared, uint32_t count, bool *leaving);

#endif
