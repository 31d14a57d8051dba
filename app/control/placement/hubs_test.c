/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "control/placement/hubs.h"

#define ALPHA 500
#define EPOCH 7
#define FIRST_ID 1000
#define COUNT 8
#define NETWORK 0x0a000000

static struct mcr_config_port ports[8];
static struct mcr_config config;
static struct mcr_peers peers;
static struct mcr_peer_ids ids;
static struct mcr_hubs *hubs;
static uint64_t now_ms = 1000;

/* Peer i has id FIRST_ID + i and restarted never. All reach the member. */
static int
create(void **state)
{
	const struct mcr_placement_network network = {.address = NETWORK, .length = 8};

	(void)state;
	ports[0] = (struct mcr_config_port){.address = {NETWORK + 10, 24}};
	config = (struct mcr_config){.port_count = 1, .ports = ports};
	hubs = mcr_hubs_create(ALPHA, EPOCH, &config);
	for (uint16_t i = 0; i < COUNT; i++) {
		struct mcr_peer *peer = aligned_alloc(RTE_CACHE_LINE_SIZE, sizeof(*peer));

		memset(peer, 0, sizeof(*peer));
		peer->state = MCR_LINK_UP;
		peer->epoch = EPOCH;
		peer->list.epoch = EPOCH;
		peer->hub_epoch = EPOCH;
		peers.at[i] = peer;
		ids.id[i] = FIRST_ID + i;
		ids.index[i] = i;
		mcr_hubs_set_networks(hubs, FIRST_ID + i, &network, 1);
	}
	ids.count = peers.count = peers.end = COUNT;
	peers.ids = &ids;
	return hubs == NULL;
}

static int
destroy(void **state)
{
	(void)state;
	for (uint16_t i = 0; i < COUNT; i++)
		free(peers.at[i]);
	mcr_hubs_free(hubs);
	return 0;
}

/* Later than a hub lingers. */
static bool
look(void)
{
	bool has_changed = mcr_hubs_look(hubs, &peers, now_ms);

	now_ms += MCR_HUBS_LINGER_MS;
	has_changed |= mcr_hubs_look(hubs, &peers, now_ms);
	assert_true(mcr_hubs_due_ms(hubs) == UINT64_MAX);
	return has_changed;
}

static void
serve(uint32_t id, uint8_t bits, uint64_t epoch)
{
	assert_int_equal(mcr_hubs_stage(hubs, id, bits, epoch), 0);
}

static void
serve_all(uint8_t bits)
{
	serve(ALPHA, bits, EPOCH);
	for (uint16_t i = 0; i < COUNT; i++)
		serve(FIRST_ID + i, bits, EPOCH);
	mcr_hubs_apply(hubs);
}

static uint32_t
id_of(uint16_t index)
{
	return index == MCR_HUBS_SELF ? ALPHA : FIRST_ID + index;
}

/* Peers by bit of index, this hub by the next. */
static uint16_t
best_of(uint32_t set, uint32_t member)
{
	uint16_t best = MCR_HUBS_NOBODY;

	for (uint16_t i = 0; i <= COUNT; i++) {
		const uint16_t hub = i == COUNT ? MCR_HUBS_SELF : i;

		if ((set >> i & 1) != 0 &&
			(best == MCR_HUBS_NOBODY ||
				mcr_placement_weight(id_of(hub), member) >
					mcr_placement_weight(id_of(best), member)))
			best = hub;
	}
	return best;
}

#define ALL ((2u << COUNT) - 1)
#define SELF (1u << COUNT)

static void
assert_set(uint32_t set, unsigned int tag)
{
	for (uint32_t hash = 0; hash < 200; hash++) {
		const struct mcr_placement_member member = {.hash = hash, .address = NETWORK + 99};

		assert_int_equal(mcr_hubs_choose(hubs, &member, tag), best_of(set, hash));
	}
}

