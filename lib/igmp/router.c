/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <errno.h>
#include <stdlib.h>

#include <rte_common.h>
#include <rte_debug.h>

#include "config.h"
#include "state.h"

/* Query, Other Querier Present, advertisement. */
#define LINK_TIMERS 3

/* Groups and sources between two pauses: some 100 us. */
#define REMOVALS_AT_ONCE 64

struct mcr_igmp *
mcr_igmp_create(const struct mcr_igmp_config *config, const struct mcr_igmp_ops *ops, void *arg)
{
	struct mcr_igmp *igmp = calloc(1, sizeof(*igmp));
	int ret;

	RTE_ASSERT(ops->send != NULL && ops->changed != NULL && ops->limited != NULL);
	if (igmp == NULL)
		return NULL;
	igmp->protocol = config->mld ? &mld_protocol : &igmp_protocol;
	igmp->ops = *ops;
	igmp->arg = arg;
	igmp->max_members = config->max_members;
	TAILQ_INIT(&igmp->waiting);
	ret = igmp_config_copy(&igmp->config, config);
	if (ret == 0)
		ret = igmp_index_init(&igmp->groups, config->max_groups);
	if (ret == 0)
		ret = igmp_index_init(&igmp->sources, config->max_sources);
	if (ret == 0) {
		igmp->links = calloc(igmp->max_members + 1ul, sizeof(*igmp->links));
		ret = igmp->links == NULL ? -ENOMEM : 0;
	}
	if (ret == 0)
		return igmp;
	mcr_igmp_free(igmp);
	errno = -ret;
	return NULL;
}

static int
ignore_change(void *arg __rte_unused, uint32_t member_id __rte_unused, uint32_t group __rte_unused,
	uint32_t source __rte_unused, enum mcr_igmp_route before __rte_unused,
	enum mcr_igmp_route after __rte_unused)
{
	return 0;
}

/* Each group may have many sources. */
static uint32_t
leave_some(struct mcr_igmp *igmp, struct igmp_link *link, uint32_t limit)
{
	const uint32_t before = link->group_count + link->source_count;

	while (!LIST_EMPTY(&link->groups) &&
		before - link->group_count - link->source_count < limit)
		igmp_group_remove(igmp, LIST_FIRST(&link->groups));
	return link->group_count;
}

static void
remove_link(struct mcr_igmp *igmp, struct igmp_link *link)
{
	RTE_ASSERT(igmp->links[link->member_id] == link);
	leave_some(igmp, link, UINT32_MAX);
	RTE_ASSERT(link->group_count == 0 && link->source_count == 0);
	RTE_ASSERT(link->host_count == 0 && link->waiting_count == 0);
	igmp_querier_stop(igmp, link);
	mcr_timers_release(&igmp->timers, LINK_TIMERS);
	mcr_address_drop(link->address);
	igmp->links[link->member_id] = NULL;
	free(link);
}

void
mcr_igmp_free(struct mcr_igmp *igmp)
{
	if (igmp == NULL)
		return;
	igmp->ops.changed = ignore_change;
	for (uint32_t i = 0; igmp->links != NULL && i < igmp->max_members; i++) {
		if (igmp->links[i] != NULL)
			remove_link(igmp, igmp->links[i]);
	}
	RTE_ASSERT(igmp->group_count == 0 && igmp->source_count == 0 && igmp->host_count == 0);
	RTE_ASSERT(igmp->waiting_count == 0 && TAILQ_EMPTY(&igmp->waiting));
	RTE_ASSERT(igmp->timers.count == 0 && igmp->timers.reserved == 0);
	free(igmp->links);
	igmp_index_free(&igmp->groups);
	igmp_index_free(&igmp->sources);
	mcr_timers_free(&igmp->timers);
	igmp_config_free(&igmp->config);
	free(igmp);
}

struct igmp_link *
igmp_link_find(const struct mcr_igmp *igmp, uint32_t member_id)
{
	return member_id < igmp->max_members ? igmp->links[member_id] : NULL;
}

static void
pause_long_work(struct mcr_igmp *igmp)
{
	if (igmp->ops.pause != NULL)
		igmp->ops.pause(igmp->arg);
}

