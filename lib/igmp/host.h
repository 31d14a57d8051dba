/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/*
 * The hosts that listen to a group on one link, by the source addresses of their v3 reports (RFC
 * 9776 A.2), known for a Group Membership Interval after the last report. A leave takes effect
 * without queries where no other host wants the group or source.
 *
 * Older hosts suppress reports, hosts without an address look alike, and memory is bounded: while
 * an unknown host may listen, leaves are queried as without tracking.
 */

#ifndef MCR_IGMP_HOST_H
#define MCR_IGMP_HOST_H

#include <sys/queue.h>

#include "mcr_igmp.h"

/* Beside a host with more sources, leaves of others are queried. */
#define IGMP_HOST_SOURCES 4

struct igmp_group;
struct igmp_link;

/* Sources of INCLUDE mode; a count of IGMP_HOST_SOURCES + 1 stands for more. */
struct igmp_host {
	LIST_ENTRY(igmp_host) link;
	uint64_t until;
	uint32_t address;
	bool excludes;
	uint8_t source_count;
	uint32_t sources[IGMP_HOST_SOURCES];
};

struct igmp_hosts {
	LIST_HEAD(, igmp_host) known;
	uint32_t count;
	uint64_t unknown_until;
};

void
igmp_host_note(
	struct mcr_igmp *igmp, struct igmp_group *group, const struct mcr_igmp_record *record);
/* Whether certainly no other host listens to any source of the group. */
bool
igmp_host_is_last(const struct mcr_igmp *igmp, const struct igmp_group *group);
/* Mark the sources that other hosts want. False: any may be wanted; the marks are void. */
bool
igmp_host_mark_wanted(const struct mcr_igmp *igmp, struct igmp_group *group);
void
igmp_host_forget_all(struct mcr_igmp *igmp, struct igmp_group *group);
/* Forget all hosts of the link: unknown ones may listen to its groups. */
void
igmp_host_restart(struct mcr_igmp *igmp, struct igmp_link *link);

#endif
