/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* General queries, the querier election (RFC 9776 6.6), and advertisements (RFC 4286). */

#include <errno.h>

#include <rte_common.h>
#include <rte_debug.h>

#include "interval.h"
#include "state.h"
#include "wire.h"

/* RFC 4286 4.1. */
#define ADVERTISEMENT_INTERVAL_MS 20000u
#define JITTER_PARTS 40
#define MAX_INITIAL_INTERVAL_MS 2000u
#define MAX_INITIAL_ADVERTISEMENTS 3

static void
forget_other_querier(struct mcr_igmp *igmp, struct igmp_link *link)
{
	mcr_address_drop(link->other_querier);
	link->other_querier = 0;
	mcr_timer_stop(&igmp->timers, &link->other_querier_present);
	mcr_timer_stop(&igmp->timers, &link->advertise);
}

static void
take_own_values(const struct mcr_igmp *igmp, struct igmp_link *link)
{
	link->robustness = igmp->config.robustness;
	link->query_interval_ms = igmp->config.query_interval_ms;
}

static void
take_over(struct mcr_igmp *igmp, struct igmp_link *link)
{
	link->querier = true;
	take_own_values(igmp, link);
	mcr_timer_start(&igmp->timers, &link->query_timer, igmp->now);
}

void
igmp_querier_restart(struct mcr_igmp *igmp, struct igmp_link *link)
{
	take_over(igmp, link);
	link->startup_queries_left = link->robustness;
}

void
igmp_querier_start(struct mcr_igmp *igmp, struct igmp_link *link)
{
	forget_other_querier(igmp, link);
	igmp_querier_restart(igmp, link);
}

void
igmp_querier_stop(struct mcr_igmp *igmp, struct igmp_link *link)
{
	forget_other_querier(igmp, link);
	mcr_timer_stop(&igmp->timers, &link->query_timer);
}

void
igmp_querier_outlast(struct mcr_igmp *igmp, struct igmp_link *link)
{
	RTE_ASSERT(link->other_querier != 0);
	forget_other_querier(igmp, link);
	if (!link->querier)
		take_over(igmp, link);
}

/* Its timer may be due and not handled yet. */
static void
outlast_if_due(struct mcr_igmp *igmp, struct igmp_link *link)
{
	if (link->other_querier != 0 && !mcr_timer_runs(&link->other_querier_present, igmp->now))
		igmp_querier_outlast(igmp, link);
}

/* Up to this many milliseconds, different for each link and time. */
static uint32_t
jitter(const struct mcr_igmp *igmp, const struct igmp_link *link, uint32_t most)
{
	const uint32_t mixed = (link->member_id + (uint32_t)igmp->now) * 2654435761u;

	return (mixed >> 16) % (most + 1);
}

/* Earlier by a random part, or links that were added together would be due together for ever. */
static uint32_t
next_query_in(const struct mcr_igmp *igmp, const struct igmp_link *link)
{
	const uint32_t interval = link->startup_queries_left > 0
	                                  ? igmp->config.startup_query_interval_ms
	                                  : igmp->config.query_interval_ms;
	const uint32_t most = (uint64_t)interval * igmp->config.query_jitter_percent / 100;

	return interval - jitter(igmp, link, most);
}

/*
 * The interval counts from now: after a pause of the caller one query leaves, not a burst. A router
 * that lost the election keeps querying, or a snooping switch would stop sending reports and data
 * to its port. Others ignore these queries, as the elected querier's address is lower.
 */
void
igmp_querier_run(struct mcr_igmp *igmp, struct igmp_link *link)
{
	RTE_ASSERT(!link->passive);
	outlast_if_due(igmp, link);
	if (igmp_query_send_general(igmp, link) == -ENOBUFS) {
		mcr_timer_start(&igmp->timers, &link->query_timer, igmp->now + IGMP_RESEND_MS);
		return;
	}
	if (link->startup_queries_left > 0)
		link->startup_queries_left--;
	mcr_timer_start(&igmp->timers, &link->query_timer, igmp->now + next_query_in(igmp, link));
}

static uint32_t
advertisement_interval(const struct mcr_igmp *igmp)
{
	return RTE_MIN(igmp->config.query_interval_ms, ADVERTISEMENT_INTERVAL_MS);
}

/*
 * Linux bridges follow only queries of the elected querier (br_multicast.c, select_querier()), but
 * advertisements of every router.
 */
void
igmp_querier_advertise(struct mcr_igmp *igmp, struct igmp_link *link)
{
	const uint32_t interval = advertisement_interval(igmp);
	const uint32_t wait = interval - interval / JITTER_PARTS +
	                      jitter(igmp, link, 2 * (interval / JITTER_PARTS));

	if (!mcr_timer_runs(&link->other_querier_present, igmp->now))
		return;
	RTE_ASSERT(!link->passive && link->other_querier != 0);
	if (igmp_query_send_advertisement(igmp, link, interval) == -ENOBUFS) {
		mcr_timer_start(&igmp->timers, &link->advertise, igmp->now + IGMP_RESEND_MS);
		return;
	}
	if (link->initial_advertisements_left > 0)
		link->initial_advertisements_left--;
	mcr_timer_start(&igmp->timers, &link->advertise,
		igmp->now + (link->initial_advertisements_left > 0
					    ? RTE_MIN(wait, MAX_INITIAL_INTERVAL_MS)
					    : wait));
}

