/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <errno.h>
#include <stdlib.h>

#include <rte_common.h>
#include <rte_debug.h>

#include <mcr_address.h>

#include "mcr_neigh.h"
#include "table.h"

#define CAPACITY_MAX (UINT32_C(1) << 30)

/* Each is 0 where there is none. With references. */
struct own {
	bool is_set;
	uint32_t address, address6, link_local;
	struct rte_ether_addr mac;
};

/*
 * States of an entry; its timer always runs and gives the time of the next request:
 *   unresolved   no MAC; broadcasts, quickly at first, then slowly and without end
 *   reachable    MAC, no tries; the timer starts the refresh
 *   refreshing   MAC, unanswered tries; the MAC stays in use until all tries are, and longer while
 *                data comes from it; if doubted, the candidate replaces it then
 */
struct mcr_neigh {
	struct mcr_neigh_ops ops;
	void *arg;
	struct mcr_neigh_table table;
	struct mcr_timers timers;
	uint64_t last_run;
	uint32_t credit; /**< requests that may be made now */
	uint64_t random;
	struct own own[RTE_MAX_ETHPORTS];
};

struct mcr_neigh *
mcr_neigh_create(const struct mcr_neigh_ops *ops, void *arg, uint32_t capacity)
{
	struct mcr_neigh *neigh;

	if (ops->request == NULL || ops->changed == NULL || capacity == 0 ||
		capacity > CAPACITY_MAX) {
		errno = EINVAL;
		return NULL;
	}
	neigh = calloc(1, sizeof(*neigh));
	if (neigh == NULL)
		return NULL;
	neigh->ops = *ops;
	neigh->arg = arg;
	neigh->credit = MCR_NEIGH_REQUESTS_PER_RUN;
	neigh->random = 1;
	if (mcr_neigh_table_init(&neigh->table, capacity) < 0 ||
		mcr_timers_reserve(&neigh->timers, capacity) < 0) {
		mcr_neigh_free(neigh);
		errno = ENOMEM;
		return NULL;
	}
	return neigh;
}

static void
drop_own(struct own *own)
{
	mcr_address_drop(own->address6);
	mcr_address_drop(own->link_local);
	*own = (struct own){.is_set = false};
}

void
mcr_neigh_free(struct mcr_neigh *neigh)
{
	if (neigh == NULL)
		return;
	for (unsigned int i = 0; i < RTE_DIM(neigh->own); i++)
		drop_own(&neigh->own[i]);
	mcr_neigh_table_free(&neigh->table);
	mcr_timers_free(&neigh->timers);
	free(neigh);
}

int
mcr_neigh_set_own(struct mcr_neigh *neigh, uint16_t port, const struct mcr_neigh_own *own)
{
	struct own set = {.is_set = true, .address = own->address, .mac = own->mac};

	if (port >= RTE_DIM(neigh->own))
		return -EINVAL;
	if (own->has_ipv6) {
		set.address6 = mcr_address_get(&own->address6, MCR_IPV6_LENGTH);
		set.link_local = mcr_address_get(&own->link_local, MCR_IPV6_LENGTH);
		if (set.address6 == MCR_ADDRESS_NONE || set.link_local == MCR_ADDRESS_NONE) {
			drop_own(&set);
			return -ENOMEM;
		}
	}
	drop_own(&neigh->own[port]);
	neigh->own[port] = set;
	return 0;
}

static bool
is_own(const struct mcr_neigh *neigh, uint16_t port, uint32_t address)
{
	const struct own *own;

	if (address == MCR_ADDRESS_NONE || port >= RTE_DIM(neigh->own))
		return false;
	own = &neigh->own[port];
	return address == own->address || address == own->address6 || address == own->link_local;
}

int
mcr_neigh_hold(struct mcr_neigh *neigh, uint16_t port, uint32_t address, uint64_t now)
{
	uint32_t at = mcr_neigh_table_find(&neigh->table, port, address);

	if (at == MCR_NEIGH_NO_ENTRY) {
		at = mcr_neigh_table_add(&neigh->table, port, address);
		if (at == MCR_NEIGH_NO_ENTRY)
			return -ENOSPC;
		mcr_timer_start(&neigh->timers, &neigh->table.entries[at].timer, now);
	}
	RTE_ASSERT(neigh->table.entries[at].timer.slot != 0);
	RTE_ASSERT(neigh->table.entries[at].holds < UINT32_MAX);
	neigh->table.entries[at].holds++;
	return 0;
}