/* Return whether there are no more of them. */
static bool
remove_some_forbidden(struct mcr_igmp *igmp, struct igmp_link *link)
{
	const uint32_t before = link->group_count + link->source_count;
	struct igmp_group *group, *next;

	for (group = LIST_FIRST(&link->groups); group != NULL; group = next) {
		if (before - link->group_count - link->source_count >= REMOVALS_AT_ONCE)
			return false;
		next = LIST_NEXT(group, link);
		if (!igmp_is_permitted(igmp, link, group->node.address))
			igmp_group_remove(igmp, group);
	}
	return true;
}

/* The groups may have changed when pause() returns. */
static void
remove_forbidden(struct mcr_igmp *igmp, struct igmp_link *link)
{
	while (!remove_some_forbidden(igmp, link))
		pause_long_work(igmp);
}

static void
restart_hosts(struct mcr_igmp *igmp, struct igmp_link *link)
{
	if (link != NULL && !link->passive)
		igmp_host_restart(igmp, link);
}

static void
reconfigure_link(struct mcr_igmp *igmp, struct igmp_link *link, bool restarts_hosts)
{
	igmp_querier_reconfigure(igmp, link);
	if (restarts_hosts)
		restart_hosts(igmp, link);
	remove_forbidden(igmp, link);
}

int
mcr_igmp_reconfigure(struct mcr_igmp *igmp, const struct mcr_igmp_config *config, uint64_t now_ms)
{
	const bool restarts_hosts = igmp->config.immediate_leave != config->immediate_leave;
	struct mcr_igmp_config copy;
	const int ret = igmp_config_copy(&copy, config);

	if (ret != 0)
		return ret;
	RTE_ASSERT(config->mld == igmp->config.mld);
	igmp->now = now_ms;
	/* Before as well: meanwhile no leave may end a group whose hosts are not known. */
	for (uint32_t i = 0; restarts_hosts && i < igmp->max_members; i++) {
		restart_hosts(igmp, igmp->links[i]);
		pause_long_work(igmp);
	}
	igmp_config_free(&igmp->config);
	igmp->config = copy;
	for (uint32_t i = 0; i < igmp->max_members; i++) {
		if (igmp->links[i] != NULL)
			reconfigure_link(igmp, igmp->links[i], restarts_hosts);
		pause_long_work(igmp);
	}
	return 0;
}

int
mcr_igmp_add_member(struct mcr_igmp *igmp, uint32_t member_id, const struct mcr_igmp_member *member,
	uint64_t now_ms)
{
	struct igmp_link *link;

	if (member_id >= igmp->max_members)
		return -ERANGE;
	if (igmp->links[member_id] != NULL)
		return -EEXIST;
	link = calloc(1, sizeof(*link));
	if (link == NULL || mcr_timers_reserve(&igmp->timers, LINK_TIMERS) != 0) {
		free(link);
		return -ENOMEM;
	}
	link->member_id = member_id;
	link->query_timer.tag = IGMP_TIMER_QUERY;
	link->other_querier_present.tag = IGMP_TIMER_OTHER_QUERIER_PRESENT;
	link->advertise.tag = IGMP_TIMER_ADVERTISE;
	igmp->links[member_id] = link;
	return mcr_igmp_update_member(igmp, member_id, member, now_ms);
}

int
mcr_igmp_update_member(struct mcr_igmp *igmp, uint32_t member_id,
	const struct mcr_igmp_member *member, uint64_t now_ms)
{
	struct igmp_link *link = igmp_link_find(igmp, member_id);

	if (link == NULL)
		return -ENOENT;
	igmp->now = now_ms;
	RTE_ASSERT(!igmp->config.mld || mcr_address_is_ipv6(member->address));
	mcr_address_hold(member->address);
	mcr_address_drop(link->address);
	link->address = member->address;
	link->passive = member->passive;
	RTE_ASSERT(member->groups != NULL || member->group_count == 0);
	link->permitted = member->groups;
	link->permitted_count = member->group_count;
	remove_forbidden(igmp, link);
	igmp_querier_start(igmp, link);
	if (link->passive)
		igmp_querier_stop(igmp, link);
	return 0;
}

