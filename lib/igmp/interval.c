/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <rte_debug.h>

#include "interval.h"

static uint64_t
robust_query_time(const struct igmp_link *link)
{
	RTE_ASSERT(link->robustness >= 1 && link->robustness <= 7);
	RTE_ASSERT(link->query_interval_ms > 0);
	return (uint64_t)link->robustness * link->query_interval_ms;
}

uint64_t
igmp_membership_interval(const struct mcr_igmp *igmp, const struct igmp_link *link)
{
	return robust_query_time(link) + 2ull * igmp->config.query_response_interval_ms;
}

uint64_t
igmp_older_host_interval(const struct mcr_igmp *igmp, const struct igmp_link *link)
{
	return robust_query_time(link) + igmp->config.query_response_interval_ms;
}

uint64_t
igmp_last_member_time(const struct mcr_igmp *igmp, const struct igmp_link *link)
{
	RTE_ASSERT(link->robustness >= 1 && link->robustness <= 7);
	return (uint64_t)link->robustness * igmp->config.last_member_query_interval_ms;
}