int
mcr_neigh_release(struct mcr_neigh *neigh, uint16_t port, uint32_t address)
{
	const uint32_t at = mcr_neigh_table_find(&neigh->table, port, address);

	if (at == MCR_NEIGH_NO_ENTRY)
		return -ENOENT;
	RTE_ASSERT(neigh->table.entries[at].holds > 0);
	if (--neigh->table.entries[at].holds == 0) {
		mcr_timer_stop(&neigh->timers, &neigh->table.entries[at].timer);
		mcr_neigh_table_remove(&neigh->table, at);
	}
	return 0;
}

/* Spread the refreshes of members that were resolved together (xorshift64). */
static uint64_t
refresh_delay(struct mcr_neigh *neigh)
{
	RTE_ASSERT(neigh->random != 0);
	neigh->random ^= neigh->random << 13;
	neigh->random ^= neigh->random >> 7;
	neigh->random ^= neigh->random << 17;
	return MCR_NEIGH_REFRESH_MS - neigh->random % MCR_NEIGH_REFRESH_SPREAD_MS;
}

static uint64_t
count_heard(const struct mcr_neigh *neigh, const struct mcr_neigh_entry *entry)
{
	return neigh->ops.heard == NULL
	               ? 0
	               : neigh->ops.heard(neigh->arg, entry->port, entry->address, &entry->mac);
}

static void
note_heard(const struct mcr_neigh *neigh, struct mcr_neigh_entry *entry)
{
	entry->heard = count_heard(neigh, entry);
}

static void
confirm_mac(
	struct mcr_neigh *neigh, struct mcr_neigh_entry *entry, const struct rte_ether_addr *mac)
{
	const bool was_resolved = entry->is_resolved;
	const struct rte_ether_addr before = entry->mac;

	RTE_ASSERT(was_resolved || !entry->is_doubted);
	RTE_ASSERT(rte_is_valid_assigned_ether_addr(mac));
	entry->is_resolved = true;
	entry->is_doubted = false;
	entry->tries = 0;
	entry->mac = *mac;
	if (!was_resolved || !rte_is_same_ether_addr(&before, mac))
		neigh->ops.changed(neigh->arg, entry->port, entry->address, &entry->mac,
			was_resolved ? &before : NULL);
}

static bool
is_own_mac(const struct mcr_neigh *neigh, uint16_t port, const struct rte_ether_addr *mac)
{
	return port < RTE_DIM(neigh->own) && neigh->own[port].is_set &&
	       rte_is_same_ether_addr(mac, &neigh->own[port].mac);
}

static void
report_conflict(
	struct mcr_neigh *neigh, uint16_t port, uint32_t address, const struct rte_ether_addr *mac)
{
	RTE_ASSERT(is_own(neigh, port, address));
	if (!is_own_mac(neigh, port, mac) && neigh->ops.conflict != NULL)
		neigh->ops.conflict(neigh->arg, port, address, mac);
}

/* The owner of an address, which is not the hub's, says that it is at a MAC. */
static void
learn(struct mcr_neigh *neigh, uint32_t at, const struct rte_ether_addr *mac, uint64_t now)
{
	struct mcr_neigh_entry *entry = &neigh->table.entries[at];

	if (entry->is_doubted)
		entry->rests_to = now + MCR_NEIGH_DOUBT_REST_MS;
	mcr_timer_start(&neigh->timers, &entry->timer, now + refresh_delay(neigh));
	confirm_mac(neigh, entry, mac);
}

void
mcr_neigh_receive(
	struct mcr_neigh *neigh, uint16_t port, const struct mcr_neigh_arp *arp, uint64_t now)
{
	uint32_t at;

	if (is_own(neigh, port, arp->sender)) {
		report_conflict(neigh, port, arp->sender, &arp->sender_mac);
		return;
	}
	if (arp->sender == 0)
		return;
	at = mcr_neigh_table_find(&neigh->table, port, arp->sender);
	if (at != MCR_NEIGH_NO_ENTRY)
		learn(neigh, at, &arp->sender_mac, now);
}

