/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/** @file Watches the control lcore, which watches all others: a thread of its own logs when it
 * finishes no turn for two seconds, and what it is doing. The same thread tells the service
 * manager, see service.h. */

#ifndef MCR_CONTROL_CONTROL_WATCH_H
#define MCR_CONTROL_CONTROL_WATCH_H

#include "control/context.h"

/** Start the thread. Without it the hub runs, too: a failure is only logged. */
void
mcr_control_watch_start(const struct mcr_controller *control);

void
mcr_control_watch_stop(void);

/** Any thread: let the thread look now whether the service manager is to be told something. */
void
mcr_control_watch_wake(void);

/** Control lcore: say what begins. @param what Static text. */
static inline void
mcr_control_begin(struct mcr_controller *control, const char *what)
{
	__atomic_store_n(&control->doing, what, __ATOMIC_RELAXED);
}

#endif
