/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * For tests: preloaded into a program, the calendar's clock is wrong by as many seconds as stand in
 * the file that MCR_CLOCK_STEP names. Clocks that only count, as CLOCK_MONOTONIC, stay right.
 */

#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static long
step(void)
{
	const char *path = getenv("MCR_CLOCK_STEP");
	FILE *file = path == NULL ? NULL : fopen(path, "r");
	long seconds = 0;

	if (file == NULL)
		return 0;
	if (fscanf(file, "%ld", &seconds) != 1)
		seconds = 0;
	fclose(file);
	return seconds;
}

int
clock_gettime(clockid_t id, struct timespec *now)
{
	const int status = syscall(SYS_clock_gettime, id, now);

	if (status == 0 && (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE))
		now->tv_sec += step();
	return status;
}

int
gettimeofday(struct timeval *restrict now, void *restrict zone)
{
	struct timespec time;

	(void)zone;
	clock_gettime(CLOCK_REALTIME, &time);
	now->tv_sec = time.tv_sec;
	now->tv_usec = time.tv_nsec / 1000;
	return 0;
}

time_t
time(time_t *now)
{
	struct timespec time;

	clock_gettime(CLOCK_REALTIME, &time);
	if (now != NULL)
		*now = time.tv_sec;
	return time.tv_sec;
}
