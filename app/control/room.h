/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * Which undeclared members leave to make room for declared ones when limits.members is reached.
 * Control lcore only.
 */

#ifndef MCR_CONTROL_ROOM_H
#define MCR_CONTROL_ROOM_H

#include "control/context.h"

/**
 * Choose who leaves, in this order: admitted members that hold no group, the longest silent first;
 * AMT gateways, of the address with the most of them first; the other admitted members.
 *
 * @param declared
 *   By member id: declared, so it stays.
 * @param count
 *   How many have to leave.
 * @param[in,out] leaving
 *   By member id: members that leave anyway; set for those that are chosen.
 * @return
 *   0, -ENOSPC (there are fewer) or -ENOMEM; then none is chosen.
 */
int
mcr_room_choose(
	const struct mcr_controller *control, const bool *declared, uint32_t count, bool *leaving);

#endif
