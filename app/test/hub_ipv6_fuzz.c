/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* As hub_fuzz.c, of a hub whose port and members are of both families. */

#define OVER_IPV6

#include "hub_fuzz.c"
