/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/** @file What the service manager is told: when the hub serves packets, reloads and ends, how it
 * fares, and that all lcores and ports make progress (sd_notify(3)). The control lcore notes it;
 * the thread of control_watch.h sends it, since the manager may be slow. */

#ifndef MCR_CONTROL_SERVICE_H
#define MCR_CONTROL_SERVICE_H

#include "control/context.h"

/** NULL: no memory. */
struct mcr_service *
mcr_service_create(void);

/** Control lcore, once a second: note the state of the hub. */
void
mcr_service_note_state(struct mcr_controller *control, const struct mcr_stats *stats);

/** Control lcore: a reload begins. */
void
mcr_service_note_reload(struct mcr_controller *control);

/** Control lcore: all reloads that began are applied or refused. */
void
mcr_service_note_reloaded(struct mcr_controller *control);

/** The thread: send what is new. @param control_runs The control lcore makes progress. */
void
mcr_service_tell(const struct mcr_controller *control, bool control_runs);

/** The thread: whether the manager waits to be told that each lcore is in its loop. */
bool
mcr_service_awaits_lcores(const struct mcr_controller *control);

/** The thread: the hub ends. */
void
mcr_service_tell_end(void);

#endif
