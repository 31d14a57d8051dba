/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * Wait for another thread, but only until a deadline. Setting the machine's clock does not move it.
 */

#ifndef MCR_INFRA_DEADLINE_H
#define MCR_INFRA_DEADLINE_H

#include <errno.h>
#include <semaphore.h>
#include <stdbool.h>
#include <time.h>

/** @return The moment in so many milliseconds, on CLOCK_MONOTONIC. */
static inline struct timespec
mcr_deadline_in_ms(unsigned int ms)
{
	struct timespec deadline;

	clock_gettime(CLOCK_MONOTONIC, &deadline);
	deadline.tv_sec += ms / 1000;
	deadline.tv_nsec += ms % 1000 * 1000000L;
	deadline.tv_sec += deadline.tv_nsec / 1000000000L;
	deadline.tv_nsec %= 1000000000L;
	return deadline;
}

/** @return Whether the semaphore was posted in time; it is taken then. */
static inline bool
mcr_deadline_wait(sem_t *semaphore, const struct timespec *deadline)
{
	int ret;

	do
		ret = sem_clockwait(semaphore, CLOCK_MONOTONIC, deadline);
	while (ret != 0 && errno == EINTR);
	return ret == 0;
}

#endif
