/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * Log lines on their way to a reader that may be slow or gone: any thread queues them without
 * waiting, a thread of their own writes them.
 */

#ifndef MCR_INFRA_LOG_QUEUE_H
#define MCR_INFRA_LOG_QUEUE_H

#include <stdbool.h>
#include <stdint.h>

/** How many lines may wait. Later ones are lost, and one line says how many. */
#define MCR_LOG_QUEUE_SIZE 1024

/** Writes a line, without a line feed at its end. May block. */
typedef void (*mcr_log_queue_write)(uint32_t level, const char *line, int len);

/** Start the thread. EAL runs. What waits when the program aborts is written first. @return 0 or
 * -errno. */
int
mcr_log_queue_start(mcr_log_queue_write write);

/** Queue a line, from any thread. @return False: the thread does not run, write the line yourself.
 */
bool
mcr_log_queue_put(uint32_t level, const char *line, int len);

/** Wait until all that was queued is written, but not long for a slow reader. Not for lcores. */
void
mcr_log_queue_await(void);

/** End the thread when it has written what waits, or after half a second: then what is left is
 * lost, and so are later lines. */
void
mcr_log_queue_stop(void);

#endif
