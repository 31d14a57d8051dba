/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <stdlib.h>
#include <string.h>

#include <rte_common.h>
#include <rte_debug.h>

#include "state.h"

/* Bounds on what others can make this agent keep. */
#define PEERS_MAX 4096
#define KEYS_OF_ALL_MAX (1u << 20)
#define KEYS_OF_ONE_MAX (1u << 18)

void
mcr_peers_free(struct peers *peers)
{
	for (uint32_t i = 0; i < peers->count; i++) {
		mcr_interest_free(&peers->at[i]->interest);
		free(peers->at[i]);
	}
	free(peers->at);
	*peers = (struct peers){0};
}

/* @return The place of the first peer whose name is not below this one. */
static uint32_t
find_place(const struct peers *peers, const char *name)
{
	uint32_t low = 0, high = peers->count;

	while (low < high) {
		const uint32_t middle = low + (high - low) / 2;

		if (strcmp(peers->at[middle]->name, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct peer *
mcr_peers_find(const struct peers *peers, const char *name)
{
	const uint32_t place = find_place(peers, name);

	if (place == peers->count || strcmp(peers->at[place]->name, name) != 0)
		return NULL;
	return peers->at[place];
}

static bool
make_room(struct peers *peers)
{
	const uint32_t room = peers->room == 0 ? 16 : 2 * peers->room;
	struct peer **at;

	if (peers->count < peers->room)
		return true;
	if (peers->count >= PEERS_MAX)
		return false;
	at = reallocarray(peers->at, room, sizeof(*at));
	if (at == NULL)
		return false;
	peers->at = at;
	peers->room = room;
	return true;
}

struct peer *
mcr_peers_get(struct mcr_domain *domain, const char *name)
{
	struct peers *peers = &domain->peers;
	const uint32_t place = find_place(peers, name);
	struct peer *peer;

	if (place < peers->count && strcmp(peers->at[place]->name, name) == 0)
		return peers->at[place];
	if (!make_room(peers))
		return NULL;
	peer = calloc(1, sizeof(*peer));
	if (peer == NULL)
		return NULL;
	strcpy(peer->name, name);
	peer->interest.total = &peers->keys;
	peer->service.bits = SERVICE_UNKNOWN;
	mcr_serve_tell_later(domain);
	memmove(&peers->at[place + 1], &peers->at[place],
		(peers->count - place) * sizeof(*peers->at));
	peers->at[place] = peer;
	peers->count++;
	return peer;
}

/* The hub was told so, and must be told that it does no more. */
static bool
serves(const struct peer *peer)
{
	return peer->service.bits != 0 && peer->service.bits != SERVICE_UNKNOWN;
}

bool
mcr_peers_forget(struct mcr_domain *domain, struct peer *peer)
{
	struct peers *peers = &domain->peers;
	uint32_t place;

	if (peer->is_present || peer->state != PEER_ABSENT || peer->interest.marked > 0 ||
		domain->hub.asked_of == peer || serves(peer))
		return false;
	place = find_place(peers, peer->name);
	RTE_ASSERT(peers->at[place] == peer);
	mcr_interest_free(&peer->interest);
	free(peer);
	mcr_serve_tell_later(domain);
	peers->count--;
	memmove(&peers->at[place], &peers->at[place + 1],
		(peers->count - place) * sizeof(*peers->at));
	return true;
}

/* Of two with one address the one that was first registered counts. */
static const struct peer *
find_older(const struct peers *peers, const struct peer *peer)
{
	for (uint32_t i = 0; i < peers->count; i++) {
		const struct peer *other = peers->at[i];

		if (other != peer && other->is_present &&
			other->record.is_gre_udp == peer->record.is_gre_udp &&
			mcr_domain_address_equals(&other->reached_at, &peer->reached_at) &&
			other->created < peer->created)
			return other;
	}
	return NULL;
}

static bool
is_of_this_hub(const struct mcr_domain *domain, const struct peer *peer)
{
	return domain->hub.is_known &&
	       mcr_domain_record_shares_address(&peer->record, &domain->hub.record);
}

/* There can be no link to it. */
static bool
has_other_encap(const struct mcr_domain *domain, const struct peer *peer)
{
	return domain->hub.is_known && peer->record.is_gre_udp != domain->hub.record.is_gre_udp;
}

/* Likewise. */
static bool
has_other_family(const struct peer *peer)
{
	return mcr_domain_address_is_none(&peer->reached_at);
}

static void
find_address(const struct mcr_domain *domain, struct peer *peer)
{
	peer->reached_at = domain->hub.is_known ? *mcr_domain_record_link_address(
							  &domain->hub.record, &peer->record)
	                                        : *mcr_domain_record_address(&peer->record);
}

static int
compare_claims(const void *left, const void *right)
{
	const struct peer *a = *(struct peer *const *)left, *b = *(struct peer *const *)right;

	const int order = mcr_domain_address_compare(&a->reached_at, &b->reached_at);

	return order != 0 ? order : (a->created > b->created) - (a->created < b->created);
}

static void
review(struct mcr_domain *domain, struct peer *peer)
{
	peer->is_usable = peer->is_present && !is_of_this_hub(domain, peer) &&
	                  !has_other_encap(domain, peer) && !has_other_family(peer) &&
	                  find_older(&domain->peers, peer) == NULL;
}

const struct peer *
mcr_peers_find_apart(const struct mcr_domain *domain, uint32_t *count)
{
	const struct peer *first = NULL;

	*count = 0;
	for (uint32_t i = 0; i < domain->peers.count; i++) {
		const struct peer *peer = domain->peers.at[i];

		if (!peer->is_present || has_other_encap(domain, peer) || !has_other_family(peer))
			continue;
		if ((*count)++ == 0)
			first = peer;
	}
	return first;
}

/* As review() does, for all, by their order instead of by a search for each. */
void
mcr_peers_review(struct mcr_domain *domain)
{
	const struct peers *peers = &domain->peers;
	struct peer **claims = malloc((peers->count + 1) * sizeof(*claims));
	uint32_t count = 0;

	if (claims == NULL)
		return;
	for (uint32_t i = 0; i < peers->count; i++) {
		peers->at[i]->is_usable = false;
		find_address(domain, peers->at[i]);
		if (peers->at[i]->is_present && !is_of_this_hub(domain, peers->at[i]) &&
			!has_other_encap(domain, peers->at[i]) && !has_other_family(peers->at[i]))
			claims[count++] = peers->at[i];
	}
	qsort(claims, count, sizeof(*claims), compare_claims);
	for (uint32_t i = 0; i < count; i++)
		claims[i]->is_usable = i == 0 || !mcr_domain_address_equals(&claims[i]->reached_at,
							 &claims[i - 1]->reached_at);
	free(claims);
}

static void
review_address(struct mcr_domain *domain, const struct in6_addr *address)
{
	for (uint32_t i = 0; i < domain->peers.count; i++)
		if (mcr_domain_address_equals(&domain->peers.at[i]->reached_at, address))
			review(domain, domain->peers.at[i]);
}

/* What it wants is what etcd has now. Before it was all there, what is missing may still come. */
static void
sweep(struct peer *peer)
{
	if (peer->is_present && peer->record.published)
		mcr_interest_sweep(&peer->interest);
}

static void
lose_record(struct mcr_domain *domain, struct peer *peer)
{
	domain->placement.has_lost |= peer->is_present && peer->record.follows;
	peer->is_present = false;
	peer->placed = (struct stage){0};
	mcr_placement_review_later(domain);
	review_address(domain, &peer->reached_at);
}

static void
complain_of_use(struct mcr_domain *domain, uint64_t now, const struct peer *peer)
{
	const struct peer *older = find_older(&domain->peers, peer);

	if (has_other_encap(domain, peer))
		mcr_domain_complain(domain, now,
			"hub %s: has another encap between hubs than this hub: it is not used",
			peer->name);
	else if (has_other_family(peer))
		mcr_domain_complain(domain, now,
			"hub %s: has IPv%d alone between hubs, and this hub has not: it is not "
			"used",
			peer->name, mcr_domain_address_is_none(&peer->record.address) ? 6 : 4);
	else if (is_of_this_hub(domain, peer))
		mcr_domain_complain(domain, now,
			"hub %s claims the address of this hub: it is not used", peer->name);
	else if (older != NULL)
		mcr_domain_complain(domain, now,
			"hub %s claims the address of hub %s: it is not used", peer->name,
			older->name);
}

static void
take_record(struct mcr_domain *domain, uint64_t now, struct peer *peer,
	const struct mcr_domain_kv *kv, const struct record *record)
{
	const struct in6_addr before = peer->reached_at;
	const bool is_new = !peer->is_present ||
	                    !mcr_domain_record_shares_address(&peer->record, record) ||
	                    peer->record.is_gre_udp != record->is_gre_udp;

	if (strcmp(peer->record.networks, record->networks) != 0 ||
		strcmp(peer->record.networks6, record->networks6) != 0)
		peer->reach_is_told = false;
	mcr_serve_tell_later(domain);
	mcr_placement_review_later(domain);
	peer->record = *record;
	peer->created = kv->created;
	peer->is_present = true;
	peer->is_listed = true;
	find_address(domain, peer);
	review_address(domain, &before);
	review_address(domain, &peer->reached_at);
	if (is_new && !peer->is_usable)
		complain_of_use(domain, now, peer);
	if (domain->session.step == STEP_SERVE)
		sweep(peer);
}

static const char *
find_fault(const char *name, const struct mcr_domain_kv *kv, struct record *record)
{
	if (!mcr_domain_is_name(name, strlen(name)))
		return "is no name of a hub";
	/* It would stay for ever. */
	if (kv->lease == 0)
		return "its record has no lease";
	return mcr_domain_record_parse(kv->value, record);
}

void
mcr_peers_see_record(
	struct mcr_domain *domain, uint64_t now, const char *name, const struct mcr_domain_kv *kv)
{
	struct peer *peer = mcr_peers_find(&domain->peers, name);
	const char *fault;
	struct record record;

	if (kv->value == NULL) {
		if (peer != NULL)
			lose_record(domain, peer);
		return;
	}
	fault = find_fault(name, kv, &record);
	if (fault != NULL) {
		mcr_domain_complain(domain, now, "hub %.70s: %s: it is not used", name, fault);
		if (peer != NULL)
			lose_record(domain, peer);
		return;
	}
	peer = mcr_peers_get(domain, name);
	if (peer == NULL)
		mcr_domain_complain(
			domain, now, "hub %s: there are too many hubs: it is not used", name);
	else
		take_record(domain, now, peer, kv, &record);
}

static enum value
parse_value(const char *text)
{
	if (strcmp(text, "1") == 0)
		return VALUE_WANTS;
	return strcmp(text, "0") == 0 ? VALUE_EMPTY : VALUE_NONE;
}

static void
set_interest(struct mcr_domain *domain, uint64_t now, struct peer *peer,
	const struct mcr_group_key *key, enum value value)
{
	struct entry *entry = mcr_interest_find(&peer->interest, key);

	if (entry == NULL && domain->peers.keys < KEYS_OF_ALL_MAX &&
		peer->interest.count < KEYS_OF_ONE_MAX)
		entry = mcr_interest_get(&peer->interest, key);
	if (entry == NULL) {
		mcr_domain_complain(domain, now,
			"hub %s: it, or all hubs, want too many keys: some are not used",
			peer->name);
		return;
	}
	entry->target = value;
	mcr_interest_mark(&peer->interest, entry, true);
	mcr_interest_settle(&peer->interest, entry);
}

/* A hub that is not all there, or was not yet, withdraws nothing: its lease may have ended. */
static void
unset_interest(struct peer *peer, const struct mcr_group_key *key)
{
	struct entry *entry = mcr_interest_find(&peer->interest, key);

	if (entry == NULL)
		return;
	mcr_interest_mark(&peer->interest, entry, false);
	if (peer->is_present && peer->record.published)
		entry->target = VALUE_NONE;
	mcr_interest_settle(&peer->interest, entry);
}

static void
see_interest(struct mcr_domain *domain, uint64_t now, const char *name, const char *text,
	const struct mcr_group_key *key, const char *value)
{
	struct peer *peer = mcr_peers_find(&domain->peers, name);

	if (value == NULL) {
		if (peer != NULL)
			unset_interest(peer, key);
		return;
	}
	if (parse_value(value) == VALUE_NONE) {
		mcr_domain_complain(domain, now,
			"hub %s: the value of its interest in %s is neither 0 nor 1", name, text);
		return;
	}
	if (peer == NULL) {
		mcr_domain_complain(
			domain, now, "hub %s has interest, but no record: it is not used", name);
		peer = mcr_peers_get(domain, name);
	}
	if (peer != NULL)
		set_interest(domain, now, peer, key, parse_value(value));
}

void
mcr_peers_see_interest(
	struct mcr_domain *domain, uint64_t now, const char *rest, const struct mcr_domain_kv *kv)
{
	const char *slash = strchr(rest, '/');
	const size_t len = slash == NULL ? 0 : (size_t)(slash - rest);
	char name[NAME_MAX_LEN + 1];
	struct mcr_group_key key;

	if (!mcr_domain_is_name(rest, len) || !mcr_domain_key_parse(slash + 1, &key)) {
		if (kv->value != NULL)
			mcr_domain_complain(
				domain, now, "etcd: interest/%.120s is no key of interest", rest);
		return;
	}
	memcpy(name, rest, len);
	name[len] = '\0';
	see_interest(domain, now, name, slash + 1, &key, kv->value);
	mcr_domain_key_drop(&key);
}

void
mcr_peers_begin_list(struct mcr_domain *domain)
{
	for (uint32_t i = 0; i < domain->peers.count; i++) {
		domain->peers.at[i]->is_listed = false;
		mcr_interest_unmark(&domain->peers.at[i]->interest);
	}
}

void
mcr_peers_end_list(struct mcr_domain *domain)
{
	for (uint32_t i = 0; i < domain->peers.count; i++) {
		struct peer *peer = domain->peers.at[i];

		if (!peer->is_listed && peer->is_present)
			lose_record(domain, peer);
		sweep(peer);
	}
	mcr_peers_review(domain);
}
