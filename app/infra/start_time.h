/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * How long the steps of the start took. For the main thread.
 */

#ifndef MCR_APP_START_TIME_H
#define MCR_APP_START_TIME_H

/** The program begins. */
void
mcr_start_time_begin(void);

/**
 * A step is over, which began when the step before ended. Nothing is noted without a begin.
 * @param step Its name, valid as long as the program runs.
 */
void
mcr_start_time_note(const char *step);

/** Log one line: all of the time until now, and each step's share in milliseconds. */
void
mcr_start_time_log(void);

#endif
