/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/** @file Fixture: a hub on one port, a virtual clock, and a record of the callbacks. All is of IPv6
 * with FAMILY_IPV6: what are requests and replies is told by neighbour discovery then. */

#ifndef MCR_NEIGH_WORLD_H
#define MCR_NEIGH_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <arpa/inet.h>
#include <cmocka.h>

#include <rte_common.h>
#include <rte_ip.h>

#include <mcr_address.h>

#include "mcr_neigh.h"

#ifdef FAMILY_IPV6
#define HUB numbers[0]
#define PEER numbers[1]
#define OTHER numbers[2]
#else
#define HUB RTE_IPV4(10, 0, 0, 10)
#define PEER RTE_IPV4(10, 0, 0, 12)
#define OTHER RTE_IPV4(10, 0, 0, 13)
#endif
#define HUB_LINK_LOCAL numbers[3]
#define PORT 1
#define START 1000000

static const struct rte_ether_addr hub_mac = {{0x02, 0, 0, 0, 0, 0x10}};
static const struct rte_ether_addr peer_mac = {{0x02, 0, 0, 0, 0, 0x12}};
static const struct rte_ether_addr new_mac = {{0x02, 0, 0, 0, 0, 0x99}};

/* Of IPv6, with references. */
static uint32_t numbers[4];

static inline void
take_numbers(void)
{
	static const char *const texts[] = {"fd00::10", "fd00::12", "fd00::13", "fe80::ff:fe00:10"};
	struct in6_addr address;

	for (unsigned int i = 0; i < RTE_DIM(texts); i++) {
		assert_int_equal(inet_pton(AF_INET6, texts[i], &address), 1);
		numbers[i] = mcr_address_get(&address, MCR_IPV6_LENGTH);
	}
}

static inline struct mcr_neigh_own
describe_hub(void)
{
	return (struct mcr_neigh_own){
		.mac = hub_mac,
		.address = RTE_IPV4(10, 0, 0, 10),
		.has_ipv6 = true,
		.address6 = *mcr_address_ipv6(numbers[0]),
		.link_local = *mcr_address_ipv6(HUB_LINK_LOCAL),
	};
}

struct world {
	struct mcr_neigh *neigh;
	uint64_t now;
	unsigned int broadcasts, unicasts, changes, conflicts;
	uint64_t packets, new_packets; /* heard from peer_mac and from new_mac */
	uint16_t port;
	uint32_t address, claimed;
	struct rte_ether_addr asked, mac, claimant;
	bool is_known;
};

static inline void
request(void *arg, uint16_t port, uint32_t address, const struct rte_ether_addr *unicast_to)
{
	struct world *world = arg;

	world->port = port;
	world->address = address;
	if (unicast_to == NULL) {
		world->broadcasts++;
		return;
	}
	world->unicasts++;
	world->asked = *unicast_to;
}

static inline void
changed(void *arg, uint16_t port, uint32_t address, const struct rte_ether_addr *mac,
	const struct rte_ether_addr *before)
{
	struct world *world = arg;

	assert_ptr_equal(mcr_neigh_find(world->neigh, port, address), mac);
	assert_int_equal(before != NULL, world->is_known);
	if (before != NULL)
		assert_memory_equal(before, &world->mac, sizeof(*before));
	world->changes++;
	world->is_known = mac != NULL;
	if (mac != NULL)
		world->mac = *mac;
}

static inline void
conflict(void *arg, uint16_t port, uint32_t address, const struct rte_ether_addr *mac)
{
	struct world *world = arg;

	assert_int_equal(port, PORT);
	world->conflicts++;
	world->claimed = address;
	world->claimant = *mac;
}

static inline uint64_t
heard(void *arg, uint16_t port, uint32_t address, const struct rte_ether_addr *mac)
{
	const struct world *world = arg;

	assert_int_equal(port, PORT);
	assert_int_equal(address, PEER);
	if (rte_is_same_ether_addr(mac, &new_mac))
		return world->new_packets;
	return rte_is_same_ether_addr(mac, &peer_mac) ? world->packets : 0;
}

static const struct mcr_neigh_ops ops = {
	.request = request, .changed = changed, .heard = heard, .conflict = conflict};

static inline int
setup(void **state)
{
	static struct world world;

	struct mcr_neigh_own own;

	take_numbers();
	own = describe_hub();
	world = (struct world){.now = START};
	world.neigh = mcr_neigh_create(&ops, &world, 2);
	*state = &world;
	if (world.neigh == NULL)
		return -1;
	return mcr_neigh_set_own(world.neigh, PORT, &own);
}

static inline int
teardown(void **state)
{
	struct world *world = *state;

	mcr_neigh_free(world->neigh);
	for (unsigned int i = 0; i < RTE_DIM(numbers); i++)
		mcr_address_drop(numbers[i]);
	/* What the table held it has given back. */
	return mcr_address_count() == 0 ? 0 : -1;
}

/* Advance the clock from deadline to deadline, as the control plane does. */
static inline void
run_until(struct world *world, uint64_t until)
{
	uint64_t next;

	while ((next = mcr_neigh_run(world->neigh, world->now)) <= until) {
		assert_true(next > world->now);
		world->now = next;
	}
	world->now = until;
}

static inline void
run_for(struct world *world, uint64_t duration)
{
	run_until(world, world->now + duration);
}

#ifdef FAMILY_IPV6
static inline void
receive(struct world *world, uint32_t sender, const struct rte_ether_addr *mac, bool is_request,
	uint32_t target)
{
	struct mcr_nd nd = {
		.kind = is_request ? MCR_ND_SOLICITATION : MCR_ND_ADVERTISEMENT,
		.from = *mac,
		.has_mac = sender != 0,
		.mac = *mac,
		.is_solicited = !is_request,
		.overrides = !is_request,
	};

	if (sender != 0)
		nd.source = *mcr_address_ipv6(sender);
	nd.target = is_request ? *mcr_address_ipv6(target) : nd.source;
	mcr_neigh_receive_nd(world->neigh, PORT, &nd, world->now);
}
#else
static inline void
receive(struct world *world, uint32_t sender, const struct rte_ether_addr *mac, bool is_request,
	uint32_t target)
{
	const struct mcr_neigh_arp arp = {
		.is_request = is_request,
		.sender_mac = *mac,
		.sender = sender,
		.target = target,
	};

	mcr_neigh_receive(world->neigh, PORT, &arp, world->now);
}
#endif

static inline void
reply(struct world *world, const struct rte_ether_addr *mac)
{
	receive(world, PEER, mac, false, HUB);
}

static inline void
hold(struct world *world)
{
	assert_int_equal(mcr_neigh_hold(world->neigh, PORT, PEER, world->now), 0);
}

static inline void
hold_resolved(struct world *world)
{
	hold(world);
	run_for(world, 0);
	reply(world, &peer_mac);
	world->broadcasts = world->changes = 0;
}

static inline void
run_to_refresh(struct world *world)
{
	const unsigned int before = world->unicasts;

	while (world->unicasts == before) {
		world->now = mcr_neigh_run(world->neigh, world->now);
		assert_true(world->now != MCR_NEIGH_NEVER);
		mcr_neigh_run(world->neigh, world->now);
	}
}

static inline void
assert_peer_is_at(const struct world *world, const struct rte_ether_addr *mac)
{
	const struct rte_ether_addr *found = mcr_neigh_find(world->neigh, PORT, PEER);

	assert_non_null(found);
	assert_memory_equal(found, mac, sizeof(*mac));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

#endif
