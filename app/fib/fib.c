/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include "fib/fib.h"

int
mcr_fib_commit_groups(struct mcr_fib *fib)
{
	return mcr_group_commit(fib->groups);
}

int
mcr_fib_commit_segments(struct mcr_fib *fib)
{
	return mcr_segment_commit(fib->segments);
}
