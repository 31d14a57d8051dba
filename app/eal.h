/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * Start EAL and explain why it did not start.
 */

#ifndef MCR_APP_EAL_H
#define MCR_APP_EAL_H

#include "args.h"

/** Start EAL after taking over its log. @return 0; negative after an error, printed to stderr in
 * one line. */
int
mcr_eal_start(const struct mcr_args *args);

/**
 * Find the first word that is no option of EAL, or the last one if its argument is missing.
 * @param usage EAL's usage text.
 * @param[out] is_unknown False: the argument is missing.
 * @return NULL: neither.
 */
const char *
mcr_eal_find_wrong_option(const struct mcr_args *args, const char *usage, bool *is_unknown);

#endif