static bool
is_usable_mac(const struct mcr_neigh *neigh, uint16_t port, const struct rte_ether_addr *mac)
{
	return rte_is_valid_assigned_ether_addr(mac) && !is_own_mac(neigh, port, mac);
}

/* Skip the unicast tries: the known MAC may be out of use. */
static void
broadcast_soon(struct mcr_neigh *neigh, uint32_t at, uint64_t now)
{
	struct mcr_neigh_entry *entry = &neigh->table.entries[at];

	RTE_ASSERT(entry->is_resolved);
	entry->tries = MCR_NEIGH_UNICAST_TRIES;
	note_heard(neigh, entry);
	mcr_timer_start(&neigh->timers, &neigh->table.entries[at].timer, now);
}

static void
use_unconfirmed(
	struct mcr_neigh *neigh, uint32_t at, const struct rte_ether_addr *mac, uint64_t now)
{
	confirm_mac(neigh, &neigh->table.entries[at], mac);
	broadcast_soon(neigh, at, now);
}

void
mcr_neigh_restore(struct mcr_neigh *neigh, uint16_t port, uint32_t address,
	const struct rte_ether_addr *mac, uint64_t now)
{
	const uint32_t at = mcr_neigh_table_find(&neigh->table, port, address);

	if (at != MCR_NEIGH_NO_ENTRY && !neigh->table.entries[at].is_resolved &&
		is_usable_mac(neigh, port, mac))
		use_unconfirmed(neigh, at, mac, now);
}

void
mcr_neigh_doubt(struct mcr_neigh *neigh, uint16_t port, uint32_t address,
	const struct rte_ether_addr *mac, uint64_t now)
{
	const uint32_t at = mcr_neigh_table_find(&neigh->table, port, address);
	struct mcr_neigh_entry *entry;

	if (at == MCR_NEIGH_NO_ENTRY || !is_usable_mac(neigh, port, mac))
		return;
	entry = &neigh->table.entries[at];
	if (!entry->is_resolved) {
		use_unconfirmed(neigh, at, mac, now);
		return;
	}
	if (entry->is_doubted || now < entry->rests_to || rte_is_same_ether_addr(mac, &entry->mac))
		return;
	entry->is_doubted = true;
	entry->candidate = *mac;
	broadcast_soon(neigh, at, now);
}

/* RFC 4861 6.3.4, 7.2.3, 7.2.5: what is no answer confirms no MAC, and another one that it tells is
 * used, but has to answer at once. So who forges it misleads copies for seconds only. */
static void
learn_unasked(struct mcr_neigh *neigh, uint32_t at, const struct rte_ether_addr *mac, uint64_t now)
{
	struct mcr_neigh_entry *entry = &neigh->table.entries[at];

	if (entry->is_resolved && rte_is_same_ether_addr(mac, &entry->mac))
		return;
	learn(neigh, at, mac, now);
	mcr_timer_start(&neigh->timers, &entry->timer, now);
}

/* RFC 4861 7.2.5. */
static void
learn_advertised(struct mcr_neigh *neigh, uint16_t port, uint32_t address, const struct mcr_nd *nd,
	uint64_t now)
{
	const uint32_t at = mcr_neigh_table_find(&neigh->table, port, address);
	const struct mcr_neigh_entry *entry;

	if (at == MCR_NEIGH_NO_ENTRY)
		return;
	entry = &neigh->table.entries[at];
	if (!nd->has_mac) {
		const struct rte_ether_addr known = entry->mac;

		if (entry->is_resolved && nd->is_solicited)
			learn(neigh, at, &known, now);
		return;
	}
	if (!nd->overrides && entry->is_resolved && !rte_is_same_ether_addr(&nd->mac, &entry->mac))
		mcr_neigh_doubt(neigh, port, address, &nd->mac, now);
	else if (nd->is_solicited)
		learn(neigh, at, &nd->mac, now);
	else
		learn_unasked(neigh, at, &nd->mac, now);
}

