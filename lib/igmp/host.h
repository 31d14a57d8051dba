/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/*
 * The hosts that listen to a group on one link, by the source addresses of their version 3 reports
 * (RFC 9776 A.2). A leave takes effect without queries where no other host wants what is left.
 *
 * Older hosts suppress their reports, hosts without an address look alike, and memory is bounded:
 * while there may be a host that is not known, leaves are queried as if nobody kept account.
 * A host is known for a Group Membership Interval after its last report.
 */

#ifndef MCR_IGMP_HOST_H
#define MCR_IGMP_HOST_H

#include <sys/queue.h>

#include "mcr_igmp.h"

/* Enough for what programs ask for; of a host that wants more, leaves of others are queried. */
#define IGMP_HOST_SOURCES 4

struct igmp_group;
struct igmp_link;

/* In INCLUDE mode with its sources; one more than there is room for stands for many. */
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
	uint64_t unknown_until; /* hosts that are not known may listen until then */
};

/* Note what the record says about the host that sends the report at hand. */
void
igmp_host_note(
	struct mcr_igmp *igmp, struct igmp_group *group, const struct mcr_igmp_record *record);
/* Does certainly no other host than the reporter listen to the group, to whatever source? */
bool
igmp_host_is_last(const struct mcr_igmp *igmp, const struct igmp_group *group);
/*
 * Mark the sources that other hosts than the reporter want. False: any may be wanted, and the marks
 * say nothing.
 */
bool
igmp_host_mark_wanted(const struct mcr_igmp *igmp, struct igmp_group *group);
void
igmp_host_forget_all(struct mcr_igmp *igmp, struct igmp_group *group);
/* Who listens to the link's groups is unknown from now on. */
void
igmp_host_restart(struct mcr_igmp *igmp, struct igmp_link *link);

#endif /* MCR_IGMP_HOST_H */
