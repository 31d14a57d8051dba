/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/*
 * What the choice is for: if a hub carries to two others, not both serve the same member, though
 * each hub decides by itself; and if all hubs of its part of the domain are its peers, one does.
 * For all graphs of links of up to 5 hubs, all sets of hubs that serve, and members of all orders
 * of weight. A hub that is dead has no links.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>
#include <rte_common.h>

#include "mcr_placement.h"

#define HUBS_MAX 5
#define ORDERS_MAX 120
#define BIT(n) (1u << (n))

/* links[i]: the hubs to which hub i carries. */
struct domain {
	uint32_t count;
	uint32_t links[HUBS_MAX];
	uint32_t set;
	struct mcr_placement_hub hubs[HUBS_MAX];
};

/* Itself, a peer, or one that a peer lists. */
static uint32_t
find_alive(const struct domain *domain, uint32_t who)
{
	uint32_t alive = BIT(who) | domain->links[who];

	for (uint32_t i = 0; i < domain->count; i++)
		if ((domain->links[who] >> i & 1) != 0)
			alive |= domain->links[i];
	return alive;
}

static bool
serves(struct domain *domain, uint32_t who, const struct mcr_placement_member *member)
{
	const uint32_t alive = find_alive(domain, who);

	for (uint32_t i = 0; i < domain->count; i++) {
		domain->hubs[i].is_alive = (alive >> i & 1) != 0;
		domain->hubs[i].serves = domain->set >> i & 1;
	}
	return mcr_placement_choose(domain->hubs, domain->count, member, 0) == who;
}

static uint32_t
find_servers(struct domain *domain, const struct mcr_placement_member *member)
{
	uint32_t servers = 0;

	for (uint32_t i = 0; i < domain->count; i++)
		if (serves(domain, i, member))
			servers |= BIT(i);
	return servers;
}

/* No peer of a hub has a link to one that is no peer of it. */
static bool
is_center(const struct domain *domain, uint32_t who)
{
	return find_alive(domain, who) == (domain->links[who] | BIT(who));
}

static void
check_servers(const struct domain *domain, uint32_t servers)
{
	assert_int_equal(servers & ~domain->set, 0);
	for (uint32_t i = 0; i < domain->count; i++) {
		const uint32_t near = domain->links[i] | BIT(i), reached = servers & near;

		if ((reached & (reached - 1)) != 0)
			fail_msg("hub %u carries to hubs %x, which all serve", i, reached);
		if (is_center(domain, i) && (domain->set & near) != 0 && reached == 0)
			fail_msg("hub %u carries to %x, and nobody serves", i, near);
	}
}

static void
set_links(struct domain *domain, uint32_t graph)
{
	for (uint32_t i = 0; i < domain->count; i++)
		domain->links[i] = 0;
	for (uint32_t i = 0; i < domain->count; i++)
		for (uint32_t j = 0; j < i; j++, graph >>= 1) {
			domain->links[i] |= (graph & 1) << j;
			domain->links[j] |= (graph & 1) << i;
		}
}

static struct domain
make_domain(uint32_t count)
{
	struct domain domain = {.count = count};

	for (uint32_t i = 0; i < count; i++)
		domain.hubs[i] = (struct mcr_placement_hub){
			.id = 0x9e3779b9u * (i + 1),
			.network_count = 1,
		};
	return domain;
}

/* The order of the hubs by weight, as a number. */
static uint32_t
order_of(const struct domain *domain, uint32_t member)
{
	uint32_t order = 0;

	for (uint32_t i = 0; i < domain->count; i++) {
		const uint64_t weight = mcr_placement_weight(domain->hubs[i].id, member);
		uint32_t heavier = 0;

		for (uint32_t j = 0; j < i; j++)
			heavier += mcr_placement_weight(domain->hubs[j].id, member) > weight;
		order = order * (i + 1) + heavier;
	}
	return order;
}

/* A member for each order. */
static uint32_t
make_members(const struct domain *domain, struct mcr_placement_member members[ORDERS_MAX])
{
	bool has_order[ORDERS_MAX] = {false};
	uint32_t orders = 1, found = 0;

	for (uint32_t i = 2; i <= domain->count; i++)
		orders *= i;
	for (uint32_t hash = 0; found < orders; hash++) {
		const uint32_t order = order_of(domain, hash);

		assert_true(hash < 1000000);
		if (has_order[order])
			continue;
		has_order[order] = true;
		members[found++] = (struct mcr_placement_member){.hash = hash};
	}
	return orders;
}

static void
no_hub_carries_to_two_that_serve_a_member(void **state)
{
	static struct mcr_placement_member members[ORDERS_MAX];

	(void)state;
	for (uint32_t count = 1; count <= HUBS_MAX; count++) {
		struct domain domain = make_domain(count);
		const uint32_t orders = make_members(&domain, members);

		for (uint32_t graph = 0; graph < BIT(count * (count - 1) / 2); graph++) {
			set_links(&domain, graph);
			for (domain.set = 0; domain.set < BIT(count); domain.set++)
				for (uint32_t i = 0; i < orders; i++)
					check_servers(&domain, find_servers(&domain, &members[i]));
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_hub_carries_to_two_that_serve_a_member),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
