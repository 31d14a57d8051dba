/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * The command line: EAL's options, `--`, and the program's own.
 */

#ifndef MCR_APP_ARGS_H
#define MCR_APP_ARGS_H

#include <stdbool.h>
#include <stdio.h>

struct mcr_args {
	const char *config_file; /**< into argv; NULL only with version or help */
	bool test;               /**< check the configuration and exit; dump sets it, too */
	bool dump;
	bool version;
	bool help;
	int eal_argc;    /**< before `--`, the program's name included */
	char **eal_argv; /**< argv itself */
};

/**
 * Split and read the command line, before EAL starts; errors go to stderr as `mcdpdk: ...`. Uses
 * and resets getopt's global state: not thread-safe.
 * @param[out] args Filled in on success.
 * @return 0, or -EINVAL for wrong usage.
 */
int
mcr_args_parse(int argc, char **argv, struct mcr_args *args);

void
mcr_args_print_help(FILE *out);

void
mcr_args_print_version(FILE *out);

#endif
