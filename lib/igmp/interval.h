/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/*
 * Intervals in milliseconds that RFC 9776 derives from the values in force on a link, which are
 * ours or the elected querier's.
 */

#ifndef MCR_IGMP_INTERVAL_H
#define MCR_IGMP_INTERVAL_H

#include "state.h"

/* Group Membership Interval (8.4). */
uint64_t
igmp_membership_interval(const struct mcr_igmp *igmp, const struct igmp_link *link);
/* Older Host Present Interval (8.13). */
uint64_t
igmp_older_host_interval(const struct mcr_igmp *igmp, const struct igmp_link *link);
/* Last Member Query Time (8.10). */
uint64_t
igmp_last_member_time(const struct mcr_igmp *igmp, const struct igmp_link *link);

#endif
