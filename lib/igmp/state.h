/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/*
 * What the router keeps (RFC 9776 6.2): a link per member, a group record per link and group, a
 * source record per group record and source. A router's own functions start with igmp_.
 */

#ifndef MCR_IGMP_STATE_H
#define MCR_IGMP_STATE_H

#include <stddef.h>
#include <sys/queue.h>

#include <rte_debug.h>

#include "host.h"
#include "index.h"
#include "mcr_igmp.h"
#include "timer.h"

/* A source's timer that does not run means: not forwarded (only in EXCLUDE mode; 6.3). */
struct igmp_source {
	struct igmp_node node; /* first; owner is the group */
	LIST_ENTRY(igmp_source) link;
	struct igmp_timer timer;
	enum mcr_igmp_route told;
	uint8_t queries_left;
	bool marked; /* stands in the record at hand */
	bool wanted; /* by another host than the reporter */
};

struct igmp_group {
	struct igmp_node node; /* first; owner is the link */
	LIST_ENTRY(igmp_group) link;
	LIST_HEAD(, igmp_source) sources;
	uint32_t source_count;
	enum mcr_igmp_filter_mode mode;
	enum mcr_igmp_route told; /* of (*,G) */
	bool is_waiting;          /* not all its routes are in force */
	TAILQ_ENTRY(igmp_group) wait;
	uint8_t queries_left;
	struct igmp_timer timer; /* runs exactly in EXCLUDE mode */
	struct igmp_timer retransmit;
	uint64_t v1_until; /* older hosts are present until then (7.3.2) */
	uint64_t v2_until;
	struct igmp_hosts hosts;
};

_Static_assert(offsetof(struct igmp_source, node) == 0, "the index returns nodes");
_Static_assert(offsetof(struct igmp_group, node) == 0, "the index returns nodes");

struct igmp_link {
	uint32_t member_id;
	uint32_t address;
	bool passive;
	bool querier;
	uint8_t startup_left;
	uint8_t robustness;         /* in force: ours, or adopted from the elected querier */
	uint32_t query_interval_ms; /* likewise */
	uint32_t other_querier;     /* the lowest address below ours heard lately, or 0 */
	uint8_t quick_left;         /* advertisements to come at the initial rate */
	const struct mcr_igmp_prefix *permitted; /* the caller's; NULL: the configuration's */
	uint32_t permitted_count;
	uint32_t group_count;
	uint32_t source_count;
	uint32_t host_count;
	uint32_t waiting_count;
	struct igmp_timer timer;     /* next general query */
	struct igmp_timer present;   /* Other Querier Present */
	struct igmp_timer advertise; /* runs while present does */
	LIST_HEAD(, igmp_group) groups;
};

/* Older hosts, hosts without an address, and those of restored states. */
#define IGMP_UNKNOWN_HOST 0

struct mcr_igmp {
	struct mcr_igmp_config config; /* its prefixes are ours */
	struct mcr_igmp_ops ops;
	void *arg;
	uint64_t now;             /* of the call at hand */
	uint32_t reporter;        /* the host whose report it is, or IGMP_UNKNOWN_HOST */
	struct igmp_link **links; /* by member id */
	uint32_t max_members;
	struct igmp_index groups;
	struct igmp_index sources;
	uint32_t group_count;
	uint32_t source_count;
	uint32_t host_count;
	TAILQ_HEAD(, igmp_group) waiting;
	uint32_t waiting_count;
	uint64_t refusals; /* of changes, by the owner */
	struct igmp_timers timers;
	struct mcr_igmp_counters counters;
};

/* ---- router.c ---- */

struct igmp_link *
igmp_link_find(const struct mcr_igmp *igmp, uint32_t member_id);

static inline void
igmp_count_rejection(struct mcr_igmp *igmp, enum mcr_igmp_rejection rejection)
{
	RTE_ASSERT(rejection > MCR_IGMP_ACCEPTED && rejection < MCR_IGMP_REJECTION_COUNT);
	igmp->counters.rejected[rejection]++;
}

/* Count and report that a bound kept the member from a group or a source of it. */
static inline void
igmp_report_limit(struct mcr_igmp *igmp, const struct igmp_link *link, uint32_t group,
	enum mcr_igmp_rejection bound)
{
	igmp_count_rejection(igmp, bound);
	igmp->ops.limited(igmp->arg, link->member_id, group, bound);
}

/* ---- source.c ---- */

struct igmp_source *
igmp_source_find(const struct mcr_igmp *igmp, const struct igmp_group *group, uint32_t address);
/* A new record, its timer not running; NULL, and counted, when a bound forbids it. */
struct igmp_source *
igmp_source_add(struct mcr_igmp *igmp, struct igmp_group *group, uint32_t address);
void
igmp_source_remove(struct mcr_igmp *igmp, struct igmp_group *group, struct igmp_source *source);
/* Its timer ran out: gone in INCLUDE mode, excluded in EXCLUDE mode (6.3). */
void
igmp_source_expire(struct mcr_igmp *igmp, struct igmp_group *group, struct igmp_source *source);
void
igmp_source_tell(struct mcr_igmp *igmp, struct igmp_group *group, struct igmp_source *source,
	enum mcr_igmp_route route);
