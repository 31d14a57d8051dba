/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/** @file A simulation that finds an error ends at once. */

#ifndef MCR_TEST_SIM_FAIL_H
#define MCR_TEST_SIM_FAIL_H

#include <stdio.h>
#include <unistd.h>

#define SIM_REQUIRE(condition, ...)                   \
	do {                                          \
		if (!(condition)) {                   \
			fprintf(stderr, "sim: ");     \
			fprintf(stderr, __VA_ARGS__); \
			fputc('\n', stderr);          \
			_exit(1);                     \
		}                                     \
	} while (0)

#endif
