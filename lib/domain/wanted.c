/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* Which hubs should serve shared members. All agents find the same hubs, but for those that are not
 * registered: only those that have a link to one know that it lives. */

#include <stdlib.h>
#include <string.h>

#include "state.h"

#define DIGEST_PACE (60 * SECOND)

/* A hub that is registered, as this agent sees it; of its own, as etcd has it. */
struct candidate {
	const struct record *record;
	const char *name;
	int64_t created;
	bool *counts;
};

/* If it lives, it does so without its agent. An older one follows no handover in any case. */
bool
mcr_placement_is_stray(const struct mcr_domain *domain, const struct peer *peer)
{
	return !peer->is_present && (peer->record.follows || peer->record.epoch[0] == '\0' ||
					    mcr_placement_names(domain, peer->name));
}

const struct peer *
mcr_placement_find_stray(const struct mcr_domain *domain)
{
	for (uint32_t i = 0; i < domain->peers.count; i++) {
		const struct peer *peer = domain->peers.at[i];

		if (peer->link_is_up && mcr_placement_is_stray(domain, peer))
			return peer;
	}
	return NULL;
}

/* Who counts? */

static int
compare_candidates(const void *left, const void *right)
{
	const struct candidate *a = left, *b = right;

	const int order = mcr_domain_address_compare(
		mcr_domain_record_address(a->record), mcr_domain_record_address(b->record));

	return order != 0 ? order : (a->created > b->created) - (a->created < b->created);
}

static uint32_t
list_candidates(struct mcr_domain *domain, struct candidate *candidates)
{
	struct own *own = &domain->own;
	uint32_t count = 0;

	domain->placement.counts = false;
	if (own->exists && own->is_valid)
		candidates[count++] = (struct candidate){
			&own->record, domain->hub_name, own->created, &domain->placement.counts};
	for (uint32_t i = 0; i < domain->peers.count; i++) {
		struct peer *peer = domain->peers.at[i];

		peer->counts = false;
		if (peer->is_present)
			candidates[count++] = (struct candidate){
				&peer->record, peer->name, peer->created, &peer->counts};
	}
	qsort(candidates, count, sizeof(*candidates), compare_candidates);
	return count;
}

/* Hubs of different encaps have no links: that of the oldest counts. */
static const struct candidate *
find_oldest(const struct candidate *candidates, uint32_t count)
{
	const struct candidate *oldest = NULL;

	for (uint32_t i = 0; i < count; i++)
		if (candidates[i].record->is_shared &&
			(oldest == NULL || candidates[i].created < oldest->created))
			oldest = &candidates[i];
	return oldest;
}

static bool
has_family(const struct record *record, bool is_ipv6)
{
	return !mcr_domain_address_is_none(is_ipv6 ? &record->address6 : &record->address);
}

/* Hubs that share members send each other what these send, so all need one family: that which more
 * of them have, IPv4 if as many do. */
static bool
is_over_ipv6(const struct candidate *candidates, uint32_t count, bool is_gre_udp)
{
	uint32_t over_ipv4 = 0, over_ipv6 = 0;

	for (uint32_t i = 0; i < count; i++) {
		const struct record *record = candidates[i].record;

		if (!record->follows || !record->is_shared || record->is_draining ||
			record->is_gre_udp != is_gre_udp)
			continue;
		over_ipv4 += has_family(record, false);
		over_ipv6 += has_family(record, true);
	}
	return over_ipv6 > over_ipv4;
}

static void
add_server(struct servers *servers, const char *name, const char *epoch)
{
	struct server *server;

	if (servers->count == SERVERS_MAX)
		return;
	server = &servers->at[servers->count++];
	strcpy(server->name, name);
	strcpy(server->epoch, epoch);
}

/* Of those at one address, which are adjacent, the oldest is used. */
static void
count_candidates(
	struct mcr_domain *domain, struct candidate *candidates, uint32_t count, struct servers *to)
{
	struct placement *placement = &domain->placement;
	const struct candidate *oldest = find_oldest(candidates, count), *last = NULL;

	const bool over_ipv6 =
		oldest != NULL && is_over_ipv6(candidates, count, oldest->record->is_gre_udp);