static void
what_is_staged_is_in_force_when_it_is_applied(void **state)
{
	(void)state;
	assert_false(look());
	assert_set(0, 0);
	serve(ALPHA, 1, EPOCH);
	serve(FIRST_ID + 3, 3, EPOCH);
	assert_false(look());
	mcr_hubs_apply(hubs);
	assert_true(look());
	assert_false(look());
	assert_set(SELF | 1 << 3, 0);
	assert_set(1 << 3, 1);
	assert_int_equal(mcr_hubs_serves(hubs, MCR_HUBS_SELF), 1);
	assert_int_equal(mcr_hubs_serves(hubs, 3), 3);
	assert_int_equal(mcr_hubs_serves(hubs, 4), 0);
}

static void
a_dead_hub_serves_nobody(void **state)
{
	(void)state;
	serve_all(1);
	assert_true(look());
	assert_set(ALL, 0);
	peers.at[2]->state = MCR_LINK_DOWN;
	assert_true(look());
	assert_set(ALL & ~(1u << 2), 0);
	assert_false(mcr_hubs_claimants(hubs)[2].counts);
	peers.at[2]->state = MCR_LINK_UP;
	assert_true(look());
	assert_set(ALL, 0);
}

/* What it was sent may still be on its way. */
static void
a_hub_that_dies_is_followed_a_little_later(void **state)
{
	(void)state;
	serve_all(1);
	assert_true(look());
	peers.at[2]->state = MCR_LINK_DOWN;
	assert_false(mcr_hubs_look(hubs, &peers, now_ms));
	assert_true(mcr_hubs_due_ms(hubs) == now_ms + MCR_HUBS_LINGER_MS);
	assert_false(mcr_hubs_look(hubs, &peers, now_ms + MCR_HUBS_LINGER_MS - 1));
	assert_true(mcr_hubs_claimants(hubs)[2].counts);
	assert_set(ALL, 0);
	/* It was not dead. */
	peers.at[2]->state = MCR_LINK_UP;
	assert_false(mcr_hubs_look(hubs, &peers, now_ms + MCR_HUBS_LINGER_MS));
	assert_true(mcr_hubs_due_ms(hubs) == UINT64_MAX);
	peers.at[2]->state = MCR_LINK_DOWN;
	assert_false(mcr_hubs_look(hubs, &peers, now_ms + 100));
	assert_true(mcr_hubs_look(hubs, &peers, now_ms + 100 + MCR_HUBS_LINGER_MS));
	assert_set(ALL & ~(1u << 2), 0);
	/* But one that comes serves at once. */
	peers.at[2]->state = MCR_LINK_UP;
	assert_true(mcr_hubs_look(hubs, &peers, now_ms + 200));
	assert_set(ALL, 0);
}

static void
a_hub_to_which_a_third_one_carries_is_alive(void **state)
{
	(void)state;
	serve_all(1);
	peers.at[2]->state = MCR_LINK_DOWN;
	peers.at[5]->list.carries[0] = 1 << 2;
	assert_true(look());
	assert_set(ALL, 0);
	/* Its word of a session that is over does not count. */
	peers.at[5]->downs++;
	assert_true(look());
	assert_set(ALL & ~(1u << 2), 0);
	peers.at[5]->downs--;
	assert_true(look());
	/* Nor does that of one that is down. */
	peers.at[5]->state = MCR_LINK_DOWN;
	assert_true(look());
	assert_set(ALL & ~(1u << 2) & ~(1u << 5), 0);
}

static void
a_hub_that_restarted_serves_nobody_until_a_set_names_it(void **state)
{
	(void)state;
	serve_all(1);
	peers.at[2]->hub_epoch = EPOCH + 1;
	assert_true(look());
	assert_set(ALL & ~(1u << 2), 0);
	serve(FIRST_ID + 2, 3, EPOCH + 1);
	mcr_hubs_apply(hubs);
	assert_true(look());
	assert_set(ALL, 0);
	/* This one likewise. */
	serve(ALPHA, 1, EPOCH - 1);
	mcr_hubs_apply(hubs);
	assert_true(look());
	assert_set(ALL & ~SELF, 0);
}