/* Whether an address is free (RFC 4862 5.4.2): its MAC says nothing yet. */
static bool
is_probe(const struct mcr_nd *nd)
{
	return nd->kind == MCR_ND_SOLICITATION && IN6_IS_ADDR_UNSPECIFIED(&nd->source);
}

void
mcr_neigh_receive_nd(struct mcr_neigh *neigh, uint16_t port, const struct mcr_nd *nd, uint64_t now)
{
	const bool is_of_target = nd->kind == MCR_ND_ADVERTISEMENT || is_probe(nd);
	const uint32_t address =
		mcr_address_find(is_of_target ? nd->target.s6_addr : nd->source.s6_addr);
	uint32_t at;

	if (address == MCR_ADDRESS_NONE)
		return;
	if (is_own(neigh, port, address)) {
		report_conflict(neigh, port, address, &nd->from);
		return;
	}
	if (nd->kind == MCR_ND_ADVERTISEMENT) {
		learn_advertised(neigh, port, address, nd, now);
		return;
	}
	at = mcr_neigh_table_find(&neigh->table, port, address);
	if (nd->has_mac && !is_of_target && at != MCR_NEIGH_NO_ENTRY)
		learn_unasked(neigh, at, &nd->mac, now);
}

uint16_t
mcr_neigh_answer_nd(const struct mcr_neigh *neigh, uint16_t port, const struct mcr_nd *nd,
	uint8_t frame[MCR_ND_FRAME_MAX])
{
	if (nd->kind != MCR_ND_SOLICITATION || is_own_mac(neigh, port, &nd->from) ||
		is_own(neigh, port, mcr_address_find(nd->source.s6_addr)) ||
		!is_own(neigh, port, mcr_address_find(nd->target.s6_addr)))
		return 0;
	return mcr_nd_build_answer(frame, &neigh->own[port].mac, nd);
}

bool
mcr_neigh_answer_arp(const struct mcr_neigh *neigh, uint16_t port, const struct mcr_neigh_arp *arp,
	uint8_t frame[MCR_NEIGH_ARP_FRAME_LEN])
{
	/* In 0.0.0.0/8 the target is no number of an own address of IPv6. */
	if (!arp->is_request || arp->sender == arp->target || mcr_address_is_ipv6(arp->target) ||
		!is_own(neigh, port, arp->target))
		return false;
	mcr_neigh_build_reply(frame, &neigh->own[port].mac, arp->target, arp);
	return true;
}

/* All tries were unanswered: keep the MAC that data came from, if any, and return true. */
static bool
decide_without_answer(struct mcr_neigh *neigh, struct mcr_neigh_entry *entry, uint64_t now)
{
	const struct rte_ether_addr before = entry->mac;

	RTE_ASSERT(entry->is_resolved);
	if (count_heard(neigh, entry) != entry->heard) {
		confirm_mac(neigh, entry, &before);
		return true;
	}
	if (entry->is_doubted) {
		entry->rests_to = now + MCR_NEIGH_DOUBT_REST_MS;
		confirm_mac(neigh, entry, &entry->candidate);
		return true;
	}
	RTE_ASSERT(!entry->is_doubted);
	entry->is_resolved = false;
	neigh->ops.changed(neigh->arg, entry->port, entry->address, NULL, &before);
	return false;
}

static uint64_t
retry_delay(const struct mcr_neigh_entry *entry)
{
	static const uint16_t delays[] = {100, 200, 400, 1000, 2000, 4000, MCR_NEIGH_RETRY_MAX_MS};

	if (entry->is_doubted)
		return MCR_NEIGH_DOUBT_RETRY_MS;
	if (entry->is_resolved)
		return MCR_NEIGH_REFRESH_RETRY_MS;
	return delays[RTE_MIN(entry->tries, RTE_DIM(delays) - 1)];
}

static void
send_request(struct mcr_neigh *neigh, uint32_t at, uint64_t now)
{
	struct mcr_neigh_entry *entry = &neigh->table.entries[at];
	const bool is_unicast = entry->is_resolved && entry->tries < MCR_NEIGH_UNICAST_TRIES;

	if (entry->is_resolved && entry->tries == 0)
		note_heard(neigh, entry);
	mcr_timer_start(&neigh->timers, &neigh->table.entries[at].timer, now + retry_delay(entry));
	if (entry->tries < UINT8_MAX)
		entry->tries++;
	neigh->ops.request(
		neigh->arg, entry->port, entry->address, is_unicast ? &entry->mac : NULL);
}

