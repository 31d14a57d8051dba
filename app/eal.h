/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * EAL's start, and in words why it failed.
 */

#ifndef MCR_APP_EAL_H
#define MCR_APP_EAL_H

#include "args.h"

/**
 * Start EAL with its part of the command line; its log is taken over before.
 *
 * @return
 *   0. Negative when it cannot start, which was said on standard error in one line.
 */
int
mcr_eal_start(const struct mcr_args *args);

/**
 * The first of EAL's words that is no option of it, or the last where its argument is missing.
 *
 * @param usage
 *   What EAL prints about its options.
 * @param[out] is_unknown
 *   false: the argument is missing.
 * @return
 *   NULL when neither is so.
 */
const char *
mcr_eal_find_wrong_option(const struct mcr_args *args, const char *usage, bool *is_unknown);

#endif