/* Whoever dies serves on, as far as others know: its heirs get what it wants. */
static void
peers_know_whether_they_serve(void **state)
{
	const uint32_t before = peers.servings;

	(void)state;
	serve(FIRST_ID + 2, 1, EPOCH);
	serve(FIRST_ID + 3, 2, EPOCH);
	serve(FIRST_ID + 4, 1, EPOCH + 1);
	mcr_hubs_apply(hubs);
	look();
	assert_false(mcr_peer_serves(peers.at[1]));
	assert_true(mcr_peer_serves(peers.at[2]));
	assert_true(mcr_peer_serves(peers.at[3]));
	assert_false(mcr_peer_serves(peers.at[4]));
	assert_int_equal(peers.servings, before + 1);
	peers.at[2]->state = MCR_LINK_DOWN;
	look();
	assert_true(mcr_peer_serves(peers.at[2]));
	assert_int_equal(peers.servings, before + 1);
	peers.at[2]->hub_epoch = EPOCH + 1;
	mcr_hubs_look(hubs, &peers, now_ms);
	assert_false(mcr_peer_serves(peers.at[2]));
	assert_int_equal(peers.servings, before + 2);
}

/* Another hub lists it, so its present start is the one in the set. */
static void
what_was_heard_on_a_link_that_is_down_does_not_matter(void **state)
{
	(void)state;
	peers.at[2]->hub_epoch = EPOCH - 1;
	peers.at[2]->state = MCR_LINK_DOWN;
	peers.at[5]->list.carries[0] = 1 << 2;
	serve_all(1);
	assert_true(look());
	assert_set(ALL, 0);
	assert_true(mcr_hubs_claimants(hubs)[2].counts);
}

/* A hub that drains is in no set any more, and keeps its claims. */
static void
claims_of_a_hub_count_until_it_restarts(void **state)
{
	(void)state;
	assert_false(mcr_hubs_claimants(hubs)[2].counts);
	serve_all(1);
	look();
	assert_true(mcr_hubs_claimants(hubs)[2].counts);
	serve(FIRST_ID + 2, 0, 0);
	mcr_hubs_apply(hubs);
	look();
	assert_true(mcr_hubs_claimants(hubs)[2].counts);
	peers.at[2]->hub_epoch = EPOCH + 1;
	look();
	assert_false(mcr_hubs_claimants(hubs)[2].counts);
	serve(FIRST_ID + 2, 2, EPOCH + 1);
	mcr_hubs_apply(hubs);
	look();
	assert_true(mcr_hubs_claimants(hubs)[2].counts);
}

static void
a_hub_that_is_no_peer_yet_serves_when_it_is(void **state)
{
	struct mcr_peer *peer = peers.at[4];

	(void)state;
	peers.at[4] = NULL;
	ids.count = 4;
	serve_all(2);
	assert_true(look());
	assert_set(SELF | 0x0f, 1);
	peers.at[4] = peer;
	ids.count = COUNT;
	assert_true(look());
	assert_set(ALL, 1);
}

static void
a_hub_serves_what_it_reaches(void **state)
{
	const struct mcr_placement_network elsewhere = {.address = 0x0b000000, .length = 8};
	const struct mcr_placement_member member = {.hash = 1, .address = elsewhere.address + 1};

	(void)state;
	serve_all(1);
	assert_true(look());
	assert_int_equal(mcr_hubs_choose(hubs, &member, 0), MCR_HUBS_NOBODY);
	assert_false(mcr_hubs_has_other(hubs, &member, 0));
	assert_int_equal(mcr_hubs_set_networks(hubs, FIRST_ID + 6, &elsewhere, 1), 0);
	assert_true(look());
	assert_int_equal(mcr_hubs_choose(hubs, &member, 0), 6);
	assert_true(mcr_hubs_has_other(hubs, &member, 0));
	assert_false(mcr_hubs_has_other(hubs, &member, 1));
}

