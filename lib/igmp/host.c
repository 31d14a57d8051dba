/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <stdlib.h>

#include <rte_debug.h>

#include "interval.h"
#include "state.h"

/* A passive member cannot be queried, so its hosts are always tracked. */
static bool
tracks(const struct mcr_igmp *igmp, const struct igmp_link *link)
{
	return igmp->config.immediate_leave || link->passive;
}

static bool
wants_many(const struct igmp_host *host)
{
	return host->source_count > IGMP_HOST_SOURCES;
}

static bool
lists_source(const struct igmp_host *host, uint32_t source)
{
	for (uint8_t i = 0; !wants_many(host) && i < host->source_count; i++) {
		if (host->sources[i] == source)
			return true;
	}
	return false;
}

static void
forget_sources(struct igmp_host *host)
{
	for (uint8_t i = 0; !wants_many(host) && i < host->source_count; i++)
		mcr_address_drop(host->sources[i]);
	host->source_count = 0;
}

static void
want_many(struct igmp_host *host)
{
	forget_sources(host);
	host->source_count = IGMP_HOST_SOURCES + 1;
}

/* A source without a number counts as one of many. */
static void
add_source(const struct mcr_igmp *igmp, struct igmp_host *host, const uint8_t *bytes)
{
	uint32_t source = igmp_address_find(igmp, bytes);

	if (source != MCR_ADDRESS_NONE && lists_source(host, source))
		return;
	source = host->source_count < IGMP_HOST_SOURCES ? igmp_address_get(igmp, bytes)
	                                                : MCR_ADDRESS_NONE;
	if (source == MCR_ADDRESS_NONE)
		want_many(host);
	else
		host->sources[host->source_count++] = source;
}

static void
drop_source(const struct mcr_igmp *igmp, struct igmp_host *host, const uint8_t *bytes)
{
	const uint32_t source = igmp_address_find(igmp, bytes);

	for (uint8_t i = 0; !wants_many(host) && i < host->source_count; i++) {
		if (host->sources[i] == source) {
			mcr_address_drop(source);
			host->sources[i] = host->sources[--host->source_count];
			return;
		}
	}
}

static void
change_sources(const struct mcr_igmp *igmp, struct igmp_host *host,
	const struct mcr_igmp_record *record,
	void (*change)(const struct mcr_igmp *igmp, struct igmp_host *host, const uint8_t *source))
{
	for (uint16_t i = 0; i < record->source_count && !wants_many(host); i++)
		change(igmp, host, igmp_source_at(igmp, record->sources, i));
}

/*
 * Only TO_IN ends EXCLUDE mode, as a host in EXCLUDE mode answers queries for sources with IS_IN.
 * Long lists come in several records, so lists only grow until sources are blocked.
 */
static void
follow_record(
	const struct mcr_igmp *igmp, struct igmp_host *host, const struct mcr_igmp_record *record)
{
	switch (record->type) {
	case MCR_IGMP_IS_EX:
	case MCR_IGMP_TO_EX:
		host->excludes = true;
		break;
	case MCR_IGMP_TO_IN:
		if (host->excludes || record->source_count == 0)
			forget_sources(host);
		host->excludes = false;
		change_sources(igmp, host, record, add_source);
		break;
	case MCR_IGMP_IS_IN:
	case MCR_IGMP_ALLOW:
		if (!host->excludes)
			change_sources(igmp, host, record, add_source);
		break;
	case MCR_IGMP_BLOCK:
		if (!host->excludes)
			change_sources(igmp, host, record, drop_source);
		break;
	}
}

static void
forget_host(struct mcr_igmp *igmp, struct igmp_group *group, struct igmp_host *host)
{
	RTE_ASSERT(group->hosts.count > 0 && igmp->host_count > 0);
	LIST_REMOVE(host, link);
	group->hosts.count--;
	igmp_group_link(group)->host_count--;
	igmp->host_count--;
	forget_sources(host);
	mcr_address_drop(host->address);
	free(host);
}

void
igmp_host_forget_all(struct mcr_igmp *igmp, struct igmp_group *group)
{
	struct igmp_host *host, *next;

	for (host = LIST_FIRST(&group->hosts.known); host != NULL; host = next) {
		next = LIST_NEXT(host, link);
		forget_host(igmp, group, host);
	}
}

static struct igmp_host *
find_living(struct mcr_igmp *igmp, struct igmp_group *group)
{
	struct igmp_host *host, *next, *found = NULL;

	for (host = LIST_FIRST(&group->hosts.known); host != NULL; host = next) {
		next = LIST_NEXT(host, link);
		if (host->until <= igmp->now)
			forget_host(igmp, group, host);
		else if (host->address == igmp->reporter)
			found = host;
	}
	return found;
}