enum mcr_igmp_route
igmp_source_route(const struct mcr_igmp *igmp, const struct igmp_group *group,
	const struct igmp_source *source);

static inline bool
igmp_source_runs(const struct mcr_igmp *igmp, const struct igmp_source *source)
{
	return igmp_timer_runs(&source->timer, igmp->now);
}

/* ---- group.c ---- */

static inline struct igmp_link *
igmp_group_link(const struct igmp_group *group)
{
	RTE_ASSERT(group->node.owner != NULL);
	return (struct igmp_link *)(uintptr_t)group->node.owner;
}

struct igmp_group *
igmp_group_find(const struct mcr_igmp *igmp, const struct igmp_link *link, uint32_t address);
/* A new record, INCLUDE {}; NULL, and counted, when a bound forbids it. */
struct igmp_group *
igmp_group_add(struct mcr_igmp *igmp, struct igmp_link *link, uint32_t address);
/* Withdraw and forget it. */
void
igmp_group_remove(struct mcr_igmp *igmp, struct igmp_group *group);
/* Tell what differs from what was told. */
void
igmp_group_settle(struct mcr_igmp *igmp, struct igmp_group *group);
/* The group timer ran out: back to INCLUDE with the sources that are wanted (6.5). */
void
igmp_group_expire(struct mcr_igmp *igmp, struct igmp_group *group);
/* Remove it when it is INCLUDE {}. */
void
igmp_group_tidy(struct mcr_igmp *igmp, struct igmp_group *group);
/* Group Compatibility Mode (7.3.2): 1, 2 or 3. */
uint8_t
igmp_group_version(const struct igmp_group *group, uint64_t now);

/* ---- wait.c ---- */

/* Tell the owner of a change. What stands then: after, or nothing, and the group waits for its next
 * try. */
enum mcr_igmp_route
igmp_wait_tell(struct mcr_igmp *igmp, struct igmp_group *group, uint32_t source,
	enum mcr_igmp_route before, enum mcr_igmp_route after);
/* All its routes are in force, or it goes. */
void
igmp_wait_end(struct mcr_igmp *igmp, struct igmp_group *group);

/* ---- filter.c ---- */

/* The tables of 6.4.1 and 6.4.2, on a record that is permitted and known. */
void
igmp_filter_apply(
	struct mcr_igmp *igmp, struct igmp_link *link, const struct mcr_igmp_record *record);

/* ---- report.c ---- */

enum mcr_igmp_rejection
igmp_report_record(
	struct mcr_igmp *igmp, struct igmp_link *link, const struct mcr_igmp_record *record);
enum mcr_igmp_rejection
igmp_report_receive(
	struct mcr_igmp *igmp, struct igmp_link *link, const struct mcr_igmp_message *message);
bool
igmp_is_permitted(const struct mcr_igmp *igmp, const struct igmp_link *link, uint32_t group);

/* ---- query.c ---- */

void
igmp_query_send_general(struct mcr_igmp *igmp, struct igmp_link *link);
/* A multicast router advertisement; the next follows after about interval_ms. */
void
igmp_query_send_advertisement(
	struct mcr_igmp *igmp, const struct igmp_link *link, uint32_t interval_ms);
/*
 * Send Q(G): due now, so that the run at the end of the call sends it merged with what else is
 * asked of the group. Where no other host is left to answer, its effect instead.
 */
void
igmp_query_group(struct mcr_igmp *igmp, struct igmp_group *group);
/* Send Q(G,A) where A are the forwarded sources that are marked, or not; as igmp_query_group(). */
void
igmp_query_sources(struct mcr_igmp *igmp, struct igmp_group *group, bool marked);
/* Send what is pending for the group and schedule the rest (6.6.3). */
void
igmp_query_transmit(struct mcr_igmp *igmp, struct igmp_group *group);

/* ---- querier.c ---- */

void
igmp_querier_start(struct mcr_igmp *igmp, struct igmp_link *link);
/* As at first, but what is known of another querier stays. */
void
igmp_querier_restart(struct mcr_igmp *igmp, struct igmp_link *link);
void
igmp_querier_stop(struct mcr_igmp *igmp, struct igmp_link *link);
/* The next general query is due. */
void
igmp_querier_run(struct mcr_igmp *igmp, struct igmp_link *link);
/* The next advertisement is due. */
void
igmp_querier_advertise(struct mcr_igmp *igmp, struct igmp_link *link);
/* The other querier fell silent. */
void
igmp_querier_outlast(struct mcr_igmp *igmp, struct igmp_link *link);
/* A changed configuration. */
void
igmp_querier_reconfigure(struct mcr_igmp *igmp, struct igmp_link *link);
/* A query that elects nobody, for it lacks Router Alert or the right TTL, but that bridges follow.
 */
void
igmp_querier_overhear(
	struct mcr_igmp *igmp, struct igmp_link *link, const struct mcr_igmp_message *message);
enum mcr_igmp_rejection
igmp_querier_receive(
	struct mcr_igmp *igmp, struct igmp_link *link, const struct mcr_igmp_message *message);

#endif /* MCR_IGMP_STATE_H */
