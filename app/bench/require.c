/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <stdio.h>
#include <stdlib.h>

#include "bench.h"

void
bench_require(bool condition, const char *what)
{
	if (condition)
		return;
	fprintf(stderr, "mcdpdk_bench: cannot have %s\n", what);
	exit(EXIT_FAILURE);
}
