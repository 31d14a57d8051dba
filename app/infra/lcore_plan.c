/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <stdlib.h>
#include <string.h>

#include <rte_common.h>
#include <rte_debug.h>

#include "infra/lcore_plan.h"

#define LOCAL_DISTANCE 10

static uint16_t
max_tx_lcores(const struct mcr_lcore_plan_input *input)
{
	uint16_t max = UINT16_MAX;

	for (uint16_t i = 0; i < input->port_count; i++)
		max = RTE_MIN(max, input->ports[i].rules.max_tx);
	return max;
}

/* An RX lcore more than there are RX queues would have nothing to poll. */
static uint32_t
max_rx_lcores(const struct mcr_lcore_plan_input *input)
{
	uint32_t sum = 0;

	for (uint16_t i = 0; i < input->port_count; i++)
		sum += input->ports[i].rules.max_rx;
	return sum;
}

static int
distance_to_ports(const struct mcr_lcore_plan_input *input, int node)
{
	int sum = 0;

	for (uint16_t i = 0; i < input->port_count; i++) {
		const int port_node = input->ports[i].node;
		const int distance = port_node < 0 || input->distance == NULL
		                             ? LOCAL_DISTANCE
		                             : input->distance(node, port_node);

		sum += distance == 0 ? LOCAL_DISTANCE : distance;
	}
	return sum;
}

/* Stable insertion sort: nearest workers first, else in the order of their ids. */
static void
sort_by_distance(const struct mcr_lcore_plan_input *input, struct mcr_lcore_input *workers)
{
	for (uint16_t i = 1; i < input->worker_count; i++) {
		const struct mcr_lcore_input worker = workers[i];
		const int distance = distance_to_ports(input, worker.node);
		uint16_t at = i;

		while (at > 0 && distance_to_ports(input, workers[at - 1].node) > distance) {
			workers[at] = workers[at - 1];
			at--;
		}
		workers[at] = worker;
	}
}

static struct mcr_lcore_role *
add_role(struct mcr_lcore_plan *plan, const struct mcr_lcore_input *lcore)
{
	struct mcr_lcore_role *role = &plan->roles[plan->count++];

	role->id = lcore->id;
	role->node = lcore->node;
	return role;
}

static void
make_rx(struct mcr_lcore_plan *plan, struct mcr_lcore_role *role)
{
	RTE_ASSERT(!role->is_rx);
	role->is_rx = true;
	plan->rx_lcores++;
}

static void
make_tx(struct mcr_lcore_plan *plan, struct mcr_lcore_role *role)
{
	RTE_ASSERT(!role->is_tx);
	role->is_tx = true;
	role->tx_queue = plan->tx_lcores++;
}

static void
plan_automatically(const struct mcr_lcore_plan_input *input, const struct mcr_lcore_input *workers,
	struct mcr_lcore_plan *plan)
{
	const uint16_t n = input->worker_count;
	const uint32_t third = RTE_MAX(n / 3U, 1U);
	const uint32_t receivers = RTE_MIN(third, max_rx_lcores(input));
	const uint16_t tx = RTE_MIN(n - receivers, max_tx_lcores(input));
	const uint16_t rx = RTE_MIN((uint32_t)(n - tx), max_rx_lcores(input));

	RTE_ASSERT(rx != 0 && tx != 0 && rx + tx <= n);
	for (uint16_t i = 0; i < rx; i++)
		make_rx(plan, add_role(plan, &workers[i]));
	for (uint16_t i = 0; i < tx; i++)
		make_tx(plan, add_role(plan, &workers[rx + i]));
	plan->idle = n - rx - tx;
}

static const struct mcr_lcore_input *
find_worker(const struct mcr_lcore_plan_input *input, uint32_t id)
{
	for (uint16_t i = 0; i < input->worker_count; i++) {
		if (input->workers[i].id == id)
			return &input->workers[i];
	}
	return NULL;
}

static struct mcr_lcore_role *
find_role(const struct mcr_lcore_plan *plan, uint32_t id)
{
	for (uint16_t i = 1; i < plan->count; i++) {
		if (plan->roles[i].id == id)
			return &plan->roles[i];
	}
	return NULL;
}

static enum mcr_lcore_plan_error
plan_as_configured(
	const struct mcr_lcore_plan_input *input, struct mcr_lcore_plan *plan, uint32_t *culprit)
{
	const uint32_t max_rx = max_rx_lcores(input), max_tx = max_tx_lcores(input);

	for (uint32_t i = 0; i < input->rx_count + input->tx_count; i++) {
		const bool is_rx = i < input->rx_count;
		const uint32_t id = is_rx ? input->rx[i] : input->tx[i - input->rx_count];
		const struct mcr_lcore_input *worker = find_worker(input, id);
		struct mcr_lcore_role *role = find_role(plan, id);

		*culprit = id;
		if (worker == NULL)
			return MCR_PLAN_NO_SUCH_LCORE;
		if (is_rx ? plan->rx_lcores == max_rx : plan->tx_lcores == max_tx)
			continue;
		if (role == NULL)
			role = add_role(plan, worker);
		if (is_rx)
			make_rx(plan, role);
		else
			make_tx(plan, role);
	}
	RTE_ASSERT(plan->count <= input->worker_count + 1);
	plan->idle = input->worker_count - (plan->count - 1);
	return MCR_PLAN_OK;
}

