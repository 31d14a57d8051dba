/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * The background of the control lcore: what may take long (reloads, telemetry, admission, expiry,
 * the state file). It runs on a stack of its own and pauses after each slice of time, so that the
 * foreground (neighbours, joins, pings, timers) never waits for it.
 *
 * Only the background adds, changes and removes members, so that they stay as they are while it
 * pauses. The foreground may do all else: resolve next hops, take joins and leaves.
 */

#ifndef MCR_CONTROL_BACKGROUND_H
#define MCR_CONTROL_BACKGROUND_H

#include "control/context.h"

/** What the background does again and again. @return How much it had to do. */
typedef unsigned int (*mcr_background_round)(struct mcr_controller *control);

/** @return 0 or -ENOMEM. */
int
mcr_background_create(struct mcr_controller *control, mcr_background_round round);

/** Let the round in progress end, with mcr_background_pause() returning false. No lcore runs; who
 * waits for an answer of telemetry gets it. */
void
mcr_background_end(struct mcr_controller *control);

/** After mcr_background_end(). */
void
mcr_background_free(struct mcr_controller *control);

/** Go on for one slice, to the end of the round at most. @return 0: there was nothing to do. */
unsigned int
mcr_background_run(struct mcr_controller *control);

/**
 * Between two steps of long work: let the foreground run if the slice is over. Outside of the
 * background, as at the start, it does nothing. The caller holds no pointer into what the
 * foreground may change: lists of receivers, neighbours, learned groups.
 * @return False: the hub ends, give up.
 */
bool
mcr_background_pause(struct mcr_controller *control);

/** Wait until readers have let go of what was retired; the foreground and all lcores go on.
 * @return False: nothing was retired, or a reader did not answer in time. */
bool
mcr_background_await_readers(struct mcr_controller *control);

#endif
