/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/** @file The end of the program: packets are served until what was learned is on the disk and what
 * had arrived by then is sent. Control lcore only. */

#ifndef MCR_CONTROL_ENDING_H
#define MCR_CONTROL_ENDING_H

#include "control/context.h"

/** NULL: no memory. */
struct mcr_ending *
mcr_ending_create(uint16_t lcores);

/** In each turn: when the end is wanted, have the state file written, then stop all lcores. A slow
 * disk or lcore delays that by 1.2 s at most. */
void
mcr_ending_run(struct mcr_controller *control);

/** How long what is left to be done may still wait for the disk, in milliseconds. */
unsigned int
mcr_ending_left_ms(const struct mcr_controller *control);

#endif
