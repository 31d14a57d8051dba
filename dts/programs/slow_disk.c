/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * For tests: preloaded into a program, its fsync() waits as long as the file exists that
 * MCR_SLOW_DISK names. FILE.reached says that it waits.
 */

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

int
fsync(int fd)
{
	const char *gate = getenv("MCR_SLOW_DISK");
	char reached[4096];

	snprintf(reached, sizeof(reached), "%s.reached", gate);
	if (access(gate, F_OK) == 0)
		close(open(reached, O_WRONLY | O_CREAT, 0600));
	while (access(gate, F_OK) == 0)
		usleep(10000);
	return syscall(SYS_fsync, fd);
}
