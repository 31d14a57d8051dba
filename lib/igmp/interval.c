/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include "interval.h"

uint64_t
igmp_membership_interval(const struct mcr_igmp *igmp, const struct igmp_link *link)
{
	return (uint64_t)link->robustness * link->query_interval_ms +
	       2ull * igmp->config.query_response_interval_ms;
}

uint64_t
igmp_older_host_interval(const struct mcr_igmp *igmp, const struct igmp_link *link)
{
	return (uint64_t)link->robustness * link->query_interval_ms +
	       igmp->config.query_response_interval_ms;
}

uint64_t
igmp_last_member_time(const struct mcr_igmp *igmp, const struct igmp_link *link)
{
	return (uint64_t)link->robustness * igmp->config.last_member_query_interval_ms;
}