int
mcr_igmp_permit(struct mcr_igmp *igmp, uint32_t member_id, const struct mcr_igmp_prefix *groups,
	uint32_t group_count)
{
	struct igmp_link *link = igmp_link_find(igmp, member_id);

	if (link == NULL)
		return -ENOENT;
	RTE_ASSERT(groups != NULL || group_count == 0);
	link->permitted = groups;
	link->permitted_count = group_count;
	return 0;
}

int
mcr_igmp_remove_member(struct mcr_igmp *igmp, uint32_t member_id, uint64_t now_ms)
{
	struct igmp_link *link = igmp_link_find(igmp, member_id);

	if (link == NULL)
		return -ENOENT;
	igmp->now = now_ms;
	remove_link(igmp, link);
	return 0;
}

uint32_t
mcr_igmp_leave_some(struct mcr_igmp *igmp, uint32_t member_id, uint32_t limit, uint64_t now_ms)
{
	struct igmp_link *link = igmp_link_find(igmp, member_id);

	igmp->now = now_ms;
	return link == NULL ? 0 : leave_some(igmp, link, limit);
}

int
mcr_igmp_restart_queries(struct mcr_igmp *igmp, uint32_t member_id, uint64_t now_ms)
{
	struct igmp_link *link = igmp_link_find(igmp, member_id);

	if (link == NULL)
		return -ENOENT;
	igmp->now = now_ms;
	if (link->querier && !link->passive)
		igmp_querier_restart(igmp, link);
	return 0;
}

static enum mcr_igmp_rejection
receive_message(struct mcr_igmp *igmp, struct igmp_link *link, const uint8_t *packet, uint32_t len,
	struct mcr_igmp_message *message)
{
	enum mcr_igmp_rejection rejection = igmp->protocol->parse(packet, len, message);

	if (rejection == MCR_IGMP_REJECT_NO_ROUTER_ALERT && igmp->config.ignore_router_alert)
		rejection = MCR_IGMP_ACCEPTED;
	if (rejection == MCR_IGMP_ACCEPTED)
		return mcr_igmp_is_query(message) ? igmp_querier_receive(igmp, link, message)
		                                  : igmp_report_receive(igmp, link, message);
	if ((rejection == MCR_IGMP_REJECT_NO_ROUTER_ALERT ||
		    rejection == MCR_IGMP_REJECT_BAD_TTL) &&
		mcr_igmp_is_query(message))
		igmp_querier_overhear(igmp, link, message);
	return rejection;
}

enum mcr_igmp_rejection
mcr_igmp_receive(struct mcr_igmp *igmp, uint32_t member_id, const uint8_t *packet, uint32_t len,
	uint64_t now_ms)
{
	struct igmp_link *link = igmp_link_find(igmp, member_id);
	struct mcr_igmp_message message;
	enum mcr_igmp_rejection rejection;

	igmp->now = now_ms;
	rejection = link == NULL ? MCR_IGMP_REJECT_UNKNOWN_MEMBER
	                         : receive_message(igmp, link, packet, len, &message);
	if (link != NULL && igmp->config.mld)
		mcr_mld_release(&message);
	if (rejection == MCR_IGMP_ACCEPTED)
		igmp->counters.received[message.type]++;
	else
		igmp_count_rejection(igmp, rejection);
	return rejection;
}

/* Startup Query Count is the robustness (8.7); answers may take a response interval. */
static uint64_t
startup_time(const struct mcr_igmp *igmp)
{
	return (uint64_t)igmp->config.robustness * igmp->config.startup_query_interval_ms +
	       igmp->config.query_response_interval_ms;
}

static void
shorten_restored(struct mcr_igmp *igmp, const struct igmp_link *link, uint32_t address)
{
	const uint64_t deadline = igmp->now + startup_time(igmp);
	struct igmp_group *group = igmp_group_find(igmp, link, address);
	struct igmp_source *source;

	if (group == NULL || link->passive)
		return;
	mcr_timer_lower(&igmp->timers, &group->timer, deadline);
	LIST_FOREACH (source, &group->sources, link)
		mcr_timer_lower(&igmp->timers, &source->timer, deadline);
}

