/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * Who makes room for declared members when limits.members is reached: members that came by
 * themselves. Control lcore only.
 */

#ifndef MCR_CONTROL_ROOM_H
#define MCR_CONTROL_ROOM_H

#include "control/context.h"

/**
 * Choose who leaves, in this order: admitted members that hold no group, the longest silent first;
 * AMT gateways, of the address with the most of them first; the other admitted members.
 *
 * @param declared
 *   By member id: it declares them, they stay.
 * @param count
 *   How many have to leave.
 * @param[in,out] leaving
 *   By member id: those who leave anyway, among them all that are declared no more; set for those
 *   who leave, too.
 * @return
 *   0, -ENOSPC (there are fewer) or -ENOMEM; then nobody is chosen.
 */
int
mcr_room_choose(
	const struct mcr_controller *control, const bool *declared, uint32_t count, bool *leaving);

#endif
