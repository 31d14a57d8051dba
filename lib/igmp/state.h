/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/*
 * The router's state (RFC 9776 6.2, RFC 9777 7.2): a link per member, a group record per link and
 * group, a source record per group record and source. Sections are those of RFC 9776. Each record
 * holds its address.
 */

#ifndef MCR_IGMP_STATE_H
#define MCR_IGMP_STATE_H

#include <stddef.h>
#include <string.h>
#include <sys/queue.h>

#include <mcr_address.h>
#include <mcr_timer.h>
#include <rte_debug.h>

#include "host.h"
#include "index.h"
#include "mcr_igmp.h"
#include "protocol.h"
#include "record.h"

enum igmp_timer_kind {
	IGMP_TIMER_QUERY,
	IGMP_TIMER_OTHER_QUERIER_PRESENT,
	IGMP_TIMER_ADVERTISE,
	IGMP_TIMER_GROUP,
	IGMP_TIMER_RETRANSMIT,
	IGMP_TIMER_SOURCE,
};

/* A source without a running timer is not forwarded; it exists in EXCLUDE mode only (6.3). */
struct igmp_source {
	struct igmp_node node; /* first; owner is the group */
	LIST_ENTRY(igmp_source) link;
	struct mcr_timer timer;
	enum mcr_igmp_route published;
	uint8_t queries_left;
	bool marked; /* in the current record */
	bool wanted;
};

struct igmp_group {
	struct igmp_node node; /* first; owner is the link */
	LIST_ENTRY(igmp_group) link;
	LIST_HEAD(, igmp_source) sources;
	uint32_t source_count;
	enum mcr_igmp_filter_mode mode;
	enum mcr_igmp_route published; /* of (*,G) */
	bool is_waiting;               /* some of its routes were refused */
	TAILQ_ENTRY(igmp_group) wait;
	uint8_t queries_left;
	struct mcr_timer timer; /* runs exactly in EXCLUDE mode */
	struct mcr_timer retransmit;
	uint64_t v1_until; /* Older Host Present (7.3.2) */
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
	uint8_t startup_queries_left;
	uint8_t robustness;                      /* ours, or the elected querier's */
	uint32_t query_interval_ms;              /* likewise */
	uint32_t other_querier;                  /* lowest present one below our address, or 0 */
	uint8_t initial_advertisements_left;     /* at the initial rate (RFC 4286 4.1) */
	const struct mcr_igmp_prefix *permitted; /* the caller's; NULL: the configuration's */
	uint32_t permitted_count;
	uint32_t group_count;
	uint32_t source_count;
	uint32_t host_count;
	uint32_t waiting_count;
	struct mcr_timer query_timer;           /* the next general query */
	struct mcr_timer other_querier_present; /* 6.6.2; runs while other_querier is not 0 */
	struct mcr_timer advertise;             /* likewise */
	LIST_HEAD(, igmp_group) groups;
};

/* An older host, one without an address, or one of a restored state. */
#define IGMP_UNKNOWN_HOST 0

/* A packet that found no room is sent again so much later. */
#define IGMP_RESEND_MS 10

