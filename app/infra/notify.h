/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * Messages to the service manager, see sd_notify(3). Without one, as when started by hand, they go
 * nowhere. Not for lcores: the manager may be slow to take a message.
 */

#ifndef MCR_INFRA_NOTIFY_H
#define MCR_INFRA_NOTIFY_H

#include <stdbool.h>
#include <stdint.h>

/** Whether somebody listens. */
bool
mcr_notify_is_wanted(void);

/** Within how many milliseconds the next "WATCHDOG=1" is expected; 0: none is. */
uint64_t
mcr_notify_watchdog_ms(void);

/** Send assignments, one a line, like "READY=1". */
void
mcr_notify_send(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
