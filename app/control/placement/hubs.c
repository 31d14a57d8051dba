/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <rte_debug.h>

#include "control/placement/hubs.h"

/* Those of two generations. */
#define HUBS_MAX (2 * (MCR_PEERS_MAX + 1))

/* As seen last. */
struct sight {
	uint32_t id; /* 0: there is no such peer */
	bool is_alive;
	uint64_t epoch; /* 0: unknown */
};

struct hub {
	uint32_t id;
	uint8_t staged;
	uint8_t serves;
	uint8_t network_count;
	uint64_t staged_epoch;
	uint64_t epoch; /* 0: any */
	struct mcr_placement_network networks[MCR_PLACEMENT_NETWORKS_MAX];
};

/* Those that can be chosen now. */
struct view {
	uint16_t count;
	uint16_t index[MCR_PEERS_MAX + 1];
	struct mcr_placement_hub at[MCR_PEERS_MAX + 1];
};

struct mcr_hubs {
	uint32_t own_id;
	uint64_t own_epoch;
	uint16_t count;
	struct hub hubs[HUBS_MAX];          /* this one first, then in any order */
	struct sight sights[MCR_PEERS_MAX]; /* by index of peer */
	struct mcr_claims_peer claimants[MCR_PEERS_MAX];
	uint64_t until_ms[MCR_PEERS_MAX]; /* it is not alive, but counts so; 0: it is, or is not */
	uint64_t due_ms;
	struct view view;
	struct view next; /* being made */
};

struct mcr_hubs *
mcr_hubs_create(uint32_t id, uint64_t epoch, const struct mcr_config *config)
{
	struct mcr_hubs *hubs = calloc(1, sizeof(*hubs));

	if (hubs == NULL)
		return NULL;
	hubs->own_id = id;
	hubs->own_epoch = epoch;
	hubs->due_ms = UINT64_MAX;
	hubs->count = 1;
	hubs->hubs[0].id = id;
	hubs->hubs[0].network_count = mcr_hubs_networks_of(config, hubs->hubs[0].networks);
	return hubs;
}

void
mcr_hubs_free(struct mcr_hubs *hubs)
{
	free(hubs);
}

/* For members that no port's prefix has. */
static uint32_t
add_gateways(const struct mcr_config *config, bool is_ipv6, struct mcr_placement_network *networks,
	uint32_t count)
{
	const struct mcr_placement_network all = {.is_ipv6 = is_ipv6};
	bool has_gateway = false;

	for (uint32_t i = 0; i < config->port_count; i++)
		has_gateway |= is_ipv6 ? mcr_config_has_gateway6(&config->ports[i])
		                       : config->ports[i].has_gateway;
	return has_gateway ? mcr_placement_add_network(networks, count, &all) : count;
}

static struct mcr_placement_network
describe_ipv4(const struct mcr_config_prefix *prefix)
{
	return (struct mcr_placement_network){
		.address = prefix->address & mcr_ipv4_mask(prefix->length),
		.length = prefix->length,
	};
}

static struct mcr_placement_network
describe_ipv6(uint32_t prefix)
{
	return (struct mcr_placement_network){
		.is_ipv6 = true,
		.address6 = *mcr_address_ipv6(prefix),
		.length = mcr_address_length(prefix),
	};
}

uint32_t
mcr_hubs_networks_of(const struct mcr_config *config,
	struct mcr_placement_network networks[MCR_PLACEMENT_NETWORKS_MAX])
{
	uint32_t count = add_gateways(config, false, networks, 0);

	count = add_gateways(config, true, networks, count);
	for (uint32_t i = 0; i < config->port_count; i++) {
		const struct mcr_config_port *port = &config->ports[i];
		struct mcr_placement_network network;

		if (port->address.address != 0) {
			network = describe_ipv4(&port->address);
			count = mcr_placement_add_network(networks, count, &network);
		}
		if (port->prefix6 != MCR_ADDRESS_NONE) {
			network = describe_ipv6(port->prefix6);
			count = mcr_placement_add_network(networks, count, &network);
		}
	}
	return count;
}

static struct hub *
find_hub(struct mcr_hubs *hubs, uint32_t id)
{
	for (uint16_t i = 0; i < hubs->count; i++) {
		if (hubs->hubs[i].id == id)
			return &hubs->hubs[i];
	}
	return NULL;
}

