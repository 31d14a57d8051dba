/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* Who queries a link: the general queries, and other queriers heard there (RFC 9776 6.6). */

#include "state.h"
#include "wire.h"

void
igmp_querier_start(struct mcr_igmp *igmp, struct igmp_link *link)
{
	link->querier = true;
	link->other_querier = 0;
	link->robustness = igmp->config.robustness;
	link->query_interval_ms = igmp->config.query_interval_ms;
	link->startup_left = link->robustness;
	igmp_timer_start(&igmp->timers, &link->timer, igmp->now);
}

/* Other Querier Present ran out: our own values hold again, and we ask at once (RFC 2236 7). */
static void
take_over(struct mcr_igmp *igmp, struct igmp_link *link)
{
	igmp_querier_start(igmp, link);
	link->startup_left = 0;
}

/* The next one counts from now: after a pause of the caller there is one query, not a burst. */
void
igmp_querier_run(struct mcr_igmp *igmp, struct igmp_link *link)
{
	uint32_t interval;

	if (!link->querier)
		take_over(igmp, link);
	if (link->startup_left > 0)
		link->startup_left--;
	interval = link->startup_left > 0 ? igmp->config.startup_query_interval_ms
	                                  : igmp->config.query_interval_ms;
	igmp_timer_start(&igmp->timers, &link->timer, igmp->now + interval);
	igmp_query_send_general(igmp, link);
}

/*
 * The lower address wins. 0.0.0.0 stands for none: as a rival's it never wins (RFC 4541 2.1.1), and
 * as ours it is never beaten, for a hub that stops asking would lose what its member joined.
 */
static bool
wins(const struct igmp_link *link, uint32_t rival)
{
	return rival != 0 && rival < link->address;
}

/* 4.1.6, 4.1.7: adopt the elected querier's values, or keep ours where it tells none. */
static void
adopt(struct mcr_igmp *igmp, struct igmp_link *link, const struct mcr_igmp_message *message)
{
	link->robustness = message->robustness != 0 ? message->robustness : igmp->config.robustness;
	link->query_interval_ms = message->query_interval_ms != 0 ? message->query_interval_ms
	                                                          : igmp->config.query_interval_ms;
}

static void
elect(struct mcr_igmp *igmp, struct igmp_link *link, const struct mcr_igmp_message *message)
{
	uint64_t other_querier_present;

	if (message->type != MCR_IGMP_V3_QUERY)
		igmp->counters.older_queriers++;
	if (!wins(link, message->sender) ||
		(!link->querier && message->sender > link->other_querier))
		return;
	if (link->querier)
		igmp->counters.elections_lost++;
	link->querier = false;
	link->startup_left = 0;
	link->other_querier = message->sender;
	adopt(igmp, link, message);
	other_querier_present = (uint64_t)link->robustness * link->query_interval_ms +
	                        igmp->config.query_response_interval_ms / 2;
	igmp_timer_start(&igmp->timers, &link->timer, igmp->now + other_querier_present);
}

/* 6.6.1: what another router asks for goes unless it is reported in time. */
static void
lower_timers(struct mcr_igmp *igmp, struct igmp_link *link, const struct mcr_igmp_message *message)
{
	const uint64_t deadline = igmp->now + igmp_last_member_time(igmp, link);
	struct igmp_group *group = igmp_group_find(igmp, link, message->group);

	if (group == NULL || message->suppress)
		return;
	if (message->count == 0)
		igmp_timer_lower(&igmp->timers, &group->timer, deadline);
	for (uint16_t i = 0; i < message->count; i++) {
		struct igmp_source *source =
			igmp_source_find(igmp, group, mcr_igmp_read_source(message->body, i));

		if (source != NULL)
			igmp_timer_lower(&igmp->timers, &source->timer, deadline);
	}
}

enum mcr_igmp_rejection
igmp_querier_receive(
	struct mcr_igmp *igmp, struct igmp_link *link, const struct mcr_igmp_message *message)
{
	if (message->group != 0 && !wire_is_multicast(message->group))
		return MCR_IGMP_REJECT_NOT_MULTICAST;
	if (link->passive || (message->sender != 0 && message->sender == link->address))
		return MCR_IGMP_ACCEPTED;
	if (message->group == 0)
		elect(igmp, link, message);
	else
		lower_timers(igmp, link, message);
	return MCR_IGMP_ACCEPTED;
}
