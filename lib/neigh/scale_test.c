/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <rte_common.h>
#include <rte_ip.h>

#include "mcr_neigh.h"

#define MEMBERS 4096
#define FIRST RTE_IPV4(10, 0, 0, 11)
/* The longest without loss of requests. */
#define TICK_MS (MCR_NEIGH_REQUESTS_PER_RUN / MCR_NEIGH_REQUESTS_PER_MS)

struct cloud {
	struct mcr_neigh *neigh;
	uint64_t now;
	bool is_answering;
	unsigned int resolved, lost, requests;
	unsigned int asked[MEMBERS];
	uint32_t asked_in_tick[MCR_NEIGH_REQUESTS_PER_RUN];
	unsigned int requests_of_tick;
};

static void
request(void *arg, uint16_t port, uint32_t address, const struct rte_ether_addr *unicast_to)
{
	struct cloud *cloud = arg;

	(void)port;
	(void)unicast_to;
	assert_in_range(address, FIRST, FIRST + MEMBERS - 1);
	assert_in_range(cloud->requests_of_tick, 0, MCR_NEIGH_REQUESTS_PER_RUN - 1);
	cloud->asked_in_tick[cloud->requests_of_tick++] = address;
	cloud->asked[address - FIRST]++;
	cloud->requests++;
}

static void
changed(void *arg, uint16_t port, uint32_t address, const struct rte_ether_addr *mac,
	const struct rte_ether_addr *before)
{
	RTE_SET_USED(before);
	struct cloud *cloud = arg;

	(void)port;
	(void)address;
	if (mac != NULL)
		cloud->resolved++;
	else
		cloud->lost++;
}

static const struct mcr_neigh_ops ops = {.request = request, .changed = changed};

static int
setup(void **state)
{
	struct cloud *cloud = calloc(1, sizeof(*cloud));

	if (cloud == NULL)
		return -1;
	*state = cloud;
	cloud->neigh = mcr_neigh_create(&ops, cloud, MEMBERS);
	if (cloud->neigh == NULL)
		return -1;
	for (unsigned int i = 0; i < MEMBERS; i++)
		if (mcr_neigh_hold(cloud->neigh, 0, FIRST + i, 0) < 0)
			return -1;
	return 0;
}

static int
teardown(void **state)
{
	struct cloud *cloud = *state;

	mcr_neigh_free(cloud->neigh);
	free(cloud);
	return 0;
}

static void
answer(struct cloud *cloud, uint32_t address)
{
	const struct mcr_neigh_arp arp = {
		.sender_mac = {{0x02, 0, 0, 0, address >> 8 & 0xff, address & 0xff}},
		.sender = address,
	};

	mcr_neigh_receive(cloud->neigh, 0, &arp, cloud->now);
}

static void
run_once(struct cloud *cloud)
{
	cloud->requests_of_tick = 0;
	mcr_neigh_run(cloud->neigh, cloud->now);
	for (unsigned int i = 0; cloud->is_answering && i < cloud->requests_of_tick; i++)
		answer(cloud, cloud->asked_in_tick[i]);
}

static void
tick(struct cloud *cloud)
{
	run_once(cloud);
	cloud->now += TICK_MS;
}

static void
run_until(struct cloud *cloud, uint64_t until)
{
	while (cloud->now < until)
		tick(cloud);
}

static void
everybody_is_asked_once_before_anybody_twice(void **state)
{
	struct cloud *cloud = *state;

	while (cloud->requests + MCR_NEIGH_REQUESTS_PER_RUN <= MEMBERS)
		tick(cloud);
	for (unsigned int i = 0; i < MEMBERS; i++)
		assert_in_range(cloud->asked[i], 0, 1);
	while (cloud->requests < MEMBERS)
		tick(cloud);
	for (unsigned int i = 0; i < MEMBERS; i++)
		assert_in_range(cloud->asked[i], 1, 2);
}

