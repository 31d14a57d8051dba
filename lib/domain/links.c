/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <stdlib.h>
#include <string.h>

#include <rte_common.h>
#include <rte_debug.h>

#include "state.h"

/* A link that comes up takes a few hellos: as long as it may take to detect a death, and this. */
#define MARGIN (2 * SECOND)

void
mcr_links_free(struct links *links)
{
	free(links->at);
	free(links->up);
}

/* What the hub knew before it was away says nothing now: all is told again. */
void
mcr_links_restart(struct mcr_domain *domain)
{
	struct links *links = &domain->links;

	links->count = links->next = links->turn = 0;
	links->has_surveyed = links->is_listed = links->told_own = false;
}

void
mcr_links_see_detection(struct mcr_domain *domain, uint64_t time)
{
	domain->links.patience = time + MARGIN;
}

/* The hub lists its peers in an order that hardly changes. */
static struct link *
find_link(struct links *links, const char *name)
{
	for (uint32_t i = 0; i < links->count; i++) {
		const uint32_t place = (links->next + i) % links->count;

		if (strcmp(links->at[place].name, name) == 0) {
			links->next = place + 1;
			return &links->at[place];
		}
	}
	return NULL;
}

static struct link *
add_link(struct links *links, uint64_t now, const char *name)
{
	if (links->count == links->room) {
		const uint32_t room = links->room == 0 ? 16 : 2 * links->room;
		struct link *at = reallocarray(links->at, room, sizeof(*at));

		if (at == NULL)
			return NULL;
		links->at = at;
		links->room = room;
	}
	links->at[links->count] = (struct link){.since = now};
	strcpy(links->at[links->count].name, name);
	links->next = ++links->count;
	return &links->at[links->count - 1];
}

void
mcr_links_see(struct mcr_domain *domain, uint64_t now, const char *name,
	const struct in6_addr *address, bool is_up)
{
	struct links *links = &domain->links;
	struct link *link;

	if (!domain->notifies)
		return;
	RTE_ASSERT(strlen(name) <= NAME_MAX_LEN);
	link = find_link(links, name);
	if (link == NULL)
		link = add_link(links, now, name);
	if (link == NULL)
		return;
	if (link->is_up != is_up || !mcr_domain_address_equals(&link->address, address))
		link->since = now;
	link->is_up = is_up;
	link->address = *address;
	link->is_seen = true;
}

void
mcr_links_end_survey(struct mcr_domain *domain, uint64_t now)
{
	struct links *links = &domain->links;
	const bool is_listed = domain->hub.survey_counts;

	/* At first, and when etcd has told of hubs, links may be about to come up. */
	if (!links->has_surveyed || is_listed != links->is_listed)
		links->ready_at = now + links->patience;
	links->has_surveyed = true;
	links->is_listed = is_listed;
	for (uint32_t i = 0; i < links->count; i++) {
		struct link *link = &links->at[i];

		if (!link->is_seen)
			link->is_up = false;
		if (!link->is_seen && link->told != TOLD_UP)
			links->at[i--] = links->at[--links->count];
		else
			link->is_seen = false;
	}
}

static bool
is_due(const struct links *links, const struct link *link, uint64_t now)
{
	if (link->is_up)
		return link->told != TOLD_UP ||
		       !mcr_domain_address_equals(&link->told_address, &link->address);
	if (link->told == TOLD_NOTHING)
		return now >= link->since + links->patience;
	return link->told == TOLD_UP;
}

/* @return The names of the hubs whose links are up, with spaces between them. */
static const char *
list_up(struct links *links)
{
	char *up = realloc(links->up, links->count * (NAME_MAX_LEN + 1) + 1), *end = up;

	if (up == NULL)
		return "";
	links->up = up;
	*end = '\0';
	for (uint32_t i = 0; i < links->count; i++) {
		if (!links->at[i].is_up)
			continue;
		if (end > up)
			*end++ = ' ';
		end = stpcpy(end, links->at[i].name);
	}
	return up;
}

static void
notify(struct links *links, const char *name, const struct in6_addr *address, bool is_up,
	struct mcr_domain_action *action)
{
	mcr_domain_address_format(address, links->text);
	action->type = MCR_DOMAIN_NOTIFY;
	action->notice = (struct mcr_domain_notice){
		.hub = name, .address = links->text, .is_up = is_up, .up = list_up(links)};
	links->is_told = true;
}

static void
notify_link(struct links *links, struct link *link, struct mcr_domain_action *action)
{
	/* What goes down is what was told up. */
	const struct in6_addr address =
		link->is_up || link->told != TOLD_UP ? link->address : link->told_address;

	link->told = link->is_up ? TOLD_UP : TOLD_DOWN;
	link->told_address = address;
	notify(links, link->name, &address, link->is_up, action);
}

bool
mcr_links_next(struct mcr_domain *domain, uint64_t now, struct mcr_domain_action *action)
{
	struct links *links = &domain->links;

	if (!domain->notifies || links->is_told || !domain->hub.is_connected ||
		!links->has_surveyed || now < links->ready_at)
		return false;
	if (!links->told_own && links->is_listed && domain->hub.is_known) {
		links->told_own = true;
		notify(links, domain->hub_name, mcr_domain_record_address(&domain->hub.record),
			true, action);
		return true;
	}
	for (uint32_t i = 0; i < links->count; i++) {
		struct link *link = &links->at[(links->turn + i) % links->count];

		if (is_due(links, link, now)) {
			links->turn = (links->turn + i + 1) % links->count;
			notify_link(links, link, action);
			return true;
		}
	}
	return false;
}

void
mcr_domain_notified(struct mcr_domain *domain)
{
	domain->links.is_told = false;
}
