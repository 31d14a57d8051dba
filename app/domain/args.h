/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/** @file The command line of mcdpdk-domain. */

#ifndef MCR_DOMAIN_ARGS_H
#define MCR_DOMAIN_ARGS_H

#include <stdbool.h>
#include <stdio.h>

struct mcr_agent_args {
	const char *config_file; /**< NULL only with version or help */
	const char *file_prefix; /**< of the hub's EAL */
	const char *socket;      /**< NULL: that of the file prefix */
	const char *notify;      /**< program to run when a link changes; NULL: none */
	bool version;
	bool help;
};

/** Errors go to stderr. @return 0, or -EINVAL for wrong usage. */
int
mcr_agent_args_parse(int argc, char **argv, struct mcr_agent_args *args);

void
mcr_agent_args_print_help(FILE *out);

#endif