static void
answering_members_are_all_resolved_at_the_promised_rate(void **state)
{
	struct cloud *cloud = *state;

	cloud->is_answering = true;
	run_until(cloud, MEMBERS / MCR_NEIGH_REQUESTS_PER_MS + TICK_MS);
	assert_int_equal(cloud->resolved, MEMBERS);
	assert_int_equal(cloud->requests, MEMBERS);
}

static void
requests_keep_to_the_rate_however_often_it_runs(void **state)
{
	struct cloud *cloud = *state;

	for (; cloud->now < 1000; cloud->now++)
		for (unsigned int i = 0; i < 5; i++)
			run_once(cloud);
	assert_in_range(cloud->requests, 999 * MCR_NEIGH_REQUESTS_PER_MS,
		999 * MCR_NEIGH_REQUESTS_PER_MS + MCR_NEIGH_REQUESTS_PER_RUN);
}

static void
work_left_over_is_due_at_once(void **state)
{
	struct cloud *cloud = *state;

	assert_true(mcr_neigh_run(cloud->neigh, 0) == 1);
	assert_int_equal(cloud->requests, MCR_NEIGH_REQUESTS_PER_RUN);
}

static void
refreshes_spread_and_keep_all_macs(void **state)
{
	const uint64_t shortest = MCR_NEIGH_REFRESH_MS - MCR_NEIGH_REFRESH_SPREAD_MS;
	const uint64_t hour = 3600 * 1000;
	struct cloud *cloud = *state;

	cloud->is_answering = true;
	run_until(cloud, hour);
	assert_int_equal(cloud->resolved, MEMBERS);
	assert_int_equal(cloud->lost, 0);
	assert_in_range(cloud->requests, MEMBERS * (hour / MCR_NEIGH_REFRESH_MS),
		MEMBERS * (hour / shortest + 1));
	/* One second of the mean period of 50 s, with tolerance. */
	cloud->requests = 0;
	run_until(cloud, hour + 1000);
	assert_in_range(cloud->requests, MEMBERS / 50 / 2, MEMBERS / 50 * 2);
}

static void
all_fall_silent_are_given_up_and_come_back(void **state)
{
	struct cloud *cloud = *state;

	cloud->is_answering = true;
	run_until(cloud, 5000);
	cloud->is_answering = false;
	run_until(cloud, 5000 + 2 * MCR_NEIGH_REFRESH_MS);
	assert_int_equal(cloud->lost, MEMBERS);
	cloud->is_answering = true;
	run_until(cloud, cloud->now + MCR_NEIGH_RETRY_MAX_MS + 1000);
	assert_int_equal(cloud->resolved, 2 * MEMBERS);
}

static void
dropped_members_are_forgotten_and_the_others_stay(void **state)
{
	struct cloud *cloud = *state;

	cloud->is_answering = true;
	run_until(cloud, 5000);
	for (unsigned int i = 0; i < MEMBERS; i += 3)
		assert_int_equal(mcr_neigh_release(cloud->neigh, 0, FIRST + i), 0);
	for (unsigned int i = 0; i < MEMBERS; i++)
		assert_int_equal(mcr_neigh_find(cloud->neigh, 0, FIRST + i) == NULL, i % 3 == 0);
	memset(cloud->asked, 0, sizeof(cloud->asked));
	run_until(cloud, 5000 + MCR_NEIGH_REFRESH_MS);
	for (unsigned int i = 0; i < MEMBERS; i++)
		assert_int_equal(cloud->asked[i] == 0, i % 3 == 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(everybody_is_asked_once_before_anybody_twice),
		TEST(answering_members_are_all_resolved_at_the_promised_rate),
		TEST(requests_keep_to_the_rate_however_often_it_runs),
		TEST(work_left_over_is_due_at_once),
		TEST(refreshes_spread_and_keep_all_macs),
		TEST(all_fall_silent_are_given_up_and_come_back),
		TEST(dropped_members_are_forgotten_and_the_others_stay),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