/* New times apply at once, or states could expire before the next query. */
void
igmp_querier_reconfigure(struct mcr_igmp *igmp, struct igmp_link *link)
{
	if (!link->querier && igmp->config.always_querier)
		take_over(igmp, link);
	else if (link->querier)
		take_own_values(igmp, link);
	mcr_timer_lower(
		&igmp->timers, &link->query_timer, igmp->now + igmp->config.query_interval_ms);
	mcr_timer_lower(&igmp->timers, &link->advertise, igmp->now + advertisement_interval(igmp));
}

/*
 * The lower address wins. A rival's 0.0.0.0 never wins (RFC 4541 2.1.1). Ours never loses: without
 * queries the member's states would expire.
 */
static bool
is_preferred(const struct igmp_link *link, uint32_t rival)
{
	return rival != 0 && mcr_address_compare(rival, link->address) < 0;
}

/* 4.1.6, 4.1.7: 0 stands for our own value. */
static uint8_t
announced_robustness(const struct mcr_igmp *igmp, const struct mcr_igmp_message *message)
{
	return message->robustness != 0 ? message->robustness : igmp->config.robustness;
}

static uint32_t
announced_interval(const struct mcr_igmp *igmp, const struct mcr_igmp_message *message)
{
	return message->query_interval_ms != 0 ? message->query_interval_ms
	                                       : igmp->config.query_interval_ms;
}

static void
yield_to_querier(
	struct mcr_igmp *igmp, struct igmp_link *link, const struct mcr_igmp_message *message)
{
	RTE_ASSERT(!igmp->config.always_querier);
	RTE_ASSERT(link->other_querier == message->sender);
	if (link->querier)
		igmp->counters.elections_lost++;
	link->querier = false;
	link->startup_queries_left = 0;
	link->robustness = announced_robustness(igmp, message);
	link->query_interval_ms = announced_interval(igmp, message);
}

/* Bridges may follow the other querier from now on, whether we yield or not. */
static void
note_other_querier(
	struct mcr_igmp *igmp, struct igmp_link *link, const struct mcr_igmp_message *message)
{
	const uint64_t interval =
		(uint64_t)announced_robustness(igmp, message) * announced_interval(igmp, message) +
		igmp->config.query_response_interval_ms / 2;

	RTE_ASSERT(!link->passive);
	RTE_ASSERT(is_preferred(link, message->sender));
	if (link->other_querier == 0) {
		link->initial_advertisements_left = MAX_INITIAL_ADVERTISEMENTS;
		mcr_timer_start(&igmp->timers, &link->advertise, igmp->now);
	}
	mcr_address_hold(message->sender);
	mcr_address_drop(link->other_querier);
	link->other_querier = message->sender;
	mcr_timer_start(&igmp->timers, &link->other_querier_present, igmp->now + interval);
}

static bool
is_lowest(const struct igmp_link *link, const struct mcr_igmp_message *message)
{
	return is_preferred(link, message->sender) &&
	       (link->other_querier == 0 ||
		       mcr_address_compare(message->sender, link->other_querier) <= 0);
}

static void
elect(struct mcr_igmp *igmp, struct igmp_link *link, const struct mcr_igmp_message *message)
{
	if (message->type != MCR_IGMP_V3_QUERY)
		igmp->counters.older_queriers++;
	if (!is_lowest(link, message))
		return;
	note_other_querier(igmp, link, message);
	if (!igmp->config.always_querier)
		yield_to_querier(igmp, link, message);
}

static void
lower_timers(struct mcr_igmp *igmp, struct igmp_link *link, const struct mcr_igmp_message *message)
{
	const uint64_t deadline = igmp->now + igmp_last_member_time(igmp, link);
	struct igmp_group *group = igmp_group_find(igmp, link, message->group);

	if (group == NULL || message->suppress)
		return;
	if (message->count == 0)
		mcr_timer_lower(&igmp->timers, &group->timer, deadline);
	for (uint16_t i = 0; i < message->count; i++) {
		struct igmp_source *source =
			igmp_source_find_bytes(igmp, group, igmp_source_at(igmp, message->body, i));

		if (source != NULL)
			mcr_timer_lower(&igmp->timers, &source->timer, deadline);
	}
}

/* Linux bridges check neither Router Alert nor TTL (ip_mc_check_igmp()). */
void
igmp_querier_overhear(
	struct mcr_igmp *igmp, struct igmp_link *link, const struct mcr_igmp_message *message)
{
	RTE_ASSERT(mcr_igmp_is_query(message));
	outlast_if_due(igmp, link);
	if (!link->passive && message->group == 0 && is_lowest(link, message))
		note_other_querier(igmp, link, message);
}

enum mcr_igmp_rejection
igmp_querier_receive(
	struct mcr_igmp *igmp, struct igmp_link *link, const struct mcr_igmp_message *message)
{
	RTE_ASSERT(mcr_igmp_is_query(message));
	if (message->group != 0 && !mcr_address_is_multicast(message->group))
		return MCR_IGMP_REJECT_NOT_MULTICAST;
	if (link->passive || (message->sender != 0 && message->sender == link->address))
		return MCR_IGMP_ACCEPTED;
	outlast_if_due(igmp, link);
	if (message->group == 0)
		elect(igmp, link, message);
	else
		lower_timers(igmp, link, message);
	return MCR_IGMP_ACCEPTED;
}