static bool
has_host_room(const struct mcr_igmp *igmp, const struct igmp_group *group)
{
	return group->hosts.count < igmp->config.max_hosts_per_group &&
	       igmp_group_link(group)->host_count < igmp->config.max_hosts_per_member &&
	       igmp->host_count < igmp->config.max_hosts;
}

/* NULL: not distinguishable from others, or no room. */
static struct igmp_host *
add_host(struct mcr_igmp *igmp, struct igmp_group *group)
{
	struct igmp_host *host;

	if (igmp->reporter == IGMP_UNKNOWN_HOST || !has_host_room(igmp, group))
		return NULL;
	host = calloc(1, sizeof(*host));
	if (host == NULL)
		return NULL;
	mcr_address_hold(igmp->reporter);
	host->address = igmp->reporter;
	LIST_INSERT_HEAD(&group->hosts.known, host, link);
	group->hosts.count++;
	igmp_group_link(group)->host_count++;
	igmp->host_count++;
	return host;
}

/* Behind a passive member, an unknown host counts as the member itself. */
static void
note_unknown(const struct mcr_igmp *igmp, struct igmp_group *group, uint64_t until)
{
	if (igmp->reporter != IGMP_UNKNOWN_HOST || !igmp_group_link(group)->passive)
		group->hosts.unknown_until = until;
}

void
igmp_host_note(
	struct mcr_igmp *igmp, struct igmp_group *group, const struct mcr_igmp_record *record)
{
	const struct igmp_link *link = igmp_group_link(group);
	const uint64_t until = igmp->now + igmp_membership_interval(igmp, link);
	struct igmp_host *host;

	if (!tracks(igmp, link))
		return;
	host = find_living(igmp, group);
	if (host == NULL && !mcr_igmp_record_joins(record))
		return;
	if (host == NULL)
		host = add_host(igmp, group);
	if (host == NULL) {
		note_unknown(igmp, group, until);
		return;
	}
	host->until = until;
	follow_record(igmp, host, record);
	if (!host->excludes && host->source_count == 0)
		forget_host(igmp, group, host);
}

static bool
knows_all(const struct mcr_igmp *igmp, const struct igmp_group *group)
{
	return tracks(igmp, igmp_group_link(group)) && group->hosts.unknown_until <= igmp->now;
}

/* igmp_host_note() has removed expired hosts. */
static bool
is_other(const struct mcr_igmp *igmp, const struct igmp_host *host)
{
	RTE_ASSERT(host->address != IGMP_UNKNOWN_HOST);
	return host->address != igmp->reporter;
}

/*
 * Hosts with single sources count, too: while another host is in EXCLUDE mode, RFC 9776 6.4.2
 * deletes their source records, and the group could not continue with these sources.
 */
bool
igmp_host_is_last(const struct mcr_igmp *igmp, const struct igmp_group *group)
{
	const struct igmp_host *host;

	if (!knows_all(igmp, group))
		return false;
	LIST_FOREACH (host, &group->hosts.known, link) {
		if (is_other(igmp, host))
			return false;
	}
	return true;
}

static void
mark_wanted_sources(
	const struct mcr_igmp *igmp, struct igmp_group *group, const struct igmp_host *host)
{
	RTE_ASSERT(!host->excludes && !wants_many(host));
	for (uint8_t i = 0; i < host->source_count; i++) {
		struct igmp_source *source = igmp_source_find(igmp, group, host->sources[i]);

		if (source != NULL)
			source->wanted = true;
	}
}

bool
igmp_host_mark_wanted(const struct mcr_igmp *igmp, struct igmp_group *group)
{
	const struct igmp_host *host;
	struct igmp_source *source;

	if (!knows_all(igmp, group))
		return false;
	LIST_FOREACH (source, &group->sources, link)
		source->wanted = false;
	LIST_FOREACH (host, &group->hosts.known, link) {
		if (!is_other(igmp, host))
			continue;
		if (host->excludes || wants_many(host))
			return false;
		mark_wanted_sources(igmp, group, host);
	}
	return true;
}

void
igmp_host_restart(struct mcr_igmp *igmp, struct igmp_link *link)
{
	struct igmp_group *group;

	LIST_FOREACH (group, &link->groups, link) {
		igmp_host_forget_all(igmp, group);
		group->hosts.unknown_until = igmp->now + igmp_membership_interval(igmp, link);
	}
}