static void
plan_one_lcore(struct mcr_lcore_plan *plan, struct mcr_lcore_role *role)
{
	make_rx(plan, role);
	make_tx(plan, role);
}

static struct mcr_lcore_role *
nth_rx(const struct mcr_lcore_plan *plan, uint16_t n)
{
	for (uint16_t i = 0; i < plan->count; i++) {
		if (plan->roles[i].is_rx && n-- == 0)
			return &plan->roles[i];
	}
	return NULL;
}

static uint32_t
count_queues(const struct mcr_lcore_plan_input *input, struct mcr_lcore_plan *plan)
{
	uint32_t sum = 0;

	for (uint16_t port = 0; port < input->port_count; port++) {
		plan->queues[port] = mcr_driver_count_queues(
			&input->ports[port].rules, plan->rx_lcores, plan->tx_lcores);
		sum += plan->queues[port].rx;
	}
	return sum;
}

/* Each RX lcore gets room for its share. */
static bool
allocate_queues(struct mcr_lcore_plan *plan, uint32_t queues)
{
	RTE_ASSERT(plan->rx_lcores != 0);
	// NOLINTNEXTLINE(clang-analyzer-core.DivideZero)
	const uint32_t share = (queues + plan->rx_lcores - 1) / plan->rx_lcores;
	struct mcr_rx_queue *next;

	next = plan->rx_queues = calloc((size_t)share * plan->rx_lcores, sizeof(*next));
	if (next == NULL)
		return false;
	for (uint16_t i = 0; i < plan->count; i++) {
		if (!plan->roles[i].is_rx)
			continue;
		plan->roles[i].rx = next;
		next += share;
	}
	return true;
}

static void
give_rx_queue(const struct mcr_lcore_plan *plan, uint32_t n, uint16_t port, uint16_t queue)
{
	struct mcr_lcore_role *role = nth_rx(plan, n % plan->rx_lcores);

	RTE_ASSERT(role != NULL);
	role->rx[role->rx_count++] = (struct mcr_rx_queue){port, queue};
}

/* Punt queues first: an lcore polls its queues in this order. Each port starts with the RX lcore
 * after the one where the previous port ended. */
static void
spread_rx_queues(const struct mcr_lcore_plan_input *input, struct mcr_lcore_plan *plan)
{
	uint32_t next = 0;

	for (uint16_t port = 0; port < input->port_count; port++) {
		if (plan->queues[port].has_punt)
			give_rx_queue(plan, next++, port, plan->queues[port].rx - 1);
	}
	for (uint16_t port = 0; port < input->port_count; port++) {
		const uint16_t count = plan->queues[port].rx - plan->queues[port].has_punt;

		for (uint16_t queue = 0; queue < count; queue++)
			give_rx_queue(plan, next++, port, queue);
	}
}

static enum mcr_lcore_plan_error
plan_queues(const struct mcr_lcore_plan_input *input, struct mcr_lcore_plan *plan)
{
	if (!allocate_queues(plan, count_queues(input, plan)))
		return MCR_PLAN_NO_MEMORY;
	spread_rx_queues(input, plan);
	return MCR_PLAN_OK;
}

enum mcr_lcore_plan_error
mcr_lcore_plan(
	const struct mcr_lcore_plan_input *input, struct mcr_lcore_plan *plan, uint32_t *culprit)
{
	enum mcr_lcore_plan_error error = MCR_PLAN_OK;
	struct mcr_lcore_input *workers;

	memset(plan, 0, sizeof(*plan));
	plan->roles = calloc(input->worker_count + 1, sizeof(*plan->roles));
	workers = calloc(input->worker_count + 1, sizeof(*workers));
	if (plan->roles == NULL || workers == NULL) {
		free(workers);
		return MCR_PLAN_NO_MEMORY;
	}
	if (input->worker_count != 0)
		memcpy(workers, input->workers, input->worker_count * sizeof(*workers));
	sort_by_distance(input, workers);

	add_role(plan, &input->main)->is_control = true;
	if (input->rx_count != 0)
		error = plan_as_configured(input, plan, culprit);
	else if (input->worker_count == 0)
		plan_one_lcore(plan, &plan->roles[0]);
	else if (input->worker_count == 1)
		plan_one_lcore(plan, add_role(plan, &workers[0]));
	else
		plan_automatically(input, workers, plan);
	free(workers);
	if (error == MCR_PLAN_OK)
		error = plan_queues(input, plan);
	for (uint16_t i = 0; i < plan->count; i++)
		plan->has_rings |= plan->roles[i].is_rx != plan->roles[i].is_tx;
	return error;
}

void
mcr_lcore_plan_free(struct mcr_lcore_plan *plan)
{
	free(plan->roles);
	free(plan->rx_queues);
	plan->roles = NULL;
	plan->rx_queues = NULL;
}

uint16_t
mcr_lcore_plan_rx_queues(const struct mcr_lcore_plan *plan, uint16_t port)
{
	return plan->queues[port].rx;
}

uint16_t
mcr_lcore_plan_tx_queues(const struct mcr_lcore_plan *plan, uint16_t port)
{
	return plan->queues[port].tx;
}