	placement->count = 0;
	placement->drains = false;
	for (uint32_t i = 0; oldest != NULL && i < count; i++) {
		const struct candidate *at = &candidates[i];
		const struct server *server;

		if (at->record->is_gre_udp != oldest->record->is_gre_udp ||
			(last != NULL &&
				mcr_domain_address_equals(mcr_domain_record_address(last->record),
					mcr_domain_record_address(at->record))))
			continue;
		last = at;
		if (!at->record->follows)
			continue;
		*at->counts = true;
		placement->count++;
		if (!at->record->is_shared)
			continue;
		if (!at->record->is_draining) {
			if (has_family(at->record, over_ipv6))
				add_server(to, at->name, at->record->epoch);
			continue;
		}
		server = mcr_servers_find(&placement->handover.hubs, at->name);
		if (server != NULL && strcmp(server->epoch, at->record->epoch) == 0)
			placement->drains = true;
	}
}

/* Hubs of the set that live, though their keys are gone. */
static void
keep_strays(const struct mcr_domain *domain, struct servers *to)
{
	const struct servers *hubs = &domain->placement.handover.hubs;

	for (uint32_t i = 0; i < hubs->count; i++) {
		const struct peer *peer = mcr_peers_find(&domain->peers, hubs->at[i].name);

		if (peer != NULL && peer->link_is_up && mcr_placement_is_stray(domain, peer))
			add_server(to, hubs->at[i].name, hubs->at[i].epoch);
	}
}

void
mcr_placement_want(struct mcr_domain *domain)
{
	struct placement *placement = &domain->placement;
	const uint32_t room = domain->peers.count + 1;
	struct candidate *candidates = malloc(room * sizeof(*candidates));
	struct servers wanted = {
		.at = malloc((room + placement->handover.hubs.count) * sizeof(struct server))};

	if (candidates == NULL || wanted.at == NULL) {
		free(candidates);
		free(wanted.at);
		return;
	}
	count_candidates(domain, candidates, list_candidates(domain, candidates), &wanted);
	keep_strays(domain, &wanted);
	mcr_servers_sort(&wanted);
	free(candidates);
	if (mcr_servers_equal(&wanted, &placement->wanted)) {
		free(wanted.at);
		return;
	}
	free(placement->wanted.at);
	placement->wanted = wanted;
	/* The time of a move begins again. */
	placement->move = MOVE_NONE;
}

/* Hubs with other files serve shared members by other rules. One that has the same members as its
 * own serves them beside the others. */
static bool
is_other(const struct record *own, const struct record *record)
{
	const bool is_same = strcmp(record->digest, own->digest) == 0;

	if (own->is_shared && record->is_shared)
		return !is_same;
	return own->is_shared != record->is_shared && is_same && own->digest[0] != '\0';
}

const char *
mcr_placement_find_other(const struct mcr_domain *domain, uint32_t *count)
{
	const struct record *own = &domain->hub.record;
	const char *first = NULL;

	*count = 0;
	for (uint32_t i = 0; i < domain->peers.count; i++) {
		const struct peer *peer = domain->peers.at[i];

		if (!peer->counts || !is_other(own, &peer->record))
			continue;
		if ((*count)++ == 0)
			first = peer->name;
	}
	return first;
}

void
mcr_placement_tell_digests(struct mcr_domain *domain, uint64_t now)
{
	struct placement *placement = &domain->placement;
	uint32_t count;
	const char *first = mcr_placement_find_other(domain, &count);

	if (first == NULL || !domain->hub.is_known || now < placement->told_digest_end)
		return;
	placement->told_digest_end = now + DIGEST_PACE;
	if (count == 1)
		mcr_domain_log(domain, MCR_DOMAIN_WARNING,
			"hub %s has other members, groups or domain.members in its file than this "
			"hub: shared members need the same in all",
			first);
	else
		mcr_domain_log(domain, MCR_DOMAIN_WARNING,
			"hub %s and %u more have other members, groups or domain.members in their "
			"files than this hub: shared members need the same in all",
			first, count - 1);
}