static void
ports_reach_their_subnets_and_a_gateway_all(void **state)
{
	struct mcr_placement_network networks[MCR_PLACEMENT_NETWORKS_MAX];

	(void)state;
	ports[1] = (struct mcr_config_port){.address = {NETWORK + 11, 24}, .has_gateway = true};
	for (uint32_t i = 2; i < RTE_DIM(ports); i++)
		ports[i].address = (struct mcr_config_prefix){NETWORK + (i << 8) + 1, 24};
	config.port_count = 3;
	assert_int_equal(mcr_hubs_networks_of(&config, networks), 3);
	assert_int_equal(networks[0].length, 0);
	assert_int_equal(networks[1].address, NETWORK);
	assert_int_equal(networks[2].address, NETWORK + 0x200);
	assert_int_equal(networks[2].length, 24);
	config.port_count = RTE_DIM(ports);
	assert_int_equal(mcr_hubs_networks_of(&config, networks), MCR_PLACEMENT_FAMILY_MAX);
}

static void
ports_of_ipv6_reach_their_subnets_too(void **state)
{
	const struct in6_addr subnet = {.s6_addr = {0xfd, [15] = 7}};
	struct mcr_placement_network networks[MCR_PLACEMENT_NETWORKS_MAX];
	const uint32_t prefix = mcr_address_get(&subnet, 64);

	(void)state;
	ports[0] = (struct mcr_config_port){.address6 = prefix, .prefix6 = prefix};
	ports[1] = (struct mcr_config_port){.address = {NETWORK + 11, 24}, .prefix6 = prefix};
	config.port_count = 2;
	assert_int_equal(mcr_hubs_networks_of(&config, networks), 2);
	assert_true(networks[0].is_ipv6);
	assert_int_equal(networks[0].length, 64);
	assert_int_equal(networks[0].address6.s6_addr[0], 0xfd);
	assert_int_equal(networks[0].address6.s6_addr[15], 0);
	assert_int_equal(networks[1].address, NETWORK);
	ports[0].learns_gateway6 = true;
	assert_int_equal(mcr_hubs_networks_of(&config, networks), 3);
	assert_int_equal(networks[0].length, 0);
	assert_true(networks[0].is_ipv6);
	mcr_address_drop(prefix);
}

static void
hubs_that_are_no_peers_and_serve_nobody_make_room(void **state)
{
	uint32_t id = 2 * FIRST_ID;

	(void)state;
	serve_all(1);
	look();
	for (unsigned int i = 0; i < 3 * MCR_PEERS_MAX; i++)
		serve(id++, 0, 0);
	look();
	assert_set(ALL, 0);
	while (mcr_hubs_stage(hubs, id, 1, 0) == 0)
		assert_in_range(++id, 0, 2 * FIRST_ID + 6 * MCR_PEERS_MAX);
	assert_int_equal(mcr_hubs_stage(hubs, id, 1, 0), -ENOSPC);
	assert_set(ALL, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, create, destroy)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_staged_is_in_force_when_it_is_applied),
		TEST(a_dead_hub_serves_nobody),
		TEST(a_hub_that_dies_is_followed_a_little_later),
		TEST(a_hub_to_which_a_third_one_carries_is_alive),
		TEST(a_hub_that_restarted_serves_nobody_until_a_set_names_it),
		TEST(peers_know_whether_they_serve),
		TEST(what_was_heard_on_a_link_that_is_down_does_not_matter),
		TEST(claims_of_a_hub_count_until_it_restarts),
		TEST(a_hub_that_is_no_peer_yet_serves_when_it_is),
		TEST(a_hub_serves_what_it_reaches),
		TEST(ports_reach_their_subnets_and_a_gateway_all),
		TEST(ports_of_ipv6_reach_their_subnets_too),
		TEST(hubs_that_are_no_peers_and_serve_nobody_make_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
