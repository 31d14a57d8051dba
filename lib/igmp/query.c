/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <errno.h>

#include <rte_debug.h>

#include "state.h"

struct batch {
	struct mcr_igmp_query query;
	uint32_t sources[MCR_IGMP_QUERY_MAX_SOURCES];
	struct igmp_source *asked[MCR_IGMP_QUERY_MAX_SOURCES];
};

/* A packet without a way to the member is not repeated: it is asked anew when there is one. */
static int
send_packet(struct mcr_igmp *igmp, const struct igmp_link *link, const uint8_t *packet,
	uint32_t len, uint64_t *sent)
{
	const int ret = igmp->ops.send(igmp->arg, link->member_id, packet, len);

	*sent += ret == 0;
	igmp->counters.delayed += ret == -ENOBUFS;
	return ret == -ENOBUFS ? ret : 0;
}

static int
build_and_send(struct mcr_igmp *igmp, const struct igmp_link *link, enum mcr_igmp_query_kind kind,
	const struct mcr_igmp_query *query)
{
	uint8_t packet[IGMP_PACKET_MAX];
	const uint32_t len = igmp->protocol->build_query(query, packet);

	RTE_ASSERT(len <= sizeof(packet));
	return send_packet(igmp, link, packet, len, &igmp->counters.sent[kind]);
}

/* Our own value, even if another querier was elected after a leave. */
static uint64_t
own_last_member_time(const struct mcr_igmp *igmp)
{
	return (uint64_t)igmp->config.robustness * igmp->config.last_member_query_interval_ms;
}

static struct mcr_igmp_query
make_query(const struct igmp_link *link, uint32_t group, uint32_t max_response_ms)
{
	return (struct mcr_igmp_query){
		.sender = link->address,
		.group = group,
		.robustness = link->robustness,
		.query_interval_ms = link->query_interval_ms,
		.max_response_ms = max_response_ms,
	};
}

int
igmp_query_send_general(struct mcr_igmp *igmp, const struct igmp_link *link)
{
	const struct mcr_igmp_query query =
		make_query(link, 0, igmp->config.query_response_interval_ms);

	return build_and_send(igmp, link, MCR_IGMP_QUERY_GENERAL, &query);
}

int
igmp_query_send_advertisement(
	struct mcr_igmp *igmp, const struct igmp_link *link, uint32_t interval_ms)
{
	const struct mcr_igmp_advertisement advertisement = {
		.sender = link->address,
		.interval_ms = interval_ms,
		.query_interval_ms = link->query_interval_ms,
		.robustness = link->robustness,
	};
	uint8_t packet[IGMP_ADVERTISEMENT_MAX];
	const uint32_t len = igmp->protocol->build_advertisement(&advertisement, packet);

	return send_packet(igmp, link, packet, len, &igmp->counters.advertisements);
}

/* Nobody has been asked yet: the Last Member Query Time begins with the first query. */
static void
postpone(struct mcr_igmp *igmp, struct mcr_timer *timer)
{
	const uint64_t last_member_time = own_last_member_time(igmp);

	if (mcr_timer_left(timer, igmp->now) <= last_member_time)
		mcr_timer_start(
			&igmp->timers, timer, igmp->now + IGMP_RESEND_MS + last_member_time);
}

static bool
can_ask(const struct igmp_link *link)
{
	return link->querier && !link->passive;
}

void
igmp_query_group(struct mcr_igmp *igmp, struct igmp_group *group)
{
	struct igmp_link *link = igmp_group_link(group);

	RTE_ASSERT(group->mode == MCR_IGMP_EXCLUDE && group->timer.slot != 0);
	if (igmp_host_is_last(igmp, group)) {
		igmp_group_expire(igmp, group);
		return;
	}
	if (!can_ask(link))
		return;
	mcr_timer_lower(&igmp->timers, &group->timer, igmp->now + own_last_member_time(igmp));
	group->queries_left = link->robustness;
	mcr_timer_start(&igmp->timers, &group->retransmit, igmp->now);
}

/* Sources with a lowered timer are being queried already. */
static void
schedule_source_query(struct mcr_igmp *igmp, struct igmp_group *group, struct igmp_source *source)
{
	struct igmp_link *link = igmp_group_link(group);
	const uint64_t last_member_time = own_last_member_time(igmp);

	if (!can_ask(link) || mcr_timer_left(&source->timer, igmp->now) <= last_member_time)
		return;
	mcr_timer_lower(&igmp->timers, &source->timer, igmp->now + last_member_time);
	source->queries_left = link->robustness;
	mcr_timer_start(&igmp->timers, &group->retransmit, igmp->now);
}