static bool
is_peer(const struct mcr_hubs *hubs, uint32_t id)
{
	for (uint16_t i = 0; i < MCR_PEERS_MAX; i++) {
		if (hubs->sights[i].id == id)
			return true;
	}
	return false;
}

/* Of hubs in no set that are no peers, what they reach does not matter any more. */
static void
forget_others(struct mcr_hubs *hubs)
{
	uint16_t kept = 1;

	for (uint16_t i = 1; i < hubs->count; i++) {
		const struct hub *hub = &hubs->hubs[i];

		if (hub->staged != 0 || hub->serves != 0 || is_peer(hubs, hub->id))
			hubs->hubs[kept++] = *hub;
	}
	hubs->count = kept;
}

static struct hub *
take_hub(struct mcr_hubs *hubs, uint32_t id)
{
	struct hub *hub = find_hub(hubs, id);

	if (hub != NULL)
		return hub;
	if (hubs->count == HUBS_MAX)
		forget_others(hubs);
	if (hubs->count == HUBS_MAX)
		return NULL;
	hub = &hubs->hubs[hubs->count++];
	*hub = (struct hub){.id = id};
	return hub;
}

int
mcr_hubs_stage(struct mcr_hubs *hubs, uint32_t id, uint8_t serves, uint64_t epoch)
{
	struct hub *hub = take_hub(hubs, id);

	RTE_ASSERT(serves >> MCR_PLACEMENT_TAGS == 0);
	if (hub == NULL)
		return -ENOSPC;
	hub->staged = serves;
	if (serves != 0 || epoch != 0)
		hub->staged_epoch = epoch;
	return 0;
}

int
mcr_hubs_set_networks(struct mcr_hubs *hubs, uint32_t id,
	const struct mcr_placement_network *networks, uint32_t count)
{
	struct hub *hub = take_hub(hubs, id);

	RTE_ASSERT(count <= MCR_PLACEMENT_NETWORKS_MAX && id != hubs->own_id);
	if (hub == NULL)
		return -ENOSPC;
	hub->network_count = count;
	if (count != 0)
		memcpy(hub->networks, networks, count * sizeof(*networks));
	return 0;
}

void
mcr_hubs_apply(struct mcr_hubs *hubs)
{
	for (uint16_t i = 0; i < hubs->count; i++) {
		hubs->hubs[i].serves = hubs->hubs[i].staged;
		hubs->hubs[i].epoch = hubs->hubs[i].staged_epoch;
	}
}

static bool
is_carried_to(const struct mcr_peers *peers, uint16_t index)
{
	for (uint16_t i = 0; i < peers->end; i++) {
		if (mcr_peers_carries_to(peers, i, index))
			return true;
	}
	return false;
}

static struct sight
look_at_peer(const struct mcr_peers *peers, uint16_t index, uint32_t id)
{
	const struct mcr_peer *peer = mcr_peers_get(peers, index);

	if (peer == NULL)
		return (struct sight){0};
	/* Others list it only if its present start is in their serving set. */
	if (mcr_peer_state(peer) != MCR_LINK_UP)
		return (struct sight){.id = id, .is_alive = is_carried_to(peers, index)};
	return (struct sight){
		.id = id,
		.is_alive = true,
		.epoch = __atomic_load_n(&peer->hub_epoch, __ATOMIC_RELAXED),
	};
}

/* One may be unknown, 0. */
static bool
is_same_start(uint64_t a, uint64_t b)
{
	return a == 0 || b == 0 || a == b;
}

/* A hub that restarted is another one. */
static bool
has_ended(const struct sight *before, const struct sight *now)
{
	return before->is_alive && before->id == now->id &&
	       (!now->is_alive || !is_same_start(before->epoch, now->epoch));
}

static void
update_peer(struct mcr_hubs *hubs, uint16_t index, struct sight now, uint64_t now_ms)
{
	uint64_t *until_ms = &hubs->until_ms[index];

	if (has_ended(&hubs->sights[index], &now)) {
		if (*until_ms == 0)
			*until_ms = now_ms + MCR_HUBS_LINGER_MS;
		if (now_ms < *until_ms) {
			hubs->due_ms = RTE_MIN(hubs->due_ms, *until_ms);
			return;
		}
	}
	*until_ms = 0;
	hubs->sights[index] = now;
}