static void
handle_due(struct mcr_neigh *neigh, uint32_t at, uint64_t now)
{
	struct mcr_neigh_entry *entry = &neigh->table.entries[at];

	RTE_ASSERT(entry->holds > 0 && (entry->is_resolved || !entry->is_doubted));
	if (entry->is_resolved &&
		entry->tries >= MCR_NEIGH_UNICAST_TRIES + MCR_NEIGH_BROADCAST_TRIES &&
		decide_without_answer(neigh, entry, now))
		mcr_timer_start(&neigh->timers, &neigh->table.entries[at].timer,
			now + refresh_delay(neigh));
	else
		send_request(neigh, at, now);
}

static void
earn_credit(struct mcr_neigh *neigh, uint64_t now)
{
	const uint64_t elapsed = now - RTE_MIN(neigh->last_run, now);
	const uint64_t earned =
		RTE_MIN(elapsed, (uint64_t)MCR_NEIGH_REQUESTS_PER_RUN) * MCR_NEIGH_REQUESTS_PER_MS;

	neigh->credit = RTE_MIN(neigh->credit + earned, (uint64_t)MCR_NEIGH_REQUESTS_PER_RUN);
	neigh->last_run = now;
}

uint64_t
mcr_neigh_run(struct mcr_neigh *neigh, uint64_t now)
{
	const struct mcr_timer *timer;

	earn_credit(neigh, now);
	RTE_ASSERT(neigh->credit <= MCR_NEIGH_REQUESTS_PER_RUN);
	while ((timer = mcr_timers_first(&neigh->timers)) != NULL && timer->deadline <= now) {
		if (neigh->credit == 0)
			return now + 1;
		neigh->credit--;
		handle_due(neigh, timer->tag, now);
	}
	return timer != NULL ? timer->deadline : MCR_NEIGH_NEVER;
}

void
mcr_neigh_refresh(struct mcr_neigh *neigh, uint16_t port, uint64_t now)
{
	const struct mcr_neigh_table *table = &neigh->table;

	for (uint32_t bucket = 0; bucket <= table->bucket_mask; bucket++) {
		uint32_t at = table->buckets[bucket];

		for (; at != MCR_NEIGH_NO_ENTRY; at = table->entries[at].next) {
			if (table->entries[at].port != port)
				continue;
			table->entries[at].tries = 0;
			table->entries[at].is_doubted = false;
			mcr_timer_start(&neigh->timers, &neigh->table.entries[at].timer, now);
		}
	}
}

const struct rte_ether_addr *
mcr_neigh_find(const struct mcr_neigh *neigh, uint16_t port, uint32_t address)
{
	const uint32_t at = mcr_neigh_table_find(&neigh->table, port, address);

	if (at == MCR_NEIGH_NO_ENTRY || !neigh->table.entries[at].is_resolved)
		return NULL;
	return &neigh->table.entries[at].mac;
}

uint32_t
mcr_neigh_next(const struct mcr_neigh *neigh, uint32_t after, struct mcr_neigh_resolved *resolved)
{
	for (uint32_t at = after + 1; at < neigh->table.capacity; at++) {
		const struct mcr_neigh_entry *entry = &neigh->table.entries[at];

		if (entry->holds == 0 || !entry->is_resolved)
			continue;
		*resolved = (struct mcr_neigh_resolved){entry->port, entry->address, entry->mac};
		return at;
	}
	return MCR_NEIGH_NONE;
}

bool
mcr_neigh_is_silent(const struct mcr_neigh *neigh, uint16_t port, uint32_t address)
{
	const uint32_t at = mcr_neigh_table_find(&neigh->table, port, address);

	return at != MCR_NEIGH_NO_ENTRY && !neigh->table.entries[at].is_resolved &&
	       neigh->table.entries[at].tries >= MCR_NEIGH_SILENT_TRIES;
}
