/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#ifndef MCR_IGMP_CONFIG_H
#define MCR_IGMP_CONFIG_H

#include "mcr_igmp.h"

/* Check, copy with prefixes, and fill in defaults. 0, -EINVAL or -ENOMEM. */
int
igmp_config_copy(struct mcr_igmp_config *copy, const struct mcr_igmp_config *config);
void
igmp_config_free(struct mcr_igmp_config *config);

#endif