void
igmp_query_sources(struct mcr_igmp *igmp, struct igmp_group *group, bool marked)
{
	const bool known = igmp_host_mark_wanted(igmp, group);
	struct igmp_source *source, *next;

	for (source = LIST_FIRST(&group->sources); source != NULL; source = next) {
		next = LIST_NEXT(source, link);
		if (source->marked != marked || !igmp_source_runs(igmp, source))
			continue;
		if (known && !source->wanted)
			igmp_source_expire(igmp, group, source);
		else
			schedule_source_query(igmp, group, source);
	}
}

static bool
group_is_pending(const struct mcr_igmp *igmp, const struct igmp_group *group)
{
	return group->queries_left > 0 && mcr_timer_runs(&group->timer, igmp->now);
}

static bool
source_is_pending(const struct mcr_igmp *igmp, const struct igmp_source *source)
{
	return source->queries_left > 0 && igmp_source_runs(igmp, source);
}

static bool
is_pending(const struct mcr_igmp *igmp, const struct igmp_group *group)
{
	const struct igmp_source *source;

	if (group_is_pending(igmp, group))
		return true;
	LIST_FOREACH (source, &group->sources, link) {
		if (source_is_pending(igmp, source))
			return true;
	}
	return false;
}

static int
transmit_group_query(struct mcr_igmp *igmp, struct igmp_group *group)
{
	const struct igmp_link *link = igmp_group_link(group);
	struct mcr_igmp_query query =
		make_query(link, group->node.address, igmp->config.last_member_query_interval_ms);

	RTE_ASSERT(group->queries_left > 0);
	query.suppress = mcr_timer_left(&group->timer, igmp->now) > own_last_member_time(igmp);
	if (build_and_send(igmp, link, MCR_IGMP_QUERY_GROUP, &query) == 0) {
		group->queries_left--;
		return 0;
	}
	if (group->queries_left == link->robustness)
		postpone(igmp, &group->timer);
	return -ENOBUFS;
}

static int
send_batch(struct mcr_igmp *igmp, const struct igmp_link *link, struct batch *batch)
{
	int ret = 0;

	batch->query.sources = batch->sources;
	if (batch->query.source_count != 0)
		ret = build_and_send(igmp, link, MCR_IGMP_QUERY_GROUP_SOURCE, &batch->query);
	for (uint16_t i = 0; i < batch->query.source_count; i++) {
		struct igmp_source *source = batch->asked[i];

		if (ret == 0)
			source->queries_left--;
		else if (source->queries_left == link->robustness)
			postpone(igmp, &source->timer);
	}
	batch->query.source_count = 0;
	return ret;
}

/*
 * One of the two messages of 6.6.3.2: with the S flag for sources whose timers exceed the Last
 * Member Query Time. No timer moves between the two, so each source is in one of them only.
 */
static int
transmit_source_queries(struct mcr_igmp *igmp, struct igmp_group *group, bool suppress)
{
	const struct igmp_link *link = igmp_group_link(group);
	const uint64_t last_member_time = own_last_member_time(igmp);
	struct igmp_source *source;
	int ret = 0;
	struct batch batch = {
		.query = make_query(
			link, group->node.address, igmp->config.last_member_query_interval_ms),
	};

	batch.query.suppress = suppress;
	LIST_FOREACH (source, &group->sources, link) {
		const uint64_t left = mcr_timer_left(&source->timer, igmp->now);

		if (!source_is_pending(igmp, source) || (left > last_member_time) != suppress)
			continue;
		RTE_ASSERT(batch.query.source_count < igmp->protocol->query_max_sources);
		batch.asked[batch.query.source_count] = source;
		batch.sources[batch.query.source_count++] = source->node.address;
		if (batch.query.source_count == igmp->protocol->query_max_sources)
			ret = send_batch(igmp, link, &batch) != 0 ? -ENOBUFS : ret;
	}
	return send_batch(igmp, link, &batch) != 0 ? -ENOBUFS : ret;
}

void
igmp_query_transmit(struct mcr_igmp *igmp, struct igmp_group *group)
{
	bool lacks_room = false;

	if (group_is_pending(igmp, group))
		lacks_room = transmit_group_query(igmp, group) != 0;
	lacks_room |= transmit_source_queries(igmp, group, true) != 0;
	lacks_room |= transmit_source_queries(igmp, group, false) != 0;
	if (is_pending(igmp, group))
		mcr_timer_start(&igmp->timers, &group->retransmit,
			igmp->now + (lacks_room ? IGMP_RESEND_MS
						: igmp->config.last_member_query_interval_ms));
	else
		mcr_timer_stop(&igmp->timers, &group->retransmit);
}