static void
look_at_peers(struct mcr_hubs *hubs, const struct mcr_peers *peers, uint64_t now_ms)
{
	const struct mcr_peer_ids *ids = peers->ids;
	bool is_known[MCR_PEERS_MAX] = {false};

	hubs->due_ms = UINT64_MAX;
	for (uint16_t i = 0; i < ids->count; i++) {
		const uint16_t index = ids->index[i];

		is_known[index] = true;
		update_peer(hubs, index, look_at_peer(peers, index, ids->id[i]), now_ms);
	}
	for (uint16_t i = 0; i < MCR_PEERS_MAX; i++) {
		if (!is_known[i])
			hubs->sights[i] = (struct sight){0};
	}
}

static uint16_t
find_peer(const struct mcr_peer_ids *ids, uint32_t id)
{
	uint16_t from = 0, to = ids->count;

	while (from < to) {
		const uint16_t middle = (from + to) / 2;

		if (ids->id[middle] == id)
			return ids->index[middle];
		if (ids->id[middle] < id)
			from = middle + 1;
		else
			to = middle;
	}
	return MCR_HUBS_NOBODY;
}

/* A hub that restarted is in no set that names its former start. */
static bool
is_in_set(const struct hub *hub, uint64_t epoch)
{
	return hub->serves != 0 && is_same_start(hub->epoch, epoch);
}

static void
add_to_view(struct view *view, const struct hub *hub, uint16_t index)
{
	struct mcr_placement_hub *at = &view->at[view->count];

	RTE_ASSERT(view->count < RTE_DIM(view->at));
	view->index[view->count++] = index;
	at->id = hub->id;
	at->serves = hub->serves;
	at->is_alive = true;
	at->network_count = hub->network_count;
	memcpy(at->networks, hub->networks, hub->network_count * sizeof(hub->networks[0]));
}

static void
make_view(struct mcr_hubs *hubs, const struct mcr_peer_ids *ids)
{
	hubs->next.count = 0;
	if (is_in_set(&hubs->hubs[0], hubs->own_epoch))
		add_to_view(&hubs->next, &hubs->hubs[0], MCR_HUBS_SELF);
	for (uint16_t i = 1; i < hubs->count; i++) {
		const uint16_t index = find_peer(ids, hubs->hubs[i].id);

		if (index != MCR_HUBS_NOBODY && hubs->sights[index].is_alive &&
			is_in_set(&hubs->hubs[i], hubs->sights[index].epoch))
			add_to_view(&hubs->next, &hubs->hubs[i], index);
	}
}

static bool
is_same_hub(const struct mcr_placement_hub *a, const struct mcr_placement_hub *b)
{
	if (a->id != b->id || a->serves != b->serves || a->network_count != b->network_count)
		return false;
	for (uint8_t i = 0; i < a->network_count; i++) {
		if (!mcr_placement_is_same_network(&a->networks[i], &b->networks[i]))
			return false;
	}
	return true;
}

/* All hubs of a view are alive. */
static bool
is_same_view(const struct view *a, const struct view *b)
{
	if (a->count != b->count)
		return false;
	for (uint16_t i = 0; i < a->count; i++) {
		if (a->index[i] != b->index[i] || !is_same_hub(&a->at[i], &b->at[i]))
			return false;
	}
	return true;
}

/* @return Whether it is new. */
static bool
note_server(struct mcr_peer *peer, const struct hub *hub)
{
	const uint64_t epoch = __atomic_load_n(&peer->hub_epoch, __ATOMIC_RELAXED);
	const bool serves = hub != NULL && is_in_set(hub, epoch);
	const uint64_t served = hub != NULL && hub->epoch != 0 ? hub->epoch : epoch;
	const bool has_changed = peer->serves != serves;

	if (has_changed || peer->served_epoch != served)
		mcr_peer_set_serves(peer, serves, served);
	return has_changed;
}