struct mcr_igmp {
	const struct igmp_protocol *protocol;
	struct mcr_igmp_config config; /* owns its prefixes */
	struct mcr_igmp_ops ops;
	void *arg;
	uint64_t now;             /* of the current call */
	uint32_t reporter;        /* host of the current report, or IGMP_UNKNOWN_HOST */
	struct igmp_link **links; /* by member id */
	uint32_t max_members;
	struct igmp_index groups;
	struct igmp_index sources;
	uint32_t group_count;
	uint32_t source_count;
	uint32_t host_count;
	TAILQ_HEAD(, igmp_group) waiting;
	uint32_t waiting_count;
	uint64_t refusals; /* of changed() */
	struct mcr_timers timers;
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

static inline void
igmp_report_limit(struct mcr_igmp *igmp, const struct igmp_link *link, uint32_t group,
	enum mcr_igmp_rejection bound)
{
	igmp_count_rejection(igmp, bound);
	igmp->ops.limited(igmp->arg, link->member_id, group, bound);
}

/* ---- addresses of messages ---- */

static inline const uint8_t *
igmp_source_at(const struct mcr_igmp *igmp, const uint8_t *sources, uint16_t i)
{
	return sources + igmp->protocol->address_len * i;
}

/* MCR_ADDRESS_NONE: no state has it. */
static inline uint32_t
igmp_address_find(const struct mcr_igmp *igmp, const uint8_t *bytes)
{
	const uint32_t ipv4 = mcr_read_be32(bytes);

	if (igmp->config.mld)
		return mcr_address_find(bytes);
	/* In 0.0.0.0/8 it would be the number of an IPv6 address. */
	return mcr_address_is_ipv6(ipv4) ? MCR_ADDRESS_NONE : ipv4;
}

/* With a reference. MCR_ADDRESS_NONE without memory. */
static inline uint32_t
igmp_address_get(const struct mcr_igmp *igmp, const uint8_t *bytes)
{
	struct in6_addr address;

	if (!igmp->config.mld)
		return mcr_read_be32(bytes);
	memcpy(&address, bytes, sizeof(address));
	return mcr_address_get(&address, MCR_IPV6_LENGTH);
}

/* ---- source.c ---- */

struct igmp_source *
igmp_source_find(const struct mcr_igmp *igmp, const struct igmp_group *group, uint32_t address);
struct igmp_source *
igmp_source_find_bytes(
	const struct mcr_igmp *igmp, const struct igmp_group *group, const uint8_t *bytes);
/* A new record, its timer not running; NULL, and counted, when a bound forbids it. */
struct igmp_source *
igmp_source_add(struct mcr_igmp *igmp, struct igmp_group *group, const uint8_t *bytes);
void
igmp_source_remove(struct mcr_igmp *igmp, struct igmp_group *group, struct igmp_source *source);
/* Its timer expired: remove it in INCLUDE mode, exclude it in EXCLUDE mode (6.3). */
void
igmp_source_expire(struct mcr_igmp *igmp, struct igmp_group *group, struct igmp_source *source);
void
igmp_source_publish(struct mcr_igmp *igmp, struct igmp_group *group, struct igmp_source *source,
	enum mcr_igmp_route route);
enum mcr_igmp_route
igmp_source_route(const struct mcr_igmp *igmp, const struct igmp_group *group,
	const struct igmp_source *source);

static inline bool
igmp_source_runs(const struct mcr_igmp *igmp, const struct igmp_source *source)
{
	return mcr_timer_runs(&source->timer, igmp->now);
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
/* As igmp_group_find(), but a due group timer, which run has not come to yet, ends first. Due
 * timers of sources need no such care: everybody asks igmp_source_runs(). */
struct igmp_group *
igmp_group_find_current(struct mcr_igmp *igmp, const struct igmp_link *link, uint32_t address);
/* A new record, INCLUDE {}; NULL, and counted, when a bound forbids it. */
struct igmp_group *
igmp_group_add(struct mcr_igmp *igmp, struct igmp_link *link, uint32_t address);
void
igmp_group_remove(struct mcr_igmp *igmp, struct igmp_group *group);
void
igmp_group_settle(struct mcr_igmp *igmp, struct igmp_group *group);
/* The group timer expired: back to INCLUDE with the requested sources (6.5). */
void
igmp_group_expire(struct mcr_igmp *igmp, struct igmp_group *group);
/* Remove a group without state. Returns whether it did. */
bool
igmp_group_tidy(struct mcr_igmp *igmp, struct igmp_group *group);
/* Group Compatibility Mode (7.3.2): 1, 2 or 3. */
uint8_t
igmp_group_version(const struct igmp_group *group, uint64_t now);

/* ---- wait.c ---- */

/* Pass a change to the owner. Returns after; or NONE when refused, and the group waits. */
enum mcr_igmp_route
igmp_wait_publish(struct mcr_igmp *igmp, struct igmp_group *group, uint32_t source,
	enum mcr_igmp_route before, enum mcr_igmp_route after);
/* All routes of the group are published, or it is removed. */
void
igmp_wait_end(struct mcr_igmp *igmp, struct igmp_group *group);

/* ---- filter.c ---- */

/* Apply a valid and permitted record by the tables of 6.4.1 and 6.4.2. */
void
igmp_filter_apply(
	struct mcr_igmp *igmp, struct igmp_link *link, const struct mcr_igmp_record *record);

/* ---- report.c ---- */

/* As if a host had reported the record. */
enum mcr_igmp_rejection
igmp_report_restore(
	struct mcr_igmp *igmp, struct igmp_link *link, const struct mcr_igmp_record *record);
enum mcr_igmp_rejection
igmp_report_receive(
	struct mcr_igmp *igmp, struct igmp_link *link, const struct mcr_igmp_message *message);
bool
igmp_is_permitted(const struct mcr_igmp *igmp, const struct igmp_link *link, uint32_t group);

/* ---- query.c ---- */

/* Both: 0, or -ENOBUFS: send it again later. */
int
igmp_query_send_general(struct mcr_igmp *igmp, const struct igmp_link *link);
int
igmp_query_send_advertisement(
	struct mcr_igmp *igmp, const struct igmp_link *link, uint32_t interval_ms);
/*
 * Schedule Q(G) for now: the next run merges it with other queries of the group.
 * Where no other host is left to answer, expire the group instead.
 */
void
igmp_query_group(struct mcr_igmp *igmp, struct igmp_group *group);
/* Likewise Q(G,A), where A are the forwarded sources that are marked, or are not. */
void
igmp_query_sources(struct mcr_igmp *igmp, struct igmp_group *group, bool marked);
/* Send the pending queries of the group and schedule their repetition (6.6.3). */
void
igmp_query_transmit(struct mcr_igmp *igmp, struct igmp_group *group);

/* ---- querier.c ---- */

void
igmp_querier_start(struct mcr_igmp *igmp, struct igmp_link *link);
/* Send startup queries again, and keep the other querier. */
void
igmp_querier_restart(struct mcr_igmp *igmp, struct igmp_link *link);
void
igmp_querier_stop(struct mcr_igmp *igmp, struct igmp_link *link);
void
igmp_querier_run(struct mcr_igmp *igmp, struct igmp_link *link);
void
igmp_querier_advertise(struct mcr_igmp *igmp, struct igmp_link *link);
/* Other Querier Present expired. */
void
igmp_querier_outlast(struct mcr_igmp *igmp, struct igmp_link *link);
void
igmp_querier_reconfigure(struct mcr_igmp *igmp, struct igmp_link *link);
/* A query without Router Alert, or whose TTL is not 1: no election, but bridges follow it. */
void
igmp_querier_overhear(
	struct mcr_igmp *igmp, struct igmp_link *link, const struct mcr_igmp_message *message);
enum mcr_igmp_rejection
igmp_querier_receive(
	struct mcr_igmp *igmp, struct igmp_link *link, const struct mcr_igmp_message *message);

#endif