enum mcr_igmp_rejection
mcr_igmp_restore_record(struct mcr_igmp *igmp, uint32_t member_id,
	const struct mcr_igmp_record *record, uint64_t now_ms)
{
	struct igmp_link *link = igmp_link_find(igmp, member_id);
	enum mcr_igmp_rejection rejection;

	if (link == NULL) {
		igmp_count_rejection(igmp, MCR_IGMP_REJECT_UNKNOWN_MEMBER);
		return MCR_IGMP_REJECT_UNKNOWN_MEMBER;
	}
	igmp->now = now_ms;
	RTE_ASSERT(record->type == MCR_IGMP_IS_IN || record->type == MCR_IGMP_IS_EX);
	igmp->reporter = IGMP_UNKNOWN_HOST;
	rejection = igmp_report_restore(igmp, link, record);
	if (rejection == MCR_IGMP_ACCEPTED)
		shorten_restored(igmp, link, record->group);
	return rejection;
}

static void
expire_group(struct mcr_igmp *igmp, struct igmp_group *group)
{
	igmp_group_expire(igmp, group);
	igmp_group_tidy(igmp, group);
}

static void
expire_source(struct mcr_igmp *igmp, struct igmp_source *source)
{
	struct igmp_group *group = (struct igmp_group *)(uintptr_t)source->node.owner;

	igmp_source_expire(igmp, group, source);
	igmp_group_tidy(igmp, group);
}

static void
handle_timer(struct mcr_igmp *igmp, struct mcr_timer *timer)
{
	RTE_ASSERT(timer->slot == 0);
	switch (timer->tag) {
	case IGMP_TIMER_QUERY:
		igmp_querier_run(igmp, container_of(timer, struct igmp_link, query_timer));
		break;
	case IGMP_TIMER_OTHER_QUERIER_PRESENT:
		igmp_querier_outlast(
			igmp, container_of(timer, struct igmp_link, other_querier_present));
		break;
	case IGMP_TIMER_ADVERTISE:
		igmp_querier_advertise(igmp, container_of(timer, struct igmp_link, advertise));
		break;
	case IGMP_TIMER_GROUP:
		expire_group(igmp, container_of(timer, struct igmp_group, timer));
		break;
	case IGMP_TIMER_RETRANSMIT:
		igmp_query_transmit(igmp, container_of(timer, struct igmp_group, retransmit));
		break;
	case IGMP_TIMER_SOURCE:
		expire_source(igmp, container_of(timer, struct igmp_source, timer));
		break;
	}
}

uint64_t
mcr_igmp_run_some(struct mcr_igmp *igmp, uint64_t now_ms, uint32_t limit)
{
	struct mcr_timer *timer;

	igmp->now = now_ms;
	while (limit-- > 0 && (timer = mcr_timers_take_due(&igmp->timers, now_ms)) != NULL)
		handle_timer(igmp, timer);
	return mcr_timers_next(&igmp->timers);
}

uint64_t
mcr_igmp_run(struct mcr_igmp *igmp, uint64_t now_ms)
{
	return mcr_igmp_run_some(igmp, now_ms, UINT32_MAX);
}

uint32_t
mcr_igmp_retry(struct mcr_igmp *igmp, uint64_t now_ms, uint32_t limit)
{
	const uint32_t before = igmp->waiting_count;
	const uint64_t refusals = igmp->refusals;
	struct igmp_group *group;

	igmp->now = now_ms;
	/* Each group may have many sources, so refusals are limited, too. */
	for (uint32_t i = 0; i < RTE_MIN(limit, before) && igmp->refusals - refusals < limit; i++) {
		group = TAILQ_FIRST(&igmp->waiting);
		RTE_ASSERT(group->is_waiting);
		TAILQ_REMOVE(&igmp->waiting, group, wait);
		TAILQ_INSERT_TAIL(&igmp->waiting, group, wait);
		igmp_group_settle(igmp, group);
	}
	RTE_ASSERT(igmp->waiting_count <= before);
	return before - igmp->waiting_count;
}