/* By what the peers say now: one that has restarted does not serve any more. */
static void
note_servers(const struct mcr_hubs *hubs, struct mcr_peers *peers)
{
	const struct hub *of_peers[MCR_PEERS_MAX] = {NULL};
	bool has_changed = false;

	for (uint16_t i = 1; i < hubs->count; i++) {
		const uint16_t index = find_peer(peers->ids, hubs->hubs[i].id);

		if (index != MCR_HUBS_NOBODY)
			of_peers[index] = &hubs->hubs[i];
	}
	for (uint16_t i = 0; i < peers->end; i++) {
		struct mcr_peer *peer = mcr_peers_get(peers, i);

		if (peer != NULL)
			has_changed |= note_server(peer, of_peers[i]);
	}
	if (has_changed)
		__atomic_fetch_add(&peers->servings, 1, __ATOMIC_RELEASE);
}

/* What a hub had claimed before it restarted it knows nothing of. Its claims count again when a
 * serving set names its new start: by then its agent has told what it claims now. */
static void
find_claimants(struct mcr_hubs *hubs, const struct mcr_peer_ids *ids)
{
	for (uint16_t i = 0; i < MCR_PEERS_MAX; i++)
		hubs->claimants[i] = (struct mcr_claims_peer){
			.id = hubs->sights[i].id, .counts = hubs->sights[i].is_alive};
	for (uint16_t i = 1; i < hubs->count; i++) {
		const uint16_t index = find_peer(ids, hubs->hubs[i].id);

		if (index != MCR_HUBS_NOBODY &&
			!is_same_start(hubs->hubs[i].epoch, hubs->sights[index].epoch))
			hubs->claimants[index].counts = false;
	}
}

bool
mcr_hubs_look(struct mcr_hubs *hubs, struct mcr_peers *peers, uint64_t now_ms)
{
	RTE_ASSERT(peers->ids != NULL);
	note_servers(hubs, peers);
	look_at_peers(hubs, peers, now_ms);
	find_claimants(hubs, peers->ids);
	make_view(hubs, peers->ids);
	if (is_same_view(&hubs->view, &hubs->next))
		return false;
	hubs->view = hubs->next;
	return true;
}

/* Its link is on the way up, but what is sent to it waits until all others know. */
static bool
is_awaited(const struct mcr_peer *peer, bool is_patient)
{
	return peer != NULL && !mcr_peer_carries(peer) &&
	       (is_patient || mcr_peer_state(peer) >= MCR_LINK_INIT);
}

bool
mcr_hubs_are_carried_to(const struct mcr_hubs *hubs, const struct mcr_peers *peers,
	unsigned int tag, bool is_patient)
{
	for (uint16_t i = 1; i < hubs->count; i++) {
		const uint16_t index = find_peer(peers->ids, hubs->hubs[i].id);

		if ((hubs->hubs[i].serves >> tag & 1) != 0 &&
			is_awaited(mcr_peers_get(peers, index), is_patient))
			return false;
	}
	return true;
}

uint64_t
mcr_hubs_due_ms(const struct mcr_hubs *hubs)
{
	return hubs->due_ms;
}

uint16_t
mcr_hubs_choose(
	const struct mcr_hubs *hubs, const struct mcr_placement_member *member, unsigned int tag)
{
	const uint32_t chosen = mcr_placement_choose(hubs->view.at, hubs->view.count, member, tag);

	return chosen == MCR_PLACEMENT_NOBODY ? MCR_HUBS_NOBODY : hubs->view.index[chosen];
}

bool
mcr_hubs_has_other(
	const struct mcr_hubs *hubs, const struct mcr_placement_member *member, unsigned int tag)
{
	for (uint16_t i = 0; i < hubs->view.count; i++) {
		if (hubs->view.index[i] != MCR_HUBS_SELF &&
			(hubs->view.at[i].serves >> tag & 1) != 0 &&
			mcr_placement_reaches(&hubs->view.at[i], member))
			return true;
	}
	return false;
}

const struct mcr_claims_peer *
mcr_hubs_claimants(const struct mcr_hubs *hubs)
{
	return hubs->claimants;
}

uint8_t
mcr_hubs_serves(const struct mcr_hubs *hubs, uint16_t index)
{
	for (uint16_t i = 0; i < hubs->view.count; i++) {
		if (hubs->view.index[i] == index)
			return hubs->view.at[i].serves;
	}
	return 0;
}
